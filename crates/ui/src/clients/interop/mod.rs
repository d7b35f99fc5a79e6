//! The interoperability platform: the back end of its pages, asked in the name of whoever looks.

mod questions;
mod shapes;

use http::Method;
use kernel::{FieldError, Problem};
use runtime::{PeerClient, PeerResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Call, ClientError, Download, NewFile, query, segment};
use crate::i18n::Locale;

pub use questions::*;
pub use shapes::*;

/// Most elements that the interface gives at a time.
pub const MOST: &str = "50";

/// The back end of the pages.
#[derive(Clone, Debug)]
pub struct Interop {
    peer: PeerClient,
    locale: Locale,
    token: Option<String>,
    base: String,
}

/// What somebody may do for the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Names of the roles.
    pub roles: Vec<String>,
}

impl Standing {
    /// Whether one of `roles` is held.
    pub fn is(&self, roles: &[&str]) -> bool {
        self.roles.iter().any(|role| roles.contains(&role.as_str()))
    }
}

/// A body for which somebody works.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Institution {
    user_product_roles: Vec<String>,
}

/// The shape in which the platform refuses.
#[derive(Deserialize)]
struct Refusal {
    title: String,
    #[serde(default)]
    detail: Option<String>,
    errors: Vec<Coded>,
}

#[derive(Deserialize)]
struct Coded {
    code: String,
}

impl Interop {
    /// Asks `peer`, below the address `base`, in the name of the token's holder.
    pub fn new(peer: PeerClient, base: &str, locale: Locale, token: Option<String>) -> Self {
        Self { peer, locale, token, base: base.to_owned() }
    }

    fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.peer, method, format!("{}{path}", self.base), self.locale, self.token.as_deref())
    }

    /// What whoever asks may do for the body.
    pub async fn standing(&self) -> Result<Standing, ClientError> {
        let bodies: Vec<Institution> = self.get("/selfcare/institutions").await?;
        Ok(Standing { roles: bodies.into_iter().flat_map(|body| body.user_product_roles).collect() })
    }

    /// Something, by its path.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(&sent(self.call(Method::GET, path)).await?)
    }

    /// A part of a list.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        offset: u64,
        limit: &str,
        more: &[(&str, &str)],
    ) -> Result<Part<T>, ClientError> {
        let offset = offset.to_string();
        let parameters: Vec<_> =
            [("offset", offset.as_str()), ("limit", limit)].into_iter().chain(more.iter().copied()).collect();
        self.get(&query(path, &parameters)).await
    }

    /// Creates something, or has something done, and reads what is answered.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ClientError> {
        read(&sent(self.call(Method::POST, path).json(body)).await?)
    }

    /// Has something done.
    pub async fn tell(&self, method: Method, path: &str, body: &Value) -> Result<(), ClientError> {
        let call = self.call(method, path);
        sent(if body.is_null() { call } else { call.json(body) }).await.map(drop)
    }

    /// Sends a file with its members.
    pub async fn upload(&self, path: &str, members: &[(&str, &str)], file: &NewFile, boundary: &str) -> Result<(), ClientError> {
        // What stands between quotes must not end them.
        let plain = |text: &str| text.replace(['"', '\r', '\n'], " ");
        let mut body = Vec::new();
        for (name, value) in members {
            let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let kind = if file.mime_type.is_empty() { "application/octet-stream" } else { &file.mime_type };
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            plain(&file.name),
            plain(kind)
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.bytes());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        sent(self.call(Method::POST, path).body(&kind, body)).await.map(drop)
    }

    /// The newest questions of the risk analysis, in the reader's language.
    pub async fn questions(&self) -> Result<Questions, ClientError> {
        self.get(&query("/purposes/riskAnalysis/latest", &[("language", self.locale.code())])).await
    }

    /// The questions of a version of the risk analysis for an e-service, in the reader's language.
    pub async fn questions_of(&self, version: &str, eservice: &str) -> Result<Questions, ClientError> {
        let path = one("/purposes/riskAnalysis/version", version);
        self.get(&query(&path, &[("eserviceId", eservice), ("language", self.locale.code())])).await
    }

    /// A file.
    pub async fn download(&self, path: &str) -> Result<Download, ClientError> {
        let answer = sent(self.call(Method::GET, path)).await?;
        Ok(Download { headers: answer.headers, body: answer.body })
    }

    /// The archive of a version.
    pub async fn export(&self, eservice: &str, version: &str) -> Result<Download, ClientError> {
        let path = format!("/export/eservices/{}/descriptors/{}", segment(eservice), segment(version));
        let ready: Url = self.get(&path).await?;
        self.download(below(&ready.url, "/export/files/")?).await
    }

    /// Makes an e-service in draft of an archive. One that was sent under the same `name` and not imported yet gives way to it.
    pub async fn import(&self, name: &str, archive: Vec<u8>) -> Result<Created, ClientError> {
        let ready: Url = self.get(&query("/import/eservices/presignedUrl", &[("fileName", name)])).await?;
        sent(self.call(Method::PUT, below(&ready.url, "/import/files/")?).body("application/zip", archive)).await?;
        self.post("/import/eservices", &json!({ "filename": name, "url": ready.url })).await
    }

    /// What the voucher server would say to an assertion; nothing is used up.
    pub async fn try_assertion(&self, client: &str, assertion: &str) -> Result<Verdict, ClientError> {
        let form = query(
            "",
            &[
                ("client_id", client),
                ("client_assertion", assertion),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("grant_type", "client_credentials"),
            ],
        );
        let form = form.trim_start_matches('?').as_bytes().to_vec();
        let call = self.call(Method::POST, "/tools/validateTokenGeneration");
        read(&sent(call.body("application/x-www-form-urlencoded", form)).await?)
    }
}

/// The path of one thing.
pub fn one(collection: &str, id: &str) -> String {
    format!("{collection}/{}", segment(id))
}

/// The path, below the base, of an address that the platform gave to browsers: the pages go there by themselves.
fn below<'a>(url: &'a str, folder: &str) -> Result<&'a str, ClientError> {
    let path = url.find(folder).map(|at| &url[at..]);
    path.ok_or_else(|| ClientError::Failed(format!("an address that is not below {folder}")))
}

fn read<T: DeserializeOwned>(answer: &PeerResponse) -> Result<T, ClientError> {
    answer.json().map_err(ClientError::from)
}

async fn sent(call: Call) -> Result<PeerResponse, ClientError> {
    let answer = call.request.send_any().await?;
    match answer.status.as_u16() {
        ..400 => Ok(answer),
        status @ 400..500 => Err(ClientError::Refused(Box::new(problem(status, &answer.body)))),
        status => Err(ClientError::Failed(format!("{}: {status}", call.what))),
    }
}

/// A refusal in the shape of the other roles. What begins with the names of fields is told of them, everything else of its code.
fn problem(status: u16, body: &[u8]) -> Problem {
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return Problem::new(status, "unknown", format!("HTTP {status}"));
    };
    let code = refusal.errors.into_iter().next().map(|error| error.code).unwrap_or_default();
    let detail = refusal.detail.unwrap_or_else(|| refusal.title.clone());
    let named = |part: &str| {
        let (field, message) = part.split_once(": ")?;
        let field = field.trim().trim_start_matches('/');
        let sane = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/".contains(&byte));
        sane.then(|| FieldError { field: field.to_owned(), code: code.clone(), message: sentence(message) })
    };
    let fields: Option<Vec<_>> = detail.split("; ").map(named).collect();
    let errors =
        fields.unwrap_or_else(|| vec![FieldError { field: code.clone(), code: code.clone(), message: sentence(&detail) }]);
    Problem { kind: code, detail: Some(detail), errors, ..Problem::new(status, "unknown", refusal.title) }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_of_its_fields_or_of_its_code() {
        let body = |detail: &str| format!(r#"{{"title":"t","detail":"{detail}","errors":[{{"code":"001-9999","detail":"x"}}]}}"#);
        let of = |detail: &str| {
            let errors = problem(400, body(detail).as_bytes()).errors;
            errors.into_iter().map(|error| (error.field, error.message)).collect::<Vec<_>>()
        };
        let pair = |field: &str, message: &str| (field.to_owned(), message.to_owned());
        assert_eq!(of("name: da 5 a 60 caratteri"), [pair("name", "Da 5 a 60 caratteri.")]);
        assert_eq!(of("/dailyCalls: manca; /title: manca"), [pair("dailyCalls", "Manca."), pair("title", "Manca.")]);
        assert_eq!(of("Esiste già."), [pair("001-9999", "Esiste già.")]);
        assert_eq!(problem(400, b"not json").errors, []);
    }
}

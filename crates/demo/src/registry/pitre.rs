//! A stand-in for PiTre's REST services, with the books of the stand-in registry: members that the contract does not have, and tokens that
//! were never given, are refused.
//!
//! `/demo/registry/{aoo}/pitre/{action}`. Modes are those of the office; in [`Mode::Half`] documents are prepared and not numbered.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use kernel::{RomeTime, Uuid};
use runtime::App;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use storage::Tx;
use web::{ApiResult, Path};

use super::ledger::{self, Asked, Entry};
use super::mode::{self, Mode};
use super::{MAX_BODY, REGISTER, SILENCE, SLOW};

/// The only user.
pub const USER: &str = "sportello";

/// The routes of the stand-in.
pub fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/registry/{aoo}/pitre/{action}", any(answer))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app.clone())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetToken {
    username: String,
    code_application: String,
    code_adm: String,
    code_role: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateDocument {
    code_register: String,
    #[serde(rename = "CodeRF")]
    _code_rf: String,
    document: Document,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    object: String,
    document_type: String,
    predisposed: bool,
    #[serde(rename = "PrivateDocument")]
    _private: bool,
    sender: Correspondent,
    recipients: Vec<Correspondent>,
    main_document: File,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Correspondent {
    #[serde(default)]
    code: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "Name", default)]
    _name: String,
    #[serde(rename = "Surname", default)]
    _surname: String,
    #[serde(rename = "NationalIdentificationNumber", default)]
    _tax_code: String,
    #[serde(rename = "Email", default)]
    _email: String,
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(rename = "CorrespondentType", default)]
    _correspondent_type: String,
}

impl Correspondent {
    /// One of the address book, or an occasional one.
    fn is_sound(&self) -> bool {
        !self.code.is_empty() || (self.kind == "O" && !self.description.is_empty())
    }

    fn is_office(&self) -> bool {
        !self.code.is_empty()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct File {
    name: String,
    content: String,
    #[serde(rename = "MimeType")]
    _mime_type: String,
    #[serde(rename = "Description")]
    _description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UploadFileToDocument {
    id_document: String,
    file: File,
    create_attachment: bool,
    #[serde(rename = "CovertToPDFA")]
    _convert: bool,
    #[serde(rename = "Description")]
    _description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ProtocolPredisposed {
    code_register: String,
    #[serde(rename = "CodeRF")]
    _code_rf: String,
    id_document: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateProject {
    project: Project,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Project {
    code_node_classification: String,
    classification_scheme: Scheme,
    description: String,
    #[serde(rename = "Open")]
    _open: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Scheme {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AddDocInProject {
    id_document: String,
    id_project: String,
}

/// Members of an answer, or the name of an error.
type Answer = Result<Value, String>;

async fn answer(
    State(app): State<App>,
    Path((aoo, action)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Response> {
    let token = headers.get("authtoken").and_then(|token| token.to_str().ok()).unwrap_or_default().to_owned();
    let (key, at) = (app.rng().uuid(), app.clock().now().trunc_to_second());
    let (mode, outcome) = app
        .db()
        .write(move |tx| {
            let mode = mode::take(tx, &aoo)?;
            if mode == Mode::Refuse || (mode == Mode::Half && action == "ProtocolPredisposed") {
                return Ok((mode, Err("REGISTER_CLOSED".to_owned())));
            }
            let signed_in = action == "GetToken" || ledger::has_session(tx, &aoo, &token)?;
            let outcome =
                if signed_in { act(tx, &aoo, (&method, &action, &body), key, at)? } else { Err("TOKEN_NOT_VALID".to_owned()) };
            storage::Result::Ok((mode, outcome))
        })
        .await?;
    let good = match outcome {
        Ok(mut answer) => {
            answer["Code"] = json!(0);
            answer["ErrorMessage"] = json!("");
            axum::Json(answer).into_response()
        }
        Err(error) => axum::Json(json!({ "Code": 1, "ErrorMessage": error })).into_response(),
    };
    Ok(match mode {
        Mode::Timeout => {
            tokio::time::sleep(SILENCE).await;
            good
        }
        Mode::Error => (StatusCode::INTERNAL_SERVER_ERROR, "the stand-in was told to fail after accepting").into_response(),
        Mode::Garbage => (StatusCode::OK, "<html><body>Protocollo</body>").into_response(),
        Mode::Slow => {
            tokio::time::sleep(SLOW).await;
            good
        }
        Mode::Ok | Mode::Refuse | Mode::Half => good,
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("BAD_REQUEST {error}"))
}

/// Digest of a file's content.
fn digest(file: &File) -> Result<String, String> {
    let content = STANDARD.decode(&file.content).ok().filter(|content| !content.is_empty()).ok_or("REQUIRED_FILE")?;
    Ok(Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What becomes of an action: the transaction fails for the database only.
fn act(
    tx: &mut Tx<'_>,
    aoo: &str,
    (method, action, body): (&Method, &str, &[u8]),
    key: Uuid,
    at: RomeTime,
) -> storage::Result<Answer> {
    let expected =
        if ["CreateDocument", "UploadFileToDocument", "CreateProject"].contains(&action) { Method::PUT } else { Method::POST };
    if *method != expected {
        return Ok(Err("METHOD_NOT_ALLOWED".to_owned()));
    }
    let mut book = Book { tx, aoo, key, at };
    let outcome = match action {
        "GetToken" => read(body).and_then(|asked| book.token(&asked)),
        "CreateDocument" => read(body).and_then(|asked| book.create(asked)),
        "UploadFileToDocument" => read(body).and_then(|asked| book.upload(asked)),
        "ProtocolPredisposed" => read(body).and_then(|asked| book.protocol(&asked)),
        "CreateProject" => read(body).and_then(|asked| book.open(asked)),
        "AddDocInProject" => read(body).and_then(|asked| book.file(asked)),
        _ => Err("NOT_FOUND".to_owned()),
    };
    Ok(outcome)
}

/// The ledger, as one request writes into it. A database that fails is told like any other error, and the request's rows are kept or not
/// with its transaction.
struct Book<'a, 'b> {
    tx: &'a mut Tx<'b>,
    aoo: &'a str,
    key: Uuid,
    at: RomeTime,
}

fn broken(error: storage::Error) -> String {
    format!("SYSTEM_ERROR {error}")
}

impl Book<'_, '_> {
    fn write(&mut self, place: usize, asked: &Asked) -> Result<(), String> {
        let key = format!("{}:{place}", self.key);
        ledger::append(self.tx, self.aoo, &key, "accepted", asked, &Value::Null, self.at).map(|_| ()).map_err(broken)
    }

    fn next(&mut self, kind: &str) -> Result<(i64, i16), String> {
        ledger::next_number(self.tx, self.aoo, kind, self.at).map_err(broken)
    }

    fn entries(&mut self, operation: &str, document: &str) -> Result<Vec<Entry>, String> {
        let all = ledger::list(self.tx, Some(self.aoo)).map_err(broken)?;
        let of_document = |entry: &Entry| entry.operation == operation && entry.document_id.as_deref() == Some(document);
        Ok(all.into_iter().filter(of_document).collect())
    }

    fn token(&mut self, asked: &GetToken) -> Answer {
        if asked.username != USER
            || [&asked.code_application, &asked.code_adm, &asked.code_role].iter().any(|code| code.is_empty())
        {
            return Err("USER_NOT_FOUND".to_owned());
        }
        let token = ledger::identifier(self.key);
        self.write(0, &Asked { operation: "session", document_id: Some(token.clone()), ..Asked::default() })?;
        Ok(json!({ "Token": token }))
    }

    fn create(&mut self, asked: CreateDocument) -> Answer {
        let Document { object, document_type, predisposed, sender, recipients, main_document, .. } = asked.document;
        if asked.code_register != REGISTER {
            return Err("REGISTER_NOT_FOUND".to_owned());
        }
        let sides = match document_type.as_str() {
            "A" => !sender.is_office() && recipients.iter().all(Correspondent::is_office),
            "P" => sender.is_office() && recipients.iter().all(|recipient| !recipient.is_office()),
            "I" => sender.is_office(),
            _ => false,
        };
        if !sender.is_sound() || recipients.is_empty() || !recipients.iter().all(Correspondent::is_sound) || !sides {
            return Err("SENDER_NOT_FOUND".to_owned());
        }
        if !predisposed {
            return Err("BAD_REQUEST Predisposed".to_owned());
        }
        let (number, _) = self.next("predisposed")?;
        let (id, sha256) = ((number + 90_000).to_string(), digest(&main_document)?);
        self.write(
            0,
            &Asked {
                operation: "predisposed",
                document_id: Some(id.clone()),
                subject: Some(object),
                file_name: Some(main_document.name),
                sha256: Some(sha256),
                ..Asked::default()
            },
        )?;
        Ok(json!({ "Document": { "Id": id, "DocNumber": id, "Predisposed": true } }))
    }

    fn upload(&mut self, asked: UploadFileToDocument) -> Answer {
        if self.entries("predisposed", &asked.id_document)?.is_empty() || !asked.create_attachment {
            return Err("DOCUMENT_NOT_FOUND".to_owned());
        }
        let sha256 = digest(&asked.file)?;
        self.write(
            0,
            &Asked {
                operation: "upload",
                document_id: Some(asked.id_document),
                file_name: Some(asked.file.name),
                sha256: Some(sha256),
                ..Asked::default()
            },
        )?;
        Ok(json!({}))
    }

    fn protocol(&mut self, asked: &ProtocolPredisposed) -> Answer {
        let id = &asked.id_document;
        let prepared = self.entries("predisposed", id)?;
        let [main] = prepared.as_slice() else { return Err("DOCUMENT_NOT_FOUND".to_owned()) };
        if asked.code_register != REGISTER || !self.entries("document", id)?.is_empty() {
            return Err("DOCUMENT_ALREADY_PROTOCOLLED".to_owned());
        }
        let (number, year) = self.next("document")?;
        self.write(
            0,
            &Asked {
                operation: "document",
                document_id: Some(id.clone()),
                number: Some(format!("{number}/{year}")),
                subject: main.subject.clone(),
                file_name: main.file_name.clone(),
                sha256: main.sha256.clone(),
            },
        )?;
        for (place, file) in self.entries("upload", id)?.into_iter().enumerate() {
            self.write(
                place + 1,
                &Asked {
                    operation: "attachment",
                    document_id: Some(id.clone()),
                    file_name: file.file_name,
                    sha256: file.sha256,
                    ..Asked::default()
                },
            )?;
        }
        let day = self.at.civil().strftime("%d/%m/%Y").to_string();
        Ok(json!({
            "Document": { "Id": id, "ProtocolNumber": number.to_string(), "ProtocolYear": year.to_string(), "ProtocolDate": day }
        }))
    }

    fn open(&mut self, asked: CreateProject) -> Answer {
        let Project { code_node_classification, classification_scheme, description, .. } = asked.project;
        if code_node_classification.is_empty() || classification_scheme.id.is_empty() || description.is_empty() {
            return Err("REQUIRED_PROJECT".to_owned());
        }
        let (number, year) = self.next("folder")?;
        let id = (number + 5_000).to_string();
        self.write(0, &Asked { operation: "folder", number: Some(id.clone()), subject: Some(description), ..Asked::default() })?;
        Ok(json!({ "Project": { "Id": id, "Code": format!("{code_node_classification}-{year}-{number}") } }))
    }

    fn file(&mut self, asked: AddDocInProject) -> Answer {
        let (document, folder) = (asked.id_document, asked.id_project);
        let folder_is_known = ledger::has_folder(self.tx, self.aoo, &folder).map_err(broken)?;
        if self.entries("document", &document)?.is_empty() || !folder_is_known {
            return Err("PROJECT_NOT_FOUND".to_owned());
        }
        if !ledger::is_filed(self.tx, self.aoo, &document, &folder).map_err(broken)? {
            self.write(0, &Asked { operation: "filing", document_id: Some(document), number: Some(folder), ..Asked::default() })?;
        }
        Ok(json!({}))
    }
}

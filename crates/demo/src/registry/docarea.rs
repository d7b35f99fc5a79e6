//! A stand-in for registries that speak DocArea, in its three dialects, with the books of the stand-in registry: strict about every
//! envelope and every Segnatura, because the real ones are.
//!
//! `POST /demo/registry/{aoo}/docarea/{swa|base64|rpc}`. Users sign in as [`USER`] with [`PASSWORD`]. Modes are those of the office; in
//! [`Mode::Half`] files are taken and no number is given.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use kernel::{RomeTime, Uuid};
use runtime::App;
use serde_json::json;
use sha2::{Digest, Sha256};
use storage::Tx;
use web::{ApiResult, Path};

use super::ledger::{self, Asked};
use super::mode::{self, Mode};
use super::wire::{ENVELOPE, NAMESPACE, Node, envelope, fault, parameter, parts};
use super::{MAX_BODY, SILENCE, SLOW};

/// The only user.
pub const USER: &str = "sportello";
/// The user's password.
pub const PASSWORD: &str = "segreta & nota";
/// Code with which the body signs in.
pub const BODY: &str = "c_bugl";

/// The routes of the stand-in.
pub fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/registry/{aoo}/docarea/{dialect}", post(answer))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app.clone())
}

/// What a client asks for.
enum Asking {
    Login { body: String, user: String, password: String },
    Insert { user: String, token: String, name: String, content: Vec<u8> },
    Register { user: String, token: String, profile: Vec<u8> },
}

/// Fields of an answer, or the error number and text.
type Answer = Result<Vec<(&'static str, String)>, (i32, String)>;

async fn answer(
    State(app): State<App>,
    Path((aoo, dialect)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Response> {
    let (operation, asking) = match read(&dialect, &headers, &body) {
        Ok(read) => read,
        Err(reason) => return Ok(xml(StatusCode::INTERNAL_SERVER_ERROR, fault("Client", &reason))),
    };
    let (key, at) = (app.rng().uuid(), app.clock().now().trunc_to_second());
    let (mode, outcome) = app.db().write(move |tx| decide(tx, &aoo, asking, key, at)).await?;
    let letter = if dialect == "rpc" { 'I' } else { 'l' };
    let name = |field: &str| match field.strip_prefix("lng") {
        Some(rest) => format!("{letter}ng{rest}"),
        None => field.to_owned(),
    };
    let mut fields: Vec<_> = match &outcome {
        Ok(fields) => fields.iter().map(|(field, value)| (name(field), value.clone())).collect(),
        Err(_) => Vec::new(),
    };
    let (number, text) = outcome.err().unwrap_or_default();
    fields.extend([(name("lngErrNumber"), number.to_string()), ("strErrString".to_owned(), text)]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let good = xml(StatusCode::OK, envelope(&format!("{operation}Response"), &format!("{operation}Result"), &fields));
    Ok(match mode {
        Mode::Timeout => {
            tokio::time::sleep(SILENCE).await;
            good
        }
        Mode::Error => xml(StatusCode::INTERNAL_SERVER_ERROR, fault("Server", "the stand-in was told to fail after accepting")),
        Mode::Garbage => (StatusCode::OK, "<html><body>Protocollo</body>").into_response(),
        Mode::Slow => {
            tokio::time::sleep(SLOW).await;
            good
        }
        Mode::Ok | Mode::Refuse | Mode::Half => good,
    })
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [("content-type", "text/xml; charset=utf-8")], body).into_response()
}

/// Reads a request of a dialect; gives the name of the operation too.
fn read(dialect: &str, headers: &HeaderMap, body: &[u8]) -> Result<(String, Asking), String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(format!("{name} is missing"));
    let (content_type, action) = (text("content-type")?, text("soapaction")?);
    let (envelope, attachment) = if content_type.starts_with("multipart/related") {
        if dialect != "swa" || parameter(content_type, "type").as_deref() != Some("text/xml") {
            return Err("no attachments are expected".to_owned());
        }
        let parts = parts(body, &parameter(content_type, "boundary").ok_or("there is no boundary")?)?;
        let [root, attachment] = <[_; 2]>::try_from(parts).map_err(|_| "there must be two parts")?;
        let start = parameter(content_type, "start").ok_or("there is no start")?;
        if root.header("content-id") != start || !root.header("content-type").starts_with("text/xml") {
            return Err("the first part is not the root".to_owned());
        }
        let name = attachment.header("content-id").trim_matches(['<', '>']).to_owned();
        (root.content.to_vec(), Some((name, attachment.header("content-type").to_owned(), attachment.content.to_vec())))
    } else if content_type.starts_with("text/xml") {
        (body.to_vec(), None)
    } else {
        return Err(format!("{content_type} is not expected"));
    };
    let envelope = Node::read(&envelope)?;
    if (envelope.namespace.as_str(), envelope.name.as_str()) != (ENVELOPE, "Envelope") {
        return Err("not an envelope of SOAP 1.1".to_owned());
    }
    envelope.expect(&["Header?", "Body"])?;
    let [operation] = envelope.child("Body")?.children.as_slice() else { return Err("the body is not one element".to_owned()) };
    if operation.namespace != NAMESPACE {
        return Err("the operation is not in its namespace".to_owned());
    }
    let (expected, namespace) = match dialect {
        "swa" => (String::new(), NAMESPACE),
        "base64" => (format!("{NAMESPACE}{}", operation.name), NAMESPACE),
        "rpc" => (format!("{NAMESPACE}#{}", operation.name), ""),
        _ => return Err("unknown dialect".to_owned()),
    };
    if action != format!("\"{expected}\"") {
        return Err(format!("SOAPAction {action} is not expected"));
    }
    if operation.children.iter().any(|field| field.namespace != namespace) {
        return Err("a parameter is not in its namespace".to_owned());
    }
    Ok((operation.name.clone(), asking(dialect, operation, attachment)?))
}

fn asking(dialect: &str, operation: &Node, attachment: Option<(String, String, Vec<u8>)>) -> Result<Asking, String> {
    let fields = |names: &[&str]| {
        operation.expect(names)?;
        Ok::<_, String>(operation.children.iter().map(|field| field.text.clone()).collect::<Vec<_>>())
    };
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| "not Base64".to_owned());
    let mut fields = match (dialect, operation.name.as_str()) {
        ("swa", "login") | ("base64", "Login") => fields(&["strCodEnte", "strUserName", "strPassword"])?,
        ("rpc", "Login") => fields(&["CodiceEnte", "Username", "UserPassword"])?,
        ("swa", "inserimento" | "protocollazione") => fields(&["strUserName", "strDST"])?,
        ("base64", "Inserimento") => fields(&["strUserName", "strDST", "strDocument", "objDocument"])?,
        ("base64", "Protocollazione") => fields(&["strUserName", "strDST", "strDocumentInfo"])?,
        ("rpc", "Inserimento") => fields(&["Username", "DSTLogin", "FileBinario"])?,
        ("rpc", "Protocollazione") => fields(&["Username", "DSTLogin", "FileXML"])?,
        (_, other) => return Err(format!("unknown operation {other}")),
    }
    .into_iter();
    let mut next = || fields.next().unwrap_or_default();
    Ok(match operation.name.to_lowercase().as_str() {
        "login" => Asking::Login { body: next(), user: next(), password: next() },
        "inserimento" => {
            let (user, token) = (next(), next());
            let (name, content) = match attachment {
                Some((name, _, content)) => (name, content),
                None if dialect == "swa" => return Err("there is no attachment".to_owned()),
                None => (String::new(), decode(&next())?),
            };
            if content.is_empty() {
                return Err("the file is empty".to_owned());
            }
            Asking::Insert { user, token, name, content }
        }
        _ => {
            let (user, token) = (next(), next());
            let profile = match (attachment, dialect) {
                (Some((name, kind, profile)), _) if name == "profilazione" && kind.starts_with("text/xml") => profile,
                (Some(_), _) => return Err("the attachment is not the profile".to_owned()),
                (None, "base64") => next().into_bytes(),
                (None, "rpc") => decode(&next())?,
                (None, _) => return Err("there is no attachment".to_owned()),
            };
            Asking::Register { user, token, profile }
        }
    })
}

/// The transaction of one request: mode, outcome and ledger.
fn decide(tx: &mut Tx<'_>, aoo: &str, asking: Asking, key: Uuid, at: RomeTime) -> storage::Result<(Mode, Answer)> {
    let mode = mode::take(tx, aoo)?;
    let is_number = matches!(asking, Asking::Register { .. });
    if mode == Mode::Refuse || (mode == Mode::Half && is_number) {
        return Ok((mode, Err((-100, "Il protocollo rifiuta la richiesta.".to_owned()))));
    }
    let outcome = match asking {
        Asking::Login { body, user, password } => login(tx, aoo, (&body, &user, &password), key, at)?,
        Asking::Insert { user, token, name, content } if signed_in(tx, aoo, &user, &token)? => {
            let (number, _) = ledger::next_number(tx, aoo, "upload", at)?;
            let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
            let asked = Asked {
                operation: "upload",
                document_id: Some(number.to_string()),
                file_name: Some(name),
                sha256: Some(sha256),
                ..Asked::default()
            };
            ledger::append(tx, aoo, &key.to_string(), "accepted", &asked, &json!({ "lngDocID": number }), at)?;
            Ok(vec![("lngDocID", number.to_string())])
        }
        Asking::Register { user, token, profile } if signed_in(tx, aoo, &user, &token)? => {
            match profile_of(&profile).and_then(|profile| profile.check(aoo).map(|()| profile)) {
                Ok(profile) => register(tx, aoo, &profile, key, at)?,
                Err(reason) => Err((-5, format!("Segnatura non valida: {reason}"))),
            }
        }
        Asking::Insert { .. } | Asking::Register { .. } => Err((-2, "DST non valido.".to_owned())),
    };
    Ok((mode, outcome))
}

fn login(tx: &mut Tx<'_>, aoo: &str, given: (&str, &str, &str), key: Uuid, at: RomeTime) -> storage::Result<Answer> {
    if given != (BODY, USER, PASSWORD) {
        return Ok(Err((-1, "Utente o password errati.".to_owned())));
    }
    let token = ledger::identifier(key);
    let asked = Asked { operation: "session", document_id: Some(token.clone()), ..Asked::default() };
    ledger::append(tx, aoo, &key.to_string(), "accepted", &asked, &json!(null), at)?;
    Ok(Ok(vec![("strDST", token)]))
}

fn signed_in(tx: &mut Tx<'_>, aoo: &str, user: &str, token: &str) -> storage::Result<bool> {
    Ok(user == USER && ledger::has_session(tx, aoo, token)?)
}

/// What a Segnatura says.
struct Profile {
    subject: String,
    office: String,
    /// Identifier and name of each file, the main one first.
    files: Vec<(String, String)>,
}

impl Profile {
    /// That it is for this office.
    fn check(&self, aoo: &str) -> Result<(), String> {
        if self.office == aoo { Ok(()) } else { Err(format!("{} is another office", self.office)) }
    }
}

fn profile_of(xml: &[u8]) -> Result<Profile, String> {
    let root = Node::read(xml)?;
    if root.name != "Segnatura" {
        return Err("the root is not Segnatura".to_owned());
    }
    root.expect(&["Intestazione", "Descrizione", "ApplicativoProtocollo"])?;
    let (head, description) = (root.child("Intestazione")?, root.child("Descrizione")?);
    head.expect(&["Oggetto", "Identificatore", "Mittente+", "Destinatario+", "Classifica?", "Fascicolo?"])?;
    let identity = head.child("Identificatore")?;
    identity.expect(&["CodiceAmministrazione", "CodiceAOO", "NumeroRegistrazione", "DataRegistrazione", "Flusso"])?;
    let flow = identity.child("Flusso")?.text.as_str();
    if !["E", "U", "I"].contains(&flow) {
        return Err(format!("Flusso {flow}"));
    }
    for party in head.children.iter().filter(|child| ["Mittente", "Destinatario"].contains(&child.name.as_str())) {
        let [who] = party.children.as_slice() else { return Err(format!("{} is not one", party.name)) };
        match who.name.as_str() {
            "Persona" => who.expect(&["Nome", "Cognome", "CodiceFiscale", "Titolo?", "IndirizzoTelematico?"])?,
            "Amministrazione" => {
                who.expect(&["Denominazione", "CodiceAmministrazione", "IndirizzoTelematico", "UnitaOrganizzativa"])?;
            }
            other => return Err(format!("{other} is no party")),
        }
    }
    // The citizen is on the one side and the office on the other.
    let side = |name: &str| head.child(name).map(|party| party.children.first().is_some_and(|who| who.name == "Persona"));
    if (flow == "E" && !side("Mittente")?) || (flow == "U" && !side("Destinatario")?) {
        return Err(format!("the parties are not those of Flusso {flow}"));
    }
    if let Ok(place) = head.child("Classifica") {
        place.expect(&["CodiceAmministrazione", "CodiceAOO", "CodiceTitolario"])?;
    }
    if head.child("Fascicolo").is_ok_and(|folder| folder.attribute("anno").is_empty() || folder.attribute("numero").is_empty()) {
        return Err("Fascicolo has no anno or numero".to_owned());
    }
    description.expect(&["Documento", "Allegati?"])?;
    let mut documents = vec![description.child("Documento")?];
    if let Ok(attachments) = description.child("Allegati") {
        attachments.expect(&["Documento+"])?;
        documents.extend(&attachments.children);
    }
    for document in &documents {
        document.expect(&["DescrizioneDocumento", "TipoDocumento"])?;
    }
    let application = root.child("ApplicativoProtocollo")?;
    application.expect(&["Parametro*"])?;
    if application.attribute("nome").is_empty()
        || application.children.iter().any(|parameter| parameter.attribute("nome").is_empty())
    {
        return Err("ApplicativoProtocollo has something without a name".to_owned());
    }
    let code = |name: &str| identity.child(name).map(|node| node.text.clone());
    Ok(Profile {
        subject: head.child("Oggetto")?.text.clone(),
        office: format!("{}-{}", code("CodiceAmministrazione")?, code("CodiceAOO")?),
        files: documents
            .iter()
            .map(|document| (document.attribute("id").to_owned(), document.attribute("nome").to_owned()))
            .collect(),
    })
}

fn register(tx: &mut Tx<'_>, aoo: &str, profile: &Profile, key: Uuid, at: RomeTime) -> storage::Result<Answer> {
    let mut digests = Vec::new();
    for (id, _) in &profile.files {
        match ledger::digest(tx, aoo, "upload", id)? {
            Some(digest) => digests.push(digest),
            None => return Ok(Err((-6, format!("Il documento {id} non è stato inserito.")))),
        }
    }
    let (number, year) = ledger::next_number(tx, aoo, "document", at)?;
    let id = format!("{number}/{year}");
    let answer = vec![
        ("lngNumPG", number.to_string()),
        ("lngAnnoPG", year.to_string()),
        ("strDataPG", at.civil().strftime("%d/%m/%Y").to_string()),
    ];
    for (place, ((_, name), sha256)) in profile.files.iter().zip(digests).enumerate() {
        let asked = Asked {
            operation: if place == 0 { "document" } else { "attachment" },
            document_id: Some(id.clone()),
            number: (place == 0).then(|| id.clone()),
            subject: (place == 0).then(|| profile.subject.clone()),
            file_name: Some(name.clone()),
            sha256: Some(sha256),
        };
        ledger::append(tx, aoo, &format!("{key}:{place}"), "accepted", &asked, &json!(answer), at)?;
    }
    Ok(Ok(answer))
}

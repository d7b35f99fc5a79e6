//! A stand-in for IRIDE (WSProtocolloDM and WSFascicolo), with the books of the stand-in registry: strict about envelopes, order of
//! parameters and the documents of XML within them.
//!
//! `POST /demo/registry/{aoo}/iride`. Modes are those of the office; [`Mode::Half`] is out of order after a document's first attachment.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use kernel::{RomeTime, Uuid};
use quick_xml::escape::escape;
use runtime::App;
use serde_json::json;
use sha2::{Digest, Sha256};
use storage::Tx;
use web::{ApiResult, Path};

use super::ledger::{self, Asked};
use super::mode::{self, Mode};
use super::wire::{ENVELOPE, NAMESPACE, Node, fault};
use super::{MAX_BODY, SILENCE, SLOW};

/// The only user.
pub const USER: &str = "SPORTELLO";

/// The routes of the stand-in.
pub fn routes(app: &App) -> Router {
    Router::new().route("/demo/registry/{aoo}/iride", post(answer)).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(app.clone())
}

/// A file that came along.
struct Sent {
    name: String,
    sha256: String,
}

/// What a client asks for.
enum Asking {
    Register { subject: String, user: String, file: Sent },
    Attach { document: String, user: String, file: Sent },
    Open { title: String, user: String },
    File { folder: String, document: String, user: String },
}

/// Fields of an answer, or what is wrong.
type Answer = Result<Vec<(&'static str, String)>, String>;

async fn answer(State(app): State<App>, Path(aoo): Path<String>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let (operation, asking) = match read(&aoo, &headers, &body) {
        Ok(read) => read,
        Err(reason) => return Ok(xml(StatusCode::INTERNAL_SERVER_ERROR, fault("Client", &reason))),
    };
    let (key, at) = (app.rng().uuid(), app.clock().now().trunc_to_second());
    let (mode, outcome) = app.db().write(move |tx| decide(tx, &aoo, asking, key, at)).await?;
    let good = xml(StatusCode::OK, envelope(&operation, outcome));
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

/// The answer of an operation: of those on documents a document of XML within the result, of the other the elements themselves.
fn envelope(operation: &str, outcome: Answer) -> String {
    let is_xml = operation.ends_with("String");
    let (mut fields, error) = match outcome {
        Ok(fields) => (fields, String::new()),
        Err(error) => (vec![], error),
    };
    if !is_xml {
        fields.push(("Esito", if error.is_empty() { "true" } else { "false" }.to_owned()));
    }
    fields.extend([("Messaggio", String::new()), ("Errore", error)]);
    let fields: String = fields.iter().map(|(name, text)| format!("<{name}>{}</{name}>", escape(text))).collect();
    let result = match is_xml {
        true => escape(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Out>{fields}</Out>")).into_owned(),
        false => fields,
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{ENVELOPE}\"><soap:Body>\
         <{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}</{operation}Result></{operation}Response>\
         </soap:Body></soap:Envelope>"
    )
}

fn read(aoo: &str, headers: &HeaderMap, body: &[u8]) -> Result<(String, Asking), String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(format!("{name} is missing"));
    if !text("content-type")?.starts_with("text/xml") {
        return Err("not text/xml".to_owned());
    }
    let envelope = Node::read(body)?;
    if (envelope.namespace.as_str(), envelope.name.as_str()) != (ENVELOPE, "Envelope") {
        return Err("not an envelope of SOAP 1.1".to_owned());
    }
    envelope.expect(&["Header?", "Body"])?;
    let [operation] = envelope.child("Body")?.children.as_slice() else { return Err("the body is not one element".to_owned()) };
    if operation.namespace != NAMESPACE || operation.children.iter().any(|field| field.namespace != NAMESPACE) {
        return Err("something is not in its namespace".to_owned());
    }
    if text("soapaction")? != format!("\"{NAMESPACE}{}\"", operation.name) {
        return Err("SOAPAction is not the operation".to_owned());
    }
    let value = |name: &str| operation.child(name).map(|field| field.text.clone());
    if format!("{}-{}", value("CodiceAmministrazione")?, value("CodiceAOO")?) != aoo {
        return Err("another office".to_owned());
    }
    let parameter = |name: &str| -> Result<Node, String> {
        operation.expect(&[name, "CodiceAmministrazione", "CodiceAOO"])?;
        Node::read(operation.child(name)?.text.as_bytes())
    };
    let within = |node: &Node, name: &str| node.child(name).map(|child| child.text.clone());
    let asking = match operation.name.as_str() {
        "InserisciProtocolloEAnagraficheString" => {
            let document = parameter("ProtocolloInStr")?;
            document.expect(&[
                "Data",
                "Classifica",
                "TipoDocumento",
                "Oggetto",
                "Origine",
                "MezzoInvio?",
                "MittenteInterno",
                "MittentiDestinatari",
                "AggiornaAnagrafiche",
                "InCaricoA",
                "Utente",
                "Ruolo",
                "NumeroAllegati",
                "Allegati",
            ])?;
            let origin = within(&document, "Origine")?;
            if document.name != "ProtoIn" || !["A", "P", "I"].contains(&origin.as_str()) {
                return Err(format!("{} with Origine {origin}", document.name));
            }
            let people = document.child("MittentiDestinatari")?;
            people.expect(&["MittenteDestinatario*"])?;
            for person in &people.children {
                person.expect(&["CodiceFiscale", "CognomeNome", "Nome", "TipoSogg", "TipoPersona", "Recapiti?"])?;
            }
            if within(&document, "NumeroAllegati")? != "1" {
                return Err("NumeroAllegati is not the number of files".to_owned());
            }
            Asking::Register {
                subject: within(&document, "Oggetto")?,
                user: within(&document, "Utente")?,
                file: sent(document.child("Allegati")?)?,
            }
        }
        "AggiungiAllegatiString" => {
            let added = parameter("NuoviAllegatiStr")?;
            added.expect(&["idDoc", "annoProt?", "numProt?", "utente", "ruolo", "Allegati"])?;
            Asking::Attach {
                document: within(&added, "idDoc")?,
                user: within(&added, "utente")?,
                file: sent(added.child("Allegati")?)?,
            }
        }
        "CreaFascicoloString" => {
            let folder = parameter("FascicoloInStr")?;
            folder.expect(&["Anno?", "Numero?", "Data", "Oggetto", "Classifica", "AltriDati?", "Utente", "Ruolo"])?;
            Asking::Open { title: within(&folder, "Oggetto")?, user: within(&folder, "Utente")? }
        }
        "FascicolaDocumento" => {
            operation.expect(&[
                "IDFascicolo",
                "IDDocumento",
                "AggiornaClassifica",
                "Utente",
                "Ruolo",
                "CodiceAmministrazione",
                "CodiceAOO",
            ])?;
            Asking::File { folder: value("IDFascicolo")?, document: value("IDDocumento")?, user: value("Utente")? }
        }
        other => return Err(format!("unknown operation {other}")),
    };
    Ok((operation.name.clone(), asking))
}

/// The one file of a list of files.
fn sent(files: &Node) -> Result<Sent, String> {
    files.expect(&["Allegato"])?;
    let file = files.child("Allegato")?;
    file.expect(&["TipoFile", "ContentType", "Image", "Commento", "NomeAllegato"])?;
    let content = STANDARD.decode(&file.child("Image")?.text).map_err(|_| "Image is not Base64")?;
    if content.is_empty() {
        return Err("the file is empty".to_owned());
    }
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Sent { name: file.child("NomeAllegato")?.text.clone(), sha256 })
}

/// The transaction of one request: mode, outcome and ledger.
fn decide(tx: &mut Tx<'_>, aoo: &str, asking: Asking, key: Uuid, at: RomeTime) -> storage::Result<(Mode, Answer)> {
    let mode = mode::take(tx, aoo)?;
    let user = match &asking {
        Asking::Register { user, .. } | Asking::Attach { user, .. } | Asking::Open { user, .. } | Asking::File { user, .. } => {
            user
        }
    };
    let broken = mode == Mode::Half
        && match &asking {
            Asking::Register { .. } => false,
            Asking::Attach { document, .. } => ledger::attachments(tx, aoo, document)? > 0,
            Asking::Open { .. } | Asking::File { .. } => true,
        };
    if mode == Mode::Refuse || broken {
        return Ok((mode, Err("Il protocollo rifiuta la richiesta.".to_owned())));
    }
    if user != USER {
        return Ok((mode, Err("Utente sconosciuto.".to_owned())));
    }
    Ok((mode, accept(tx, aoo, asking, key, at)?))
}

fn accept(tx: &mut Tx<'_>, aoo: &str, asking: Asking, key: Uuid, at: RomeTime) -> storage::Result<Answer> {
    let known = |tx: &mut Tx<'_>, id: &str| ledger::has_document(tx, aoo, id);
    let (asked, answer) = match asking {
        Asking::Register { subject, file, .. } => {
            let (number, year) = ledger::next_number(tx, aoo, "document", at)?;
            let id = (number + 70_000).to_string();
            let asked = Asked {
                operation: "document",
                document_id: Some(id.clone()),
                number: Some(format!("{number}/{year}")),
                subject: Some(subject),
                file_name: Some(file.name),
                sha256: Some(file.sha256),
            };
            let day = at.civil().strftime("%d/%m/%Y").to_string();
            let numbers =
                [("AnnoProtocollo", year.to_string()), ("NumeroProtocollo", number.to_string()), ("DataProtocollo", day)];
            (asked, [&[("IdDocumento", id)][..], &numbers].concat())
        }
        Asking::Attach { document, file, .. } => {
            if !known(tx, &document)? {
                return Ok(Err("Documento sconosciuto.".to_owned()));
            }
            let asked = Asked {
                operation: "attachment",
                document_id: Some(document.clone()),
                file_name: Some(file.name),
                sha256: Some(file.sha256),
                ..Asked::default()
            };
            (asked, vec![("IdDocumento", document)])
        }
        Asking::Open { title, .. } => {
            let (number, year) = ledger::next_number(tx, aoo, "folder", at)?;
            let id = (number + 4_000).to_string();
            let asked = Asked { operation: "folder", number: Some(id.clone()), subject: Some(title), ..Asked::default() };
            (asked, vec![("Id", id), ("Anno", year.to_string()), ("Numero", number.to_string())])
        }
        Asking::File { folder, document, .. } => {
            if !known(tx, &document)? || !ledger::has_folder(tx, aoo, &folder)? {
                return Ok(Err("Documento o fascicolo sconosciuto.".to_owned()));
            }
            if ledger::is_filed(tx, aoo, &document, &folder)? {
                return Ok(Ok(Vec::new()));
            }
            (Asked { operation: "filing", document_id: Some(document), number: Some(folder), ..Asked::default() }, Vec::new())
        }
    };
    ledger::append(tx, aoo, &key.to_string(), "accepted", &asked, &json!(answer), at)?;
    Ok(Ok(answer))
}

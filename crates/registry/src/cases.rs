//! Which documents an application gives rise to, and what is in them (developers' documentation, "Usecase: Il Documento originato dalle
//! pratiche dai servizi digitali", and the examples of documents).
//!
//! | case | when the application is | main document |
//! | --- | --- | --- |
//! | application request | submitted (2000) | the compiled module |
//! | integration request | waiting for the citizen (4100, 4200) | the operator's message |
//! | integration response | answered (4300, 4400) | the citizen's message |
//! | outcome | decided (6000 to 9000) | the file of the decision |
//! | withdrawal | withdrawn (20000) | the file of the withdrawal |
//! | revocation | annulled (50000) | the file of the annulment |

use contracts::applications::{ApplicationV2, File};
use contracts::documents::{self, Collection, CollectionType, DocumentType, DocumentV1, Folder, Party, RegistrationData, Status};
use contracts::{Extra, NumberVersion, Raw};
use kernel::{DocumentId, EventId, RomeTime, Uuid};
use serde::Deserialize;
use serde_json::Value;

use crate::applicant::Applicant;

/// Longest title and description of a document, in characters.
const MAX_TEXT: usize = 255;

/// A document to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it is.
    pub kind: DocumentType,
    /// What tells it from others of its kind and application; empty when there is only one.
    instance: String,
    main: File,
    attachments: Vec<File>,
}

/// A request for integration and its answer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Exchange {
    outbound: Option<Message>,
    inbound: Option<Message>,
}

/// A message with files attached. It is a file itself as soon as it has been typeset.
#[derive(Deserialize)]
struct Message {
    #[serde(flatten)]
    file: Option<File>,
    #[serde(default)]
    attachments: Vec<File>,
    #[serde(default)]
    protocol_number: Option<String>,
    #[serde(default)]
    protocol_document_id: Option<String>,
    #[serde(default)]
    protocolled_at: Option<RomeTime>,
}

/// Whether an application in this status may have something to be registered, or was registered by hand: once it is submitted.
pub fn concern(status: &str) -> bool {
    status.parse::<u32>().is_ok_and(|status| status >= 2000)
}

/// The documents that the application's present state calls for. What has a registration number already was registered by hand.
pub fn of(application: &ApplicationV2) -> Vec<Case> {
    let registered = |number: &Option<String>| number.as_ref().is_some_and(|number| !number.is_empty());
    match application.status.as_str() {
        "2000" if !registered(&application.protocol_number) => request(application).into_iter().collect(),
        "4100" | "4200" => messages(application, DocumentType::IntegrationRequest, |exchange| exchange.outbound),
        "4300" | "4400" => messages(application, DocumentType::IntegrationResponse, |exchange| exchange.inbound),
        "6000" | "7000" | "8000" | "9000" if !registered(&application.outcome_protocol_number) => {
            deed(DocumentType::ApplicationOutcome, &application.outcome_file, &application.outcome_attachments)
        }
        "20000" => deed(DocumentType::ApplicationWithdraw, &application.closing_file, &[]),
        "50000" => deed(DocumentType::ApplicationRevocation, &application.closing_file, &[]),
        _ => Vec::new(),
    }
}

/// A document that has a number, the document that the number is said to be of, and when it was given.
type Numbered = (Option<Case>, Option<String>, Option<String>, Option<RomeTime>);

/// The documents of the application that somebody has registered by hand, each with its number and the instant: whatever the application's
/// state is now. Those that a registry proxy has registered name their document.
pub fn by_hand(application: &ApplicationV2) -> Vec<(Case, String, Option<RomeTime>)> {
    let a = application;
    let outcome = deed(DocumentType::ApplicationOutcome, &a.outcome_file, &a.outcome_attachments).pop();
    let mut numbered: Vec<Numbered> = vec![
        (request(a), a.protocol_number.clone(), a.protocol_document_id.clone(), a.protocolled_at),
        (outcome, a.outcome_protocol_number.clone(), a.outcome_protocol_document_id.clone(), a.outcome_protocolled_at),
    ];
    for Exchange { outbound, inbound } in exchanges(a) {
        let sides = [(DocumentType::IntegrationRequest, outbound), (DocumentType::IntegrationResponse, inbound)];
        numbered.extend(sides.into_iter().filter_map(|(kind, message)| {
            let mut message = message?;
            let told = (message.protocol_number.take(), message.protocol_document_id.take(), message.protocolled_at);
            Some((message.case(kind), told.0, told.1, told.2))
        }));
    }
    let by_hand = |(case, number, document, at): Numbered| {
        let (case, number) = case.zip(number.filter(|number| !number.trim().is_empty()))?;
        let by_proxy = document == Some(case.id(a).to_string());
        (!by_proxy).then_some((case, number, at))
    };
    numbered.into_iter().filter_map(by_hand).collect()
}

/// What was asked for and answered so far.
fn exchanges(application: &ApplicationV2) -> impl Iterator<Item = Exchange> {
    application.integrations.iter().filter_map(|raw: &Raw| raw.read::<Exchange>().ok())
}

/// The application itself, once it is typeset.
fn request(application: &ApplicationV2) -> Option<Case> {
    let main = application.compiled_modules.first().cloned()?;
    let (kind, attachments) = (DocumentType::ApplicationRequest, application.attachments.clone());
    Some(Case { kind, instance: String::new(), main, attachments })
}

/// What ended the application, once it is written. Opened again, it is ended by another deed, with another file.
fn deed(kind: DocumentType, file: &Option<File>, attachments: &[File]) -> Vec<Case> {
    let case = |main: File| Case { kind, instance: main.id.to_string(), main, attachments: attachments.to_vec() };
    file.clone().map(case).into_iter().collect()
}

fn messages(application: &ApplicationV2, kind: DocumentType, side: fn(Exchange) -> Option<Message>) -> Vec<Case> {
    let open = |message: &Message| message.protocol_number.as_deref().unwrap_or_default().is_empty();
    exchanges(application).filter_map(side).filter(open).filter_map(|message| message.case(kind)).collect()
}

impl Message {
    /// Until it is typeset there is nothing to register; the event that says so comes again with the file.
    fn case(self, kind: DocumentType) -> Option<Case> {
        let main = self.file?;
        Some(Case { kind, instance: main.id.to_string(), main, attachments: self.attachments })
    }
}

impl Case {
    /// The document's identifier: the same whenever the same case is met.
    pub fn id(&self, application: &ApplicationV2) -> DocumentId {
        let kind = serde_json::to_value(self.kind).unwrap_or_default();
        let name = format!("{}/{}", kind.as_str().unwrap_or_default(), self.instance);
        DocumentId(Uuid::new_v5(&application.id.0, name.as_bytes()))
    }

    /// The document, in its first event.
    pub fn document(&self, application: &ApplicationV2, event_id: EventId, at: RomeTime, app_id: &str) -> DocumentV1 {
        let (source_type, recipient_type, role) = match self.kind {
            DocumentType::ApplicationRequest | DocumentType::IntegrationResponse | DocumentType::ApplicationWithdraw => {
                (Party::User, Party::Tenant, "sender")
            }
            DocumentType::IntegrationRequest | DocumentType::ApplicationOutcome | DocumentType::ApplicationRevocation => {
                (Party::Tenant, Party::User, "receiver")
            }
        };
        let applicant = Applicant::of(application);
        let service = application.service_name.as_ref().or(application.service.as_ref()).map_or("Pratica", String::as_str);
        let subject = |prefix: &str| joined(prefix, service, &format!(" {} - {}", applicant.title(), application.id));
        let way = documents::TransmissionType::between(source_type, recipient_type);
        let attachments = self.attachments.iter().filter(|file| file.protocol_required != Some(false));
        let at = at.trunc_to_second();
        DocumentV1 {
            title: subject(self.prefix()),
            id: self.id(application),
            app_id: Some(app_id.to_owned()),
            event_created_at: at,
            event_id,
            event_version: NumberVersion,
            external_id: None,
            registration_data: Some(RegistrationData::none_yet(way)),
            folder: Some(Folder {
                title: Some(joined("", service, &format!("-{}", applicant.title()))),
                id: Some(application.protocol_folder_number.clone().unwrap_or_default()),
            }),
            status: Status::DocumentCreated,
            kind: self.kind,
            remote_id: Some(application.id.0),
            remote_collection: Some(Collection { id: application.service_id.0, kind: CollectionType::Service }),
            topics: None,
            short_description: subject(""),
            description: Some(subject("")),
            main_document: file(&self.main),
            image_gallery: None,
            has_organization: None,
            attachments: attachments.map(file).collect(),
            distribution_license_id: None,
            related_public_services: None,
            valid_from: None,
            valid_to: None,
            removed_at: None,
            expire_at: None,
            more_info: None,
            normative_requirements: None,
            related_documents: None,
            life_events: None,
            business_events: None,
            allowed_readers: None,
            tenant_id: application.tenant_id,
            owner_id: application.user,
            document_url: None,
            created_at: at,
            updated_at: Some(at),
            author: applicant.author(role),
            source_type,
            recipient_type,
            last_seen: None,
            retry_meta: None,
            extra: Extra::default(),
        }
    }

    /// What a title begins with.
    fn prefix(&self) -> &'static str {
        match self.kind {
            DocumentType::ApplicationRequest => "",
            DocumentType::IntegrationRequest => "Richiesta integrazione: ",
            DocumentType::IntegrationResponse => "Risposta integrazione: ",
            DocumentType::ApplicationOutcome => "Esito: ",
            DocumentType::ApplicationWithdraw => "Ritiro: ",
            DocumentType::ApplicationRevocation => "Annullamento: ",
        }
    }
}

/// A text of at most [`MAX_TEXT`] characters without line breaks; what is cut off is the end of `service`.
fn joined(prefix: &str, service: &str, rest: &str) -> String {
    let taken = prefix.chars().count() + rest.chars().count();
    let service: String = service.chars().take(MAX_TEXT.saturating_sub(taken)).collect();
    let text = format!("{prefix}{service}{rest}");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect()
}

/// A file of an application as a document has it: `name` is what people called it, `filename` what the server does.
fn file(file: &File) -> documents::File {
    let extra = |name: &str| file.extra.0.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = file.original_name.as_ref().or(file.name.as_ref()).cloned().unwrap_or_else(|| file.id.to_string());
    let filename = file.name.clone().filter(|name| name.contains('.')).unwrap_or_else(|| name.clone());
    let mime_type = match extra("mime_type") {
        "" => mime_type(&filename),
        given => given,
    };
    documents::File {
        description: file.description.clone().filter(|text| !text.is_empty()).or_else(|| Some(format!("Allegato - {name}"))),
        mime_type: mime_type.to_owned(),
        url: file.url.clone(),
        md5: extra("md5").to_owned(),
        name,
        filename,
        internal_url: None,
        extra: Extra::default(),
    }
}

/// Media type of a file by the end of its name.
fn mime_type(filename: &str) -> &'static str {
    let end = filename.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match end.as_str() {
        "pdf" => "application/pdf",
        "p7m" => "application/pkcs7-mime",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "tif" | "tiff" => "image/tiff",
        "xml" => "application/xml",
        "json" => "application/json",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "zip" => "application/zip",
        "eml" => "message/rfc822",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const AT: &str = "2026-03-20T12:00:00.75+01:00";

    fn application(change: Value) -> ApplicationV2 {
        let sample = include_str!("../../contracts/samples/applications/2/accepted.json");
        let mut application: Value = serde_json::from_str(sample).unwrap();
        for (name, value) in change.as_object().unwrap() {
            application[name] = value.clone();
        }
        serde_json::from_value(application).unwrap()
    }

    fn documents(application: &ApplicationV2) -> Vec<DocumentV1> {
        let (event_id, cases) = (EventId(Uuid::from_u128(7)), of(application));
        assert!(cases.is_empty() || concern(&application.status), "{} is looked at", application.status);
        cases.iter().map(|case| case.document(application, event_id, AT.parse().unwrap(), "document-dispatcher:0.1.0")).collect()
    }

    fn message(id: u128, name: &str) -> Value {
        json!({
            "id": Uuid::from_u128(id), "name": name, "originalName": format!("messaggio {name}"),
            "url": format!("https://servizi.example.it/lang/api/applications/1/attachments/{id}"),
            "attachments": [{ "id": Uuid::from_u128(id + 1), "name": "delega.pdf", "url": "https://servizi.example.it/lang/x" }]
        })
    }

    #[test]
    fn a_submitted_application_is_a_request_of_its_applicant() {
        let application = application(json!({ "status": "2000", "protocol_number": null }));
        let [document] = documents(&application).try_into().unwrap();
        let subject = format!("Occupazione di suolo pubblico Anna Ferri FRRNNA84L52G702G - {}", application.id);
        assert_eq!((document.title.as_str(), document.short_description.as_str()), (subject.as_str(), subject.as_str()));
        assert_eq!(document.kind, DocumentType::ApplicationRequest);
        assert_eq!(
            document.folder.as_ref().unwrap().title.as_deref(),
            Some("Occupazione di suolo pubblico-Anna Ferri FRRNNA84L52G702G")
        );
        assert_eq!(document.registration_data, Some(RegistrationData::none_yet(documents::TransmissionType::Inbound)));
        let main = &document.main_document;
        assert_eq!((main.name.as_str(), main.filename.as_str()), ("richiesta-202503120930.pdf", "richiesta.pdf"));
        assert_eq!((main.mime_type.as_str(), main.md5.as_str()), ("application/pdf", ""));
        assert_eq!(document.attachments.len(), 1);
        let author = &document.author[0];
        assert_eq!((author.name.as_str(), author.family_name.as_deref()), ("Anna", Some("Ferri")));
        assert_eq!((author.street_name.as_deref(), author.role.as_deref()), (Some("Via dei Tigli"), Some("sender")));
        assert_eq!(contracts::Event::key(&document), application.id.to_string());
        assert_eq!(document.created_at.to_string(), "2026-03-20T12:00:00+01:00");
        assert_eq!(document.validate(), vec![]);
    }

    #[test]
    fn what_an_operator_filled_in_for_a_citizen_is_the_citizens() {
        let operator = Uuid::from_u128(99);
        let application = application(json!({ "status": "2000", "protocol_number": null, "operator_id": operator }));
        let [document] = documents(&application).try_into().unwrap();
        assert_eq!((document.source_type, document.recipient_type), (Party::User, Party::Tenant));
        assert_eq!((document.owner_id, document.author[0].role.as_deref()), (application.user, Some("sender")));
        assert_ne!(document.owner_id.0, operator);
        let by_the_citizen = self::application(json!({ "status": "2000", "protocol_number": null }));
        assert_eq!(document.id, documents(&by_the_citizen)[0].id, "one document, whoever touched the application");
    }

    #[test]
    fn an_answered_integration_is_titled_as_in_the_documentation() {
        let integrations = json!([{ "outbound": message(1, "richiesta.pdf"), "inbound": message(3, "risposta.pdf") }]);
        let application = application(json!({ "status": "4300", "integrations": integrations }));
        let [document] = documents(&application).try_into().unwrap();
        let title =
            format!("Risposta integrazione: Occupazione di suolo pubblico Anna Ferri FRRNNA84L52G702G - {}", application.id);
        assert_eq!((document.title, document.kind), (title, DocumentType::IntegrationResponse));
        assert_eq!(
            (document.main_document.name.as_str(), document.main_document.filename.as_str()),
            ("messaggio risposta.pdf", "risposta.pdf")
        );
        assert_eq!(document.main_document.description.as_deref(), Some("Allegato - messaggio risposta.pdf"));
        assert_eq!(document.attachments[0].filename, "delega.pdf");
        assert_eq!((document.source_type, document.recipient_type), (Party::User, Party::Tenant));
    }

    #[test]
    fn a_request_for_integration_goes_out_to_the_applicant() {
        let integrations =
            json!([{ "outbound": message(1, "richiesta.pdf"), "inbound": null }, { "outbound": { "id": "x", "message": "?" } }]);
        let application = application(json!({ "status": "4100", "integrations": integrations }));
        let [document] = documents(&application).try_into().unwrap();
        assert_eq!(document.registration_data.unwrap().transmission_type, documents::TransmissionType::Outbound);
        assert_eq!(document.author[0].role.as_deref(), Some("receiver"));
    }

    #[test]
    fn a_message_is_registered_when_it_is_a_document_and_once() {
        let file = |id: u128| json!({ "id": Uuid::from_u128(id), "name": format!("{id}.pdf"), "url": "https://example.it/x" });
        let said = json!({ "message": "Ecco.", "attachments": [file(1)], "protocol_number": null, "cancelled": false });
        let mut typeset = file(2);
        typeset.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let mut registered = file(3);
        registered.as_object_mut().unwrap().insert("protocol_number".into(), json!("7/2026"));
        let integrations = json!([{ "inbound": registered }, { "inbound": said }, { "outbound": said, "inbound": typeset }]);
        let application = application(json!({ "status": "4300", "integrations": integrations }));
        let [document] = documents(&application).try_into().unwrap();
        assert_eq!(document.main_document.filename, "2.pdf");
        assert_eq!(document.attachments[0].filename, "1.pdf");
    }

    #[test]
    fn each_decision_is_an_outcome_of_its_own() {
        let undecided = json!({ "outcome_protocol_number": null });
        let first = application(undecided.clone());
        let mut again = first.clone();
        again.outcome_file.as_mut().unwrap().id = kernel::AttachmentId(Uuid::from_u128(9));
        let id = |application: &ApplicationV2| documents(application)[0].id;
        assert_ne!(id(&first), id(&again));
        for status in ["6000", "8000", "9000"] {
            assert_eq!(id(&ApplicationV2 { status: status.into(), ..first.clone() }), id(&first));
        }
        let document = documents(&first).remove(0);
        assert!(document.title.starts_with("Esito: Occupazione di suolo pubblico Anna Ferri"));
        assert_eq!(document.kind, DocumentType::ApplicationOutcome);
    }

    #[test]
    fn who_withdraws_is_the_sender_and_who_is_annulled_the_receiver() {
        let file = json!({ "id": Uuid::from_u128(5), "name": "fine.pdf", "url": "https://example.it/x", "mime_type": "application/pdf" });
        for (status, kind, title, way, role) in [
            ("20000", DocumentType::ApplicationWithdraw, "Ritiro: ", documents::TransmissionType::Inbound, "sender"),
            ("50000", DocumentType::ApplicationRevocation, "Annullamento: ", documents::TransmissionType::Outbound, "receiver"),
        ] {
            let ended = application(json!({ "status": status, "closing_file": file }));
            let [document] = documents(&ended).try_into().unwrap();
            assert_eq!((document.kind, document.registration_data.unwrap().transmission_type), (kind, way));
            assert_eq!(document.author[0].role.as_deref(), Some(role));
            assert!(document.title.starts_with(title), "{}", document.title);
            assert!(document.attachments.is_empty(), "what was sent with the application was registered with it");
            // Opened again and ended once more, it is another document.
            let mut again = ended.clone();
            again.closing_file.as_mut().unwrap().id = kernel::AttachmentId(Uuid::from_u128(6));
            assert_ne!(documents(&again)[0].id, document.id);
        }
    }

    #[test]
    fn what_is_registered_or_has_no_file_gives_no_document() {
        for change in [
            json!({ "status": "2000", "protocol_number": "1/2026" }),
            json!({ "status": "2000", "protocol_number": "", "compiled_modules": [] }),
            json!({ "status": "7000", "outcome_protocol_number": "2/2026" }),
            json!({ "status": "7000", "outcome_protocol_number": null, "outcome_file": null }),
            json!({ "status": "4300" }),
            json!({ "status": "20000" }),
            json!({ "status": "50000", "closing_file": null }),
            json!({ "status": "3000", "protocol_number": null }),
            json!({ "status": "1900", "protocol_number": null }),
        ] {
            assert_eq!(of(&application(change.clone())), [], "{change}");
        }
    }

    #[test]
    fn files_that_are_not_to_be_registered_are_left_out() {
        let file = |id: u128, required: Value| {
            json!({ "id": Uuid::from_u128(id), "name": "a", "originalName": "A.P7M", "url": "https://e.it/x", "protocol_required": required,
                    "md5": "0cc175b9c0f1b6a831c399e269772661" })
        };
        let attachments = json!([file(1, json!(true)), file(2, json!(false)), file(3, Value::Null)]);
        let application = application(json!({ "status": "2000", "protocol_number": null, "attachments": attachments }));
        let document = documents(&application).remove(0);
        assert_eq!(document.attachments.len(), 2);
        let attachment = &document.attachments[0];
        assert_eq!((attachment.filename.as_str(), attachment.mime_type.as_str()), ("A.P7M", "application/pkcs7-mime"));
        assert_eq!(attachment.md5, "0cc175b9c0f1b6a831c399e269772661");
    }

    #[test]
    fn an_applicant_without_tax_code_is_nobodys_author() {
        let change = json!({ "status": "2000", "protocol_number": null, "data": [], "user_name": "Anna Ferri" });
        let document = documents(&application(change)).remove(0);
        assert!(document.author.is_empty());
        assert!(document.title.starts_with("Occupazione di suolo pubblico Anna Ferri - "));
        assert_eq!(document.validate(), vec![]);
    }

    proptest! {
        /// Whatever a form and a service hold, the document keeps to the limits of its texts.
        #[test]
        fn texts_of_any_length_fit(service in "\\PC{0,300}", name in "\\PC{0,300}", code in "[A-Z0-9\\n]{0,20}") {
            let data = json!({
                "applicant.data.completename.data.name": name, "applicant.data.fiscal_code.data.fiscal_code": code
            });
            let application = application(json!({ "status": "2000", "protocol_number": null, "service_name": service, "data": data }));
            for document in documents(&application) {
                prop_assert_eq!(document.validate(), vec![]);
                prop_assert!(!document.title.chars().any(char::is_control));
            }
        }
    }
}

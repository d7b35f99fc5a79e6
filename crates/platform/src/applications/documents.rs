//! The documents of an application, as the typesetter takes them.

use forms::Submission;
use kernel::RomeTime;
use pdf::{
    ApplicationDocument, Attachment, Issuer, Item, Language, MessageDocument, MessageKind, OutcomeDocument, Person, Section,
    Signature,
};
use web::TenantInfo;

use super::application::{Application, IntegrationStep};
use super::store::Stored;
use crate::context::Offer;
use crate::messages;
use crate::users::User;

/// What a document may mention beside the application.
pub struct Surroundings<'a> {
    /// The public body.
    pub tenant: &'a TenantInfo,
    /// The service and its form.
    pub offer: &'a Offer,
    /// The applicant.
    pub applicant: &'a User,
    /// The operator in charge.
    pub operator: Option<&'a User>,
    /// The files that go with the document: name, description, SHA-256 in hexadecimal digits.
    pub files: Vec<Attachment>,
}

/// The form that was filled in.
pub fn compiled(stored: &Stored, around: &Surroundings<'_>) -> ApplicationDocument {
    let application = &stored.application;
    let answers = Submission::from_stored(serde_json::from_str(&stored.data.answers).unwrap_or_default());
    let sections = around.offer.form.as_ref().map(|form| form.describe(&answers)).unwrap_or_default();
    ApplicationDocument {
        language: language(application),
        issuer: issuer(around.tenant),
        service: application.service_name.clone(),
        application_id: application.id,
        submitted_at: application.submitted_at.unwrap_or(application.created_at),
        applicant: person(around.applicant),
        authentication: application.authentication.authentication_method.clone(),
        subject: application.subject.clone(),
        sections: sections.into_iter().map(section).collect(),
        attachments: around.files.clone(),
    }
}

fn section(section: forms::Section) -> Section {
    let items = section.rows.into_iter().map(|row| Item::Field { label: row.label, value: row.value }).collect();
    Section { title: section.title, items }
}

/// The letter with the decision.
pub fn outcome(application: &Application, around: &Surroundings<'_>, now: RomeTime) -> OutcomeDocument {
    let accepted = application.outcome.unwrap_or(false);
    let decision = if accepted { "Accoglimento" } else { "Rigetto" };
    OutcomeDocument {
        language: language(application),
        issuer: issuer(around.tenant),
        protocol: None,
        addressee: person(around.applicant),
        service: application.service_name.clone(),
        application_id: application.id,
        submitted_at: application.submitted_at.unwrap_or(application.created_at),
        subject: format!("{decision} della domanda: {}", application.service_name),
        accepted,
        motivation: application.outcome_motivation.clone().unwrap_or_default(),
        remedies: String::new(),
        attachments: application.outcome_attachments.iter().filter_map(|file| file.name.clone()).collect(),
        signature: Signature {
            place: around.tenant.name.trim_start_matches("Comune di ").to_owned(),
            office: around.tenant.name.clone(),
            role: "Il responsabile del procedimento".to_owned(),
            name: around.operator.map(User::full_name).unwrap_or_default(),
            note: String::new(),
        },
        issued_at: now,
    }
}

/// A request for integration or its answer.
pub fn integration(
    application: &Application,
    kind: MessageKind,
    side: &IntegrationStep,
    around: &Surroundings<'_>,
) -> MessageDocument {
    MessageDocument {
        language: language(application),
        issuer: issuer(around.tenant),
        kind,
        service: application.service_name.clone(),
        application_id: application.id,
        applicant: person(around.applicant),
        operator: around.operator.map(User::full_name).unwrap_or_default(),
        text: messages::plain(&side.message),
        attachments: around.files.clone(),
        written_at: side.created_at.unwrap_or(application.latest_status_change_at),
    }
}

/// That the applicant withdrew the application, or the office annulled it, and why.
pub fn closing(application: &Application, kind: MessageKind, reason: &str, around: &Surroundings<'_>) -> MessageDocument {
    MessageDocument {
        language: language(application),
        issuer: issuer(around.tenant),
        kind,
        service: application.service_name.clone(),
        application_id: application.id,
        applicant: person(around.applicant),
        operator: around.operator.map(User::full_name).unwrap_or_default(),
        text: messages::plain(reason),
        attachments: Vec::new(),
        written_at: application.latest_status_change_at,
    }
}

fn language(application: &Application) -> Language {
    match application.locale.as_str() {
        "de" => Language::De,
        "en" => Language::En,
        _ => Language::It,
    }
}

fn issuer(tenant: &TenantInfo) -> Issuer {
    Issuer { name: tenant.name.clone(), contacts: vec![format!("Codice fiscale {}", tenant.tax_code)], logo: None }
}

fn person(user: &User) -> Person {
    let home = &user.residence;
    let place = [home.postal_code.clone(), home.municipality.clone(), home.county.clone().map(|county| format!("({county})"))];
    let lines = [home.address.clone(), Some(place.into_iter().flatten().collect::<Vec<_>>().join(" "))];
    Person {
        name: user.full_name(),
        tax_id: user.fiscal_code.as_ref().map(|code| code.as_str().to_owned()),
        address: lines.into_iter().flatten().filter(|line| !line.is_empty()).collect(),
    }
}

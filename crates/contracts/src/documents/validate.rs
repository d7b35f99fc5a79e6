//! The rules of the document event 1 (developers' documentation, "Documento digitale", JSON Schema and "Struttura e mapping").

use kernel::FieldError;

use super::{Author, DocumentV1, File, Status};
use crate::checks::{Checks, is_app_id};

impl DocumentV1 {
    /// Every member that breaks a rule of the event; empty when the event may be published or acted on. Fields are JSON Pointers.
    ///
    /// A missing `app_id` is not held against an event: the documentation's own examples of registry proxies lack it.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut checks = Checks::default();
        checks.required("/title", &self.title);
        checks.max_length("/title", Some(&self.title), 255);
        checks.pattern(
            "/app_id",
            self.app_id.as_deref(),
            is_app_id,
            "Usare la forma nome:versione, per esempio document-dispatcher:1.3.2.",
        );
        checks.required("/short_description", &self.short_description);
        checks.max_length("/short_description", Some(&self.short_description), 255);
        if let Some(data) = &self.registration_data {
            checks.max_length("/registration_data/document_number", Some(&data.document_number), 255);
        }
        let numbered = self.status != Status::RegistrationComplete || self.is_registered();
        checks.expect(
            numbered,
            "/registration_data/document_number",
            "required",
            "Un documento protocollato deve avere il numero di protocollo.",
        );
        if let Some(folder) = &self.folder {
            checks.max_length("/folder/title", folder.title.as_deref(), 255);
            checks.max_length("/folder/id", folder.id.as_deref(), 255);
        }
        self.main_document.check("/main_document", &mut checks);
        for (index, file) in self.attachments.iter().enumerate() {
            file.check(&format!("/attachments/{index}"), &mut checks);
        }
        for (index, author) in self.author.iter().enumerate() {
            author.check(&format!("/author/{index}"), &mut checks);
        }
        checks.web_address("/has_organization", self.has_organization.as_deref());
        checks.web_address("/document_url", self.document_url.as_deref());
        check_addresses("/normative_requirements", self.normative_requirements.as_deref(), &mut checks);
        check_addresses("/related_documents", self.related_documents.as_deref(), &mut checks);
        checks.finish()
    }
}

impl File {
    fn check(&self, at: &str, checks: &mut Checks) {
        checks.required(format_args!("{at}/name"), &self.name);
        checks.required(format_args!("{at}/filename"), &self.filename);
        checks.required(format_args!("{at}/mime_type"), &self.mime_type);
        checks.required(format_args!("{at}/url"), &self.url);
        checks.web_address(format_args!("{at}/url"), Some(&self.url));
        checks.web_address(format_args!("{at}/internal_url"), self.internal_url.as_deref());
    }
}

impl Author {
    fn check(&self, at: &str, checks: &mut Checks) {
        checks.required(format_args!("{at}/tax_identification_number"), &self.tax_identification_number);
        checks.required(format_args!("{at}/name"), &self.name);
        // Enough to tell an address from something else; whether mail arrives only mail can tell.
        let is_mail = |text: &str| {
            text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        };
        checks.pattern(
            format_args!("{at}/email"),
            Some(&self.email),
            is_mail,
            "Usare un indirizzo e-mail completo, per esempio nome@example.it.",
        );
    }
}

/// Every element is an absolute address of the web.
fn check_addresses(at: &str, addresses: Option<&[String]>, checks: &mut Checks) {
    for (index, address) in addresses.unwrap_or_default().iter().enumerate() {
        checks.web_address(format_args!("{at}/{index}"), Some(address));
    }
}

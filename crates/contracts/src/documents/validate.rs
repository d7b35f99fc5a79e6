//! The rules of the document event 1 (developers' documentation, "Documento digitale", JSON Schema and "Struttura e mapping").

use kernel::FieldError;

use super::{Author, DocumentV1, File, Status};
use crate::checks::{Checks, is_app_id};

const ONE_LINE: &str = "Usare una sola riga, senza caratteri di controllo.";
const LINES: &str = "Togliere i caratteri di controllo: sono ammessi solo tabulazioni e interruzioni di riga.";

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
        self.check_characters(&mut checks);
        checks.finish()
    }

    /// The texts can be kept and shown: PostgreSQL does not take a NUL, nor XML most others of its kind. Only what is written in
    /// lines may have lines.
    fn check_characters(&self, checks: &mut Checks) {
        checks.pattern("/title", Some(&self.title), is_one_line, ONE_LINE);
        checks.pattern("/external_id", self.external_id.as_deref(), is_one_line, ONE_LINE);
        checks.pattern("/short_description", Some(&self.short_description), is_one_line, ONE_LINE);
        checks.pattern("/description", self.description.as_deref(), is_in_lines, LINES);
        checks.pattern("/more_info", self.more_info.as_deref(), is_in_lines, LINES);
        checks.pattern("/distribution_license_id", self.distribution_license_id.as_deref(), is_one_line, ONE_LINE);
        if let Some(data) = &self.registration_data {
            checks.pattern("/registration_data/date", Some(&data.date), is_one_line, ONE_LINE);
            checks.pattern("/registration_data/document_number", Some(&data.document_number), is_one_line, ONE_LINE);
        }
        if let Some(folder) = &self.folder {
            checks.pattern("/folder/title", folder.title.as_deref(), is_one_line, ONE_LINE);
            checks.pattern("/folder/id", folder.id.as_deref(), is_one_line, ONE_LINE);
        }
        for (at, texts) in [
            ("/topics", &self.topics),
            ("/life_events", &self.life_events),
            ("/business_events", &self.business_events),
            ("/allowed_readers", &self.allowed_readers),
        ] {
            for (index, text) in texts.iter().flatten().enumerate() {
                checks.pattern(format_args!("{at}/{index}"), Some(text), is_one_line, ONE_LINE);
            }
        }
    }
}

impl File {
    fn check(&self, at: &str, checks: &mut Checks) {
        for (member, text) in
            [("name", &self.name), ("filename", &self.filename), ("mime_type", &self.mime_type), ("md5", &self.md5)]
        {
            checks.pattern(format_args!("{at}/{member}"), Some(text), is_one_line, ONE_LINE);
        }
        checks.pattern(format_args!("{at}/description"), self.description.as_deref(), is_in_lines, LINES);
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
        // What a person has filled in, in a field of several lines perhaps.
        for (member, text) in [
            ("tax_identification_number", Some(&self.tax_identification_number)),
            ("name", Some(&self.name)),
            ("family_name", self.family_name.as_ref()),
            ("street_name", self.street_name.as_ref()),
            ("building_number", self.building_number.as_ref()),
            ("postal_code", self.postal_code.as_ref()),
            ("town_name", self.town_name.as_ref()),
            ("country_subdivision", self.country_subdivision.as_ref()),
            ("country", self.country.as_ref()),
            ("email", Some(&self.email)),
            ("role", self.role.as_ref()),
        ] {
            checks.pattern(format_args!("{at}/{member}"), text.map(String::as_str), is_in_lines, LINES);
        }
    }
}

/// A text without control characters.
fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

/// A text whose only control characters are those of its layout, and those beyond ASCII: an apostrophe in a lost encoding.
fn is_in_lines(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Every element is an absolute address of the web.
fn check_addresses(at: &str, addresses: Option<&[String]>, checks: &mut Checks) {
    for (index, address) in addresses.unwrap_or_default().iter().enumerate() {
        checks.web_address(format_args!("{at}/{index}"), Some(address));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The members that are wrong when `text` stands at `pointer`.
    fn wrong(pointer: &str, text: &str) -> Vec<(String, String, String)> {
        let mut event: Value = serde_json::from_str(include_str!("../../samples/documents/1/created.json")).unwrap();
        (event["external_id"], event["more_info"]) = (json!("A-7"), json!("Niente."));
        (event["distribution_license_id"], event["topics"]) = (json!("CC0"), json!(["suolo", "traffico"]));
        *event.pointer_mut(pointer).unwrap() = json!(text);
        let event: DocumentV1 = serde_json::from_value(event).unwrap();
        event.validate().into_iter().map(|error| (error.field, error.code, error.message)).collect()
    }

    #[test]
    fn short_texts_have_one_line_and_no_control_characters() {
        for pointer in [
            "/title",
            "/external_id",
            "/short_description",
            "/distribution_license_id",
            "/registration_data/date",
            "/registration_data/document_number",
            "/folder/title",
            "/folder/id",
            "/topics/1",
            "/main_document/name",
            "/main_document/filename",
            "/attachments/1/filename",
            "/attachments/1/mime_type",
            "/attachments/1/md5",
        ] {
            for control in ['\0', '\u{1}', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{9b}'] {
                let found = wrong(pointer, &format!("due{control}parole"));
                assert_eq!(found, [(pointer.to_owned(), "pattern".to_owned(), ONE_LINE.to_owned())], "{control:?}");
            }
            assert_eq!(wrong(pointer, "Perché no? Città, «più» di 100 €"), []);
        }
    }

    #[test]
    fn long_texts_have_lines_and_no_other_control_characters() {
        for pointer in [
            "/description",
            "/more_info",
            "/main_document/description",
            "/attachments/0/description",
            "/author/0/name",
            "/author/0/street_name",
            "/author/0/role",
        ] {
            for control in ['\0', '\u{8}', '\u{1b}', '\u{7f}'] {
                let found = wrong(pointer, &format!("due{control}parole"));
                assert_eq!(found, [(pointer.to_owned(), "pattern".to_owned(), LINES.to_owned())], "{control:?}");
            }
            for text in ["Prima riga,\r\n\tseconda riga\ne terza: così.", "D\u{92}Angelo"] {
                assert_eq!(wrong(pointer, text), []);
            }
        }
    }
}

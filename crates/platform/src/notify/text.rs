//! What an announcement says: for the app IO in Markdown within its limits, for e-mail as plain text.

use serde_json::{Value, json};

use crate::applications::Application;
use crate::applications::state::State;
use crate::messages::html;
use crate::services::Service;
use crate::services::io::Feedback;

/// Limits of the app IO, in UTF-16 code units.
const SUBJECT: std::ops::RangeInclusive<usize> = 10..=120;
const MARKDOWN: std::ops::RangeInclusive<usize> = 80..=10_000;
/// What surrounds a text of the service takes less than this.
const AROUND: usize = 1_500;

/// What is told, and about what.
pub struct Occasion<'a> {
    /// The public body.
    pub tenant: &'a str,
    /// The service.
    pub service: &'a Service,
    /// The application.
    pub application: &'a Application,
    /// The status that it reached.
    pub status: State,
    /// What the office said with the change.
    pub words: Option<&'a str>,
    /// The page of the application.
    pub page: &'a str,
}

/// What is said.
pub struct Said {
    /// The subject, within the limits of the app IO.
    pub subject: String,
    /// The text as Markdown with its button, within the limits of the app IO.
    pub markdown: String,
    /// The same for e-mail.
    pub plain: String,
}

impl Said {
    /// The message for the app IO.
    pub fn message(&self, fiscal_code: &str) -> Value {
        json!({ "fiscal_code": fiscal_code, "content": { "subject": self.subject, "markdown": self.markdown } })
    }
}

/// What is said on an occasion.
pub fn compose(occasion: &Occasion<'_>) -> Said {
    let feedback = occasion.service.feedback(occasion.status).unwrap_or_default();
    let Feedback { subject, message, .. } = feedback;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let subject = given(subject).unwrap_or_else(|| format!("{}: %servizio%", headline(occasion.status)));
    let subject = html::plain(&fill(&subject, occasion)).split_whitespace().collect::<Vec<_>>().join(" ");
    // A subject of a few letters is lengthened by whom it comes from.
    let subject = if length(&subject) < *SUBJECT.start() { format!("{subject} - {}", occasion.tenant) } else { subject };
    let subject = clip(&subject, *SUBJECT.end());

    let body = match given(message) {
        Some(message) => html::plain(&fill(&message, occasion)),
        None => body(occasion),
    };
    let body = clip(&body, MARKDOWN.end() - AROUND);
    let name = &occasion.service.name;
    let closing = "Puoi seguire la pratica, leggere i documenti e scrivere all'ufficio dalla tua area personale.";
    let plain = format!("{body}\n\n{closing}\n{}\n\n{}\n{name}\n", occasion.page, occasion.tenant);
    let link =
        if occasion.page.starts_with("https://") { String::new() } else { format!("\n\n[Apri la pratica]({})", occasion.page) };
    let markdown =
        format!("{}{}\n\n{closing}{link}\n\n{}\n", button(occasion.page), escape(&body), escape(&clip(occasion.tenant, 200)));
    Said { subject, markdown, plain }
}

/// What happened, in a few words.
fn headline(status: State) -> &'static str {
    match status {
        State::PaymentPending => "Pagamento da effettuare",
        State::Submitted | State::PreSubmit => "Domanda ricevuta",
        State::Registered => "Domanda protocollata",
        State::Pending => "Domanda presa in carico",
        State::IntegrationDraft => "Servono integrazioni",
        State::Accepted => "Domanda accettata",
        State::Rejected => "Domanda rifiutata",
        State::Withdrawn => "Domanda ritirata",
        State::Revoked => "Domanda annullata",
        _ => "Aggiornamento della pratica",
    }
}

/// What is said when the service has no text of its own.
fn body(occasion: &Occasion<'_>) -> String {
    let what = match occasion.status {
        State::PaymentPending => "Per la tua domanda c'è un pagamento da effettuare.",
        State::Submitted | State::PreSubmit => "Abbiamo ricevuto la tua domanda.",
        State::Registered => "La tua domanda è stata protocollata.",
        State::Pending => "Un ufficio ha preso in carico la tua domanda.",
        State::IntegrationDraft => "Per proseguire l'ufficio ha bisogno di altre informazioni o documenti.",
        State::Accepted => "La tua domanda è stata accettata.",
        State::Rejected => "La tua domanda è stata rifiutata.",
        State::Withdrawn => "La tua domanda è stata ritirata.",
        State::Revoked => "La tua domanda è stata annullata.",
        _ => "La tua domanda è andata avanti.",
    };
    let mut text = format!("{what}\n\nServizio: {}\nPratica: {}", occasion.service.name, occasion.application.id);
    if let Some(number) = &occasion.application.protocol_number {
        text.push_str(&format!("\nProtocollo: {number}"));
    }
    text.push_str(&format!("\nStato: {}", occasion.status.label()));
    if let Some(words) = occasion.words.map(html::plain).filter(|words| !words.is_empty()) {
        text.push_str(&format!("\n\n{words}"));
    }
    text
}

/// The texts that a service may leave open, as other programs name them. What was put is not looked at again.
fn fill(text: &str, occasion: &Occasion<'_>) -> String {
    let application = occasion.application;
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        filled.push_str(before);
        let value = after.split_once('%').and_then(|(name, after)| {
            let value = match name {
                "pratica_id" => application.id.to_string(),
                "servizio" => occasion.service.name.clone(),
                "protocollo" => application.protocol_number.clone().unwrap_or_default(),
                "messaggio_personale" => occasion.words.unwrap_or_default().to_owned(),
                "user_name" => application.user_name.clone(),
                "ente" => occasion.tenant.to_owned(),
                "indirizzo" => occasion.page.to_owned(),
                _ => return None,
            };
            Some((value, after))
        });
        match value {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            None => {
                filled.push('%');
                rest = after;
            }
        }
    }
    filled + rest
}

/// The button to the application. The app opens only addresses that are encrypted.
fn button(page: &str) -> String {
    if !page.starts_with("https://") {
        return String::new();
    }
    let call = |text: &str| format!("  cta_1:\n    text: \"{text}\"\n    action: \"iohandledlink://{page}\"\n");
    format!("---\nit:\n{}en:\n{}---\n", call("Vedi la pratica"), call("See your application"))
}

/// Plain text as Markdown: its signs mean nothing, its lines stay.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.replace("\r\n", "\n").chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '|' | '+' | '-' | '!') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    // A line end is kept by two blanks before it; a digit and a dot begin no list in the middle of a paragraph.
    escaped.replace('\n', "  \n").replace("  \n  \n", "\n\n")
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text, cut to so many UTF-16 code units.
fn clip(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 1;
    for character in text.chars() {
        width += character.len_utf16();
        if width > most {
            break;
        }
        kept.push(character);
    }
    kept.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn service(name: &str, feedback: Value) -> Service {
        serde_json::from_value(json!({ "name": name, "feedback_messages": feedback })).unwrap()
    }

    fn said(service: &Service, status: State, words: Option<&str>, page: &str) -> Said {
        let (nobody, now) = (kernel::Uuid::nil(), "2026-03-02T09:00:00Z".parse().unwrap());
        let tenant = web::TenantInfo {
            id: kernel::TenantId(nobody),
            slug: "comune-di-bugliano".to_owned(),
            name: "Comune di Bugliano".to_owned(),
            ipa_code: "c_bugl".to_owned(),
            tax_code: "00337460224".to_owned(),
            hosts: Vec::new(),
            locales: vec!["it".to_owned()],
            base_url: "https://servizi.example.it/comune-di-bugliano".to_owned(),
        };
        let (id, user) = (kernel::ApplicationId(nobody), kernel::UserId(nobody));
        let application = Application::draft(id, &tenant, service, user, "Mario Rossi".to_owned(), now);
        compose(&Occasion { tenant: "Comune di Bugliano", service, application: &application, status, words, page })
    }

    const PAGE: &str = "https://servizi.example.it/comune-di-bugliano/it/pratiche/x/detail";

    #[test]
    fn the_service_s_words_are_used_and_what_was_put_is_not_looked_at_again() {
        let feedback = json!({ "7000": { "subject": "Fatto %servizio%", "message": "<p>Gentile %user_name%,</p><p>%messaggio_personale%</p> 100% %boh%", "is_active": true } });
        let said = said(&service("Prova", feedback), State::Accepted, Some("%servizio% *sì*"), PAGE);
        assert_eq!(said.subject, "Fatto Prova");
        assert!(said.plain.contains("%servizio% *sì*") && said.plain.contains("100% %boh%"), "{}", said.plain);
        assert!(said.markdown.contains("\\*sì\\*"), "{}", said.markdown);
        assert!(said.markdown.contains(&format!("action: \"iohandledlink://{PAGE}\"")));
    }

    #[test]
    fn without_encryption_there_is_a_link_instead_of_a_button() {
        let said = said(&service("Prova", Value::Null), State::Accepted, None, "http://127.0.0.1/x");
        assert!(!said.markdown.contains("cta_1") && said.markdown.contains("(http://127.0.0.1/x)"));
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_within_the_limits(name in ".{0,300}", words in ".{0,12000}", text in "(.|\n){0,400}", index in 0..State::ALL.len()) {
            let status = State::ALL[index];
            for feedback in [Value::Null, json!({ status.code().to_string(): { "subject": text, "message": words, "is_active": true } })] {
                let said = said(&service(&name, feedback), status, Some(&words), PAGE);
                prop_assert!(SUBJECT.contains(&length(&said.subject)), "{}", said.subject);
                prop_assert!(MARKDOWN.contains(&length(&said.markdown)), "{}", length(&said.markdown));
                prop_assert!(!said.subject.contains('\n'));
            }
        }
    }
}

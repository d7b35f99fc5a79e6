//! The checks that the events' rules are made of. Each adds what is wrong to a list, so that all of it can be mended at once.

use std::fmt::Display;

use kernel::FieldError;

/// The wrong members found so far. Fields are JSON Pointers into the event; one that is put together is written only if it is wrong.
#[derive(Default)]
pub(crate) struct Checks(Vec<FieldError>);

impl Checks {
    /// What was found.
    pub(crate) fn finish(self) -> Vec<FieldError> {
        self.0
    }

    /// Adds an error unless `holds`.
    pub(crate) fn expect(&mut self, holds: bool, field: impl Display, code: &str, message: &str) {
        if !holds {
            self.0.push(FieldError::new(field.to_string(), code, message));
        }
    }

    /// The text must be there and not blank.
    pub(crate) fn required(&mut self, field: impl Display, text: &str) {
        self.expect(!text.trim().is_empty(), field, "required", "Questo campo è obbligatorio.");
    }

    /// The text, if any, has at most `max` characters.
    pub(crate) fn max_length(&mut self, field: impl Display, text: Option<&str>, max: usize) {
        // A text never has more characters than bytes, so most texts need not be counted.
        if text.is_some_and(|text| text.len() > max && text.chars().count() > max) {
            self.0.push(FieldError::new(field.to_string(), "max_length", format!("Usare al massimo {max} caratteri.")));
        }
    }

    /// The text, if any and not empty, satisfies `pattern`; `message` says what is expected.
    pub(crate) fn pattern(&mut self, field: impl Display, text: Option<&str>, pattern: impl Fn(&str) -> bool, message: &str) {
        let holds = text.is_none_or(|text| text.is_empty() || pattern(text));
        self.expect(holds, field, "pattern", message);
    }

    /// The text, if any and not empty, is an absolute address of the web. Other schemes (`javascript:`) never reach a page or a client.
    pub(crate) fn web_address(&mut self, field: impl Display, text: Option<&str>) {
        let is_web = |text: &str| {
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            rest.is_some_and(|rest| {
                !rest.is_empty() && !rest.starts_with('/') && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
            })
        };
        self.pattern(field, text, is_web, "Usare un indirizzo completo, che comincia con https:// o http://.");
    }
}

/// `name:version`, as producers of events sign (`iris-payment-proxy:1.3.0`).
pub(crate) fn is_app_id(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, version)| !name.is_empty() && !version.is_empty())
}

/// `len` upper-case ASCII letters, as in the codes of countries and currencies.
pub(crate) fn is_code(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

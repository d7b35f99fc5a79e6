//! The settings of a registry as texts: their form, and what is wrong with them.

use kernel::FieldError;
use runtime::Egress;
use serde_json::{Map, Value, json};

/// Longest setting, in characters.
const LONGEST: usize = 255;

/// What a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Optional,
    Required,
    Secret,
    Address,
}

/// One setting of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    label: &'static str,
    kind: Kind,
}

impl Setting {
    /// A text that may be left out.
    pub const fn optional(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: Kind::Optional }
    }

    /// A text that must be there.
    pub const fn required(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: Kind::Required }
    }

    /// A password that must be there.
    pub const fn secret(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: Kind::Secret }
    }

    /// An address that the registry is called at, and that must be there.
    pub const fn address(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: Kind::Address }
    }

    /// Its field, as a Form.io component.
    pub fn form_field(&self) -> Value {
        let kind = if self.kind == Kind::Secret { "password" } else { "textfield" };
        json!({
            "label": self.label, "key": self.name, "type": kind, "input": true, "tableView": true,
            "validate": { "required": self.kind != Kind::Optional }
        })
    }
}

/// The settings of one service, as texts.
#[derive(Clone, Copy)]
pub struct Settings<'a>(pub &'a Map<String, Value>);

impl<'a> Settings<'a> {
    /// A setting; empty when it is not there.
    pub fn get(self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default().trim()
    }
}

/// What is wrong with `given`; fields are JSON Pointers.
pub fn check(settings: &[Setting], given: &Map<String, Value>, egress: &Egress) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for Setting { name, kind, .. } in settings {
        let mut reject = |code: &str, message: &str| errors.push(FieldError::new(format!("/{name}"), code, message));
        match given.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.chars().count() <= LONGEST => {}
            Some(_) => {
                reject("pattern", "Usare un testo di al massimo 255 caratteri.");
                continue;
            }
        }
        let text = Settings(given).get(name);
        if text.is_empty() && *kind != Kind::Optional {
            reject("required", "Questo campo è obbligatorio.");
        } else if *kind == Kind::Address && !url::Url::parse(text).is_ok_and(|url| egress.allows(&url)) {
            reject("pattern", "Usare un indirizzo https raggiungibile, per esempio https://protocollo.example.it/ws.");
        }
    }
    errors
}

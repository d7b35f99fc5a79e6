//! Whose documents a proxy registers: the configurations of tenants and services (developers' documentation, "Configurazione tenant e
//! servizi", and the published API of a registry proxy).

use std::str::FromStr;

use kernel::{FieldError, RomeTime, ServiceId, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use utoipa::ToSchema;

use crate::providers::Provider;

/// A tenant whose documents the proxy registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenantConfig {
    /// The tenant.
    #[schema(value_type = Uuid)]
    pub id: TenantId,
    /// Its name.
    pub description: String,
    /// First path segment of its addresses.
    pub slug: String,
    /// What the addresses of its documents begin with; files are fetched from nowhere else.
    #[schema(example = "https://servizi.comune.bugliano.pi.it/lang")]
    pub base_url: String,
    /// Code in the index of public administrations (IPA): letters, digits, `_` and `-`.
    #[schema(example = "c_bugl")]
    pub institution_code: String,
    /// Code of the office (area organizzativa omogenea): letters, digits, `_` and `-`.
    #[schema(example = "AOO1")]
    pub aoo_code: String,
    /// Whether its documents are registered.
    pub is_active: bool,
    /// When it was first stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, read_only)]
    pub created_at: Option<RomeTime>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, read_only)]
    pub modified_at: Option<RomeTime>,
}

/// A service whose documents the proxy registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceConfig {
    /// The service.
    #[schema(value_type = Uuid)]
    pub id: ServiceId,
    /// Its tenant.
    #[schema(value_type = Uuid)]
    pub tenant_id: TenantId,
    /// Its name.
    pub description: String,
    /// Settings of the registry, as the form at `/schema` asks for them. Registries whose published configuration is flat have them
    /// beside the other fields. Secrets are never answered, and kept when they are not sent.
    #[schema(value_type = Object)]
    pub registry: Map<String, Value>,
    /// Whether its documents are registered.
    pub is_active: bool,
    /// When it was first stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, read_only)]
    pub created_at: Option<RomeTime>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, read_only)]
    pub modified_at: Option<RomeTime>,
}

/// The fields of a configuration as they were sent, and what is wrong with them.
struct Fields<'a> {
    sent: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields<'_> {
    fn reject(&mut self, name: &str, code: &str, message: &str) {
        self.errors.push(FieldError::new(format!("/{name}"), code, message));
    }

    /// A text of 1 to 255 characters that satisfies `holds`.
    fn text(&mut self, name: &str, holds: impl Fn(&str) -> bool, message: &str) -> String {
        match self.sent.get(name).and_then(Value::as_str).map(str::trim) {
            None | Some("") => self.reject(name, "required", "Questo campo è obbligatorio."),
            Some(text) if text.chars().count() > 255 => self.reject(name, "max_length", "Usare al massimo 255 caratteri."),
            Some(text) if !holds(text) => self.reject(name, "pattern", message),
            Some(text) => return text.to_owned(),
        }
        String::new()
    }

    fn id<T: FromStr + From<Uuid>>(&mut self, name: &str) -> T {
        let id = self.sent.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok());
        id.unwrap_or_else(|| {
            self.reject(name, "format", "Indicare un identificativo UUID.");
            T::from(Uuid::nil())
        })
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.sent.get(name) {
            None | Some(Value::Null) => default,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.reject(name, "type", "Usare true oppure false.");
                default
            }
        }
    }

    fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }
}

/// The fields of a configuration: the body itself, or its `data` when a form was sent as it is.
pub fn submitted(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(mut body) => match body.get_mut("data") {
            Some(Value::Object(data)) => std::mem::take(data),
            _ => body,
        },
        _ => Map::new(),
    }
}

impl TenantConfig {
    /// Reads a configuration; `created_at` and `modified_at` are the store's.
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn read(sent: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields { sent, errors: Vec::new() };
        let codes = "Usare lettere, cifre, _ e -, al massimo 64.";
        let config = Self {
            id: fields.id("id"),
            description: fields.text("description", |_| true, ""),
            slug: fields.text("slug", is_code, codes),
            base_url: fields.text(
                "base_url",
                is_base_url,
                "Usare un indirizzo completo, per esempio https://servizi.example.it/comune.",
            ),
            institution_code: fields.text("institution_code", is_code, codes),
            aoo_code: fields.text("aoo_code", is_code, codes),
            is_active: fields.flag("is_active", true),
            created_at: None,
            modified_at: None,
        };
        fields.finish(config)
    }
}

impl ServiceConfig {
    /// Reads a configuration whose settings satisfy `provider`; `created_at` and `modified_at` are the store's. Secrets that were not
    /// sent are those of `stored`: nobody who shows a form has them. They are for the addresses of `stored` alone: whoever could send them
    /// to another would learn them.
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn read(sent: &Map<String, Value>, provider: &dyn Provider, stored: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields { sent, errors: Vec::new() };
        let flat = provider.capabilities().flat_settings;
        let mut registry = if flat { settings_beside(sent, provider) } else { Map::new() };
        match sent.get("registry") {
            Some(Value::Object(settings)) => {
                let known = setting_names(provider);
                for (name, value) in settings {
                    if known.contains(name) {
                        registry.insert(name.clone(), value.clone());
                    } else if stored.is_none_or(|stored| !stored.registry.contains_key(name)) {
                        // One that was stored when nobody looked goes away by itself.
                        let place = format!("registry/{}", name.replace('~', "~0").replace('/', "~1"));
                        fields.reject(
                            &place,
                            "unknown",
                            "Il protocollo non ha questa impostazione: toglierla, o correggerne il nome.",
                        );
                    }
                }
            }
            None | Some(Value::Null) => {}
            Some(_) => fields.reject("registry", "type", "Usare un oggetto con le impostazioni del protocollo."),
        }
        let place = if flat { "" } else { "/registry" };
        let moved = stored.is_some_and(|stored| is_moved(&stored.registry, &registry, provider.capabilities().addresses));
        let mut withheld = Vec::new();
        for name in provider.capabilities().secrets {
            if registry.get(*name).is_none_or(|value| value.is_null() || value == "") {
                registry.remove(*name);
                let kept = stored.and_then(|stored| stored.registry.get(*name));
                if moved && kept.is_some() {
                    let message = "L'indirizzo del protocollo è cambiato: con il nuovo indirizzo indicare di nuovo la password.";
                    withheld.push(FieldError::new(format!("{place}/{name}"), "required", message));
                }
                registry.extend(kept.map(|secret| ((*name).to_owned(), secret.clone())));
            }
        }
        let wrong = provider.check(&registry).into_iter();
        fields.errors.extend(wrong.map(|error| FieldError { field: format!("{place}{}", error.field), ..error }));
        fields.errors.extend(withheld);
        let config = Self {
            id: fields.id("id"),
            tenant_id: fields.id("tenant_id"),
            // Published configurations that are flat have none.
            description: match sent.get("description").map(|value| value.as_str()) {
                None | Some(Some("")) if flat => String::new(),
                _ => fields.text("description", |_| true, ""),
            },
            registry,
            is_active: fields.flag("is_active", true),
            created_at: None,
            modified_at: None,
        };
        fields.finish(config)
    }

    /// The configuration with all it holds, as the storage tree has it and as [`ServiceConfig::read`] takes it.
    pub fn object(&self, provider: &dyn Provider) -> Value {
        let mut object = serde_json::to_value(self).unwrap_or_default();
        if let (true, Some(fields)) = (provider.capabilities().flat_settings, object.as_object_mut())
            && let Some(Value::Object(settings)) = fields.remove("registry")
        {
            let beside: Vec<_> = settings.into_iter().filter(|(name, _)| !fields.contains_key(name)).collect();
            fields.extend(beside);
        }
        object
    }

    /// The configuration as it is answered: without secrets.
    pub fn answer(&self, provider: &dyn Provider) -> Value {
        let mut shown = self.clone();
        shown.registry.retain(|name, _| !provider.capabilities().secrets.contains(&name.as_str()));
        shown.object(provider)
    }
}

/// The settings of the registry among the fields of a configuration that has them at its top.
fn settings_beside(sent: &Map<String, Value>, provider: &dyn Provider) -> Map<String, Value> {
    setting_names(provider).into_iter().filter_map(|name| Some((name.clone(), sent.get(&name)?.clone()))).collect()
}

/// The names of the settings that a registry has.
pub fn setting_names(provider: &dyn Provider) -> Vec<String> {
    let form = provider.settings_form();
    form.as_array().into_iter().flatten().filter_map(|field| field["key"].as_str().map(str::to_owned)).collect()
}

/// Whether one of `addresses` is another in the new settings than in the old ones.
fn is_moved(old: &Map<String, Value>, new: &Map<String, Value>, addresses: &[&str]) -> bool {
    addresses.iter().any(|name| {
        let at = |settings: &Map<String, Value>| settings.get(*name).and_then(Value::as_str).map(|text| text.trim().to_owned());
        at(new).is_some_and(|address| !address.is_empty() && at(old).as_ref() != Some(&address))
    })
}

/// Letters, digits, `_` and `-`: what can stand in an address as it is.
fn is_code(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// An address of the web with a host, and without credentials, query or fragment.
fn is_base_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        submitted(value)
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let sent = fields(json!({
            "id": "x", "description": " ", "slug": "a/b", "base_url": "https://user@example.it", "institution_code": "c_bugl",
            "aoo_code": "..", "is_active": "yes"
        }));
        let named: Vec<_> = TenantConfig::read(&sent).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(named, ["/id", "/description", "/slug", "/base_url", "/aoo_code", "/is_active"]);
    }

    #[test]
    fn a_form_sent_as_it_is_and_its_bare_fields_are_the_same() {
        let bare = json!({
            "id": "60e35f02-1509-408c-b101-3b1a28109329", "description": "Comune di Bugliano", "slug": "comune-di-bugliano",
            "base_url": "https://servizi.comune.bugliano.pi.it/lang", "institution_code": "c_bugl", "aoo_code": "AOO1", "submit": true
        });
        let form = json!({ "data": bare, "metadata": {} });
        let config = TenantConfig::read(&fields(bare)).unwrap();
        assert!(config.is_active);
        assert_eq!(TenantConfig::read(&fields(form)).unwrap(), config);
    }

    #[test]
    fn settings_are_moved_by_an_address_that_is_new() {
        let old = fields(json!({ "url": "https://protocollo.example.it/ws", "user": "a" }));
        for (new, moved) in [
            (json!({ "url": " https://protocollo.example.it/ws", "user": "b" }), false),
            (json!({ "url": "", "user": "a" }), false),
            (json!({ "url": "https://protocollo.example.it/ws/" }), true),
            (json!({ "url": "https://protocollo.example.it/ws", "folder_url": "https://altrove.example.it/ws" }), true),
        ] {
            assert_eq!(is_moved(&old, &fields(new.clone()), &["url", "folder_url"]), moved, "{new}");
        }
    }

    #[test]
    fn addresses_that_are_no_base_are_refused() {
        for text in ["servizi.example.it", "ftp://example.it", "https://", "https://a:b@example.it", "https://example.it/?a=b"] {
            assert!(!is_base_url(text), "{text}");
        }
        assert!(is_base_url("http://127.0.0.1:8080/comune-di-bugliano"));
    }
}

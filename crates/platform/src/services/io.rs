//! What a service needs to write to citizens in the app IO (`io_parameters`), and what it says of each status (`feedback_messages`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Rng, ServiceId};
use runtime::Seal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// What answers show instead of a key, and what leaves the key as it is when it comes back.
pub const HIDDEN: &str = "********";
/// What a sealed key begins with.
const SEALED: &str = "sealed:";

/// How a service is known to the app IO. The keys are written, never read: answers show [`HIDDEN`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct IoParameters {
    /// The service at the app IO.
    #[serde(rename = "IOserviceId", deserialize_with = "text")]
    pub service_id: String,
    /// Its first key.
    #[serde(rename = "primaryKey", deserialize_with = "text")]
    pub primary_key: String,
    /// Its second key, for when the first is replaced.
    #[serde(rename = "secondaryKey", deserialize_with = "text")]
    pub secondary_key: String,
}

/// A text; other programs write `null` for none.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default().trim().to_owned())
}

/// The parameters; other programs write an empty list or an empty object for none.
pub(super) fn parameters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IoParameters>, D::Error> {
    let written = serde_json::Value::deserialize(deserializer)?;
    if written.is_null() || written.as_array().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    let read: IoParameters = serde_json::from_value(written).map_err(serde::de::Error::custom)?;
    Ok((read != IoParameters::default()).then_some(read))
}

impl IoParameters {
    /// As answers show it.
    pub fn shown(&self) -> Self {
        let hide = |key: &String| if key.is_empty() { String::new() } else { HIDDEN.to_owned() };
        let (primary_key, secondary_key) = (hide(&self.primary_key), hide(&self.secondary_key));
        Self { service_id: self.service_id.clone(), primary_key, secondary_key }
    }

    /// As the database keeps it: new keys sealed, keys that came back hidden as they were `before`.
    pub fn kept(&self, service: ServiceId, before: Option<&Self>, seal: &Seal, rng: &Rng) -> Self {
        let keep = |key: &str, before: Option<&String>, name: &str| match key {
            "" => String::new(),
            HIDDEN => before.cloned().unwrap_or_default(),
            key => format!("{SEALED}{}", STANDARD.encode(seal.close(rng, &place(service, name), key.as_bytes()))),
        };
        Self {
            service_id: self.service_id.clone(),
            primary_key: keep(&self.primary_key, before.map(|before| &before.primary_key), "primary"),
            secondary_key: keep(&self.secondary_key, before.map(|before| &before.secondary_key), "secondary"),
        }
    }

    /// The keys, opened, the first before the second. What was sealed with another secret is none.
    pub fn keys(&self, service: ServiceId, seal: &Seal) -> Vec<String> {
        let open = |key: &str, name: &str| {
            let sealed = STANDARD.decode(key.strip_prefix(SEALED)?).ok()?;
            String::from_utf8(seal.open(&place(service, name), &sealed)?).ok()
        };
        let keys = [open(&self.primary_key, "primary"), open(&self.secondary_key, "secondary")];
        keys.into_iter().flatten().filter(|key| !key.is_empty()).collect()
    }
}

fn place(service: ServiceId, name: &str) -> String {
    format!("io {name} key of {service}")
}

/// What a service says when an application reaches a status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Feedback {
    /// The subject, with placeholders.
    pub subject: Option<String>,
    /// The text, HTML or plain, with placeholders.
    pub message: Option<String>,
    /// Whether anything is said.
    pub is_active: bool,
}

#[cfg(test)]
mod tests {
    use super::super::Service;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_other_programs_write_is_understood() {
        let read = |io_parameters: serde_json::Value| {
            serde_json::from_value::<Service>(json!({ "name": "Prova", "io_parameters": io_parameters }))
                .map(|read| read.io_parameters)
        };
        for none in [json!(null), json!([]), json!({}), json!({ "IOserviceId": null, "primaryKey": "", "secondaryKey": null })] {
            assert_eq!(read(none.clone()).unwrap(), None, "{none}");
        }
        let written = json!({ "IOserviceId": "01ABC", "primaryKey": " k1 ", "secondaryKey": null });
        let read = read(written).unwrap().unwrap();
        assert_eq!((read.primary_key.as_str(), read.secondary_key.as_str()), ("k1", ""));
        assert!(serde_json::from_value::<Service>(json!({ "name": "Prova" })).unwrap().io_parameters.is_none());
    }

    #[test]
    fn keys_are_sealed_in_their_place_and_stay_when_they_come_back_hidden() {
        let (seal, rng) = (Seal::new(b"secret", "platform"), Rng::seeded(1));
        let service = ServiceId(kernel::Uuid::from_u128(1));
        let written = IoParameters { service_id: "s".into(), primary_key: "k1".into(), secondary_key: String::new() };
        let kept = written.kept(service, None, &seal, &rng);
        assert!(kept.primary_key.starts_with(SEALED) && !kept.primary_key.contains("k1"));
        assert_eq!(kept.keys(service, &seal), ["k1"]);
        assert_eq!(kept.keys(ServiceId(kernel::Uuid::from_u128(2)), &seal), [""; 0], "not in another service's place");
        let shown = kept.shown();
        assert_eq!((shown.primary_key.as_str(), shown.secondary_key.as_str()), (HIDDEN, ""));
        let again = IoParameters { secondary_key: "k2".into(), ..shown }.kept(service, Some(&kept), &seal, &rng);
        assert_eq!(again.keys(service, &seal), ["k1", "k2"]);
        let hidden = IoParameters { primary_key: HIDDEN.into(), ..IoParameters::default() }.kept(service, None, &seal, &rng);
        assert_eq!(hidden.keys(service, &seal), [""; 0], "nobody's key is a row of asterisks");
    }
}

//! Registries: what a proxy asks of one, and the ones that we can talk to.
//!
//! A new registry is a file here: its [`Capabilities`] as data, the form of its settings, and one method for each [`crate::steps::Step`].
//! Everything else (configuration API, workflow, resuming, retry) is the same for all, and `tests/it/conformance.rs` holds all to it.

mod dates;
pub mod docarea;
pub mod iride;
pub mod pitre;
pub mod sandbox;
mod settings;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contracts::documents::{DocumentV1, File};
use kernel::{FieldError, RomeTime};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::configuration::TenantConfig;

/// Names that follow from a provider's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The provider, as in addresses and tables: `sandbox`.
    pub provider: &'static str,
    /// The role: `registry-proxy-sandbox`.
    pub role: &'static str,
    /// The proxy, as in `app_id`, metrics and consumer groups: `sandbox-registry-proxy`.
    pub service: &'static str,
    /// What its addresses begin with: `/registry-proxy/sandbox/v1`.
    pub base_path: &'static str,
    /// The queue of registrations.
    pub register_queue: &'static str,
    /// The queue of reading and writing the storage tree, and the name of its job.
    pub tree_queue: &'static str,
}

/// The names of the provider that is called so.
macro_rules! names {
    ($provider:literal) => {
        $crate::providers::Names {
            provider: $provider,
            role: concat!("registry-proxy-", $provider),
            service: concat!($provider, "-registry-proxy"),
            base_path: concat!("/registry-proxy/", $provider, "/v1"),
            register_queue: concat!($provider, "-registry-proxy.register"),
            tree_queue: concat!($provider, "-registry-proxy.tree"),
        }
    };
}
pub(crate) use names;

/// What a registry can do, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Its names.
    pub names: Names,
    /// What it is called in titles: `Protocol Proxy <title>`.
    pub title: &'static str,
    /// Whether documents can be put into folders (fascicoli).
    pub folders: bool,
    /// Whether all files are sent before the number is asked for; otherwise the number comes with the main document, and the
    /// attachments after it.
    pub uploads_first: bool,
    /// The names of the steps ([`crate::steps::Step::name`]) that would be done a second time if they were repeated. When the outcome
    /// of one is unknown it is left to an operator: sending it again could register a document twice.
    pub unrepeatable: &'static [&'static str],
    /// Largest file that it takes, in bytes.
    pub max_file_bytes: usize,
    /// Whether its settings stand beside the other fields of a service's configuration, instead of within `registry`.
    pub flat_settings: bool,
    /// Settings that are stored and never answered.
    pub secrets: &'static [&'static str],
    /// Settings that say where the secrets are sent: with another address they must be given anew.
    pub addresses: &'static [&'static str],
}

/// What every call to a registry is about.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The step's idempotency key.
    pub key: &'a str,
    /// The document.
    pub document: &'a DocumentV1,
    /// The public body.
    pub tenant: &'a TenantConfig,
    /// The settings of the service, as [`Provider::check`] accepted them.
    pub settings: &'a Map<String, Value>,
}

/// What a registered document got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The registry's own identifier, needed by the steps that follow.
    pub document_id: String,
    /// The registration number.
    pub number: String,
    /// When it was registered.
    pub registered_at: RomeTime,
}

/// The files that a document is registered with.
#[derive(Clone, Copy, Debug)]
pub enum Main<'a> {
    /// The main one, of a registry that takes attachments afterwards.
    File(&'a File, &'a Bytes),
    /// The registry's identifiers of all, the main one first ([`Capabilities::uploads_first`]).
    Uploaded(&'a [String]),
}

/// A call to a registry failed. The texts are for people: they are in the dead letter, and in `retry_meta.last_error`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The step was not asked for, because the registry was not reached, or did not let us in, or something of it is wrong: it can be made
    /// again.
    #[error("questo passo non è stato chiesto al protocollo ({0})")]
    NotSent(String),
    /// The registry said no, and did nothing.
    #[error("il protocollo ha rifiutato ({0})")]
    Refused(String),
    /// No answer, or none that can be read: the registry may have done it.
    #[error("non si sa che cosa abbia fatto il protocollo ({0})")]
    Unknown(String),
}

/// A registry.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> &Capabilities;

    /// The fields of its settings, as Form.io components.
    fn settings_form(&self) -> Value;

    /// What is wrong with the settings of a service; fields are JSON Pointers into them.
    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError>;

    /// Sends a file before the document is registered; gives the registry's identifier of it. `before` are the identifiers of those that
    /// were sent already. Of registries with [`Capabilities::uploads_first`].
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn upload(&self, _call: Call<'_>, _before: &[String], _file: &File, _content: &Bytes) -> Result<String, ProviderError> {
        Err(not_offered())
    }

    /// Registers the document.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError>;

    /// Adds an attachment to the registered document; gives the registry's identifier of the attachment. Of the other registries.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn attach(&self, _call: Call<'_>, _document_id: &str, _file: &File, _content: &Bytes) -> Result<String, ProviderError> {
        Err(not_offered())
    }

    /// Opens the folder of the document; gives its number. Of registries with [`Capabilities::folders`].
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn open_folder(&self, _call: Call<'_>) -> Result<String, ProviderError> {
        Err(not_offered())
    }

    /// Puts the registered document into the folder. Of registries with [`Capabilities::folders`].
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn file(&self, _call: Call<'_>, _document_id: &str, _folder: &str) -> Result<(), ProviderError> {
        Err(not_offered())
    }
}

/// What a registry answers to a step that its capabilities do not have.
fn not_offered() -> ProviderError {
    ProviderError::NotSent("il protocollo non prevede questo passo".to_owned())
}

/// Why nothing is known of a call that took longer than `timeout`.
fn unanswered(timeout: Duration) -> String {
    format!("nessuna risposta entro {timeout:?}")
}

/// Bytes as text in Base64 (RFC 4648, section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

/// `body` as JSON, with `content` as Base64 in place of its last string, which must be empty. No sign of Base64 is escaped in JSON: to look
/// at each of them costs more than the encoding.
pub(crate) fn json_with_file(body: &impl Serialize, content: &[u8]) -> Vec<u8> {
    let text = serde_json::to_string(body).expect("bodies are plain data");
    let place = text.rfind("\"\"").expect("the body has a place for the file") + 1;
    let mut filled = Vec::with_capacity(text.len() + content.len().div_ceil(3) * 4);
    filled.extend_from_slice(&text.as_bytes()[..place]);
    base64_simd::STANDARD.encode_append(content, &mut filled);
    filled.extend_from_slice(&text.as_bytes()[place..]);
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_goes_where_the_last_empty_string_is() {
        let body = [json!({ "about": "", "name": "\\\"" }), json!({ "content": "" })];
        let filled: Value = serde_json::from_slice(&json_with_file(&body, b"%PDF\xff")).unwrap();
        assert_eq!(filled, json!([{ "about": "", "name": "\\\"" }, { "content": "JVBERv8=" }]));
    }
}

//! Registries: what a proxy asks of one, and the ones that we can talk to.
//!
//! A new registry is a file here: its [`Capabilities`] as data, the form of its settings, and one method for each [`crate::steps::Step`].
//! Everything else (configuration API, workflow, resuming, retry) is the same for all, and `tests/it/conformance.rs` holds all to it.

pub mod sandbox;

use async_trait::async_trait;
use bytes::Bytes;
use contracts::documents::{DocumentV1, File};
use kernel::{FieldError, RomeTime};
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
    /// Whether a call that is repeated with the same key does nothing a second time. Without this, a call whose outcome is unknown is
    /// left to an operator: sending it again could register a document twice.
    pub recognises_repeats: bool,
    /// Largest file that it takes, in bytes.
    pub max_file_bytes: usize,
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

/// A call to a registry failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The registry said no, and did nothing.
    #[error("the registry refused: {0}")]
    Refused(String),
    /// No answer, or none that can be read: the registry may have done it.
    #[error("the registry's answer is unknown: {0}")]
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

    /// Registers the document with its main file.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn register(&self, call: Call<'_>, file: &File, content: &Bytes) -> Result<Registered, ProviderError>;

    /// Adds an attachment to the registered document; gives the registry's identifier of the attachment.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn attach(&self, call: Call<'_>, document_id: &str, file: &File, content: &Bytes) -> Result<String, ProviderError>;

    /// Opens the folder of the document; gives its number.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn open_folder(&self, call: Call<'_>) -> Result<String, ProviderError>;

    /// Puts the registered document into the folder.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn file(&self, call: Call<'_>, document_id: &str, folder: &str) -> Result<(), ProviderError>;
}

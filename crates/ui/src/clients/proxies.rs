//! The configuration interface of the payment proxies, version 2 (developers' documentation, "API v2").

use http::Method;
use serde_json::{Map, Value};

use super::payments::PROXIES;
use super::{Call, ClientError, Payments, segment};

/// A configuration as its proxy keeps it.
pub type Configuration = Map<String, Value>;

/// What of a proxy is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public body.
    Tenant,
    /// The payments of one service.
    Payment,
}

impl Part {
    fn path(self) -> &'static str {
        match self {
            Self::Tenant => "tenants",
            Self::Payment => "configs",
        }
    }
}

impl Payments {
    fn proxy(&self, method: Method, provider: &str, part: Part, rest: &str) -> Call {
        self.call(method, format!("{PROXIES}{}/v2/{}{rest}", segment(provider), part.path()))
    }

    /// The Form.io form that a proxy serves.
    pub async fn configuration_form(&self, provider: &str, part: Part) -> Result<Value, ClientError> {
        self.proxy(Method::GET, provider, part, "/schema").read().await
    }

    /// The configurations of the caller's body.
    pub async fn configurations(&self, provider: &str, part: Part) -> Result<Vec<Configuration>, ClientError> {
        self.proxy(Method::GET, provider, part, "").read().await
    }

    /// One configuration; `None` when there is none.
    pub async fn configuration(&self, provider: &str, part: Part, id: &str) -> Result<Option<Configuration>, ClientError> {
        match self.proxy(Method::GET, provider, part, &format!("/{}", segment(id))).read().await {
            Err(error) if error.is_missing() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Replaces a configuration, or creates it.
    pub async fn configure(&self, provider: &str, part: Part, id: &str, document: &Configuration) -> Result<(), ClientError> {
        self.proxy(Method::PUT, provider, part, &format!("/{}", segment(id))).json(document).done().await
    }

    /// Switches a configuration on or off.
    pub async fn activate(&self, provider: &str, part: Part, id: &str, active: bool) -> Result<(), ClientError> {
        let change = serde_json::json!({ "active": active });
        self.proxy(Method::PATCH, provider, part, &format!("/{}", segment(id))).json(&change).done().await
    }
}

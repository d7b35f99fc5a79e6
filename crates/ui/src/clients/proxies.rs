//! The configuration interfaces of the proxies: of payments, version 2 (developers' documentation, "API v2"), and of the registry
//! ("Configurazione tenant e servizi").

use http::Method;
use runtime::PeerClient;
use serde_json::{Map, Value};

use super::payments::{PROXIES, Provider};
use super::{Call, ClientError, segment};
use crate::i18n::Locale;

/// A configuration as its proxy keeps it.
pub type Configuration = Map<String, Value>;

/// Which proxies: all of a kind are configured alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In front of the intermediaries of pagoPA.
    Payments,
    /// In front of the registries of documents.
    Registry,
}

impl Kind {
    /// The member of a configuration that says whether it is on.
    pub fn switch(self) -> &'static str {
        match self {
            Self::Payments => "active",
            Self::Registry => "is_active",
        }
    }
}

/// What of a proxy is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public body.
    Tenant,
    /// One service.
    Service,
}

/// The registries that there are proxies for.
const REGISTRIES: [&str; 4] = ["sandbox", "docarea", "iride", "pitre"];

/// The proxies of one kind, for one tenant and one person.
#[derive(Clone, Debug)]
pub struct Proxies {
    /// Which.
    pub kind: Kind,
    peer: PeerClient,
    tenant: String,
    token: Option<String>,
    locale: Locale,
}

impl Proxies {
    /// The proxies that `peer` answers for, as `token`'s holder may configure them.
    pub fn new(kind: Kind, peer: PeerClient, tenant: &str, locale: Locale, token: Option<String>) -> Self {
        Self { kind, peer, tenant: segment(tenant), token, locale }
    }

    fn call(&self, method: Method, path: String) -> Call {
        Call::new(&self.peer, method, path, self.locale, self.token.as_deref())
    }

    fn proxy(&self, method: Method, provider: &str, rest: &str) -> Call {
        let provider = segment(provider);
        let base = match self.kind {
            Kind::Payments => format!("{PROXIES}{provider}/v2"),
            Kind::Registry => format!("/registry-proxy/{provider}/v1"),
        };
        self.call(method, format!("{base}{rest}"))
    }

    fn part(&self, part: Part) -> &'static str {
        match (part, self.kind) {
            (Part::Tenant, _) => "/tenants",
            (Part::Service, Kind::Payments) => "/configs",
            (Part::Service, Kind::Registry) => "/services",
        }
    }

    fn one(&self, part: Part, id: &str) -> String {
        format!("{}/{}", self.part(part), segment(id))
    }

    /// The names of the providers whose proxies this installation has.
    pub async fn providers(&self) -> Result<Vec<String>, ClientError> {
        if self.kind == Kind::Payments {
            let path = format!("/{}/api/payments/providers", self.tenant);
            let providers: Vec<Provider> = self.call(Method::GET, path).read().await?;
            return Ok(providers.into_iter().map(|provider| provider.name).collect());
        }
        let mut there = Vec::new();
        for name in REGISTRIES {
            match self.form(name, Part::Service).await {
                Ok(_) => there.push(name.to_owned()),
                // A proxy of its own that nobody runs.
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(there)
    }

    /// The Form.io form that a proxy serves.
    pub async fn form(&self, provider: &str, part: Part) -> Result<Value, ClientError> {
        let path = match (self.kind, part) {
            (Kind::Registry, Part::Service) => "/schema".to_owned(),
            _ => format!("{}/schema", self.part(part)),
        };
        self.proxy(Method::GET, provider, &path).read().await
    }

    /// The configurations of the caller's body.
    pub async fn configurations(&self, provider: &str, part: Part) -> Result<Vec<Configuration>, ClientError> {
        self.proxy(Method::GET, provider, self.part(part)).read().await
    }

    /// One configuration; `None` when there is none.
    pub async fn configuration(&self, provider: &str, part: Part, id: &str) -> Result<Option<Configuration>, ClientError> {
        match self.proxy(Method::GET, provider, &self.one(part, id)).read().await {
            Err(error) if error.is_missing() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Replaces a configuration, or creates it.
    pub async fn configure(&self, provider: &str, part: Part, id: &str, document: &Configuration) -> Result<(), ClientError> {
        let call = match self.kind {
            Kind::Payments => self.proxy(Method::PUT, provider, &self.one(part, id)),
            // It is replaced by its address only where it is already.
            Kind::Registry => self.proxy(Method::POST, provider, self.part(part)),
        };
        call.json(document).done().await
    }

    /// Switches a configuration on or off.
    pub async fn activate(&self, provider: &str, part: Part, id: &str, active: bool) -> Result<(), ClientError> {
        let change = serde_json::json!({ self.kind.switch(): active });
        self.proxy(Method::PATCH, provider, &self.one(part, id)).json(&change).done().await
    }
}

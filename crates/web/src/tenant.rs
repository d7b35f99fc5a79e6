//! Which public body a request is about.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, RawPathParams};
use http::HeaderMap;
use http::header::HOST;
use http::request::Parts;
use kernel::TenantId;
use moka::sync::Cache;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{App, Peer, PeerError};
use serde::{Deserialize, Serialize};

use crate::{ApiError, Web};

/// What every role knows of a tenant; the platform role tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantInfo {
    /// Identifier.
    pub id: TenantId,
    /// First path segment of its addresses.
    pub slug: String,
    /// Name, as citizens know it.
    pub name: String,
    /// Code in the index of public administrations (IPA).
    pub ipa_code: String,
    /// Tax code, 11 digits.
    pub tax_code: String,
    /// Host names that name this tenant alone; its path prefix is then `lang`.
    pub hosts: Vec<String>,
    /// Languages of its pages, the default one first.
    pub locales: Vec<String>,
    /// Address of its pages and APIs, without a trailing slash: `https://servizi.example.it/comune-di-bugliano`.
    pub base_url: String,
}

impl TenantInfo {
    /// Address of its API, without a trailing slash.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.base_url)
    }
}

/// The tenant of the request: from the path segment `{tenant}`, or from the host name when that segment is `lang`. An unknown tenant is
/// a 404.
#[derive(Clone, Debug)]
pub struct Tenant(pub Arc<TenantInfo>);

impl std::ops::Deref for Tenant {
    type Target = TenantInfo;
    fn deref(&self) -> &TenantInfo {
        &self.0
    }
}

/// Prefix that leaves the tenant to the host name.
const BY_HOST: &str = "lang";

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Some(tenant) = parts.extensions.get::<Self>() {
            return Ok(tenant.clone());
        }
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
        let segment =
            params.iter().find(|(name, _)| *name == "tenant").map(|(_, value)| value).ok_or_else(ApiError::not_found)?;
        let key = key_of(segment, &parts.headers);
        let tenant = Self(Web::of(parts).directory.find(&key).await?.ok_or_else(ApiError::not_found)?);
        parts.extensions.insert(tenant.clone());
        Ok(tenant)
    }
}

/// The key of the tenant that an address is about, whether or not there is one.
pub(crate) fn tenant_key(path: &str, headers: &HeaderMap) -> String {
    key_of(path.split('/').nth(1).unwrap_or_default(), headers)
}

fn key_of(segment: &str, headers: &HeaderMap) -> String {
    if segment == BY_HOST { host_key(headers) } else { format!("slug={}", utf8_percent_encode(segment, NON_ALPHANUMERIC)) }
}

fn host_key(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("host={}", utf8_percent_encode(host.split(':').next().unwrap_or_default(), NON_ALPHANUMERIC))
}

/// The tenant that the host name alone names, if it names one: for addresses outside of every tenant's path.
#[derive(Clone, Debug)]
pub struct HostTenant(pub Option<Arc<TenantInfo>>);

impl<S: Send + Sync> FromRequestParts<S> for HostTenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Web::of(parts).directory.find(&host_key(&parts.headers)).await.map(Self)
    }
}

/// Finds tenants, and remembers them for a while.
pub(crate) struct Directory {
    app: App,
    found: Cache<String, Arc<TenantInfo>>,
    missing: Cache<String, ()>,
}

impl Directory {
    pub(crate) fn new(app: App) -> Self {
        let found = Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(30)).build();
        let missing = Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(2)).build();
        Self { app, found, missing }
    }

    /// The identifier of the tenant of `key`, if it was found lately: for the log, which asks nobody.
    pub(crate) fn known(&self, key: &str) -> Option<TenantId> {
        self.found.get(key).map(|tenant| tenant.id)
    }

    /// The tenant of `key` (`slug=...` or `host=...`).
    pub(crate) async fn find(&self, key: &str) -> Result<Option<Arc<TenantInfo>>, ApiError> {
        if let Some(tenant) = self.found.get(key) {
            return Ok(Some(tenant));
        }
        if self.missing.contains_key(key) {
            return Ok(None);
        }
        match self.app.peer(Peer::Platform).get(format!("/internal/tenants?{key}")).send().await {
            Ok(response) => {
                let tenant = Arc::new(response.json::<TenantInfo>()?);
                self.found.insert(key.to_owned(), Arc::clone(&tenant));
                Ok(Some(tenant))
            }
            Err(PeerError::Refused(_, problem)) if problem.status == 404 => {
                self.missing.insert(key.to_owned(), ());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

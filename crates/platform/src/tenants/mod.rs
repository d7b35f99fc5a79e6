//! Tenants: the public bodies that this installation serves.

pub mod api;
pub mod store;

use kernel::TenantId;
use serde::{Deserialize, Serialize};
use web::TenantInfo;

/// A tenant, as an administrator writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tenant {
    /// Identifier.
    #[serde(default = "nil")]
    #[schema(value_type = kernel::Uuid)]
    pub id: TenantId,
    /// First path segment of its addresses: small letters, digits and hyphens.
    pub slug: String,
    /// Name, as citizens know it.
    pub name: String,
    /// Code in the index of public administrations (IPA).
    pub ipa_code: String,
    /// Tax code, 11 digits.
    pub tax_code: String,
    /// Host names that name this tenant alone.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Languages of its pages, the default one first.
    #[serde(default = "locales")]
    pub locales: Vec<String>,
    /// Its own web site.
    #[serde(default)]
    pub site_url: Option<String>,
}

fn nil() -> TenantId {
    TenantId(kernel::Uuid::nil())
}

fn locales() -> Vec<String> {
    ["it", "de", "en"].map(str::to_owned).to_vec()
}

impl Tenant {
    /// What the other roles know of it. `public_url` is the address of the installation.
    pub fn info(&self, public_url: &str) -> TenantInfo {
        TenantInfo {
            id: self.id,
            slug: self.slug.clone(),
            name: self.name.clone(),
            ipa_code: self.ipa_code.clone(),
            tax_code: self.tax_code.clone(),
            hosts: self.hosts.clone(),
            locales: self.locales.clone(),
            base_url: format!("{public_url}/{}", self.slug),
        }
    }
}

/// Path segments that belong to roles and cannot name a tenant.
pub const RESERVED: &[&str] = &[
    "assets",
    "demo",
    "docs",
    "form-server",
    "internal",
    "lang",
    "metrics",
    "payment-proxy",
    "payments",
    "registry-proxy",
    "status",
    "interop",
    "io",
    "ioservice",
    ".well-known",
];

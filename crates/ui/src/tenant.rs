//! The public body as its pages show it.

use serde::Deserialize;

/// A public body.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Path segment.
    pub slug: String,
    /// Name, as in the header: `Comune di Bugliano`.
    pub name: String,
    /// Public address of this installation, `https://servizi.comune.bugliano.pi.it`.
    pub public_url: String,
    /// The body's own site, if known.
    pub site_url: Option<String>,
}

impl Tenant {
    /// Whether browsers reach us by HTTPS, so that cookies may insist on it.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What the platform says in `GET /tenants/info`.
#[derive(Clone, Debug, Deserialize)]
pub struct TenantInfo {
    /// Name.
    pub name: String,
    /// Path segment.
    #[serde(default)]
    pub slug: String,
    /// The body's own site.
    #[serde(default)]
    pub site_url: Option<String>,
    /// Public address.
    #[serde(default)]
    pub public_url: Option<String>,
}

//! The public body as its pages show it.

use serde::Deserialize;

/// A public body.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its identifier.
    pub id: String,
    /// Its slug, by which the other roles know it.
    pub slug: String,
    /// The first path segment of this visit: the slug, or `lang` when the host name alone names the body.
    pub prefix: String,
    /// Name, as in the header: `Comune di Bugliano`.
    pub name: String,
    /// The body's own site, if known.
    pub site_url: Option<String>,
    /// The address of its pages, without a trailing slash: what others send the visitor back to.
    pub base_url: String,
    /// Browsers reach us by HTTPS, so cookies may insist on it.
    pub secure: bool,
}

/// What the platform says in `GET /tenants/info`, beyond what every role knows.
#[derive(Clone, Debug, Deserialize)]
pub struct TenantPage {
    /// Name.
    #[serde(default)]
    pub name: String,
    /// First path segment.
    #[serde(default)]
    pub slug: String,
    /// The body's own site.
    #[serde(default)]
    pub site_url: Option<String>,
}

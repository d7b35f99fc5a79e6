//! Tenants: the public bodies that this installation serves.

pub mod api;
pub mod store;

use kernel::{FieldError, TaxCode, TenantId};
use serde::{Deserialize, Serialize};
use web::TenantInfo;

use crate::errors::Error;

/// Longest name, in characters.
const MAX_TEXT: usize = 255;
/// Languages of the pages.
const LOCALES: [&str; 3] = ["it", "de", "en"];

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
    LOCALES.map(str::to_owned).to_vec()
}

impl Tenant {
    /// Whether everything that others rely on is there and right.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming each wrong field.
    pub fn check(&self) -> Result<(), Error> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, code: &str, message: String| wrong.push(FieldError::new(field, code, message));
        if !is_slug(&self.slug) {
            let message = "Usare lettere minuscole, cifre e trattini, e nessuno dei nomi riservati alla piattaforma.";
            refuse("/slug", "pattern", message.to_owned());
        }
        if self.name.trim().is_empty() {
            refuse("/name", "required", "Indicare il nome dell'ente.".to_owned());
        }
        for (field, text) in [("/name", &self.name), ("/ipa_code", &self.ipa_code)] {
            if text.chars().count() > MAX_TEXT || text.contains(char::is_control) {
                refuse(field, "max_length", format!("Usare una sola riga di al massimo {MAX_TEXT} caratteri."));
            }
        }
        if let Err(error) = self.tax_code.parse::<TaxCode>() {
            refuse("/tax_code", "pattern", format!("Il codice fiscale {error}."));
        }
        if self.locales.is_empty() {
            refuse("/locales", "required", format!("Indicare almeno una lingua fra {}.", LOCALES.join(", ")));
        }
        for (index, _) in self.locales.iter().enumerate().filter(|(_, locale)| !LOCALES.contains(&locale.as_str())) {
            refuse(&format!("/locales/{index}"), "enum", format!("Usare una lingua fra {}.", LOCALES.join(", ")));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }

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

/// Whether a tenant may be called so in addresses.
pub fn is_slug(text: &str) -> bool {
    let sane = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(sane) && !RESERVED.contains(&text)
}

/// Path segments that belong to roles, or that reverse proxies and languages of the pages use, and cannot name a tenant.
const RESERVED: &[&str] = &[
    "admin",
    "api",
    "assets",
    "authorization-server",
    "de",
    "demo",
    "docs",
    "en",
    "errors",
    "form-server",
    "internal",
    "interop",
    "io",
    "ioservice",
    "it",
    "lang",
    "metrics",
    "payment-proxy",
    "payments",
    "pdnd",
    "registry-proxy",
    "status",
    "well-known",
];

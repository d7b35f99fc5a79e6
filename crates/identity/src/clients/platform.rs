//! The platform role: who the users of a tenant are and what they may do.

use jiff::civil::Date;
use kernel::{TenantId, UserId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{App, Peer, PeerError};
use serde::{Deserialize, Serialize};

/// A user of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// User name; of a citizen the fiscal code.
    pub username: String,
    /// `ROLE_USER`, `ROLE_CPS_USER`, `ROLE_OPERATORE`, `ROLE_ADMIN` ...
    pub roles: Vec<String>,
}

/// Somebody whose identity a provider vouches for.
#[derive(Clone, Default, Serialize)]
pub struct Identified<'a> {
    /// Codice fiscale.
    pub fiscal_code: &'a str,
    /// First name.
    pub given_name: &'a str,
    /// Family name.
    pub family_name: &'a str,
    /// Address for messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    /// Mobile telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<&'a str>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Municipality or foreign state of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_place: Option<&'a str>,
    /// Province of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_county: Option<&'a str>,
    /// `F` or `M`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<&'a str>,
}

/// The user of a tenant with that name, if any.
///
/// # Errors
/// When the platform does not answer.
pub async fn find_user(app: &App, tenant: TenantId, username: &str) -> Result<Option<User>, PeerError> {
    let path = format!("/internal/users?username={}", utf8_percent_encode(username, NON_ALPHANUMERIC));
    match app.peer(Peer::Platform).get(path).service(tenant).send().await {
        Ok(response) => response.json().map(Some),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The citizen of a tenant with that fiscal code, made if there is none yet.
///
/// # Errors
/// When the platform does not answer, or refuses the fiscal code.
pub async fn identify(app: &App, tenant: TenantId, person: &Identified<'_>) -> Result<User, PeerError> {
    app.peer(Peer::Platform).post("/internal/users/identify").service(tenant).json(person).send().await?.json()
}

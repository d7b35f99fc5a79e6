//! Who calls, for whom, and what they may do. Accounts and sign-in are the identity role's: administrators are the body's referents, and
//! other users what the body has made them here. Programs of suppliers call with a key of their own.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::HeaderName;
use http::request::Parts;
use kernel::TenantId;
use serde_json::Value;
use storage::Tx;
use web::{ApiError, Caller, ClientAddress, Kind};

use super::errors::Refusal;
use super::store::people;
use super::store::services::Service;
use super::store::shared::{self, Deed};
use super::words;
use crate::context::Context;
use crate::ulid::Ulid;

/// The header with a supplier's key.
pub const KEY: HeaderName = HeaderName::from_static("x-ioservice-key");

/// For whom somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// For the body (referente dell'ente).
    Body,
    /// For a supplier (referente del fornitore).
    Provider,
    /// For nobody: looks at everything of the body, changes nothing.
    Auditor,
}

impl Duty {
    /// Every duty.
    pub const ALL: &[Self] = &[Self::Body, Self::Provider, Self::Auditor];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Body => "ENTE",
            Self::Provider => "FORNITORE",
            Self::Auditor => "REVISORE",
        }
    }
}

words!(Duty);

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The body.
    pub tenant_id: TenantId,
    /// A name for the audit and for the rule of four eyes.
    pub name: String,
    /// For whom.
    pub duty: Duty,
    /// The supplier.
    pub provider_id: Option<Ulid>,
    /// The person: of a program, who made its key.
    pub person: Option<String>,
    address: Option<IpAddr>,
}

impl Actor {
    /// The platform itself, for what it does without being asked.
    pub fn platform(tenant_id: TenantId) -> Self {
        Self { tenant_id, name: "piattaforma".to_owned(), duty: Duty::Body, provider_id: None, person: None, address: None }
    }

    /// Lets the body's referents pass.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everybody else.
    pub fn require_body(&self) -> Result<(), Refusal> {
        let refused = Refusal::Forbidden("L'operazione è riservata ai referenti dell'ente.");
        if self.duty == Duty::Body { Ok(()) } else { Err(refused) }
    }

    /// Lets everybody pass who may change something.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for auditors.
    pub fn require_change(&self) -> Result<(), Refusal> {
        let refused = Refusal::Forbidden("Il revisore può soltanto consultare.");
        if self.duty == Duty::Auditor { Err(refused) } else { Ok(()) }
    }

    /// Whether the caller may know of what belongs to `provider`: a supplier only of its own.
    pub fn sees(&self, provider: Option<Ulid>) -> bool {
        self.duty != Duty::Provider || (provider.is_some() && provider == self.provider_id)
    }

    /// The service, if the caller may know of it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn own(&self, service: Option<Service>) -> Result<Service, Refusal> {
        service.filter(|service| self.sees(service.provider_id)).ok_or(Refusal::NotFound)
    }

    /// Adds a line to the audit.
    ///
    /// # Errors
    /// As the database says.
    pub fn note(
        &self,
        context: &Context,
        tx: &mut Tx<'_>,
        action: &str,
        subject: impl ToString,
        (was, became): (Option<Value>, Option<Value>),
    ) -> storage::Result<()> {
        let deed = Deed {
            number: 0,
            actor: self.name.clone(),
            address: self.address.map(|address| address.to_string()),
            action: action.to_owned(),
            subject: subject.to_string(),
            was,
            became,
            at: context.now(),
        };
        shared::note(tx, self.tenant_id, &deed)
    }
}

impl FromRequestParts<Context> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, ApiError> {
        let address = parts.extensions.get::<ClientAddress>().and_then(|client| client.0);
        let today = context.now().date();
        if let Some(key) = parts.headers.get(KEY).and_then(|key| key.to_str().ok()) {
            let digest = context.digest(key);
            let read = context.app.db().read(move |tx| {
                let Some((tenant, id, key)) = people::find_key(tx, &digest)? else { return Ok(None) };
                let provider = people::find_provider(tx, tenant, id)?.filter(|provider| provider.is_delegated(today));
                storage::Result::Ok(provider.map(|provider| (tenant, provider.id, key)))
            });
            let found = read.await?.ok_or_else(|| ApiError::unauthorized("La chiave in X-IOService-Key non è valida."))?;
            let (tenant_id, provider, key) = found;
            return Ok(Self {
                tenant_id,
                name: format!("chiave {}", key.hint),
                duty: Duty::Provider,
                provider_id: Some(provider),
                person: key.made_by,
                address,
            });
        }
        let caller = Caller::from_request_parts(parts, context).await?;
        let tenant_id = caller.tenant_id;
        let person = caller.principal.as_ref().map(|principal| principal.username.clone());
        let name = person.clone().unwrap_or_else(|| "piattaforma".to_owned());
        if matches!(caller.kind, Kind::Admin | Kind::Service) {
            return Ok(Self { tenant_id, name, duty: Duty::Body, provider_id: None, person, address });
        }
        let username = name.clone();
        let read = context.app.db().read(move |tx| {
            let Some(member) = people::find_member(tx, tenant_id, &username)? else { return Ok(None) };
            let delegated = match member.provider_id {
                Some(id) => people::find_provider(tx, tenant_id, id)?.is_some_and(|provider| provider.is_delegated(today)),
                None => member.duty != Duty::Provider,
            };
            storage::Result::Ok(delegated.then_some(member))
        });
        let refused =
            || ApiError::forbidden("Non si è abilitati a IOService per questo ente: rivolgersi al referente dell'ente.");
        let member = read.await?.ok_or_else(refused)?;
        Ok(Self { tenant_id, name, duty: member.duty, provider_id: member.provider_id, person, address })
    }
}

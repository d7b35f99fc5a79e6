//! Who asks.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use kernel::{TenantId, UserId};
use runtime::ServiceToken;

use crate::{ApiError, ApiResult, Tenant, Web};

/// What a caller may do at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session of somebody who has not signed in (a widget's visitor).
    Anonymous,
    /// A citizen.
    Citizen,
    /// An operator of the tenant.
    Operator,
    /// An administrator of the tenant.
    Admin,
    /// Another role of the platform, in the name of the tenant.
    Service,
}

/// A user, as the token tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user_id: UserId,
    /// User name; of a citizen the fiscal code. Never to be logged.
    pub username: String,
}

/// An authenticated caller of the request's tenant. No token, or one that does not hold, is a 401; a token of another tenant is a 404,
/// as everything of this tenant is to its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the caller is.
    pub kind: Kind,
    /// The user; `None` for a service.
    pub principal: Option<Principal>,
}

impl Caller {
    /// The user's id.
    ///
    /// # Errors
    /// 403 for a service, which is nobody.
    pub fn user_id(&self) -> ApiResult<UserId> {
        let principal = self.principal.as_ref().ok_or_else(|| ApiError::forbidden("L'operazione richiede un utente."))?;
        Ok(principal.user_id)
    }

    /// Whether the caller works for the tenant: operator, administrator or the platform itself.
    pub fn is_staff(&self) -> bool {
        matches!(self.kind, Kind::Operator | Kind::Admin | Kind::Service)
    }

    /// Lets staff pass.
    ///
    /// # Errors
    /// 403 for everybody else.
    pub fn require_staff(&self) -> ApiResult<()> {
        if self.is_staff() { Ok(()) } else { Err(ApiError::forbidden("L'operazione è riservata agli operatori dell'ente.")) }
    }

    /// Lets administrators, and the platform itself, pass.
    ///
    /// # Errors
    /// 403 for everybody else.
    pub fn require_admin(&self) -> ApiResult<()> {
        match self.kind {
            Kind::Admin | Kind::Service => Ok(()),
            _ => Err(ApiError::forbidden("L'operazione è riservata agli amministratori dell'ente.")),
        }
    }

    /// Lets only the platform itself pass.
    ///
    /// # Errors
    /// 404 for everybody else: the address does not exist for them.
    pub fn require_service(&self) -> ApiResult<()> {
        if self.kind == Kind::Service { Ok(()) } else { Err(ApiError::not_found()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let MaybeCaller(caller) = MaybeCaller::from_request_parts(parts, state).await?;
        caller.ok_or_else(|| {
            ApiError::unauthorized("Inviare l'intestazione Authorization: Bearer con un token ottenuto da POST auth.")
        })
    }
}

/// A caller who may be nobody: no `Authorization` header gives `None`, one that does not hold is still a 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaybeCaller(pub Option<Caller>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Some(header) = parts.headers.get(AUTHORIZATION) else { return Ok(Self(None)) };
        let malformed = || ApiError::unauthorized("L'intestazione Authorization deve essere: Bearer <token>.");
        let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(malformed());
        }
        let (token, web) = (token.trim().to_owned(), Web::of(parts));
        let caller = if ServiceToken::is_one(&token) {
            let service = ServiceToken::verify(web.app.secret(), &token, web.app.clock().now());
            let service = service.ok_or_else(|| ApiError::unauthorized("Il token di servizio non è valido."))?;
            Self(Some(Caller { tenant_id: service.tenant_id, kind: Kind::Service, principal: None }))
        } else {
            let claims = web.verifier.verify(&token).await?;
            let principal = Principal { user_id: claims.id, username: claims.username.clone() };
            Self(Some(Caller { tenant_id: claims.tenant_id, kind: kind(&claims.roles), principal: Some(principal) }))
        };
        // Addresses without a tenant (proxies, internal ones) judge the tenant themselves.
        if let Ok(tenant) = Tenant::from_request_parts(parts, state).await
            && caller.0.as_ref().is_some_and(|caller| caller.tenant_id != tenant.id)
        {
            return Err(ApiError::not_found());
        }
        Ok(caller)
    }
}

fn kind(roles: &[String]) -> Kind {
    let has = |names: &[&str]| roles.iter().any(|role| names.contains(&role.as_str()));
    if has(&["ROLE_ADMIN", "ROLE_SUPER_ADMIN"]) {
        Kind::Admin
    } else if has(&["ROLE_OPERATORE", "ROLE_OPERATORE_ADMIN", "ROLE_OPERATOR"]) {
        Kind::Operator
    } else if has(&["ROLE_CPS_USER"]) {
        Kind::Citizen
    } else {
        Kind::Anonymous
    }
}

//! `POST session`: signs somebody in.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use kernel::RomeTime;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, ClientAddress, Json, Tenant};

use super::Secret;
use crate::clients::platform;
use crate::context::Context;
use crate::errors::Error;
use crate::providers::{self, SignIn};
use crate::session::{Session, SessionId};
use crate::sign_in::{self, Attempt};
use crate::store;

/// A fresh session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// Value for the cookie `sportello_session`.
    session: String,
    /// When it ends if it is not used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: RomeTime,
}

/// Signs somebody in: gives the value for the session's cookie.
///
/// The value is always a new one, and a session whose cookie comes with the request is ended: whoever knew the old value has nothing.
#[utoipa::path(post, path = "/{tenant}/api/session", tag = "session",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")), request_body = SignIn,
    responses((status = 201, description = "signed in", body = Created),
        (status = 401, description = "user name and password do not belong together, or no such citizen"),
        (status = 404, description = "no such tenant"),
        (status = 422, description = "not a way to sign in that this installation offers"),
        (status = 429, description = "too many attempts have failed; `Retry-After` says when to try again")))]
pub async fn create(
    State(context): State<Context>,
    tenant: Tenant,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(sign_in): Json<SignIn>,
) -> ApiResult<(StatusCode, Secret<Created>)> {
    let tenant_id = tenant.id;
    let user = match sign_in {
        SignIn::Password { username, password } => {
            sign_in::by_password(&context, Attempt { tenant_id, address, username, password }).await?
        }
        SignIn::Demo { .. } if !context.app.config().demo => return Err(Error::ProviderNotOffered.into()),
        SignIn::Demo { fiscal_code } => {
            let citizen = providers::demo_citizen(&fiscal_code).ok_or(Error::UnknownCitizen)?;
            platform::identify(&context.app, tenant_id, &citizen).await?
        }
    };
    let now = context.app.clock().now();
    let session = Session::begin(tenant_id, user.id, user.username, now, context.config.sessions);
    let id = SessionId::draw(context.app.rng());
    let created = Created { session: id.reveal(), expires_at: session.expires_at };
    let (digest, old) = (id.digest(), SessionId::of(&headers).map(|old| old.digest()));
    let stored = context.app.db().write(move |tx| {
        if let Some(old) = old {
            store::delete_session(tx, tenant_id, &old)?;
        }
        store::insert_session(tx, &digest, &session)
    });
    stored.await?;
    Ok((StatusCode::CREATED, Secret(created)))
}

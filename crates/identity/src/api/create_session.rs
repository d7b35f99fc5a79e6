//! `POST session`: signs somebody in.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use kernel::{RomeTime, TenantId};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, ClientAddress, Json, Tenant};

use super::Secret;
use crate::clients::platform::{self, User};
use crate::context::Context;
use crate::errors::Error;
use crate::oauth;
use crate::opaque::Opaque;
use crate::providers::{self, SignIn};
use crate::session::{self, Session};
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
    /// Where the browser goes now, as it was told to `POST session/oauth`: a path. Only after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_to: Option<String>,
}

/// Signs somebody in: gives the value for the session's cookie.
///
/// The value is always a new one, and a session whose cookie comes with the request is ended: whoever knew the old value has nothing.
#[utoipa::path(post, path = "/{tenant}/api/session", tag = "session",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")), request_body = SignIn,
    responses((status = 201, description = "signed in", body = Created),
        (status = 401, description = "wrong user name or password, no such citizen, or no such sign-in has begun"),
        (status = 404, description = "no such tenant"),
        (status = 422, description = "a way to sign in that is not offered, or the login provider tells too little"),
        (status = 429, description = "too many attempts have failed; `Retry-After` says when to try again"),
        (status = 502, description = "the login provider's answer is of no use"),
        (status = 503, description = "the login provider does not answer")))]
pub async fn create(
    State(context): State<Context>,
    tenant: Tenant,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(sign_in): Json<SignIn>,
) -> ApiResult<(StatusCode, Secret<Created>)> {
    let tenant_id = tenant.id;
    let mut return_to = None;
    let user = match sign_in {
        SignIn::Password { username, password } => {
            sign_in::by_password(&context, Attempt { tenant_id, address, username, password }).await?
        }
        SignIn::Oauth { code, state, secret } => {
            let (user, path) = by_code(&context, tenant_id, code, &state, &secret).await?;
            return_to = Some(path);
            user
        }
        SignIn::Demo { .. } if !context.app.config().demo => return Err(Error::ProviderNotOffered.into()),
        SignIn::Demo { fiscal_code } => {
            let citizen = providers::demo_citizen(&fiscal_code).ok_or(Error::UnknownCitizen)?;
            platform::identify(&context.app, tenant_id, &citizen).await?
        }
    };
    let now = context.app.clock().now();
    let session = Session::begin(tenant_id, user.id, user.username, now, context.config.sessions);
    let session = Session { elsewhere: return_to.is_some(), ..session };
    let id = Opaque::draw(context.app.rng());
    let created = Created { session: id.reveal(), expires_at: session.expires_at, return_to };
    let (digest, old) = (id.digest(), session::shown(&headers).map(|old| old.digest()));
    let stored = context.app.db().write(move |tx| {
        if let Some(old) = old {
            store::delete_session(tx, tenant_id, &old)?;
        }
        store::insert_session(tx, &digest, &session)
    });
    stored.await?;
    Ok((StatusCode::CREATED, Secret(created)))
}

/// The citizen who comes back from the login provider, and where to go now.
async fn by_code(context: &Context, tenant: TenantId, code: String, state: &str, secret: &str) -> Result<(User, String), Error> {
    let provider = context.login()?;
    let (Some(id), Some(held)) = (Opaque::read(state), Opaque::read(secret)) else { return Err(Error::SignInLapsed) };
    let (id, held) = (id.digest(), held.digest());
    let begun = context.app.db().write(move |tx| store::take_begun(tx, tenant, &id, &held)).await?;
    let now = context.app.clock().now();
    let begun = begun.filter(|begun| now < begun.expires_at).ok_or(Error::SignInLapsed)?;
    let verifier = oauth::verifier(&context.app, state);
    let profile = provider.identify(&context.app, &begun.redirect_uri, code, verifier).await?;
    let user = platform::identify(&context.app, tenant, &profile.identified()).await?;
    Ok((user, begun.return_to))
}

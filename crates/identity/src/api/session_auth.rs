//! `session-auth`: a token for the holder of a session, or for a visitor without one (developers' documentation, "SSO mediante JWT" and
//! "Integrazione di un servizio di terze parti protetto da autenticazione").

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, HeaderValue};
use http::{HeaderMap, StatusCode};
use kernel::{TenantId, UserId};
use web::{ApiResult, Tenant};

use super::{Secret, Token};
use crate::clients::platform::User;
use crate::context::Context;
use crate::cors;
use crate::errors::Error;
use crate::session;
use crate::store;

/// Gives a token for the holder of the session. Pages of the same second-level domain may ask, with credentials.
#[utoipa::path(get, path = "/{tenant}/api/session-auth", tag = "auth",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`"),
        ("with-cookie" = Option<String>, Query, description = "of no effect: the cookie is always looked at"),
        ("sportello_session" = Option<String>, Cookie, description = "the session")),
    responses((status = 200, description = "a token", body = Token), (status = 401, description = "there is no session, or it has ended"),
        (status = 404, description = "no such tenant")))]
pub async fn token(State(context): State<Context>, tenant: Tenant, headers: HeaderMap) -> Response {
    let token = of_session(&context, tenant.id, &headers).await;
    (cors::headers(&tenant, &headers), token).into_response()
}

async fn of_session(context: &Context, tenant: TenantId, headers: &HeaderMap) -> ApiResult<Secret<Token>> {
    let digest = session::shown(headers).ok_or(Error::NoSession)?.digest();
    let (now, wanted) = (context.app.clock().now(), digest.clone());
    let session = context.app.db().read(move |tx| store::find_session(tx, tenant, &wanted)).await?;
    let session = session.filter(|session| session.is_open(now)).ok_or(Error::NoSession)?;
    let user = context.find_user(tenant, &session.username).await?;
    let user = user.filter(|user| user.id == session.user_id).ok_or(Error::NoSession)?;
    if let Some(touched) = session.touched(now, context.config.sessions) {
        context.app.db().write(move |tx| store::touch_session(tx, &digest, &touched)).await?;
    }
    Ok(Secret(Token { token: context.token(tenant, &user).await? }))
}

/// Gives a token for a visitor who has not signed in: a new nobody each time.
#[utoipa::path(post, path = "/{tenant}/api/session-auth", tag = "auth",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")),
    responses((status = 200, description = "a token", body = Token), (status = 404, description = "no such tenant")))]
pub async fn anonymous(State(context): State<Context>, tenant: Tenant, headers: HeaderMap) -> Response {
    let id = UserId(context.app.rng().uuid());
    let nobody = User { id, username: format!("anonymous-{id}"), roles: vec!["ROLE_USER".to_owned()] };
    let token: ApiResult<_> = context.token(tenant.id, &nobody).await.map(|token| Secret(Token { token })).map_err(Into::into);
    (cors::headers(&tenant, &headers), token).into_response()
}

/// Tells a browser which pages may ask.
#[utoipa::path(options, path = "/{tenant}/api/session-auth", tag = "auth",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")),
    responses((status = 204, description = "what is allowed"), (status = 404, description = "no such tenant")))]
pub async fn preflight(tenant: Tenant, headers: HeaderMap) -> Response {
    let allow = [(ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"))];
    (StatusCode::NO_CONTENT, allow, cors::preflight(&tenant, &headers)).into_response()
}

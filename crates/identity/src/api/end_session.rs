//! `DELETE session`: signs somebody out.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiResult, Query, Tenant};

use super::Secret;
use crate::context::Context;
use crate::{oauth, session, store};

/// From where somebody signs out.
#[derive(Deserialize)]
pub struct End {
    #[serde(default)]
    host: Option<String>,
}

/// What is left to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// Where the browser goes to sign out of the login provider too, which sends it back to the tenant's pages.
    logout_url: String,
}

/// Ends the session whose cookie comes with the request. One that has ended already is no error.
#[utoipa::path(delete, path = "/{tenant}/api/session", tag = "session",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`"),
        ("host" = Option<String>, Query, description = "the host of the page, where it is one of the tenant's own"),
        ("sportello_session" = Option<String>, Cookie, description = "the session")),
    responses((status = 200, description = "there is none any more here; at the login provider, where it began, there is", body = Ended),
        (status = 204, description = "there is no such session any more"), (status = 404, description = "no such tenant")))]
pub async fn end(
    State(context): State<Context>,
    tenant: Tenant,
    Query(End { host }): Query<End>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let Some(shown) = session::shown(&headers) else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let (tenant_id, digest) = (tenant.id, shown.digest());
    let ended = context.app.db().write(move |tx| {
        let session = store::find_session(tx, tenant_id, &digest)?;
        store::delete_session(tx, tenant_id, &digest)?;
        Ok::<_, storage::Error>(session)
    });
    let elsewhere = ended.await?.is_some_and(|session| session.elsewhere);
    // Whoever wants to leave leaves, from wherever.
    let home = oauth::pages(&tenant, host.as_deref()).unwrap_or_else(|_| tenant.base_url.clone());
    let logout = context.config.login.as_ref().filter(|_| elsewhere).and_then(|provider| provider.logout_url(&home));
    Ok(match logout {
        Some(url) => Secret(Ended { logout_url: url.into() }).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

//! `DELETE session`: signs somebody out.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use web::{ApiResult, Tenant};

use crate::context::Context;
use crate::session::SessionId;
use crate::store;

/// Ends the session whose cookie comes with the request. One that has ended already is no error.
#[utoipa::path(delete, path = "/{tenant}/api/session", tag = "session",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`"),
        ("sportello_session" = Option<String>, Cookie, description = "the session")),
    responses((status = 204, description = "there is no such session any more"), (status = 404, description = "no such tenant")))]
pub async fn end(State(context): State<Context>, tenant: Tenant, headers: HeaderMap) -> ApiResult<StatusCode> {
    if let Some(session) = SessionId::of(&headers) {
        let tenant_id = tenant.id;
        context.app.db().write(move |tx| store::delete_session(tx, tenant_id, &session.digest())).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

//! `POST auth`: user name and password for a token (developers' documentation, "API ReST").

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, ClientAddress, Json, Tenant};

use super::{Secret, Token};
use crate::context::Context;
use crate::sign_in::{self, Attempt};

/// User name and password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// User name; of a citizen the fiscal code. Large and small letters are the same.
    #[schema(max_length = 180)]
    username: String,
    /// Password.
    #[schema(max_length = 1024)]
    password: String,
}

/// Gives a token for user name and password.
#[utoipa::path(post, path = "/{tenant}/api/auth", tag = "auth",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")), request_body = Credentials,
    responses((status = 200, description = "a token", body = Token),
        (status = 401, description = "user name and password do not belong together; members `code` and `message` as documented"),
        (status = 404, description = "no such tenant"),
        (status = 429, description = "too many attempts have failed; `Retry-After` says when to try again")))]
pub async fn auth(
    State(context): State<Context>,
    tenant: Tenant,
    ClientAddress(address): ClientAddress,
    Json(Credentials { username, password }): Json<Credentials>,
) -> ApiResult<Secret<Token>> {
    let user = sign_in::by_password(&context, Attempt { tenant_id: tenant.id, address, username, password }).await?;
    Ok(Secret(Token { token: context.token(tenant.id, &user).await? }))
}

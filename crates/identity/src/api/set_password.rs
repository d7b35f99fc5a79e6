//! `PUT users/{id}/password`: sets the password by which a user signs in.

use axum::extract::State;
use http::StatusCode;
use kernel::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, ClientAddress, Json, Kind, Path, Tenant};

use crate::context::Context;
use crate::errors::Error;
use crate::password::weakness;
use crate::sign_in::{self, Attempt};
use crate::store;

/// A password to be.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    /// The name by which the user signs in.
    #[schema(max_length = 180)]
    username: String,
    /// The new password.
    #[schema(min_length = 8, max_length = 1024)]
    password: String,
    /// The password in use; whoever changes their own must know it.
    #[serde(default)]
    #[schema(max_length = 1024)]
    current_password: Option<String>,
}

/// Sets the password by which a user signs in, and ends the user's sessions.
///
/// For administrators of the tenant, and for everybody's own: then with the password in use.
#[utoipa::path(put, path = "/{tenant}/api/users/{id}/password", tag = "users",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`"),
        ("id" = kernel::Uuid, Path, description = "the user")), request_body = NewPassword,
    responses((status = 204, description = "set"), (status = 401, description = "no valid token"),
        (status = 403, description = "somebody else's password, or the password in use is wrong"),
        (status = 404, description = "no such tenant, or the token is of another"),
        (status = 409, description = "another user signs in with that name"),
        (status = 422, description = "a password that may not be chosen"),
        (status = 429, description = "too many attempts have failed; `Retry-After` says when to try again")))]
pub async fn set(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    path: Path<(String, UserId)>,
    Json(body): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    let (tenant_id, Path((_, user_id))) = (tenant.id, path);
    let NewPassword { username, password, current_password } = body;
    let folded = sign_in::fold(&username).ok_or(Error::WrongUsername)?;
    match &caller.principal {
        Some(own) if own.user_id == user_id => {
            if sign_in::fold(&own.username).is_none_or(|own| own != folded) {
                return Err(Error::WrongUsername.into());
            }
            let password = current_password.ok_or(Error::WrongCurrentPassword)?;
            match sign_in::check(&context, Attempt { tenant_id, address, username, password }).await {
                Ok(found) if found == user_id => {}
                Ok(_) | Err(Error::BadCredentials) => return Err(Error::WrongCurrentPassword.into()),
                Err(error) => return Err(error.into()),
            }
        }
        _ if !matches!(caller.kind, Kind::Admin | Kind::Service) => return Err(Error::NotOwnPassword.into()),
        _ => {}
    }
    // The platform itself sets the well-known passwords of the demonstration.
    if caller.kind != Kind::Service {
        weakness(&folded, &password).map_or(Ok(()), |reason| Err(Error::WeakPassword(reason)))?;
    }
    let hash = context.passwords.turn().await?.hash(password).await?;
    let now = context.app.clock().now();
    let stored = context.app.db().write(move |tx| {
        store::put_credential(tx, tenant_id, user_id, &folded, &hash, now)?;
        store::delete_sessions_of(tx, tenant_id, user_id)
    });
    match stored.await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(storage::Error::Unique(_)) => Err(Error::UsernameTaken.into()),
        Err(error) => Err(error.into()),
    }
}

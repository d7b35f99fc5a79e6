//! `POST session/oauth`: begins a sign-in at the login provider (developers' documentation, "SSO mediante oAuth2").

use axum::extract::State;
use http::StatusCode;
use kernel::RomeTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiResult, ClientAddress, Json, Tenant};

use super::Secret;
use crate::context::Context;
use crate::errors::Error;
use crate::oauth::{self, Begun};
use crate::opaque::Opaque;
use crate::sign_in::whole_seconds;
use crate::store;
use crate::throttle::{BEGUN, begun_bucket};

/// Where somebody begins, and wants to be afterwards.
#[derive(Deserialize, ToSchema)]
pub struct Begin {
    /// Path to come back to; `/` unless told.
    #[serde(default)]
    #[schema(max_length = 1024)]
    return_to: Option<String>,
    /// The host of the page, where it is one of the tenant's own and its pages are at `/lang`.
    #[serde(default)]
    #[schema(max_length = 253)]
    host: Option<String>,
}

/// A sign-in that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Elsewhere {
    /// Where to send the browser.
    url: String,
    /// What the browser keeps meanwhile, out of reach of scripts and of other sites: with it alone the sign-in goes on.
    secret: String,
    /// When it is too late to come back.
    #[schema(value_type = String, format = DateTime)]
    expires_at: RomeTime,
}

/// Begins a sign-in at the login provider, which sends the browser back to `<tenant>/auth/login-oauth` with a code and a state.
/// These and the secret go to `POST session`, once.
#[utoipa::path(post, path = "/{tenant}/api/session/oauth", tag = "session",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")), request_body = Begin,
    responses((status = 201, description = "begun", body = Elsewhere), (status = 404, description = "no such tenant"),
        (status = 422, description = "this installation has no login provider, or a field is wrong"),
        (status = 429, description = "too many begin from this address; `Retry-After` says when to try again")))]
pub async fn begin(
    State(context): State<Context>,
    tenant: Tenant,
    ClientAddress(address): ClientAddress,
    Json(Begin { return_to, host }): Json<Begin>,
) -> ApiResult<(StatusCode, Secret<Elsewhere>)> {
    let provider = context.login()?;
    let return_to = return_to.unwrap_or_else(|| "/".to_owned());
    if !oauth::is_own_path(&return_to) {
        return Err(Error::WrongReturn.into());
    }
    let redirect_uri = format!("{}/auth/login-oauth", oauth::pages(&tenant, host.as_deref())?);
    let (state, secret) = (Opaque::draw(context.app.rng()), Opaque::draw(context.app.rng()));
    let shown = state.reveal();
    let url = provider.authorize_url(&redirect_uri, &shown, oauth::verifier(&context.app, &shown))?;
    let now = context.app.clock().now();
    let expires_at = now.plus(oauth::PATIENCE);
    let begun = Begun { tenant_id: tenant.id, secret: secret.digest(), redirect_uri, return_to, expires_at };
    let (digest, bucket) = (state.digest(), address.map(|address| begun_bucket(context.app.secret(), address)));
    let written = context.app.db().write(move |tx| {
        if let Some(bucket) = bucket {
            if let Some(wait) = BEGUN.wait(store::find_bucket(tx, &bucket)?, now) {
                return Err(Error::Throttled(whole_seconds(wait)));
            }
            store::change_bucket(tx, &bucket, now, |empty_at| BEGUN.fail(Some(empty_at), now))?;
        }
        Ok(store::insert_begun(tx, &digest, &begun)?)
    });
    written.await?;
    Ok((StatusCode::CREATED, Secret(Elsewhere { url: url.into(), secret: secret.reveal(), expires_at })))
}

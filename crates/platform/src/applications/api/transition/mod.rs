//! `POST /applications/{id}/transition/*`: one file for each thing that can be done.

mod assign;
mod decide;
mod integration;
mod register;
mod reopen;
mod submit;
mod withdraw;

use axum::extract::DefaultBodyLimit;
use http::StatusCode;
use kernel::ApplicationId;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Tenant};

use crate::applications::access::Actor;
use crate::applications::change::{self, Step};
use crate::context::Context;
use crate::errors::Error;
use crate::uploads::INLINE_LIMIT;

/// The transitions.
pub fn routes() -> OpenApiRouter<Context> {
    let with_files = OpenApiRouter::new()
        .routes(routes!(decide::accept))
        .routes(routes!(decide::reject))
        .routes(routes!(integration::request))
        .routes(routes!(integration::accept))
        .layer(DefaultBodyLimit::max(INLINE_LIMIT));
    OpenApiRouter::new()
        .merge(with_files)
        .routes(routes!(submit::handle))
        .routes(routes!(register::application))
        .routes(routes!(register::outcome))
        .routes(routes!(assign::handle))
        .routes(routes!(integration::register_request))
        .routes(routes!(integration::cancel))
        .routes(routes!(integration::register_answer))
        .routes(routes!(withdraw::withdraw))
        .routes(routes!(withdraw::revoke))
        .routes(routes!(reopen::handle))
}

/// Changes the application and answers 204, as every transition does.
async fn done<F>(context: &Context, tenant: &Tenant, caller: &Caller, id: ApplicationId, body: F) -> ApiResult<StatusCode>
where
    F: FnOnce(&mut Step<'_, '_>, &Actor) -> Result<(), Error> + Send + 'static,
{
    change::change(context, tenant, caller, id, body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A body that may be empty: then it is `T::default()`.
pub struct Optional<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> axum::extract::FromRequest<S> for Optional<T> {
    type Rejection = web::ApiError;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Self::Rejection> {
        let empty = request.headers().get(http::header::CONTENT_LENGTH).is_none_or(|length| length == "0")
            && !request.headers().contains_key(http::header::TRANSFER_ENCODING);
        if empty {
            return Ok(Self(T::default()));
        }
        web::Json::<T>::from_request(request, state).await.map(|web::Json(body)| Self(body))
    }
}

/// Lets pass those who have the application in charge, and those above them.
///
/// # Errors
/// [`Error::Forbidden`] for other operators and the applicant.
fn require_in_charge(step: &mut Step<'_, '_>, actor: &Actor) -> Result<(), Error> {
    let application = step.application();
    match actor {
        Actor::Service | Actor::Admin(_) => Ok(()),
        Actor::Operator(user) if application.operator_id == Some(user.id) || user.system_user => Ok(()),
        Actor::Operator(_) => {
            Err(Error::Forbidden("Solo l'operatore che ha preso in carico la pratica può farlo: prenderla in carico prima."))
        }
        Actor::Applicant(_) => Err(Error::Forbidden("L'operazione è riservata agli operatori dell'ente.")),
    }
}

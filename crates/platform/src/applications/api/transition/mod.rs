//! `POST /applications/{id}/transition/*`: one file for each thing that can be done.

mod assign;
mod decide;
mod integration;
mod register;
mod reopen;
mod submit;
mod withdraw;

use axum::body::HttpBody as _;
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
        // Asked of the body itself: what a role of the same process sends has no header with its length.
        if request.body().is_end_stream() {
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
        Actor::Applicant(_) | Actor::Relative(_) => Err(Error::Forbidden("L'operazione è riservata agli operatori dell'ente.")),
    }
}

/// A registration number that was given, without the blanks around it.
///
/// # Errors
/// [`Error::Invalid`] when it is blank.
pub(in crate::applications) fn number(field: &str, number: &str) -> Result<String, Error> {
    match number.trim() {
        "" => Err(Error::field(field, "required", "Indicare il numero di protocollo.")),
        number => Ok(number.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::{FromRequest as _, Request};
    use serde_json::{Value, json};

    use super::Optional;

    async fn read(body: Body) -> Value {
        let request = Request::post("/").header("content-type", "application/json").body(body).unwrap();
        Optional::<Value>::from_request(request, &()).await.map(|Optional(value)| value).unwrap_or_else(|_| json!("refused"))
    }

    #[tokio::test]
    async fn only_a_body_that_is_empty_is_left_out() {
        assert_eq!(read(Body::empty()).await, Value::Null);
        assert_eq!(read(Body::from("{\"message\": \"ecco\"}")).await, json!({ "message": "ecco" }));
        assert_eq!(read(Body::from("{")).await, json!("refused"));
    }
}

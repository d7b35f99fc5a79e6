//! Answers and refusals.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Uuid;
use serde::Serialize;
use utoipa::ToSchema;
use web::Json;

use super::super::problem::InteropProblem;
use crate::errors::{Error, Refusal, Service};
use crate::operability::Obstacle;
use crate::store::lists::{Listed, Page};

/// Why a request is not done. [`super::gate`] turns it into the problem that is answered, which names the request.
#[derive(Clone, Debug)]
pub struct Refused(pub Error);

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The problem that answers a refusal or a failure of `service`.
pub fn refuse(error: &Error, service: Service, request: Uuid) -> Response {
    match error {
        Error::Refused(Refusal { fault, told }) => {
            let (code, status, title, advice) = fault.row();
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let detail = told.clone().unwrap_or_else(|| advice.to_owned());
            InteropProblem::new(status, title, Some(detail), &code, advice, request).answer(None)
        }
        Error::Storage(error) if error.is_temporary() => {
            let title = "Servizio momentaneamente non disponibile";
            failed(StatusCode::SERVICE_UNAVAILABLE, title, service, request, error.to_string())
        }
        error => failed(StatusCode::INTERNAL_SERVER_ERROR, "Errore interno", service, request, error.to_string()),
    }
}

fn failed(status: StatusCode, title: &str, service: Service, request: Uuid, source: String) -> Response {
    let code = format!("{}-9991", service.prefix());
    InteropProblem::new(status, title, None, &code, "La richiesta non è stata eseguita.", request).answer(Some(source))
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results<T> {
    /// What is on the page.
    pub results: Vec<T>,
    /// Where the page lies.
    pub pagination: Pagination,
}

/// Where a page lies.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// First, from 0.
    offset: u32,
    /// How many at most.
    limit: u32,
    /// How many there are in all.
    total_count: u64,
}

impl<T> Results<T> {
    /// A page of a list that the database has cut.
    pub fn of<S>((found, total): Listed<S>, page: Page, show: impl FnMut(S) -> T) -> Json<Self> {
        let pagination = Pagination { offset: page.offset, limit: page.limit, total_count: total };
        Json(Self { results: found.into_iter().map(show).collect(), pagination })
    }

    /// A page of what is at hand.
    pub fn cut<S>(all: Vec<S>, page: Page, show: impl FnMut(S) -> T) -> Json<Self> {
        Self::of(page.cut(all), page, show)
    }
}

/// Whether a purpose can reach its e-service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Operability {
    /// Whether it can.
    operable: bool,
    /// What stands in the way: `eservice`, `agreement`, `purpose`, `client`.
    #[schema(value_type = Vec<String>)]
    obstacles: Vec<Obstacle>,
}

impl From<Vec<Obstacle>> for Operability {
    fn from(obstacles: Vec<Obstacle>) -> Self {
        Self { operable: obstacles.is_empty(), obstacles }
    }
}

/// What was created.
pub fn created<T: Serialize>(body: T) -> (StatusCode, Json<T>) {
    (StatusCode::CREATED, Json(body))
}

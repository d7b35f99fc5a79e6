//! Bodies, queries and paths; what does not fit is refused in the shape of the public API.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::{Deserialize, de};
use utoipa::IntoParams;

use super::{Asker, Refused};
use crate::errors::{Fault, Refusal, Service};
use crate::store::lists::Page;

/// What of a request does not fit its schema.
fn malformed(service: Service, told: impl Into<String>) -> Refused {
    Refused(Fault::Malformed(service).told(told).into())
}

fn service_of(parts: &Parts) -> Service {
    parts.extensions.get::<Asker>().map_or(Service::Gateway, |asker| asker.service)
}

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let service = service_of(&parts);
        let read = web::Json::<T>::from_request(Request::from_parts(parts, body), state).await;
        read.map(|web::Json(body)| Self(body)).map_err(|error| malformed(service, error.problem.line()))
    }
}

/// The query string.
#[derive(Clone, Debug)]
pub struct Ask<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Ask<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let query = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default());
        query.map(Self).map_err(|error| malformed(service_of(parts), error.to_string()))
    }
}

/// The variable segments of the path.
#[derive(Clone, Debug)]
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(at)| Self(at)).map_err(|error| malformed(service_of(parts), error.body_text()))
    }
}

/// Values with commas between them.
#[derive(Clone, Debug)]
pub struct Csv<T>(pub Vec<T>);

impl<T> Default for Csv<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Csv<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let read = |item: &str| T::deserialize(de::value::StrDeserializer::<D::Error>::new(item));
        items.map(read).collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Most elements on a page.
const MOST: u32 = 50;

/// The page that a query asks for.
///
/// # Errors
/// [`Fault::Malformed`] when it is larger than a page may be.
pub fn page_of(asker: &Asker, offset: u32, limit: u32) -> Result<Page, Refusal> {
    if !(1..=MOST).contains(&limit) || offset > i32::MAX.unsigned_abs() {
        return Err(Fault::Malformed(asker.service).told(format!("limit: da 1 a {MOST}; offset: da 0")));
    }
    Ok(Page { offset, limit })
}

impl Paging {
    /// The page.
    ///
    /// # Errors
    /// As [`page_of`].
    pub fn page(self, asker: &Asker) -> Result<Page, Refusal> {
        page_of(asker, self.offset, self.limit)
    }
}

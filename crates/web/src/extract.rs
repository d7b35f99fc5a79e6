//! Bodies, queries and paths, with problems that say which field is wrong.

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use kernel::{FieldError, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{ApiError, misread};

/// A JSON body, in and out. In: the type must be `application/json` (or `+json`), the size within the route's limit; what cannot be
/// read is a 400, what does not fit the fields a 422 that names the field.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(Problem::new(415, "unsupported-media-type", "Tipo di contenuto non accettato")
                .detail("Inviare un corpo JSON con l'intestazione Content-Type: application/json.")
                .into());
        }
        let body = Bytes::from_request(request, state).await.map_err(|error| body_error(&error))?;
        read_json(&body).map(Self)
    }
}

/// Whether a text of the JSON has the null character, which PostgreSQL keeps in no text. As it is it is no JSON; here it is looked for as
/// an escape.
fn has_null_character(body: &[u8]) -> bool {
    let escape = br"\u0000";
    body.contains(&b'\\')
        && body.windows(escape.len()).enumerate().any(|(place, bytes)| {
            // A backslash that is itself escaped begins nothing.
            bytes == escape && body[..place].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
        })
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn body_error(error: &BytesRejection) -> ApiError {
    match error {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::new(413, "body-too-large", "Corpo della richiesta troppo grande")
                .detail("Ridurre il contenuto; i file si caricano a parte, come allegati.")
                .into()
        }
        _ => Problem::new(400, "body-incomplete", "Corpo della richiesta incompleto")
            .detail("La richiesta si è interrotta: inviarla di nuovo.")
            .into(),
    }
}

/// Reads a JSON text that somebody sent, as the body of a request or in a file.
///
/// # Errors
/// 400 for what is no JSON or has the null character, 422 for what does not fit the fields: the sentences are for whoever wrote it.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if has_null_character(body) {
        return Err(Problem::new(400, "broken-json", "JSON non valido")
            .detail("Un testo contiene il carattere nullo (\\u0000), che nessun dato può avere: toglierlo.")
            .into());
    }
    kernel::read_json_of_caller(body).map_err(|misread| {
        if !misread.error.is_data() {
            return broken(&misread.error).into();
        }
        Problem::new(422, "invalid-fields", "Campi non validi")
            .detail("Correggere i campi indicati e inviare di nuovo.")
            .errors(vec![FieldError::new(
                misread.pointer(),
                if misread.is_missing() { "required" } else { "type" },
                misread::value(&misread.error),
            )])
            .into()
    })
}

fn broken(error: &serde_json::Error) -> Problem {
    let (line, column, what) = (error.line(), error.column(), misread::form(error));
    let place = format!("Il JSON non è leggibile alla riga {line}, colonna {column}: {what}.");
    Problem::new(400, "broken-json", "JSON non valido").detail(place)
}

/// The query string. What does not read is a 400.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query).map(Self).map_err(|error| {
            Problem::new(400, "bad-query", "Parametri della richiesta non validi")
                .detail(format!("Controllare i parametri dopo il punto interrogativo. {}", misread::value(&error)))
                .into()
        })
    }
}

/// The variable segments of the path. What does not read (an identifier that is none) does not exist: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|_| ApiError::not_found())
    }
}

/// The path segment `{id}`. What does not read does not exist: 404.
#[derive(Clone, Copy, Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: std::str::FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
        let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok());
        id.map(Self).ok_or_else(ApiError::not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[allow(dead_code)]
        items: Vec<Item>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Item {
        #[allow(dead_code)]
        amount: kernel::Money,
    }

    #[test]
    fn the_wrong_field_is_named_by_a_pointer() {
        let error = read_json::<Body>(br#"{"items":[{"amount":1},{"amount":"x"}]}"#).unwrap_err().problem;
        assert_eq!((error.status, error.errors[0].field.as_str()), (422, "/items/1/amount"));
    }

    #[test]
    fn the_null_character_is_found_where_it_is_one() {
        for (body, found) in [
            (&br#"{"a":"x\u0000"}"#[..], true),
            (br#""\\u0000""#, false),
            (br#""\\\u0000""#, true),
            (br#""\u00001""#, true),
            (br#""u0000""#, false),
        ] {
            assert_eq!(has_null_character(body), found, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn broken_json_says_where() {
        let error = read_json::<Body>(b"{\"items\":[}").unwrap_err().problem;
        assert_eq!(error.status, 400);
        assert!(error.detail.unwrap().contains("riga 1, colonna 11"));
        assert_eq!(read_json::<Body>(b"{\"items\":[]} x").unwrap_err().problem.status, 400);
        assert_eq!(read_json::<Body>(b"{\"items\":[],\"other\":1}").unwrap_err().problem.status, 422);
    }
}

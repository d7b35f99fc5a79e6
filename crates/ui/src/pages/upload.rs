//! `/upload`: files of a form, in the three steps that form components expect: ask for a place, put the bytes there, say that they
//! are there (core's front-end routes).

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::clients::ClientError;
use crate::errors::PageError;
use crate::posted::PostedJson;

/// `POST /upload`: a place for a file; 201 with `{id, uri}`.
pub async fn begin(PostedJson { visit, body }: PostedJson) -> Result<Response, PageError> {
    let mut slot = match visit.platform().begin_upload(&body).await {
        Ok(slot) => slot,
        Err(error) => return refused(error),
    };
    // The place is on our own host, whose name the browser may know differently: a path is right under every name.
    if let Some(path) = slot.uri.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()))
        && path.starts_with(&format!("/{}/api/", visit.tenant.slug))
    {
        slot.uri = path;
    }
    Ok((StatusCode::CREATED, Json(slot)).into_response())
}

/// `PUT /upload/{id}`: the bytes are there.
pub async fn finish(
    Path((_, _, id)): Path<(String, String, String)>,
    PostedJson { visit, body }: PostedJson,
) -> Result<Response, PageError> {
    match visit.platform().finish_upload(&id, &body).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => refused(error),
    }
}

/// What is wrong with a file, for the script to say.
fn refused(error: ClientError) -> Result<Response, PageError> {
    match error {
        ClientError::Refused(problem) if matches!(problem.status, 400 | 409 | 422) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response())
        }
        error => Err(error.into()),
    }
}

//! `/errors/<code>`: the page that the `type` of a problem names (RFC 9457, section 3.1.1), as the repository has it.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};

use crate::{ApiError, Path};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

/// The pages of every kind of problem. Each process has them all: a problem may come from another one.
pub(crate) fn routes() -> Router {
    Router::new().route("/errors/{code}", get(show))
}

async fn show(Path(code): Path<String>) -> Result<Response, ApiError> {
    let page = PAGES.get_file(format!("{code}.md")).and_then(|file| file.contents_utf8()).ok_or_else(ApiError::not_found)?;
    // Plain text: Markdown is made to be read as it is.
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, page).into_response())
}

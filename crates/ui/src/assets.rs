//! Style sheets, scripts, fonts and icons, embedded in the binary in their compressed form.

use std::io::Read as _;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, StatusCode};
use include_dir::{Dir, include_dir};

static DIST: Dir = include_dir!("$CARGO_MANIFEST_DIR/dist");

/// Digest of all assets: part of their addresses, so that they can be kept forever.
const HASH: &str = env!("SPORTELLO_ASSETS_HASH");

/// The address of an asset.
pub fn address(name: &str) -> String {
    format!("/assets/{HASH}/{name}")
}

/// `GET /assets/{hash}/{name}`: an asset. The file does not change under its address, so browsers keep it for a year; under the
/// address of another version (a page loaded before an upgrade) the present file is better than none, but is not kept.
pub async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let cache = if hash == HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let answer = [(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)];
    if let Some(file) = DIST.get_file(&name) {
        return (answer, file.contents()).into_response();
    }
    let Some(file) = DIST.get_file(format!("{name}.gz")) else { return StatusCode::NOT_FOUND.into_response() };
    let takes_gzip =
        headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"));
    if takes_gzip {
        return (answer, [(CONTENT_ENCODING, "gzip"), (VARY, "accept-encoding")], file.contents()).into_response();
    }
    let mut plain = Vec::new();
    match flate2::read::GzDecoder::new(file.contents()).read_to_end(&mut plain) {
        Ok(_) => (answer, [(VARY, "accept-encoding")], plain).into_response(),
        Err(error) => {
            tracing::error!(%error, name, "an embedded asset cannot be unpacked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `GET /assets/licenses`: the licences of what others made.
pub async fn licenses(headers: HeaderMap) -> Response {
    serve(Path((String::new(), "licenses.txt".into())), headers).await
}

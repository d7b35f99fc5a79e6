//! `/logout`: ends the session. A link from elsewhere asks first; our own button does it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::session::{SESSION_COOKIE, cookie, set_cookie};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "logout.html")]
struct Logout {
    f: Frame,
}

/// Asks; whoever is not signed in goes to the front page.
pub async fn show(visit: Visit) -> Response {
    if visit.viewer.is_none() {
        return Redirect::to(&format!("{}/", visit.root())).into_response();
    }
    respond::page(&visit, Logout { f: visit.frame() })
}

/// Ends the session here and at the identity role.
pub async fn sign_out(headers: HeaderMap, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    if let Some(session) = cookie(&headers, SESSION_COOKIE) {
        visit.ui.sessions().forget(&visit.tenant.slug, session);
        visit.identity().sign_out(session).await?;
    }
    let mut response = Redirect::to(&format!("{}/", visit.root())).into_response();
    response.headers_mut().append(SET_COOKIE, set_cookie(SESSION_COOKIE, "", &visit.tenant, Some(0)));
    Ok(response)
}

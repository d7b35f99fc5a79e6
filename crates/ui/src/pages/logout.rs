//! `/logout`: ends the session. A link from elsewhere asks first; our own button does it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::{HeaderValue, REFRESH, SET_COOKIE};

use super::oauth;
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

/// Says that one is signed out here, and goes on to the login provider.
#[derive(Template)]
#[template(path = "logged_out.html")]
struct LoggedOut {
    f: Frame,
    url: String,
}

/// Asks; whoever is not signed in goes to the front page.
pub async fn show(visit: Visit) -> Response {
    if visit.viewer.is_none() {
        return Redirect::to(&format!("{}/", visit.root())).into_response();
    }
    respond::page(&visit, Logout { f: visit.frame() })
}

/// Ends the session here and at the identity role, and leads to where the login provider ends its own: on a shared computer it
/// would let the next person in. By a page, because the policy of every page that has the button keeps forms from leading to
/// others.
pub async fn sign_out(headers: HeaderMap, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let mut elsewhere = None;
    if let Some(session) = cookie(&headers, SESSION_COOKIE) {
        visit.ui.sessions().forget(&visit.tenant.slug, session);
        elsewhere = visit.identity().sign_out(session, oauth::own_host(visit, &headers)).await?.filter(|url| oauth::is_web(url));
    }
    let mut response = match elsewhere {
        Some(url) => {
            let next = HeaderValue::from_str(&format!("0; url={url}"));
            let f = Frame { viewer: None, here: "/".to_owned(), ..visit.frame() };
            let mut response = respond::page(visit, LoggedOut { f, url });
            if let Ok(next) = next {
                response.headers_mut().insert(REFRESH, next);
            }
            response
        }
        None => Redirect::to(&format!("{}/", visit.root())).into_response(),
    };
    response.headers_mut().append(SET_COOKIE, set_cookie(SESSION_COOKIE, "", &visit.tenant, Some(0)));
    Ok(response)
}

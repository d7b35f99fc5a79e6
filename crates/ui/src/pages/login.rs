//! `/login`: every way to sign in that the tenant offers.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;

use crate::clients::{Citizen, ClientError, Session};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::session::{ANONYMOUS_COOKIE, SESSION_COOKIE, set_cookie};
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    #[serde(rename = "return-url")]
    return_url: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    f: Frame,
    errors: Vec<Invalid>,
    return_url: String,
    elsewhere: bool,
    citizens: Vec<Citizen>,
    password: bool,
    username: String,
}

/// Shows the ways; whoever is signed in goes on.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let return_url = visit.safe_return(&arrival.return_url);
    if visit.viewer.is_some() {
        return Ok(Redirect::to(&return_url).into_response());
    }
    page(&visit, return_url, Vec::new(), "").await
}

async fn page(visit: &Visit, return_url: String, errors: Vec<Invalid>, username: &str) -> Result<Response, PageError> {
    let providers = visit.identity().providers().await?;
    let f = visit.frame();
    let elsewhere = providers.iter().any(|provider| provider.kind == "redirect");
    let password = providers.iter().any(|provider| provider.kind == "password");
    let citizens = providers.into_iter().flat_map(|provider| provider.citizens).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Login { f, errors, return_url, elsewhere, citizens, password, username: username.to_owned() };
    let response = respond::page_with_status(visit, status, page);
    Ok(if elsewhere { respond::with_login_policy(response, visit.tenant.secure) } else { response })
}

/// Sends whoever has just signed in to `return_url`, with the cookie of the session.
pub(super) fn welcome(visit: &Visit, session: &Session, return_url: &str) -> Response {
    let mut response = Redirect::to(return_url).into_response();
    let headers = response.headers_mut();
    headers.append(SET_COOKIE, set_cookie(SESSION_COOKIE, &session.session, &visit.tenant, None));
    headers.append(SET_COOKIE, set_cookie(ANONYMOUS_COOKIE, "", &visit.tenant, Some(0)));
    response
}

/// Signs in by one of the forms.
pub async fn sign_in(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let return_url = visit.safe_return(posted.text("return-url"));
    let (citizen, username) = (posted.text("citizen"), posted.text("username"));
    let session = if citizen.is_empty() {
        visit.identity().sign_in_with_password(visit.client, username, posted.secret("password")).await
    } else {
        visit.identity().sign_in_demo(citizen).await
    };
    let session = match session {
        Ok(session) => session,
        Err(ClientError::Refused(problem)) => {
            let t = visit.locale.messages();
            let text = if problem.status == 429 { t.login_too_many } else { t.login_wrong };
            return page(visit, return_url, vec![Invalid::new("username", text)], username).await;
        }
        Err(error) => return Err(error.into()),
    };
    Ok(welcome(visit, &session, &return_url))
}

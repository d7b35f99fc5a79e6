//! `/auth/login-oauth`: citizens who come back from the body's login provider (developers' documentation, "SSO mediante oAuth2"),
//! and the step before it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{HOST, SET_COOKIE};
use http::{HeaderMap, StatusCode, Uri};

use super::login;
use crate::clients::ClientError;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::{Locale, Messages};
use crate::posted::Posted;
use crate::respond;
use crate::session::{LOGIN_COOKIE, cookie, set_cookie};
use crate::visit::Visit;

/// How long the browser keeps the secret: as long as the sign-in may take.
const KEEPS_S: i64 = 600;
/// Longest address to come back to that the identity role keeps.
const LONGEST_RETURN: usize = 1024;
/// The first path segment where the host name alone names the body.
const BY_HOST: &str = "lang";

/// Why nobody is signed in.
enum Failed {
    /// The citizen turned back.
    Cancelled,
    /// The provider did not vouch for anybody.
    Refused,
    /// The sign-in is too old, or of another browser, or done.
    Lapsed,
    /// The provider did not say who it is.
    Incomplete,
    /// The provider or the identity role failed; why, for the log.
    Unavailable(String),
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(problem) => match problem.code() {
                "sign-in-lapsed" => Self::Lapsed,
                "incomplete-identity" => Self::Incomplete,
                _ => Self::Refused,
            },
            ClientError::Failed(cause) => Self::Unavailable(cause),
        }
    }
}

impl Failed {
    fn words(&self, t: &'static Messages) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Cancelled => (StatusCode::OK, t.login_cancelled_title, t.login_cancelled_text),
            Self::Refused => (StatusCode::FORBIDDEN, t.login_refused_title, t.login_refused_text),
            Self::Lapsed => (StatusCode::FORBIDDEN, t.login_lapsed_title, t.login_lapsed_text),
            Self::Incomplete => (StatusCode::UNPROCESSABLE_ENTITY, t.login_incomplete_title, t.login_incomplete_text),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, t.login_unavailable_title, t.login_unavailable_text),
        }
    }
}

#[derive(Template)]
#[template(path = "login_failed.html")]
struct LoginFailed {
    f: Frame,
    title: &'static str,
    text: &'static str,
}

/// The page that says why nobody is signed in and what to do. The sign-in is over.
fn failed(visit: &Visit, failed: Failed) -> Response {
    let (status, title, text) = failed.words(visit.locale.messages());
    // What the address of this page carries is of no use any more: its menus lead to the beginning.
    let f = Frame { here: "/login".to_owned(), ..visit.frame() };
    let mut response = respond::page_with_status(visit, status, LoginFailed { f, title, text });
    if let Failed::Unavailable(cause) = failed {
        response.extensions_mut().insert(web::FailureSource(cause));
    }
    forget(visit, response)
}

fn forget(visit: &Visit, mut response: Response) -> Response {
    response.headers_mut().append(SET_COOKIE, set_cookie(LOGIN_COOKIE, "", &visit.tenant, Some(0)));
    response
}

/// The host of the page, where it alone names the body: the provider sends the browser back to it, because cookies are the
/// host's.
pub(super) fn own_host<'a>(visit: &Visit, headers: &'a HeaderMap) -> Option<&'a str> {
    let host = headers.get(HOST)?.to_str().ok()?.split(':').next()?;
    (visit.tenant.prefix == BY_HOST).then_some(host)
}

/// Whether a browser may be sent to `url`.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Sends the browser to the login provider, with a secret by which it is known again when it comes back.
pub async fn begin(headers: HeaderMap, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let wanted = visit.safe_return(posted.text("return-url"));
    let keepable = wanted.len() <= LONGEST_RETURN && wanted.bytes().all(|byte| byte.is_ascii_graphic());
    let return_to = if keepable { wanted } else { visit.safe_return("") };
    let begun = match visit.identity().begin_oauth(visit.client, &return_to, own_host(visit, &headers)).await {
        Ok(begun) if is_web(&begun.url) => begun,
        Ok(_) => return Ok(failed(visit, Failed::Unavailable("the identity role leads to no address of the web".to_owned()))),
        Err(error) => return Ok(failed(visit, error.into())),
    };
    let secret = format!("{}-{}", visit.locale.code(), begun.secret);
    let mut response = Redirect::to(&begun.url).into_response();
    response.headers_mut().append(SET_COOKIE, set_cookie(LOGIN_COOKIE, &secret, &visit.tenant, Some(KEEPS_S)));
    Ok(response)
}

/// `/{tenant}/auth/login-oauth`, the only address that the provider knows: on to the same in the language in which the sign-in
/// began.
pub async fn to_language(
    tenant: Result<web::Tenant, web::ApiError>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, PageError> {
    let tenant = tenant.map_err(|_| PageError::NotFound)?;
    let began = kept(&headers).and_then(|(language, _)| Locale::parse(language));
    let first = || tenant.locales.iter().find_map(|code| Locale::parse(code));
    let locale = began.or_else(first).unwrap_or(Locale::It);
    let prefix = uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    let query = uri.query().unwrap_or_default();
    Ok(Redirect::to(&format!("/{prefix}/{}/auth/login-oauth?{query}", locale.code())).into_response())
}

/// The language and the secret that the browser keeps.
fn kept(headers: &HeaderMap) -> Option<(&str, &str)> {
    cookie(headers, LOGIN_COOKIE)?.split_once('-')
}

/// Signs in who comes back, and goes on to where the sign-in began.
pub async fn finish(visit: Visit, headers: HeaderMap, uri: Uri) -> Result<Response, PageError> {
    let secret = kept(&headers).map(|(_, secret)| secret);
    if secret.is_none() && visit.viewer.is_some() {
        // The page of somebody who signed in and loads it again.
        return Ok(Redirect::to(&visit.safe_return("")).into_response());
    }
    let told = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let (error, code, state) = (told("error"), told("code"), told("state"));
    let signed_in = match secret {
        _ if error == "access_denied" => Err(Failed::Cancelled),
        _ if !error.is_empty() || code.is_empty() => Err(Failed::Refused),
        None => Err(Failed::Lapsed),
        Some(secret) => visit.identity().sign_in_oauth(&code, &state, secret).await.map_err(Failed::from),
    };
    Ok(match signed_in {
        Ok(session) => {
            let return_url = visit.safe_return(session.return_to.as_deref().unwrap_or_default());
            forget(&visit, login::welcome(&visit, &session, &return_url))
        }
        Err(reason) => failed(&visit, reason),
    })
}

//! Answers: HTML with its headers.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::{HeaderName, StatusCode};

use crate::visit::Visit;

/// What pages may load: our own files, and images inside style sheets. Nothing inline, no frames around us.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The same for the page with the form renderer, which compiles the form's own conditions (`unsafe-eval`) and positions its
/// widgets by inline styles.
const FORM_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The same for the page whose button ends on the page of a payment or login provider: browsers follow where a form is sent
/// on to.
const PAY_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self' https:; \
     frame-ancestors 'none'";

/// The same where this site itself is reached by plain HTTP: on a developer's machine providers are, too.
const PLAIN_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     form-action 'self' http: https:; frame-ancestors 'none'";

/// A rendered template, never kept by caches: pages name people.
pub fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(body) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page for this visit.
pub fn page(visit: &Visit, template: impl Template) -> Response {
    page_with_status(visit, StatusCode::OK, template)
}

/// A page for this visit with a status of its own.
pub fn page_with_status(visit: &Visit, status: StatusCode, template: impl Template) -> Response {
    let mut response = html(status, &template);
    if let Some(cookie) = visit.visitor_cookie() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Lets the form renderer work on this page.
pub fn with_form_policy(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FORM_POLICY));
    response
}

/// Lets a form of this page lead to a payment provider.
pub fn with_pay_policy(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAY_POLICY));
    response
}

/// Lets a form of this page lead to the login provider. `secure` is whether this site is reached by HTTPS.
pub fn with_login_policy(mut response: Response, secure: bool) -> Response {
    let policy = if secure { PAY_POLICY } else { PLAIN_POLICY };
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// The headers that every answer of the pages has.
pub fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}

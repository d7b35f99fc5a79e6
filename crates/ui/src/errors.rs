//! What a page answers when it cannot be shown, and the layer that turns it into a page in the visitor's language.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};

use crate::Ui;
use crate::clients::ClientError;
use crate::frame::Frame;
use crate::i18n::Locale;
use crate::respond;
use crate::visit::Visit;

/// Why a page is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// There is no such page, or the visitor may not know of it.
    NotFound,
    /// The visitor may not see it.
    Forbidden,
    /// The visitor must sign in first, then comes back to this address.
    SignIn {
        /// Path and query.
        return_to: String,
    },
    /// The session in which a form was given is over: the visitor signs in again and comes back to this address.
    Lapsed {
        /// Path and query.
        return_to: String,
    },
    /// The form is not one that we gave to this browser, or is too old.
    StaleForm,
    /// A file or form is larger than we take.
    TooLarge,
    /// The API refused what the visitor asked; its text is for the visitor.
    Refused(String),
    /// Another role failed or is not there; why, for the log.
    Unavailable(String),
}

impl From<ClientError> for PageError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(problem) => match problem.status {
                401 | 403 => Self::Forbidden,
                404 | 405 | 410 => Self::NotFound,
                413 => Self::TooLarge,
                _ => Self::Refused(problem.detail.unwrap_or(problem.title)),
            },
            ClientError::Failed(cause) => Self::Unavailable(cause),
        }
    }
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Lapsed { .. } => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for PageError {
    /// An empty answer that carries the error; [`render`] makes the page.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    f: Frame,
    title: &'static str,
    text: String,
    /// Where to sign in again, if that is what is missing.
    sign_in: Option<String>,
}

/// A page outside of any tenant.
#[derive(Template)]
#[template(path = "bare.html")]
pub struct Bare {
    /// Heading.
    pub title: &'static str,
    /// Explanation.
    pub text: String,
    /// Address and name of the tenants to choose from.
    pub tenants: Vec<(String, String)>,
}

/// The layer around all pages: gives errors their page, and every answer its protective headers.
pub async fn render(State(ui): State<Ui>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        let visit = Visit::of(&ui, &mut parts).await.ok();
        let says = |name, what: &str| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(what))
        };
        let wants_json = says(CONTENT_TYPE, "application/json");
        // Programs that ask for an address that nobody has get an empty answer, which becomes a problem.
        let program = is_api(parts.uri.path()) || (says(ACCEPT, "json") && !says(ACCEPT, "text/html"));
        let source = if let PageError::Unavailable(source) = &error { Some(source.clone()) } else { None };
        response = match visit {
            Some(visit) if wants_json => crate::pages::form::refusal(&visit, &error),
            _ if program => error.status().into_response(),
            Some(visit) => page(&visit, error),
            None if says(ACCEPT, "text/html") => plain(&error),
            None => error.status().into_response(),
        };
        if let Some(source) = source {
            response.extensions_mut().insert(web::FailureSource(source));
        }
    }
    respond::protect(&mut response);
    response
}

/// Whether an address is of an API, below a tenant or not; the pages answer what no role has.
fn is_api(path: &str) -> bool {
    let mut segments = path.trim_start_matches('/').split('/');
    let (first, second) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    second == "api" || ["form-server", "payment-proxy", "registry-proxy", "internal"].contains(&first)
}

/// The error's page within the tenant's frame.
fn page(visit: &Visit, error: PageError) -> Response {
    if let PageError::SignIn { return_to } = &error {
        return Redirect::to(&visit.sign_in_url(return_to)).into_response();
    }
    let (title, text) = words(visit.locale, &error);
    let sign_in = if let PageError::Lapsed { return_to } = &error { Some(visit.sign_in_url(return_to)) } else { None };
    respond::page_with_status(visit, error.status(), ErrorPage { f: visit.frame(), title, text, sign_in })
}

/// Title and explanation for a person.
pub fn words(locale: Locale, error: &PageError) -> (&'static str, String) {
    let t = locale.messages();
    match error {
        PageError::NotFound => (t.error_not_found_title, t.error_not_found_text.into()),
        PageError::Forbidden => (t.error_forbidden_title, t.error_forbidden_text.into()),
        PageError::SignIn { .. } => (t.error_sign_in_title, t.error_sign_in_text.into()),
        PageError::Lapsed { .. } => (t.error_lapsed_title, t.error_lapsed_text.into()),
        PageError::StaleForm => (t.error_stale_title, t.error_stale_text.into()),
        PageError::TooLarge => (t.error_too_large_title, t.error_too_large_text.into()),
        PageError::Refused(text) => (t.error_refused_title, text.clone()),
        PageError::Unavailable(_) => (t.error_unavailable_title, t.error_unavailable_text.into()),
    }
}

/// Without tenant or language there is no frame: a bare page in Italian.
fn plain(error: &PageError) -> Response {
    let (title, text) = words(Locale::It, error);
    respond::html(error.status(), &Bare { title, text, tenants: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_people_by_the_address() {
        for path in ["/comune-di-bugliano/api/nowhere", "/lang/api", "/form-server/a/b", "/payment-proxy/x/y/z"] {
            assert!(is_api(path), "{path}");
        }
        for path in ["/", "/comune-di-bugliano", "/comune-di-bugliano/it/api", "/comune-di-bugliano/it/servizi/x"] {
            assert!(!is_api(path), "{path}");
        }
    }
}

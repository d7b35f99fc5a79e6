//! `/{tenant}/{locale}/`: the front door: search, the services to put first, topics, how it works.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::Uri;

use crate::clients::{Service, ServiceQuery};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Locale;
use crate::respond;
use crate::views::service::{ServiceCard, Topic, topics};
use crate::visit::Visit;

/// Cards on the front page.
const FEATURED: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    f: Frame,
    services: Vec<ServiceCard>,
    topics: Vec<Topic>,
}

/// Shows the front door.
pub async fn show(visit: Visit) -> Result<Response, PageError> {
    let mut services = visit.platform().services(&ServiceQuery::default()).await?;
    services.retain(Service::is_listed);
    let topics = topics(&services);
    services.sort_by_key(|service| !service.sticky);
    let services = services.iter().take(FEATURED).map(|service| ServiceCard::new(&visit.root(), service)).collect();
    Ok(respond::page(&visit, Home { f: visit.frame(), services, topics }))
}

/// `/{tenant}` and `/{tenant}/`: the front door in the tenant's first language.
pub async fn to_language(tenant: Result<web::Tenant, web::ApiError>, uri: Uri) -> Result<Response, PageError> {
    let tenant = tenant.map_err(|_| PageError::NotFound)?;
    let prefix = uri.path().trim_matches('/');
    let locale = tenant.locales.iter().find_map(|code| Locale::parse(code)).unwrap_or(Locale::It);
    Ok(Redirect::to(&format!("/{prefix}/{}/", locale.code())).into_response())
}

/// `/{tenant}/{locale}` without its last slash.
pub async fn to_home(visit: Visit) -> Response {
    Redirect::permanent(&format!("{}/", visit.root())).into_response()
}

//! `/{tenant}/{locale}/`: the front door: search, the services to put first, topics, how it works.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::clients::ServiceQuery;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::views::service::{ServiceCard, Topic, topics};
use crate::visit::Visit;
use crate::{Ui, respond};

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
    let topics = topics(&services);
    services.sort_by_key(|service| !service.sticky);
    let services = services.iter().take(FEATURED).map(|service| ServiceCard::new(&visit.root(), service)).collect();
    Ok(respond::page(&visit, Home { f: visit.frame(), services, topics }))
}

/// `/{tenant}` and `/{tenant}/`: the same in Italian.
pub async fn to_language(State(ui): State<Ui>, Path(tenant): Path<String>) -> Result<Response, PageError> {
    let tenant = ui.tenant(&tenant).await?;
    Ok(Redirect::to(&format!("/{}/it/", tenant.slug)).into_response())
}

/// `/{tenant}/{locale}` without its last slash.
pub async fn to_home(visit: Visit) -> Response {
    Redirect::permanent(&format!("{}/", visit.root())).into_response()
}

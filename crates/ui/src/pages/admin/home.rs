//! `/admin`: what can be administered.

use askama::Template;
use axum::response::Response;

use crate::errors::PageError;
use crate::frame::Frame;
use crate::respond;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "admin.html")]
struct Admin {
    f: Frame,
}

/// Shows the parts.
pub async fn show(visit: Visit) -> Result<Response, PageError> {
    visit.admin()?;
    Ok(respond::page(&visit, Admin { f: visit.frame() }))
}

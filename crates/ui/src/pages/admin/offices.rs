//! `/admin/uffici`: the offices of the tenant.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::clients::Office;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

#[derive(Template)]
#[template(path = "admin_offices.html")]
struct Offices {
    f: Frame,
    errors: Vec<Invalid>,
    offices: Vec<Office>,
    name: String,
    description: String,
}

/// Shows the offices.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.admin()?;
    let offices = visit.platform().offices().await?;
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    Ok(respond::page(&visit, Offices { f, errors: Vec::new(), offices, name: String::new(), description: String::new() }))
}

/// Creates an office.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.admin()?;
    let t = visit.locale.messages();
    let (name, description) = (posted.text("name"), posted.text("short_description"));
    let platform = visit.platform();
    let errors = if name.is_empty() {
        vec![Invalid::new("name", t.office_name_missing)]
    } else {
        match platform.create_office(&json!({ "name": name, "short_description": description })).await {
            Ok(_) => return Ok(posted.then("/admin/uffici", "saved")),
            Err(error) => Invalid::from_client(error, &[("name", "name"), ("short_description", "short_description")], "name")?,
        }
    };
    let offices = platform.offices().await?;
    let page = Offices { f: visit.frame(), errors, offices, name: name.to_owned(), description: description.to_owned() };
    Ok(respond::page_with_status(visit, StatusCode::UNPROCESSABLE_ENTITY, page))
}

//! "Aggiungi Servizio App IO": a service is proposed with the keys that the app gave it, or changed.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;

use super::{Entry, PATH, menu};
use crate::clients::{ClientError, Duty, IoService, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

type Address = (String, String, String);

/// Fields by their names in the interface.
const FIELDS: [(&str, &str); 9] = [
    ("name", "name"),
    ("department", "department"),
    ("organization_name", "organization_name"),
    ("organization_fiscal_code", "organization_fiscal_code"),
    ("service_code", "service_code"),
    ("test_fiscal_codes", "test_fiscal_codes"),
    ("primary_key", "primary_key"),
    ("secondary_key", "secondary_key"),
    ("notes", "notes"),
];

#[derive(Template)]
#[template(path = "lots_service_form.html")]
struct Form {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    /// The service, unless it is a new one.
    id: Option<String>,
    service: IoService,
    tests: String,
}

/// An empty form, with the body's name in it.
pub async fn show_new(visit: Visit) -> Result<Response, PageError> {
    let service = IoService { organization_name: visit.tenant.name.clone(), ..IoService::default() };
    form(&visit, None, service, Vec::new())
}

/// The form of a service, without its keys.
pub async fn show_change(visit: Visit, Path((_, _, id)): Path<Address>) -> Result<Response, PageError> {
    let service = visit.lots().service(&id).await?;
    form(&visit, Some(id), service, Vec::new())
}

fn form(visit: &Visit, id: Option<String>, service: IoService, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    if duty == Duty::Auditor {
        return Err(PageError::Forbidden);
    }
    let f = visit.frame();
    let menu = menu(visit, &f, duty, "/servizi");
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let tests = service.test_fiscal_codes.join(" ");
    let id = id.as_deref().map(segment);
    Ok(respond::page_with_status(visit, status, Form { f, menu, errors, id, service, tests }))
}

fn typed(posted: &Posted) -> IoService {
    let text = |name: &str| posted.text(name).to_owned();
    let key = |name: &str| Some(text(name)).filter(|key| !key.is_empty());
    let codes = posted.text("test_fiscal_codes").split([' ', ',', ';', '\n', '\r']);
    IoService {
        name: text("name"),
        department: text("department"),
        organization_name: text("organization_name"),
        organization_fiscal_code: text("organization_fiscal_code"),
        service_code: text("service_code"),
        test_fiscal_codes: codes.filter(|code| !code.is_empty()).map(str::to_uppercase).collect(),
        connector: if posted.text("connector") == "FILE" { "FILE" } else { "WEB_SERVICE" }.to_owned(),
        notes: text("notes"),
        primary_key: key("primary_key"),
        secondary_key: key("secondary_key"),
        ..IoService::default()
    }
}

/// What was wrong, at its field. What does not even read is about the code or the test citizens, the only fields with a form.
fn wrong(error: ClientError) -> Result<Vec<Invalid>, PageError> {
    Invalid::from_client(error, &FIELDS, "service_code")
}

/// Proposes a service.
pub async fn propose(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let service = typed(&posted);
    match visit.lots().propose(&service).await {
        Ok(made) => Ok(posted.then(&format!("{PATH}/servizi/{}", segment(&made.id)), "proposed")),
        Err(error) => form(visit, None, service, wrong(error)?),
    }
}

/// Changes one.
pub async fn change(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let service = typed(&posted);
    match visit.lots().change_service(&id, &service).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/servizi/{}", segment(&id)), "changed")),
        Err(error) => form(visit, Some(id), service, wrong(error)?),
    }
}

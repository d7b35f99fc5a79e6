//! `/operatori/pagamenti/importazioni`: files of dues that become payments: sent, followed, ended, and what is wrong with their rows.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;

use crate::clients::{Import, NewImport, ServiceQuery, WrongRow, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::pages::file;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

/// Where the pages are.
const PATH: &str = "/operatori/pagamenti/importazioni";
/// The columns that a file must have.
const REQUIRED: [&str; 3] = ["notice_number", "amount", "payer_tax_identification_number"];
/// The columns that it may have, by what they are about.
const OPTIONAL: [&str; 20] = [
    "reason",
    "created_at",
    "expire_at",
    "iuv",
    "iud",
    "payer_type",
    "payer_name",
    "payer_family_name",
    "payer_street_name",
    "payer_building_number",
    "payer_postal_code",
    "payer_town_name",
    "payer_country_subdivision",
    "payer_country",
    "payer_email",
    "creditor_tax_identification_number",
    "creditor_name",
    "due_type",
    "split_code",
    "split_amount",
];
/// A row as it is to be written; the number is right in its check digits.
const EXAMPLE: [(&str, &str); 9] = [
    ("notice_number", "302872234000000343"),
    ("amount", "45.00"),
    ("reason", "Mensa scolastica - marzo"),
    ("created_at", "2025-03-01"),
    ("expire_at", "2025-04-30"),
    ("payer_tax_identification_number", "BNRMHL75C06G702B"),
    ("payer_name", "Michelangelo"),
    ("payer_family_name", "Buonarroti"),
    ("payer_email", "michelangelo@example.it"),
];

/// An import in words.
struct View {
    id: String,
    file: String,
    service: String,
    status: String,
    tone: &'static str,
    open: bool,
    when: String,
    ended: String,
    rows: u64,
    imported: u64,
    present: u64,
    failed: u64,
    percent: Option<u64>,
    reason: String,
}

fn view(t: &Messages, import: &Import, services: &[(String, String)]) -> View {
    let (status, tone) = match import.status.as_str() {
        "pending" => (t.imports_pending, "info"),
        "running" => (t.imports_running, "info"),
        "finished" if import.progress.failed > 0 => (t.imports_finished_with_errors, "action"),
        "finished" => (t.imports_finished, "good"),
        "cancelled" => (t.imports_cancelled, "neutral"),
        _ => (t.imports_failed, "bad"),
    };
    let progress = import.progress;
    let service = services.iter().find(|(id, _)| *id == import.args.service_id).map(|(_, name)| name.clone());
    View {
        id: import.id.clone(),
        file: import.attachment.name.clone(),
        service: service.unwrap_or_default(),
        status: status.to_owned(),
        tone,
        open: import.is_open(),
        when: import.created_at.map(format::date_time).unwrap_or_default(),
        ended: import.terminated_at.map(format::date_time).unwrap_or_default(),
        rows: progress.rows,
        imported: progress.imported,
        present: progress.already_present,
        failed: progress.failed,
        percent: progress.percent(),
        reason: import.reason().unwrap_or_default(),
    }
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    page: Option<u64>,
    done: String,
}

#[derive(Template)]
#[template(path = "operator_imports.html")]
struct List {
    f: Frame,
    errors: Vec<Invalid>,
    services: Vec<(String, String)>,
    service: String,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    imports: Vec<View>,
    pager: Pager,
}

/// The form for a file, and the imports so far.
pub async fn list(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    visit.staff()?;
    listed(&visit, &part, "", Vec::new()).await
}

async fn services(visit: &Visit) -> Result<Vec<(String, String)>, PageError> {
    let services = visit.platform().services(&ServiceQuery::default()).await?;
    Ok(services.into_iter().map(|service| (service.id, service.name)).collect())
}

async fn listed(visit: &Visit, part: &Part, service: &str, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let offset = Pager::offset(part.page);
    let payments = visit.payments();
    let (imports, services) = tokio::join!(payments.imports(offset, Pager::SIZE), services(visit));
    let (imports, services) = (imports?, services?);
    let f = visit.frame();
    let pager = Pager::new(&format!("{}{PATH}", visit.root()), offset, imports.meta.number());
    let imports = imports.data.iter().map(|import| view(f.t, import, &services)).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (service, required, optional) = (service.to_owned(), &REQUIRED[..], &OPTIONAL[..]);
    let page = List { f, errors, services, service, required, optional, imports, pager };
    Ok(respond::page_with_status(visit, status, page))
}

/// Begins an import.
pub async fn begin(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.staff()?;
    let t = visit.locale.messages();
    let service = posted.text("service");
    let mut errors = Vec::new();
    if service.is_empty() {
        errors.push(Invalid::new("service", t.imports_no_service));
    }
    let file = posted.files.first();
    if file.is_none_or(|file| file.file.is_empty()) {
        errors.push(Invalid::new("file", t.imports_no_file));
    }
    let (Some(file), true) = (file, errors.is_empty()) else {
        return listed(visit, &Part::default(), service, errors).await;
    };
    match visit.payments().import(&NewImport::new(service, file)).await {
        Ok(id) => Ok(posted.then(&format!("{PATH}/{}", segment(&id)), "begun")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("args/service_id", "service")], "file")?;
            listed(visit, &Part::default(), service, errors).await
        }
    }
}

/// An empty file with the columns and one row as an example.
pub async fn template(visit: Visit) -> Result<Response, PageError> {
    visit.staff()?;
    let line = |pick: fn(&(&'static str, &'static str)) -> &'static str| EXAMPLE.iter().map(pick).collect::<Vec<_>>().join(";");
    let text = format!("\u{feff}{}\r\n{}\r\n", line(|(name, _)| *name), line(|(_, value)| *value));
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"dovuti.csv\"")];
    Ok((headers, text).into_response())
}

type Address = (String, String, String);

#[derive(Template)]
#[template(path = "operator_import.html")]
struct One {
    f: Frame,
    import: View,
    wrong: Vec<WrongRow>,
    pager: Pager,
}

/// One import: how far it is, and what is wrong with its rows.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(part): Query<Part>) -> Result<Response, PageError> {
    visit.staff()?;
    let offset = Pager::offset(part.page);
    let payments = visit.payments();
    let (import, wrong, services) =
        tokio::join!(payments.find_import(&id), payments.import_errors(&id, offset, Pager::SIZE), services(&visit));
    let (import, wrong, services) = (import?, wrong?, services?);
    let mut f = visit.frame();
    f.notice = match part.done.as_str() {
        "begun" if import.is_open() => Some(f.t.imports_begun),
        "cancelled" => Some(f.t.imports_stopped),
        _ => None,
    };
    let pager = Pager::new(&format!("{}{PATH}/{}", visit.root(), segment(&import.id)), offset, wrong.meta.number());
    let import = view(f.t, &import, &services);
    Ok(respond::page(&visit, One { f, import, wrong: wrong.data, pager }))
}

/// All that is wrong with its rows as a table.
pub async fn errors(visit: Visit, Path((_, _, id)): Path<Address>) -> Result<Response, PageError> {
    visit.staff()?;
    Ok(file::send(visit.payments().export_import_errors(&id).await?))
}

/// Ends it: what was imported stays.
pub async fn cancel(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.staff()?;
    posted.visit.payments().cancel_import(&id).await?;
    Ok(posted.then(&format!("{PATH}/{}", segment(&id)), "cancelled"))
}

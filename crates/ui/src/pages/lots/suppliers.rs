//! Suppliers, the days of their delegation, and the keys of their programs: a new key is shown once.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{Entry, PATH, menu};
use crate::clients::{ClientError, Duty, Supplier, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond};

type Address = (String, String, String);

/// Fields by their names in the interface.
const FIELDS: [(&str, &str); 3] = [("name", "name"), ("valid_from", "valid_from"), ("valid_until", "valid_until")];

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// A supplier in the list.
struct Row {
    id: String,
    name: String,
    days: String,
    state: (&'static str, &'static str),
}

/// A key as it is known afterwards.
struct Key {
    id: String,
    hint: String,
    made: String,
}

#[derive(Template)]
#[template(path = "lots_suppliers.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    may_change: bool,
    rows: Vec<Row>,
    supplier: Supplier,
}

#[derive(Template)]
#[template(path = "lots_supplier.html")]
struct One {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    id: String,
    may_change: bool,
    may_keep: bool,
    title: String,
    days: String,
    supplier: Supplier,
    keys: Vec<Key>,
    /// A key that was made by this request, and is shown nowhere else.
    new_key: Option<String>,
}

fn notice(t: &Messages, done: &str) -> Option<&'static str> {
    match done {
        "saved" => Some(t.done_saved),
        "revoked" => Some(t.lots_done_revoked),
        _ => None,
    }
}

fn days(t: &Messages, supplier: &Supplier) -> String {
    let day = format::plain_date;
    match &supplier.valid_until {
        Some(last) => t.lots_supplier_days(day(&supplier.valid_from), day(last)),
        None => t.lots_supplier_since(day(&supplier.valid_from)),
    }
}

fn row(t: &Messages, supplier: Supplier) -> Row {
    let state = if supplier.active { (t.lots_supplier_active, "good") } else { (t.lots_supplier_stopped, "neutral") };
    Row { id: segment(&supplier.id), days: days(t, &supplier), name: supplier.name, state }
}

/// The suppliers.
pub async fn list(visit: Visit) -> Result<Response, PageError> {
    let supplier = Supplier { valid_from: visit.now().date().to_string(), active: true, ..Supplier::default() };
    listed(&visit, supplier, Vec::new()).await
}

async fn listed(visit: &Visit, supplier: Supplier, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let f = visit.frame();
    let rows = visit.lots().suppliers().await?.into_iter().map(|supplier| row(f.t, supplier)).collect();
    let menu = menu(visit, &f, duty, "/fornitori");
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = List { f, menu, errors, may_change: duty == Duty::Body, rows, supplier };
    Ok(respond::page_with_status(visit, status, page))
}

fn typed(posted: &Posted) -> Supplier {
    let until = Some(posted.text("valid_until").to_owned()).filter(|day| !day.is_empty());
    Supplier {
        id: String::new(),
        name: posted.text("name").to_owned(),
        valid_from: posted.text("valid_from").to_owned(),
        valid_until: until,
        active: posted.checked("active"),
    }
}

/// What was wrong, at its field. What does not even read is a day.
fn wrong(error: ClientError) -> Result<Vec<Invalid>, PageError> {
    Invalid::from_client(error, &FIELDS, "valid_from")
}

/// Delegates sending to a supplier.
pub async fn add(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.body()?;
    let supplier = typed(&posted);
    match visit.lots().add_supplier(&supplier).await {
        Ok(made) => Ok(posted.then(&format!("{PATH}/fornitori/{}", segment(&made.id)), "saved")),
        Err(error) => listed(visit, supplier, wrong(error)?).await,
    }
}

/// One of them.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let mut f = visit.frame();
    f.notice = notice(f.t, &arrival.done);
    page(&visit, f, &id, None, None, Vec::new()).await
}

async fn page(
    visit: &Visit,
    f: Frame,
    id: &str,
    typed: Option<Supplier>,
    new_key: Option<String>,
    errors: Vec<Invalid>,
) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let client = visit.lots();
    let (suppliers, keys) = tokio::join!(client.suppliers(), client.supplier_keys(id));
    let supplier = suppliers?.into_iter().find(|supplier| supplier.id == id).ok_or(PageError::NotFound)?;
    let key = |key: crate::clients::SupplierKey| Key {
        id: key.id,
        hint: key.hint,
        made: key.created_at.map(format::date_time).unwrap_or_default(),
    };
    let (keys, menu) = (keys?.into_iter().map(key).collect(), menu(visit, &f, duty, "/fornitori"));
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = One {
        menu,
        errors,
        id: segment(id),
        may_change: duty == Duty::Body,
        may_keep: duty != Duty::Auditor,
        title: supplier.name.clone(),
        days: days(f.t, &supplier),
        supplier: typed.unwrap_or(supplier),
        keys,
        new_key,
        f,
    };
    Ok(respond::page_with_status(visit, status, page))
}

/// Changes its delegation.
pub async fn change(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.body()?;
    let supplier = typed(&posted);
    match visit.lots().change_supplier(&id, &supplier).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/fornitori/{}", segment(&id)), "saved")),
        Err(error) => page(visit, visit.frame(), &id, Some(supplier), None, wrong(error)?).await,
    }
}

/// Makes a key, which this answer shows and no other; or ends one.
pub async fn keys(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let key = posted.text("revoke");
    if key.is_empty() {
        let made = visit.lots().new_supplier_key(&id).await?;
        return page(visit, visit.frame(), &id, None, Some(made), Vec::new()).await;
    }
    visit.lots().revoke_supplier_key(&id, key).await?;
    Ok(posted.then(&format!("{PATH}/fornitori/{}", segment(&id)), "revoked"))
}

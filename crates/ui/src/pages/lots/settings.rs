//! How the body wants its lots sent.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Entry, PATH, menu};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// Where requests for help are told; the only field that is no number.
const EMAIL: &str = "help_email";

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// A setting.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "lots_settings.html")]
struct Page {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    fields: Vec<Field>,
}

/// Every setting by its name in the interface.
fn fields(t: &Messages, value: impl Fn(&str) -> String) -> Vec<Field> {
    let all = [
        ("four_eyes_above", t.lots_set_four_eyes, t.lots_set_four_eyes_hint),
        ("first_rows", t.lots_set_first_rows, t.lots_set_first_rows_hint),
        ("calls_in_5_s", t.lots_set_calls, t.lots_set_calls_hint),
        ("from_hour", t.lots_set_from, t.lots_set_hours_hint),
        ("to_hour", t.lots_set_to, t.lots_set_hours_hint),
        ("days_to_send", t.lots_set_days_to_send, t.lots_set_days_to_send_hint),
        ("days_kept", t.lots_set_days_kept, t.lots_set_days_kept_hint),
        (EMAIL, t.lots_set_email, t.lots_set_email_hint),
    ];
    all.into_iter().map(|(name, label, hint)| Field { name, label, hint, value: value(name) }).collect()
}

/// The settings.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.body()?;
    let settings = visit.lots().settings().await?;
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let fields = fields(f.t, |name| match &settings[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    });
    page(&visit, f, fields, Vec::new())
}

fn page(visit: &Visit, f: Frame, fields: Vec<Field>, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let menu = menu(visit, &f, visit.body()?, "/impostazioni");
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(respond::page_with_status(visit, status, Page { f, menu, errors, fields }))
}

/// Sets them.
pub async fn save(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.body()?;
    let f = visit.frame();
    let fields = fields(f.t, |name| posted.text(name).to_owned());
    let (mut settings, mut errors) = (Map::new(), Vec::new());
    for field in &fields {
        match field.value.parse::<i64>() {
            _ if field.name == EMAIL => {
                let email = Some(field.value.clone()).filter(|email| !email.is_empty());
                settings.insert(EMAIL.to_owned(), email.map_or(Value::Null, Value::String));
            }
            // No setting is larger, and the interface says by itself what is too large for it.
            Ok(number) => drop(settings.insert(field.name.to_owned(), number.clamp(-1, 10_000_000).into())),
            Err(_) => errors.push(Invalid::new(field.name, f.t.lots_no_number)),
        }
    }
    if !errors.is_empty() {
        return page(visit, f, fields, errors);
    }
    match visit.lots().set_settings(&Value::Object(settings)).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/impostazioni"), "saved")),
        Err(error) => {
            let names: Vec<_> = fields.iter().map(|field| (field.name, field.name)).collect();
            let errors = Invalid::from_client(error, &names, "four_eyes_above")?;
            page(visit, f, fields, errors)
        }
    }
}

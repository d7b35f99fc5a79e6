//! The services of the app that lots go through: the list, one with what can be done with it, its templates.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{Entry, PATH, menu, service_state};
use crate::clients::{Check, Duty, IoService, LotTemplate, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond};

type Address = (String, String, String);

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// A service in the list.
struct Row {
    id: String,
    name: String,
    connector: &'static str,
    organization: String,
    provider: String,
    state: (&'static str, &'static str),
    last_run: String,
}

#[derive(Template)]
#[template(path = "lots_services.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    may_change: bool,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "lots_service.html")]
struct One {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    id: String,
    service: IoService,
    state: (&'static str, &'static str),
    facts: Vec<(&'static str, String)>,
    /// What the body may do now: word, label, style.
    acts: Vec<(&'static str, &'static str, &'static str)>,
    may_change: bool,
    check: Option<Check>,
    templates: Vec<LotTemplate>,
    typed: LotTemplate,
}

/// The label of a connector.
pub(super) fn connector(t: &Messages, word: &str) -> &'static str {
    if word == "FILE" { t.lots_connector_file } else { t.lots_connector_web }
}

/// The services.
pub async fn list(visit: Visit) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let f = visit.frame();
    let row = |service: IoService| Row {
        id: segment(&service.id),
        connector: connector(f.t, &service.connector),
        organization: service.organization_name,
        provider: service.provider_name.unwrap_or_default(),
        state: service_state(f.t, &service.state),
        last_run: service.last_run_at.map(format::date_time).unwrap_or_default(),
        name: service.name,
    };
    let rows = visit.lots().services().await?.into_iter().map(row).collect();
    let menu = menu(&visit, &f, duty, "/servizi");
    Ok(respond::page(&visit, List { f, menu, may_change: duty != Duty::Auditor, rows }))
}

/// One of them.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let notice = |t: &Messages| match arrival.done.as_str() {
        "proposed" => Some(t.lots_done_proposed),
        "changed" => Some(t.lots_done_changed),
        "saved" => Some(t.done_saved),
        _ => None,
    };
    let notice = notice(visit.locale.messages());
    page(&visit, &id, notice, None, LotTemplate::default(), Vec::new()).await
}

async fn page(
    visit: &Visit,
    id: &str,
    notice: Option<&'static str>,
    check: Option<Check>,
    typed: LotTemplate,
    errors: Vec<Invalid>,
) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let client = visit.lots();
    let (service, templates) = tokio::join!(client.service(id), client.templates(id));
    let (service, templates) = (service?, templates?);
    let mut f = visit.frame();
    f.notice = notice;
    let t = f.t;
    let when = |at: Option<kernel::RomeTime>| at.map(format::date_time).unwrap_or_default();
    let key = if service.key_in_use == "secondary" { t.lots_key_secondary } else { t.lots_key_primary };
    let mut facts = vec![
        (t.lots_field_department, service.department.clone()),
        (t.lots_field_organization, service.organization_name.clone()),
        (t.lots_field_code, service.service_code.clone()),
        (t.lots_fact_connector, connector(t, &service.connector).to_owned()),
        (t.lots_fact_folder, service.folder.clone().unwrap_or_default()),
        (t.lots_fact_provider, service.provider_name.clone().unwrap_or_default()),
        (t.lots_field_tests, service.test_fiscal_codes.join(", ")),
        (t.lots_fact_key, key.to_owned()),
        (t.lots_fact_keys_at, when(service.keys_at)),
        (t.lots_fact_last_run, when(service.last_run_at)),
        (t.lots_field_notes, service.notes.clone()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let acts = match (duty, service.state.as_str()) {
        (Duty::Body, "PROPOSTO") => {
            vec![("approve", t.lots_act_activate, "btn-success"), ("refuse", t.lots_act_refuse, "btn-outline-danger")]
        }
        (Duty::Body, "ATTIVO") => vec![("suspend", t.lots_act_suspend, "btn-outline-danger")],
        (Duty::Body, "SOSPESO") => {
            vec![("resume", t.lots_act_activate, "btn-success"), ("refuse", t.lots_act_refuse, "btn-outline-danger")]
        }
        _ => Vec::new(),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = One {
        menu: menu(visit, &f, duty, "/servizi"),
        id: segment(&service.id),
        state: service_state(t, &service.state),
        may_change: duty != Duty::Auditor,
        service,
        facts,
        acts,
        check,
        templates,
        typed,
        errors,
        f,
    };
    Ok(respond::page_with_status(visit, status, page))
}

/// Approves, refuses, suspends, resumes.
pub async fn command(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    match visit.lots().command_service(&id, posted.text("command"), posted.text("reason")).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/servizi/{}", segment(&id)), "saved")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("reason", "reason")], "reason")?;
            page(visit, &id, None, None, LotTemplate::default(), errors).await
        }
    }
}

/// Asks the app what it says to the keys.
pub async fn check(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.sender()?;
    let check = posted.visit.lots().check_service(&id).await?;
    page(&posted.visit, &id, None, Some(check), LotTemplate::default(), Vec::new()).await
}

/// Adds a template.
pub async fn add_template(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let text = |name: &str| posted.text(name).to_owned();
    let typed =
        LotTemplate { name: text("name"), subject: text("subject"), markdown: text("markdown"), ..LotTemplate::default() };
    match visit.lots().add_template(&id, &typed.name, &typed.subject, &typed.markdown).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/servizi/{}", segment(&id)), "saved")),
        Err(error) => {
            let names = [("name", "name"), ("subject", "subject"), ("markdown", "markdown")];
            let errors = Invalid::from_client(error, &names, "name")?;
            page(visit, &id, None, None, typed, errors).await
        }
    }
}

//! "Finalità da evadere": purposes of others over a threshold, which wait for this body, and the other purposes for what it offers.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::catalog::filter;
use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::purpose::{facts, loads};
use super::purposes::state;
use super::request::{add_acts, section};
use super::verify::end_of;
use super::{analysis, purposes, words};
use crate::clients::interop::{Part as List, Purpose, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Faults, Field, Form, Part, Table};
use crate::visit::Visit;

const HERE: &str = "/da-evadere";
/// Without a choice, those that wait.
const WAITING: &str = "WAITING_FOR_APPROVAL";

type Address = (String, String, String);

/// The purposes.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    let states = match wish.stato.as_str() {
        "" => WAITING,
        "ALL" => "",
        state => state,
    };
    let filters = [("states", states), ("eservicesIds", wish.eservice.as_str()), ("q", &wish.q)];
    let found: List<Purpose> = desk.client().list("/producers/purposes", offset, "20", &filters).await?;
    let mut s = desk.sheet(t.interop_settle);
    s.lead = t.interop_settle_about.into();
    let mut options: Vec<_> = words::states(t, &["ACTIVE", "SUSPENDED", "REJECTED", "ARCHIVED"]);
    options[0] = (String::new(), words::state(t, WAITING).label.to_owned());
    options.push(("ALL".into(), t.inbox_all.into()));
    s.parts.push(filter(
        &desk,
        vec![
            Field::new("search", "q", t.interop_search).value(&wish.q),
            Field::new("select", "stato", t.inbox_status).value(&wish.stato).options(options),
        ],
    ));
    let row = |purpose: Purpose| {
        let waiting = purpose.waiting_for_approval_version.as_ref();
        let number =
            |load: Option<&crate::clients::interop::Load>| load.map(|load| words::number(load.daily_calls)).unwrap_or_default();
        let expected = waiting.and_then(|load| load.expected_approval_date);
        let shown = if waiting.is_some() { WAITING } else { state(&purpose) };
        vec![
            Cell::link(desk.href(&format!("{HERE}/{}", segment(&purpose.id))), &purpose.title),
            Cell::text(&purpose.consumer.name),
            Cell::text(&purpose.eservice.name),
            Cell::text(number(purpose.current_version.as_ref())),
            Cell::text(number(waiting)),
            Cell::badge(words::state(t, shown)),
            Cell::text(words::day(expected)),
        ]
    };
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![
            t.interop_purpose,
            t.interop_consumer,
            t.interop_eservice,
            t.interop_calls_now,
            t.interop_calls_asked,
            t.inbox_status,
            t.interop_completion,
        ],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_settle_empty,
        pager: desk.pager(&[("q", &wish.q), ("stato", &wish.stato), ("eservice", &wish.eservice)], offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    date: String,
    reason: String,
    faults: Faults,
}

/// One of them.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &id, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, id: &str, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let (t, client) = (desk.t, desk.client());
    let purpose: Purpose = client.get(&one("/purposes", id)).await?;
    if purpose.eservice.producer.id != desk.body {
        return Err(PageError::NotFound);
    }
    let waiting = purpose.waiting_for_approval_version.as_ref();
    let state = words::state(t, if waiting.is_some() { WAITING } else { purposes::state(&purpose) });
    let title = format!("{}: {}", purpose.consumer.name, purpose.title);
    let mut s = desk.sheet(title).about(state, &purpose.description).faults(typed.faults);
    if desk.admin() {
        acts(desk, &mut s.parts, &purpose, &typed.date, &typed.reason);
    }
    s.parts.push(loads(desk, &purpose));
    s.parts.push(Part::Facts(facts(desk, &purpose)));
    if let Some(form) = &purpose.risk_analysis_form {
        // The questions are those of the consumer's kind of body, which may not be this one's: then the answers are not shown.
        if let Ok(questions) = analysis::questions(&client, &purpose.eservice.id, Some(form)).await {
            s.parts.push(Part::Facts(analysis::told(desk, &questions, form)));
        }
    }
    Ok(desk.show(s, &wish.done))
}

/// What the producer may do now.
fn acts(desk: &Desk<'_>, parts: &mut Vec<Part>, purpose: &Purpose, date: &str, reason: &str) {
    let (t, here) = (desk.t, desk.here());
    if let Some(waiting) = &purpose.waiting_for_approval_version {
        let lead = t.interop_settle_lead(words::number(waiting.daily_calls));
        let approve = Form::new(&here, "approve", t.interop_approve, Vec::new());
        parts.push(section("approve", t.interop_approve, &lead, vec![approve]));
        let typed = waiting.expected_approval_date.map(|at| at.civil().date().to_string()).unwrap_or_default();
        let field = Field::new("date", "date", t.interop_completion).hint(t.interop_completion_hint);
        let field = field.value(if date.is_empty() { &typed } else { date });
        let expect = Form::new(&here, "expect", t.interop_completion_set, vec![field]).quiet();
        parts.push(section("expect", t.interop_completion, t.interop_completion_lead, vec![expect]));
        let field = Field::new("area", "reason", t.interop_reason).hint(t.interop_20_to_1000).value(reason);
        let reject = Form::new(&here, "reject", t.interop_reject, vec![field]).grave();
        parts.push(section("reject", t.interop_reject, t.interop_settle_reject_lead, vec![reject]));
    }
    let state = purpose.current_version.as_ref().map(|version| version.state.as_str()).unwrap_or_default();
    match (state, purpose.suspended_by_producer) {
        ("ACTIVE" | "SUSPENDED", true) => add_acts(t, parts, vec![Form::new(&here, "resume", t.interop_resume, Vec::new())]),
        ("ACTIVE" | "SUSPENDED", false) => {
            add_acts(t, parts, vec![Form::new(&here, "suspend", t.interop_suspend, Vec::new()).grave()])
        }
        _ => {}
    }
}

/// Does what a button says.
pub async fn act(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let (client, at) = (desk.client(), one("/purposes", &id));
    let purpose: Purpose = client.get(&at).await?;
    let version = |load: &Option<crate::clients::interop::Load>, command: &str| {
        let version = load.as_ref().map(|load| segment(&load.id)).unwrap_or_default();
        format!("{at}/versions/{version}/{command}")
    };
    let (current, waiting) = (&purpose.current_version, &purpose.waiting_for_approval_version);
    let (date, reason) = (posted.text("date"), posted.text("reason"));
    let wrong_in = |errors: Vec<Invalid>| Typed { date: date.to_owned(), reason: reason.to_owned(), faults: errors.into() };
    let empty = json!({});
    let mut done = "done";
    let told = match posted.text("command") {
        "approve" => {
            done = "approved";
            client.tell(Method::POST, &version(waiting, "activate"), &empty).await
        }
        "expect" => {
            let Ok(Some(day)) = end_of(date) else {
                let errors = vec![Invalid::new("date", desk.t.interop_date_wanted)];
                return page(&desk, &id, &Wish::default(), wrong_in(errors)).await;
            };
            let path = version(waiting, "update/waitingForApproval");
            if let Err(error) = client.tell(Method::POST, &path, &json!({ "expectedApprovalDate": day })).await {
                return page(&desk, &id, &Wish::default(), wrong_in(wrong(error, &[], "date")?)).await;
            }
            Ok(())
        }
        "reject" => {
            let seed = json!({ "rejectionReason": reason });
            if let Err(error) = client.tell(Method::POST, &version(waiting, "reject"), &seed).await {
                return page(&desk, &id, &Wish::default(), wrong_in(wrong(error, &[], "reason")?)).await;
            }
            Ok(())
        }
        "resume" => client.tell(Method::POST, &version(current, "activate"), &empty).await,
        "suspend" => client.tell(Method::POST, &version(current, "suspend"), &empty).await,
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(&format!("{HERE}/{}", segment(&id)), done)),
        Err(error) => page(&desk, &id, &Wish::default(), Typed { faults: refused(error)?, ..Typed::default() }).await,
    }
}

//! Requests of others for what this body offers: what the consumer holds, approving, refusing, suspending.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::catalog::filter;
use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::request::{self, add_acts, documents, notices, section};
use super::requests::STATES;
use super::verify::{held, verification};
use super::words;
use crate::clients::interop::{Agreement, AgreementRow, Part as List, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Facts, Faults, Field, Form, Part, Table};
use crate::visit::Visit;

const HERE: &str = "/ricevute";

type Address = (String, String, String);
type FileAddress = (String, String, String, String);

/// The requests.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    // Drafts are the consumer's own business.
    let all = "PENDING,ACTIVE,SUSPENDED,REJECTED,ARCHIVED";
    let state = if wish.stato.is_empty() { all } else { &wish.stato };
    let found: List<AgreementRow> = desk.client().list("/producers/agreements", offset, "20", &[("states", state)]).await?;
    let mut s = desk.sheet(t.interop_received);
    s.lead = t.interop_received_about.into();
    let states: Vec<_> = STATES.into_iter().filter(|state| all.contains(state)).collect();
    s.parts.push(filter(
        &desk,
        vec![Field::new("select", "stato", t.inbox_status).value(&wish.stato).options(words::states(t, &states))],
    ));
    let row = |agreement: AgreementRow| {
        vec![
            Cell::link(desk.href(&format!("{HERE}/{}", segment(&agreement.id))), agreement.consumer.name),
            Cell::text(agreement.eservice.name),
            Cell::text(agreement.descriptor.version),
            Cell::badge(words::state(t, &agreement.state)),
        ]
    };
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_consumer, t.interop_eservice, t.interop_version, t.inbox_status],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_received_empty,
        pager: desk.pager(&[("stato", &wish.stato)], offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    reason: String,
    faults: Faults,
}

/// One of them.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &id, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, id: &str, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let t = desk.t;
    let agreement: Agreement = desk.client().get(&one("/agreements", id)).await?;
    if agreement.producer.id != desk.body {
        return Err(PageError::NotFound);
    }
    let title = format!("{}: {}", agreement.consumer.name, agreement.eservice.name);
    let mut s = desk.sheet(title).about(words::state(t, &agreement.state), "").faults(typed.faults);
    notices(t, &mut s, &agreement);
    s.parts.push(held(desk, &agreement));
    if desk.admin() {
        s.parts.extend(verification(desk, &agreement));
        acts(desk, &mut s.parts, &agreement, &typed.reason);
    }
    let base = desk.href(&format!("{HERE}/{}", segment(&agreement.id)));
    s.parts.push(Part::Table(documents(t, &agreement.consumer_documents, &base, false)));
    let consumer = &agreement.consumer;
    let eservice = desk.href(&format!("/e-service/{}/{}", segment(&agreement.eservice.id), segment(&agreement.descriptor_id)));
    s.parts.push(Part::Facts(Facts::new(
        "facts",
        t.interop_about_request,
        vec![
            (t.interop_consumer, Cell::link(desk.href(&format!("/enti/{}", segment(&consumer.id))), &consumer.name)),
            (t.interop_mail, Cell::text(consumer.contact_mail.as_ref().map(|mail| mail.address.clone()).unwrap_or_default())),
            (t.interop_eservice, Cell::link(eservice, &agreement.eservice.name)),
            (t.interop_version, Cell::text(&agreement.eservice.version)),
            (t.interop_notes, Cell::text(agreement.consumer_notes.clone().unwrap_or_default())),
            (t.interop_created_at, Cell::text(words::when(agreement.created_at))),
            (t.interop_contract, request::contract(desk, HERE, &agreement)),
        ],
    )));
    Ok(desk.show(s, &wish.done))
}

/// What the producer may do now.
fn acts(desk: &Desk<'_>, parts: &mut Vec<Part>, agreement: &Agreement, reason: &str) {
    let (t, here) = (desk.t, desk.here());
    match agreement.state.as_str() {
        "PENDING" => {
            let approve = Form::new(&here, "approve", t.interop_approve, Vec::new());
            parts.push(section("approve", t.interop_approve, t.interop_approve_lead, vec![approve]));
            let field = Field::new("area", "reason", t.interop_reason).hint(t.interop_20_to_1000).value(reason);
            let reject = Form::new(&here, "reject", t.interop_reject, vec![field]).grave();
            parts.push(section("reject", t.interop_reject, t.interop_reject_lead, vec![reject]));
        }
        "ACTIVE" | "SUSPENDED" if agreement.suspended_by_producer => {
            add_acts(t, parts, vec![Form::new(&here, "unsuspend", t.interop_resume, Vec::new())]);
        }
        "ACTIVE" | "SUSPENDED" => add_acts(t, parts, vec![Form::new(&here, "suspend", t.interop_suspend, Vec::new()).grave()]),
        _ => {}
    }
}

/// Does what a button says.
pub async fn act(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let (client, at, reason) = (desk.client(), one("/agreements", &id), posted.text("reason"));
    let back = format!("{HERE}/{}", segment(&id));
    let told = match posted.text("command") {
        "approve" => match client.tell(Method::POST, &format!("{at}/approve"), &json!({})).await {
            Ok(()) => return Ok(desk.go(&back, "approved")),
            error => error,
        },
        "reject" => {
            if let Err(error) = client.tell(Method::POST, &format!("{at}/reject"), &json!({ "reason": reason })).await {
                let typed = Typed { reason: reason.to_owned(), faults: wrong(error, &[], "reason")?.into() };
                return page(&desk, &id, &Wish::default(), typed).await;
            }
            Ok(())
        }
        command @ ("suspend" | "unsuspend") => client.tell(Method::POST, &format!("{at}/{command}"), &json!({})).await,
        "verify" | "unverify" => {
            let agreement: Agreement = client.get(&at).await?;
            match super::verify::change(&desk, &posted, &agreement.consumer.id, &agreement.id).await? {
                Ok(()) => Ok(()),
                Err(errors) => {
                    return page(&desk, &id, &Wish::default(), Typed { faults: errors.into(), ..Typed::default() }).await;
                }
            }
        }
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(&back, "done")),
        Err(error) => page(&desk, &id, &Wish::default(), Typed { faults: refused(error)?, ..Typed::default() }).await,
    }
}

/// A document of a request.
pub async fn file(visit: Visit, Path((_, _, id, file)): Path<FileAddress>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    request::download(&desk, &id, &file).await
}

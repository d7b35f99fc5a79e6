//! A purpose: whether it reaches its e-service, its load, its clients, and what its consumer may do with it now.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::draft::number;
use super::purpose_form::steps;
use super::request::{add_acts, section};
use super::{analysis, purposes, words};
use crate::clients::interop::{ClientRow, Load, MOST, Named, Operability, Part as List, Purpose, Remaining, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Cell, Command, Facts, Faults, Field, Form, Link, Part, Sheet, Table};
use crate::visit::Visit;

const HERE: &str = "/finalita";

type Address = (String, String, String);
type DocumentAddress = (String, String, String, String, String);

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    calls: String,
    faults: Faults,
}

/// The page.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &id, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, id: &str, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let (t, client) = (desk.t, desk.client());
    let purpose: Purpose = client.get(&one("/purposes", id)).await?;
    if purpose.consumer.id != desk.body {
        return Err(PageError::NotFound);
    }
    let state = purposes::state(&purpose);
    let mut s = desk.sheet(&purpose.title).about(words::state(t, state), &purpose.description).faults(typed.faults);
    if state == "DRAFT" {
        draft(desk, &mut s, &purpose);
    } else {
        let operability: Operability = client.get(&format!("{}/operability", one("/purposes", id))).await?;
        s.parts.push(reaches(desk, &operability));
        if desk.admin() {
            acts(desk, &mut s, &purpose, &typed.calls).await?;
            clients(desk, &mut s, &purpose).await?;
        }
    }
    s.parts.push(loads(desk, &purpose));
    s.parts.push(Part::Facts(facts(desk, &purpose)));
    if let Some(form) = &purpose.risk_analysis_form {
        let questions = analysis::questions(&client, &purpose.eservice.id, Some(form)).await?;
        s.parts.push(Part::Facts(analysis::told(desk, &questions, form)));
    }
    Ok(desk.show(s, &wish.done))
}

/// Whether the purpose reaches its e-service, and what stands in the way.
fn reaches(desk: &Desk<'_>, operability: &Operability) -> Part {
    let t = desk.t;
    let obstacles = operability.obstacles.iter().map(|word| words::obstacle(t, word).to_owned()).collect();
    let (tone, answer) = if operability.operable { ("good", t.interop_reaches) } else { ("action", t.interop_reaches_not) };
    Part::Notice(tone, format!("{} {answer}", t.interop_may_it_reach), obstacles)
}

fn draft(desk: &Desk<'_>, s: &mut Sheet, purpose: &Purpose) {
    let t = desk.t;
    if !desk.admin() {
        return;
    }
    steps(desk, s, &purpose.id, "");
    let here = desk.here();
    let publish = Form::new(&here, "activate", t.interop_publish, Vec::new());
    s.parts.push(section("publish", t.interop_publish_purpose, t.interop_publish_purpose_lead, vec![publish]));
    add_acts(t, &mut s.parts, vec![Form::new(&here, "delete", t.interop_delete_draft, Vec::new()).grave()]);
}

/// What the consumer may do with a purpose that was published.
async fn acts(desk: &Desk<'_>, s: &mut Sheet, purpose: &Purpose, calls: &str) -> Result<(), PageError> {
    let (t, here) = (desk.t, desk.here());
    let act = |word, label| Form::new(&here, word, label, Vec::new());
    let state = purposes::state(purpose);
    let mut forms = Vec::new();
    if matches!(state, "ACTIVE" | "SUSPENDED") {
        forms.push(if purpose.suspended_by_consumer {
            act("resume", t.interop_resume)
        } else {
            act("suspend", t.interop_suspend).quiet()
        });
        forms.push(act("archive", t.interop_archive_purpose).grave());
    }
    if purpose.waiting_for_approval_version.is_some() && purpose.versions.len() > 1 {
        forms.push(act("withdraw", t.interop_withdraw_load).quiet());
    }
    if purpose.waiting_for_approval_version.is_some() && purpose.versions.len() == 1 {
        forms.push(act("delete", t.interop_delete_purpose).grave());
    }
    if !matches!(state, "ARCHIVED") {
        forms.push(act("clone", t.interop_copy_purpose).quiet());
    }
    if purpose.waiting_for_approval_version.is_none() && matches!(state, "ACTIVE" | "SUSPENDED" | "REJECTED") {
        let remaining: Remaining = desk.client().get(&format!("{}/remainingDailyCalls", one("/purposes", &purpose.id))).await?;
        let hint = t.interop_load_remaining(
            words::number(remaining.remaining_daily_calls_per_consumer.max(0)),
            words::number(remaining.remaining_daily_calls_total.max(0)),
        );
        let field = Field::new("number", "dailyCalls", t.interop_load).hint(hint).value(calls);
        let form = Form::new(&here, "load", t.interop_change_load, vec![field]);
        s.parts.push(section("load", t.interop_change_load, t.interop_change_load_lead, vec![form]));
    }
    add_acts(t, &mut s.parts, forms);
    Ok(())
}

/// The clients of a purpose, and those that could be.
async fn clients(desk: &Desk<'_>, s: &mut Sheet, purpose: &Purpose) -> Result<(), PageError> {
    let (t, here) = (desk.t, desk.here());
    let row = |client: &Named| {
        let remove = Command {
            action: here.clone(),
            word: "unlink",
            label: t.interop_unlink,
            about: client.name.clone(),
            target: client.id.clone(),
        };
        let href = desk.href(&format!("/client/{}", segment(&client.id)));
        vec![Cell::link(href, &client.name), Cell::commands(vec![remove])]
    };
    s.parts.push(Part::Table(Table {
        id: "clients",
        title: t.interop_clients_of_purpose.into(),
        lead: t.interop_clients_of_purpose_lead.into(),
        head: vec![t.interop_client, t.interop_act],
        rows: purpose.clients.iter().map(row).collect(),
        empty: t.interop_clients_of_purpose_none,
        pager: None,
    }));
    let all: List<ClientRow> = desk.client().list("/clients", 0, MOST, &[("kind", "CONSUMER")]).await?;
    let linked = |client: &ClientRow| purpose.clients.iter().any(|known| known.id == client.id);
    let others: Vec<_> =
        all.results.into_iter().filter(|client| !linked(client)).map(|client| (client.id, client.name)).collect();
    if others.is_empty() {
        let href = desk.href(&format!("/client/nuovo?eservice={}", segment(&purpose.id)));
        s.ways.push(Link::new(href, t.interop_new_client));
    } else {
        let field = Field::new("select", "client", t.interop_client).options(others);
        s.parts.push(section("link", t.interop_link, "", vec![Form::new(here, "link", t.interop_link, vec![field])]));
    }
    Ok(())
}

/// Every load that was asked for.
pub fn loads(desk: &Desk<'_>, purpose: &Purpose) -> Part {
    let t = desk.t;
    let row = |load: &Load| {
        let told = match (&load.rejection_reason, load.expected_approval_date) {
            (Some(reason), _) => reason.clone(),
            (None, Some(date)) => t.interop_expected(words::day(Some(date))),
            _ => String::new(),
        };
        vec![
            Cell::text(words::number(load.daily_calls)),
            Cell::badge(words::state(t, &load.state)),
            Cell::text(words::when(load.created_at)),
            Cell::text(told),
        ]
    };
    Part::Table(Table {
        id: "loads",
        title: t.interop_loads.into(),
        lead: t.interop_thresholds(words::number(purpose.daily_calls_per_consumer), words::number(purpose.daily_calls_total)),
        head: vec![t.interop_calls, t.inbox_status, t.interop_created_at, t.interop_news],
        rows: purpose.versions.iter().rev().map(row).collect(),
        empty: "",
        pager: None,
    })
}

/// What there is to know of a purpose.
pub fn facts(desk: &Desk<'_>, purpose: &Purpose) -> Facts {
    let t = desk.t;
    let eservice = &purpose.eservice;
    let href = desk.href(&format!("/catalogo/{}/{}", segment(&eservice.id), segment(&eservice.descriptor.id)));
    let by = [
        (purpose.suspended_by_consumer, t.interop_suspended_by_consumer),
        (purpose.suspended_by_producer, t.interop_suspended_by_producer),
    ];
    let by: Vec<_> = by.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect();
    Facts::new(
        "facts",
        t.interop_general,
        vec![
            (t.interop_purpose_id, Cell::code(&purpose.id)),
            (
                t.interop_eservice,
                Cell::link(href, format!("{} ({} {})", eservice.name, t.interop_version, eservice.descriptor.version)),
            ),
            (t.interop_producer, Cell::text(&eservice.producer.name)),
            (t.interop_audience, Cell::code(eservice.descriptor.audience.join(", "))),
            (t.interop_consumer, Cell::text(&purpose.consumer.name)),
            (t.interop_suspended, Cell::text(by.join("\n"))),
            (t.interop_free, Cell::text(if purpose.is_free_of_charge { t.answer_yes } else { t.answer_no })),
            (t.interop_free_reason, Cell::text(purpose.free_of_charge_reason.clone().unwrap_or_default())),
            (t.interop_risk_analysis_in_force, analysis_of(desk, purpose)),
        ],
    )
}

/// The way to the risk analysis as it was when the current version came into force.
fn analysis_of(desk: &Desk<'_>, purpose: &Purpose) -> Cell {
    let current = purpose.current_version.as_ref();
    let made = current.and_then(|version| Some((version, version.risk_analysis_document.as_ref()?)));
    made.map_or_else(
        || Cell::text(""),
        |(version, made)| {
            let path = format!("{HERE}/{}/documento/{}/{}", segment(&purpose.id), segment(&version.id), segment(&made.id));
            Cell::link(desk.href(&path), desk.t.interop_open_pdf)
        },
    )
}

/// A risk analysis as a document, for either side.
pub async fn document(visit: Visit, Path((_, _, id, version, made)): Path<DocumentAddress>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let path = format!("{}/versions/{}/documents/{}", one("/purposes", &id), segment(&version), segment(&made));
    Ok(crate::pages::file::send(desk.client().download(&path).await?))
}

/// Does what a button says.
pub async fn act(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let (client, t, at) = (desk.client(), desk.t, one("/purposes", &id));
    let purpose: Purpose = client.get(&at).await?;
    let current = purpose.current_version.as_ref().or(purpose.rejected_version.as_ref());
    let waiting = purpose.waiting_for_approval_version.as_ref();
    let version = |load: Option<&Load>, command: &str| {
        let version = load.map(|load| segment(&load.id)).unwrap_or_default();
        format!("{at}/versions/{version}{command}")
    };
    let (back, empty) = (format!("{HERE}/{}", segment(&id)), json!({}));
    let calls = posted.text("dailyCalls");
    let mut done = "done";
    let told = match posted.text("command") {
        "activate" => {
            done = "published";
            client.tell(Method::POST, &version(current, "/activate"), &empty).await
        }
        "resume" => client.tell(Method::POST, &version(current, "/activate"), &empty).await,
        "suspend" => client.tell(Method::POST, &version(current, "/suspend"), &empty).await,
        "archive" => client.tell(Method::POST, &version(current, "/archive"), &empty).await,
        "withdraw" => client.tell(Method::DELETE, &version(waiting, ""), &Value::Null).await,
        "delete" => match client.tell(Method::DELETE, &at, &Value::Null).await {
            Ok(()) => return Ok(desk.go(HERE, "deleted")),
            error => error,
        },
        "clone" => {
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Copy {
                purpose_id: String,
            }
            match client.post::<Copy>(&format!("{at}/clone"), &json!({ "eserviceId": purpose.eservice.id })).await {
                Ok(copy) => return Ok(desk.go(&format!("{HERE}/{}", segment(&copy.purpose_id)), "created")),
                Err(error) => Err(error),
            }
        }
        "link" => {
            let path = format!("{}/purposes", one("/clients", posted.text("client")));
            client.tell(Method::POST, &path, &json!({ "purposeId": id })).await
        }
        "unlink" => {
            let path = format!("{}/purposes/{}", one("/clients", posted.text("target")), segment(&id));
            client.tell(Method::DELETE, &path, &Value::Null).await
        }
        "load" => {
            let Some(load) = number(calls) else {
                let faults = vec![Invalid::new("dailyCalls", t.interop_number_wanted)].into();
                return page(&desk, &id, &Wish::default(), Typed { calls: calls.into(), faults }).await;
            };
            if let Err(error) = client.tell(Method::POST, &format!("{at}/versions"), &json!({ "dailyCalls": load })).await {
                let faults = wrong(error, &[], "dailyCalls")?.into();
                return page(&desk, &id, &Wish::default(), Typed { calls: calls.into(), faults }).await;
            }
            Ok(())
        }
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(&back, done)),
        Err(error) => page(&desk, &id, &Wish::default(), Typed { faults: refused(error)?, ..Typed::default() }).await,
    }
}

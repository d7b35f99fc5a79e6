//! What this body offers: its e-services, and one version with what may be done with it now.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::catalog::{facts, files, filter, other_versions};
use super::desk::{Asked, Desk, Wish, add, refused, wrong};
use super::request::{add_acts, section};
use super::{draft, words};
use crate::clients::interop::{AgreementRow, Created, Listed, MOST, Part as List, Short, Version, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Facts, Faults, Field, Form, Link, Part, Sheet, Table};
use crate::visit::Visit;

const HERE: &str = "/e-service";

type Address = (String, String, String, String);

/// The e-services of this body.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    let found: List<Listed> = desk.client().list("/producers/eservices", offset, "20", &[("q", &wish.q)]).await?;
    let mut s = desk.sheet(t.interop_own);
    s.lead = t.interop_own_about.into();
    if desk.standing.is(&["admin", "api"]) {
        s.ways.push(Link::new(desk.href("/e-service/nuovo"), t.interop_new_eservice));
        s.ways.push(Link::new(desk.href("/e-service/importa"), t.interop_import));
    }
    s.parts.push(filter(&desk, vec![Field::new("search", "q", t.interop_search).value(&wish.q)]));
    let row = |eservice: Listed| {
        let to = |version: &Short| desk.href(&format!("{HERE}/{}/{}", segment(&eservice.id), segment(&version.id)));
        let (active, draft) = (&eservice.active_descriptor, &eservice.draft_descriptor);
        let first = active.as_ref().or(draft.as_ref()).cloned().unwrap_or_default();
        let news = draft.as_ref().filter(|_| active.is_some());
        let news = news.map(|draft| Cell::link(to(draft), format!("{} {}", t.interop_draft_of, draft.version)));
        vec![
            Cell::link(to(&first), &eservice.name),
            Cell::text(&first.version),
            Cell::badge(words::state(t, &first.state)),
            news.unwrap_or_default(),
        ]
    };
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_eservice, t.interop_version, t.inbox_status, t.interop_news],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_own_empty,
        pager: desk.pager(&[("q", &wish.q)], offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    quotas: Option<[String; 3]>,
    faults: Faults,
}

/// A version.
pub async fn show(
    visit: Visit,
    Path((_, _, eservice, version)): Path<Address>,
    Query(wish): Asked,
) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, (&eservice, &version), &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, (eservice, version): (&str, &str), wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let t = desk.t;
    let shown: Version = draft::version(desk, eservice, version).await?;
    let about = &shown.eservice;
    let mut s = desk.sheet(&about.name).about(words::state(t, &shown.state), &about.description).faults(typed.faults);
    let may = desk.standing.is(&["admin", "api"]);
    let is_draft = shown.state == "DRAFT";
    if is_draft && may {
        draft::steps(desk, &mut s, &shown, "");
        to_publish(desk, &mut s, &shown);
    }
    if may {
        acts(desk, &mut s, &shown, typed.quotas);
    }
    s.parts.push(Part::Table(asked(desk, &shown)));
    s.parts.push(Part::Facts(Facts::new("facts", t.interop_about_version, facts(t, &shown))));
    let base = desk.href(&format!("{}/file", at(&shown)));
    s.parts.push(Part::Table(files(t, &shown, &base)));
    if !is_draft && desk.standing.is(super::ADMINS) {
        consumers(desk, &mut s, &shown).await?;
    }
    // An archive has an interface, and says how a version is that others may use.
    if may && matches!(shown.state.as_str(), "PUBLISHED" | "DEPRECATED" | "SUSPENDED") && shown.interface.is_some() {
        s.ways.push(Link::new(desk.href(&format!("{}/esporta", at(&shown))), t.interop_export));
    }
    add(&mut s, other_versions(desk, HERE, &shown, about.descriptors.iter().chain(&about.draft_descriptor)));
    Ok(desk.show(s, &wish.done))
}

/// Where the page of a version is.
fn at(shown: &Version) -> String {
    format!("{HERE}/{}/{}", segment(&shown.eservice.id), segment(&shown.id))
}

/// What a draft lacks, and the button that publishes it.
fn to_publish(desk: &Desk<'_>, s: &mut Sheet, shown: &Version) {
    let t = desk.t;
    let lacks = [
        (shown.audience.is_empty(), t.interop_lacks_audience),
        (shown.interface.is_none(), t.interop_lacks_interface),
        (shown.eservice.mode == "RECEIVE" && shown.eservice.risk_analysis.is_empty(), t.interop_lacks_analysis),
    ];
    let lacks: Vec<String> = lacks.into_iter().filter(|(is, _)| *is).map(|(_, text)| text.to_owned()).collect();
    if lacks.is_empty() {
        let form = Form::new(desk.here(), "publish", t.interop_publish, Vec::new());
        s.parts.push(section("publish", t.interop_publish_version, t.interop_publish_version_lead, vec![form]));
    } else {
        s.parts.push(Part::Notice("action", t.interop_lacks.into(), lacks));
    }
}

/// What may be done with a version now.
fn acts(desk: &Desk<'_>, s: &mut Sheet, shown: &Version, typed: Option<[String; 3]>) {
    let (t, here) = (desk.t, desk.here());
    let act = |word, label| Form::new(&here, word, label, Vec::new());
    let state = shown.state.as_str();
    let mut forms = Vec::new();
    if matches!(state, "PUBLISHED" | "DEPRECATED" | "SUSPENDED") {
        let now = [shown.daily_calls_per_consumer, shown.daily_calls_total, shown.voucher_lifespan / 60];
        let [each, all, minutes] = typed.unwrap_or_else(|| now.map(|number| number.to_string()));
        let fields = vec![
            Field::new("number", "perConsumer", t.interop_per_consumer).value(each),
            Field::new("number", "total", t.interop_total).value(all),
            Field::new("number", "minutes", t.interop_lifespan_minutes).hint(t.interop_lifespan_hint).value(minutes),
        ];
        let form = Form::new(&here, "quotas", t.action_save, fields).quiet();
        s.parts.push(section("quotas", t.interop_quotas, t.interop_quotas_lead, vec![form]));
    }
    match state {
        "DRAFT" => forms.push(act("delete", t.interop_delete_draft).grave()),
        "PUBLISHED" => forms.push(act("suspend", t.interop_suspend_version).grave()),
        "DEPRECATED" => {
            forms.push(act("suspend", t.interop_suspend_version).grave());
            forms.push(act("archive", t.interop_archive_version).grave());
        }
        "SUSPENDED" => forms.push(act("activate", t.interop_resume_version)),
        _ => {}
    }
    if matches!(state, "PUBLISHED" | "SUSPENDED") && shown.eservice.draft_descriptor.is_none() {
        forms.push(act("version", t.interop_new_version).quiet());
    }
    if matches!(state, "PUBLISHED" | "DEPRECATED") {
        forms.push(act("clone", t.interop_clone).quiet());
    }
    add_acts(t, &mut s.parts, forms);
}

fn asked(desk: &Desk<'_>, shown: &Version) -> Table {
    let t = desk.t;
    let row = |(kind, group): (&'static str, &Vec<crate::clients::interop::Asked>)| {
        vec![Cell::text(words::group(t, group)), Cell::text(words::kind(t, kind))]
    };
    Table {
        id: "wanted",
        title: t.interop_wanted.into(),
        lead: t.interop_wanted_lead.into(),
        head: vec![t.interop_attribute, t.interop_kind],
        rows: words::groups(&shown.attributes).map(row).collect(),
        empty: t.interop_wanted_none,
        pager: None,
    }
}

/// Who uses the e-service.
async fn consumers(desk: &Desk<'_>, s: &mut Sheet, shown: &Version) -> Result<(), PageError> {
    let t = desk.t;
    let filters = [("eservicesIds", shown.eservice.id.as_str()), ("states", "ACTIVE,SUSPENDED,PENDING")];
    let found: List<AgreementRow> = desk.client().list("/producers/agreements", 0, MOST, &filters).await?;
    let row = |agreement: AgreementRow| {
        let href = desk.href(&format!("/ricevute/{}", segment(&agreement.id)));
        vec![
            Cell::link(href, agreement.consumer.name),
            Cell::text(agreement.descriptor.version),
            Cell::badge(words::state(t, &agreement.state)),
        ]
    };
    s.parts.push(Part::Table(Table {
        id: "consumers",
        title: t.interop_consumers.into(),
        lead: String::new(),
        head: vec![t.interop_consumer, t.interop_version, t.inbox_status],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_consumers_none,
        pager: None,
    }));
    let settle = desk.href(&format!("/da-evadere?eservice={}", segment(&shown.eservice.id)));
    s.ways.push(Link::new(settle, t.interop_settle));
    s.ways.push(Link::new(desk.href(&format!("{}/fruitori", at(shown))), t.interop_consumers_csv));
    Ok(())
}

/// Those who use the e-service, as a table for spreadsheets.
pub async fn consumers_csv(visit: Visit, Path((_, _, eservice, _)): Path<Address>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(super::ADMINS)?;
    let path = format!("{}/consumers", one("/eservices", &eservice));
    Ok(crate::pages::file::send(desk.client().download(&path).await?))
}

/// Does what a button says.
pub async fn act(Path((_, _, eservice, version)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let client = desk.client();
    let all = one("/eservices", &eservice);
    let at = format!("{all}/descriptors/{}", segment(&version));
    let empty = json!({});
    let to = |eservice: &str, version: &str| format!("{HERE}/{}/{}", segment(eservice), segment(version));
    let command = posted.text("command");
    let told = match command {
        "publish" => match client.tell(Method::POST, &format!("{at}/publish"), &empty).await {
            Ok(()) => return Ok(desk.go(&to(&eservice, &version), "published")),
            error => error,
        },
        "suspend" | "activate" | "archive" => client.tell(Method::POST, &format!("{at}/{command}"), &empty).await,
        "delete" => match client.tell(Method::DELETE, &at, &Value::Null).await {
            Ok(()) => return Ok(desk.go(HERE, "deleted")),
            error => error,
        },
        "version" => match client.post::<Created>(&format!("{all}/descriptors"), &empty).await {
            Ok(made) => return Ok(desk.go(&format!("{}/versione", to(&eservice, &made.id)), "created")),
            Err(error) => Err(error),
        },
        "clone" => match client.post::<Created>(&format!("{at}/clone"), &empty).await {
            Ok(made) => return Ok(desk.go(&to(&made.id, &made.descriptor_id), "created")),
            Err(error) => Err(error),
        },
        "quotas" => {
            let typed = ["perConsumer", "total", "minutes"].map(|name| posted.text(name).to_owned());
            let errors = match draft::numbers(desk.t, &typed, ["perConsumer", "total", "minutes"]) {
                Err(errors) => errors,
                Ok([each, all, minutes]) => {
                    let shown: Version = draft::version(&desk, &eservice, &version).await?;
                    let seed = json!({
                        "dailyCallsPerConsumer": each, "dailyCallsTotal": all, "voucherLifespan": minutes.saturating_mul(60),
                        "attributes": draft::attributes(&shown.attributes),
                    });
                    match client.tell(Method::POST, &format!("{at}/update"), &seed).await {
                        Ok(()) => return Ok(desk.go(&to(&eservice, &version), "saved")),
                        Err(error) => wrong(error, &draft::NAMES, "perConsumer")?,
                    }
                }
            };
            let typed = Typed { quotas: Some(typed), faults: errors.into() };
            return page(&desk, (&eservice, &version), &Wish::default(), typed).await;
        }
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(&to(&eservice, &version), "done")),
        Err(error) => {
            let typed = Typed { faults: refused(error)?, ..Typed::default() };
            page(&desk, (&eservice, &version), &Wish::default(), typed).await
        }
    }
}

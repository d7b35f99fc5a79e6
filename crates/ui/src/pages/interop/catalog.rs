//! The catalogue: what all bodies offer, one version of an e-service with what it asks for, and asking for it.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde_json::json;

use super::desk::{Asked, Desk, Wish, add, refused};
use super::words;
use crate::clients::interop::{Created, Listed, MOST, Named, Part as List, Party, Short, Version, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::pager::Pager;
use crate::views::sheet::{Button, Cell, Facts, Faults, Field, Form, Forms, Link, Part, Sheet, Table};
use crate::visit::Visit;

const HERE: &str = "/catalogo";

type Address = (String, String, String, String);
type FileAddress = (String, String, String, String, String);

/// The catalogue.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let (t, client) = (desk.t, desk.client());
    let offset = Pager::offset(wish.page);
    let states = if wish.stato.is_empty() { "PUBLISHED,DEPRECATED,SUSPENDED" } else { &wish.stato };
    let filters = [("q", wish.q.as_str()), ("producersIds", &wish.ente), ("mode", &wish.tipo), ("states", states)];
    let (found, producers) =
        tokio::join!(client.list("/catalog", offset, "20", &filters), client.list("/producers", 0, MOST, &[]),);
    let (found, producers): (List<Listed>, List<Named>) = (found?, producers?);
    let mut s = desk.sheet(t.interop_catalog);
    s.lead = t.interop_catalog_about.into();
    let all = (String::new(), t.inbox_all.to_owned());
    let bodies = producers.results.into_iter().map(|body| (body.id, body.name));
    let modes = ["DELIVER", "RECEIVE"].map(|word| (word.to_owned(), words::mode(t, word).to_owned()));
    let fields = vec![
        Field::new("search", "q", t.interop_search).value(&wish.q),
        Field::new("select", "ente", t.interop_producer)
            .value(&wish.ente)
            .options([all.clone()].into_iter().chain(bodies).collect()),
        Field::new("select", "tipo", t.interop_mode).value(&wish.tipo).options([all].into_iter().chain(modes).collect()),
        Field::new("select", "stato", t.inbox_status).value(&wish.stato).options(words::states(t, &["PUBLISHED", "SUSPENDED"])),
    ];
    s.parts.push(filter(&desk, fields));
    let row = |eservice: Listed| {
        let version = eservice.active_descriptor.unwrap_or_default();
        let href = desk.href(&format!("{HERE}/{}/{}", segment(&eservice.id), segment(&version.id)));
        vec![
            Cell::link(href, eservice.name),
            Cell::text(eservice.producer.name),
            Cell::text(eservice.description),
            Cell::text(version.version),
            Cell::badge(words::state(t, &version.state)),
        ]
    };
    let total = found.pagination.total_count;
    let kept = [("q", wish.q.as_str()), ("ente", &wish.ente), ("tipo", &wish.tipo), ("stato", &wish.stato)];
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_eservice, t.interop_producer, t.interop_description, t.interop_version, t.inbox_status],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_catalog_empty,
        pager: desk.pager(&kept, offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

/// A form that filters the list of this page.
pub fn filter(desk: &Desk<'_>, fields: Vec<Field>) -> Part {
    let buttons = vec![Button { word: "", label: desk.t.inbox_apply, style: "btn-primary" }];
    Part::Filter(desk.t.inbox_filters, Form { action: desk.here(), fields, buttons, files: false })
}

/// A version of an e-service.
pub async fn show(
    visit: Visit,
    Path((_, _, eservice, version)): Path<Address>,
    Query(wish): Asked,
) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, (&eservice, &version), &wish, Faults::default()).await
}

fn path(eservice: &str, version: &str) -> String {
    format!("/catalog/eservices/{}/descriptor/{}", segment(eservice), segment(version))
}

async fn page(desk: &Desk<'_>, (eservice, version): (&str, &str), wish: &Wish, faults: Faults) -> Result<Response, PageError> {
    let (t, client) = (desk.t, desk.client());
    let (own, shown) = (one("/tenants", &desk.body), path(eservice, version));
    let (body, shown) = tokio::join!(client.get::<Party>(&own), client.get::<Version>(&shown));
    let (body, shown) = (body?, shown?);
    let about = &shown.eservice;
    let mut s = desk.sheet(&about.name).about(words::state(t, &shown.state), &about.description).faults(faults);
    if shown.state == "SUSPENDED" {
        s.parts.push(Part::Notice("bad", t.interop_suspended_eservice.into(), Vec::new()));
    }
    subscribe(desk, &mut s, &shown);
    s.parts.push(Part::Table(wanted(desk, &shown, &body)));
    let facts = facts(t, &shown);
    s.parts.push(Part::Facts(Facts::new("facts", t.interop_about_version, facts)));
    let base = desk.href(&format!("{HERE}/{}/{}/file", segment(eservice), segment(version)));
    s.parts.push(Part::Table(files(t, &shown, &base)));
    add(&mut s, other_versions(desk, HERE, &shown, &about.descriptors));
    Ok(desk.show(s, &wish.done))
}

/// The versions among `all` that are not the one shown, with their pages below the place `here`.
pub fn other_versions<'a>(
    desk: &Desk<'_>,
    here: &str,
    shown: &Version,
    all: impl IntoIterator<Item = &'a Short>,
) -> Option<Part> {
    let t = desk.t;
    let row = |other: &Short| {
        let href = desk.href(&format!("{here}/{}/{}", segment(&shown.eservice.id), segment(&other.id)));
        vec![Cell::link(href, format!("{} {}", t.interop_version, other.version)), Cell::badge(words::state(t, &other.state))]
    };
    let rows: Vec<_> = all.into_iter().filter(|other| other.id != shown.id).map(row).collect();
    let table = Table {
        id: "versions",
        title: t.interop_other_versions.into(),
        lead: String::new(),
        head: vec![t.interop_version, t.inbox_status],
        rows,
        empty: "",
        pager: None,
    };
    (!table.rows.is_empty()).then_some(Part::Table(table))
}

/// What can be done with an e-service of the catalogue: nothing by whoever does not administer.
fn subscribe(desk: &Desk<'_>, s: &mut Sheet, shown: &Version) {
    let t = desk.t;
    let about = &shown.eservice;
    if let Some(agreement) = about.agreements.first().filter(|_| desk.standing.is(super::ADMINS)) {
        s.ways.push(Link::new(desk.href(&format!("/richieste/{}", segment(&agreement.id))), t.interop_to_request));
        if agreement.state == "ACTIVE" && desk.admin() {
            s.ways.push(Link::new(desk.href(&format!("/finalita/nuova?eservice={}", segment(&about.id))), t.interop_new_purpose));
        }
        return;
    }
    if about.is_mine && desk.standing.is(&["admin", "api"]) {
        let here = format!("/e-service/{}/{}", segment(&about.id), segment(&shown.id));
        s.ways.push(Link::new(desk.href(&here), t.interop_manage));
    }
    if !desk.admin() || shown.state != "PUBLISHED" {
        return;
    }
    if !about.has_certified_attributes {
        s.parts.push(Part::Notice("action", t.interop_lacks_certified.into(), Vec::new()));
        return;
    }
    s.parts.push(Part::Forms(Forms {
        id: "ask",
        title: t.interop_ask.into(),
        lead: t.interop_ask_lead.into(),
        forms: vec![Form::new(desk.here(), "ask", t.interop_ask, Vec::new())],
    }));
}

/// What a version asks for, and whether this body has it.
fn wanted(desk: &Desk<'_>, shown: &Version, body: &Party) -> Table {
    let (t, now) = (desk.t, desk.visit.now());
    let row = |(kind, group): (&'static str, &Vec<crate::clients::interop::Asked>)| {
        let held = |asked: &crate::clients::interop::Asked| match kind {
            "CERTIFIED" => words::holds(&body.attributes.certified, &asked.id, None, now),
            "DECLARED" => words::holds(&body.attributes.declared, &asked.id, None, now),
            _ => {
                let by = if asked.explicit_attribute_verification { &shown.eservice.producer.id } else { "" };
                words::holds(&body.attributes.verified, &asked.id, Some(by), now)
            }
        };
        let (label, tone) = match (group.iter().any(held), kind) {
            (true, _) => (t.interop_held, "good"),
            (false, "DECLARED") => (t.interop_declared_by_asking, "info"),
            (false, "VERIFIED") => (t.interop_to_be_verified, "action"),
            (false, _) => (t.interop_not_held, "bad"),
        };
        vec![
            Cell::text(words::group(t, group)),
            Cell::text(words::kind(t, kind)),
            Cell::badge(crate::views::sheet::Badge { label, tone }),
        ]
    };
    Table {
        id: "wanted",
        title: t.interop_wanted.into(),
        lead: t.interop_wanted_lead.into(),
        head: vec![t.interop_attribute, t.interop_kind, t.interop_your_body],
        rows: words::groups(&shown.attributes).map(row).collect(),
        empty: t.interop_wanted_none,
        pager: None,
    }
}

/// What there is to know of a version.
pub fn facts<'a>(t: &'static Messages, shown: &Version) -> Vec<(&'a str, Cell)> {
    let about = &shown.eservice;
    let personal = about.personal_data.map_or("", |given| if given { t.answer_yes } else { t.answer_no });
    let manual = shown.agreement_approval_policy == "MANUAL";
    vec![
        (t.interop_producer, Cell::text(&about.producer.name)),
        (t.interop_version, Cell::text(&shown.version)),
        (t.interop_description, Cell::text(shown.description.clone().unwrap_or_default())),
        (t.interop_technology, Cell::text(&about.technology)),
        (t.interop_mode, Cell::text(words::mode(t, &about.mode))),
        (t.interop_personal_data, Cell::text(personal)),
        (t.interop_audience, Cell::code(shown.audience.join(", "))),
        (t.interop_lifespan, Cell::text(t.interop_minutes(words::number(shown.voucher_lifespan / 60)))),
        (t.interop_per_consumer, Cell::text(words::number(shown.daily_calls_per_consumer))),
        (t.interop_total, Cell::text(words::number(shown.daily_calls_total))),
        (t.interop_approval, Cell::text(if manual { t.interop_approval_manual } else { t.interop_approval_automatic })),
        (t.interop_servers, Cell::code(shown.server_urls.iter().map(|url| url.url.as_str()).collect::<Vec<_>>().join("\n"))),
        (t.interop_published_at, Cell::text(words::when(shown.published_at))),
        (t.interop_mail, Cell::text(about.mail.as_ref().map(|mail| mail.address.clone()).unwrap_or_default())),
    ]
}

/// The files of a version, to be downloaded below `base`.
pub fn files(t: &'static Messages, shown: &Version, base: &str) -> Table {
    let interface = shown.interface.iter().map(|doc| (t.interop_interface, doc));
    let docs = shown.docs.iter().map(|doc| (t.interop_document, doc));
    let row = |(kind, doc): (&'static str, &crate::clients::interop::Doc)| {
        vec![Cell::link(format!("{base}/{}", segment(&doc.id)), &doc.pretty_name), Cell::text(kind), Cell::text(&doc.name)]
    };
    Table {
        id: "files",
        title: t.interop_files.into(),
        lead: String::new(),
        head: vec![t.interop_name, t.interop_kind, t.interop_file],
        rows: interface.chain(docs).map(row).collect(),
        empty: t.interop_files_none,
        pager: None,
    }
}

/// Asks for an e-service: a draft, to be completed on its own page.
pub async fn ask(Path((_, _, eservice, version)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let seed = json!({ "eserviceId": eservice, "descriptorId": version });
    match desk.client().post::<Created>("/agreements", &seed).await {
        Ok(made) => Ok(desk.go(&format!("/richieste/{}", segment(&made.id)), "created")),
        Err(error) => page(&desk, (&eservice, &version), &Wish::default(), refused(error)?).await,
    }
}

/// A file of a version.
pub async fn file(visit: Visit, Path((_, _, eservice, version, file)): Path<FileAddress>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    download(&desk, (&eservice, &version), &file).await
}

/// A file of a version, for pages of either mode.
pub async fn download(desk: &Desk<'_>, (eservice, version): (&str, &str), file: &str) -> Result<Response, PageError> {
    let path = format!("/eservices/{}/descriptors/{}/documents/{}", segment(eservice), segment(version), segment(file));
    Ok(crate::pages::file::send(desk.client().download(&path).await?))
}

//! Attributes of those who use what this body offers: what each holds, and the body's own word on those that it verifies.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use kernel::RomeTime;
use serde_json::json;

use super::catalog::filter;
use super::desk::{Asked, Desk, Wish, wrong};
use super::request::section;
use super::words;
use crate::clients::interop::{Agreement, AgreementRow, Held, MOST, Named, Part as List, Party, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::views::sheet::{Badge, Cell, Command, Field, Form, Part, Table};
use crate::visit::Visit;

const HERE: &str = "/fruitori";

type Address = (String, String, String);

/// Who uses what this body offers, or asks for it.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    let found: List<Named> = desk.client().list("/agreements/filter/consumers", offset, "20", &[("q", &wish.q)]).await?;
    let mut s = desk.sheet(t.interop_verify);
    s.lead = t.interop_verify_about.into();
    s.parts.push(filter(&desk, vec![Field::new("search", "q", t.interop_search).value(&wish.q)]));
    let row = |body: Named| vec![Cell::link(desk.href(&format!("{HERE}/{}", segment(&body.id))), body.name)];
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_consumer],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_verify_empty,
        pager: desk.pager(&[("q", &wish.q)], offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

/// What an agreement's consumer holds of what its version asks for.
pub fn held(desk: &Desk<'_>, agreement: &Agreement) -> Part {
    let (t, now) = (desk.t, desk.visit.now());
    let holdings = &agreement.consumer.attributes;
    let lists = [
        ("CERTIFIED", &agreement.certified_attributes, &holdings.certified),
        ("DECLARED", &agreement.declared_attributes, &holdings.declared),
        ("VERIFIED", &agreement.verified_attributes, &holdings.verified),
    ];
    let mut rows = Vec::new();
    for (kind, asked, held) in lists {
        for attribute in asked {
            let mine = kind == "VERIFIED" && words::holds(held, &attribute.id, Some(&desk.body), now);
            let any = words::holds(held, &attribute.id, (kind == "VERIFIED").then_some(""), now);
            let (label, tone) = match (mine, any, kind) {
                (true, ..) => (t.interop_verified_by_you, "good"),
                (false, true, "VERIFIED") => (t.interop_verified_by_others, "info"),
                (false, true, _) => (t.interop_held, "good"),
                (false, false, "VERIFIED") => (t.interop_to_be_verified, "action"),
                _ => (t.interop_not_held, "bad"),
            };
            let command = Command {
                action: desk.here(),
                word: "unverify",
                label: t.interop_unverify,
                about: attribute.name.clone(),
                target: attribute.id.clone(),
            };
            let commands = if mine && desk.admin() { vec![command] } else { Vec::new() };
            rows.push(vec![
                Cell::text(&attribute.name),
                Cell::text(words::kind(t, kind)),
                Cell::badge(Badge { label, tone }),
                Cell::commands(commands),
            ]);
        }
    }
    Part::Table(Table {
        id: "attributes",
        title: t.interop_consumers_attributes.into(),
        lead: String::new(),
        head: vec![t.interop_attribute, t.interop_kind, t.inbox_status, t.interop_act],
        rows,
        empty: t.interop_wanted_none,
        pager: None,
    })
}

/// The form by which the producer vouches for what it has not vouched for yet.
pub fn verification(desk: &Desk<'_>, agreement: &Agreement) -> Option<Part> {
    let (t, now) = (desk.t, desk.visit.now());
    if !matches!(agreement.state.as_str(), "PENDING" | "ACTIVE" | "SUSPENDED") || agreement.consumer.id == desk.body {
        return None;
    }
    let held = &agreement.consumer.attributes.verified;
    let open = agreement.verified_attributes.iter().filter(|asked| !words::holds(held, &asked.id, Some(&desk.body), now));
    let options: Vec<_> = open.map(|asked| (asked.id.clone(), asked.name.clone())).collect();
    if options.is_empty() {
        return None;
    }
    let fields = vec![
        Field::new("select", "attribute", t.interop_attribute).options(options),
        Field::new("date", "until", t.interop_until).hint(t.interop_until_hint),
    ];
    let form = Form::new(desk.here(), "verify", t.interop_verify_act, fields);
    Some(section("verify", t.interop_verify_act, t.interop_verify_lead, vec![form]))
}

/// Vouches for an attribute, or takes the word back; what is wrong with the form comes back.
pub async fn change(
    desk: &Desk<'_>,
    posted: &Posted,
    consumer: &str,
    agreement: &str,
) -> Result<Result<(), Vec<Invalid>>, PageError> {
    let (client, path) = (desk.client(), format!("{}/attributes/verified", one("/tenants", consumer)));
    if posted.text("command") == "unverify" {
        let at = format!("{path}/{}", segment(posted.text("target")));
        let done = client.tell(Method::DELETE, &at, &json!({ "agreementId": agreement })).await;
        return done.map(Ok).or_else(|error| wrong(error, &[], "attribute").map(Err));
    }
    let until = match end_of(posted.text("until")) {
        Ok(until) => until,
        Err(()) => return Ok(Err(vec![Invalid::new("until", desk.t.interop_date_wanted)])),
    };
    let seed = json!({ "id": posted.text("attribute"), "agreementId": agreement, "expirationDate": until });
    let done = client.tell(Method::POST, &path, &seed).await;
    let names = [("005-009", "until"), ("005-0009", "until"), ("expirationDate", "until")];
    done.map(Ok).or_else(|error| wrong(error, &names, "attribute").map(Err))
}

/// The end of a day in Rome; nothing when no day is typed.
pub fn end_of(day: &str) -> Result<Option<RomeTime>, ()> {
    if day.is_empty() {
        return Ok(None);
    }
    let day: kernel::jiff::civil::Date = day.parse().map_err(|_| ())?;
    let zoned = day.at(23, 59, 59, 0).in_tz("Europe/Rome").map_err(|_| ())?;
    zoned.timestamp().to_string().parse().map(Some).map_err(|_| ())
}

/// A consumer with its attributes.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &id, &wish, Vec::new()).await
}

async fn page(desk: &Desk<'_>, id: &str, wish: &Wish, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let (t, client) = (desk.t, desk.client());
    let path = one("/tenants", id);
    let filters = [("consumersIds", id), ("states", "PENDING,ACTIVE,SUSPENDED")];
    let (body, agreements) =
        tokio::join!(client.get::<Party>(&path), client.list::<AgreementRow>("/producers/agreements", 0, MOST, &filters));
    let (body, agreements) = (body?, agreements?);
    let mut s = desk.sheet(&body.name);
    s.errors = errors;
    let row = |agreement: AgreementRow| {
        let href = desk.href(&format!("/ricevute/{}", segment(&agreement.id)));
        vec![Cell::link(href, agreement.eservice.name), Cell::badge(words::state(t, &agreement.state))]
    };
    s.parts.push(Part::Table(Table {
        id: "agreements",
        title: t.interop_received.into(),
        lead: t.interop_verify_where.into(),
        head: vec![t.interop_eservice, t.inbox_status],
        rows: agreements.results.into_iter().map(row).collect(),
        empty: t.interop_received_empty,
        pager: None,
    }));
    s.parts.push(Part::Table(verified(desk, &body.attributes.verified)));
    let mine = |held: &&Held| held.verified_by.iter().any(|word| word.id == desk.body);
    let options: Vec<_> = body.attributes.verified.iter().filter(mine).map(|held| (held.id.clone(), held.name.clone())).collect();
    if desk.admin() && !options.is_empty() {
        let fields = vec![
            Field::new("select", "attribute", t.interop_attribute).options(options),
            Field::new("date", "until", t.interop_until).hint(t.interop_until_hint),
        ];
        let form = Form::new(desk.here(), "expiry", t.action_save, fields).quiet();
        s.parts.push(section("expiry", t.interop_expiry, t.interop_expiry_lead, vec![form]));
    }
    Ok(desk.show(s, &wish.done))
}

/// Verified attributes with this body's own word on each.
fn verified(desk: &Desk<'_>, held: &[Held]) -> Table {
    let (t, now) = (desk.t, desk.visit.now());
    let row = |held: &Held| {
        let mine = held.verified_by.iter().find(|word| word.id == desk.body);
        let lives = words::holds(std::slice::from_ref(held), &held.id, Some(&desk.body), now);
        let (label, tone) = match (mine, lives) {
            (Some(_), true) => (t.interop_verified_by_you, "good"),
            (Some(_), false) => (t.interop_verification_over, "bad"),
            _ => (t.interop_verified_by_others, "info"),
        };
        let ends = mine.and_then(|word| word.extension_date.or(word.expiration_date));
        vec![
            Cell::text(&held.name),
            Cell::badge(Badge { label, tone }),
            Cell::text(words::day(mine.and_then(|word| word.verification_date))),
            Cell::text(words::day(ends)),
        ]
    };
    let live = held.iter().filter(|held| !held.verified_by.is_empty());
    Table {
        id: "verified",
        title: t.interop_verified_attributes.into(),
        lead: String::new(),
        head: vec![t.interop_attribute, t.inbox_status, t.interop_verified_at, t.interop_until],
        rows: live.map(row).collect(),
        empty: t.interop_verified_none,
        pager: None,
    }
}

/// Changes when this body's word on an attribute ends.
pub async fn act(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let until = match end_of(posted.text("until")) {
        Ok(until) => until,
        Err(()) => return page(&desk, &id, &Wish::default(), vec![Invalid::new("until", desk.t.interop_date_wanted)]).await,
    };
    let path = format!("{}/attributes/verified/{}", one("/tenants", &id), segment(posted.text("attribute")));
    match desk.client().tell(Method::POST, &path, &json!({ "expirationDate": until })).await {
        Ok(()) => Ok(desk.go(&format!("{HERE}/{}", segment(&id)), "saved")),
        Err(error) => page(&desk, &id, &Wish::default(), wrong(error, &[], "until")?).await,
    }
}

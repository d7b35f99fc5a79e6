//! Where a visit begins: every page that the visitor may use, and what was begun and not finished.

use axum::extract::Query;
use axum::response::Response;

use super::desk::{Asked, Desk, add};
use super::{Mode, words};
use crate::clients::ClientError;
use crate::clients::interop::{AgreementRow, Listed, MOST, Part as List, Purpose};
use crate::errors::PageError;
use crate::views::sheet::{Cell, Link, Part, Sheet, Table, Tile};
use crate::visit::Visit;

/// The page.
pub async fn show(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::home(&visit)?;
    let t = desk.t;
    let roles: Vec<_> = desk.standing.roles.iter().map(|role| words::role(t, role)).collect();
    let mut s = desk.sheet(t.interop_title);
    s.lead = t.interop_lead(&visit.tenant.name, roles.join(", "));
    unfinished(&desk, &mut s).await?;
    for (mode, id, title) in [
        (Mode::Using, "using", t.interop_using),
        (Mode::Offering, "offering", t.interop_offering),
        (Mode::Body, "body", t.interop_body),
    ] {
        let tiles: Vec<_> = desk.places().filter(|place| place.mode == mode).collect();
        let tile = |place: &&'static super::Place| Tile {
            link: Link::new(desk.href(place.path), (place.label)(t)),
            text: (place.about)(t),
        };
        add(&mut s, (!tiles.is_empty()).then(|| Part::Tiles(id, title, tiles.iter().map(tile).collect())));
    }
    Ok(desk.show(s, &wish.done))
}

/// Drafts, and what waits for this body.
async fn unfinished(desk: &Desk<'_>, s: &mut Sheet) -> Result<(), PageError> {
    let (t, client) = (desk.t, desk.client());
    let mut rows = Vec::new();
    let mut row = |what: &'static str, href: String, name: String, state: &str| {
        rows.push(vec![Cell::link(href, name), Cell::text(what), Cell::badge(words::state(t, state))]);
    };
    if desk.standing.is(&["admin", "api"]) {
        let own: List<Listed> = client.list("/producers/eservices", 0, MOST, &[]).await?;
        for eservice in own.results {
            if let Some(draft) = eservice.draft_descriptor {
                let name = format!("{} ({} {})", eservice.name, t.interop_version, draft.version);
                row(t.interop_eservice, desk.href(&format!("/e-service/{}/{}", eservice.id, draft.id)), name, &draft.state);
            }
        }
    }
    if desk.admin() {
        let (asked, received, purposes, waiting) = tokio::join!(
            client.list("/consumers/agreements", 0, MOST, &[("states", "DRAFT,MISSING_CERTIFIED_ATTRIBUTES")]),
            client.list("/producers/agreements", 0, MOST, &[("states", "PENDING")]),
            client.list("/consumers/purposes", 0, MOST, &[("states", "DRAFT")]),
            client.list("/producers/purposes", 0, MOST, &[("states", "WAITING_FOR_APPROVAL")]),
        );
        let agreements = |list: Result<List<AgreementRow>, ClientError>| list.map(|list| list.results);
        for agreement in agreements(asked)? {
            let href = desk.href(&format!("/richieste/{}", agreement.id));
            row(t.interop_request, href, agreement.eservice.name, &agreement.state);
        }
        for agreement in agreements(received)? {
            let name = format!("{}: {}", agreement.consumer.name, agreement.eservice.name);
            row(t.interop_received_one, desk.href(&format!("/ricevute/{}", agreement.id)), name, &agreement.state);
        }
        let purposes_of = |list: Result<List<Purpose>, ClientError>| list.map(|list| list.results);
        for purpose in purposes_of(purposes)? {
            row(t.interop_purpose, desk.href(&format!("/finalita/{}", purpose.id)), purpose.title, "DRAFT");
        }
        for purpose in purposes_of(waiting)? {
            let name = format!("{}: {}", purpose.consumer.name, purpose.title);
            row(t.interop_settle_one, desk.href(&format!("/da-evadere/{}", purpose.id)), name, "WAITING_FOR_APPROVAL");
        }
    }
    let table = Table {
        id: "unfinished",
        title: t.interop_unfinished.into(),
        lead: String::new(),
        head: vec![t.interop_name, t.interop_what, t.inbox_status],
        rows,
        empty: "",
        pager: None,
    };
    add(s, (!table.rows.is_empty()).then_some(Part::Table(table)));
    Ok(())
}

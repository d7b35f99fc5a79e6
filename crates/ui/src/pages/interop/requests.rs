//! The requests that this body has made for e-services of others.

use axum::extract::Query;
use axum::response::Response;

use super::catalog::filter;
use super::desk::{Asked, Desk};
use super::words;
use crate::clients::interop::{AgreementRow, Part as List};
use crate::clients::segment;
use crate::errors::PageError;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Field, Link, Part, Table};
use crate::visit::Visit;

/// States that a request may be in, in the order in which people look for them.
pub const STATES: [&str; 7] = ["ACTIVE", "PENDING", "DRAFT", "SUSPENDED", "REJECTED", "MISSING_CERTIFIED_ATTRIBUTES", "ARCHIVED"];

/// The page.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/richieste")?;
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    let upgradeable = if wish.stato == "UPGRADE" { "true" } else { "" };
    let state = if wish.stato == "UPGRADE" { "" } else { &wish.stato };
    let asked = [("states", state), ("showOnlyUpgradeable", upgradeable)];
    let found: List<AgreementRow> = desk.client().list("/consumers/agreements", offset, "20", &asked).await?;
    let mut s = desk.sheet(t.interop_requests);
    s.lead = t.interop_requests_about.into();
    s.ways.push(Link::new(desk.href("/catalogo"), t.interop_to_catalog));
    let mut states = words::states(t, &STATES);
    states.push(("UPGRADE".into(), t.interop_upgradeable.into()));
    s.parts.push(filter(&desk, vec![Field::new("select", "stato", t.inbox_status).value(&wish.stato).options(states)]));
    let row = |agreement: AgreementRow| {
        let href = desk.href(&format!("/richieste/{}", segment(&agreement.id)));
        let upgrade = if agreement.can_be_upgraded { t.interop_upgradeable } else { "" };
        vec![
            Cell::link(href, agreement.eservice.name),
            Cell::text(agreement.eservice.producer.name),
            Cell::text(agreement.descriptor.version),
            Cell::badge(words::state(t, &agreement.state)),
            Cell::text(upgrade),
        ]
    };
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_eservice, t.interop_producer, t.interop_version, t.inbox_status, t.interop_news],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_requests_empty,
        pager: desk.pager(&[("stato", &wish.stato)], offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

//! The purposes for which this body uses e-services of others.

use axum::extract::Query;
use axum::response::Response;

use super::catalog::filter;
use super::desk::{Asked, Desk};
use super::words;
use crate::clients::interop::{Part as List, Purpose};
use crate::clients::segment;
use crate::errors::PageError;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Field, Link, Part, Table};
use crate::visit::Visit;

/// States that a purpose may be in, in the order in which people look for them.
pub const STATES: [&str; 6] = ["ACTIVE", "WAITING_FOR_APPROVAL", "DRAFT", "SUSPENDED", "REJECTED", "ARCHIVED"];

/// The state that stands for a purpose: of the version in force, or of the one that is to be.
pub fn state(purpose: &Purpose) -> &str {
    let versions = [&purpose.current_version, &purpose.waiting_for_approval_version, &purpose.rejected_version];
    versions.into_iter().flatten().next().map_or("", |version| version.state.as_str())
}

/// The page.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/finalita")?;
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    let asked = [("q", wish.q.as_str()), ("states", &wish.stato)];
    let found: List<Purpose> = desk.client().list("/consumers/purposes", offset, "20", &asked).await?;
    let mut s = desk.sheet(t.interop_purposes);
    s.lead = t.interop_purposes_about.into();
    if desk.admin() {
        s.ways.push(Link::new(desk.href("/finalita/nuova"), t.interop_new_purpose));
    }
    s.parts.push(filter(
        &desk,
        vec![
            Field::new("search", "q", t.interop_search).value(&wish.q),
            Field::new("select", "stato", t.inbox_status).value(&wish.stato).options(words::states(t, &STATES)),
        ],
    ));
    let row = |purpose: Purpose| {
        let calls = purpose.current_version.as_ref().map(|version| words::number(version.daily_calls)).unwrap_or_default();
        let news = purpose.waiting_for_approval_version.as_ref().filter(|_| purpose.current_version.is_some());
        let news = news.map(|waiting| t.interop_waits_for(words::number(waiting.daily_calls))).unwrap_or_default();
        vec![
            Cell::link(desk.href(&format!("/finalita/{}", segment(&purpose.id))), &purpose.title),
            Cell::text(&purpose.eservice.name),
            Cell::text(&purpose.eservice.producer.name),
            Cell::text(calls),
            Cell::badge(words::state(t, state(&purpose))),
            Cell::text(news),
        ]
    };
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_purpose, t.interop_eservice, t.interop_producer, t.interop_calls, t.inbox_status, t.interop_news],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_purposes_empty,
        pager: desk.pager(&[("q", &wish.q), ("stato", &wish.stato)], offset, total),
    }));
    Ok(desk.show(s, &wish.done))
}

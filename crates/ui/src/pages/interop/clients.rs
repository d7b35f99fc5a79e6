//! Clients: those that use e-services, and those of programs that use the platform's own interface. An operator of keys sees his own.

use axum::extract::Query;
use axum::response::Response;

use super::catalog::filter;
use super::desk::{Asked, Desk, Wish};
use crate::clients::interop::{ClientRow, Part as List};
use crate::clients::segment;
use crate::errors::PageError;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Field, Link, Part, Table};
use crate::visit::Visit;

/// Clients that use e-services.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/client")?;
    page(&desk, &wish, "CONSUMER").await
}

/// Clients of programs that use the platform's own interface, and how they do it.
pub async fn list_m2m(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/m2m")?;
    page(&desk, &wish, "API").await
}

async fn page(desk: &Desk<'_>, wish: &Wish, kind: &str) -> Result<Response, PageError> {
    let t = desk.t;
    let api = kind == "API";
    let offset = Pager::offset(wish.page);
    let found: List<ClientRow> = desk.client().list("/clients", offset, "20", &[("q", &wish.q), ("kind", kind)]).await?;
    let mut s = desk.sheet(if api { t.interop_m2m } else { t.interop_clients });
    s.lead = if api { t.interop_m2m_lead.into() } else { t.interop_clients_about.into() };
    if desk.admin() {
        let href = if api { "/client/nuovo?tipo=API" } else { "/client/nuovo" };
        s.ways.push(Link::new(desk.href(href), t.interop_new_client));
    }
    s.parts.push(filter(desk, vec![Field::new("search", "q", t.interop_search).value(&wish.q)]));
    let row = |client: ClientRow| {
        let keys = if client.has_keys { t.interop_has_keys } else { t.interop_has_no_keys };
        vec![Cell::link(desk.href(&format!("/client/{}", segment(&client.id))), client.name), Cell::text(keys)]
    };
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_client, t.interop_keys],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_clients_empty,
        pager: desk.pager(&[("q", &wish.q)], offset, total),
    }));
    if api {
        let base = desk.visit.tenant.base_url.trim_end_matches(&desk.visit.tenant.slug).trim_end_matches('/').to_owned();
        let lines = format!(
            "{base}/authorization-server/token.oauth2\n{base}/interop/v2/eservices?offset=0&limit=10\n{base}/docs/interop-m2m"
        );
        s.parts.push(Part::Code("addresses", t.interop_m2m_addresses, t.interop_m2m_addresses_lead.into(), lines));
    }
    Ok(desk.show(s, &wish.done))
}

//! The registry of attributes, and adding to it what no authoritative source certifies.

use axum::extract::Query;
use axum::response::Response;
use serde_json::{Value, json};

use super::catalog::filter;
use super::certify;
use super::desk::{Asked, Desk, Wish, wrong};
use super::request::section;
use super::words;
use crate::clients::interop::{Attribute, Party, one};
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Field, Form, Part, Table};
use crate::visit::Visit;

const HERE: &str = "/attributi";
const ALL: &str = "CERTIFIED,DECLARED,VERIFIED";

/// What is typed of a new one.
#[derive(Default)]
struct Typed {
    kind: String,
    name: String,
    description: String,
}

/// The registry.
pub async fn list(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &wish, &Typed::default(), Vec::new()).await
}

async fn page(desk: &Desk<'_>, wish: &Wish, typed: &Typed, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let t = desk.t;
    let offset = Pager::offset(wish.page);
    let kinds = if wish.tipo.is_empty() { ALL } else { &wish.tipo };
    let (client, own, filters) = (desk.client(), one("/tenants", &desk.body), [("kinds", kinds), ("q", wish.q.as_str())]);
    let (body, found) = tokio::join!(client.get::<Party>(&own), client.list::<Attribute>("/attributes", offset, "20", &filters));
    let (body, found) = (body?, found?);
    let mut s = desk.sheet(t.interop_registry).faults(errors.into());
    s.lead = t.interop_registry_about.into();
    s.ways.extend(certify::way(desk, &body));
    let each = |words: &[&str]| -> Vec<(String, String)> {
        words.iter().map(|word| ((*word).to_owned(), words::kind(t, word).to_owned())).collect()
    };
    let mut filters = vec![(String::new(), t.inbox_all.to_owned())];
    filters.extend(each(&["CERTIFIED", "DECLARED", "VERIFIED"]));
    s.parts.push(filter(
        desk,
        vec![
            Field::new("search", "q", t.interop_search).value(&wish.q),
            Field::new("select", "tipo", t.interop_kind).options(filters).value(&wish.tipo),
        ],
    ));
    let row = |attribute: Attribute| vec![Cell::text(attribute.name), Cell::text(words::kind(t, &attribute.kind))];
    let total = found.pagination.total_count;
    s.parts.push(Part::Table(Table {
        id: "found",
        title: t.interop_found(total),
        lead: String::new(),
        head: vec![t.interop_attribute, t.interop_kind],
        rows: found.results.into_iter().map(row).collect(),
        empty: t.interop_attributes_none,
        pager: desk.pager(&[("q", &wish.q), ("tipo", &wish.tipo)], offset, total),
    }));
    if desk.standing.is(&["admin", "api"]) {
        let kind = if typed.kind.is_empty() { "DECLARED" } else { &typed.kind };
        let fields = vec![
            Field::new("radio", "kind", t.interop_kind).options(each(&["DECLARED", "VERIFIED"])).value(kind),
            Field::new("text", "name", t.interop_name).hint(t.interop_3_to_100).value(&typed.name),
            Field::new("area", "description", t.interop_description).hint(t.interop_10_to_250).value(&typed.description),
        ];
        let form = Form::new(desk.here(), "create", t.interop_attribute_add, fields);
        s.parts.push(section("create", t.interop_attribute_add, t.interop_attribute_add_lead, vec![form]));
    }
    Ok(desk.show(s, &wish.done))
}

/// Adds one.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Typed { kind: text("kind"), name: text("name"), description: text("description") };
    let path = if typed.kind == "VERIFIED" { "/verifiedAttributes" } else { "/declaredAttributes" };
    let seed = json!({ "name": typed.name, "description": typed.description });
    match desk.client().post::<Value>(path, &seed).await {
        Ok(_) => Ok(desk.go(HERE, "created")),
        Err(error) => {
            let errors = wrong(error, &[("description", "description")], "name")?;
            page(&desk, &Wish::default(), &typed, errors).await
        }
    }
}

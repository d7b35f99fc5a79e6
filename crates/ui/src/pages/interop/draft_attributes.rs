//! The third step: what whoever uses the e-service must have. Groups are added one at a time: one attribute, or several of which one is
//! enough.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::catalog::filter;
use super::desk::{Asked, Desk, Wish, wrong};
use super::draft::{next, path, seed, steps, version};
use super::request::section;
use super::words;
use crate::clients::interop::{Attribute, MOST, Part as List, Version};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Cell, Command, Field, Form, Part, Table};
use crate::visit::Visit;

const HERE: &str = "/e-service";
const KINDS: [&str; 3] = ["CERTIFIED", "DECLARED", "VERIFIED"];

type Address = (String, String, String, String);

/// The step.
pub async fn show(visit: Visit, Path((_, _, eservice, at)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    let shown = version(&desk, &eservice, &at).await?;
    page(&desk, &shown, &wish, Vec::new()).await
}

async fn page(desk: &Desk<'_>, shown: &Version, wish: &Wish, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let t = desk.t;
    let mut s = desk.sheet(&shown.eservice.name);
    steps(desk, &mut s, shown, "/attributi");
    s.errors = errors;
    let mut counts = [0_usize; 3];
    let mut rows = Vec::new();
    for (kind, group) in words::groups(&shown.attributes) {
        let place = KINDS.iter().position(|known| *known == kind).unwrap_or_default();
        let names = words::group(t, group);
        let remove = Command {
            action: desk.here(),
            word: "remove",
            label: t.interop_remove,
            about: names.clone(),
            target: format!("{kind}/{}", counts[place]),
        };
        counts[place] += 1;
        rows.push(vec![Cell::text(names), Cell::text(words::kind(t, kind)), Cell::commands(vec![remove])]);
    }
    s.parts.push(Part::Table(Table {
        id: "wanted",
        title: t.interop_wanted.into(),
        lead: t.interop_wanted_lead.into(),
        head: vec![t.interop_attribute, t.interop_kind, t.interop_act],
        rows,
        empty: t.interop_wanted_none,
        pager: None,
    }));
    s.parts.push(next(desk, shown, if shown.eservice.mode == "RECEIVE" { "/analisi" } else { "/file" }));
    let kind = KINDS.into_iter().find(|kind| *kind == wish.tipo).unwrap_or(KINDS[0]);
    let found: List<Attribute> = desk.client().list("/attributes", 0, MOST, &[("kinds", kind), ("q", &wish.q)]).await?;
    let kinds = KINDS.map(|word| (word.to_owned(), words::kind(t, word).to_owned())).to_vec();
    s.parts.push(filter(
        desk,
        vec![
            Field::new("select", "tipo", t.interop_kind).options(kinds).value(kind),
            Field::new("search", "q", t.interop_search).value(&wish.q),
        ],
    ));
    if found.results.is_empty() {
        s.parts.push(Part::Notice("info", t.interop_attributes_none.into(), Vec::new()));
        return Ok(desk.show(s, &wish.done));
    }
    let options = found.results.into_iter().map(|attribute| (attribute.id, attribute.name)).collect();
    let mut fields = vec![
        Field::new("hidden", "kind", "").value(kind),
        Field::new("checks", "attributes", words::kind(t, kind)).hint(t.interop_group_hint).options(options),
    ];
    if kind == "VERIFIED" {
        fields.push(Field::new("check", "explicit", t.interop_explicit).hint(t.interop_explicit_hint));
    }
    s.parts.push(section(
        "add",
        t.interop_group_add,
        "",
        vec![Form::new(desk.here(), "add", t.interop_group_add, fields).quiet()],
    ));
    Ok(desk.show(s, &wish.done))
}

/// Adds a group or takes one away.
pub async fn save(Path((_, _, eservice, at)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let shown = version(&desk, &eservice, &at).await?;
    let kind = posted.text("kind").to_owned();
    let wish = Wish { tipo: kind.clone(), ..Wish::default() };
    let member = |kind: &str| KINDS.into_iter().find(|known| *known == kind).map(str::to_lowercase);
    let mut seed = seed(&shown);
    if posted.text("command") == "remove" {
        let (kind, place) = posted.text("target").split_once('/').unwrap_or_default();
        let groups = member(kind).and_then(|member| seed["attributes"][member].as_array_mut());
        let groups = groups.ok_or(PageError::NotFound)?;
        let place: usize = place.parse().map_err(|_| PageError::NotFound)?;
        if place >= groups.len() {
            return Err(PageError::NotFound);
        }
        groups.remove(place);
    } else {
        let explicit = posted.checked("explicit");
        let group: Vec<_> =
            posted.all("attributes").map(|id| json!({ "id": id, "explicitAttributeVerification": explicit })).collect();
        if group.is_empty() {
            return page(&desk, &shown, &wish, vec![Invalid::new("attributes", desk.t.interop_choose_attribute)]).await;
        }
        let groups = member(&kind).and_then(|member| seed["attributes"][member].as_array_mut());
        groups.ok_or(PageError::NotFound)?.push(json!(group));
    }
    match desk.client().tell(Method::PUT, &path(&eservice, &at), &seed).await {
        Ok(()) => Ok(desk.go(&format!("{HERE}/{}/{}/attributi", segment(&eservice), segment(&at)), "saved")),
        Err(error) => page(&desk, &shown, &wish, wrong(error, &[], "attributes")?).await,
    }
}

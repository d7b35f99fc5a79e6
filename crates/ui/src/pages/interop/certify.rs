//! Certified attributes of which this body is the source (A1): creating them, assigning them to bodies, revoking them.

use axum::extract::Query;
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::catalog::filter;
use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::request::section;
use crate::clients::interop::{Attribute, Given, MOST, Named, Part as List, Party, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::pager::Pager;
use crate::views::sheet::{Cell, Command, Faults, Field, Form, Link, Part, Table};
use crate::visit::Visit;

/// The place of the menu that it belongs to.
const HERE: &str = "/attributi";
/// Where the page is.
pub const PATH: &str = "/attributi/certificati";

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    name: String,
    description: String,
    faults: Faults,
}

/// The way to this page, for the people of a body that certifies.
pub fn way(desk: &Desk<'_>, body: &Party) -> Option<Link> {
    body.certifies().map(|_| Link::new(desk.href(PATH), desk.t.interop_certify))
}

/// The page.
pub async fn show(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let (t, client, offset) = (desk.t, desk.client(), Pager::offset(wish.page));
    let body: Party = client.get(&one("/tenants", &desk.body)).await?;
    let origin = body.certifies().ok_or(PageError::Forbidden)?;
    let given: List<Given> = client.list("/tenants/attributes/certified", offset, "20", &[]).await?;
    let mut s = desk.sheet(t.interop_certify).faults(typed.faults);
    s.lead = t.interop_certify_lead(origin);
    let row = |given: &Given| {
        let href = desk.href(&format!("/enti/{}", segment(&given.tenant_id)));
        let mut row = vec![Cell::link(href, &given.tenant_name), Cell::text(&given.attribute_name)];
        if desk.admin() {
            row.push(Cell::commands(vec![Command {
                action: desk.here(),
                word: "revoke",
                label: t.interop_certify_revoke,
                about: format!("{}, {}", given.attribute_name, given.tenant_name),
                target: format!("{}/{}", given.tenant_id, given.attribute_id),
            }]));
        }
        row
    };
    let head = [t.interop_certify_body, t.interop_attribute, t.interop_act];
    s.parts.push(Part::Table(Table {
        id: "given",
        title: t.interop_certify_given.into(),
        lead: String::new(),
        head: head[..if desk.admin() { 3 } else { 2 }].to_vec(),
        rows: given.results.iter().map(row).collect(),
        empty: t.interop_certify_given_none,
        pager: desk.pager(&[], offset, given.pagination.total_count),
    }));
    if desk.admin() {
        let filters = [("kinds", "CERTIFIED"), ("origin", origin), ("q", wish.q.as_str())];
        let named = [("name", wish.ente.as_str())];
        let (attributes, bodies) = tokio::join!(
            client.list::<Attribute>("/attributes", 0, MOST, &filters),
            client.list::<Named>("/tenants", 0, MOST, &named),
        );
        let attributes = attributes?.results.into_iter().map(|attribute| (attribute.id, attribute.name));
        let bodies = bodies?.results.into_iter().map(|body| (body.id, body.name));
        assignment(desk, wish, &mut s.parts, (attributes.collect(), bodies.collect()));
        let fields = vec![
            Field::new("text", "name", t.interop_name).hint(t.interop_1_to_500).value(typed.name),
            Field::new("area", "description", t.interop_description).hint(t.interop_1_to_500).value(typed.description),
        ];
        let form = Form::new(desk.here(), "create", t.interop_certify_create, fields).quiet();
        s.parts.push(section("create", t.interop_certify_create, t.interop_certify_create_lead, vec![form]));
    }
    Ok(desk.show(s, &wish.done))
}

/// Values and labels of a choice.
type Options = Vec<(String, String)>;

/// The form that assigns one of the attributes to one of the bodies, and the filter that brings others into it.
fn assignment(desk: &Desk<'_>, wish: &Wish, parts: &mut Vec<Part>, (attributes, bodies): (Options, Options)) {
    let t = desk.t;
    let fields = vec![
        Field::new("search", "q", t.interop_certify_search_attribute).value(&wish.q),
        Field::new("search", "ente", t.interop_certify_search_body).value(&wish.ente),
    ];
    parts.push(filter(desk, fields));
    if attributes.is_empty() || bodies.is_empty() {
        parts.push(Part::Notice("info", t.interop_certify_none_found.into(), Vec::new()));
        return;
    }
    let fields = vec![
        Field::new("select", "attribute", t.interop_attribute).options(attributes),
        Field::new("select", "body", t.interop_certify_body).options(bodies),
    ];
    let form = Form::new(desk.here(), "assign", t.interop_certify_assign, fields);
    parts.push(section("assign", t.interop_certify_assign, t.interop_certify_assign_lead, vec![form]));
}

/// Does what a button says.
pub async fn act(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let client = desk.client();
    let held_by = |body: &str| format!("{}/attributes/certified", one("/tenants", body));
    let told = match posted.text("command") {
        "assign" => {
            let seed = json!({ "id": posted.text("attribute") });
            client.tell(Method::POST, &held_by(posted.text("body")), &seed).await
        }
        "revoke" => {
            let (body, attribute) = posted.text("target").split_once('/').ok_or(PageError::NotFound)?;
            client.tell(Method::DELETE, &one(&held_by(body), attribute), &Value::Null).await
        }
        "create" => {
            let (name, description) = (posted.text("name").to_owned(), posted.text("description").to_owned());
            let seed = json!({ "name": name, "description": description });
            if let Err(error) = client.tell(Method::POST, "/certifiedAttributes", &seed).await {
                let faults = wrong(error, &[("description", "description")], "name")?.into();
                return page(&desk, &Wish::default(), Typed { name, description, faults }).await;
            }
            Ok(())
        }
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(PATH, "saved")),
        Err(error) => page(&desk, &Wish::default(), Typed { faults: refused(error)?, ..Typed::default() }).await,
    }
}

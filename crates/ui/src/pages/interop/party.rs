//! This body on the platform (its address, its people, its attributes), and what everybody may know of another one.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::certify;
use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::request::section;
use super::words;
use crate::clients::interop::{Attribute, Held, MOST, Named, Part as List, Party, Person, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::sheet::{Cell, Command, Facts, Faults, Field, Form, Part, Sheet, Table};
use crate::visit::Visit;

const HERE: &str = "/ente";

type Address = (String, String, String);

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    mail: Option<(String, String)>,
    faults: Faults,
}

/// This body.
pub async fn show(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let (t, client, own) = (desk.t, desk.client(), one("/tenants", &desk.body));
    let people = format!("{own}/users");
    let filters = [("kinds", "DECLARED"), ("q", wish.q.as_str())];
    let (body, people, declarable, bodies) = tokio::join!(
        client.get::<Party>(&own),
        client.get::<Vec<Person>>(&people),
        client.list::<Attribute>("/attributes", 0, MOST, &filters),
        client.list::<Named>("/producers", 0, MOST, &[]),
    );
    let (body, people, declarable, bodies): (_, _, _, List<Named>) = (body?, people?, declarable?, bodies?);
    let mut s = desk.sheet(t.interop_party).faults(typed.faults);
    s.lead = t.interop_party_lead(&body.name);
    s.ways.extend(certify::way(desk, &body));
    s.parts.push(Part::Facts(about(desk, &body)));
    attributes(desk, &mut s, &body, true);
    if desk.admin() {
        let live = |id: &str| words::holds(&body.attributes.declared, id, None, desk.visit.now());
        let options: Vec<_> = declarable.results.into_iter().filter(|attribute| !live(&attribute.id)).collect();
        let options: Vec<_> = options.into_iter().map(|attribute| (attribute.id, attribute.name)).collect();
        if !options.is_empty() {
            let field = Field::new("select", "attribute", t.interop_attribute).options(options);
            let form = Form::new(desk.here(), "declare", t.interop_declare, vec![field]).quiet();
            s.parts.push(section("declare", t.interop_declare, t.interop_declare_lead, vec![form]));
        }
        let known = body.contact_mail.clone().unwrap_or_default();
        let (address, description) = typed.mail.unwrap_or((known.address, known.description.unwrap_or_default()));
        let fields = vec![
            Field::new("email", "address", t.interop_mail).value(address),
            Field::new("text", "description", t.interop_mail_description).value(description),
        ];
        let form = Form::new(desk.here(), "mail", t.action_save, fields).quiet();
        s.parts.push(section("mail", t.interop_mail, t.interop_mail_lead, vec![form]));
    }
    let row = |person: &Person| {
        let roles: Vec<_> = person.roles.iter().map(|role| words::role(t, role)).collect();
        vec![Cell::text(person.full_name()), Cell::text(roles.join(", "))]
    };
    s.parts.push(Part::Table(Table {
        id: "people",
        title: t.interop_people.into(),
        lead: t.interop_people_lead.into(),
        head: vec![t.interop_name, t.interop_roles],
        rows: people.iter().map(row).collect(),
        empty: "",
        pager: None,
    }));
    let row = |body: Named| vec![Cell::link(desk.href(&format!("/enti/{}", segment(&body.id))), body.name)];
    s.parts.push(Part::Table(Table {
        id: "bodies",
        title: t.interop_bodies.into(),
        lead: String::new(),
        head: vec![t.interop_name],
        rows: bodies.results.into_iter().map(row).collect(),
        empty: "",
        pager: None,
    }));
    Ok(desk.show(s, &wish.done))
}

fn about(desk: &Desk<'_>, body: &Party) -> Facts {
    let t = desk.t;
    Facts::new(
        "facts",
        t.interop_about_body,
        vec![
            (t.interop_name, Cell::text(&body.name)),
            (t.interop_kind, Cell::code(&body.kind)),
            (t.interop_code, Cell::code(format!("{} {}", body.external_id.origin, body.external_id.value))),
            (t.interop_body_id, Cell::code(&body.id)),
            (t.interop_mail, Cell::text(body.contact_mail.as_ref().map(|mail| mail.address.clone()).unwrap_or_default())),
        ],
    )
}

/// What a body holds; its own declarations can be withdrawn by it.
fn attributes(desk: &Desk<'_>, s: &mut Sheet, body: &Party, own: bool) {
    let (t, now) = (desk.t, desk.visit.now());
    let lists = [
        ("CERTIFIED", "certified", t.interop_certified_attributes, t.interop_certified_lead, &body.attributes.certified),
        ("DECLARED", "declared", t.interop_declared_attributes, t.interop_declared_lead, &body.attributes.declared),
        ("VERIFIED", "verified", t.interop_verified_attributes, t.interop_verified_lead, &body.attributes.verified),
    ];
    for (kind, id, title, lead, held) in lists {
        let lives = |held: &&Held| words::holds(std::slice::from_ref(*held), &held.id, (kind == "VERIFIED").then_some(""), now);
        let withdraws = own && kind == "DECLARED" && desk.admin();
        let row = |held: &Held| {
            let mut row =
                vec![Cell::text(&held.name), Cell::text(&held.description), Cell::text(words::day(held.assignment_timestamp))];
            if withdraws {
                row.push(Cell::commands(vec![Command {
                    action: desk.here(),
                    word: "withdraw",
                    label: t.interop_withdraw,
                    about: held.name.clone(),
                    target: held.id.clone(),
                }]));
            }
            row
        };
        let mut head = vec![t.interop_attribute, t.interop_description, t.interop_since];
        if withdraws {
            head.push(t.interop_act);
        }
        s.parts.push(Part::Table(Table {
            id,
            title: title.into(),
            lead: lead.into(),
            head,
            rows: held.iter().filter(lives).map(row).collect(),
            empty: t.interop_attributes_held_none,
            pager: None,
        }));
    }
}

/// Does what a button says.
pub async fn act(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let client = desk.client();
    let told = match posted.text("command") {
        "declare" => client.tell(Method::POST, "/tenants/attributes/declared", &json!({ "id": posted.text("attribute") })).await,
        "withdraw" => {
            client.tell(Method::DELETE, &one("/tenants/attributes/declared", posted.text("target")), &Value::Null).await
        }
        "mail" => {
            let (address, description) = (posted.text("address"), posted.text("description"));
            let described = Some(description).filter(|text| !text.is_empty());
            let seed = json!({ "kind": "CONTACT_EMAIL", "address": address, "description": described });
            if let Err(error) = client.tell(Method::POST, &format!("{}/mails", one("/tenants", &desk.body)), &seed).await {
                let faults = wrong(error, &[("description", "description")], "address")?.into();
                let mail = Some((address.to_owned(), description.to_owned()));
                return page(&desk, &Wish::default(), Typed { mail, faults }).await;
            }
            Ok(())
        }
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(HERE, "saved")),
        Err(error) => page(&desk, &Wish::default(), Typed { faults: refused(error)?, ..Typed::default() }).await,
    }
}

/// Another body.
pub async fn other(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/catalogo")?;
    let body: Party = desk.client().get(&one("/tenants", &id)).await?;
    let mut s = desk.sheet(&body.name);
    s.parts.push(Part::Facts(about(&desk, &body)));
    attributes(&desk, &mut s, &body, false);
    Ok(desk.show(s, &wish.done))
}

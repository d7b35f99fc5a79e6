//! A new client: its name and its first operators. It changes nothing until it has a key and, if it uses e-services, a purpose.

use axum::extract::Query;
use axum::http::Method;
use axum::response::Response;
use serde_json::json;

use super::desk::{Asked, Desk, wrong};
use super::request::section;
use crate::clients::interop::{Created, Person, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Field, Form};
use crate::visit::Visit;

#[derive(Default)]
struct Typed {
    name: String,
    description: String,
    members: Vec<String>,
    kind: String,
    /// The purpose from whose page the visitor comes.
    purpose: String,
}

/// The form.
pub async fn show(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = desk(&visit, &wish.tipo)?;
    page(&desk, &Typed { kind: wish.tipo, purpose: wish.eservice, ..Typed::default() }, Vec::new()).await
}

fn desk<'a>(visit: &'a Visit, kind: &str) -> Result<Desk<'a>, PageError> {
    Desk::at(visit, if kind == "API" { "/m2m" } else { "/client" })?.only(&["admin"])
}

async fn page(desk: &Desk<'_>, typed: &Typed, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let t = desk.t;
    let people = keepers(desk).await?.into_iter().map(|person| (person.user_id.clone(), person.full_name())).collect();
    let mut s = desk.sheet(t.interop_new_client);
    s.lead = t.interop_new_client_lead.into();
    s.errors = errors;
    let fields = vec![
        Field::new("hidden", "kind", "").value(&typed.kind),
        Field::new("hidden", "purpose", "").value(&typed.purpose),
        Field::new("text", "name", t.interop_name).hint(t.interop_5_to_60).value(&typed.name),
        Field::new("area", "description", t.interop_description).hint(t.interop_10_to_250).value(&typed.description),
        Field { values: typed.members.clone(), ..Field::new("checks", "members", t.interop_operators) }
            .hint(t.interop_operators_hint)
            .options(people),
    ];
    s.parts.push(section("data", t.interop_general, "", vec![Form::new(desk.here(), "create", t.interop_create_client, fields)]));
    Ok(desk.show(s, ""))
}

/// The people who may keep keys.
pub async fn keepers(desk: &Desk<'_>) -> Result<Vec<Person>, PageError> {
    let path = format!("{}/users?roles=security,admin", one("/tenants", &desk.body));
    Ok(desk.client().get(&path).await?)
}

/// Creates a client and, for whoever comes from a purpose, links it.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    let text = |name: &str| posted.text(name).to_owned();
    let members = posted.all("members").map(str::to_owned).collect();
    let typed =
        Typed { name: text("name"), description: text("description"), members, kind: text("kind"), purpose: text("purpose") };
    let desk = desk(&posted.visit, &typed.kind)?;
    let description = Some(&typed.description).filter(|description| !description.is_empty());
    let seed = json!({ "name": typed.name, "description": description, "members": typed.members });
    let client = desk.client();
    let path = if typed.kind == "API" { "/clientsApi" } else { "/clientsConsumer" };
    let made = match client.post::<Created>(path, &seed).await {
        Ok(made) => made,
        Err(error) => {
            let names = [("description", "description"), ("006-0007", "members"), ("006-0039", "members")];
            return page(&desk, &typed, wrong(error, &names, "name")?).await;
        }
    };
    let mut done = "created";
    if !typed.purpose.is_empty() {
        // A purpose that takes no clients now says so on its own page; the client is there.
        let path = format!("{}/purposes", one("/clients", &made.id));
        done = if client.tell(Method::POST, &path, &json!({ "purposeId": typed.purpose })).await.is_ok() { "done" } else { done };
    }
    Ok(desk.go(&format!("/client/{}", segment(&made.id)), done))
}

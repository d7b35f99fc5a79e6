//! A client: its operators, its keys with how to make one, its purposes.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::client_new::keepers;
use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::request::{add_acts, section};
use super::words;
use crate::clients::interop::{Client, EncodedKey, Keys, MOST, Part as List, Person, Purpose, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::sheet::{Cell, Command, Facts, Faults, Field, Form, Part, Sheet, Table};
use crate::visit::Visit;

const HERE: &str = "/client";

type Address = (String, String, String);
type KeyAddress = (String, String, String, String);

/// How to make a pair of keys, to be typed at a machine of one's own. The names are placeholders that mean something.
const MAKE_A_KEY: &str = "openssl genrsa -out client-privata.pem 2048\n\
    openssl rsa -in client-privata.pem -pubout -out client-pubblica.pem\n\
    cat client-pubblica.pem";

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    name: String,
    key: String,
    faults: Faults,
}

/// The page.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &id, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, id: &str, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let (t, client, at) = (desk.t, desk.client(), one("/clients", id));
    let (users, keys) = (format!("{at}/users"), format!("{at}/keys?offset=0&limit={MOST}"));
    let (shown, users, keys) =
        tokio::join!(client.get::<Client>(&at), client.get::<Vec<Person>>(&users), client.get::<Keys>(&keys));
    let (shown, users, keys) = (shown?, users?, keys?);
    let mut s = desk.sheet(&shown.name).faults(typed.faults);
    s.lead = shown.description.clone().unwrap_or_default();
    let mine = desk.visit.viewer.as_ref().is_some_and(|viewer| users.iter().any(|user| user.user_id == viewer.id));
    keys_of(desk, &mut s, &keys, mine);
    if mine && desk.standing.is(&["admin", "security"]) {
        let fields = vec![
            Field::new("text", "name", t.interop_key_name).hint(t.interop_5_to_60).value(&typed.name),
            Field::new("code", "key", t.interop_key_pem).hint(t.interop_key_pem_hint).value(&typed.key),
        ];
        let form = Form::new(desk.here(), "key", t.interop_key_add, fields);
        s.parts.push(section("add-key", t.interop_key_add, t.interop_key_add_lead, vec![form]));
    } else if desk.admin() {
        s.parts.push(Part::Notice("info", t.interop_key_members_only.into(), Vec::new()));
    }
    s.parts.push(Part::Code("make", t.interop_key_make, t.interop_key_make_lead.into(), MAKE_A_KEY.into()));
    operators(desk, &mut s, &users).await?;
    if shown.has_purposes() {
        purposes(desk, &mut s, &shown).await?;
    }
    let kind = if shown.has_purposes() { t.interop_client_of_eservices } else { t.interop_client_of_m2m };
    s.parts.push(Part::Facts(Facts::new(
        "facts",
        t.interop_about_client,
        vec![
            (t.interop_client_id, Cell::code(&shown.id)),
            (t.interop_kind, Cell::text(kind)),
            (t.interop_client_admin, Cell::text(shown.admin.as_ref().map(Person::full_name).unwrap_or_default())),
            (t.interop_created_at, Cell::text(words::when(shown.created_at))),
        ],
    )));
    if desk.admin() {
        let mut acts = Vec::new();
        if !shown.has_purposes() {
            acts.push(administrator(desk, &shown).await?);
        }
        acts.push(Form::new(desk.here(), "delete", t.interop_delete_client, Vec::new()).grave());
        add_acts(t, &mut s.parts, acts);
    }
    Ok(desk.show(s, &wish.done))
}

/// The keys, with what may be done with them.
fn keys_of(desk: &Desk<'_>, s: &mut Sheet, keys: &Keys, mine: bool) {
    let (t, here) = (desk.t, desk.here());
    let may = desk.admin() || (mine && desk.standing.is(&["security"]));
    let row = |key: &crate::clients::interop::Key| {
        let orphan = if key.is_orphan { t.interop_key_orphan } else { "" };
        let remove = Command {
            action: here.clone(),
            word: "remove-key",
            label: t.interop_remove,
            about: key.name.clone(),
            target: key.key_id.clone(),
        };
        vec![
            Cell::link(format!("{here}/chiavi/{}", segment(&key.key_id)), &key.name),
            Cell::code(&key.key_id),
            Cell::text(format!("{} {orphan}", key.user.full_name()).trim()),
            Cell::text(words::when(key.created_at)),
            Cell::commands(if may { vec![remove] } else { Vec::new() }),
        ]
    };
    s.parts.push(Part::Table(Table {
        id: "keys",
        title: t.interop_keys.into(),
        lead: t.interop_keys_lead.into(),
        head: vec![t.interop_name, t.interop_kid, t.interop_key_by, t.interop_created_at, t.interop_act],
        rows: keys.keys.iter().map(row).collect(),
        empty: t.interop_keys_none,
        pager: None,
    }));
}

/// The operators, and the people who could be.
async fn operators(desk: &Desk<'_>, s: &mut Sheet, users: &[Person]) -> Result<(), PageError> {
    let (t, here) = (desk.t, desk.here());
    let row = |user: &Person| {
        let remove = Command {
            action: here.clone(),
            word: "remove-user",
            label: t.interop_remove,
            about: user.full_name(),
            target: user.user_id.clone(),
        };
        vec![Cell::text(user.full_name()), Cell::commands(if desk.admin() { vec![remove] } else { Vec::new() })]
    };
    s.parts.push(Part::Table(Table {
        id: "users",
        title: t.interop_operators.into(),
        lead: t.interop_operators_lead.into(),
        head: vec![t.interop_name, t.interop_act],
        rows: users.iter().map(row).collect(),
        empty: t.interop_operators_none,
        pager: None,
    }));
    if !desk.admin() {
        return Ok(());
    }
    let belongs = |person: &Person| users.iter().any(|user| user.user_id == person.user_id);
    let others: Vec<_> = keepers(desk).await?.into_iter().filter(|person| !belongs(person)).collect();
    if !others.is_empty() {
        let options = others.into_iter().map(|person| (person.user_id.clone(), person.full_name())).collect();
        let field = Field::new("select", "user", t.interop_operator).options(options);
        let form = Form::new(here, "user", t.interop_operator_add, vec![field]).quiet();
        s.parts.push(section("add-user", t.interop_operator_add, "", vec![form]));
    }
    Ok(())
}

/// The purposes, and those that could be linked.
async fn purposes(desk: &Desk<'_>, s: &mut Sheet, shown: &Client) -> Result<(), PageError> {
    let (t, here) = (desk.t, desk.here());
    let admin = desk.admin();
    let row = |purpose: &crate::clients::interop::ClientPurpose| {
        let href = desk.href(&format!("/finalita/{}", segment(&purpose.purpose_id)));
        let remove = Command {
            action: here.clone(),
            word: "unlink",
            label: t.interop_unlink,
            about: purpose.title.clone(),
            target: purpose.purpose_id.clone(),
        };
        let title = if admin { Cell::link(href, &purpose.title) } else { Cell::text(&purpose.title) };
        vec![
            title,
            Cell::text(&purpose.eservice.name),
            Cell::code(&purpose.purpose_id),
            Cell::commands(if admin { vec![remove] } else { Vec::new() }),
        ]
    };
    s.parts.push(Part::Table(Table {
        id: "purposes",
        title: t.interop_purposes_of_client.into(),
        lead: t.interop_purposes_of_client_lead.into(),
        head: vec![t.interop_purpose, t.interop_eservice, t.interop_purpose_id, t.interop_act],
        rows: shown.purposes.iter().map(row).collect(),
        empty: t.interop_purposes_of_client_none,
        pager: None,
    }));
    if !admin {
        return Ok(());
    }
    let all: List<Purpose> = desk.client().list("/consumers/purposes", 0, MOST, &[("states", "ACTIVE,SUSPENDED")]).await?;
    let linked = |purpose: &Purpose| shown.purposes.iter().any(|known| known.purpose_id == purpose.id);
    let others = all.results.into_iter().filter(|purpose| !linked(purpose));
    let others: Vec<_> = others.map(|purpose| (purpose.id, format!("{} – {}", purpose.title, purpose.eservice.name))).collect();
    if !others.is_empty() {
        let field = Field::new("select", "purpose", t.interop_purpose).options(others);
        s.parts.push(section(
            "link",
            t.interop_link_purpose,
            "",
            vec![Form::new(here, "link", t.interop_link_purpose, vec![field]).quiet()],
        ));
    }
    Ok(())
}

/// Whoever answers for a client of programs.
async fn administrator(desk: &Desk<'_>, shown: &Client) -> Result<Form, PageError> {
    let t = desk.t;
    if let Some(admin) = &shown.admin {
        let fields = vec![Field::new("hidden", "target", "").value(&admin.user_id)];
        return Ok(Form::new(desk.here(), "remove-admin", t.interop_client_admin_remove, fields).quiet());
    }
    let path = format!("{}/users?roles=admin", one("/tenants", &desk.body));
    let people: Vec<Person> = desk.client().get(&path).await?;
    let options = people.into_iter().map(|person| (person.user_id.clone(), person.full_name())).collect();
    let field = Field::new("select", "admin", t.interop_client_admin).hint(t.interop_client_admin_hint).options(options);
    Ok(Form::new(desk.here(), "admin", t.interop_client_admin_set, vec![field]).quiet())
}

/// Does what a button says.
pub async fn act(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "security"])?;
    let (client, at) = (desk.client(), one("/clients", &id));
    let target = posted.text("target");
    let below = |part: &str| format!("{at}/{part}/{}", segment(target));
    let told = match posted.text("command") {
        "key" => {
            let (name, key) = (posted.text("name"), posted.text("key"));
            let seed = json!({ "name": name, "use": "SIG", "alg": "RS256", "key": STANDARD.encode(key) });
            if let Err(error) = client.tell(Method::POST, &format!("{at}/keys"), &seed).await {
                let typed = Typed {
                    name: name.to_owned(),
                    key: key.to_owned(),
                    faults: wrong(error, &[("name", "name")], "key")?.into(),
                };
                return page(&desk, &id, &Wish::default(), typed).await;
            }
            Ok(())
        }
        "remove-key" => client.tell(Method::DELETE, &below("keys"), &Value::Null).await,
        "user" => client.tell(Method::POST, &format!("{at}/users"), &json!({ "userIds": [posted.text("user")] })).await,
        "remove-user" => client.tell(Method::DELETE, &below("users"), &Value::Null).await,
        "link" => client.tell(Method::POST, &format!("{at}/purposes"), &json!({ "purposeId": posted.text("purpose") })).await,
        "unlink" => client.tell(Method::DELETE, &below("purposes"), &Value::Null).await,
        "admin" => client.tell(Method::POST, &format!("{at}/admin"), &json!({ "adminId": posted.text("admin") })).await,
        "remove-admin" => client.tell(Method::DELETE, &below("admin"), &Value::Null).await,
        "delete" => match client.tell(Method::DELETE, &at, &Value::Null).await {
            Ok(()) => return Ok(desk.go(HERE, "deleted")),
            error => error,
        },
        _ => return Err(PageError::NotFound),
    };
    match told {
        Ok(()) => Ok(desk.go(&format!("{HERE}/{}", segment(&id)), "done")),
        Err(error) => page(&desk, &id, &Wish::default(), Typed { faults: refused(error)?, ..Typed::default() }).await,
    }
}

/// A public key as it was deposited.
pub async fn key(visit: Visit, Path((_, _, id, key)): Path<KeyAddress>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    let path = format!("{}/encoded/keys/{}", one("/clients", &id), segment(&key));
    let encoded: EncodedKey = desk.client().get(&path).await?;
    let pem = STANDARD.decode(&encoded.key).map_err(|_| PageError::Unavailable("a key is not base64".into()))?;
    let name = "attachment; filename=\"chiave-pubblica.pem\"";
    Ok(([(CONTENT_TYPE, "application/x-pem-file"), (CONTENT_DISPOSITION, name), (CACHE_CONTROL, "private, no-store")], pem)
        .into_response())
}

//! The demo municipality and its neighbour, settled through the same APIs that everybody uses.

use kernel::{TenantId, Uuid};
use runtime::{App, Peer, PeerError, PeerRequest};
use serde::Deserialize;
use serde_json::{Value, json};

/// Password of every account of the demo.
pub const PASSWORD: &str = "demo";

const WORLD: &str = include_str!("../data/world.json");

const FORMS: &[(&str, &str)] = &[
    ("occupazione-suolo-pubblico", include_str!("../data/forms/occupazione-suolo-pubblico.json")),
    ("iscrizione-asilo-nido", include_str!("../data/forms/iscrizione-asilo-nido.json")),
    ("istanza-di-residenza", include_str!("../data/forms/istanza-di-residenza.json")),
    ("segnalazione", include_str!("../data/forms/segnalazione.json")),
];

#[derive(Deserialize)]
struct World {
    forms: Vec<Form>,
    tenants: Vec<Settlement>,
}

#[derive(Deserialize)]
struct Form {
    id: String,
    file: String,
}

/// A tenant with everything that belongs to it.
#[derive(Deserialize)]
struct Settlement {
    tenant: Tenant,
    offices: Vec<Value>,
    services: Vec<Value>,
    citizens: Vec<User>,
    staff: Vec<User>,
    payment_tenant: Value,
    payment_configs: Vec<Value>,
    registry_tenant: Value,
    registry_services: Vec<Value>,
}

#[derive(Deserialize)]
struct Tenant {
    id: TenantId,
    slug: String,
    name: String,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct User {
    id: Uuid,
    role: String,
    username: String,
    given_name: String,
    family_name: String,
    /// What the person may do on the interoperability platform; nothing of the platform of services.
    #[serde(default)]
    interop_roles: Vec<String>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// An account of the demo, for whoever tries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Slug of the tenant.
    pub tenant: String,
    /// `user`, `operator` or `admin`.
    pub role: String,
    /// Name for signing in; of a citizen the fiscal code.
    pub username: String,
    /// Name of the person.
    pub name: String,
}

fn world() -> World {
    serde_json::from_str(WORLD).expect("the demo's data is tested")
}

/// Every account of the demo, citizens first.
pub fn accounts() -> Vec<Account> {
    let accounts = world().tenants.into_iter().flat_map(|settlement| {
        let slug = settlement.tenant.slug;
        settlement.citizens.into_iter().chain(settlement.staff).map(move |user| Account {
            tenant: slug.clone(),
            role: user.role,
            username: user.username,
            name: format!("{} {}", user.given_name, user.family_name),
        })
    });
    accounts.collect()
}

/// Somebody who works for a body on the interoperability platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The same person as on the platform of services.
    pub id: Uuid,
    /// First name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// What the person may do there, by the public names: `admin`, `delegate`, `api`, `security`.
    pub roles: Vec<String>,
}

/// A municipality of the demo as the interoperability platform knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The same as on the platform of services.
    pub tenant: TenantId,
    /// Name.
    pub name: String,
    /// Code in the index of public administrations.
    pub ipa_code: String,
    /// Its people.
    pub people: Vec<Worker>,
}

/// The municipalities of the demo as the interoperability platform knows them, the demo municipality first.
pub fn bodies() -> Vec<Body> {
    let worker = |user: User| Worker {
        id: user.id,
        given_name: user.given_name,
        family_name: user.family_name,
        roles: user.interop_roles,
    };
    let bodies = world().tenants.into_iter().map(|settlement| Body {
        tenant: settlement.tenant.id,
        name: settlement.tenant.name,
        ipa_code: settlement.tenant.rest.get("ipa_code").and_then(Value::as_str).unwrap_or_default().to_owned(),
        people: settlement.staff.into_iter().filter(|user| !user.interop_roles.is_empty()).map(worker).collect(),
    });
    bodies.collect()
}

/// The demo municipality: identifier, name, and code in the index of public administrations.
pub(crate) fn municipality() -> (TenantId, String, String) {
    let first = world().tenants.swap_remove(0).tenant;
    let code = first.rest.get("ipa_code").and_then(Value::as_str).unwrap_or_default().to_owned();
    (first.id, first.name, code)
}

/// Brings the demo municipality into being, unless it is there. What a crash left half done is done again.
///
/// # Errors
/// When a role refuses or does not answer.
pub async fn settle(app: &App) -> Result<(), PeerError> {
    let world = world();
    // The last thing that is stored tells whether everything before it was.
    let last = &world.tenants[world.tenants.len() - 1];
    let settled = app.peer(Peer::Platform).get("/internal/users?username=admin").service(last.tenant.id).send().await;
    if settled.is_ok() {
        return Ok(());
    }
    let first = world.tenants[0].tenant.id;
    for settlement in &world.tenants {
        let Tenant { id, slug, name, rest } = &settlement.tenant;
        let mut tenant = json!({ "id": id, "slug": slug, "name": name });
        extend(&mut tenant, rest);
        // A crash may have left it without the rest.
        put(app, Peer::Platform, format!("/internal/tenants/{id}?replace=true"), *id).json(&tenant).send().await?;
    }
    for form in &world.forms {
        let (_, text) = FORMS.iter().find(|(file, _)| *file == form.file).expect("every form of the world is shipped");
        let definition: Value = serde_json::from_str(text).expect("the demo's data is tested");
        put(app, Peer::Platform, format!("/form-server/form/{}", form.id), first).json(&definition).send().await?;
    }
    for settlement in &world.tenants {
        settle_tenant(app, settlement).await?;
    }
    Ok(())
}

async fn settle_tenant(app: &App, settlement: &Settlement) -> Result<(), PeerError> {
    let Tenant { id: tenant, slug, .. } = &settlement.tenant;
    let api = format!("/{slug}/api");
    for (path, items) in [("user-groups", &settlement.offices), ("services", &settlement.services)] {
        for item in items {
            put(app, Peer::Platform, format!("{api}/{path}/{}", id_of(item)), *tenant).json(item).send().await?;
        }
    }
    let proxy = "/payment-proxy/sandbox";
    replace(app, Peer::Payments, &format!("{proxy}/tenants"), *tenant, &settlement.payment_tenant).await?;
    for config in &settlement.payment_configs {
        replace(app, Peer::Payments, &format!("{proxy}/configs"), *tenant, config).await?;
    }
    let proxy = "/registry-proxy/sandbox/v1";
    let mut registry_tenant = settlement.registry_tenant.clone();
    registry_tenant["base_url"] = format!("{}/{slug}", app.public_url()).into();
    replace(app, Peer::Registry, &format!("{proxy}/tenants"), *tenant, &registry_tenant).await?;
    for service in &settlement.registry_services {
        replace(app, Peer::Registry, &format!("{proxy}/services"), *tenant, service).await?;
    }
    for user in settlement.citizens.iter().chain(&settlement.staff) {
        let mut body = json!({
            "id": user.id, "role": user.role, "username": user.username, "given_name": user.given_name, "family_name": user.family_name
        });
        extend(&mut body, &user.rest);
        put(app, Peer::Platform, format!("{api}/users/{}?version=2", user.id), *tenant).json(&body).send().await?;
        let credential = json!({ "username": user.username, "password": PASSWORD });
        put(app, Peer::Identity, format!("{api}/users/{}/password", user.id), *tenant).json(&credential).send().await?;
    }
    Ok(())
}

/// Creates a configuration of a proxy, or replaces the one that is there.
async fn replace(app: &App, peer: Peer, collection: &str, tenant: TenantId, item: &Value) -> Result<(), PeerError> {
    match app.peer(peer).post(collection).service(tenant).json(item).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.status() == Some(409) => {
            put(app, peer, format!("{collection}/{}", id_of(item)), tenant).json(item).send().await.map(drop)
        }
        Err(error) => Err(error),
    }
}

fn put(app: &App, peer: Peer, path: String, tenant: TenantId) -> PeerRequest {
    app.peer(peer).put(path).service(tenant)
}

fn id_of(item: &Value) -> &str {
    item["id"].as_str().expect("every item of the world has an id")
}

fn extend(target: &mut Value, members: &serde_json::Map<String, Value>) {
    if let Value::Object(object) = target {
        object.extend(members.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_can_be_read_and_every_form_is_shipped() {
        let world = world();
        assert!(
            world
                .forms
                .iter()
                .all(|form| FORMS.iter().any(|(file, text)| *file == form.file && serde_json::from_str::<Value>(text).is_ok()))
        );
        assert_eq!(accounts().iter().filter(|account| account.role == "user").count(), 3);
    }
}

//! The demo municipality at the connector to the interoperability platform: client, key, e-services of the stand-ins, configurations. The
//! other side of it, the platform, is settled by whoever runs that.

use bytes::Bytes;
use http::{HeaderMap, Method};
use kernel::{TenantId, Uuid};
use runtime::{App, Peer, PeerError, PeerRequest};
use serde_json::{Value, json};

use crate::anpr;

/// The client of the municipality on the platform.
pub const CLIENT: Uuid = Uuid::from_u128(0xde30_0000_0000_4000_8000_0000_0000_0001);

/// An e-service that the municipality uses.
#[derive(Clone, Debug)]
pub struct EService {
    /// Identifier, the same on the platform and at the connector.
    pub id: Uuid,
    /// Name in addresses of the connector.
    pub slug: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// The purpose of the municipality.
    pub purpose: Uuid,
    /// What is called.
    pub endpoint: String,
    /// For whom vouchers and headers are.
    pub audience: String,
}

/// The e-services that the municipality uses, those of the stand-ins.
pub fn eservices(public_url: &str) -> Vec<EService> {
    let of = |number: u128, slug, name, (endpoint, audience)| EService {
        id: Uuid::from_u128(0xde30_0000_0000_4000_8000_0000_0001_0000 + number),
        slug,
        name,
        purpose: Uuid::from_u128(0xde30_0000_0000_4000_8000_0000_0002_0000 + number),
        endpoint,
        audience,
    };
    let register = |service: &str| (anpr::endpoint(public_url, service), anpr::audience(public_url, service));
    let inps = (anpr::isee_address(public_url), anpr::isee_address(public_url));
    vec![
        of(1, "accertamento-id-unico-nazionale", "ANPR - Identificativo unico", register("C030")),
        of(2, "accertamento-residenza", "ANPR - Residenza", register("C020")),
        of(3, "stato-famiglia", "ANPR - Stato di famiglia", register("C021")),
        of(4, "accertamento-cittadinanza", "ANPR - Cittadinanza", register("C018")),
        of(5, "isee", "INPS - ISEE", inps),
    ]
}

/// Who may call the stand-ins, and with which public key (a PEM).
#[derive(Clone, Debug)]
pub struct Deposit {
    /// The municipality.
    pub tenant: TenantId,
    /// Its code in the index of public administrations.
    pub ipa_code: String,
    /// Its name.
    pub name: String,
    /// The public key of [`CLIENT`].
    pub public_key: String,
}

/// Whether stand-ins, connector and voucher server answer, here or in processes of their own.
pub async fn possible(app: &App) -> bool {
    let (tenant, ..) = crate::world::municipality();
    let answers = async |peer: Peer, path: &str| app.peer(peer).get(path).service(tenant).send().await.is_ok();
    let keys = format!("{}{}", app.public_url(), anpr::KEYS);
    answers(Peer::Demo, "/demo/anpr/calls").await
        && answers(Peer::Pdnd, "/pdnd/v1/status").await
        && app
            .egress()
            .call(Method::GET, &keys, HeaderMap::new(), Bytes::new(), anpr::LARGEST)
            .await
            .is_ok_and(|answer| answer.status.is_success())
}

/// Configures the municipality at the connector, unless it is. Gives what the platform must know of it.
///
/// # Errors
/// When the connector or the stand-ins refuse or do not answer.
pub async fn settle(app: &App) -> Result<Deposit, PeerError> {
    let (tenant, name, ipa_code) = crate::world::municipality();
    let ask = |method: Method, path: String| app.peer(Peer::Pdnd).request(method, path).service(tenant);
    let own = format!("/pdnd/v1/tenants/{tenant}");
    let body = json!({ "id": tenant, "name": name, "ipa_code": ipa_code });
    made(ask(Method::POST, "/pdnd/v1/tenants".to_owned()).json(&body)).await?;
    let client = format!("{own}/clients/{CLIENT}");
    if missing(ask(Method::GET, client.clone())).await? {
        let key: Value = ask(Method::GET, format!("{own}/keys")).send().await?.json()?;
        let body = json!({ "id": CLIENT, "name": "Sportello dimostrativo", "env": "locale", "key_pair_id": key["id"] });
        made(ask(Method::POST, format!("{own}/clients")).json(&body)).await?;
    }
    let client: Value = ask(Method::GET, client).send().await?.json()?;
    let text = |name: &str| client[name].as_str().unwrap_or_default().to_owned();
    let deposit = json!({ "client_id": CLIENT, "public_key": text("public_key") });
    let address = format!("/demo/anpr/keys/{}", text("key_id"));
    app.peer(Peer::Demo).put(address).service(tenant).json(&deposit).send().await?;
    let known: Value = ask(Method::GET, format!("{own}/configs?limit=100")).send().await?.json()?;
    let known = known["data"].as_array().cloned().unwrap_or_default();
    for eservice in eservices(app.public_url()) {
        configure(app, tenant, &own, &known, &eservice).await?;
    }
    Ok(Deposit { tenant, ipa_code, name, public_key: text("public_key") })
}

async fn configure(app: &App, tenant: TenantId, own: &str, known: &[Value], eservice: &EService) -> Result<(), PeerError> {
    let EService { id, slug, name, purpose, endpoint, audience } = eservice;
    let host = app.public_url().split_once("://").map_or("", |(_, host)| host);
    let body = json!({
        "slug": slug, "name": name, "version": "1", "env": "locale", "endpoint": endpoint, "audience": audience,
        "aud_client_assertion": format!("{host}/client-assertion")
    });
    app.peer(Peer::Pdnd).put(format!("/internal/pdnd/e-services/{id}")).service(tenant).json(&body).send().await?;
    if known.iter().any(|config| config["eservice_id"] == json!(id)) {
        return Ok(());
    }
    let (user_id, office_code) = anpr::INPS_USER;
    let provider = if *slug == "isee" { json!({ "user_id": user_id, "office_code": office_code }) } else { json!({}) };
    let body = json!({ "client_id": CLIENT, "eservice_id": id, "purpose_id": purpose, "provider": provider });
    app.peer(Peer::Pdnd).post(format!("{own}/configs")).service(tenant).json(&body).send().await.map(drop)
}

/// Sends a request that makes something; that it is there already is as good.
async fn made(request: PeerRequest) -> Result<(), PeerError> {
    match request.send().await {
        Err(error) if error.status() != Some(409) => Err(error),
        _ => Ok(()),
    }
}

async fn missing(request: PeerRequest) -> Result<bool, PeerError> {
    match request.send().await {
        Ok(_) => Ok(false),
        Err(error) if error.status() == Some(404) => Ok(true),
        Err(error) => Err(error),
    }
}

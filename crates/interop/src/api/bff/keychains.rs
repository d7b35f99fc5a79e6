//! Keychains of producers: their operators, their e-services, their keys (C10).

use http::StatusCode;
use kernel::{RomeTime, UserId, Uuid};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Refused, Results, page_of};
use super::clients::{ClientSeed, Users};
use super::keys::{self, Encoded, KeySeed, PublicKey, PublicKeys};
use super::shapes::{CompactEService, CompactOrganization, CompactUser, CreatedResource, Names};
use crate::attributes::tenant::Tenant;
use crate::clients::key::Seed as NewKey;
use crate::clients::keychain::Keychain;
use crate::clients::members::Seed;
use crate::deeds::{Done, keychains as deeds, look};
use crate::errors::Fault;
use crate::ids::{EServiceId, KeychainId};

/// Which keychains.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name.
    q: Option<String>,
    /// An e-service that it is linked to.
    #[param(value_type = Option<String>)]
    eservice_id: Option<EServiceId>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// A keychain, in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompactProducerKeychain {
    id: Uuid,
    name: String,
    has_keys: bool,
}

/// A keychain with its e-services.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebProducerKeychain)]
pub struct FullKeychain {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    producer: CompactOrganization,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    eservices: Vec<CompactEService>,
}

impl FullKeychain {
    fn of(tx: &mut Tx<'_>, keychain: Keychain) -> Done<Self> {
        let names = &mut Names::default();
        let producer = names.tenant(tx, keychain.producer_id)?;
        let mut eservices = Vec::new();
        for id in &keychain.eservices {
            eservices.push(CompactEService::of(&names.eservice(tx, *id)?, &producer));
        }
        let Keychain { id, name, description, created_at, .. } = keychain;
        Ok(Self { id: id.0, created_at, producer: CompactOrganization::from(&producer), name, description, eservices })
    }
}

/// Portachiavi dell'ente
///
/// Somebody who only keeps keys sees those that he belongs to.
#[utoipa::path(get, path = "/producerKeychains", tag = "portachiavi", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<CompactProducerKeychain>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<CompactProducerKeychain>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let found = asker.look(move |tx, deed| deeds::list(tx, deed, query.q.as_deref(), query.eservice_id, page)).await?;
    let short = |keychain: Keychain| CompactProducerKeychain {
        id: keychain.id.0,
        has_keys: !keychain.keys.is_empty(),
        name: keychain.name,
    };
    Ok(Results::of(found, page, short))
}

/// Nuovo portachiavi
#[utoipa::path(post, path = "/producerKeychains", tag = "portachiavi", request_body = ClientSeed,
    responses((status = 200, description = "Il portachiavi", body = CreatedResource)))]
pub async fn create(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<CreatedResource>, Refused> {
    let made = asker.act(move |tx, deed| deeds::create(tx, deed, seed.clone())).await?;
    Ok(Json(CreatedResource { id: made.id.0 }))
}

/// Un portachiavi
#[utoipa::path(get, path = "/producerKeychains/{producerKeychainId}", tag = "portachiavi",
    responses((status = 200, description = "Il portachiavi", body = FullKeychain)))]
pub async fn get(asker: Asker, At(id): At<KeychainId>) -> Result<Json<FullKeychain>, Refused> {
    let found = asker.look(move |tx, deed| {
        let keychain = deeds::look(tx, deed, id)?;
        FullKeychain::of(tx, keychain)
    });
    Ok(Json(found.await?))
}

/// Elimina un portachiavi con le sue chiavi
#[utoipa::path(delete, path = "/producerKeychains/{producerKeychainId}", tag = "portachiavi",
    responses((status = 204, description = "Eliminato")))]
pub async fn delete(asker: Asker, At(id): At<KeychainId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

async fn with_people(asker: Asker, id: KeychainId) -> Result<(Keychain, Tenant), Refused> {
    let found = asker.look(move |tx, deed| {
        let keychain = deeds::look(tx, deed, id)?;
        let tenant = look::tenant(tx, deed, keychain.producer_id)?;
        Ok((keychain, tenant))
    });
    found.await
}

/// Operatori di un portachiavi
#[utoipa::path(get, path = "/producerKeychains/{producerKeychainId}/users", tag = "portachiavi",
    responses((status = 200, description = "Gli operatori", body = Vec<CompactUser>)))]
pub async fn users(asker: Asker, At(id): At<KeychainId>) -> Result<Json<Vec<CompactUser>>, Refused> {
    let (keychain, tenant) = with_people(asker, id).await?;
    Ok(Json(keychain.users.iter().map(|user| CompactUser::of(&tenant, *user)).collect()))
}

/// Aggiunge operatori a un portachiavi, tutti o nessuno
#[utoipa::path(post, path = "/producerKeychains/{producerKeychainId}/users", tag = "portachiavi", request_body = Users,
    responses((status = 200, description = "Il portachiavi", body = CreatedResource)))]
pub async fn add_users(asker: Asker, At(id): At<KeychainId>, Body(body): Body<Users>) -> Result<Json<CreatedResource>, Refused> {
    body.added(asker, id.0, move |tx, deed, user| deeds::add_user(tx, deed, id, user)).await
}

/// Toglie un operatore da un portachiavi
///
/// The keys that he deposited stay.
#[utoipa::path(delete, path = "/producerKeychains/{producerKeychainId}/users/{userId}", tag = "portachiavi",
    responses((status = 204, description = "Tolto")))]
pub async fn remove_user(asker: Asker, At((id, user)): At<(KeychainId, UserId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::remove_user(tx, deed, id, user)).await
}

/// An e-service to be linked.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceAdditionDetailsSeed)]
pub struct Link {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
}

/// Associa un e-service a un portachiavi
#[utoipa::path(post, path = "/producerKeychains/{producerKeychainId}/eservices", tag = "portachiavi", request_body = Link,
    responses((status = 204, description = "Associato")))]
pub async fn link(asker: Asker, At(id): At<KeychainId>, Body(body): Body<Link>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::link(tx, deed, id, body.eservice_id)).await
}

/// Dissocia un e-service da un portachiavi
#[utoipa::path(delete, path = "/producerKeychains/{producerKeychainId}/eservices/{eserviceId}", tag = "portachiavi",
    responses((status = 204, description = "Dissociato")))]
pub async fn unlink(asker: Asker, At((id, eservice)): At<(KeychainId, EServiceId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::unlink(tx, deed, id, eservice)).await
}

/// Chiavi di un portachiavi
#[utoipa::path(get, path = "/producerKeychains/{producerKeychainId}/keys", tag = "portachiavi", params(keys::Query),
    responses((status = 200, description = "Una pagina", body = PublicKeys)))]
pub async fn keys(asker: Asker, At(id): At<KeychainId>, Ask(query): Ask<keys::Query>) -> Result<Json<PublicKeys>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let (keychain, tenant) = with_people(asker, id).await?;
    Ok(PublicKeys::of((&query, page), &tenant, (&keychain.users, &keychain.keys)))
}

/// Deposita una chiave pubblica di un erogatore
#[utoipa::path(post, path = "/producerKeychains/{producerKeychainId}/keys", tag = "portachiavi", request_body = KeySeed,
    responses((status = 204, description = "Depositata")))]
pub async fn deposit(asker: Asker, At(id): At<KeychainId>, Body(seed): Body<NewKey>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::add_key(tx, deed, id, seed.clone())).await
}

/// Una chiave di un portachiavi
#[utoipa::path(get, path = "/producerKeychains/{producerKeychainId}/keys/{keyId}", tag = "portachiavi",
    responses((status = 200, description = "La chiave", body = PublicKey)))]
pub async fn key(asker: Asker, At((id, kid)): At<(KeychainId, String)>) -> Result<Json<PublicKey>, Refused> {
    let (keychain, tenant) = with_people(asker, id).await?;
    let key = keychain.keys.get(&kid).cloned().ok_or(Fault::ClientKeyNotFound)?;
    Ok(Json(PublicKey::of(&tenant, &keychain.users, key)))
}

/// Elimina una chiave di un erogatore
#[utoipa::path(delete, path = "/producerKeychains/{producerKeychainId}/keys/{keyId}", tag = "portachiavi",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete_key(asker: Asker, At((id, kid)): At<(KeychainId, String)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete_key(tx, deed, id, &kid)).await
}

/// Una chiave come è stata depositata
#[utoipa::path(get, path = "/producerKeychains/{producerKeychainId}/encoded/keys/{keyId}", tag = "portachiavi",
    responses((status = 200, description = "La chiave", body = Encoded)))]
pub async fn encoded(asker: Asker, At((id, kid)): At<(KeychainId, String)>) -> Result<Json<Encoded>, Refused> {
    let (keychain, _) = with_people(asker, id).await?;
    let key = keychain.keys.get(&kid).ok_or(Fault::ClientKeyNotFound)?;
    Ok(Json(Encoded { key: key.encoded_pem.clone() }))
}

//! Keys of a client: operators deposit them here and nowhere else (C4, C5).

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use kernel::{RomeTime, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Pagination, Refused, Results, page_of};
use super::shapes::CompactUser;
use crate::attributes::tenant::Tenant;
use crate::clients::client::Client;
use crate::clients::key::{self, Key};
use crate::deeds::{clients as deeds, look};
use crate::errors::Fault;
use crate::ids::ClientId;
use crate::store::lists::Page;

/// A key that was deposited.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebPublicKey)]
pub struct PublicKey {
    /// The thumbprint.
    key_id: String,
    name: String,
    /// Who deposited it.
    user: CompactUser,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    /// Whether whoever deposited it has left the client.
    is_orphan: bool,
}

impl PublicKey {
    /// A key of something with these operators.
    pub fn of(tenant: &Tenant, users: &BTreeSet<UserId>, key: Key) -> Self {
        Self {
            user: CompactUser::of(tenant, key.user_id),
            is_orphan: !users.contains(&key.user_id) || !tenant.users.contains_key(&key.user_id),
            key_id: key.kid,
            name: key.name,
            created_at: key.created_at,
        }
    }
}

/// Keys of a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebPublicKeys)]
pub struct PublicKeys {
    keys: Vec<PublicKey>,
    pagination: Pagination,
}

impl PublicKeys {
    /// A page of the keys that `query` asks for, oldest first.
    pub fn of(
        (query, page): (&Query, Page),
        tenant: &Tenant,
        (users, keys): (&BTreeSet<UserId>, &BTreeMap<String, Key>),
    ) -> Json<Self> {
        let wanted = |key: &&Key| query.user_ids.0.is_empty() || query.user_ids.0.contains(&key.user_id);
        let mut keys: Vec<Key> = keys.values().filter(wanted).cloned().collect();
        keys.sort_by(|one, other| (one.created_at, &one.kid).cmp(&(other.created_at, &other.kid)));
        let Json(Results { results, pagination }) = Results::cut(keys, page, |key| PublicKey::of(tenant, users, key));
        Json(Self { keys: results, pagination })
    }
}

/// Which keys.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Who deposited them.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    user_ids: Csv<UserId>,
    /// First, from 0.
    pub offset: u32,
    /// How many, 1 to 50.
    pub limit: u32,
}

async fn client(asker: Asker, id: ClientId) -> Result<(Client, Tenant), Refused> {
    let found = asker.look(move |tx, deed| {
        let client = deeds::look(tx, deed, id)?;
        let tenant = look::tenant(tx, deed, client.consumer_id)?;
        Ok((client, tenant))
    });
    found.await
}

/// Chiavi di un client
#[utoipa::path(get, path = "/clients/{clientId}/keys", tag = "client", params(Query),
    responses((status = 200, description = "Una pagina", body = PublicKeys)))]
pub async fn list(asker: Asker, At(id): At<ClientId>, Ask(query): Ask<Query>) -> Result<Json<PublicKeys>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let (client, tenant) = client(asker, id).await?;
    Ok(PublicKeys::of((&query, page), &tenant, (&client.users, &client.keys)))
}

/// A key to be deposited.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct KeySeed {
    /// 5 to 60 characters.
    name: String,
    /// `SIG` or `ENC`.
    r#use: String,
    /// `RS256`
    alg: String,
    /// Base64 of the PEM of an RSA public key of 2048 bits at least.
    key: String,
}

/// Deposita una chiave pubblica
///
/// It counts from the next voucher on.
#[utoipa::path(post, path = "/clients/{clientId}/keys", tag = "client", request_body = KeySeed,
    responses((status = 204, description = "Depositata")))]
pub async fn deposit(asker: Asker, At(id): At<ClientId>, Body(seed): Body<key::Seed>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::add_key(tx, deed, id, seed.clone())).await
}

/// Una chiave di un client
#[utoipa::path(get, path = "/clients/{clientId}/keys/{keyId}", tag = "client",
    responses((status = 200, description = "La chiave", body = PublicKey)))]
pub async fn get(asker: Asker, At((id, kid)): At<(ClientId, String)>) -> Result<Json<PublicKey>, Refused> {
    let (client, tenant) = client(asker, id).await?;
    let key = client.keys.get(&kid).cloned().ok_or(Fault::ClientKeyNotFound)?;
    Ok(Json(PublicKey::of(&tenant, &client.users, key)))
}

/// Elimina una chiave
///
/// It counts no more from the next voucher on.
#[utoipa::path(delete, path = "/clients/{clientId}/keys/{keyId}", tag = "client",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At((id, kid)): At<(ClientId, String)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete_key(tx, deed, id, &kid)).await
}

/// A key as it was deposited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EncodedClientKey)]
pub struct Encoded {
    /// Base64 of the PEM.
    pub key: String,
}

/// Una chiave come è stata depositata
#[utoipa::path(get, path = "/clients/{clientId}/encoded/keys/{keyId}", tag = "client",
    responses((status = 200, description = "La chiave", body = Encoded)))]
pub async fn encoded(asker: Asker, At((id, kid)): At<(ClientId, String)>) -> Result<Json<Encoded>, Refused> {
    let (client, _) = client(asker, id).await?;
    let key = client.keys.get(&kid).ok_or(Fault::ClientKeyNotFound)?;
    Ok(Json(Encoded { key: key.encoded_pem.clone() }))
}

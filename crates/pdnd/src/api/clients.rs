//! Clients of the interoperability platform: `/tenants/{tenant_id}/clients`.

use axum::extract::State;
use http::StatusCode;
use kernel::{Page, PageQuery, RomeTime, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::{Purpose, Tx};
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Path, Query};

use super::{ProblemBody, Refusals, authorise, check_texts, merged, page, paging};
use crate::connector::Connector;
use crate::errors::Error;
use crate::service::Environment;
use crate::store::clients::{self, Client};
use crate::store::{keys, tenants};

/// Fields by which a list can be ordered; the first one orders it unless told.
const ORDERS: [&str; 3] = ["created_at", "updated_at", "name"];

/// What can be written of a client.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ClientFields)]
pub struct Fields {
    /// Name.
    name: String,
    /// `produzione`, `collaudo` or `locale`.
    env: Environment,
    /// The platform's name for the key (`kid`); it follows from the key, and is compared when it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// The pair, as `GET /tenants/{tenant_id}/keys` gave it.
    key_pair_id: Uuid,
}

/// A new client.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewClient)]
pub struct New {
    /// Identifier, the platform's own.
    id: Uuid,
    #[serde(flatten)]
    fields: Fields,
}

/// Stores a client with `fields`, whose pair must be its own or nobody's.
fn put(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    id: Uuid,
    fields: Fields,
    created_at: RomeTime,
    now: RomeTime,
) -> Result<Client, Error> {
    let Fields { name, env, key_id, key_pair_id } = fields;
    check_texts(&[("name", &name)], 255)?;
    tenants::find(tx, tenant, Purpose::Look)?.ok_or(Error::NotConfigured)?;
    let unknown = || Error::field("key_pair_id", "unknown", "Usare l'identificativo di una chiave libera dell'ente.");
    let key = keys::find(tx, tenant, key_pair_id)?.ok_or_else(unknown)?;
    if key_id.is_some_and(|kid| kid != key.kid) {
        let message = format!("Con questa chiave il KID è {}: controllare di aver depositato la chiave giusta.", key.kid);
        return Err(Error::field("key_id", "mismatch", &message));
    }
    if !keys::give(tx, tenant, key_pair_id, id)? {
        return Err(unknown());
    }
    let client = Client {
        id,
        tenant_id: tenant,
        name,
        env,
        key_pair_id,
        key_id: key.kid,
        public_key: key.public_key,
        created_at,
        updated_at: now,
    };
    clients::put(tx, &client)?;
    Ok(client)
}

/// Client di un ente
#[utoipa::path(
    get,
    path = "/tenants/{tenant_id}/clients",
    tag = "client",
    params(("tenant_id" = Uuid, Path, description = "Ente"), super::eservices::PageParameters),
    responses(
        (status = 200, description = "Una pagina", body = Object),
        Refusals,
        (status = 400, description = "Parametri non validi", body = ProblemBody),
    )
)]
pub async fn list(
    State(connector): State<Connector>,
    caller: Caller,
    Path(tenant): Path<TenantId>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Client>>> {
    authorise(&caller, tenant)?;
    let (offset, limit, sort) = paging(&query, &ORDERS)?;
    let found = connector.app().db().read(move |tx| {
        tenants::find(tx, tenant, Purpose::Look)?.ok_or(Error::NotConfigured)?;
        Ok::<_, Error>(clients::list(tx, tenant, &sort, offset, limit)?)
    });
    Ok(Json(page(&connector, &format!("/tenants/{tenant}/clients"), &query, (offset, limit), found.await?)))
}

/// Nuovo client
///
/// As it was made on the platform. One that was deleted can be configured anew, and goes on counting its operations.
#[utoipa::path(
    post,
    path = "/tenants/{tenant_id}/clients",
    tag = "client",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    request_body = New,
    responses(
        (status = 201, description = "Il client", body = Client),
        Refusals,
        (status = 409, description = "Già presente", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn create(
    State(connector): State<Connector>,
    caller: Caller,
    Path(tenant): Path<TenantId>,
    Json(new): Json<New>,
) -> ApiResult<(StatusCode, Json<Client>)> {
    authorise(&caller, tenant)?;
    let now = connector.app().clock().now();
    let created = connector.app().db().write(move |tx| {
        if clients::find(tx, tenant, new.id, Purpose::Change)?.is_some() {
            return Err(Error::Exists);
        }
        put(tx, tenant, new.id, new.fields, now, now)
    });
    Ok((StatusCode::CREATED, Json(created.await?)))
}

/// Un client
#[utoipa::path(
    get,
    path = "/tenants/{tenant_id}/clients/{client_id}",
    tag = "client",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("client_id" = Uuid, Path, description = "Client")),
    responses(
        (status = 200, description = "Il client", body = Client),
        Refusals,
    )
)]
pub async fn get(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
) -> ApiResult<Json<Client>> {
    authorise(&caller, tenant)?;
    let found = connector.app().db().read(move |tx| clients::find(tx, tenant, id, Purpose::Look)).await?;
    Ok(Json(found.ok_or(Error::NotConfigured)?))
}

/// Sostituisce un client
#[utoipa::path(
    put,
    path = "/tenants/{tenant_id}/clients/{client_id}",
    tag = "client",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("client_id" = Uuid, Path, description = "Client")),
    request_body = Fields,
    responses(
        (status = 200, description = "Il client", body = Client),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn replace(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
    Json(fields): Json<Fields>,
) -> ApiResult<Json<Client>> {
    authorise(&caller, tenant)?;
    save(&connector, tenant, id, move |_| Ok(fields)).await
}

/// Modifica un client
#[utoipa::path(
    patch,
    path = "/tenants/{tenant_id}/clients/{client_id}",
    tag = "client",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("client_id" = Uuid, Path, description = "Client")),
    request_body = Fields,
    responses(
        (status = 200, description = "Il client", body = Client),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn change(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
    Json(change): Json<Map<String, Value>>,
) -> ApiResult<Json<Client>> {
    authorise(&caller, tenant)?;
    save(&connector, tenant, id, move |client| {
        let Client { name, env, key_pair_id, .. } = client.clone();
        merged(&Fields { name, env, key_id: None, key_pair_id }, change)
    })
    .await
}

async fn save(
    connector: &Connector,
    tenant: TenantId,
    id: Uuid,
    fields: impl FnOnce(&Client) -> Result<Fields, Error> + Send + 'static,
) -> ApiResult<Json<Client>> {
    let now = connector.app().clock().now();
    let saved = connector.app().db().write(move |tx| {
        let stored = clients::find(tx, tenant, id, Purpose::Change)?.ok_or(Error::NotConfigured)?;
        let fields = fields(&stored)?;
        put(tx, tenant, id, fields, stored.created_at, now)
    });
    Ok(Json(saved.await?))
}

/// Elimina un client
#[utoipa::path(
    delete,
    path = "/tenants/{tenant_id}/clients/{client_id}",
    tag = "client",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("client_id" = Uuid, Path, description = "Client")),
    responses(
        (status = 204, description = "Eliminato"),
        Refusals,
    )
)]
pub async fn remove(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
) -> ApiResult<StatusCode> {
    authorise(&caller, tenant)?;
    let now = connector.app().clock().now();
    let deleted = connector.app().db().write(move |tx| clients::delete(tx, tenant, id, now)).await?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotConfigured.into()) }
}

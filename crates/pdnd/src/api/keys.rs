//! Key pairs of a body: `/tenants/{tenant_id}/keys`. The private key never leaves.

use axum::extract::State;
use http::StatusCode;
use kernel::{TenantId, Uuid};
use serde::Serialize;
use storage::Purpose;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Path};

use super::{ProblemBody, Refusals, authorise};
use crate::connector::Connector;
use crate::errors::Error;
use crate::store::{clients, keys, tenants};

/// A key pair, as far as others see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Key {
    /// Identifier: `key_pair_id` of a client.
    id: Uuid,
    /// The public key, a PEM, to be deposited with the platform.
    public_key: String,
}

/// Chiave libera di un ente
///
/// The pair that no client has yet; it is made when there is none.
#[utoipa::path(
    get,
    path = "/tenants/{tenant_id}/keys",
    tag = "chiavi",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    responses(
        (status = 200, description = "La chiave", body = Key),
        Refusals,
    )
)]
pub async fn get(State(connector): State<Connector>, caller: Caller, Path(tenant): Path<TenantId>) -> ApiResult<Json<Key>> {
    authorise(&caller, tenant)?;
    let db = connector.app().db();
    let find = move |tx: &mut storage::Tx<'_>| {
        tenants::find(tx, tenant, Purpose::Look)?.ok_or(Error::NotConfigured)?;
        Ok::<_, Error>(keys::find_unused(tx, tenant)?)
    };
    let key = match db.read(find).await? {
        Some(key) => key,
        None => {
            let (key, now) = (connector.new_key(tenant).await?, connector.app().clock().now());
            match db.write(move |tx| keys::insert(tx, &key, now)).await {
                // Another request was faster: its pair is everybody's.
                Ok(()) | Err(storage::Error::Unique(_)) => {}
                Err(error) => return Err(error.into()),
            }
            let made = db.read(find).await?;
            made.ok_or_else(|| Error::Defect("the new key pair is gone".to_owned()))?
        }
    };
    Ok(Json(Key { id: key.id, public_key: key.public_key }))
}

/// Elimina una chiave
///
/// Not one that a client signs with. Nothing is left of the private key.
#[utoipa::path(
    delete,
    path = "/tenants/{tenant_id}/keys/{keys_id}",
    tag = "chiavi",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("keys_id" = Uuid, Path, description = "Chiave")),
    responses(
        (status = 204, description = "Eliminata"),
        Refusals,
        (status = 409, description = "Un client firma con questa chiave", body = ProblemBody),
    )
)]
pub async fn remove(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
) -> ApiResult<StatusCode> {
    authorise(&caller, tenant)?;
    let now = connector.app().clock().now();
    let deleted = connector.app().db().write(move |tx| {
        keys::find(tx, tenant, id)?.ok_or(Error::NotConfigured)?;
        if clients::sign_with(tx, tenant, id)? {
            return Err(Error::KeyInUse);
        }
        Ok(keys::delete(tx, tenant, id, now)?)
    });
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Which client calls which e-service for which purpose: `/tenants/{tenant_id}/configs`.

use axum::extract::State;
use http::StatusCode;
use kernel::{Page, PageQuery, RomeTime, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::{Purpose, Tx};
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Path, Query};

use super::{BASE, ProblemBody, Refusals, authorise, merged, page, paging};
use crate::connector::{Connector, Credentials};
use crate::errors::Error;
use crate::service::Service;
use crate::store::configs::{self, StoredConfig};
use crate::store::{clients, eservices, tenants};

/// Fields by which a list can be ordered; the first one orders it unless told.
const ORDERS: [&str; 2] = ["created_at", "updated_at"];

/// What can be written of a configuration.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigFields)]
pub struct Fields {
    /// The client that calls.
    client_id: Uuid,
    /// The e-service that is called.
    eservice_id: Uuid,
    /// What for.
    purpose_id: Uuid,
    /// Whether it may be used; yes unless told.
    #[serde(default)]
    is_active: Option<bool>,
    /// What the provider alone wants to know (INPS): `user_id`, `office_code`, `certificate` in PEM with its key. Never shown again; kept
    /// when it is left out.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<Object>)]
    provider: Option<Credentials>,
}

/// A configuration, as it is answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Config {
    /// Identifier.
    id: Uuid,
    /// The body.
    tenant_id: Uuid,
    /// The client that calls.
    client_id: Uuid,
    /// The e-service that is called.
    eservice_id: Uuid,
    /// What for.
    purpose_id: Uuid,
    /// Whether it may be used.
    is_active: bool,
    /// Where data are asked for by it.
    call_url: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: RomeTime,
}

impl Config {
    fn of(connector: &Connector, stored: StoredConfig) -> Self {
        let StoredConfig { id, tenant_id, client_id, eservice_id, purpose_id, is_active, created_at, updated_at, slug, .. } =
            stored;
        let provider = Service::by_slug(&slug).map_or("anpr", Service::provider);
        let call_url = format!("{}{BASE}/{provider}/{slug}?config_id={id}", connector.app().public_url());
        let tenant_id = tenant_id.0;
        Self { id, tenant_id, client_id, eservice_id, purpose_id, is_active, call_url, created_at, updated_at }
    }
}

/// Stores what `fields` make of `before`; client and e-service must be there, and of one environment.
fn put(connector: &Connector, tx: &mut Tx<'_>, before: StoredConfig, fields: Fields) -> Result<StoredConfig, Error> {
    let tenant = before.tenant_id;
    tenants::find(tx, tenant, Purpose::Look)?.ok_or(Error::NotConfigured)?;
    let unknown = |field| Error::field(field, "unknown", "Non esiste: controllare l'identificativo.");
    let client = clients::find(tx, tenant, fields.client_id, Purpose::Look)?.ok_or_else(|| unknown("client_id"))?;
    let eservice = eservices::find(tx, fields.eservice_id)?.ok_or_else(|| unknown("eservice_id"))?;
    if client.env != eservice.env {
        let message = format!("Il client è di {}, l'e-service di {}.", client.env.name(), eservice.env.name());
        return Err(Error::field("eservice_id", "environment", &message));
    }
    let provider = match fields.provider {
        Some(credentials) => {
            if let Some(pem) = &credentials.certificate {
                let wrong = |_| Error::field("provider", "certificate", "Indicare certificato e chiave privata in PEM.");
                connector.app().egress().identified(pem).map_err(wrong)?;
            }
            let plain = serde_json::to_vec(&credentials).map_err(|error| Error::Defect(error.to_string()))?;
            Some(connector.seal(before.id).close(connector.app().rng(), "credentials", &plain))
        }
        None => before.provider,
    };
    let config = StoredConfig {
        client_id: fields.client_id,
        eservice_id: fields.eservice_id,
        purpose_id: fields.purpose_id,
        is_active: fields.is_active.unwrap_or(true),
        provider,
        updated_at: connector.app().clock().now(),
        slug: eservice.slug,
        ..before
    };
    configs::put(tx, &config)?;
    Ok(config)
}

/// Configurazioni di un ente
#[utoipa::path(
    get,
    path = "/tenants/{tenant_id}/configs",
    tag = "configurazioni",
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
) -> ApiResult<Json<Page<Config>>> {
    authorise(&caller, tenant)?;
    let (offset, limit, sort) = paging(&query, &ORDERS)?;
    let found = connector.app().db().read(move |tx| {
        tenants::find(tx, tenant, Purpose::Look)?.ok_or(Error::NotConfigured)?;
        Ok::<_, Error>(configs::list(tx, tenant, &sort, offset, limit)?)
    });
    let (total, found) = found.await?;
    let found = found.into_iter().map(|config| Config::of(&connector, config)).collect();
    Ok(Json(page(&connector, &format!("/tenants/{tenant}/configs"), &query, (offset, limit), (total, found))))
}

/// Nuova configurazione
#[utoipa::path(
    post,
    path = "/tenants/{tenant_id}/configs",
    tag = "configurazioni",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    request_body = Fields,
    responses(
        (status = 201, description = "La configurazione", body = Config),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn create(
    State(connector): State<Connector>,
    caller: Caller,
    Path(tenant): Path<TenantId>,
    Json(fields): Json<Fields>,
) -> ApiResult<(StatusCode, Json<Config>)> {
    authorise(&caller, tenant)?;
    let now = connector.app().clock().now();
    let fresh = StoredConfig {
        id: connector.app().rng().uuid_at(now),
        tenant_id: tenant,
        client_id: fields.client_id,
        eservice_id: fields.eservice_id,
        purpose_id: fields.purpose_id,
        is_active: true,
        provider: None,
        created_at: now,
        updated_at: now,
        slug: String::new(),
    };
    let saving = connector.clone();
    let created = connector.app().db().write(move |tx| put(&saving, tx, fresh, fields)).await?;
    Ok((StatusCode::CREATED, Json(Config::of(&connector, created))))
}

/// Una configurazione
#[utoipa::path(
    get,
    path = "/tenants/{tenant_id}/configs/{config_id}",
    tag = "configurazioni",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("config_id" = Uuid, Path, description = "Configurazione")),
    responses(
        (status = 200, description = "La configurazione, attiva o no", body = Config),
        Refusals,
    )
)]
pub async fn get(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
) -> ApiResult<Json<Config>> {
    authorise(&caller, tenant)?;
    let found = connector.app().db().read(move |tx| configs::find(tx, tenant, id, Purpose::Look)).await?;
    Ok(Json(Config::of(&connector, found.ok_or(Error::NotConfigured)?)))
}

/// Sostituisce una configurazione
#[utoipa::path(
    put,
    path = "/tenants/{tenant_id}/configs/{config_id}",
    tag = "configurazioni",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("config_id" = Uuid, Path, description = "Configurazione")),
    request_body = Fields,
    responses(
        (status = 200, description = "La configurazione", body = Config),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn replace(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
    Json(fields): Json<Fields>,
) -> ApiResult<Json<Config>> {
    authorise(&caller, tenant)?;
    save(&connector, tenant, id, move |_| Ok(fields)).await
}

/// Modifica una configurazione
#[utoipa::path(
    patch,
    path = "/tenants/{tenant_id}/configs/{config_id}",
    tag = "configurazioni",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("config_id" = Uuid, Path, description = "Configurazione")),
    request_body = Fields,
    responses(
        (status = 200, description = "La configurazione", body = Config),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn change(
    State(connector): State<Connector>,
    caller: Caller,
    Path((tenant, id)): Path<(TenantId, Uuid)>,
    Json(change): Json<Map<String, Value>>,
) -> ApiResult<Json<Config>> {
    authorise(&caller, tenant)?;
    save(&connector, tenant, id, move |config| {
        let StoredConfig { client_id, eservice_id, purpose_id, is_active, .. } = *config;
        merged(&Fields { client_id, eservice_id, purpose_id, is_active: Some(is_active), provider: None }, change)
    })
    .await
}

async fn save(
    connector: &Connector,
    tenant: TenantId,
    id: Uuid,
    fields: impl FnOnce(&StoredConfig) -> Result<Fields, Error> + Send + 'static,
) -> ApiResult<Json<Config>> {
    let saving = connector.clone();
    let saved = connector.app().db().write(move |tx| {
        let stored = configs::find(tx, tenant, id, Purpose::Change)?.ok_or(Error::NotConfigured)?;
        let fields = fields(&stored)?;
        put(&saving, tx, stored, fields)
    });
    Ok(Json(Config::of(connector, saved.await?)))
}

/// Disattiva una configurazione
///
/// It can be read still, and activated again by `PATCH`.
#[utoipa::path(
    delete,
    path = "/tenants/{tenant_id}/configs/{config_id}",
    tag = "configurazioni",
    params(("tenant_id" = Uuid, Path, description = "Ente"), ("config_id" = Uuid, Path, description = "Configurazione")),
    responses(
        (status = 204, description = "Disattivata, ora o prima"),
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
    let disabled = connector.app().db().write(move |tx| {
        let stored = configs::find(tx, tenant, id, Purpose::Change)?.ok_or(Error::NotConfigured)?;
        Ok::<_, Error>(configs::put(tx, &StoredConfig { is_active: false, updated_at: now, ..stored })?)
    });
    disabled.await?;
    Ok(StatusCode::NO_CONTENT)
}

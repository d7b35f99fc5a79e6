//! What the proxy knows of a public body: `/tenants` of the configuration API, in both editions (developers' documentation, "API v1" and
//! "API v2", "Configurazione tenant"). For administrators of that body, and for the platform itself.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use kernel::TenantId;
use serde_json::Value;
use storage::Tx;
use web::{ApiResult, Caller, Json, Path};

use super::{Desk, ProblemBody};
use crate::configuration::Document;
use crate::errors::Error;
use crate::store::{Purpose, configurations};
use crate::tree::{self, Object};

/// Lets administrators of the tenant `id` pass; to others it does not exist.
fn authorise(caller: &Caller, id: TenantId) -> ApiResult<()> {
    caller.require_admin()?;
    if caller.tenant_id == id { Ok(()) } else { Err(Error::NotFound.into()) }
}

/// Modulo di configurazione dell'ente
///
/// The Form.io form that an administrator fills in.
#[utoipa::path(
    get,
    path = "/tenants/schema",
    tag = "configurazione",
    responses((status = 200, description = "Form.io", body = Value))
)]
pub async fn schema(State(desk): State<Desk>) -> Response {
    ([(CONTENT_TYPE, "application/json")], desk.proxy.about().tenant_form).into_response()
}

/// Configurazioni dell'ente
///
/// The configuration of the caller's own body, if it has one.
#[utoipa::path(
    get,
    path = "/tenants",
    tag = "configurazione",
    responses(
        (status = 200, description = "Nessuna o una configurazione", body = Vec<Value>),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
    )
)]
pub async fn list(State(desk): State<Desk>, caller: Caller) -> ApiResult<Json<Vec<Document>>> {
    caller.require_admin()?;
    let (name, id) = (desk.proxy.name(), caller.tenant_id);
    let found = desk.proxy.app().db().read(move |tx| configurations::find_tenant(tx, name, id, Purpose::Look)).await?;
    Ok(Json(found.into_iter().collect()))
}

/// Configurazione di un ente
///
/// As it was sent. A disabled one has `active: false`.
#[utoipa::path(
    get,
    path = "/tenants/{id}",
    tag = "configurazione",
    params(("id" = kernel::Uuid, Path, description = "Identificativo dell'ente")),
    responses(
        (status = 200, description = "La configurazione", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente senza configurazione, o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn get(State(desk): State<Desk>, caller: Caller, Path(id): Path<TenantId>) -> ApiResult<Json<Document>> {
    authorise(&caller, id)?;
    let name = desk.proxy.name();
    let found = desk.proxy.app().db().read(move |tx| configurations::find_tenant(tx, name, id, Purpose::Look)).await?;
    Ok(Json(found.ok_or(Error::NotFound)?))
}

/// Crea la configurazione di un ente
///
/// A disabled configuration may be created anew.
#[utoipa::path(
    post,
    path = "/tenants",
    tag = "configurazione",
    request_body = Value,
    responses(
        (status = 201, description = "La configurazione creata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente diverso dal proprio", body = ProblemBody),
        (status = 409, description = "L'ente ha già una configurazione attiva", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn create(State(desk): State<Desk>, caller: Caller, Json(document): Json<Document>) -> ApiResult<Response> {
    caller.require_admin()?;
    let configuration = desk.proxy.read_tenant(&document, desk.edition).map_err(Error::Invalid)?;
    authorise(&caller, configuration.id)?;
    let saving = desk.clone();
    let saved = desk.proxy.app().db().write(move |tx| {
        let before = configurations::find_tenant(tx, saving.proxy.name(), configuration.id, Purpose::Change)?;
        if before.as_ref().is_some_and(is_active) {
            return Err(Error::Exists);
        }
        save(&saving, tx, document)
    });
    Ok((StatusCode::CREATED, Json(saved.await?)).into_response())
}

/// Sostituisce la configurazione di un ente
///
/// Creates it if there is none.
#[utoipa::path(
    put,
    path = "/tenants/{id}",
    tag = "configurazione",
    params(("id" = kernel::Uuid, Path, description = "Identificativo dell'ente")),
    request_body = Value,
    responses(
        (status = 200, description = "La configurazione sostituita", body = Value),
        (status = 201, description = "La configurazione creata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente diverso dal proprio", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn put(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Json(mut document): Json<Document>,
) -> ApiResult<Response> {
    authorise(&caller, id)?;
    document.insert("id".to_owned(), id.to_string().into());
    let saving = desk.clone();
    let saved = desk.proxy.app().db().write(move |tx| {
        let before = configurations::find_tenant(tx, saving.proxy.name(), id, Purpose::Change)?;
        save(&saving, tx, document).map(|document| (before.is_none(), document))
    });
    let (created, document) = saved.await?;
    Ok((if created { StatusCode::CREATED } else { StatusCode::OK }, Json(document)).into_response())
}

/// Modifica la configurazione di un ente
///
/// Lays the members sent over those stored (JSON Merge Patch, RFC 7396).
#[utoipa::path(
    patch,
    path = "/tenants/{id}",
    tag = "configurazione",
    params(("id" = kernel::Uuid, Path, description = "Identificativo dell'ente")),
    request_body = Value,
    responses(
        (status = 200, description = "La configurazione modificata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente senza configurazione, o diverso dal proprio", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn patch(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Json(patch): Json<Document>,
) -> ApiResult<Json<Document>> {
    authorise(&caller, id)?;
    Ok(Json(change(desk, id, patch).await?))
}

/// Disattiva la configurazione di un ente
///
/// Nothing is removed: `active` becomes false, and the payments of the body are none of this proxy's business any more.
#[utoipa::path(
    delete,
    path = "/tenants/{id}",
    tag = "configurazione",
    params(("id" = kernel::Uuid, Path, description = "Identificativo dell'ente")),
    responses(
        (status = 204, description = "Disattivata"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente senza configurazione, o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn delete(State(desk): State<Desk>, caller: Caller, Path(id): Path<TenantId>) -> ApiResult<StatusCode> {
    authorise(&caller, id)?;
    change(desk, id, Document::from_iter([("active".to_owned(), Value::Bool(false))])).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(desk: Desk, id: TenantId, patch: Document) -> Result<Document, Error> {
    let saving = desk.clone();
    let changed = desk.proxy.app().db().write(move |tx| {
        let document = configurations::find_tenant(tx, saving.proxy.name(), id, Purpose::Change)?;
        let mut document = document.ok_or(Error::NotFound)?;
        kernel::merge_patch(&mut document, patch);
        document.insert("id".to_owned(), id.to_string().into());
        save(&saving, tx, document)
    });
    changed.await
}

/// Stores a configuration, if it keeps the rules.
fn save(desk: &Desk, tx: &mut Tx<'_>, mut document: Document) -> Result<Document, Error> {
    let Desk { proxy, edition } = desk;
    let configuration = proxy.read_tenant(&document, *edition).map_err(Error::Invalid)?;
    document.insert("active".to_owned(), configuration.active.into());
    let now = proxy.app().clock().now();
    configurations::put_tenant(tx, proxy.name(), &configuration, &document, now)?;
    tree::note(proxy, tx, Object::Tenant { tenant: configuration.id }, now)?;
    Ok(document)
}

/// Whether a stored configuration is in use.
pub(super) fn is_active(document: &Document) -> bool {
    document.get("active") != Some(&Value::Bool(false))
}

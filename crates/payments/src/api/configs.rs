//! What the proxy knows of the payments of a service: configuration API version 2, `/configs` (developers' documentation, "API v2",
//! "Configurazione pagamento"). For administrators of the body, and for the platform itself.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use kernel::{FieldError, TenantId, Uuid};
use serde_json::Value;
use storage::Tx;
use web::{ApiResult, Caller, Json, Path};

use super::tenants::is_active;
use super::{Desk, ProblemBody};
use crate::configuration::{Document, Edition, MAX_IDS};
use crate::errors::Error;
use crate::store::{Purpose, configurations};
use crate::tree::{self, Object};

/// Modulo di configurazione di un pagamento
///
/// The Form.io form that an administrator fills in.
#[utoipa::path(
    get,
    path = "/configs/schema",
    tag = "configurazione",
    responses((status = 200, description = "Form.io", body = Value))
)]
pub async fn schema(State(desk): State<Desk>) -> Response {
    ([(CONTENT_TYPE, "application/json")], desk.proxy.about().payment_form).into_response()
}

/// Configurazioni di pagamento
///
/// Those of the caller's body: the ones asked for by `config_id` (up to five; those that do not exist are left out), or all.
#[utoipa::path(
    get,
    path = "/configs",
    tag = "configurazione",
    params(("config_id" = Option<Vec<Uuid>>, Query, description = "Identificativi, al massimo cinque; anche config_ids")),
    responses(
        (status = 200, description = "Le configurazioni", body = Vec<Value>),
        (status = 400, description = "Identificativi non validi o troppi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
    )
)]
pub async fn list(State(desk): State<Desk>, caller: Caller, RawQuery(query): RawQuery) -> ApiResult<Json<Vec<Document>>> {
    caller.require_admin()?;
    let asked = asked_for(query.as_deref().unwrap_or_default())?;
    let (name, tenant) = (desk.proxy.name(), caller.tenant_id);
    let found = desk.proxy.app().db().read(move |tx| {
        if asked.is_empty() {
            return configurations::list_payments(tx, name, tenant);
        }
        let one = |id| configurations::find_payment(tx, name, tenant, id, Purpose::Look).transpose();
        asked.into_iter().filter_map(one).collect()
    });
    Ok(Json(found.await?))
}

/// The identifiers in the query; the documentation calls the parameter by two names, and it may be repeated.
fn asked_for(query: &str) -> ApiResult<Vec<Uuid>> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let texts =
        pairs.filter(|(name, _)| matches!(name.trim_end_matches("[]"), "config_id" | "config_ids")).map(|(_, value)| value);
    let mut ids = Vec::new();
    for text in texts {
        let id = Uuid::parse_str(&text).map_err(|_| {
            kernel::Problem::new(400, "bad-query", "Parametri della richiesta non validi").errors(vec![FieldError::new(
                "config_id",
                "pattern",
                "Usare un UUID.",
            )])
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > MAX_IDS { Err(Error::TooMany.into()) } else { Ok(ids) }
}

/// Configurazione di un pagamento
///
/// As it was sent. A disabled one has `active: false`.
#[utoipa::path(
    get,
    path = "/configs/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo della configurazione")),
    responses(
        (status = 200, description = "La configurazione", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta o di un altro ente", body = ProblemBody),
    )
)]
pub async fn get(State(desk): State<Desk>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<Document>> {
    show(&desk, &caller, id).await
}

/// Crea la configurazione di un pagamento
///
/// Without `id` one is drawn. A disabled configuration may be created anew.
#[utoipa::path(
    post,
    path = "/configs",
    tag = "configurazione",
    request_body = Value,
    responses(
        (status = 201, description = "La configurazione creata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente diverso dal proprio", body = ProblemBody),
        (status = 409, description = "Esiste già una configurazione attiva con questo identificativo", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn create(State(desk): State<Desk>, caller: Caller, Json(document): Json<Document>) -> ApiResult<Response> {
    add(&desk, &caller, document).await
}

/// Sostituisce la configurazione di un pagamento
///
/// Creates it if there is none.
#[utoipa::path(
    put,
    path = "/configs/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo della configurazione")),
    request_body = Value,
    responses(
        (status = 200, description = "La configurazione sostituita", body = Value),
        (status = 201, description = "La configurazione creata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione di un altro ente", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn put(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(document): Json<Document>,
) -> ApiResult<Response> {
    replace(&desk, &caller, id, document).await
}

/// Modifica la configurazione di un pagamento
///
/// Lays the members sent over those stored (JSON Merge Patch, RFC 7396).
#[utoipa::path(
    patch,
    path = "/configs/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo della configurazione")),
    request_body = Value,
    responses(
        (status = 200, description = "La configurazione modificata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta o di un altro ente", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn patch(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(patch): Json<Document>,
) -> ApiResult<Json<Document>> {
    Ok(Json(change(&desk, &caller, id, patch).await?))
}

/// Disattiva la configurazione di un pagamento
///
/// Nothing is removed: `active` becomes false, and these payments are none of this proxy's business any more.
#[utoipa::path(
    delete,
    path = "/configs/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo della configurazione")),
    responses(
        (status = 204, description = "Disattivata"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta o di un altro ente", body = ProblemBody),
    )
)]
pub async fn delete(State(desk): State<Desk>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<StatusCode> {
    disable(&desk, &caller, id).await
}

/// The configuration as it was sent. This and the following are the operations of both editions.
pub(super) async fn show(desk: &Desk, caller: &Caller, id: Uuid) -> ApiResult<Json<Document>> {
    caller.require_admin()?;
    let (name, tenant) = (desk.proxy.name(), caller.tenant_id);
    let found = desk.proxy.app().db().read(move |tx| configurations::find_payment(tx, name, tenant, id, Purpose::Look)).await?;
    Ok(Json(found.ok_or(Error::NotFound)?))
}

/// Stores a configuration that is not there, or is disabled. Without `id` one is drawn; version 1 knows none but the service's.
pub(super) async fn add(desk: &Desk, caller: &Caller, mut document: Document) -> ApiResult<Response> {
    caller.require_admin()?;
    if desk.edition == Edition::V2 && document.get("id").is_none_or(|id| id.is_null() || id == "") {
        document.insert("id".to_owned(), desk.proxy.app().rng().uuid().to_string().into());
    }
    let (saving, tenant) = (desk.clone(), caller.tenant_id);
    let saved = desk.proxy.app().db().write(move |tx| {
        let id = saving.proxy.read_payment(&document, saving.edition).map_err(Error::Invalid)?.id;
        let before = configurations::find_payment(tx, saving.proxy.name(), tenant, id, Purpose::Change)?;
        if before.as_ref().is_some_and(is_active) {
            return Err(Error::Exists);
        }
        save(&saving, tx, tenant, document)
    });
    Ok((StatusCode::CREATED, Json(saved.await?)).into_response())
}

/// Stores a configuration, whatever was there.
pub(super) async fn replace(desk: &Desk, caller: &Caller, id: Uuid, mut document: Document) -> ApiResult<Response> {
    caller.require_admin()?;
    document.insert("id".to_owned(), id.to_string().into());
    let (saving, tenant) = (desk.clone(), caller.tenant_id);
    let saved = desk.proxy.app().db().write(move |tx| {
        let before = configurations::find_payment(tx, saving.proxy.name(), tenant, id, Purpose::Change)?;
        save(&saving, tx, tenant, document).map(|document| (before.is_none(), document))
    });
    let (created, document) = saved.await?;
    Ok((if created { StatusCode::CREATED } else { StatusCode::OK }, Json(document)).into_response())
}

/// Disables a configuration.
pub(super) async fn disable(desk: &Desk, caller: &Caller, id: Uuid) -> ApiResult<StatusCode> {
    change(desk, caller, id, Document::from_iter([("active".to_owned(), Value::Bool(false))])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lays the members of `patch` over those stored.
pub(super) async fn change(desk: &Desk, caller: &Caller, id: Uuid, patch: Document) -> ApiResult<Document> {
    caller.require_admin()?;
    let (saving, tenant) = (desk.clone(), caller.tenant_id);
    let changed = desk.proxy.app().db().write(move |tx| {
        let document = configurations::find_payment(tx, saving.proxy.name(), tenant, id, Purpose::Change)?;
        let mut document = document.ok_or(Error::NotFound)?;
        kernel::merge_patch(&mut document, patch);
        document.insert("id".to_owned(), id.to_string().into());
        save(&saving, tx, tenant, document)
    });
    Ok(changed.await?)
}

/// Stores a configuration, if it keeps the rules and belongs to `tenant`.
fn save(desk: &Desk, tx: &mut Tx<'_>, tenant: TenantId, mut document: Document) -> Result<Document, Error> {
    let Desk { proxy, edition } = desk;
    let configuration = proxy.read_payment(&document, *edition).map_err(Error::Invalid)?;
    document.insert("active".to_owned(), configuration.active.into());
    let now = proxy.app().clock().now();
    if configuration.tenant_id != tenant || !configurations::put_payment(tx, proxy.name(), &configuration, &document, now)? {
        return Err(Error::NotFound);
    }
    tree::note(proxy, tx, Object::Config { tenant, config: configuration.id }, now)?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_taken_by_both_names_and_not_more_than_five() {
        let ids: Vec<String> = (0..6).map(|n| Uuid::from_u128(n).to_string()).collect();
        let query = format!("config_id={}&config_ids={}&config_id%5B%5D={}&config_id={}&x=y", ids[0], ids[1], ids[2], ids[0]);
        assert_eq!(asked_for(&query).unwrap(), [0, 1, 2].map(Uuid::from_u128));
        let query: Vec<String> = ids.iter().map(|id| format!("config_id={id}")).collect();
        assert_eq!(asked_for(&query[..5].join("&")).unwrap().len(), 5);
        assert_eq!(asked_for(&query.join("&")).unwrap_err().problem.status, 400);
        assert_eq!(asked_for("config_id=1").unwrap_err().problem.status, 400);
    }
}

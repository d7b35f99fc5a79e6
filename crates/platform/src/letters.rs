//! Dead letters over HTTP: the administrators of a tenant see what nobody could deal with of theirs, put it back, or drop it. Those that
//! name no tenant are for whoever runs the installation (`sportello dead-letters`).

use axum::extract::State;
use bus::Stays;
use http::StatusCode;
use kernel::{Page, PageQuery, RomeTime, Uuid};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::BuriedLetter;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Id, Json, Query, Tenant};

use crate::context::Context;
use crate::errors::Error;

/// The operations on dead letters.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, drop_it)).routes(routes!(replay))
}

/// A dead letter, without its content, which may have personal data.
#[derive(Debug, Serialize, ToSchema)]
struct Heading {
    /// Identifier.
    id: Uuid,
    /// The consumer that gave up, or the queue of the task.
    source: String,
    /// Where it came from: the topic, or the queue.
    topic: String,
    /// Its key, or its lane.
    key: String,
    /// Why nobody could deal with it.
    reason: String,
    /// Since when it waits.
    #[schema(value_type = String)]
    buried_at: RomeTime,
}

/// A dead letter with its content.
#[derive(Debug, Serialize, ToSchema)]
struct Whole {
    #[serde(flatten)]
    heading: Heading,
    /// The event, or what the task was to do: as it is written, down to the digits of its numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    payload: Option<Box<RawValue>>,
    /// The same as text, if it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

impl From<BuriedLetter> for Heading {
    fn from(letter: BuriedLetter) -> Self {
        let BuriedLetter { id, source, topic, key, reason, buried_at, .. } = letter;
        Self { id, source, topic, key, reason, buried_at }
    }
}

/// The dead letters of the tenant, newest first.
#[utoipa::path(get, path = "/{tenant}/api/dead-letters", tag = "dead letters",
    params(("tenant" = String, Path, description = "slug of the tenant"),
        ("offset" = Option<u64>, Query, description = "first letter, from 0"),
        ("limit" = Option<u64>, Query, description = "letters on a page, 1 to 100; 10 unless told")),
    responses((status = 200, description = "a page: meta, links, data", body = Vec<Heading>),
        (status = 400, description = "a parameter is wrong"), (status = 401, description = "no valid token"),
        (status = 403, description = "only for administrators")))]
async fn list(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Heading>>> {
    caller.require_admin()?;
    let (offset, limit) = query.bounds()?;
    let (tenant_id, collection) = (tenant.id, format!("{}/dead-letters", tenant.api_url()));
    let (first, most) = (i64::try_from(offset).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    let find = move |tx: &mut storage::Tx<'_>| {
        Ok::<_, Error>((tx.dead_letters_of(tenant_id, first, most)?, tx.count_dead_letters_of(tenant_id)?))
    };
    let (letters, total) = context.app.db().read(find).await?;
    let headings = letters.into_iter().map(Heading::from).collect();
    let query = PageQuery { sort: None, ..query };
    Ok(Json(Page::new(&collection, &query, offset, limit, u64::try_from(total).unwrap_or(0), headings)))
}

/// A dead letter with its content.
#[utoipa::path(get, path = "/{tenant}/api/dead-letters/{id}", tag = "dead letters",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = Uuid, Path, description = "the letter")),
    responses((status = 200, description = "the letter", body = Whole), (status = 401, description = "no valid token"),
        (status = 403, description = "only for administrators"), (status = 404, description = "no such letter, or another tenant's")))]
async fn show(State(context): State<Context>, tenant: Tenant, caller: Caller, Id(id): Id<Uuid>) -> ApiResult<Json<Whole>> {
    caller.require_admin()?;
    let tenant_id = tenant.id;
    let find = move |tx: &mut storage::Tx<'_>| tx.find_dead_letter_of(tenant_id, id)?.ok_or(Error::NotFound);
    let mut letter = context.app.db().read(find).await?;
    let text = std::mem::take(&mut letter.payload);
    let payload = RawValue::from_string(text.clone()).ok();
    let raw = payload.is_none().then_some(text);
    Ok(Json(Whole { heading: letter.into(), payload, raw }))
}

/// Puts a dead letter back into processing, once its cause is gone.
#[utoipa::path(post, path = "/{tenant}/api/dead-letters/{id}/replay", tag = "dead letters",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = Uuid, Path, description = "the letter")),
    responses((status = 204, description = "done"), (status = 401, description = "no valid token"),
        (status = 403, description = "only for administrators"), (status = 404, description = "no such letter, or another tenant's"),
        (status = 422, description = "it cannot go back as it is")))]
async fn replay(State(context): State<Context>, tenant: Tenant, caller: Caller, Id(id): Id<Uuid>) -> ApiResult<StatusCode> {
    caller.require_admin()?;
    let (tenant_id, rng, now) = (tenant.id, context.app.rng().clone(), context.app.clock().now());
    let put_back = move |tx: &mut storage::Tx<'_>| {
        let letter = tx.find_dead_letter_of(tenant_id, id)?.ok_or(Error::NotFound)?;
        match bus::replay(tx, id, None, &rng, now) {
            Ok(true) => Ok(letter),
            Ok(false) => Err(Error::NotFound),
            Err(Stays::Storage(error)) => Err(error.into()),
            Err(Stays::Because(reason)) => Err(Error::field("/payload", "unreadable", capitalised(&reason))),
        }
    };
    let letter = context.app.db().write(put_back).await?;
    note("dead letter put back", &caller, &letter);
    Ok(StatusCode::NO_CONTENT)
}

/// Drops a dead letter for good.
#[utoipa::path(delete, path = "/{tenant}/api/dead-letters/{id}", tag = "dead letters",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = Uuid, Path, description = "the letter")),
    responses((status = 204, description = "done"), (status = 401, description = "no valid token"),
        (status = 403, description = "only for administrators"), (status = 404, description = "no such letter, or another tenant's")))]
async fn drop_it(State(context): State<Context>, tenant: Tenant, caller: Caller, Id(id): Id<Uuid>) -> ApiResult<StatusCode> {
    caller.require_admin()?;
    let tenant_id = tenant.id;
    let remove = move |tx: &mut storage::Tx<'_>| {
        let letter = tx.find_dead_letter_of(tenant_id, id)?.ok_or(Error::NotFound)?;
        if tx.remove_dead_letter(id)? { Ok(letter) } else { Err(Error::NotFound) }
    };
    let letter = context.app.db().write(remove).await?;
    note("dead letter dropped", &caller, &letter);
    Ok(StatusCode::NO_CONTENT)
}

/// Who did what to which letter: what is dropped here is found nowhere else.
fn note(what: &'static str, caller: &Caller, letter: &BuriedLetter) {
    let by = caller.principal.as_ref().map(|principal| principal.user_id.to_string()).unwrap_or_default();
    tracing::info!(letter_id = %letter.id, source = letter.source, topic = letter.topic, by, "{what}");
}

/// A sentence with a capital at its beginning.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

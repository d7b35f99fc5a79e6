//! Lots: the list, and handing one in.

use axum::extract::State;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, Json, Query};

use super::lot::{LotBody, describe};
use super::{Refused, id};
use crate::context::Context;
use crate::intermediary::engine::{What, enqueue};
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::lot::State as Status;
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::service::Connector;
use crate::intermediary::store::lots::{self, Lot};
use crate::intermediary::store::{services, shared};
use crate::ulid::Ulid;

/// Lots of one answer.
const PAGE: i64 = 20;

/// Which lots.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Older than this one.
    before: Option<String>,
}

/// What is handed in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Handed {
    /// The service through which it goes.
    service: String,
    /// The template; without one each row brings `oggetto` and `testo`.
    template: Option<String>,
    /// What people call it.
    name: Option<String>,
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub struct LotList {
    /// The lots, newest first.
    items: Vec<LotBody>,
    /// `before` of the next part, if there is one.
    next: Option<String>,
}

/// Lotti
///
/// The lots of the body, newest first; a supplier sees those of its services.
#[utoipa::path(get, path = "/lots", tag = "lotti", params(Part), responses((status = 200, description = "I lotti", body = LotList), Refused))]
pub async fn list(State(context): State<Context>, actor: Actor, Query(part): Query<Part>) -> ApiResult<Json<LotList>> {
    let (before, now) = (part.before.as_deref().map(id).transpose()?, context.now());
    let read = context.app.db().read(move |tx| {
        let provider = actor.provider_id.filter(|_| actor.duty == Duty::Provider);
        let mut found = lots::list(tx, actor.tenant_id, provider, before, PAGE + 1)?;
        let more = found.len() > usize::try_from(PAGE).unwrap_or(0);
        found.truncate(usize::try_from(PAGE).unwrap_or(0));
        let next = found.last().filter(|_| more).map(|lot| lot.id.to_string());
        let mut items = Vec::new();
        for lot in found {
            if let Some(service) =
                services::find(tx, actor.tenant_id, lot.service_id)?.filter(|service| actor.sees(service.provider_id))
            {
                items.push(describe(tx, &lot, &service, now)?);
            }
        }
        storage::Result::Ok(LotList { items, next })
    });
    Ok(Json(read.await?))
}

/// Consegna un lotto
///
/// Takes a lot in layout 2, as CSV or JSON. Every row is judged before anything can be sent; the answer comes before that. The same
/// `Idempotency-Key` is the same lot; without one the same file for the same service is refused the second time.
#[utoipa::path(
    post,
    path = "/lots",
    tag = "lotti",
    params(Handed, ("Idempotency-Key" = Option<String>, Header, description = "Chiave unica della consegna, fino a 255 caratteri")),
    request_body(content = String, content_type = "text/csv", description = "Le righe, tracciato 2"),
    responses((status = 201, description = "Il lotto, in lettura", body = LotBody), Refused)
)]
pub async fn create(
    State(context): State<Context>,
    actor: Actor,
    Query(handed): Query<Handed>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<(StatusCode, Json<LotBody>)> {
    actor.require_change()?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let kind = match header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim() {
        "application/json" => "application/json",
        "text/csv" => "text/csv",
        _ => return Err(invalid("Content-Type", "usare text/csv o application/json").into()),
    };
    let key = header("idempotency-key");
    if key.len() > 255 {
        return Err(invalid("Idempotency-Key", "usare al massimo 255 caratteri").into());
    }
    let name = handed.name.unwrap_or_default();
    if name.chars().count() > 200 {
        return Err(invalid("name", "usare al massimo 200 caratteri").into());
    }
    let source = if key.is_empty() { hex::encode(Sha256::digest(&body)) } else { format!("key:{key}") };
    let digest = request_digest(kind, handed.template.as_deref(), &body);
    let (service, template) = (id(&handed.service)?, handed.template.as_deref().map(id).transpose()?);
    let now = context.now();
    let new = Ulid::new(now, context.app.rng());
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let service = actor.own(services::find_for_change(tx, actor.tenant_id, service)?)?;
        if let Some(first) = lots::find_by_source(tx, actor.tenant_id, service.id, &source)? {
            if key.is_empty() {
                return Err(Refusal::There(format!(
                    "Lo stesso file è già il lotto {}. Per inviarlo davvero due volte usare una nuova Idempotency-Key.",
                    first.id
                )));
            }
            if first.digest.as_ref().is_some_and(|of_first| *of_first != digest) {
                return Err(Refusal::KeyReused);
            }
            return Ok(describe(tx, &first, &service, now)?);
        }
        let template = match template {
            Some(id) => {
                let found = services::find_template(tx, actor.tenant_id, service.id, id, None)?.ok_or(Refusal::NotFound)?;
                Some((found.id, found.version))
            }
            None => None,
        };
        let lot = Lot {
            id: new,
            tenant_id: actor.tenant_id,
            service_id: service.id,
            template,
            name: if name.trim().is_empty() { format!("Lotto del {}", now.civil().strftime("%d/%m/%Y %H:%M")) } else { name },
            connector: Connector::WebService,
            source,
            state: Status::Loading,
            reason: None,
            run: 1,
            staged: false,
            created_by: actor.name.clone(),
            approved_by: None,
            tested_at: None,
            created_at: now,
            released_at: None,
            ended_at: None,
            file: None,
            person: actor.person.clone(),
            provider_id: actor.provider_id,
            digest: Some(digest),
            large_above: Some(shared::settings(tx, actor.tenant_id)?.four_eyes_above),
        };
        lots::insert(tx, &lot, kind, &body)?;
        enqueue(tx, &lot, What::Load, now, now)?;
        let became = json!({ "name": lot.name, "service": lot.service_id, "bytes": body.len() });
        actor.note(&noting, tx, "lot.create", lot.id, (None, Some(became)))?;
        Ok(describe(tx, &lot, &service, now)?)
    });
    Ok((StatusCode::CREATED, Json(stored.await?)))
}

/// What tells a delivery from another under the same key.
fn request_digest(kind: &str, template: Option<&str>, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    for part in [kind, template.unwrap_or_default()] {
        digest.update(part);
        digest.update([0]);
    }
    digest.update(body);
    hex::encode(digest.finalize())
}

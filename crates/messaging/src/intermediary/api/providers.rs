//! Suppliers, and the days of their delegation.

use axum::extract::State;
use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use web::{ApiResult, Id, Json};

use super::Refused;
use crate::context::Context;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::people::Actor;
use crate::intermediary::store::people::{self, Provider};
use crate::ulid::Ulid;

/// A supplier to whom the body has delegated sending.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ProviderBody {
    /// The supplier.
    #[serde(default)]
    #[schema(read_only)]
    id: String,
    /// Its name.
    #[schema(example = "Fornitore Srl")]
    name: String,
    /// First day of the delegation.
    #[schema(value_type = String, format = Date)]
    valid_from: Date,
    /// Last day of the delegation, if there is one.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    valid_until: Option<Date>,
    /// Whether it may act.
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

impl ProviderBody {
    fn shown(provider: Provider) -> Self {
        let Provider { id, name, valid_from, valid_until, active } = provider;
        Self { id: id.to_string(), name, valid_from, valid_until, active }
    }

    fn read(self, id: Ulid) -> Result<Provider, Refusal> {
        if !(1..=200).contains(&self.name.trim().chars().count()) {
            return Err(invalid("/name", "indicare il nome del fornitore, fino a 200 caratteri"));
        }
        if self.valid_until.is_some_and(|last| last < self.valid_from) {
            return Err(invalid("/valid_until", "l'ultimo giorno non può precedere il primo"));
        }
        let Self { name, valid_from, valid_until, active, .. } = self;
        Ok(Provider { id, name, valid_from, valid_until, active })
    }
}

/// Fornitori
///
/// The suppliers of the body; a supplier sees itself.
#[utoipa::path(get, path = "/providers", tag = "fornitori", responses((status = 200, description = "I fornitori", body = Vec<ProviderBody>), Refused))]
pub async fn list(State(context): State<Context>, actor: Actor) -> ApiResult<Json<Vec<ProviderBody>>> {
    let tenant = actor.tenant_id;
    let found = context.app.db().read(move |tx| people::list_providers(tx, tenant)).await?;
    Ok(Json(found.into_iter().filter(|provider| actor.sees(Some(provider.id))).map(ProviderBody::shown).collect()))
}

/// Nuovo fornitore
///
/// Delegates sending to a supplier.
#[utoipa::path(
    post,
    path = "/providers",
    tag = "fornitori",
    request_body = ProviderBody,
    responses((status = 201, description = "Il fornitore", body = ProviderBody), Refused)
)]
pub async fn create(
    State(context): State<Context>,
    actor: Actor,
    Json(body): Json<ProviderBody>,
) -> ApiResult<(StatusCode, Json<ProviderBody>)> {
    actor.require_body()?;
    let provider = body.read(Ulid::new(context.now(), context.app.rng()))?;
    Ok((StatusCode::CREATED, store(context, actor, provider, "provider.create").await?))
}

/// Modifica un fornitore
///
/// Replaces name and delegation. A delegation that is over counts at once.
#[utoipa::path(
    put,
    path = "/providers/{id}",
    tag = "fornitori",
    params(("id" = String, Path, description = "Fornitore")),
    request_body = ProviderBody,
    responses((status = 200, description = "Il fornitore", body = ProviderBody), Refused)
)]
pub async fn replace(
    State(context): State<Context>,
    actor: Actor,
    Id(id): Id<Ulid>,
    Json(body): Json<ProviderBody>,
) -> ApiResult<Json<ProviderBody>> {
    actor.require_body()?;
    let (provider, tenant) = (body.read(id)?, actor.tenant_id);
    let found = context.app.db().read(move |tx| people::find_provider(tx, tenant, id)).await?;
    found.ok_or(Refusal::NotFound)?;
    store(context, actor, provider, "provider.replace").await
}

/// What the audit has of a supplier.
fn told(provider: &Provider) -> Value {
    let Provider { name, valid_from, valid_until, active, .. } = provider;
    json!({ "name": name, "valid_from": valid_from, "valid_until": valid_until, "active": active })
}

async fn store(context: Context, actor: Actor, provider: Provider, action: &'static str) -> ApiResult<Json<ProviderBody>> {
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let was = people::find_provider(tx, actor.tenant_id, provider.id)?;
        people::put_provider(tx, actor.tenant_id, &provider)?;
        actor.note(&noting, tx, action, provider.id, (was.as_ref().map(told), Some(told(&provider))))?;
        Ok::<_, Refusal>(provider)
    });
    Ok(Json(ProviderBody::shown(stored.await?)))
}

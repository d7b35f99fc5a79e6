//! Templates of a service. A new version never changes an old one: a lot keeps the version with which it was handed in.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiResult, Id, Json, Path};

use super::{Refused, id};
use crate::context::Context;
use crate::intermediary::errors::Refusal;
use crate::intermediary::people::Actor;
use crate::intermediary::store::services::{self, Version};
use crate::intermediary::template::Template;
use crate::ulid::Ulid;

/// A version of a template.
#[derive(Serialize, ToSchema)]
pub struct TemplateBody {
    /// The template.
    id: String,
    /// From 1.
    version: i64,
    /// The columns that a lot needs for it.
    columns: Vec<String>,
    /// The texts.
    #[serde(flatten)]
    template: Template,
}

fn shown(found: Version) -> TemplateBody {
    let Version { id, version, template } = found;
    TemplateBody { id: id.to_string(), version, columns: template.columns().into_iter().collect(), template }
}

/// Modelli
///
/// The newest version of each template of a service.
#[utoipa::path(
    get,
    path = "/services/{id}/templates",
    tag = "modelli",
    params(("id" = String, Path, description = "Servizio")),
    responses((status = 200, description = "I modelli", body = Vec<TemplateBody>), Refused)
)]
pub async fn list(State(context): State<Context>, actor: Actor, Id(service): Id<Ulid>) -> ApiResult<Json<Vec<TemplateBody>>> {
    let read = context.app.db().read(move |tx| {
        let service = actor.own(services::find(tx, actor.tenant_id, service)?)?;
        Ok::<_, Refusal>(services::list_templates(tx, actor.tenant_id, service.id)?)
    });
    Ok(Json(read.await?.into_iter().map(shown).collect()))
}

/// Nuovo modello
///
/// The first version of a template. Placeholders are columns of the lot: `{{nome}}`.
#[utoipa::path(
    post,
    path = "/services/{id}/templates",
    tag = "modelli",
    params(("id" = String, Path, description = "Servizio")),
    request_body = Template,
    responses((status = 201, description = "Il modello", body = TemplateBody), Refused)
)]
pub async fn create(
    State(context): State<Context>,
    actor: Actor,
    Id(service): Id<Ulid>,
    Json(template): Json<Template>,
) -> ApiResult<(StatusCode, Json<TemplateBody>)> {
    let id = Ulid::new(context.now(), context.app.rng());
    Ok((StatusCode::CREATED, add(context, actor, service, id, template, false).await?))
}

/// Nuova versione di un modello
///
/// Lots that were handed in before keep theirs.
#[utoipa::path(
    post,
    path = "/services/{id}/templates/{template}",
    tag = "modelli",
    params(("id" = String, Path, description = "Servizio"), ("template" = String, Path, description = "Modello")),
    request_body = Template,
    responses((status = 201, description = "Il modello", body = TemplateBody), Refused)
)]
pub async fn add_version(
    State(context): State<Context>,
    actor: Actor,
    Path((service, template_id)): Path<(String, String)>,
    Json(template): Json<Template>,
) -> ApiResult<(StatusCode, Json<TemplateBody>)> {
    Ok((StatusCode::CREATED, add(context, actor, id(&service)?, id(&template_id)?, template, true).await?))
}

async fn add(
    context: Context,
    actor: Actor,
    service: Ulid,
    id: Ulid,
    template: Template,
    again: bool,
) -> ApiResult<Json<TemplateBody>> {
    actor.require_change()?;
    let wrong = template.complaints();
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong).into());
    }
    let now = context.now();
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let service = actor.own(services::find_for_change(tx, actor.tenant_id, service)?)?;
        if again {
            services::find_template(tx, actor.tenant_id, service.id, id, None)?.ok_or(Refusal::NotFound)?;
        }
        let version = services::add_template(tx, &service, id, &template, now)?;
        actor.note(&noting, tx, "template.add", id, (None, Some(json!({ "version": version, "name": template.name }))))?;
        Ok::<_, Refusal>(Version { id, version, template })
    });
    Ok(Json(shown(stored.await?)))
}

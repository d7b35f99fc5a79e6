//! The registry of attributes (A5).

use kernel::{Rng, RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Refused, Results, page_of};
use crate::attributes::{Kind, registry};
use crate::deeds::{bodies as deeds, look};
use crate::ids::AttributeId;

/// Which attributes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name.
    q: Option<String>,
    /// The certifier.
    origin: Option<String>,
    /// Kinds.
    #[param(value_type = String)]
    kinds: Csv<Kind>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// An attribute, in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompactAttribute {
    id: Uuid,
    name: String,
    #[schema(value_type = String)]
    kind: Kind,
}

/// Attributi
#[utoipa::path(get, path = "/attributes", tag = "attributi", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<CompactAttribute>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<CompactAttribute>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let found = asker.look(move |tx, deed| {
        let filter = (query.q.as_deref(), query.origin.as_deref());
        look::attributes(tx, deed, &query.kinds.0, filter, page)
    });
    let show =
        |attribute: registry::Attribute| CompactAttribute { id: attribute.id.0, name: attribute.name, kind: attribute.kind };
    Ok(Results::of(found.await?, page, show))
}

/// An attribute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebAttribute)]
pub struct Attribute {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[schema(value_type = String)]
    kind: Kind,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    creation_time: RomeTime,
}

impl From<registry::Attribute> for Attribute {
    fn from(attribute: registry::Attribute) -> Self {
        let registry::Attribute { id, kind, name, description, origin, code, created_at } = attribute;
        Self { id: id.0, code, kind, description, origin, name, creation_time: created_at }
    }
}

/// Un attributo
#[utoipa::path(get, path = "/attributes/{attributeId}", tag = "attributi",
    responses((status = 200, description = "L'attributo", body = Attribute)))]
pub async fn get(asker: Asker, At(id): At<AttributeId>) -> Result<Json<Attribute>, Refused> {
    Ok(Json(asker.look(move |tx, deed| deeds::look_at_attribute(tx, deed, id)).await?.into()))
}

/// An attribute to be created.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebAttributeSeed)]
pub struct Seed {
    name: String,
    description: String,
}

async fn create(asker: Asker, kind: Kind, seed: Seed) -> Result<Json<Attribute>, Refused> {
    // The pages ask for no code: the certifier's registers have none for what is created by hand.
    let code = |rng: &Rng| (kind == Kind::Certified).then(|| rng.uuid().to_string());
    let seed = registry::Seed { name: seed.name, description: seed.description, code: code(asker.context.app.rng()) };
    Ok(Json(asker.act(move |tx, deed| deeds::create_attribute(tx, deed, kind, seed.clone())).await?.into()))
}

/// Nuovo attributo certificato
#[utoipa::path(post, path = "/certifiedAttributes", tag = "attributi", request_body = Seed,
    responses((status = 200, description = "L'attributo", body = Attribute)))]
pub async fn create_certified(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<Attribute>, Refused> {
    create(asker, Kind::Certified, seed).await
}

/// Nuovo attributo dichiarato
#[utoipa::path(post, path = "/declaredAttributes", tag = "attributi", request_body = Seed,
    responses((status = 200, description = "L'attributo", body = Attribute)))]
pub async fn create_declared(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<Attribute>, Refused> {
    create(asker, Kind::Declared, seed).await
}

/// Nuovo attributo verificato
#[utoipa::path(post, path = "/verifiedAttributes", tag = "attributi", request_body = Seed,
    responses((status = 200, description = "L'attributo", body = Attribute)))]
pub async fn create_verified(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<Attribute>, Refused> {
    create(asker, Kind::Verified, seed).await
}

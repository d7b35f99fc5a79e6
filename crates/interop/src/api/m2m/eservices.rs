//! E-services (E1, E2, E12, E15).

use http::StatusCode;
use kernel::TenantId;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Refused, Results, created, page_of};
use super::catalog_shapes::{EService, EServiceSeed, GeneralSeed};
use super::patched;
use crate::catalog::eservice::{Mode, Technology};
use crate::deeds::{catalog, general, look};
use crate::errors::Service;
use crate::ids::EServiceId;
use crate::store::eservices;

/// Which e-services.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Producers.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    producer_ids: Csv<TenantId>,
    /// Text in the name.
    name: Option<String>,
    /// `REST` or `SOAP`.
    #[param(value_type = Option<String>)]
    technology: Option<Technology>,
    /// `DELIVER` or `RECEIVE`.
    #[param(value_type = Option<String>)]
    mode: Option<Mode>,
    is_signal_hub_enabled: Option<bool>,
    is_consumer_delegable: Option<bool>,
    is_client_access_delegable: Option<bool>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// E-service
///
/// The catalogue, and one's own drafts, by name.
#[utoipa::path(get, path = "/interop/v2/eservices", tag = "catalogo", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<EService>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<EService>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let query = eservices::Query {
        drafts: true,
        name: query.name,
        producers: query.producer_ids.0,
        technology: query.technology,
        mode: query.mode,
        signal_hub: query.is_signal_hub_enabled,
        consumer_delegable: query.is_consumer_delegable,
        client_access_delegable: query.is_client_access_delegable,
        ..eservices::Query::default()
    };
    let found = asker.look(move |tx, deed| look::eservices(tx, deed, query, page)).await?;
    Ok(Results::of(found, page, EService::from))
}

/// Nuovo e-service
///
/// With a first version, both in draft.
#[utoipa::path(post, path = "/interop/v2/eservices", tag = "catalogo", request_body = EServiceSeed,
    responses((status = 201, description = "L'e-service in bozza", body = EService)))]
pub async fn create(asker: Asker, Body(seed): Body<EServiceSeed>) -> Result<(StatusCode, Json<EService>), Refused> {
    let (general, terms) = seed.parts();
    let made = asker.act(move |tx, deed| catalog::create(tx, deed, general.clone(), terms.clone())).await?;
    Ok(created(made.into()))
}

/// Un e-service
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}", tag = "catalogo",
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn get(asker: Asker, At(id): At<EServiceId>) -> Result<Json<EService>, Refused> {
    Ok(Json(asker.look(move |tx, deed| catalog::look(tx, deed, id)).await?.into()))
}

/// Modifica un e-service in bozza
///
/// A merge patch (RFC 7396): members that are not sent stay.
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}", tag = "catalogo",
    request_body(content = GeneralSeed, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn edit(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<EService>, Refused> {
    let done = asker.act(move |tx, deed| {
        let before = GeneralSeed::from(catalog::look(tx, deed, id)?.general);
        let after: GeneralSeed = patched(&before, patch.clone(), Service::Catalog)?;
        catalog::edit(tx, deed, id, after.into())
    });
    Ok(Json(done.await?.into()))
}

/// Elimina un e-service mai pubblicato
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}", tag = "catalogo",
    responses((status = 204, description = "Eliminato")))]
pub async fn delete(asker: Asker, At(id): At<EServiceId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| catalog::delete(tx, deed, id)).await
}

/// The new name of a published e-service.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EServiceNameUpdateSeed)]
pub struct Name {
    name: String,
}

/// Rinomina un e-service pubblicato
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}/name", tag = "catalogo",
    request_body(content = Name, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn rename(asker: Asker, At(id): At<EServiceId>, Body(body): Body<Name>) -> Result<Json<EService>, Refused> {
    Ok(Json(asker.act(move |tx, deed| catalog::rename(tx, deed, id, &body.name)).await?.into()))
}

/// The new description of a published e-service.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EServiceDescriptionUpdateSeed)]
pub struct Description {
    description: String,
}

/// Descrive di nuovo un e-service pubblicato
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}/description", tag = "catalogo",
    request_body(content = Description, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn redescribe(asker: Asker, At(id): At<EServiceId>, Body(body): Body<Description>) -> Result<Json<EService>, Refused> {
    Ok(Json(asker.act(move |tx, deed| catalog::redescribe(tx, deed, id, &body.description)).await?.into()))
}

/// Whether an e-service tells of changes by the signal hub.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceSignalHubUpdateSeed)]
pub struct SignalHub {
    is_signal_hub_enabled: bool,
}

/// Dice se un e-service pubblicato usa Signal Hub
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}/signalHub", tag = "catalogo",
    request_body(content = SignalHub, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn set_signal_hub(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(body): Body<SignalHub>,
) -> Result<Json<EService>, Refused> {
    let done = asker.act(move |tx, deed| general::set_signal_hub(tx, deed, id, body.is_signal_hub_enabled));
    Ok(Json(done.await?.into()))
}

/// Whether consumers may delegate.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceDelegationUpdateSeed)]
pub struct Delegation {
    #[serde(default)]
    is_consumer_delegable: Option<bool>,
    #[serde(default)]
    is_client_access_delegable: Option<bool>,
}

/// Dice se i fruitori di un e-service pubblicato possono delegare
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}/delegation", tag = "catalogo",
    request_body(content = Delegation, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn set_delegation(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(body): Body<Delegation>,
) -> Result<Json<EService>, Refused> {
    let flags = (body.is_consumer_delegable, body.is_client_access_delegable);
    Ok(Json(asker.act(move |tx, deed| general::set_delegation(tx, deed, id, flags)).await?.into()))
}

/// Whether an e-service gives personal data.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServicePersonalDataFlagUpdateSeed)]
pub struct PersonalData {
    personal_data: bool,
}

/// Dice, una volta, se un e-service pubblicato tratta dati personali
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/personalDataFlag", tag = "catalogo", request_body = PersonalData,
    responses((status = 200, description = "L'e-service", body = EService)))]
pub async fn say_personal_data(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(body): Body<PersonalData>,
) -> Result<Json<EService>, Refused> {
    let done = asker.act(move |tx, deed| general::say_personal_data(tx, deed, id, body.personal_data));
    Ok(Json(done.await?.into()))
}

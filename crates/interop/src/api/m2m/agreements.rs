//! Agreements (G1 to G11).

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Paging, Refused, Results, created, page_of};
use super::shapes::{Agreement, Purpose, paired};
use crate::agreements::state::State;
use crate::deeds::agreements as deeds;
use crate::deeds::{look, purposes::valid};
use crate::errors::{Fault, Service};
use crate::ids::{AgreementId, DescriptorId, EServiceId};
use crate::store::{agreements, purposes};
use http::StatusCode;
use kernel::{TenantId, Uuid};

/// Which agreements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// States.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    states: Csv<State>,
    /// Producers.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    producer_ids: Csv<TenantId>,
    /// Consumers.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    consumer_ids: Csv<TenantId>,
    /// Versions.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    descriptor_ids: Csv<DescriptorId>,
    /// E-services.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    eservice_ids: Csv<EServiceId>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// A request for an e-service.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreementSeed {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
    #[schema(value_type = Uuid)]
    descriptor_id: DescriptorId,
    #[serde(default)]
    delegation_id: Option<Uuid>,
}

/// What the consumer tells the producer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreementSubmission {
    /// At most 1000 characters.
    #[serde(default)]
    consumer_notes: Option<String>,
}

/// Why the producer refuses.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementRejection {
    /// 20 to 1000 characters.
    reason: String,
}

/// Richieste di fruizione
///
/// Those of either side, oldest first.
#[utoipa::path(get, path = "/interop/v2/agreements", tag = "richieste", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<Agreement>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<Agreement>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let query = agreements::Query {
        viewer: None,
        states: query.states.0,
        producers: query.producer_ids.0,
        consumers: query.consumer_ids.0,
        descriptors: query.descriptor_ids.0,
        eservices: query.eservice_ids.0,
    };
    let found = asker.look(move |tx, deed| look::agreements(tx, deed, query, page)).await?;
    Ok(Results::of(found, page, Agreement::from))
}

/// Nuova richiesta di fruizione
///
/// A draft for the newest version of an e-service.
#[utoipa::path(post, path = "/interop/v2/agreements", tag = "richieste", request_body = AgreementSeed,
    responses((status = 201, description = "La richiesta in bozza", body = Agreement)))]
pub async fn create(asker: Asker, Body(seed): Body<AgreementSeed>) -> Result<(StatusCode, Json<Agreement>), Refused> {
    super::no_delegation(seed.delegation_id, Service::Agreement)?;
    let made = asker.act(move |tx, deed| deeds::create(tx, deed, seed.eservice_id, seed.descriptor_id)).await?;
    Ok(created(made.into()))
}

/// Richiesta di fruizione
#[utoipa::path(get, path = "/interop/v2/agreements/{agreementId}", tag = "richieste",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn get(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.look(move |tx, deed| look::agreement(tx, deed, id)).await?.into()))
}

/// Elimina una richiesta mai approvata
#[utoipa::path(delete, path = "/interop/v2/agreements/{agreementId}", tag = "richieste",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At(id): At<AgreementId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

/// Inoltra una richiesta
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/submit", tag = "richieste", request_body = AgreementSubmission,
    responses((status = 200, description = "La richiesta, in attesa o attiva", body = Agreement)))]
pub async fn submit(
    asker: Asker,
    At(id): At<AgreementId>,
    Body(body): Body<AgreementSubmission>,
) -> Result<Json<Agreement>, Refused> {
    if body.consumer_notes.as_ref().is_some_and(|notes| notes.chars().count() > 1000) {
        return Err(Fault::Malformed(Service::Agreement).told("consumerNotes: al più 1000 caratteri").into());
    }
    let done = asker.act(move |tx, deed| deeds::submit(tx, deed, id, body.consumer_notes.clone())).await?;
    Ok(Json(done.into()))
}

/// Approva una richiesta
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/approve", tag = "richieste",
    responses((status = 200, description = "La richiesta attiva", body = Agreement)))]
pub async fn approve(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.act(move |tx, deed| deeds::approve(tx, deed, id)).await?.into()))
}

/// Rifiuta una richiesta
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/reject", tag = "richieste", request_body = AgreementRejection,
    responses((status = 200, description = "La richiesta rifiutata", body = Agreement)))]
pub async fn reject(
    asker: Asker,
    At(id): At<AgreementId>,
    Body(body): Body<AgreementRejection>,
) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.act(move |tx, deed| deeds::reject(tx, deed, id, &body.reason)).await?.into()))
}

/// Sospende, per la parte di chi chiede
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/suspend", tag = "richieste",
    responses((status = 200, description = "La richiesta sospesa", body = Agreement)))]
pub async fn suspend(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.act(move |tx, deed| deeds::suspend(tx, deed, id)).await?.into()))
}

/// Toglie la sospensione della parte di chi chiede
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/unsuspend", tag = "richieste",
    responses((status = 200, description = "La richiesta, attiva se nient'altro la sospende", body = Agreement)))]
pub async fn unsuspend(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.act(move |tx, deed| deeds::unsuspend(tx, deed, id)).await?.into()))
}

/// Passa alla versione più recente
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/upgrade", tag = "richieste",
    responses((status = 200, description = "La nuova richiesta, attiva o in bozza", body = Agreement)))]
pub async fn upgrade(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.act(move |tx, deed| deeds::upgrade(tx, deed, id)).await?.into()))
}

/// Ripresenta una richiesta rifiutata
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/clone", tag = "richieste",
    responses((status = 200, description = "La nuova bozza", body = Agreement)))]
pub async fn reapply(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.act(move |tx, deed| deeds::reapply(tx, deed, id)).await?.into()))
}

/// Finalità di una richiesta
///
/// Those of its consumer for its e-service.
#[utoipa::path(get, path = "/interop/v2/agreements/{agreementId}/purposes", tag = "richieste", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Purpose>)))]
pub async fn purposes(
    asker: Asker,
    At(id): At<AgreementId>,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Results<Purpose>>, Refused> {
    let page = paging.page(&asker)?;
    let found = asker.look(move |tx, deed| {
        let agreement = look::agreement(tx, deed, id)?;
        let query = purposes::Query {
            consumers: vec![agreement.consumer_id],
            eservices: vec![agreement.eservice_id],
            ..purposes::Query::default()
        };
        let found = look::purposes(tx, deed, query, page)?;
        let valid = valid(tx, deed, &found.0)?;
        Ok(paired(found, valid))
    });
    Ok(Results::of(found.await?, page, Purpose::of))
}

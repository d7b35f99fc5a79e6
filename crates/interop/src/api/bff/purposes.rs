//! Purposes of either side, those that wait for the producer ("finalità da evadere") and what is done with versions (P3 to P15).

use axum::response::Response;
use http::StatusCode;
use kernel::{RomeTime, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::files::attachment_of;
use super::super::front::stored;
use super::super::front::{Ask, Asker, At, Body, Csv, Operability, Refused, Results, page_of};
use super::shapes::{FullPurpose, Names};
use crate::deeds::{Deed, Done, look, purposes as deeds};
use crate::errors::Fault;
use crate::ids::{EServiceId, FileId, PurposeId, VersionId};
use crate::purposes::purpose::{Purpose, State};
use crate::purposes::quota::Remaining;
use crate::store::lists::{Listed, Page};
use crate::store::purposes;

/// Which purposes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the title.
    q: Option<String>,
    /// E-services.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    eservices_ids: Csv<EServiceId>,
    /// Consumers, of a producer's list.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    consumers_ids: Csv<TenantId>,
    /// Producers, of a consumer's list.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    producers_ids: Csv<TenantId>,
    /// States, one of which a version has.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    states: Csv<State>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

async fn listed(asker: Asker, query: purposes::Query, page: Page) -> Result<Json<Results<FullPurpose>>, Refused> {
    let found = asker.look(move |tx, deed| {
        let (found, total) = look::purposes(tx, deed, query, page)?;
        let mut names = Names::default();
        let shown = found.into_iter().map(|purpose| FullPurpose::of(tx, &mut names, purpose, deed.actor.tenant));
        Ok::<Listed<FullPurpose>, _>((shown.collect::<Done<_>>()?, total))
    });
    Ok(Results::of(found.await?, page, |purpose| purpose))
}

/// Finalità degli e-service dell'ente
///
/// With `states=WAITING_FOR_APPROVAL` those that wait for it, each with the load asked for, the one in force and the thresholds.
#[utoipa::path(get, path = "/producers/purposes", tag = "finalità", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<FullPurpose>)))]
pub async fn of_producer(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<FullPurpose>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let wanted = purposes::Query {
        title: query.q,
        eservices: query.eservices_ids.0,
        consumers: query.consumers_ids.0,
        producers: vec![asker.actor.tenant],
        states: query.states.0,
        ..purposes::Query::default()
    };
    listed(asker, wanted, page).await
}

/// Finalità dell'ente
#[utoipa::path(get, path = "/consumers/purposes", tag = "finalità", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<FullPurpose>)))]
pub async fn of_consumer(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<FullPurpose>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let wanted = purposes::Query {
        title: query.q,
        eservices: query.eservices_ids.0,
        producers: query.producers_ids.0,
        consumers: vec![asker.actor.tenant],
        states: query.states.0,
        ..purposes::Query::default()
    };
    listed(asker, wanted, page).await
}

/// Una finalità
#[utoipa::path(get, path = "/purposes/{purposeId}", tag = "finalità",
    responses((status = 200, description = "La finalità", body = FullPurpose)))]
pub async fn get(asker: Asker, At(id): At<PurposeId>) -> Result<Json<FullPurpose>, Refused> {
    let found = asker.look(move |tx, deed| {
        let found = look::purpose(tx, deed, id)?;
        FullPurpose::of(tx, &mut Names::default(), found, deed.actor.tenant)
    });
    Ok(Json(found.await?))
}

/// What may still be declared without asking the producer.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
#[serde(rename_all = "camelCase")]
pub struct RemainingDailyCallsResponse {
    /// By this consumer.
    remaining_daily_calls_per_consumer: u64,
    /// By all together.
    remaining_daily_calls_total: u64,
}

/// Carico ancora disponibile
#[utoipa::path(get, path = "/purposes/{purposeId}/remainingDailyCalls", tag = "finalità",
    responses((status = 200, description = "Il carico", body = RemainingDailyCallsResponse)))]
pub async fn remaining(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Remaining>, Refused> {
    Ok(Json(asker.look(move |tx, deed| deeds::remaining(tx, deed, id)).await?))
}

/// Questa finalità può accedere all'e-service?
///
/// What the voucher server would say, and whether any client of the purpose has a key.
#[utoipa::path(get, path = "/purposes/{purposeId}/operability", tag = "finalità",
    responses((status = 200, description = "La risposta, con ciò che lo impedisce", body = Operability)))]
pub async fn operability(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Operability>, Refused> {
    Ok(Json(asker.look(move |tx, deed| look::obstacles(tx, deed, id)).await?.into()))
}

/// A version of a purpose.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PurposeVersionResource)]
pub struct Resource {
    /// The purpose.
    pub purpose_id: Uuid,
    /// Its version.
    pub version_id: Uuid,
}

/// Does something with a version; answers which version stands for it afterwards.
async fn command(
    asker: Asker,
    (id, version): (PurposeId, VersionId),
    command: impl Fn(&mut Tx<'_>, &Deed) -> Done<Purpose> + Clone + Send + 'static,
) -> Result<Json<Resource>, Refused> {
    asker.act(command).await?;
    Ok(Json(Resource { purpose_id: id.0, version_id: version.0 }))
}

/// A load.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WebPurposeVersionSeed)]
pub struct Load {
    /// Calls a day.
    daily_calls: u32,
}

/// Cambia la stima di carico
#[utoipa::path(post, path = "/purposes/{purposeId}/versions", tag = "finalità", request_body = Load,
    responses((status = 200, description = "La versione, attiva o in attesa", body = Resource)))]
pub async fn change_load(asker: Asker, At(id): At<PurposeId>, Body(load): Body<Load>) -> Result<Json<Resource>, Refused> {
    let done = asker.act(move |tx, deed| deeds::change_load(tx, deed, id, load.daily_calls)).await?;
    let version = done.versions.last().ok_or(Fault::PurposeVersionNotFound)?.id;
    Ok(Json(Resource { purpose_id: id.0, version_id: version.0 }))
}

/// Ritira una versione in attesa
#[utoipa::path(delete, path = "/purposes/{purposeId}/versions/{versionId}", tag = "finalità",
    responses((status = 204, description = "Ritirata")))]
pub async fn withdraw(asker: Asker, At((id, version)): At<(PurposeId, VersionId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::withdraw(tx, deed, id, version)).await
}

/// Pubblica, approva o riattiva una versione
#[utoipa::path(post, path = "/purposes/{purposeId}/versions/{versionId}/activate", tag = "finalità",
    responses((status = 200, description = "La versione", body = Resource)))]
pub async fn activate(asker: Asker, At((id, version)): At<(PurposeId, VersionId)>) -> Result<Json<Resource>, Refused> {
    command(asker, (id, version), move |tx, deed| deeds::activate(tx, deed, id, version)).await
}

/// Sospende, per la parte di chi chiede
#[utoipa::path(post, path = "/purposes/{purposeId}/versions/{versionId}/suspend", tag = "finalità",
    responses((status = 200, description = "La versione", body = Resource)))]
pub async fn suspend(asker: Asker, At((id, version)): At<(PurposeId, VersionId)>) -> Result<Json<Resource>, Refused> {
    command(asker, (id, version), move |tx, deed| deeds::suspend(tx, deed, id, version)).await
}

/// Archivia
#[utoipa::path(post, path = "/purposes/{purposeId}/versions/{versionId}/archive", tag = "finalità",
    responses((status = 200, description = "La versione", body = Resource)))]
pub async fn archive(asker: Asker, At((id, version)): At<(PurposeId, VersionId)>) -> Result<Json<Resource>, Refused> {
    command(asker, (id, version), move |tx, deed| deeds::archive(tx, deed, id, version)).await
}

/// Why a version is refused.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RejectPurposeVersionPayload)]
pub struct Rejection {
    rejection_reason: String,
}

/// Rifiuta una versione in attesa
#[utoipa::path(post, path = "/purposes/{purposeId}/versions/{versionId}/reject", tag = "finalità", request_body = Rejection,
    responses((status = 204, description = "Rifiutata")))]
pub async fn reject(
    asker: Asker,
    At((id, version)): At<(PurposeId, VersionId)>,
    Body(body): Body<Rejection>,
) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::reject(tx, deed, id, version, &body.rejection_reason)).await
}

/// When the producer expects to approve.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WaitingForApprovalUpdate)]
pub struct Expectation {
    #[schema(value_type = String, format = DateTime)]
    expected_approval_date: RomeTime,
}

/// Data prevista di completamento
///
/// The producer says, or says anew, when a version that waits will be approved; the consumer sees it.
#[utoipa::path(post, path = "/purposes/{purposeId}/versions/{versionId}/update/waitingForApproval", tag = "finalità",
    request_body = Expectation, responses((status = 200, description = "La versione", body = Resource)))]
pub async fn expect(
    asker: Asker,
    At((id, version)): At<(PurposeId, VersionId)>,
    Body(body): Body<Expectation>,
) -> Result<Json<Resource>, Refused> {
    command(asker, (id, version), move |tx, deed| deeds::expect(tx, deed, id, version, body.expected_approval_date)).await
}

/// Scarica l'analisi del rischio di una versione attivata
///
/// A moment after the version has come into force: it is typeset then.
#[utoipa::path(get, path = "/purposes/{purposeId}/versions/{versionId}/documents/{documentId}", tag = "finalità",
    responses((status = 200, description = "Il documento", content_type = "application/pdf")))]
pub async fn document(asker: Asker, At((id, version, file)): At<(PurposeId, VersionId, FileId)>) -> Result<Response, Refused> {
    attachment_of(&asker, stored::analysis(&asker, (id, version), Some(file)).await?).await
}

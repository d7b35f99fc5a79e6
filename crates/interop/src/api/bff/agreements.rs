//! What is done with agreements (G1 to G11).

use http::StatusCode;
use kernel::Uuid;
use serde::Deserialize;
use storage::Tx;
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Asker, At, Body, Refused, no_delegation};
use super::agreement_shapes::Agreement;
use super::shapes::CreatedResource;
use crate::agreements::agreement;
use crate::deeds::{Deed, Done, agreements as deeds, files, look};
use crate::errors::Service;
use crate::ids::{AgreementId, DescriptorId, EServiceId};

/// Does something with an agreement; answers what it is afterwards.
async fn command(
    asker: Asker,
    command: impl Fn(&mut Tx<'_>, &Deed) -> Done<agreement::Agreement> + Clone + Send + 'static,
) -> Result<Json<Agreement>, Refused> {
    let done = asker.act(move |tx, deed| {
        let agreement = command(tx, deed)?;
        Agreement::of(tx, deed, agreement)
    });
    Ok(Json(done.await?))
}

/// A request for an e-service.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AgreementPayload)]
pub struct Seed {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
    #[schema(value_type = Uuid)]
    descriptor_id: DescriptorId,
    #[serde(default)]
    delegation_id: Option<Uuid>,
}

/// Nuova richiesta di fruizione, in bozza
#[utoipa::path(post, path = "/agreements", tag = "richieste", request_body = Seed,
    responses((status = 200, description = "La richiesta", body = CreatedResource)))]
pub async fn create(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<CreatedResource>, Refused> {
    no_delegation(seed.delegation_id, Service::Agreement)?;
    let made = asker.act(move |tx, deed| deeds::create(tx, deed, seed.eservice_id, seed.descriptor_id)).await?;
    Ok(Json(CreatedResource { id: made.id.0 }))
}

/// Una richiesta di fruizione
#[utoipa::path(get, path = "/agreements/{agreementId}", tag = "richieste",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn get(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    let found = asker.look(move |tx, deed| {
        let agreement = look::agreement(tx, deed, id)?;
        Agreement::of(tx, deed, agreement)
    });
    Ok(Json(found.await?))
}

/// Elimina una richiesta mai approvata
#[utoipa::path(delete, path = "/agreements/{agreementId}", tag = "richieste",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At(id): At<AgreementId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

/// What the consumer tells the producer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AgreementSubmissionPayload)]
pub struct Notes {
    /// At most 1000 characters.
    #[serde(default)]
    consumer_notes: Option<String>,
}

/// Inoltra una richiesta
///
/// Where the rules say so, whoever submits declares what the version wants declared (A2).
#[utoipa::path(post, path = "/agreements/{agreementId}/submit", tag = "richieste", request_body = Notes,
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn submit(asker: Asker, At(id): At<AgreementId>, Body(body): Body<Notes>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::submit(tx, deed, id, body.consumer_notes.clone())).await
}

/// Cambia le note di una richiesta in bozza
#[utoipa::path(post, path = "/agreements/{agreementId}/update", tag = "richieste", request_body = Notes,
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn update(asker: Asker, At(id): At<AgreementId>, Body(body): Body<Notes>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| files::note(tx, deed, id, body.consumer_notes.clone())).await
}

/// Approva una richiesta
#[utoipa::path(post, path = "/agreements/{agreementId}/approve", tag = "richieste",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn approve(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::approve(tx, deed, id)).await
}

/// Approva una richiesta in attesa, o riattiva una richiesta sospesa
///
/// The older name of both.
#[utoipa::path(post, path = "/agreements/{agreementId}/activate", tag = "richieste",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn activate(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::activate(tx, deed, id)).await
}

/// Why the producer refuses.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgreementRejectionPayload)]
pub struct Rejection {
    /// 20 to 1000 characters.
    reason: String,
}

/// Rifiuta una richiesta
#[utoipa::path(post, path = "/agreements/{agreementId}/reject", tag = "richieste", request_body = Rejection,
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn reject(asker: Asker, At(id): At<AgreementId>, Body(body): Body<Rejection>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::reject(tx, deed, id, &body.reason)).await
}

/// Sospende, per la parte di chi chiede
#[utoipa::path(post, path = "/agreements/{agreementId}/suspend", tag = "richieste",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn suspend(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::suspend(tx, deed, id)).await
}

/// Toglie la sospensione di chi chiede
#[utoipa::path(post, path = "/agreements/{agreementId}/unsuspend", tag = "richieste",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn unsuspend(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::unsuspend(tx, deed, id)).await
}

/// Passa alla versione più recente
///
/// What is not held yet makes a draft, and the old agreement goes on.
#[utoipa::path(post, path = "/agreements/{agreementId}/upgrade", tag = "richieste",
    responses((status = 200, description = "La nuova richiesta", body = Agreement)))]
pub async fn upgrade(asker: Asker, At(id): At<AgreementId>) -> Result<Json<Agreement>, Refused> {
    command(asker, move |tx, deed| deeds::upgrade(tx, deed, id)).await
}

/// Chiede di nuovo dopo un rifiuto
#[utoipa::path(post, path = "/agreements/{agreementId}/clone", tag = "richieste",
    responses((status = 200, description = "La nuova richiesta", body = CreatedResource)))]
pub async fn reapply(asker: Asker, At(id): At<AgreementId>) -> Result<Json<CreatedResource>, Refused> {
    let made = asker.act(move |tx, deed| deeds::reapply(tx, deed, id)).await?;
    Ok(Json(CreatedResource { id: made.id.0 }))
}

/// Archivia
#[utoipa::path(post, path = "/agreements/{agreementId}/archive", tag = "richieste",
    responses((status = 204, description = "Archiviata")))]
pub async fn archive(asker: Asker, At(id): At<AgreementId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::archive(tx, deed, id)).await
}

//! Purposes for e-services that receive: the risk analysis is the producer's (P1).

use http::StatusCode;
use kernel::Uuid;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Asker, At, Body, Refused, created};
use super::no_delegation;
use super::purposes::{Draft, rewrite, shown};
use super::shapes::Purpose;
use crate::deeds::{look, purposes as deeds};
use crate::errors::{Fault, Service};
use crate::ids::{AnalysisId, EServiceId, PurposeId};
use crate::purposes::commands;
use crate::purposes::purpose::Info;

/// What a consumer asks for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ReversePurposeSeed)]
pub struct Seed {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
    #[serde(default)]
    delegation_id: Option<Uuid>,
    /// The producer's risk analysis that it takes over.
    #[schema(value_type = Uuid)]
    risk_analysis_id: AnalysisId,
    title: String,
    description: String,
    is_free_of_charge: bool,
    #[serde(default)]
    free_of_charge_reason: Option<String>,
    daily_calls: u32,
}

/// Nuova finalità per un e-service che riceve
#[utoipa::path(post, path = "/interop/v2/reversePurposes", tag = "finalità", request_body = Seed,
    responses((status = 201, description = "La finalità in bozza", body = Purpose)))]
pub async fn create(asker: Asker, Body(seed): Body<Seed>) -> Result<(StatusCode, Json<Purpose>), Refused> {
    no_delegation(seed.delegation_id, Service::Purpose)?;
    let made = asker.act(move |tx, deed| {
        let Seed { title, description, is_free_of_charge, free_of_charge_reason, daily_calls, .. } = seed.clone();
        let info = Info { title, description, is_free_of_charge, free_of_charge_reason };
        let wanted = commands::Seed { info, daily_calls, analysis: None, from_analysis: Some(seed.risk_analysis_id) };
        let made = deeds::create(tx, deed, seed.eservice_id, wanted)?;
        shown(tx, deed, made)
    });
    Ok(created(made.await?))
}

/// Modifica in bozza la finalità per un e-service che riceve
///
/// A merge patch (RFC 7396); the risk analysis stays the producer's.
#[utoipa::path(patch, path = "/interop/v2/reversePurposes/{purposeId}", tag = "finalità",
    request_body(content = Draft, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "La finalità", body = Purpose)))]
pub async fn edit(asker: Asker, At(id): At<PurposeId>, Body(patch): Body<Map<String, Value>>) -> Result<Json<Purpose>, Refused> {
    let done = asker.act(move |tx, deed| {
        if look::purpose(tx, deed, id)?.from_analysis.is_none() {
            return Err(Fault::ModeNotAllowed.into());
        }
        if patch.contains_key("riskAnalysisForm") {
            let told = "riskAnalysisForm: l'analisi del rischio è dell'erogatore";
            return Err(Fault::Malformed(Service::Purpose).told(told).into());
        }
        let done = rewrite(tx, deed, id, patch.clone())?;
        shown(tx, deed, done)
    });
    Ok(Json(done.await?))
}

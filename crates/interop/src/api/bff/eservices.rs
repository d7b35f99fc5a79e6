//! What a producer says of its e-services (E1, E2, E12), and the risk analyses of those that receive.

use http::StatusCode;
use kernel::Uuid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Asker, At, Body, Refused};
use super::catalog_shapes::EServiceRiskAnalysis;
use super::shapes::CreatedResource;
use crate::catalog::descriptor::Terms;
use crate::catalog::eservice::{EService, General, Mode, Technology};
use crate::deeds::{catalog as deeds, general};
use crate::errors::Fault;
use crate::ids::{AnalysisId, EServiceId};
use crate::risk_analysis::Form;

/// What every version of an e-service has in common.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WebEServiceSeed)]
pub struct Seed {
    /// 5 to 60 characters, unique for the producer.
    name: String,
    /// 10 to 400 characters.
    description: String,
    /// `REST` or `SOAP`.
    #[schema(value_type = String)]
    technology: Technology,
    /// `DELIVER` or `RECEIVE`.
    #[schema(value_type = String)]
    mode: Mode,
    #[serde(default)]
    is_signal_hub_enabled: bool,
    #[serde(default)]
    is_consumer_delegable: bool,
    #[serde(default)]
    is_client_access_delegable: bool,
    #[serde(default)]
    personal_data: Option<bool>,
}

impl From<Seed> for General {
    fn from(seed: Seed) -> Self {
        Self {
            name: seed.name,
            description: seed.description,
            technology: seed.technology,
            mode: seed.mode,
            is_signal_hub_enabled: seed.is_signal_hub_enabled,
            is_consumer_delegable: seed.is_consumer_delegable,
            is_client_access_delegable: seed.is_client_access_delegable,
            personal_data: seed.personal_data,
        }
    }
}

/// An e-service and the version that was created with it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedEServiceDescriptor {
    id: Uuid,
    descriptor_id: Uuid,
}

impl CreatedEServiceDescriptor {
    /// An e-service with one version.
    pub fn of(eservice: &EService) -> Result<Json<Self>, Refused> {
        let first = eservice.descriptors.first().ok_or(Fault::DescriptorNotFound)?;
        Ok(Json(Self { id: eservice.id.0, descriptor_id: first.id.0 }))
    }
}

/// What a version begins with: the next steps of the pages write it.
pub fn unwritten() -> Terms {
    Terms {
        description: None,
        audience: Vec::new(),
        voucher_lifespan: 60,
        daily_calls_per_consumer: 1,
        daily_calls_total: 1,
        agreement_approval_policy: None,
    }
}

/// Nuovo e-service, con una prima versione in bozza
#[utoipa::path(post, path = "/eservices", tag = "e-service", request_body = Seed,
    responses((status = 200, description = "L'e-service", body = CreatedEServiceDescriptor)))]
pub async fn create(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<CreatedEServiceDescriptor>, Refused> {
    let made = asker.act(move |tx, deed| deeds::create(tx, deed, seed.clone().into(), unwritten())).await?;
    CreatedEServiceDescriptor::of(&made)
}

/// Cambia un e-service mai pubblicato
#[utoipa::path(put, path = "/eservices/{eserviceId}", tag = "e-service", request_body = Seed,
    responses((status = 200, description = "L'e-service", body = CreatedResource)))]
pub async fn edit(asker: Asker, At(id): At<EServiceId>, Body(seed): Body<Seed>) -> Result<Json<CreatedResource>, Refused> {
    asker.act(move |tx, deed| deeds::edit(tx, deed, id, seed.clone().into())).await?;
    Ok(Json(CreatedResource { id: id.0 }))
}

/// Elimina un e-service mai pubblicato
#[utoipa::path(delete, path = "/eservices/{eserviceId}", tag = "e-service",
    responses((status = 204, description = "Eliminato")))]
pub async fn delete(asker: Asker, At(id): At<EServiceId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

/// A description.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebEServiceDescription)]
pub struct Description {
    description: String,
}

/// Descrive di nuovo un e-service pubblicato
#[utoipa::path(post, path = "/eservices/{eserviceId}/description/update", tag = "e-service", request_body = Description,
    responses((status = 200, description = "L'e-service", body = CreatedResource)))]
pub async fn redescribe(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(body): Body<Description>,
) -> Result<Json<CreatedResource>, Refused> {
    asker.act(move |tx, deed| deeds::redescribe(tx, deed, id, &body.description)).await?;
    Ok(Json(CreatedResource { id: id.0 }))
}

/// A name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebEServiceName)]
pub struct Name {
    name: String,
}

/// Rinomina un e-service pubblicato
#[utoipa::path(post, path = "/eservices/{eserviceId}/name/update", tag = "e-service", request_body = Name,
    responses((status = 204, description = "Rinominato")))]
pub async fn rename(asker: Asker, At(id): At<EServiceId>, Body(body): Body<Name>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::rename(tx, deed, id, &body.name)).await
}

/// Whether personal data are given.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WebEServicePersonalData)]
pub struct PersonalData {
    personal_data: bool,
}

/// Dice, una volta, se un e-service pubblicato tratta dati personali
#[utoipa::path(post, path = "/eservices/{eserviceId}/personalDataFlag", tag = "e-service", request_body = PersonalData,
    responses((status = 204, description = "Detto")))]
pub async fn say_personal_data(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(body): Body<PersonalData>,
) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| general::say_personal_data(tx, deed, id, body.personal_data)).await
}

/// A risk analysis for the consumers of an e-service that receives.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceRiskAnalysisSeed)]
pub struct Analysis {
    name: String,
    #[schema(value_type = Object)]
    risk_analysis_form: Form,
}

/// Aggiunge un'analisi del rischio
#[utoipa::path(post, path = "/eservices/{eserviceId}/riskAnalysis", tag = "e-service", request_body = Analysis,
    responses((status = 204, description = "Aggiunta")))]
pub async fn add_analysis(asker: Asker, At(id): At<EServiceId>, Body(seed): Body<Analysis>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| general::add_analysis(tx, deed, id, &seed.name, seed.risk_analysis_form.clone())).await
}

/// Un'analisi del rischio
#[utoipa::path(get, path = "/eservices/{eserviceId}/riskAnalysis/{riskAnalysisId}", tag = "e-service",
    responses((status = 200, description = "L'analisi", body = EServiceRiskAnalysis)))]
pub async fn get_analysis(
    asker: Asker,
    At((id, analysis)): At<(EServiceId, AnalysisId)>,
) -> Result<Json<EServiceRiskAnalysis>, Refused> {
    let found = asker.look(move |tx, deed| deeds::look(tx, deed, id)).await?;
    let found = found.analyses.iter().find(|found| found.id == analysis).ok_or(Fault::AnalysisNotFound)?;
    Ok(Json(found.into()))
}

/// Riscrive un'analisi del rischio
#[utoipa::path(post, path = "/eservices/{eserviceId}/riskAnalysis/{riskAnalysisId}", tag = "e-service",
    request_body = Analysis, responses((status = 204, description = "Riscritta")))]
pub async fn edit_analysis(
    asker: Asker,
    At((id, analysis)): At<(EServiceId, AnalysisId)>,
    Body(seed): Body<Analysis>,
) -> Result<StatusCode, Refused> {
    asker
        .done(move |tx, deed| general::edit_analysis(tx, deed, id, analysis, (&seed.name, seed.risk_analysis_form.clone())))
        .await
}

/// Toglie un'analisi del rischio
#[utoipa::path(delete, path = "/eservices/{eserviceId}/riskAnalysis/{riskAnalysisId}", tag = "e-service",
    responses((status = 204, description = "Tolta")))]
pub async fn remove_analysis(asker: Asker, At((id, analysis)): At<(EServiceId, AnalysisId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| general::remove_analysis(tx, deed, id, analysis)).await
}

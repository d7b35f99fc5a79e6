//! Risk analyses that the producer of a receiving e-service writes for its consumers.

use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Paging, Refused, Results, created};
use super::catalog_shapes::{Analysis, RiskAnalysisForm};
use crate::deeds::{catalog, general};
use crate::errors::Fault;
use crate::ids::{AnalysisId, EServiceId};
use crate::risk_analysis::Form;

/// A risk analysis.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceRiskAnalysisSeed)]
pub struct Seed {
    name: String,
    #[schema(value_type = RiskAnalysisForm)]
    risk_analysis_form: Form,
}

/// Analisi del rischio di un e-service
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/riskAnalyses", tag = "catalogo", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Analysis>)))]
pub async fn list(asker: Asker, At(id): At<EServiceId>, Ask(paging): Ask<Paging>) -> Result<Json<Results<Analysis>>, Refused> {
    let page = paging.page(&asker)?;
    let eservice = asker.look(move |tx, deed| catalog::look(tx, deed, id)).await?;
    Ok(Results::cut(eservice.analyses, page, Analysis::from))
}

/// Aggiunge un'analisi del rischio a un e-service che riceve
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/riskAnalyses", tag = "catalogo", request_body = Seed,
    responses((status = 201, description = "L'analisi", body = Analysis)))]
pub async fn add(asker: Asker, At(id): At<EServiceId>, Body(seed): Body<Seed>) -> Result<(StatusCode, Json<Analysis>), Refused> {
    let added = asker.act(move |tx, deed| {
        let (eservice, added) = general::add_analysis(tx, deed, id, &seed.name, seed.risk_analysis_form.clone())?;
        let found = eservice.analyses.into_iter().find(|analysis| analysis.id == added);
        Ok(found.ok_or(Fault::AnalysisNotFound)?)
    });
    Ok(created(added.await?.into()))
}

/// Un'analisi del rischio di un e-service
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/riskAnalyses/{riskAnalysisId}", tag = "catalogo",
    responses((status = 200, description = "L'analisi", body = Analysis)))]
pub async fn get(asker: Asker, At((id, analysis)): At<(EServiceId, AnalysisId)>) -> Result<Json<Analysis>, Refused> {
    let eservice = asker.look(move |tx, deed| catalog::look(tx, deed, id)).await?;
    let found = eservice.analyses.into_iter().find(|found| found.id == analysis);
    Ok(Json(found.ok_or(Fault::AnalysisNotFound)?.into()))
}

/// Toglie un'analisi del rischio
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}/riskAnalyses/{riskAnalysisId}", tag = "catalogo",
    responses((status = 204, description = "Tolta")))]
pub async fn remove(asker: Asker, At((id, analysis)): At<(EServiceId, AnalysisId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| general::remove_analysis(tx, deed, id, analysis)).await
}

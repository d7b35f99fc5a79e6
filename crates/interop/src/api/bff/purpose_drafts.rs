//! Purposes as their consumer writes them (P1, P2, P12, P13), and the questions of the risk analysis.

use http::StatusCode;
use kernel::TenantId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Refused};
use super::purposes::Resource;
use super::risk_shapes::{Language, RiskAnalysisFormConfig};
use super::shapes::CreatedResource;
use crate::attributes::tenant::TenantKind;
use crate::catalog::eservice::Mode;
use crate::deeds::{Deed, Done, catalog, look, purposes as deeds};
use crate::errors::{Fault, Service};
use crate::ids::{AnalysisId, EServiceId, PurposeId};
use crate::purposes::commands;
use crate::purposes::purpose::{Info, Purpose};
use crate::risk_analysis::{Form, RuleSet};
use crate::roles::Act;

/// Why a consumer uses an e-service, and how much.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WebPurposeSeed)]
pub struct Seed {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
    /// The asking body.
    #[schema(value_type = Uuid)]
    consumer_id: TenantId,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    risk_analysis_form: Option<Form>,
    /// 5 to 60 characters, unique for consumer and e-service.
    title: String,
    /// 10 to 250 characters.
    description: String,
    is_free_of_charge: bool,
    #[serde(default)]
    free_of_charge_reason: Option<String>,
    /// Calls a day.
    daily_calls: u32,
}

/// Whoever asks writes purposes, and is the consumer: bodies act for themselves here.
fn own(deed: &Deed, consumer: TenantId) -> Result<(), Fault> {
    Act::WritePurpose.allow(&deed.actor.roles)?;
    if deed.actor.tenant == consumer { Ok(()) } else { Err(Fault::PurposeNotTheConsumer) }
}

/// The first version of a purpose, which is all that a draft has.
fn first(purpose: &Purpose) -> Result<Resource, Fault> {
    let version = purpose.versions.first().ok_or(Fault::PurposeVersionNotFound)?;
    Ok(Resource { purpose_id: purpose.id.0, version_id: version.id.0 })
}

/// Nuova finalità, in bozza
#[utoipa::path(post, path = "/purposes", tag = "finalità", request_body = Seed,
    responses((status = 200, description = "La finalità", body = CreatedResource)))]
pub async fn create(asker: Asker, Body(seed): Body<Seed>) -> Result<Json<CreatedResource>, Refused> {
    let made = asker.act(move |tx, deed| {
        own(deed, seed.consumer_id)?;
        let Seed { title, description, is_free_of_charge, free_of_charge_reason, daily_calls, .. } = seed.clone();
        let info = Info { title, description, is_free_of_charge, free_of_charge_reason };
        let analysis = seed.risk_analysis_form.clone();
        deeds::create(tx, deed, seed.eservice_id, commands::Seed { info, daily_calls, analysis, from_analysis: None })
    });
    Ok(Json(CreatedResource { id: made.await?.id.0 }))
}

/// Why a consumer uses an e-service that receives, and how much.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PurposeEServiceSeed)]
pub struct ReverseSeed {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
    /// The asking body.
    #[schema(value_type = Uuid)]
    consumer_id: TenantId,
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
#[utoipa::path(post, path = "/reverse/purposes", tag = "finalità", request_body = ReverseSeed,
    responses((status = 200, description = "La finalità", body = CreatedResource)))]
pub async fn create_reverse(asker: Asker, Body(seed): Body<ReverseSeed>) -> Result<Json<CreatedResource>, Refused> {
    let made = asker.act(move |tx, deed| {
        own(deed, seed.consumer_id)?;
        let ReverseSeed { title, description, is_free_of_charge, free_of_charge_reason, daily_calls, .. } = seed.clone();
        let info = Info { title, description, is_free_of_charge, free_of_charge_reason };
        let from_analysis = Some(seed.risk_analysis_id);
        deeds::create(tx, deed, seed.eservice_id, commands::Seed { info, daily_calls, analysis: None, from_analysis })
    });
    Ok(Json(CreatedResource { id: made.await?.id.0 }))
}

/// What a draft is to say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PurposeUpdateContent)]
pub struct Draft {
    title: String,
    description: String,
    is_free_of_charge: bool,
    #[serde(default)]
    free_of_charge_reason: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    risk_analysis_form: Option<Form>,
    daily_calls: u32,
}

async fn edit_draft(asker: Asker, id: PurposeId, draft: Draft, reverse: bool) -> Result<Json<Resource>, Refused> {
    let done = asker.act(move |tx, deed| {
        let Draft { title, description, is_free_of_charge, free_of_charge_reason, daily_calls, .. } = draft.clone();
        Act::WritePurpose.allow(&deed.actor.roles)?;
        if look::purpose(tx, deed, id)?.from_analysis.is_some() != reverse {
            return Err(Fault::ModeNotAllowed.into());
        }
        let info = Info { title, description, is_free_of_charge, free_of_charge_reason };
        deeds::edit(tx, deed, id, info, daily_calls, draft.risk_analysis_form.clone())
    });
    Ok(Json(first(&done.await?)?))
}

/// Riscrive una finalità in bozza
#[utoipa::path(post, path = "/purposes/{purposeId}", tag = "finalità", request_body = Draft,
    responses((status = 200, description = "La versione", body = Resource)))]
pub async fn edit(asker: Asker, At(id): At<PurposeId>, Body(draft): Body<Draft>) -> Result<Json<Resource>, Refused> {
    edit_draft(asker, id, draft, false).await
}

/// Riscrive in bozza una finalità per un e-service che riceve
///
/// The risk analysis stays the producer's.
#[utoipa::path(post, path = "/reverse/purposes/{purposeId}", tag = "finalità", request_body = Draft,
    responses((status = 200, description = "La versione", body = Resource)))]
pub async fn edit_reverse(asker: Asker, At(id): At<PurposeId>, Body(draft): Body<Draft>) -> Result<Json<Resource>, Refused> {
    if draft.risk_analysis_form.is_some() {
        let told = "riskAnalysisForm: l'analisi del rischio è dell'erogatore";
        return Err(Fault::Malformed(Service::Purpose).told(told).into());
    }
    edit_draft(asker, id, draft, true).await
}

/// Elimina una finalità mai attivata
#[utoipa::path(delete, path = "/purposes/{purposeId}", tag = "finalità",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At(id): At<PurposeId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

/// The e-service of a copy, which is that of the purpose.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PurposeCloneSeed)]
pub struct Copy {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
}

/// Copia una finalità in una bozza
#[utoipa::path(post, path = "/purposes/{purposeId}/clone", tag = "finalità", request_body = Copy,
    responses((status = 200, description = "La versione della copia", body = Resource)))]
pub async fn copy(asker: Asker, At(id): At<PurposeId>, Body(body): Body<Copy>) -> Result<Json<Resource>, Refused> {
    let done = asker.act(move |tx, deed| {
        let copy = deeds::copy(tx, deed, id)?;
        if copy.eservice_id == body.eservice_id {
            Ok(copy)
        } else {
            Err(Fault::Malformed(Service::Purpose).told("eserviceId: l'e-service della finalità").into())
        }
    });
    Ok(Json(first(&done.await?)?))
}

/// Whose questions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Kind {
    /// `PA`, `GSP`, `PRIVATE` or `SCP`; the asking body's unless told.
    #[param(value_type = Option<String>)]
    tenant_kind: Option<TenantKind>,
    /// The reader's language: with `de` every text is there in German, too.
    #[param(value_type = Option<String>)]
    language: Option<Language>,
}

/// Domande dell'analisi del rischio, nella versione più recente
#[utoipa::path(get, path = "/purposes/riskAnalysis/latest", tag = "finalità", params(Kind),
    responses((status = 200, description = "Le domande", body = RiskAnalysisFormConfig)))]
pub async fn latest(asker: Asker, Ask(query): Ask<Kind>) -> Result<Json<RiskAnalysisFormConfig>, Refused> {
    let found = asker.look(move |tx, deed| {
        let kind = match query.tenant_kind {
            Some(kind) => kind,
            None => look::tenant(tx, deed, deed.actor.tenant)?.kind,
        };
        Ok(RiskAnalysisFormConfig::of(RuleSet::newest(kind), &deed.rules, query.language))
    });
    Ok(Json(found.await?))
}

/// For which e-service.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct For {
    /// The e-service: one that receives has its producer's questions.
    #[param(value_type = Uuid)]
    eservice_id: EServiceId,
    /// The reader's language: with `de` every text is there in German, too.
    #[param(value_type = Option<String>)]
    language: Option<Language>,
}

/// Domande dell'analisi del rischio, in una versione
#[utoipa::path(get, path = "/purposes/riskAnalysis/version/{riskAnalysisVersion}", tag = "finalità", params(For),
    responses((status = 200, description = "Le domande", body = RiskAnalysisFormConfig)))]
pub async fn version(
    asker: Asker,
    At(version): At<String>,
    Ask(query): Ask<For>,
) -> Result<Json<RiskAnalysisFormConfig>, Refused> {
    let found = asker.look(move |tx, deed| -> Done<RiskAnalysisFormConfig> {
        let eservice = catalog::look(tx, deed, query.eservice_id)?;
        let receives = eservice.general.mode == Mode::Receive;
        let author = if receives { eservice.producer_id } else { deed.actor.tenant };
        let kind = look::tenant(tx, deed, author)?.kind;
        let set = RuleSet::find(kind, &version).ok_or(Fault::RiskAnalysisVersionNotFound)?;
        Ok(RiskAnalysisFormConfig::of(set, &deed.rules, query.language))
    });
    Ok(Json(found.await?))
}

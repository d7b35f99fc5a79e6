//! Purposes (P1 to P14) and whether one can reach its e-service.

use axum::response::Response;
use http::StatusCode;
use kernel::{TenantId, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::files::{FileForm, as_form};
use super::super::front::stored;
use super::super::front::{Ask, Asker, At, Body, Csv, Operability, Refused, Results, created, page_of};
use super::catalog_shapes::RiskAnalysisForm;
use super::shapes::{Agreement, Purpose, PurposeVersion, paired};
use super::{no_delegation, patched};
use crate::deeds::{Deed, Done, look, purposes as deeds};
use crate::errors::{Fault, Service};
use crate::ids::{EServiceId, PurposeId, VersionId};
use crate::purposes::commands;
use crate::purposes::purpose::{self, Info, State};
use crate::risk_analysis::Form;
use crate::store::purposes;

/// Which purposes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// E-services.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    eservice_ids: Csv<EServiceId>,
    /// Consumers.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    consumer_ids: Csv<TenantId>,
    /// Text in the title.
    title: Option<String>,
    /// States, one of which a version has.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    states: Csv<State>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// What a consumer asks for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PurposeSeed {
    #[schema(value_type = Uuid)]
    eservice_id: EServiceId,
    #[serde(default)]
    delegation_id: Option<Uuid>,
    /// 5 to 60 characters, unique for the consumer and the e-service.
    title: String,
    /// 10 to 250 characters.
    description: String,
    is_free_of_charge: bool,
    #[serde(default)]
    free_of_charge_reason: Option<String>,
    /// Calls a day.
    daily_calls: u32,
    #[serde(default)]
    #[schema(value_type = Option<RiskAnalysisForm>)]
    risk_analysis_form: Option<Form>,
}

/// What of a draft can be rewritten.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PurposeDraftUpdateSeed)]
pub struct Draft {
    title: String,
    description: String,
    is_free_of_charge: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free_of_charge_reason: Option<String>,
    daily_calls: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RiskAnalysisForm>)]
    risk_analysis_form: Option<Form>,
}

impl Draft {
    fn of(purpose: &purpose::Purpose) -> Self {
        let Info { title, description, is_free_of_charge, free_of_charge_reason } = purpose.info.clone();
        let daily_calls = purpose.versions.last().map_or(1, |version| version.daily_calls);
        let risk_analysis_form = purpose.analysis.clone();
        Self { title, description, is_free_of_charge, free_of_charge_reason, daily_calls, risk_analysis_form }
    }
}

/// Lays a merge patch over a draft.
pub fn rewrite(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, mut patch: Map<String, Value>) -> Done<purpose::Purpose> {
    let before = Draft::of(&look::purpose(tx, deed, id)?);
    // The answers are sent as a whole: whoever leaves a question out means to.
    let form = patch.remove("riskAnalysisForm");
    let mut after: Draft = patched(&before, patch, Service::Purpose)?;
    if let Some(form) = form {
        let form = serde_json::from_value(form).map_err(|error| Fault::Malformed(Service::Purpose).told(error.to_string()))?;
        after.risk_analysis_form = form;
    }
    let Draft { title, description, is_free_of_charge, free_of_charge_reason, daily_calls, risk_analysis_form } = after;
    let info = Info { title, description, is_free_of_charge, free_of_charge_reason };
    deeds::edit(tx, deed, id, info, daily_calls, risk_analysis_form)
}

/// A purpose with whether its risk analysis is valid.
pub fn shown(tx: &mut Tx<'_>, deed: &Deed, purpose: purpose::Purpose) -> Done<Purpose> {
    let valid = deeds::valid(tx, deed, std::slice::from_ref(&purpose))?.contains(&true);
    Ok(Purpose::of((purpose, valid)))
}

/// Finalità
///
/// Those of either side, oldest first.
#[utoipa::path(get, path = "/interop/v2/purposes", tag = "finalità", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<Purpose>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<Purpose>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let query = purposes::Query {
        title: query.title,
        consumers: query.consumer_ids.0,
        eservices: query.eservice_ids.0,
        states: query.states.0,
        ..purposes::Query::default()
    };
    let found = asker.look(move |tx, deed| {
        let found = look::purposes(tx, deed, query, page)?;
        let valid = deeds::valid(tx, deed, &found.0)?;
        Ok(paired(found, valid))
    });
    Ok(Results::of(found.await?, page, Purpose::of))
}

/// Nuova finalità in bozza
#[utoipa::path(post, path = "/interop/v2/purposes", tag = "finalità", request_body = PurposeSeed,
    responses((status = 201, description = "La finalità", body = Purpose)))]
pub async fn create(asker: Asker, Body(seed): Body<PurposeSeed>) -> Result<(StatusCode, Json<Purpose>), Refused> {
    no_delegation(seed.delegation_id, Service::Purpose)?;
    let made = asker.act(move |tx, deed| {
        let PurposeSeed { title, description, is_free_of_charge, free_of_charge_reason, .. } = seed.clone();
        let info = Info { title, description, is_free_of_charge, free_of_charge_reason };
        let analysis = seed.risk_analysis_form.clone();
        let wanted = commands::Seed { info, daily_calls: seed.daily_calls, analysis, from_analysis: None };
        let made = deeds::create(tx, deed, seed.eservice_id, wanted)?;
        shown(tx, deed, made)
    });
    Ok(created(made.await?))
}

/// Una finalità
#[utoipa::path(get, path = "/interop/v2/purposes/{purposeId}", tag = "finalità",
    responses((status = 200, description = "La finalità", body = Purpose)))]
pub async fn get(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Purpose>, Refused> {
    let found = asker.look(move |tx, deed| {
        let found = look::purpose(tx, deed, id)?;
        shown(tx, deed, found)
    });
    Ok(Json(found.await?))
}

/// Modifica una finalità in bozza
///
/// A merge patch (RFC 7396): members that are not sent stay.
#[utoipa::path(patch, path = "/interop/v2/purposes/{purposeId}", tag = "finalità",
    request_body(content = Draft, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "La finalità", body = Purpose)))]
pub async fn edit(asker: Asker, At(id): At<PurposeId>, Body(patch): Body<Map<String, Value>>) -> Result<Json<Purpose>, Refused> {
    let done = asker.act(move |tx, deed| {
        if look::purpose(tx, deed, id)?.from_analysis.is_some() {
            return Err(Fault::ModeNotAllowed.into());
        }
        let done = rewrite(tx, deed, id, patch.clone())?;
        shown(tx, deed, done)
    });
    Ok(Json(done.await?))
}

/// Elimina una finalità mai attivata
#[utoipa::path(delete, path = "/interop/v2/purposes/{purposeId}", tag = "finalità",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At(id): At<PurposeId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionsQuery {
    /// A state.
    #[param(value_type = Option<String>)]
    state: Option<State>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Versioni di una finalità
#[utoipa::path(get, path = "/interop/v2/purposes/{purposeId}/versions", tag = "finalità", params(VersionsQuery),
    responses((status = 200, description = "Una pagina", body = Results<PurposeVersion>)))]
pub async fn versions(
    asker: Asker,
    At(id): At<PurposeId>,
    Ask(query): Ask<VersionsQuery>,
) -> Result<Json<Results<PurposeVersion>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let mut purpose = asker.look(move |tx, deed| look::purpose(tx, deed, id)).await?;
    purpose.versions.retain(|version| query.state.is_none_or(|state| version.state == state));
    Ok(Results::cut(purpose.versions, page, PurposeVersion::from))
}

/// A load.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PurposeVersionSeed {
    /// Calls a day.
    daily_calls: u32,
}

/// Cambia la stima di carico
///
/// Within the thresholds the new version is in force at once; over them it waits, and the old one stays in force.
#[utoipa::path(post, path = "/interop/v2/purposes/{purposeId}/versions", tag = "finalità", request_body = PurposeVersionSeed,
    responses((status = 201, description = "La versione, attiva o in attesa", body = PurposeVersion)))]
pub async fn change_load(
    asker: Asker,
    At(id): At<PurposeId>,
    Body(seed): Body<PurposeVersionSeed>,
) -> Result<(StatusCode, Json<PurposeVersion>), Refused> {
    let done = asker.act(move |tx, deed| {
        let mut done = deeds::change_load(tx, deed, id, seed.daily_calls)?;
        Ok(done.versions.pop().ok_or(Fault::PurposeVersionNotFound)?)
    });
    Ok(created(done.await?.into()))
}

/// Una versione di una finalità
#[utoipa::path(get, path = "/interop/v2/purposes/{purposeId}/versions/{versionId}", tag = "finalità",
    responses((status = 200, description = "La versione", body = PurposeVersion)))]
pub async fn version(asker: Asker, At((id, version)): At<(PurposeId, VersionId)>) -> Result<Json<PurposeVersion>, Refused> {
    let purpose = asker.look(move |tx, deed| look::purpose(tx, deed, id)).await?;
    let found = purpose.versions.into_iter().find(|found| found.id == version);
    Ok(Json(found.ok_or(Fault::PurposeVersionNotFound)?.into()))
}

/// Ritira una versione in attesa
#[utoipa::path(delete, path = "/interop/v2/purposes/{purposeId}/versions/{versionId}", tag = "finalità",
    responses((status = 204, description = "Ritirata")))]
pub async fn withdraw(asker: Asker, At((id, version)): At<(PurposeId, VersionId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::withdraw(tx, deed, id, version)).await
}

/// Commands a version of a purpose that is in one of these states.
async fn command(
    asker: Asker,
    id: PurposeId,
    states: &'static [State],
    command: impl Fn(&mut Tx<'_>, &Deed, VersionId) -> Done<purpose::Purpose> + Clone + Send + 'static,
) -> Result<Json<Purpose>, Refused> {
    let done = asker.act(move |tx, deed| {
        let found = look::purpose(tx, deed, id)?;
        let version = found.versions.iter().rfind(|version| states.contains(&version.state));
        let version = version.ok_or(Fault::NoVersionInState)?.id;
        let done = command(tx, deed, version)?;
        shown(tx, deed, done)
    });
    Ok(Json(done.await?))
}

/// Pubblica una finalità in bozza
///
/// Within the thresholds it is in force at once; over them it waits for the producer.
#[utoipa::path(post, path = "/interop/v2/purposes/{purposeId}/activate", tag = "finalità",
    responses((status = 200, description = "La finalità, attiva o in attesa", body = Purpose)))]
pub async fn activate(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Purpose>, Refused> {
    command(asker, id, &[State::Draft], move |tx, deed, version| deeds::activate(tx, deed, id, version)).await
}

/// Approva una stima in attesa
#[utoipa::path(post, path = "/interop/v2/purposes/{purposeId}/approve", tag = "finalità",
    responses((status = 200, description = "La finalità", body = Purpose)))]
pub async fn approve(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Purpose>, Refused> {
    command(asker, id, &[State::WaitingForApproval], move |tx, deed, version| deeds::activate(tx, deed, id, version)).await
}

/// Sospende, per la parte di chi chiede
#[utoipa::path(post, path = "/interop/v2/purposes/{purposeId}/suspend", tag = "finalità",
    responses((status = 200, description = "La finalità", body = Purpose)))]
pub async fn suspend(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Purpose>, Refused> {
    command(asker, id, &[State::Active, State::Suspended], move |tx, deed, version| deeds::suspend(tx, deed, id, version)).await
}

/// Toglie la sospensione della parte di chi chiede
#[utoipa::path(post, path = "/interop/v2/purposes/{purposeId}/unsuspend", tag = "finalità",
    responses((status = 200, description = "La finalità; se la stima non rientra più nelle soglie, una nuova versione è in attesa", body = Purpose)))]
pub async fn unsuspend(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Purpose>, Refused> {
    command(asker, id, &[State::Suspended], move |tx, deed, version| deeds::activate(tx, deed, id, version)).await
}

/// Archivia
#[utoipa::path(post, path = "/interop/v2/purposes/{purposeId}/archive", tag = "finalità",
    responses((status = 200, description = "La finalità archiviata", body = Purpose)))]
pub async fn archive(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Purpose>, Refused> {
    command(asker, id, &[State::Active, State::Suspended], move |tx, deed, version| deeds::archive(tx, deed, id, version)).await
}

/// Richiesta di fruizione su cui la finalità si regge
#[utoipa::path(get, path = "/interop/v2/purposes/{purposeId}/agreement", tag = "finalità",
    responses((status = 200, description = "La richiesta", body = Agreement)))]
pub async fn agreement(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Agreement>, Refused> {
    Ok(Json(asker.look(move |tx, deed| look::agreement_of(tx, deed, id)).await?.into()))
}

/// La finalità può accedere all'e-service?
///
/// What the voucher server would say, and whether any client of the purpose has a key.
#[utoipa::path(get, path = "/interop/v2/purposes/{purposeId}/operability", tag = "finalità",
    responses((status = 200, description = "La risposta, con ciò che lo impedisce", body = Operability)))]
pub async fn operability(asker: Asker, At(id): At<PurposeId>) -> Result<Json<Operability>, Refused> {
    Ok(Json(asker.look(move |tx, deed| look::obstacles(tx, deed, id)).await?.into()))
}

/// Scarica l'analisi del rischio di una versione attivata
///
/// A moment after the version has come into force: it is typeset then.
#[utoipa::path(get, path = "/interop/v2/purposes/{purposeId}/versions/{versionId}/riskAnalysisDocument", tag = "finalità",
    responses((status = 200, description = "Il documento e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn document(asker: Asker, At(version): At<(PurposeId, VersionId)>) -> Result<Response, Refused> {
    as_form(&asker, stored::analysis(&asker, version, None).await?).await
}

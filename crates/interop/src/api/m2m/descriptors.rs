//! Versions of an e-service (E4, E5, E7 to E10, E12, E14).

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Refused, Results, created, page_of};
use super::catalog_shapes::{Descriptor, DescriptorSeed};
use super::patched;
use crate::catalog::descriptor::State;
use crate::catalog::eservice::EService;
use crate::catalog::publish::Quotas;
use crate::deeds::{Done, catalog};
use crate::errors::{Fault, Service};
use crate::ids::{DescriptorId, EServiceId};
use crate::rules::ApprovalPolicy;

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// A state.
    #[param(value_type = Option<String>)]
    state: Option<State>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// A version of an e-service, as it is shown.
fn shown(eservice: &EService, id: DescriptorId, policy: ApprovalPolicy) -> Done<Descriptor> {
    let found = eservice.descriptor(id).ok_or(Fault::DescriptorNotFound)?;
    Ok(Descriptor::of(found.clone(), policy))
}

/// Versioni di un e-service
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors", tag = "catalogo", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<Descriptor>)))]
pub async fn list(asker: Asker, At(id): At<EServiceId>, Ask(query): Ask<Query>) -> Result<Json<Results<Descriptor>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let policy = asker.context.config.rules.approval_policy;
    let mut eservice = asker.look(move |tx, deed| catalog::look(tx, deed, id)).await?;
    eservice.descriptors.retain(|descriptor| query.state.is_none_or(|state| descriptor.state == state));
    Ok(Results::cut(eservice.descriptors, page, |descriptor| Descriptor::of(descriptor, policy)))
}

/// Nuova versione in bozza
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/descriptors", tag = "catalogo", request_body = DescriptorSeed,
    responses((status = 201, description = "La versione", body = Descriptor)))]
pub async fn begin(
    asker: Asker,
    At(id): At<EServiceId>,
    Body(seed): Body<DescriptorSeed>,
) -> Result<(StatusCode, Json<Descriptor>), Refused> {
    let begun = asker.act(move |tx, deed| {
        let begun = catalog::begin_version(tx, deed, id, seed.clone().into())?;
        shown(&catalog::look(tx, deed, id)?, begun, deed.rules.approval_policy)
    });
    Ok(created(begun.await?))
}

/// Una versione
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "catalogo",
    responses((status = 200, description = "La versione", body = Descriptor)))]
pub async fn get(asker: Asker, At((id, version)): At<(EServiceId, DescriptorId)>) -> Result<Json<Descriptor>, Refused> {
    let found = asker.look(move |tx, deed| shown(&catalog::look(tx, deed, id)?, version, deed.rules.approval_policy));
    Ok(Json(found.await?))
}

/// Modifica una versione in bozza
///
/// A merge patch (RFC 7396): members that are not sent stay.
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "catalogo",
    request_body(content = DescriptorSeed, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "La versione", body = Descriptor)))]
pub async fn edit(
    asker: Asker,
    At((id, version)): At<(EServiceId, DescriptorId)>,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<Descriptor>, Refused> {
    let done = asker.act(move |tx, deed| {
        let policy = deed.rules.approval_policy;
        let eservice = catalog::look(tx, deed, id)?;
        let before = eservice.descriptor(version).ok_or(Fault::DescriptorNotFound)?;
        let before = DescriptorSeed::of(before.terms.clone(), policy);
        let after: DescriptorSeed = patched(&before, patch.clone(), Service::Catalog)?;
        shown(&catalog::edit_draft(tx, deed, id, version, after.into())?, version, policy)
    });
    Ok(Json(done.await?))
}

/// Elimina una versione in bozza
///
/// Never the only one: then the e-service is deleted.
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "catalogo",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At((id, version)): At<(EServiceId, DescriptorId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| catalog::delete_version(tx, deed, id, version)).await
}

/// Thresholds and lifespan.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
#[serde(rename_all = "camelCase")]
#[schema(as = EServiceDescriptorQuotasUpdateSeed)]
pub struct QuotasSeed {
    voucher_lifespan: Option<u32>,
    daily_calls_per_consumer: Option<u32>,
    daily_calls_total: Option<u32>,
}

/// Cambia soglie e durata dei voucher di una versione pubblicata
#[utoipa::path(patch, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/quotas", tag = "catalogo",
    request_body(content = QuotasSeed, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "La versione", body = Descriptor)))]
pub async fn set_quotas(
    asker: Asker,
    At((id, version)): At<(EServiceId, DescriptorId)>,
    Body(quotas): Body<Quotas>,
) -> Result<Json<Descriptor>, Refused> {
    let done = asker
        .act(move |tx, deed| shown(&catalog::set_quotas(tx, deed, id, version, quotas)?, version, deed.rules.approval_policy));
    Ok(Json(done.await?))
}

/// Pubblica una versione
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/publish", tag = "catalogo",
    responses((status = 200, description = "La versione", body = Descriptor)))]
pub async fn publish(asker: Asker, At((id, version)): At<(EServiceId, DescriptorId)>) -> Result<Json<Descriptor>, Refused> {
    let done = asker.act(move |tx, deed| shown(&catalog::publish(tx, deed, id, version)?, version, deed.rules.approval_policy));
    Ok(Json(done.await?))
}

/// Sospende una versione
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/suspend", tag = "catalogo",
    responses((status = 200, description = "La versione", body = Descriptor)))]
pub async fn suspend(asker: Asker, At((id, version)): At<(EServiceId, DescriptorId)>) -> Result<Json<Descriptor>, Refused> {
    let done = asker.act(move |tx, deed| shown(&catalog::suspend(tx, deed, id, version)?, version, deed.rules.approval_policy));
    Ok(Json(done.await?))
}

/// Riattiva una versione sospesa
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/unsuspend", tag = "catalogo",
    responses((status = 200, description = "La versione", body = Descriptor)))]
pub async fn unsuspend(asker: Asker, At((id, version)): At<(EServiceId, DescriptorId)>) -> Result<Json<Descriptor>, Refused> {
    let done = asker.act(move |tx, deed| shown(&catalog::activate(tx, deed, id, version)?, version, deed.rules.approval_policy));
    Ok(Json(done.await?))
}

//! What is done with versions of e-services (E3 to E14).

use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Asker, At, Body, Refused};
use super::catalog_shapes::DescriptorAttributesSeed;
use super::eservices::CreatedEServiceDescriptor;
use super::shapes::CreatedResource;
use crate::attributes::Requirements;
use crate::catalog::descriptor::Terms;
use crate::catalog::eservice::EService;
use crate::catalog::publish;
use crate::deeds::catalog as deeds;
use crate::ids::{DescriptorId, EServiceId};
use crate::rules::ApprovalPolicy;

/// Where a version is.
type Place = (EServiceId, DescriptorId);

/// Inizia una nuova versione
///
/// It begins with what the newest one has, without its files.
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors", tag = "e-service",
    responses((status = 200, description = "La versione in bozza", body = CreatedResource)))]
pub async fn begin(asker: Asker, At(id): At<EServiceId>) -> Result<Json<CreatedResource>, Refused> {
    let made = asker.act(move |tx, deed| {
        deeds::may_write(deed)?;
        let newest = deeds::look_at_own(tx, deed, id)?.newest().map(|newest| newest.terms.clone());
        deeds::begin_version(tx, deed, id, newest.unwrap_or_else(super::eservices::unwritten))
    });
    Ok(Json(CreatedResource { id: made.await?.0 }))
}

/// What a producer says of a version.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateEServiceDescriptorSeed)]
pub struct Seed {
    /// 10 to 250 characters.
    #[serde(default)]
    description: Option<String>,
    audience: Vec<String>,
    /// 60 to 86400 seconds.
    voucher_lifespan: u32,
    daily_calls_per_consumer: u32,
    daily_calls_total: u32,
    /// `AUTOMATIC` or `MANUAL`.
    #[schema(value_type = String)]
    agreement_approval_policy: ApprovalPolicy,
    attributes: DescriptorAttributesSeed,
}

/// Riscrive una versione in bozza
#[utoipa::path(put, path = "/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "e-service", request_body = Seed,
    responses((status = 200, description = "La versione", body = CreatedResource)))]
pub async fn edit(
    asker: Asker,
    At((id, descriptor)): At<Place>,
    Body(seed): Body<Seed>,
) -> Result<Json<CreatedResource>, Refused> {
    let terms = Terms {
        description: seed.description,
        audience: seed.audience,
        voucher_lifespan: seed.voucher_lifespan,
        daily_calls_per_consumer: seed.daily_calls_per_consumer,
        daily_calls_total: seed.daily_calls_total,
        agreement_approval_policy: Some(seed.agreement_approval_policy),
    };
    let attributes = Requirements::from(seed.attributes);
    let done = asker.act(move |tx, deed| {
        deeds::edit_draft(tx, deed, id, descriptor, terms.clone())?;
        deeds::require(tx, deed, id, descriptor, attributes.clone())
    });
    done.await?;
    Ok(Json(CreatedResource { id: descriptor.0 }))
}

/// Elimina una versione in bozza
#[utoipa::path(delete, path = "/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "e-service",
    responses((status = 204, description = "Eliminata")))]
pub async fn delete(asker: Asker, At((id, descriptor)): At<Place>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete_draft(tx, deed, id, descriptor)).await
}

/// Pubblica una versione
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/publish", tag = "e-service",
    responses((status = 204, description = "Pubblicata")))]
pub async fn publish(asker: Asker, At((id, descriptor)): At<Place>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::publish(tx, deed, id, descriptor)).await
}

/// Sospende una versione
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/suspend", tag = "e-service",
    responses((status = 204, description = "Sospesa")))]
pub async fn suspend(asker: Asker, At((id, descriptor)): At<Place>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::suspend(tx, deed, id, descriptor)).await
}

/// Riattiva una versione
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/activate", tag = "e-service",
    responses((status = 204, description = "Riattivata")))]
pub async fn activate(asker: Asker, At((id, descriptor)): At<Place>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::activate(tx, deed, id, descriptor)).await
}

/// Archivia una versione deprecata che nessuno usa più
///
/// By hand, as the guide wants it (E11).
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/archive", tag = "e-service",
    responses((status = 204, description = "Archiviata")))]
pub async fn archive(asker: Asker, At((id, descriptor)): At<Place>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::archive(tx, deed, id, descriptor)).await
}

/// Copia una versione in un nuovo e-service
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/clone", tag = "e-service",
    responses((status = 200, description = "L'e-service in bozza", body = CreatedEServiceDescriptor)))]
pub async fn copy(asker: Asker, At((id, descriptor)): At<Place>) -> Result<Json<CreatedEServiceDescriptor>, Refused> {
    let made: EService = asker.act(move |tx, deed| deeds::copy(tx, deed, id, descriptor)).await?;
    CreatedEServiceDescriptor::of(&made)
}

/// Thresholds and lifespan of a version that is in use, and attributes to be added to its groups.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateEServiceDescriptorQuotas)]
pub struct Quotas {
    voucher_lifespan: u32,
    daily_calls_per_consumer: u32,
    daily_calls_total: u32,
    #[serde(default)]
    attributes: Option<DescriptorAttributesSeed>,
}

/// Cambia soglie di carico e durata dei voucher
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/update", tag = "e-service",
    request_body = Quotas, responses((status = 200, description = "La versione", body = CreatedResource)))]
pub async fn set_quotas(
    asker: Asker,
    At((id, descriptor)): At<Place>,
    Body(seed): Body<Quotas>,
) -> Result<Json<CreatedResource>, Refused> {
    let quotas = publish::Quotas {
        voucher_lifespan: Some(seed.voucher_lifespan),
        daily_calls_per_consumer: Some(seed.daily_calls_per_consumer),
        daily_calls_total: Some(seed.daily_calls_total),
    };
    let attributes = seed.attributes.map(Requirements::from);
    let done = asker.act(move |tx, deed| {
        let eservice = deeds::set_quotas(tx, deed, id, descriptor, quotas)?;
        // The pages send the attributes along, mostly as they are.
        let before = eservice.descriptor(descriptor).map(|descriptor| &descriptor.attributes);
        match attributes.clone().filter(|attributes| Some(attributes) != before) {
            Some(attributes) => deeds::require(tx, deed, id, descriptor, attributes),
            None => Ok(eservice),
        }
    });
    done.await?;
    Ok(Json(CreatedResource { id: descriptor.0 }))
}

/// Allarga i gruppi di attributi di una versione in uso
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/attributes/update", tag = "e-service",
    request_body = DescriptorAttributesSeed, responses((status = 204, description = "Allargati")))]
pub async fn widen(
    asker: Asker,
    At((id, descriptor)): At<Place>,
    Body(seed): Body<DescriptorAttributesSeed>,
) -> Result<StatusCode, Refused> {
    let attributes = Requirements::from(seed);
    asker.done(move |tx, deed| deeds::require(tx, deed, id, descriptor, attributes.clone())).await
}

//! Bodies and what they hold (A1 to A3).

use kernel::{RomeTime, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Paging, Refused, Results, page_of};
use super::no_delegation;
use super::shapes::Tenant;
use crate::attributes::{Assigned, Verified};
use crate::deeds::{bodies as deeds, look};
use crate::errors::{Fault, Service};
use crate::ids::{AgreementId, AttributeId};
use crate::store::bodies::TenantQuery;

/// Which bodies.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Code of the index of public administrations.
    #[serde(rename = "IPACode")]
    ipa_code: Option<String>,
    /// Fiscal code of the body.
    #[serde(rename = "taxCode")]
    tax_code: Option<String>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Enti
#[utoipa::path(get, path = "/interop/v2/tenants", tag = "enti", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<Tenant>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<Tenant>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    if query.ipa_code.is_some() && query.tax_code.is_some() {
        return Err(Fault::BothCodes.into());
    }
    let origin = query.ipa_code.as_ref().map(|_| "IPA".to_owned());
    let query = TenantQuery { origin, code: query.ipa_code, tax_code: query.tax_code, ..TenantQuery::default() };
    let found = asker.look(move |tx, deed| look::tenants(tx, deed, &query, page)).await?;
    Ok(Results::of(found, page, Tenant::from))
}

/// Un ente
#[utoipa::path(get, path = "/interop/v2/tenants/{tenantId}", tag = "enti",
    responses((status = 200, description = "L'ente", body = Tenant)))]
pub async fn get(asker: Asker, At(id): At<TenantId>) -> Result<Json<Tenant>, Refused> {
    Ok(Json(asker.look(move |tx, deed| look::tenant(tx, deed, id)).await?.into()))
}

/// A certified or declared attribute that a body holds, or held.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TenantAttribute)]
pub struct Held {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    assigned_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<RomeTime>,
}

impl From<(AttributeId, Assigned)> for Held {
    fn from((id, assigned): (AttributeId, Assigned)) -> Self {
        Self { id: id.0, assigned_at: assigned.assigned_at, revoked_at: assigned.revoked_at }
    }
}

/// A verified attribute of a body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TenantVerifiedAttribute)]
pub struct HeldVerified {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    assigned_at: RomeTime,
}

impl From<(AttributeId, Verified)> for HeldVerified {
    fn from((id, verified): (AttributeId, Verified)) -> Self {
        Self { id: id.0, assigned_at: verified.assigned_at }
    }
}

/// An attribute for a body.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TenantAttributeSeed)]
pub struct Seed {
    #[schema(value_type = Uuid)]
    id: AttributeId,
    #[serde(default)]
    delegation_id: Option<Uuid>,
}

fn held(id: AttributeId, assigned: Option<&Assigned>) -> Result<Held, Fault> {
    assigned.map(|assigned| (id, assigned.clone()).into()).ok_or(Fault::NotHeld)
}

/// Attributi certificati di un ente
#[utoipa::path(get, path = "/interop/v2/tenants/{tenantId}/certifiedAttributes", tag = "enti", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Held>)))]
pub async fn certified(asker: Asker, At(id): At<TenantId>, Ask(paging): Ask<Paging>) -> Result<Json<Results<Held>>, Refused> {
    let page = paging.page(&asker)?;
    let tenant = asker.look(move |tx, deed| look::tenant(tx, deed, id)).await?;
    Ok(Results::cut(tenant.holdings.certified.into_iter().collect(), page, Held::from))
}

/// Assegna un attributo certificato
#[utoipa::path(post, path = "/interop/v2/tenants/{tenantId}/certifiedAttributes", tag = "enti", request_body = Seed,
    responses((status = 200, description = "L'attributo", body = Held)))]
pub async fn certify(asker: Asker, At(id): At<TenantId>, Body(seed): Body<Seed>) -> Result<Json<Held>, Refused> {
    let done = asker.act(move |tx, deed| {
        let tenant = deeds::certify(tx, deed, id, seed.id)?;
        Ok(held(seed.id, tenant.holdings.certified.get(&seed.id))?)
    });
    Ok(Json(done.await?))
}

/// Revoca un attributo certificato
#[utoipa::path(delete, path = "/interop/v2/tenants/{tenantId}/certifiedAttributes/{attributeId}", tag = "enti",
    responses((status = 200, description = "L'attributo", body = Held)))]
pub async fn decertify(asker: Asker, At((id, attribute)): At<(TenantId, AttributeId)>) -> Result<Json<Held>, Refused> {
    let done = asker.act(move |tx, deed| {
        let tenant = deeds::decertify(tx, deed, id, attribute)?;
        Ok(held(attribute, tenant.holdings.certified.get(&attribute))?)
    });
    Ok(Json(done.await?))
}

/// Attributi dichiarati di un ente
#[utoipa::path(get, path = "/interop/v2/tenants/{tenantId}/declaredAttributes", tag = "enti", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Held>)))]
pub async fn declared(asker: Asker, At(id): At<TenantId>, Ask(paging): Ask<Paging>) -> Result<Json<Results<Held>>, Refused> {
    let page = paging.page(&asker)?;
    let tenant = asker.look(move |tx, deed| look::tenant(tx, deed, id)).await?;
    Ok(Results::cut(tenant.holdings.declared.into_iter().collect(), page, Held::from))
}

/// A body declares for itself only.
fn own(asker: &Asker, id: TenantId) -> Result<(), Fault> {
    if asker.actor.tenant == id { Ok(()) } else { Err(Fault::OthersDeclarations) }
}

/// Dichiara un attributo
#[utoipa::path(post, path = "/interop/v2/tenants/{tenantId}/declaredAttributes", tag = "enti", request_body = Seed,
    responses((status = 200, description = "L'attributo", body = Held)))]
pub async fn declare(asker: Asker, At(id): At<TenantId>, Body(seed): Body<Seed>) -> Result<Json<Held>, Refused> {
    no_delegation(seed.delegation_id, Service::Tenant)?;
    own(&asker, id)?;
    let done = asker.act(move |tx, deed| {
        let tenant = deeds::declare(tx, deed, seed.id)?;
        Ok(held(seed.id, tenant.holdings.declared.get(&seed.id))?)
    });
    Ok(Json(done.await?))
}

/// Ritira una dichiarazione
#[utoipa::path(delete, path = "/interop/v2/tenants/{tenantId}/declaredAttributes/{attributeId}", tag = "enti",
    responses((status = 200, description = "L'attributo", body = Held)))]
pub async fn withdraw(asker: Asker, At((id, attribute)): At<(TenantId, AttributeId)>) -> Result<Json<Held>, Refused> {
    own(&asker, id)?;
    let done = asker.act(move |tx, deed| {
        let tenant = deeds::withdraw(tx, deed, attribute)?;
        Ok(held(attribute, tenant.holdings.declared.get(&attribute))?)
    });
    Ok(Json(done.await?))
}

/// Attributi verificati di un ente
#[utoipa::path(get, path = "/interop/v2/tenants/{tenantId}/verifiedAttributes", tag = "enti", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<HeldVerified>)))]
pub async fn verified(
    asker: Asker,
    At(id): At<TenantId>,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Results<HeldVerified>>, Refused> {
    let page = paging.page(&asker)?;
    let tenant = asker.look(move |tx, deed| look::tenant(tx, deed, id)).await?;
    Ok(Results::cut(tenant.holdings.verified.into_iter().collect(), page, HeldVerified::from))
}

/// A verification.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TenantVerifiedAttributeSeed)]
pub struct VerifiedSeed {
    #[schema(value_type = Uuid)]
    id: AttributeId,
    /// The agreement that asks for it.
    #[schema(value_type = Uuid)]
    agreement_id: AgreementId,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expiration_date: Option<RomeTime>,
}

fn held_verified(id: AttributeId, tenant: &crate::attributes::tenant::Tenant) -> Result<HeldVerified, Fault> {
    let verified = tenant.holdings.verified.get(&id).cloned();
    verified.map(|verified| (id, verified).into()).ok_or(Fault::VerifiedAttributeNotFound)
}

/// Verifica un attributo
#[utoipa::path(post, path = "/interop/v2/tenants/{tenantId}/verifiedAttributes", tag = "enti", request_body = VerifiedSeed,
    responses((status = 200, description = "L'attributo", body = HeldVerified)))]
pub async fn verify(asker: Asker, At(id): At<TenantId>, Body(seed): Body<VerifiedSeed>) -> Result<Json<HeldVerified>, Refused> {
    let done = asker.act(move |tx, deed| {
        let tenant = deeds::verify(tx, deed, (id, seed.id, seed.agreement_id), seed.expiration_date)?;
        Ok(held_verified(seed.id, &tenant)?)
    });
    Ok(Json(done.await?))
}

/// For which agreement.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct For {
    /// The agreement that asked for the attribute.
    #[param(value_type = String)]
    agreement_id: AgreementId,
}

/// Revoca la verifica di un attributo
#[utoipa::path(delete, path = "/interop/v2/tenants/{tenantId}/verifiedAttributes/{attributeId}", tag = "enti", params(For),
    responses((status = 200, description = "L'attributo", body = HeldVerified)))]
pub async fn unverify(
    asker: Asker,
    At((id, attribute)): At<(TenantId, AttributeId)>,
    Ask(of): Ask<For>,
) -> Result<Json<HeldVerified>, Refused> {
    let done = asker.act(move |tx, deed| {
        let tenant = deeds::unverify(tx, deed, (id, attribute, of.agreement_id))?;
        Ok(held_verified(attribute, &tenant)?)
    });
    Ok(Json(done.await?))
}

/// A producer who vouches for an attribute, or did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TenantVerifiedAttributeVerifier)]
pub struct Verifier {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    verified_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    extended_at: Option<RomeTime>,
    /// Of one who did: until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<RomeTime>,
}

impl Verifier {
    fn of(verification: crate::attributes::Verification, revoked_at: Option<RomeTime>) -> Self {
        let crate::attributes::Verification { id, verification_date, expiration_date, extension_date } = verification;
        Self { id: id.0, verified_at: verification_date, expires_at: expiration_date, extended_at: extension_date, revoked_at }
    }
}

async fn verified_of(asker: Asker, (id, attribute): (TenantId, AttributeId)) -> Result<Verified, Refused> {
    let mut tenant = asker.look(move |tx, deed| look::tenant(tx, deed, id)).await?;
    Ok(tenant.holdings.verified.remove(&attribute).ok_or(Fault::VerifiedAttributeNotFound)?)
}

/// Chi ha verificato un attributo
#[utoipa::path(get, path = "/interop/v2/tenants/{tenantId}/verifiedAttributes/{attributeId}/verifiers", tag = "enti",
    params(Paging), responses((status = 200, description = "Una pagina", body = Results<Verifier>)))]
pub async fn verifiers(
    asker: Asker,
    At(at): At<(TenantId, AttributeId)>,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Results<Verifier>>, Refused> {
    let page = paging.page(&asker)?;
    let verified = verified_of(asker, at).await?;
    Ok(Results::cut(verified.verified_by, page, |verification| Verifier::of(verification, None)))
}

/// Chi ha revocato la verifica di un attributo
#[utoipa::path(get, path = "/interop/v2/tenants/{tenantId}/verifiedAttributes/{attributeId}/revokers", tag = "enti",
    params(Paging), responses((status = 200, description = "Una pagina", body = Results<Verifier>)))]
pub async fn revokers(
    asker: Asker,
    At(at): At<(TenantId, AttributeId)>,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Results<Verifier>>, Refused> {
    let page = paging.page(&asker)?;
    let verified = verified_of(asker, at).await?;
    Ok(Results::cut(verified.revoked_by, page, |revoked| Verifier::of(revoked.verification, Some(revoked.revocation_date))))
}

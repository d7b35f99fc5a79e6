//! What bodies hold (A1 to A3).

use http::StatusCode;
use kernel::{RomeTime, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Paging, Refused, Results, no_delegation};
use super::body_shapes::{Held, HeldVerified, TenantAttributes};
use super::shapes::Names;
use crate::attributes::Kind;
use crate::deeds::{bodies as deeds, look};
use crate::errors::Service;
use crate::ids::{AgreementId, AttributeId};

/// Certified attributes of a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedAttributesResponse {
    attributes: Vec<Held>,
}

/// Declared attributes of a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeclaredAttributesResponse {
    attributes: Vec<Held>,
}

/// Verified attributes of a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedAttributesResponse {
    attributes: Vec<HeldVerified>,
}

async fn attributes(asker: Asker, id: TenantId) -> Result<TenantAttributes, Refused> {
    let found = asker.look(move |tx, deed| {
        let tenant = look::tenant(tx, deed, id)?;
        TenantAttributes::of(tx, &mut Names::default(), &tenant)
    });
    found.await
}

/// Attributi certificati di un ente
#[utoipa::path(get, path = "/tenants/{tenantId}/attributes/certified", tag = "enti",
    responses((status = 200, description = "Gli attributi", body = CertifiedAttributesResponse)))]
pub async fn certified(asker: Asker, At(id): At<TenantId>) -> Result<Json<CertifiedAttributesResponse>, Refused> {
    Ok(Json(CertifiedAttributesResponse { attributes: attributes(asker, id).await?.certified }))
}

/// Attributi dichiarati di un ente
#[utoipa::path(get, path = "/tenants/{tenantId}/attributes/declared", tag = "enti",
    responses((status = 200, description = "Gli attributi", body = DeclaredAttributesResponse)))]
pub async fn declared(asker: Asker, At(id): At<TenantId>) -> Result<Json<DeclaredAttributesResponse>, Refused> {
    Ok(Json(DeclaredAttributesResponse { attributes: attributes(asker, id).await?.declared }))
}

/// Attributi verificati di un ente
#[utoipa::path(get, path = "/tenants/{tenantId}/attributes/verified", tag = "enti",
    responses((status = 200, description = "Gli attributi", body = VerifiedAttributesResponse)))]
pub async fn verified(asker: Asker, At(id): At<TenantId>) -> Result<Json<VerifiedAttributesResponse>, Refused> {
    Ok(Json(VerifiedAttributesResponse { attributes: attributes(asker, id).await?.verified }))
}

/// An attribute that the asking body has certified of another one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequesterCertifiedAttribute {
    tenant_id: Uuid,
    tenant_name: String,
    attribute_id: Uuid,
    attribute_name: String,
    #[schema(value_type = String)]
    kind: Kind,
}

/// Attributi assegnati dall'ente certificatore
#[utoipa::path(get, path = "/tenants/attributes/certified", tag = "enti", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<RequesterCertifiedAttribute>)))]
pub async fn assigned(asker: Asker, Ask(paging): Ask<Paging>) -> Result<Json<Results<RequesterCertifiedAttribute>>, Refused> {
    let page = paging.page(&asker)?;
    let found = asker.look(move |tx, deed| Ok(page.cut(look::certified_by_actor(tx, deed)?)));
    Ok(Results::of(found.await?, page, |(tenant, attribute)| RequesterCertifiedAttribute {
        tenant_id: tenant.id.0,
        tenant_name: tenant.name.clone(),
        attribute_id: attribute.id.0,
        attribute_name: attribute.name,
        kind: attribute.kind,
    }))
}

/// An attribute to be certified.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CertifiedTenantAttributeSeed)]
pub struct Certified {
    #[schema(value_type = Uuid)]
    id: AttributeId,
}

/// Assegna un attributo certificato
#[utoipa::path(post, path = "/tenants/{tenantId}/attributes/certified", tag = "enti", request_body = Certified,
    responses((status = 204, description = "Assegnato")))]
pub async fn certify(asker: Asker, At(id): At<TenantId>, Body(seed): Body<Certified>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::certify(tx, deed, id, seed.id)).await
}

/// Revoca un attributo certificato
#[utoipa::path(delete, path = "/tenants/{tenantId}/attributes/certified/{attributeId}", tag = "enti",
    responses((status = 204, description = "Revocato")))]
pub async fn decertify(asker: Asker, At((id, attribute)): At<(TenantId, AttributeId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::decertify(tx, deed, id, attribute)).await
}

/// An attribute to be declared.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DeclaredTenantAttributeSeed)]
pub struct Declared {
    #[schema(value_type = Uuid)]
    id: AttributeId,
    #[serde(default)]
    delegation_id: Option<Uuid>,
}

/// Dichiara un attributo dell'ente
#[utoipa::path(post, path = "/tenants/attributes/declared", tag = "enti", request_body = Declared,
    responses((status = 204, description = "Dichiarato")))]
pub async fn declare(asker: Asker, Body(seed): Body<Declared>) -> Result<StatusCode, Refused> {
    no_delegation(seed.delegation_id, Service::Tenant)?;
    asker.done(move |tx, deed| deeds::declare(tx, deed, seed.id)).await
}

/// Ritira una dichiarazione dell'ente
#[utoipa::path(delete, path = "/tenants/attributes/declared/{attributeId}", tag = "enti",
    responses((status = 204, description = "Ritirata")))]
pub async fn withdraw(asker: Asker, At(attribute): At<AttributeId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::withdraw(tx, deed, attribute)).await
}

/// An attribute to be verified.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = VerifiedTenantAttributeSeed)]
pub struct Verified {
    #[schema(value_type = Uuid)]
    id: AttributeId,
    /// The agreement that asks for it.
    #[schema(value_type = Uuid)]
    agreement_id: AgreementId,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expiration_date: Option<RomeTime>,
}

/// Verifica un attributo di un fruitore
#[utoipa::path(post, path = "/tenants/{tenantId}/attributes/verified", tag = "enti", request_body = Verified,
    responses((status = 204, description = "Verificato")))]
pub async fn verify(asker: Asker, At(id): At<TenantId>, Body(seed): Body<Verified>) -> Result<StatusCode, Refused> {
    let attribute = (id, seed.id, seed.agreement_id);
    asker.done(move |tx, deed| deeds::verify(tx, deed, attribute, seed.expiration_date)).await
}

/// When a verification ends.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateVerifiedTenantAttributeSeed)]
pub struct Expiry {
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expiration_date: Option<RomeTime>,
}

/// Cambia la scadenza di una verifica dell'ente
#[utoipa::path(post, path = "/tenants/{tenantId}/attributes/verified/{attributeId}", tag = "enti", request_body = Expiry,
    responses((status = 204, description = "Cambiata")))]
pub async fn set_expiry(
    asker: Asker,
    At(attribute): At<(TenantId, AttributeId)>,
    Body(seed): Body<Expiry>,
) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::set_expiry(tx, deed, attribute, seed.expiration_date)).await
}

/// The agreement that a revocation rests on.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RevokeVerifiedAttributePayload)]
pub struct Basis {
    #[schema(value_type = Uuid)]
    agreement_id: AgreementId,
}

/// Revoca una verifica dell'ente
#[utoipa::path(delete, path = "/tenants/{tenantId}/attributes/verified/{attributeId}", tag = "enti", request_body = Basis,
    responses((status = 204, description = "Revocata")))]
pub async fn unverify(
    asker: Asker,
    At((id, attribute)): At<(TenantId, AttributeId)>,
    Body(basis): Body<Basis>,
) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::unverify(tx, deed, (id, attribute, basis.agreement_id))).await
}

//! What the pages ask besides the platform's own business: the body of the session, what the person has accepted, notices, delegations.

use http::StatusCode;
use kernel::{TenantId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Refused, Results};
use super::bodies::Search;
use crate::deeds::look;
use crate::errors::{Fault, Service};
use crate::store::{consents, name_of};

/// A product of the identity portal that a body uses.
#[derive(Debug, Serialize, ToSchema)]
pub struct SelfcareProduct {
    id: &'static str,
    name: &'static str,
}

/// Prodotti dell'ente: questo
#[utoipa::path(get, path = "/selfcare/institutions/products", tag = "sessione",
    responses((status = 200, description = "I prodotti", body = Vec<SelfcareProduct>)))]
pub async fn products(_: Asker) -> Json<Vec<SelfcareProduct>> {
    Json(vec![SelfcareProduct { id: "prod-interop", name: "Interoperabilità" }])
}

/// A body for which a person works.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SelfcareInstitution {
    id: Uuid,
    description: String,
    user_product_roles: Vec<String>,
}

/// Enti della persona: quello della sessione
#[utoipa::path(get, path = "/selfcare/institutions", tag = "sessione",
    responses((status = 200, description = "Gli enti", body = Vec<SelfcareInstitution>)))]
pub async fn institutions(asker: Asker) -> Result<Json<Vec<SelfcareInstitution>>, Refused> {
    let (own, roles) = (asker.actor.tenant, asker.actor.roles.clone());
    let tenant = asker.look(move |tx, deed| look::tenant(tx, deed, own)).await?;
    let user_product_roles = roles.iter().map(name_of).collect::<storage::Result<_>>()?;
    Ok(Json(vec![SelfcareInstitution { id: tenant.id.0, description: tenant.name, user_product_roles }]))
}

/// What people accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consent {
    /// Privacy notice.
    #[serde(rename = "PP")]
    Privacy,
    /// Terms.
    #[serde(rename = "TOS")]
    Terms,
}

impl Consent {
    fn of(name: &str) -> Result<Self, Fault> {
        match name {
            "PP" => Ok(Self::Privacy),
            "TOS" => Ok(Self::Terms),
            _ => Err(Fault::ConsentNotFound),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Privacy => "PP",
            Self::Terms => "TOS",
        }
    }

    /// The version of today.
    fn version(self, asker: &Asker) -> Uuid {
        let config = &asker.context.config.bff;
        match self {
            Self::Privacy => config.privacy_version,
            Self::Terms => config.terms_version,
        }
    }
}

/// What a person has accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrivacyNotice {
    id: Uuid,
    user_id: Uuid,
    /// `PP` or `TOS`.
    #[schema(value_type = String)]
    consent_type: Consent,
    /// Whether any version was accepted.
    first_accept: bool,
    /// Whether that of today was.
    is_updated: bool,
    latest_version_id: Uuid,
}

/// Che cosa la persona ha accettato
#[utoipa::path(get, path = "/user/consent/{consentType}", tag = "sessione",
    responses((status = 200, description = "Il consenso", body = PrivacyNotice)))]
pub async fn consent(asker: Asker, At(name): At<String>) -> Result<Json<PrivacyNotice>, Refused> {
    let consent = Consent::of(&name)?;
    let (latest, user) = (consent.version(&asker), asker.actor.user.ok_or(Fault::Unauthorized(Service::Web))?);
    let accepted = asker.look(move |tx, _| Ok(consents::find(tx, user, consent.name())?)).await?;
    Ok(Json(PrivacyNotice {
        id: latest,
        user_id: user.0,
        consent_type: consent,
        first_accept: accepted.is_some(),
        is_updated: accepted == Some(latest),
        latest_version_id: latest,
    }))
}

/// The version that is accepted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PrivacyNoticeSeed)]
pub struct Accepted {
    latest_version_id: Uuid,
}

/// Accetta la versione attuale
#[utoipa::path(post, path = "/user/consent/{consentType}", tag = "sessione", request_body = Accepted,
    responses((status = 204, description = "Accettata")))]
pub async fn accept(asker: Asker, At(name): At<String>, Body(body): Body<Accepted>) -> Result<StatusCode, Refused> {
    let consent = Consent::of(&name)?;
    let user = asker.actor.user.ok_or(Fault::Unauthorized(Service::Web))?;
    if consent.version(&asker) != body.latest_version_id {
        return Err(Fault::ConsentOutdated.into());
    }
    asker.done(move |tx, deed| Ok(consents::save(tx, user, consent.name(), body.latest_version_id, deed.now)?)).await
}

/// Notices that were not read, by the parts of the pages. There are none yet.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationsCountBySection {
    erogazione: Offering,
    fruizione: Using,
    #[serde(rename = "catalogo-e-service")]
    catalogo: Total,
    aderente: Registry,
    #[serde(rename = "gestione-client")]
    client: Clients,
    notifiche: Total,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Total {
    total_count: u32,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Offering {
    richieste: u32,
    finalita: u32,
    #[serde(rename = "template-eservice")]
    templates: u32,
    #[serde(rename = "e-service")]
    eservices: u32,
    portachiavi: u32,
    total_count: u32,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Using {
    richieste: u32,
    finalita: u32,
    total_count: u32,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Registry {
    deleghe: u32,
    anagrafica: u32,
    total_count: u32,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Clients {
    #[serde(rename = "api-e-service")]
    eservices: u32,
    #[serde(rename = "api-interop")]
    interop: u32,
    total_count: u32,
}

/// Avvisi non letti
#[utoipa::path(get, path = "/inAppNotifications/count", tag = "sessione",
    responses((status = 200, description = "Quanti", body = NotificationsCountBySection)))]
pub async fn notices(_: Asker) -> Json<NotificationsCountBySection> {
    Json(NotificationsCountBySection::default())
}

/// Whether a body may delegate another one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IsTenantAllowedToDelegation {
    is_allowed: bool,
}

/// Se l'ente può delegare: gli enti agiscono per sé
#[utoipa::path(get, path = "/tenants/{tenantId}/delegations/allowed", tag = "enti",
    responses((status = 200, description = "No", body = IsTenantAllowedToDelegation)))]
pub async fn may_delegate(_: Asker, _: At<TenantId>) -> Json<IsTenantAllowedToDelegation> {
    Json(IsTenantAllowedToDelegation { is_allowed: false })
}

/// A body that has delegated another one.
#[derive(Debug, Serialize, ToSchema)]
pub struct DelegationTenant {
    id: Uuid,
    name: String,
}

/// Enti che hanno delegato l'ente: nessuno
#[utoipa::path(get, path = "/consumers/delegations/delegatorsWithAgreements", tag = "enti", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<DelegationTenant>)))]
pub async fn delegators(asker: Asker, Ask(search): Ask<Search>) -> Result<Json<Results<DelegationTenant>>, Refused> {
    let page = search.page(&asker)?;
    Ok(Results::of((Vec::<DelegationTenant>::new(), 0), page, |tenant| tenant))
}

//! Bodies, their people and their addresses.

use http::StatusCode;
use kernel::{TenantId, UserId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Refused, Results, page_of};
use super::body_shapes::Tenant;
use super::shapes::{CompactOrganization, Names};
use crate::deeds::{bodies as deeds, look};
use crate::errors::{Fault, Refusal, Service};
use crate::roles::Role;
use crate::store::bodies::TenantQuery;
use crate::store::lists::Page;

/// A text in a name, and a page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Text in the name.
    pub q: Option<String>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

impl Search {
    /// The page.
    ///
    /// # Errors
    /// As [`page_of`].
    pub fn page(&self, asker: &Asker) -> Result<Page, Refusal> {
        page_of(asker, self.offset, self.limit)
    }
}

async fn listed(asker: Asker, wanted: TenantQuery, page: Page) -> Result<Json<Results<CompactOrganization>>, Refused> {
    let found = asker.look(move |tx, deed| look::tenants(tx, deed, &wanted, page)).await?;
    Ok(Results::of(found, page, |tenant| CompactOrganization::from(&tenant)))
}

/// Enti che erogano
#[utoipa::path(get, path = "/producers", tag = "enti", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<CompactOrganization>)))]
pub async fn producers(asker: Asker, Ask(search): Ask<Search>) -> Result<Json<Results<CompactOrganization>>, Refused> {
    let page = search.page(&asker)?;
    let wanted = TenantQuery { name: search.q, producers: true, ..TenantQuery::default() };
    listed(asker, wanted, page).await
}

/// Enti che fruiscono degli e-service dell'ente
#[utoipa::path(get, path = "/consumers", tag = "enti", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<CompactOrganization>)))]
pub async fn consumers(asker: Asker, Ask(search): Ask<Search>) -> Result<Json<Results<CompactOrganization>>, Refused> {
    let page = search.page(&asker)?;
    let wanted = TenantQuery { name: search.q, consumers_of: Some(asker.actor.tenant), ..TenantQuery::default() };
    listed(asker, wanted, page).await
}

/// What a body may do besides what every body may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Feature {
    /// It certifies.
    PersistentCertifier,
    /// It offers for others: there are no delegations here.
    DelegatedProducer,
    /// It uses for others: there are no delegations here.
    DelegatedConsumer,
}

/// Which bodies.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name.
    name: Option<String>,
    /// What they may do, one of these.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    features: Csv<Feature>,
    /// How many, 1 to 50.
    limit: u32,
}

/// A body's name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompactTenant {
    id: Uuid,
    name: String,
}

/// Enti
#[utoipa::path(get, path = "/tenants", tag = "enti", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<CompactTenant>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<CompactTenant>>, Refused> {
    let page = page_of(&asker, 0, query.limit)?;
    let features = query.features.0;
    let certifiers = features.contains(&Feature::PersistentCertifier);
    if !features.is_empty() && !certifiers {
        return Ok(Results::of((Vec::<CompactTenant>::new(), 0), page, |tenant| tenant));
    }
    let wanted = TenantQuery { name: query.name, certifiers, ..TenantQuery::default() };
    let found = asker.look(move |tx, deed| look::tenants(tx, deed, &wanted, page)).await?;
    Ok(Results::of(found, page, |tenant| CompactTenant { id: tenant.id.0, name: tenant.name }))
}

/// Un ente
#[utoipa::path(get, path = "/tenants/{tenantId}", tag = "enti",
    responses((status = 200, description = "L'ente", body = Tenant)))]
pub async fn get(asker: Asker, At(id): At<TenantId>) -> Result<Json<Tenant>, Refused> {
    let found = asker.look(move |tx, deed| {
        look::tenant(tx, deed, id)?;
        Tenant::of(tx, &mut Names::default(), id)
    });
    Ok(Json(found.await?))
}

/// Only for the body itself.
fn own(asker: &Asker, id: TenantId) -> Result<(), Fault> {
    if asker.actor.tenant == id { Ok(()) } else { Err(Fault::Forbidden(Service::Tenant)) }
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct People {
    /// One of them.
    #[param(value_type = Option<Uuid>)]
    person_id: Option<UserId>,
    /// Roles, one of which they have.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    roles: Csv<Role>,
    /// Text in the name.
    query: Option<String>,
}

/// A person of a body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebUser)]
pub struct User {
    user_id: Uuid,
    tenant_id: Uuid,
    name: String,
    family_name: String,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
}

/// Persone dell'ente
#[utoipa::path(get, path = "/tenants/{tenantId}/users", tag = "enti", params(People),
    responses((status = 200, description = "Le persone", body = Vec<User>)))]
pub async fn users(asker: Asker, At(id): At<TenantId>, Ask(query): Ask<People>) -> Result<Json<Vec<User>>, Refused> {
    own(&asker, id)?;
    let tenant = asker.look(move |tx, deed| look::tenant(tx, deed, id)).await?;
    let text = query.query.unwrap_or_default().trim().to_lowercase();
    let people = tenant.users.into_iter().filter(|(user, person)| {
        let named = format!("{} {}", person.name, person.family_name).to_lowercase().contains(&text);
        let roles = &query.roles.0;
        let may = roles.is_empty() || person.roles.iter().any(|role| roles.contains(role));
        named && may && query.person_id.is_none_or(|wanted| wanted == *user)
    });
    let people = people.map(|(user, person)| User {
        user_id: user.0,
        tenant_id: id.0,
        name: person.name,
        family_name: person.family_name,
        roles: person.roles,
    });
    Ok(Json(people.collect()))
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MailKind {
    /// Notices.
    ContactEmail,
    /// Certified mail, which the index of public administrations keeps.
    DigitalAddress,
}

/// An address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSeed {
    /// `CONTACT_EMAIL`
    #[schema(value_type = String)]
    kind: MailKind,
    address: String,
    #[serde(default)]
    description: Option<String>,
}

/// Cambia l'indirizzo dell'ente per gli avvisi
#[utoipa::path(post, path = "/tenants/{tenantId}/mails", tag = "enti", request_body = MailSeed,
    responses((status = 204, description = "Cambiato")))]
pub async fn set_mail(asker: Asker, At(id): At<TenantId>, Body(seed): Body<MailSeed>) -> Result<StatusCode, Refused> {
    own(&asker, id)?;
    if seed.kind == MailKind::DigitalAddress {
        return Err(Fault::Malformed(Service::Tenant).told("kind: CONTACT_EMAIL").into());
    }
    asker.done(move |tx, deed| deeds::set_mail(tx, deed, seed.address.trim(), seed.description.as_deref())).await
}

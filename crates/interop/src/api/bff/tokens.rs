//! A session of the platform for whoever shows who he is: the portal's word on a person and her body, for a token with the platform's own
//! identifier of the body. The roles that the portal tells are kept with the body's people, and count until the portal, or whoever loads the
//! body, tells others: a session holds no longer than they do.

use std::collections::BTreeSet;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use kernel::UserId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ClientAddress, Json};

use super::super::front::refuse;
use super::super::problem::InteropProblem;
use super::session::{of_people, own_issuer, portal_word, read};
use crate::attributes::tenant::{Person as Employee, Tenant};
use crate::context::Context;
use crate::deeds::{self, Actor, Deed};
use crate::errors::{Error, Fault, Service};
use crate::roles::Role;
use crate::store::Purpose as Why;
use crate::store::bodies::{self, TenantQuery};
use crate::store::lists::Page;
use crate::vouchers::jws::Jws;

/// How long a session holds: a working day.
const HOLDS: SignedDuration = SignedDuration::from_hours(8);
/// Where bodies come from of which the portal tells the code in the index of public administrations.
const IPA: &str = "IPA";

/// Who somebody is, by the portal's word.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityToken)]
pub struct Identity {
    identity_token: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionToken)]
pub struct Session {
    session_token: String,
}

/// What the portal says of a person.
#[derive(Deserialize)]
struct Person {
    uid: UserId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    family_name: String,
    organization: Organization,
}

/// What the portal says of her body.
#[derive(Serialize, Deserialize)]
struct Organization {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    roles: Vec<PortalRole>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fiscal_code: Option<String>,
    #[serde(default, rename = "ipaCode", skip_serializing_if = "Option::is_none")]
    ipa_code: Option<String>,
}

/// What she may do there.
#[derive(Serialize, Deserialize)]
struct PortalRole {
    #[serde(default, rename = "partyRole", skip_serializing_if = "Option::is_none")]
    party_role: Option<String>,
    role: String,
}

/// Apre una sessione
///
/// By an identity token of the portal that the installation trusts. The body must be one of the platform's.
#[utoipa::path(post, path = "/session/tokens", tag = "sessione", request_body = Identity,
    responses((status = 200, description = "La sessione", body = Session),
        (status = 400, description = "Richiesta non leggibile", body = InteropProblem, content_type = "application/problem+json"),
        (status = 401, description = "Token non valido", body = InteropProblem, content_type = "application/problem+json"),
        (status = 403, description = "Ente sconosciuto, o nessun ruolo", body = InteropProblem, content_type = "application/problem+json"),
        (status = 429, description = "Troppe richieste", body = InteropProblem, content_type = "application/problem+json")))]
pub async fn open(State(context): State<Context>, address: ClientAddress, request: Request) -> Response {
    let name = context.app.rng().uuid();
    match exchange(&context, address, request).await {
        Ok(session) => Json(session).into_response(),
        Err(error) => refuse(&error, Service::Web, name),
    }
}

async fn exchange(context: &Context, address: ClientAddress, request: Request) -> Result<Session, Error> {
    let now = context.app.clock().now();
    if !context.per_source.take(address.0, now).allowed {
        return Err(Fault::TooMany(Service::Web).into());
    }
    let sent = <Json<Identity> as axum::extract::FromRequest<()>>::from_request(request, &()).await;
    let Json(Identity { identity_token }) = sent.map_err(|_| Fault::Malformed(Service::Web))?;
    let jws = Jws::parse(&identity_token).ok_or(Fault::TokenMissing(Service::Web))?;
    let person: Person = read(portal_word(context, &jws, &context.config.bff.identity_audience).await?)?;
    let Person { uid, name, family_name, organization } = person;
    let known = organization.roles.iter().filter_map(|held| Role::parse(&held.role));
    let roles: BTreeSet<Role> = of_people(known).into_iter().collect();
    let kept = Employee { name: name.clone(), family_name: family_name.clone(), roles: roles.iter().copied().collect() };
    let tenant = employ(context, Told::of(&organization)?, uid, kept).await?;
    if roles.is_empty() {
        return Err(Fault::Unauthorized(Service::Web).into());
    }
    let (issued, id) = (now.as_second(), context.app.rng().uuid());
    let of_person = |name: &&str| Role::parse(name).is_some_and(|role| !role.is_machine());
    let names: BTreeSet<&str> = organization.roles.iter().map(|held| &*held.role).filter(of_person).collect();
    let claims = json!({
        "iss": own_issuer(context), "aud": context.config.bff.session_audience, "iat": issued, "nbf": issued,
        "exp": issued + HOLDS.as_secs(), "jti": id, "uid": uid, "name": name, "family_name": family_name,
        "user-roles": names.into_iter().collect::<Vec<_>>().join(","), "organizationId": tenant.id, "selfcareId": organization.id,
        "externalId": { "origin": tenant.external_id.origin, "value": tenant.external_id.value },
        "organization": organization,
    });
    Ok(Session { session_token: context.keys.signer().await?.sign(&claims)? })
}

/// How the portal names a body.
#[derive(Clone)]
enum Told {
    /// By its code in the index of public administrations.
    Code(String),
    /// By its fiscal code.
    TaxCode(String),
}

impl Told {
    fn of(organization: &Organization) -> Result<Self, Fault> {
        let Organization { ipa_code, fiscal_code, .. } = organization;
        let code = ipa_code.clone().map(Self::Code);
        code.or_else(|| fiscal_code.clone().map(Self::TaxCode)).ok_or(Fault::TenantLoginNotAllowed)
    }

    fn query(&self) -> TenantQuery {
        match self {
            Self::Code(code) => TenantQuery { origin: Some(IPA.to_owned()), code: Some(code.clone()), ..TenantQuery::default() },
            Self::TaxCode(code) => TenantQuery { tax_code: Some(code.clone()), ..TenantQuery::default() },
        }
    }
}

/// Keeps with the body that the portal means what it says of a person. Gives the body.
async fn employ(context: &Context, told: Told, user: UserId, person: Employee) -> Result<Tenant, Error> {
    let (rules, now, rng) = (context.config.rules.clone(), context.app.clock().now(), context.app.rng().clone());
    let kept = deeds::run(context.app.db(), Service::Web, move |tx| {
        let (mut found, _) = bodies::list_tenants(tx, &told.query(), Page { offset: 0, limit: 2 })?;
        // Two bodies with one fiscal code: the portal has not said which.
        let (Some(tenant), true) = (found.pop(), found.is_empty()) else { return Err(Fault::TenantLoginNotAllowed.into()) };
        let known = tenant.users.get(&user);
        // Somebody who was never here and may do nothing is nobody's colleague.
        if known == Some(&person) || known.is_none() && person.roles.is_empty() {
            return Ok(tenant);
        }
        let mut tenant = bodies::find_tenant(tx, tenant.id, Why::Change)?.ok_or(Fault::TenantLoginNotAllowed)?;
        tenant.users.insert(user, person.clone());
        bodies::save_tenant(tx, &tenant)?;
        let actor = Actor { tenant: tenant.id, user: Some(user), roles: person.roles.clone() };
        let deed = Deed { actor, rules: rules.clone(), now, rng: rng.clone(), correlation_id: None };
        deed.note(tx, &tenant, None, "TENANT_USER_UPDATED")?;
        Ok(tenant)
    });
    kept.await
}

//! The body keeps the organisations that send: their permissions and the keys by which they keep services.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, Json};

use super::{ProblemBody, answer};
use crate::accounts::{self as keys, Keys, Purpose};
use crate::context::Context;
use crate::errors::Error;
use crate::formats::{Cidr, CitizenCode, is_organization_code};
use crate::groups::{self, Group, Groups};
use crate::store::accounts::{self as store, Account};

/// An organisation that sends.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// Its name on the wire: letters, digits and hyphens.
    #[schema(example = "comune-di-bugliano")]
    id: String,
    /// Its name.
    name: String,
    /// Its tax code.
    #[schema(example = "00337460224")]
    fiscal_code: String,
    /// Who is written to about it.
    email: String,
    /// What it may do: `ApiMessageWrite` ...; those of a new organisation when absent.
    #[serde(default)]
    groups: Option<Vec<String>>,
    /// Networks from which it keeps services; none: all.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    manage_cidrs: Vec<Cidr>,
    /// Its test citizen.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    sandbox_fiscal_code: Option<CitizenCode>,
}

/// A new organisation with its manage keys.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct NewOrganization {
    /// The organisation.
    #[serde(flatten)]
    organization: Organization,
    /// The first key.
    primary_key: String,
    /// The second key.
    secondary_key: String,
}

impl Organization {
    fn shown(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            name: account.name.clone(),
            fiscal_code: account.fiscal_code.clone(),
            email: account.email.clone(),
            groups: Some(Group::ALL.iter().filter(|group| account.groups.has(**group)).map(ToString::to_string).collect()),
            manage_cidrs: account.manage_cidrs.clone(),
            sandbox_fiscal_code: Some(account.sandbox_code),
        }
    }

    fn read(self, caller: &Caller, sandbox_code: CitizenCode) -> Result<Account, Error> {
        let sane = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=64).contains(&self.id.len()) || !self.id.bytes().all(sane) {
            return Err(Error::BadRequest("id: usare da 1 a 64 lettere, cifre e trattini".to_owned()));
        }
        if self.name.trim().is_empty() || !is_organization_code(&self.fiscal_code) || !self.email.contains('@') {
            return Err(Error::BadRequest("indicare name, fiscal_code di 11 cifre ed email".to_owned()));
        }
        let groups: Groups = match self.groups {
            None => groups::DEFAULT.into_iter().collect(),
            Some(names) => names.iter().map(|name| name.parse::<Group>()).collect::<Result<_, _>>().map_err(Error::BadRequest)?,
        };
        Ok(Account {
            id: self.id,
            tenant_id: caller.tenant_id,
            name: self.name,
            fiscal_code: self.fiscal_code,
            email: self.email,
            groups,
            manage_cidrs: self.manage_cidrs,
            sandbox_code,
        })
    }
}

/// Organizzazioni
///
/// The organisations of this body. For administrators.
#[utoipa::path(
    get,
    path = "/accounts",
    tag = "organizzazioni",
    responses(
        (status = 200, description = "Le organizzazioni", body = Vec<Organization>),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
    )
)]
pub async fn list(State(context): State<Context>, caller: Caller) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let found = context.app.db().read(move |tx| store::list(tx, caller.tenant_id)).await?;
    let shown: Vec<_> = found.iter().map(Organization::shown).collect();
    Ok(answer(StatusCode::OK, &shown)?)
}

/// Organizzazione
///
/// One of them.
#[utoipa::path(
    get,
    path = "/accounts/{id}",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Organizzazione")),
    responses(
        (status = 200, description = "L'organizzazione", body = Organization),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Organizzazione sconosciuta", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, caller: Caller, Path(id): Path<String>) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let found = context.app.db().read(move |tx| store::find(tx, caller.tenant_id, &id)).await?;
    let account = found.ok_or_else(web::ApiError::not_found)?;
    Ok(answer(StatusCode::OK, &Organization::shown(&account))?)
}

/// Nuova organizzazione
///
/// Adds an organisation; answers with the keys by which it keeps its services.
#[utoipa::path(
    post,
    path = "/accounts",
    tag = "organizzazioni",
    request_body = Organization,
    responses(
        (status = 201, description = "L'organizzazione con le chiavi manage", body = NewOrganization),
        (status = 400, description = "Dati non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 409, description = "Nome già usato", body = ProblemBody),
    )
)]
pub async fn create(
    State(context): State<Context>,
    caller: Caller,
    Json(organization): Json<Organization>,
) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let account = organization.read(&caller, keys::sandbox_code(context.app.rng()))?;
    let (pair, now) = (Keys::draw(&context), context.now());
    let subscription = keys::subscription(&context, &account.id, &Purpose::Manage, &pair);
    let shown = Organization::shown(&account);
    let added = context.app.db().write(move |tx| {
        store::insert(tx, &account, now)?;
        store::insert_subscription(tx, &subscription)
    });
    added.await.map_err(|error: storage::Error| match error {
        storage::Error::Unique(_) => Error::NoTransition,
        error => error.into(),
    })?;
    let new = NewOrganization { organization: shown, primary_key: pair.primary, secondary_key: pair.secondary };
    Ok(answer(StatusCode::CREATED, &new)?)
}

/// Modifica un'organizzazione
///
/// Replaces what an organisation is called and may do. It counts at once.
#[utoipa::path(
    put,
    path = "/accounts/{id}",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Organizzazione")),
    request_body = Organization,
    responses(
        (status = 200, description = "L'organizzazione", body = Organization),
        (status = 400, description = "Dati non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Organizzazione sconosciuta", body = ProblemBody),
    )
)]
pub async fn replace(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(organization): Json<Organization>,
) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let tenant = caller.tenant_id;
    let stored = context.app.db().write(move |tx| {
        let before = store::find(tx, tenant, &id)?.ok_or(storage::Error::NotFound)?;
        let account = Organization { id, ..organization }.read(&caller, before.sandbox_code)?;
        store::update(tx, &account)?;
        Ok::<_, Error>(account)
    });
    let account = stored.await.map_err(|error| match error {
        Error::Storage(storage::Error::NotFound) => web::ApiError::not_found(),
        error => error.into(),
    })?;
    context.forget_access();
    Ok(answer(StatusCode::OK, &Organization::shown(&account))?)
}

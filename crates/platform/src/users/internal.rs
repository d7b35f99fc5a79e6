//! Users for the other roles: who signs in, and who was identified by a provider.

use axum::extract::State;
use kernel::jiff::civil::Date;
use kernel::{FiscalCode, ServiceId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, Json, Path, Query};

use super::{Birth, Role, Sex, User, is_email, is_phone, store};
use crate::context::Context;
use crate::errors::Error;

/// What the other roles know of a user.
#[derive(Debug, Serialize, ToSchema)]
pub struct Known {
    /// Identifier.
    #[schema(value_type = kernel::Uuid)]
    id: UserId,
    /// Name for signing in; of a citizen the fiscal code.
    username: String,
    /// What the user's tokens carry.
    #[schema(value_type = Vec<String>)]
    roles: &'static [&'static str],
    /// Name to show.
    display_name: String,
}

impl From<User> for Known {
    fn from(user: User) -> Self {
        Self { id: user.id, roles: user.role.token_roles(), display_name: user.full_name(), username: user.username }
    }
}

/// Who is looked for.
#[derive(Deserialize)]
pub struct Find {
    username: String,
}

/// The user of a name for signing in, in the tenant of the service token.
#[utoipa::path(get, path = "/internal/users", tag = "internal",
    params(("username" = String, Query, description = "name for signing in; of a citizen the fiscal code")),
    responses((status = 200, description = "the user", body = Known), (status = 404, description = "no such user, or the caller is not the platform")))]
pub async fn find(State(context): State<Context>, caller: Caller, Query(find): Query<Find>) -> ApiResult<Json<Known>> {
    caller.require_service()?;
    let tenant = caller.tenant_id;
    // Fiscal codes are written in any case.
    let username = find.username.parse::<FiscalCode>().map_or(find.username, |code| code.to_string());
    let user = context.app.db().read(move |tx| store::find_by_username(tx, tenant, &username)).await.map_err(Error::from)?;
    // A visitor has no sign-in.
    user.filter(|user| user.role != Role::Anonymous).map(|user| Json(user.into())).ok_or_else(ApiError::not_found)
}

/// What a user may handle.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handles {
    /// Identifier.
    #[schema(value_type = kernel::Uuid)]
    id: UserId,
    /// What the user is to the tenant.
    role: Role,
    /// A program that works on the applications of every service.
    system_user: bool,
    /// Services whose applications an operator works on, in whosever charge they are. An application that is in charge of himself or his
    /// offices he handles whatever its service.
    #[schema(value_type = Vec<kernel::Uuid>)]
    enabled_services_ids: Vec<ServiceId>,
}

impl From<User> for Handles {
    fn from(user: User) -> Self {
        let User { id, role, system_user, enabled_services_ids, .. } = user;
        Self { id, role, system_user, enabled_services_ids }
    }
}

/// What a user of the service token's tenant may handle.
#[utoipa::path(get, path = "/internal/users/{id}", tag = "internal",
    params(("id" = kernel::Uuid, Path, description = "the user")),
    responses((status = 200, description = "the user", body = Handles),
        (status = 404, description = "no such user in the tenant, or the caller is not the platform")))]
pub async fn show(State(context): State<Context>, caller: Caller, Path(id): Path<UserId>) -> ApiResult<Json<Handles>> {
    caller.require_service()?;
    let tenant = caller.tenant_id;
    let user = context.app.db().read(move |tx| store::find(tx, tenant, id)).await.map_err(Error::from)?;
    user.map(|user| Json(user.into())).ok_or_else(ApiError::not_found)
}

/// A citizen whom an identity provider vouches for.
#[derive(Deserialize, ToSchema)]
pub struct Identified {
    /// Fiscal code.
    #[schema(value_type = String)]
    fiscal_code: FiscalCode,
    /// First name.
    given_name: String,
    /// Family name.
    family_name: String,
    /// Address for messages; kept if the citizen has not given another.
    #[serde(default)]
    email: Option<String>,
    /// Mobile telephone; kept if the citizen has not given another.
    #[serde(default)]
    mobile_phone: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    birth_date: Option<Date>,
    /// Municipality or foreign state of birth.
    #[serde(default)]
    birth_place: Option<String>,
    /// Province of birth.
    #[serde(default)]
    birth_county: Option<String>,
    /// Sex.
    #[serde(default)]
    sex: Option<Sex>,
}

impl Identified {
    /// The citizen, with what the fiscal code itself says where the provider is silent.
    fn user(self, id: UserId, today: Date) -> User {
        let code = self.fiscal_code;
        let sex = match code.sex() {
            kernel::Sex::Female => Sex::Female,
            kernel::Sex::Male => Sex::Male,
        };
        let mut user = User {
            given_name: self.given_name.trim().to_owned(),
            family_name: self.family_name.trim().to_owned(),
            fiscal_code: Some(code),
            email: self.email.filter(|email| is_email(email)),
            mobile_phone: self.mobile_phone.filter(|number| is_phone(number)),
            sex: self.sex.or(Some(sex)),
            birth: Birth {
                date: self.birth_date.or_else(|| code.birth_date(today)),
                place: self.birth_place,
                place_code: Some(code.birth_place()),
                county: self.birth_county,
                country: None,
            },
            ..User::new(id, Role::User)
        };
        user.settle();
        user
    }
}

/// Finds or creates the citizen of a fiscal code, in the tenant of the service token.
#[utoipa::path(post, path = "/internal/users/identify", tag = "internal", request_body = Identified,
    responses((status = 200, description = "the citizen", body = Known), (status = 404, description = "the caller is not the platform"),
        (status = 422, description = "a field is wrong")))]
pub async fn identify(State(context): State<Context>, caller: Caller, Json(person): Json<Identified>) -> ApiResult<Json<Known>> {
    caller.require_service()?;
    let (tenant, now) = (caller.tenant_id, context.app.clock().now());
    let person = person.user(UserId(context.app.rng().uuid_at(now)), now.date());
    let errors = person.mistakes();
    if !errors.is_empty() {
        return Err(Error::Invalid(errors).into());
    }
    let person = User { created_at: Some(now), updated_at: Some(now), ..person };
    let user = context.app.db().write(move |tx| store::identify(tx, tenant, person, now)).await?;
    Ok(Json(user.into()))
}

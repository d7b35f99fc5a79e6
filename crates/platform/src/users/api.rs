//! Users over HTTP (platform API, `/users`). Staff sees everybody, administrators change everybody; a citizen sees himself and changes
//! his contacts.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{FiscalCode, OfficeId, PageQuery, TenantId, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Json, Kind, Path, Query, Tenant};

use super::store::Filter;
use super::{Role, User, internal, store, wire};
use crate::applications::ApiVersion;
use crate::context::Context;
use crate::errors::Error;

/// The operations on users.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, put, patch, delete))
        .routes(routes!(internal::find))
        .routes(routes!(internal::show))
        .routes(routes!(internal::identify))
}

/// What the list can be narrowed by.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    // The documentation says `role`, the clients say `roles`.
    #[serde(alias = "role")]
    roles: Option<String>,
    cf: Option<String>,
    username: Option<String>,
    user_group_id: Option<OfficeId>,
    q: Option<String>,
    offset: Option<u64>,
    limit: Option<u64>,
}

impl Parameters {
    /// The filter; `None` when nobody can fit, because the fiscal code is none.
    fn filter(&self) -> Result<Option<Filter>, Error> {
        let names = self.roles.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let role = |name| {
            Role::from_name(name)
                .ok_or_else(|| Error::field("roles", "enum", "Usare user, operator o admin, separati da virgole."))
        };
        let fiscal_code = match self.cf.as_deref().map(str::parse::<FiscalCode>) {
            Some(Err(_)) => return Ok(None),
            code => code.and_then(Result::ok),
        };
        Ok(Some(Filter {
            roles: names.map(role).collect::<Result<_, _>>()?,
            username: self.username.clone(),
            fiscal_code,
            office: self.user_group_id,
            words: self.q.as_deref().unwrap_or_default().to_lowercase().split_whitespace().take(8).map(str::to_owned).collect(),
        }))
    }
}

/// The users of the tenant, by family name.
#[utoipa::path(get, path = "/{tenant}/api/users", tag = "users",
    params(("tenant" = String, Path, description = "slug of the tenant"),
        ("roles" = Option<String>, Query, description = "user, operator, admin, separated by commas"),
        ("cf" = Option<String>, Query, description = "the citizen of this fiscal code"), ("username" = Option<String>, Query, description = "user name"),
        ("user_group_id" = Option<kernel::Uuid>, Query, description = "who works in this office"),
        ("q" = Option<String>, Query, description = "words in name or user name"),
        ("offset" = Option<u64>, Query, description = "first user, from 0"), ("limit" = Option<u64>, Query, description = "1 to 100; 100 unless told"),
        ("version" = Option<u8>, Query, description = "1: Italian member names too; 2: English ones only")),
    responses((status = 200, description = "the users", body = Vec<User>), (status = 400, description = "a parameter is wrong"),
        (status = 401, description = "no valid token"), (status = 403, description = "not staff"), (status = 422, description = "no such role")))]
async fn list(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Query(parameters): Query<Parameters>,
) -> ApiResult<Json<Vec<Value>>> {
    caller.require_staff()?;
    let limit = parameters.limit.or(Some(PageQuery::MAX_LIMIT));
    let (offset, limit) = PageQuery { offset: parameters.offset, limit, ..PageQuery::default() }.bounds()?;
    let Some(filter) = parameters.filter()? else { return Ok(Json(Vec::new())) };
    let tenant_id = tenant.id;
    let users = context.app.db().read(move |tx| store::list(tx, tenant_id, &filter, offset, limit)).await.map_err(Error::from)?;
    Ok(Json(users.iter().map(|user| wire::show(user, version)).collect::<Result<_, _>>()?))
}

/// One user. Whoever is no staff sees only himself.
#[utoipa::path(get, path = "/{tenant}/api/users/{id}", tag = "users",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the user"),
        ("version" = Option<u8>, Query, description = "1: Italian member names too; 2: English ones only")),
    responses((status = 200, description = "the user", body = User), (status = 401, description = "no valid token"),
        (status = 404, description = "no such user, or not for this caller")))]
async fn show(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Path((_slug, id)): Path<(String, UserId)>,
) -> ApiResult<Json<Value>> {
    if !caller.is_staff() && !is_self(&caller, id) {
        return Err(Error::NotFound.into());
    }
    let tenant_id = tenant.id;
    let user = context.app.db().read(move |tx| store::find(tx, tenant_id, id)).await.map_err(Error::from)?;
    Ok(Json(wire::show(&user.ok_or(Error::NotFound)?, version)?))
}

/// Creates a user. Operators create citizens; administrators create operators and administrators too. A fiscal code that is known already
/// gives the citizen as he is, with status 200.
#[utoipa::path(post, path = "/{tenant}/api/users", tag = "users", request_body = User,
    params(("tenant" = String, Path, description = "slug of the tenant"),
        ("version" = Option<u8>, Query, description = "1: Italian member names too; 2: English ones only")),
    responses((status = 201, description = "created", body = User), (status = 200, description = "the citizen was there already", body = User),
        (status = 401, description = "no valid token"), (status = 403, description = "not for this caller"),
        (status = 409, description = "user name in use"), (status = 422, description = "a field is wrong")))]
async fn create(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Json(members): Json<Map<String, Value>>,
) -> ApiResult<Response> {
    caller.require_staff()?;
    let now = context.app.clock().now();
    let draft = User::new(UserId(context.app.rng().uuid_at(now)), Role::User);
    let user = User { created_at: Some(now), updated_at: Some(now), ..wire::changed(&draft, members, version)? };
    if user.role != Role::User {
        caller.require_admin()?;
    }
    let tenant_id = tenant.id;
    let (status, user) = context
        .app
        .db()
        .write(move |tx| {
            if store::insert(tx, tenant_id, &user, now)? {
                return Ok::<_, Error>((StatusCode::CREATED, user));
            }
            let known = store::find_by_username(tx, tenant_id, &user.username)?;
            let known = known.filter(|known| known.role == Role::User && user.role == Role::User);
            Ok((StatusCode::OK, known.ok_or(Error::Exists("Un altro utente dell'ente ha già questo nome utente."))?))
        })
        .await?;
    Ok((status, Json(wire::show(&user, version)?)).into_response())
}

/// Creates or replaces a user under a given identifier.
#[utoipa::path(put, path = "/{tenant}/api/users/{id}", tag = "users", request_body = User,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the user"),
        ("version" = Option<u8>, Query, description = "1: Italian member names too; 2: English ones only")),
    responses((status = 200, description = "stored", body = User), (status = 401, description = "no valid token"),
        (status = 403, description = "not an administrator"), (status = 404, description = "the identifier is of another tenant"),
        (status = 409, description = "user name in use"), (status = 422, description = "a field is wrong")))]
async fn put(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Path((_slug, id)): Path<(String, UserId)>,
    Json(members): Json<Map<String, Value>>,
) -> ApiResult<Json<Value>> {
    caller.require_admin()?;
    let user = wire::changed(&User::new(id, Role::User), members, version)?;
    let (tenant_id, now) = (tenant.id, context.app.clock().now());
    let user = context
        .app
        .db()
        .write(move |tx| {
            let before = store::find_for_change(tx, tenant_id, id)?;
            let created_at = before.as_ref().and_then(|before| before.created_at).or(Some(now));
            let user = User { created_at, updated_at: Some(now), ..user };
            save(tx, tenant_id, before.as_ref(), user, now)
        })
        .await?;
    Ok(Json(wire::show(&user, version)?))
}

/// Changes some members of a user (RFC 7396 merge patch). An administrator changes any; everybody else only the own contacts: `email`,
/// `mobile_phone`, `phone`.
#[utoipa::path(patch, path = "/{tenant}/api/users/{id}", tag = "users", request_body = Object,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the user"),
        ("version" = Option<u8>, Query, description = "1: Italian member names too; 2: English ones only")),
    responses((status = 200, description = "stored", body = User), (status = 401, description = "no valid token"),
        (status = 403, description = "not for this caller"), (status = 404, description = "no such user, or not for this caller"),
        (status = 409, description = "user name in use"), (status = 422, description = "a field is wrong")))]
async fn patch(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Path((_slug, id)): Path<(String, UserId)>,
    Json(changes): Json<Map<String, Value>>,
) -> ApiResult<Json<Value>> {
    let admin = matches!(caller.kind, Kind::Admin | Kind::Service);
    if !admin && !is_self(&caller, id) {
        return Err(if caller.is_staff() { OTHERS.into() } else { Error::NotFound.into() });
    }
    let (tenant_id, now) = (tenant.id, context.app.clock().now());
    let user = context
        .app
        .db()
        .write(move |tx| {
            let before = store::find_for_change(tx, tenant_id, id)?.ok_or(Error::NotFound)?;
            let after = wire::changed(&before, changes, version)?;
            if !admin && !only_contacts_differ(&before, &after) {
                return Err(Error::Forbidden("Si possono modificare solo i propri recapiti: posta elettronica e telefoni."));
            }
            save(tx, tenant_id, Some(&before), User { updated_at: Some(now), ..after }, now)
        })
        .await?;
    Ok(Json(wire::show(&user, version)?))
}

const OTHERS: Error = Error::Forbidden("Solo un amministratore può modificare altri utenti.");

/// Removes a user who neither made nor handled an application.
#[utoipa::path(delete, path = "/{tenant}/api/users/{id}", tag = "users",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the user")),
    responses((status = 204, description = "removed, or not there"), (status = 401, description = "no valid token"),
        (status = 403, description = "not an administrator"), (status = 422, description = "there are applications")))]
async fn delete(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, UserId)>,
) -> ApiResult<StatusCode> {
    caller.require_admin()?;
    let tenant_id = tenant.id;
    context.app.db().write(move |tx| store::delete(tx, tenant_id, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn is_self(caller: &Caller, id: UserId) -> bool {
    caller.principal.as_ref().is_some_and(|principal| principal.user_id == id)
}

fn only_contacts_differ(before: &User, after: &User) -> bool {
    let User { email, mobile_phone, phone, .. } = after.clone();
    User { email, mobile_phone, phone, ..before.clone() } == *after
}

/// Stores a user who takes the place of `before`. A citizen stays a citizen: applications and sign-ins hang on the fiscal code.
fn save(
    tx: &mut storage::Tx<'_>,
    tenant: TenantId,
    before: Option<&User>,
    user: User,
    now: kernel::RomeTime,
) -> Result<User, Error> {
    if before.is_some_and(|before| before.role.is_staff() != user.role.is_staff()) {
        return Err(Error::field(
            "/role",
            "forbidden",
            "Un cittadino non può diventare operatore, né viceversa: creare un altro utente.",
        ));
    }
    store::put(tx, tenant, &user, now)?;
    Ok(user)
}

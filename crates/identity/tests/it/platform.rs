//! The platform role, as far as identity needs it: two tenants and their users.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http::StatusCode;
use kernel::{TenantId, UserId, Uuid};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Mutex;
use web::{ApiError, ApiResult, Caller, Json, Query, TenantInfo};

/// A user that the platform knows.
#[derive(Clone, Debug)]
pub struct User {
    pub tenant: TenantId,
    pub id: UserId,
    pub username: String,
    pub roles: Vec<&'static str>,
}

impl User {
    fn json(&self) -> Value {
        json!({ "id": self.id, "username": self.username, "roles": self.roles, "display_name": self.username })
    }
}

/// What the platform knows, to be changed by tests, and whom it was told of last.
#[derive(Clone, Default)]
pub struct Platform(pub Arc<Mutex<Vec<User>>>, pub Arc<Mutex<Value>>);

pub fn bugliano() -> TenantInfo {
    tenant("60e35f02-1509-408c-b101-3b1a28109329", "comune-di-bugliano", "servizi.comune.bugliano.pi.it")
}

pub fn vallelaghi() -> TenantInfo {
    tenant("0e1d2c3b-4a59-4687-9788-a9bacbdcedfe", "comune-di-vallelaghi", "servizi.comune.vallelaghi.tn.it")
}

fn tenant(id: &str, slug: &str, host: &str) -> TenantInfo {
    TenantInfo {
        id: id.parse().unwrap(),
        slug: slug.into(),
        name: slug.into(),
        ipa_code: "c_test".into(),
        tax_code: "00337460224".into(),
        hosts: vec![host.into()],
        locales: vec!["it".into()],
        base_url: format!("https://{host}/lang"),
    }
}

impl Platform {
    pub fn add(&self, tenant: &TenantInfo, username: &str, roles: &[&'static str]) -> UserId {
        let id = UserId(Uuid::from_u128(0x5000 + self.0.lock().unwrap().len() as u128));
        self.0.lock().unwrap().push(User { tenant: tenant.id, id, username: username.into(), roles: roles.to_vec() });
        id
    }

    pub fn remove(&self, id: UserId) {
        self.0.lock().unwrap().retain(|user| user.id != id);
    }

    fn find(&self, tenant: TenantId, username: &str) -> Option<User> {
        let users = self.0.lock().unwrap();
        users.iter().find(|user| user.tenant == tenant && user.username.eq_ignore_ascii_case(username)).cloned()
    }

    pub fn routes(&self) -> Router {
        Router::new()
            .route("/internal/tenants", get(find_tenant))
            .route("/internal/users", get(find_user))
            .route("/internal/users/identify", post(identify))
            .with_state(self.clone())
    }
}

#[derive(Deserialize)]
struct Find {
    slug: Option<String>,
    host: Option<String>,
}

async fn find_tenant(Query(find): Query<Find>) -> ApiResult<Json<TenantInfo>> {
    let named = |tenant: &TenantInfo| match &find {
        Find { slug: Some(slug), .. } => tenant.slug == *slug,
        Find { host, .. } => host.as_ref().is_some_and(|host| tenant.hosts.contains(host)),
    };
    [bugliano(), vallelaghi()].into_iter().find(named).map(Json).ok_or_else(ApiError::not_found)
}

#[derive(Deserialize)]
struct ByName {
    username: String,
}

async fn find_user(State(platform): State<Platform>, caller: Caller, Query(query): Query<ByName>) -> ApiResult<Json<Value>> {
    caller.require_service()?;
    platform.find(caller.tenant_id, &query.username).map(|user| Json(user.json())).ok_or_else(ApiError::not_found)
}

#[derive(Deserialize)]
struct Person {
    fiscal_code: String,
    #[serde(rename = "given_name")]
    _given_name: String,
    #[serde(rename = "family_name")]
    _family_name: String,
}

async fn identify(
    State(platform): State<Platform>,
    caller: Caller,
    Json(told): Json<Value>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    caller.require_service()?;
    let person: Person = serde_json::from_value(told.clone()).unwrap();
    *platform.1.lock().unwrap() = told;
    if platform.find(caller.tenant_id, &person.fiscal_code).is_none() {
        let tenant = if caller.tenant_id == bugliano().id { bugliano() } else { vallelaghi() };
        platform.add(&tenant, &person.fiscal_code, &["ROLE_USER", "ROLE_CPS_USER"]);
    }
    let user = platform.find(caller.tenant_id, &person.fiscal_code).unwrap();
    Ok((StatusCode::OK, Json(user.json())))
}

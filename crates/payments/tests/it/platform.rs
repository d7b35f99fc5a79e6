//! A platform that is told what became of payments, and knows who works for whom.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use http::StatusCode;
use kernel::Uuid;
use serde_json::{Value, json};
use testkit::BUGLIANO;
use web::{ApiError, Caller, Json};

use crate::world::SERVICE;

/// The office that handles the service.
pub const OFFICE: &str = "5d1f3c9a-7a2e-4a52-8a39-1f7b0c9c2d11";

/// What the platform was told, and whether it answers; shared by the processes of one installation.
#[derive(Clone, Default)]
pub struct Platform {
    told: Arc<Mutex<Vec<(String, Value)>>>,
    failing: Arc<Mutex<u32>>,
    operators: Arc<Mutex<HashMap<String, Value>>>,
}

impl Platform {
    /// What it was told of an application, in order.
    pub fn told(&self, application: &Value) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let of_application = told.iter().filter(|(id, _)| json!(id) == application["id"]);
        of_application.map(|(_, body)| body["status"].as_str().unwrap().to_owned()).collect()
    }

    /// It answers 503 to the next `times` calls.
    pub fn fails(&self, times: u32) {
        *self.failing.lock().unwrap() = times;
    }

    /// It knows an operator as enabled for these services, or as a program. Of the others it says that they are enabled for ours.
    pub fn knows(&self, user: Uuid, services: &[&Value], system_user: bool) {
        let operator = json!({ "enabled_services_ids": services, "system_user": system_user });
        self.operators.lock().unwrap().insert(user.to_string(), operator);
    }

    fn answers(&self) -> Result<(), ApiError> {
        let mut failing = self.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err(ApiError::unavailable("told to fail"));
        }
        Ok(())
    }

    /// Where it is told.
    pub fn routes(&self) -> Router {
        let services = get(|| async { Json(json!([{ "id": SERVICE, "user_group_ids": [OFFICE] }, { "id": OFFICE }])) });
        Router::new()
            .route("/internal/applications/{id}/payment", post(take_note))
            .route("/internal/users/{id}", get(operator))
            .route("/comune-di-bugliano/api/services", services)
            .with_state(self.clone())
    }
}

/// The platform is told what became of an application's payment.
async fn take_note(
    State(platform): State<Platform>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<StatusCode, ApiError> {
    caller.require_service()?;
    assert_eq!(caller.tenant_id.to_string(), BUGLIANO);
    platform.answers()?;
    platform.told.lock().unwrap().push((id, body));
    Ok(StatusCode::NO_CONTENT)
}

/// What an operator is enabled for.
async fn operator(State(platform): State<Platform>, caller: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    caller.require_service()?;
    platform.answers()?;
    let known = platform.operators.lock().unwrap().get(&id).cloned();
    Ok(Json(known.unwrap_or_else(|| json!({ "enabled_services_ids": [SERVICE], "system_user": false }))))
}

//! The proxy of the sandbox, with a body and a payment configured, and the intermediary that it asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use testkit::BUGLIANO;

use crate::installation::Installation;

/// The proxy under test.
pub const PROXY: &str = "payment-proxy-sandbox";
/// The service whose payments it takes.
pub const SERVICE: &str = "b21c4429-95e4-45d5-930f-44eb74136625";

/// `role` of payments, with what `engines` names, and a body whose payments the sandbox takes.
pub async fn furnish(role: &str, engines: Vec<(&str, String)>) -> (Installation, Intermediary) {
    let intermediary = Intermediary::default();
    let context = |app: &runtime::App, settings: &mut runtime::Settings| payments::roles(app, payments::Config::read(settings));
    let installation = Installation::new(role, payments::MIGRATIONS, context, intermediary.routes(), engines).await;
    let tenant = json!({
        "id": BUGLIANO, "name": "Comune di Bugliano", "tax_identification_number": "00337460224", "segregation_code": 2
    });
    let service = json!({
        "id": SERVICE, "tenant_id": BUGLIANO, "remote_collection": { "id": SERVICE, "type": "service" }, "active": true,
        "items": [{
            "payment_type": "pagopa", "management_id": "DIRITTI_SEGRETERIA", "amount": 20, "reason": "Diritti di segreteria",
            "expire_at": 90, "collection_data": "9/0101100IM/", "split": []
        }]
    });
    for (path, body) in [(format!("tenants/{BUGLIANO}"), tenant), (format!("configs/{SERVICE}"), service)] {
        installation.call("PUT", &format!("/payment-proxy/sandbox/v2/{path}"), &body).await.expect(201);
    }
    (installation, intermediary)
}

/// An intermediary that takes every position at once and counts how often it was asked for each.
#[derive(Clone, Default)]
pub struct Intermediary(Arc<Mutex<HashMap<String, u32>>>);

impl Intermediary {
    fn routes(&self) -> Router {
        Router::new().route("/demo/psp/positions", post(take)).with_state(self.clone())
    }

    /// For how many positions it was asked; each once.
    ///
    /// # Panics
    /// When it was asked for one of them twice.
    pub fn asked_once(&self) -> usize {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(asked.values().all(|times| *times == 1), "each position is created once");
        asked.len()
    }

    /// Forgets whom it was asked for.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

async fn take(State(intermediary): State<Intermediary>, Json(position): Json<Value>) -> Json<Value> {
    let iud = position["iud"].as_str().expect("a position has an IUD").to_owned();
    *intermediary.0.lock().unwrap_or_else(PoisonError::into_inner).entry(iud.clone()).or_default() += 1;
    Json(
        json!({ "iud": iud, "status": "OPEN", "notice_number": position["notice_number"], "checkout_url": "https://psp.example.it/1" }),
    )
}

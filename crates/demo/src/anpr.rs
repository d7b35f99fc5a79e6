//! Stand-ins for the national register of residents (ANPR) and for INPS, as e-services of the interoperability platform. Real HTTP, a
//! hundred households, and a gate that lets nothing pass that the real ones refuse (`gate.rs`).
//!
//! | request | what |
//! | --- | --- |
//! | `POST /demo/anpr/{C0xx}/v1/anpr-service-e002` | C030, C020, C021, C018: [`endpoint`], for [`audience`] |
//! | `POST /demo/inps/isee/v1` | the economic indicator, by SOAP: [`isee_address`] |
//! | `PUT /demo/anpr/keys/{kid}` | deposits the public key of a client, as the platform would give it |
//! | `PUT /demo/anpr/mode` | how both behave from now on, see [`Mode`] |
//! | `GET /demo/anpr/calls` | how often each was asked |

mod gate;
mod isee;
mod mode;
pub mod people;
mod register;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use http::StatusCode;
use kernel::Uuid;
use runtime::{App, Role};
use serde::Deserialize;
use serde_json::Value;
use storage::Migrations;
use web::{ApiResult, Json, Path};

use gate::Gate;
pub(crate) use gate::{KEYS, LARGEST};
use mode::Behaviour;
pub use mode::Mode;
use people::Households;

/// The tables of the stand-ins.
pub const MIGRATIONS: Migrations = storage::migrations!("demo_anpr", "V1__anpr");

/// The services of the register that are played.
pub const SERVICES: [&str; 4] = ["C030", "C020", "C021", "C018"];

/// Name and office of the body at INPS: SOAP messages say them.
pub const INPS_USER: (&str, &str) = ("BUGLIANO01", "C_BUGL");

/// Where a service of the register is called.
pub fn endpoint(public_url: &str, service: &str) -> String {
    format!("{public_url}/demo/anpr/{service}/v1/anpr-service-e002")
}

/// For whom headers for a service of the register are: not its address.
pub fn audience(public_url: &str, service: &str) -> String {
    format!("{public_url}/anpr-demo/{service}/v1")
}

/// Where the economic indicator is asked for; also for whom headers are.
pub fn isee_address(public_url: &str) -> String {
    format!("{public_url}/demo/inps/isee/v1")
}

/// What both stand-ins work with.
#[derive(Clone)]
struct Stand(Arc<Inner>);

struct Inner {
    app: App,
    gate: Gate,
    households: Households,
    behaviour: Behaviour,
}

/// The role.
pub fn role(app: &App) -> Role {
    Role { routes: routes(app), ..Role::new("demo-anpr") }
}

/// The routes of the stand-ins.
pub fn routes(app: &App) -> Router {
    let stand = Stand(Arc::new(Inner {
        app: app.clone(),
        gate: Gate::new(app.clone()),
        households: Households::new(),
        behaviour: Behaviour::default(),
    }));
    Router::new()
        .route("/demo/anpr/{service}/v1/anpr-service-e002", post(register::ask))
        .route("/demo/inps/isee/v1", post(isee::ask))
        .route("/demo/anpr/keys/{kid}", put(deposit))
        .route("/demo/anpr/mode", put(set_mode))
        .route("/demo/anpr/calls", get(calls))
        .with_state(stand)
}

#[derive(Deserialize)]
struct Deposit {
    client_id: Uuid,
    public_key: String,
}

async fn deposit(State(stand): State<Stand>, Path(kid): Path<String>, Json(key): Json<Deposit>) -> ApiResult<StatusCode> {
    let Deposit { client_id, public_key } = key;
    stand.0.app.db().write(move |tx| store::put_key(tx, &kid, client_id, &public_key)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct ModeChange {
    mode: Mode,
    /// For how many requests; for all when absent.
    #[serde(default)]
    times: Option<u32>,
}

async fn set_mode(State(stand): State<Stand>, Json(change): Json<ModeChange>) -> StatusCode {
    stand.0.behaviour.set(change.mode, change.times);
    StatusCode::NO_CONTENT
}

async fn calls(State(stand): State<Stand>) -> Json<Value> {
    Json(stand.0.behaviour.calls())
}

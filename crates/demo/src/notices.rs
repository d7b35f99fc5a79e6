//! A stand-in for pagoPA's information on notices: `GET /demo/notices/payment-requests/{payee and notice number}`. Magic numbers say what a
//! notice is, see [`NOTICES`]; every other one is unknown.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use runtime::Role;
use serde_json::json;
use web::{Json, Path};

/// The notices that it knows: number, status of the answer, cause.
pub const NOTICES: [(&str, u16, &str); 4] = [
    ("300000000000000001", 409, "PAYMENT_DUPLICATED"),
    ("300000000000000002", 200, ""),
    ("300000000000000003", 409, "PAYMENT_EXPIRED"),
    ("300000000000000004", 502, "GENERIC_ERROR"),
];

/// The tax code of the demo municipality, to which they are owed.
pub const PAYEE: &str = "00337460224";

/// The stand-in as a role.
pub fn role() -> Role {
    let routes = Router::new().route("/demo/notices/payment-requests/{rpt_id}", get(find));
    Role { routes, ..Role::new("demo-notices") }
}

async fn find(Path(rpt_id): Path<String>) -> Response {
    let notice = rpt_id.get(11..).unwrap_or_default();
    let known = NOTICES.iter().find(|(number, ..)| *number == notice);
    let (_, status, cause) = known.copied().unwrap_or(("", 404, "PAYMENT_UNKNOWN"));
    let body = if status == 200 { json!({ "rptId": rpt_id, "amount": 1000 }) } else { json!({ "category": cause }) };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), Json(body)).into_response()
}

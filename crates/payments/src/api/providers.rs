//! Which proxies there are, for whoever configures them.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Tenant};

use super::ProblemBody;

/// The providers whose proxies this installation has.
pub type Names = Arc<[&'static str]>;

/// A provider with a proxy here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offered {
    /// Name: `pagopa`.
    name: &'static str,
    /// What the addresses of its proxy begin with.
    #[schema(example = "/payment-proxy/pagopa")]
    path: String,
}

/// Intermediari di pagamento
///
/// The providers that payments can be configured for. For operators of the tenant.
#[utoipa::path(
    get,
    path = "/{tenant}/api/payments/providers",
    tag = "configurazione",
    params(("tenant" = String, Path, description = "Ente")),
    responses(
        (status = 200, description = "Gli intermediari", body = Vec<Offered>),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli operatori", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn list(State(names): State<Names>, _tenant: Tenant, caller: Caller) -> ApiResult<Json<Vec<Offered>>> {
    caller.require_staff()?;
    Ok(Json(names.iter().map(|name| Offered { name, path: format!("/payment-proxy/{name}") }).collect()))
}

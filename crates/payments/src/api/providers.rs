//! Which proxies there are, for whoever configures them or pays through them.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Tenant};

use super::ProblemBody;
use crate::providers::About;

/// The providers whose proxies this installation has.
pub type Providers = Arc<[&'static About]>;

/// A provider with a proxy here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offered {
    /// Name: `pagopa`.
    name: &'static str,
    /// What the addresses of its proxy begin with.
    #[schema(example = "/payment-proxy/pagopa")]
    path: String,
    /// Most payments that can be paid together; 1: each by itself.
    #[schema(example = 5)]
    cart: usize,
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
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn list(State(providers): State<Providers>, _tenant: Tenant, _caller: Caller) -> ApiResult<Json<Vec<Offered>>> {
    let offered = |about: &&About| Offered { name: about.name, path: format!("/payment-proxy/{}", about.name), cart: about.cart };
    Ok(Json(providers.iter().map(offered).collect()))
}

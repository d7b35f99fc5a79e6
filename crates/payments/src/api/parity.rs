//! Whether the read model says what the log says.

use axum::extract::State;
use kernel::{Problem, Rng};
use runtime::App;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, Caller, Json, Query, Tenant};

use super::ProblemBody;
use crate::clients::Operators;
use crate::parity::{Check, Report};

/// Events that one request looks at: it answers within seconds.
const PART: usize = 20_000;

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// The events after this position: the `next` of the answer before.
    #[serde(default)]
    after: i64,
}

/// What was found in one part of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    #[serde(flatten)]
    report: Report,
    /// Where to go on; null at the end.
    next: Option<i64>,
}

/// Confronta i pagamenti con il registro degli eventi
///
/// Looks at up to 20,000 events of the log and says which payments of the body are missing, behind or different in the read model. For
/// administrators. Where the log is Kafka's, `sportello payments check` does the same.
#[utoipa::path(
    get,
    path = "/{tenant}/api/payments/parity",
    tag = "pagamenti",
    params(("tenant" = String, Path, description = "Ente"), Part),
    responses(
        (status = 200, description = "Che cosa è diverso", body = Found),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
        (status = 409, description = "Il registro degli eventi è su Kafka", body = ProblemBody),
    )
)]
pub async fn compare(
    State(operators): State<Operators>,
    tenant: Tenant,
    caller: Caller,
    Query(part): Query<Part>,
) -> ApiResult<Json<Found>> {
    check(operators.app(), &tenant, &caller, &part, None).await
}

/// Corregge i pagamenti secondo il registro degli eventi
///
/// The same, and mends what is wrong.
#[utoipa::path(
    post,
    path = "/{tenant}/api/payments/parity",
    tag = "pagamenti",
    params(("tenant" = String, Path, description = "Ente"), Part),
    responses(
        (status = 200, description = "Che cosa era diverso", body = Found),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
        (status = 409, description = "Il registro degli eventi è su Kafka", body = ProblemBody),
    )
)]
pub async fn repair(
    State(operators): State<Operators>,
    tenant: Tenant,
    caller: Caller,
    Query(part): Query<Part>,
) -> ApiResult<Json<Found>> {
    let app = operators.app();
    let rng = app.rng().clone();
    check(app, &tenant, &caller, &part, Some(rng)).await
}

async fn check(app: &App, tenant: &Tenant, caller: &Caller, part: &Part, repair: Option<Rng>) -> ApiResult<Json<Found>> {
    caller.require_admin()?;
    if app.kafka().is_some() {
        let problem = Problem::new(409, "log-elsewhere", "Il registro degli eventi è su Kafka");
        return Err(problem.detail("Usare il comando: sportello payments check.").into());
    }
    let check = Check { tenant: Some(tenant.id), repair };
    let (report, next) = check.part(app.db(), part.after, PART).await?;
    Ok(Json(Found { report, next }))
}

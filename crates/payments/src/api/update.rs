//! The poller has a payment checked.

use axum::extract::State;
use kernel::{PaymentId, RomeTime};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, Json, Path};

use super::ProblemBody;
use crate::errors::Error;
use crate::payment::{Command, Standing, State as PaymentState};
use crate::proxy::{Case, Proxy};

/// Where a payment stands after a check.
#[derive(Serialize, ToSchema)]
pub struct Checked {
    /// The payment.
    #[schema(value_type = kernel::Uuid)]
    id: PaymentId,
    /// Where it stands: `PAYMENT_PENDING`, `COMPLETE` ...
    #[schema(value_type = String)]
    status: PaymentState,
    /// When the provider was last asked.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_check_at: Option<RomeTime>,
    /// When it is to be asked again; absent: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_check_at: Option<RomeTime>,
}

/// Aggiorna il pagamento
///
/// Asks the provider where the payment stands and takes it over, notes the check and when the next one is due. A payment that is not
/// open is left as it is.
#[utoipa::path(
    get,
    path = "/update/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento")),
    responses(
        (status = 200, description = "Stato del pagamento dopo il controllo", body = Checked),
        (status = 404, description = "Pagamento sconosciuto", body = ProblemBody),
        (status = 503, description = "L'intermediario non risponde", body = ProblemBody),
    )
)]
pub async fn update(State(proxy): State<Proxy>, Path(id): Path<PaymentId>) -> ApiResult<Json<Checked>> {
    let Case { followed, tenant, position } = proxy.load(id).await?;
    let mut payment = followed.payment;
    if matches!(payment.status, PaymentState::PaymentPending | PaymentState::PaymentStarted) {
        let found = proxy.ask(proxy.provider().find(&tenant, &position)).await.map_err(Error::from)?;
        // A due that the provider does not know (yet) is not paid.
        let standing = found.map_or(Standing::Open, |found| found.standing);
        payment = match proxy.act(id, Command::Check(standing)).await {
            // Somebody closed it while the provider was asked.
            Err(Error::NotPossible(_)) => proxy.load(id).await?.followed.payment,
            changed => changed?.payment,
        };
    }
    let update = payment.links.update;
    Ok(Json(Checked { id, status: payment.status, last_check_at: update.last_check_at, next_check_at: update.next_check_at }))
}

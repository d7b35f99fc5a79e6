//! An operator cancels a payment of a service that he is enabled for.

use axum::extract::State;
use kernel::{FieldError, PaymentId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Path};

use super::ProblemBody;
use crate::errors::Error;
use crate::payment::{Command, State as PaymentState};
use crate::proxy::{Errand, Proxy};
use crate::store::{Purpose, home};

/// The change asked for.
#[derive(Deserialize, ToSchema)]
pub struct Change {
    /// `CANCELED`, the only state that a payment can be put into by hand.
    #[schema(value_type = String, example = "CANCELED")]
    status: PaymentState,
}

/// Annulla il pagamento
///
/// Cancels a payment that is not to be made any more, and has the provider withdraw its position. If it was paid meanwhile it becomes
/// complete again. For operators who are enabled for its service. Cancelling twice does what once does.
#[utoipa::path(
    patch,
    path = "/payments/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento")),
    request_body = Change,
    responses(
        (status = 200, description = "Il pagamento annullato, come evento 2.0", body = serde_json::Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli operatori", body = ProblemBody),
        (status = 404, description = "Pagamento sconosciuto o di un altro ente", body = ProblemBody),
        (status = 409, description = "Il pagamento non si può annullare", body = ProblemBody),
        (status = 422, description = "Stato diverso da CANCELED", body = ProblemBody),
    )
)]
pub async fn cancel(
    State(proxy): State<Proxy>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    Json(change): Json<Change>,
) -> ApiResult<Json<contracts::payments::PaymentV2>> {
    let reach = proxy.operators().reach(&caller).await?;
    if change.status != PaymentState::Canceled {
        let message = "Un pagamento si può soltanto annullare: inviare CANCELED.";
        return Err(Error::Invalid(vec![FieldError::new("/status", "enum", message)]).into());
    }
    let canceling = proxy.clone();
    let followed = proxy.app().db().write(move |tx| {
        let before = home::find(tx, canceling.name(), id, Purpose::Change)?.ok_or(Error::NotFound)?;
        if before.payment.tenant_id != caller.tenant_id || !reach.covers(before.payment.service_id) {
            return Err(Error::NotFound);
        }
        if before.payment.status == PaymentState::Canceled {
            return Ok(before);
        }
        let created = before.payment.status != PaymentState::CreationFailed;
        let followed = canceling.change(tx, id, &Command::Cancel)?;
        if created && canceling.about().withdraws {
            canceling.enqueue(tx, Errand::Withdraw { payment: id }, canceling.app().clock().now())?;
        }
        Ok(followed)
    });
    Ok(Json(followed.await?.payment))
}

//! The citizen opens the receipt.

use axum::extract::State;
use axum::response::Response;
use kernel::PaymentId;
use web::{ApiResult, Path};

use super::{ProblemBody, pdf};
use crate::documents;
use crate::errors::Error;
use crate::payment::{Command, apply};
use crate::proxy::Proxy;

/// Ricevuta di pagamento
///
/// The receipt of a payment that was made as PDF, and a note of when it was opened. The identifier is the key: nobody guesses it.
#[utoipa::path(
    get,
    path = "/receipt/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento")),
    responses(
        (status = 200, description = "La ricevuta", content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "Pagamento sconosciuto", body = ProblemBody),
        (status = 409, description = "Il pagamento non risulta eseguito", body = ProblemBody),
    )
)]
pub async fn receipt(State(proxy): State<Proxy>, Path(id): Path<PaymentId>) -> ApiResult<Response> {
    let case = proxy.load(id).await?;
    // Before the document is asked for: whether there is anything to confirm.
    apply(&case.followed.payment, &Command::OpenReceipt, proxy.app().clock().now()).map_err(Error::from)?;
    let bytes = documents::receipt(&proxy, case).await?;
    proxy.act(id, Command::OpenReceipt).await?;
    pdf("ricevuta", id.0, bytes)
}

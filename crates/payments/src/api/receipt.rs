//! The citizen opens the receipt.

use axum::extract::State;
use axum::response::Response;
use kernel::PaymentId;
use web::{ApiResult, Path};

use super::ProblemBody;
use super::notice::open_document;
use crate::documents;
use crate::payment::Command;
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
    open_document(&proxy, id, Command::OpenReceipt, "ricevuta", documents::receipt).await
}

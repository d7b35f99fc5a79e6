//! The citizen opens the payment notice, to pay elsewhere.

use axum::extract::State;
use axum::response::Response;
use kernel::PaymentId;
use web::{ApiResult, Path};

use super::{ProblemBody, pdf};
use crate::documents;
use crate::errors::Error;
use crate::payment::{Command, apply};
use crate::proxy::{Case, Proxy};

/// Avviso di pagamento
///
/// The notice as PDF, and a note of when it was opened. The identifier is the key: nobody guesses it.
#[utoipa::path(
    get,
    path = "/offline-payment/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento")),
    responses(
        (status = 200, description = "L'avviso", content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "Pagamento sconosciuto", body = ProblemBody),
        (status = 409, description = "Il pagamento non ha un avviso da pagare", body = ProblemBody),
    )
)]
pub async fn offline_payment(State(proxy): State<Proxy>, Path(id): Path<PaymentId>) -> ApiResult<Response> {
    open(&proxy, id).await
}

/// Avviso di pagamento, con il nome usato da altri proxy
///
/// The same as `/offline-payment/{id}`.
#[utoipa::path(
    get,
    path = "/notice/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento")),
    responses(
        (status = 200, description = "L'avviso", content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "Pagamento sconosciuto", body = ProblemBody),
        (status = 409, description = "Il pagamento non ha un avviso da pagare", body = ProblemBody),
    )
)]
pub async fn notice(State(proxy): State<Proxy>, Path(id): Path<PaymentId>) -> ApiResult<Response> {
    open(&proxy, id).await
}

async fn open(proxy: &Proxy, id: PaymentId) -> ApiResult<Response> {
    open_document(proxy, id, Command::OpenNotice, "avviso", documents::notice).await
}

/// A document of a payment, asked for now from `made_by`, and by `command` a note of when it was opened.
pub(super) async fn open_document<'a, F, Made>(
    proxy: &'a Proxy,
    id: PaymentId,
    command: Command,
    name: &str,
    made_by: F,
) -> ApiResult<Response>
where
    F: FnOnce(&'a Proxy, Case) -> Made,
    Made: Future<Output = Result<Vec<u8>, Error>>,
{
    let case = proxy.load(id).await?;
    // Before the document is asked for: whether it makes sense.
    apply(&case.followed.payment, &command, proxy.app().clock().now()).map_err(Error::from)?;
    let bytes = made_by(proxy, case).await?;
    proxy.act(id, command).await?;
    pdf(name, id.0, bytes)
}

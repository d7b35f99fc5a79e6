//! The citizen goes to the provider's page.

use axum::extract::State;
use axum::response::Response;
use kernel::PaymentId;
use web::{ApiResult, Path};

use super::{ProblemBody, redirect};
use crate::api::landing::{Outcome, landing_url};
use crate::errors::Error;
use crate::payment::{Command, State as PaymentState, apply};
use crate::proxy::{Case, Proxy};

/// Paga online
///
/// Sends the citizen to the provider's page for this payment, and notes when. A payment that was made already leads back to its
/// application. The identifier is the key: nobody guesses it.
#[utoipa::path(
    get,
    path = "/online-payment/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento")),
    responses(
        (status = 302, description = "Alla pagina di pagamento dell'intermediario"),
        (status = 404, description = "Pagamento sconosciuto", body = ProblemBody),
        (status = 409, description = "Il pagamento non si può eseguire", body = ProblemBody),
        (status = 503, description = "L'intermediario non risponde", body = ProblemBody),
    )
)]
pub async fn online_payment(State(proxy): State<Proxy>, Path(id): Path<PaymentId>) -> ApiResult<Response> {
    let Case { followed, tenant, position } = proxy.load(id).await?;
    let payment = &followed.payment;
    if payment.status == PaymentState::Complete {
        return redirect(&landing_url(&proxy, &followed, Outcome::Ok));
    }
    // Before the provider is asked: whether it makes sense.
    apply(payment, &Command::OpenCheckout, proxy.app().clock().now()).map_err(Error::from)?;
    let page = proxy.ask(proxy.provider().checkout(&tenant, &position)).await.map_err(Error::from)?;
    proxy.act(id, Command::OpenCheckout).await?;
    redirect(&page)
}

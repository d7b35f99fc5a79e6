//! Asking whether a notice was paid: our own payments first, then pagoPA.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use runtime::Peer;
use serde::Deserialize;

use crate::context::Context;
use crate::errors::Error;
use crate::premium::{PaymentStatus, payment_status};
use crate::store::messages;

/// Largest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What pagoPA says is wrong with a notice.
#[derive(Default, Deserialize)]
struct Fault {
    #[serde(default)]
    detail_v2: Option<String>,
    #[serde(default)]
    category: Option<String>,
}

/// Whether a notice was paid, as far as anybody knows. Without a pagoPA to ask, what our own payments do not know as paid is not.
///
/// # Errors
/// [`Error::PaymentStatus`] when pagoPA does not say.
pub async fn status(context: &Context, rpt_id: String) -> Result<PaymentStatus, Error> {
    let own = rpt_id.clone();
    if context.app.db().read(move |tx| messages::is_paid(tx, &own)).await? {
        return Ok(PaymentStatus::Paid);
    }
    let asked = tokio::time::timeout(PATIENCE, ask(context, &rpt_id)).await;
    let answered = asked.map_err(|_| Error::PaymentStatus("no answer in time".to_owned()))?.map_err(Error::PaymentStatus)?;
    let Some((status, body)) = answered else { return Ok(PaymentStatus::NotPaid) };
    let fault: Fault = serde_json::from_slice(&body).unwrap_or_default();
    // Newer answers name the cause in `category`, older ones in `detail_v2`.
    let cause = fault.category.or(fault.detail_v2);
    payment_status(status.as_u16(), cause.as_deref()).map_err(Error::PaymentStatus)
}

/// Asks pagoPA, or in a demonstration its stand-in; nobody if there is neither.
async fn ask(context: &Context, rpt_id: &str) -> Result<Option<(StatusCode, Bytes)>, String> {
    let path = format!("/payment-requests/{rpt_id}");
    match &context.config.payment_info_url {
        Some(base) => {
            let url = format!("{base}{path}");
            let call = context.app.egress().call(Method::GET, &url, HeaderMap::new(), Bytes::new(), MAX_ANSWER);
            let answered = call.await.map_err(|error| error.to_string())?;
            Ok(Some((answered.status, answered.body)))
        }
        None if context.app.config().demo => {
            let call = context.app.peer(Peer::Demo).get(format!("/demo/notices{path}")).send_any();
            let answered = call.await.map_err(|error| error.to_string())?;
            Ok(Some((answered.status, answered.body)))
        }
        None => Ok(None),
    }
}

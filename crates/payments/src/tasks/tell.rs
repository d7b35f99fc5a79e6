//! Telling the platform what became of the payment of an application.

use kernel::{ApplicationId, PaymentId, TenantId};
use runtime::{App, Peer, Retry, Worker};
use serde::{Deserialize, Serialize};

/// The queue.
pub const QUEUE: &str = "payment-updater";
/// Calls to the platform at the same time.
const CONCURRENCY: usize = 8;

/// What the platform is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The public body.
    pub tenant_id: TenantId,
    /// The application.
    pub application_id: ApplicationId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// `STARTED`, `OK` or `KO`.
    pub status: String,
}

#[derive(Serialize)]
struct Body {
    status: String,
    payment_id: PaymentId,
}

/// The worker that calls the platform. Telling the same twice does what once does.
pub fn worker(app: &App) -> Worker {
    let app = app.clone();
    Worker::new(QUEUE, CONCURRENCY, Retry::PATIENT, move |task| {
        let app = app.clone();
        async move {
            let news: News = task.payload()?;
            let path = format!("/internal/applications/{}/payment", news.application_id);
            let body = Body { status: news.status, payment_id: news.payment_id };
            app.peer(Peer::Platform).post(path).service(news.tenant_id).json(&body).send().await?;
            tracing::info!(payment_id = %news.payment_id, application_id = %news.application_id, status = body.status, "platform told");
            Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?)
        }
    })
}

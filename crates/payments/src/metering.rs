//! The metrics of a proxy, with the documentation's names and labels ("Requisiti per l'ambiente di produzione").

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use jiff::SignedDuration;

/// The labels that every metric of a proxy has.
#[derive(Clone, Debug)]
pub struct Meter {
    /// The cluster that it runs in.
    pub cluster: String,
    /// The environment: `local`, `boat-qa` ...
    pub env: String,
    /// The proxy: `sandbox-payment-proxy`.
    pub app_name: String,
}

/// What is counted of payment events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// An event that cannot be read or breaks its rules.
    ValidationError,
    /// An event with a configuration that was processed successfully.
    Success,
    /// A valid event with a configuration that could not be processed.
    Failed,
    /// The same, because of the provider.
    ProviderError,
    /// The same, because of us.
    InternalError,
}

impl Count {
    fn name(self) -> &'static str {
        match self {
            Self::ValidationError => "oc_payment_validation_errors_total",
            Self::Success => "oc_payment_success_events_total",
            Self::Failed => "oc_payment_failed_events_total",
            Self::ProviderError => "oc_payment_provider_errors_total",
            Self::InternalError => "oc_payment_internal_errors_total",
        }
    }
}

impl Meter {
    fn labels(&self) -> [(&'static str, String); 3] {
        [("cluster", self.cluster.clone()), ("env", self.env.clone()), ("app_name", self.app_name.clone())]
    }

    /// Counts one event.
    pub fn count(&self, what: Count) {
        metrics::counter!(what.name(), &self.labels()).increment(1);
    }

    /// Notes how long the provider took for one call.
    pub fn provider_took(&self, elapsed: SignedDuration) {
        // The exporter adds `_bucket`, `_sum` and `_count`.
        metrics::histogram!("oc_payment_provider_latency", &self.labels()).record(elapsed.as_secs_f64());
    }

    /// Makes every metric appear, with zero, before the first event.
    pub fn announce(&self) {
        for what in [Count::ValidationError, Count::Success, Count::Failed, Count::ProviderError, Count::InternalError] {
            metrics::counter!(what.name(), &self.labels()).increment(0);
        }
    }
}

/// Counts the HTTP requests of a proxy.
pub async fn count_requests(State(meter): State<Meter>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let response = next.run(request).await;
    let [cluster, env, app_name] = meter.labels();
    let labels = [cluster, env, ("method", method), app_name, ("status_code", response.status().as_u16().to_string())];
    metrics::counter!("oc_api_requests_total", &labels).increment(1);
    response
}

//! The metrics of a registry proxy, by the names and labels that the documentation gives them (developers' documentation, "Metriche in
//! dettaglio").

use std::time::Duration;

use metrics::{Label, counter, histogram};

/// The metrics of one proxy; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    labels: Vec<Label>,
}

/// Why the processing of a valid event failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The registry refused or did not answer.
    Provider,
    /// Something of ours: a file that could not be fetched, a configuration that is gone.
    Internal,
}

impl Metrics {
    /// The metrics of the proxy `app_name` in the environment `env` of `cluster`.
    pub fn new(cluster: &str, env: &str, app_name: &'static str) -> Self {
        let labels = [("cluster", cluster.to_owned()), ("env", env.to_owned()), ("app_name", app_name.to_owned())];
        Self { labels: labels.map(|(name, value)| Label::new(name, value)).to_vec() }
    }

    /// Makes every metric of events appear, with zero, before the first of them.
    pub fn announce(&self) {
        for name in ["success_events", "failed_events", "provider_errors", "internal_errors", "validation_errors"] {
            counter!(format!("oc_document_{name}_total"), self.labels.clone()).increment(0);
        }
    }

    /// A document was registered.
    pub fn succeeded(&self) {
        counter!("oc_document_success_events_total", self.labels.clone()).increment(1);
    }

    /// A valid document could not be registered this time.
    pub fn failed(&self, cause: Cause) {
        counter!("oc_document_failed_events_total", self.labels.clone()).increment(1);
        match cause {
            Cause::Provider => counter!("oc_document_provider_errors_total", self.labels.clone()).increment(1),
            Cause::Internal => counter!("oc_document_internal_errors_total", self.labels.clone()).increment(1),
        }
    }

    /// An event that was read breaks the rules of its form.
    pub fn invalid(&self) {
        counter!("oc_document_validation_errors_total", self.labels.clone()).increment(1);
    }

    /// The registry took this long to answer.
    pub fn provider_answered(&self, after: Duration) {
        histogram!("oc_document_provider_latency", self.labels.clone()).record(after.as_secs_f64());
    }

    /// A request to the configuration API was answered.
    pub fn api_answered(&self, method: &str, status_code: u16) {
        let mut labels = self.labels.clone();
        labels.push(Label::new("method", method.to_owned()));
        labels.push(Label::new("status_code", status_code.to_string()));
        counter!("oc_api_requests_total", labels).increment(1);
    }
}

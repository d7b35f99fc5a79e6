//! How the stand-ins behave, and how often each was asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// How a stand-in behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As it should.
    #[default]
    Good,
    /// Answers 503.
    Down,
    /// Answers 500 without reasons.
    Failing,
    /// Answers something else than it promises.
    Broken,
    /// Takes two seconds.
    Slow,
    /// Does not answer.
    Silent,
    /// Takes no voucher: 401.
    Distrustful,
}

/// The mode, and for how many requests more; the requests of each service.
#[derive(Default)]
pub struct Behaviour(Mutex<(Mode, Option<u32>, BTreeMap<String, u64>)>);

impl Behaviour {
    /// From now on.
    pub fn set(&self, mode: Mode, times: Option<u32>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.0, kept.1) = (mode, times);
    }

    /// Counts a request to `service`, and answers in its place where the mode wants it.
    pub async fn before(&self, service: &str) -> Option<Response> {
        let mode = self.take(service);
        match mode {
            Mode::Good => None,
            Mode::Down => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
            Mode::Failing => Some((StatusCode::INTERNAL_SERVER_ERROR, "errore").into_response()),
            Mode::Broken => Some("{\"listaSoggetti\": [".into_response()),
            Mode::Distrustful => Some((StatusCode::UNAUTHORIZED, "voucher").into_response()),
            Mode::Slow => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                None
            }
            Mode::Silent => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Some(StatusCode::GATEWAY_TIMEOUT.into_response())
            }
        }
    }

    fn take(&self, service: &str) -> Mode {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept.2.entry(service.to_owned()).or_default() += 1;
        match kept.1 {
            Some(0) => *kept = (Mode::Good, None, std::mem::take(&mut kept.2)),
            Some(times) => kept.1 = Some(times - 1),
            None => {}
        }
        kept.0
    }

    /// How often each service was asked.
    pub fn calls(&self) -> Value {
        json!(self.0.lock().unwrap_or_else(PoisonError::into_inner).2)
    }
}

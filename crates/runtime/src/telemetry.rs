//! Logs as one JSON line each, metrics, and errors to Sentry (developers' documentation, "Logging" and "Monitoring").

use std::io::Write as _;
use std::sync::OnceLock;

use kernel::Clock;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::{Config, VERSION};

/// Keeps telemetry alive; when dropped, what is still to be sent to Sentry is sent.
pub struct Telemetry {
    _sentry: Option<sentry::ClientInitGuard>,
}

impl Telemetry {
    /// Starts logging to standard output. A second call in one process (as tests make) changes nothing.
    pub fn start(config: &Config, clock: Clock) -> Self {
        let filter =
            tracing_subscriber::EnvFilter::try_new(&config.log).unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
        // Migrations that are in order are no event, and theirs would be a dozen lines at each first start.
        let filter = filter.add_directive("refinery_core=warn".parse().expect("the directive is right"));
        let lines = JsonLines { environment: config.environment.clone(), clock };
        let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
        let sentry = config.sentry_dsn.as_ref().map(|dsn| {
            let mut options = sentry::ClientOptions::default();
            options.release = Some(VERSION.into());
            options.environment = Some(config.environment.clone().into());
            sentry::init((dsn.as_str(), options))
        });
        Self { _sentry: sentry }
    }
}

/// The metrics of this process in the Prometheus text format.
pub fn prometheus() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
        let builder = PrometheusBuilder::new().set_buckets(&buckets).expect("there are buckets");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}

/// Writes every event as one JSON object on one line.
struct JsonLines {
    environment: String,
    clock: Clock,
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let level = match *metadata.level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARNING",
            Level::INFO => "INFO",
            Level::DEBUG => "DEBUG",
            Level::TRACE => "TRACE",
        };
        let mut line = Line { text: Vec::with_capacity(512), ..Line::default() };
        line.member("level", level);
        line.member("timestamp", self.clock.now().to_utc_string());
        line.member("environment", &self.environment);
        line.member("version", VERSION);
        event.record(&mut line);
        if !line.typed {
            line.member("event_type", metadata.target());
        }
        let message = std::mem::take(&mut line.message);
        line.member("log_message", &message);
        if *metadata.level() == Level::ERROR {
            sentry::capture_message(&message, sentry::Level::Error);
        }
        line.text.extend_from_slice(b"}\n");
        let _ = std::io::stdout().lock().write_all(&line.text);
    }
}

/// A line in the making: an object that is still open. A map would cost more than all the rest of a line.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    message: String,
    /// Whether the event said its own type.
    typed: bool,
}

impl Line {
    fn member(&mut self, name: &str, value: impl Serialize) {
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        // Texts and numbers can always be written to memory.
        let _ = serde_json::to_writer(&mut self.text, name);
        self.text.push(b':');
        let _ = serde_json::to_writer(&mut self.text, &value);
        self.typed |= name == "event_type";
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" { self.message = text } else { self.member(field.name(), text) }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" { value.clone_into(&mut self.message) } else { self.member(field.name(), value) }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object_whatever_is_in_it() {
        let mut line = Line::default();
        line.member("level", "INFO");
        line.member("event_type", "GET /\"x\"\n");
        line.member("status", 200);
        line.text.push(b'}');
        assert_eq!(String::from_utf8(line.text).unwrap(), r#"{"level":"INFO","event_type":"GET /\"x\"\n","status":200}"#);
        assert!(line.typed);
    }
}

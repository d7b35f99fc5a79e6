//! Logs as one JSON line each, metrics, and errors to Sentry (developers' documentation, "Logging" and "Monitoring").

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use kernel::Clock;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
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

/// Fields of a span, inherited by the events inside it.
struct SpanFields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, id: &tracing::span::Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.0));
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = Map::new();
        let level = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARNING",
            Level::INFO => "INFO",
            Level::DEBUG => "DEBUG",
            Level::TRACE => "TRACE",
        };
        line.insert("level".into(), level.into());
        line.insert("timestamp".into(), self.clock.now().to_utc_string().into());
        line.insert("environment".into(), self.environment.as_str().into());
        line.insert("version".into(), VERSION.into());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(inherited)) = span.extensions().get() {
                for (name, value) in inherited {
                    line.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        let message = fields.0.remove("message");
        line.entry("event_type").or_insert_with(|| event.metadata().target().into());
        line.append(&mut fields.0);
        line.insert("log_message".into(), message.unwrap_or_default());
        if level == "ERROR" {
            sentry::capture_message(line["log_message"].as_str().unwrap_or_default(), sentry::Level::Error);
        }
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.0.insert(field.name().into(), text.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }
}

//! `sportello run`.

use std::process::ExitCode;

use kernel::{Clock, Rng};
use runtime::{Settings, Telemetry};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::banner;
use crate::parts::Plan;
use crate::process::Process;

/// The settings are wrong; the same as for a wrong option.
const BAD_SETTINGS: u8 = 2;

/// Runs the chosen roles until SIGTERM or SIGINT.
pub async fn run(mut settings: Settings) -> ExitCode {
    let clock = Clock::system();
    let plan = Plan::read(&mut settings);
    let _telemetry = Telemetry::start(&plan.config, clock.clone());
    let mistakes = settings.errors();
    if !mistakes.is_empty() {
        let mistakes = mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        tracing::error!(event_type = "startup", "configurazione non valida: {mistakes}");
        return ExitCode::from(BAD_SETTINGS);
    }
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(event_type = "startup", "signals cannot be received: {error}");
            return ExitCode::FAILURE;
        }
    };
    let began = clock.now();
    let started = tokio::select! {
        started = Process::start(plan, clock.clone(), Rng::system()) => started,
        name = signals.next() => {
            tracing::info!(event_type = "shutdown", "{name} received before the start was complete");
            return ExitCode::SUCCESS;
        }
    };
    let mut process = match started {
        Ok(process) => process,
        Err(error) => {
            tracing::error!(event_type = "startup", "{error}");
            return ExitCode::FAILURE;
        }
    };
    let config = process.app.config();
    tracing::info!(
        event_type = "startup",
        address = %process.address,
        public_url = config.public_url,
        database = %config.database,
        bus = %config.bus,
        files = %config.files,
        roles = process.roles.join(","),
        duration_ms = i64::try_from(clock.now().since(began).as_millis()).unwrap_or(i64::MAX),
        "sportello started"
    );
    if config.demo {
        banner::print(&process.app);
    }
    let code = tokio::select! {
        name = signals.next() => {
            tracing::info!(event_type = "shutdown", "{name} received, stopping");
            ExitCode::SUCCESS
        }
        reason = process.broken() => {
            tracing::error!(event_type = "shutdown", reason, "a part of the process has ended by itself, stopping");
            ExitCode::FAILURE
        }
    };
    tokio::select! {
        () = process.stop() => {}
        name = signals.next() => {
            tracing::warn!(event_type = "shutdown", "{name} received again, ending at once");
            return ExitCode::FAILURE;
        }
    }
    tracing::info!(event_type = "shutdown", "sportello stopped");
    code
}

/// The signals that ask for an orderly end (developers' documentation, "Terminazione Pulita").
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

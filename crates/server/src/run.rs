//! `sportello run`.

use std::process::ExitCode;
use std::time::Duration;

use kernel::{Clock, Rng};
use runtime::{App, Settings, Telemetry};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::parts::Plan;
use crate::process::Process;
use crate::{banner, interop_demo};

/// The settings are wrong; the same as for a wrong option.
const BAD_SETTINGS: u8 = 2;

/// The role whose process settles the demonstration.
const DEMO: &str = "demo-psp";

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
        bus = %config.bus.url,
        files = %config.files,
        roles = process.roles.join(","),
        duration_ms = i64::try_from(clock.now().since(began).as_millis()).unwrap_or(i64::MAX),
        "sportello started"
    );
    let demonstration = process.roles.contains(&DEMO).then(|| process.app.clone());
    let settling = async {
        match demonstration {
            Some(app) => settle(&app).await,
            None => Ok(()),
        }
    };
    let working = async {
        match settling.await {
            Ok(()) => process.broken().await,
            Err(reason) => reason,
        }
    };
    let code = tokio::select! {
        name = signals.next() => {
            tracing::info!(event_type = "shutdown", "{name} received, stopping");
            ExitCode::SUCCESS
        }
        reason = working => {
            tracing::error!(event_type = "shutdown", reason, "the process cannot go on, stopping");
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

/// Brings the demonstration into being and says where it is. Tried for a minute: roles of other processes may come later than this one,
/// and one that was asked for the municipality before it existed remembers for a moment that there is none.
async fn settle(app: &App) -> Result<(), String> {
    let mut patience = 60;
    while let Err(error) = settle_once(app).await {
        if patience == 0 {
            return Err(format!("the demonstration could not be settled: {error}"));
        }
        patience -= 1;
        tracing::warn!(event_type = "startup", "the demonstration waits: {error}");
        app.stop().sleep(Duration::from_secs(1)).await;
    }
    tracing::info!(event_type = "startup", "the demonstration is ready");
    banner::print(app);
    Ok(())
}

async fn settle_once(app: &App) -> Result<(), String> {
    demo::settle(app).await.map_err(|error| error.to_string())?;
    // Whoever runs the demonstration without the registers, or without a connector to them, has no certified data.
    if !demo::certified::possible(app).await {
        tracing::info!(event_type = "startup", "no certified data: demo-anpr or pdnd-connector does not answer");
        return Ok(());
    }
    let deposit = demo::certified::settle(app).await.map_err(|error| error.to_string())?;
    interop_demo::settle(app, deposit).await
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

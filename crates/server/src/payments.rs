//! `sportello payments`: the read model of payments beside the log, also beside a running process.

use ::payments::parity::Check;
use bus::Stopper;
use clap::Subcommand;
use kernel::{Rng, TenantId};
use runtime::Settings;

use crate::tools::{Failure, attach, plan, say};

/// What can be done with payments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Confronta gli elenchi dei pagamenti con il registro degli eventi; esce con 1 se qualcosa resta diverso
    Check {
        /// Corregge ciò che è diverso: il registro ha ragione
        #[arg(long)]
        repair: bool,
        /// Solo i pagamenti dell'ente con questo identificativo
        #[arg(long, value_name = "UUID")]
        tenant: Option<kernel::Uuid>,
    },
}

/// Does what `command` says.
pub async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    let Command::Check { repair, tenant } = command;
    let plan = plan(settings)?;
    let db = attach(&plan.config).await?;
    let check = Check { tenant: tenant.map(TenantId), repair: repair.then(Rng::system) };
    let report = match plan.config.bus.kafka()? {
        None => check.whole(&db).await?,
        Some(kafka) => {
            let (_stopper, stop) = Stopper::new();
            check.over_kafka(&kafka, &db, stop).await.map_err(Failure::Said)?
        }
    };
    say(&report.to_string())?;
    if report.agrees() {
        return Ok(());
    }
    Err(Failure::Said(
        "Gli elenchi differiscono dal registro degli eventi: correggere con sportello payments check --repair".to_owned(),
    ))
}

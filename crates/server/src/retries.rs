//! `sportello retries`: what waits for its next attempt, seen and tried at once, also beside a running process.

use clap::{Args, Subcommand};
use kernel::{Clock, TenantId, Uuid};
use registry::retry::waiting::{self, Waiting};
use runtime::Settings;
use storage::Db;

use crate::tools::{Failure, attach, plan, say};

/// What can be done with what waits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Elenca gli eventi in attesa, dal primo entrato
    List(Which),
    /// Li ritenta subito, per esempio quando il protocollo è tornato: ciascuno consuma uno dei suoi tentativi
    Hurry(Which),
}

/// Which of those that wait.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Solo quelli dell'ente con questo identificativo
    #[arg(long, value_name = "UUID")]
    tenant: Option<Uuid>,
    /// Solo quelli che tornano in questo topic, per esempio documents
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
}

impl Which {
    fn has(&self, waiting: &Waiting) -> bool {
        self.tenant.is_none_or(|tenant| waiting.tenant_id == Some(TenantId(tenant)))
            && self.topic.as_ref().is_none_or(|topic| waiting.topic == *topic)
    }
}

/// Does what `command` says.
pub async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let db = attach(&plan.config).await?;
    match command {
        Command::List(which) => list(&db, &which).await,
        Command::Hurry(which) => hurry(&db, &which).await,
    }
}

async fn list(db: &Db, which: &Which) -> Result<(), Failure> {
    let (now, mut after) = (Clock::system().now(), 0);
    while let Some((events, last)) = page(db, after, now).await? {
        after = last;
        for event in events.iter().filter(|event| which.has(event)) {
            let Waiting { topic, key, event_id, due, attempt, last_error, .. } = event;
            let error = last_error.as_deref().unwrap_or_default();
            say(format!("{due}  tentativo {attempt}  {topic}/{key}  {event_id}  {error}").trim_end())?;
        }
    }
    Ok(())
}

async fn hurry(db: &Db, which: &Which) -> Result<(), Failure> {
    // Those that fail again begin to wait after this instant and are left alone.
    let (now, mut after, mut count) = (Clock::system().now(), 0, 0);
    while let Some((events, last)) = page(db, after, now).await? {
        after = last;
        let ids: Vec<_> = events.iter().filter(|event| which.has(event)).map(|event| event.id).collect();
        count += db
            .write(move |tx| ids.iter().try_fold(0, |count, id| Ok(count + usize::from(waiting::hurry(tx, *id, now)?))))
            .await
            .map_err(|error: storage::Error| error)?;
    }
    say(&format!("Ritentati subito: {count}."))
}

async fn page(db: &Db, after: i64, now: kernel::RomeTime) -> Result<Option<(Vec<Waiting>, i64)>, Failure> {
    Ok(db.read(move |tx| waiting::page(tx, after, now)).await.map_err(|error: storage::Error| error)?)
}

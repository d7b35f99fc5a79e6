//! `sportello retries`: what waits for its next attempt, seen and tried at once, also beside a running process.

use clap::{Args, Subcommand};
use kernel::{Clock, TenantId, Uuid};
use registry::retry::waiting::{self, Waiting};
use runtime::{Config, Settings};
use storage::Db;

use crate::tools::{Failure, attach, note, plan, say, say_row};
use crate::topics;

/// What can be done with what waits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Elenca gli eventi in attesa, dal primo entrato
    List(Which),
    /// Li ritenta subito, per esempio quando il protocollo è tornato: ciascuno consuma uno dei suoi tentativi
    ///
    /// Non ne consuma un documento che attende il suo turno, perché prima va registrato un altro documento della stessa pratica, né uno che
    /// attende che risponda un protocollo muto, provato già da un altro. Nessuno attende il suo turno per sempre: se al documento che lo
    /// precede non succede più nulla per il doppio dell'attesa più lunga di KAFKA_DISPATCHER_POLICY, prosegue senza di lui.
    Hurry(Which),
}

/// Which of those that wait.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Solo quelli dell'ente con questo identificativo
    #[arg(long, value_name = "UUID", value_parser = tenant)]
    tenant: Option<Uuid>,
    /// Solo quelli che tornano in questo topic, per esempio documents
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
}

/// The identifier of a tenant.
fn tenant(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| "usare l'identificativo mostrato da sportello tenants list".to_owned())
}

impl Which {
    fn has(&self, waiting: &Waiting) -> bool {
        self.tenant.is_none_or(|tenant| waiting.tenant_id == Some(TenantId(tenant)))
            && self.topic.as_ref().is_none_or(|topic| waiting.topic == *topic)
    }

    /// What is asked for, as the end of a sentence.
    fn words(&self) -> String {
        let topic = self.topic.as_ref().map(|topic| format!(" nel topic {topic}")).unwrap_or_default();
        let tenant = self.tenant.map(|tenant| format!(" per l'ente {tenant}")).unwrap_or_default();
        topic + &tenant
    }

    /// Says which topics there are, when nobody knows the one that is asked for.
    async fn note_unknown(&self, config: &Config) -> Result<(), Failure> {
        let Some(topic) = self.topic.as_deref().filter(|topic| !topics::is_ours(topic)) else { return Ok(()) };
        // A bus that is away is no reason to fail: what was asked for is done.
        match topics::known(config).await {
            Ok(names) if !names.iter().any(|name| name == topic) => {
                let known = topics::listed(&names);
                note(&format!("Il topic {topic} non c'è: forse il nome è sbagliato. Topic con eventi: {known}."))
            }
            _ => Ok(()),
        }
    }
}

/// Does what `command` says.
pub async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let db = attach(&plan.config).await?;
    match command {
        Command::List(which) => {
            if list(&db, &which).await? > 0 {
                return Ok(());
            }
            note(&format!("Nessun evento attende un nuovo tentativo{}.", which.words()))?;
            which.note_unknown(&plan.config).await
        }
        Command::Hurry(which) => {
            if hurry(&db, &which).await? > 0 {
                return Ok(());
            }
            which.note_unknown(&plan.config).await
        }
    }
}

/// Says which events wait, and how many they are.
async fn list(db: &Db, which: &Which) -> Result<usize, Failure> {
    let (now, mut after, mut count) = (Clock::system().now(), 0, 0);
    while let Some((events, last)) = page(db, after, now).await? {
        after = last;
        for event in events.iter().filter(|event| which.has(event)) {
            let Waiting { topic, key, event_id, due, attempt, last_error, .. } = event;
            let error = last_error.as_deref().unwrap_or_default();
            say_row(&format!("{due}  tentativo {attempt}  {topic}/{key}  {event_id}  {error}"))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Has the events tried at once, and says how many they are.
async fn hurry(db: &Db, which: &Which) -> Result<usize, Failure> {
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
    say(&format!("Ritentati subito: {count}."))?;
    Ok(count)
}

async fn page(db: &Db, after: i64, now: kernel::RomeTime) -> Result<Option<(Vec<Waiting>, i64)>, Failure> {
    Ok(db.read(move |tx| waiting::page(tx, after, now)).await.map_err(|error: storage::Error| error)?)
}

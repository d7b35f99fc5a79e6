//! `sportello dead-letters`: what nobody could deal with, seen, put back and dropped, also beside a running process.

use std::io::Read;

use clap::{ArgGroup, Subcommand};
use kernel::{Clock, Rng, RomeTime, Uuid};
use runtime::Settings;
use serde::Serialize;
use serde_json::value::RawValue;
use storage::{BuriedLetter, Db};

use crate::tools::{Failure, attach, note, plan, say, say_row};

/// Letters read at a time.
const BATCH: i64 = 100;

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Elenca le lettere morte, dalla più vecchia
    List {
        /// Solo quelle di questo consumatore o di questa coda
        #[arg(long, value_name = "NOME")]
        source: Option<String>,
    },
    /// Mostra una lettera morta con il suo contenuto, che può avere dati personali
    Show {
        /// Identificativo
        #[arg(value_parser = identifier)]
        id: Uuid,
    },
    /// Rimette in lavorazione, dopo aver tolto la causa
    #[command(group(ArgGroup::new("quali").required(true).args(["ids", "source"])))]
    Replay {
        /// Identificativi
        #[arg(value_parser = identifier)]
        ids: Vec<Uuid>,
        /// Tutte quelle di questo consumatore o di questa coda
        #[arg(long, value_name = "NOME")]
        source: Option<String>,
        /// Con il contenuto corretto, letto da standard input: JSON
        #[arg(long, conflicts_with = "source")]
        corrected: bool,
    },
    /// Elimina per sempre
    Drop {
        /// Identificativi
        #[arg(required = true, value_parser = identifier)]
        ids: Vec<Uuid>,
    },
}

/// The identifier of a letter.
fn identifier(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| "usare l'identificativo mostrato da sportello dead-letters list".to_owned())
}

/// Does what `command` says.
pub async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let db = attach(&plan.config).await?;
    match command {
        Command::List { source } => list(&db, source.as_deref()).await,
        Command::Show { id } => show(&db, id).await,
        Command::Replay { source: Some(source), .. } => {
            // Those that fail again come later and are left alone.
            let mut ids = Vec::new();
            each(&db, Some(&source), |letter| {
                ids.push(letter.id);
                Ok(())
            })
            .await?;
            if ids.is_empty() {
                note_none(&db, Some(&source)).await?;
            }
            replay(&db, ids, None).await
        }
        Command::Replay { ids, corrected, .. } => {
            let corrected = if corrected { Some(read_corrected(&ids)?) } else { None };
            replay(&db, ids, corrected).await
        }
        Command::Drop { ids } => {
            over(ids, "Eliminate", |id| db.write(move |tx| Ok::<_, Failure>(tx.remove_dead_letter(id)?))).await
        }
    }
}

async fn list(db: &Db, source: Option<&str>) -> Result<(), Failure> {
    let mut found = false;
    each(db, source, |letter| {
        found = true;
        let BuriedLetter { id, source, topic, key, reason, buried_at, .. } = &letter;
        let place = if letter.is_task() { key.clone() } else { format!("{topic}/{key}") };
        say_row(&format!("{id}  {buried_at}  {source}  {place}  {reason}"))
    })
    .await?;
    if found { Ok(()) } else { note_none(db, source).await }
}

/// Says on standard error that there are no letters, and whose there are when those of `source` were asked for.
async fn note_none(db: &Db, source: Option<&str>) -> Result<(), Failure> {
    let sources = db.read(|tx| tx.dead_letters()).await.map_err(|error: storage::Error| error)?;
    let sources: Vec<_> = sources.into_iter().map(|(source, _)| source).collect();
    match source {
        Some(source) if !sources.is_empty() => {
            note(&format!("Nessuna lettera morta di {source}. Ce ne sono di: {}.", sources.join(", ")))
        }
        _ => note("Nessuna lettera morta."),
    }
}

/// A letter as it is shown.
#[derive(Serialize)]
struct Shown<'a> {
    id: Uuid,
    source: &'a str,
    topic: &'a str,
    key: &'a str,
    reason: &'a str,
    buried_at: RomeTime,
    /// As it is, down to the digits of its numbers, if it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    /// The payload as text, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'a str>,
}

async fn show(db: &Db, id: Uuid) -> Result<(), Failure> {
    let found = db.read(move |tx| tx.find_dead_letter(id)).await.map_err(|error: storage::Error| error)?;
    let Some(letter) = found else { return Err(Failure::Said(missing(&[id]))) };
    let BuriedLetter { id, source, topic, key, payload, reason, buried_at } = &letter;
    let json = serde_json::from_str::<&RawValue>(payload).ok();
    let raw = json.is_none().then_some(payload.as_str());
    let shown = Shown { id: *id, source, topic, key, reason, buried_at: *buried_at, payload: json, raw };
    say(&serde_json::to_string(&shown)?)
}

/// What is to take the place of a letter's payload.
fn read_corrected(ids: &[Uuid]) -> Result<String, Failure> {
    if ids.len() != 1 {
        return Err(Failure::Said("Con --corrected indicare una sola lettera.".into()));
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    let said = |error| Failure::Said(format!("Il contenuto letto da standard input non è JSON ({error})."));
    let json: Box<RawValue> = serde_json::from_str(&text).map_err(said)?;
    Ok(json.get().to_owned())
}

async fn replay(db: &Db, ids: Vec<Uuid>, corrected: Option<String>) -> Result<(), Failure> {
    let (rng, clock) = (Rng::system(), Clock::system());
    let put = |id| {
        let (rng, now, corrected) = (rng.clone(), clock.now(), corrected.clone());
        db.write(move |tx| {
            bus::replay(tx, id, corrected.as_deref(), &rng, now).map_err(|stays| match stays {
                bus::Stays::Because(reason) => Failure::Said(reason),
                bus::Stays::Storage(error) => error.into(),
            })
        })
    };
    over(ids, "Rimesse in lavorazione", put).await
}

/// Shows every letter, or those of a source, to `visit`.
async fn each(db: &Db, source: Option<&str>, mut visit: impl FnMut(BuriedLetter) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut after = Uuid::nil();
    loop {
        let letters = db.read(move |tx| tx.dead_letters_after(after, BATCH)).await.map_err(|error: storage::Error| error)?;
        let Some(last) = letters.last() else { return Ok(()) };
        after = last.id;
        letters.into_iter().filter(|letter| source.is_none_or(|source| letter.source == source)).try_for_each(&mut visit)?;
    }
}

fn missing(ids: &[Uuid]) -> String {
    let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("Non ci sono, o non più: {ids}. L'elenco è in: sportello dead-letters list")
}

/// Does `act` to each letter, which says whether there was one or why it stays, and tells how many were `done`.
async fn over<F>(ids: Vec<Uuid>, done: &str, act: impl Fn(Uuid) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<bool, Failure>>,
{
    let (mut count, mut absent, mut wrong) = (0, Vec::new(), Vec::new());
    for id in ids {
        match act(id).await {
            Ok(true) => count += 1,
            Ok(false) => absent.push(id),
            Err(failure) => wrong.push(format!("{id} resta: {failure}")),
        }
    }
    say(&format!("{done}: {count}."))?;
    if !absent.is_empty() {
        wrong.push(missing(&absent));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Said(wrong.join("\n"))) }
}

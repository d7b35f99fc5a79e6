//! `sportello doctor`: whether Sportello can run here, in sentences that say what to do.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use kernel::{Clock, Rng, RomeTime};
use runtime::{Config, Settings};
use storage::{DatabaseUrl, Db, DbOptions, Engine, Files, FilesUrl};

use crate::tools::{Failure, plan, say};

/// Free space under which we warn, and under which nothing should be started.
const LITTLE_SPACE: u64 = 1 << 30;
const NO_SPACE: u64 = 100 << 20;

/// What was found about one thing.
enum Finding {
    Good(String),
    Doubtful(String),
    Bad(String),
}
use Finding::{Bad, Doubtful, Good};

/// Asks a running process whether all is well: for the health check of a container.
///
/// # Errors
/// When it does not answer, or says that a part fails.
pub async fn probe(url: &str) -> Result<(), Failure> {
    let answer = status(url.trim_end_matches('/')).await.map_err(Failure::Said)?;
    if answer.0 != 200 {
        return Err(Failure::Said(format!("{url} risponde {}: {}", answer.0, answer.1)));
    }
    say(&format!("{url} risponde: tutto funziona."))
}

async fn status(base: &str) -> Result<(u16, String), String> {
    let client =
        reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build().map_err(|error| error.to_string())?;
    let response = client.get(format!("{base}/status")).send().await.map_err(|error| format!("{base} non risponde: {error}"))?;
    Ok((response.status().as_u16(), response.text().await.unwrap_or_default()))
}

/// Looks at everything that a process needs.
///
/// # Errors
/// When something is bad.
pub async fn examine(settings: Settings) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let config = &plan.config;
    let database = open_database(config).await;
    let findings = [
        ("configurazione", configuration(config)),
        ("cartella dei dati", folder(&config.data)),
        ("spazio su disco", space(&config.data)),
        ("segreto", secret(config)),
        ("base dati", database_state(config, database.as_ref()).await),
        ("eventi e lavori", backlog(database.as_ref().ok().and_then(Option::as_ref)).await),
        ("bus degli eventi", bus(config).await),
        ("archivio dei file", files(config).await),
        ("orologio", clock(config, database.as_ref().ok().and_then(Option::as_ref)).await),
        ("indirizzo HTTP", port(config.http).await),
    ];
    let mut bad = 0;
    for (what, finding) in findings {
        let (sign, text) = match finding {
            Good(text) => ("✓", text),
            Doubtful(text) => ("!", text),
            Bad(text) => {
                bad += 1;
                ("✗", text)
            }
        };
        say(&format!("{sign} {what}: {text}"))?;
    }
    if bad == 0 { Ok(()) } else { Err(Failure::Said(format!("\nProblemi da risolvere: {bad}."))) }
}

fn configuration(config: &Config) -> Finding {
    let local = config.public_url.contains("://127.0.0.1") || config.public_url.contains("://localhost");
    match () {
        () if config.demo && !local => {
            Bad("la dimostrazione ha password note a tutti: togliere SPORTELLO_DEMO da un indirizzo pubblico.".into())
        }
        () if config.public_url.starts_with("http://") && !local => {
            Doubtful(format!("l'indirizzo pubblico {} non è protetto: usare https.", config.public_url))
        }
        () => Good(format!("valida, ambiente {}, indirizzo pubblico {}.", config.environment, config.public_url)),
    }
}

/// The nearest folder that exists, of a folder that may still have to be made.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|ancestor| ancestor.exists()).map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

fn folder(data: &Path) -> Finding {
    let folder = existing(data);
    let probe = folder.join(format!(".sportello-{}", Rng::system().uuid()));
    let written = std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) if is_wide(data) => {
            Doubtful(format!("{} è accessibile ad altri utenti: eseguire chmod 700 {}.", data.display(), data.display()))
        }
        Ok(()) if data.exists() => Good(format!("{} è scrivibile.", data.display())),
        Ok(()) => Good(format!("{} sarà creata al primo avvio.", data.display())),
        Err(error) => {
            Bad(format!("{} non è scrivibile ({error}): cambiare i permessi, oppure la cartella con --data.", folder.display()))
        }
    }
}

/// Whether others than the owner may do something with a file or folder that exists.
fn is_wide(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

fn space(data: &Path) -> Finding {
    let folder = existing(data);
    let free = match rustix::fs::statvfs(&folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Doubtful(format!("non misurabile su {}: {error}.", folder.display())),
    };
    let text = format!("{} MB liberi su {}", free >> 20, folder.display());
    match free {
        0..NO_SPACE => Bad(format!("{text}: liberare spazio prima di avviare.")),
        NO_SPACE..LITTLE_SPACE => Doubtful(format!("{text}: sono pochi.")),
        _ => Good(format!("{text}.")),
    }
}

fn secret(config: &Config) -> Finding {
    let file = config.data.join("secret");
    match (&config.secret, std::fs::metadata(&file)) {
        (Some(_), _) => Good("indicato da SPORTELLO_SECRET.".into()),
        (None, Ok(_)) if is_wide(&file) => {
            Bad(format!("{} è leggibile da altri: eseguire chmod 600 {}.", file.display(), file.display()))
        }
        (None, Ok(_)) => Good(format!("conservato in {}.", file.display())),
        (None, Err(_)) => Good("sarà creato al primo avvio.".into()),
    }
}

/// The database, unless it has still to be made.
async fn open_database(config: &Config) -> Result<Option<Db>, storage::Error> {
    match &config.database {
        DatabaseUrl::Sqlite(file) if !file.exists() => Ok(None),
        url => Db::attach(url, DbOptions { connections: 1, durable: true }).await.map(Some),
    }
}

async fn database_state(config: &Config, database: Result<&Option<Db>, &storage::Error>) -> Finding {
    let url = &config.database;
    let db = match database {
        Ok(Some(db)) => db,
        Ok(None) => return Good(format!("{url} sarà creata al primo avvio.")),
        Err(error) => return Bad(format!("{url} non risponde ({error}): controllare indirizzo, credenziali e rete.")),
    };
    match (db.read(|tx| tx.one("SELECT 1", storage::params![], |_| Ok(()))).await, url) {
        (Ok(()), DatabaseUrl::Sqlite(file)) if is_wide(file) => Doubtful(format!(
            "{url} risponde, ma è leggibile da altri utenti: eseguire chmod 600 {0} {0}-wal {0}-shm.",
            file.display()
        )),
        (Ok(()), _) => Good(format!("{url} risponde.")),
        (Err::<_, storage::Error>(error), _) => Bad(format!("{url} non risponde ({error}).")),
    }
}

async fn backlog(database: Option<&Db>) -> Finding {
    let Some(db) = database else { return Good("niente in attesa.".into()) };
    let counted = db.read(|tx| Ok::<_, storage::Error>((tx.dead_letters()?, tx.open_tasks()?)));
    let Ok((dead, open)) = counted.await else {
        return Good("non ci sono ancora tabelle: le crea sportello migrate, o il primo avvio.".into());
    };
    let sum = |counts: &[(String, i64)]| counts.iter().map(|(_, count)| count).sum::<i64>();
    let sources = dead.iter().map(|(source, count)| format!("{source} {count}")).collect::<Vec<_>>().join(", ");
    match sum(&dead) {
        0 => Good(format!("{} lavori in coda, nessuno abbandonato.", sum(&open))),
        count => Doubtful(format!("{count} eventi o lavori attendono un operatore ({sources}): sportello dead-letters list.")),
    }
}

async fn bus(config: &Config) -> Finding {
    let (url, protocol) = (&config.bus.url, config.bus.security.protocol);
    let checked = match config.bus.kafka() {
        Ok(None) => return Good("incorporato nella base dati.".into()),
        Ok(Some(kafka)) => kafka.check().await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(()) => Good(format!("{url} risponde ({protocol}).")),
        Err(error) => {
            Bad(format!("{url} non è utilizzabile ({error}): controllare indirizzo, rete e variabili SPORTELLO_KAFKA_."))
        }
    }
}

async fn files(config: &Config) -> Finding {
    if let FilesUrl::Dir(folder) = &config.files
        && !folder.exists()
    {
        return Good(format!("{} sarà creato al primo avvio.", config.files));
    }
    let key = format!("doctor/{}", Rng::system().uuid());
    let tried = async {
        let files = Files::open(&config.files)?;
        files.put(&key, "prova".into()).await?;
        let same = files.get(&key).await? == "prova";
        files.delete(&key).await?;
        Ok::<_, storage::FileError>(same)
    };
    match tried.await {
        Ok(true) => Good(format!("{} si scrive e si rilegge.", config.files)),
        Ok(false) => Bad(format!("{} restituisce un contenuto diverso da quello scritto.", config.files)),
        Err(error) => Bad(format!("{} non è utilizzabile ({error}): controllare indirizzo e credenziali.", config.files)),
    }
}

async fn clock(config: &Config, database: Option<&Db>) -> Finding {
    let now = Clock::system().now();
    let reference = match (database, &config.database) {
        (Some(db), _) if db.engine() == Engine::Postgres => {
            let asked = db.read(|tx| tx.one("SELECT now()", storage::params![], |row| row.get::<RomeTime>(0)));
            asked.await.map_err(|error: storage::Error| error).ok().map(|time| (time, "quello della base dati"))
        }
        // A clock that is behind what it has written before was set back.
        (Some(_), DatabaseUrl::Sqlite(file)) => {
            modified(file).filter(|time| *time > now).map(|time| (time, "l'ultima scrittura della base dati"))
        }
        _ => None,
    };
    match reference {
        Some((time, what)) if time.since(now).abs() > SignedDuration::from_secs(30) => {
            Bad(format!("segna {now}, ma {what} segna {time}: sincronizzarlo (NTP)."))
        }
        _ => Good(format!("segna {now}.")),
    }
}

fn modified(file: &Path) -> Option<RomeTime> {
    let modified = std::fs::metadata(file).ok()?.modified().ok()?;
    jiff::Timestamp::try_from(modified).ok().map(RomeTime::from)
}

async fn port(address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Good(format!("{address} è libero.")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match status(&format!("http://{address}")).await {
            Ok((_, body)) if body.contains("\"version\"") => Good(format!("su {address} risponde già Sportello.")),
            _ => Bad(format!("{address} è occupato da un altro programma: sceglierne un altro con --http.")),
        },
        Err(error) => Bad(format!("{address} non è utilizzabile ({error}): sceglierne un altro con --http.")),
    }
}

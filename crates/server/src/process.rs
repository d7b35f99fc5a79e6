//! One process, from its start to its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use bus::KafkaError;
use contracts::topic;
use kernel::{Clock, Rng};
use runtime::{App, Config, Role, Stopper};
use storage::{Db, DbOptions};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::lock::{self, Lock};
use crate::parts::Plan;

/// Why a process did not start. The texts say what to do, and are for whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process, of that number if it is known, serves the embedded database.
    #[error("Sportello è già in esecuzione su {} (processo {process}): fermarlo, oppure scegliere un'altra cartella con --data.", database.display())]
    #[allow(missing_docs)]
    Running { database: PathBuf, process: String },
    /// A folder or file of the data folder cannot be used.
    #[error("Impossibile scrivere {}: {reason}. Controllare i permessi, oppure scegliere un'altra cartella con --data.", path.display())]
    #[allow(missing_docs)]
    Folder { path: PathBuf, reason: String },
    /// The address is taken, or not ours.
    #[error("Impossibile ascoltare su {0}: {1}. Scegliere un altro indirizzo con --http.")]
    Address(SocketAddr, std::io::Error),
    /// The database.
    #[error("La base dati {0} non è utilizzabile: {1}.")]
    Database(String, storage::Error),
    /// The bus.
    #[error("Il bus degli eventi {0} non è utilizzabile: {1}.")]
    Bus(String, KafkaError),
    /// Anything else, in its own words.
    #[error("{0}")]
    Other(String),
}

/// A running process: roles, their loops, and the HTTP server.
pub struct Process {
    /// What everything runs on.
    pub app: App,
    /// Where the HTTP server listens.
    pub address: SocketAddr,
    /// The names of the roles.
    pub roles: Vec<&'static str>,
    stopper: Stopper,
    serving: JoinHandle<()>,
    running: JoinSet<()>,
    _lock: Option<Lock>,
}

impl Process {
    /// Starts what `plan` says; when this gives `Ok` the process answers. An HTTP port of 0 means any free one.
    ///
    /// # Errors
    /// [`StartError`]; nothing keeps running then.
    pub async fn start(mut plan: Plan, clock: Clock, rng: Rng) -> Result<Self, StartError> {
        crate::cli::choose_tls();
        let lock = lock::take(&plan.config.database)?;
        let db = open(&plan).await?;
        let listener = listen(&mut plan.config).await?;
        let (stopper, stop) = Stopper::new();
        let config = plan.config.clone();
        let app = App::new(config, db, clock, rng, stop.clone()).map_err(StartError::Other)?;
        let roles = plan.take_roles(&app);
        ensure_topics(&app, &roles).await?;
        let names: Vec<_> = roles.iter().map(|role| role.name).collect();
        let router = route(&app, &roles);
        app.bind_local(router.clone());
        let running = runtime::supervise(&app, &roles).await.map_err(StartError::Other)?;
        let address = app.config().http;
        let serving = tokio::spawn(web::serve(listener, router, stop, grace(app.config())));
        Ok(Self { app, address, roles: names, stopper, serving, running, _lock: lock })
    }

    /// Waits until something that should run for ever has ended: a defect, to be answered by a new start.
    pub async fn broken(&mut self) -> String {
        match self.running.join_next().await {
            Some(Ok(())) => "a loop has ended".to_owned(),
            Some(Err(error)) => error.to_string(),
            None => std::future::pending().await,
        }
    }

    /// Takes no new requests, events and tasks, lets those in hand end, and gives up what other processes would wait for. Takes as long
    /// as the settings allow at most.
    pub async fn stop(mut self) {
        self.stopper.stop();
        let orderly = tokio::time::timeout(grace(self.app.config()), async {
            let _ = (&mut self.serving).await;
            while self.running.join_next().await.is_some() {}
        });
        if orderly.await.is_err() {
            tracing::warn!("some work did not end in time; it will be done again after the next start");
            self.serving.abort();
            self.running.shutdown().await;
        }
        let instance = self.app.instance().to_owned();
        let released: storage::Result<()> = self.app.db().write(move |tx| tx.release_leases(&instance)).await;
        if let Err(error) = released {
            tracing::warn!(%error, "leases not given back; they run out by themselves");
        }
    }
}

/// What requests and tasks get to end, of the time to stop: a second of it is for what comes after.
fn grace(config: &Config) -> Duration {
    Duration::from_secs(config.stop_timeout_s.saturating_sub(1).max(1))
}

async fn open(plan: &Plan) -> Result<Db, StartError> {
    let url = &plan.config.database;
    let options = DbOptions { connections: plan.config.database_connections, ..DbOptions::default() };
    Db::open(url, options, plan.migrations()).await.map_err(|error| StartError::Database(url.to_string(), error))
}

/// Listens where the settings say, and writes the port into them if any would do.
async fn listen(config: &mut Config) -> Result<TcpListener, StartError> {
    let wanted = config.http;
    let listener = TcpListener::bind(wanted).await.map_err(|error| StartError::Address(wanted, error))?;
    config.http = listener.local_addr().map_err(|error| StartError::Address(wanted, error))?;
    if config.public_url == format!("http://{wanted}") {
        config.public_url = format!("http://{}", config.http);
    }
    Ok(listener)
}

/// Every route of the process.
fn route(app: &App, roles: &[Role]) -> Router {
    let own = web::status_routes(app.clone(), roles.iter().map(|role| role.name).collect()).merge(web::docs(roles));
    let router = roles.iter().fold(own, |router, role| router.merge(role.routes.clone()));
    web::wrap(router, web::Web::new(app.clone()))
}

/// Makes the topics of the documentation and those that somebody reads, where they do not come into being by themselves.
async fn ensure_topics(app: &App, roles: &[Role]) -> Result<(), StartError> {
    let Some(kafka) = app.kafka() else { return Ok(()) };
    let published = [topic::APPLICATIONS, topic::PAYMENTS, topic::DOCUMENTS, topic::MESSAGES, topic::RETRY];
    let read = roles.iter().flat_map(|role| &role.consumers).map(|consumer| consumer.topic);
    let written = roles.iter().flat_map(|role| &role.topics).map(String::as_str);
    let mut topics: Vec<_> = read.chain(written).chain(published).collect();
    topics.sort_unstable();
    topics.dedup();
    let made = kafka.ensure_topics(&topics, app.config().bus.partitions).await;
    made.map_err(|error| StartError::Bus(app.config().bus.url.to_string(), error))
}

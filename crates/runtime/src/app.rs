//! The handle that everything gets.

use std::sync::Arc;

use bus::{Kafka, Stop};
use jiff::SignedDuration;
use kernel::{Clock, EventId, Rng};
use storage::{Db, Files};

use crate::config::LEAST_SECRET;
use crate::mail::Mailer;
use crate::peer::Peers;
use crate::{Config, Egress, Peer, PeerClient, VERSION};

/// How long an event may wait to be published before all is not well.
const RELAY_PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// What every role runs on; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    db: Db,
    files: Files,
    kafka: Option<Kafka>,
    clock: Clock,
    rng: Rng,
    peers: Peers,
    egress: Egress,
    mailer: Mailer,
    secret: Vec<u8>,
    instance: String,
    stop: Stop,
}

/// What `/status` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The parts that do not work, with the reason; empty when all is well.
    pub failures: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({})", self.0.instance)
    }
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the bus or file store cannot be set up, or a secret cannot be kept.
    pub fn new(config: Config, db: Db, clock: Clock, rng: Rng, stop: Stop) -> Result<Self, String> {
        // Roles count from the moment they are made: the recorder must be there before them.
        crate::prometheus();
        let files = Files::open(&config.files).map_err(|error| error.to_string())?;
        let kafka = config.bus.kafka().map_err(|error| error.to_string())?;
        let secret = secret(&config, &rng)?;
        let peers = Peers::new(config.peers.clone());
        let egress = Egress::new(config.egress.clone());
        let mailer = Mailer::new(&config.mail, config.demo);
        let instance = rng.uuid().to_string();
        Ok(Self(Arc::new(Inner { config, db, files, kafka, clock, rng, peers, egress, mailer, secret, instance, stop })))
    }

    /// Gives the other roles of this process to [`App::peer`]; called once, when all routes are known.
    pub fn bind_local(&self, router: axum::Router) {
        self.0.peers.bind(router);
    }

    /// Settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The file store.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// The Kafka cluster, unless the bus is the embedded one.
    pub fn kafka(&self) -> Option<&Kafka> {
        self.0.kafka.as_ref()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The source of randomness.
    pub fn rng(&self) -> &Rng {
        &self.0.rng
    }

    /// A client of another role.
    pub fn peer(&self, peer: Peer) -> PeerClient {
        PeerClient::new(self.clone(), peer)
    }

    /// The client for third parties.
    pub fn egress(&self) -> &Egress {
        &self.0.egress
    }

    /// The address that citizens use, without a trailing slash.
    pub fn public_url(&self) -> &str {
        &self.0.config.public_url
    }

    /// Key of service tokens and of other authentication codes of the platform.
    pub fn secret(&self) -> &[u8] {
        &self.0.secret
    }

    /// Name of this process among others, drawn at start.
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// Says when to stop.
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// A new event's identity.
    pub fn event_id(&self) -> EventId {
        EventId(self.0.rng.uuid_at(self.0.clock.now()))
    }

    /// `<role>:<version>`, as events carry it in `app_id`.
    pub fn app_id(&self, role: &str) -> String {
        format!("{role}:{VERSION}")
    }

    pub(crate) fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    pub(crate) fn peers(&self) -> &Peers {
        &self.0.peers
    }

    /// Looks whether the engines answer.
    pub async fn health(&self) -> Health {
        let mut failures = Vec::new();
        let database = self.db().read(|tx| tx.one("SELECT 1", storage::params![], |_| Ok(())));
        if let Err(error) = database.await {
            failures.push(("database", error.to_string()));
        }
        if let Some(kafka) = self.kafka() {
            if let Err(error) = kafka.check().await {
                failures.push(("bus", error.to_string()));
            }
            match kafka.lag(self.db(), self.clock()).await {
                Ok(lag) if lag > RELAY_PATIENCE => {
                    failures.push(("relay", format!("the oldest event waits for {} s", lag.as_secs())))
                }
                // A database that does not answer is told above.
                Ok(_) | Err(_) => {}
            }
        }
        Health { failures }
    }
}

/// The configured secret, or one drawn into the data folder and kept there.
fn secret(config: &Config, rng: &Rng) -> Result<Vec<u8>, String> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone().into_bytes());
    }
    let file = config.data.join("secret");
    match std::fs::read(&file) {
        Ok(secret) if secret.len() >= LEAST_SECRET => Ok(secret),
        _ => {
            let secret: String = rng.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
            let write = || -> std::io::Result<()> {
                use std::io::Write;
                use std::os::unix::fs::OpenOptionsExt;
                storage::private_folder(&config.data)?;
                let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
                out.write_all(secret.as_bytes())?;
                out.sync_all()
            };
            write().map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(secret.into_bytes())
        }
    }
}

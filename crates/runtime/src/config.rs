//! Settings that every role shares.

use std::net::SocketAddr;
use std::path::PathBuf;

use bus::{BusUrl, OffsetReset};
use storage::{DatabaseUrl, FilesUrl};

use crate::peer::PeerUrls;
use crate::{EgressPolicy, Network, Settings};

/// Characters of the shortest secret.
pub(crate) const LEAST_SECRET: usize = 32;

/// Settings that every role shares. The defaults run everything in one process under `./data`.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the HTTP server listens.
    pub http: SocketAddr,
    /// Folder of the embedded engines.
    pub data: PathBuf,
    /// The address that citizens use, without a trailing slash; every absolute URL begins with it.
    pub public_url: String,
    /// The database.
    pub database: DatabaseUrl,
    /// Database connections, or reader threads of the embedded database.
    pub database_connections: usize,
    /// The event bus.
    pub bus: BusUrl,
    /// Where a consumer group that Kafka does not know begins.
    pub kafka_offset_reset: OffsetReset,
    /// Partitions of topics that we make.
    pub topic_partitions: i32,
    /// The file store.
    pub files: FilesUrl,
    /// Roles to run; empty: all.
    pub roles: Vec<String>,
    /// Name of the environment, for the logs (`local`, `boat-qa` ...).
    pub environment: String,
    /// Least level to log: `error`, `warn`, `info`, `debug`, `trace`, or a filter by module.
    pub log: String,
    /// Sentry project that gets the errors.
    pub sentry_dsn: Option<String>,
    /// Key of service tokens, shared by all processes; drawn into the data folder when all roles are in one process.
    pub secret: Option<String>,
    /// Whether timed jobs run inside the process; otherwise an orchestrator runs `sportello job <name>`.
    pub timed_jobs: bool,
    /// Days after which an event that every consumer has read is removed; its consumption is remembered at least as long.
    pub events_keep_days: u32,
    /// Demo data and stand-ins for outside parties.
    pub demo: bool,
    /// Seconds that requests and tasks have to finish after SIGTERM.
    pub stop_timeout_s: u64,
    /// Addresses of the roles that run in other processes.
    pub(crate) peers: PeerUrls,
    /// Where calls to third parties may go.
    pub egress: EgressPolicy,
    /// The reverse proxies, and the other processes of ours, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let data = PathBuf::from(settings.text("SPORTELLO_DATA", "./data", "cartella dei motori incorporati"));
        let documented = Documented::read(settings);
        let http: SocketAddr = settings.parse("SPORTELLO_HTTP", documented.http, "indirizzo su cui ascolta il server HTTP");
        let public_url = settings
            .text("SPORTELLO_PUBLIC_URL", &format!("http://{http}"), "indirizzo pubblico usato nelle URL assolute")
            .trim_end_matches('/')
            .to_owned();
        let database = settings.parse(
            "SPORTELLO_DATABASE",
            DatabaseUrl::Sqlite(data.join("sportello.db")),
            "sqlite:<file> oppure postgres://utente:password@host:porta/nome",
        );
        let list =
            |text: String| text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let about = "reti (CIDR) dei proxy di cui si accetta X-Forwarded-For, separate da virgole";
        let networks = list(settings.text("SPORTELLO_TRUSTED_PROXIES", "", about));
        let networks: Result<Vec<Network>, String> = networks.iter().map(|network| network.parse()).collect();
        let trusted_proxies = networks.unwrap_or_else(|problem| {
            settings.reject("SPORTELLO_TRUSTED_PROXIES", problem);
            Vec::new()
        });
        let events_keep_days = settings.parse(
            "SPORTELLO_EVENTS_KEEP_DAYS",
            30,
            "giorni per cui si conservano gli eventi già letti da tutti (almeno 1)",
        );
        if events_keep_days == 0 {
            settings.reject("SPORTELLO_EVENTS_KEEP_DAYS", "usare almeno 1");
        }
        let secret =
            settings.secret("SPORTELLO_SECRET", "chiave dei token fra ruoli, uguale in tutti i processi (almeno 32 caratteri)");
        if secret.as_ref().is_some_and(|secret| secret.len() < LEAST_SECRET) {
            settings.reject("SPORTELLO_SECRET", format!("usare almeno {LEAST_SECRET} caratteri"));
        }
        let demo = settings.parse("SPORTELLO_DEMO", false, "dati e controparti di dimostrazione");
        Self {
            http,
            public_url,
            database,
            database_connections: settings.parse(
                "SPORTELLO_DATABASE_CONNECTIONS",
                4,
                "connessioni (o lettori) verso la base dati",
            ),
            bus: settings.parse("SPORTELLO_BUS", documented.bus, "embedded: oppure kafka://host:porta[,...]"),
            kafka_offset_reset: settings.parse(
                "SPORTELLO_KAFKA_OFFSET_RESET",
                OffsetReset::Earliest,
                "dove comincia un gruppo che Kafka non conosce: earliest (il primo evento) oppure latest (i prossimi)",
            ),
            topic_partitions: settings.parse("SPORTELLO_TOPIC_PARTITIONS", 6, "partizioni dei topic creati su Kafka"),
            files: settings.parse(
                "SPORTELLO_FILES",
                FilesUrl::Dir(data.join("files")),
                "file:<cartella>, s3://<bucket> oppure az://<contenitore>",
            ),
            roles: list(settings.text("SPORTELLO_ROLES", "", "ruoli da avviare, separati da virgole; vuoto: tutti")),
            environment: settings.text("SPORTELLO_ENVIRONMENT", &documented.environment, "nome dell'ambiente nei log"),
            log: settings.text("SPORTELLO_LOG", documented.log, "livello minimo dei log"),
            sentry_dsn: documented.sentry_dsn,
            secret,
            timed_jobs: settings.parse("SPORTELLO_TIMED_JOBS", true, "esegue i lavori periodici nel processo"),
            events_keep_days,
            demo,
            stop_timeout_s: settings.parse("SPORTELLO_STOP_TIMEOUT_S", 10, "secondi concessi alla terminazione ordinata"),
            peers: PeerUrls::read(settings),
            egress: EgressPolicy::read(settings, demo),
            trusted_proxies,
            data,
        }
    }
}

/// Settings that the documentation's microservices have under other names. They are the defaults of ours, so that the environment of a
/// microservice that is replaced serves as it is.
struct Documented {
    http: SocketAddr,
    bus: BusUrl,
    environment: String,
    log: &'static str,
    sentry_dsn: Option<String>,
}

impl Documented {
    fn read(settings: &mut Settings) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
        let http = settings.parse("SERVER_ADDRESS_PORT", loopback, "come SPORTELLO_HTTP, se questo manca");
        let servers = settings.optional("KAFKA_SERVER", "host:porta di Kafka separati da virgole, se SPORTELLO_BUS manca");
        let bus = match servers.map(|servers| format!("kafka://{servers}").parse()) {
            None => BusUrl::Embedded,
            Some(bus) => bus.unwrap_or_else(|_| {
                settings.reject("KAFKA_SERVER", "usare host:porta[,host:porta]");
                BusUrl::Embedded
            }),
        };
        let environment = settings.text("ENVIRONMENT", "local", "come SPORTELLO_ENVIRONMENT, se questo manca");
        // A name that many programs use for many things: only what the documentation means by it counts.
        let debug = settings.optional("DEBUG", "true: registra anche il livello debug, se SPORTELLO_LOG manca");
        let sentry_dsn = settings.secret("SENTRY_DSN", "progetto Sentry a cui inviare gli errori");
        let sentry = settings.optional("SENTRY_ENABLED", "false: non invia gli errori a SENTRY_DSN");
        if sentry.as_deref() == Some("true") && sentry_dsn.is_none() {
            settings.reject("SENTRY_DSN", "variabile obbligatoria mancante con SENTRY_ENABLED=true");
        }
        Self {
            http,
            bus,
            environment,
            log: if debug.as_deref() == Some("true") { "debug" } else { "info" },
            sentry_dsn: sentry_dsn.filter(|_| sentry.as_deref() != Some("false")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_of_a_documented_microservice_serves_as_it_is() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let mut settings = Settings::from_pairs(pairs);
            let config = Config::read(&mut settings);
            assert_eq!(settings.errors(), []);
            config
        };
        let documented = [
            ("SERVER_ADDRESS_PORT", "0.0.0.0:8081"),
            ("KAFKA_SERVER", "a:9092,b:9092"),
            ("ENVIRONMENT", "boat-qa"),
            ("DEBUG", "true"),
            ("SENTRY_DSN", "https://k@sentry.example.it/1"),
            ("SENTRY_ENABLED", "false"),
        ];
        let config = read(&documented);
        assert_eq!(
            (config.http.to_string().as_str(), config.bus.to_string().as_str()),
            ("0.0.0.0:8081", "kafka://a:9092,b:9092")
        );
        assert_eq!((config.environment.as_str(), config.log.as_str(), config.sentry_dsn), ("boat-qa", "debug", None));
        let ours = [("SPORTELLO_BUS", "embedded:"), ("SPORTELLO_LOG", "warn"), ("SPORTELLO_HTTP", "127.0.0.1:1")];
        let config = read(&[&documented[..4], &ours].concat());
        assert_eq!((config.http.port(), config.bus, config.log.as_str()), (1, BusUrl::Embedded, "warn"));
        assert_eq!(read(&[("DEBUG", "express:*")]).log, "info");
        assert_eq!(mistakes("KAFKA_SERVER", "kafka"), ["KAFKA_SERVER"]);
        assert_eq!(mistakes("SENTRY_ENABLED", "true"), ["SENTRY_DSN"]);
    }

    fn mistakes(name: &str, value: &str) -> Vec<String> {
        let mut settings = Settings::from_pairs([(name.to_owned(), value.to_owned())]);
        Config::read(&mut settings);
        settings.errors().into_iter().map(|error| error.name).collect()
    }

    #[test]
    fn mistakes_are_told_before_anything_starts() {
        for (name, wrong, right) in [
            ("SPORTELLO_TRUSTED_PROXIES", "10.0.0.0/8,proxy", "10.0.0.0/8, fd00::/8,192.0.2.7"),
            ("SPORTELLO_EVENTS_KEEP_DAYS", "0", "1"),
            ("SPORTELLO_KAFKA_OFFSET_RESET", "newest", "latest"),
        ] {
            assert_eq!(mistakes(name, wrong), [name], "{wrong}");
            assert_eq!(mistakes(name, right), [""; 0], "{right}");
        }
    }
}

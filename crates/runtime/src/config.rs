//! Settings that every role shares.

use std::net::SocketAddr;
use std::path::PathBuf;

use storage::{DatabaseUrl, FilesUrl};

use crate::kafka::BusConfig;
use crate::mail::MailConfig;
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
    pub bus: BusConfig,
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
    /// Who takes e-mail.
    pub(crate) mail: MailConfig,
    /// Where calls to third parties may go.
    pub egress: EgressPolicy,
    /// The reverse proxies, and the other processes of ours, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let data = PathBuf::from(settings.text("SPORTELLO_DATA", "./data", "cartella dei motori incorporati"));
        // Go programs leave the host out when they listen everywhere.
        let everywhere = |text: &str| if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.to_owned() };
        settings.synonym("SPORTELLO_HTTP", "SERVER_ADDRESS_PORT", "indirizzo e porta del server HTTP", everywhere);
        let http: SocketAddr =
            settings.parse("SPORTELLO_HTTP", SocketAddr::from(([127, 0, 0, 1], 8080)), "indirizzo su cui ascolta il server HTTP");
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
        settings.synonym("SPORTELLO_ENVIRONMENT", "ENVIRONMENT", "nome dell'ambiente", str::to_owned);
        // A name that many programs use for many things: only what the documentation means by it counts.
        let level = |debug: &str| if debug == "true" { "debug" } else { "info" }.to_owned();
        settings.synonym("SPORTELLO_LOG", "DEBUG", "true: registra anche il livello debug", level);
        let sentry_dsn = settings.secret("SENTRY_DSN", "progetto Sentry a cui inviare gli errori");
        let sentry = settings.parse("SENTRY_ENABLED", true, "false: non invia errori a Sentry, anche se SENTRY_DSN è indicato");
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
            bus: BusConfig::read(settings),
            files: settings.parse(
                "SPORTELLO_FILES",
                FilesUrl::Dir(data.join("files")),
                "file:<cartella>, s3://<bucket> oppure az://<contenitore>",
            ),
            roles: list(settings.text("SPORTELLO_ROLES", "", "ruoli da avviare, separati da virgole; vuoto: tutti")),
            environment: settings.text("SPORTELLO_ENVIRONMENT", "local", "nome dell'ambiente nei log"),
            log: settings.text("SPORTELLO_LOG", "info", "livello minimo dei log"),
            sentry_dsn: sentry_dsn.filter(|_| sentry),
            secret,
            timed_jobs: settings.parse("SPORTELLO_TIMED_JOBS", true, "esegue i lavori periodici nel processo"),
            events_keep_days,
            demo,
            stop_timeout_s: settings.parse("SPORTELLO_STOP_TIMEOUT_S", 10, "secondi concessi alla terminazione ordinata"),
            peers: PeerUrls::read(settings),
            mail: MailConfig::read(settings),
            egress: EgressPolicy::read(settings, demo),
            trusted_proxies,
            data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(name: &str, value: &str) -> Vec<String> {
        let mut settings = Settings::from_pairs([(name.to_owned(), value.to_owned())]);
        Config::read(&mut settings);
        settings.errors().into_iter().map(|error| error.name).collect()
    }

    #[test]
    fn the_documentation_s_names_are_understood() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let mut settings = Settings::from_pairs(pairs);
            let config = Config::read(&mut settings);
            assert!(settings.errors().is_empty(), "{:?}", settings.errors());
            config
        };
        let config = read(&[
            ("SERVER_ADDRESS_PORT", ":8000"),
            ("KAFKA_SERVER", "kafka-1:9092,kafka-2:9092"),
            ("ENVIRONMENT", "boat-qa"),
            ("SENTRY_DSN", "https://key@sentry.example.it/1"),
        ]);
        assert_eq!((config.http.to_string(), config.public_url.as_str()), ("0.0.0.0:8000".into(), "http://0.0.0.0:8000"));
        assert_eq!(config.bus.url.to_string(), "kafka://kafka-1:9092,kafka-2:9092");
        assert_eq!((config.environment.as_str(), config.sentry_dsn.is_some()), ("boat-qa", true));
        assert_eq!(read(&[("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")]).bus.url.to_string(), "kafka://kafka:9092");
        let off = read(&[("SENTRY_DSN", "https://key@sentry.example.it/1"), ("SENTRY_ENABLED", "false")]);
        assert_eq!(off.sentry_dsn, None);
        let level = |debug| read(&[("DEBUG", debug)]).log;
        assert_eq!([level("true"), level("false"), level("express:*")], ["debug", "info", "info"]);
        assert_eq!(mistakes("KAFKA_SERVER", "kafka"), ["KAFKA_SERVER"], "told by the name that was used");
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

//! Registration of documents (protocollo informatico): the dispatcher that makes documents of what happens to applications, the proxies
//! that have them registered by the registry of each public body, and the orchestrator by which whatever failed is tried again. See
//! `README.md` for the states of a document.

mod api;
mod applicant;
mod cases;
pub mod configuration;
mod consume;
pub mod document;
mod errors;
mod files;
mod metrics;
pub mod providers;
mod proxy;
pub mod retry;
pub mod steps;
mod store;
mod tasks;

use std::time::Duration;

use contracts::topic;
use runtime::{App, Consumer, Role, Settings};

use providers::sandbox::Sandbox;
pub use proxy::Proxy;

/// The tables of this context.
pub const MIGRATIONS: storage::Migrations = storage::migrations!("registry", "V1__init");

/// Name of the role that makes documents of what happens to applications; also its consumer group.
pub const DISPATCHER: &str = "document-dispatcher";

/// Settings of the registry proxies (developers' documentation, "Protocol Proxy: Specifiche Implementative"). Those of the process
/// itself (addresses of Kafka, database and HTTP server, Sentry) are the runtime's.
#[derive(Clone)]
pub struct Config {
    /// Consumer group; the proxy's name unless set.
    pub consumer_group: Option<&'static str>,
    /// Topic from which documents are read, and into which failed ones come back.
    pub consumer_topic: &'static str,
    /// Topic into which documents are published.
    pub producer_topic: String,
    /// Topic into which failed documents are published.
    pub retry_topic: String,
    /// User name at platforms that are not ours, to fetch files.
    pub auth_user: Option<String>,
    /// Password of that user.
    pub auth_password: Option<String>,
    /// Name of the cluster in metrics.
    pub cluster: String,
    /// How long a registry may take to answer.
    pub provider_timeout: Duration,
    /// Those of the retry orchestrator.
    pub retry: retry::Config,
}

/// The roles that may bear the name `KAFKA_CONSUMER_GROUP`: each is a microservice of the documentation by itself.
const GROUPS: [&str; 2] = ["registry-proxy-sandbox", retry::ORCHESTRATOR];

/// Without the password.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Config");
        debug.field("consumer_topic", &self.consumer_topic).field("retry_topic", &self.retry_topic).finish_non_exhaustive()
    }
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`. The names of topics and group are for a process that runs one proxy alone,
    /// because other roles know the same variables.
    pub fn read(settings: &mut Settings) -> Self {
        let group = consumer_group(settings);
        let of = |role: &str| group.filter(|(owner, _)| (*owner == retry::ORCHESTRATOR) == (role == retry::ORCHESTRATOR));
        let (proxy_group, retry_group) = (of("proxy").map(|(_, name)| name), of(retry::ORCHESTRATOR).map(|(_, name)| name));
        let retry_topic = settings.text("KAFKA_RETRY_TOPIC", topic::RETRY, "topic degli eventi da ritentare");
        let timeout_s = settings.parse("SPORTELLO_REGISTRY_TIMEOUT_S", 20_u64, "secondi concessi al protocollo per rispondere");
        Self {
            consumer_group: proxy_group,
            consumer_topic: kept(settings.text("KAFKA_CONSUMER_TOPIC", topic::DOCUMENTS, "topic da cui leggere i documenti")),
            producer_topic: settings.text("KAFKA_PRODUCER_TOPIC", topic::DOCUMENTS, "topic in cui pubblicare i documenti"),
            retry: retry::Config::read(settings, retry_group, kept(retry_topic.clone())),
            retry_topic,
            auth_user: settings.optional("SDC_AUTH_TOKEN_USER", "utente per ottenere il token da piattaforme diverse da questa"),
            auth_password: settings
                .secret("SDC_AUTH_TOKEN_PASSWORD", "password per ottenere il token da piattaforme diverse da questa"),
            cluster: settings.text("SPORTELLO_CLUSTER", "local", "nome del cluster nelle metriche"),
            provider_timeout: Duration::from_secs(timeout_s),
        }
    }
}

/// The consumer group that is set, with the one role of this process that it is for.
fn consumer_group(settings: &mut Settings) -> Option<(&'static str, &'static str)> {
    let about = "gruppo di consumatori, se il processo esegue un solo proxy o il solo orchestratore; vuoto: il nome del ruolo";
    let name = settings.optional("KAFKA_CONSUMER_GROUP", about)?;
    let chosen = settings.text("SPORTELLO_ROLES", "", "ruoli da avviare, separati da virgole; vuoto: tutti");
    let owners: Vec<_> = GROUPS.into_iter().filter(|role| chosen.split(',').any(|chosen| chosen.trim() == *role)).collect();
    let [owner] = owners.as_slice() else {
        // Under one name two readers would each get a part of the events.
        settings.reject("KAFKA_CONSUMER_GROUP", format!("indicare in SPORTELLO_ROLES uno solo di: {}", GROUPS.join(", ")));
        return None;
    };
    Some((owner, kept(name)))
}

/// Consumers are called by names that live as long as the process; this one is read once, at its start.
fn kept(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
}

/// The roles of this context: the dispatcher, one proxy for each registry, and the retry orchestrator.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let mut dispatcher = Role::new(DISPATCHER);
    let dispatching = app.clone();
    dispatcher.consumers.push(Consumer::new(DISPATCHER, topic::APPLICATIONS, move |tx, event| {
        consume::applications::read(&dispatching, tx, event)
    }));
    let sandbox = Sandbox::new(app.clone(), config.provider_timeout);
    let orchestrator = retry::role(app, config.retry.clone());
    vec![dispatcher, Proxy::new(app.clone(), config, sandbox).role(), orchestrator]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Config {
        let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = Config::read(&mut settings);
        assert_eq!(settings.errors(), []);
        assert!(!format!("{:?}", settings.dump()).contains("hunter2"));
        config
    }

    #[test]
    fn the_defaults_run_and_the_documented_variables_have_their_names() {
        let config = read(&[]);
        assert_eq!(
            (config.consumer_group, config.consumer_topic, config.producer_topic.as_str()),
            (None, "documents", "documents")
        );
        assert_eq!((config.retry_topic.as_str(), config.auth_user, config.cluster.as_str()), ("retry_queue", None, "local"));
        let config = read(&[
            ("SPORTELLO_ROLES", "document-dispatcher, registry-proxy-sandbox"),
            ("KAFKA_CONSUMER_GROUP", "proxy"),
            ("KAFKA_CONSUMER_TOPIC", "in"),
            ("KAFKA_PRODUCER_TOPIC", "out"),
            ("KAFKA_RETRY_TOPIC", "again"),
            ("SDC_AUTH_TOKEN_USER", "admin"),
            ("SDC_AUTH_TOKEN_PASSWORD", "hunter2"),
        ]);
        assert_eq!((config.consumer_group, config.consumer_topic, config.producer_topic.as_str()), (Some("proxy"), "in", "out"));
        assert_eq!((config.retry_topic.as_str(), config.auth_user.as_deref()), ("again", Some("admin")));
        assert_eq!(config.auth_password.as_deref(), Some("hunter2"));
        assert_eq!((config.retry.failed_topic, config.retry.group), ("again", retry::ORCHESTRATOR));
    }

    #[test]
    fn a_group_is_for_one_role() {
        let config = read(&[("SPORTELLO_ROLES", retry::ORCHESTRATOR), ("KAFKA_CONSUMER_GROUP", "retry")]);
        assert_eq!((config.consumer_group, config.retry.group), (None, "retry"));
        for roles in ["", "registry-proxy-sandbox,retry-orchestrator"] {
            let pairs = [("SPORTELLO_ROLES", roles), ("KAFKA_CONSUMER_GROUP", "retry")];
            let mut settings = Settings::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
            Config::read(&mut settings);
            assert_eq!(settings.errors().len(), 1, "{roles}");
        }
    }
}

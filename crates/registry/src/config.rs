//! Settings of the registry roles, by the names of the documentation ("Protocol Proxy: Specifiche Implementative").

use std::time::Duration;

use contracts::topic;
use runtime::Settings;
use storage::{FileKeys, FilesUrl};
use url::Url;

use crate::retry::{self, NO_TOPIC, is_topic};
use crate::tree::Place;

const CONSUMER_TOPIC: &str = "KAFKA_CONSUMER_TOPIC";
const PRODUCER_TOPIC: &str = "KAFKA_PRODUCER_TOPIC";
/// The roles that are registry proxies.
const PROXIES: [&str; 4] = ["registry-proxy-sandbox", "registry-proxy-docarea", "registry-proxy-iride", "registry-proxy-pitre"];

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
    /// Origins of platforms that are not ours, where administrators may have files fetched with those credentials.
    pub platforms: Vec<Url>,
    /// Name of the cluster in metrics.
    pub cluster: String,
    /// How long a registry may take to answer.
    pub provider_timeout: Duration,
    /// The storage trees of the proxies; none unless `STORAGE_TYPE` is set.
    pub tree: Option<Place>,
    /// Those of the retry orchestrator.
    pub retry: retry::Config,
}

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
        let chosen = chosen(settings);
        let proxies: Vec<_> = chosen.iter().filter(|role| PROXIES.contains(role)).collect();
        let group = consumer_group(settings, &chosen);
        let retry_group = group.filter(|_| proxies.is_empty());
        let provider_timeout = provider_timeout(settings);
        let tree = place(settings, chosen.is_empty() || proxies.len() > 1);
        // With a tree, a proxy that was asked for by name stands in the place of the documentation's: what has no default there has none
        // here.
        let strict = tree.is_some() && !proxies.is_empty();
        let mut documented = |name: &str, default: &str, about: &str| {
            let default = if strict { "" } else { default };
            let value = settings.text(name, default, about);
            if strict && value.is_empty() {
                settings.reject(name, format!("variabile obbligatoria mancante ({about})"));
            }
            value
        };
        let retry_topic = documented("KAFKA_RETRY_TOPIC", topic::RETRY, "topic degli eventi da ritentare");
        let auth_user = documented("SDC_AUTH_TOKEN_USER", "", "utente per ottenere il token da piattaforme diverse da questa");
        let about = "password per ottenere il token da piattaforme diverse da questa";
        let auth_password = settings.secret("SDC_AUTH_TOKEN_PASSWORD", about);
        if strict && auth_password.is_none() {
            settings.reject("SDC_AUTH_TOKEN_PASSWORD", format!("variabile obbligatoria mancante ({about})"));
        }
        let consumer_topic = settings.text(CONSUMER_TOPIC, topic::DOCUMENTS, "topic da cui leggere i documenti");
        let producer_topic = settings.text(PRODUCER_TOPIC, topic::DOCUMENTS, "topic in cui pubblicare i documenti");
        // That it is missing is told already.
        let missing = strict && retry_topic.is_empty();
        if !missing && !is_topic(&retry_topic) {
            settings.reject("KAFKA_RETRY_TOPIC", NO_TOPIC);
        }
        let retry = retry::Config::read(settings, retry_group, kept(retry_topic.clone()));
        for (name, documents) in [(CONSUMER_TOPIC, &consumer_topic), (PRODUCER_TOPIC, &producer_topic)] {
            if !is_topic(documents) {
                settings.reject(name, NO_TOPIC);
            } else if let Some(taken) = retry.setting_of(documents) {
                // Documents would come back at once and without end, or not at all.
                let about =
                    format!("il topic {documents} è già in uso per {taken}: indicarne uno diverso in {name} o in {taken}");
                settings.reject(name, about);
            }
        }
        Self {
            consumer_group: group.filter(|_| !proxies.is_empty()),
            consumer_topic: kept(consumer_topic),
            producer_topic,
            retry,
            retry_topic,
            auth_user: Some(auth_user).filter(|user| !user.is_empty()),
            auth_password,
            platforms: platforms(settings),
            cluster: settings.text("SPORTELLO_CLUSTER", "local", "nome del cluster nelle metriche"),
            provider_timeout,
            tree,
        }
    }
}

/// The platforms that are not ours.
fn platforms(settings: &mut Settings) -> Vec<Url> {
    const NAME: &str = "SPORTELLO_REGISTRY_PLATFORMS";
    let about = "indirizzi di piattaforme diverse da questa, separati da virgole, da cui gli enti possono far scaricare i file";
    let listed = settings.text(NAME, "", about);
    let mut platforms = Vec::new();
    for address in listed.split(',').map(str::trim).filter(|address| !address.is_empty()) {
        match Url::parse(address) {
            Ok(url) if url.has_host() && matches!(url.scheme(), "https" | "http") => platforms.push(url),
            _ => settings.reject(NAME, format!("{address} non è un indirizzo, per esempio https://servizi.example.it")),
        }
    }
    platforms
}

/// How long a registry may take to answer: never no time at all, and never so long that nothing else is done.
fn provider_timeout(settings: &mut Settings) -> Duration {
    const NAME: &str = "SPORTELLO_REGISTRY_TIMEOUT_S";
    let text = settings.text(NAME, "20", "secondi concessi al protocollo per rispondere");
    let seconds = text.parse::<u64>().ok().filter(|seconds| (1..=600).contains(seconds));
    if seconds.is_none() {
        settings.reject(NAME, "usare un numero intero di secondi, da 1 a 600");
    }
    Duration::from_secs(seconds.unwrap_or(20))
}

/// The registry proxies and the orchestrator, each a microservice of the documentation, that this process was told by name to run.
fn chosen(settings: &mut Settings) -> Vec<&'static str> {
    let chosen = settings.text("SPORTELLO_ROLES", "", "ruoli da avviare, separati da virgole; vuoto: tutti");
    let known = PROXIES.into_iter().chain([retry::ORCHESTRATOR]);
    known.filter(|role| chosen.split(',').any(|chosen| chosen.trim() == *role)).collect()
}

/// The consumer group, if it is set, of the one role that it can be for.
fn consumer_group(settings: &mut Settings, chosen: &[&'static str]) -> Option<&'static str> {
    let about = "gruppo di consumatori, se il processo esegue un solo proxy o il solo orchestratore; vuoto: il nome del ruolo";
    let name = settings.optional("KAFKA_CONSUMER_GROUP", about)?;
    if chosen.len() != 1 {
        // Under one name two readers would each get a part of the events.
        let known = PROXIES.into_iter().chain([retry::ORCHESTRATOR]).collect::<Vec<_>>().join(", ");
        settings.reject("KAFKA_CONSUMER_GROUP", format!("indicare in SPORTELLO_ROLES uno solo di: {known}"));
    }
    Some(kept(name))
}

/// The storage trees, if `STORAGE_TYPE` is set; `several` proxies need a path each.
fn place(settings: &mut Settings, several: bool) -> Option<Place> {
    let endpoint = settings.optional("STORAGE_ENDPOINT", "indirizzo dello storage dell'alberatura").map(|endpoint| {
        // The documentation's example has a host and a port.
        if endpoint.contains("://") { endpoint } else { format!("http://{endpoint}") }
    });
    let key = settings.secret("STORAGE_ACCESS_S3_KEY", "chiave di accesso S3 dell'alberatura");
    let secret = settings.secret("STORAGE_KEY_S3_ACCESS_SECRET", "chiave segreta S3 dell'alberatura");
    let region = settings.optional("STORAGE_S3_REGION", "regione S3 dell'alberatura");
    let account = settings.optional("STORAGE_AZURE_ACCOUNT", "account Azure dell'alberatura");
    let account_key = settings.secret("STORAGE_AZURE_KEY", "chiave dell'account Azure dell'alberatura");
    let bucket = settings.optional("STORAGE_BUCKET", "bucket o contenitore dell'alberatura");
    let folder = settings.text("STORAGE_LOCAL_PATH", "/data/", "cartella dell'alberatura, se STORAGE_TYPE è local");
    let base = "percorso delle configurazioni nello storage; {provider} sta per il nome del proxy";
    let base = settings.optional("STORAGE_BASE_PATH", base);
    let every = settings.text("CACHE_EXPIRATION", "5m", "ogni quanto si rilegge l'alberatura dei proxy del protocollo");
    settings.text("CACHE_EVICTION", "10m", "senza effetto: delle configurazioni nulla resta in memoria");
    let kind = settings.optional("STORAGE_TYPE", "alberatura dei proxy condivisa con altri programmi: local, s3 o azure")?;
    let every = every.parse::<jiff::SignedDuration>().ok().and_then(|every| Duration::try_from(every).ok());
    let every = every.filter(|every| !every.is_zero()).unwrap_or_else(|| {
        settings.reject("CACHE_EXPIRATION", "usare una durata, per esempio 5m");
        Duration::from_secs(300)
    });
    let mut required = |fields: &[(&str, bool)]| {
        for (name, _) in fields.iter().filter(|(_, there)| !there) {
            settings.reject(name, format!("variabile obbligatoria mancante con STORAGE_TYPE={kind}"));
        }
    };
    let (url, keys) = match kind.to_lowercase().as_str() {
        "local" => (FilesUrl::Dir(folder.into()), FileKeys::default()),
        "s3" | "minio" => {
            required(&[
                ("STORAGE_BUCKET", bucket.is_some()),
                ("STORAGE_ACCESS_S3_KEY", key.is_some()),
                ("STORAGE_KEY_S3_ACCESS_SECRET", secret.is_some()),
                ("STORAGE_S3_REGION", region.is_some()),
            ]);
            (FilesUrl::S3(bucket.unwrap_or_default(), String::new()), FileKeys { key, secret, endpoint, region })
        }
        "azure" => {
            required(&[
                ("STORAGE_BUCKET", bucket.is_some()),
                ("STORAGE_AZURE_ACCOUNT", account.is_some()),
                ("STORAGE_AZURE_KEY", account_key.is_some()),
            ]);
            let keys = FileKeys { key: account, secret: account_key, endpoint, region: None };
            (FilesUrl::Azure(bucket.unwrap_or_default(), String::new()), keys)
        }
        _ => {
            settings.reject("STORAGE_TYPE", "usare local, s3 oppure azure");
            return None;
        }
    };
    // A folder is the tree's root by itself; in a bucket the documentation's tree is below a path.
    let base = base.unwrap_or_else(|| if matches!(url, FilesUrl::Dir(_)) { String::new() } else { "/data/".to_owned() });
    let base = if several && !base.contains("{provider}") { format!("{base}/{{provider}}") } else { base };
    Some(Place { url, keys, base, every })
}

/// Consumers are called by names that live as long as the process; this one is read once, at its start.
pub(crate) fn kept(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
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
            assert_eq!(mistakes(&[("SPORTELLO_ROLES", roles), ("KAFKA_CONSUMER_GROUP", "retry")]), ["KAFKA_CONSUMER_GROUP"]);
        }
    }

    /// The settings that are wrong, and what is to be done about them.
    fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::read(&mut settings);
        settings.errors().into_iter().map(|error| (error.name, error.problem)).collect()
    }

    /// The names of the settings that are wrong.
    fn mistakes(pairs: &[(&str, &str)]) -> Vec<String> {
        told(pairs).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn documents_are_not_read_from_or_published_in_a_topic_of_the_retry_system() {
        let (failed, dead) = ("KAFKA_RETRY_TOPIC", "SPORTELLO_RETRY_DEAD_LETTER_TOPIC");
        for (name, value, taken, wrong) in [
            (failed, "documents", failed, vec![CONSUMER_TOPIC, PRODUCER_TOPIC]),
            (dead, "documents", dead, vec![CONSUMER_TOPIC, PRODUCER_TOPIC]),
            (CONSUMER_TOPIC, "retry_queue", failed, vec![CONSUMER_TOPIC]),
            (PRODUCER_TOPIC, "retry_queue", failed, vec![PRODUCER_TOPIC]),
            (CONSUMER_TOPIC, "dead_letter_queue", dead, vec![CONSUMER_TOPIC]),
            (PRODUCER_TOPIC, "retryQueue_1h", "KAFKA_RETRY_QUEUE_PREFIX", vec![PRODUCER_TOPIC]),
        ] {
            let told = told(&[(name, value)]);
            assert_eq!(told.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), wrong, "{name}={value}");
            for (name, problem) in told {
                let expected = format!("il topic {value} è già in uso per {taken}: indicarne uno diverso in {name} o in {taken}");
                assert_eq!(problem, expected);
            }
        }
        assert_eq!(mistakes(&[(failed, "retryQueue_1m")]), ["KAFKA_RETRY_QUEUE_PREFIX"]);
        // Also those of waits that the policy does not have, but had or will have.
        assert_eq!(mistakes(&[(CONSUMER_TOPIC, "retryQueue_2m")]), [CONSUMER_TOPIC]);
        assert_eq!(mistakes(&[(CONSUMER_TOPIC, "retryQueue_documents")]), [""; 0]);
        let policy = ("KAFKA_DISPATCHER_POLICY", "2x1m,1x2m,3x3m");
        assert_eq!(mistakes(&[(CONSUMER_TOPIC, "retryQueue_2m"), policy]), [CONSUMER_TOPIC]);
    }

    #[test]
    fn every_topic_has_a_name_that_kafka_takes() {
        let longest = "a".repeat(249);
        for name in [CONSUMER_TOPIC, PRODUCER_TOPIC, "KAFKA_RETRY_TOPIC", "SPORTELLO_RETRY_DEAD_LETTER_TOPIC"] {
            assert_eq!(mistakes(&[(name, longest.as_str())]), [""; 0]);
            for value in ["", " ", "due parole", "a/b", "documents ", "..", "perché", &format!("{longest}a")] {
                assert_eq!(told(&[(name, value)]), [(name.to_owned(), NO_TOPIC.to_owned())], "{name}={value}");
            }
        }
    }

    #[test]
    fn a_registry_has_one_second_to_ten_minutes_to_answer() {
        let name = "SPORTELLO_REGISTRY_TIMEOUT_S";
        for (value, seconds) in [("1", 1), ("600", 600)] {
            assert_eq!(read(&[(name, value)]).provider_timeout, Duration::from_secs(seconds));
        }
        assert_eq!(read(&[]).provider_timeout, Duration::from_secs(20));
        for value in ["0", "601", "-1", "1.5", "presto", "", "99999999999999999999"] {
            let problem = "usare un numero intero di secondi, da 1 a 600";
            assert_eq!(told(&[(name, value)]), [(name.to_owned(), problem.to_owned())], "{value}");
        }
    }

    #[test]
    fn a_proxy_in_the_place_of_the_documentations_needs_what_has_no_default_there() {
        let role = ("SPORTELLO_ROLES", "registry-proxy-sandbox");
        let platform = ["KAFKA_RETRY_TOPIC", "SDC_AUTH_TOKEN_USER", "SDC_AUTH_TOKEN_PASSWORD"];
        assert_eq!(mistakes(&[role]), [""; 0], "without a tree it is one of ours");
        assert_eq!(mistakes(&[role, ("STORAGE_TYPE", "local")]), platform);
        let s3 = ["STORAGE_BUCKET", "STORAGE_ACCESS_S3_KEY", "STORAGE_KEY_S3_ACCESS_SECRET", "STORAGE_S3_REGION"];
        assert_eq!(mistakes(&[role, ("STORAGE_TYPE", "s3")]), [&s3[..], &platform].concat());
        let azure = ["STORAGE_BUCKET", "STORAGE_AZURE_ACCOUNT", "STORAGE_AZURE_KEY"];
        assert_eq!(mistakes(&[role, ("STORAGE_TYPE", "azure")]), [&azure[..], &platform].concat());
        assert_eq!(mistakes(&[("STORAGE_TYPE", "local")]), [""; 0], "the tree of another context's proxies");
        assert_eq!(mistakes(&[("STORAGE_TYPE", "ftp")]), ["STORAGE_TYPE"]);
        assert_eq!(mistakes(&[("STORAGE_TYPE", "local"), ("CACHE_EXPIRATION", "presto")]), ["CACHE_EXPIRATION"]);
    }

    #[test]
    fn the_tree_is_where_the_variables_say() {
        let tree = read(&[
            ("SPORTELLO_ROLES", "registry-proxy-sandbox"),
            ("STORAGE_TYPE", "s3"),
            ("STORAGE_BUCKET", "registro"),
            ("STORAGE_ACCESS_S3_KEY", "k"),
            ("STORAGE_KEY_S3_ACCESS_SECRET", "hunter2"),
            ("STORAGE_S3_REGION", "eu-south-1"),
            ("STORAGE_ENDPOINT", "minio:9000"),
            ("CACHE_EXPIRATION", "90s"),
            ("KAFKA_RETRY_TOPIC", "retry_queue"),
            ("SDC_AUTH_TOKEN_USER", "admin"),
            ("SDC_AUTH_TOKEN_PASSWORD", "hunter2"),
        ]);
        let tree = tree.tree.unwrap();
        assert_eq!((tree.url.to_string().as_str(), tree.base.as_str(), tree.every.as_secs()), ("s3://registro/", "/data/", 90));
        assert_eq!(tree.keys.endpoint.as_deref(), Some("http://minio:9000"));
        let several = read(&[("STORAGE_TYPE", "local"), ("STORAGE_LOCAL_PATH", "/srv/tree")]).tree.unwrap();
        assert_eq!((several.url, several.base.as_str()), (FilesUrl::Dir("/srv/tree".into()), "/{provider}"));
    }
}

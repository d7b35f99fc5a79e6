//! Settings of the event bus: which one, and how to speak with Kafka where it asks for encryption or for a password.

use std::path::PathBuf;

use bus::{BusUrl, Credentials, Kafka, KafkaError, Mechanism, OffsetReset, Protocol, Security};

use crate::Settings;

const PROTOCOL: &str = "SPORTELLO_KAFKA_SECURITY_PROTOCOL";
const MECHANISM: &str = "SPORTELLO_KAFKA_SASL_MECHANISM";
const USERNAME: &str = "SPORTELLO_KAFKA_SASL_USERNAME";
const PASSWORD: &str = "SPORTELLO_KAFKA_SASL_PASSWORD";
const AUTHORITIES: &str = "SPORTELLO_KAFKA_SSL_CA";
const CERTIFICATE: &str = "SPORTELLO_KAFKA_SSL_CERTIFICATE";
const KEY: &str = "SPORTELLO_KAFKA_SSL_KEY";

/// The event bus.
#[derive(Clone, Debug)]
pub struct BusConfig {
    /// Which one.
    pub url: BusUrl,
    /// Where a consumer group that Kafka does not know begins.
    pub offset_reset: OffsetReset,
    /// How to speak with Kafka.
    pub security: Security,
    /// Partitions of topics that we make.
    pub partitions: i32,
}

impl BusConfig {
    /// Reads the settings; mistakes are left in `settings`.
    pub(crate) fn read(settings: &mut Settings) -> Self {
        for name in ["KAFKA_SERVER", "KAFKA_BOOTSTRAP_SERVERS"] {
            settings.synonym("SPORTELLO_BUS", name, "broker Kafka: host:porta[,...]", |servers| format!("kafka://{servers}"));
        }
        let url = settings.parse("SPORTELLO_BUS", BusUrl::Embedded, "embedded: oppure kafka://host:porta[,...]");
        let offset_reset = settings.parse(
            "SPORTELLO_KAFKA_OFFSET_RESET",
            OffsetReset::Earliest,
            "dove comincia un gruppo che Kafka non conosce: earliest (il primo evento) oppure latest (i prossimi)",
        );
        let security = security(settings, &url);
        Self {
            url,
            offset_reset,
            security,
            partitions: settings.parse("SPORTELLO_TOPIC_PARTITIONS", 6, "partizioni dei topic creati su Kafka"),
        }
    }

    /// A client of the Kafka cluster; none when the bus is the embedded one.
    ///
    /// # Errors
    /// As [`Kafka::new`].
    pub fn kafka(&self) -> Result<Option<Kafka>, KafkaError> {
        match &self.url {
            BusUrl::Embedded => Ok(None),
            BusUrl::Kafka(servers) => Ok(Some(Kafka::new(servers, &self.security)?.with_offset_reset(self.offset_reset))),
        }
    }
}

/// How to speak with Kafka. What one setting asks for and another forbids is a mistake: nobody shall believe to be protected who is not.
fn security(settings: &mut Settings, url: &BusUrl) -> Security {
    let about = "protocollo del cluster Kafka: plaintext, ssl, sasl_plaintext oppure sasl_ssl";
    let protocol = settings.text(PROTOCOL, &Protocol::default().to_string(), about).parse::<Protocol>();
    let mechanism = settings.optional(MECHANISM, "come si prova la password a Kafka: PLAIN, SCRAM-SHA-256 oppure SCRAM-SHA-512");
    let username = settings.optional(USERNAME, "nome utente presso Kafka");
    let password = settings.secret(PASSWORD, "password di quell'utente");
    let authorities =
        settings.optional(AUTHORITIES, "file PEM delle autorità del certificato di Kafka; vuoto: quelle del sistema");
    let certificate = settings.optional(CERTIFICATE, "file PEM del nostro certificato, se Kafka lo chiede");
    let key = settings.optional(KEY, "file PEM della chiave di quel certificato, senza password");
    let protocol = match protocol {
        Ok(protocol) => protocol,
        Err(problem) => {
            // What else is set can be judged when it is known for what.
            settings.reject(PROTOCOL, problem);
            return Security::default();
        }
    };
    if protocol != Protocol::Plaintext && *url == BusUrl::Embedded {
        settings.reject(PROTOCOL, "ha effetto solo con Kafka: indicarne gli indirizzi in SPORTELLO_BUS, oppure toglierla");
    }
    let given = [(MECHANISM, mechanism.is_some()), (USERNAME, username.is_some()), (PASSWORD, password.is_some())];
    for (name, given) in given {
        if given && !protocol.has_password() {
            settings.reject(name, format!("ha effetto solo con {PROTOCOL}=sasl_ssl o sasl_plaintext, e non con {protocol}"));
        } else if protocol.has_password() && !given {
            settings.reject(name, format!("variabile obbligatoria mancante con {PROTOCOL}={protocol}"));
        }
    }
    let files =
        [(AUTHORITIES, &authorities, "CERTIFICATE"), (CERTIFICATE, &certificate, "CERTIFICATE"), (KEY, &key, "PRIVATE KEY")];
    for (name, file, content) in files {
        let Some(file) = file else { continue };
        if !protocol.is_encrypted() {
            settings.reject(name, format!("ha effetto solo con {PROTOCOL}=sasl_ssl o ssl, e non con {protocol}"));
        } else if let Err(problem) = is_pem(file, content) {
            settings.reject(name, problem);
        }
    }
    for (name, other, missing) in
        [(CERTIFICATE, KEY, key.is_some() && certificate.is_none()), (KEY, CERTIFICATE, certificate.is_some() && key.is_none())]
    {
        if missing {
            settings.reject(name, format!("variabile obbligatoria mancante: c'è {other}, e l'una non serve senza l'altra"));
        }
    }
    let mechanism = mechanism.and_then(|text| {
        let read = text.parse::<Mechanism>();
        read.map_err(|problem| settings.reject(MECHANISM, problem)).ok()
    });
    let credentials = match (mechanism, username, password) {
        (Some(mechanism), Some(username), Some(password)) => Some(Credentials { mechanism, username, password }),
        _ => None,
    };
    let identity = certificate.zip(key).map(|(certificate, key)| (PathBuf::from(certificate), PathBuf::from(key)));
    Security { protocol, credentials, authorities: authorities.map(PathBuf::from), identity }
}

/// Whether a file is in PEM and has what it is for.
fn is_pem(file: &str, content: &str) -> Result<(), String> {
    let text = std::fs::read(file).map_err(|error| format!("il file {file} non si legge ({error})"))?;
    let text = String::from_utf8_lossy(&text);
    let begins = |line: &str| line.starts_with("-----BEGIN ") && line.contains(content);
    text.lines().any(begins).then_some(()).ok_or_else(|| {
        let what = if content == "CERTIFICATE" { "un certificato" } else { "una chiave privata" };
        format!("il file {file} non contiene {what} in formato PEM (una riga -----BEGIN ...{content}-----)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KAFKA: (&str, &str) = ("SPORTELLO_BUS", "kafka://kafka:9093");
    const SASL: [(&str, &str); 4] =
        [(PROTOCOL, "SASL_SSL"), (MECHANISM, "scram-sha-512"), (USERNAME, "sportello"), (PASSWORD, "hunter2")];

    fn read(pairs: &[(&str, &str)]) -> (BusConfig, Vec<(String, String)>) {
        let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = BusConfig::read(&mut settings);
        let shown = format!("{config:?} {:?} {:?}", settings.dump(), settings.errors());
        assert!(!shown.contains("hunter2"), "{shown}");
        (config, settings.errors().into_iter().map(|error| (error.name, error.problem)).collect())
    }

    fn mistakes(pairs: &[(&str, &str)]) -> Vec<String> {
        read(pairs).1.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_protected_cluster_is_described_in_kafka_s_own_words() {
        let (config, mistakes) = read(&[&[KAFKA][..], &SASL].concat());
        assert_eq!(mistakes, []);
        let Credentials { mechanism, username, password } = config.security.credentials.unwrap();
        assert_eq!((config.security.protocol, mechanism), (Protocol::SaslSsl, Mechanism::Scram512));
        assert_eq!((username.as_str(), password.as_str()), ("sportello", "hunter2"));
        assert_eq!(read(&[KAFKA]).0.security, Security::default());
    }

    #[test]
    fn a_combination_that_would_not_protect_or_not_work_is_refused() {
        let ssl = (PROTOCOL, "ssl");
        assert_eq!(mistakes(&[KAFKA, (PASSWORD, "hunter2")]), [PASSWORD], "nobody sends it");
        assert_eq!(mistakes(&[KAFKA, ssl, SASL[1], SASL[2], SASL[3]]), [MECHANISM, USERNAME, PASSWORD]);
        assert_eq!(mistakes(&[KAFKA, SASL[0]]), [MECHANISM, USERNAME, PASSWORD]);
        assert_eq!(mistakes(&[KAFKA, SASL[0], SASL[1], SASL[2]]), [PASSWORD]);
        assert_eq!(mistakes(&[KAFKA, SASL[0], (MECHANISM, "GSSAPI"), SASL[2], SASL[3]]), [MECHANISM]);
        assert_eq!(mistakes(&[KAFKA, (PROTOCOL, "sasl-ssl"), SASL[1], SASL[2], SASL[3]]), [PROTOCOL]);
        assert_eq!(mistakes(&[ssl]), [PROTOCOL], "there is no Kafka");
    }

    #[test]
    fn files_of_certificates_are_looked_at_before_anything_starts() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let certificate = path("a.pem", "Subject: x\n-----BEGIN CERTIFICATE-----\n");
        let (key, other) = (path("b.pem", "-----BEGIN RSA PRIVATE KEY-----\n"), path("c.pem", "hello"));
        let ssl = (PROTOCOL, "ssl");
        let whole = [KAFKA, ssl, (AUTHORITIES, &certificate), (CERTIFICATE, &certificate), (KEY, &key)];
        assert_eq!(mistakes(&whole), [""; 0]);
        assert_eq!(read(&whole).0.security.identity, Some((certificate.clone().into(), key.clone().into())));
        assert_eq!(mistakes(&[KAFKA, (AUTHORITIES, &certificate)]), [AUTHORITIES], "nothing is encrypted");
        assert_eq!(mistakes(&[KAFKA, ssl, (CERTIFICATE, &certificate)]), [KEY]);
        assert_eq!(mistakes(&[KAFKA, ssl, (KEY, &key)]), [CERTIFICATE]);
        assert_eq!(mistakes(&[KAFKA, ssl, (AUTHORITIES, &other)]), [AUTHORITIES]);
        assert_eq!(mistakes(&[KAFKA, ssl, (AUTHORITIES, &key)]), [AUTHORITIES]);
        assert_eq!(mistakes(&[KAFKA, ssl, (AUTHORITIES, "/nowhere/ca.pem")]), [AUTHORITIES]);
    }
}

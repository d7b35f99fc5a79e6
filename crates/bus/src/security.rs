//! How to speak with a Kafka cluster that asks for encryption or for a name and a password.

use std::path::PathBuf;
use std::str::FromStr;

use rdkafka::config::ClientConfig;

/// The protocol of the cluster's listener, by Kafka's own names (`security.protocol`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Neither encryption nor password.
    #[default]
    Plaintext,
    /// Encrypted.
    Ssl,
    /// With name and password, which everybody on the way can read if the mechanism is PLAIN.
    SaslPlaintext,
    /// Encrypted, with name and password.
    SaslSsl,
}

impl Protocol {
    const ALL: [(&'static str, Self); 4] = [
        ("plaintext", Self::Plaintext),
        ("ssl", Self::Ssl),
        ("sasl_plaintext", Self::SaslPlaintext),
        ("sasl_ssl", Self::SaslSsl),
    ];

    /// Whether the connection is encrypted.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Ssl | Self::SaslSsl)
    }

    /// Whether the cluster asks for name and password.
    pub fn has_password(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named(&Self::ALL, text)
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

/// How name and password are proved, by Kafka's own names (`sasl.mechanism`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself is sent.
    Plain,
    /// A proof of it is sent, with SHA-256.
    Scram256,
    /// The same with SHA-512.
    Scram512,
}

impl Mechanism {
    const ALL: [(&'static str, Self); 3] =
        [("PLAIN", Self::Plain), ("SCRAM-SHA-256", Self::Scram256), ("SCRAM-SHA-512", Self::Scram512)];
}

impl FromStr for Mechanism {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named(&Self::ALL, text)
    }
}

impl std::fmt::Display for Mechanism {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

/// The value of this name, in capitals or not.
fn named<T: Copy>(all: &[(&str, T)], text: &str) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
    found.ok_or_else(|| format!("usare {}", all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")))
}

fn name_of<T: PartialEq>(all: &[(&'static str, T)], value: &T) -> &'static str {
    all.iter().find(|(_, other)| other == value).map_or("", |(name, _)| name)
}

/// A name and a password at a cluster.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// How they are proved.
    pub mechanism: Mechanism,
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Without the password.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({} as {})", self.mechanism, self.username)
    }
}

/// How to speak with a cluster; the default is what a cluster without any protection takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// The protocol.
    pub protocol: Protocol,
    /// Name and password, for a protocol that has them.
    pub credentials: Option<Credentials>,
    /// The authorities that the cluster's certificate is believed from, a file in PEM; none: those that the system trusts.
    pub authorities: Option<PathBuf>,
    /// Our own certificate and its key, two files in PEM, for a cluster that asks for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl Security {
    /// Has `config` speak so.
    pub(crate) fn apply(&self, config: &mut ClientConfig) {
        config.set("security.protocol", self.protocol.to_string());
        if let Some(Credentials { mechanism, username, password }) = &self.credentials {
            config.set("sasl.mechanism", mechanism.to_string()).set("sasl.username", username).set("sasl.password", password);
        }
        if let Some(file) = &self.authorities {
            config.set("ssl.ca.location", file.to_string_lossy());
        }
        if let Some((certificate, key)) = &self.identity {
            config.set("ssl.certificate.location", certificate.to_string_lossy());
            config.set("ssl.key.location", key.to_string_lossy());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafka_s_own_names_are_understood() {
        for (text, protocol) in [("SASL_SSL", Protocol::SaslSsl), ("ssl", Protocol::Ssl), ("plaintext", Protocol::Plaintext)] {
            assert_eq!(text.parse(), Ok(protocol));
            assert_eq!(protocol.to_string(), text.to_lowercase());
        }
        assert_eq!("scram-sha-512".parse(), Ok(Mechanism::Scram512));
        assert_eq!("tls".parse::<Protocol>(), Err("usare plaintext, ssl, sasl_plaintext, sasl_ssl".to_owned()));
        assert!("GSSAPI".parse::<Mechanism>().is_err());
    }

    #[test]
    fn the_password_is_shown_nowhere() {
        let credentials =
            Credentials { mechanism: Mechanism::Plain, username: "sportello".to_owned(), password: "hunter2".to_owned() };
        let security = Security { credentials: Some(credentials), ..Security::default() };
        assert_eq!(format!("{:?}", security.credentials), "Some(Credentials(PLAIN as sportello))");
    }
}

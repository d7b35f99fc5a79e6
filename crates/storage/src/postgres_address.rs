//! How a PostgreSQL server is reached, in the words of libpq's URLs.
//!
//! Of the SSL parameters two are understood (PostgreSQL 17 documentation, 34.1.2 and 34.19): `sslmode` and `sslrootcert`. Whoever asks for
//! encryption gets all of it: with `require`, `verify-ca` and `verify-full` alike the server must show a certificate of its name, issued by
//! an authority of `sslrootcert` (a PEM file) or, without that, of the system.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::postgres::config::SslMode;
use ::postgres::{Client, Config, NoTls};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use crate::{Error, Result};

/// An address that was understood.
pub(crate) struct Address {
    config: Config,
    encrypted: bool,
    authorities: Option<PathBuf>,
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, in Italian.
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, String> {
        let (place, parameters) = text.split_once('?').unwrap_or((text, ""));
        let (mut encrypted, mut authorities) = (false, None);
        let mut others = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("sslmode", "disable" | "allow" | "prefer") => {}
                ("sslmode", "require" | "verify-ca" | "verify-full") => encrypted = true,
                ("sslmode", other) => return Err(format!("sslmode={other} sconosciuto: usare disable oppure verify-full")),
                ("sslrootcert", "system") => authorities = None,
                ("sslrootcert", file) => authorities = Some(PathBuf::from(file)),
                (name, value) => {
                    others.append_pair(name, value);
                }
            }
        }
        // What is left is read by percent-decoding alone, to which a plus is a plus.
        let others = others.finish().replace('+', "%20");
        let text = if others.is_empty() { Cow::Borrowed(place) } else { Cow::Owned(format!("{place}?{others}")) };
        let mut config: Config = text.parse().map_err(|error| format!("indirizzo di PostgreSQL non valido: {error}"))?;
        config.connect_timeout(Duration::from_secs(5)).keepalives_idle(Duration::from_secs(30));
        config.application_name("sportello").tcp_user_timeout(Duration::from_secs(15));
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        Ok(Self { config, encrypted, authorities })
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the server cannot be reached, refuses, or is not who it should be.
    pub(crate) fn connect(&self) -> Result<Client> {
        let client = if self.encrypted { self.config.connect(self.tls()?) } else { self.config.connect(NoTls) };
        client.map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            Error::Unavailable(format!("{error}{cause}"))
        })
    }

    fn tls(&self) -> Result<MakeRustlsConnect> {
        let mut trusted = RootCertStore::empty();
        match &self.authorities {
            Some(file) => {
                let unreadable = |error: &dyn std::fmt::Display| Error::Unavailable(format!("{}: {error}", file.display()));
                for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
                    let certificate = certificate.map_err(|error| unreadable(&error))?;
                    trusted.add(certificate).map_err(|error| unreadable(&error))?;
                }
                if trusted.is_empty() {
                    return Err(unreadable(&"no certificate in it"));
                }
            }
            None => {
                trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.map_err(|error| Error::Defect(error.to_string()))?;
        Ok(MakeRustlsConnect::new(config.with_root_certificates(trusted).with_no_client_auth()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(parameters: &str) -> std::result::Result<(bool, Option<PathBuf>, SslMode), String> {
        let address = Address::parse(&format!("postgres://sportello@db/sportello{parameters}"))?;
        Ok((address.encrypted, address.authorities, address.config.get_ssl_mode()))
    }

    #[test]
    fn encryption_is_asked_for_in_the_words_of_libpq() {
        for plain in ["", "?sslmode=disable", "?sslmode=prefer", "?connect_timeout=3"] {
            assert_eq!(parse(plain), Ok((false, None, SslMode::Disable)), "{plain}");
        }
        for encrypted in ["?sslmode=require", "?sslmode=verify-ca", "?sslmode=verify-full&sslrootcert=system"] {
            assert_eq!(parse(encrypted), Ok((true, None, SslMode::Require)), "{encrypted}");
        }
        let file = parse("?sslrootcert=%2Fetc%2Fca%20.pem&sslmode=verify-full&target_session_attrs=read-write");
        assert_eq!(file, Ok((true, Some("/etc/ca .pem".into()), SslMode::Require)));
        assert!(parse("?sslmode=full").unwrap_err().contains("verify-full"));
        assert!(parse("?colour=red").is_err());
    }

    #[test]
    fn other_parameters_come_through() {
        let address = Address::parse("postgres://sportello@db/sportello?options=-c%20a%3D%2B1&sslmode=disable").unwrap();
        assert_eq!(address.config.get_options(), Some("-c a=+1"));
    }

    #[test]
    fn a_file_without_certificates_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let place = file.path().display();
        let address =
            Address::parse(&format!("postgres://sportello@127.0.0.1:1/x?sslmode=verify-full&sslrootcert={place}")).unwrap();
        assert!(address.connect().err().unwrap().to_string().contains("no certificate"));
    }
}

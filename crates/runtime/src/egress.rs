//! Calls to third parties: never to private addresses, never through redirects, never longer or larger than told.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::Settings;

/// Where calls to third parties may go.
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    /// Hosts (`host` or `host:port`) that may be called although their addresses are private, or by plain HTTP.
    pub allowed_hosts: Vec<String>,
    /// Loopback may be called: the stand-ins of the demo.
    pub allow_loopback: bool,
}

impl EgressPolicy {
    /// Reads the settings. `demo` is whether stand-ins may be called. For whoever judges addresses of other settings by them.
    pub fn read(settings: &mut Settings, demo: bool) -> Self {
        let about = "host interni (host o host:porta) che i fornitori configurati possono usare, separati da virgole";
        let hosts = settings.text("SPORTELLO_EGRESS_ALLOW", "", about);
        Self {
            allowed_hosts: hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_lowercase).collect(),
            allow_loopback: demo,
        }
    }

    fn allows_host(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().to_lowercase();
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or(0));
        self.allowed_hosts.iter().any(|allowed| *allowed == host || *allowed == with_port)
    }

    fn allows_address(&self, address: IpAddr) -> bool {
        is_public(address) || (self.allow_loopback && address.to_canonical().is_loopback())
    }

    /// Whether `url` may be called: HTTPS to a public address, or an allowed host. Names are judged when they are resolved.
    ///
    /// # Errors
    /// [`EgressError::Forbidden`] with the reason.
    pub fn check(&self, url: &Url) -> Result<(), EgressError> {
        let forbidden = |reason: &str| Err(EgressError::Forbidden(reason.to_owned()));
        if !url.username().is_empty() || url.password().is_some() {
            return forbidden("l'indirizzo contiene credenziali");
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(name)) if self.allow_loopback && name == "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Some(Host::Domain(_)) => None,
            None => return forbidden("l'indirizzo non ha un host"),
        };
        if self.allows_host(url) && matches!(url.scheme(), "http" | "https") {
            return Ok(());
        }
        match (url.scheme(), literal) {
            (_, Some(address)) if !self.allows_address(address) => forbidden("l'indirizzo appartiene a una rete privata"),
            ("http", Some(address)) if address.is_loopback() => Ok(()),
            ("https", Some(address)) if address.is_loopback() => Ok(()),
            ("https", _) if url.port_or_known_default() == Some(443) => Ok(()),
            ("https", _) => forbidden("è ammessa solo la porta 443"),
            _ => forbidden("è ammesso solo https"),
        }
    }
}

/// Whether an address is reachable from the whole Internet.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    // Only global unicast; of it, not what carries an IPv4 address that must be judged itself, nor documentation.
    let embedded = match segments {
        [0x2002, high, low, ..] => Some((high, low)),
        [0x64, 0xff9b, .., high, low] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = embedded {
        return is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    }
    (0x2000..0x4000).contains(&segments[0]) && !(segments[0] == 0x2001 && (segments[1] == 0xdb8 || segments[1] == 0))
}

/// A call to a third party failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The address may not be called.
    #[error("indirizzo non ammesso: {0}")]
    Forbidden(String),
    /// The connection could not be made: the other side has seen nothing.
    #[error("connessione non riuscita: {0}")]
    NotSent(String),
    /// The answer did not come, or not whole: the other side may have acted.
    #[error("risposta non ricevuta: {0}")]
    Unknown(String),
    /// The answer is larger than allowed.
    #[error("risposta più grande di {0} byte")]
    TooLarge(usize),
}

/// What a third party answered.
#[derive(Clone, Debug)]
pub struct EgressResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The client for third parties; cheap to clone.
#[derive(Clone)]
pub struct Egress {
    policy: EgressPolicy,
    http: reqwest::Client,
    /// The clients of those who show a certificate, by its PEM.
    identified: Arc<Mutex<HashMap<String, reqwest::Client>>>,
}

/// Longest time of a whole call.
const TIMEOUT: Duration = Duration::from_secs(15);

impl Egress {
    pub(crate) fn new(policy: EgressPolicy) -> Self {
        let http = builder(&policy).build().expect("the client's settings are constant");
        Self { policy, http, identified: Arc::default() }
    }

    /// The client that shows who it is: `pem` has a certificate, those that vouch for it, and its private key.
    ///
    /// # Errors
    /// What is wrong with `pem`, without quoting it.
    pub fn identified(&self, pem: &str) -> Result<Self, String> {
        let known = self.identified.lock().get(pem).cloned();
        let http = match known {
            Some(http) => http,
            None => {
                let wrong = |error: reqwest::Error| format!("not a certificate with its key: {error}");
                let identity = reqwest::Identity::from_pem(pem.as_bytes()).map_err(wrong)?;
                let http = builder(&self.policy).identity(identity).build().map_err(wrong)?;
                self.identified.lock().insert(pem.to_owned(), http.clone());
                http
            }
        };
        Ok(Self { http, ..self.clone() })
    }

    /// Whether `url` is one that may be called, as far as can be told without asking for the addresses of its host.
    pub fn allows(&self, url: &Url) -> bool {
        self.policy.check(url).is_ok()
    }

    /// Calls `method url` with `headers` and `body`; reads at most `limit` bytes of the answer.
    ///
    /// # Errors
    /// [`EgressError`]; answers of any status are `Ok`.
    pub async fn call(
        &self,
        method: http::Method,
        url: &str,
        headers: http::HeaderMap,
        body: Bytes,
        limit: usize,
    ) -> Result<EgressResponse, EgressError> {
        let mut answer = self.open(method, url, headers, body).await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(EgressError::TooLarge(limit));
            }
            body.extend_from_slice(&chunk);
        }
        storage::fault::step("after call");
        Ok(EgressResponse { status: answer.status, headers: answer.headers, body: body.freeze() })
    }

    /// Calls `method url` with `headers` and `body`, and leaves the body of the answer to be read piece by piece.
    ///
    /// # Errors
    /// [`EgressError`]; answers of any status are `Ok`.
    pub async fn open(
        &self,
        method: http::Method,
        url: &str,
        headers: http::HeaderMap,
        body: Bytes,
    ) -> Result<EgressStream, EgressError> {
        let url = Url::parse(url).map_err(|error| EgressError::Forbidden(error.to_string()))?;
        self.policy.check(&url)?;
        storage::fault::step("before call");
        let sent = self.http.request(method, url).headers(headers).body(body).send().await;
        let response = sent.map_err(|error| {
            // Without the address: it may name a person or hold a key, and errors end in the log.
            let (not_sent, text) = (error.is_connect(), error.without_url().to_string());
            if not_sent { EgressError::NotSent(text) } else { EgressError::Unknown(text) }
        })?;
        Ok(EgressStream { status: response.status(), headers: response.headers().clone(), response })
    }
}

fn builder(policy: &EgressPolicy) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(TIMEOUT)
        .no_proxy()
        .dns_resolver(Arc::new(VettingResolver(policy.clone())))
        .user_agent(concat!("sportello/", env!("CARGO_PKG_VERSION")))
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What a third party answers, while it does.
#[derive(Debug)]
pub struct EgressStream {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: http::HeaderMap,
    response: reqwest::Response,
}

impl EgressStream {
    /// The next piece of the body; `None` after the last.
    ///
    /// # Errors
    /// [`EgressError::Unknown`] when the answer breaks off or takes too long.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, EgressError> {
        self.response.chunk().await.map_err(|error| EgressError::Unknown(error.without_url().to_string()))
    }
}

/// Resolves names and drops the addresses that may not be called, so that the address that was vetted is the one that is used.
struct VettingResolver(EgressPolicy);

impl Resolve for VettingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_lowercase();
            let internal = policy.allowed_hosts.iter().any(|allowed| allowed.split(':').next() == Some(host.as_str()));
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let vetted: Vec<SocketAddr> = found.filter(|address| internal || policy.allows_address(address.ip())).collect();
            if vetted.is_empty() {
                return Err(Box::from(format!("{host}: nessun indirizzo pubblico")));
            }
            Ok(Box::new(vetted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_refused_however_they_are_written() {
        let policy = EgressPolicy::default();
        for url in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://0.0.0.0/",
            "https://169.254.169.254/latest",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://user@example.org/",
            "https://example.org:22/",
            "http://example.org/",
            "gopher://example.org/",
            "file:///etc/passwd",
        ] {
            assert!(policy.check(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
        assert_eq!(policy.check(&Url::parse("https://example.org/hook").unwrap()), Ok(()));
    }

    #[test]
    fn an_allowed_host_may_be_internal() {
        let policy = EgressPolicy { allowed_hosts: vec!["registry.local:8080".into()], allow_loopback: false };
        assert_eq!(policy.check(&Url::parse("http://registry.local:8080/ws").unwrap()), Ok(()));
        assert!(policy.check(&Url::parse("http://registry.local:9090/ws").unwrap()).is_err());
    }
}

//! Fetching the files of documents from the platform (developers' documentation, "Interazione Protocol Proxy e piattaforma").

use bytes::Bytes;
use contracts::documents::File;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use md5::{Digest, Md5};
use runtime::{App, EgressError, Peer, PeerError};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use url::Url;

use crate::Config;
use crate::configuration::TenantConfig;

/// Largest answer of a token request.
const TOKEN_LIMIT: usize = 64 * 1024;

/// A file could not be fetched. The texts never hold what a citizen wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not one of the tenant's files.
    #[error("l'indirizzo non è sotto base_url dell'ente, o non è quello di un file")]
    Foreign,
    /// The platform is another one, and nobody told us how to sign in there.
    #[error("mancano SDC_AUTH_TOKEN_USER e SDC_AUTH_TOKEN_PASSWORD")]
    NoCredentials,
    /// The platform refused or failed.
    #[error("alla richiesta del file la piattaforma ha risposto {0}")]
    Refused(u16),
    /// The platform could not be reached, or answered something else than expected.
    #[error("la piattaforma non ha dato il file ({0})")]
    Unavailable(String),
    /// The file is larger than the registry takes, in bytes.
    #[error("il file supera i {0} byte che il protocollo accetta")]
    TooLarge(usize),
    /// The content is not the one that the document was made of.
    #[error("il file non è quello del documento: l'impronta MD5 è diversa")]
    Altered,
}

impl From<EgressError> for FetchError {
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::TooLarge(limit) => Self::TooLarge(limit),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<PeerError> for FetchError {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::TooLarge(_, limit) => Self::TooLarge(limit),
            error => error.status().map_or_else(|| Self::Unavailable(error.to_string()), Self::Refused),
        }
    }
}

/// The files of one document: who fetches several signs in once.
#[derive(Debug, Default)]
pub struct Session {
    token: Mutex<Option<String>>,
}

/// The content of `file`, a file of `tenant`, of at most `limit` bytes. Our own platform is asked as one role asks another; the platform
/// of somebody else with a token that its `auth` gives for the configured credentials.
///
/// # Errors
/// [`FetchError`].
pub async fn fetch(
    app: &App,
    config: &Config,
    session: &Session,
    tenant: &TenantConfig,
    file: &File,
    limit: usize,
) -> Result<Bytes, FetchError> {
    let url = own_file(&tenant.base_url, &file.url).ok_or(FetchError::Foreign)?;
    let content = match path_under(app.public_url(), &url) {
        Some(path) => app.peer(Peer::Platform).get(path).service(tenant.id).at_most(limit).send().await?.body,
        None => fetch_elsewhere(app, config, session, &url, limit).await?,
    };
    // Who made the document may not have computed the digest.
    if !file.md5.is_empty() && !file.md5.eq_ignore_ascii_case(&hex::encode(Md5::digest(&content))) {
        return Err(FetchError::Altered);
    }
    Ok(content)
}

async fn fetch_elsewhere(app: &App, config: &Config, session: &Session, url: &Url, limit: usize) -> Result<Bytes, FetchError> {
    let mut token = session.token.lock().await;
    if token.is_none() {
        *token = Some(sign_in(app, config, url).await?);
    }
    let bearer = format!("Bearer {}", token.as_deref().unwrap_or_default());
    let malformed = |_| FetchError::Unavailable("il token ricevuto non è valido".to_owned());
    let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&bearer).map_err(malformed)?)]);
    let file = app.egress().call(Method::GET, url.as_str(), headers, Bytes::new(), limit).await?;
    if file.status.is_success() { Ok(file.body) } else { Err(FetchError::Refused(file.status.as_u16())) }
}

/// A token of the platform that has the file at `url`.
async fn sign_in(app: &App, config: &Config, url: &Url) -> Result<String, FetchError> {
    #[derive(Deserialize)]
    struct Answer {
        token: String,
    }
    let (Some(username), Some(password)) = (&config.auth_user, &config.auth_password) else {
        return Err(FetchError::NoCredentials);
    };
    let body = json!({ "username": username, "password": password }).to_string();
    let json = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let answer = app.egress().call(Method::POST, auth_address(url)?.as_str(), json, body.into(), TOKEN_LIMIT).await?;
    if !answer.status.is_success() {
        return Err(FetchError::Refused(answer.status.as_u16()));
    }
    let Answer { token } = serde_json::from_slice(&answer.body)
        .map_err(|_| FetchError::Unavailable("the answer of auth is malformed".to_owned()))?;
    Ok(token)
}

/// The address of `auth` next to a file's: everything up to `/api`, and then `/auth`.
fn auth_address(file: &Url) -> Result<Url, FetchError> {
    let (before, _) = file.path().split_once("/api/").ok_or(FetchError::Foreign)?;
    let mut auth = file.clone();
    auth.set_path(&format!("{before}/api/auth"));
    auth.set_query(None);
    auth.set_fragment(None);
    Ok(auth)
}

/// The address of a file, if it lies under `base` and is one of a file: nothing else of the platform is ever asked for, whoever wrote
/// the event.
fn own_file(base: &str, address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let path = path_under(base, &url)?;
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
    // An encoded slash or dot could be read as another path further on.
    let straight = !["%2f", "%2e", "%5c", "//"].iter().any(|odd| path.contains(odd));
    (plain && straight && path.contains("/api/") && path.contains("/attachments/")).then_some(url)
}

/// Path and query of `url` from the end of `base` on, if it has the origin of `base` and a path at or below its path.
fn path_under(base: &str, url: &Url) -> Option<String> {
    let base = Url::parse(base).ok()?;
    let rest = url.path().strip_prefix(base.path().trim_end_matches('/'))?;
    let inside = base.origin() == url.origin() && (rest.is_empty() || rest.starts_with('/'));
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    inside.then(|| format!("{rest}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://servizi.example.it/comune-di-bugliano";

    #[test]
    fn only_files_of_the_tenant_are_fetched() {
        let own = |address: &str| own_file(BASE, address).is_some();
        assert!(own("https://servizi.example.it/comune-di-bugliano/api/applications/1/attachments/2?version=2"));
        assert!(own("https://servizi.example.it:443/comune-di-bugliano/api/applications/1/attachments/2"));
        for address in [
            "https://servizi.example.it/comune-di-vallelaghi/api/applications/1/attachments/2",
            "https://servizi.example.it/comune-di-bugliano-2/api/applications/1/attachments/2",
            "https://servizi.example.it/comune-di-bugliano/../comune-di-vallelaghi/api/applications/1/attachments/2",
            "https://servizi.example.it/comune-di-bugliano/api/%2e%2e/%2e%2e/other/attachments/2",
            "https://servizi.example.it/comune-di-bugliano/api/..%2f..%2fother/attachments/2",
            "https://servizi.example.it/comune-di-bugliano/api//attachments/2",
            "https://servizi.example.it/comune-di-bugliano/api/users",
            "https://servizi.example.it/comune-di-bugliano/api/users?x=/attachments/2",
            "https://servizi.example.it/comune-di-bugliano/attachments/2",
            "https://servizi.example.it:8443/comune-di-bugliano/api/applications/1/attachments/2",
            "http://servizi.example.it/comune-di-bugliano/api/applications/1/attachments/2",
            "https://servizi.example.it@evil.example/comune-di-bugliano/api/applications/1/attachments/2",
            "https://user@servizi.example.it/comune-di-bugliano/api/applications/1/attachments/2",
            "https://evil.example/comune-di-bugliano/api/applications/1/attachments/2",
            "file:///comune-di-bugliano/api/applications/1/attachments/2",
            "",
        ] {
            assert!(!own(address), "{address}");
        }
    }

    #[test]
    fn the_token_is_asked_for_next_to_the_file() {
        let file = Url::parse("https://servizi.example.it/lang/api/applications/1/attachments/2?version=1").unwrap();
        assert_eq!(auth_address(&file).unwrap().as_str(), "https://servizi.example.it/lang/api/auth");
    }

    #[test]
    fn a_path_is_under_a_base_with_or_without_path_and_slash() {
        let url = Url::parse("https://a.example/b/c?d=e").unwrap();
        for (base, rest) in
            [("https://a.example", "/b/c?d=e"), ("https://a.example/b", "/c?d=e"), ("https://a.example/b/", "/c?d=e")]
        {
            assert_eq!(path_under(base, &url).as_deref(), Some(rest), "{base}");
        }
        assert_eq!(path_under("https://a.example/bc", &url), None);
    }
}

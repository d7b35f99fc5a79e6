//! Citizens sign in at the body's login provider (OpenLogin, or another OAuth 2.0 server in front of SPID and CIE), of which this
//! program is a client (RFC 6749 section 4.1, with RFC 7636; developers' documentation, "SSO mediante oAuth2").
//!
//! A sign-in begins here, goes on at the provider and comes back to `<tenant>/auth/login-oauth` with a code and our state. The
//! state is drawn for one sign-in of one browser: it is taken together with the secret that this browser was given, once, and for
//! ten minutes.

mod profile;
mod settings;

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;
use kernel::{RomeTime, TenantId};
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType};
use oauth2::{
    AuthType, AuthorizationCode, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
};
use profile::Profile;
use runtime::{App, EgressError};
pub use settings::LoginProvider;
use sha2::Sha256;
use url::Url;
use web::TenantInfo;

use crate::errors::Error;

/// How long somebody may take at the provider.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// Longest address to come back to, in bytes.
pub const LONGEST_RETURN: usize = 1024;
/// Largest answer of the provider, in bytes.
const LARGEST: usize = 64 * 1024;
/// Longest code, in bytes.
const LONGEST_CODE: usize = 4096;

/// A sign-in that has begun at the provider, as it is stored beside the digest of its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where somebody signs in.
    pub tenant_id: TenantId,
    /// Digest of the browser's secret.
    pub secret: Vec<u8>,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// Where the browser goes after that.
    pub return_to: String,
    /// When it is too late.
    pub expires_at: RomeTime,
}

/// The address of the tenant's pages: the installation's, or that of one of the tenant's own hosts, under which its pages are at
/// `/lang`.
///
/// # Errors
/// [`Error::WrongHost`] when it is not the tenant's.
pub fn pages(tenant: &TenantInfo, host: Option<&str>) -> Result<String, Error> {
    let Some(host) = host else { return Ok(tenant.base_url.clone()) };
    let known = tenant.hosts.iter().find(|known| known.eq_ignore_ascii_case(host)).ok_or(Error::WrongHost)?;
    let scheme = if tenant.base_url.starts_with("http://") { "http" } else { "https" };
    Ok(format!("{scheme}://{known}/lang"))
}

/// Whether somebody may be sent to `path` afterwards: a path of our own, and nothing that browsers take for another host.
pub fn is_own_path(path: &str) -> bool {
    let plain = path.len() <= LONGEST_RETURN && path.bytes().all(|byte| byte.is_ascii_graphic());
    plain && path.starts_with('/') && !path.contains("//") && !path.contains('\\')
}

/// What proves to the provider that who exchanges a code is who asked for it (RFC 7636). It follows from the state and the secret
/// of the installation, so that nothing of it needs to be kept.
pub fn verifier(app: &App, state: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app.secret()).expect("HMAC takes keys of any length");
    mac.update(b"sportello login verifier\0");
    mac.update(state.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

impl LoginProvider {
    fn client(&self) -> BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet> {
        BasicClient::new(self.client_id.clone())
            .set_client_secret(self.client_secret.clone())
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(self.authorize.clone())
            .set_token_uri(self.access_token.clone())
    }

    /// The address to send the browser to.
    ///
    /// # Errors
    /// [`Error::Defect`] when the tenant has an address that is none.
    pub fn authorize_url(&self, redirect_uri: &str, state: &str, verifier: String) -> Result<Url, Error> {
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier));
        let client = self.client().set_redirect_uri(redirect(redirect_uri)?);
        let request = client.authorize_url(|| CsrfToken::new(state.to_owned())).set_pkce_challenge(challenge);
        Ok(request.add_scope(Scope::new(self.scope.clone())).url().0)
    }

    /// The address to send a browser to that has signed out here, with where to come back to; `None` when there is none.
    pub fn logout_url(&self, home: &str) -> Option<Url> {
        let mut url = self.logout.clone()?;
        // The documented example has an address in it already.
        let others: Vec<_> = self.logout.as_ref()?.query_pairs().filter(|(name, _)| name != "redirect").collect();
        url.query_pairs_mut().clear().extend_pairs(others).append_pair("redirect", home);
        Some(url)
    }

    /// Who came back with `code`.
    ///
    /// # Errors
    /// [`Error::NotConfirmed`] when the provider does not know the code; [`Error::IncompleteIdentity`];
    /// [`Error::ProviderUnavailable`] when it does not answer in time, [`Error::ProviderFailed`] when its answers are of no use.
    pub async fn identify(&self, app: &App, redirect_uri: &str, code: String, verifier: String) -> Result<Profile, Error> {
        if code.is_empty() || code.len() > LONGEST_CODE {
            return Err(Error::NotConfirmed);
        }
        let client = self.client();
        let (caller, timeout) = (app.clone(), self.timeout);
        let http = move |request: HttpRequest| call(caller.clone(), timeout, request);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .set_redirect_uri(Cow::Owned(redirect(redirect_uri)?))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let token = exchange.request_async(&http).await.map_err(no_token)?;

        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.access_token().secret()));
        let mut bearer = bearer.map_err(|_| Error::ProviderFailed("token: not one that can be shown".to_owned()))?;
        bearer.set_sensitive(true);
        let request = Request::builder().method(Method::GET).uri(self.resource_owner_details.as_str());
        let request = request.header(AUTHORIZATION, bearer).header(ACCEPT, HeaderValue::from_static("application/json"));
        let request = request.body(Vec::new()).map_err(|error| Error::Defect(error.to_string()))?;
        let answer = call(app.clone(), self.timeout, request).await.map_err(|error| error.told("profile"))?;
        match answer.status() {
            StatusCode::OK => Profile::read(answer.body()),
            status => Err(Error::ProviderFailed(format!("profile: status {}", status.as_u16()))),
        }
    }
}

/// One call to the provider. An answer of 500 or more is an error.
async fn call(app: App, timeout: Duration, request: HttpRequest) -> Result<HttpResponse, CallError> {
    let (parts, body) = request.into_parts();
    let url = parts.uri.to_string();
    let call = app.egress().call(parts.method, &url, parts.headers, Bytes::from(body), LARGEST);
    let answer = tokio::time::timeout(timeout, call).await.map_err(|_| CallError::Slow)??;
    if answer.status.is_server_error() {
        return Err(CallError::Status(answer.status.as_u16()));
    }
    let mut response = HttpResponse::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

fn redirect(uri: &str) -> Result<RedirectUrl, Error> {
    RedirectUrl::new(uri.to_owned()).map_err(|error| Error::Defect(format!("address of the tenant: {error}")))
}

/// Why the provider gave no answer.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("no answer in time")]
    Slow,
    #[error("status {0}")]
    Status(u16),
    #[error(transparent)]
    Egress(#[from] EgressError),
}

impl CallError {
    /// As the caller is told; `what` was asked for.
    fn told(self, what: &str) -> Error {
        match self {
            Self::Egress(EgressError::Forbidden(_) | EgressError::TooLarge(_)) => {
                Error::ProviderFailed(format!("{what}: {self}"))
            }
            _ => Error::ProviderUnavailable(format!("{what}: {self}")),
        }
    }
}

/// Why there is no token. What the provider answered is not repeated: it may hold a token, or a name.
fn no_token(error: RequestTokenError<CallError, BasicErrorResponse>) -> Error {
    let failed = |what: &str| Error::ProviderFailed(format!("token: {what}"));
    match error {
        RequestTokenError::Request(error) => error.told("token"),
        RequestTokenError::ServerResponse(refusal) => match refusal.error() {
            // Some servers call a code invalid that way which they cannot read.
            BasicErrorResponseType::InvalidGrant | BasicErrorResponseType::InvalidRequest => Error::NotConfirmed,
            BasicErrorResponseType::Extension(_) => failed("refused"),
            known => failed(known.as_ref()),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => failed("not an answer of OAuth 2.0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantInfo {
        TenantInfo {
            id: kernel::Uuid::nil().into(),
            slug: "bugliano".into(),
            name: "Bugliano".into(),
            ipa_code: "c_bugl".into(),
            tax_code: "00337460224".into(),
            hosts: vec!["servizi.comune.bugliano.pi.it".into()],
            locales: vec!["it".into()],
            base_url: "https://piattaforma.example.it/bugliano".into(),
        }
    }

    #[test]
    fn pages_are_where_the_tenant_is() {
        let tenant = tenant();
        assert_eq!(pages(&tenant, None).unwrap(), "https://piattaforma.example.it/bugliano");
        let own = pages(&tenant, Some("Servizi.comune.bugliano.pi.it")).unwrap();
        assert_eq!(own, "https://servizi.comune.bugliano.pi.it/lang");
        for wrong in ["", "evil.example.org", "servizi.comune.bugliano.pi.it@evil.example.org"] {
            assert!(matches!(pages(&tenant, Some(wrong)), Err(Error::WrongHost)), "{wrong}");
        }
    }

    #[test]
    fn only_own_paths_are_gone_back_to() {
        for own in ["/bugliano/it/pratiche", "/lang/it/servizi?q=nido&page=2", "/"] {
            assert!(is_own_path(own), "{own}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_RETURN));
        for other in
            ["", "it", "//evil.example", "/\\evil.example", "https://evil.example/", "/a//b", "/a\r\nb", "/a b", "/è", &long]
        {
            assert!(!is_own_path(other), "{other}");
        }
    }

    #[test]
    fn signing_out_leads_to_the_provider_and_back() {
        let with = |logout: Option<&str>| LoginProvider {
            authorize: oauth2::AuthUrl::new("https://login.example.it/authorize".into()).unwrap(),
            access_token: oauth2::TokenUrl::new("https://login.example.it/token".into()).unwrap(),
            resource_owner_details: "https://login.example.it/api/profile".parse().unwrap(),
            logout: logout.map(|url| url.parse().unwrap()),
            client_id: oauth2::ClientId::new("sportello".into()),
            client_secret: oauth2::ClientSecret::new("segreto".into()),
            scope: "profile".into(),
            timeout: Duration::from_secs(1),
        };
        let home = "https://servizi.example.it/bugliano";
        let led = |logout| with(Some(logout)).logout_url(home).unwrap().to_string();
        let plain = "https://login.example.it/logout?redirect=https%3A%2F%2Fservizi.example.it%2Fbugliano";
        assert_eq!(led("https://login.example.it/logout"), plain);
        assert_eq!(led("https://login.example.it/logout?redirect=http://altro.example.it"), plain);
        assert!(led("https://login.example.it/logout?a=b").contains("?a=b&redirect="));
        assert_eq!(with(None).logout_url(home), None);
    }
}

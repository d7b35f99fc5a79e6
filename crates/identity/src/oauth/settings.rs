//! Where the login provider is and who we are to it: the settings that whoever runs OpenLogin, or another OAuth 2.0 server in
//! front of SPID and CIE, gives when the client is registered (developers' documentation, "SSO mediante oAuth2").

use std::time::Duration;

use oauth2::{AuthUrl, ClientId, ClientSecret, TokenUrl};
use runtime::{EgressPolicy, Settings};
use url::{Host, Url};

/// The provider, and who we are to it.
#[derive(Clone, Debug)]
pub struct LoginProvider {
    /// Where browsers are sent to sign in.
    pub authorize: AuthUrl,
    /// Where codes are exchanged for tokens.
    pub access_token: TokenUrl,
    /// Where a token's holder is described.
    pub resource_owner_details: Url,
    /// Where browsers are sent to sign out, if anywhere.
    pub logout: Option<Url>,
    /// Our name there.
    pub client_id: ClientId,
    /// Our password there.
    pub client_secret: ClientSecret,
    /// What we ask to know.
    pub scope: String,
    /// How long one call to it may take.
    pub timeout: Duration,
}

const AUTHORIZE: &str = "SPORTELLO_LOGIN_URL_AUTHORIZE";
const ACCESS_TOKEN: &str = "SPORTELLO_LOGIN_URL_ACCESS_TOKEN";
const DETAILS: &str = "SPORTELLO_LOGIN_URL_RESOURCE_OWNER_DETAILS";
const LOGOUT: &str = "SPORTELLO_LOGIN_URL_LOGOUT";
const CLIENT_ID: &str = "SPORTELLO_LOGIN_CLIENT_ID";
const CLIENT_SECRET: &str = "SPORTELLO_LOGIN_CLIENT_SECRET";
const SCOPE: &str = "SPORTELLO_LOGIN_SCOPE";
const TIMEOUT: &str = "SPORTELLO_LOGIN_TIMEOUT_S";

impl LoginProvider {
    /// Reads the settings; mistakes are left in `settings`. `None` when there is no provider, or its settings are wrong.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let demo = settings.optional("SPORTELLO_DEMO", "dati e controparti di dimostrazione").is_some_and(|demo| demo == "true");
        let policy = EgressPolicy::read(settings, demo);
        let mut text = |name: &str, about: &str| settings.optional(name, about).filter(|text| !text.is_empty());
        let authorize = text(AUTHORIZE, "accesso dei cittadini (OAuth2): indirizzo a cui inviare il browser");
        let access_token = text(ACCESS_TOKEN, "accesso dei cittadini: indirizzo che scambia il codice con un token");
        let details = text(DETAILS, "accesso dei cittadini: indirizzo del profilo di chi ha fatto l'accesso");
        let logout = text(LOGOUT, "accesso dei cittadini: indirizzo a cui inviare il browser all'uscita; può mancare");
        let client_id = text(CLIENT_ID, "accesso dei cittadini: identificativo del client registrato");
        let client_secret = settings.secret(CLIENT_SECRET, "accesso dei cittadini: segreto del client registrato");
        let client_secret = client_secret.filter(|secret| !secret.is_empty());
        let scope = settings.text(SCOPE, "profile", "accesso dei cittadini: dati chiesti, separati da spazi");
        let timeout = settings.parse(TIMEOUT, 10_u64, "accesso dei cittadini: secondi di attesa di ogni risposta");
        if !(1..=14).contains(&timeout) {
            settings.reject(TIMEOUT, "usare un numero di secondi da 1 a 14");
        }

        let needed = [
            (AUTHORIZE, authorize.is_some()),
            (ACCESS_TOKEN, access_token.is_some()),
            (DETAILS, details.is_some()),
            (CLIENT_ID, client_id.is_some()),
            (CLIENT_SECRET, client_secret.is_some()),
        ];
        let wanted = logout.is_some() || needed.iter().any(|(_, given)| *given);
        for (name, _) in needed.iter().filter(|(_, given)| wanted && !given) {
            let all = needed.map(|(name, _)| name).join(", ");
            settings.reject(name, format!("variabile mancante: l'accesso dei cittadini ha bisogno di tutte queste: {all}"));
        }
        let (called, visited) = (|url: &Url| called(&policy, url), |url: &Url| visited(&policy, demo, url));
        let authorize = authorize.and_then(|text| address(settings, AUTHORIZE, &text, visited));
        let access_token = access_token.and_then(|text| address(settings, ACCESS_TOKEN, &text, called));
        let details = details.and_then(|text| address(settings, DETAILS, &text, called));
        let logout = logout.and_then(|text| address(settings, LOGOUT, &text, visited));
        Some(Self {
            authorize: AuthUrl::from_url(authorize?),
            access_token: TokenUrl::from_url(access_token?),
            resource_owner_details: details?,
            logout,
            client_id: ClientId::new(client_id?),
            client_secret: ClientSecret::new(client_secret?),
            scope,
            timeout: Duration::from_secs(timeout),
        })
    }
}

/// The address that `text` is, if `judge` lets it pass. Its text is never told: somebody may have written a password into it.
fn address(settings: &mut Settings, name: &str, text: &str, judge: impl Fn(&Url) -> Result<(), String>) -> Option<Url> {
    let parsed =
        Url::parse(text.trim()).map_err(|_| "non è un indirizzo: usare per esempio https://login.example.it/token".to_owned());
    match parsed.and_then(|url| judge(&url).map(|()| url)) {
        Ok(url) => Some(url),
        Err(problem) => {
            settings.reject(name, problem);
            None
        }
    }
}

/// Judges an address that this program calls, as every call to third parties is judged.
fn called(policy: &EgressPolicy, url: &Url) -> Result<(), String> {
    policy.check(url).map_err(|error| format!("{error}; un host interno si indica in SPORTELLO_EGRESS_ALLOW"))
}

/// Judges an address that browsers are sent to: what travels there must be protected, except on this machine and where plain HTTP
/// to that host was allowed.
fn visited(policy: &EgressPolicy, demo: bool, url: &Url) -> Result<(), String> {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.host().is_none() || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("usare un indirizzo con un host, senza credenziali e senza frammento (#)".to_owned());
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if here || demo || policy.check(url).is_ok() => Ok(()),
        _ => Err("usare un indirizzo https".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 5] = [
        (AUTHORIZE, "https://login.example.it/authorize"),
        (ACCESS_TOKEN, "https://login.example.it/token"),
        (DETAILS, "https://login.example.it/api/profile"),
        (CLIENT_ID, "sportello"),
        (CLIENT_SECRET, "molto segreto"),
    ];

    fn read(pairs: &[(&str, &str)]) -> (Option<LoginProvider>, Settings) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut settings = Settings::from_pairs(pairs);
        let provider = LoginProvider::read(&mut settings);
        (provider, settings)
    }

    fn mistakes(pairs: &[(&str, &str)]) -> Vec<String> {
        read(pairs).1.errors().into_iter().map(|error| error.name).collect()
    }

    #[test]
    fn all_settings_or_none() {
        assert!(read(&[]).0.is_none() && mistakes(&[]).is_empty());
        let (provider, settings) = read(&WHOLE);
        let provider = provider.unwrap();
        assert_eq!((settings.errors().len(), provider.scope.as_str(), provider.timeout.as_secs()), (0, "profile", 10));
        for left_out in 0..WHOLE.len() {
            let mut pairs = WHOLE.to_vec();
            let (name, _) = pairs.remove(left_out);
            assert_eq!(mistakes(&pairs), [name]);
            assert!(read(&pairs).0.is_none());
        }
        assert_eq!(mistakes(&[(LOGOUT, "https://login.example.it/logout")]).len(), 5, "a logout alone is no provider");
    }

    #[test]
    fn the_secret_is_never_shown() {
        let (provider, settings) = read(&WHOLE);
        assert!(!format!("{provider:?}{:?}", settings.dump()).contains("molto segreto"));
    }

    #[test]
    fn addresses_are_protected_or_of_this_machine_or_allowed() {
        let with = |name: &str, value: &'static str, more: &[(&'static str, &'static str)]| {
            let kept = WHOLE.iter().copied().filter(|(known, _)| *known != name);
            let name = [AUTHORIZE, ACCESS_TOKEN, DETAILS, LOGOUT].into_iter().find(|known| *known == name).unwrap();
            mistakes(&kept.chain([(name, value)]).chain(more.iter().copied()).collect::<Vec<_>>())
        };
        for (name, wrong) in [
            (AUTHORIZE, "login"),
            (AUTHORIZE, "http://login.example.it/authorize"),
            (AUTHORIZE, "javascript:alert(1)"),
            (AUTHORIZE, "https://a:b@login.example.it/authorize"),
            (ACCESS_TOKEN, "http://login.example.it/token"),
            (ACCESS_TOKEN, "https://10.0.0.1/token"),
            (DETAILS, "http://127.0.0.1:8081/profile"),
            (LOGOUT, "ftp://login.example.it/logout"),
        ] {
            assert_eq!(with(name, wrong, &[]), [name], "{wrong}");
        }
        assert_eq!(with(AUTHORIZE, "http://localhost:8081/authorize", &[]), [""; 0]);
        assert_eq!(with(DETAILS, "http://127.0.0.1:8081/profile", &[("SPORTELLO_DEMO", "true")]), [""; 0]);
        let allowed = [("SPORTELLO_EGRESS_ALLOW", "openlogin:8080")];
        assert_eq!(with(ACCESS_TOKEN, "http://openlogin:8080/token", &allowed), [""; 0]);
    }
}

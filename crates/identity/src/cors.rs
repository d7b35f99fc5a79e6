//! Which sites may turn a session into a token from their own pages: those of the same second-level domain as the tenant's (developers'
//! documentation, "SSO mediante JWT"). What that domain is follows from the public suffix list, as it does for the browser that
//! decides whether to send the cookie: of `www.comune.bugliano.pi.it` it is `bugliano.pi.it`.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue};
use url::{Host, Url};
use web::TenantInfo;

/// The headers that let the page which asks read the answer, if it may; in any case those that keep caches from mixing answers up.
pub fn headers(tenant: &TenantInfo, request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([(VARY, HeaderValue::from_static("Origin"))]);
    if let Some(origin) = request.get(ORIGIN).filter(|origin| origin.to_str().is_ok_and(|origin| may_read(tenant, origin))) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    headers
}

/// The same for the browser's question before the request itself.
pub fn preflight(tenant: &TenantInfo, request: &HeaderMap) -> HeaderMap {
    let mut headers = headers(tenant, request);
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, x-locale"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    headers
}

fn may_read(tenant: &TenantInfo, origin: &str) -> bool {
    let (Ok(origin), Ok(base)) = (Url::parse(origin), Url::parse(&tenant.base_url)) else { return false };
    // A page that came unprotected must not read what travels protected.
    let Some(asking) = origin.host().filter(|_| origin.scheme() == base.scheme()) else { return false };
    let own = base.host().map(|host| host.to_owned());
    own.into_iter().chain(tenant.hosts.iter().filter_map(|host| Host::parse(host).ok())).any(|host| same_site(&asking, &host))
}

fn same_site(asking: &Host<&str>, own: &Host<String>) -> bool {
    match (asking, own) {
        (Host::Domain(asking), Host::Domain(own)) => {
            asking == own || psl::domain_str(asking).is_some_and(|domain| Some(domain) == psl::domain_str(own))
        }
        (Host::Ipv4(asking), Host::Ipv4(own)) => asking == own,
        (Host::Ipv6(asking), Host::Ipv6(own)) => asking == own,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(base_url: &str, hosts: &[&str]) -> TenantInfo {
        TenantInfo {
            id: kernel::Uuid::nil().into(),
            slug: "bugliano".into(),
            name: "Bugliano".into(),
            ipa_code: "c_bugl".into(),
            tax_code: "00337460224".into(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            locales: vec!["it".into()],
            base_url: base_url.into(),
        }
    }

    #[test]
    fn pages_of_the_same_second_level_domain_may_read() {
        let tenant = tenant("https://piattaforma.example.it/bugliano", &["servizi.comune.bugliano.pi.it"]);
        for origin in [
            "https://servizi.comune.bugliano.pi.it",
            "https://www.comune.bugliano.pi.it",
            "https://altro.bugliano.pi.it",
            "https://bugliano.pi.it:8443",
            "https://www.example.it",
        ] {
            assert!(may_read(&tenant, origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "https://pi.it",
            "https://www.comune.vallelaghi.pi.it",
            "https://bugliano.pi.it.evil.example.org",
            "https://evilbugliano.pi.it",
            "http://www.comune.bugliano.pi.it",
            "https://example.it@evil.example.org",
            "file://www.comune.bugliano.pi.it",
            "https://127.0.0.1",
        ] {
            assert!(!may_read(&tenant, origin), "{origin}");
        }
    }

    #[test]
    fn on_a_developers_machine_any_port_of_the_same_host_may_read() {
        let tenant = tenant("http://127.0.0.1:8080/bugliano", &[]);
        assert!(may_read(&tenant, "http://127.0.0.1:3000"));
        assert!(!may_read(&tenant, "http://127.0.0.2:8080"));
        assert!(!may_read(&tenant, "http://localhost:8080"));
    }
}

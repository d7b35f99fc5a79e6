//! Forms are answered only to the browser that was given them.
//!
//! Each form carries HMAC-SHA256 of a fixed text under the browser's own secret: its session cookie, or the visitor cookie before
//! anybody signed in. Both are random and unreadable by scripts, so nobody else can make the value, and no key must be shared
//! between processes. Requests that the browser itself marks as coming from another site are refused before that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use sha2::Sha256;

/// The hidden field's name.
pub const FIELD: &str = "csrf";
/// The header that scripts send instead of the field.
pub const HEADER: &str = "x-csrf-token";

fn mac(secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"sportello form");
    mac
}

/// The value for the forms of the browser that holds `secret`.
pub fn token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(secret).finalize().into_bytes())
}

/// Whether `token` was made for the browser that holds `secret`. Compares in constant time.
pub fn verify(secret: &str, token: &str) -> bool {
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| mac(secret).verify_slice(&bytes).is_ok())
}

/// Whether the browser says that the request comes from one of our own pages (or says nothing, being old).
pub fn same_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_browser_only() {
        let token = token("secret of one browser");
        assert!(verify("secret of one browser", &token));
        assert!(!verify("secret of another", &token));
        assert!(!verify("secret of one browser", ""));
        assert!(!verify("secret of one browser", "%%%"));
    }

    #[test]
    fn other_sites_are_refused() {
        let mut headers = HeaderMap::new();
        assert!(same_site(&headers));
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert!(!same_site(&headers));
        headers.insert("sec-fetch-site", "same-site".parse().unwrap());
        assert!(!same_site(&headers));
    }
}

//! The citizen's signature on a request for remote content (LolliPoP): what the app signed, and by which it can be verified. It is passed
//! on to the sender as it came; forms are judged, the signature is the sender's to verify.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::formats::CitizenCode;

/// A header and its form.
type Header = (&'static str, fn(&str) -> bool);

const HEADERS: [Header; 8] = [
    ("signature-input", is_signature_input),
    ("signature", is_signature),
    ("x-pagopa-lollipop-original-method", is_method),
    ("x-pagopa-lollipop-original-url", is_url),
    ("x-pagopa-lollipop-assertion-ref", is_assertion_ref),
    ("x-pagopa-lollipop-assertion-type", is_assertion_type),
    ("x-pagopa-lollipop-auth-jwt", is_filled),
    ("x-pagopa-lollipop-public-key", is_base64),
];

/// The headers for the sender.
///
/// # Errors
/// The name of the first header that lacks or has another form.
pub fn headers(request: &HeaderMap, citizen: CitizenCode) -> Result<HeaderMap, &'static str> {
    let mut headers = HeaderMap::new();
    for (name, fits) in HEADERS {
        let value = request.get(name).ok_or(name)?;
        if !value.to_str().is_ok_and(fits) {
            return Err(name);
        }
        headers.insert(HeaderName::from_static(name), value.clone());
    }
    let user = HeaderValue::from_str(citizen.as_str()).map_err(|_| "x-pagopa-lollipop-user-id")?;
    headers.insert("x-pagopa-lollipop-user-id", user);
    Ok(headers)
}

/// `sig1=..., sig2=...`
fn is_signature_input(text: &str) -> bool {
    text.split(',').all(|part| label(part.trim()).is_some())
}

/// `sig1=:base64:, sig2=:base64:`
fn is_signature(text: &str) -> bool {
    let part = |part: &str| {
        let value = label(part.trim()).and_then(|rest| rest.strip_prefix(':')?.strip_suffix(':'));
        value.is_some_and(|value| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)))
    };
    text.trim_end_matches(", ").split(',').all(part)
}

/// What follows `sig<number>=`.
fn label(text: &str) -> Option<&str> {
    let (number, rest) = text.strip_prefix("sig")?.split_once('=')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

fn is_method(text: &str) -> bool {
    ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&text)
}

fn is_url(text: &str) -> bool {
    text.len() > 8 && text.starts_with("https://")
}

/// A thumbprint: its digest and as many base64url characters as that gives at most.
fn is_assertion_ref(text: &str) -> bool {
    [("sha256-", 44), ("sha384-", 66), ("sha512-", 88)].iter().any(|(prefix, most)| {
        let rest = text.strip_prefix(prefix);
        rest.is_some_and(|rest| (1..=*most).contains(&rest.len()) && is_base64(rest))
    })
}

fn is_assertion_type(text: &str) -> bool {
    ["SAML", "OIDC"].contains(&text)
}

fn is_filled(text: &str) -> bool {
    !text.is_empty()
}

fn is_base64(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const SIGNED: [(&str, &str); 8] = [
        ("signature-input", "sig1=(\"@method\" \"x-pagopa-lollipop-original-url\");created=1618884475;keyid=\"k\""),
        ("signature", "sig1=:aGVsbG8=:, sig2=:d29ybGQ=:"),
        ("x-pagopa-lollipop-original-method", "GET"),
        ("x-pagopa-lollipop-original-url", "https://io.example.it/io/app/v1/third-party-messages/1"),
        ("x-pagopa-lollipop-assertion-ref", "sha256-6LvipIvFuhyorHpUqK3HjySC5Y6gshXHFBhU9EJ4DoM"),
        ("x-pagopa-lollipop-assertion-type", "SAML"),
        ("x-pagopa-lollipop-auth-jwt", "a.b.c"),
        ("x-pagopa-lollipop-public-key", "eyJrdHkiOiJFQyJ9"),
    ];

    fn request(changes: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in SIGNED.iter().chain(changes) {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn what_the_app_signed_is_passed_on_with_the_citizen() {
        let citizen = "AAAAAA00A00A000A".parse().unwrap();
        let passed = headers(&request(&[("cookie", "secret")]), citizen).unwrap();
        assert_eq!((passed.len(), &passed["x-pagopa-lollipop-user-id"]), (9, &"AAAAAA00A00A000A".parse().unwrap()));
    }

    #[test]
    fn every_header_must_be_there_in_its_form() {
        let citizen = "AAAAAA00A00A000A".parse().unwrap();
        for (name, _) in SIGNED {
            let mut lacking = request(&[]);
            lacking.remove(name);
            assert_eq!(headers(&lacking, citizen), Err(name));
        }
        for (name, wrong) in [
            ("signature-input", "other=x"),
            ("signature", "sig1=aGVsbG8="),
            ("signature", "sigx=:aGVsbG8=:"),
            ("x-pagopa-lollipop-original-method", "TRACE"),
            ("x-pagopa-lollipop-original-url", "http://io.example.it"),
            ("x-pagopa-lollipop-assertion-ref", "sha1-abc"),
            ("x-pagopa-lollipop-assertion-ref", "sha256-"),
            ("x-pagopa-lollipop-assertion-type", "JWT"),
            ("x-pagopa-lollipop-auth-jwt", ""),
            ("x-pagopa-lollipop-public-key", "{}"),
        ] {
            assert_eq!(headers(&request(&[(name, wrong)]), citizen), Err(name), "{wrong}");
        }
    }
}

//! The client assertion: what its header and claims must be, and what its signature.

use kernel::{RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fault::Fault;
use super::jws::Jws;
use crate::clients::key::Verifier;
use crate::ids::{ClientId, PurposeId};

/// Whether members that are not expected are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claims {
    /// They are.
    Strict,
    /// They are not looked at.
    Lenient,
}

/// The digest of the tracking evidence, which the voucher binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// `SHA256`.
    pub alg: String,
    /// 64 hexadecimal digits.
    pub value: String,
}

/// An assertion whose header and claims are as they must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// The key that is said to have signed it.
    pub kid: String,
    /// The client.
    pub sub: ClientId,
    /// Who is said to have issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: Value,
    /// Its own identifier.
    pub jti: String,
    /// When it was issued, in seconds since 1970.
    pub iat: f64,
    /// When it ends, in seconds since 1970.
    pub exp: f64,
    /// The purpose; none of a client of the API.
    pub purpose_id: Option<PurposeId>,
    /// What is to be copied into the voucher.
    pub digest: Option<Digest>,
}

/// What JavaScript takes for absent: the reference implementation speaks of members so.
fn present<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    })
}

/// An identifier in its usual form, with hyphens.
fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

fn is_thumbprint(kid: &Value) -> bool {
    let fits = |kid: &str| kid.len() == 43 && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    kid.as_str().is_some_and(fits)
}

/// Everything that is wrong with header and claims, all at once; or the assertion. `client_id` is the request's, if it has one.
///
/// # Errors
/// The faults, in the order in which the members are looked at. Members that are not expected are told when nothing else is wrong.
pub fn read(jws: &Jws<'_>, client_id: Option<&str>, audiences: &[String], claims: Claims) -> Result<Assertion, Vec<Fault>> {
    let payload = jws.claims().ok_or_else(|| vec![Fault::UnexpectedClientAssertion])?;
    let header = &jws.header;
    let mut faults = Vec::new();
    for (name, fault) in [
        ("jti", Fault::JtiNotFound),
        ("iat", Fault::IssuedAtNotFound),
        ("exp", Fault::ExpNotFound),
        ("iss", Fault::IssuerNotFound),
    ] {
        if present(payload, name).is_none() {
            faults.push(fault);
        }
    }
    faults.extend(subject_fault(payload, client_id));
    let purpose = present(payload, "purposeId");
    if purpose.is_some_and(|purpose| purpose.as_str().and_then(uuid).is_none()) {
        faults.push(Fault::InvalidPurposeIdClaimFormat);
    }
    match present(header, "kid") {
        None => faults.push(Fault::KidNotFound),
        Some(kid) if !is_thumbprint(kid) => faults.push(Fault::InvalidKidFormat),
        Some(_) => {}
    }
    let accepted = |audience: &Value| audience.as_str().is_some_and(|audience| audiences.iter().any(|own| own == audience));
    match present(payload, "aud") {
        None => faults.push(Fault::AudienceNotFound),
        Some(Value::Array(all)) if all.iter().any(accepted) => {}
        Some(one) if accepted(one) => {}
        Some(_) => faults.push(Fault::InvalidAudience),
    }
    match present(header, "alg") {
        None => faults.push(Fault::AlgorithmNotFound),
        Some(alg) if alg != "RS256" => faults.push(Fault::AlgorithmNotAllowed),
        Some(_) => {}
    }
    let digest = match present(payload, "digest").map(Digest::deserialize) {
        None => None,
        Some(Err(_)) => {
            faults.push(Fault::InvalidDigestClaim);
            None
        }
        Some(Ok(digest)) => {
            if digest.value.encode_utf16().count() != 64 {
                faults.push(Fault::InvalidHashLength);
            }
            if digest.alg != "SHA256" {
                faults.push(Fault::InvalidHashAlgorithm);
            }
            Some(digest)
        }
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let unexpected = [header_faults(header, claims), payload_faults(payload, claims)];
    // A wrong type is told before a member too many, and neither hides the other half.
    let worst = unexpected.iter().filter_map(|found| *found).min();
    if let Some(worst) = worst {
        let told = unexpected.iter().filter(|found| **found == Some(worst)).count();
        return Err(vec![Fault::ClientAssertionInvalidClaims; told]);
    }
    assertion(header, payload, digest).ok_or_else(|| vec![Fault::ClientAssertionInvalidClaims])
}

fn subject_fault(payload: &Map<String, Value>, client_id: Option<&str>) -> Option<Fault> {
    let Some(sub) = present(payload, "sub") else { return Some(Fault::SubjectNotFound) };
    let Some(sub) = sub.as_str().filter(|sub| uuid(sub).is_some()) else { return Some(Fault::InvalidSubjectFormat) };
    let client_id = client_id.filter(|client_id| !client_id.is_empty())?;
    if uuid(client_id).is_none() {
        return Some(Fault::InvalidClientIdFormat);
    }
    (sub != client_id).then_some(Fault::InvalidSubject)
}

/// How a half of the assertion differs from what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unexpected {
    /// A member has another type.
    Type,
    /// There is a member too many.
    Member,
}

fn header_faults(header: &Map<String, Value>, claims: Claims) -> Option<Unexpected> {
    if header.get("typ").is_some_and(|typ| !typ.is_string()) {
        return Some(Unexpected::Type);
    }
    extra(header, claims, &["kid", "alg", "typ"])
}

fn payload_faults(payload: &Map<String, Value>, claims: Claims) -> Option<Unexpected> {
    let is = |name: &str, fits: fn(&Value) -> bool| payload.get(name).is_none_or(fits);
    let texts = |aud: &Value| aud.is_string() || aud.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    let purpose = |purpose: &Value| purpose.as_str().and_then(uuid).is_some();
    let fits = is("jti", Value::is_string)
        && is("iss", Value::is_string)
        && is("iat", Value::is_number)
        && is("exp", Value::is_number)
        && is("aud", texts)
        && is("purposeId", purpose)
        && is("digest", |digest| digest.is_object() || digest.is_null());
    if !fits {
        return Some(Unexpected::Type);
    }
    extra(payload, claims, &["sub", "jti", "iat", "iss", "aud", "exp", "digest", "purposeId"])
}

fn extra(members: &Map<String, Value>, claims: Claims, expected: &[&str]) -> Option<Unexpected> {
    let extra = claims == Claims::Strict && members.keys().any(|name| !expected.contains(&name.as_str()));
    extra.then_some(Unexpected::Member)
}

fn assertion(header: &Map<String, Value>, payload: &Map<String, Value>, digest: Option<Digest>) -> Option<Assertion> {
    let text = |members: &Map<String, Value>, name: &str| members.get(name)?.as_str().map(str::to_owned);
    let number = |name: &str| payload.get(name)?.as_f64();
    Some(Assertion {
        kid: text(header, "kid")?,
        sub: ClientId(uuid(payload.get("sub")?.as_str()?)?),
        iss: text(payload, "iss")?,
        aud: payload.get("aud")?.clone(),
        jti: text(payload, "jti")?,
        iat: number("iat")?,
        exp: number("exp")?,
        purpose_id: payload.get("purposeId").and_then(|purpose| uuid(purpose.as_str()?)).map(PurposeId),
        digest,
    })
}

/// What is wrong with the signature, and with the instants that count only in a signed assertion: the first fault.
pub fn verify(jws: &Jws<'_>, key: &Verifier, now: RomeTime) -> Option<Fault> {
    if jws.header.get("alg").is_none_or(|alg| alg != "RS256") {
        return Some(Fault::AlgorithmNotAllowed);
    }
    // Extensions that the sender calls critical (RFC 7515 section 4.1.11): none is understood.
    if jws.header.contains_key("crit") {
        return Some(Fault::ClientAssertionSignatureVerificationError);
    }
    if !jws.signed_by(key) {
        return Some(Fault::InvalidSignature);
    }
    let Some(payload) = jws.claims() else { return Some(Fault::ClientAssertionSignatureVerificationError) };
    // Whole seconds fit a double exactly until long after everybody is gone.
    #[allow(clippy::cast_precision_loss)]
    let now = now.as_second() as f64;
    if payload.get("iat").is_some_and(|iat| !iat.is_number()) {
        return Some(Fault::JsonWebTokenError);
    }
    if payload.get("nbf").is_some_and(|nbf| nbf.as_f64().is_none_or(|nbf| nbf > now)) {
        return Some(Fault::NotBeforeError);
    }
    match payload.get("exp").map(Value::as_f64) {
        Some(None) => Some(Fault::JsonWebTokenError),
        Some(Some(exp)) if exp <= now => Some(Fault::TokenExpiredError),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

//! The signed texts of one call, in the order in which each needs the one before (patterns AUDIT_REST_02 and INTEGRITY_REST_02): the tracking
//! evidence; the client assertion, which carries its digest; and, with the voucher in hand, the signature of the request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Rng, RomeTime, UserId};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::connector::Line;
use crate::errors::Error;

/// How long the tracking evidence holds, in seconds: a voucher is used with it for no longer.
pub const EVIDENCE_S: i64 = 3600;
/// How long an assertion and the signature of a request hold, in seconds: each is used once, at once.
const ONCE_S: i64 = 300;

/// Who asks for what, as the provider may prove later.
pub fn tracking_evidence(line: &Line, user: UserId, loa: &str, rng: &Rng, now: RomeTime) -> Result<String, Error> {
    let (client, iat) = (line.config.client_id, now.as_second());
    line.pair.jws(&json!({
        "iss": client, "sub": client, "aud": line.eservice.audience, "jti": rng.uuid(),
        "iat": iat, "nbf": iat, "exp": iat + EVIDENCE_S,
        "purposeId": line.config.purpose_id,
        "dnonce": 1_000_000_000_000 + rng.below(9_000_000_000_000),
        // Our own name of the user: nobody else needs the fiscal code to ask us who it was.
        "userID": user, "userLocation": line.ipa_code, "LoA": loa,
    }))
}

/// The request for a voucher that is bound to `evidence`. No header or claim but those that the platform knows: others are refused.
pub fn client_assertion(line: &Line, evidence: &str, rng: &Rng, now: RomeTime) -> Result<String, Error> {
    let (client, iat) = (line.config.client_id, now.as_second());
    line.pair.jws(&json!({
        "iss": client, "sub": client, "aud": line.eservice.aud_client_assertion, "jti": rng.uuid(),
        "iat": iat, "exp": iat + ONCE_S,
        "purposeId": line.config.purpose_id,
        "digest": { "alg": "SHA256", "value": hex::encode(Sha256::digest(evidence)) },
    }))
}

/// The `Digest` header of a body.
pub fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(Sha256::digest(body)))
}

/// The signature of a request with these headers, for the audience of the e-service, which is not its address.
pub fn signature(line: &Line, digest: &str, content_type: &str, rng: &Rng, now: RomeTime) -> Result<String, Error> {
    let (client, iat) = (line.config.client_id, now.as_second());
    line.pair.jws(&json!({
        "iss": client, "sub": client, "aud": line.eservice.audience, "jti": rng.uuid(),
        "iat": iat, "nbf": iat, "exp": iat + ONCE_S,
        "signed_headers": [{ "digest": digest }, { "content-type": content_type }],
    }))
}

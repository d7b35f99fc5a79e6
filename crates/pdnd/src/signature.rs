//! The signature of an answer (RSA PKCS#1 v1.5 with SHA-256, as the documentation has it): by it the connector recognises, when a form is
//! sent, data that it gave. It covers whose data they are and how they were asked for, not the data alone: somebody else's certified data
//! are not certified data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use kernel::{RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::canonical;
use crate::errors::Error;
use crate::keys::{Pair, verify};

/// How far in the future an answer may have been made: the clocks of two machines of ours.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// Members that the web component adds to the data.
const ADDED: [&str; 3] = ["isFromPdnd", "isReadonly", "isUpdatedToday"];

/// Where data come from, and the proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meta {
    /// The signature, in Base64.
    #[serde(alias = "Signature")]
    pub signature: String,
    /// How the data are written.
    #[serde(alias = "Format")]
    pub format: String,
    /// When they were asked for.
    #[schema(value_type = String, format = DateTime)]
    #[serde(alias = "Created_at", alias = "CreatedAt")]
    pub created_at: RomeTime,
    /// Who gave them: `ANPR`, `INPS`.
    #[serde(alias = "Source")]
    pub source: String,
    /// By which request.
    #[serde(alias = "Call_url", alias = "CallUrl")]
    pub call_url: String,
}

/// Data with their proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signed {
    /// The data, in the format that was asked for.
    #[serde(alias = "Data")]
    #[schema(value_type = Object)]
    pub data: Value,
    /// Where they come from, and the proof.
    #[serde(alias = "Meta")]
    pub meta: Meta,
}

/// Whose data, by which configuration.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    /// The configuration.
    pub config_id: Uuid,
    /// The person.
    pub fiscal_code: &'a str,
}

/// What is signed.
fn message(data: &Value, meta: &Meta, bound: Bound<'_>) -> String {
    canonical::text(&json!({
        "config_id": bound.config_id, "created_at": meta.created_at, "data": data, "fiscal_code": bound.fiscal_code,
        "format": meta.format, "source": meta.source,
    }))
}

/// Signs `data`; the signature of `meta` is filled in.
pub fn sign(data: Value, mut meta: Meta, bound: Bound<'_>, pair: &Pair) -> Result<Signed, Error> {
    meta.created_at = meta.created_at.trunc_to_second();
    meta.signature = STANDARD.encode(pair.sign(message(&data, &meta, bound).as_bytes())?);
    Ok(Signed { data, meta })
}

/// Whether `signed` is what one of `keys` has signed for `bound`, no longer ago than `holds`.
pub fn check(signed: &Signed, bound: Bound<'_>, keys: &[String], holds: SignedDuration, now: RomeTime) -> bool {
    let mut data = signed.data.clone();
    if let Value::Object(members) = &mut data {
        members.retain(|name, _| !ADDED.contains(&name.as_str()));
    }
    let made = signed.meta.created_at;
    let Ok(signature) = STANDARD.decode(&signed.meta.signature) else { return false };
    let message = message(&data, &signed.meta, bound);
    made <= now.plus(EARLY) && now <= made.plus(holds) && keys.iter().any(|key| verify(key, message.as_bytes(), &signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_is_changed_the_signature_no_longer_holds() {
        let (pair, other) = (Pair::draw().await.unwrap(), Pair::draw().await.unwrap());
        let keys = [other.public_pem().unwrap(), pair.public_pem().unwrap()];
        let now: RomeTime = "2026-03-02T10:00:00+01:00".parse().unwrap();
        let (holds, config) = (SignedDuration::from_hours(24), Uuid::from_u128(1));
        let bound = Bound { config_id: config, fiscal_code: "BNRMHL75C06G702B" };
        let meta = Meta {
            signature: String::new(),
            format: "residenza".into(),
            created_at: now,
            source: "ANPR".into(),
            call_url: String::new(),
        };
        let data = json!({ "address": "Via Roma", "house_number": "12" });
        let signed = sign(data.clone(), meta, bound, &pair).unwrap();
        let holding = |signed: &Signed, bound, at| check(signed, bound, &keys, holds, at);
        assert!(holding(&signed, bound, now));

        let mut shown = signed.clone();
        shown.data["isFromPdnd"] = json!(true);
        assert!(holding(&shown, bound, now), "what the web component adds does not count");
        let again: Signed = serde_json::from_value(json!({ "Meta": signed.meta, "Data": signed.data })).unwrap();
        assert!(holding(&again, bound, now), "the other way to write the members");

        for altered in [
            Signed { data: json!({ "address": "Via Roma", "house_number": "13" }), ..signed.clone() },
            Signed { data: json!({ "address": "Via Roma" }), ..signed.clone() },
            Signed { data: json!({ "address": "Via Roma", "house_number": "12", "more": "x" }), ..signed.clone() },
            Signed { meta: Meta { format: "famiglia".into(), ..signed.meta.clone() }, ..signed.clone() },
            Signed { meta: Meta { source: "INPS".into(), ..signed.meta.clone() }, ..signed.clone() },
            Signed { meta: Meta { created_at: now.plus(SignedDuration::from_secs(5)), ..signed.meta.clone() }, ..signed.clone() },
            Signed { meta: Meta { signature: "AAAA".into(), ..signed.meta.clone() }, ..signed.clone() },
            Signed { meta: Meta { signature: "?".into(), ..signed.meta.clone() }, ..signed.clone() },
        ] {
            assert!(!holding(&altered, bound, now), "{altered:?}");
        }
        assert!(!holding(&signed, Bound { fiscal_code: "CLNVTR76P01G822Q", ..bound }, now), "somebody else's");
        assert!(!holding(&signed, Bound { config_id: Uuid::from_u128(2), ..bound }, now), "asked for otherwise");
        assert!(!holding(&signed, bound, now.plus(SignedDuration::from_hours(25))), "too old");
        assert!(!holding(&signed, bound, now.plus(SignedDuration::from_secs(-120))), "from the future");
        assert!(!check(&signed, bound, &keys[..1], holds, now), "another key");
    }
}

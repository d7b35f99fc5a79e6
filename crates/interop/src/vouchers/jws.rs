//! Signed tokens in compact form (RFC 7515), read strictly: canonical base64url, no member twice, nothing of the key in the token is
//! ever believed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::clients::key::Verifier;

/// Longest token that is looked at.
pub const MAX_LENGTH: usize = 16 * 1024;

/// A token, taken apart and not verified.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// What the signature is over.
    pub signed: &'a str,
    /// Members of the header.
    pub header: Map<String, Value>,
    /// The payload.
    pub payload: Value,
    /// The signature.
    pub signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart; `None` when it is not one.
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let json = |part: &str| serde_json::from_slice::<Unique>(&decode(part)?).ok().map(|Unique(value)| value);
        let Value::Object(header) = json(header)? else { return None };
        Some(Self { signed, header, payload: json(payload)?, signature: decode(signature)? })
    }

    /// The claims, if the payload is an object.
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        self.payload.as_object()
    }

    /// Whether `key` made the signature, by RS256 whatever the header says.
    pub fn signed_by(&self, key: &Verifier) -> bool {
        key.verifies(self.signed.as_bytes(), &self.signature)
    }
}

/// JSON in which no object has a member twice: which of the two counts is a matter of taste, and tastes differ.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strict;
        impl<'de> Visitor<'de> for Strict {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON without repeated members")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(Unique(item)) = seq.next_element()? {
                    items.push(item);
                }
                Ok(items.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut members = Map::new();
                while let Some((name, Unique(value))) = map.next_entry::<String, _>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member stands twice"));
                    }
                }
                Ok(members.into())
            }
        }
        deserializer.deserialize_any(Strict).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_token_is_three_canonical_parts() {
        let good = token(r#"{"alg":"RS256"}"#, r#"{"a":[1,{"b":null}],"c":-1.5,"d":true}"#);
        let parsed = Jws::parse(&good).unwrap();
        assert_eq!(parsed.payload.to_string(), r#"{"a":[1,{"b":null}],"c":-1.5,"d":true}"#);
        assert_eq!(parsed.signature, b"sig");
        for bad in
            ["", ".", "..", "a.b", &format!("{good}."), &format!(".{good}"), &format!("{good}="), &good.replace("c2ln", "c2lu+")]
        {
            assert!(Jws::parse(bad).is_none(), "{bad}");
        }
        // "c2k" and "c2l" are the same two bytes; only the first is canonical.
        assert!(Jws::parse(&good.replace("c2ln", "c2k")).is_some());
        assert!(Jws::parse(&good.replace("c2ln", "c2l")).is_none());
        assert!(Jws::parse(&token("{}", &format!("\"{}\"", "a".repeat(MAX_LENGTH)))).is_none());
    }

    #[test]
    fn no_member_stands_twice_at_any_depth() {
        assert!(Jws::parse(&token(r#"{"alg":"RS256","alg":"none"}"#, "{}")).is_none());
        assert!(Jws::parse(&token("{}", r#"{"sub":1,"sub":1}"#)).is_none());
        assert!(Jws::parse(&token("{}", r#"{"digest":{"alg":1,"alg":2}}"#)).is_none());
        assert!(Jws::parse(&token("{}", r#"{"a":{"x":1},"b":{"x":1}}"#)).is_some());
    }
}

//! Proof of possession (RFC 9449): whoever asks for a voucher shows that it holds a key, and the voucher is worth something only with it.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::RomeTime;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::jws::Jws;
use crate::clients::key::PublicKey;

macro_rules! faults {
    ($($name:ident $code:literal $text:literal;)*) => {
        /// A reason to refuse a proof.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProofFault {
            $(#[doc = $text] $name,)*
        }

        impl ProofFault {
            /// Its four digits.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Its name, as operators know it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What is wrong, in one line.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

faults! {
    InvalidFormat "0002" "la prova non è un JWS leggibile";
    JtiNotFound "0004" "manca jti";
    JtiAlreadyCached "0005" "la prova è già stata usata";
    IatNotFound "0006" "manca iat";
    TypNotFound "0007" "manca typ";
    InvalidTyp "0008" "typ deve essere dpop+jwt";
    JwkNotFound "0009" "manca jwk";
    HtmNotFound "0010" "manca htm";
    InvalidHtm "0011" "htm è diverso dal metodo della richiesta";
    HtuNotFound "0012" "manca htu";
    InvalidHtu "0013" "htu è diverso dall'indirizzo della richiesta";
    AlgorithmNotFound "0016" "manca alg";
    AlgorithmNotAllowed "0017" "alg deve essere RS256 o ES256";
    InvalidClaims "0018" "jwk non è una chiave pubblica adatta ad alg, o un campo ha un altro tipo";
    InvalidSignature "0019" "la firma non corrisponde a jwk";
    Expired "0020" "iat è troppo lontano nel passato";
    NotYetValid "0021" "iat è nel futuro";
    MultipleProofs "0022" "c'è più di una intestazione DPoP";
    AthNotFound "0024" "manca ath";
    InvalidAth "0025" "ath non corrisponde al voucher";
}

/// A proof that holds; it was not used before if its `jti` was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Thumbprint of the key (RFC 7638).
    pub thumbprint: String,
    /// Its own identifier.
    pub jti: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
}

/// What a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Method of the request.
    pub method: &'a str,
    /// Its exact address, without query.
    pub url: &'a str,
    /// The voucher that comes with it, at a resource.
    pub voucher: Option<&'a str>,
}

/// Seconds that a proof counts.
pub const LIVES_S: i64 = 60;
/// Seconds that the clock of whoever made it may be early.
const EARLY_S: i64 = 10;

/// A key in a proof.
enum ProofKey {
    Rsa(PublicKey),
    P256 { x: String, y: String },
}

impl ProofKey {
    /// The key of `jwk` for `alg`: a public one. Members that are not needed are not looked at.
    fn read(alg: &str, jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name)?.as_str().map(str::to_owned);
        if ["d", "p", "q", "dp", "dq", "qi", "k"].iter().any(|private| jwk.contains_key(*private)) {
            return None;
        }
        match (alg, text("kty")?.as_str()) {
            ("RS256", "RSA") => Some(Self::Rsa(PublicKey { n: text("n")?, e: text("e")? })),
            ("ES256", "EC") if text("crv")? == "P-256" => Some(Self::P256 { x: text("x")?, y: text("y")? }),
            _ => None,
        }
    }

    fn thumbprint(&self) -> String {
        match self {
            Self::Rsa(key) => key.thumbprint(),
            Self::P256 { x, y } => {
                URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
            }
        }
    }

    fn signed(&self, jws: &Jws<'_>) -> bool {
        match self {
            Self::Rsa(key) => key.verifier().is_some_and(|key| jws.signed_by(&key)),
            Self::P256 { x, y } => {
                let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|number| number.len() == 32);
                let (Some(x), Some(y)) = (decode(x), decode(y)) else { return false };
                let point = [&[4][..], &x, &y].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(jws.signed.as_bytes(), &jws.signature).is_ok()
            }
        }
    }
}

/// The proof in a header's value, made for `call` at about `now`.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(proof: &str, call: Call<'_>, now: RomeTime) -> Result<Proof, ProofFault> {
    let jws = Jws::parse(proof).ok_or(ProofFault::InvalidFormat)?;
    let claims = jws.claims().ok_or(ProofFault::InvalidFormat)?;
    match jws.header.get("typ") {
        None => return Err(ProofFault::TypNotFound),
        Some(typ) if typ != "dpop+jwt" => return Err(ProofFault::InvalidTyp),
        Some(_) => {}
    }
    let alg = match jws.header.get("alg") {
        None => return Err(ProofFault::AlgorithmNotFound),
        Some(alg) => alg.as_str().filter(|alg| ["RS256", "ES256"].contains(alg)).ok_or(ProofFault::AlgorithmNotAllowed)?,
    };
    let jwk = jws.header.get("jwk").ok_or(ProofFault::JwkNotFound)?;
    let key = jwk.as_object().and_then(|jwk| ProofKey::read(alg, jwk)).ok_or(ProofFault::InvalidClaims)?;
    if jws.header.contains_key("crit") {
        return Err(ProofFault::InvalidClaims);
    }
    let text = |name: &str, missing: ProofFault| match claims.get(name) {
        None => Err(missing),
        Some(value) => value.as_str().filter(|text| !text.is_empty()).ok_or(missing),
    };
    if text("htm", ProofFault::HtmNotFound)? != call.method {
        return Err(ProofFault::InvalidHtm);
    }
    if text("htu", ProofFault::HtuNotFound)? != call.url {
        return Err(ProofFault::InvalidHtu);
    }
    let iat = claims.get("iat").ok_or(ProofFault::IatNotFound)?.as_i64().ok_or(ProofFault::InvalidClaims)?;
    let now = now.as_second();
    if iat > now + EARLY_S {
        return Err(ProofFault::NotYetValid);
    }
    if now > iat.saturating_add(LIVES_S) {
        return Err(ProofFault::Expired);
    }
    let jti = text("jti", ProofFault::JtiNotFound)?.to_owned();
    if let Some(voucher) = call.voucher {
        let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(voucher));
        if text("ath", ProofFault::AthNotFound)? != expected {
            return Err(ProofFault::InvalidAth);
        }
    }
    if !key.signed(&jws) {
        return Err(ProofFault::InvalidSignature);
    }
    Ok(Proof { thumbprint: key.thumbprint(), jti, iat })
}

#[cfg(test)]
mod tests;

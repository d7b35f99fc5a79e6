//! The public keys that operators deposit (C4): RSA of 2048 bits at least with the usual exponent or a larger one, named by their
//! thumbprint.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::{RomeTime, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::der::Reader;
use crate::errors::{Fault, Refusal, Service};

/// The least modulus, in bits.
const LEAST_BITS: usize = 2048;
/// The largest modulus, in bits: what the verifier takes.
const MOST_BITS: usize = 8192;
/// The least exponent: signatures made for smaller ones have been forged where a verifier was careless.
const LEAST_EXPONENT: u64 = 65_537;
/// Object identifier of RSA keys, 1.2.840.113549.1.1.1, with its absent parameters.
const RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Use {
    /// Signatures.
    Sig,
    /// Encryption.
    Enc,
}

/// An RSA public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
}

/// What an operator deposits.
#[derive(Clone, Debug, Deserialize)]
pub struct Seed {
    /// Name, 5 to 60 characters.
    pub name: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub usage: Use,
    /// Algorithm that it signs with.
    pub alg: String,
    /// Base64 of the PEM.
    pub key: String,
}

/// A deposited key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// Thumbprint (RFC 7638), unique on the whole platform.
    pub kid: String,
    /// Name.
    pub name: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub usage: Use,
    /// Algorithm that it signs with.
    pub alg: String,
    /// The key.
    #[serde(flatten)]
    pub public: PublicKey,
    /// The PEM as it was deposited, base64.
    pub encoded_pem: String,
    /// Who deposited it.
    pub user_id: UserId,
    /// When.
    pub created_at: RomeTime,
}

impl Key {
    /// The key that `seed` deposits.
    ///
    /// # Errors
    /// Those of [`PublicKey::from_encoded_pem`], or what does not fit the schema.
    pub fn deposit(seed: Seed, user_id: UserId, now: RomeTime) -> Result<Self, Refusal> {
        if !(5..=60).contains(&seed.name.trim().chars().count()) {
            return Err(Fault::Malformed(Service::Authorization).told("name: da 5 a 60 caratteri"));
        }
        let public = PublicKey::from_encoded_pem(&seed.key)?;
        let (name, usage, alg, encoded_pem) = (seed.name, seed.usage, seed.alg, seed.key);
        Ok(Self { kid: public.thumbprint(), name, usage, alg, public, encoded_pem, user_id, created_at: now })
    }
}

impl PublicKey {
    /// The key of a PEM in base64, as operators deposit it.
    ///
    /// # Errors
    /// [`Fault::JwkDecodingError`], and those of [`PublicKey::from_pem`].
    pub fn from_encoded_pem(encoded: &str) -> Result<Self, Fault> {
        let bytes = STANDARD.decode(encoded.trim()).map_err(|_| Fault::JwkDecodingError)?;
        Self::from_pem(std::str::from_utf8(&bytes).map_err(|_| Fault::InvalidPublicKey)?)
    }

    /// The key of a PEM (RFC 7468): `PUBLIC KEY`, or `RSA PUBLIC KEY` of PKCS#1.
    ///
    /// # Errors
    /// [`Fault::PrivateKeyNotAllowed`], [`Fault::CertificateNotAllowed`], [`Fault::MultipleKeysNotAllowed`],
    /// [`Fault::NotAnRsaKey`], [`Fault::InvalidKeyLength`], [`Fault::InvalidPublicKey`].
    pub fn from_pem(pem: &str) -> Result<Self, Fault> {
        if pem.contains("PRIVATE KEY-----") {
            return Err(Fault::PrivateKeyNotAllowed);
        }
        if pem.contains("-----BEGIN CERTIFICATE") {
            return Err(Fault::CertificateNotAllowed);
        }
        if pem.matches("-----BEGIN ").count() > 1 {
            return Err(Fault::MultipleKeysNotAllowed);
        }
        let body = |label: &str| {
            let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
            let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
            STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
        };
        let parts = match (body("PUBLIC KEY"), body("RSA PUBLIC KEY")) {
            (Some(der), _) => {
                let bits = subject_public_key(&der).ok_or(Fault::InvalidPublicKey)?;
                rsa_public_key(bits.ok_or(Fault::NotAnRsaKey)?).map(|(n, e)| (n.to_vec(), e.to_vec()))
            }
            (None, Some(der)) => rsa_public_key(&der).map(|(n, e)| (n.to_vec(), e.to_vec())),
            (None, None) => None,
        };
        let (n, e) = parts.ok_or(Fault::InvalidPublicKey)?;
        let bits = n.len() * 8 - n[0].leading_zeros() as usize;
        // An even exponent is no key; one of more than 33 bits is none that anybody verifies with.
        let value = e.iter().fold(0_u64, |value, digit| value << 8 | u64::from(*digit));
        let exponent = e.len() <= 5 && value % 2 == 1 && value >= LEAST_EXPONENT;
        if !(LEAST_BITS..=MOST_BITS).contains(&bits) {
            return Err(Fault::InvalidKeyLength);
        }
        if !exponent || n.last().is_some_and(|last| last % 2 == 0) {
            return Err(Fault::InvalidPublicKey);
        }
        Ok(Self { n: URL_SAFE_NO_PAD.encode(n), e: URL_SAFE_NO_PAD.encode(e) })
    }

    /// The thumbprint (RFC 7638 section 3).
    pub fn thumbprint(&self) -> String {
        let Self { n, e } = self;
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
    }

    /// Modulus and exponent as bytes.
    pub fn parts(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        Some((URL_SAFE_NO_PAD.decode(&self.n).ok()?, URL_SAFE_NO_PAD.decode(&self.e).ok()?))
    }
}

/// A public key as signatures are verified with it: made ready once, and not for every signature.
pub struct Verifier(ParsedPublicKey);

impl PublicKey {
    /// The key made ready; `None` when its numbers are none.
    pub fn verifier(&self) -> Option<Verifier> {
        let (n, e) = self.parts()?;
        let components = RsaPublicKeyComponents { n, e };
        components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().map(Verifier)
    }
}

impl Verifier {
    /// Whether the key made `signature` over `message`, by RS256.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

/// The key bits of a `SubjectPublicKeyInfo` (RFC 5280 section 4.1): `None` when it is none, `Some(None)` when it is not of RSA.
fn subject_public_key(der: &[u8]) -> Option<Option<&[u8]>> {
    let mut outer = Reader::new(der);
    let mut info = outer.sequence()?;
    let algorithm = info.element(0x30)?;
    let [0, bits @ ..] = info.element(0x03)? else { return None };
    let complete = outer.is_empty() && info.is_empty();
    complete.then_some((algorithm == RSA || algorithm == &RSA[..11]).then_some(bits))
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader::new(der);
    let mut key = outer.sequence()?;
    let (n, e) = (key.positive()?, key.positive()?);
    (outer.is_empty() && key.is_empty()).then_some((n, e))
}

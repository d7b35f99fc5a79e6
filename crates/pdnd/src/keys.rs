//! Key pairs: made here, kept sealed, never shown.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::errors::Error;

/// A key pair, ready to sign.
pub struct Pair {
    /// The thumbprint of the public key (RFC 7638): the platform's name for it.
    pub kid: String,
    pair: RsaKeyPair,
}

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

impl Pair {
    /// Draws one. Its randomness is the library's: no generator can be handed to it. Takes a processor for a while.
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub async fn draw() -> Result<Self, Error> {
        let drawn = tokio::task::spawn_blocking(|| RsaKeyPair::generate(KeySize::Rsa2048)).await;
        let refused = |_| Error::Defect("a key pair could not be made".to_owned());
        Ok(Self::of(drawn.map_err(|error| Error::Defect(error.to_string()))?.map_err(refused)?))
    }

    /// The pair of a private key as [`Pair::private`] wrote it.
    pub fn read(private: &[u8]) -> Option<Self> {
        RsaKeyPair::from_pkcs8(private).ok().map(Self::of)
    }

    fn of(pair: RsaKeyPair) -> Self {
        let public = pair.public_key();
        let encode = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        let (n, e) = (public.modulus(), public.exponent());
        let (n, e) = (encode(n.big_endian_without_leading_zero()), encode(e.big_endian_without_leading_zero()));
        let kid = encode(&Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)));
        Self { kid, pair }
    }

    /// The private key (PKCS #8), to be sealed.
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub fn private(&self) -> Result<Vec<u8>, Error> {
        let der: Result<Pkcs8V1Der<'_>, _> = self.pair.as_der();
        Ok(der.map_err(|_| Error::Defect("a private key could not be written".to_owned()))?.as_ref().to_vec())
    }

    /// The public key as a PEM, as it is deposited with the platform.
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub fn public_pem(&self) -> Result<String, Error> {
        let der: Result<PublicKeyX509Der<'_>, _> = self.pair.public_key().as_der();
        let der = STANDARD.encode(der.map_err(|_| Error::Defect("a public key could not be written".to_owned()))?.as_ref());
        let lines: Vec<&str> = (0..der.len()).step_by(64).map(|at| &der[at..der.len().min(at + 64)]).collect();
        Ok(format!("{BEGIN}\n{}\n{END}\n", lines.join("\n")))
    }

    /// The signature of `message` (RSA PKCS#1 v1.5 with SHA-256).
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // These signatures are deterministic; the library takes a generator and does not use it.
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.map_err(|_| Error::Defect("nothing could be signed".to_owned()))?;
        Ok(signature)
    }

    /// `claims` as a compact JWS (RFC 7515) whose header has what the platform expects and nothing else.
    ///
    /// # Errors
    /// As [`Pair::sign`].
    pub fn jws(&self, claims: &Value) -> Result<String, Error> {
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes())?);
        Ok(format!("{signed}.{signature}"))
    }
}

/// Whether `signature` is that of `message` by the pair of the public key in `pem`.
pub fn verify(pem: &str, message: &[u8], signature: &[u8]) -> bool {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let Ok(der) = STANDARD.decode(base64) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_pair_signs_its_public_key_verifies_also_when_it_was_kept() {
        let pair = Pair::draw().await.unwrap();
        let kept = Pair::read(&pair.private().unwrap()).unwrap();
        assert_eq!((kept.kid.len(), &kept.kid), (43, &pair.kid));
        let (pem, signature) = (pair.public_pem().unwrap(), kept.sign(b"this").unwrap());
        assert!(verify(&pem, b"this", &signature));
        assert!(!verify(&pem, b"that", &signature));
        assert!(!verify(&Pair::draw().await.unwrap().public_pem().unwrap(), b"this", &signature), "another pair");
        assert!(!verify("nonsense", b"this", &signature));
    }
}

//! Encryption of what the database must not show: AES-256-GCM under a key made from the platform's secret (HKDF, RFC 5869).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use kernel::Rng;

/// Seals and opens the private keys of vouchers.
#[derive(Debug)]
pub struct Seal(LessSafeKey);

impl Seal {
    /// The seal of an installation.
    pub fn new(secret: &[u8]) -> Self {
        let key = Salt::new(HKDF_SHA256, b"sportello").extract(secret);
        let key = key.expand(&[b"voucher signing keys"], &AES_256_GCM).map(UnboundKey::from);
        Self(LessSafeKey::new(key.expect("32 bytes are within the reach of HKDF")))
    }

    /// `plain` sealed: nonce, ciphertext, tag. It opens only for the same `kid`: a row's content cannot be moved to another row. Nonces
    /// are random, which is safe for the few keys that one secret ever seals (NIST SP 800-38D section 8.3).
    pub fn close(&self, rng: &Rng, kid: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = rng.bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        let place = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(place, Aad::from(kid.as_bytes()), &mut sealed).expect("what is sealed is short");
        [&nonce[..], &sealed].concat()
    }

    /// What was sealed; `None` when it was altered, or sealed with another secret or for another `kid`.
    pub fn open(&self, kid: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        let length = self.0.open_in_place(nonce, Aad::from(kid.as_bytes()), &mut opened).ok()?.len();
        opened.truncate(length);
        Some(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_unaltered_and_in_its_place() {
        let (seal, rng) = (Seal::new(b"secret"), Rng::seeded(1));
        let sealed = seal.close(&rng, "here", b"content");
        assert_eq!(seal.open("here", &sealed).unwrap(), b"content");
        assert_eq!((seal.open("there", &sealed), Seal::new(b"other").open("here", &sealed)), (None, None));
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!((seal.open("here", &altered), seal.open("here", &sealed[..index])), (None, None), "byte {index}");
        }
    }
}

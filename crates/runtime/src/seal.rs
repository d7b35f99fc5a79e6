//! Encryption of what the database must not show: AES-256-GCM under a key made from the platform's secret (HKDF, RFC 5869).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use kernel::Rng;

/// Seals and opens.
#[derive(Debug)]
pub struct Seal(LessSafeKey);

impl Seal {
    /// The seal of an installation; `purpose` keeps the keys of different uses apart.
    pub fn new(secret: &[u8], purpose: &str) -> Self {
        let key = Salt::new(HKDF_SHA256, b"sportello").extract(secret);
        let info = [purpose.as_bytes()];
        let key = key.expand(&info, &AES_256_GCM).map(UnboundKey::from).expect("32 bytes are within the reach of HKDF");
        Self(LessSafeKey::new(key))
    }

    /// `plain` sealed: nonce, ciphertext, tag. It opens only with the same `context`, so that a row's content cannot be moved to
    /// another row. Nonces are random: safe for the few thousand seals that one secret ever makes (NIST SP 800-38D section 8.3).
    pub fn close(&self, rng: &Rng, context: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = rng.bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        let aad = Aad::from(context.as_bytes());
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).expect("what is sealed is short");
        [&nonce[..], &sealed].concat()
    }

    /// What was sealed; `None` when it was altered, or sealed with another secret or context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        let length = self.0.open_in_place(nonce, Aad::from(context.as_bytes()), &mut opened).ok()?.len();
        opened.truncate(length);
        Some(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_unaltered_in_its_place_and_with_its_secret() {
        let (seal, rng) = (Seal::new(b"secret", "test"), Rng::seeded(1));
        let sealed = seal.close(&rng, "here", b"content");
        assert_eq!(seal.open("here", &sealed).unwrap(), b"content");
        assert_ne!(sealed, seal.close(&rng, "here", b"content"));
        assert_eq!(seal.open("there", &sealed), None);
        assert_eq!(Seal::new(b"other", "test").open("here", &sealed), None);
        assert_eq!(Seal::new(b"secret", "other").open("here", &sealed), None);
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!(seal.open("here", &altered), None, "byte {index}");
            assert_eq!(seal.open("here", &sealed[..index]), None, "cut at {index}");
        }
    }
}

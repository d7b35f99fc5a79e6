//! Keys and assertions for tests.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::clients::key::PublicKey;

/// A key of the curve P-256.
pub const EC_PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElXkUZj/j29So00LV6LdAokPS7LYQ
DuY7nf1qZjcLjxYgSwK+qRInZj4QFvGOGdGw9Su9/iZ/5b+VR+8Jp/aGBw==
-----END PUBLIC KEY-----
";

/// An RSA key that is too short.
pub const RSA_1024_PEM: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC2Bkm77VAgukbat8BvhCDSTZgL
UJOn5pT/Gm8heqKpMcH+zxThu2TNsIW53qVpfRxmtf0K4Bft/YefvbzdQRRYKkpP
TegUadw2tX8HupSO1BIHoKlbWdzmCqfgr+ygMSuGe1bcF0k/N9lo3LY/kqtJil+t
B/qJblMXPFijAMdLGQIDAQAB
-----END PUBLIC KEY-----
";

/// A PEM with this label.
pub fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// A key pair that signs assertions.
pub struct KeyPair(RsaKeyPair);

impl KeyPair {
    /// A new one.
    pub fn draw() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The public half as `SubjectPublicKeyInfo`.
    pub fn der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    /// The public half as PEM.
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &self.der())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let public = self.0.public_key();
        PublicKey {
            n: URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            e: URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }
    }

    /// A token of this header and payload, signed with RS256 whatever the header says.
    pub fn sign(&self, header: &Value, payload: &Value) -> String {
        self.sign_text(&header.to_string(), &payload.to_string())
    }

    /// The same of texts that need not be JSON.
    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

//! Values that say nothing: whoever holds one has it, and nobody can guess it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Rng;
use sha2::{Digest as _, Sha256};

/// 256 random bits, drawn anew each time and known to their holder alone: the value of a session's cookie, the state of a sign-in
/// that has begun at the login provider.
pub struct Opaque([u8; 32]);

impl Opaque {
    /// A new one.
    pub fn draw(rng: &Rng) -> Self {
        Self(rng.bytes())
    }

    /// The one that travels as `text`, if it has the form of one.
    pub fn read(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What is stored of it.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }

    /// As it travels: 43 letters, digits, `-` and `_`.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

//! The key pairs that sign tokens: one that signs for each tenant, made at its first use, replaced in time.
//!
//! A replacement is published before it signs, and a replaced key is published until the last token that it signed has expired. So
//! whoever keeps the key set for as long as its Cache-Control says can always verify.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use kernel::{RomeTime, TenantId};
use moka::sync::Cache;
use runtime::{App, Seal};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::errors::Error;
use crate::store::{self, StoredKey};

/// Seconds for which others may keep the key set (`Cache-Control: max-age`).
pub const PUBLISHED_S: i64 = 600;
/// How long before it signs a replacement is published: well over what others may keep the set.
const LEAD: SignedDuration = SignedDuration::from_hours(1);
/// How long a process remembers a tenant's keys; another process may have replaced them, which shows an hour before it matters.
const REMEMBERED: Duration = Duration::from_secs(60);

/// A key pair, ready to sign.
pub struct SigningKey {
    kid: String,
    not_before: RomeTime,
    pair: RsaKeyPair,
    /// The encoded header of every token that it signs, with the dot after it.
    header: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

impl SigningKey {
    fn new(kid: String, not_before: RomeTime, pair: RsaKeyPair) -> Self {
        let header = serde_json::json!({ "typ": "JWT", "alg": "RS256", "kid": kid });
        let header = format!("{}.", URL_SAFE_NO_PAD.encode(header.to_string()));
        Self { kid, not_before, pair, header }
    }

    /// A signed token with `claims` (RFC 7515 compact serialisation).
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub fn sign(&self, claims: &impl serde::Serialize) -> Result<String, Error> {
        let claims = serde_json::to_vec(claims).map_err(|error| Error::Defect(error.to_string()))?;
        let mut token = self.header.clone();
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS#1 v1.5 signatures are deterministic; the library takes a generator and does not use it.
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature);
        signed.map_err(|_| Error::Defect("the token could not be signed".to_owned()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The key pairs of all tenants.
pub struct Keys {
    app: App,
    seal: Seal,
    ready: Cache<TenantId, Arc<[SigningKey]>>,
    making: Mutex<()>,
}

impl Keys {
    /// The key pairs kept in the app's database.
    pub fn new(app: App) -> Self {
        let seal = Seal::new(app.secret(), "signing keys");
        Self { seal, ready: Cache::builder().max_capacity(1_000).time_to_live(REMEMBERED).build(), making: Mutex::new(()), app }
    }

    /// A token of `tenant` with `claims`.
    ///
    /// # Errors
    /// When the database is away, or the keys in it were sealed with another secret.
    pub async fn sign(&self, tenant: TenantId, claims: &impl serde::Serialize) -> Result<String, Error> {
        let keys = self.ready(tenant).await?;
        let now = self.app.clock().now();
        choose(&keys, now).ok_or_else(|| Error::Defect("a tenant without keys".to_owned()))?.sign(claims)
    }

    /// Makes sure that the tenant has a key.
    ///
    /// # Errors
    /// As [`Keys::sign`].
    pub async fn ensure(&self, tenant: TenantId) -> Result<(), Error> {
        self.ready(tenant).await.map(drop)
    }

    async fn ready(&self, tenant: TenantId) -> Result<Arc<[SigningKey]>, Error> {
        if let Some(keys) = self.ready.get(&tenant) {
            return Ok(keys);
        }
        let mut keys = self.load(tenant).await?;
        if keys.is_empty() {
            // Making one takes a processor for a while: one request does it, the others of this process wait for it.
            let _making = self.making.lock().await;
            keys = self.load(tenant).await?;
            if keys.is_empty() {
                let key = self.make(tenant, self.app.clock().now()).await?;
                match self.app.db().write(move |tx| store::insert_key(tx, &key)).await {
                    // Another process was faster: its key is the tenant's.
                    Ok(()) | Err(storage::Error::Unique(_)) => {}
                    Err(error) => return Err(error.into()),
                }
                keys = self.load(tenant).await?;
            }
        }
        let keys: Arc<[SigningKey]> = keys.into();
        self.ready.insert(tenant, Arc::clone(&keys));
        Ok(keys)
    }

    async fn load(&self, tenant: TenantId) -> Result<Vec<SigningKey>, Error> {
        let now = self.app.clock().now();
        let stored = self.app.db().read(move |tx| store::list_signing_keys(tx, tenant, now)).await?;
        stored.into_iter().map(|key| self.open(key)).collect()
    }

    fn open(&self, key: StoredKey) -> Result<SigningKey, Error> {
        let opened = self.seal.open(&context(&key), &key.private_key).ok_or_else(|| {
            let help = "the secret (SPORTELLO_SECRET, or the file secret of the data folder) is not the one it was sealed with";
            Error::Defect(format!("signing key {} cannot be opened: {help}", key.kid))
        })?;
        let pair = RsaKeyPair::from_pkcs8(&opened).map_err(|error| Error::Defect(format!("signing key {}: {error}", key.kid)))?;
        Ok(SigningKey::new(key.kid, key.not_before, pair))
    }

    /// Draws a key pair that signs from `not_before`. Its randomness is the library's: no generator can be handed to it.
    async fn make(&self, tenant_id: TenantId, not_before: RomeTime) -> Result<StoredKey, Error> {
        let made = tokio::task::spawn_blocking(|| RsaKeyPair::generate(KeySize::Rsa2048)).await;
        let refused = |_| Error::Defect("a key pair could not be made".to_owned());
        let pair = made.map_err(|error| Error::Defect(error.to_string()))?.map_err(refused)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(refused)?;
        let public = pair.public_key();
        let n = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let mut key =
            StoredKey { kid: thumbprint(&n, &e), tenant_id, n, e, private_key: Vec::new(), not_before, retired_at: None };
        key.private_key = self.seal.close(self.app.rng(), &context(&key), private.as_ref());
        Ok(key)
    }

    /// Replaces the newest key of each tenant that has signed for longer than `age`; gives how many were replaced.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn replace_older_than(&self, age: SignedDuration) -> Result<usize, Error> {
        let now = self.app.clock().now();
        let old = self.app.db().read(move |tx| store::list_keys_older_than(tx, now.plus(-age))).await?;
        let mut replaced = 0;
        for (tenant, kid) in old {
            let begins = now.plus(LEAD);
            let key = self.make(tenant, begins).await?;
            let done = self.app.db().write(move |tx| {
                let ours = store::retire_key(tx, &kid, begins)?;
                if ours {
                    store::insert_key(tx, &key)?;
                }
                Ok::<_, storage::Error>(ours)
            });
            replaced += usize::from(done.await?);
            self.ready.invalidate(&tenant);
        }
        Ok(replaced)
    }
}

/// The key that signs at `now`, of those in the order of their beginning: the newest that has begun. A process whose clock is behind
/// that of the one that made a tenant's first key finds none that has, and takes the first.
fn choose(keys: &[SigningKey], now: RomeTime) -> Option<&SigningKey> {
    keys.iter().rev().find(|key| key.not_before <= now).or_else(|| keys.first())
}

/// Where a private key belongs: it opens nowhere else.
fn context(key: &StoredKey) -> String {
    format!("{} {}", key.tenant_id, key.kid)
}

/// The thumbprint of an RSA key (RFC 7638 section 3).
fn thumbprint(n: &str, e: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_standard() {
        // RFC 7638 section 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
                 tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n\
                 91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        assert_eq!(thumbprint(n, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_newest_key_that_has_begun_signs() {
        let pair = || RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let at = |second: i64| RomeTime::from_microsecond(second * 1_000_000).unwrap();
        let keys = [SigningKey::new("old".into(), at(100), pair()), SigningKey::new("new".into(), at(200), pair())];
        let chosen = |second| choose(&keys, at(second)).unwrap().kid.as_str();
        assert_eq!([chosen(99), chosen(100), chosen(199), chosen(200), chosen(900)], ["old", "old", "old", "new", "new"]);
        assert!(choose(&[], at(0)).is_none());
    }
}

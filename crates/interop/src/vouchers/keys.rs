//! The key pair that signs vouchers, made at its first use and replaced in time. A replacement is published before it signs, and a
//! replaced key is published until the last voucher that it signed has ended, so whoever keeps the set for as long as its Cache-Control
//! says can always verify.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use kernel::RomeTime;
use moka::sync::Cache;
use runtime::{App, Seal};
use serde::Serialize;

use crate::clients::key::{PublicKey, Verifier};
use crate::errors::Error;
use crate::store::signing_keys::{self, StoredKey};

/// Seconds for which others may keep the key set (`Cache-Control: max-age`).
pub const PUBLISHED_S: i64 = 600;
/// How long before it signs a replacement is published.
const LEAD: SignedDuration = SignedDuration::from_hours(24);
/// How long a replaced key is published after it has stopped signing: the longest life of a voucher, and a day.
const TAIL: SignedDuration = SignedDuration::from_hours(48);
/// How long a process remembers the keys; another one may have replaced them, which shows a day before it matters.
const REMEMBERED: Duration = Duration::from_secs(60);

/// A key pair, ready to sign.
struct SigningKey {
    kid: String,
    not_before: RomeTime,
    pair: RsaKeyPair,
    /// The encoded header of every voucher that it signs, with the dot after it.
    header: String,
}

impl SigningKey {
    fn new(kid: String, not_before: RomeTime, pair: RsaKeyPair) -> Self {
        let header = serde_json::json!({ "alg": "RS256", "use": "sig", "typ": "at+jwt", "kid": kid });
        let header = format!("{}.", URL_SAFE_NO_PAD.encode(header.to_string()));
        Self { kid, not_before, pair, header }
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        let claims = serde_json::to_vec(claims).map_err(|error| Error::Defect(error.to_string()))?;
        let mut token = self.header.clone();
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS#1 v1.5 signatures are deterministic; the library takes a generator and does not use it.
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature);
        signed.map_err(|_| Error::Defect("the voucher could not be signed".to_owned()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The key that signs at an instant.
#[derive(Clone)]
pub struct Signer {
    keys: Arc<[SigningKey]>,
    chosen: usize,
}

impl Signer {
    /// Its thumbprint.
    pub fn kid(&self) -> &str {
        &self.keys[self.chosen].kid
    }

    /// A signed voucher with `claims`.
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        self.keys[self.chosen].sign(claims)
    }
}

/// The key pairs of the installation.
pub struct Keys {
    app: App,
    seal: Seal,
    ready: Cache<(), Arc<[SigningKey]>>,
    verifiers: Cache<String, Arc<Verifier>>,
    making: tokio::sync::Mutex<()>,
}

impl Keys {
    /// The key pairs kept in the app's database.
    pub fn new(app: App) -> Self {
        let ready = Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build();
        let verifiers = Cache::builder().max_capacity(16).time_to_live(REMEMBERED).build();
        Self { seal: Seal::new(app.secret(), "voucher signing keys"), ready, verifiers, making: tokio::sync::Mutex::new(()), app }
    }

    /// The key that signs now.
    ///
    /// # Errors
    /// When the database is away, or the keys in it were sealed with another secret.
    pub async fn signer(&self) -> Result<Signer, Error> {
        let keys = self.ready().await?;
        let now = self.app.clock().now();
        // The newest that has begun; a process whose clock is behind that of the one that made the first key takes that.
        let chosen = keys.iter().rposition(|key| key.not_before <= now).unwrap_or(0);
        Ok(Signer { keys, chosen })
    }

    async fn ready(&self) -> Result<Arc<[SigningKey]>, Error> {
        if let Some(keys) = self.ready.get(&()) {
            return Ok(keys);
        }
        let mut keys = self.load().await?;
        if keys.is_empty() {
            // Making one takes a processor for a while: one request does it, the others of this process wait for it.
            let _making = self.making.lock().await;
            keys = self.load().await?;
            if keys.is_empty() {
                let key = self.make(self.app.clock().now()).await?;
                match self.app.db().write(move |tx| signing_keys::insert(tx, &key)).await {
                    // Another process was faster: its key is everybody's.
                    Ok(()) | Err(storage::Error::Unique(_)) => {}
                    Err(error) => return Err(error.into()),
                }
                keys = self.load().await?;
            }
        }
        if keys.is_empty() {
            return Err(Error::Defect("there is no key that signs vouchers".to_owned()));
        }
        let keys: Arc<[SigningKey]> = keys.into();
        self.ready.insert((), Arc::clone(&keys));
        Ok(keys)
    }

    async fn load(&self) -> Result<Vec<SigningKey>, Error> {
        let now = self.app.clock().now();
        let stored = self.app.db().read(move |tx| signing_keys::list(tx, now)).await?;
        stored.into_iter().map(|key| self.open(key)).collect()
    }

    fn open(&self, key: StoredKey) -> Result<SigningKey, Error> {
        let opened = self.seal.open(&key.kid, &key.private_key).ok_or_else(|| {
            let help = "the secret (SPORTELLO_SECRET, or the file secret of the data folder) is not the one it was sealed with";
            Error::Defect(format!("voucher key {} cannot be opened: {help}", key.kid))
        })?;
        let pair = RsaKeyPair::from_pkcs8(&opened).map_err(|error| Error::Defect(format!("voucher key {}: {error}", key.kid)))?;
        Ok(SigningKey::new(key.kid, key.not_before, pair))
    }

    /// Draws a key pair that signs from `not_before`. Its randomness is the library's: no generator can be handed to it.
    async fn make(&self, not_before: RomeTime) -> Result<StoredKey, Error> {
        let made = tokio::task::spawn_blocking(|| RsaKeyPair::generate(KeySize::Rsa2048)).await;
        let refused = |_| Error::Defect("a key pair could not be made".to_owned());
        let pair = made.map_err(|error| Error::Defect(error.to_string()))?.map_err(refused)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(refused)?;
        let public = pair.public_key();
        let encode = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        let public = PublicKey {
            n: encode(public.modulus().big_endian_without_leading_zero()),
            e: encode(public.exponent().big_endian_without_leading_zero()),
        };
        let kid = public.thumbprint();
        let private_key = self.seal.close(self.app.rng(), &kid, private.as_ref());
        Ok(StoredKey { kid, n: public.n, e: public.e, private_key, not_before, retired_at: None })
    }

    /// The public keys that verify vouchers, those of the near future included.
    ///
    /// # Errors
    /// As [`Keys::signer`].
    pub async fn published(&self) -> Result<Vec<(String, PublicKey)>, Error> {
        // Whoever sets up a verifier before anybody has a voucher needs the key already.
        self.ready().await?;
        let since = self.app.clock().now().plus(-TAIL);
        let stored = self.app.db().read(move |tx| signing_keys::list(tx, since)).await?;
        Ok(stored.into_iter().map(|key| (key.kid, PublicKey { n: key.n, e: key.e })).collect())
    }

    /// The published key of a thumbprint, if it is one of ours.
    ///
    /// # Errors
    /// As [`Keys::signer`].
    pub async fn verifier(&self, kid: &str) -> Result<Option<Arc<Verifier>>, Error> {
        if let Some(key) = self.verifiers.get(kid) {
            return Ok(Some(key));
        }
        for (kid, key) in self.published().await? {
            if let Some(key) = key.verifier() {
                self.verifiers.insert(kid, Arc::new(key));
            }
        }
        Ok(self.verifiers.get(kid))
    }

    /// Replaces the newest key if it has signed for longer than `age`; whether it did.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn replace_older_than(&self, age: SignedDuration) -> Result<bool, Error> {
        let now = self.app.clock().now();
        let stored = self.app.db().read(move |tx| signing_keys::list(tx, now)).await?;
        let old = stored.into_iter().find(|key| key.retired_at.is_none() && key.not_before.plus(age) <= now);
        let Some(old) = old else { return Ok(false) };
        let begins = now.plus(LEAD);
        let key = self.make(begins).await?;
        let replaced = self.app.db().write(move |tx| {
            let ours = signing_keys::retire(tx, &old.kid, begins)?;
            if ours {
                signing_keys::insert(tx, &key)?;
            }
            Ok::<_, storage::Error>(ours)
        });
        let replaced = replaced.await?;
        self.ready.invalidate(&());
        Ok(replaced)
    }

    /// Forgets keys that are published no more.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget(&self) -> Result<u64, Error> {
        let before = self.app.clock().now().plus(-TAIL);
        Ok(self.app.db().write(move |tx| signing_keys::forget(tx, before)).await?)
    }
}

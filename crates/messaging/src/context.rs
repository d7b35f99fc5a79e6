//! What every operation has at hand.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, Mac};
use kernel::RomeTime;
use moka::sync::Cache;
use runtime::{App, Seal};
use sha2::Sha256;

use crate::Config;
use crate::limits::Limiter;
use crate::store::accounts::Access;

/// How long a key is believed without looking: another process may have replaced it.
const KNOWN: Duration = Duration::from_secs(2);

/// What every operation has at hand; cheap to clone.
#[derive(Clone)]
pub struct Context(Arc<Parts>);

/// The parts of a [`Context`].
pub struct Parts {
    /// The foundation.
    pub app: App,
    /// Settings.
    pub config: Config,
    /// Counts calls.
    pub limiter: Limiter,
    seal: Seal,
    known: Cache<Vec<u8>, Arc<Access>>,
}

impl std::ops::Deref for Context {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Context {
    /// Puts the parts together.
    pub fn new(app: App, config: Config) -> Self {
        let known = Cache::builder().max_capacity(10_000).time_to_live(KNOWN).build();
        let seal = Seal::new(app.secret(), "messaging");
        Self(Arc::new(Parts { seal, known, limiter: Limiter::default(), config, app }))
    }

    /// Now.
    pub fn now(&self) -> RomeTime {
        self.app.clock().now()
    }

    /// The digest under which a key is stored. Whoever has the database alone cannot try keys.
    pub fn digest(&self, key: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.app.secret()).expect("HMAC takes keys of any length");
        mac.update(b"sportello messaging key\0");
        mac.update(key.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// A secret text as the database keeps it; it opens only in the same `place`.
    pub fn seal(&self, place: &str, text: &str) -> Vec<u8> {
        self.seal.close(self.app.rng(), place, text.as_bytes())
    }

    /// A secret text that the database keeps.
    ///
    /// # Errors
    /// When it was sealed with another secret.
    pub fn open(&self, place: &str, sealed: &[u8]) -> storage::Result<String> {
        let opened = self.seal.open(place, sealed).and_then(|bytes| String::from_utf8(bytes).ok());
        opened.ok_or_else(|| storage::Error::Defect(format!("{place}: the secret is not the one it was sealed with")))
    }

    /// A new key: 32 letters and digits.
    pub fn new_key(&self) -> String {
        self.app.rng().bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What a key gives access to, as it was two seconds ago at most; `None` when it is nobody's.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn access(&self, key: &str) -> storage::Result<Option<Arc<Access>>> {
        let digest = self.digest(key);
        if let Some(access) = self.known.get(&digest) {
            return Ok(Some(access));
        }
        let wanted = digest.clone();
        let found = self.app.db().read(move |tx| crate::store::accounts::find_access(tx, &wanted)).await?.map(Arc::new);
        if let Some(access) = &found {
            self.known.insert(digest, Arc::clone(access));
        }
        Ok(found)
    }

    /// Forgets what keys give access to: an account, a service or a key has changed.
    pub fn forget_access(&self) {
        self.known.invalidate_all();
    }
}

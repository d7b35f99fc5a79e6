//! What every operation of the platform has at hand.

use std::net::IpAddr;
use std::sync::Arc;

use kernel::{TenantId, UserId};
use moka::sync::Cache;
use runtime::{App, Seal};

use crate::api::PortalKeys;
use crate::clients::key::Verifier;
use crate::config::Config;
use crate::ids::ClientId;
use crate::vouchers::keys::Keys;
use crate::vouchers::limits::Limiter;

/// Most public keys that are remembered.
const REMEMBERED_KEYS: u64 = 2_000;

/// Whose requests to the front ends are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Those of all the machines of a body.
    Machines(TenantId),
    /// Those of a person who works for a body. A page of ours takes several requests: people who work at the same time, and the body's
    /// machines, do not wait for each other.
    Person(TenantId, Option<UserId>),
}

/// What every operation has at hand; cheap to clone.
#[derive(Clone)]
pub struct Context(Arc<Parts>);

/// The parts of a [`Context`].
pub struct Parts {
    /// What everything runs on.
    pub app: App,
    /// Settings.
    pub config: Config,
    /// The keys that sign vouchers.
    pub keys: Keys,
    /// Requests of each client.
    pub per_client: Limiter<ClientId>,
    /// Requests from each address.
    pub per_source: Limiter<Option<IpAddr>>,
    /// Keys that sign the sessions of people.
    pub portal_keys: PortalKeys,
    /// Seals the tickets of addresses that hold without a session.
    pub tickets: Seal,
    /// Requests of each body's machines, and of each person.
    pub per_asker: Limiter<Counted>,
    /// Public keys by their thumbprint: the one thing that can be remembered, because a thumbprint never gets another key.
    pub public_keys: Cache<String, Arc<Verifier>>,
}

impl Context {
    /// Over `app`.
    pub fn new(app: App, config: Config) -> Self {
        let config = config.at(app.public_url());
        Self(Arc::new(Parts {
            keys: Keys::new(app.clone()),
            per_client: Limiter::new(config.vouchers.per_client),
            per_source: Limiter::new(config.vouchers.per_source),
            per_asker: Limiter::new(config.per_asker),
            portal_keys: PortalKeys::new(),
            tickets: Seal::new(app.secret(), "interop archives"),
            public_keys: Cache::builder().max_capacity(REMEMBERED_KEYS).build(),
            config,
            app,
        }))
    }
}

impl std::ops::Deref for Context {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

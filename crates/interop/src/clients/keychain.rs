//! A keychain: the public keys by which consumers verify what a producer has signed for them (C10). No voucher comes of it.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{RomeTime, TenantId};
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::members::Seed;
use crate::catalog::eservice::EService;
use crate::errors::{Fault, Refusal};
use crate::ids::{EServiceId, KeychainId};

/// A keychain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Keychain {
    /// Identifier.
    pub id: KeychainId,
    /// Whose it is.
    pub producer_id: TenantId,
    /// Name.
    pub name: String,
    /// Description.
    #[serde(default)]
    pub description: Option<String>,
    /// Its operators.
    #[serde(default)]
    pub users: BTreeSet<kernel::UserId>,
    /// The e-services whose answers its keys sign.
    #[serde(default)]
    pub eservices: BTreeSet<EServiceId>,
    /// Its keys, by thumbprint.
    #[serde(default)]
    pub keys: BTreeMap<String, Key>,
    /// When it was created.
    pub created_at: RomeTime,
}

impl Keychain {
    /// A keychain without e-services and keys.
    ///
    /// # Errors
    /// Those of [`Seed::check`].
    pub fn create(seed: Seed, producer_id: TenantId, (id, now): (KeychainId, RomeTime)) -> Result<Self, Refusal> {
        let users = seed.check()?;
        let Seed { name, description, .. } = seed;
        let (eservices, keys) = (BTreeSet::new(), BTreeMap::new());
        Ok(Self { id, producer_id, name, description, users, eservices, keys, created_at: now })
    }

    /// Lets only its owner pass.
    ///
    /// # Errors
    /// [`Fault::NotAllowedOnKeychain`].
    pub fn of(&self, body: TenantId) -> Result<(), Fault> {
        if self.producer_id == body { Ok(()) } else { Err(Fault::NotAllowedOnKeychain) }
    }

    /// Links an e-service of its owner.
    ///
    /// # Errors
    /// [`Fault::NotAllowedOnEService`], [`Fault::EServiceAlreadyLinked`].
    pub fn link(&mut self, eservice: &EService) -> Result<(), Fault> {
        if eservice.producer_id != self.producer_id {
            return Err(Fault::NotAllowedOnEService);
        }
        if self.eservices.insert(eservice.id) { Ok(()) } else { Err(Fault::EServiceAlreadyLinked) }
    }

    /// Unlinks an e-service, and only that; false when it was not linked.
    pub fn unlink(&mut self, eservice: EServiceId) -> bool {
        self.eservices.remove(&eservice)
    }
}

//! A client: a group of operators and of the keys that they deposit, linked to purposes.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{RomeTime, TenantId, UserId};
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::members;
pub use super::members::{Operator, Seed};
use crate::agreements::agreement::Agreement;
use crate::attributes::tenant::Person;
use crate::errors::{Fault, Refusal};
use crate::ids::{ClientId, PurposeId};
use crate::purposes::purpose::Purpose;
use crate::roles::Role;
use crate::rules::Rules;

/// What a client's keys give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// Vouchers for e-services, by its purposes.
    Consumer,
    /// Vouchers for the API of the platform itself ("Interop M2M").
    Api,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Identifier.
    pub id: ClientId,
    /// Whose it is.
    pub consumer_id: TenantId,
    /// Name.
    pub name: String,
    /// Description.
    #[serde(default)]
    pub description: Option<String>,
    /// What its keys give.
    pub kind: Kind,
    /// Whoever answers for what its vouchers do, if it is for the API: they are an administrator's.
    #[serde(default)]
    pub admin_id: Option<UserId>,
    /// Its operators.
    #[serde(default)]
    pub users: BTreeSet<UserId>,
    /// Its purposes.
    #[serde(default)]
    pub purposes: BTreeSet<PurposeId>,
    /// Its keys, by thumbprint.
    #[serde(default)]
    pub keys: BTreeMap<String, Key>,
    /// When it was created.
    pub created_at: RomeTime,
}

impl Client {
    /// A client without purposes and keys: nothing changes for anybody's vouchers (C1).
    ///
    /// # Errors
    /// [`Fault::DuplicatedMembers`], or what does not fit the schema.
    pub fn create(seed: Seed, kind: Kind, consumer_id: TenantId, (id, now): (ClientId, RomeTime)) -> Result<Self, Refusal> {
        let users = seed.check()?;
        Ok(Self {
            id,
            consumer_id,
            name: seed.name,
            description: seed.description,
            kind,
            admin_id: None,
            users,
            purposes: BTreeSet::new(),
            keys: BTreeMap::new(),
            created_at: now,
        })
    }

    /// Lets only its owner pass (C2).
    ///
    /// # Errors
    /// [`Fault::NotAllowedOnClient`].
    pub fn of(&self, body: TenantId) -> Result<(), Fault> {
        if self.consumer_id == body { Ok(()) } else { Err(Fault::NotAllowedOnClient) }
    }

    /// Lets whoever may see it pass: somebody who only keeps keys must be one of its operators (C8).
    ///
    /// # Errors
    /// [`Fault::SecurityUserNotMember`].
    pub fn visible_to(&self, operator: Operator<'_>) -> Result<(), Fault> {
        operator.may_see(&self.users)
    }

    /// Adds an operator (C3). `person` is what the owner's registry of people says.
    ///
    /// # Errors
    /// [`Fault::UserWithoutPrivileges`], [`Fault::UserAlreadyAssigned`].
    pub fn add_user(&mut self, id: UserId, person: Option<&Person>) -> Result<(), Fault> {
        members::add_user(&mut self.users, id, person)
    }

    /// Removes an operator (C3): the keys that he deposited stay.
    ///
    /// # Errors
    /// [`Fault::ClientUserNotFound`].
    pub fn remove_user(&mut self, id: UserId) -> Result<(), Fault> {
        members::remove_user(&mut self.users, id)
    }

    /// Deposits a key (C4). Whoever deposits is one of its operators. That the thumbprint is new to the platform is the store's.
    ///
    /// # Errors
    /// [`Fault::UserNotAllowedOnClient`], [`Fault::TooManyKeys`], [`Fault::KeyAlreadyExists`].
    pub fn add_key(&mut self, key: Key, operator: Operator<'_>) -> Result<(), Fault> {
        members::add_key((&self.users, &mut self.keys), key, operator)
    }

    /// Deletes a key (C5): an administrator any, an operator those of his clients or, as the rules say, only those that he deposited.
    ///
    /// # Errors
    /// [`Fault::UserNotAllowedOnClient`], [`Fault::ClientKeyNotFound`], [`Fault::NotAllowedToDeleteKey`].
    pub fn delete_key(&mut self, kid: &str, operator: Operator<'_>, rules: &Rules) -> Result<Key, Fault> {
        members::delete_key((&self.users, &mut self.keys), kid, operator, rules)
    }

    /// Links a purpose (C6): both are one body's, and the purpose could work.
    ///
    /// # Errors
    /// [`Fault::ClientKindNotAllowed`], [`Fault::NotAllowedOnPurpose`], [`Fault::NoUsableAgreement`],
    /// [`Fault::NoUsablePurposeVersion`], [`Fault::AlreadyLinked`].
    pub fn link(&mut self, purpose: &Purpose, agreement: Option<&Agreement>) -> Result<(), Fault> {
        if self.kind != Kind::Consumer {
            return Err(Fault::ClientKindNotAllowed);
        }
        if purpose.consumer_id != self.consumer_id {
            return Err(Fault::NotAllowedOnPurpose);
        }
        if !agreement.is_some_and(|agreement| agreement.state.runs()) {
            return Err(Fault::NoUsableAgreement);
        }
        if purpose.current().is_none() {
            return Err(Fault::NoUsablePurposeVersion);
        }
        if self.purposes.insert(purpose.id) { Ok(()) } else { Err(Fault::AlreadyLinked) }
    }

    /// Unlinks a purpose, and only that (C7); false when it was not linked.
    pub fn unlink(&mut self, purpose: PurposeId) -> bool {
        self.purposes.remove(&purpose)
    }

    /// Names whoever answers for an API client's vouchers (C9): one at a time.
    ///
    /// # Errors
    /// [`Fault::ClientKindNotAllowed`], [`Fault::AlreadyAdmin`], [`Fault::UserWithoutPrivileges`].
    pub fn set_admin(&mut self, id: UserId, person: Option<&Person>) -> Result<(), Fault> {
        if self.kind != Kind::Api {
            return Err(Fault::ClientKindNotAllowed);
        }
        if self.admin_id == Some(id) {
            return Err(Fault::AlreadyAdmin);
        }
        if !person.is_some_and(|person| person.roles.contains(&Role::Admin)) {
            return Err(Fault::UserWithoutPrivileges);
        }
        self.admin_id = Some(id);
        Ok(())
    }

    /// Relieves that administrator.
    ///
    /// # Errors
    /// [`Fault::AdminNotFound`].
    pub fn remove_admin(&mut self, id: UserId) -> Result<(), Fault> {
        if self.admin_id == Some(id) {
            self.admin_id = None;
            return Ok(());
        }
        Err(Fault::AdminNotFound)
    }
}

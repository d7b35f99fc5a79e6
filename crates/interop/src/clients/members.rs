//! What a client and a keychain have in common: operators, and the keys that they deposit (C3 to C5, C8).

use std::collections::{BTreeMap, BTreeSet};

use kernel::UserId;
use serde::Deserialize;

use super::key::Key;
use crate::attributes::tenant::Person;
use crate::errors::{Fault, Refusal, Service};
use crate::roles::Role;
use crate::rules::Rules;

/// Most keys of a client, or of a keychain.
const MOST_KEYS: usize = 100;

/// What is asked for (C1).
#[derive(Clone, Debug, Deserialize)]
pub struct Seed {
    /// Name.
    pub name: String,
    /// Description.
    #[serde(default)]
    pub description: Option<String>,
    /// First operators.
    #[serde(default)]
    pub members: Vec<UserId>,
}

impl Seed {
    /// The operators, if everything fits the schema.
    ///
    /// # Errors
    /// [`Fault::DuplicatedMembers`], or what does not fit.
    pub fn check(&self) -> Result<BTreeSet<UserId>, Refusal> {
        if !(5..=60).contains(&self.name.trim().chars().count()) {
            return Err(Fault::Malformed(Service::Authorization).told("name: da 5 a 60 caratteri"));
        }
        if self.description.as_ref().is_some_and(|text| !(10..=250).contains(&text.trim().chars().count())) {
            return Err(Fault::Malformed(Service::Authorization).told("description: da 10 a 250 caratteri"));
        }
        let users: BTreeSet<_> = self.members.iter().copied().collect();
        if users.len() < self.members.len() { Err(Fault::DuplicatedMembers.into()) } else { Ok(users) }
    }
}

/// Whoever works on a client.
#[derive(Clone, Copy, Debug)]
pub struct Operator<'a> {
    /// The person; nobody if a machine.
    pub id: Option<UserId>,
    /// What the person may do.
    pub roles: &'a [Role],
}

impl Operator<'_> {
    fn is_admin(self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Admin | Role::M2mAdmin))
    }

    fn is_among(self, users: &BTreeSet<UserId>) -> bool {
        self.id.is_some_and(|id| users.contains(&id))
    }

    /// Whether the person may keep keys and nothing else.
    pub fn only_keeps_keys(self) -> bool {
        self.roles == [Role::Security]
    }

    /// Lets whoever may see something of these operators pass: somebody who only keeps keys must be one of them (C8).
    ///
    /// # Errors
    /// [`Fault::SecurityUserNotMember`].
    pub fn may_see(self, users: &BTreeSet<UserId>) -> Result<(), Fault> {
        if self.is_among(users) || !self.only_keeps_keys() { Ok(()) } else { Err(Fault::SecurityUserNotMember) }
    }
}

/// Adds an operator (C3). `person` is what the owner's registry of people says.
///
/// # Errors
/// [`Fault::UserWithoutPrivileges`], [`Fault::UserAlreadyAssigned`].
pub fn add_user(users: &mut BTreeSet<UserId>, id: UserId, person: Option<&Person>) -> Result<(), Fault> {
    if users.contains(&id) {
        return Err(Fault::UserAlreadyAssigned);
    }
    let fit = person.is_some_and(|person| person.roles.iter().any(|role| matches!(role, Role::Security | Role::Admin)));
    if !fit {
        return Err(Fault::UserWithoutPrivileges);
    }
    users.insert(id);
    Ok(())
}

/// Removes an operator (C3): the keys that he deposited stay.
///
/// # Errors
/// [`Fault::ClientUserNotFound`].
pub fn remove_user(users: &mut BTreeSet<UserId>, id: UserId) -> Result<(), Fault> {
    if users.remove(&id) { Ok(()) } else { Err(Fault::ClientUserNotFound) }
}

/// Deposits a key (C4). Whoever deposits is one of the operators. That the thumbprint is new to the platform is the store's.
///
/// # Errors
/// [`Fault::UserNotAllowedOnClient`], [`Fault::TooManyKeys`], [`Fault::KeyAlreadyExists`].
pub fn add_key(
    (users, keys): (&BTreeSet<UserId>, &mut BTreeMap<String, Key>),
    key: Key,
    operator: Operator<'_>,
) -> Result<(), Fault> {
    if !operator.is_among(users) {
        return Err(Fault::UserNotAllowedOnClient);
    }
    if keys.len() >= MOST_KEYS {
        return Err(Fault::TooManyKeys);
    }
    if keys.contains_key(&key.kid) {
        return Err(Fault::KeyAlreadyExists);
    }
    keys.insert(key.kid.clone(), key);
    Ok(())
}

/// Deletes a key (C5): an administrator any, an operator those of his clients or, as the rules say, only those that he deposited.
///
/// # Errors
/// [`Fault::UserNotAllowedOnClient`], [`Fault::ClientKeyNotFound`], [`Fault::NotAllowedToDeleteKey`].
pub fn delete_key(
    (users, keys): (&BTreeSet<UserId>, &mut BTreeMap<String, Key>),
    kid: &str,
    operator: Operator<'_>,
    rules: &Rules,
) -> Result<Key, Fault> {
    if !operator.is_among(users) && !operator.is_admin() {
        return Err(Fault::UserNotAllowedOnClient);
    }
    let key = keys.get(kid).ok_or(Fault::ClientKeyNotFound)?;
    let own = operator.id == Some(key.user_id);
    if !own && !operator.is_admin() && !rules.delete_keys_of_others {
        return Err(Fault::NotAllowedToDeleteKey);
    }
    keys.remove(kid).ok_or(Fault::ClientKeyNotFound)
}

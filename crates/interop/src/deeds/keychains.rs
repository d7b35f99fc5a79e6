//! Deeds with keychains of producers (C10), by the rules of clients.

use kernel::UserId;
use storage::Tx;

use super::trace::Hung;
use super::{Deed, Done, taken};
use crate::clients::key::{self, Key};
use crate::clients::keychain::Keychain;
use crate::clients::members::{self, Seed};
use crate::errors::Fault;
use crate::ids::{EServiceId, KeychainId};
use crate::roles::Act;
use crate::store::lists::{Listed, Page};
use crate::store::{self, Purpose as Why};

impl Deed {
    fn keychain(&self, tx: &mut Tx<'_>, id: KeychainId, act: Act) -> Done<Keychain> {
        self.may(act)?;
        let keychain = store::keychains::find(tx, id, Why::Change)?.ok_or(Fault::KeychainNotFound)?;
        keychain.of(self.actor.tenant)?;
        Ok(keychain)
    }

    fn save_keychain(&self, tx: &mut Tx<'_>, keychain: &Keychain, event: &str) -> Done<()> {
        store::keychains::save(tx, keychain).map_err(|error| taken(error, Fault::KeyAlreadyExists))?;
        self.note(tx, keychain, None, event)
    }
}

/// A new keychain.
///
/// # Errors
/// Those of [`Keychain::create`]; [`Fault::UserWithoutPrivileges`] when a member is not one of the body's operators.
pub fn create(tx: &mut Tx<'_>, deed: &Deed, seed: Seed) -> Done<Keychain> {
    deed.may(Act::WriteClient)?;
    let mut keychain = Keychain::create(seed, deed.actor.tenant, (KeychainId(deed.id()), deed.now))?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    for member in std::mem::take(&mut keychain.users) {
        members::add_user(&mut keychain.users, member, body.users.get(&member))?;
    }
    deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_ADDED")?;
    Ok(keychain)
}

/// Deletes a keychain with its keys and links.
///
/// # Errors
/// [`Fault::KeychainNotFound`], [`Fault::NotAllowedOnKeychain`].
pub fn delete(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId) -> Done<()> {
    let keychain = deed.keychain(tx, id, Act::WriteClient)?;
    store::keychains::delete(tx, id)?;
    for kid in keychain.keys.keys() {
        deed.note(tx, &Hung { kid, keychain: &keychain }, None, "PRODUCER_KEYCHAIN_KEY_DELETED")?;
    }
    deed.note(tx, &keychain, None, "PRODUCER_KEYCHAIN_DELETED")
}

/// Adds an operator.
///
/// # Errors
/// Those of [`members::add_user`].
pub fn add_user(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId, user: UserId) -> Done<Keychain> {
    let mut keychain = deed.keychain(tx, id, Act::WriteClient)?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    members::add_user(&mut keychain.users, user, body.users.get(&user))?;
    deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_USER_ADDED")?;
    Ok(keychain)
}

/// Removes an operator: the keys that he deposited stay.
///
/// # Errors
/// Those of [`members::remove_user`].
pub fn remove_user(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId, user: UserId) -> Done<()> {
    let mut keychain = deed.keychain(tx, id, Act::WriteClient)?;
    members::remove_user(&mut keychain.users, user)?;
    deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_USER_REMOVED")
}

/// Deposits a key; one of a client cannot be one of a keychain, too.
///
/// # Errors
/// Those of [`Key::deposit`] and [`members::add_key`]; [`Fault::UserNotFound`].
pub fn add_key(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId, seed: key::Seed) -> Done<Key> {
    let mut keychain = deed.keychain(tx, id, Act::WriteKey)?;
    let user = deed.actor.user.ok_or(Fault::UserNotFound)?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    if !body.users.contains_key(&user) {
        return Err(Fault::UserNotFound.into());
    }
    let key = Key::deposit(seed, user, deed.now)?;
    members::add_key((&keychain.users, &mut keychain.keys), key.clone(), deed.operator())?;
    deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_UPDATED")?;
    deed.note(tx, &Hung { kid: &key.kid, keychain: &keychain }, None, "PRODUCER_KEYCHAIN_KEY_ADDED")?;
    Ok(key)
}

/// Deletes a key.
///
/// # Errors
/// Those of [`members::delete_key`].
pub fn delete_key(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId, kid: &str) -> Done<()> {
    let mut keychain = deed.keychain(tx, id, Act::WriteKey)?;
    members::delete_key((&keychain.users, &mut keychain.keys), kid, deed.operator(), &deed.rules)?;
    deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_UPDATED")?;
    deed.note(tx, &Hung { kid, keychain: &keychain }, None, "PRODUCER_KEYCHAIN_KEY_DELETED")
}

/// Links an e-service.
///
/// # Errors
/// Those of [`Keychain::link`]; [`Fault::KeychainEServiceNotFound`].
pub fn link(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId, eservice: EServiceId) -> Done<()> {
    deed.may(Act::WriteClient)?;
    let eservice = deed.eservice(tx, eservice, Fault::KeychainEServiceNotFound)?;
    let mut keychain = deed.keychain(tx, id, Act::WriteClient)?;
    keychain.link(&eservice)?;
    deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_ESERVICE_ADDED")
}

/// Unlinks an e-service, and only that.
///
/// # Errors
/// [`Fault::KeychainNotFound`], [`Fault::NotAllowedOnKeychain`].
pub fn unlink(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId, eservice: EServiceId) -> Done<()> {
    let mut keychain = deed.keychain(tx, id, Act::WriteClient)?;
    if keychain.unlink(eservice) { deed.save_keychain(tx, &keychain, "PRODUCER_KEYCHAIN_ESERVICE_REMOVED") } else { Ok(()) }
}

/// A keychain of the actor's body, for whoever may see it.
///
/// # Errors
/// [`Fault::KeychainNotFound`], [`Fault::NotAllowedOnKeychain`], [`Fault::SecurityUserNotMember`].
pub fn look(tx: &mut Tx<'_>, deed: &Deed, id: KeychainId) -> Done<Keychain> {
    deed.may(Act::LookAtClients)?;
    let keychain = store::keychains::find(tx, id, Why::Look)?.ok_or(Fault::KeychainNotFound)?;
    keychain.of(deed.actor.tenant)?;
    deed.operator().may_see(&keychain.users)?;
    Ok(keychain)
}

/// The keychains of the actor's body; somebody who only keeps keys sees those that he belongs to.
///
/// # Errors
/// When the actor may not look.
pub fn list(
    tx: &mut Tx<'_>,
    deed: &Deed,
    text: Option<&str>,
    eservice: Option<EServiceId>,
    page: Page,
) -> Done<Listed<Keychain>> {
    deed.may(Act::LookAtClients)?;
    let (mut found, _) = store::keychains::list(tx, deed.actor.tenant, text, Page::ALL)?;
    // A body has few: what only some ask for is no column.
    found.retain(|keychain| {
        let of = eservice.is_none_or(|eservice| keychain.eservices.contains(&eservice));
        of && deed.operator().may_see(&keychain.users).is_ok()
    });
    Ok(page.cut(found))
}

/// A key by its thumbprint: public keys are everybody's, so that consumers can verify with them.
///
/// # Errors
/// [`Fault::ClientKeyNotFound`].
pub fn key(tx: &mut Tx<'_>, deed: &Deed, kid: &str) -> Done<(KeychainId, Key)> {
    deed.may(Act::LookAtClients)?;
    let keychain = store::keychains::owner_of(tx, kid)?.ok_or(Fault::ClientKeyNotFound)?;
    let mut keychain = store::keychains::find(tx, keychain, Why::Look)?.ok_or(Fault::ClientKeyNotFound)?;
    Ok((keychain.id, keychain.keys.remove(kid).ok_or(Fault::ClientKeyNotFound)?))
}

//! Deeds with clients (C1 to C9).

use kernel::UserId;
use storage::Tx;

use super::trace::Kept;
use super::{Deed, Done, taken};
use crate::clients::client::{Client, Kind, Operator, Seed};
use crate::clients::key::{self, Key};
use crate::errors::Fault;
use crate::ids::{ClientId, PurposeId};
use crate::roles::Act;
use crate::store::{self, Purpose as Why};

impl Deed {
    /// The client to be changed, if it is the actor's body's and the actor may see it.
    fn client(&self, tx: &mut Tx<'_>, id: ClientId, act: Act) -> Done<Client> {
        self.may(act)?;
        let client = store::clients::find(tx, id, Why::Change)?.ok_or(Fault::ClientNotFound)?;
        client.of(self.actor.tenant)?;
        Ok(client)
    }

    pub(super) fn operator(&self) -> Operator<'_> {
        Operator { id: self.actor.user, roles: &self.actor.roles }
    }

    fn save_client(&self, tx: &mut Tx<'_>, client: &Client, event: &str) -> Done<()> {
        store::clients::save(tx, client).map_err(|error| taken(error, Fault::KeyAlreadyExists))?;
        self.note(tx, client, None, event)
    }
}

/// A new client (C1).
///
/// # Errors
/// Those of [`Client::create`]; [`Fault::UserWithoutPrivileges`] when a member is not one of the body's operators.
pub fn create(tx: &mut Tx<'_>, deed: &Deed, kind: Kind, seed: Seed) -> Done<Client> {
    deed.may(if kind == Kind::Api { Act::CreateApiClient } else { Act::WriteClient })?;
    let mut client = Client::create(seed, kind, deed.actor.tenant, (ClientId(deed.id()), deed.now))?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    for member in std::mem::take(&mut client.users) {
        client.add_user(member, body.users.get(&member))?;
    }
    deed.save_client(tx, &client, "CLIENT_ADDED")?;
    Ok(client)
}

/// Deletes a client with its keys and links (C2).
///
/// # Errors
/// [`Fault::ClientNotFound`], [`Fault::NotAllowedOnClient`].
pub fn delete(tx: &mut Tx<'_>, deed: &Deed, id: ClientId) -> Done<()> {
    let client = deed.client(tx, id, Act::WriteClient)?;
    store::clients::delete(tx, id)?;
    deed.note(tx, &client, None, "CLIENT_DELETED")
}

/// Adds an operator (C3).
///
/// # Errors
/// Those of [`Client::add_user`].
pub fn add_user(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, user: UserId) -> Done<Client> {
    let mut client = deed.client(tx, id, Act::WriteClient)?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    client.add_user(user, body.users.get(&user))?;
    deed.save_client(tx, &client, "CLIENT_USER_ADDED")?;
    Ok(client)
}

/// Removes an operator (C3).
///
/// # Errors
/// Those of [`Client::remove_user`].
pub fn remove_user(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, user: UserId) -> Done<Client> {
    let mut client = deed.client(tx, id, Act::WriteClient)?;
    client.remove_user(user)?;
    deed.save_client(tx, &client, "CLIENT_USER_REMOVED")?;
    Ok(client)
}

/// Deposits a key (C4).
///
/// # Errors
/// Those of [`Key::deposit`] and [`Client::add_key`]; [`Fault::UserNotFound`].
pub fn add_key(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, seed: key::Seed) -> Done<Key> {
    let mut client = deed.client(tx, id, Act::WriteKey)?;
    let user = deed.actor.user.ok_or(Fault::UserNotFound)?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    if !body.users.contains_key(&user) {
        return Err(Fault::UserNotFound.into());
    }
    let key = Key::deposit(seed, user, deed.now)?;
    client.add_key(key.clone(), deed.operator())?;
    deed.save_client(tx, &client, "CLIENT_UPDATED")?;
    deed.note(tx, &Kept { kid: &key.kid, client: &client }, None, "CLIENT_KEY_ADDED")?;
    Ok(key)
}

/// Deletes a key (C5).
///
/// # Errors
/// Those of [`Client::delete_key`].
pub fn delete_key(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, kid: &str) -> Done<()> {
    let mut client = deed.client(tx, id, Act::WriteKey)?;
    client.delete_key(kid, deed.operator(), &deed.rules)?;
    deed.save_client(tx, &client, "CLIENT_UPDATED")?;
    deed.note(tx, &Kept { kid, client: &client }, None, "CLIENT_KEY_DELETED")
}

/// Links a purpose (C6).
///
/// # Errors
/// Those of [`Client::link`]; [`Fault::ClientPurposeNotFound`].
pub fn link(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, purpose: PurposeId) -> Done<Client> {
    deed.may(Act::WriteClient)?;
    // The e-service is held, so that the purpose cannot end meanwhile.
    let found = store::purposes::find(tx, purpose, Why::Look)?.ok_or(Fault::ClientPurposeNotFound)?;
    deed.eservice(tx, found.eservice_id, Fault::ClientPurposeNotFound)?;
    let purpose = store::purposes::find(tx, purpose, Why::Look)?.ok_or(Fault::ClientPurposeNotFound)?;
    let mut client = deed.client(tx, id, Act::WriteClient)?;
    let agreement = store::agreements::current(tx, purpose.consumer_id, purpose.eservice_id)?;
    client.link(&purpose, agreement.as_ref())?;
    deed.save_client(tx, &client, "CLIENT_PURPOSE_ADDED")?;
    Ok(client)
}

/// Unlinks a purpose, and only that (C7).
///
/// # Errors
/// [`Fault::ClientNotFound`], [`Fault::NotAllowedOnClient`].
pub fn unlink(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, purpose: PurposeId) -> Done<Client> {
    let mut client = deed.client(tx, id, Act::WriteClient)?;
    if client.unlink(purpose) {
        deed.save_client(tx, &client, "CLIENT_PURPOSE_REMOVED")?;
    }
    Ok(client)
}

/// Takes a purpose that ends out of every client.
pub(super) fn unlink_everywhere(tx: &mut Tx<'_>, deed: &Deed, purpose: PurposeId) -> Done<()> {
    for id in store::clients::linked_to(tx, purpose)? {
        let Some(mut client) = store::clients::find(tx, id, Why::Change)? else { continue };
        client.unlink(purpose);
        deed.save_client(tx, &client, "CLIENT_PURPOSE_REMOVED")?;
    }
    Ok(())
}

/// A client, for whoever may see it (C8).
///
/// # Errors
/// [`Fault::ClientNotFound`], [`Fault::NotAllowedOnClient`], [`Fault::SecurityUserNotMember`].
pub fn look(tx: &mut Tx<'_>, deed: &Deed, id: ClientId) -> Done<Client> {
    deed.may(Act::LookAtClients)?;
    let client = store::clients::find(tx, id, Why::Look)?.ok_or(Fault::ClientNotFound)?;
    client.of(deed.actor.tenant)?;
    client.visible_to(deed.operator())?;
    Ok(client)
}

/// Names whoever answers for an API client's vouchers (C9).
///
/// # Errors
/// Those of [`Client::set_admin`].
pub fn set_admin(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, user: UserId) -> Done<Client> {
    let mut client = deed.client(tx, id, Act::WriteClient)?;
    let body = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    client.set_admin(user, body.users.get(&user))?;
    deed.save_client(tx, &client, "CLIENT_ADMIN_SET")?;
    Ok(client)
}

/// Relieves that administrator (C9): the client's vouchers only look from now on.
///
/// # Errors
/// Those of [`Client::remove_admin`].
pub fn remove_admin(tx: &mut Tx<'_>, deed: &Deed, id: ClientId, user: UserId) -> Done<Client> {
    let mut client = deed.client(tx, id, Act::WriteClient)?;
    client.remove_admin(user)?;
    deed.save_client(tx, &client, "CLIENT_ADMIN_REMOVED")?;
    Ok(client)
}

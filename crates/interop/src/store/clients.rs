//! Clients, their keys and their links.

use kernel::{TenantId, UserId};
use storage::{Result, Tx, params};

use super::lists::{Filter, Listed, Page, containing};
use super::{Purpose, body, name_of, thumbprints, to_text};
use crate::clients::client::{Client, Kind};
use crate::clients::key::PublicKey;
use crate::ids::{ClientId, PurposeId};

/// A client.
pub fn find(tx: &mut Tx<'_>, id: ClientId, purpose: Purpose) -> Result<Option<Client>> {
    let sql = format!("SELECT body FROM interop_clients WHERE id = $1{}", purpose.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// A body's clients, oldest first.
pub fn list_of(tx: &mut Tx<'_>, consumer: TenantId) -> Result<Vec<Client>> {
    let mut clients: Vec<Client> = tx.all("SELECT body FROM interop_clients WHERE consumer_id = $1", params![consumer], body)?;
    clients.sort_by_key(|client| (client.created_at, client.id));
    Ok(clients)
}

/// Stores a client with its keys and links; [`storage::Error::Unique`] when one of its keys is another client's or a keychain's.
pub fn save(tx: &mut Tx<'_>, client: &Client) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_clients (id, consumer_id, kind, admin_id, name_key, body) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET admin_id = excluded.admin_id, name_key = excluded.name_key, body = excluded.body",
        params![
            client.id,
            client.consumer_id,
            name_of(&client.kind)?,
            client.admin_id,
            client.name.trim().to_lowercase(),
            to_text(client)?
        ],
    )?;
    let stored = tx.all("SELECT kid FROM interop_keys WHERE client_id = $1", params![client.id], |row| row.get::<String>(0))?;
    for gone in stored.iter().filter(|kid| !client.keys.contains_key(*kid)) {
        tx.execute("DELETE FROM interop_keys WHERE kid = $1", params![gone])?;
        thumbprints::leave(tx, gone, client.id.0)?;
    }
    for (kid, key) in client.keys.iter().filter(|(kid, _)| !stored.contains(kid)) {
        thumbprints::take(tx, kid, client.id.0)?;
        tx.execute(
            "INSERT INTO interop_keys (kid, client_id, usage, n, e, user_id) VALUES ($1, $2, $3, $4, $5, $6)",
            params![kid, client.id, name_of(&key.usage)?, key.public.n, key.public.e, key.user_id],
        )?;
    }
    let members = "SELECT user_id FROM interop_members WHERE client_id = $1";
    let stored = tx.all(members, params![client.id], |row| row.get::<UserId>(0))?;
    for gone in stored.iter().filter(|user| !client.users.contains(user)) {
        tx.execute("DELETE FROM interop_members WHERE client_id = $1 AND user_id = $2", params![client.id, gone])?;
    }
    for user in client.users.iter().filter(|user| !stored.contains(user)) {
        tx.execute("INSERT INTO interop_members (client_id, user_id) VALUES ($1, $2)", params![client.id, user])?;
    }
    let links = "SELECT purpose_id FROM interop_links WHERE client_id = $1";
    let stored = tx.all(links, params![client.id], |row| row.get::<PurposeId>(0))?;
    for gone in stored.iter().filter(|purpose| !client.purposes.contains(purpose)) {
        tx.execute("DELETE FROM interop_links WHERE client_id = $1 AND purpose_id = $2", params![client.id, gone])?;
    }
    for purpose in client.purposes.iter().filter(|purpose| !stored.contains(purpose)) {
        tx.execute("INSERT INTO interop_links (client_id, purpose_id) VALUES ($1, $2)", params![client.id, purpose])?;
    }
    Ok(())
}

/// Removes a client: its keys and links go with it (C2).
pub fn delete(tx: &mut Tx<'_>, id: ClientId) -> Result<()> {
    for sql in [
        "DELETE FROM interop_thumbprints WHERE owner_id = $1 AND kid IN (SELECT kid FROM interop_keys WHERE client_id = $1)",
        "DELETE FROM interop_keys WHERE client_id = $1",
        "DELETE FROM interop_links WHERE client_id = $1",
        "DELETE FROM interop_members WHERE client_id = $1",
        "DELETE FROM interop_clients WHERE id = $1",
    ] {
        tx.execute(sql, params![id])?;
    }
    Ok(())
}

/// The key of a thumbprint and whose it is, if it is one that signs.
pub fn find_key(tx: &mut Tx<'_>, kid: &str) -> Result<Option<(ClientId, PublicKey)>> {
    let sql = "SELECT client_id, n, e FROM interop_keys WHERE kid = $1 AND usage = 'SIG'";
    tx.optional(sql, params![kid], |row| Ok((row.get(0)?, PublicKey { n: row.get(1)?, e: row.get(2)? })))
}

/// The client that a key is of, whatever it is for.
pub fn owner_of(tx: &mut Tx<'_>, kid: &str) -> Result<Option<ClientId>> {
    tx.optional("SELECT client_id FROM interop_keys WHERE kid = $1", params![kid], |row| row.get(0))
}

/// The clients that a purpose is linked to, in the order in which they are locked.
pub fn linked_to(tx: &mut Tx<'_>, purpose: PurposeId) -> Result<Vec<ClientId>> {
    let sql = "SELECT client_id FROM interop_links WHERE purpose_id = $1 ORDER BY client_id";
    tx.all(sql, params![purpose], |row| row.get(0))
}

/// Which clients are looked for; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Whose.
    pub consumer: Option<TenantId>,
    /// Text in the name.
    pub name: Option<String>,
    /// What their keys give.
    pub kind: Option<Kind>,
    /// Operators, one of whom belongs to it.
    pub users: Vec<UserId>,
    /// A purpose that it is linked to.
    pub purpose: Option<PurposeId>,
}

/// Clients by name.
pub fn list(tx: &mut Tx<'_>, query: &Query, page: Page) -> Result<Listed<Client>> {
    let name: Vec<String> = query.name.iter().filter(|name| !name.trim().is_empty()).map(|name| containing(name)).collect();
    let kind = query.kind.map(|kind| name_of(&kind)).transpose()?;
    let users: Vec<_> = query.users.iter().map(storage::ToParam::to_param).collect();
    let mut filter = Filter::default();
    filter.is("consumer_id", query.consumer.as_ref());
    filter.matches("name_key", &name);
    filter.is("kind", kind.as_ref());
    if !users.is_empty() {
        let marks = vec!["?"; users.len()].join(", ");
        filter.and(&format!("id IN (SELECT client_id FROM interop_members WHERE user_id IN ({marks}))"), &users);
    }
    if let Some(purpose) = &query.purpose {
        filter.and("id IN (SELECT client_id FROM interop_links WHERE purpose_id = ?)", params![*purpose]);
    }
    filter.page(tx, ("body", "interop_clients", "name_key, id"), page, body)
}

//! Keychains of producers and their keys.

use kernel::TenantId;
use storage::{Result, Tx, params};

use super::lists::{Filter, Listed, Page, containing};
use super::{Purpose, body, thumbprints, to_text};
use crate::clients::keychain::Keychain;
use crate::ids::KeychainId;

/// A keychain.
pub fn find(tx: &mut Tx<'_>, id: KeychainId, purpose: Purpose) -> Result<Option<Keychain>> {
    let sql = format!("SELECT body FROM interop_keychains WHERE id = $1{}", purpose.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Stores a keychain with its keys; [`storage::Error::Unique`] when one of them is another keychain's or a client's.
pub fn save(tx: &mut Tx<'_>, keychain: &Keychain) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_keychains (id, producer_id, name_key, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        params![keychain.id, keychain.producer_id, keychain.name.trim().to_lowercase(), to_text(keychain)?],
    )?;
    let stored = "SELECT kid FROM interop_producer_keys WHERE keychain_id = $1";
    let stored = tx.all(stored, params![keychain.id], |row| row.get::<String>(0))?;
    for gone in stored.iter().filter(|kid| !keychain.keys.contains_key(*kid)) {
        tx.execute("DELETE FROM interop_producer_keys WHERE kid = $1", params![gone])?;
        thumbprints::leave(tx, gone, keychain.id.0)?;
    }
    for kid in keychain.keys.keys().filter(|kid| !stored.contains(kid)) {
        thumbprints::take(tx, kid, keychain.id.0)?;
        tx.execute("INSERT INTO interop_producer_keys (kid, keychain_id) VALUES ($1, $2)", params![kid, keychain.id])?;
    }
    Ok(())
}

/// Removes a keychain: its keys go with it.
pub fn delete(tx: &mut Tx<'_>, id: KeychainId) -> Result<()> {
    for sql in [
        "DELETE FROM interop_thumbprints WHERE owner_id = $1
         AND kid IN (SELECT kid FROM interop_producer_keys WHERE keychain_id = $1)",
        "DELETE FROM interop_producer_keys WHERE keychain_id = $1",
        "DELETE FROM interop_keychains WHERE id = $1",
    ] {
        tx.execute(sql, params![id])?;
    }
    Ok(())
}

/// The keychain that a key is of.
pub fn owner_of(tx: &mut Tx<'_>, kid: &str) -> Result<Option<KeychainId>> {
    tx.optional("SELECT keychain_id FROM interop_producer_keys WHERE kid = $1", params![kid], |row| row.get(0))
}

/// A producer's keychains by name; `text` in the name, if it is given.
pub fn list(tx: &mut Tx<'_>, producer: TenantId, text: Option<&str>, page: Page) -> Result<Listed<Keychain>> {
    let name: Vec<String> = text.iter().filter(|name| !name.trim().is_empty()).map(|name| containing(name)).collect();
    let mut filter = Filter::default();
    filter.is("producer_id", Some(&producer));
    filter.matches("name_key", &name);
    filter.page(tx, ("body", "interop_keychains", "name_key, id"), page, body)
}

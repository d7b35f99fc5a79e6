//! Whose a thumbprint is: of one client or one keychain of the whole platform (C4, C10).

use kernel::Uuid;
use storage::{Result, Tx, params};

/// Gives a thumbprint to a client or a keychain; [`storage::Error::Unique`] when it is anybody's.
pub fn take(tx: &mut Tx<'_>, kid: &str, owner: Uuid) -> Result<()> {
    tx.execute("INSERT INTO interop_thumbprints (kid, owner_id) VALUES ($1, $2)", params![kid, owner])?;
    Ok(())
}

/// Lets somebody else have a thumbprint of `owner`.
pub fn leave(tx: &mut Tx<'_>, kid: &str, owner: Uuid) -> Result<()> {
    tx.execute("DELETE FROM interop_thumbprints WHERE kid = $1 AND owner_id = $2", params![kid, owner])?;
    Ok(())
}

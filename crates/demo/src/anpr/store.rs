//! The statements of the stand-ins.

use kernel::Uuid;
use storage::{Result, Tx, params};

/// Stores the public key of a client.
pub fn put_key(tx: &mut Tx<'_>, kid: &str, client: Uuid, pem: &str) -> Result<()> {
    let sql = "INSERT INTO demo_anpr_keys (kid, client_id, public_key) VALUES ($1, $2, $3)
               ON CONFLICT (kid) DO UPDATE SET client_id = excluded.client_id, public_key = excluded.public_key";
    tx.execute(sql, params![kid, client, pem])?;
    Ok(())
}

/// The public key of a client by its thumbprint.
pub fn find_key(tx: &mut Tx<'_>, kid: &str, client: Uuid) -> Result<Option<String>> {
    let sql = "SELECT public_key FROM demo_anpr_keys WHERE kid = $1 AND client_id = $2";
    tx.optional(sql, params![kid, client], |row| row.get(0))
}

/// The last operation of a client, and what it was answered.
pub fn last_operation(tx: &mut Tx<'_>, client: Uuid) -> Result<Option<(i64, String)>> {
    let sql = format!("SELECT last, answer FROM demo_anpr_operations WHERE client_id = $1{}", tx.for_update());
    tx.optional(&sql, params![client], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Stores the last operation of a client.
pub fn put_operation(tx: &mut Tx<'_>, client: Uuid, number: i64, answer: &str) -> Result<()> {
    let sql = "INSERT INTO demo_anpr_operations (client_id, last, answer) VALUES ($1, $2, $3)
               ON CONFLICT (client_id) DO UPDATE SET last = excluded.last, answer = excluded.answer";
    tx.execute(sql, params![client, number, answer])?;
    Ok(())
}

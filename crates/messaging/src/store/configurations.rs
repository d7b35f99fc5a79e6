//! How senders are asked for remote content.

use kernel::RomeTime;
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text};
use crate::remote::configuration::Sealed;
use crate::submit;
use crate::ulid::Ulid;

/// A configuration, with its keys sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The configuration.
    pub id: Ulid,
    /// Whose it is.
    pub account_id: String,
    /// What it says.
    pub body: Sealed,
}

fn stored(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored { id: row.get(0)?, account_id: row.get(1)?, body: from_text(row.text(2)?)? })
}

/// Adds a configuration.
pub fn insert(tx: &mut Tx<'_>, stored: &Stored, now: RomeTime) -> Result<()> {
    let sql = "INSERT INTO io_configurations (id, account_id, body, updated_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, params![stored.id, stored.account_id, to_text(&stored.body)?, now])?;
    Ok(())
}

/// Replaces an organisation's configuration.
pub fn update(tx: &mut Tx<'_>, stored: &Stored, now: RomeTime) -> Result<()> {
    let sql = "UPDATE io_configurations SET body = $3, updated_at = $4 WHERE id = $1 AND account_id = $2";
    tx.execute(sql, params![stored.id, stored.account_id, to_text(&stored.body)?, now])?;
    Ok(())
}

/// A configuration, whoever's it is.
pub fn find(tx: &mut Tx<'_>, id: Ulid) -> Result<Option<Stored>> {
    tx.optional("SELECT id, account_id, body FROM io_configurations WHERE id = $1", params![id], stored)
}

/// An organisation's configurations, oldest first.
pub fn list(tx: &mut Tx<'_>, account: &str) -> Result<Vec<Stored>> {
    tx.all(
        "SELECT id, account_id, body FROM io_configurations WHERE account_id = $1 ORDER BY id LIMIT 1000",
        params![account],
        stored,
    )
}

/// What the checks of a message look at.
pub fn judged(tx: &mut Tx<'_>, id: &str, account: &str) -> Result<submit::Configuration> {
    let found = match id.parse() {
        Ok(id) => find(tx, id)?,
        Err(_) => None,
    };
    Ok(match found {
        None => submit::Configuration::Unknown,
        Some(stored) if stored.account_id != account => submit::Configuration::Foreign,
        Some(stored) => {
            submit::Configuration::Own(stored.body.prod_environment.is_some(), stored.body.test_environment.is_some())
        }
    })
}

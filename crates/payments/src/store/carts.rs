//! Carts, and which of them are open.

use kernel::Uuid;
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text};
use crate::cart::{Cart, OPEN_FOR};

const COLUMNS: &str = "id, tenant_id, owner, payments, return_url, page, created_at";

fn cart(row: &Row<'_>) -> Result<Cart> {
    Ok(Cart {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        owner: row.get(2)?,
        payments: from_text(&row.get::<String>(3)?)?,
        return_url: row.get(4)?,
        page: row.get(5)?,
        created_at: row.get(6)?,
    })
}

/// Opens a cart, unless the same one is open: then gives that. One that has been open for long is closed first.
pub fn open(tx: &mut Tx<'_>, provider: &str, new: &Cart) -> Result<Cart> {
    let key = new.key(provider);
    let long_ago = new.created_at.plus(-OPEN_FOR);
    tx.execute("UPDATE checkout_carts SET open_key = NULL WHERE open_key = $1 AND created_at < $2", params![key, long_ago])?;
    tx.execute(
        "INSERT INTO checkout_carts (id, tenant_id, provider, owner, payments, return_url, open_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (open_key) DO NOTHING",
        params![new.id, new.tenant_id, provider, new.owner, to_text(&new.payments)?, new.return_url, key, new.created_at],
    )?;
    tx.one(&format!("SELECT {COLUMNS} FROM checkout_carts WHERE open_key = $1"), params![key], cart)
}

/// The cart with this identifier at the provider.
pub fn find(tx: &mut Tx<'_>, provider: &str, id: Uuid) -> Result<Option<Cart>> {
    tx.optional(&format!("SELECT {COLUMNS} FROM checkout_carts WHERE provider = $1 AND id = $2"), params![provider, id], cart)
}

/// Keeps the provider's page, unless one is kept already; gives the one that is kept.
pub fn keep_page(tx: &mut Tx<'_>, id: Uuid, page: &str) -> Result<String> {
    let sql = "UPDATE checkout_carts SET page = coalesce(page, $2) WHERE id = $1 RETURNING page";
    tx.one(sql, params![id, page], |row| row.get(0))
}

/// Closes a cart: whoever chooses the same payments again gets another one.
pub fn close(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    tx.execute("UPDATE checkout_carts SET open_key = NULL WHERE id = $1", params![id])?;
    Ok(())
}

//! Requests for help.

use kernel::{RomeTime, TenantId};
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text, word};
use crate::intermediary::ticket::{Body, State};
use crate::ulid::Ulid;

/// A request for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The request.
    pub id: Ulid,
    /// The supplier whose it is; none: the body's.
    pub provider_id: Option<Ulid>,
    /// Where it stands.
    pub state: State,
    /// What was asked and said.
    pub body: Body,
    /// When it last changed.
    pub updated_at: RomeTime,
}

const TICKET: &str = "id, provider_id, state, body, updated_at";

fn ticket(row: &Row<'_>) -> Result<Ticket> {
    Ok(Ticket {
        id: row.get(0)?,
        provider_id: row.get(1)?,
        state: word(row.text(2)?)?,
        body: from_text(row.text(3)?)?,
        updated_at: row.get(4)?,
    })
}

/// A body's requests, newest first.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Ticket>> {
    tx.all(&format!("SELECT {TICKET} FROM ios_tickets WHERE tenant_id = $1 ORDER BY id DESC LIMIT 200"), params![tenant], ticket)
}

/// One of them.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Ticket>> {
    tx.optional(&format!("SELECT {TICKET} FROM ios_tickets WHERE tenant_id = $1 AND id = $2"), params![tenant, id], ticket)
}

/// The same, not to be changed by others until the transaction ends.
pub fn find_for_change(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Ticket>> {
    let sql = format!("SELECT {TICKET} FROM ios_tickets WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
    tx.optional(&sql, params![tenant, id], ticket)
}

/// Adds or replaces one.
pub fn put(tx: &mut Tx<'_>, tenant: TenantId, ticket: &Ticket) -> Result<()> {
    let sql = "INSERT INTO ios_tickets (id, tenant_id, provider_id, state, body, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (id) DO UPDATE SET state = $4, body = $5, updated_at = $6 WHERE ios_tickets.tenant_id = $2";
    let Ticket { id, provider_id, state, body, updated_at } = ticket;
    tx.execute(sql, params![id, tenant, provider_id, state.word(), to_text(body)?, updated_at])?;
    Ok(())
}

//! What happened to each aggregate, in order. Rows are only added.

use kernel::{RomeTime, TenantId, UserId, Uuid};
use serde::Serialize;
use storage::{Result, Tx, params};

use super::to_text;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub struct Happened<'a> {
    /// Kind of aggregate: `eservice`, `agreement`, `purpose`, `client`, `key`, `tenant`, `attribute`.
    pub stream: &'a str,
    /// The aggregate.
    pub stream_id: &'a str,
    /// What happened, as the public feed calls it.
    pub event_type: &'a str,
    /// When.
    pub at: RomeTime,
    /// Who did it; nobody if the platform.
    pub user_id: Option<UserId>,
    /// For which body.
    pub tenant_id: Option<TenantId>,
    /// The request that caused it.
    pub correlation_id: Option<&'a str>,
}

/// Adds what happened, with the aggregate as it is afterwards. `id` sorts by time.
pub fn append(tx: &mut Tx<'_>, id: Uuid, happened: Happened<'_>, after: &impl Serialize) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_history
           (id, stream, stream_id, version, event_type, happened_at, user_id, tenant_id, correlation_id, body)
         SELECT $1, $2, $3, COALESCE(MAX(version), 0) + 1, $4, $5, $6, $7, $8, $9
         FROM interop_history WHERE stream = $2 AND stream_id = $3",
        params![
            id,
            happened.stream,
            happened.stream_id,
            happened.event_type,
            happened.at,
            happened.user_id,
            happened.tenant_id,
            happened.correlation_id,
            to_text(after)?
        ],
    )?;
    Ok(())
}

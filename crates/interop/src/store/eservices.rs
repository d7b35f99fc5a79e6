//! E-services. Whoever changes anything that belongs to one reads it first to change it: so changes of one e-service, its agreements and
//! its purposes happen one after the other, and sums of loads are right.

use storage::{Result, Tx, params};

use super::{Purpose, body, standings, to_text};
use crate::catalog::eservice::EService;
use crate::ids::EServiceId;

/// An e-service.
pub fn find(tx: &mut Tx<'_>, id: EServiceId, purpose: Purpose) -> Result<Option<EService>> {
    let sql = format!("SELECT body FROM interop_eservices WHERE id = $1{}", purpose.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Stores an e-service, and what vouchers take from its versions; [`storage::Error::Unique`] when its producer has another of its name.
pub fn save(tx: &mut Tx<'_>, eservice: &EService) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_eservices (id, producer_id, name_key, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET name_key = excluded.name_key, body = excluded.body",
        params![eservice.id, eservice.producer_id, eservice.general.name.trim().to_lowercase(), to_text(eservice)?],
    )?;
    for descriptor in &eservice.descriptors {
        standings::set_descriptor(tx, descriptor)?;
    }
    Ok(())
}

/// Removes an e-service that was never published.
pub fn delete(tx: &mut Tx<'_>, id: EServiceId) -> Result<()> {
    tx.execute("DELETE FROM interop_eservices WHERE id = $1", params![id])?;
    Ok(())
}

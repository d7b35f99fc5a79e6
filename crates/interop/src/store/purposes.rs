//! Purposes and the sums of their loads.

use kernel::TenantId;
use storage::{Result, Tx, params};

use super::{Purpose as Why, agreements, body, eservices, standings, to_text};
use crate::ids::{EServiceId, PurposeId};
use crate::purposes::purpose::Purpose;
use crate::purposes::quota::Loads;

/// A purpose.
pub fn find(tx: &mut Tx<'_>, id: PurposeId, why: Why) -> Result<Option<Purpose>> {
    let sql = format!("SELECT body FROM interop_purposes WHERE id = $1{}", why.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Stores a purpose, and what vouchers take from it; [`storage::Error::Unique`] when the consumer has another of its title.
pub fn save(tx: &mut Tx<'_>, purpose: &Purpose) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_purposes (id, eservice_id, producer_id, consumer_id, title_key, load, created_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET title_key = excluded.title_key, load = excluded.load, body = excluded.body",
        params![
            purpose.id,
            purpose.eservice_id,
            purpose.producer_id,
            purpose.consumer_id,
            purpose.info.title.trim().to_lowercase(),
            purpose.load(),
            purpose.created_at,
            to_text(purpose)?
        ],
    )?;
    standings::set_purpose(tx, purpose)?;
    if let Some(current) = agreements::current(tx, purpose.consumer_id, purpose.eservice_id)? {
        let eservice = eservices::find(tx, purpose.eservice_id, Why::Look)?;
        let descriptor = eservice.as_ref().and_then(|eservice| eservice.descriptor(current.descriptor_id));
        standings::set_agreement(tx, &current, descriptor)?;
    }
    Ok(())
}

/// Removes a purpose that was never approved.
pub fn delete(tx: &mut Tx<'_>, id: PurposeId) -> Result<()> {
    for sql in [
        "DELETE FROM interop_links WHERE purpose_id = $1",
        "DELETE FROM interop_standings WHERE purpose_id = $1",
        "DELETE FROM interop_purposes WHERE id = $1",
    ] {
        tx.execute(sql, params![id])?;
    }
    Ok(())
}

/// The loads of active versions on an e-service: a consumer's, and everybody's. Right only for whoever has read the e-service to change
/// it.
pub fn loads(tx: &mut Tx<'_>, eservice: EServiceId, consumer: TenantId) -> Result<Loads> {
    let sql = "SELECT CAST(COALESCE(SUM(load), 0) AS bigint),
                 CAST(COALESCE(SUM(CASE WHEN consumer_id = $2 THEN load ELSE 0 END), 0) AS bigint)
               FROM interop_purposes WHERE eservice_id = $1";
    tx.one(sql, params![eservice, consumer], |row| {
        let sum = |index| row.get::<i64>(index).map(|sum| u64::try_from(sum).unwrap_or_default());
        Ok(Loads { total: sum(0)?, consumer: sum(1)? })
    })
}

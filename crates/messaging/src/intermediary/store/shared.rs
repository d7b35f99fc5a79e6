//! What a body's lots share: settings, the calls of its account, the audit.

use jiff::SignedDuration;
use kernel::{RomeTime, TenantId};
use serde_json::Value;
use storage::{Result, Tx, params};

use super::{from_text, to_text};
use crate::intermediary::settings::Settings;

/// Length of the window in which the app counts calls.
const WINDOW: SignedDuration = SignedDuration::from_secs(5);

/// How a body wants its lots sent.
pub fn settings(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Settings> {
    let found =
        tx.optional("SELECT body FROM ios_settings WHERE tenant_id = $1", params![tenant], |row| from_text(row.text(0)?))?;
    Ok(found.unwrap_or_default())
}

/// Stores how a body wants its lots sent.
pub fn put_settings(tx: &mut Tx<'_>, tenant: TenantId, settings: &Settings) -> Result<()> {
    let sql = "INSERT INTO ios_settings (tenant_id, body) VALUES ($1, $2) ON CONFLICT (tenant_id) DO UPDATE SET body = $2";
    tx.execute(sql, params![tenant, to_text(settings)?])?;
    Ok(())
}

/// Calls that were taken, and the end of the window that they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many.
    pub calls: i64,
    /// When their window ends.
    pub ends_at: RomeTime,
}

/// Takes up to `wanted` of the `allowed` calls of a body's account in its window; when none is left, tells when the next window begins.
pub fn take_calls(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    allowed: i64,
    wanted: i64,
    now: RomeTime,
) -> Result<std::result::Result<Taken, RomeTime>> {
    let sql = format!("SELECT began_at, ends_at, calls FROM ios_pace WHERE tenant_id = $1{}", tx.for_update());
    let found: Option<(RomeTime, RomeTime, i64)> =
        tx.optional(&sql, params![tenant], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    // A clock that was put back ends the window.
    let (began, ends, calls) =
        found.filter(|(began, ends, _)| *began <= now && now < *ends).unwrap_or((now, now.plus(WINDOW), 0));
    let taken = wanted.min(allowed - calls);
    if taken <= 0 {
        return Ok(Err(ends));
    }
    put_pace(tx, tenant, began, ends, calls + taken)?;
    Ok(Ok(Taken { calls: taken, ends_at: ends }))
}

/// Gives back calls that were taken and not made, if their window still lasts.
pub fn give_back(tx: &mut Tx<'_>, tenant: TenantId, taken: Taken, made: i64) -> Result<()> {
    let sql = "UPDATE ios_pace SET calls = calls - $3 WHERE tenant_id = $1 AND ends_at = $2 AND calls >= $3";
    tx.execute(sql, params![tenant, taken.ends_at, (taken.calls - made).max(0)])?;
    Ok(())
}

/// The app has counted otherwise: no call before `until`.
pub fn block_calls(tx: &mut Tx<'_>, tenant: TenantId, until: RomeTime, now: RomeTime) -> Result<()> {
    put_pace(tx, tenant, now, until, i64::MAX / 2)
}

fn put_pace(tx: &mut Tx<'_>, tenant: TenantId, began: RomeTime, ends: RomeTime, calls: i64) -> Result<()> {
    let sql = "INSERT INTO ios_pace (tenant_id, began_at, ends_at, calls) VALUES ($1, $2, $3, $4)
               ON CONFLICT (tenant_id) DO UPDATE SET began_at = $2, ends_at = $3, calls = $4";
    tx.execute(sql, params![tenant, began, ends, calls])?;
    Ok(())
}

/// A line of the audit.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Its number.
    pub number: i64,
    /// Who.
    pub actor: String,
    /// From where.
    pub address: Option<String>,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What it was before.
    pub was: Option<Value>,
    /// What it was afterwards.
    pub became: Option<Value>,
    /// When.
    pub at: RomeTime,
}

/// Adds a line to the audit; its number is the database's.
pub fn note(tx: &mut Tx<'_>, tenant: TenantId, deed: &Deed) -> Result<()> {
    let sql = "INSERT INTO ios_audit (tenant_id, actor, address, action, subject, was, became, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    let Deed { actor, address, action, subject, was, became, at, .. } = deed;
    tx.execute(sql, params![tenant, actor, address, action, subject, text(was), text(became), at])?;
    Ok(())
}

/// A body's audit, newest first: lines before `before`.
pub fn list_deeds(tx: &mut Tx<'_>, tenant: TenantId, before: i64, limit: i64) -> Result<Vec<Deed>> {
    let sql = "SELECT number, actor, address, action, subject, was, became, at FROM ios_audit
               WHERE tenant_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    let json = |text: Option<String>| text.map(|text| from_text(&text)).transpose();
    tx.all(sql, params![tenant, before, limit], |row| {
        Ok(Deed {
            number: row.get(0)?,
            actor: row.get(1)?,
            address: row.get(2)?,
            action: row.get(3)?,
            subject: row.get(4)?,
            was: json(row.get(5)?)?,
            became: json(row.get(6)?)?,
            at: row.get(7)?,
        })
    })
}

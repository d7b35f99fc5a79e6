//! Lots, and what was handed in until it is read.

use kernel::{RomeTime, TenantId};
use storage::{Result, Row, Tx, params};

use super::word;
use crate::intermediary::lot::State;
use crate::intermediary::service::Connector;
use crate::intermediary::settings::Settings;
use crate::ulid::Ulid;

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// The lot.
    pub id: Ulid,
    /// The body.
    pub tenant_id: TenantId,
    /// The service through which it goes.
    pub service_id: Ulid,
    /// The template and its version; none when rows bring their own texts.
    pub template: Option<(Ulid, i64)>,
    /// What people call it.
    pub name: String,
    /// How it came in.
    pub connector: Connector,
    /// Tells apart what was handed in: the caller's key, or the digest of the file.
    pub source: String,
    /// Where it stands.
    pub state: State,
    /// Why it was refused or stopped, or what the test said.
    pub reason: Option<String>,
    /// Grows whenever somebody sets the lot going: work of an older number is dropped.
    pub run: i64,
    /// Whether the first part of a large lot was sent.
    pub staged: bool,
    /// Who handed it in.
    pub created_by: String,
    /// Who else has agreed.
    pub approved_by: Option<String>,
    /// When its test was taken.
    pub tested_at: Option<RomeTime>,
    /// When it was handed in.
    pub created_at: RomeTime,
    /// When it was first let go.
    pub released_at: Option<RomeTime>,
    /// When its last row was sent, or it was given up.
    pub ended_at: Option<RomeTime>,
    /// The file that it came as, until its result is written.
    pub file: Option<String>,
    /// The person behind `created_by`: of a program, who made its key. They cannot agree to the lot.
    pub person: Option<String>,
    /// The supplier that handed it in: the lot waits while it may not act.
    pub provider_id: Option<Ulid>,
    /// Tells what was handed in from something else under the same key.
    pub digest: Option<String>,
    /// The body's [`Settings::four_eyes_above`] when it was handed in.
    pub large_above: Option<i64>,
}

impl Lot {
    /// The number of rows above which the rule for large lots holds: what the body says now, and no less than what it said then.
    pub fn large_above(&self, settings: &Settings) -> i64 {
        self.large_above.map_or(settings.four_eyes_above, |then| then.min(settings.four_eyes_above))
    }
}

const LOT: &str = "id, tenant_id, service_id, template_id, template_version, name, connector, source, state, reason, run, staged,
    created_by, approved_by, tested_at, created_at, released_at, ended_at, file, person, provider_id, digest, large_above";

fn lot(row: &Row<'_>) -> Result<Lot> {
    let (template, version): (Option<Ulid>, Option<i64>) = (row.get(3)?, row.get(4)?);
    Ok(Lot {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        service_id: row.get(2)?,
        template: template.zip(version),
        name: row.get(5)?,
        connector: word(row.text(6)?)?,
        source: row.get(7)?,
        state: word(row.text(8)?)?,
        reason: row.get(9)?,
        run: row.get(10)?,
        staged: row.get(11)?,
        created_by: row.get(12)?,
        approved_by: row.get(13)?,
        tested_at: row.get(14)?,
        created_at: row.get(15)?,
        released_at: row.get(16)?,
        ended_at: row.get(17)?,
        file: row.get(18)?,
        person: row.get(19)?,
        provider_id: row.get(20)?,
        digest: row.get(21)?,
        large_above: row.get(22)?,
    })
}

/// Adds a lot and what was handed in; [`storage::Error::Unique`] when it was handed in before.
pub fn insert(tx: &mut Tx<'_>, lot: &Lot, content_type: &str, body: &[u8]) -> Result<()> {
    let sql =
        "INSERT INTO ios_lots (id, tenant_id, service_id, template_id, template_version, name, connector, source, state, run,
                 staged, created_by, created_at, file, person, provider_id, digest, large_above)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    let Lot {
        id,
        tenant_id,
        service_id,
        template,
        name,
        connector,
        source,
        state,
        run,
        staged,
        created_by,
        created_at,
        file,
        person,
        provider_id,
        digest,
        large_above,
        ..
    } = lot;
    let (template, version) = (template.map(|pair| pair.0), template.map(|pair| pair.1));
    let (connector, state) = (connector.word(), state.word());
    let values = params![
        id,
        tenant_id,
        service_id,
        template,
        version,
        name,
        connector,
        source,
        state,
        run,
        staged,
        created_by,
        created_at,
        file,
        person,
        provider_id,
        digest,
        large_above
    ];
    tx.execute(sql, values)?;
    tx.execute("INSERT INTO ios_uploads (lot_id, content_type, body) VALUES ($1, $2, $3)", params![id, content_type, body])?;
    Ok(())
}

/// What was handed in, if it was not read yet.
pub fn find_upload(tx: &mut Tx<'_>, lot: Ulid) -> Result<Option<(String, Vec<u8>)>> {
    let sql = "SELECT content_type, body FROM ios_uploads WHERE lot_id = $1";
    tx.optional(sql, params![lot], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Forgets what was handed in.
pub fn delete_upload(tx: &mut Tx<'_>, lot: Ulid) -> Result<()> {
    tx.execute("DELETE FROM ios_uploads WHERE lot_id = $1", params![lot])?;
    Ok(())
}

/// A body's lot.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Lot>> {
    tx.optional(&format!("SELECT {LOT} FROM ios_lots WHERE tenant_id = $1 AND id = $2"), params![tenant, id], lot)
}

/// A body's lot, not to be changed by others until the transaction ends.
pub fn find_for_change(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Lot>> {
    let sql = format!("SELECT {LOT} FROM ios_lots WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
    tx.optional(&sql, params![tenant, id], lot)
}

/// The lot that was handed in as `source`.
pub fn find_by_source(tx: &mut Tx<'_>, tenant: TenantId, service: Ulid, source: &str) -> Result<Option<Lot>> {
    let sql = format!("SELECT {LOT} FROM ios_lots WHERE tenant_id = $1 AND service_id = $2 AND source = $3");
    tx.optional(&sql, params![tenant, service, source], lot)
}

/// A body's lots, newest first, those older than `before`; of `provider`, those of its services.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, provider: Option<Ulid>, before: Option<Ulid>, limit: i64) -> Result<Vec<Lot>> {
    let before = before.unwrap_or(Ulid(kernel::Uuid::max()));
    match provider {
        Some(provider) => {
            let sql = format!(
                "SELECT {LOT} FROM ios_lots WHERE tenant_id = $1 AND id < $2
                   AND service_id IN (SELECT id FROM ios_services WHERE tenant_id = $1 AND provider_id = $4)
                 ORDER BY id DESC LIMIT $3"
            );
            tx.all(&sql, params![tenant, before, limit, provider], lot)
        }
        None => {
            let sql = format!("SELECT {LOT} FROM ios_lots WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
            tx.all(&sql, params![tenant, before, limit], lot)
        }
    }
}

/// Stores where a lot stands.
pub fn save(tx: &mut Tx<'_>, lot: &Lot) -> Result<()> {
    let sql = "UPDATE ios_lots SET state = $3, reason = $4, run = $5, staged = $6, approved_by = $7, tested_at = $8,
                 released_at = $9, ended_at = $10, file = $11
               WHERE tenant_id = $1 AND id = $2";
    let Lot { id, tenant_id, state, reason, run, staged, approved_by, tested_at, released_at, ended_at, file, .. } = lot;
    let state = state.word();
    tx.execute(sql, params![tenant_id, id, state, reason, run, staged, approved_by, tested_at, released_at, ended_at, file])?;
    Ok(())
}

/// How many lots of a body are being sent: they share its calls.
pub fn count_sending(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64> {
    let sql = "SELECT count(*) FROM ios_lots WHERE tenant_id = $1 AND state = $2";
    tx.one(sql, params![tenant, State::Sending.word()], |row| row.get(0))
}

/// Lots that came as files, have ended, and whose result is not written.
pub fn list_ended_files(tx: &mut Tx<'_>, service: Ulid) -> Result<Vec<Lot>> {
    let sql = format!(
        "SELECT {LOT} FROM ios_lots WHERE service_id = $1 AND file IS NOT NULL AND ended_at IS NOT NULL ORDER BY id LIMIT 100"
    );
    tx.all(&sql, params![service], lot)
}

/// When a lot's citizens and texts are to be forgotten.
pub fn set_forget_at(tx: &mut Tx<'_>, lot: &Lot, at: RomeTime) -> Result<()> {
    tx.execute("UPDATE ios_lots SET forget_at = $3 WHERE tenant_id = $1 AND id = $2", params![lot.tenant_id, lot.id, at])?;
    Ok(())
}

/// Forgets the citizens and texts of a lot whose time has come; gives it. What became of each row stays.
pub fn forget_one(tx: &mut Tx<'_>, now: RomeTime) -> Result<Option<Ulid>> {
    let sql = "SELECT id FROM ios_lots WHERE forget_at <= $1 ORDER BY forget_at LIMIT 1";
    let Some(id) = tx.optional(sql, params![now], |row| row.get::<Ulid>(0))? else { return Ok(None) };
    tx.execute("UPDATE ios_rows SET fiscal_code = '', message = NULL, next_at = NULL WHERE lot_id = $1", params![id])?;
    tx.execute("UPDATE ios_lots SET forget_at = NULL WHERE id = $1", params![id])?;
    Ok(Some(id))
}

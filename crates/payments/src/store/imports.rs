//! Imports of dues: the jobs, what is wrong with rows, and which dues are there.

use contracts::payments::PaymentV2;
use kernel::{NoticeNumber, RomeTime, ServiceId, TenantId, Uuid};
use storage::{Error, Param, Result, Row, Tx, params};

use super::search::{Conditions, Scope};
use super::{Purpose, home, marks};

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobStatus {
    /// To be begun.
    Pending,
    /// Begun.
    Running,
    /// Ended: every row was looked at.
    Finished,
    /// Ended: the file could not be read.
    Failed,
    /// Ended by somebody.
    Cancelled,
}

impl JobStatus {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Pending, "pending"),
        (Self::Running, "running"),
        (Self::Finished, "finished"),
        (Self::Failed, "failed"),
        (Self::Cancelled, "cancelled"),
    ];

    /// As the documentation writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("failed", |(_, name)| name)
    }
}

/// An import.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its identifier.
    pub id: Uuid,
    /// Whose dues.
    pub tenant_id: TenantId,
    /// The service that asks for the money.
    pub service_id: ServiceId,
    /// The proxy that the dues are paid through.
    pub provider: String,
    /// Tax code of the body.
    pub creditor: String,
    /// What the file is called.
    pub file_name: String,
    /// What the file is said to be.
    pub mime_type: String,
    /// Where the file is to be fetched; none when it is kept already.
    pub url: Option<String>,
    /// Where it stands.
    pub status: JobStatus,
    /// About how many rows there are, once the file is had.
    pub expected: Option<i64>,
    /// What became of the rows that were looked at.
    pub done: Done,
    /// What became of it in the end.
    pub output: Option<String>,
    /// What becomes of it now.
    pub running_output: Option<String>,
    /// When it was begun.
    pub started_at: Option<RomeTime>,
    /// When it ended.
    pub terminated_at: Option<RomeTime>,
    /// When it was asked for.
    pub created_at: RomeTime,
    /// When it last changed.
    pub updated_at: RomeTime,
}

/// What became of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many were looked at.
    pub rows: i64,
    /// How many were imported.
    pub imported: i64,
    /// How many were there already.
    pub present: i64,
    /// How many are wrong.
    pub failed: i64,
}

/// A row that is wrong: number, field, what is expected.
pub type WrongRow = (i64, String, String);

const COLUMNS: &str =
    "id, tenant_id, service_id, provider, creditor, file_name, mime_type, url, status, row_count, imported, present,
                       failed, output, running_output, started_at, terminated_at, created_at, updated_at, expected";

fn job(row: &Row<'_>) -> Result<Job> {
    let status: String = row.get(8)?;
    let status = JobStatus::ALL.iter().find(|(_, name)| *name == status);
    Ok(Job {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        service_id: row.get(2)?,
        provider: row.get(3)?,
        creditor: row.get(4)?,
        file_name: row.get(5)?,
        mime_type: row.get(6)?,
        url: row.get(7)?,
        status: status.ok_or_else(|| Error::Defect("stored status of an import not understood".to_owned()))?.0,
        done: Done { rows: row.get(9)?, imported: row.get(10)?, present: row.get(11)?, failed: row.get(12)? },
        output: row.get(13)?,
        running_output: row.get(14)?,
        started_at: row.get(15)?,
        terminated_at: row.get(16)?,
        created_at: row.get(17)?,
        updated_at: row.get(18)?,
        expected: row.get(19)?,
    })
}

/// Adds an import.
pub fn insert(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    let sql = "INSERT INTO import_jobs
                 (id, tenant_id, service_id, provider, creditor, file_name, mime_type, url, status, created_at, updated_at, expected)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    tx.execute(
        sql,
        params![
            job.id,
            job.tenant_id,
            job.service_id,
            job.provider,
            job.creditor,
            job.file_name,
            job.mime_type,
            job.url,
            job.status.name(),
            job.created_at,
            job.updated_at,
            job.expected
        ],
    )?;
    Ok(())
}

/// The tenant's import with this identifier.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid) -> Result<Option<Job>> {
    let sql = format!("SELECT {COLUMNS} FROM import_jobs WHERE tenant_id = $1 AND id = $2");
    tx.optional(&sql, params![tenant, id], job)
}

/// The tenant's imports within the services of `scope`, newest first: how many there are, and those from `offset` on.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, scope: &Scope, (offset, limit): (i64, i64)) -> Result<(i64, Vec<Job>)> {
    let Conditions { text: condition, mut params } = Conditions::of(&tenant, scope);
    let total = tx.one(&format!("SELECT count(*) FROM import_jobs WHERE {condition}"), &params, |row| row.get(0))?;
    params.extend([Param::Int(limit), Param::Int(offset)]);
    let sql = format!(
        "SELECT {COLUMNS} FROM import_jobs WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT ${} OFFSET ${}",
        params.len() - 1,
        params.len()
    );
    Ok((total, tx.all(&sql, &params, job)?))
}

/// Begins an import, or goes on with it after a process died; `None` when it has ended.
pub fn begin(tx: &mut Tx<'_>, id: Uuid, now: RomeTime) -> Result<Option<Job>> {
    let begun = tx.execute(
        "UPDATE import_jobs SET status = 'running', started_at = coalesce(started_at, $2), updated_at = $2
         WHERE id = $1 AND status IN ('pending', 'running')",
        params![id, now],
    )?;
    if begun == 0 {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM import_jobs WHERE id = $1");
    tx.optional(&sql, params![id], job)
}

/// Notes that the file is kept now, and about how many rows it has.
pub fn fetched(tx: &mut Tx<'_>, id: Uuid, expected: i64) -> Result<()> {
    tx.execute("UPDATE import_jobs SET url = NULL, expected = $2 WHERE id = $1", params![id, expected])?;
    Ok(())
}

/// What was done before this batch; `None` when somebody else goes on with the import, or has ended it. Others wait.
pub fn at(tx: &mut Tx<'_>, id: Uuid, rows: i64) -> Result<Option<Done>> {
    let lock = Purpose::Change.lock(tx);
    let sql = format!(
        "SELECT row_count, imported, present, failed FROM import_jobs WHERE id = $1 AND status = 'running' AND row_count = $2{lock}"
    );
    tx.optional(&sql, params![id, rows], counts)
}

/// What became of the rows of an import.
pub fn done(tx: &mut Tx<'_>, id: Uuid) -> Result<Done> {
    let sql = "SELECT row_count, imported, present, failed FROM import_jobs WHERE id = $1";
    tx.one(sql, params![id], counts)
}

fn counts(row: &Row<'_>) -> Result<Done> {
    Ok(Done { rows: row.get(0)?, imported: row.get(1)?, present: row.get(2)?, failed: row.get(3)? })
}

/// Notes what was done, with `text` for whoever looks.
pub fn progress(tx: &mut Tx<'_>, id: Uuid, done: Done, text: &str, now: RomeTime) -> Result<()> {
    let sql = "UPDATE import_jobs
               SET row_count = $2, imported = $3, present = $4, failed = $5, running_output = $6, updated_at = $7 WHERE id = $1";
    tx.execute(sql, params![id, done.rows, done.imported, done.present, done.failed, text, now])?;
    Ok(())
}

/// Ends an import that is not over yet; false when it is.
pub fn end(tx: &mut Tx<'_>, id: Uuid, status: JobStatus, output: Option<&str>, now: RomeTime) -> Result<bool> {
    let sql = "UPDATE import_jobs SET status = $2, output = $3, url = NULL, terminated_at = $4, updated_at = $4
               WHERE id = $1 AND status IN ('pending', 'running')";
    Ok(tx.execute(sql, params![id, status.name(), output, now])? == 1)
}

/// What became of a due that was to be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is imported.
    New,
    /// It is there already: imported before, or made by a proxy.
    Present,
    /// Its IUD is that of another payment, by which the provider would find that one.
    IudInUse,
    /// Its `remote_id` is an application that has a payment of its own.
    Dispatched,
}

/// Notes that a due of a body, whose tax code is `creditor`, is imported; nothing where it may not be.
pub fn take(tx: &mut Tx<'_>, creditor: &str, notice: NoticeNumber, due: &PaymentV2, job: Uuid) -> Result<Taken> {
    let tenant = due.tenant_id;
    if home::find_with_notice(tx, creditor, notice)?.contains(&tenant) {
        return Ok(Taken::Present);
    }
    // The IUD that a payment has from its identifier is nobody else's.
    let iud = due.payment.iud.as_deref().filter(|iud| *iud != contracts::payments::iud(due.id));
    if iud.is_some() || due.remote_id.is_some() {
        // A file that is sent again says the same of dues that are there.
        if is_imported(tx, tenant, notice)? {
            return Ok(Taken::Present);
        }
        if let Some(iud) = iud
            && is_in_use(tx, tenant, iud)?
        {
            return Ok(Taken::IudInUse);
        }
        if let Some(application) = due.remote_id
            && marks::is_dispatched(tx, application)?
        {
            return Ok(Taken::Dispatched);
        }
    }
    let sql = "INSERT INTO imported_dues (tenant_id, notice_number, payment_id, job_id, iud) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING";
    if tx.execute(sql, params![tenant, notice.to_string(), due.id, job, iud])? == 1 {
        return Ok(Taken::New);
    }
    Ok(if is_imported(tx, tenant, notice)? { Taken::Present } else { Taken::IudInUse })
}

fn is_imported(tx: &mut Tx<'_>, tenant: TenantId, notice: NoticeNumber) -> Result<bool> {
    let sql = "SELECT 1 FROM imported_dues WHERE tenant_id = $1 AND notice_number = $2";
    Ok(tx.optional(sql, params![tenant, notice.to_string()], |_| Ok(()))?.is_some())
}

/// Whether a payment has this IUD: one of the tenant, or, where it is the IUD that an identifier gives, one of any body.
fn is_in_use(tx: &mut Tx<'_>, tenant: TenantId, iud: &str) -> Result<bool> {
    // However it is written: a provider may read it more kindly than we do.
    if let Ok(id) = Uuid::try_parse(iud) {
        let sql = "SELECT 1 FROM proxy_payments WHERE id = $1 UNION ALL SELECT 1 FROM payments WHERE id = $1";
        if tx.optional(sql, params![id], |_| Ok(()))?.is_some() {
            return Ok(true);
        }
    }
    let sql = "SELECT 1 FROM payments WHERE tenant_id = $1 AND iud = $2
               UNION ALL SELECT 1 FROM imported_dues WHERE tenant_id = $1 AND iud = $2";
    Ok(tx.optional(sql, params![tenant, iud], |_| Ok(()))?.is_some())
}

/// Notes what is wrong with a row.
pub fn note_wrong(tx: &mut Tx<'_>, job: Uuid, row: i64, field: &str, message: &str) -> Result<()> {
    let sql = "INSERT INTO import_errors (job_id, row_number, field, message) VALUES ($1, $2, $3, $4)
               ON CONFLICT (job_id, row_number, field) DO NOTHING";
    tx.execute(sql, params![job, row, field, message])?;
    Ok(())
}

/// What is wrong with the rows of an import behind `after` (row, field), in their order: whoever reads all of it passes by none twice.
pub fn list_wrong_after(tx: &mut Tx<'_>, job: Uuid, after: &(i64, String), limit: i64) -> Result<Vec<WrongRow>> {
    let sql = "SELECT row_number, field, message FROM import_errors
               WHERE job_id = $1 AND (row_number, field) > ($2, $3) ORDER BY row_number, field LIMIT $4";
    tx.all(sql, params![job, after.0, after.1, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// What is wrong with the rows of an import: how much there is, and what stands from `offset` on.
pub fn list_wrong(tx: &mut Tx<'_>, job: Uuid, (offset, limit): (i64, i64)) -> Result<(i64, Vec<WrongRow>)> {
    let total = tx.one("SELECT count(*) FROM import_errors WHERE job_id = $1", params![job], |row| row.get(0))?;
    let sql =
        "SELECT row_number, field, message FROM import_errors WHERE job_id = $1 ORDER BY row_number, field LIMIT $2 OFFSET $3";
    let wrong = tx.all(sql, params![job, limit, offset], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok((total, wrong))
}

/// The proxy, among `providers`, that takes the payments of the service.
pub fn provider_of(
    tx: &mut Tx<'_>,
    providers: &[&'static str],
    tenant: TenantId,
    service: ServiceId,
) -> Result<Option<&'static str>> {
    for provider in providers {
        let configured = super::configurations::of_service(tx, provider, tenant, service)?;
        if configured.is_some_and(|configuration| configuration.active) {
            return Ok(Some(provider));
        }
    }
    Ok(None)
}

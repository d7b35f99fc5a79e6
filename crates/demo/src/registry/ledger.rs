//! What the stand-in was asked and what it answered, written before it answers.

use kernel::{RomeTime, Uuid};
use serde::Serialize;
use serde_json::Value;
use storage::{Result, Row, Tx, params};

/// One request, as the ledger keeps it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// Place in the ledger, growing.
    pub position: i64,
    /// When it came.
    pub at: RomeTime,
    /// The office (AOO) that it came to.
    pub aoo: String,
    /// `document`, `attachment`, `folder` or `filing`.
    pub operation: String,
    /// The caller's idempotency key.
    pub key: String,
    /// `accepted`, `repeated` (a key that was accepted before) or `refused`.
    pub outcome: String,
    /// The document it is about.
    pub document_id: Option<String>,
    /// The number given to a document or folder, or the folder that a document was put into.
    pub number: Option<String>,
    /// Subject of a document or folder.
    pub subject: Option<String>,
    /// Name of the file that came along.
    pub file_name: Option<String>,
    /// Digest of its content, hexadecimal.
    pub sha256: Option<String>,
    /// What was, or would have been, answered.
    pub answer: Value,
}

/// What is written of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub operation: &'static str,
    pub document_id: Option<String>,
    pub number: Option<String>,
    pub subject: Option<String>,
    pub file_name: Option<String>,
    pub sha256: Option<String>,
}

const COLUMNS: &str = "position, at, aoo, operation, key, outcome, document_id, number, subject, file_name, sha256, answer";

fn entry(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        position: row.get(0)?,
        at: row.get(1)?,
        aoo: row.get(2)?,
        operation: row.get(3)?,
        key: row.get(4)?,
        outcome: row.get(5)?,
        document_id: row.get(6)?,
        number: row.get(7)?,
        subject: row.get(8)?,
        file_name: row.get(9)?,
        sha256: row.get(10)?,
        answer: serde_json::from_str(&row.get::<String>(11)?).unwrap_or_default(),
    })
}

/// Adds a row; false when `outcome` is `accepted` and the key had been accepted already.
pub(super) fn append(
    tx: &mut Tx<'_>,
    aoo: &str,
    key: &str,
    outcome: &str,
    asked: &Asked,
    answer: &Value,
    at: RomeTime,
) -> Result<bool> {
    let Asked { operation, document_id, number, subject, file_name, sha256 } = asked;
    let answer = answer.to_string();
    let added = tx.execute(
        "INSERT INTO demo_registry_ledger
           (at, aoo, operation, key, outcome, document_id, number, subject, file_name, sha256, answer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        params![at, aoo, operation, key, outcome, document_id, number, subject, file_name, sha256, answer],
    )?;
    Ok(added == 1)
}

/// The request with this key that was accepted, if any.
pub(super) fn accepted(tx: &mut Tx<'_>, aoo: &str, key: &str) -> Result<Option<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM demo_registry_ledger WHERE aoo = $1 AND key = $2 AND outcome = 'accepted'");
    tx.optional(&sql, params![aoo, key], entry)
}

/// Whether the office has registered a document with this identifier.
pub(super) fn has_document(tx: &mut Tx<'_>, aoo: &str, document_id: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM demo_registry_ledger
               WHERE aoo = $1 AND document_id = $2 AND operation = 'document' AND outcome = 'accepted' LIMIT 1";
    Ok(tx.optional(sql, params![aoo, document_id], |_| Ok(()))?.is_some())
}

/// Whether the office has given this token to somebody who signed in; it is kept where documents have their identifier.
pub(super) fn has_session(tx: &mut Tx<'_>, aoo: &str, token: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM demo_registry_ledger
               WHERE aoo = $1 AND document_id = $2 AND operation = 'session' AND outcome = 'accepted' LIMIT 1";
    Ok(tx.optional(sql, params![aoo, token], |_| Ok(()))?.is_some())
}

/// Whether the office keeps a folder with this number.
pub(super) fn has_folder(tx: &mut Tx<'_>, aoo: &str, number: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM demo_registry_ledger
               WHERE aoo = $1 AND number = $2 AND operation = 'folder' AND outcome = 'accepted' LIMIT 1";
    Ok(tx.optional(sql, params![aoo, number], |_| Ok(()))?.is_some())
}

/// Whether the document was put into the folder.
pub(super) fn is_filed(tx: &mut Tx<'_>, aoo: &str, document_id: &str, folder: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM demo_registry_ledger WHERE aoo = $1 AND operation = 'filing' AND outcome = 'accepted'
               AND document_id = $2 AND number = $3 LIMIT 1";
    Ok(tx.optional(sql, params![aoo, document_id, folder], |_| Ok(()))?.is_some())
}

/// Digest of the file that the office has under this identifier.
pub(super) fn digest(tx: &mut Tx<'_>, aoo: &str, operation: &str, document_id: &str) -> Result<Option<String>> {
    let sql = "SELECT sha256 FROM demo_registry_ledger
               WHERE aoo = $1 AND operation = $2 AND document_id = $3 AND outcome = 'accepted' ORDER BY position LIMIT 1";
    tx.optional(sql, params![aoo, operation, document_id], |row| row.get(0))
}

/// How many attachments the document has.
pub(super) fn attachments(tx: &mut Tx<'_>, aoo: &str, document_id: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM demo_registry_ledger
               WHERE aoo = $1 AND document_id = $2 AND operation = 'attachment' AND outcome = 'accepted'";
    tx.one(sql, params![aoo, document_id], |row| row.get(0))
}

/// Every request to `aoo`, or to all offices, oldest first.
pub(super) fn list(tx: &mut Tx<'_>, aoo: Option<&str>) -> Result<Vec<Entry>> {
    match aoo {
        Some(aoo) => {
            let sql = format!("SELECT {COLUMNS} FROM demo_registry_ledger WHERE aoo = $1 ORDER BY position");
            tx.all(&sql, params![aoo], entry)
        }
        None => tx.all(&format!("SELECT {COLUMNS} FROM demo_registry_ledger ORDER BY position"), params![], entry),
    }
}

/// The next number of `kind` in the year of `at` on the calendars of Rome, from 1.
pub(super) fn next_number(tx: &mut Tx<'_>, aoo: &str, kind: &str, at: RomeTime) -> Result<(i64, i16)> {
    let year = at.date().year();
    let sql = "INSERT INTO demo_registry_counters (aoo, year, kind, last) VALUES ($1, $2, $3, 1)
               ON CONFLICT (aoo, year, kind) DO UPDATE SET last = demo_registry_counters.last + 1 RETURNING last";
    Ok((tx.one(sql, params![aoo, i64::from(year), kind], |row| row.get(0))?, year))
}

/// A new identifier as the office writes it.
pub(super) fn identifier(id: Uuid) -> String {
    id.simple().to_string()
}

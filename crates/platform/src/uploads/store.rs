//! Every statement about files, and where their contents are.

use kernel::{ApplicationId, AttachmentId, RomeTime, TenantId, UserId};
use storage::{Row, Tx, params};

use super::{ATTACHMENT, Attachment, INTERNAL_MESSAGE, RECEIVING, UNUSED, UPLOAD};
use crate::errors::Error;

const SELECT: &str =
    "SELECT id, tenant_id, application_id, owner_id, kind, name, description, mime_type, size_bytes, sha256, md5, stored,
                        created_at FROM attachments";

fn attachment(row: &Row<'_>) -> storage::Result<Attachment> {
    Ok(Attachment {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        application_id: row.get(2)?,
        owner_id: row.get(3)?,
        kind: row.get(4)?,
        name: row.get(5)?,
        description: row.get(6)?,
        mime_type: row.get(7)?,
        size_bytes: row.get(8)?,
        sha256: row.get(9)?,
        md5: row.get(10)?,
        stored: row.get(11)?,
        created_at: row.get(12)?,
    })
}

/// Where the content of a file is.
pub fn file_key(tenant: TenantId, id: AttachmentId) -> String {
    format!("platform/attachments/{tenant}/{id}")
}

/// Stores a file's row. One that was announced without a use gets the use that `a` says.
pub fn insert(tx: &mut Tx<'_>, a: &Attachment) -> storage::Result<()> {
    tx.execute(
        "INSERT INTO attachments (id, tenant_id, application_id, owner_id, kind, name, description, mime_type, size_bytes, sha256, md5,
           stored, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO UPDATE SET application_id = excluded.application_id, kind = excluded.kind, stored = excluded.stored
         WHERE attachments.application_id IS NULL AND attachments.tenant_id = excluded.tenant_id",
        params![
            a.id,
            a.tenant_id,
            a.application_id,
            a.owner_id,
            a.kind,
            a.name,
            a.description,
            a.mime_type,
            a.size_bytes,
            a.sha256,
            a.md5,
            a.stored,
            a.created_at
        ],
    )?;
    Ok(())
}

/// A file of an application, for whoever may see the application. Files of messages that only the office may read are left out: they are
/// found by [`find_of_message`].
pub fn find(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    application: ApplicationId,
    id: AttachmentId,
) -> storage::Result<Option<Attachment>> {
    let sql = format!("{SELECT} WHERE tenant_id = $1 AND application_id = $2 AND id = $3 AND stored = $4 AND kind <> $5");
    tx.optional(&sql, params![tenant, application, id, true, INTERNAL_MESSAGE], attachment)
}

/// A file of a message, for whoever may read the message.
pub fn find_of_message(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    application: ApplicationId,
    id: AttachmentId,
) -> storage::Result<Option<Attachment>> {
    let sql = format!("{SELECT} WHERE tenant_id = $1 AND application_id = $2 AND id = $3 AND stored = $4");
    tx.optional(&sql, params![tenant, application, id, true], attachment)
}

/// The owner's upload, while nobody uses it.
pub fn find_upload(tx: &mut Tx<'_>, tenant: TenantId, owner: UserId, id: AttachmentId) -> storage::Result<Option<Attachment>> {
    let sql = format!("{SELECT} WHERE tenant_id = $1 AND owner_id = $2 AND id = $3 AND application_id IS NULL");
    tx.optional(&sql, params![tenant, owner, id], attachment)
}

/// How many uploads of the owner wait to be used.
pub fn count_unused(tx: &mut Tx<'_>, tenant: TenantId, owner: UserId) -> storage::Result<i64> {
    let sql = "SELECT count(*) FROM attachments WHERE owner_id = $2 AND application_id IS NULL AND tenant_id = $1";
    tx.one(sql, params![tenant, owner], |row| row.get(0))
}

/// Reserves an upload for the sender of its content; `None` when there is none, it has its content already, or somebody else is sending
/// it: who began longer ago than [`RECEIVING`] does so no longer. A content that is complete can never be replaced, not even by a sender
/// who began before.
pub fn begin_content(tx: &mut Tx<'_>, tenant: TenantId, id: AttachmentId, now: RomeTime) -> storage::Result<Option<Attachment>> {
    let sql = "UPDATE attachments SET receiving = $3, receiving_since = $5
               WHERE tenant_id = $1 AND id = $2 AND application_id IS NULL AND stored = $4
                 AND (receiving = $4 OR receiving_since IS NULL OR receiving_since < $6)";
    if tx.execute(sql, params![tenant, id, true, false, now, now.plus(-RECEIVING)])? == 0 {
        return Ok(None);
    }
    tx.optional(&format!("{SELECT} WHERE tenant_id = $1 AND id = $2"), params![tenant, id], attachment)
}

/// Ends what [`begin_content`] began, with the content in the file store, or (`stored` false) without. What another sender has completed
/// since stays so.
pub fn end_content(tx: &mut Tx<'_>, a: &Attachment) -> storage::Result<()> {
    tx.execute(
        "UPDATE attachments SET receiving = $3, stored = $4, size_bytes = $5, sha256 = $6, md5 = $7
         WHERE tenant_id = $1 AND id = $2 AND receiving = $8",
        params![a.tenant_id, a.id, false, a.stored, a.size_bytes, a.sha256, a.md5, true],
    )?;
    Ok(())
}

/// Makes uploads of `owner` the application's attachments, in the order given. Those that are the application's already stay so: a draft
/// is saved many times.
///
/// # Errors
/// [`Error::Invalid`] naming each file that is not there, not complete, too old, somebody else's or used elsewhere.
pub fn claim(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    owner: UserId,
    application: ApplicationId,
    ids: &[AttachmentId],
    now: RomeTime,
) -> Result<Vec<Attachment>, Error> {
    let (mut claimed, mut errors) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        // Older ones may be about to be removed.
        tx.execute(
            "UPDATE attachments SET application_id = $4, kind = $5
             WHERE tenant_id = $1 AND id = $2 AND owner_id = $3 AND application_id IS NULL AND kind = $6 AND stored = $7 AND created_at > $8",
            params![tenant, id, owner, application, ATTACHMENT, UPLOAD, true, now.plus(-UNUSED)],
        )?;
        match find(tx, tenant, application, *id)?.filter(|found| found.owner_id == owner && found.kind == ATTACHMENT) {
            Some(found) => claimed.push(found),
            None => errors.push(kernel::FieldError::new(
                "/data",
                "unknown",
                format!("Il file {id} non è stato caricato, o è scaduto: caricarlo di nuovo."),
            )),
        }
    }
    if errors.is_empty() { Ok(claimed) } else { Err(Error::Invalid(errors)) }
}

/// Uploads announced before `before` that nobody uses, of all tenants, at most `limit`.
pub fn unused(tx: &mut Tx<'_>, before: RomeTime, limit: i64) -> storage::Result<Vec<Attachment>> {
    let sql = format!("{SELECT} WHERE application_id IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2");
    tx.all(&sql, params![before, limit], attachment)
}

/// Forgets an upload that nobody uses.
pub fn delete_unused(tx: &mut Tx<'_>, tenant: TenantId, id: AttachmentId) -> storage::Result<()> {
    tx.execute("DELETE FROM attachments WHERE tenant_id = $1 AND id = $2 AND application_id IS NULL", params![tenant, id])?;
    Ok(())
}

//! Every statement about documents.

use contracts::documents::Status;
use kernel::{ApplicationId, DocumentId, RomeTime, TenantId, UserId};
use storage::{Param, Row, ToParam, Tx, params};

use super::{Document, Folder};
use crate::errors::Error;

/// Which documents a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this citizen only.
    pub owner: Option<UserId>,
    /// In this folder only.
    pub folder: Option<ApplicationId>,
    /// With each of these texts in title, folder, names of files or numbers; small letters.
    pub words: Vec<String>,
}

fn document(row: &Row<'_>) -> storage::Result<Document> {
    kernel::read_json(row.text(0)?).map_err(|error| storage::Error::Defect(format!("document: {error}")))
}

/// Keeps what is known of a document now; false when nothing changed. What is completely registered stays as it is, whatever comes late.
pub fn put(tx: &mut Tx<'_>, tenant: TenantId, document: &Document, at: RomeTime) -> Result<bool, Error> {
    let body = serde_json::to_string(document).map_err(|error| Error::Defect(error.to_string()))?;
    let folder = document.folder.as_ref().map(|folder| folder.id);
    let complete = document.status == Status::RegistrationComplete;
    let put = tx.execute(
        "INSERT INTO documents (id, tenant_id, owner_id, folder_id, complete, search_text, body, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE
         SET owner_id = excluded.owner_id, folder_id = excluded.folder_id, complete = excluded.complete,
             search_text = excluded.search_text, body = excluded.body, updated_at = excluded.updated_at
         WHERE documents.tenant_id = excluded.tenant_id AND NOT documents.complete",
        params![document.id, tenant, document.owner_id, folder, complete, document.search_text(), body, document.created_at, at],
    )?;
    Ok(put == 1)
}

/// A document of the tenant.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: DocumentId) -> storage::Result<Option<Document>> {
    tx.optional("SELECT body FROM documents WHERE tenant_id = $1 AND id = $2", params![tenant, id], document)
}

/// The conditions of a filter, as SQL after `WHERE`, and its parameters.
fn conditions<'a>(tenant: &'a TenantId, filter: &'a Filter) -> (String, Vec<Param<'a>>) {
    let (mut sql, mut params) = ("tenant_id = $1".to_owned(), vec![tenant.to_param()]);
    if let Some(owner) = &filter.owner {
        params.push(owner.to_param());
        sql.push_str(&format!(" AND owner_id = ${}", params.len()));
    }
    if let Some(folder) = &filter.folder {
        params.push(folder.to_param());
        sql.push_str(&format!(" AND folder_id = ${}", params.len()));
    }
    for words in &filter.words {
        params.push(Param::Text(words));
        // A literal substring, on both engines: no character of the words has a meaning of its own.
        sql.push_str(&format!(" AND replace(search_text, ${}, '') <> search_text", params.len()));
    }
    (sql, params)
}

/// The documents that `filter` lets through, newest first.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, filter: &Filter, offset: u64, limit: u64) -> storage::Result<Vec<Document>> {
    let (sql, mut params) = conditions(&tenant, filter);
    params.extend([offset, limit].map(|number| Param::Int(i64::try_from(number).unwrap_or(i64::MAX))));
    let (offset, limit) = (params.len() - 1, params.len());
    let sql = format!("SELECT body FROM documents WHERE {sql} ORDER BY created_at DESC, id DESC LIMIT ${limit} OFFSET ${offset}");
    tx.all(&sql, &params, document)
}

/// How many documents `filter` lets through.
pub fn count(tx: &mut Tx<'_>, tenant: TenantId, filter: &Filter) -> storage::Result<u64> {
    let (sql, params) = conditions(&tenant, filter);
    let count: i64 = tx.one(&format!("SELECT count(*) FROM documents WHERE {sql}"), &params, |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Most folders in a list.
const MOST_FOLDERS: i64 = 500;

/// The folders of a citizen, or of everybody, with the number of their documents; the one with the newest document first. A folder is
/// called as its newest document calls it.
pub fn folders(tx: &mut Tx<'_>, tenant: TenantId, owner: Option<UserId>) -> storage::Result<Vec<(Folder, u64)>> {
    let filter = Filter { owner, ..Filter::default() };
    let (sql, mut params) = conditions(&tenant, &filter);
    params.push(Param::Int(MOST_FOLDERS));
    let newest = "SELECT n.body FROM documents n WHERE n.tenant_id = f.tenant_id AND n.folder_id = f.folder_id
                  ORDER BY n.complete DESC, n.created_at DESC, n.id DESC LIMIT 1";
    let sql = format!(
        "SELECT ({newest}), f.documents FROM (
           SELECT tenant_id, folder_id, count(*) AS documents, max(created_at) AS latest FROM documents
           WHERE {sql} AND folder_id IS NOT NULL GROUP BY tenant_id, folder_id) f
         ORDER BY f.latest DESC, f.folder_id LIMIT ${}",
        params.len()
    );
    let found = tx.all(&sql, &params, |row| {
        let documents: i64 = row.get(1)?;
        Ok((document(row)?.folder, u64::try_from(documents).unwrap_or(0)))
    })?;
    Ok(found.into_iter().filter_map(|(folder, documents)| Some((folder?, documents))).collect())
}

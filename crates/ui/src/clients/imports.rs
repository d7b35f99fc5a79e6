//! Imports of dues (developers' documentation, "Processi asincroni (job)").

use http::Method;
use kernel::RomeTime;
use serde::{Deserialize, Serialize};

use super::{Call, ClientError, Download, Listed, NewFile, Payments, query, segment};

/// An import.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Import {
    /// Identifier.
    pub id: String,
    /// The file.
    pub attachment: ImportFile,
    /// `pending`, `running`, `finished`, `failed` or `cancelled`.
    pub status: String,
    /// What the import is for.
    pub args: ImportArgs,
    /// What became of it in the end, JSON.
    pub output: Option<String>,
    /// What became of its rows.
    pub progress: ImportProgress,
    /// When it was asked for.
    pub created_at: Option<RomeTime>,
    /// When it ended.
    pub terminated_at: Option<RomeTime>,
}

impl Import {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "running")
    }

    /// Why nothing was imported, where the file could not be read.
    pub fn reason(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Output {
            error: Option<String>,
        }
        serde_json::from_str::<Output>(self.output.as_deref()?).ok()?.error
    }
}

/// The file of an import.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImportFile {
    /// What it is called.
    pub name: String,
}

/// What an import is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImportArgs {
    /// The service that asks for the money.
    pub service_id: String,
}

/// What became of the rows of a file.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImportProgress {
    /// How many were looked at.
    pub rows: u64,
    /// How many were imported.
    pub imported: u64,
    /// How many were there already.
    pub already_present: u64,
    /// How many are wrong.
    pub failed: u64,
    /// About how many there are, once that is known.
    pub expected: Option<u64>,
}

impl ImportProgress {
    /// How much is done, of a hundred; not known before the rows are counted, and never all while rows are left.
    pub fn percent(&self) -> Option<u64> {
        let expected = self.expected.filter(|expected| *expected > 0)?;
        Some((self.rows.saturating_mul(100) / expected).min(99))
    }
}

/// A row that was not imported.
#[derive(Clone, Debug, Deserialize)]
pub struct WrongRow {
    /// Its number: the first after the header is 1.
    pub row: u64,
    /// The column; empty for the whole row.
    pub field: String,
    /// What is expected.
    pub error: String,
}

/// A file of dues to be imported.
#[derive(Clone, Debug, Serialize)]
pub struct NewImport<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    attachment: &'a NewFile,
    args: NewArgs<'a>,
}

#[derive(Clone, Debug, Serialize)]
struct NewArgs<'a> {
    service_id: &'a str,
}

impl<'a> NewImport<'a> {
    /// The dues of `service_id` in `attachment`.
    pub fn new(service_id: &'a str, attachment: &'a NewFile) -> Self {
        Self { kind: "import_dovuti", attachment, args: NewArgs { service_id } }
    }
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

impl Payments {
    fn jobs(&self, method: Method, rest: &str) -> Call {
        self.call(method, format!("/{}/api/jobs{rest}", self.tenant()))
    }

    /// Begins an import; gives its identifier.
    pub async fn import(&self, new: &NewImport<'_>) -> Result<String, ClientError> {
        let created: Created = self.jobs(Method::POST, "").json(new).read().await?;
        Ok(created.id)
    }

    /// The body's imports, newest first.
    pub async fn imports(&self, offset: u64, limit: u64) -> Result<Listed<Import>, ClientError> {
        self.jobs(Method::GET, &paging("", offset, limit)).read().await
    }

    /// An import.
    pub async fn find_import(&self, id: &str) -> Result<Import, ClientError> {
        self.jobs(Method::GET, &format!("/{}", segment(id))).read().await
    }

    /// Ends an import: what was imported stays.
    pub async fn cancel_import(&self, id: &str) -> Result<(), ClientError> {
        self.jobs(Method::DELETE, &format!("/{}", segment(id))).done().await
    }

    /// What is wrong with the rows of an import.
    pub async fn import_errors(&self, id: &str, offset: u64, limit: u64) -> Result<Listed<WrongRow>, ClientError> {
        self.jobs(Method::GET, &paging(&format!("/{}/errors", segment(id)), offset, limit)).read().await
    }

    /// All of it as a table.
    pub async fn export_import_errors(&self, id: &str) -> Result<Download, ClientError> {
        self.jobs(Method::GET, &format!("/{}/errors/export", segment(id))).download().await
    }
}

fn paging(path: &str, offset: u64, limit: u64) -> String {
    query(path, &[("offset", &offset.to_string()), ("limit", &limit.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_never_more_than_what_is_left_allows() {
        let percent = |rows, expected| ImportProgress { rows, expected, ..ImportProgress::default() }.percent();
        assert_eq!(percent(5, Some(10)), Some(50));
        assert_eq!(percent(12, Some(10)), Some(99));
        assert_eq!((percent(5, None), percent(0, Some(0))), (None, None));
    }
}

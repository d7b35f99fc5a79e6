//! Import of dues (developers' documentation, "Importazione dovuti"): a CSV file becomes payments that are to be paid.
//!
//! The file is kept as it came and read once, piece by piece, in a thread that feeds batches of rows to a transaction each: what became
//! of the rows, their events, and how far the file was read are committed together. So a process that dies goes on where the last
//! transaction ended, memory does not grow with the file, and an import can be cancelled between two batches.

mod due;
mod rows;
mod run;

use std::sync::Arc;

use runtime::App;

use crate::clients::Operators;
use crate::links::ProxyUrls;

pub use run::{enqueue, worker};

/// Name of the role and of its queue.
pub const ROLE: &str = "payment-importer";
/// Largest file that is sent with the request, as Base64: larger ones are fetched.
pub const MAX_INLINE: usize = 64 * 1024 * 1024;
/// Largest file that is fetched.
const MAX_FETCHED: u64 = 2 * 1024 * 1024 * 1024;

/// The importer; cheap to clone.
#[derive(Clone, Debug)]
pub struct Importer {
    operators: Operators,
    /// Name and addresses of the proxies that an imported due may be paid through.
    proxies: Arc<Vec<(&'static str, ProxyUrls)>>,
}

impl Importer {
    /// The importer of dues that are paid through these proxies.
    pub fn new(app: &App, proxies: Vec<(&'static str, ProxyUrls)>) -> Self {
        Self { operators: Operators::new(app), proxies: Arc::new(proxies) }
    }

    /// The handle that it runs on.
    pub fn app(&self) -> &App {
        self.operators.app()
    }

    /// The operators who import.
    pub fn operators(&self) -> &Operators {
        &self.operators
    }

    /// The names of the proxies.
    pub fn providers(&self) -> Vec<&'static str> {
        self.proxies.iter().map(|(name, _)| *name).collect()
    }

    /// The addresses of a proxy.
    fn urls(&self, provider: &str) -> Option<&ProxyUrls> {
        self.proxies.iter().find(|(name, _)| *name == provider).map(|(_, urls)| urls)
    }
}

/// Where the file of an import is kept until it is done.
pub fn file_key(job: kernel::Uuid) -> String {
    format!("imports/{job}.csv")
}

/// Counts the rows of a file by its line ends, piece by piece: the header is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowCount {
    ends: i64,
    open: bool,
}

impl RowCount {
    /// Counts a piece too.
    #[must_use]
    pub fn with(self, piece: &[u8]) -> Self {
        let ends = piece.iter().filter(|byte| **byte == b'\n').count();
        let open = piece.last().map_or(self.open, |byte| *byte != b'\n');
        Self { ends: self.ends + i64::try_from(ends).unwrap_or(i64::MAX), open }
    }

    /// How many rows there are.
    pub fn rows(self) -> i64 {
        (self.ends + i64::from(self.open) - 1).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_however_the_file_comes() {
        for (pieces, rows) in [
            (vec!["a,b\n1,2\n3,4\n"], 2),
            (vec!["a,b\n1,", "2\n3,4"], 2),
            (vec!["a,b\r\n", "1,2\r\n"], 1),
            (vec!["a,b"], 0),
            (vec![], 0),
            (vec!["a\n", ""], 0),
        ] {
            let count = pieces.iter().fold(RowCount::default(), |count, piece| count.with(piece.as_bytes()));
            assert_eq!(count.rows(), rows, "{pieces:?}");
        }
    }
}

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
    app: App,
    /// Name and addresses of the proxies that an imported due may be paid through.
    proxies: Arc<Vec<(&'static str, ProxyUrls)>>,
}

impl Importer {
    /// The importer of dues that are paid through these proxies.
    pub fn new(app: &App, proxies: Vec<(&'static str, ProxyUrls)>) -> Self {
        Self { app: app.clone(), proxies: Arc::new(proxies) }
    }

    /// The handle that it runs on.
    pub fn app(&self) -> &App {
        &self.app
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

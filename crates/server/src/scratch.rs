//! An app over nothing, for questions about roles that need no data: their names, their documents.

use std::path::PathBuf;

use kernel::{Clock, Rng};
use runtime::{App, Role, Settings, Stopper};
use storage::{Db, DbOptions};

use crate::parts::Plan;

/// An app in a temporary folder, removed when this is dropped.
pub struct Scratch {
    /// The app.
    pub app: App,
    folder: PathBuf,
    _stopper: Stopper,
}

impl Scratch {
    /// Opens one.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub async fn open() -> Result<Self, String> {
        crate::cli::choose_tls();
        let rng = Rng::system();
        let folder = std::env::temp_dir().join(format!("sportello-{}", rng.uuid()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let config = runtime::Config::read(&mut settings(folder.display().to_string()));
        let (stopper, stop) = Stopper::new();
        let db = Db::attach(&config.database, DbOptions { connections: 1, durable: false })
            .await
            .map_err(|error| error.to_string())?;
        let app = App::new(config, db, Clock::system(), rng, stop)?;
        Ok(Self { app, folder, _stopper: stopper })
    }

    /// Every role that there is, with its default settings.
    pub fn roles(&self) -> Vec<Role> {
        Plan::read(&mut settings(self.folder.display().to_string())).take_roles(&self.app)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn settings(folder: String) -> Settings {
    Settings::from_pairs([("SPORTELLO_DATA".to_owned(), folder), ("SPORTELLO_DEMO".to_owned(), "true".to_owned())])
}

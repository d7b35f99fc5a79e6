//! The pages on an app whose other roles are the stand-in.

use axum::Router;
use kernel::{Clock, Rng};
use runtime::{App, Config, Settings, Stopper};
use storage::{Db, DbOptions};
use tempfile::TempDir;

use super::fake::Fake;

/// The router of all pages; the folder lives as long as it is held.
pub async fn pages(fake: &Fake) -> (Router, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::from_pairs([("SPORTELLO_DATA".to_owned(), folder.path().display().to_string())]);
    let pages = ui::Config::read(&mut settings);
    let config = Config::read(&mut settings);
    let db = Db::open(&config.database, DbOptions { durable: false, ..DbOptions::default() }, &[]).await.unwrap();
    let (_stopper, stop) = Stopper::new();
    let app = App::new(config, db, Clock::system(), Rng::system(), stop).unwrap();
    app.bind_local(fake.routes());
    let pages = web::wrap(ui::routes(app.clone(), pages), web::Web::new(app));
    (pages, folder)
}

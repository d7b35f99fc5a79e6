//! Where things are kept: a relational database (SQLite or PostgreSQL) with the event log and the task queue inside it, and files
//! (a directory, S3 or Azure).
//!
//! Transactions are synchronous closures: `db.write(move |tx| ...)` runs one durable transaction on a database thread and answers
//! after the commit, `db.read(move |tx| ...)` runs on a reader. One SQL text serves both engines; placeholders are `$1`, `$2` ...

mod db;
mod error;
pub mod events;
pub mod fault;
mod files;
mod handover;
mod json;
mod letters;
mod log;
mod migrate;
mod postgres;
mod postgres_address;
mod private;
mod row;
mod sqlite;
pub mod tasks;
mod tx;
mod value;
mod wakes;

pub use db::{DatabaseUrl, Db, DbOptions, Engine};
pub use error::Error;
pub use events::{DeadLetter, StoredEvent};
pub use files::{FileError, FileKeys, Files, FilesUrl};
pub use handover::Handed;
pub use json::{from_text, to_text};
pub use letters::BuriedLetter;
pub use log::Log;
pub use migrate::{Migrations, SCHEMA};
pub use private::private_folder;
pub use row::{FromColumn, Row};
pub use tasks::{LeasedTask, NewTask, WaitingTask};
pub use tx::{Purpose, Tx};
pub use value::{Param, ToParam};

/// What storage operations give.
pub type Result<T> = std::result::Result<T, Error>;

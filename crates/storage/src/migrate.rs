//! Bringing a database to the newest schema.

use refinery::{Migration, Runner};

use crate::postgres_address::Address;
use crate::private::{private_file, private_folder};
use crate::{DatabaseUrl, DbOptions, Error, Result, sqlite};

/// The migrations of one context: files of the same names for both engines, applied in the order of their numbers.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// Name of the context, part of the name of the table that remembers what was applied.
    pub context: &'static str,
    /// Name (`V1__init`) and text for SQLite.
    pub sqlite: &'static [(&'static str, &'static str)],
    /// Name and text for PostgreSQL.
    pub postgres: &'static [(&'static str, &'static str)],
}

/// The migrations of the calling crate: `migrations!("payments", "V1__init")` reads `migrations/{sqlite,postgres}/V1__init.sql`.
#[macro_export]
macro_rules! migrations {
    ($context:literal, $($name:literal),* $(,)?) => {
        $crate::Migrations {
            context: $context,
            sqlite: &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/", $name, ".sql")))),*],
            postgres: &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/", $name, ".sql")))),*],
        }
    };
}

/// The tables of the foundation: event log, consumers' positions, tasks, dead letters.
pub const SCHEMA: Migrations = crate::migrations!("storage", "V1__init", "V2__letters_of_tenants");

pub(crate) fn run(url: &DatabaseUrl, sets: &[Migrations]) -> Result<()> {
    match url {
        DatabaseUrl::Sqlite(file) => {
            // SQLite gives its WAL the permissions of the database.
            let made = file.parent().map_or(Ok(()), private_folder).and_then(|()| private_file(file));
            made.map_err(|error| Error::Unavailable(format!("{}: {error}", file.display())))?;
            let mut connection = sqlite::open(file, &DbOptions::default(), false)?;
            for set in sets {
                runner(set.context, set.sqlite)?.run(&mut connection).map_err(|error| Error::Defect(error.to_string()))?;
            }
        }
        DatabaseUrl::Postgres(text) => {
            let mut client = Address::parse(text).map_err(Error::Defect)?.connect()?;
            // Processes that start together take turns.
            client.execute("SELECT pg_advisory_lock(7355608)", &[])?;
            for set in sets {
                runner(set.context, set.postgres)?.run(&mut client).map_err(|error| Error::Defect(error.to_string()))?;
            }
        }
    }
    Ok(())
}

fn runner(context: &str, files: &[(&str, &str)]) -> Result<Runner> {
    let migrations: std::result::Result<Vec<_>, _> = files.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    let mut runner = Runner::new(&migrations.map_err(|error| Error::Defect(error.to_string()))?);
    runner.set_migration_table_name(format!("migrations_{context}"));
    Ok(runner)
}

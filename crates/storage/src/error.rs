//! What can go wrong with a database.

/// A failed database operation. Callers turn [`Error::Unique`] and [`Error::NotFound`] into errors of their domain; the others
/// become an answer 503 or 500 whose source stays in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The query that must give a row gave none.
    #[error("no such row")]
    NotFound,
    /// A unique or primary key already has that value; the text names the constraint or its columns.
    #[error("unique constraint: {0}")]
    Unique(String),
    /// The engine chose this transaction as the victim of a conflict; the caller may try again.
    #[error("conflict with another transaction: {0}")]
    Conflict(String),
    /// The database cannot be reached, is full or is stopping; nothing was stored, or the outcome is unknown.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The statement, a type or a stored value is not what the program expects: a defect.
    #[error("database defect: {0}")]
    Defect(String),
}

impl Error {
    /// Whether the same operation may succeed later without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Unavailable(_))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        match &error {
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, message) => {
                let text = message.clone().unwrap_or_else(|| failure.to_string());
                match (failure.code, failure.extended_code) {
                    (ConstraintViolation, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => Self::Unique(text),
                    (DatabaseBusy | DatabaseLocked, _) => Self::Conflict(text),
                    (DiskFull | SystemIoFailure, _) => Self::Unavailable(text),
                    _ => Self::Defect(text),
                }
            }
            _ => Self::Defect(error.to_string()),
        }
    }
}

impl From<::postgres::Error> for Error {
    fn from(error: ::postgres::Error) -> Self {
        use ::postgres::error::SqlState;
        let Some(db) = error.as_db_error() else {
            // Without a code from the server it is the connection, or a value that is not what the program expects.
            let source = std::error::Error::source(&error);
            let connection = error.is_closed() || source.is_none() || source.is_some_and(|source| source.is::<std::io::Error>());
            return if connection { Self::Unavailable(error.to_string()) } else { Self::Defect(error.to_string()) };
        };
        let text = || db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned);
        match *db.code() {
            SqlState::UNIQUE_VIOLATION => Self::Unique(text()),
            SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE | SqlState::LOCK_NOT_AVAILABLE => {
                Self::Conflict(text())
            }
            SqlState::DISK_FULL
            | SqlState::TOO_MANY_CONNECTIONS
            | SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unavailable(text()),
            _ => Self::Defect(format!("{}: {}", db.code().code(), db.message())),
        }
    }
}

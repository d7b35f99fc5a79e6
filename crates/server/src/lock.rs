//! One process at a time writes an embedded database.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use storage::DatabaseUrl;

use crate::process::StartError;

/// Holds the right to serve an embedded database; given back when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the right to serve the database; a database server needs none.
///
/// # Errors
/// [`StartError::Running`] when another process holds it; [`StartError::Folder`] when the file cannot be made.
pub fn take(database: &DatabaseUrl) -> Result<Option<Lock>, StartError> {
    let DatabaseUrl::Sqlite(database) = database else { return Ok(None) };
    let path = lock_file(database);
    let failed = |error: std::io::Error| StartError::Folder { path: path.clone(), reason: error.to_string() };
    if let Some(folder) = path.parent() {
        storage::private_folder(folder).map_err(failed)?;
    }
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let process = Some(holder.trim()).filter(|holder| !holder.is_empty()).unwrap_or("sconosciuto").to_owned();
            return Err(StartError::Running { database: database.clone(), process });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // For the message to whoever comes second.
    let mut note = || -> std::io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    note().map_err(failed)?;
    Ok(Some(Lock { _file: file }))
}

/// Beside the database, so that two data folders with one database meet too.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_served_once_at_a_time() {
        let folder = std::env::temp_dir().join(format!("sportello-lock-{}", kernel::Rng::system().uuid()));
        let url = DatabaseUrl::Sqlite(folder.join("new").join("a.db"));
        let held = take(&url).unwrap();
        let refused = take(&url).unwrap_err();
        assert!(refused.to_string().contains(&format!("processo {}", std::process::id())), "{refused}");
        assert!(take(&DatabaseUrl::Sqlite(folder.join("b.db"))).unwrap().is_some());
        drop(held);
        assert!(take(&url).unwrap().is_some());
        assert!(take(&"postgres://a@localhost/b".parse().unwrap()).unwrap().is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }
}

//! Folders and files that only their owner may read, whatever the umask: they hold what citizens wrote.

use std::fs::{DirBuilder, OpenOptions, Permissions, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Makes a folder, and those above it, where they are missing. One that is there already keeps its permissions.
///
/// # Errors
/// Why it cannot be made.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        private_folder(above)?;
    }
    match DirBuilder::new().mode(FOLDER).create(path) {
        // The umask may have taken rights away, even the owner's.
        Ok(()) => set_permissions(path, Permissions::from_mode(FOLDER)),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes an empty file where it is missing. One that is there already keeps its content and permissions.
///
/// # Errors
/// Why it cannot be made.
pub(crate) fn private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE).open(path) {
        Ok(_) => set_permissions(path, Permissions::from_mode(FILE)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

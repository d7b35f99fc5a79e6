//! Engines that are downloaded once: where they lie and how they get there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// The directory `name` of the cache (`SPORTELLO_CACHE`, else `~/.cache/sportello`), filled by `fill` if it is not there yet.
/// `recipe` is the text that decides the content (a pom, a lock file): another recipe is another directory. Test processes that
/// need it at the same time wait for the first; a broken download leaves nothing that looks complete.
pub(crate) fn installed(name: &str, recipe: &str, fill: impl Fn(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
    let parent = root()?.join(name);
    let digest = hex::encode(Sha256::digest(recipe));
    let complete = parent.join(&digest[..12]);
    if complete.exists() {
        return Ok(complete);
    }
    fs::create_dir_all(&parent)?;
    let lock = File::create(parent.join("lock"))?;
    lock.lock()?;
    if !complete.exists() {
        eprintln!("engines: downloading {name} into {} (once)", complete.display());
        let partial = tempfile::Builder::new().prefix("partial-").tempdir_in(&parent)?;
        fill(partial.path())?;
        fs::rename(partial.keep(), &complete)?;
    }
    Ok(complete)
}

fn root() -> io::Result<PathBuf> {
    if let Some(directory) = std::env::var_os("SPORTELLO_CACHE") {
        return Ok(directory.into());
    }
    let home = std::env::home_dir().ok_or_else(|| io::Error::other("neither SPORTELLO_CACHE nor HOME is set"))?;
    Ok(home.join(".cache/sportello"))
}

/// Runs `command` to its end; a failure carries what it printed.
pub(crate) fn run(command: &mut Command) -> io::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| io::Error::other(format!("cannot run {name}: {error} (run ./dev test once: it installs it)")))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(io::Error::other(format!("{name} failed: {}\n{printed}{}", output.status, String::from_utf8_lossy(&output.stderr))))
}

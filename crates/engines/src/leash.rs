//! Server processes that cannot outlive the test process.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server in a directory of its own. Dropping it stops the server and removes the directory; so does the end of this
/// process, however it comes: statics are never dropped and a killed test runs nothing, hence the watching shell (`leash.sh`).
pub(crate) struct Leash {
    dir: PathBuf,
    shell: Child,
}

impl Leash {
    /// Starts `command` in `dir` with its output in `dir/server.log`; `signal` is the one that ends it (`QUIT`, `KILL`).
    pub(crate) fn start(dir: &Path, signal: &str, command: &[&OsStr]) -> io::Result<Leash> {
        for left_by_an_earlier_run in ["keep", "exited"] {
            match fs::remove_file(dir.join(left_by_an_earlier_run)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let shell = Command::new("sh")
            .args(["-c", include_str!("leash.sh"), "leash", signal])
            .arg(dir)
            .args(command)
            .current_dir(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C in the terminal reaches the test process, whose end is then noticed through the pipe.
            .process_group(0)
            .spawn()?;
        Ok(Leash { dir: dir.to_owned(), shell })
    }

    /// Asks `ready` until it answers something. Fails with the end of the server's log when the server ends or 60 s pass.
    pub(crate) fn wait<T>(&self, ready: impl Fn() -> Option<T>) -> io::Result<T> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(answer) = ready() {
                return Ok(answer);
            }
            if self.dir.join("exited").exists() || Instant::now() > deadline {
                let log = fs::read_to_string(self.dir.join("server.log")).unwrap_or_default();
                let end = log.lines().rev().take(15).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(io::Error::other(format!("the server did not become ready; its log ends:\n{end}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server at once and leaves its directory, so that it can be started again on the same data.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        if let Some(stdin) = &mut self.shell.stdin {
            stdin.write_all(b"keep\n")?;
        }
        Ok(()) // the rest is Drop's
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("engines: cannot wait for the end of {}: {error}", self.dir.display());
        }
    }
}

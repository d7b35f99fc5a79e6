//! The program in a process of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// Where a story takes place: one process, or several behind one address.
pub trait Installation {
    /// Its public address, without a trailing slash.
    fn url(&self) -> &str;

    /// Starts again what has ended. Gives how many times that was necessary so far.
    fn revive(&mut self) -> u32;

    /// What its logs say, for the message of a failure.
    fn log(&self) -> String;
}

/// A running `sportello`. It is ended when this is dropped, and started again by [`Sportello::revive`] after a crash.
pub struct Sportello {
    /// Its address, without a trailing slash.
    pub url: String,
    folder: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    child: Child,
    revived: u32,
}

impl Sportello {
    /// Starts `sportello run` with `arguments` and `environment`, its data in `folder`, at a drawn port; gives it when it answers.
    ///
    /// # Panics
    /// When the program is not built or does not start; its log is in the message.
    pub fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_at(free_address(), folder, arguments, environment)
    }

    /// The same at `address`: for data that were settled there, whose stored addresses begin with it.
    ///
    /// # Panics
    /// As [`Sportello::start`].
    pub fn start_at(address: SocketAddr, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut all = vec!["run".to_owned(), "--http".to_owned(), address.to_string()];
        all.extend(["--data".to_owned(), folder.join("data").display().to_string()]);
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let environment: Vec<_> = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let child = spawn(folder, &all, &environment);
        let mut sportello =
            Self { url: format!("http://{address}"), folder: folder.to_owned(), arguments: all, environment, child, revived: 0 };
        sportello.until_started();
        sportello
    }

    /// Starts it again if it has ended, without the variable that makes it crash. Gives how many times that was necessary so far.
    pub fn revive(&mut self) -> u32 {
        if self.child.try_wait().expect("the process can be asked").is_some() {
            self.revived += 1;
            self.environment.retain(|(name, _)| name != "SPORTELLO_CRASH_AT");
            self.child = spawn(&self.folder, &self.arguments, &self.environment);
            self.until_started();
        }
        self.revived
    }

    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the system says of its memory now, in kilobytes: `VmRSS` is what it holds, `VmHWM` the most that it ever held; 0 when it has
    /// ended.
    pub fn memory_kb(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Everything it has written to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Waits until it says that it has started, or has ended (a crash that was asked for may come that early).
    fn until_started(&mut self) {
        let deadline = Instant::now() + START;
        // The demo says so when its municipality is there too.
        let demo = self.arguments.iter().any(|argument| argument == "--demo");
        let sign = if demo { "Sportello è pronto" } else { "sportello started" };
        loop {
            if self.log().contains(sign) {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("the process can be asked") {
                let asked = self.environment.iter().any(|(name, _)| name == "SPORTELLO_CRASH_AT");
                assert!(asked, "sportello ended with {status}:\n{}", self.log());
                return;
            }
            assert!(Instant::now() < deadline, "sportello did not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An address of the loopback that was free a moment ago.
///
/// # Panics
/// When there is none.
pub fn free_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, engines::free_port().expect("the loopback has free ports")).into()
}

impl Installation for Sportello {
    fn url(&self) -> &str {
        &self.url
    }

    fn revive(&mut self) -> u32 {
        Self::revive(self)
    }

    fn log(&self) -> String {
        Self::log(self)
    }
}

impl Drop for Sportello {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &Path, arguments: &[String], environment: &[(String, String)]) -> Child {
    let program = program();
    let log = File::create(folder.join("log")).expect("the folder is ours");
    let mut command = Command::new(&program);
    command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("a file can be shared")).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{}: {error}; build it with: cargo build --bin sportello", program.display()))
}

/// The program, built beside the one that runs: a test in `target/<profile>/deps`, or a benchmark in `target/<profile>`.
///
/// # Panics
/// When it is not built.
pub fn program() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join("sportello")).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("sportello is not built beside {}", own.display()))
}

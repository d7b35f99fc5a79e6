//! The server under load, and what the system says of it.

use std::path::Path;
use std::time::Duration;

use testkit::Sportello;

/// A running demonstration in a folder of its own, at synchronous=FULL as always.
pub struct Server {
    process: Sportello,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts it.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = Sportello::start(folder.path(), &["--demo"], &[]);
        Self { process, folder }
    }

    /// Starts what `arguments` and `environment` say over the data in `folder/data`.
    pub fn start_over(folder: tempfile::TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let process = Sportello::start(folder.path(), arguments, environment);
        Self { process, folder }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.process.url
    }

    /// CPU time of all its threads so far, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        // Fields 14 and 15 of proc(5), counted after the name in parentheses.
        let fields: Vec<&str> = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').collect();
        let ticks: u64 = fields[11..13].iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Waits until it has done what is left to do in the background: less than a twentieth of a core for half a second.
    pub fn rest(&self) {
        loop {
            let before = self.cpu();
            std::thread::sleep(Duration::from_millis(500));
            if self.cpu() - before < Duration::from_millis(25) {
                return;
            }
        }
    }

    /// Memory that it holds now, in megabytes.
    pub fn memory_mb(&self) -> f64 {
        self.process.memory_kb("VmRSS") as f64 / 1024.0
    }

    /// The most that it ever held, in megabytes.
    pub fn peak_memory_mb(&self) -> f64 {
        self.process.memory_kb("VmHWM") as f64 / 1024.0
    }

    /// The settings by which a command works on the same data.
    pub fn place(&self) -> [(&'static str, String); 1] {
        [("SPORTELLO_DATA", self.folder.path().join("data").display().to_string())]
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(Path::new("/proc").join(self.process.id().to_string()).join(file)).expect("the server runs")
    }
}

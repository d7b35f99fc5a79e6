//! The binary, run in a folder of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Asks `done` until it gives something; fails after [`DEADLINE`].
pub fn eventually<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder in which the program runs.
pub struct Place {
    pub folder: Arc<TempDir>,
    settings: Vec<(&'static str, String)>,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: Arc::new(tempfile::tempdir().unwrap()), settings: Vec::new() }
    }

    /// With a variable for every run.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// The program with these words, in an environment that has only our variables.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sportello"));
        command.args(words).current_dir(self.folder.path()).env_clear();
        command.env("SPORTELLO_DATA", self.folder.path().join("data")).env("SPORTELLO_HTTP", "127.0.0.1:0");
        // What single roles need; whoever tests without it takes it away.
        command.env("SPORTELLO_SECRET", "0123456789abcdef0123456789abcdef");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end, with `input` on standard input.
    pub fn tell(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command to its end and expects success; gives what it printed.
    pub fn ask(&self, words: &[&str]) -> String {
        let output = self.tell(words, "");
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command to its end and expects this exit code; gives everything it printed.
    pub fn refused(&self, words: &[&str], code: i32) -> String {
        let output = self.tell(words, "");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        said
    }

    /// Starts `sportello run` with these options and waits until it answers.
    pub fn run(&self, words: &[&str]) -> Running {
        let process = Process::start(self.command(&[&["run"], words].concat()));
        let line = eventually("the line that tells the address", || {
            assert!(process.is_alive(), "ended early: {:?}", process.lines());
            process.lines().into_iter().find(|line| line.contains("sportello started"))
        });
        let line: Value = serde_json::from_str(&line).unwrap();
        let address = line["address"].as_str().unwrap().parse().unwrap();
        Running { process, address, _folder: Arc::clone(&self.folder) }
    }
}

/// A process whose output is collected while it runs; killed when dropped.
pub struct Process {
    child: Mutex<Child>,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (output, kept) = (BufReader::new(child.stdout.take().unwrap()), Arc::clone(&lines));
        let reader = std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Self { child: Mutex::new(child), lines, reader: Some(reader) }
    }

    /// What it has written to standard output so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub fn is_alive(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_none()
    }

    pub fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; gives its exit code and everything it wrote.
    pub fn end(mut self) -> (Option<i32>, Vec<String>) {
        let code = eventually("the end of the process", || self.child.lock().unwrap().try_wait().unwrap()).code();
        self.reader.take().unwrap().join().unwrap();
        (code, self.lines())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A process that answers.
pub struct Running {
    pub process: Process,
    pub address: SocketAddr,
    _folder: Arc<TempDir>,
}

impl Running {
    /// Asks for a path; gives the status and the body.
    pub fn get(&self, path: &str) -> (u16, String) {
        answer(self.open("GET", path, "", 0))
    }

    /// Sends JSON to a path; gives the status and the body.
    pub fn post(&self, path: &str, body: &str) -> (u16, String) {
        answer(self.open("POST", path, body, body.len()))
    }

    /// Begins a request whose body of `length` bytes begins with `body`.
    pub fn open(&self, method: &str, path: &str, body: &str, length: usize) -> TcpStream {
        let connected = TcpStream::connect(self.address);
        let mut stream = connected.unwrap_or_else(|error| panic!("{error}: {:?}", self.process.lines()));
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let headers =
            format!("Host: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}", self.address);
        write!(stream, "{method} {path} HTTP/1.1\r\n{headers}\r\n\r\n{body}").unwrap();
        stream
    }

    /// Ends it by SIGTERM and expects an orderly end.
    pub fn stop(self) -> Vec<String> {
        self.process.signal("TERM");
        let (code, lines) = self.process.end();
        assert_eq!(code, Some(0), "{lines:?}");
        lines
    }
}

/// The status and the body of what is answered on `stream`.
pub fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The log lines of a level.
pub fn at_level(lines: &[String], level: &str) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|line| line["level"] == level).collect()
}

//! Every role in a process of its own, behind one address.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use reqwest::{Client, StatusCode, redirect};

use crate::{Installation, Sportello, free_address};

/// Every role of the program, the stand-ins last: they settle the demonstration through the others.
pub const ROLES: [&str; 12] = [
    "platform",
    "identity",
    "payment-dispatcher",
    "payment-proxy-sandbox",
    "payment-poller",
    "payment-updater",
    "payment-read-model",
    "document-dispatcher",
    "registry-proxy-sandbox",
    "pages",
    "demo-registry",
    "demo-psp",
];

/// Largest body that passes the gateway, in bytes.
const MAX_BODY: usize = 64 << 20;

/// The demonstration in twelve processes. An orchestrator's part is played too: a process that ends is started again.
pub struct Split {
    url: String,
    processes: Processes,
    stop: Arc<AtomicBool>,
}

/// The processes by role.
#[derive(Clone)]
pub struct Processes(Arc<BTreeMap<&'static str, Mutex<Sportello>>>);

impl Split {
    /// Starts them all over the engines that `environment` names, their data in `folder`; gives them when the demonstration is settled.
    ///
    /// # Panics
    /// When one does not start.
    pub async fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let addresses: BTreeMap<&'static str, SocketAddr> = ROLES.iter().map(|role| (*role, free_address())).collect();
        let url = serve(addresses.clone()).await;
        let direct = |role: &str| format!("http://{}", addresses[role]);
        let mut environment: Vec<(&str, String)> = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        environment.extend([
            ("SPORTELLO_PUBLIC_URL", url.clone()),
            ("SPORTELLO_PLATFORM_URL", direct("platform")),
            ("SPORTELLO_IDENTITY_URL", direct("identity")),
            // Of several roles each: the gateway knows which.
            ("SPORTELLO_PAYMENTS_URL", url.clone()),
            ("SPORTELLO_REGISTRY_URL", url.clone()),
            ("SPORTELLO_DEMO_URL", url.clone()),
            ("SPORTELLO_SECRET", "a-secret-of-tests-that-all-processes-share".to_owned()),
            ("SPORTELLO_DEMO", "true".to_owned()),
        ]);
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let start = |role: &'static str| {
            let folder = folder.join(role);
            std::fs::create_dir_all(&folder).expect("the folder is ours");
            let arguments: &[&str] = if role == "demo-psp" { &["--demo", "--roles", role] } else { &["--roles", role] };
            (role, Mutex::new(Sportello::start_at(addresses[role], &folder, arguments, &environment)))
        };
        let started = tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let threads = ROLES.map(|role| scope.spawn(move || start(role)));
                threads.map(|thread| thread.join().expect("the role starts"))
            })
        });
        let processes = Processes(Arc::new(started.into_iter().collect()));
        let stop = Arc::new(AtomicBool::new(false));
        watch(processes.clone(), Arc::clone(&stop));
        Self { url, processes, stop }
    }

    /// The processes.
    pub fn processes(&self) -> Processes {
        self.processes.clone()
    }
}

impl Drop for Split {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Installation for Split {
    fn url(&self) -> &str {
        &self.url
    }

    fn revive(&mut self) {
        // Somebody else does.
    }

    /// What each of them complained about.
    fn log(&self) -> String {
        let logs = self.processes.0.iter().map(|(role, process)| {
            let log = process.lock().log();
            let lines = log.lines().filter(|line| !line.contains("\"INFO\"")).map(|line| format!("{role}: {line}\n"));
            lines.collect::<String>()
        });
        logs.collect()
    }
}

impl Processes {
    /// Ends the process of `role` as `kill -9` does, and waits until it is there again.
    pub fn kill(&self, role: &str) {
        let mut process = self.0[role].lock();
        process.kill();
        process.revive();
    }

    /// Memory of each process, in kilobytes, by role.
    pub fn memory_kb(&self) -> Vec<(&'static str, u64)> {
        let of = |id: u32| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
        };
        self.0.iter().map(|(role, process)| (*role, of(process.lock().id()))).collect()
    }
}

/// Starts again what has ended, until `stop`.
fn watch(processes: Processes, stop: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            for process in processes.0.values() {
                process.lock().revive();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
}

/// Which role answers an address: the rules of the gateway in `deploy/`, with one process for each role.
pub fn role_of(path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Some(match segments[..] {
        ["internal" | "metrics", ..] => return None,
        [".well-known", ..] | [_, "api", "auth" | "session" | "session-auth", ..] | [_, "api", "users", _, "password"] => {
            "identity"
        }
        ["payment-proxy", ..] => "payment-proxy-sandbox",
        [_, "api", "payments", ..] => "payment-read-model",
        ["registry-proxy", ..] => "registry-proxy-sandbox",
        ["demo", "psp", ..] => "demo-psp",
        ["demo", ..] => "demo-registry",
        [_, "api", ..] | ["form-server", ..] => "platform",
        _ => "pages",
    })
}

/// Serves the one address of all; gives it.
async fn serve(addresses: BTreeMap<&'static str, SocketAddr>) -> String {
    let client = Client::builder().redirect(redirect::Policy::none()).no_gzip().build().expect("constant settings");
    let router = Router::new().fallback(pass).with_state((client, Arc::new(addresses)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
    let url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn pass(
    State((client, addresses)): State<(Client, Arc<BTreeMap<&'static str, SocketAddr>>)>,
    request: Request,
) -> Response {
    let Some(role) = role_of(request.uri().path()) else { return StatusCode::NOT_FOUND.into_response() };
    let url = format!("http://{}{}", addresses[role], request.uri());
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    match client.request(parts.method, url).headers(parts.headers).body(body).send().await {
        Ok(answer) => {
            let mut response = Response::builder().status(answer.status());
            for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
                response = response.header(name, value);
            }
            response.body(Body::from(answer.bytes().await.unwrap_or_default())).expect("what was received can be sent")
        }
        // The process is away: as a gateway says it.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

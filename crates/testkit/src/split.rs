//! Every role in a process of its own, over the engines of production, behind one address.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use engines::{Bucket, Database, Kafka};
use parking_lot::Mutex;

use crate::compose::{Compose, Target};
use crate::gateway::Gateway;
use crate::process::{Installation, Sportello, free_address};

/// Stand-ins for the outside parties, which no deployment has.
const STAND_INS: [&str; 3] = ["demo-registry", "demo-anpr", SETTLER];
/// The one that settles the demonstration, when everybody else answers.
const SETTLER: &str = "demo-psp";

/// A running installation in which each role is a process.
pub struct Split {
    url: String,
    processes: Processes,
    _gateway: Gateway,
    _engines: (Database, Kafka, Bucket),
}

/// The processes by role. Its clones are the same processes, so that one may be ended while a story is told to all of them.
#[derive(Clone)]
pub struct Processes(Arc<BTreeMap<String, Mutex<Sportello>>>);

impl Split {
    /// Starts the roles of `deploy/docker-compose.split.yml`, each for itself, and the demonstration, with folders below `folder`: over a
    /// database of the test run's PostgreSQL, and a Kafka and an S3 server of its own, since names of topics and groups are fixed.
    ///
    /// # Panics
    /// When anything of it does not start; its log is in the message.
    pub fn start(folder: &Path) -> Self {
        let engines = std::thread::scope(|scope| {
            let kafka = scope.spawn(Kafka::start);
            (engines::postgres(), kafka.join().expect("Kafka starts"), engines::s3())
        });
        let compose = Compose::read();
        let roles = compose.services.iter().flat_map(|service| service.roles.iter().map(String::as_str)).chain(STAND_INS);
        let addresses: BTreeMap<String, SocketAddr> = roles.map(|role| (role.to_owned(), free_address())).collect();
        let public = free_address();
        let url = format!("http://{public}");
        let environment = environment(&engines, &url, &addresses);

        let start = |role: &str| {
            let folder = folder.join(role);
            std::fs::create_dir_all(&folder).expect("the folder is ours");
            let mut environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut arguments = vec!["--roles", role];
            match role {
                SETTLER => arguments.push("--demo"),
                role if STAND_INS.contains(&role) => environment.push(("SPORTELLO_DEMO", "true")),
                _ => {}
            }
            Sportello::start_at(addresses[role], &folder, &arguments, &environment)
        };
        let gateway = {
            let (compose, addresses) = (compose, Arc::new(addresses.clone()));
            Gateway::start(public, move |path| {
                let role = role_of(&compose, path)?;
                addresses.get(&role).map(|address| format!("http://{address}"))
            })
        };
        let first = addresses.keys().map(String::as_str).filter(|role| *role != SETTLER);
        let mut processes: BTreeMap<String, Mutex<Sportello>> = std::thread::scope(|scope| {
            let starts: Vec<_> = first.map(|role| (role, scope.spawn(move || start(role)))).collect();
            starts
                .into_iter()
                .map(|(role, start)| (role.to_owned(), Mutex::new(start.join().expect("every role starts"))))
                .collect()
        });
        processes.insert(SETTLER.to_owned(), Mutex::new(start(SETTLER)));
        Self { url, processes: Processes(Arc::new(processes)), _gateway: gateway, _engines: engines }
    }

    /// The processes.
    pub fn processes(&self) -> Processes {
        self.processes.clone()
    }
}

impl Processes {
    /// Their roles.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Ends the process of `role` as `kill -9` does. It comes back when it is revived.
    ///
    /// # Panics
    /// When there is no such role.
    pub fn kill(&self, role: &str) {
        self.0.get(role).unwrap_or_else(|| panic!("there is no role {role}")).lock().kill();
    }

    /// Starts again what has ended. Gives how many times that was necessary so far.
    pub fn revive(&self) -> u32 {
        self.0.values().map(|process| process.lock().revive()).sum()
    }

    /// What each role's process holds in memory now, in kilobytes.
    pub fn memory(&self) -> Vec<(String, u64)> {
        self.0.iter().map(|(role, process)| (role.clone(), process.lock().memory_kb("VmRSS"))).collect()
    }
}

impl Installation for Split {
    fn url(&self) -> &str {
        &self.url
    }

    fn revive(&mut self) -> u32 {
        self.processes.revive()
    }

    fn log(&self) -> String {
        let is_fault = |line: &&str| line.contains(r#""level":"ERROR""#) || line.contains(r#""level":"WARN""#);
        let faults = |(role, process): (&String, &Mutex<Sportello>)| {
            let log = process.lock().log();
            log.lines().filter(is_fault).map(|line| format!("{role}: {line}\n")).collect::<String>()
        };
        self.processes.0.iter().map(faults).collect()
    }
}

/// The variables that the file gives to every service.
fn environment(
    (database, kafka, bucket): &(Database, Kafka, Bucket),
    url: &str,
    addresses: &BTreeMap<String, SocketAddr>,
) -> Vec<(&'static str, String)> {
    let at = |role: &str| format!("http://{}", addresses[role]);
    vec![
        ("SPORTELLO_DATABASE", database.url()),
        ("SPORTELLO_DATABASE_CONNECTIONS", "2".to_owned()),
        ("SPORTELLO_BUS", format!("kafka://{}", kafka.bootstrap())),
        ("SPORTELLO_FILES", format!("s3://{}", bucket.name)),
        ("SPORTELLO_SECRET", "0123456789abcdef0123456789abcdef".to_owned()),
        ("SPORTELLO_PUBLIC_URL", url.to_owned()),
        ("SPORTELLO_PLATFORM_URL", at("platform")),
        ("SPORTELLO_IDENTITY_URL", at("identity")),
        // Proxies and read model are different processes here: the gateway knows which one answers.
        ("SPORTELLO_PAYMENTS_URL", url.to_owned()),
        ("SPORTELLO_REGISTRY_URL", url.to_owned()),
        ("SPORTELLO_MESSAGING_URL", url.to_owned()),
        ("SPORTELLO_PDND_URL", at("pdnd-connector")),
        ("SPORTELLO_INTEROP_URL", url.to_owned()),
        ("SPORTELLO_DEMO_URL", url.to_owned()),
        ("SPORTELLO_EGRESS_ALLOW", url.trim_start_matches("http://").to_owned()),
        ("AWS_ENDPOINT", bucket.endpoint.clone()),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_REGION", bucket.region.to_owned()),
        ("AWS_ACCESS_KEY_ID", bucket.access_key.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", bucket.secret_key.to_owned()),
    ]
}

/// The role that answers `path`: of the service that the file's rules lead to, the one that the rest of the path names.
fn role_of(compose: &Compose, path: &str) -> Option<String> {
    if path.starts_with("/demo/inps/") {
        return Some("demo-anpr".to_owned());
    }
    for stand_in in STAND_INS {
        if path.starts_with(&format!("/{}/", stand_in.replace('-', "/"))) {
            return Some(stand_in.to_owned());
        }
    }
    let Target::Service(name) = compose.target(path) else { return None };
    let service = compose.services.iter().find(|service| service.name == name)?;
    let mut segments = path.split('/').skip(1);
    let role = match (segments.next(), segments.next()) {
        (Some(kind @ ("payment-proxy" | "registry-proxy")), Some(provider)) => format!("{kind}-{provider}"),
        (Some("io"), _) => "messaging".to_owned(),
        (Some("ioservice"), _) => "ioservice".to_owned(),
        (Some("interop"), _) => "interop-m2m".to_owned(),
        (Some("0.0"), _) => "interop-bff".to_owned(),
        (Some("authorization-server" | "token.oauth2"), _) => "interop-voucher".to_owned(),
        (_, Some("api")) if segments.next() == Some("jobs") => "payment-importer".to_owned(),
        _ if service.roles.len() == 1 => service.roles[0].clone(),
        _ => service.roles.iter().find(|role| role.ends_with("read-model"))?.clone(),
    };
    service.roles.contains(&role).then_some(role)
}

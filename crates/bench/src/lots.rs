//! How fast the regional intermediary sends a lot: under a limit of the app that it sends to, of which it should leave nothing unused, and without one.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, params};

use crate::http::Client;
use crate::server::Server;
use crate::world;

const API: &str = "/ioservice/v1";
/// Calls that the app allows a body in five seconds, in the first lot; its own default is 150, which would take three times as long.
const CALLS_IN_5_S: usize = 500;
/// Rows of the lot under that limit: citizens whom the app does not know, so that each costs one call.
const PACED: usize = 1_900;
/// Rows of the lot without a limit; every second citizen is known and takes the message, which costs two calls and a look at what became of it.
const FREE: usize = 4_000;
/// Who gets the test of each lot.
const TESTER: &str = "DDDDDD00A01A000D";

/// Runs it at a server whose administrator has `admin`.
pub fn run(server: &Server) {
    enrol(server);
    let mut client = Client::connect(server.url());
    let admin = world::token(&mut client, "admin", "demo");
    let mut desk = Desk { client, admin };
    let service = desk.settle();

    let paced = desk.send(&service, CALLS_IN_5_S, (0..PACED).map(stranger));
    // The calls of the first five seconds may all be made at once.
    let least = Duration::from_secs(5) * u32::try_from(PACED / CALLS_IN_5_S).unwrap_or_default();
    println!(
        "lot of {PACED} unknown citizens, {CALLS_IN_5_S} calls in 5 s allowed: {:.1} s; the limit alone takes {:.0} s",
        paced.as_secs_f64(),
        least.as_secs_f64()
    );

    server.rest();
    let cpu = server.cpu();
    let codes = (0..FREE).map(|number| if number % 2 == 0 { citizen(number / 2) } else { stranger(PACED + number) });
    let free = desk.send(&service, 0, codes);
    let cpu = (server.cpu() - cpu).as_secs_f64() / FREE as f64 * 1_000_000.0;
    let rate = FREE as f64 / free.as_secs_f64();
    println!(
        "lot of {FREE}, every second one delivered, no limit: {rate:.0} rows/s; {cpu:.0} us of CPU each, the app's own work included"
    );
}

/// Those who take messages: copies of the demo's citizen who does.
fn enrol(server: &Server) {
    let file = std::path::Path::new(&server.place()[0].1).join("sportello.db");
    let sql = "INSERT INTO io_profiles (fiscal_code, body, created_at, updated_at)
               WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
               SELECT printf('CCCCCC%02dA01A%03dC', i / 1000, i % 1000), p.body, p.created_at, p.updated_at
               FROM n, io_profiles p WHERE p.fiscal_code = 'AAAAAA00A00A000A'
               UNION ALL
               SELECT $2, p.body, p.created_at, p.updated_at FROM io_profiles p WHERE p.fiscal_code = 'AAAAAA00A00A000A'";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = Db::attach(&DatabaseUrl::Sqlite(file), DbOptions::default()).await.expect("the server's database");
        let people = i64::try_from(FREE / 2).unwrap_or_default();
        db.write(move |tx| tx.execute(sql, params![people, TESTER])).await.expect("the citizens are stored");
    });
}

fn citizen(number: usize) -> String {
    format!("CCCCCC{:02}A01A{:03}C", number / 1_000, number % 1_000)
}

fn stranger(number: usize) -> String {
    format!("BBBBBB{:02}A01A{:03}B", number / 1_000, number % 1_000)
}

/// The body's administrator, and the supplier that hands lots in.
struct Desk {
    client: Client,
    admin: String,
}

impl Desk {
    fn body(&mut self, method: &str, path: &str, body: &Value) -> Value {
        self.client.call(method, path, Some(&self.admin), body)
    }

    fn supplier(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Value {
        let request = self.client.supplier_request(method, path, "demo-provider-key", kind, body);
        let (status, answer) = self.client.send(&request);
        assert!((200..300).contains(&status), "{method} {path}: {status} {}", String::from_utf8_lossy(answer));
        serde_json::from_slice(answer).unwrap_or_default()
    }

    /// The demo's service, its tests sent to somebody of ours; the app itself does not limit the body. Gives the service's identifier.
    fn settle(&mut self) -> String {
        let account = "/io/admin/v1/accounts/demo-bugliano";
        let mut body = self.body("GET", account, &Value::Null);
        body["groups"].as_array_mut().expect("groups are a list").push(json!("ApiNoRateLimit"));
        self.body("PUT", account, &body);
        let services = self.body("GET", &format!("{API}/services"), &Value::Null);
        let mut named = services.as_array().into_iter().flatten().filter(|service| service["name"] == "Avvisi del Comune");
        let mut service = named.next().expect("the demo's service").clone();
        let id = service["id"].as_str().expect("a service has an id").to_owned();
        let path = format!("{API}/services/{id}");
        service["test_fiscal_codes"] = json!([TESTER]);
        self.supplier("PUT", &path, "application/json", &service.to_string());
        self.body("POST", &format!("{path}/command"), &json!({ "command": "approve" }));
        id
    }

    /// Hands a lot in and lets it go; gives how long the sending took.
    fn send(&mut self, service: &str, calls_in_5_s: usize, codes: impl Iterator<Item = String>) -> Duration {
        let settings = json!({ "calls_in_5_s": calls_in_5_s, "four_eyes_above": 10_000, "first_rows": 10 });
        self.body("PUT", &format!("{API}/settings"), &settings);
        let text = "Gentile cittadina, gentile cittadino: questo messaggio ricorda la scadenza della rata unica di quest'anno.";
        let rows: String = codes.map(|code| format!("{code};Scadenza della rata;{text}\n")).collect();
        let table = format!("codice_fiscale;oggetto;testo\n{rows}");
        let lot = self.supplier("POST", &format!("{API}/lots?service={service}"), "text/csv", &table);
        let path = format!("{API}/lots/{}", lot["id"].as_str().expect("a lot has an id"));
        self.until(&path, |lot| lot["state"] == "PRONTO");
        self.supplier("POST", &format!("{path}/test"), "application/json", "");
        self.until(&path, |lot| lot["tested_at"].is_string());
        self.body("POST", &format!("{path}/approval"), &Value::Null);
        self.body("POST", &format!("{path}/command"), &json!({ "command": "release" }));
        let began = Instant::now();
        self.until(&path, |lot| lot["state"] == "CONCLUSO");
        began.elapsed()
    }

    fn until(&mut self, path: &str, wanted: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let lot = self.body("GET", path, &Value::Null);
            if wanted(&lot) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(300), "a lot does not go on: {lot}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

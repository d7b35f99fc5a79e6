//! A lot of 10,000 messages, killed twice while it is sent: every row has its outcome, the outcomes add up to the rows, and no citizen has
//! two messages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, params};
use testkit::{Sportello, free_address};

/// Rows of the lot.
const ROWS: usize = 10_000;
/// Those of them that are no messages: no fiscal code, or the same as another.
const BROKEN: usize = 20;
/// Citizens with a profile besides those of the demo.
const ENROLLED: i64 = 2_000;
/// Longest time for the whole lot on a busy machine.
const DEADLINE: Duration = Duration::from_secs(600);
const TEXT: &str = "Gentile cittadina, gentile cittadino: questo messaggio ricorda la scadenza della rata unica di quest'anno.";
/// A citizen who gets the test and is not in the lot.
const TESTER: &str = "DDDDDD00A01A000D";

/// The program and those who speak to it.
struct World {
    sportello: Sportello,
    http: Client,
    admin: String,
}

impl World {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.sportello.url))
    }

    async fn answer(&self, request: RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        assert!(status.is_success(), "{status}: {}\n{}", String::from_utf8_lossy(&body), self.sportello.log());
        serde_json::from_slice(&body).unwrap_or_default()
    }

    async fn body(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.request(method, path).bearer_auth(&self.admin);
        self.answer(if body.is_null() { request } else { request.json(body) }).await
    }

    async fn supplier(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.request(method, path).header("x-ioservice-key", "demo-provider-key");
        self.answer(if body.is_null() { request } else { request.json(body) }).await
    }

    /// Looks at a lot until it is as wanted. Its totals add up at every look.
    async fn until(&self, lot: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let seen = self.body(Method::GET, &format!("/ioservice/v1/lots/{lot}"), &Value::Null).await;
            let sum: i64 = seen["totals"].as_object().unwrap().values().map(|rows| rows.as_i64().unwrap()).sum();
            assert_eq!(Some(sum), seen["rows"].as_i64(), "{seen}");
            if wanted(&seen) {
                return seen;
            }
            assert!(began.elapsed() < DEADLINE, "{what} does not come: {seen}\n{}", self.sportello.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Runs a statement on the database of a program that does not run, or asks it for a number.
async fn database<T: Send + 'static>(
    folder: &Path,
    body: impl FnOnce(&mut storage::Tx<'_>) -> storage::Result<T> + Send + 'static,
) -> T {
    let url = DatabaseUrl::Sqlite(folder.join("data").join("sportello.db"));
    Db::attach(&url, DbOptions::default()).await.unwrap().write(body).await.unwrap()
}

/// Citizens who take everything: copies of the demo's.
async fn enrol(folder: &Path) {
    let sql = "INSERT INTO io_profiles (fiscal_code, body, created_at, updated_at)
               WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
               SELECT printf('CCCCCC%02dA01A%03dC', i / 1000, i % 1000), p.body, p.created_at, p.updated_at
               FROM n, io_profiles p WHERE p.fiscal_code = 'AAAAAA00A00A000A'";
    database(folder, move |tx| tx.execute(sql, params![ENROLLED])).await;
    let sql = "INSERT INTO io_profiles (fiscal_code, body, created_at, updated_at)
               SELECT $1, p.body, p.created_at, p.updated_at FROM io_profiles p WHERE p.fiscal_code = 'AAAAAA00A00A000A'";
    database(folder, move |tx| tx.execute(sql, params![TESTER])).await;
}

/// The lot: each citizen of the demo, rows that do not fit, citizens who are enrolled, and strangers.
fn lot() -> String {
    let mut codes: Vec<String> = (0..10).map(|last| format!("AAAAAA00A00A00{last}A")).collect();
    codes.extend((0..BROKEN / 2).map(|number| format!("X{number}")));
    codes.extend((0..BROKEN / 2).map(|_| "AAAAAA00A00A000A".to_owned()));
    codes.extend((0..ENROLLED).map(|number| format!("CCCCCC{:02}A01A{:03}C", number / 1_000, number % 1_000)));
    let strangers = ROWS - codes.len();
    codes.extend((0..strangers).map(|number| format!("BBBBBB{:02}A01A{:03}B", number / 1_000, number % 1_000)));
    // Mixed, so that every kind is met before, between and after the kills.
    let rows: String = (0..ROWS).map(|place| format!("{};Scadenza della rata;{TEXT}\n", codes[place * 7_919 % ROWS])).collect();
    format!("codice_fiscale;oggetto;testo\n{rows}")
}

/// What becomes of a row: the demo's citizens are of each class, the enrolled take everything, of strangers nothing is known.
fn expected(code: &str) -> &'static str {
    match code.as_bytes() {
        [b'X', ..] => "SCARTATO",
        [b'C', ..] => "CONSEGNATO",
        [b'B', ..] => "NON_ISCRITTO",
        // Without a profile, or with the inbox off; refused, not chosen, blocked; all the others.
        bytes => match bytes[14] {
            b'1' | b'2' => "NON_ISCRITTO",
            b'3' | b'4' | b'6' => "NON_AUTORIZZATO",
            _ => "CONSEGNATO",
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_is_killed_twice_reconciles_and_nobody_gets_two_messages() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    drop(Sportello::start_at(address, folder.path(), &["--demo"], &[]));
    enrol(folder.path()).await;
    let sportello = Sportello::start_at(address, folder.path(), &["--demo"], &[]);
    let http = Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
    let mut world = World { sportello, http, admin: String::new() };
    let credentials = json!({ "username": "admin", "password": "demo" });
    let session = world.answer(world.request(Method::POST, "/comune-di-bugliano/api/auth").json(&credentials)).await;
    world.admin = session["token"].as_str().unwrap().to_owned();

    // The demo's own service, because its citizens have chosen about it. Its organisation may call as often as it likes: the lot is to end
    // today. Tests go to somebody who is not in the lot.
    let account = "/io/admin/v1/accounts/demo-bugliano";
    let mut body = world.body(Method::GET, account, &Value::Null).await;
    body["groups"].as_array_mut().unwrap().push(json!("ApiNoRateLimit"));
    world.body(Method::PUT, account, &body).await;
    let services = world.body(Method::GET, "/ioservice/v1/services", &Value::Null).await;
    let mut service = services.as_array().unwrap().iter().find(|service| service["name"] == "Avvisi del Comune").unwrap().clone();
    let path = format!("/ioservice/v1/services/{}", service["id"].as_str().unwrap());
    service["test_fiscal_codes"] = json!([TESTER]);
    world.supplier(Method::PUT, &path, &service).await;
    world.body(Method::POST, &format!("{path}/command"), &json!({ "command": "approve" })).await;
    world
        .body(Method::PUT, "/ioservice/v1/settings", &json!({ "calls_in_5_s": 0, "four_eyes_above": 100, "first_rows": 10 }))
        .await;

    // Handed in, judged, tested, approved by a second person, released: ten rows go first.
    let request = world
        .request(Method::POST, &format!("/ioservice/v1/lots?service={}", service["id"].as_str().unwrap()))
        .header("x-ioservice-key", "demo-provider-key");
    let handed = world.answer(request.header("content-type", "text/csv").body(lot())).await;
    let id = handed["id"].as_str().unwrap().to_owned();
    let read = world.until(&id, "the end of reading", |lot| lot["state"] == "PRONTO").await;
    assert_eq!(
        (read["totals"]["SCARTATO"].as_u64(), read["totals"]["IN_CODA"].as_u64()),
        (Some(BROKEN as u64), Some((ROWS - BROKEN) as u64))
    );
    world.supplier(Method::POST, &format!("/ioservice/v1/lots/{id}/test"), &Value::Null).await;
    world.until(&id, "the test", |lot| lot["tested_at"].is_string()).await;
    world.body(Method::POST, &format!("/ioservice/v1/lots/{id}/approval"), &Value::Null).await;
    let command = format!("/ioservice/v1/lots/{id}/command");
    world.body(Method::POST, &command, &json!({ "command": "release" })).await;
    world.until(&id, "the first part", |lot| lot["state"] == "PRIMA_TRANCHE").await;
    world.body(Method::POST, &command, &json!({ "command": "resume" })).await;

    for percent in [20, 60] {
        let seen = world.until(&id, "progress", |lot| lot["percent"].as_i64() >= Some(percent)).await;
        assert_eq!(seen["state"], "IN_INVIO", "the lot is over before it could be killed: {seen}");
        world.sportello.kill();
        world.sportello.revive();
    }
    let done = world.until(&id, "the end", |lot| lot["state"] == "CONCLUSO" && lot["totals"]["INVIATO"] == 0).await;

    // Every row is what its citizen made of it, and the totals are the rows.
    let report = world.body(Method::GET, &format!("/ioservice/v1/lots/{id}/report?format=json"), &Value::Null).await;
    let rows = report["esiti"].as_array().unwrap();
    assert_eq!((rows.len(), &report["totali"]), (ROWS, &done["totals"]));
    let mut reached = BTreeSet::new();
    let mut counted = BTreeMap::<&str, u64>::new();
    for row in rows {
        let (code, outcome) = (row["codice_fiscale"].as_str().unwrap(), row["esito"].as_str().unwrap());
        let again = reached.contains(code);
        assert_eq!(outcome, if again { "SCARTATO" } else { expected(code) }, "{row}");
        if outcome == "CONSEGNATO" {
            reached.insert(code.to_owned());
        }
        *counted.entry(outcome).or_default() += 1;
    }
    for (outcome, number) in done["totals"].as_object().unwrap() {
        assert_eq!(number.as_u64().unwrap(), counted.get(outcome.as_str()).copied().unwrap_or(0), "{outcome}");
    }
    assert_eq!(counted.keys().copied().collect::<Vec<_>>(), ["CONSEGNATO", "NON_AUTORIZZATO", "NON_ISCRITTO", "SCARTATO"]);
    world.sportello.kill();
    // The demo's citizen has an inbox already, and is in no row.
    let sent: Vec<String> = database(folder.path(), |tx| {
        let sql = "SELECT fiscal_code FROM io_messages WHERE fiscal_code NOT IN ($1, 'BNRMHL75C06G702B') ORDER BY fiscal_code";
        tx.all(sql, params![TESTER], |row| row.get(0))
    })
    .await;
    assert_eq!(sent, reached.into_iter().collect::<Vec<_>>(), "every message is a row's, and nobody has two");
}

//! Files of dues become payments that are to be paid: each once, whatever is sent again, whoever dies meanwhile.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{NoticeNumber, Series};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{Answer, SERVICE, VALLELAGHI, World};

on_both_engines!(
    a_file_becomes_payments_that_are_paid,
    the_same_file_again_imports_nothing,
    wrong_rows_are_reported_and_the_others_imported,
    a_file_that_is_none_fails,
    what_cannot_be_begun_is_refused,
    an_import_is_cancelled,
    an_import_goes_on_after_a_crash,
    a_due_that_a_proxy_made_is_not_imported,
    a_due_takes_neither_iud_nor_application_of_another_payment,
    only_the_payment_of_an_application_tells_of_it,
);

const HEADER: &str =
    "notice_number,iud,amount,reason,created_at,expire_at,payer_tax_identification_number,payer_name,payer_family_name";
pub const JOBS: &str = "/comune-di-bugliano/api/jobs";
/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// A number that nothing else has.
pub fn notice(counter: u64) -> NoticeNumber {
    NoticeNumber::new(Series::Segregated(33), counter).unwrap()
}

pub fn row(counter: u64) -> String {
    format!("{},,12.50,TARI 2025,2025-01-02,2025-12-31,FRRNNA84L52G702G,Anna,Ferri\n", notice(counter))
}

pub fn file(rows: impl Iterator<Item = String>) -> String {
    format!("{HEADER}\n{}", rows.collect::<String>())
}

/// What is answered to who asks for the import of a file.
pub async fn ask(world: &World, file: &str) -> Answer {
    world.call("POST", JOBS, &new(STANDARD.encode(file))).await
}

pub async fn begin(world: &World, file: &str) -> String {
    begin_with(world, STANDARD.encode(file)).await
}

async fn begin_with(world: &World, file: impl Into<String>) -> String {
    let answer = world.call("POST", JOBS, &new(file.into())).await;
    let created = answer.expect(201);
    created["id"].as_str().unwrap().to_owned()
}

pub fn new(file: String) -> Value {
    let attachment = json!({ "name": "dovuti.csv", "mime_type": "text/csv", "file": file });
    json!({ "type": "import_dovuti", "attachment": attachment, "args": { "service_id": SERVICE } })
}

async fn look(world: &World, job: &str) -> Value {
    world.call("GET", &format!("{JOBS}/{job}"), &Value::Null).await.expect(200)
}

/// Waits until the import has ended; gives it.
async fn ended(world: &World, job: &str) -> Value {
    let began = Instant::now();
    loop {
        let shown = look(world, job).await;
        if !matches!(shown["status"].as_str().unwrap(), "pending" | "running") {
            return shown;
        }
        assert!(began.elapsed() < DEADLINE, "{shown}, dead: {:?}", world.dead_letters().await);
        // What a process that died left at work is alive in this one, and takes batches from its heir, which tries again later. Not too
        // fast: a lease must not run out while its import is at work.
        world.clock.advance(jiff::SignedDuration::from_millis(50));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn output(job: &Value) -> Value {
    serde_json::from_str(job["output"].as_str().unwrap()).unwrap()
}

/// The events of the importer.
async fn imported(world: &World) -> Vec<Value> {
    let ours = format!("payment-importer:{}", runtime::VERSION);
    let events = world.keyed_events().await.into_iter().map(|(_, event)| event);
    events.filter(|event| event["app_id"] == ours).collect()
}

async fn a_file_becomes_payments_that_are_paid(world: World) {
    let job = begin(&world, &file((1..=3).map(row))).await;
    let done = ended(&world, &job).await;
    assert_eq!((&done["status"], &done["progress"]["imported"]), (&json!("finished"), &json!(3)));
    assert_eq!(done["running_output"], "Riga 3: 3 dovuti importati, 0 già presenti, 0 righe errate.");
    assert!(done["started_at"].is_string() && done["terminated_at"].is_string());
    assert_eq!((&done["attachment"]["name"], &done["args"]["service_id"]), (&json!("dovuti.csv"), &json!(SERVICE)));
    let events = imported(&world).await;
    assert_eq!(events.len(), 3);
    world.idle().await;
    // The proxy follows it, and leads to it.
    let due = &events[0];
    assert_eq!((&due["status"], &due["payment"]["amount"]), (&json!("PAYMENT_PENDING"), &json!(12.5)));
    assert_eq!(due["payment"]["notice_code"], notice(1).to_string());
    assert_eq!(world.open_link(due, "offline_payment").await.status, 200);
    let update = format!("{}/update/{}", world.proxy(), due["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &update, &Value::Null).await.expect(200)["status"], "PAYMENT_PENDING");
    // The citizen finds it.
    let token = world.token(crate::world::BUGLIANO, world.app.rng().uuid(), "FRRNNA84L52G702G", &["ROLE_USER", "ROLE_CPS_USER"]);
    let mine = world.call_by(&token, "GET", "/comune-di-bugliano/api/payments", &Value::Null).await.expect(200);
    assert_eq!(mine["meta"]["total"], 3, "{mine}");
    // Nobody needs the file any more.
    let began = Instant::now();
    while !world.app.files().list("imports").await.unwrap().is_empty() {
        assert!(began.elapsed() < DEADLINE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let listed = world.call("GET", JOBS, &Value::Null).await.expect(200);
    assert_eq!((&listed["meta"]["total"], &listed["data"][0]["id"]), (&json!(1), &json!(job)));
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn the_same_file_again_imports_nothing(world: World) {
    let first = begin(&world, &file((1..=1200).map(row))).await;
    assert_eq!(ended(&world, &first).await["progress"]["imported"], 1200);
    // With a row twice, and a new one.
    let again = begin(&world, &file((1..=1200).chain([7, 1201]).map(row))).await;
    let done = ended(&world, &again).await;
    assert_eq!(output(&done), json!({ "rows": 1202, "imported": 1, "already_present": 1201, "failed": 0, "errors": [] }));
    let events = imported(&world).await;
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!((events.len(), ids.len()), (1201, 1201));
}

async fn wrong_rows_are_reported_and_the_others_imported(world: World) {
    let wrong = row(2).replace("12.50", "=1+1");
    let formula = row(4).replace("TARI", "=HYPERLINK(\"http://x\")");
    let job = begin(&world, &file([row(1), wrong, row(3), formula].into_iter())).await;
    let done = ended(&world, &job).await;
    assert_eq!(
        (&done["status"], &done["progress"]["imported"], &done["progress"]["failed"]),
        (&json!("finished"), &json!(2), &json!(2))
    );
    let report = world.call("GET", &format!("{JOBS}/{job}/errors"), &Value::Null).await.expect(200);
    let rows: Vec<_> =
        report["data"].as_array().unwrap().iter().map(|wrong| (wrong["row"].clone(), wrong["field"].clone())).collect();
    assert_eq!(rows, [(json!(2), json!("amount")), (json!(4), json!("reason"))]);
    assert_eq!(output(&done)["errors"], report["data"]);
    assert!(!format!("{done}{report}").contains("HYPERLINK"), "formulas are not written again");
    assert_eq!(done["progress"]["expected"], 4);
    let table = world.call("GET", &format!("{JOBS}/{job}/errors/export"), &Value::Null).await;
    assert_eq!((table.status, table.header("content-type")), (200, Some("text/csv; charset=utf-8; header=present")));
    let text = String::from_utf8_lossy(&table.bytes).into_owned();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "\u{feff}row;field;error"), "{text}");
    assert!(lines[1].starts_with("2;amount;\"") && lines[2].starts_with("4;reason;\""), "{text}");
}

async fn a_file_that_is_none_fails(world: World) {
    for (file, reason) in [("a,b\n1,2\n", "notice_number"), ("PK\u{3}\u{4}xl/workbook.xml", "foglio di calcolo")] {
        let job = begin(&world, file).await;
        let done = ended(&world, &job).await;
        assert_eq!(done["status"], "failed");
        assert!(output(&done)["error"].as_str().unwrap().contains(reason), "{done}");
    }
}

async fn what_cannot_be_begun_is_refused(world: World) {
    let good = new(STANDARD.encode(HEADER));
    for (pointer, value) in [
        ("/type", json!("export")),
        ("/attachment/name", json!("")),
        ("/attachment/file", json!("$")),
        ("/attachment/file", json!("")),
        ("/attachment/file", json!("http://10.0.0.1/dovuti.csv")),
        ("/attachment/file", json!("https://169.254.169.254/latest")),
        ("/attachment/file", json!("file:///etc/passwd")),
        ("/attachment/file", json!("https://user:word@example.org/a.csv")),
        ("/args/service_id", json!("00000000-0000-4000-8000-000000000001")),
    ] {
        let mut wrong = good.clone();
        *wrong.pointer_mut(pointer).unwrap() = value.clone();
        let problem = world.call("POST", JOBS, &wrong).await.expect(422);
        assert_eq!(problem["errors"][0]["field"], pointer, "{value}: {problem}");
    }
    let other = world.service_token(VALLELAGHI);
    let job = begin(&world, HEADER).await;
    let there = format!("/comune-di-vallelaghi/api/jobs/{job}");
    assert_eq!(world.call_by(&other, "GET", &there, &Value::Null).await.status, 404, "another body's");
}

async fn an_import_is_cancelled(world: World) {
    let job = begin(&world, &file((1..=20_000).map(row))).await;
    let began = Instant::now();
    while look(&world, &job).await["progress"]["imported"] == 0 {
        assert!(began.elapsed() < DEADLINE);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    world.call("DELETE", &format!("{JOBS}/{job}"), &Value::Null).await.expect(204);
    let cancelled = look(&world, &job).await;
    assert_eq!(cancelled["status"], "cancelled");
    let events = imported(&world).await.len();
    assert_eq!(cancelled["progress"]["imported"], events, "what was imported stays, nothing more is");
    world.call("DELETE", &format!("{JOBS}/{job}"), &Value::Null).await.expect(204);
    assert_eq!(imported(&world).await.len(), events);
}

async fn an_import_goes_on_after_a_crash(world: World) {
    let job = begin(&world, &file((1..=6_000).map(row))).await;
    let began = Instant::now();
    while look(&world, &job).await["progress"]["imported"] == 0 {
        assert!(began.elapsed() < DEADLINE);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let world = world.crash().await;
    let done = ended(&world, &job).await;
    assert_eq!(output(&done)["imported"], 6_000, "{}", done["output"]);
    assert_eq!(imported(&world).await.len(), 6_000);
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn a_due_that_a_proxy_made_is_not_imported(world: World) {
    let (_, pending) = world.pending("20.00").await;
    let number = pending["payment"]["notice_code"].as_str().unwrap();
    let job = begin(&world, &file([row(1).replace(&notice(1).to_string(), number)].into_iter())).await;
    assert_eq!(ended(&world, &job).await["progress"]["already_present"], 1);
}

/// A due that calls itself, or its application, something.
fn named(counter: u64, iud: &str, application: &str) -> String {
    format!("{},{iud},0.01,TARI 2025,,,FRRNNA84L52G702G,Anna,Ferri,{application}\n", notice(counter))
}

async fn a_due_takes_neither_iud_nor_application_of_another_payment(world: World) {
    let (application, pending) = world.pending("20.00").await;
    world.idle().await;
    let (iud, id) = (pending["payment"]["iud"].as_str().unwrap(), pending["id"].as_str().unwrap());
    let other = world.app.rng().uuid().to_string();
    let rows = [
        named(1, iud, ""),
        named(2, &id.to_uppercase(), ""),
        named(3, "", application["id"].as_str().unwrap()),
        named(4, "TARI-1", &other),
        named(5, "TARI-1", ""),
    ];
    let file = format!("{HEADER},remote_id\n{}", rows.concat());
    for (imported, present) in [(1, 0), (0, 1)] {
        let job = begin(&world, &file).await;
        let output = output(&ended(&world, &job).await);
        assert_eq!((&output["imported"], &output["already_present"]), (&json!(imported), &json!(present)), "{output}");
        let wrong: Vec<_> =
            output["errors"].as_array().unwrap().iter().map(|wrong| (wrong["row"].clone(), wrong["field"].clone())).collect();
        assert_eq!(
            wrong,
            [(json!(1), json!("iud")), (json!(2), json!("iud")), (json!(3), json!("remote_id")), (json!(5), json!("iud"))]
        );
    }
    assert_eq!(imported(&world).await.len(), 1);
}

async fn only_the_payment_of_an_application_tells_of_it(world: World) {
    let application = world.application("20.00");
    // Nobody has made its payment yet.
    let file = format!("{HEADER},remote_id\n{}", named(1, "", application["id"].as_str().unwrap()));
    let job = begin(&world, &file).await;
    assert_eq!(ended(&world, &job).await["progress"]["imported"], 1);
    let due = imported(&world).await.remove(0);
    let paid = |payment: &Value| {
        let mut event = world.sample(&payment.to_string());
        event["status"] = json!("COMPLETE");
        event
    };
    world.publish("payments", &paid(&due)).await;
    assert_eq!(world.told_last(&application).await, "");
    // Now it is made, and whatever else calls itself the application's is passed over.
    world.publish("applications", &application).await;
    let pending = world.payment(&application, "PAYMENT_PENDING").await;
    let mut strange = paid(&pending);
    strange["id"] = json!(world.app.rng().uuid());
    world.publish("payments", &strange).await;
    world.publish("payments", &paid(&due)).await;
    assert_eq!(world.told_last(&application).await, "");
    world.press(&pending, "paga").await;
    world.told(&application, &["OK"]).await;
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

/// The file at an address of the web; its bytes are Latin-1, between semicolons.
#[tokio::test]
async fn a_file_is_fetched() {
    let world = World::on_sqlite().await;
    let text = file((1..=3).map(row)).replace(',', ";").replace("Anna", "Nicolò");
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = axum::Router::new().route("/dovuti.csv", axum::routing::get(move || async move { bytes }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    // Only a demonstration may call this computer.
    let job = begin_with(&world, format!("http://{address}/dovuti.csv")).await;
    assert_eq!(ended(&world, &job).await["progress"]["imported"], 3);
    assert_eq!(imported(&world).await[0]["payer"]["name"], "Nicolò");
    let job = begin_with(&world, format!("http://{address}/altro.csv")).await;
    assert!(output(&ended(&world, &job).await)["error"].as_str().unwrap().contains("404"));
}

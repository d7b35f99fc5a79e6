//! The regional intermediary: from a supplier's proposal to what became of each row. The app is this platform's own interface.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{BUGLIANO, Call, VALLELAGHI, World, citizen};

on_both_engines!(
    a_lot_of_every_kind_of_citizen_reconciles,
    i1_i3_i4_i5_a_supplier_proposes_and_the_body_approves,
    i2_what_the_app_would_refuse_is_told_beforehand,
    i6_the_body_sees_what_sends_for_it_and_switches_it,
    i8_texts_go_out_as_they_came,
    a_large_lot_is_tested_approved_and_sent_in_two_parts,
    a_lot_stops_resumes_and_is_given_up,
    a_suspended_service_holds_what_waits,
    the_other_key_takes_over_and_no_key_stops_the_lot,
    the_calls_of_a_body_are_counted_together,
    the_same_file_is_one_lot,
    everything_is_written_down,
    i9_help_is_asked_for_and_given,
);

/// Bugliano's service of the demo that may send, and its template.
const TEXT: &str = "Un testo abbastanza lungo per l'app: il regolamento chiede almeno ottanta caratteri in tutto.";

impl World {
    /// A request of Bugliano's administrator.
    pub fn body(&self, method: &str, path: &str, body: &Value) -> Call {
        self.ioservice(&self.token(BUGLIANO, "admin", &["ROLE_ADMIN"]), method, path, body)
    }

    fn ioservice(&self, token: &str, method: &str, path: &str, body: &Value) -> Call {
        self.call(method, &format!("/ioservice/v1{path}")).bearer(token).json(body)
    }

    /// A request of the demo supplier's program.
    pub fn supplier(&self, method: &str, path: &str, body: &Value) -> Call {
        self.call(method, &format!("/ioservice/v1{path}")).header("x-ioservice-key", "demo-provider-key").json(body)
    }

    /// The demo's service with this name.
    pub async fn service_called(&self, name: &str) -> Value {
        let services = self.body("GET", "/services", &Value::Null).answer().await.expect(200);
        services.as_array().unwrap().iter().find(|service| service["name"] == name).unwrap().clone()
    }

    /// Hands in a CSV of the supplier and waits until it is read.
    pub async fn hand_in(&self, csv: &str) -> Value {
        let service = self.service_called("Avvisi del Comune").await["id"].as_str().unwrap().to_owned();
        let handed = self.supplier("POST", &format!("/lots?service={service}"), &Value::Null).header("content-type", "text/csv");
        let lot = handed.text(csv).answer().await.expect(201);
        self.lot_until(&lot, |lot| lot["state"] != "IN_LETTURA").await
    }

    async fn lot(&self, lot: &Value) -> Value {
        self.body("GET", &format!("/lots/{}", lot["id"].as_str().unwrap()), &Value::Null).answer().await.expect(200)
    }

    /// Waits until a lot is as wanted; time goes on meanwhile. Its totals add up at every look.
    pub async fn lot_until(&self, lot: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        self.eventually("the lot", async || {
            self.clock.advance(SignedDuration::from_secs(1));
            last = self.lot(lot).await;
            let sum: i64 = last["totals"].as_object().unwrap().values().map(|rows| rows.as_i64().unwrap()).sum();
            assert_eq!(sum, last["rows"].as_i64().unwrap(), "{last}");
            wanted(&last).then(|| last.clone())
        })
        .await
    }

    pub async fn order(&self, lot: &Value, command: &str) -> Value {
        let path = format!("/lots/{}/command", lot["id"].as_str().unwrap());
        self.body("POST", &path, &json!({ "command": command })).answer().await.expect(200)
    }

    /// How many messages there are for the citizens of a test.
    async fn sent(&self) -> i64 {
        self.count("SELECT count(*) FROM io_messages").await
    }
}

/// A file with a row for each of these citizens.
pub fn csv(codes: impl IntoIterator<Item = String>) -> String {
    let rows: String = codes.into_iter().map(|code| format!("{code};Un oggetto valido;{TEXT}\n")).collect();
    format!("codice_fiscale;oggetto;testo\n{rows}")
}

/// The fiscal code of a citizen whom nobody knows.
fn stranger(number: usize) -> String {
    format!("BBBBBB{:02}A01A{:03}B", number / 1_000, number % 1_000)
}

pub fn total(lot: &Value, outcome: &str) -> i64 {
    lot["totals"][outcome].as_i64().unwrap()
}

/// Whether nothing is under way any more.
fn is_decided(lot: &Value) -> bool {
    lot["state"] == "CONCLUSO" && total(lot, "INVIATO") == 0
}

async fn a_lot_of_every_kind_of_citizen_reconciles(world: World) {
    let mut codes: Vec<_> = (0..10).map(citizen).collect();
    codes.extend(["PIPPO".to_owned(), citizen(0)]);
    let lot = world.hand_in(&csv(codes)).await;
    assert_eq!((total(&lot, "IN_CODA"), total(&lot, "SCARTATO")), (10, 2), "{lot}");
    let id = lot["id"].as_str().unwrap().to_owned();
    let preview = world.body("GET", &format!("/lots/{id}/rows/1"), &Value::Null).answer().await.expect(200);
    assert_eq!((&preview["message"]["fiscal_code"], &preview["subject_length"]), (&json!(citizen(0)), &json!(17)));
    assert_eq!(world.sent().await, 0, "nothing is sent before the release");

    world.order(&lot, "release").await;
    let lot = world.lot_until(&lot, is_decided).await;
    let expected = [("SCARTATO", 2), ("NON_ISCRITTO", 2), ("NON_AUTORIZZATO", 3), ("CONSEGNATO", 5)];
    for (outcome, rows) in expected {
        assert_eq!(total(&lot, outcome), rows, "{outcome} in {lot}");
    }
    assert_eq!(world.sent().await, 5);
    let report = world.body("GET", &format!("/lots/{id}/report?format=json"), &Value::Null).answer().await.expect(200);
    let outcome = |row: usize| report["esiti"][row]["esito"].as_str().unwrap().to_owned();
    let each =
        ["CONSEGNATO", "NON_ISCRITTO", "NON_ISCRITTO", "NON_AUTORIZZATO", "NON_AUTORIZZATO", "CONSEGNATO", "NON_AUTORIZZATO"];
    for (row, expected) in each.iter().chain(&["CONSEGNATO", "CONSEGNATO", "CONSEGNATO", "SCARTATO", "SCARTATO"]).enumerate() {
        assert_eq!(outcome(row), *expected, "row {}", row + 1);
    }
    assert_eq!(report["esiti"][11]["motivo"], "doppione della riga 1");
    let file = world.body("GET", &format!("/lots/{id}/report?format=csv"), &Value::Null).answer().await;
    let text = String::from_utf8(file.bytes.to_vec()).unwrap();
    assert_eq!((file.status, text.lines().count(), text.starts_with("\u{feff}riga;codice_fiscale;esito")), (200, 13, true));
    let sheet = world.body("GET", &format!("/lots/{id}/report?format=xlsx"), &Value::Null).answer().await;
    assert!(sheet.status == 200 && sheet.bytes.starts_with(b"PK"));
    let list = world.body("GET", &format!("/lots/{id}/rows?outcome=NON_ISCRITTO"), &Value::Null).answer().await.expect(200);
    assert_eq!(list[0]["fiscal_code"], "AAA••••••••••••A", "lists do not show whole codes");
}

async fn i1_i3_i4_i5_a_supplier_proposes_and_the_body_approves(world: World) {
    let proposal = |code: &str| {
        json!({
            "name": "Nuovo Servizio App IO", "department": "Anagrafe", "organization_name": "Comune di Bugliano",
            "organization_fiscal_code": "00337460224", "service_code": code, "test_fiscal_codes": [citizen(0)],
            "primary_key": "demo-use-key", "secondary_key": "demo-use-key-2"
        })
    };
    let code = "01JAVB5SKRB4E6X3YV9K2M7QZC";
    let service = world.supplier("POST", "/services", &proposal(code)).answer().await.expect(201);
    assert_eq!((&service["state"], &service["active"]), (&json!("PROPOSTO"), &json!(false)));
    assert!(!service.to_string().contains("demo-use-key"), "keys never come out");
    world.supplier("POST", "/services", &proposal(code)).answer().await.expect(409);
    let id = service["id"].as_str().unwrap();
    let order = |command: &str| json!({ "command": command, "reason": "prova" });
    let command = format!("/services/{id}/command");
    world.supplier("POST", &command, &order("approve")).answer().await.expect(403);
    let handed = world.supplier("POST", &format!("/lots?service={id}"), &Value::Null).header("content-type", "text/csv");
    let lot = handed.text(&csv([citizen(0)])).answer().await.expect(201);
    let lot = world.lot_until(&lot, |lot| lot["state"] == "PRONTO").await;
    let release = format!("/lots/{}/command", lot["id"].as_str().unwrap());
    world.supplier("POST", &release, &order("release")).answer().await.expect(409);

    world.body("POST", &command, &order("approve")).answer().await.expect(200);
    let check = world.supplier("POST", &format!("/services/{id}/check"), &Value::Null).answer().await.expect(200);
    assert_eq!(check["ready"], true, "{check}");
    world.supplier("POST", &release, &order("release")).answer().await.expect(200);
    world.lot_until(&lot, is_decided).await;
    let service = world.supplier("GET", &format!("/services/{id}"), &Value::Null).answer().await.expect(200);
    assert!(service["last_run_at"].is_string());

    let mut changed = proposal(code);
    changed["primary_key"] = json!("another-key");
    let service = world.supplier("PUT", &format!("/services/{id}"), &changed).answer().await.expect(200);
    assert_eq!(service["state"], "PROPOSTO", "new keys are looked at");
    world.body("POST", &command, &order("suspend")).answer().await.expect(409);
    world.body("POST", &command, &json!({ "command": "refuse" })).answer().await.expect(422);
    world.body("POST", &command, &order("refuse")).answer().await.expect(200);
    world
        .ioservice(&world.token(VALLELAGHI, "admin", &["ROLE_ADMIN"]), "GET", &format!("/services/{id}"), &Value::Null)
        .answer()
        .await
        .expect(404);
}

async fn a_large_lot_is_tested_approved_and_sent_in_two_parts(world: World) {
    let settings = json!({ "four_eyes_above": 3, "first_rows": 2, "calls_in_5_s": 0 });
    world.body("PUT", "/settings", &settings).answer().await.expect(200);
    let lot = world.hand_in(&csv([0, 5, 7, 8, 9].map(citizen))).await;
    let path = |what: &str| format!("/lots/{}/{what}", lot["id"].as_str().unwrap());
    let release = json!({ "command": "release" });
    assert_eq!(world.body("POST", &path("command"), &release).answer().await.expect(409)["type"], "/errors/ioservice-not-tested");
    assert_eq!(
        world.body("POST", &path("approval"), &Value::Null).answer().await.expect(409)["type"],
        "/errors/ioservice-not-tested"
    );
    world.supplier("POST", &path("test"), &Value::Null).answer().await.expect(202);
    world.lot_until(&lot, |lot| lot["tested_at"].is_string()).await;
    assert_eq!(world.sent().await, 1, "the test citizen has it");
    assert_eq!(world.body("POST", &path("command"), &release).answer().await.expect(409)["type"], "/errors/ioservice-four-eyes");
    world.supplier("POST", &path("approval"), &Value::Null).answer().await.expect(403);
    world.body("POST", &path("approval"), &Value::Null).answer().await.expect(200);
    world.body("POST", &path("command"), &release).answer().await.expect(200);
    let staged = world.lot_until(&lot, |lot| lot["state"] == "PRIMA_TRANCHE").await;
    assert_eq!(total(&staged, "IN_CODA"), 3, "two of five were sent");
    world.order(&lot, "resume").await;
    let lot = world.lot_until(&lot, is_decided).await;
    assert_eq!((total(&lot, "CONSEGNATO"), world.sent().await), (5, 6));

    let own = world.service_called("Avvisi del Comune").await["id"].as_str().unwrap().to_owned();
    let handed = world.body("POST", &format!("/lots?service={own}"), &Value::Null).header("content-type", "text/csv");
    let own = handed.text(&csv((0..5).map(stranger))).answer().await.expect(201);
    let own = world.lot_until(&own, |lot| lot["state"] == "PRONTO").await;
    let approval = format!("/lots/{}/approval", own["id"].as_str().unwrap());
    assert_eq!(world.body("POST", &approval, &Value::Null).answer().await.expect(409)["type"], "/errors/ioservice-four-eyes");
}

async fn a_lot_stops_resumes_and_is_given_up(world: World) {
    let lot = world.hand_in(&csv((0..20).map(stranger))).await;
    // Nothing is sent before noon; who wants it otherwise does not have to wait for what was planned until then.
    world.body("PUT", "/settings", &json!({ "from_hour": 12, "to_hour": 13 })).answer().await.expect(200);
    world.order(&lot, "release").await;
    world
        .eventually("the plan", async || {
            (world.count("SELECT count(*) FROM tasks WHERE attempts = 0 AND run_at > created_at").await == 1).then_some(())
        })
        .await;
    // Two calls in five seconds are one row, or two of strangers.
    world.body("PUT", "/settings", &json!({ "calls_in_5_s": 2, "four_eyes_above": 100 })).answer().await.expect(200);
    let stopped = world.order(&lot, "stop").await;
    assert_eq!(stopped["state"], "FERMATO");
    assert_eq!(stopped["commands"], json!(["resume", "cancel"]));
    world.order(&lot, "resume").await;
    world.lot_until(&lot, |lot| total(lot, "NON_ISCRITTO") >= 2).await;
    let cancelled = world.order(&lot, "cancel").await;
    assert_eq!(cancelled["state"], "ANNULLATO");
    let lot = world.lot_until(&lot, |lot| total(lot, "IN_CODA") + total(lot, "IN_INVIO") == 0).await;
    assert!(total(&lot, "ANNULLATO") > 0 && total(&lot, "ANNULLATO") + total(&lot, "NON_ISCRITTO") == 20, "{lot}");
    let path = format!("/lots/{}/command", lot["id"].as_str().unwrap());
    let refused = world.body("POST", &path, &json!({ "command": "resume" })).answer().await.expect(409);
    assert_eq!(refused["type"], "/errors/ioservice-no-transition");
}

async fn a_suspended_service_holds_what_waits(world: World) {
    let service = world.service_called("Avvisi del Comune").await["id"].as_str().unwrap().to_owned();
    let lot = world.hand_in(&csv([citizen(0), citizen(5)])).await;
    world.body("PUT", "/settings", &json!({ "from_hour": 12, "to_hour": 13 })).answer().await.expect(200);
    world.order(&lot, "release").await;
    let command = format!("/services/{service}/command");
    world.body("POST", &command, &json!({ "command": "suspend" })).answer().await.expect(200);
    world.body("PUT", "/settings", &json!({})).answer().await.expect(200);
    world.clock.advance(SignedDuration::from_secs(60));
    let held = world.lot_until(&lot, |lot| lot["state"] == "IN_INVIO").await;
    assert_eq!((total(&held, "IN_CODA"), world.sent().await), (2, 0));
    world.body("POST", &command, &json!({ "command": "resume" })).answer().await.expect(200);
    world.clock.advance(SignedDuration::from_hours(4));
    let lot = world.lot_until(&lot, is_decided).await;
    assert_eq!(total(&lot, "CONSEGNATO"), 2);
}

async fn the_other_key_takes_over_and_no_key_stops_the_lot(world: World) {
    let services = world.send("demo-manage-key", "GET", "/manage/services", &Value::Null).answer().await.expect(200);
    let found = services["value"].as_array().unwrap().iter().find(|service| service["name"] == "Avvisi del Comune").unwrap();
    let keys = format!("/manage/services/{}/keys", found["id"].as_str().unwrap());
    world.send("demo-manage-key", "PUT", &format!("{keys}/primary"), &Value::Null).answer().await.expect(200);
    let lot = world.hand_in(&csv([citizen(0)])).await;
    world.order(&lot, "release").await;
    world.lot_until(&lot, is_decided).await;
    assert_eq!(world.service_called("Avvisi del Comune").await["key_in_use"], "secondary");

    world.send("demo-manage-key", "PUT", &format!("{keys}/secondary"), &Value::Null).answer().await.expect(200);
    // A replaced key is refused at once by the process that replaced it.
    let lot = world.hand_in(&csv([citizen(5)])).await;
    world.order(&lot, "release").await;
    let stopped = world.lot_until(&lot, |lot| lot["state"] == "FERMATO").await;
    assert!(stopped["reason"].as_str().unwrap().contains("chiavi"), "{stopped}");
    assert_eq!((total(&stopped, "IN_CODA"), total(&stopped, "FALLITO")), (1, 0), "no row is lost");
}

async fn the_calls_of_a_body_are_counted_together(world: World) {
    world.body("PUT", "/settings", &json!({ "calls_in_5_s": 10 })).answer().await.expect(200);
    let first = world.hand_in(&csv((0..30).map(stranger))).await;
    let second = world.hand_in(&csv((30..60).map(stranger))).await;
    let began = world.clock.now();
    world.order(&first, "release").await;
    world.order(&second, "release").await;
    for lot in [&first, &second] {
        let done = world.lot_until(lot, |lot| lot["state"] == "CONCLUSO").await;
        assert_eq!(total(&done, "NON_ISCRITTO"), 30);
    }
    // Each row makes one call and gives the one for its message back, mostly while the window lasts: sixty calls, ten a
    // window, are six windows at the least, and five of them pass whole. Lots that counted alone would be done in ten seconds.
    assert!(world.clock.now().since(began) >= SignedDuration::from_secs(25), "{}", world.clock.now().since(began));
}

async fn the_same_file_is_one_lot(world: World) {
    let file = csv([citizen(0)]);
    let first = world.hand_in(&file).await;
    let service = first["service_id"].as_str().unwrap();
    let hand_in = || {
        world.supplier("POST", &format!("/lots?service={service}"), &Value::Null).header("content-type", "text/csv").text(&file)
    };
    let refused = hand_in().answer().await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains(first["id"].as_str().unwrap()), "{refused}");
    let again = hand_in().header("idempotency-key", "due").answer().await.expect(201);
    assert_ne!(again["id"], first["id"]);
    assert_eq!(hand_in().header("idempotency-key", "due").answer().await.expect(201)["id"], again["id"]);
    let broken = world
        .supplier("POST", &format!("/lots?service={service}"), &Value::Null)
        .header("content-type", "text/csv")
        .text("nome\nAnna");
    let broken = broken.answer().await.expect(201);
    let broken = world.lot_until(&broken, |lot| lot["state"] == "ILLEGGIBILE").await;
    assert!(broken["reason"].as_str().unwrap().contains("codice_fiscale"));
}

async fn everything_is_written_down(world: World) {
    let lot = world.hand_in(&csv([citizen(0)])).await;
    world.order(&lot, "release").await;
    world.lot_until(&lot, is_decided).await;
    let audit = world.body("GET", "/audit", &Value::Null).answer().await.expect(200);
    let deeds: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|deed| (deed["actor"].as_str().unwrap(), deed["action"].as_str().unwrap()))
        .collect();
    assert_eq!(deeds, [("chiave …-key", "lot.create"), ("admin", "lot.release")]);
    assert_eq!(audit[0]["address"], "198.51.100.7");
    assert_eq!((&audit[0]["was"]["state"], &audit[0]["became"]["state"]), (&json!("PRONTO"), &json!("IN_INVIO")));
    world.supplier("GET", "/audit", &Value::Null).answer().await.expect(403);
    let auditor = world.token(BUGLIANO, "revisore", &["ROLE_OPERATORE"]);
    world.ioservice(&auditor, "GET", "/audit", &Value::Null).answer().await.expect(403);
    world.body("PUT", "/members/revisore", &json!({ "duty": "REVISORE" })).answer().await.expect(204);
    world.ioservice(&auditor, "GET", "/audit", &Value::Null).answer().await.expect(200);
    let stop = world.ioservice(
        &auditor,
        "POST",
        &format!("/lots/{}/command", lot["id"].as_str().unwrap()),
        &json!({ "command": "stop" }),
    );
    stop.answer().await.expect(403);
    // A delegation that is over lets nobody in.
    let providers = world.body("GET", "/providers", &Value::Null).answer().await.expect(200);
    let mut provider = providers[0].clone();
    let id = provider["id"].as_str().unwrap().to_owned();
    provider["valid_from"] = json!("2024-01-01");
    provider["valid_until"] = json!("2025-03-11");
    world.body("PUT", &format!("/providers/{id}"), &provider).answer().await.expect(200);
    world.supplier("GET", "/lots", &Value::Null).answer().await.expect(401);
    // Citizens and texts of an old lot are forgotten, what became of its rows is not.
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    world.job("ioservice-forget").await;
    let row =
        world.body("GET", &format!("/lots/{}/rows/1", lot["id"].as_str().unwrap()), &Value::Null).answer().await.expect(200);
    assert_eq!((&row["fiscal_code"], &row["message"], &row["outcome"]), (&json!(""), &Value::Null, &json!("CONSEGNATO")));
}

/// A service that the supplier proposes with these keys; it is approved.
async fn proposed(world: &World, keys: [&str; 2]) -> String {
    let proposal = json!({
        "name": "Servizio di prova", "department": "Anagrafe", "organization_name": "Comune di Bugliano",
        "organization_fiscal_code": "00337460224", "service_code": "01JAVB5SKRB4E6X3YV9K2M7QZC", "test_fiscal_codes": [citizen(0)],
        "primary_key": keys[0], "secondary_key": keys[1]
    });
    let service = world.supplier("POST", "/services", &proposal).answer().await.expect(201);
    let id = service["id"].as_str().unwrap().to_owned();
    let approve = json!({ "command": "approve" });
    world.body("POST", &format!("/services/{id}/command"), &approve).answer().await.expect(200);
    id
}

async fn i2_what_the_app_would_refuse_is_told_beforehand(world: World) {
    let id = proposed(&world, ["nobodys-key", "demo-use-key"]).await;
    let check = async || world.supplier("POST", &format!("/services/{id}/check"), &Value::Null).answer().await.expect(200);
    let found = check().await;
    assert_eq!(found["ready"], true, "one key is enough: {found}");
    assert!(found["findings"][0].as_str().unwrap().contains("non accettata"), "{found}");
    assert!(found["findings"][1].as_str().unwrap().contains("chiave secondaria: accettata"), "{found}");
    // The app knows from where a service may be used, and we do not call from there.
    let service = world.supplier("GET", &format!("/services/{id}"), &Value::Null).answer().await.expect(200);
    let mut elsewhere = service.clone();
    elsewhere["primary_key"] = json!("demo-cidr-key");
    elsewhere["secondary_key"] = json!("demo-cidr-key");
    world.supplier("PUT", &format!("/services/{id}"), &elsewhere).answer().await.expect(200);
    let found = check().await;
    assert_eq!(found["ready"], false);
    assert!(found["findings"][0].as_str().unwrap().contains("indirizzi IP"), "{found}");
    assert!(found["findings"][2].as_str().unwrap().contains("PROPOSTO"), "{found}");
}

async fn i6_the_body_sees_what_sends_for_it_and_switches_it(world: World) {
    let listed = async || world.service_called("Avvisi del Comune").await;
    let service = listed().await;
    for (column, value) in [
        ("connector", json!("WEB_SERVICE")),
        ("organization_name", json!("Comune di Bugliano")),
        ("provider_name", json!("Fornitore dimostrativo")),
        ("active", json!(true)),
        ("last_run_at", Value::Null),
    ] {
        assert_eq!(service[column], value, "{column}");
    }
    let lot = world.hand_in(&csv([citizen(0)])).await;
    world.order(&lot, "release").await;
    world.lot_until(&lot, is_decided).await;
    assert!(listed().await["last_run_at"].is_string());
    let path = format!("/services/{}/command", service["id"].as_str().unwrap());
    for (command, active) in [("suspend", false), ("resume", true)] {
        world.body("POST", &path, &json!({ "command": command })).answer().await.expect(200);
        assert_eq!(listed().await["active"], active, "{command}");
    }
}

async fn i8_texts_go_out_as_they_came(world: World) {
    let text = "**Gentile** {graffe} {{ e } 🏛 <b>html</b> \\ % & 'apici' [qui](https://example.it/?a=1&b=2): nulla di questo cambia per strada.";
    let file = format!("codice_fiscale;oggetto;testo\n{};Oggetto 🏛 & <i>;{text}\n", citizen(0));
    let lot = world.hand_in(&file).await;
    world.order(&lot, "release").await;
    world.lot_until(&lot, is_decided).await;
    let row = format!("/lots/{}/rows/1", lot["id"].as_str().unwrap());
    let row = world.body("GET", &row, &Value::Null).answer().await.expect(200);
    let message = world.look("demo-use-key", &citizen(0), row["message_id"].as_str().unwrap()).await;
    let content = &message["message"]["content"];
    assert_eq!((content["subject"].as_str(), content["markdown"].as_str()), (Some("Oggetto 🏛 & <i>"), Some(text)));
}

async fn i9_help_is_asked_for_and_given(world: World) {
    let question = json!({ "subject": "Integrazione", "text": "Come si comincia?", "about": "/lots" });
    let ticket = world.supplier("POST", "/tickets", &question).answer().await.expect(201);
    let path = format!("/tickets/{}", ticket["id"].as_str().unwrap());
    let say = |command: &str, text: &str| json!({ "command": command, "text": text });
    world.supplier("POST", &path, &say("take", "")).answer().await.expect(403);
    assert_eq!(world.body("POST", &path, &say("take", "")).answer().await.expect(200)["assigned_to"], "admin");
    world.body("POST", &path, &say("ask", "Quale programma?")).answer().await.expect(200);
    world.body("POST", &path, &say("close", "")).answer().await.expect(409);
    assert_eq!(world.supplier("POST", &path, &say("say", "Il nostro.")).answer().await.expect(200)["state"], "IN_CARICO");
    world.body("POST", &path, &say("solve", "Fatto.")).answer().await.expect(200);
    let closed = world.supplier("POST", &path, &say("close", "")).answer().await.expect(200);
    assert_eq!((&closed["state"], closed["messages"].as_array().unwrap().len()), (&json!("CHIUSO"), 4));
}

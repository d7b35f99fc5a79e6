//! What an adversary tries: other bodies' identifiers, suppliers that were stopped, four eyes of one person, files that fill the memory,
//! texts that are formulas, keys under names of the platform's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::intermediary::{csv, total};
use crate::on_both_engines;
use crate::world::{BUGLIANO, Call, VALLELAGHI, World, citizen};

on_both_engines!(
    nothing_of_another_body_is_there,
    who_made_the_key_of_a_lot_does_not_approve_it,
    a_rule_that_is_loosened_does_not_hold_for_what_was_handed_in,
    what_a_stopped_supplier_handed_in_waits,
    a_code_of_another_body_opens_none_of_its_files,
    a_key_for_deliveries_is_not_used_for_another_file,
    a_supplier_sees_its_lots_behind_those_of_others,
    formulas_stay_texts_in_reports,
    files_that_would_fill_the_memory_are_refused,
    what_is_said_has_an_end,
    a_file_of_a_request_that_fails_is_not_kept,
    a_key_does_not_speak_in_the_name_of_the_platform,
    keys_are_nowhere_but_in_the_vault,
    two_releases_at_once_are_one_deed,
);

/// An administrator of the other body.
fn elsewhere(world: &World, method: &str, path: &str, body: &Value) -> Call {
    let token = world.token(VALLELAGHI, "admin", &["ROLE_ADMIN"]);
    world.call(method, &format!("/ioservice/v1{path}")).bearer(&token).json(body)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

async fn nothing_of_another_body_is_there(world: World) {
    let lot = world.hand_in(&csv([citizen(0)])).await;
    let (lot, service) = (text(&lot, "id"), text(&lot, "service_id"));
    let templates = world.body("GET", &format!("/services/{service}/templates"), &Value::Null).answer().await.expect(200);
    let template = text(&templates[0], "id");
    let provider = world.body("GET", "/providers", &Value::Null).answer().await.expect(200)[0].clone();
    let supplier = text(&provider, "id");
    let keys = world.body("GET", &format!("/providers/{supplier}/keys"), &Value::Null).answer().await.expect(200);
    let key = text(&keys[0], "id");
    let ticket = json!({ "subject": "Aiuto", "text": "Come?" });
    let ticket = world.supplier("POST", "/tickets", &ticket).answer().await.expect(201);
    let ticket = text(&ticket, "id");
    let service_body = world.service_called("Avvisi del Comune").await;
    let order = |command: &str| json!({ "command": command, "reason": "mio" });
    let wording = json!({ "name": "x", "subject": "x", "markdown": "x" });
    let none = Value::Null;
    for (method, path, body) in [
        ("GET", format!("/lots/{lot}"), &none),
        ("POST", format!("/lots/{lot}/test"), &none),
        ("POST", format!("/lots/{lot}/approval"), &none),
        ("POST", format!("/lots/{lot}/command"), &order("release")),
        ("GET", format!("/lots/{lot}/rows"), &none),
        ("GET", format!("/lots/{lot}/rows/1"), &none),
        ("POST", format!("/lots/{lot}/rows/1"), &order("resend")),
        ("GET", format!("/lots/{lot}/report?format=csv"), &none),
        ("GET", format!("/services/{service}"), &none),
        ("PUT", format!("/services/{service}"), &service_body),
        ("POST", format!("/services/{service}/command"), &order("suspend")),
        ("POST", format!("/services/{service}/check"), &none),
        ("GET", format!("/services/{service}/templates"), &none),
        ("POST", format!("/services/{service}/templates"), &wording),
        ("POST", format!("/services/{service}/templates/{template}"), &wording),
        ("PUT", format!("/providers/{supplier}"), &provider),
        ("GET", format!("/providers/{supplier}/keys"), &none),
        ("POST", format!("/providers/{supplier}/keys"), &none),
        ("DELETE", format!("/providers/{supplier}/keys"), &none),
        ("DELETE", format!("/providers/{supplier}/keys/{key}"), &none),
        ("PUT", "/members/qualcuno".to_owned(), &json!({ "duty": "FORNITORE", "provider_id": supplier })),
        ("POST", format!("/tickets/{ticket}"), &order("take")),
        ("GET", format!("/tickets/{ticket}/attachments/{ticket}"), &none),
    ] {
        let body = if path.starts_with("/tickets/") && method == "POST" { &json!({ "command": "take" }) } else { body };
        let answer = elsewhere(&world, method, &path, body).answer().await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
    }
    let handed = elsewhere(&world, "POST", &format!("/lots?service={service}"), &none).header("content-type", "text/csv");
    handed.text(&csv([citizen(0)])).answer().await.expect(404);
    for list in ["/lots", "/services", "/providers", "/members", "/tickets", "/audit"] {
        let shown = elsewhere(&world, "GET", list, &none).answer().await.expect(200);
        assert!(shown == json!([]) || shown["items"] == json!([]), "{list}: {shown}");
    }
    assert!(world.supplier("GET", "/me", &none).answer().await.status == 200, "nothing was revoked");
}

/// Hands a file in with a key.
async fn hand_in_with(world: &World, key: &str, csv: &str) -> Value {
    let service = text(&world.service_called("Avvisi del Comune").await, "id").to_owned();
    let handed = world.call("POST", &format!("/ioservice/v1/lots?service={service}")).header("x-ioservice-key", key);
    let lot = handed.header("content-type", "text/csv").text(csv).answer().await.expect(201);
    world.lot_until(&lot, |lot| lot["state"] != "IN_LETTURA").await
}

async fn who_made_the_key_of_a_lot_does_not_approve_it(world: World) {
    world.body("PUT", "/settings", &json!({ "four_eyes_above": 1 })).answer().await.expect(200);
    let providers = world.body("GET", "/providers", &Value::Null).answer().await.expect(200);
    let keys = format!("/providers/{}/keys", text(&providers[0], "id"));
    let key = text(&world.body("POST", &keys, &Value::Null).answer().await.expect(201), "key").to_owned();
    let lot = hand_in_with(&world, &key, &csv([citizen(0), citizen(5)])).await;
    let path = |what: &str| format!("/lots/{}/{what}", text(&lot, "id"));
    world.body("POST", &path("test"), &Value::Null).answer().await.expect(202);
    world.lot_until(&lot, |lot| lot["tested_at"].is_string()).await;
    let refused = world.body("POST", &path("approval"), &Value::Null).answer().await.expect(409);
    assert_eq!(refused["type"], "/errors/ioservice-four-eyes");
    let other = world.token(BUGLIANO, "altra", &["ROLE_ADMIN"]);
    let approved = world.call("POST", &format!("/ioservice/v1{}", path("approval"))).bearer(&other).answer().await.expect(200);
    assert_eq!(approved["approved_by"], "altra");
}

async fn a_rule_that_is_loosened_does_not_hold_for_what_was_handed_in(world: World) {
    world.body("PUT", "/settings", &json!({ "four_eyes_above": 1 })).answer().await.expect(200);
    let lot = world.hand_in(&csv([citizen(0), citizen(5)])).await;
    world.body("PUT", "/settings", &json!({ "four_eyes_above": 1000 })).answer().await.expect(200);
    let command = format!("/lots/{}/command", text(&lot, "id"));
    let release = json!({ "command": "release" });
    let refused = world.body("POST", &command, &release).answer().await.expect(409);
    assert_eq!(refused["type"], "/errors/ioservice-not-tested");
    // One that is made stricter does.
    let lot = world.hand_in(&csv([citizen(0), citizen(5), citizen(7)])).await;
    world.body("PUT", "/settings", &json!({ "four_eyes_above": 2 })).answer().await.expect(200);
    let command = format!("/lots/{}/command", text(&lot, "id"));
    world.body("POST", &command, &release).answer().await.expect(409);
}

async fn what_a_stopped_supplier_handed_in_waits(world: World) {
    let lot = world.hand_in(&csv([citizen(0), citizen(5)])).await;
    let mut provider = world.body("GET", "/providers", &Value::Null).answer().await.expect(200)[0].clone();
    let path = format!("/providers/{}", text(&provider, "id"));
    provider["active"] = json!(false);
    world.body("PUT", &path, &provider).answer().await.expect(200);
    world.supplier("GET", "/me", &Value::Null).answer().await.expect(401);
    let released = world.order(&lot, "release").await;
    assert!(text(&released, "held").contains("delega"), "{released}");
    world.clock.advance(SignedDuration::from_secs(60));
    let held = world.lot_until(&lot, |lot| lot["state"] == "IN_INVIO").await;
    assert_eq!((total(&held, "IN_CODA"), world.count("SELECT count(*) FROM io_messages").await), (2, 0));
    provider["active"] = json!(true);
    world.body("PUT", &path, &provider).answer().await.expect(200);
    world.clock.advance(SignedDuration::from_hours(1));
    let done = world.lot_until(&lot, |lot| total(lot, "CONSEGNATO") == 2).await;
    assert_eq!(done["held"], Value::Null);
}

async fn a_code_of_another_body_opens_none_of_its_files(mut world: World) {
    let folder = tempfile::tempdir().unwrap();
    world.halt().await;
    let world = world.another(&[("SPORTELLO_IOSERVICE_INBOX", folder.path().to_str().unwrap())]).await;
    let code = text(&world.service_called("Avvisi del Comune").await, "service_code").to_owned();
    // The other body says that its service has the code of ours.
    let proposal = json!({
        "name": "Nostro", "department": "", "organization_name": "Vallelaghi", "organization_fiscal_code": "00337460224",
        "service_code": code, "primary_key": "qualunque-1", "secondary_key": "qualunque-2", "connector": "FILE"
    });
    let made = elsewhere(&world, "POST", "/services", &proposal).answer().await.expect(201);
    let command = format!("/services/{}/command", text(&made, "id"));
    let active = elsewhere(&world, "POST", &command, &json!({ "command": "approve" })).answer().await.expect(200);
    let body = csv([citizen(0)]);
    for place in [folder.path().join(&code), folder.path().join(format!("{BUGLIANO}/{code}"))] {
        std::fs::create_dir_all(place.join("in")).unwrap();
        std::fs::write(place.join("in/lotto.csv"), &body).unwrap();
        std::fs::write(place.join("in/lotto.csv.sha256"), hex::encode(Sha256::digest(&body))).unwrap();
    }
    world.job("ioservice-files").await;
    let lots = elsewhere(&world, "GET", "/lots", &Value::Null).answer().await.expect(200);
    assert_eq!(lots["items"], json!([]), "the files of Bugliano are Bugliano's");
    assert_eq!(text(&active, "folder"), format!("{VALLELAGHI}/{code}"));
    assert!(folder.path().join(text(&active, "folder")).join("in").is_dir());
}

async fn a_key_for_deliveries_is_not_used_for_another_file(world: World) {
    let service = text(&world.service_called("Avvisi del Comune").await, "id").to_owned();
    let templates = world.body("GET", &format!("/services/{service}/templates"), &Value::Null).answer().await.expect(200);
    let hand_in = |path: String, file: String| {
        let call = world.supplier("POST", &path, &Value::Null).header("content-type", "text/csv");
        call.header("idempotency-key", "uno").text(&file)
    };
    let plain = format!("/lots?service={service}");
    let first = hand_in(plain.clone(), csv([citizen(0)])).answer().await.expect(201);
    assert_eq!(hand_in(plain.clone(), csv([citizen(0)])).answer().await.expect(201)["id"], first["id"]);
    let refused = hand_in(plain.clone(), csv([citizen(5)])).answer().await.expect(422);
    assert_eq!(refused["type"], "/errors/ioservice-key-reused");
    let with_template = format!("{plain}&template={}", text(&templates[0], "id"));
    hand_in(with_template, csv([citizen(0)])).answer().await.expect(422);
}

async fn a_supplier_sees_its_lots_behind_those_of_others(world: World) {
    let own = world.hand_in(&csv([citizen(0)])).await;
    // A service of the body's own, with more lots than one part of the list has.
    let proposal = json!({
        "name": "Del Comune", "department": "", "organization_name": "Comune di Bugliano", "organization_fiscal_code": "00337460224",
        "service_code": "01JAVB5SKRB4E6X3YV9K2M7QZC", "primary_key": "demo-use-key", "secondary_key": "demo-use-key-2"
    });
    let service = text(&world.body("POST", "/services", &proposal).answer().await.expect(201), "id").to_owned();
    for number in 0..21 {
        world.clock.advance(SignedDuration::from_secs(1));
        let handed = world.body("POST", &format!("/lots?service={service}"), &Value::Null).header("content-type", "text/csv");
        handed.header("idempotency-key", &number.to_string()).text(&csv([citizen(0)])).answer().await.expect(201);
    }
    let seen = world.supplier("GET", "/lots", &Value::Null).answer().await.expect(200);
    assert_eq!((seen["items"].as_array().unwrap().len(), &seen["items"][0]["id"], &seen["next"]), (1, &own["id"], &Value::Null));
    let all = world.body("GET", "/lots", &Value::Null).answer().await.expect(200);
    assert_eq!((all["items"].as_array().unwrap().len(), all["next"].is_string()), (20, true));
}

async fn formulas_stay_texts_in_reports(world: World) {
    let lot = world.hand_in("codice_fiscale;oggetto;testo\n=1+1;x;x\n@SUM(A1);x;x\n\"+cmd|' /C'!A0\";x;x\n").await;
    let report = format!("/lots/{}/report?format=", text(&lot, "id"));
    let file = world.body("GET", &format!("{report}csv"), &Value::Null).answer().await;
    let told = String::from_utf8(file.bytes.to_vec()).unwrap();
    for cell in told.trim_start_matches('\u{feff}').lines().flat_map(|line| line.split(';')) {
        assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '-', '@']), "{cell}");
    }
    let sheet = world.body("GET", &format!("{report}xlsx"), &Value::Null).answer().await;
    let sheet = String::from_utf8_lossy(&sheet.bytes).into_owned();
    assert!(sheet.contains(r#"t="inlineStr""#) && !sheet.contains("<f>"), "no cell is a formula");
}

async fn files_that_would_fill_the_memory_are_refused(world: World) {
    let columns: String = (0..100_000).map(|column| format!(";c{column}")).collect();
    let long = format!("codice_fiscale;{}\nA;B\n", "n".repeat(1_000_000));
    for (file, told) in [(format!("codice_fiscale{columns}\nA\n"), "colonne"), (long, "caratteri")] {
        let lot = world.hand_in(&file).await;
        assert_eq!((text(&lot, "state"), lot["rows"].as_i64()), ("ILLEGGIBILE", Some(0)), "{lot}");
        assert!(text(&lot, "reason").contains(told), "{lot}");
    }
    // What is no CSV but a spreadsheet or an archive, and what claims another encoding.
    let service = text(&world.service_called("Avvisi del Comune").await, "id").to_owned();
    for kind in ["application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/html", ""] {
        let call = world.supplier("POST", &format!("/lots?service={service}"), &Value::Null).header("content-type", kind);
        call.text("PK\u{3}\u{4}").answer().await.expect(422);
    }
    let call = world
        .supplier("POST", &format!("/lots?service={service}"), &Value::Null)
        .header("content-type", "text/csv; charset=utf-16");
    let lot = call.text("\u{0}c\u{0}o").answer().await.expect(201);
    let lot = world.lot_until(&lot, |lot| lot["state"] != "IN_LETTURA").await;
    assert_eq!(text(&lot, "state"), "ILLEGGIBILE");
}

async fn what_is_said_has_an_end(world: World) {
    let long = |characters: usize| "è".repeat(characters);
    for (question, field) in [
        (json!({ "subject": "a\r\nBcc: b@example.it", "text": "x" }), "/subject"),
        (json!({ "subject": "a", "text": long(10_001) }), "/text"),
        (json!({ "subject": "a", "text": "x", "about": long(501) }), "/about"),
    ] {
        let refused = world.supplier("POST", "/tickets", &question).answer().await.expect(422);
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let most = json!({ "subject": "a", "text": long(10_000), "about": long(500) });
    let ticket = world.supplier("POST", "/tickets", &most).answer().await.expect(201);
    let path = format!("/tickets/{}", text(&ticket, "id"));
    world.supplier("POST", &path, &json!({ "command": "say", "text": long(10_001) })).answer().await.expect(422);
    let lot = world.hand_in(&csv([citizen(0)])).await;
    let cancel = |reason: String| json!({ "command": "cancel", "reason": reason });
    let path = format!("/lots/{}/command", text(&lot, "id"));
    world.body("POST", &path, &cancel(long(1_001))).answer().await.expect(422);
    assert_eq!(world.body("POST", &path, &cancel(long(1_000))).answer().await.expect(200)["state"], "ANNULLATO");
    world.body("PUT", &format!("/members/{}", "n".repeat(201)), &json!({ "duty": "ENTE" })).answer().await.expect(422);
}

async fn a_file_of_a_request_that_fails_is_not_kept(world: World) {
    let kept = async || world.app.files().list("messaging/tickets").await.unwrap_or_default().len();
    let files = json!([{ "name": "a.pdf", "file": STANDARD.encode(b"%PDF-") }]);
    let asked = json!({ "subject": "Aiuto", "text": "Come?", "attachments": files });
    let ticket = world.supplier("POST", "/tickets", &asked).answer().await.expect(201);
    let there = kept().await;
    assert!(there > 0);
    // Its state does not allow this: the transaction is undone, and so is the file.
    let solve = json!({ "command": "solve", "text": "Fatto.", "attachments": files });
    world.body("POST", &format!("/tickets/{}", text(&ticket, "id")), &solve).answer().await.expect(409);
    assert_eq!(kept().await, there);
    world.execute("DROP TABLE ios_tickets").await;
    assert_eq!(world.supplier("POST", "/tickets", &asked).answer().await.status / 100, 5);
}

async fn a_key_does_not_speak_in_the_name_of_the_platform(world: World) {
    let configuration = |header: &str, base: &str| {
        json!({
            "name": "x", "description": "x", "disable_lollipop_for": [], "has_precondition": "NEVER", "is_lollipop_enabled": false,
            "prod_environment": { "base_url": base, "details_authentication": { "header_key_name": header, "key": "k", "type": "API-KEY" } }
        })
    };
    let path = "/messages-sending/remote-contents/configurations";
    let set = async |header: &str, base: &str| {
        world.send("demo-manage-key", "POST", path, &configuration(header, base)).answer().await.status
    };
    for header in [
        "Fiscal_Code",
        "host",
        "content-length",
        "Transfer-Encoding",
        "x-pagopa-lollipop-user-id",
        "signature",
        "x-forwarded-for",
    ] {
        assert_eq!(set(header, "https://example.org").await, 400, "{header}");
    }
    for header in ["x-api-key", "Authorization", "Ocp-Apim-Subscription-Key"] {
        assert_eq!(set(header, "https://example.org").await, 201, "{header}");
    }
    // Loopback is open to the demo alone.
    for base in [
        "https://10.0.0.1",
        "https://167772161/",
        "https://0x0a000001",
        "https://[::ffff:10.0.0.1]",
        "https://169.254.169.254/latest",
        "https://0.0.0.0",
        "https://[fd00::1]",
        "http://example.org",
        "https://example.org:8443",
        "https://a:b@example.org",
        "https://example.org/?x=1",
        "https://example.org/#x",
        "file:///etc/passwd",
        "example.org",
    ] {
        assert_eq!(set("x-api-key", base).await, 400, "{base}");
    }
    // A key of a service keeps nothing, a key that keeps services sends nothing.
    let one = configuration("x-api-key", "https://example.org");
    world.send("demo-use-key", "POST", path, &one).answer().await.expect(403);
    world.send("demo-manage-key", "POST", "/messages", &crate::world::message(0)).answer().await.expect(403);
    // Who says where a call comes from must be a proxy.
    let spoofed = world.send("demo-cidr-key", "POST", "/messages", &crate::world::message(0));
    spoofed.header("x-forwarded-for", "203.0.113.9").header("x-client-ip", "203.0.113.9").answer().await.expect(403);
    let proxied = world.send("demo-cidr-key", "POST", "/messages", &crate::world::message(0)).from("10.0.0.1");
    proxied.header("x-forwarded-for", "203.0.113.9").answer().await.expect(201);
}

async fn keys_are_nowhere_but_in_the_vault(world: World) {
    let lot = world.hand_in(&csv([citizen(0)])).await;
    world.order(&lot, "release").await;
    world.lot_until(&lot, |lot| lot["state"] == "CONCLUSO").await;
    let service = format!("/services/{}", text(&lot, "service_id"));
    for path in ["/services", &service, "/audit", "/providers", "/lots", "/me", "/tickets"] {
        let shown = world.body("GET", path, &Value::Null).answer().await;
        let shown = String::from_utf8_lossy(&shown.bytes).into_owned();
        assert!(
            !["demo-use-key", "demo-premium-key", "demo-provider-key"].iter().any(|key| shown.contains(key)),
            "{path}: {shown}"
        );
    }
    let checked = world.body("POST", &format!("{service}/check"), &Value::Null).answer().await.expect(200);
    assert!(!checked.to_string().contains("demo-use-key"));
    // A key that is refused is not repeated either.
    let refused = world.call("GET", "/ioservice/v1/me").header("x-ioservice-key", "chiave-rubata").answer().await;
    assert!(refused.status == 401 && !String::from_utf8_lossy(&refused.bytes).contains("rubata"));
    for table in [
        "SELECT count(*) FROM ios_services WHERE body LIKE '%demo-use-key%'",
        "SELECT count(*) FROM tasks WHERE payload LIKE '%demo-use-key%'",
    ] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

async fn two_releases_at_once_are_one_deed(world: World) {
    world.body("PUT", "/settings", &json!({ "four_eyes_above": 1, "first_rows": 1 })).answer().await.expect(200);
    let lot = world.hand_in(&csv([citizen(0), citizen(5)])).await;
    let path = |what: &str| format!("/lots/{}/{what}", text(&lot, "id"));
    world.supplier("POST", &path("test"), &Value::Null).answer().await.expect(202);
    world.lot_until(&lot, |lot| lot["tested_at"].is_string()).await;
    world.body("POST", &path("approval"), &Value::Null).answer().await.expect(200);
    let release = json!({ "command": "release" });
    let (first, second) = tokio::join!(
        world.body("POST", &path("command"), &release).answer(),
        world.body("POST", &path("command"), &release).answer()
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    // Stopped while it is being sent, it goes on where it was: one message for each citizen, and the test.
    let staged = world.lot_until(&lot, |lot| lot["state"] == "PRIMA_TRANCHE").await;
    assert_eq!(total(&staged, "IN_CODA"), 1);
    world.order(&lot, "resume").await;
    let stop = world.body("POST", &path("command"), &json!({ "command": "stop" })).answer().await;
    if stop.status == 200 {
        world.order(&lot, "resume").await;
    }
    world.lot_until(&lot, |lot| lot["state"] == "CONCLUSO" && total(lot, "CONSEGNATO") == 2).await;
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 3);
}

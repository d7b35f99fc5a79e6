//! There is no second store that could lag: whatever somebody commands shows at once wherever it is looked at, which is well within the
//! fifth of a second that was promised. Nothing here waits.

use reqwest::Method;
use serde_json::{Value, json};

use crate::interop::{Stage, deposit};
use crate::portal::{Pair, Session, ask_voucher, voucher_form};

/// A command, and what shows that it was obeyed: in the back end of the pages and at the API of machines an address, a place in the answer
/// and its value; in the page of the purpose a text; at the voucher server the reason of a refusal, or none.
struct Row<'a> {
    by: &'a Session,
    command: (Method, String, Value),
    people: (&'a str, &'a str, Value),
    machines: (&'a str, &'a str, Value),
    page: &'a str,
    refused: Option<&'a str>,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_commands_shows_at_once_to_people_machines_in_pages_and_in_vouchers() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(folder.path()).await;
    let (eservice, version) = stage.publish().await;
    let agreement = stage.subscribe(&eservice, &version).await;
    let (purpose, load) = stage.purpose(&eservice).await;
    let client = stage.client(&purpose).await;
    let (pair, machine) = (Pair::draw(), stage.machine().await);
    deposit(&stage.municipality, &client, &pair.pem()).await;

    let (producer, consumer, kid) = (&stage.ministry, &stage.municipality, pair.kid());
    let at_version = format!("/eservices/{eservice}/descriptors/{version}");
    let shown_version = format!("/catalog/eservices/{eservice}/descriptor/{version}");
    let (at_agreement, at_purpose) = (format!("/agreements/{agreement}"), format!("/purposes/{purpose}"));
    let (at_load, operability) = (format!("{at_purpose}/versions/{load}"), format!("{at_purpose}/operability"));
    let (keys, links) = (format!("/clients/{client}/keys"), format!("/clients/{client}/purposes"));
    let (listed_keys, listed_links) = (format!("{keys}?offset=0&limit=9"), format!("{links}?offset=0&limit=9"));
    let post = |path: String| (Method::POST, path, json!({}));
    let total = "/pagination/totalCount";
    let rows = |by, command: &str, at: &str, state: &'static str, page, refused| {
        let (people, machines, place) = match () {
            () if at == at_version => (&*shown_version, &*at_version, "/state"),
            () if at == at_agreement => (&*at_agreement, &*at_agreement, "/state"),
            () => (&*at_purpose, &*at_purpose, "/currentVersion/state"),
        };
        let (people, machines) = ((people, place, json!(state)), (machines, place, json!(state)));
        Row { by, command: post(format!("{at}/{command}")), people, machines, page, refused }
    };
    let told = "Sì.";
    let mut row = vec![
        rows(producer, "suspend", &at_version, "SUSPENDED", "La versione dell'e-service non è attiva.", Some("0022")),
        rows(producer, "activate", &at_version, "PUBLISHED", told, None),
        rows(producer, "suspend", &at_agreement, "SUSPENDED", "La richiesta di fruizione non è attiva.", Some("0021")),
        rows(producer, "unsuspend", &at_agreement, "ACTIVE", told, None),
        rows(consumer, "suspend", &at_agreement, "SUSPENDED", "La richiesta di fruizione non è attiva.", Some("0021")),
        rows(consumer, "unsuspend", &at_agreement, "ACTIVE", told, None),
        rows(producer, "suspend", &at_load, "SUSPENDED", "La finalità non è attiva.", Some("0020")),
        rows(producer, "activate", &at_load, "ACTIVE", told, None),
        rows(consumer, "suspend", &at_load, "SUSPENDED", "La finalità non è attiva.", Some("0020")),
        rows(consumer, "activate", &at_load, "ACTIVE", told, None),
    ];
    row.push(Row {
        by: consumer,
        command: (Method::POST, format!("{at_purpose}/versions"), json!({ "dailyCalls": 77 })),
        people: (&at_purpose, "/currentVersion/dailyCalls", json!(77)),
        machines: (&at_purpose, "/currentVersion/dailyCalls", json!(77)),
        page: "77",
        refused: None,
    });
    let without = "Nessun client associato ha una chiave pubblica.";
    row.push(Row {
        by: consumer,
        command: (Method::DELETE, format!("{links}/{purpose}"), Value::Null),
        people: (&operability, "/obstacles", json!(["client"])),
        machines: (&listed_links, total, json!(0)),
        page: without,
        refused: Some(""),
    });
    row.push(Row {
        by: consumer,
        command: (Method::POST, links.clone(), json!({ "purposeId": purpose })),
        people: (&operability, "/obstacles", json!([])),
        machines: (&listed_links, total, json!(1)),
        page: told,
        refused: None,
    });
    row.push(Row {
        by: consumer,
        command: (Method::DELETE, format!("{keys}/{kid}"), Value::Null),
        people: (&listed_keys, total, json!(0)),
        machines: (&listed_keys, total, json!(0)),
        page: without,
        refused: Some(""),
    });

    let admin = json!({ "provider": "password", "username": "admin", "password": "demo" });
    let (visitor, page) = (stage.world.visitor(&admin).await, format!("/interop/finalita/{purpose}"));
    for (number, row) in row.into_iter().enumerate() {
        let Row { by, command: (method, path, body), people, machines, page: text, refused } = row;
        let what = format!("{method} {path}");
        let (status, answer) = by.send(method, &path, Some(body).filter(|body| !body.is_null())).await;
        assert!((200..300).contains(&status), "{what}: {status} {answer}");
        let form = voucher_form(stage.url(), &client, &pair, &format!("numero {number}"), Some(&purpose));
        let ((status, voucher), seen, read, shown) = tokio::join!(
            ask_voucher(stage.url(), &form),
            consumer.get(people.0),
            machine.get(machines.0),
            stage.world.see(&visitor, &page),
        );
        assert_eq!(status == 200, refused.is_none(), "{what}: {voucher}");
        assert!(refused.is_none_or(|reason| voucher["detail"].as_str().unwrap().contains(reason)), "{what}: {voucher}");
        assert_eq!(seen.pointer(people.1), Some(&people.2), "{what}: {seen}");
        assert_eq!(read.pointer(machines.1), Some(&machines.2), "{what}: {read}");
        assert!(shown.contains(text), "{what}: {text:?} is not in {shown}");
    }
}

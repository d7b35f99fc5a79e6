//! Certified data from the register to the application: what the interoperability platform has allowed, the connector asks for, a form
//! carries and the platform recognises; and what happens when one of the three sides suspends its consent.

use std::path::Path;

use interop::agreements::agreement::{Grounds, Sides};
use interop::attributes::Holdings;
use interop::ids::{AgreementId, EServiceId, PurposeId};
use interop::rules::{Profile, Rules};
use interop::store::{Purpose, agreements, eservices, purposes};
use kernel::{Clock, Uuid};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, Tx};
use testkit::Sportello;

const CITIZEN: &str = "BNRMHL75C06G702B";
const OTHER: &str = "CLNVTR76P01G822Q";
const TENANT: &str = "/comune-di-bugliano/api";
const AS_PRODUCER: Sides = Sides { consumer: false, producer: true };

/// The program, and citizens who speak to it.
struct World {
    sportello: Sportello,
    http: Client,
}

impl World {
    async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.sportello.url));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn token(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": "demo" });
        let (status, answer) = self.send(Method::POST, &format!("{TENANT}/auth"), "", &body).await;
        assert!(status < 300, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Asks for the data of a citizen, as the citizen.
    async fn ask(&self, service: &str, citizen: &str, token: &str) -> (u16, Value) {
        self.send(Method::GET, &format!("/pdnd/v1/{service}?fiscal_code={citizen}"), token, &Value::Null).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_sends_certified_data_and_nobody_sends_altered_ones() {
    let folder = tempfile::tempdir().unwrap();
    let world = World { sportello: Sportello::start(folder.path(), &["--demo"], &[]), http: Client::new() };
    let token = world.token(CITIZEN).await;
    for service in ["anpr/accertamento-residenza", "anpr/stato-famiglia", "anpr/accertamento-cittadinanza", "inps/isee"] {
        let (status, answer) = world.ask(service, CITIZEN, &token).await;
        assert_eq!(status, 200, "{service}: {answer}\n{}", world.sportello.log());
    }
    let (status, refused) = world.ask("anpr/stato-famiglia", OTHER, &token).await;
    assert_eq!((status, &refused["type"]), (403, &json!("/errors/pdnd-not-your-data")));

    let page = world.http.get(format!("{}/comune-di-bugliano/it/servizi/iscrizione-asilo-nido/access", world.sportello.url));
    assert!(page.send().await.unwrap().status().as_u16() < 400, "the page of the form");

    let (_, signed) = world.ask("anpr/accertamento-residenza", CITIZEN, &token).await;
    assert_eq!(signed["data"]["address"], "Via Antica Aia");
    let apply = async |certified: Value| {
        let mut data = answers();
        data["residenza_certificata"] = certified;
        let body = json!({ "service": "iscrizione-asilo-nido", "status": "1900", "data": data });
        world.send(Method::POST, &format!("{TENANT}/applications"), &token, &body).await
    };
    let mut altered = signed.clone();
    altered["data"]["municipality"] = json!("Roma");
    for refused in [altered, json!({ "data": signed["data"] }), json!({ "data": signed["data"], "meta": {} })] {
        let (status, answer) = apply(refused).await;
        assert_eq!((status, &answer["errors"][0]["code"]), (422, &json!("not-certified")), "{answer}");
        assert_eq!(answer["errors"][0]["field"], "/data/residenza_certificata");
    }
    let (status, application) = apply(signed).await;
    assert_eq!(status, 201, "{application}");
    // The same way through a draft: what is kept is still recognised.
    let (_, signed) = world.ask("anpr/accertamento-residenza", CITIZEN, &token).await;
    let mut data = answers();
    data["residenza_certificata"] = signed;
    let body = json!({ "service": "iscrizione-asilo-nido", "status": "1000", "data": data });
    let (status, draft) = world.send(Method::POST, &format!("{TENANT}/applications"), &token, &body).await;
    assert_eq!(status, 201, "{draft}");
    let path = format!("{TENANT}/applications/{}/transition/submit", draft["id"].as_str().unwrap());
    let (status, answer) = world.send(Method::POST, &path, &token, &Value::Null).await;
    assert_eq!(status, 204, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_very_next_voucher_is_refused_whoever_suspends() {
    let folder = tempfile::tempdir().unwrap();
    let world = World { sportello: Sportello::start(folder.path(), &["--demo"], &[]), http: Client::new() };
    let token = world.token(OTHER).await;
    // What the demonstration has made, by the e-service of families.
    let id = Uuid::from_u128(0xde30_0000_0000_4000_8000_0000_0001_0003);
    let purpose = Uuid::from_u128(0xde30_0000_0000_4000_8000_0000_0002_0003);
    let agreement = Uuid::from_u128(0xde30_0001_0000_4000_8000_0000_0006_0002);
    let change = async |what: &'static str, suspend: bool| {
        write(folder.path(), move |tx| toggle(tx, what, suspend, (id, agreement, purpose))).await;
    };
    for (what, reason) in [("version", "0022"), ("agreement", "0021"), ("purpose", "0020")] {
        change(what, true).await;
        let (status, refused) = world.ask("anpr/stato-famiglia", OTHER, &token).await;
        assert_eq!((status, &refused["type"]), (502, &json!("/errors/pdnd-voucher-refused")), "{what}: {refused}");
        assert!(refused["detail"].as_str().unwrap().contains(reason), "{what}: {refused}");
        change(what, false).await;
    }
    let (status, answer) = world.ask("anpr/stato-famiglia", OTHER, &token).await;
    assert_eq!(status, 200, "{answer}");
}

/// Suspends one of the three, or takes the suspension back.
fn toggle(tx: &mut Tx<'_>, what: &str, suspend: bool, (id, agreement, purpose): (Uuid, Uuid, Uuid)) -> storage::Result<()> {
    let now = Clock::system().now();
    let mut eservice = eservices::find(tx, EServiceId(id), Purpose::Change)?.unwrap();
    match what {
        "version" => {
            let descriptor = eservice.descriptors[0].id;
            if suspend {
                eservice.suspend(descriptor, now).unwrap()
            } else {
                eservice.activate(descriptor, now).unwrap()
            };
            eservices::save(tx, &eservice)
        }
        "agreement" => {
            let mut agreement = agreements::find(tx, AgreementId(agreement), Purpose::Change)?.unwrap();
            let (holdings, rules) = (Holdings::default(), Rules::of(Profile::Guide));
            let grounds = Grounds { eservice: &eservice, holdings: &holdings, others: &[], rules: &rules, by: None, now };
            if suspend { agreement.suspend(AS_PRODUCER, grounds) } else { agreement.unsuspend(AS_PRODUCER, grounds) }.unwrap();
            agreements::save(tx, &agreement)
        }
        _ => {
            let mut purpose = purposes::find(tx, PurposeId(purpose), Purpose::Change)?.unwrap();
            let version = purpose.current().unwrap().id;
            let sides = interop::purposes::purpose::Sides { consumer: false, producer: true };
            if suspend {
                purpose.suspend(version, sides, now).unwrap();
            } else {
                let grounds = interop::purposes::purpose::Grounds {
                    declared: Default::default(),
                    thresholds: interop::purposes::quota::Thresholds { per_consumer: 10_000, total: 100_000 },
                    stamp: interop::agreements::agreement::Stamp { by: None, at: now },
                };
                purpose.activate(version, sides, version, grounds).unwrap();
            }
            purposes::save(tx, &purpose)
        }
    }
}

/// A transaction beside the running program, as `sportello interop load` does one.
async fn write(folder: &Path, body: impl FnOnce(&mut Tx<'_>) -> storage::Result<()> + Send + 'static) {
    let url = DatabaseUrl::Sqlite(folder.join("data").join("sportello.db"));
    Db::attach(&url, DbOptions::default()).await.unwrap().write(body).await.unwrap();
}

/// The answers of the form for the nursery, without files.
fn answers() -> Value {
    let sample = include_str!("../../../demo/data/forms/iscrizione-asilo-nido.sample.json");
    let sample: Value = serde_json::from_str(sample).unwrap();
    let mut answers = sample.get("data").cloned().unwrap_or(sample);
    let members = answers.as_object_mut().unwrap();
    let is_file = |value: &Value| value[0].get("originalName").is_some();
    members.retain(|_, value| !is_file(value));
    members.remove("allergie_quali");
    members.insert("allergie".into(), json!("no"));
    answers
}

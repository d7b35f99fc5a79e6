//! Certified data from the register to the application: what the interoperability platform has allowed, the connector asks for, a form
//! carries and the platform recognises.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use testkit::Sportello;

pub const CITIZEN: &str = "BNRMHL75C06G702B";
const OTHER: &str = "CLNVTR76P01G822Q";
pub const TENANT: &str = "/comune-di-bugliano/api";

/// The program, and citizens who speak to it.
pub struct World {
    pub sportello: Sportello,
    pub http: Client,
}

impl World {
    pub async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.sportello.url));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub async fn token(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": "demo" });
        let (status, answer) = self.send(Method::POST, &format!("{TENANT}/auth"), "", &body).await;
        assert!(status < 300, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    /// The cookie of somebody who signs in.
    pub async fn visitor(&self, who: &Value) -> String {
        let (status, session) = self.send(Method::POST, &format!("{TENANT}/session"), "", who).await;
        assert!(status < 300, "{session}");
        format!("sportello_session={}", session["session"].as_str().unwrap())
    }

    /// A page, as whoever has this cookie sees it.
    pub async fn see(&self, cookie: &str, path: &str) -> String {
        let page = self.http.get(format!("{}/comune-di-bugliano/it{path}", self.sportello.url)).header("cookie", cookie);
        let page = page.send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        page.text().await.unwrap().replace("&#39;", "'").replace("&#x27;", "'")
    }

    /// Asks for the data of a citizen, as the citizen.
    pub async fn ask(&self, service: &str, citizen: &str, token: &str) -> (u16, Value) {
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

/// The answers of the form for the nursery, without files.
pub fn answers() -> Value {
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

//! The main story, told over HTTP: a citizen applies and pays, an operator decides, the citizen reads the outcome.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};

use crate::Installation;

/// Longest time until something that was begun is done, on a busy machine and over a bus that has to settle first.
const DEADLINE: Duration = Duration::from_secs(120);

/// The citizen of the story.
const CITIZEN: &str = "BNRMHL75C06G702B";

/// Somebody who speaks to the program, and starts it again when it has crashed.
pub struct Story<'s> {
    installation: &'s mut dyn Installation,
    http: Client,
    /// Address of the tenant's API.
    api: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl<'s> Story<'s> {
    /// A story in the municipality of Bugliano.
    pub fn new(installation: &'s mut dyn Installation) -> Self {
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .expect("constant settings");
        let api = format!("{}/comune-di-bugliano/api", installation.url());
        Self { installation, http, api }
    }

    /// The public address.
    pub fn url(&self) -> String {
        self.installation.url().to_owned()
    }

    /// Sends a request; `None` when no answer came, because the program ended meanwhile. It runs again then.
    pub async fn try_send(&mut self, method: Method, url: &str, token: Option<&str>, body: Option<&Value>) -> Option<Answer> {
        let url = if url.starts_with("http") { url.to_owned() } else { format!("{}{url}", self.api) };
        let mut request = self.http.request(method, &url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
            Ok::<_, reqwest::Error>(Answer { status, location, body: response.bytes().await?.to_vec() })
        };
        // Nobody answers, or a gateway says so of who is behind it.
        let answer = answer.await.ok().filter(|answer| answer.status != 502 && answer.status != 503);
        if answer.is_none() {
            self.installation.revive();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        answer
    }

    /// Sends a request that may be repeated until it is answered.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn send(&mut self, method: Method, url: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(answer) = self.try_send(method.clone(), url, token, body).await {
                return answer;
            }
            assert!(Instant::now() < deadline, "{method} {url} was not answered:\n{}", self.installation.log());
        }
    }

    /// A token for a user of the demo.
    pub async fn token(&mut self, username: &str) -> String {
        let answer = self.send(Method::POST, "/auth", None, Some(&json!({ "username": username, "password": "demo" }))).await;
        answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// Asks for `url` until `done` holds, and gives what was answered then.
    ///
    /// # Panics
    /// When it does not hold in time.
    pub async fn until(&mut self, url: &str, token: &str, what: &str, done: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let answer = self.send(Method::GET, url, Some(token), None).await.json();
            if done(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{what} did not happen: {answer}\n{}", self.installation.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Does `transition` of an application, unless its status is one that is `reached` by it: an answer that got lost is no reason to do
    /// it twice.
    ///
    /// # Panics
    /// When it is not possible.
    pub async fn transition(&mut self, id: &str, transition: &str, token: &str, body: &Value, reached: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let answer = self
                .try_send(Method::POST, &format!("/applications/{id}/transition/{transition}"), Some(token), Some(body))
                .await;
            if answer.as_ref().is_some_and(|answer| answer.status == 204) {
                return;
            }
            let now = self.send(Method::GET, &format!("/applications/{id}"), Some(token), None).await.json();
            if now["status"].as_str().is_some_and(&reached) {
                return;
            }
            assert!(Instant::now() < deadline, "{transition}: {answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The answers of the demo's form for occupying public ground, given by its citizen, without the optional files.
fn answers() -> Value {
    let sample = include_str!("../../demo/data/forms/occupazione-suolo-pubblico.sample.json");
    let sample: Value = serde_json::from_str(sample).expect("the sample is JSON");
    let mut answers = sample.get("data").cloned().unwrap_or(sample);
    drop_files(&mut answers);
    answers
}

fn drop_files(value: &mut Value) {
    let is_file =
        |value: &Value| value.as_array().and_then(|items| items.first()).is_some_and(|item| item.get("originalName").is_some());
    if let Value::Object(members) = value {
        members.retain(|_, member| !is_file(member));
        members.values_mut().for_each(drop_files);
    }
}

/// Tells the whole story and checks every step of it. Gives the application at the end.
///
/// # Panics
/// When anything is not as it should be.
pub async fn submit_pay_decide(story: &mut Story<'_>) -> Value {
    let id = submit(story).await;
    pay(story, &id).await;
    decide(story, &id).await
}

/// The citizen applies. Gives the application's identifier.
///
/// # Panics
/// When the application is not taken.
pub async fn submit(story: &mut Story<'_>) -> String {
    let citizen = story.token(CITIZEN).await;
    let new = json!({ "service": "occupazione-suolo-pubblico", "status": "1900", "data": answers() });
    loop {
        match story.try_send(Method::POST, "/applications", Some(&citizen), Some(&new)).await {
            Some(answer) => {
                assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
                return answer.json()["id"].as_str().expect("an application has an id").to_owned();
            }
            // No answer: it may have been stored all the same.
            None => {
                let mine = story
                    .send(Method::GET, "/applications?service=occupazione-suolo-pubblico", Some(&citizen), None)
                    .await
                    .json();
                if let Some(id) = mine["data"][0]["id"].as_str() {
                    return id.to_owned();
                }
            }
        }
    }
}

/// The citizen pays what the application costs, and tries again when a page does not answer.
///
/// # Panics
/// When there is no payment as it should be.
pub async fn pay(story: &mut Story<'_>, id: &str) {
    let deadline = Instant::now() + DEADLINE;
    while let Some(page) = open_checkout(story, id).await {
        if pay_on(story, &page).await {
            return;
        }
        assert!(Instant::now() < deadline, "the payment page did not answer:\n{}", story.installation.log());
    }
}

/// The citizen reads the notice and begins to pay. Gives the provider's page; none when an attempt whose answer was lost has paid already.
///
/// # Panics
/// When there is no payment as it should be.
pub async fn open_checkout(story: &mut Story<'_>, id: &str) -> Option<String> {
    let citizen = story.token(CITIZEN).await;
    let first = |answer: &Value| if answer.is_array() { answer[0].clone() } else { answer["data"][0].clone() };
    let payments = format!("/payments?remote_id={id}");
    let begun = |answer: &Value| !matches!(first(answer)["status"].as_str(), None | Some("CREATION_PENDING"));
    let payment = first(&story.until(&payments, &citizen, "the payment", begun).await);
    assert_eq!((&payment["payment"]["amount"], &payment["event_version"]), (&json!(20), &json!("2.0")));
    if payment["status"] == "COMPLETE" {
        return None;
    }
    let link = |name: &str| payment["links"][name]["url"].as_str().expect("the links are there").to_owned();
    let notice = story.send(Method::GET, &link("offline_payment"), None, None).await;
    assert!(notice.status == 200 && notice.body.starts_with(b"%PDF-"), "the notice is a PDF");
    let begun = story.send(Method::GET, &link("online_payment_begin"), None, None).await;
    let page = begun.location.unwrap_or_else(|| panic!("no page to pay on: {}", String::from_utf8_lossy(&begun.body)));
    // Who has paid is led to the application instead.
    (!page.contains("payment=OK")).then_some(page)
}

/// The citizen pays on the provider's `page` and comes back. Gives whether the page answered.
pub async fn pay_on(story: &mut Story<'_>, page: &str) -> bool {
    let paid = story.http.post(page).form(&[("esito", "paga")]).send().await;
    let landing =
        paid.ok().and_then(|paid| paid.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned));
    match landing {
        Some(landing) => {
            story.send(Method::GET, &landing, None, None).await;
            true
        }
        None => {
            story.installation.revive();
            tokio::time::sleep(Duration::from_millis(100)).await;
            false
        }
    }
}

/// The paid application is registered, the operator accepts it, and the citizen reads the outcome. Gives the application at the end.
///
/// # Panics
/// When anything is not as it should be.
pub async fn decide(story: &mut Story<'_>, id: &str) -> Value {
    let (citizen, operator) = (story.token(CITIZEN).await, story.token("operatore").await);
    let at = format!("/applications/{id}");
    let registered = story.until(&at, &citizen, "the registration", |application| application["status"] == "3000").await;
    assert!(registered["protocol_number"].as_str().is_some_and(|number| !number.is_empty()));
    let compiled = registered["compiled_modules"][0]["url"].as_str().expect("the PDF is there").to_owned();
    assert!(story.send(Method::GET, &compiled, Some(&citizen), None).await.body.starts_with(b"%PDF-"));

    story.transition(id, "assign", &operator, &json!({}), |status| status != "3000").await;
    let reasons = "Si autorizza l'occupazione, alle condizioni del regolamento.";
    story
        .transition(id, "accept", &operator, &json!({ "message": reasons }), |status| status == "6000" || status == "7000")
        .await;
    let decided = |application: &Value| application["status"] == "7000" && !application["outcome_protocol_number"].is_null();
    let accepted = story.until(&at, &citizen, "the decision", decided).await;
    assert_eq!(accepted["outcome_motivation"], reasons);
    let outcome = accepted["outcome_file"]["url"].as_str().expect("the decision is there").to_owned();
    assert!(story.send(Method::GET, &outcome, Some(&citizen), None).await.body.starts_with(b"%PDF-"));
    accepted
}

//! Bad input gets a problem that says what to do, and nothing is stored.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Sportello, Story};

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_a_problem_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut sportello = Sportello::start(folder.path(), &["--demo"], &[]);
    let applications = format!("{}/comune-di-bugliano/api/applications", sportello.url);
    let token = Story::new(&mut sportello).token("CLNVTR76P01G822Q").await;
    let http = reqwest::Client::new();
    let post = |body: Vec<u8>, token: &str| {
        http.post(&applications)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(body)
            .send()
    };

    let unknown = json!({ "service": "segnalazione", "status": "1900", "data": { "never": "seen" } });
    let cases: Vec<(&str, u16, Vec<u8>, &str)> = vec![
        ("broken JSON", 400, b"{\"service\": ".to_vec(), &token),
        ("a wrong type", 422, b"{\"service\": 5}".to_vec(), &token),
        ("an unknown member", 422, b"{\"service\": \"segnalazione\", \"admin\": true}".to_vec(), &token),
        ("an unknown form field", 422, unknown.to_string().into_bytes(), &token),
        ("an unknown service", 404, b"{\"service\": \"nothing\"}".to_vec(), &token),
        ("a wrong token", 401, b"{\"service\": \"segnalazione\"}".to_vec(), "not.a.token"),
        ("a body of 50 MB", 413, vec![b' '; 50_000_000], &token),
    ];
    for (what, status, body, token) in cases {
        // A server that refuses early may close before everything is sent: then there is no answer to read.
        let Ok(response) = post(body, token).await else {
            assert_eq!(status, 413, "{what}");
            continue;
        };
        assert_eq!(response.status().as_u16(), status, "{what}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{what}");
        let problem: Value = response.json().await.unwrap();
        for member in ["type", "title", "status", "instance"] {
            assert!(!problem[member].is_null(), "{what}: {problem}");
        }
        assert!(!problem["detail"].is_null() || problem["errors"].is_array(), "{what} says what to do: {problem}");
    }
    let mut story = Story::new(&mut sportello);
    let mine = story.send(Method::GET, "/applications", Some(&token), None).await.json();
    assert_eq!(mine["meta"]["total"], 0, "{mine}");
    let wrong = story.send(Method::DELETE, "/applications", Some(&token), None).await;
    assert_eq!((wrong.status, wrong.json()["status"].clone()), (405, json!(405)));
}

//! Remote content: what the sender is asked, and what its answers come to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    k5_a_remote_message_is_asked_for_when_it_is_opened,
    k7_an_attachment_is_passed_on_if_it_is_a_pdf,
    k7_attachments_are_as_many_and_as_large_as_is_allowed,
    r6_the_environment_follows_the_recipient,
    preconditions_are_shown_as_the_table_says,
    answers_are_judged_and_refusals_passed_on,
    what_was_not_promised_is_dropped,
    signatures_are_passed_on_when_the_configuration_wants_them,
);

/// A sender: what it was asked, and what it answers for each message.
type Sender = Arc<Mutex<Vec<(String, HeaderMap)>>>;

async fn answer(State(asked): State<Sender>, Path((environment, rest)): Path<(String, String)>, headers: HeaderMap) -> Response {
    asked.lock().unwrap().push((format!("{environment}/{rest}"), headers));
    let details = json!({ "subject": "Oggetto remoto", "markdown": "r".repeat(80) });
    let pdf = |bytes: &'static [u8]| ([("content-type", "application/octet-stream")], bytes).into_response();
    match rest.as_str() {
        "messages/atto/precondition" => {
            axum::Json(json!({ "title": "Attenzione", "markdown": "Contiene dati personali." })).into_response()
        }
        "messages/atto" => {
            let files = json!([{ "id": "1", "url": "cartella/atto.pdf", "name": "atto.pdf", "content_type": "application/pdf" }]);
            axum::Json(json!({ "attachments": files, "details": details, "extra": 1 })).into_response()
        }
        "messages/atto/cartella/atto.pdf" => pdf(b"%PDF-1.7 content"),
        "messages/atto/pagina.pdf" => pdf(b"<html>"),
        "messages/atto/presto.pdf" => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "7")]).into_response(),
        "messages/vuoto" => axum::Json(json!({})).into_response(),
        "messages/corto" => axum::Json(json!({ "details": { "subject": "Oggetto remoto", "markdown": "x" } })).into_response(),
        "messages/lungo" => {
            axum::Json(json!({ "details": { "subject": "x".repeat(121), "markdown": "r".repeat(80) } })).into_response()
        }
        "messages/altrove" => (StatusCode::FOUND, [("location", "https://example.org/")]).into_response(),
        "messages/rotto" => "non JSON".into_response(),
        "messages/gemelli" => {
            axum::Json(json!({ "attachments": [{ "id": "1", "url": "a.pdf" }, { "id": "1", "url": "b.pdf" }] })).into_response()
        }
        rest if rest.starts_with("messages/elenco-") => {
            let many: usize = rest.trim_start_matches("messages/elenco-").parse().unwrap();
            let file = |id: usize| json!({ "id": id.to_string(), "url": format!("{id}.pdf"), "name": format!("{id}.pdf") });
            axum::Json(json!({ "attachments": (0..many).map(file).collect::<Vec<_>>() })).into_response()
        }
        // Files of so many bytes: as a whole, and in pieces that do not tell how many.
        rest if rest.starts_with("messages/atto/byte-") => sized(rest.trim_start_matches("messages/atto/byte-")).into_response(),
        rest if rest.starts_with("messages/atto/pezzi-") => {
            let pieces: Vec<_> = sized(rest.trim_start_matches("messages/atto/pezzi-")).chunks(16).map(<[u8]>::to_vec).collect();
            axum::body::Body::from_stream(futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>))).into_response()
        }
        rest => rest
            .rsplit('/')
            .next()
            .and_then(|code| code.parse::<u16>().ok())
            .map_or(StatusCode::NOT_FOUND, |code| StatusCode::from_u16(code).unwrap())
            .into_response(),
    }
}

/// A PDF, by its beginning, of so many bytes.
fn sized(name: &str) -> Vec<u8> {
    let mut file = b"%PDF-".to_vec();
    file.resize(name.trim_end_matches(".pdf").parse().unwrap(), b'x');
    file
}

struct Remote {
    world: World,
    asked: Sender,
    configuration: Value,
}

impl Remote {
    async fn new(world: World) -> Self {
        let asked = Sender::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{environment}/{*rest}", get(answer)).with_state(Arc::clone(&asked));
        tokio::spawn(async move { axum::serve(listener, router).await });
        // The premium organisation has no manage key in the demo: it gets one by way of a new organisation.
        let authentication = |key: &str| json!({ "header_key_name": "X-API-Key", "key": key, "type": "API-KEY" });
        let configuration = json!({
            "name": "Prova", "description": "Prova", "disable_lollipop_for": [], "has_precondition": "ONCE", "is_lollipop_enabled": false,
            "prod_environment": { "base_url": format!("{base}/prod/"), "details_authentication": authentication("chiave-prod") },
            "test_environment": {
                "base_url": format!("{base}/test"), "details_authentication": authentication("chiave-test"), "test_users": [citizen(9)]
            }
        });
        Self { world, asked, configuration }
    }

    /// An organisation with every permission, a service, and the two keys.
    async fn sender(&self) -> (String, String) {
        let account = json!({
            "id": "remoto", "name": "Ente remoto", "fiscal_code": "00337460224", "email": "a@b.it",
            "groups": ["ApiMessageWrite", "ApiMessageRead", "ApiServiceWrite", "ApiMessageWriteAdvanced", "ApiThirdPartyMessageWrite",
                "ApiRemoteContentConfigurationWrite", "ApiNoRateLimit"]
        });
        let made = self.world.admin("POST", "/accounts", &account).answer().await.expect(201);
        let manage = made["primary_key"].as_str().unwrap().to_owned();
        let service = json!({
            "name": "Atti", "description": "Atti.", "organization": { "name": "Ente remoto", "fiscal_code": "00337460224" },
            "metadata": { "scope": "LOCAL", "topic_id": 0 }
        });
        let service = self.world.send(&manage, "POST", "/manage/services", &service).answer().await.expect(201);
        let path = format!("/manage/services/{}/keys", service["id"].as_str().unwrap());
        let keys = self.world.send(&manage, "GET", &path, &Value::Null).answer().await.expect(200);
        (manage, keys["primary_key"].as_str().unwrap().to_owned())
    }

    async fn configure(&self, manage: &str, configuration: &Value) -> String {
        let path = "/messages-sending/remote-contents/configurations";
        let made = self.world.send(manage, "POST", path, configuration).answer().await.expect(201);
        made["configuration_id"].as_str().unwrap().to_owned()
    }

    /// Sends a Premium remote message and gives its identifier.
    async fn deliver(&self, key: &str, last: u8, data: Value) -> String {
        let mut sent = message(last);
        sent["feature_level_type"] = json!("ADVANCED");
        sent["content"]["third_party_data"] = data;
        let id = self.world.submit(key, &sent).await;
        assert_eq!(self.world.decided(key, &citizen(last), &id).await["status"], "PROCESSED");
        id
    }

    fn open(&self, last: u8, path: &str) -> crate::world::Call {
        self.world.app(last, "GET", &format!("/third-party-messages/{path}"), &Value::Null)
    }

    fn last(&self) -> (String, HeaderMap) {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

async fn k5_a_remote_message_is_asked_for_when_it_is_opened(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    let configuration = remote.configure(&manage, &remote.configuration).await;
    let data = json!({ "id": "atto", "configuration_id": configuration, "has_remote_content": true, "has_attachments": true });
    let id = remote.deliver(&key, 0, data).await;
    assert!(remote.asked.lock().unwrap().is_empty(), "nobody asks before the citizen opens it");
    let shown = remote.open(0, &id).answer().await.expect(200);
    assert_eq!(
        (&shown["details"]["subject"], &shown["attachments"][0]["category"]),
        (&json!("Oggetto remoto"), &json!("DOCUMENT"))
    );
    let (path, headers) = remote.last();
    assert_eq!(
        (path.as_str(), &headers["fiscal_code"], &headers["x-api-key"]),
        ("prod/messages/atto", &"AAAAAA00A00A000A".parse().unwrap(), &"chiave-prod".parse().unwrap())
    );
    assert!(!headers.contains_key("authorization"), "the citizen's token stays here");
    remote.open(5, &id).answer().await.refused(404, "Message not found");
    // Names of the sender's choice lead nowhere else.
    let data = json!({ "id": "../../admin?x=1#y", "configuration_id": configuration, "has_remote_content": true });
    let id = remote.deliver(&key, 0, data).await;
    remote.open(0, &id).answer().await.refused(404, "Remote content refused");
    assert!(remote.last().0.starts_with("prod/messages/"), "{}", remote.last().0);
}

async fn k7_an_attachment_is_passed_on_if_it_is_a_pdf(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    let configuration = remote.configure(&manage, &remote.configuration).await;
    let id = remote.deliver(&key, 0, json!({ "id": "atto", "configuration_id": configuration, "has_attachments": true })).await;
    let file = |url: &str| remote.open(0, &format!("{id}/attachments/{url}"));
    let passed = file("cartella%2Fatto.pdf").answer().await;
    assert_eq!((passed.status, &passed.bytes[..]), (200, b"%PDF-1.7 content".as_slice()));
    assert_eq!(
        (&passed.headers["content-type"], &passed.headers["content-disposition"]),
        (&"application/pdf".parse().unwrap(), &"attachment".parse().unwrap())
    );
    let page = file("pagina.pdf").answer().await.refused(415, "Unsupported Media Type");
    assert_eq!(page["detail"], "The requested file is not a valid PDF");
    let soon = file("presto.pdf").answer().await;
    assert_eq!(soon.headers["retry-after"], "7");
    soon.refused(503, "Attachment not ready");
    file("manca.pdf").answer().await.refused(404, "Remote content refused");
    for url in ["..%2Faltro", "a%2F..%2Fb", "%2Fa", "https:%2F%2Fexample.org%2F", "a%5Cb", "a%2F%2Fb"] {
        file(url).answer().await.refused(400, "Bad Request");
    }
    let without = remote.deliver(&key, 0, json!({ "id": "atto", "configuration_id": configuration })).await;
    remote.open(0, &format!("{without}/attachments/a.pdf")).answer().await.refused(404, "Message not found");
}

async fn k7_attachments_are_as_many_and_as_large_as_is_allowed(mut world: World) {
    world.halt().await;
    let limits = [("SPORTELLO_MESSAGING_MOST_ATTACHMENTS", "3"), ("SPORTELLO_MESSAGING_LARGEST_ATTACHMENT_BYTES", "64")];
    let remote = Remote::new(world.another(&limits).await).await;
    let (manage, key) = remote.sender().await;
    let configuration = remote.configure(&manage, &remote.configuration).await;
    let data = |id: &str| json!({ "id": id, "configuration_id": configuration, "has_attachments": true });
    let list = async |name: &str| {
        let id = remote.deliver(&key, 0, data(name)).await;
        remote.open(0, &id).answer().await
    };
    assert_eq!(list("elenco-3").await.expect(200)["attachments"].as_array().unwrap().len(), 3);
    for wrong in ["elenco-4", "gemelli"] {
        assert_eq!(list(wrong).await.refused(502, "Bad Gateway")["detail"], "ATTACHMENTS_VALIDATION_ERROR", "{wrong}");
    }
    let id = remote.deliver(&key, 0, data("atto")).await;
    let file = |name: &str| remote.open(0, &format!("{id}/attachments/{name}.pdf"));
    for name in ["byte-64", "pezzi-64"] {
        let passed = file(name).answer().await;
        assert_eq!((passed.status, passed.bytes.len()), (200, 64), "{name}");
    }
    assert_eq!(file("byte-65").answer().await.refused(502, "Bad Gateway")["detail"], "ATTACHMENTS_VALIDATION_ERROR");
    assert!(file("pezzi-65").breaks_off().await, "nobody takes it for whole");
}

async fn r6_the_environment_follows_the_recipient(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    let mut only_test = remote.configuration.clone();
    only_test.as_object_mut().unwrap().remove("prod_environment");
    let mut only_production = remote.configuration.clone();
    only_production.as_object_mut().unwrap().remove("test_environment");
    for (configuration, last, expected) in [
        (&remote.configuration, 0, "prod"),
        (&remote.configuration, 9, "test"),
        (&only_test, 0, "test"),
        (&only_test, 9, "test"),
        (&only_production, 0, "prod"),
        (&only_production, 9, "prod"),
    ] {
        let configuration = remote.configure(&manage, configuration).await;
        let data = json!({ "id": "atto", "configuration_id": configuration, "has_remote_content": true });
        let id = remote.deliver(&key, last, data).await;
        remote.open(last, &id).answer().await.expect(200);
        let (path, headers) = remote.last();
        assert_eq!(
            (path, headers["x-api-key"].to_str().unwrap()),
            (format!("{expected}/messages/atto"), format!("chiave-{expected}").as_str())
        );
    }
}

async fn preconditions_are_shown_as_the_table_says(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    for (configured, cells) in [
        ("NEVER", ["no", "no", "once", "always"]),
        ("ONCE", ["once", "no", "once", "always"]),
        ("ALWAYS", ["always", "no", "once", "always"]),
    ] {
        let mut configuration = remote.configuration.clone();
        configuration["has_precondition"] = json!(configured);
        let configuration = remote.configure(&manage, &configuration).await;
        for (word, cell) in [None, Some("NEVER"), Some("ONCE"), Some("ALWAYS")].into_iter().zip(cells) {
            let mut data = json!({ "id": "atto", "configuration_id": configuration, "has_remote_content": true });
            if let Some(word) = word {
                data["has_precondition"] = json!(word);
            }
            let id = remote.deliver(&key, 0, data).await;
            for (is_read, expected) in [(false, cell != "no"), (true, cell == "always")] {
                if is_read {
                    let reading = json!({ "change_type": "reading" });
                    remote.world.app(0, "PUT", &format!("/messages/{id}/status"), &reading).answer().await.expect(204);
                }
                let shown = remote.world.app(0, "GET", &format!("/messages/{id}"), &Value::Null).answer().await.expect(200);
                assert_eq!(shown["has_precondition"], expected, "{word:?} over {configured}, read: {is_read}");
                let asked = remote.open(0, &format!("{id}/precondition")).answer().await;
                assert_eq!(asked.status, if expected { 200 } else { 404 }, "{word:?} over {configured}, read: {is_read}");
            }
        }
    }
    assert_eq!(remote.last().0, "prod/messages/atto/precondition");
}

async fn answers_are_judged_and_refusals_passed_on(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    let configuration = remote.configure(&manage, &remote.configuration).await;
    let open = async |name: &str, attachments: bool| {
        let data = json!({ "id": name, "configuration_id": configuration, "has_remote_content": !attachments, "has_attachments": attachments });
        let id = remote.deliver(&key, 0, data).await;
        remote.open(0, &id).answer().await
    };
    for (name, attachments, reason) in [
        ("vuoto", true, "ATTACHMENTS_NOT_PRESENT"),
        ("vuoto", false, "REMOTE_CONTENT_NOT_PRESENT"),
        ("corto", false, "MARKDOWN_VALIDATION_ERROR"),
        ("lungo", false, "SUBJECT_VALIDATION_ERROR"),
    ] {
        assert_eq!(open(name, attachments).await.refused(502, "Bad Gateway")["detail"], reason);
    }
    for status in [400, 403, 404, 429, 500] {
        open(&status.to_string(), false).await.refused(status, "Remote content refused");
    }
    assert_eq!(open("401", false).await.refused(502, "Bad Gateway")["code"], "REMOTE_UNAUTHORIZED");
    for name in ["altrove", "rotto", "503", "418"] {
        let refused = open(name, false).await.refused(504, "Gateway Timeout");
        assert_eq!(refused["detail"], "The sender does not answer as it should", "{name}: the cause stays in the log");
    }
    let asked = remote.asked.lock().unwrap().len();
    open("altrove", false).await;
    assert_eq!(remote.asked.lock().unwrap().len(), asked + 1, "redirects are not followed");
}

async fn what_was_not_promised_is_dropped(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    let configuration = remote.configure(&manage, &remote.configuration).await;
    for (attachments, content) in [(true, true), (true, false), (false, true), (false, false)] {
        let data = json!({ "id": "atto", "configuration_id": configuration, "has_remote_content": content, "has_attachments": attachments });
        let id = remote.deliver(&key, 0, data).await;
        let shown = remote.open(0, &id).answer().await.expect(200);
        assert_eq!(shown["attachments"].as_array().unwrap().len(), usize::from(attachments), "{shown}");
        assert_eq!(shown["details"]["subject"], if content { "Oggetto remoto" } else { "Un oggetto valido" });
    }
}

async fn signatures_are_passed_on_when_the_configuration_wants_them(world: World) {
    let remote = Remote::new(world).await;
    let (manage, key) = remote.sender().await;
    let mut signed = remote.configuration.clone();
    signed["is_lollipop_enabled"] = json!(true);
    signed["disable_lollipop_for"] = json!([citizen(9)]);
    let configuration = remote.configure(&manage, &signed).await;
    let data = json!({ "id": "atto", "configuration_id": configuration, "has_remote_content": true });
    let (id, spared) = (remote.deliver(&key, 0, data.clone()).await, remote.deliver(&key, 9, data).await);
    let unsigned = remote.open(0, &id).answer().await.refused(403, "Lollipop headers missing");
    assert!(unsigned["detail"].as_str().unwrap().starts_with("signature-input"));
    assert!(remote.asked.lock().unwrap().is_empty(), "an unsigned request does not leave");
    let headers = [
        ("signature-input", "sig1=(\"@method\");created=1"),
        ("signature", "sig1=:aGVsbG8=:"),
        ("x-pagopa-lollipop-original-method", "GET"),
        ("x-pagopa-lollipop-original-url", "https://io.example.it/x"),
        ("x-pagopa-lollipop-assertion-ref", "sha256-abc"),
        ("x-pagopa-lollipop-assertion-type", "SAML"),
        ("x-pagopa-lollipop-auth-jwt", "a.b.c"),
        ("x-pagopa-lollipop-public-key", "eyJ9"),
    ];
    let call = headers.iter().fold(remote.open(0, &id), |call, (name, value)| call.header(name, value));
    call.answer().await.expect(200);
    let (_, passed) = remote.last();
    for (name, value) in headers {
        assert_eq!(passed[name], value);
    }
    assert_eq!(passed["x-pagopa-lollipop-user-id"], "AAAAAA00A00A000A");
    remote.open(9, &spared).answer().await.expect(200);
    assert!(!remote.last().1.contains_key("signature"));
}

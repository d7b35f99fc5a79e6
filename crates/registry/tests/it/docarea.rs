//! DocArea in its three dialects with the stand-in behind it: the conformance suite, and documents from the topic to the number.

use std::time::{Duration, Instant};

use registry::configuration::TenantConfig;
use registry::providers::Provider;
use registry::providers::docarea::DocArea;
use serde_json::{Map, Value, json};

use crate::conformance::{Books, Subject, Trouble};
use crate::on_both_engines;
use crate::world::{AOO, API, BUGLIANO, SERVICE, World};

/// What the proxy's addresses begin with.
const DOCAREA: &str = "/registry-proxy/docarea/v1";
const DIALECTS: [&str; 3] = ["swa", "base64", "rpc"];

mod swa {
    crate::conformance::conformance!(super::Stand<0>);
}
mod base64 {
    crate::conformance::conformance!(super::Stand<1>);
}
mod rpc {
    crate::conformance::conformance!(super::Stand<2>);
}

/// Provider and stand-in, speaking one of [`DIALECTS`].
struct Stand<const DIALECT: usize> {
    world: World,
    provider: DocArea,
    address: String,
}

/// Serves the stand-in on a port of its own; gives its address.
pub async fn serve(world: &World) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = demo::registry::routes(&world.app);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The settings of a service, of the stand-in at `address`.
pub fn settings(address: &str, dialect: &str) -> Value {
    json!({
        "ws_url_protocol": format!("{address}/demo/registry/{AOO}/docarea/{dialect}"), "username": demo::registry::docarea::USER,
        "password": demo::registry::docarea::PASSWORD, "codente": demo::registry::docarea::BODY, "codice_amministrazione": "c_bugl",
        "codice_aoo": "AOO1", "denominazione": "Comune di Bugliano & frazioni", "email": "protocollo@example.it", "id_unit_org": "URP",
        "class_cod": "6.3", "dispatch_type": "COMPETENZA", "competence_unit": "SUE", "folder_year": "2026", "folder_number": "12",
        "dialect": dialect
    })
}

impl<const DIALECT: usize> Subject for Stand<DIALECT> {
    async fn start() -> Self {
        let world = World::on_sqlite().await;
        let address = serve(&world).await;
        let provider = DocArea::new(world.app.clone(), Duration::from_secs(3));
        Self { world, provider, address }
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn tenant(&self) -> TenantConfig {
        TenantConfig::read(self.world.tenant_config().as_object().unwrap()).unwrap()
    }

    fn settings(&self) -> Map<String, Value> {
        settings(&self.address, DIALECTS[DIALECT]).as_object().unwrap().clone()
    }

    async fn trouble(&self, trouble: Trouble) {
        // Each step begins by signing in.
        self.world.registry_will_be(trouble.mode(), 1, Some(1)).await;
    }

    async fn books(&self) -> Books {
        Books::of(&self.world).await
    }
}

on_both_engines!(
    a_document_goes_from_the_topic_to_its_number_in_every_dialect,
    files_that_were_sent_are_not_sent_again,
    a_number_that_may_have_been_given_is_left_to_an_operator,
    a_process_that_dies_while_a_number_is_asked_for_asks_no_second_time,
    wrong_credentials_are_mended_and_the_document_registered,
    the_password_is_kept_and_never_answered,
    the_password_is_not_kept_for_another_address,
);

/// A service of the tenant at DocArea instead of the sandbox.
async fn at_docarea(world: &World, dialect: &str) -> String {
    world.call("DELETE", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(204);
    let address = serve(world).await;
    world.call("POST", &format!("{DOCAREA}/tenants/"), &world.tenant_config()).await.expect(201);
    configure(world, &address, dialect).await;
    address
}

async fn configure(world: &World, address: &str, dialect: &str) {
    // As the published proxy is configured: the settings beside the identifiers, and no description.
    let mut config = settings(address, dialect);
    (config["id"], config["tenant_id"], config["is_active"]) = (json!(SERVICE), json!(BUGLIANO), json!(true));
    world.call("POST", &format!("{DOCAREA}/services/"), &config).await.expect(201);
}

async fn a_document_goes_from_the_topic_to_its_number_in_every_dialect(world: World) {
    let address = at_docarea(&world, "swa").await;
    for (number, dialect) in DIALECTS.into_iter().enumerate() {
        configure(&world, &address, dialect).await;
        let document = world.document();
        world.publish("documents", &document).await;
        let registered = world.registered(&document).await;
        assert_eq!(registered["registration_data"]["document_number"], format!("{}/2026", number + 1), "{dialect}");
        assert_eq!(registered["registration_data"]["date"], "2026-03-02T00:00:00+01:00");
        assert_eq!(registered["app_id"], format!("docarea-registry-proxy:{}", runtime::VERSION));
        assert_eq!(world.ledger("accepted", "attachment").await.len(), 2 * (number + 1));
    }
    assert_eq!(world.ledger("accepted", "upload").await.len(), 9);
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn files_that_were_sent_are_not_sent_again(world: World) {
    at_docarea(&world, "swa").await;
    let document = world.document();
    world.registry_is("half", None).await;
    world.publish("documents", &document).await;
    let mut partial = world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await;
    assert!(partial["retry_meta"]["last_error"].take().as_str().unwrap().starts_with("passo main: "));
    assert_eq!(
        partial["retry_meta"],
        json!({ "last_error": null, "original_topic": "documents", "sent_attachments": ["planimetria.pdf", "delega.pdf"] })
    );
    world.registry_is("ok", None).await;
    world.wait_for_retry().await;
    world.registered(&document).await;
    assert_eq!(world.ledger("accepted", "upload").await.len(), 3);
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
}

async fn a_number_that_may_have_been_given_is_left_to_an_operator(world: World) {
    at_docarea(&world, "base64").await;
    let document = world.document();
    // Three files and the number, each after a sign-in.
    world.registry_will_be("error", 7, Some(1)).await;
    world.publish("documents", &document).await;
    world.buried(1).await;
    let reasons = world.dead_letters().await;
    assert!(reasons[0].starts_with("passo main: non si sa che cosa abbia fatto il protocollo"), "{reasons:?}");
    world.wait_for_retry().await;
    world.idle().await;
    assert_eq!(world.ledger("accepted", "document").await.len(), 1, "never asked for again");
    assert_eq!(world.events("retry_queue").await, Vec::<Value>::new());
}

async fn a_process_that_dies_while_a_number_is_asked_for_asks_no_second_time(world: World) {
    at_docarea(&world, "base64").await;
    let document = world.document();
    // The registry gives the number and does not answer; the process ends while it waits.
    world.registry_will_be("timeout", 7, Some(1)).await;
    world.publish("documents", &document).await;
    let began = Instant::now();
    while world.ledger("accepted", "document").await.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let world = world.crash().restart(&[]).await;
    world.buried(1).await;
    let reason =
        "passo main: non si sa che cosa abbia fatto il protocollo (il processo è terminato mentre il protocollo rispondeva)";
    assert_eq!(world.dead_letters().await, [reason]);
    world.wait_for_retry().await;
    world.idle().await;
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
    // An operator who has looked into the registry may have it asked once more.
    let letter = "SELECT payload FROM dead_letters";
    let read = move |tx: &mut storage::Tx<'_>| tx.one(letter, storage::params![], |row| row.get::<String>(0));
    let letter: storage::Result<String> = world.app.db().read(read).await;
    world.publish("documents", &serde_json::from_str(&letter.unwrap()).unwrap()).await;
    world.registered(&document).await;
    assert_eq!(world.ledger("accepted", "upload").await.len(), 3, "the files are not sent again");
}

/// The part of the documentation's checklist that is about errors.
async fn wrong_credentials_are_mended_and_the_document_registered(world: World) {
    at_docarea(&world, "rpc").await;
    let service = format!("{DOCAREA}/services/{SERVICE}");
    world.call("PATCH", &service, &json!({ "password": "sbagliata" })).await.expect(200);
    let document = world.document();
    world.publish("documents", &document).await;
    let failed = world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
    assert_eq!(failed["retry_meta"]["original_topic"], "documents");
    world.call("PATCH", &service, &json!({ "password": demo::registry::docarea::PASSWORD })).await.expect(200);
    world.publish("documents", &failed).await;
    world.registered(&document).await;
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
}

async fn the_password_is_kept_and_never_answered(world: World) {
    at_docarea(&world, "swa").await;
    let service = format!("{DOCAREA}/services/{SERVICE}");
    let shown = world.call("GET", &service, &Value::Null).await.expect(200);
    assert_eq!((&shown["password"], &shown["registry"], &shown["username"]), (&Value::Null, &Value::Null, &json!("sportello")));
    // The form sends back what it was shown.
    let replaced = world.call("PUT", &service, &shown).await.expect(200);
    assert_eq!(replaced["password"], Value::Null);
    world.call("PATCH", &service, &json!({ "description": "Suolo pubblico", "password": "" })).await.expect(200);
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
    let form = world.call("GET", &format!("{DOCAREA}/schema"), &Value::Null).await.expect(200);
    let keys: Vec<_> = form["components"].as_array().unwrap().iter().map(|field| field["key"].as_str().unwrap()).collect();
    assert!(keys.contains(&"ws_url_protocol") && !keys.contains(&"registry"), "{keys:?}");
    let problem =
        world.call("PATCH", &service, &json!({ "ws_url_protocol": "http://10.0.0.1/ws", "codente": "" })).await.expect(422);
    let named: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(named, ["/ws_url_protocol", "/codente", "/password"]);
}

/// Who could send the stored password to an address of their own would learn it.
async fn the_password_is_not_kept_for_another_address(world: World) {
    at_docarea(&world, "swa").await;
    let (services, service) = (format!("{DOCAREA}/services"), format!("{DOCAREA}/services/{SERVICE}"));
    let shown = world.call("GET", &service, &Value::Null).await.expect(200);
    let elsewhere = format!("{}/altrove", shown["ws_url_protocol"].as_str().unwrap());
    for name in ["ws_url_protocol", "ws_url_fascicolo"] {
        let (mut whole, mut change) = (shown.clone(), json!({}));
        (whole[name], change[name]) = (json!(elsewhere), json!(elsewhere));
        for (method, address, body) in [("PATCH", &service, &change), ("PUT", &service, &whole), ("POST", &services, &whole)] {
            for password in [None, Some(Value::Null), Some(json!(""))] {
                let mut body = body.clone();
                if let Some(password) = password {
                    body["password"] = password;
                }
                let problem = world.call(method, address, &body).await.expect(422);
                let [error] = problem["errors"].as_array().unwrap().as_slice() else { panic!("{problem}") };
                assert_eq!((&error["field"], &error["code"]), (&json!("/password"), &json!("required")), "{method} {body}");
                assert!(error["message"].as_str().unwrap().contains("indicare di nuovo la password"), "{error}");
            }
        }
    }
    assert_eq!(world.call("GET", &service, &Value::Null).await.expect(200), shown);
    // With the password the address changes; then other fields do without it.
    let password = demo::registry::docarea::PASSWORD;
    let moved = json!({ "ws_url_fascicolo": elsewhere, "password": password });
    world.call("PATCH", &service, &moved).await.expect(200);
    world.call("PATCH", &service, &json!({ "description": "Suolo", "ws_url_fascicolo": elsewhere })).await.expect(200);
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
}

//! The documentation's "Protocol Proxy Tests Checklist", line by line, on every registry, over the embedded log and over Kafka. Its line on
//! automated tests of the API is `configuration.rs` and `authorisation.rs`.

use serde_json::{Value, json};

use crate::stage::{Stage, on_every_registry};
use crate::world::{BUGLIANO, SERVICE, VALLELAGHI};

on_every_registry!(the_standard_flow, the_error_flow; and over Kafka);

/// The name of the registry's configuration form, with fields for everything that is sent.
async fn the_form_asks_for_what_is_sent(stage: &Stage) {
    let form = stage.world.call("GET", &stage.api("schema"), &Value::Null).await.expect(200);
    let text = form.to_string();
    for name in stage.service_config()["registry"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("\"key\":\"{name}\"")), "{name} is not in the form");
    }
}

async fn the_standard_flow(stage: Stage) {
    the_form_asks_for_what_is_sent(&stage).await;
    // Inserire la configurazione del tenant; inserire la configurazione del servizio.
    stage.configure().await;
    let world = &stage.world;
    let tenant = world.call("GET", &stage.api(&format!("tenants/{BUGLIANO}")), &Value::Null).await.expect(200);
    assert_eq!((&tenant["aoo_code"], &tenant["is_active"]), (&json!("AOO1"), &json!(true)));
    let service = world.call("GET", &stage.api(&format!("services/{SERVICE}")), &Value::Null).await.expect(200);
    assert_eq!((&service["tenant_id"], &service["is_active"]), (&json!(BUGLIANO), &json!(true)));

    let good = world.document();
    // Un documento già protocollato è ignorato.
    let mut registered = world.document();
    registered["registration_data"]["document_number"] = json!("1/2020");
    // Un documento senza configurazione di tenant, di servizio, o di entrambi, è ignorato.
    let (mut of_no_service, mut of_no_tenant) = (world.document(), world.document());
    of_no_service["remote_collection"]["id"] = json!("11111111-2222-4333-8444-555555555502");
    of_no_tenant["tenant_id"] = json!(VALLELAGHI);
    let mut of_neither = of_no_tenant.clone();
    of_neither["id"] = json!(world.app.rng().uuid());
    of_neither["remote_collection"]["id"] = of_no_service["remote_collection"]["id"].clone();
    let ignored = [registered, of_no_service, of_no_tenant, of_neither];
    // Under one key they are read in this order: when the last is registered, the others have been read.
    for document in &ignored {
        stage.put(document, &good).await;
    }
    // Un documento non protocollato viene protocollato.
    stage.put(&good, &good).await;
    let done = stage.reaches(&good, "REGISTRATION_COMPLETE").await;
    for document in &ignored {
        assert_eq!(stage.documents(document).await, std::slice::from_ref(document), "nothing was said of it");
    }
    let events = stage.documents(&good).await;
    let statuses: Vec<_> = events.iter().map(|event| event["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["DOCUMENT_CREATED", "REGISTRATION_PENDING", "REGISTRATION_COMPLETE"]);
    let [entry] = world.ledger("accepted", "document").await.try_into().unwrap();
    assert_eq!(done["registration_data"]["document_number"], entry["number"]);
    let attached: Vec<_> = world.ledger("accepted", "attachment").await.iter().map(|entry| entry["file_name"].clone()).collect();
    assert_eq!(attached, ["planimetria.pdf", "delega.pdf"]);
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn the_error_flow(stage: Stage) {
    stage.configure().await;
    // Modificare la configurazione del servizio in modo che sia errata.
    let (right, wrong) = stage.right_and_wrong();
    stage.set(&wrong).await;
    let document = stage.world.document();
    stage.put(&document, &document).await;
    // A seguito del fallimento viene prodotto un evento nel topic di retry.
    let failed = stage.fails(&document, "REGISTRATION_FAILED").await;
    assert_eq!(failed["retry_meta"]["original_topic"], stage.topic());
    assert_eq!(stage.world.ledger("accepted", "document").await, Vec::<Value>::new());
    // Correggere la configurazione del servizio.
    stage.set(&right).await;
    // Inserire il documento prodotto nel topic di retry all'interno del topic documents.
    stage.put(&failed, &document).await;
    let done = stage.reaches(&document, "REGISTRATION_COMPLETE").await;
    let [entry] = stage.world.ledger("accepted", "document").await.try_into().unwrap();
    assert_eq!(done["registration_data"]["document_number"], entry["number"]);
    assert_eq!(stage.world.ledger("accepted", "attachment").await.len(), 2);
    assert_eq!(stage.world.dead_letters().await, Vec::<String>::new());
}

//! The registration of documents, as the checklist of the documentation walks through it ("Protocol Proxy Tests Checklist").

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, SERVICE, VALLELAGHI, World};

on_both_engines!(
    a_document_is_registered,
    documents_of_one_application_share_a_folder,
    what_is_not_ours_is_left_alone,
    a_document_is_taken_again_after_its_service_was_mended,
    a_failed_document_of_a_service_that_was_switched_off_is_not_lost,
    redelivery_changes_nothing,
    a_document_that_another_proxy_announced_is_registered,
    broken_events_become_dead_letters,
    a_document_without_folder_or_attachments_is_complete_with_its_number,
    metrics_have_their_documented_names,
    topics_and_group_are_those_of_the_settings,
    what_somebody_else_has_registered_is_not_tried_again,
    files_that_the_registry_has_are_not_exchanged,
    what_another_registry_has_begun_gets_no_second_number,
);

async fn what_somebody_else_has_registered_is_not_tried_again(world: World) {
    let document = world.document();
    world.registry_is("refuse", Some(1)).await;
    world.publish("documents", &document).await;
    world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
    let mut by_hand = document.clone();
    (by_hand["event_id"], by_hand["status"]) = (json!(world.app.event_id()), json!("REGISTRATION_COMPLETE"));
    by_hand["registration_data"]["document_number"] = json!("MAN/2");
    by_hand["registration_data"]["date"] = json!("2026-03-02T10:00:00+01:00");
    world.publish("documents", &by_hand).await;
    for _ in 0..3 {
        world.wait_for_retry().await;
    }
    world.idle().await;
    assert_eq!(world.ledger("accepted", "document").await, Vec::<Value>::new(), "it has a number");
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn files_that_the_registry_has_are_not_exchanged(world: World) {
    let document = world.document();
    // The number and the first attachment go well.
    world.registry_will_be("refuse", 2, Some(1)).await;
    world.publish("documents", &document).await;
    let mut partial = world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await;
    partial["event_id"] = json!(world.app.event_id());
    partial["attachments"].as_array_mut().unwrap().swap(0, 1);
    world.publish("documents", &partial).await;
    world.buried(1).await;
    assert!(world.dead_letters().await[0].contains("ha già file di questo documento"), "{:?}", world.dead_letters().await);
    world.wait_for_retry().await;
    world.registered(&document).await;
    let sent: Vec<_> = world.ledger("accepted", "attachment").await.iter().map(|entry| entry["file_name"].clone()).collect();
    assert_eq!(sent, ["planimetria.pdf", "delega.pdf"], "each once");
}

async fn what_another_registry_has_begun_gets_no_second_number(world: World) {
    for (state, is_registered) in [("failed", true), ("partial", false), ("complete", false)] {
        let document = world.document();
        let (id, tenant, text) =
            (document["id"].as_str().unwrap().parse::<kernel::Uuid>().unwrap(), BUGLIANO, document.to_string());
        let begun = world.app.db().write(move |tx| {
            let sql = "INSERT INTO registry_documents (provider, id, tenant_id, state, attempts, progress, event, created_at, updated_at)
                       VALUES ('iride', $1, $2, $3, 0, '{}', $4, $5, $5)";
            let at = "2026-03-01T09:00:00Z".parse::<kernel::RomeTime>().unwrap();
            tx.execute(sql, storage::params![id, tenant.parse::<kernel::Uuid>().unwrap(), state, text, at])
        });
        let begun: storage::Result<u64> = begun.await;
        assert_eq!(begun, Ok(1));
        world.publish("documents", &document).await;
        if is_registered {
            world.registered(&document).await;
        } else {
            let before = world.dead_letters().await.len();
            world.buried(before + 1).await;
            assert!(
                world.dead_letters().await.last().unwrap().contains("iniziato al protocollo iride"),
                "{:?}",
                world.dead_letters().await
            );
        }
    }
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
}

async fn a_document_is_registered(world: World) {
    let document = world.document();
    world.publish("documents", &document).await;
    let registered = world.registered(&document).await;
    assert_eq!(world.statuses(&document).await, ["DOCUMENT_CREATED", "REGISTRATION_PENDING", "REGISTRATION_COMPLETE"]);
    assert_eq!(registered["registration_data"]["document_number"], "0000001/2026");
    assert_eq!(registered["registration_data"]["date"], "2026-03-02T10:00:00+01:00");
    assert_eq!(registered["folder"]["id"], "1/2026");
    assert_eq!(registered["updated_at"], "2026-03-02T10:00:00+01:00");
    assert_eq!(registered["app_id"], format!("sandbox-registry-proxy:{}", runtime::VERSION));

    let [asked] = world.ledger("accepted", "document").await.try_into().unwrap();
    assert_eq!((&asked["subject"], &asked["file_name"]), (&document["title"], &document["main_document"]["filename"]));
    let names: Vec<_> = world.ledger("accepted", "attachment").await.iter().map(|entry| entry["file_name"].clone()).collect();
    assert_eq!(names, ["planimetria.pdf", "delega.pdf"]);
    assert_eq!(world.ledger("accepted", "filing").await.len(), 1);
    // Every event is one of its own and stays with the application's others.
    let events = world.keyed_events("documents").await;
    let ids: std::collections::HashSet<_> = events.iter().map(|(_, event)| event["event_id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
    assert!(events.iter().all(|(key, _)| document["remote_id"] == key.as_str()));
    assert_eq!(world.events("retry_queue").await, Vec::<Value>::new());
}

async fn documents_of_one_application_share_a_folder(world: World) {
    let (first, mut second) = (world.document(), world.document());
    second["remote_id"] = first["remote_id"].clone();
    world.publish("documents", &first).await;
    world.publish("documents", &second).await;
    let (first, second) = (world.registered(&first).await, world.registered(&second).await);
    assert_eq!(first["folder"]["id"], second["folder"]["id"]);
    assert_ne!(first["registration_data"]["document_number"], second["registration_data"]["document_number"]);
    assert_eq!(world.ledger("accepted", "folder").await.len(), 1);
    assert_eq!(world.ledger("accepted", "filing").await.len(), 2);
}

async fn what_is_not_ours_is_left_alone(world: World) {
    let mut registered = world.document();
    registered["registration_data"]["document_number"] = json!("1/2020");
    let mut other_service = world.document();
    other_service["remote_collection"]["id"] = json!("11111111-2222-4333-8444-555555555502");
    let mut other_tenant = world.document();
    other_tenant["tenant_id"] = json!(VALLELAGHI);
    let mut other_version = world.document();
    other_version["event_version"] = json!(2);
    let mut of_no_service = world.document();
    of_no_service["remote_collection"] = Value::Null;
    for document in [registered, other_service, other_tenant, other_version, of_no_service] {
        world.publish("documents", &document).await;
    }
    // Switched off, the service's documents are nobody's.
    world.call("DELETE", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(204);
    world.publish("documents", &world.document()).await;
    world.idle().await;
    assert_eq!(world.events("documents").await.len(), 6);
    assert_eq!(world.ledger("accepted", "document").await, Vec::<Value>::new());
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
    assert_eq!(world.metric("oc_document_failed_events_total"), 0.0);
}

async fn a_document_is_taken_again_after_its_service_was_mended(world: World) {
    let wrong = json!({ "registry": { "register": "SBAGLIATO" } });
    world.call("PATCH", &format!("{API}/services/{SERVICE}"), &wrong).await.expect(200);
    let document = world.document();
    world.publish("documents", &document).await;
    let failed = world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
    assert_eq!(failed["retry_meta"]["original_topic"], "documents");
    let told = failed["retry_meta"]["last_error"].as_str().unwrap();
    assert!(told.starts_with("passo main: il protocollo ha rifiutato (422 "), "why, for people: {told}");
    assert_eq!(failed["registration_data"]["document_number"], "");
    assert_eq!(world.keyed_events("retry_queue").await[0].0, document["remote_id"].as_str().unwrap());

    let right = json!({ "registry": world.service_config()["registry"] });
    world.call("PATCH", &format!("{API}/services/{SERVICE}"), &right).await.expect(200);
    // As an orchestrator puts it back, with what it notes for itself.
    let mut back = failed.clone();
    back["retry_meta"]["retry_counter"] = json!(1);
    world.publish("documents", &back).await;
    let registered = world.registered(&document).await;
    assert_eq!(registered["retry_meta"], Value::Null);
    // The one that we put back ourselves finds nothing left to do.
    world.wait_for_retry().await;
    world.idle().await;
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
}

async fn a_failed_document_of_a_service_that_was_switched_off_is_not_lost(world: World) {
    world.registry_is("refuse", Some(1)).await;
    let document = world.document();
    world.publish("documents", &document).await;
    let failed = world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
    let service = format!("{API}/services/{SERVICE}");
    world.call("DELETE", &service, &Value::Null).await.expect(204);
    world.wait_for_retry().await;
    world.buried(1).await;
    assert_eq!(world.dead_letters().await, ["ente o servizio disattivati prima che il documento fosse registrato"]);
    // Switched on again, an operator puts it back under a new identity.
    world.call("PATCH", &service, &json!({ "is_active": true })).await.expect(200);
    let mut again = failed.clone();
    again["event_id"] = json!(world.app.event_id());
    world.publish("documents", &again).await;
    world.registered(&document).await;
}

async fn redelivery_changes_nothing(world: World) {
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
    // The same events again, and the same content under new identities, as after a reset of offsets or of the memory of events.
    for event in world.events("documents").await {
        world.publish("documents", &event).await;
        let mut again = event.clone();
        again["event_id"] = json!(world.app.event_id());
        world.publish("documents", &again).await;
    }
    world.idle().await;
    let complete = world.statuses(&document).await.iter().filter(|status| *status == "REGISTRATION_PENDING").count();
    assert_eq!(complete, 3, "the one that we made and the two that were delivered again");
    for operation in ["document", "folder", "filing"] {
        assert_eq!(world.ledger("accepted", operation).await.len(), 1);
        assert_eq!(world.ledger("repeated", operation).await.len(), 0);
    }
    assert_eq!(world.ledger("accepted", "attachment").await.len(), 2);
}

async fn a_document_that_another_proxy_announced_is_registered(world: World) {
    let mut document = world.document();
    document["status"] = json!("REGISTRATION_PENDING");
    document["app_id"] = json!("protocol-proxy-fake:1.1.1");
    world.publish("documents", &document).await;
    world.registered(&document).await;
    assert_eq!(world.statuses(&document).await, ["REGISTRATION_PENDING", "REGISTRATION_COMPLETE"]);
}

async fn broken_events_become_dead_letters(world: World) {
    let mut misspelt = world.document();
    misspelt["registration_data"]["transmission_type"] = json!("Sideways");
    let mut nameless = world.document();
    nameless["title"] = json!(" ");
    let good = world.document();
    for document in [&misspelt, &nameless, &json!("?"), &good] {
        world.publish("documents", document).await;
    }
    world.registered(&good).await;
    // Another tenant's document under an identifier that is taken.
    let (token, service) = (world.service_token(VALLELAGHI), "11111111-2222-4333-8444-555555555503");
    let (mut tenant_config, mut service_config) = (world.tenant_config(), world.service_config());
    tenant_config["id"] = json!(VALLELAGHI);
    (service_config["id"], service_config["tenant_id"]) = (json!(service), json!(VALLELAGHI));
    world.call_by(&token, "POST", &format!("{API}/tenants"), &tenant_config).await.expect(201);
    world.call_by(&token, "POST", &format!("{API}/services"), &service_config).await.expect(201);
    let mut stolen = world.document();
    (stolen["id"], stolen["tenant_id"]) = (good["id"].clone(), json!(VALLELAGHI));
    stolen["remote_collection"]["id"] = json!(service);
    world.publish("documents", &stolen).await;
    world.idle().await;
    let reasons = world.dead_letters().await;
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    for expected in ["documento non valido: /title required", "l'identificativo è del documento di un altro ente"] {
        assert!(reasons.iter().any(|reason| reason == expected), "{reasons:?}");
    }
    assert_eq!(world.metric("oc_document_validation_errors_total"), 3.0);
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
}

async fn a_document_without_folder_or_attachments_is_complete_with_its_number(world: World) {
    let mut document = world.document();
    document["folder"] = Value::Null;
    document["attachments"] = json!([]);
    world.publish("documents", &document).await;
    world.registered(&document).await;
    assert_eq!(world.ledger("accepted", "folder").await.len(), 0);
}

async fn metrics_have_their_documented_names(world: World) {
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
    world.registry_is("refuse", Some(1)).await;
    let refused = world.document();
    world.publish("documents", &refused).await;
    world.last_event("retry_queue", &refused, "REGISTRATION_FAILED").await;
    let mut lost = world.document();
    lost["main_document"]["url"] =
        json!(format!("{}/comune-di-bugliano/api/applications/1/attachments/none", world.app.public_url()));
    world.publish("documents", &lost).await;
    world.last_event("retry_queue", &lost, "REGISTRATION_FAILED").await;
    world.idle().await;
    world.counted("oc_document_success_events_total", 1.0).await;
    world.counted("oc_document_failed_events_total", 2.0).await;
    world.counted("oc_document_provider_errors_total", 1.0).await;
    world.counted("oc_document_internal_errors_total", 1.0).await;
    // Five steps of the first document and the one that was refused.
    world.counted("oc_document_provider_latency_count", 6.0).await;
    assert!(world.metric("oc_document_provider_latency_bucket") >= 6.0);
    assert_eq!(world.metric("oc_api_requests_total"), 2.0);
    let env = format!("env=\"{}\"", world.app.config().environment);
    let rendered = runtime::prometheus().render();
    let line = rendered.lines().find(|line| line.starts_with("oc_api_requests_total") && line.contains(&env)).unwrap();
    for label in ["cluster=\"local\"", "app_name=\"sandbox-registry-proxy\"", "method=\"POST\"", "status_code=\"201\""] {
        assert!(line.contains(label), "{line}");
    }
}

async fn topics_and_group_are_those_of_the_settings(world: World) {
    let crashed = world.crash();
    let other = crashed
        .restart(&[
            ("SPORTELLO_ROLES", "registry-proxy-sandbox"),
            ("KAFKA_CONSUMER_GROUP", "gruppo"),
            ("KAFKA_CONSUMER_TOPIC", "documenti"),
            ("KAFKA_PRODUCER_TOPIC", "documenti"),
            ("KAFKA_RETRY_TOPIC", "da-ritentare"),
        ])
        .await;
    let document = other.document();
    other.registry_is("refuse", Some(1)).await;
    other.publish("documenti", &document).await;
    let mut failed = other.last_event("da-ritentare", &document, "REGISTRATION_FAILED").await;
    assert_eq!(failed["retry_meta"]["original_topic"], "documenti");
    // As an orchestrator puts it back, with what it notes for itself.
    failed["retry_meta"]["retry_counter"] = json!(1);
    other.publish("documenti", &failed).await;
    other.last_event("documenti", &document, "REGISTRATION_COMPLETE").await;
    assert_eq!(other.events("documents").await, Vec::<Value>::new());
}

//! Bodies, keys, clients and configurations, as administrators make them.

use kernel::Uuid;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, CITIZEN, CLIENT, World};

on_both_engines!(
    a_client_signs_with_a_pair_of_its_own_and_the_private_key_never_leaves,
    what_is_deleted_is_gone_and_can_come_back,
    put_replaces_and_patch_changes,
    lists_have_pages,
    every_address_says_what_it_takes,
    eservices_keep_their_three_addresses_apart,
);

fn at(path: &str) -> String {
    format!("{API}/tenants/{BUGLIANO}{path}")
}

async fn a_client_signs_with_a_pair_of_its_own_and_the_private_key_never_leaves(world: World) {
    let keys = at("/keys");
    let (one, other) = tokio::join!(world.call("GET", &keys, &Value::Null), world.call("GET", &keys, &Value::Null));
    let (one, other) = (one.expect(200), other.expect(200));
    assert_eq!(one, other, "the pair that waits is the same for everybody");
    assert!(one["public_key"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(one.as_object().unwrap().len(), 2, "{one}");
    let second = Uuid::from_u128(77);
    let body = json!({ "id": second, "name": "Secondo", "env": "collaudo", "key_pair_id": one["id"], "key_id": "A".repeat(43) });
    assert_eq!(world.call("POST", &at("/clients"), &body).await.wrong_fields(), ["key_id"]);
    let mut right = body.clone();
    right.as_object_mut().unwrap().remove("key_id");
    let made = world.call("POST", &at("/clients"), &right).await.expect(201);
    assert_eq!((made["key_id"].as_str().unwrap().len(), &made["public_key"]), (43, &one["public_key"]));
    let mut taken = right.clone();
    taken["id"] = json!(Uuid::from_u128(78));
    assert_eq!(world.call("POST", &at("/clients"), &taken).await.wrong_fields(), ["key_pair_id"], "another client has it");
    world.call("POST", &at("/clients"), &right).await.expect(409);
    world.call("DELETE", &at(&format!("/keys/{}", one["id"].as_str().unwrap())), &Value::Null).await.expect(409);
    let next = world.call("GET", &at("/keys"), &Value::Null).await.expect(200);
    assert_ne!(next["id"], one["id"]);
    // Another pair for the client; then the first one can go, and nothing of its private key is left.
    let change = json!({ "key_pair_id": next["id"] });
    world.call("PATCH", &at(&format!("/clients/{second}")), &change).await.expect(200);
    world.call("DELETE", &at(&format!("/keys/{}", one["id"].as_str().unwrap())), &Value::Null).await.expect(204);
    world.call("DELETE", &at(&format!("/keys/{}", one["id"].as_str().unwrap())), &Value::Null).await.expect(404);
    assert_eq!(world.number("SELECT count(*) FROM pdnd_keys WHERE private_key IS NULL").await, 1);
    let kept: Vec<Vec<u8>> = {
        let sql = "SELECT private_key FROM pdnd_keys WHERE private_key IS NOT NULL";
        world.app.db().read(move |tx| tx.all(sql, storage::params![], |row| row.get(0))).await.unwrap()
    };
    // A PKCS #8 begins with a sequence and has the name of RSA in it.
    let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    assert!(kept.iter().all(|key| !key.windows(rsa.len()).any(|bytes| bytes == rsa)), "sealed");
}

async fn what_is_deleted_is_gone_and_can_come_back(world: World) {
    let (client, config) = (format!("/clients/{CLIENT}"), format!("/configs/{}", world.config("isee")));
    let before = world.call("GET", &at(&client), &Value::Null).await.expect(200);
    world.call("DELETE", &at(&client), &Value::Null).await.expect(204);
    world.call("GET", &at(&client), &Value::Null).await.expect(404);
    world.call("PATCH", &at(&client), &json!({ "name": "x" })).await.expect(404);
    let pages = world.call("GET", &at("/clients"), &Value::Null).await.expect(200);
    assert_eq!(pages["meta"]["total"], 0);
    world.ask("/inps/isee", "isee", CITIZEN).await.expect(404);
    world.call("POST", &at("/clients"), &before).await.expect(201);
    world.ask("/inps/isee", "isee", CITIZEN).await.expect(200);

    world.call("DELETE", &at(&config), &Value::Null).await.expect(204);
    let disabled = world.call("GET", &at(&config), &Value::Null).await.expect(200);
    assert_eq!(disabled["is_active"], false);
    let refused = world.ask("/inps/isee", "isee", CITIZEN).await.expect(409);
    assert_eq!(refused["type"], "/errors/pdnd-not-active");
    world.call("PATCH", &at(&config), &json!({ "is_active": true })).await.expect(200);
    world.ask("/inps/isee", "isee", CITIZEN).await.expect(200);

    world.call("DELETE", &at(""), &Value::Null).await.expect(204);
    world.call("GET", &at("/configs"), &Value::Null).await.expect(404);
    world.ask("/inps/isee", "isee", CITIZEN).await.expect(404);
    let tenant = json!({ "id": BUGLIANO, "name": "Comune di Bugliano", "ipa_code": "c_bugl" });
    world.call("POST", &format!("{API}/tenants"), &tenant).await.expect(201);
    world.ask("/inps/isee", "isee", CITIZEN).await.expect(200);
}

async fn put_replaces_and_patch_changes(world: World) {
    let changed = world.call("PATCH", &at(""), &json!({ "ipa_code": "c_new" })).await.expect(200);
    assert_eq!((&changed["name"], &changed["ipa_code"]), (&json!("Comune"), &json!("c_new")));
    let wrong = world.call("PUT", &at(""), &json!({ "name": "" , "ipa_code": "x" })).await;
    assert_eq!(wrong.wrong_fields(), ["name"]);
    world.call("PUT", &at(""), &json!({ "name": "Solo il nome" })).await.expect(422);
    let config = at(&format!("/configs/{}", world.config("isee")));
    let stored = world.call("GET", &config, &Value::Null).await.expect(200);
    assert!(stored["call_url"].as_str().unwrap().contains("/pdnd/v1/inps/isee?config_id="), "{stored}");
    assert_eq!(stored.get("provider"), None, "credentials are not shown");
    let purpose = Uuid::from_u128(99);
    let changed = world.call("PATCH", &config, &json!({ "purpose_id": purpose })).await.expect(200);
    assert_eq!((&changed["purpose_id"], &changed["client_id"]), (&json!(purpose), &stored["client_id"]));
    for (field, body) in [
        ("client_id", json!({ "client_id": Uuid::from_u128(1) })),
        ("eservice_id", json!({ "eservice_id": Uuid::from_u128(1) })),
        // In production, while the client is not.
        ("eservice_id", json!({ "eservice_id": "9d0d0000-0000-4000-8000-000000000020" })),
        ("provider", json!({ "provider": { "certificate": "nonsense" } })),
    ] {
        assert_eq!(world.call("PATCH", &config, &body).await.wrong_fields(), [field], "{body}");
    }
}

async fn lists_have_pages(world: World) {
    let first = world.call("GET", &at("/configs?limit=2&sort=-created_at"), &Value::Null).await.expect(200);
    assert_eq!((&first["meta"]["total"], first["data"].as_array().unwrap().len()), (&json!(5), 2));
    let next = first["links"]["next"].as_str().unwrap().strip_prefix(world.app.public_url()).unwrap();
    let second = world.call("GET", next, &Value::Null).await.expect(200);
    assert_ne!(first["data"][0]["id"], second["data"][0]["id"]);
    assert_eq!(world.call("GET", &at("/configs?limit=0"), &Value::Null).await.status, 400);
    assert_eq!(world.call("GET", &at("/clients?sort=last_operation"), &Value::Null).await.status, 400);
    let clients = world.call("GET", &at("/clients?sort=name"), &Value::Null).await.expect(200);
    assert_eq!(clients["data"][0]["id"], json!(CLIENT));
}

async fn every_address_says_what_it_takes(world: World) {
    for (path, methods) in [
        (at(""), ["GET", "PUT", "PATCH", "DELETE"].as_slice()),
        (at("/clients"), &["GET", "POST"]),
        (at("/configs"), &["GET", "POST"]),
        (at("/keys"), &["GET"]),
        (format!("{API}/e-services"), &["GET"]),
        (format!("{API}/tenants"), &["POST"]),
        (format!("{API}/anpr/stato-famiglia"), &["GET", "POST"]),
    ] {
        let answer = world.call("OPTIONS", &path, &Value::Null).await;
        assert_eq!(answer.status, 200, "{path}");
        let allowed = answer.header("allow").unwrap().to_owned();
        assert!(methods.iter().all(|method| allowed.contains(method)), "{path}: {allowed}");
    }
    assert_eq!(world.call("HEAD", &at(""), &Value::Null).await.status, 200);
}

async fn eservices_keep_their_three_addresses_apart(world: World) {
    let known = world.call("GET", &format!("{API}/e-services?limit=100&sort=env"), &Value::Null).await.expect(200);
    let known = known["data"].as_array().unwrap();
    assert_eq!(known.len(), 15);
    let residence = known.iter().find(|one| one["slug"] == "accertamento-residenza" && one["env"] == "produzione").unwrap();
    let (endpoint, audience) = (residence["endpoint"].as_str().unwrap(), residence["audience"].as_str().unwrap());
    assert!(endpoint.contains("MinInternoPortaANPR-PDND") && endpoint.ends_with("/v1/anpr-service-e002"), "{endpoint}");
    assert!(!audience.contains("-PDND") && audience.ends_with("/v1"), "{audience}");
    assert_eq!(residence["aud_client_assertion"], "auth.interop.pagopa.it/client-assertion");
    let mut changed = residence.clone();
    let address = format!("/internal/pdnd/e-services/{}", residence["id"].as_str().unwrap());
    changed["endpoint"] = json!("https://10.0.0.1/anpr");
    assert_eq!(world.call("PUT", &address, &changed).await.wrong_fields(), ["endpoint"], "a private address");
    changed["endpoint"] = json!("https://anpr.example.org/");
    world.call_by(&world.token(BUGLIANO, &["ROLE_ADMIN"]), "PUT", &address, &changed).await.expect(404);
    world.call("PUT", &address, &changed).await.expect(204);
}

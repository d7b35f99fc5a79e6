//! Services: the rows V1 to V16, and configurations of remote content: R1 to R5.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::profiles::POINT;
use crate::world::{Answer, World, citizen, message};

on_both_engines!(
    v1_v3_a_service_is_made_as_a_draft_with_keys,
    v2_services_are_listed_in_parts,
    v4_v6_v7_a_service_under_review_is_frozen,
    v5_a_group_key_keeps_its_group_only,
    v7_v8_v9_reviews_are_decided_automatically_or_by_the_body,
    v9_v10_v11_publication_keeps_the_approved_version,
    v12_v13_one_key_is_replaced_while_the_other_works,
    manage_and_group_keys_are_made_and_replaced_by_the_body,
    v14_the_logo_of_a_service,
    v15_the_history_is_told_in_parts,
    v16_topics,
    r1_r2_r3_r4_r5_configurations_are_kept_by_their_owner,
    configurations_are_judged,
);

fn payload() -> Value {
    json!({
        "name": "Tributi comunali", "description": "Avvisi e scadenze.",
        "organization": { "name": "Comune di Bugliano", "fiscal_code": "00337460224" },
        "metadata": { "scope": "LOCAL", "topic_id": 10, "privacy_url": "https://bugliano.example.it/privacy", "email": "a@bugliano.example.it" }
    })
}

async fn manage(world: &World, method: &str, path: &str, body: &Value) -> Answer {
    world.send("demo-manage-key", method, &format!("/manage/services{path}"), body).answer().await
}

async fn create(world: &World, payload: &Value) -> String {
    manage(world, "POST", "", payload).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn state(world: &World, id: &str) -> Value {
    manage(world, "GET", &format!("/{id}"), &Value::Null).await.expect(200)["status"]["value"].clone()
}

async fn review(world: &World, id: &str, auto_publish: bool) -> Answer {
    manage(world, "PUT", &format!("/{id}/review"), &json!({ "auto_publish": auto_publish })).await
}

async fn decide(world: &World, id: &str, approved: bool) -> Value {
    let decision = json!({ "approved": approved, "reason": "Descrizione incompleta." });
    world.admin("PUT", &format!("/reviews/{id}"), &decision).answer().await.expect(200)
}

async fn v1_v3_a_service_is_made_as_a_draft_with_keys(world: World) {
    let made = manage(&world, "POST", "", &payload()).await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!((&made["status"], &made["version"], id.len()), (&json!({ "value": "draft" }), &json!(0), 26));
    assert_eq!(made["last_update"], "2025-03-12T08:15:02.250Z");
    assert_eq!(made["metadata"]["topic"], json!({ "id": 10, "name": "Redditi, patrimoni e fisco" }));
    assert_eq!(made["authorized_recipients"], json!(["AAAAAA00A00A000A"]), "the organisation's test citizen");
    assert_eq!(manage(&world, "GET", &format!("/{id}"), &Value::Null).await.expect(200), made);
    let keys = manage(&world, "GET", &format!("/{id}/keys"), &Value::Null).await.expect(200);
    // A draft with a valid key sends as an active service does.
    world.submit(keys["primary_key"].as_str().unwrap(), &message(0)).await;
    manage(&world, "GET", "/01ARZ3NDEKTSV4RRFFQ69G5FAV", &Value::Null).await.refused(404, "Not Found");
    let missing = manage(&world, "GET", "/x", &Value::Null).await.refused(404, "Not Found");
    assert_eq!(missing["detail"], "no item with id x found");
    let mut wrong = payload();
    wrong["metadata"]["topic_id"] = json!(99);
    let refused = manage(&world, "POST", "", &wrong).await.refused(400, "Bad Request");
    assert_eq!(refused["detail"], "Provided topic_id does not exists");
    wrong["name"] = json!("");
    manage(&world, "POST", "", &wrong).await.refused(400, "Invalid ServicePayload structure");
}

async fn v2_services_are_listed_in_parts(world: World) {
    let before = manage(&world, "GET", "", &Value::Null).await.expect(200);
    assert_eq!(before["pagination"], json!({ "offset": 0, "limit": 20, "count": 3 }), "only the organisation's own");
    let id = create(&world, &payload()).await;
    let first = manage(&world, "GET", "?limit=1", &Value::Null).await.expect(200);
    assert_eq!((&first["value"][0]["id"], &first["pagination"]["count"]), (&json!(id), &json!(1)));
    let rest = manage(&world, "GET", "?limit=100&offset=1", &Value::Null).await.expect(200);
    assert_eq!(rest["value"], before["value"]);
    for query in ["?limit=0", "?limit=101", "?limit=x", "?offset=-1"] {
        assert_eq!(manage(&world, "GET", query, &Value::Null).await.status, 400, "{query}");
    }
}

async fn v4_v6_v7_a_service_under_review_is_frozen(world: World) {
    let id = create(&world, &payload()).await;
    let path = format!("/{id}");
    let mut changed = payload();
    changed["description"] = json!("Un'altra descrizione.");
    let edited = manage(&world, "PUT", &path, &changed).await.expect(200);
    assert_eq!((&edited["version"], &edited["description"]), (&json!(1), &changed["description"]));
    review(&world, &id, false).await.expect(204);
    assert_eq!(state(&world, &id).await, "submitted");
    let conflict = manage(&world, "PUT", &path, &payload()).await.refused(409, "Conflict");
    assert_eq!(conflict["detail"], "No transition matched");
    manage(&world, "DELETE", &path, &Value::Null).await.refused(409, "Conflict");
    review(&world, &id, false).await.refused(409, "Conflict");
    manage(&world, "PUT", &format!("/{id}/review"), &json!({})).await.refused(400, "Invalid ReviewRequest structure");
    let rejected = decide(&world, &id, false).await;
    assert_eq!(rejected["status"], json!({ "value": "rejected", "reason": "Descrizione incompleta." }));
    review(&world, &id, false).await.refused(409, "Conflict");
    manage(&world, "PUT", &path, &payload()).await.expect(200);
    assert_eq!(state(&world, &id).await, "draft");
    let keys = manage(&world, "GET", &format!("/{id}/keys"), &Value::Null).await.expect(200);
    manage(&world, "DELETE", &path, &Value::Null).await.expect(204);
    manage(&world, "GET", &path, &Value::Null).await.refused(404, "Not Found");
    let gone = world.send(keys["primary_key"].as_str().unwrap(), "POST", "/messages", &message(0)).answer().await;
    gone.refused(401, "Access denied");
}

async fn v5_a_group_key_keeps_its_group_only(world: World) {
    let group =
        |method: &str, path: &str, body: &Value| world.send("demo-group-key", method, &format!("/manage/services{path}"), body);
    let list = group("GET", "", &Value::Null).answer().await.expect(200);
    assert_eq!(list["value"][0]["name"], "Servizio da una sola rete");
    assert_eq!(list["pagination"]["count"], 1);
    let made = group("POST", "", &payload()).answer().await.expect(201);
    assert_eq!(made["metadata"]["group_id"], "tributi", "what it makes is of its group");
    let other = create(&world, &payload()).await;
    group("GET", &format!("/{other}"), &Value::Null).answer().await.refused(404, "Not Found");
    let regroup = json!({ "metadata": { "group_id": "tributi" } });
    group("PATCH", &format!("/{}", made["id"].as_str().unwrap()), &regroup)
        .answer()
        .await
        .refused(403, "You are not allowed here");
    manage(&world, "PATCH", &format!("/{other}"), &regroup).await.expect(204);
    group("GET", &format!("/{other}"), &Value::Null).answer().await.expect(200);
    manage(&world, "PATCH", &format!("/{other}"), &json!({})).await.refused(400, "Invalid ServiceMetadata structure");
}

async fn v7_v8_v9_reviews_are_decided_automatically_or_by_the_body(world: World) {
    let mut lacking = payload();
    lacking["metadata"].as_object_mut().unwrap().remove("privacy_url");
    let id = create(&world, &lacking).await;
    review(&world, &id, true).await.expect(204);
    let rejected = manage(&world, "GET", &format!("/{id}"), &Value::Null).await.expect(200);
    assert_eq!(rejected["status"]["value"], "rejected");
    assert!(rejected["status"]["reason"].as_str().unwrap().contains("privacy_url"));
    let mut namesake = payload();
    namesake["name"] = json!("AVVISI DEL COMUNE");
    let id = create(&world, &namesake).await;
    review(&world, &id, true).await.expect(204);
    assert_eq!(state(&world, &id).await, "rejected");
    // The first publication waits for somebody.
    let id = create(&world, &payload()).await;
    review(&world, &id, true).await.expect(204);
    let waiting = world.admin("GET", "/reviews", &Value::Null).answer().await.expect(200);
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["service"]["id"]), (1, &json!(id)));
    manage(&world, "PATCH", &format!("/{id}/review"), &json!({ "comment": "Ecco." })).await.expect(204);
    manage(&world, "PATCH", &format!("/{id}/review"), &json!({ "comment": "" }))
        .await
        .refused(400, "Invalid ReviewComment structure");
    let decision = json!({ "approved": false });
    assert_eq!(world.admin("PUT", &format!("/reviews/{id}"), &decision).answer().await.status, 400, "a refusal has its reason");
    decide(&world, &id, true).await;
    manage(&world, "PATCH", &format!("/{id}/review"), &json!({ "comment": "Tardi." })).await.refused(409, "Conflict");
    // A small change passes by itself, a large one waits.
    let mut small = payload();
    small["metadata"]["phone"] = json!("055 1234");
    manage(&world, "PUT", &format!("/{id}"), &small).await.expect(200);
    review(&world, &id, false).await.expect(204);
    assert_eq!(state(&world, &id).await, "approved");
    small["name"] = json!("Tributi e canoni");
    manage(&world, "PUT", &format!("/{id}"), &small).await.expect(200);
    review(&world, &id, false).await.expect(204);
    assert_eq!(state(&world, &id).await, "submitted");
    let other = world.call("PUT", &format!("/io/admin/v1/reviews/{id}")).bearer(&world.service_token(crate::world::VALLELAGHI));
    other.json(&json!({ "approved": true })).answer().await.refused(404, "Not Found");
}

async fn v9_v10_v11_publication_keeps_the_approved_version(world: World) {
    let id = create(&world, &payload()).await;
    let release = format!("/{id}/release");
    manage(&world, "GET", &release, &Value::Null).await.refused(404, "Not Found");
    manage(&world, "POST", &release, &Value::Null).await.refused(409, "Conflict");
    review(&world, &id, false).await.expect(204);
    decide(&world, &id, true).await;
    let status = async || manage(&world, "GET", &release, &Value::Null).await.expect(200)["status"].clone();
    assert_eq!(status().await, "unpublished", "an approval alone publishes nothing");
    for (method, expected) in [
        ("POST", "published"),
        ("POST", "published"),
        ("DELETE", "unpublished"),
        ("DELETE", "unpublished"),
        ("POST", "published"),
    ] {
        manage(&world, method, &release, &Value::Null).await.expect(204);
        assert_eq!(status().await, expected);
    }
    let mut draft = payload();
    draft["description"] = json!("Una bozza.");
    manage(&world, "PUT", &format!("/{id}"), &draft).await.expect(200);
    let shown = manage(&world, "GET", &release, &Value::Null).await.expect(200);
    assert_eq!((&shown["description"], &shown["status"]), (&json!("Avvisi e scadenze."), &json!("published")));
    manage(&world, "DELETE", &format!("/{id}"), &Value::Null).await.expect(204);
    manage(&world, "GET", &release, &Value::Null).await.refused(404, "Not Found");
    let auto = create(&world, &payload()).await;
    review(&world, &auto, true).await.expect(204);
    decide(&world, &auto, true).await;
    let shown = manage(&world, "GET", &format!("/{auto}/release"), &Value::Null).await.expect(200);
    assert_eq!(shown["status"], "published");
}

async fn v12_v13_one_key_is_replaced_while_the_other_works(world: World) {
    let id = create(&world, &payload()).await;
    let path = format!("/{id}/keys");
    let before = manage(&world, "GET", &path, &Value::Null).await.expect(200);
    let try_key = |keys: &Value, name: &str| world.send(keys[name].as_str().unwrap(), "POST", "/messages", &message(0));
    try_key(&before, "primary_key").answer().await.expect(201);
    let after = manage(&world, "PUT", &format!("{path}/primary"), &Value::Null).await.expect(200);
    assert_ne!(after["primary_key"], before["primary_key"]);
    assert_eq!(after["secondary_key"], before["secondary_key"]);
    try_key(&before, "primary_key").answer().await.refused(401, "Access denied");
    try_key(&before, "secondary_key").answer().await.expect(201);
    try_key(&after, "primary_key").answer().await.expect(201);
    assert_eq!(manage(&world, "GET", &path, &Value::Null).await.expect(200), after);
    let last = manage(&world, "PUT", &format!("{path}/secondary"), &Value::Null).await.expect(200);
    try_key(&before, "secondary_key").answer().await.refused(401, "Access denied");
    try_key(&last, "secondary_key").answer().await.expect(201);
    manage(&world, "PUT", &format!("{path}/third"), &Value::Null).await.refused(400, "Invalid SubscriptionKeyType structure");
    let stored = world.count("SELECT count(*) FROM io_subscriptions WHERE account_id = 'demo-bugliano'").await;
    assert_eq!(stored, 6);
}

async fn manage_and_group_keys_are_made_and_replaced_by_the_body(world: World) {
    let list = |key: &Value| world.send(key.as_str().unwrap(), "GET", "/manage/services", &Value::Null);
    let keys = world.admin("GET", "/subscriptions/MANAGE-demo-bugliano/keys", &Value::Null).answer().await.expect(200);
    assert_eq!(keys["primary_key"], "demo-manage-key");
    let path = "/subscriptions/MANAGE-demo-bugliano/keys/primary";
    let after = world.admin("PUT", path, &Value::Null).answer().await.expect(200);
    list(&keys["primary_key"]).answer().await.refused(401, "Access denied");
    list(&keys["secondary_key"]).answer().await.expect(200);
    list(&after["primary_key"]).answer().await.expect(200);
    let group = |id: &str| world.admin("POST", "/accounts/demo-bugliano/groups", &json!({ "group_id": id }));
    let made = group("scuola").answer().await.expect(201);
    assert_eq!(list(&made["primary_key"]).answer().await.expect(200)["value"], json!([]));
    group("scuola").answer().await.refused(409, "Conflict");
    group("due parole").answer().await.refused(400, "Bad Request");
    let wrong = world.admin("PUT", "/subscriptions/MANAGE-demo-bugliano/keys/third", &Value::Null).answer().await;
    wrong.refused(400, "Invalid SubscriptionKeyType structure");
}

async fn v14_the_logo_of_a_service(world: World) {
    let id = create(&world, &payload()).await;
    let set = manage(&world, "PUT", &format!("/{id}/logo"), &json!({ "logo": POINT })).await;
    assert_eq!((set.status, set.bytes.len()), (204, 0));
    let shown = world.call("GET", &format!("/io/logos/services/{}.png", id.to_lowercase())).answer().await;
    assert!(shown.status == 200 && shown.bytes.starts_with(b"\x89PNG"));
    let wrong =
        manage(&world, "PUT", &format!("/{id}/logo"), &json!({ "logo": "iVBORw0KGgo=" })).await.refused(400, "Bad Request");
    assert_eq!(wrong["detail"], "Image not valid");
    manage(&world, "PUT", "/01ARZ3NDEKTSV4RRFFQ69G5FAV/logo", &json!({ "logo": POINT })).await.refused(404, "Not Found");
}

async fn v15_the_history_is_told_in_parts(world: World) {
    let id = create(&world, &payload()).await;
    review(&world, &id, true).await.expect(204);
    decide(&world, &id, true).await;
    manage(&world, "DELETE", &format!("/{id}/release"), &Value::Null).await.expect(204);
    let told = |part: &Value| -> Vec<String> {
        let items = part["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| format!("{} {}", item["status"]["kind"].as_str().unwrap(), item["status"]["value"].as_str().unwrap()))
            .collect()
    };
    let all =
        ["lifecycle draft", "lifecycle submitted", "lifecycle approved", "publication published", "publication unpublished"];
    let history = async |query: &str| manage(&world, "GET", &format!("/{id}/history{query}"), &Value::Null).await.expect(200);
    let whole = history("?order=ASC").await;
    assert_eq!(told(&whole), all);
    assert!(whole.get("continuationToken").is_none());
    let newest: Vec<_> = all.iter().rev().map(ToString::to_string).collect();
    assert_eq!(told(&history("").await), newest);
    for (order, expected) in [("ASC", all.map(str::to_owned).to_vec()), ("DESC", newest)] {
        let (mut parts, mut token) = (Vec::new(), String::new());
        loop {
            let part = history(&format!("?order={order}&limit=2{token}")).await;
            parts.extend(told(&part));
            let Some(next) = part["continuationToken"].as_str() else { break };
            token = format!("&continuationToken={next}");
        }
        assert_eq!(parts, expected, "{order}");
    }
    for query in ["?order=up", "?limit=101", "?continuationToken=x"] {
        assert_eq!(manage(&world, "GET", &format!("/{id}/history{query}"), &Value::Null).await.status, 400, "{query}");
    }
}

async fn v16_topics(world: World) {
    let topics = manage(&world, "GET", "/topics", &Value::Null).await.expect(200);
    let topics = topics["topics"].as_array().unwrap();
    assert_eq!(
        (topics.len(), &topics[0], &topics[17]),
        (18, &json!({ "id": 0, "name": "Altro" }), &json!({ "id": 17, "name": "Salute" }))
    );
    world.send("demo-group-key", "GET", "/manage/services/topics", &Value::Null).answer().await.expect(200);
}

const CONFIGURATIONS: &str = "/messages-sending/remote-contents/configurations";

fn configuration() -> Value {
    let authentication = json!({ "header_key_name": "X-API-Key", "key": "un segreto", "type": "API-KEY" });
    json!({
        "name": "Prova", "description": "Contenuti di prova", "disable_lollipop_for": [citizen(5)], "has_precondition": "NONE",
        "is_lollipop_enabled": false,
        "prod_environment": { "base_url": "https://example.org/base", "details_authentication": authentication },
        "test_environment": {
            "base_url": "https://test.example.org", "details_authentication": authentication, "test_users": [citizen(0)]
        }
    })
}

async fn r1_r2_r3_r4_r5_configurations_are_kept_by_their_owner(world: World) {
    let call =
        |key: &str, method: &str, path: &str, body: &Value| world.send(key, method, &format!("{CONFIGURATIONS}{path}"), body);
    let answer = call("demo-manage-key", "POST", "", &configuration()).answer().await;
    let location = answer.headers["location"].to_str().unwrap().to_owned();
    let made = answer.expect(201);
    let id = made["configuration_id"].as_str().unwrap().to_owned();
    assert!(location.ends_with(&format!("{CONFIGURATIONS}/{id}")));
    let mut expected = configuration();
    expected["has_precondition"] = json!("NEVER");
    expected["configuration_id"] = json!(id);
    expected["user_id"] = json!("demo-bugliano");
    assert_eq!(made, expected);
    let list = call("demo-manage-key", "GET", "", &Value::Null).answer().await.expect(200);
    assert_eq!(list, json!({ "rcConfigList": [expected] }));
    let path = format!("/{id}");
    assert_eq!(call("demo-manage-key", "GET", &path, &Value::Null).answer().await.expect(200), expected);
    assert_eq!(world.count("SELECT count(*) FROM io_configurations WHERE body LIKE '%un segreto%'").await, 0, "keys are sealed");
    let mut replaced = configuration();
    replaced["configuration_id"] = json!("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    replaced["has_precondition"] = json!("ALWAYS");
    replaced.as_object_mut().unwrap().remove("test_environment");
    let done = call("demo-manage-key", "PUT", &path, &replaced).answer().await;
    assert_eq!((done.status, done.bytes.len()), (204, 0));
    let shown = call("demo-manage-key", "GET", &path, &Value::Null).answer().await.expect(200);
    assert_eq!((&shown["configuration_id"], &shown["has_precondition"]), (&json!(id), &json!("ALWAYS")));
    assert!(shown.get("test_environment").is_none(), "it is replaced as a whole");
    assert_eq!(call("demo-manage-key", "DELETE", &path, &Value::Null).answer().await.status, 405);
    let missing = call("demo-manage-key", "GET", "/01ARZ3NDEKTSV4RRFFQ69G5FAV", &Value::Null).answer().await;
    assert_eq!(missing.refused(404, "Configuration not found")["detail"], "Configuration not found");
    call("demo-manage-key", "GET", "/DFE12CC534E649CD8D63BF1BAA547029", &Value::Null)
        .answer()
        .await
        .refused(400, "Invalid Ulid structure");
    // Another organisation's manage key.
    let account = json!({
        "id": "altro", "name": "Altro ente", "fiscal_code": "00337460224", "email": "a@b.it", "groups": ["ApiRemoteContentConfigurationWrite"]
    });
    let other = world.admin("POST", "/accounts", &account).answer().await.expect(201);
    let other = other["primary_key"].as_str().unwrap();
    call(other, "GET", &path, &Value::Null).answer().await.refused(403, "Not your configuration");
    call(other, "PUT", &path, &configuration()).answer().await.refused(403, "Not your configuration");
    assert_eq!(call(other, "GET", "", &Value::Null).answer().await.expect(200), json!({ "rcConfigList": [] }));
}

async fn configurations_are_judged(world: World) {
    let refused = async |pointer: &str, value: Value| {
        let mut body = configuration();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = world.send("demo-manage-key", "POST", CONFIGURATIONS, &body).answer().await;
        assert_eq!(answer.status, 400, "{pointer}: {}", answer.body);
        world.clock.advance(jiff::SignedDuration::from_secs(1));
    };
    refused("/name", json!("")).await;
    refused("/has_precondition", json!(true)).await;
    refused("/disable_lollipop_for", json!(["x"])).await;
    refused("/prod_environment/details_authentication/type", json!("BASIC")).await;
    refused("/prod_environment/details_authentication/key", json!("due\r\nrighe")).await;
    refused("/prod_environment/details_authentication/header_key_name", json!("due parole")).await;
    for url in [
        "http://example.org",
        "https://10.0.0.1",
        "https://192.168.1.1/x",
        "https://[fd00::1]/",
        "https://167772161/",
        "https://169.254.169.254/",
        "https://user:pass@example.org/",
        "https://example.org:8443/",
        "https://example.org/?a=b",
        "https://example.org/#x",
        "ftp://example.org/",
        "example.org",
    ] {
        refused("/prod_environment/base_url", json!(url)).await;
        refused("/test_environment/base_url", json!(url)).await;
    }
    // The configuration always says when its precondition is shown: of the table's columns "absent" cannot be met.
    let mut silent = configuration();
    silent.as_object_mut().unwrap().remove("has_precondition");
    world
        .send("demo-manage-key", "POST", CONFIGURATIONS, &silent)
        .answer()
        .await
        .refused(400, "Invalid RCConfiguration structure");
    let mut without = configuration();
    without.as_object_mut().unwrap().remove("prod_environment");
    without.as_object_mut().unwrap().remove("test_environment");
    world.send("demo-manage-key", "POST", CONFIGURATIONS, &without).answer().await.expect(201);
}

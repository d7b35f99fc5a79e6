//! Keys, groups, addresses, limits, and the gateway that is believed.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    keys_are_asked_for_in_the_gateways_words,
    a_manage_key_cannot_send_and_a_use_key_cannot_manage,
    source_addresses_are_judged_behind_trusted_proxies_only,
    an_organisation_has_150_calls_in_5_seconds_whatever_its_keys,
    other_contracts_have_other_limits,
    a_trusted_gateway_says_who_calls,
    a_suspended_key_works_again_when_it_is_let,
);

async fn keys_are_asked_for_in_the_gateways_words(world: World) {
    let without = world.send("", "POST", "/messages", &message(0)).answer().await.refused(401, "Access denied");
    assert_eq!(
        without["message"],
        "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."
    );
    for key in ["nobody's", "demo-suspended-key"] {
        let refused = world.send(key, "POST", "/messages", &message(0)).answer().await.refused(401, "Access denied");
        let said = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
        assert_eq!(refused["message"], said, "{key}");
    }
    for key in ["demo-use-key", "demo-use-key-2"] {
        world.send(key, "POST", "/messages", &message(0)).answer().await.expect(201);
    }
}

async fn a_manage_key_cannot_send_and_a_use_key_cannot_manage(world: World) {
    world.send("demo-manage-key", "POST", "/messages", &message(0)).answer().await.refused(403, "You are not allowed here");
    for path in ["/manage/services", "/messages-sending/remote-contents/configurations", "/manage/services/topics"] {
        let answer = world.send("demo-use-key", "GET", path, &Value::Null).answer().await;
        let detail = "You do not have enough permission to complete the operation you requested";
        assert_eq!(answer.refused(403, "You are not allowed here")["detail"], detail, "{path}");
    }
}

async fn source_addresses_are_judged_behind_trusted_proxies_only(world: World) {
    let send = |from: &str, forwarded: &str| {
        let call = world.send("demo-cidr-key", "POST", "/messages", &message(0)).from(from);
        if forwarded.is_empty() { call } else { call.header("x-forwarded-for", forwarded) }
    };
    send("203.0.113.9", "").answer().await.expect(201);
    let refused = send("198.51.100.7", "").answer().await.refused(403, "You are not allowed here");
    assert_eq!(refused["code"], "SOURCE_IP_NOT_ALLOWED");
    assert_eq!(refused["detail"], "You do not have enough permission to complete the operation you requested");
    send("198.51.100.7", "203.0.113.9").answer().await.refused(403, "You are not allowed here");
    send("10.1.2.3", "203.0.113.9").answer().await.expect(201);
    send("10.1.2.3", "203.0.113.9, 198.51.100.7").answer().await.refused(403, "You are not allowed here");
    let unknown = send("", "").answer().await.refused(500, "Internal server error");
    assert_eq!(unknown["detail"], "IP address cannot be extracted from the request");
    // The other operations of the service judge the same.
    let path = format!("/profiles/{}", citizen(0));
    world.send("demo-cidr-key", "GET", &path, &Value::Null).answer().await.refused(403, "You are not allowed here");
}

async fn an_organisation_has_150_calls_in_5_seconds_whatever_its_keys(world: World) {
    let topics = |key: &str| world.send(key, "GET", "/manage/services/topics", &Value::Null);
    for call in 0..150 {
        let key = if call % 2 == 0 { "demo-manage-key" } else { "demo-group-key" };
        topics(key).answer().await.expect(200);
    }
    let answer = world.send("demo-use-key", "POST", "/messages", &message(0)).answer().await;
    assert_eq!(
        (&answer.headers["x-rate-limit-retry-after"], &answer.headers["retry-after"]),
        (&"5".parse().unwrap(), &"5".parse().unwrap())
    );
    let refused = answer.refused(429, "Too many requests");
    assert_eq!(refused["message"], "Rate limit is exceeded. Try again in 5 seconds.");
    world.send("demo-premium-key", "POST", "/messages", &message(0)).answer().await.expect(201);
    world.clock.advance(jiff::SignedDuration::from_secs(5));
    topics("demo-manage-key").answer().await.expect(200);
}

async fn other_contracts_have_other_limits(world: World) {
    let profile = || world.send("demo-premium-key", "GET", &format!("/profiles/{}", citizen(0)), &Value::Null);
    for _ in 0..250 {
        profile().answer().await.expect(200);
    }
    profile().answer().await.refused(429, "Too many requests");
    let premium = world.admin("GET", "/accounts/demo-bugliano-premium", &Value::Null).answer().await.expect(200);
    let mut free = premium.clone();
    free["groups"] = json!(["ApiLimitedProfileRead", "ApiMessageWrite", "ApiNoRateLimit"]);
    world.admin("PUT", "/accounts/demo-bugliano-premium", &free).answer().await.expect(200);
    profile().answer().await.expect(200);
}

async fn a_trusted_gateway_says_who_calls(world: World) {
    let service = world.count("SELECT count(*) FROM io_services").await;
    assert_eq!(service, 5);
    let gateway = world.another(&[("SPORTELLO_MESSAGING_GATEWAYS", "10.9.0.0/16")]).await;
    let id: String = {
        let read = |tx: &mut storage::Tx<'_>| {
            tx.one(
                "SELECT id FROM io_subscriptions WHERE service_id IS NOT NULL ORDER BY id LIMIT 1",
                storage::params![],
                |row| row.get(0),
            )
        };
        gateway.app.db().read(read).await.unwrap()
    };
    let call = |from: &str, user: &str, groups: &str| {
        let call = gateway.send("", "POST", "/messages", &message(0)).from(from).header("x-forwarded-for", "192.0.2.1");
        let call = call.header("x-user-groups", groups).header("x-subscription-id", &id).header("x-user-email", "a@b.it");
        if user.is_empty() { call } else { call.header("x-user-id", user) }
    };
    call("10.9.0.1", "demo-bugliano", "ApiMessageWrite").answer().await.expect(201);
    let anonymous = call("10.9.0.1", "", "ApiMessageWrite").answer().await.refused(403, "Anonymous user");
    assert_eq!(anonymous["detail"], "The request could not be associated to a user, missing userId or subscriptionId.");
    call("10.9.0.1", "", "developers").answer().await.refused(403, "Anonymous user");
    let scopes = call("10.9.0.1", "demo-bugliano", "developers").answer().await.refused(403, "User has no valid scopes");
    assert!(scopes["detail"].as_str().unwrap().starts_with("You are not part of any valid scope"));
    call("10.9.0.1", "demo-bugliano", "ApiMessageRead").answer().await.refused(403, "You are not allowed here");
    call("10.9.0.1", "somebody", "ApiMessageWrite").answer().await.refused(403, "You are not allowed here");
    // From elsewhere the headers count for nothing, nor anywhere without the setting.
    call("10.8.0.1", "demo-bugliano", "ApiMessageWrite").answer().await.refused(401, "Access denied");
    let plain = world.send("", "POST", "/messages", &message(0)).from("10.9.0.1");
    plain.header("x-user-id", "demo-bugliano").header("x-subscription-id", &id).answer().await.refused(401, "Access denied");
}

async fn a_suspended_key_works_again_when_it_is_let(world: World) {
    let found: String = {
        let read = |tx: &mut storage::Tx<'_>| {
            tx.one("SELECT id FROM io_subscriptions WHERE NOT active", storage::params![], |row| row.get(0))
        };
        world.app.db().read(read).await.unwrap()
    };
    let path = format!("/subscriptions/{found}");
    world.admin("PUT", &path, &json!({ "active": true })).answer().await.expect(204);
    world.send("demo-suspended-key", "POST", "/messages", &message(0)).answer().await.expect(201);
    world.admin("PUT", &path, &json!({ "active": false })).answer().await.expect(204);
    world.send("demo-suspended-key", "POST", "/messages", &message(0)).answer().await.refused(401, "Access denied");
    world.admin("PUT", "/subscriptions/unknown", &json!({ "active": false })).answer().await.expect(404);
}

//! Profiles, the feed, activations and the organisation's logo: the rows M1, M2, M6 to M8.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::on_both_engines;
use crate::world::{World, citizen};

on_both_engines!(
    m1_a_profile_says_whether_the_sender_is_allowed,
    m2_the_same_by_path,
    m6_the_feed_tells_a_day_when_it_is_over,
    m7_activations_of_special_services,
    m8_the_logo_of_an_organisation,
);

async fn m1_a_profile_says_whether_the_sender_is_allowed(world: World) {
    let ask = |key: &str, last: u8| world.send(key, "POST", "/profiles", &json!({ "fiscal_code": citizen(last) }));
    for (last, allowed) in [(0, true), (3, false), (4, false), (5, true), (6, false), (7, true), (8, true), (9, true)] {
        let profile = ask("demo-use-key", last).answer().await.expect(200);
        assert_eq!(profile, json!({ "sender_allowed": allowed, "preferred_languages": ["it_IT"] }), "citizen {last}");
    }
    for last in [1, 2] {
        let missing = ask("demo-use-key", last).answer().await.refused(404, "Profile not found");
        assert_eq!(missing["detail"], "The profile you requested was not found in the system.", "citizen {last}");
    }
    // A limited key may ask for its recipients only, and does not learn whether others exist.
    ask("demo-limited-key", 0).answer().await.expect(200);
    for last in [1, 5] {
        ask("demo-limited-key", last).answer().await.refused(403, "Recipient forbidden");
    }
    let wrong = world.send("demo-use-key", "POST", "/profiles", &json!({ "fiscal_code": "x" })).answer().await;
    wrong.refused(400, "Invalid GetLimitedProfileByPOSTPayload structure");
}

async fn m2_the_same_by_path(world: World) {
    let ask = |last: u8| world.send("demo-use-key", "GET", &format!("/profiles/{}", citizen(last)), &Value::Null);
    assert_eq!(ask(0).answer().await.expect(200)["sender_allowed"], true);
    assert_eq!(ask(3).answer().await.expect(200)["sender_allowed"], false);
    ask(1).answer().await.refused(404, "Profile not found");
    world.send("demo-use-key", "GET", "/profiles/x", &Value::Null).answer().await.refused(400, "Invalid FiscalCode structure");
}

fn digest(last: u8) -> String {
    hex(&Sha256::digest(citizen(last)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn m6_the_feed_tells_a_day_when_it_is_over(world: World) {
    let ask = |day: &str| world.send("demo-use-key", "GET", &format!("/subscriptions-feed/{day}"), &Value::Null);
    let early = ask("2025-03-12").answer().await.refused(404, "Data not available yet");
    assert_eq!(early["detail"], "Subscription data for 2025-03-12 will be available from Thu, 13 Mar 2025 00:00:00 GMT");
    world.clock.set("2025-03-13T00:00:00Z".parse().unwrap());
    let feed = ask("2025-03-12").answer().await.expect(200);
    assert_eq!(feed["dateUTC"], "2025-03-12");
    let told: Vec<String> = serde_json::from_value(feed["subscriptions"].clone()).unwrap();
    // Everybody of the demo came that day; citizen 3 refused the service at once.
    assert!(told.contains(&digest(0)) && told.contains(&digest(5)) && !told.contains(&digest(3)) && !told.contains(&digest(1)));
    assert_eq!(feed["unsubscriptions"], json!([]));
    let quiet = ask("2025-03-11").answer().await.expect(200);
    assert_eq!(quiet, json!({ "dateUTC": "2025-03-11", "subscriptions": [], "unsubscriptions": [] }));
    for wrong in ["2025-02-30", "today", "2025-3-1", "20250312"] {
        ask(wrong).answer().await.refused(400, "Invalid Date structure");
    }
    let other = world.send("demo-premium-key", "GET", "/subscriptions-feed/2025-03-11", &Value::Null).answer().await;
    other.refused(403, "You are not allowed here");
}

async fn m7_activations_of_special_services(world: World) {
    let ask = |method: &str, body: &Value| world.send("demo-use-key", method, "/activations/", body);
    let citizen_0 = json!({ "fiscal_code": citizen(0) });
    ask("POST", &citizen_0).answer().await.refused(403, "You are not allowed here");
    let services = world.app(0, "GET", "/services", &Value::Null).answer().await.expect(200);
    let service = services.as_array().unwrap().iter().find(|service| service["name"] == "Avvisi del Comune").unwrap();
    let path = format!("/services/{}/category", service["id"].as_str().unwrap());
    world.admin("PUT", &path, &json!({ "category": "OTHER" })).answer().await.refused(400, "Bad Request");
    world.admin("PUT", &path, &json!({ "category": "SPECIAL" })).answer().await.expect(204);
    ask("POST", &citizen_0).answer().await.refused(404, "Not Found");
    let allowed = async || {
        let answer = world.send("demo-use-key", "POST", "/profiles", &citizen_0).answer().await;
        answer.expect(200)["sender_allowed"].clone()
    };
    assert_eq!(allowed().await, false);
    let put = |status: &str| ask("PUT", &json!({ "fiscal_code": citizen(0), "status": status }));
    for (status, version, expected) in [("PENDING", 0, true), ("ACTIVE", 1, true), ("INACTIVE", 2, false)] {
        let shown = put(status).answer().await.expect(200);
        assert_eq!((&shown["status"], &shown["version"]), (&json!(status), &json!(version)));
        assert_eq!(ask("POST", &citizen_0).answer().await.expect(200), shown);
        assert_eq!(allowed().await, expected, "{status}");
    }
    put("PENDING").answer().await.expect(200);
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(allowed().await, false, "what is pending counts for a day");
    put("NEVER").answer().await.refused(400, "Invalid ActivationPayload structure");
}

/// A picture of one point.
pub const POINT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async fn m8_the_logo_of_an_organisation(world: World) {
    let put = |code: &str, logo: &str| {
        world.send("demo-use-key", "PUT", &format!("/organizations/{code}/logo"), &json!({ "logo": logo }))
    };
    let accepted = put("00337460224", POINT).answer().await;
    assert_eq!((accepted.status, accepted.bytes.len()), (202, 0));
    let shown = world.call("GET", "/io/logos/organizations/337460224.png").answer().await;
    assert_eq!((shown.status, shown.headers["content-type"].to_str().unwrap()), (200, "image/png"));
    assert!(shown.bytes.starts_with(b"\x89PNG"));
    let wrong = put("00337460224", "AAAA").answer().await.refused(400, "Bad Request");
    assert_eq!(wrong["detail"], "Image not valid");
    put("1", POINT).answer().await.refused(400, "Invalid OrganizationFiscalCode structure");
    put("12345678903", POINT).answer().await.refused(403, "You are not allowed here");
    world.call("GET", "/io/logos/organizations/1.png").answer().await.refused(404, "Not Found");
    world.call("GET", "/io/logos/organizations/..%2F..%2Fsecret.png").answer().await.refused(404, "Not Found");
}

//! Sessions that the platform opens for the portal's word.

use axum::body::Body;
use http::Request;
use interop::store::{self, bodies};
use jiff::SignedDuration;
use kernel::{UserId, Uuid};
use serde_json::{Value, json};

use super::{BASE, Portal, Session};
use crate::m2m::{STRANGER, both};
use crate::on_both_engines;
use crate::world::{Answer, CONSUMER, OPERATOR, PRODUCER, Pair, World, tenant};

on_both_engines!(
    a_session_is_opened_by_the_word_of_the_portal,
    strangers_open_no_session,
    a_session_loses_effect_with_the_role,
    sessions_and_vouchers_are_not_taken_for_one_another,
);

/// Somebody whom the platform has not seen before.
const NEWCOMER: UserId = UserId(Uuid::from_u128(62));
const CLIENTS: &str = "/clients?offset=0&limit=9";

/// The portal's word on somebody of the consumer.
fn word(portal: &Portal, user: UserId, roles: &[&str]) -> Value {
    let now = portal.world.clock.now().as_second();
    let roles: Vec<_> = roles.iter().map(|role| json!({ "partyRole": "OPERATOR", "role": role })).collect();
    json!({
        "iss": "portale.example.it", "aud": "127.0.0.1:8080", "iat": now, "exp": now + 60, "jti": "1", "uid": user, "name": "Lia",
        "family_name": "Gialli",
        "organization": { "id": "self-1", "name": "Comune", "roles": roles, "ipaCode": format!("c_{CONSUMER}") },
    })
}

async fn exchange(portal: &Portal, token: &str) -> Answer {
    let request = Request::builder().method("POST").uri(format!("{BASE}/session/tokens"));
    let request = request.header("content-type", "application/json");
    let body = Body::from(json!({ "identity_token": token }).to_string());
    portal.world.send(request.body(body).unwrap()).await
}

async fn opened<'a>(portal: &'a Portal, word: &Value) -> Session<'a> {
    let answer = exchange(portal, &portal.token(word)).await.expect(200);
    Session { portal, token: answer["session_token"].as_str().unwrap().to_owned() }
}

/// What a token says.
fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn a_session_is_opened_by_the_word_of_the_portal(world: World) {
    let portal = Portal::beside(&world).await;
    let session = opened(&portal, &word(&portal, NEWCOMER, &["admin", "security", "unheard-of"])).await;
    assert_eq!(session.get(CLIENTS).await.status, 200);
    let said = claims(&session.token);
    assert_eq!(
        (&said["uid"], &said["organizationId"], &said["aud"]),
        (&json!(NEWCOMER), &json!(CONSUMER), &json!("127.0.0.1:8080/ui"))
    );
    assert_eq!((&said["user-roles"], &said["selfcareId"]), (&json!("admin,security"), &json!("self-1")));
    assert_eq!(said["externalId"], json!({ "origin": "IPA", "value": format!("c_{CONSUMER}") }));
    // The body knows its new colleague, who can be an operator now.
    let users = session.get(&format!("/tenants/{CONSUMER}/users")).await.expect(200);
    assert!(users.as_array().unwrap().iter().any(|user| user["userId"] == json!(NEWCOMER)), "{users}");
    session.post("/clientsConsumer", json!({ "name": "Client di Lia", "members": [NEWCOMER] })).await.expect(200);
    world.clock.advance(SignedDuration::from_hours(8));
    assert_eq!(session.get(CLIENTS).await.refusal(), (401, "008-9995".to_owned()), "a working day");
    // By the fiscal code of the body, where the portal tells no other.
    world
        .write(|tx| {
            let mut body = bodies::find_tenant(tx, PRODUCER, store::Purpose::Change)?.unwrap();
            body.tax_code = Some("00123456789".into());
            bodies::save_tenant(tx, &body)
        })
        .await;
    let mut by_code = word(&portal, NEWCOMER, &["viewer"]);
    by_code["organization"] = json!({ "id": "self-2", "roles": [{ "role": "viewer" }], "fiscal_code": "00123456789" });
    let session = opened(&portal, &by_code).await;
    assert_eq!(claims(&session.token)["organizationId"], json!(PRODUCER));
}

async fn strangers_open_no_session(world: World) {
    let portal = Portal::beside(&world).await;
    let good = word(&portal, OPERATOR, &["admin"]);
    let invalid = (401, "008-9995".to_owned());
    for (name, value) in
        [("iss", json!("altri")), ("aud", json!("127.0.0.1:8080/ui")), ("exp", json!(1)), ("nbf", json!(4_000_000_000_u64))]
    {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(code(&exchange(&portal, &portal.token(&claims)).await), invalid, "{name}");
    }
    let stranger = Pair::draw();
    let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": portal.pair.kid() });
    assert_eq!(code(&exchange(&portal, &stranger.sign(&header, &good)).await), invalid, "another's signature");
    for (token, why) in [("a.b.c", "no token"), ("", "nothing")] {
        assert_eq!(code(&exchange(&portal, token).await), (400, "008-9994".to_owned()), "{why}");
    }
    let mut nobody = good.clone();
    nobody.as_object_mut().unwrap().remove("uid");
    assert_eq!(code(&exchange(&portal, &portal.token(&nobody)).await), (400, "008-9994".to_owned()));
    let request = Request::builder().method("POST").uri(format!("{BASE}/session/tokens"));
    let request = request.header("content-type", "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(code(&portal.world.send(request).await), (400, "008-9999".to_owned()));

    // A body that the platform does not know, one that the portal does not name, and two with one fiscal code.
    let unknown = (403, "008-0011".to_owned());
    let now = world.clock.now();
    world
        .write(move |tx| {
            for id in [STRANGER, PRODUCER] {
                let mut body = bodies::find_tenant(tx, id, store::Purpose::Change)?.unwrap_or_else(|| tenant(id, now));
                body.tax_code = Some("00123456789".into());
                bodies::save_tenant(tx, &body)?;
            }
            Ok(())
        })
        .await;
    for organization in [json!({ "ipaCode": "c_xxx" }), json!({}), json!({ "fiscal_code": "00123456789" })] {
        let mut claims = good.clone();
        claims["organization"] = organization;
        (claims["organization"]["id"], claims["organization"]["roles"]) = (json!("self"), json!([{ "role": "admin" }]));
        assert_eq!(code(&exchange(&portal, &portal.token(&claims)).await), unknown, "{}", claims["organization"]);
    }
    // Nobody is a machine by the word of a portal.
    for roles in [&["m2m", "m2m-admin"][..], &["unheard-of"], &[]] {
        let refused = exchange(&portal, &portal.token(&word(&portal, NEWCOMER, roles))).await;
        assert_eq!(code(&refused), (403, "008-9993".to_owned()), "{roles:?}");
    }
    // An installation that trusts no portal believes nobody.
    let alone = Portal { world: world.another(&[]).await, pair: Pair::draw() };
    assert_eq!(code(&exchange(&alone, &portal.token(&good)).await), invalid);
}

/// Status and code of a refusal that has no limit of a body to tell.
fn code(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    (answer.status.as_u16(), answer.body["errors"][0]["code"].as_str().unwrap().to_owned())
}

async fn a_session_loses_effect_with_the_role(world: World) {
    let portal = Portal::beside(&world).await;
    let client = json!({ "name": "Client di sportello", "members": [] });
    let session = opened(&portal, &word(&portal, NEWCOMER, &["admin"])).await;
    session.post("/clientsConsumer", client.clone()).await.expect(200);
    // The portal says less the next time: the session from before says no more either.
    let less = opened(&portal, &word(&portal, NEWCOMER, &["viewer"])).await;
    for session in [&session, &less] {
        assert_eq!(session.post("/clientsConsumer", client.clone()).await.refusal(), (403, "006-9993".to_owned()));
        assert_eq!(session.get(CLIENTS).await.status, 200);
    }
    // It says that nothing is left.
    let none = exchange(&portal, &portal.token(&word(&portal, NEWCOMER, &[]))).await;
    assert_eq!(code(&none), (403, "008-9993".to_owned()));
    assert_eq!(session.get(CLIENTS).await.refusal(), (403, "006-9993".to_owned()));
    // Whoever loads the body without the person ends the session.
    let again = opened(&portal, &word(&portal, NEWCOMER, &["admin"])).await;
    assert_eq!(again.get(CLIENTS).await.status, 200);
    world
        .write(|tx| {
            let mut body = bodies::find_tenant(tx, CONSUMER, store::Purpose::Change)?.unwrap();
            body.users.remove(&NEWCOMER);
            bodies::save_tenant(tx, &body)
        })
        .await;
    assert_eq!(again.get(CLIENTS).await.refusal(), (403, "008-9993".to_owned()));
}

async fn sessions_and_vouchers_are_not_taken_for_one_another(world: World) {
    let portal = Portal::beside(&world).await;
    let session = opened(&portal, &word(&portal, OPERATOR, &["admin"])).await;
    let (machine, _) = both(&portal.world).await;
    let people = Session { portal: &portal, token: machine.token.clone() };
    assert_eq!(people.get(CLIENTS).await.refusal(), (401, "008-9995".to_owned()));
    let machine = crate::m2m::Machine { world: &portal.world, client: machine.client, token: session.token.clone() };
    let refused = machine.get("/eservices?offset=0&limit=9").await.refusal();
    assert!(["012-9994", "012-9995"].contains(&&*refused.1), "{refused:?}");
    // Signed by the portal's key, but in our name; and the portal's word as a session.
    let mut forged = claims(&session.token);
    forged["user-roles"] = json!("admin");
    for token in [portal.token(&forged), portal.token(&word(&portal, OPERATOR, &["admin"]))] {
        let people = Session { portal: &portal, token };
        assert_eq!(people.get(CLIENTS).await.refusal(), (401, "008-9995".to_owned()));
    }
}

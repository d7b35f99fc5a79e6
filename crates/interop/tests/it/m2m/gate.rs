//! Who is let in, how often, and what is said to the others.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use interop::ids::ClientId;
use interop::store::clients;
use jiff::SignedDuration;
use kernel::UserId;
use serde_json::json;

use super::{BASE, Machine, voucher};
use crate::on_both_engines;
use crate::world::{Answer, CONSUMER, MACHINE, Pair, World, person};

on_both_engines!(
    nobody_is_let_in_without_a_voucher_for_the_api,
    a_voucher_that_is_bound_to_a_key_is_no_bearer_token,
    a_machine_whose_client_or_administrator_has_gone_has_no_say,
    so_many_requests_and_no_more,
    whatever_does_not_fit_is_refused_in_the_public_shape,
);

async fn ask(world: &World, authorization: Option<&str>) -> Answer {
    let mut request = Request::builder().uri(format!("{BASE}/eservices?offset=0&limit=1"));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn nobody_is_let_in_without_a_voucher_for_the_api(world: World) {
    let machine = Machine::of(&world, CONSUMER, false).await;
    let missing = (400, "012-9994".to_owned());
    for authorization in [None, Some("Basic YTpi"), Some("Bearer"), Some("Bearer a.b.c"), Some("DPoP x")] {
        assert_eq!(ask(&world, authorization).await.refusal(), missing, "{authorization:?}");
    }
    let invalid = (401, "012-9995".to_owned());
    let bearer = |token: &str| format!("Bearer {token}");
    assert_eq!(ask(&world, Some(&bearer(&machine.token))).await.status, 200);

    // Somebody else's signature, an altered claim, an assertion, a voucher for an e-service.
    let pair = Pair::draw();
    let parts: Vec<&str> = machine.token.split('.').collect();
    let decoded = |part: &str| serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, mut claims) = (decoded(parts[0]), decoded(parts[1]));
    assert_eq!(ask(&world, Some(&bearer(&pair.sign(&header, &claims)))).await.refusal(), invalid);
    claims["role"] = json!("m2m-admin");
    let altered = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    assert_eq!(ask(&world, Some(&bearer(&altered))).await.refusal(), invalid);
    assert_eq!(ask(&world, Some(&bearer(&world.assertion()))).await.refusal(), invalid);
    let other = world.ask().await.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, Some(&bearer(&other))).await.refusal(), (400, "012-9994".to_owned()), "it names no body");

    world.clock.advance(SignedDuration::from_secs(600));
    assert_eq!(ask(&world, Some(&bearer(&machine.token))).await.refusal(), invalid, "it has ended");
}

async fn a_voucher_that_is_bound_to_a_key_is_no_bearer_token(world: World) {
    let pair = Pair::draw();
    world.machine(&pair, false).await;
    let prover = Pair::draw();
    let proven = prover.public();
    let jwk = json!({ "kty": "RSA", "n": proven.n, "e": proven.e });
    let claims = json!({
        "htm": "POST", "htu": "http://127.0.0.1:8080/authorization-server/token.oauth2", "jti": world.app.rng().uuid(),
        "iat": world.clock.now().as_second(),
    });
    let proof = prover.sign(&json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": jwk }), &claims);
    let answer = voucher(&world, MACHINE, &pair, &[("dpop", &proof)]).await;
    assert_eq!(answer.body["token_type"], "DPoP", "{answer:?}");
    let token = answer.body["access_token"].as_str().unwrap();
    assert_eq!(ask(&world, Some(&format!("Bearer {token}"))).await.refusal(), (401, "012-9995".to_owned()));
}

async fn a_machine_whose_client_or_administrator_has_gone_has_no_say(world: World) {
    let machine = Machine::of(&world, CONSUMER, true).await;
    let id: ClientId = machine.client;
    assert_eq!(machine.get("/status").await.status, 200);
    assert_eq!(machine.get("/clients?offset=0&limit=50").await.status, 200);
    world
        .client(id, |client, _| {
            client.admin_id = None;
            client.set_admin(UserId(kernel::Uuid::from_u128(77)), Some(&person()))
        })
        .await;
    let refused = (403, "012-9993".to_owned());
    assert_eq!(machine.get("/clients?offset=0&limit=50").await.refusal(), refused, "another administrator");
    let machine = Machine::of(&world, CONSUMER, false).await;
    let id = machine.client;
    assert_eq!(machine.get("/clients?offset=0&limit=50").await.status, 200);
    world.write(move |tx| clients::delete(tx, id)).await;
    assert_eq!(machine.get("/clients?offset=0&limit=50").await.refusal(), refused, "no client");
    assert_eq!(machine.get("/eserviceEvents?limit=1").await.refusal(), refused);
}

async fn so_many_requests_and_no_more(world: World) {
    let world = world.another(&[("SPORTELLO_INTEROP_LIMIT_PER_TENANT", "3")]).await;
    let machine = Machine::of(&world, CONSUMER, false).await;
    for left in [2, 1, 0] {
        let answer = machine.get("/tenants?offset=0&limit=1").await;
        assert_eq!((answer.status.as_u16(), answer.header("x-rate-limit-remaining")), (200, Some(left.to_string().as_str())));
        assert_eq!((answer.header("x-rate-limit-limit"), answer.header("x-rate-limit-interval")), (Some("3"), Some("1000")));
    }
    let answer = machine.get("/tenants?offset=0&limit=1").await;
    assert_eq!((answer.refusal(), answer.header("retry-after")), ((429, "012-9997".to_owned()), Some("1")));
    let other = Machine::of(&world, super::STRANGER, false).await;
    assert_eq!(other.get("/tenants?offset=0&limit=1").await.status, 200, "another body has its own");
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(machine.get("/tenants?offset=0&limit=1").await.status, 200);
}

async fn whatever_does_not_fit_is_refused_in_the_public_shape(world: World) {
    let machine = Machine::of(&world, CONSUMER, true).await;
    let malformed = (400, "012-9999".to_owned());
    for path in [
        "/eservices",
        "/eservices?offset=0",
        "/eservices?offset=0&limit=0",
        "/eservices?offset=0&limit=51",
        "/eservices?offset=-1&limit=1",
        "/agreements?offset=0&limit=1&states=ACTIVE,UNKNOWN",
        "/agreements?offset=0&limit=1&producerIds=1",
        "/agreements/1",
        "/keyEvents?limit=501",
        "/keyEvents?limit=0",
        "/keyEvents",
        "/keyEvents?limit=1&lastEventId=x",
        "/agreementEvents?limit=1&delegationId=x",
    ] {
        assert_eq!(machine.get(path).await.refusal(), malformed, "{path}");
    }
    assert_eq!(machine.post("/agreements", json!({ "eserviceId": 1 })).await.refusal(), malformed);
    assert_eq!(machine.post("/agreements", json!({ "unknown": 1 })).await.refusal(), malformed);
    let answer = machine.call("POST", "/agreements", None).await;
    assert_eq!(answer.refusal().0, 400, "no body");
}

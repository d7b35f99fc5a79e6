//! Who gets a voucher, and what is in it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interop::clients::key::PublicKey;
use interop::store::{self, clients};
use interop::vouchers::jws::Jws;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use storage::params;

use crate::on_both_engines;
use crate::world::{
    AGREEMENT, AS_CONSUMER, AS_PRODUCER, AUDIENCE, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, MACHINE, OPERATOR, PRODUCER, PURPOSE,
    Pair, TOKEN, TOOL, VERSION, World, form,
};

on_both_engines!(
    a_consumer_gets_a_voucher_that_says_what_it_rests_on,
    every_voucher_has_its_record_before_it_is_given,
    a_record_that_is_changed_or_cut_off_shows,
    a_suspension_at_any_point_is_felt_by_the_next_request,
    keys_and_links_that_go_take_their_vouchers_along,
    a_machine_gets_a_voucher_for_the_api,
    a_voucher_may_be_bound_to_a_key,
    the_tool_says_what_the_server_says_and_uses_nothing_up,
    limits_are_told_and_kept,
    errors_of_oauth_are_given_to_those_who_ask_for_them,
    the_operator_who_leaves_leaves_the_keys,
);

async fn a_consumer_gets_a_voucher_that_says_what_it_rests_on(world: World) {
    let mut claims = world.claims();
    claims["digest"] = json!({ "alg": "SHA256", "value": "a".repeat(64) });
    let answer = world.ask_by(&world.pair.sign(&world.header(), &claims)).await;
    let (header, voucher) = (answer.part(0), answer.part(1));
    assert_eq!((&header["alg"], &header["typ"], &header["use"]), (&json!("RS256"), &json!("at+jwt"), &json!("sig")));
    let now = world.clock.now().as_second();
    let jti = voucher["jti"].clone();
    let expected = json!({
        "jti": jti, "iss": "127.0.0.1:8080", "aud": "api.example.it/residenze", "client_id": CLIENT, "sub": CLIENT,
        "iat": now, "nbf": now, "exp": now + 600, "purposeId": PURPOSE, "producerId": PRODUCER, "consumerId": CONSUMER,
        "eserviceId": ESERVICE, "descriptorId": DESCRIPTOR, "digest": claims["digest"],
    });
    assert_eq!(voucher, expected);
    assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // Whoever has the published key can verify it.
    let set = world.get("/authorization-server/.well-known/jwks.json").await;
    let key = &set.body["keys"][0];
    assert_eq!(key["kid"], header["kid"]);
    let key: PublicKey = serde_json::from_value(json!({ "n": key["n"], "e": key["e"] })).unwrap();
    assert!(Jws::parse(answer.body["access_token"].as_str().unwrap()).unwrap().signed_by(&key.verifier().unwrap()));
    let short = world.post("/token.oauth2", &form(&world.assertion()), &[]).await;
    assert_eq!(short.status, 200);
}

async fn every_voucher_has_its_record_before_it_is_given(world: World) {
    let assertion = world.assertion();
    let request = [("x-correlation-id", "6f0f8f0e-6a1c-4a43-9d5f-1f6f9a3b1c01")];
    let answer = world.post(TOKEN, &form(&assertion), &request).await;
    assert_eq!(answer.header("x-correlation-id"), Some(request[0].1));
    world.ask_by(&assertion).await.reasons();
    let records = world.audit().await;
    assert_eq!(records.len(), 1, "a refusal gives no voucher");
    let record = &records[0];
    let voucher = answer.part(1);
    assert_eq!((&record["jwtId"], &record["keyId"]), (&voucher["jti"], &answer.part(0)["kid"]));
    for (name, value) in [
        ("correlationId", json!(request[0].1)),
        ("clientId", json!(CLIENT)),
        ("organizationId", json!(CONSUMER)),
        ("agreementId", json!(AGREEMENT)),
        ("eserviceId", json!(ESERVICE)),
        ("descriptorId", json!(DESCRIPTOR)),
        ("purposeId", json!(PURPOSE)),
        ("purposeVersionId", json!(VERSION)),
        ("keyDepositedBy", json!(OPERATOR)),
        ("audience", json!("api.example.it/residenze")),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    assert_eq!(record["clientAssertion"]["keyId"], json!(world.pair.kid()));
    assert_eq!(record["purposeEvidence"]["riskAnalysisVersion"], json!("3.1"));
    assert_eq!(record["purposeEvidence"]["approved"]["by"], json!(OPERATOR));
    assert!(record["agreementEvidence"]["approved"]["at"].is_string());
}

async fn a_suspension_at_any_point_is_felt_by_the_next_request(world: World) {
    assert_eq!(world.ask().await.status, 200);
    world.eservice(|eservice, now| eservice.suspend(DESCRIPTOR, now).unwrap()).await;
    assert_eq!(world.ask().await.reasons(), ["invalidEServiceState"]);
    world.agreement(|agreement, grounds| agreement.suspend(AS_PRODUCER, grounds).unwrap()).await;
    world.agreement(|agreement, grounds| agreement.suspend(AS_CONSUMER, grounds).unwrap()).await;
    let sides = |consumer| interop::purposes::purpose::Sides { consumer, producer: !consumer };
    world.purpose(move |purpose, grounds| purpose.suspend(VERSION, sides(true), grounds.stamp.at).unwrap()).await;
    assert_eq!(world.ask().await.reasons(), ["invalidEServiceState", "invalidAgreementState", "invalidPurposeState"]);
    world.eservice(|eservice, now| eservice.activate(DESCRIPTOR, now).unwrap()).await;
    world.agreement(|agreement, grounds| agreement.unsuspend(AS_CONSUMER, grounds).unwrap()).await;
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState", "invalidPurposeState"], "one side is not both");
    world.agreement(|agreement, grounds| agreement.unsuspend(AS_PRODUCER, grounds).unwrap()).await;
    assert_eq!(world.ask().await.reasons(), ["invalidPurposeState"]);
    let next = interop::ids::VersionId(kernel::Uuid::from_u128(99));
    world.purpose(move |purpose, grounds| purpose.activate(VERSION, sides(true), next, grounds).unwrap()).await;
    assert_eq!(world.ask().await.status, 200);
    world.agreement(|agreement, grounds| agreement.archive(grounds).unwrap()).await;
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState"]);
}

async fn keys_and_links_that_go_take_their_vouchers_along(world: World) {
    assert_eq!(world.ask().await.status, 200);
    world.client(CLIENT, |client, _| assert!(client.unlink(PURPOSE))).await;
    assert_eq!(world.ask().await.reasons(), ["keyOrPurposeUnknown"]);
    world.client(CLIENT, |client, _| client.purposes.insert(PURPOSE)).await;
    assert_eq!(world.ask().await.status, 200);
    let (second, now) = (Pair::draw(), world.clock.now());
    let added = crate::world::key(second.public(), now);
    world.client(CLIENT, move |client, _| client.add_key(added, crate::world::operator()).unwrap()).await;
    let kid = world.pair.kid();
    world.client(CLIENT, move |client, _| client.keys.remove(&kid).unwrap()).await;
    assert_eq!(world.ask().await.reasons(), ["keyOrPurposeUnknown"], "a process that remembers the key is no exception");
    assert_eq!(world.another(&[]).await.ask().await.reasons(), ["invalidSignature"], "nor one that does not");
    let header = json!({ "alg": "RS256", "kid": second.kid() });
    assert_eq!(world.ask_by(&second.sign(&header, &world.claims())).await.status, 200, "the other key goes on");
    world.write(|tx| clients::delete(tx, CLIENT)).await;
    assert_eq!(world.ask_by(&second.sign(&header, &world.claims())).await.reasons(), ["keyOrPurposeUnknown"]);
}

async fn a_machine_gets_a_voucher_for_the_api(world: World) {
    let pair = Pair::draw();
    world.machine(&pair, false).await;
    let header = json!({ "alg": "RS256", "kid": pair.kid() });
    let now = world.clock.now().as_second();
    let mut claims = json!({ "iss": MACHINE, "sub": MACHINE, "aud": [AUDIENCE], "jti": "1", "iat": now, "exp": now + 60 });
    let form = |claims: &Value| form(&pair.sign(&header, claims)).replace(&CLIENT.to_string(), &MACHINE.to_string());
    let answer = world.post(TOKEN, &form(&claims), &[]).await;
    let voucher = answer.part(1);
    assert_eq!(
        (&voucher["aud"], &voucher["role"], &voucher["organizationId"]),
        (&json!("127.0.0.1:8080/m2m"), &json!("m2m"), &json!(CONSUMER))
    );
    assert!(voucher.get("purposeId").is_none() && voucher.get("adminId").is_none());
    world.client(MACHINE, |client, _| client.set_admin(OPERATOR, Some(&crate::world::person())).unwrap()).await;
    claims["jti"] = json!("2");
    let voucher = world.post(TOKEN, &form(&claims), &[]).await.part(1);
    assert_eq!((&voucher["role"], &voucher["adminId"]), (&json!("m2m-admin"), &json!(OPERATOR)));
    claims["jti"] = json!("3");
    claims["purposeId"] = json!(PURPOSE);
    assert_eq!(world.post(TOKEN, &form(&claims), &[]).await.reasons(), ["keyOrPurposeUnknown"], "never for a purpose");
}

async fn a_voucher_may_be_bound_to_a_key(world: World) {
    let pair = Pair::draw();
    let public = pair.public();
    let proof = |jti: &str| {
        let header =
            json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": { "kty": "RSA", "n": public.n, "e": public.e, "alg": "RS256" } });
        let url = "http://127.0.0.1:8080/authorization-server/token.oauth2";
        pair.sign(&header, &json!({ "htm": "POST", "htu": url, "iat": world.clock.now().as_second(), "jti": jti }))
    };
    let first = proof("1");
    let answer = world.post(TOKEN, &form(&world.assertion()), &[("dpop", &first)]).await;
    assert_eq!(answer.body["token_type"], "DPoP");
    assert_eq!(answer.part(1)["cnf"], json!({ "jkt": pair.kid() }));
    let again = world.assertion();
    let replayed = world.post(TOKEN, &form(&again), &[("dpop", &first)]).await;
    assert_eq!(replayed.reasons(), ["0005"], "{replayed:?}");
    let good = proof("2");
    assert_eq!(world.post(TOKEN, &form(&again), &[("dpop", &good)]).await.status, 200, "a refused proof uses no assertion up");
    let two = world.post(TOKEN, &form(&world.assertion()), &[("dpop", &good), ("dpop", &first)]).await;
    assert_eq!(two.reasons(), ["0022"]);
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest("x"));
    assert_eq!(world.post(TOKEN, &form(&world.assertion()), &[("dpop", &digest)]).await.reasons(), ["0002"]);
}

async fn the_tool_says_what_the_server_says_and_uses_nothing_up(world: World) {
    let assertion = world.assertion();
    let step = |answer: &crate::world::Answer, name: &str| answer.body["steps"][name]["result"].as_str().unwrap().to_owned();
    let names =
        ["clientAssertionValidation", "publicKeyRetrieve", "clientAssertionSignatureVerification", "platformStatesVerification"];
    let steps = |answer: &crate::world::Answer| names.map(|name| step(answer, name));
    for _ in 0..2 {
        let answer = world.post(TOOL, &form(&assertion), &[]).await;
        assert_eq!(steps(&answer), ["PASSED"; 4]);
        assert_eq!((&answer.body["clientKind"], &answer.body["eservice"]["eserviceId"]), (&json!("CONSUMER"), &json!(ESERVICE)));
    }
    assert_eq!(world.audit().await.len(), 0);
    assert_eq!(world.ask_by(&assertion).await.status, 200);
    world.eservice(|eservice, now| eservice.suspend(DESCRIPTOR, now).unwrap()).await;
    let suspended = world.post(TOOL, &form(&assertion), &[]).await;
    assert_eq!(steps(&suspended), ["PASSED", "PASSED", "PASSED", "FAILED"]);
    assert_eq!(suspended.body["steps"][names[3]]["failures"][0]["code"], "0022");
    let stranger = Pair::draw().sign(&world.header(), &world.claims());
    let forged = world.post(TOOL, &form(&stranger), &[]).await;
    assert_eq!(steps(&forged), ["PASSED", "PASSED", "FAILED", "SKIPPED"], "a stranger learns nothing of the platform");
    assert!(forged.body.get("clientKind").is_none());
    let unknown = Pair::draw();
    let nobody = unknown.sign(&json!({ "alg": "RS256", "typ": "JWT", "kid": unknown.kid() }), &world.claims());
    let nobody = world.post(TOOL, &form(&nobody), &[]).await;
    assert_eq!(steps(&nobody), ["PASSED", "FAILED", "SKIPPED", "SKIPPED"], "a key that nobody has deposited");
    world.client(CLIENT, |client, _| client.keys.clear()).await;
    let deleted = world.post(TOOL, &form(&world.assertion()), &[]).await;
    assert_eq!(steps(&deleted), ["PASSED", "FAILED", "SKIPPED", "SKIPPED"], "one that is deleted");
    let broken = world.post(TOOL, &form("a.b"), &[]).await;
    assert_eq!(steps(&broken), ["FAILED", "SKIPPED", "SKIPPED", "SKIPPED"]);
}

async fn limits_are_told_and_kept(world: World) {
    let limited =
        world.another(&[("SPORTELLO_INTEROP_LIMIT_PER_CLIENT", "2"), ("SPORTELLO_INTEROP_LIMIT_PER_SOURCE", "4")]).await;
    let told = |answer: &crate::world::Answer| {
        ["limit", "remaining", "interval"].map(|name| answer.header(&format!("x-rate-limit-{name}")).unwrap().to_owned())
    };
    let first = limited.ask().await;
    assert_eq!((first.status.as_u16(), told(&first)), (200, ["4", "3", "1000"].map(str::to_owned)));
    world.client(CLIENT, |client, _| assert!(client.unlink(PURPOSE))).await;
    assert_eq!(limited.ask().await.reasons(), ["keyOrPurposeUnknown"], "failures count too");
    let over = limited.ask().await;
    assert_eq!((over.status.as_u16(), &over.body["errors"][0]["code"]), (429, &json!("015-0009")));
    assert!(over.header("retry-after").is_some());
    let forged = Pair::draw().sign(&world.header(), &world.claims());
    assert_eq!(limited.ask_by(&forged).await.reasons(), ["invalidSignature"], "a stranger takes nothing from the client");
    assert_eq!(limited.ask_by("a.b").await.status, 429, "but has an address");
    limited.clock.advance(SignedDuration::from_secs(1));
    world.client(CLIENT, |client, _| client.purposes.insert(PURPOSE)).await;
    assert_eq!(limited.ask().await.status, 200);
}

async fn errors_of_oauth_are_given_to_those_who_ask_for_them(world: World) {
    let answer = world.post(TOKEN, &form("a.b"), &[("accept", "application/json")]).await;
    assert_eq!((answer.status.as_u16(), &answer.body["error"]), (400, &json!("invalid_request")));
    assert!(answer.body["error_description"].as_str().unwrap().contains("invalidClientAssertionFormat"));
    let answer = world.post(TOKEN, &form("a.b"), &[("accept", "application/json, */*")]).await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let members: Vec<_> = answer.body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["correlationId", "detail", "errors", "status", "title", "type"], "and no other: the schema is closed");
}

async fn the_operator_who_leaves_leaves_the_keys(world: World) {
    world.client(CLIENT, |client, _| client.remove_user(OPERATOR).unwrap()).await;
    assert_eq!(world.ask().await.status, 200);
    let (id, kid) = (CLIENT, world.pair.kid());
    let kept = world.app.db().read(move |tx| clients::find(tx, id, store::Purpose::Look)).await.unwrap().unwrap();
    assert!(kept.keys.contains_key(&kid));
}

async fn a_record_that_is_changed_or_cut_off_shows(world: World) {
    for _ in 0..3 {
        assert_eq!(world.ask().await.status, 200);
    }
    let lane = store::audit::lane_of(world.app.db().engine(), CLIENT);
    let broken = async || world.app.db().read(move |tx| store::audit::first_broken(tx, lane)).await.unwrap();
    assert_eq!(broken().await, None);
    let alter = |sql: &'static str| world.write(move |tx| tx.execute(sql, params![lane]));
    alter("UPDATE interop_audit SET body = body || ' ' WHERE lane = $1 AND position = 2").await;
    assert_eq!(broken().await, Some(2));
    alter("UPDATE interop_audit SET body = rtrim(body) WHERE lane = $1 AND position = 2").await;
    assert_eq!(broken().await, None);
    alter("DELETE FROM interop_audit WHERE lane = $1 AND position = 3").await;
    assert_eq!(broken().await, Some(3), "also at the end");
    alter("DELETE FROM interop_audit WHERE lane = $1 AND position = 1").await;
    assert_eq!(broken().await, Some(1));
}

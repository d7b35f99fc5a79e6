//! What attackers may try on the token endpoint.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use interop::clients::key::Use;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{CLIENT, Pair, TOKEN, World, client, form, key, operator};

on_both_engines!(
    every_line_of_the_table_is_refused_with_its_name,
    the_algorithm_is_never_the_attackers_choice,
    keys_in_the_token_are_never_believed,
    tokens_that_read_two_ways_are_refused,
    an_assertion_is_worth_one_voucher_however_often_it_is_sent,
    what_belongs_to_others_stays_theirs,
    an_assertion_lives_no_longer_than_is_allowed,
    settings_make_the_reading_stricter_or_more_lenient,
);

/// The same with a member set, or taken away by null.
fn with(mut object: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
        value => object[name] = value,
    }
    object
}

async fn every_line_of_the_table_is_refused_with_its_name(world: World) {
    let now = world.clock.now().as_second();
    let other = "6f0f8f0e-6a1c-4a43-9d5f-1f6f9a3b1c01";
    let digest = |alg: &str, length| json!({ "alg": alg, "value": "a".repeat(length) });
    for (name, value, reason) in [
        ("aud", json!("altro"), "invalidAudience"),
        ("aud", Value::Null, "audienceNotFound"),
        ("jti", Value::Null, "jtiNotFound"),
        ("iat", Value::Null, "issuedAtNotFound"),
        ("exp", Value::Null, "expNotFound"),
        ("iss", Value::Null, "issuerNotFound"),
        ("sub", Value::Null, "subjectNotFound"),
        ("sub", json!(other), "invalidSubject"),
        ("sub", json!("io"), "invalidSubjectFormat"),
        ("purposeId", json!("io"), "invalidPurposeIdClaimFormat"),
        ("purposeId", Value::Null, "purposeIdNotProvided"),
        ("purposeId", json!(other), "keyOrPurposeUnknown"),
        ("digest", json!({}), "invalidDigestClaim"),
        ("digest", digest("SHA256", 63), "invalidHashLength"),
        ("digest", digest("SHA1", 64), "invalidHashAlgorithm"),
        ("digest", json!({ "alg": "SHA256", "value": "a".repeat(63) + "g" }), "invalidDigestClaim"),
        ("digest", json!({ "alg": "SHA256", "value": "à".repeat(64) }), "invalidDigestClaim"),
        ("iat", json!(-1), "jsonWebTokenError"),
        ("iat", json!(now + 61), "notBeforeError"),
        ("iat", json!(1e300), "notBeforeError"),
        ("exp", json!(now), "tokenExpiredError"),
        ("nbf", json!(now - 5), "clientAssertionInvalidClaims"),
    ] {
        let assertion = world.pair.sign(&world.header(), &with(world.claims(), name, value.clone()));
        assert_eq!(world.ask_by(&assertion).await.reasons(), [reason], "{name} {value}");
    }
    for (name, value, reason) in [
        ("kid", Value::Null, "kidNotFound"),
        ("kid", json!("corto"), "invalidKidFormat"),
        ("alg", Value::Null, "algorithmNotFound"),
        ("alg", json!("RS512"), "algorithmNotAllowed"),
        ("x", json!(1), "clientAssertionInvalidClaims"),
    ] {
        let assertion = world.pair.sign(&with(world.header(), name, value.clone()), &world.claims());
        assert_eq!(world.ask_by(&assertion).await.reasons(), [reason], "{name} {value}");
    }
    let good = || form(&world.assertion());
    for (body, reason) in [
        (good().replace("jwt-bearer", "saml2-bearer"), "invalidAssertionType"),
        (good().replace("client_credentials", "password"), "invalidGrantType"),
        (good().replace(&format!("client_id={CLIENT}"), "client_id=io"), "invalidClientIdFormat"),
        (good() + "&grant_type=client_credentials", "requestNotReadable"),
        (form("a.b.c.d"), "invalidClientAssertionFormat"),
        (form(&world.pair.sign(&world.header(), &json!("claims"))), "unexpectedClientAssertion"),
        (form(&Pair::draw().sign(&world.header(), &world.claims())), "invalidSignature"),
    ] {
        assert_eq!(world.post(TOKEN, &body, &[]).await.reasons(), [reason], "{body}");
    }
    let request = http::Request::builder().method("POST").uri(TOKEN).header("content-type", "application/json");
    let as_json = world.send(request.body(good().into()).unwrap()).await;
    assert_eq!(as_json.reasons(), ["requestNotReadable"]);
    assert_eq!(world.audit().await.len(), 0, "no refusal leaves a record");
}

async fn the_algorithm_is_never_the_attackers_choice(world: World) {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |alg: &str| format!("{}.{}.", part(&with(world.header(), "alg", json!(alg))), part(&world.claims()));
    for alg in ["none", "None", "NONE", "HS256", "ES256", "PS256", "RS384"] {
        assert_eq!(world.ask_by(&unsigned(alg)).await.reasons(), ["algorithmNotAllowed"], "{alg}");
    }
    assert_eq!(world.ask_by(&unsigned("RS256")).await.reasons(), ["invalidSignature"]);
    // The public key as the secret of an HMAC, under a header that says RS256.
    use sha2::Digest as _;
    let signed = format!("{}.{}", part(&world.header()), part(&world.claims()));
    let mac = sha2::Sha256::digest(format!("{}{signed}", world.pair.pem()));
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac));
    assert_eq!(world.ask_by(&forged).await.reasons(), ["invalidSignature"]);
}

async fn keys_in_the_token_are_never_believed(world: World) {
    let attacker = Pair::draw();
    let public = attacker.public();
    for (name, value) in [
        ("jwk", json!({ "kty": "RSA", "n": public.n, "e": public.e })),
        ("jku", json!("https://attacker.example.it/jwks.json")),
        ("x5u", json!("https://attacker.example.it/cert.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = with(world.header(), name, value);
        let strict = world.ask_by(&attacker.sign(&header, &world.claims())).await;
        assert_eq!(strict.reasons(), ["clientAssertionInvalidClaims"], "{name}");
        let lenient = world.another(&[("SPORTELLO_INTEROP_LENIENT_CLAIMS", "true")]).await;
        assert_eq!(lenient.ask_by(&attacker.sign(&header, &world.claims())).await.reasons(), ["invalidSignature"], "{name}");
        assert_eq!(lenient.ask_by(&world.pair.sign(&header, &world.claims())).await.status, 200, "{name}: not looked at");
    }
    let lenient = world.another(&[("SPORTELLO_INTEROP_LENIENT_CLAIMS", "true")]).await;
    let critical = world.pair.sign(&with(world.header(), "crit", json!(["exp"])), &world.claims());
    assert_eq!(lenient.ask_by(&critical).await.reasons(), ["clientAssertionSignatureVerificationError"]);
}

async fn tokens_that_read_two_ways_are_refused(world: World) {
    let claims = world.claims().to_string();
    let twice = claims.replacen('{', &format!("{{\"sub\":\"{CLIENT}\","), 1);
    let duplicate = world.pair.sign_text(&world.header().to_string(), &twice);
    assert_eq!(world.ask_by(&duplicate).await.reasons(), ["invalidClientAssertionFormat"]);
    let assertion = world.assertion();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = assertion.chars().last().unwrap();
    let place = alphabet.find(last).unwrap();
    // 256 bytes leave bits over in the last character: the neighbour has the same bytes, and is not the canonical one.
    let neighbour = alphabet.chars().nth(place + 1).unwrap();
    let other = format!("{}{neighbour}", &assertion[..assertion.len() - 1]);
    assert_eq!(world.ask_by(&other).await.reasons(), ["invalidClientAssertionFormat"]);
    assert_eq!(world.ask_by(&format!("{assertion}==")).await.reasons(), ["invalidClientAssertionFormat"]);
    assert_eq!(world.ask_by(&assertion).await.status, 200);
}

async fn an_assertion_is_worth_one_voucher_however_often_it_is_sent(world: World) {
    let world = Arc::new(world);
    let second = Arc::new(world.another(&[]).await);
    let assertion = world.assertion();
    let asked = join_all((0..1_000).map(|number| {
        let (world, assertion) = (Arc::clone(if number % 2 == 0 { &world } else { &second }), assertion.clone());
        tokio::spawn(async move { world.ask_by(&assertion).await })
    }));
    let answers: Vec<_> = asked.await.into_iter().map(Result::unwrap).collect();
    let given = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(given, 1);
    assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.reasons() == ["assertionReplayed"]));
    assert_eq!(world.audit().await.len(), 1);
    let restarted = world.another(&[]).await;
    assert_eq!(restarted.ask_by(&assertion).await.reasons(), ["assertionReplayed"]);
    // The same claims signed again are the same assertion: its name is its jti.
    restarted.job("forget-used-assertions").await;
    assert_eq!(restarted.ask_by(&assertion).await.reasons(), ["assertionReplayed"], "it has not ended yet");
    world.clock.advance(SignedDuration::from_secs(301));
    restarted.job("forget-used-assertions").await;
    assert_eq!(restarted.ask_by(&assertion).await.reasons(), ["tokenExpiredError"]);
}

async fn what_belongs_to_others_stays_theirs(world: World) {
    let (stranger, now) = (Pair::draw(), world.clock.now());
    let public = stranger.public();
    let other = interop::ids::ClientId(kernel::Uuid::from_u128(77));
    world
        .write(move |tx| {
            let mut client = client(other, interop::clients::client::Kind::Consumer, now);
            client.add_key(key(public, now), operator()).unwrap();
            interop::store::clients::save(tx, &client)
        })
        .await;
    let header = json!({ "alg": "RS256", "kid": stranger.kid() });
    // Its own name with somebody else's purpose, and somebody else's name with its own key.
    let own = with(with(world.claims(), "sub", json!(other)), "iss", json!(other));
    let purpose = form(&stranger.sign(&header, &own)).replace(&CLIENT.to_string(), &other.to_string());
    assert_eq!(world.post(TOKEN, &purpose, &[]).await.reasons(), ["keyOrPurposeUnknown"]);
    assert_eq!(world.ask_by(&stranger.sign(&header, &world.claims())).await.reasons(), ["keyOrPurposeUnknown"]);
    assert_eq!(world.ask_by(&stranger.sign(&world.header(), &world.claims())).await.reasons(), ["invalidSignature"]);
    // A key for encryption signs nothing.
    let cipher = Pair::draw();
    let deposited = interop::clients::key::Key { usage: Use::Enc, ..key(cipher.public(), now) };
    world.client(CLIENT, move |client, _| client.add_key(deposited, operator()).unwrap()).await;
    let header = json!({ "alg": "RS256", "kid": cipher.kid() });
    assert_eq!(world.ask_by(&cipher.sign(&header, &world.claims())).await.reasons(), ["invalidSignature"]);
}

async fn an_assertion_lives_no_longer_than_is_allowed(world: World) {
    let now = world.clock.now().as_second();
    let month = 30 * 86_400;
    let until = |exp: i64| world.pair.sign(&world.header(), &with(world.claims(), "exp", json!(exp)));
    assert_eq!(world.ask_by(&until(now + month)).await.status, 200);
    assert_eq!(world.ask_by(&until(now + month + 1)).await.reasons(), ["assertionLifetimeTooLong"]);
    assert_eq!(world.ask_by(&until(i64::MAX)).await.reasons(), ["assertionLifetimeTooLong"]);
    let early = world.pair.sign(&world.header(), &with(world.claims(), "iat", json!(now + 60)));
    assert_eq!(world.ask_by(&early).await.status, 200, "clocks differ by a minute");
}

async fn settings_make_the_reading_stricter_or_more_lenient(world: World) {
    let now = world.clock.now().as_second();
    let late = world.pair.sign(&world.header(), &with(world.claims(), "nbf", json!(now + 5)));
    let lenient = world.another(&[("SPORTELLO_INTEROP_LENIENT_CLAIMS", "true")]).await;
    assert_eq!(lenient.ask_by(&late).await.reasons(), ["notBeforeError"]);
    let numbers = world.pair.sign(&world.header(), &with(world.claims(), "nbf", json!("ora")));
    assert_eq!(lenient.ask_by(&numbers).await.reasons(), ["notBeforeError"]);
    let named = world.pair.sign(&world.header(), &with(world.claims(), "iss", json!("io")));
    let strict = world.another(&[("SPORTELLO_INTEROP_ISSUER_IS_CLIENT", "true")]).await;
    assert_eq!(strict.ask_by(&named).await.reasons(), ["issuerMismatch"]);
    assert_eq!(world.ask_by(&named).await.status, 200);
    let early = world.another(&[("SPORTELLO_INTEROP_VOUCHER_EARLY_S", "5")]).await;
    assert_eq!(early.ask().await.part(1)["nbf"], json!(now - 5));
}

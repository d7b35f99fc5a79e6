//! Signing in at the body's login provider.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::login_server::{LoginServer, Manner, profile};
use crate::on_both_engines;
use crate::world::{Answer, World, part};

on_both_engines!(
    a_citizen_signs_in_at_the_login_provider,
    a_sign_in_serves_its_browser_and_tenant_once_and_for_ten_minutes,
    of_two_who_come_back_at_once_one_is_let_in,
    what_the_provider_does_wrong_lets_nobody_in,
    a_profile_must_say_who_it_is,
    one_comes_back_to_addresses_of_ours_only,
    without_a_provider_nobody_is_sent_anywhere,
    abandoned_sign_ins_are_forgotten,
);

const BUGLIANO: &str = "/comune-di-bugliano/api";

/// A sign-in that has begun: what the browser keeps, and what it brings back.
struct Back {
    secret: String,
    code: String,
    state: String,
}

impl Back {
    fn body(&self) -> Value {
        json!({ "provider": "oauth", "code": self.code, "state": self.state, "secret": self.secret })
    }
}

async fn begin(world: &World, body: Value) -> Answer {
    world.call("POST", &format!("{BUGLIANO}/session/oauth")).json(&body).send().await
}

async fn there_and_back(world: &World, server: &LoginServer) -> Back {
    let begun = begin(world, json!({ "return_to": "/comune-di-bugliano/it/user" })).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let (code, state) = server.sign_in(begun.body["url"].as_str().unwrap());
    Back { secret: begun.body["secret"].as_str().unwrap().to_owned(), code, state }
}

async fn finish(world: &World, tenant: &str, back: &Value) -> Answer {
    world.call("POST", &format!("/{tenant}/api/session")).json(back).send().await
}

async fn come_back(world: &World, back: &Back) -> Answer {
    finish(world, "comune-di-bugliano", &back.body()).await
}

async fn a_citizen_signs_in_at_the_login_provider(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    let providers = world.call("GET", &format!("{BUGLIANO}/session/providers")).send().await.body;
    assert_eq!(providers[0], json!({ "id": "oauth", "kind": "redirect", "citizens": [] }));
    assert_eq!(providers[1]["id"], "password");

    let mut ids = Vec::new();
    let mut session = String::new();
    for _ in 0..2 {
        let back = there_and_back(&world, &server).await;
        let answer = come_back(&world, &back).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")), "{answer:?}");
        assert_eq!(answer.body["return_to"], "/comune-di-bugliano/it/user");
        session = answer.body["session"].as_str().unwrap().to_owned();
        let claims = part(&world.session_auth(&session).await.token(), 1);
        assert_eq!((&claims["username"], &claims["roles"]), (&json!("BNRMHL75C06G702B"), &json!(["ROLE_USER", "ROLE_CPS_USER"])));
        ids.push(claims["id"].clone());
    }
    assert_eq!(ids[0], ids[1], "the same citizen both times");
    let told = json!({
        "fiscal_code": "BNRMHL75C06G702B", "given_name": "Michelangelo", "family_name": "Buonarroti",
            "email": "mb@pec.example.it",
        "mobile_phone": "3331234567", "birth_date": "1975-03-06", "birth_county": "PI", "sex": "M",
    });
    assert_eq!(*world.platform.1.lock().unwrap(), told);

    let ended = world.call("DELETE", &format!("{BUGLIANO}/session")).session(&session).send().await;
    let home = "https%3A%2F%2Fservizi.comune.bugliano.pi.it%2Flang";
    assert_eq!(ended.body["logout_url"], format!("http://{}/logout?redirect={home}", server.address));
    assert_eq!((ended.status.as_u16(), world.session_auth(&session).await.status.as_u16()), (200, 401));
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let session = world.session("operatore").await;
    let ended = world.call("DELETE", &format!("{BUGLIANO}/session")).session(&session).send().await;
    assert_eq!(ended.status, 204, "who signed in here signs out here");
}

async fn a_sign_in_serves_its_browser_and_tenant_once_and_for_ten_minutes(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    let lapsed = async |tenant: &str, back: &Value| {
        let answer = finish(&world, tenant, back).await;
        assert_eq!((answer.status.as_u16(), &answer.body["type"]), (401, &json!("/errors/sign-in-lapsed")), "{answer:?}");
    };
    // The callback of somebody else, opened in this browser: its state does not go with this browser's secret.
    let (own, other) = (there_and_back(&world, &server).await, there_and_back(&world, &server).await);
    let forged = json!({ "provider": "oauth", "code": other.code, "state": other.state, "secret": own.secret });
    lapsed("comune-di-bugliano", &forged).await;
    for (state, secret) in
        [("", ""), ("x", own.secret.as_str()), (own.secret.as_str(), own.state.as_str()), (own.state.as_str(), "")]
    {
        lapsed("comune-di-bugliano", &json!({ "provider": "oauth", "code": own.code, "state": state, "secret": secret })).await;
    }
    lapsed("comune-di-vallelaghi", &own.body()).await;
    assert!(world.platform.0.lock().unwrap().is_empty(), "nobody was made");
    assert_eq!(come_back(&world, &own).await.status, 201, "what others tried does not spoil it");
    lapsed("comune-di-bugliano", &own.body()).await;

    world.clock.advance(SignedDuration::from_secs(599));
    assert_eq!(come_back(&world, &other).await.status, 201);
    let late = there_and_back(&world, &server).await;
    world.clock.advance(SignedDuration::from_secs(600));
    lapsed("comune-di-bugliano", &late.body()).await;
}

async fn of_two_who_come_back_at_once_one_is_let_in(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    let back = there_and_back(&world, &server).await;
    let (one, two) = tokio::join!(come_back(&world, &back), come_back(&world, &back));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401]);
}

async fn what_the_provider_does_wrong_lets_nobody_in(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    let refused = async |back: &Back, status: u16, code: &str| {
        let answer = come_back(&world, back).await;
        let kind = format!("/errors/{code}");
        assert_eq!((answer.status.as_u16(), answer.body["type"].as_str()), (status, Some(kind.as_str())), "{answer:?}");
        let said = answer.body.to_string();
        assert!(!["BNRMHL", "Michelangelo", "token-", "invalid_client"].iter().any(|secret| said.contains(secret)), "{said}");
    };
    for code in [String::new(), "unknown".to_owned(), "x".repeat(5000)] {
        let back = there_and_back(&world, &server).await;
        refused(&Back { code, ..back }, 401, "identity-not-confirmed").await;
    }
    let (first, second) = (there_and_back(&world, &server).await, there_and_back(&world, &server).await);
    let swapped = Back { code: second.code, ..first };
    refused(&swapped, 401, "identity-not-confirmed").await;

    let failed = "login-provider-failed";
    for (manner, status, code) in [
        (Manner::Slow, 503, "login-provider-unavailable"),
        (Manner::Broken, 503, "login-provider-unavailable"),
        (Manner::Large, 502, failed),
        (Manner::Page, 502, failed),
        (Manner::Elsewhere, 502, failed),
        (Manner::Locked, 502, failed),
    ] {
        let back = there_and_back(&world, &server).await;
        server.memory().token_manner = manner;
        refused(&back, status, code).await;
        server.memory().token_manner = Manner::Right;
        let back = there_and_back(&world, &server).await;
        server.memory().profile_manner = manner;
        refused(&back, status, code).await;
        server.memory().profile_manner = Manner::Right;
    }
    assert!(world.platform.0.lock().unwrap().is_empty(), "nobody was made");
    let back = there_and_back(&world, &server).await;
    assert_eq!(come_back(&world, &back).await.status, 201);
}

async fn a_profile_must_say_who_it_is(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    for (name, value, field) in [
        ("fiscalNumber", Value::Null, "/fiscal_code"),
        ("fiscalNumber", json!("TINIT-BNRMHL75C06G702X"), "/fiscal_code"),
        ("name", json!(""), "/given_name"),
        ("familyName", json!({}), "/family_name"),
    ] {
        server.memory().profile = profile();
        server.memory().profile[name] = value;
        let back = there_and_back(&world, &server).await;
        let answer = come_back(&world, &back).await;
        assert_eq!((answer.status.as_u16(), &answer.body["type"]), (422, &json!("/errors/incomplete-identity")), "{answer:?}");
        assert_eq!(answer.body["errors"][0]["field"], field);
        assert_eq!(answer.body["errors"].as_array().unwrap().len(), 1);
    }
    assert!(world.platform.0.lock().unwrap().is_empty(), "nobody was made");
    server.memory().profile =
        json!({ "fiscal_number": "BNRMHL75C06G702B", "given_name": "Michelangelo", "family_name": "Buonarroti" });
    let back = there_and_back(&world, &server).await;
    assert_eq!(come_back(&world, &back).await.status, 201, "without the prefix, by the names of OpenID Connect");
}

async fn one_comes_back_to_addresses_of_ours_only(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    for path in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "/it//evil.example", "it", "", "/a\r\nSet-Cookie: a=b"]
    {
        let answer = begin(&world, json!({ "return_to": path })).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (422, &json!("/return_to")), "{path:?}");
    }
    for host in ["evil.example", "servizi.comune.vallelaghi.tn.it", ""] {
        let answer = begin(&world, json!({ "host": host })).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (422, &json!("/host")), "{host}");
    }
    let redirect_uri = |answer: &Answer| {
        let url = url::Url::parse(answer.body["url"].as_str().unwrap()).unwrap();
        url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned()
    };
    for body in [json!({}), json!({ "host": "servizi.comune.bugliano.pi.it" })] {
        let answer = begin(&world, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")));
        assert_eq!(redirect_uri(&answer), "https://servizi.comune.bugliano.pi.it/lang/auth/login-oauth");
    }
}

async fn without_a_provider_nobody_is_sent_anywhere(world: World) {
    let not_offered = json!("/errors/provider-not-offered");
    let answer = begin(&world, json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.body["type"]), (422, &not_offered));
    let back = json!({ "provider": "oauth", "code": "a", "state": "b", "secret": "c" });
    let answer = finish(&world, "comune-di-bugliano", &back).await;
    assert_eq!((answer.status.as_u16(), &answer.body["type"]), (422, &not_offered));
}

async fn abandoned_sign_ins_are_forgotten(world: World) {
    let server = LoginServer::start().await;
    let world = server.client(&world).await;
    there_and_back(&world, &server).await;
    world.clock.advance(SignedDuration::from_mins(6));
    let back = there_and_back(&world, &server).await;
    world.clock.advance(SignedDuration::from_mins(6));
    world.job("forget-sessions").await;
    let sql = "SELECT count(*) FROM begun_sign_ins";
    let counted = world.app.db().read(move |tx| tx.one(sql, storage::params![], |row| row.get::<i64>(0)));
    assert_eq!(counted.await.map_err(|error: storage::Error| error).unwrap(), 1);
    assert_eq!(come_back(&world, &back).await.status, 201);
}

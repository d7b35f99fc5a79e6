//! Sessions: how they begin, go on and end.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::platform::bugliano;
use crate::world::{PASSWORD, World, part};

on_both_engines!(
    a_session_gives_tokens_until_it_is_ended,
    an_unused_session_ends,
    no_session_outlives_its_longest_time,
    signing_in_never_adopts_a_session,
    a_session_holds_for_its_tenant_only,
    roles_follow_the_platform,
    the_demo_provider_signs_named_citizens_in,
    without_demo_nobody_signs_in_without_proof,
    ended_sessions_are_forgotten,
);

async fn a_session_gives_tokens_until_it_is_ended(world: World) {
    let id = world.user("BNRMHL75C06G702B", &["ROLE_CPS_USER", "ROLE_USER"]).await;
    let session = world.session("BNRMHL75C06G702B").await;
    let answer = world.call("GET", "/comune-di-bugliano/api/session-auth?with-cookie=1").session(&session).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(part(&answer.token(), 1)["id"], json!(id));
    for wrong in ["", "x", &session[1..], &format!("{session}A"), &session.replace(&session[..4], "AAAA")] {
        assert_eq!(world.session_auth(wrong).await.status, 401, "{wrong}");
    }
    assert_eq!(world.call("GET", "/comune-di-bugliano/api/session-auth").send().await.status, 401);
    for _ in 0..2 {
        assert_eq!(world.call("DELETE", "/comune-di-bugliano/api/session").session(&session).send().await.status, 204);
        assert_eq!(world.session_auth(&session).await.status, 401);
    }
}

async fn an_unused_session_ends(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let session = world.session("operatore").await;
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_mins(29));
        assert_eq!(world.session_auth(&session).await.status, 200);
    }
    world.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(world.session_auth(&session).await.status, 401);
}

async fn no_session_outlives_its_longest_time(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let session = world.session("operatore").await;
    for _ in 0..35 {
        world.clock.advance(SignedDuration::from_mins(20));
        assert_eq!(world.session_auth(&session).await.status, 200);
    }
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(world.session_auth(&session).await.status, 401, "twelve hours have passed");
}

async fn signing_in_never_adopts_a_session(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let first = world.session("operatore").await;
    let body = json!({ "provider": "password", "username": "operatore", "password": PASSWORD });
    let again = world.call("POST", "/comune-di-bugliano/api/session").session(&first).json(&body).send().await;
    let second = again.body["session"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!((world.session_auth(&first).await.status.as_u16(), world.session_auth(&second).await.status.as_u16()), (401, 200));
}

async fn a_session_holds_for_its_tenant_only(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let session = world.session("operatore").await;
    let elsewhere =
        |method, path: &str| world.call(method, &format!("/comune-di-vallelaghi/api/{path}")).session(&session).send();
    assert_eq!(elsewhere("GET", "session-auth").await.status, 401);
    assert_eq!(elsewhere("DELETE", "session").await.status, 204);
    assert_eq!(world.session_auth(&session).await.status, 200, "another tenant cannot end it");
}

async fn roles_follow_the_platform(world: World) {
    let id = world.user("operatore", &["ROLE_OPERATORE"]).await;
    let session = world.session("operatore").await;
    world.platform.remove(id);
    assert_eq!(world.session_auth(&session).await.status, 401);
    // The same name with another identity is somebody else.
    world.platform.add(&bugliano(), "somebody", &["ROLE_USER"]);
    world.platform.add(&bugliano(), "operatore", &["ROLE_ADMIN"]);
    let other = world.another(&[]).await;
    assert_eq!(other.session_auth(&session).await.status, 401);
}

async fn the_demo_provider_signs_named_citizens_in(world: World) {
    let world = world.another(&[("SPORTELLO_DEMO", "true")]).await;
    let providers = world.call("GET", "/comune-di-bugliano/api/session/providers").send().await.body;
    let demo = providers.as_array().unwrap().iter().find(|provider| provider["kind"] == "demo").unwrap();
    let citizens = demo["citizens"].as_array().unwrap();
    assert_eq!(citizens[0], json!({ "fiscal_code": "BNRMHL75C06G702B", "name": "Michelangelo", "family_name": "Buonarroti" }));
    let sign_in = |code: Value| {
        world.call("POST", "/comune-di-bugliano/api/session").json(&json!({ "provider": "demo", "fiscal_code": code })).send()
    };
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = sign_in(citizens[1]["fiscal_code"].clone()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let token = world.session_auth(answer.body["session"].as_str().unwrap()).await.token();
        assert_eq!(part(&token, 1)["username"], "CLNVTR76P01G822Q");
        ids.push(part(&token, 1)["id"].clone());
    }
    assert_eq!(ids[0], ids[1], "the same citizen both times");
    assert_eq!(sign_in("RSSMRA80A01H501U".into()).await.status, 401);
}

async fn without_demo_nobody_signs_in_without_proof(world: World) {
    let providers = world.call("GET", "/comune-di-bugliano/api/session/providers").send().await.body;
    assert_eq!(providers, json!([{ "id": "password", "kind": "password", "citizens": [] }]));
    for (body, status) in [
        (json!({ "provider": "demo", "fiscal_code": "BNRMHL75C06G702B" }), 422),
        (json!({ "provider": "spid" }), 422),
        (json!({ "username": "a", "password": "b" }), 422),
        (json!({ "provider": "password", "username": "a", "password": "b" }), 401),
    ] {
        let answer = world.call("POST", "/comune-di-bugliano/api/session").json(&body).send().await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
    }
    assert!(world.platform.0.lock().unwrap().is_empty(), "nobody was made");
}

async fn ended_sessions_are_forgotten(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    world.session("operatore").await;
    world.clock.advance(SignedDuration::from_mins(20));
    world.session("operatore").await;
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(world.auth("operatore", "sbagliata").await.status, 401);
    world.clock.advance(SignedDuration::from_mins(6));
    world.job("forget-sessions").await;
    assert_eq!(count(&world, "sessions").await, 1);
    assert_eq!(count(&world, "sign_in_failures").await, 0);
}

async fn count(world: &World, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    world
        .app
        .db()
        .read(move |tx| tx.one(&sql, storage::params![], |row| row.get(0)))
        .await
        .map_err(|error: storage::Error| error)
        .unwrap()
}

//! Setting passwords, and guessing them.

use jiff::SignedDuration;
use serde_json::json;

use crate::on_both_engines;
use crate::platform::bugliano;
use crate::world::{Answer, PASSWORD, World};

on_both_engines!(
    everybody_changes_their_own,
    weak_passwords_are_refused,
    a_name_belongs_to_one_user,
    guessing_one_account_is_throttled,
    guessing_one_account_from_many_networks_is_throttled,
    a_stranger_elsewhere_locks_nobody_out,
    guessing_many_accounts_is_throttled,
    success_forgives_an_account_but_not_an_address,
    a_burst_of_guesses_at_once_is_throttled,
    guessing_by_changing_is_throttled_too,
    what_strangers_send_is_small,
);

const OTHER: &str = "un'altra frase lunga";

async fn change(world: &World, id: kernel::UserId, bearer: &str, body: serde_json::Value) -> Answer {
    world.call("PUT", &format!("/comune-di-bugliano/api/users/{id}/password")).bearer(bearer).json(&body).send().await
}

async fn everybody_changes_their_own(world: World) {
    let id = world.user("operatore", &["ROLE_OPERATORE"]).await;
    let (token, session) = (world.token("operatore").await, world.session("operatore").await);
    for (current, status) in [(json!(null), 403), (json!("sbagliata"), 403), (json!(PASSWORD), 204)] {
        let body = json!({ "username": "Operatore", "password": OTHER, "current_password": current });
        assert_eq!(change(&world, id, &token, body).await.status.as_u16(), status, "{current}");
    }
    assert_eq!(
        (world.auth("operatore", PASSWORD).await.status.as_u16(), world.auth("operatore", OTHER).await.status.as_u16()),
        (401, 200)
    );
    assert_eq!(world.session_auth(&session).await.status, 401, "whoever had the old password is out");
    let body = json!({ "username": "another-name", "password": PASSWORD, "current_password": OTHER });
    assert_eq!(change(&world, id, &token, body).await.status, 422);
}

async fn weak_passwords_are_refused(world: World) {
    let admin = world.user("admin", &["ROLE_ADMIN"]).await;
    let other = world.platform.add(&bugliano(), "operatore", &["ROLE_OPERATORE"]);
    let token = world.token("admin").await;
    assert_ne!(admin, other);
    for bad in ["corta", "operatore1", "aaaaaaaaaaaa"] {
        let answer = change(&world, other, &token, json!({ "username": "operatore", "password": bad })).await;
        assert_eq!((answer.status.as_u16(), answer.body["errors"][0]["field"].as_str()), (422, Some("/password")), "{bad}");
        assert_eq!(world.auth("operatore", bad).await.status, 401);
    }
    assert_eq!(change(&world, other, &token, json!({ "username": "", "password": OTHER })).await.status, 422);
    assert_eq!(change(&world, other, &token, json!({ "username": "operatore", "password": OTHER })).await.status, 204);
    assert_eq!(world.auth("operatore", OTHER).await.status, 200);
}

async fn a_name_belongs_to_one_user(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let other = world.platform.add(&bugliano(), "another", &["ROLE_OPERATORE"]);
    let service = world.service(bugliano().id);
    let answer = change(&world, other, &service, json!({ "username": "OPERATORE", "password": OTHER })).await;
    assert_eq!((answer.status.as_u16(), answer.body["type"].as_str()), (409, Some("/errors/username-taken")));
    assert_eq!(world.auth("operatore", PASSWORD).await.status, 200);
}

async fn guess(world: &World, username: &str, password: &str, address: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    world.call("POST", "/comune-di-bugliano/api/auth").from(address).json(&body).send().await
}

/// It is one account in any spelling of its name.
fn spelling(attempt: usize) -> &'static str {
    if attempt.is_multiple_of(2) { "operatore" } else { " OPERATORE" }
}

async fn guessing_one_account_is_throttled(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    for attempt in 0..10 {
        assert_eq!(guess(&world, spelling(attempt), "sbagliata", "192.0.2.1").await.status, 401);
    }
    let other_process = world.another(&[]).await;
    for world in [&world, &other_process] {
        let answer = guess(world, "operatore", PASSWORD, "192.0.2.1").await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("retry-after")),
            (429, Some("300")),
            "even the right password must wait"
        );
        assert_eq!(guess(world, "another", PASSWORD, "192.0.2.1").await.status, 401, "others need not wait");
    }
    world.clock.advance(SignedDuration::from_secs(300));
    assert_eq!(guess(&world, "operatore", "sbagliata", "192.0.2.1").await.status, 401);
    assert_eq!(guess(&world, "operatore", PASSWORD, "192.0.2.1").await.status, 429);
    world.clock.advance(SignedDuration::from_secs(300));
    assert_eq!(guess(&world, "operatore", PASSWORD, "192.0.2.1").await.status, 200);
}

async fn guessing_one_account_from_many_networks_is_throttled(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    for attempt in 0..100 {
        let address = format!("192.0.2.{}", attempt % 20);
        assert_eq!(guess(&world, spelling(attempt), "sbagliata", &address).await.status, 401);
    }
    let other_process = world.another(&[]).await;
    for world in [&world, &other_process] {
        let answer = guess(world, "operatore", PASSWORD, "198.51.100.1").await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, Some("60")));
        assert_eq!(guess(world, "another", PASSWORD, "198.51.100.1").await.status, 401, "others need not wait");
    }
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(guess(&world, "operatore", "sbagliata", "198.51.100.2").await.status, 401);
    assert_eq!(guess(&world, "operatore", PASSWORD, "198.51.100.1").await.status, 429);
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(guess(&world, "operatore", PASSWORD, "198.51.100.1").await.status, 200);
    // A success forgives nothing of that: there is room for as many as there were minutes without a failure.
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(guess(&world, "operatore", "sbagliata", "198.51.100.3").await.status, 401);
    assert_eq!(guess(&world, "operatore", "sbagliata", "198.51.100.4").await.status, 401);
    assert_eq!(guess(&world, "operatore", "sbagliata", "198.51.100.5").await.status, 429);
}

async fn a_stranger_elsewhere_locks_nobody_out(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    for _ in 0..10 {
        assert_eq!(guess(&world, "operatore", "sbagliata", "192.0.2.66").await.status, 401);
    }
    assert_eq!(guess(&world, "operatore", "sbagliata", "192.0.2.66").await.status, 429);
    assert_eq!(guess(&world, "operatore", PASSWORD, "198.51.100.1").await.status, 200);
    assert_eq!(guess(&world, "operatore", PASSWORD, "192.0.2.66").await.status, 429, "the owner's success is not the stranger's");
}

async fn guessing_many_accounts_is_throttled(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    for attempt in 0..30 {
        assert_eq!(guess(&world, &format!("user{attempt}"), "Password1", "192.0.2.7").await.status, 401);
    }
    let answer = guess(&world, "operatore", PASSWORD, "192.0.2.7").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, Some("20")));
    assert_eq!(guess(&world, "operatore", PASSWORD, "192.0.2.8").await.status, 200);
}

async fn success_forgives_an_account_but_not_an_address(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    for _ in 0..3 {
        for _ in 0..9 {
            assert_eq!(guess(&world, "operatore", "sbagliata", "192.0.2.7").await.status, 401);
        }
        assert_eq!(guess(&world, "operatore", PASSWORD, "192.0.2.7").await.status, 200);
    }
    for _ in 0..3 {
        assert_eq!(guess(&world, "operatore", "sbagliata", "192.0.2.7").await.status, 401);
    }
    assert_eq!(guess(&world, "operatore", PASSWORD, "192.0.2.7").await.status, 429);
}

async fn a_burst_of_guesses_at_once_is_throttled(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let body = json!({ "username": "operatore", "password": "sbagliata" });
        guesses.spawn(world.call("POST", "/comune-di-bugliano/api/auth").json(&body).send());
    }
    let mut tried = 0;
    while let Some(answer) = guesses.join_next().await {
        tried += usize::from(answer.unwrap().status == 401);
    }
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    assert!((10..10 + processors).contains(&tried), "{tried} of 60 guesses were tried");
}

async fn guessing_by_changing_is_throttled_too(world: World) {
    let id = world.user("operatore", &["ROLE_OPERATORE"]).await;
    let token = world.token("operatore").await;
    let attempt = |current: &'static str| {
        change(&world, id, &token, json!({ "username": "operatore", "password": OTHER, "current_password": current }))
    };
    for _ in 0..10 {
        assert_eq!(attempt("sbagliata").await.status, 403);
    }
    assert_eq!(attempt(PASSWORD).await.status, 429);
    assert_eq!(world.auth("operatore", PASSWORD).await.status, 429);
}

async fn what_strangers_send_is_small(world: World) {
    let id = world.user("operatore", &["ROLE_OPERATORE"]).await;
    let service = world.service(bugliano().id);
    for (method, path) in [("POST", "auth".to_owned()), ("POST", "session".to_owned()), ("PUT", format!("users/{id}/password"))] {
        let body = json!({ "provider": "password", "username": "operatore", "password": "x".repeat(8 * 1024) });
        let call = world.call(method, &format!("/comune-di-bugliano/api/{path}")).bearer(&service).json(&body);
        assert_eq!(call.send().await.status, 413, "{path}");
    }
}

//! Tokens: what stands in them and who gets one by password.

use serde_json::json;

use crate::on_both_engines;
use crate::platform::{bugliano, vallelaghi};
use crate::world::{PASSWORD, World, part};

on_both_engines!(
    a_password_gives_a_token,
    wrong_credentials_are_all_alike,
    a_user_that_is_gone_gets_nothing,
    visitors_get_a_token_each
);

async fn a_password_gives_a_token(world: World) {
    let id = world.user("BNRMHL75C06G702B", &["ROLE_CPS_USER", "ROLE_USER"]).await;
    let answer = world.auth(" bnrmhl75c06g702b", PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    let token = answer.token();
    let now = world.clock.now().as_second();
    let claims = json!({
        "iat": now,
        "exp": now + 3600,
        "roles": ["ROLE_CPS_USER", "ROLE_USER"],
        "username": "BNRMHL75C06G702B",
        "id": id,
        "tenant_id": bugliano().id,
    });
    assert_eq!(part(&token, 1), claims);
    let header = part(&token, 0);
    assert_eq!(
        (header["typ"].as_str(), header["alg"].as_str(), header.as_object().unwrap().len()),
        (Some("JWT"), Some("RS256"), 3)
    );
    let probe = world.probe("comune-di-bugliano", &token).await;
    assert_eq!(probe.body, json!({ "tenant_id": bugliano().id, "kind": "Citizen" }));
    assert_eq!(world.probe("comune-di-vallelaghi", &token).await.status, 404);
}

async fn wrong_credentials_are_all_alike(world: World) {
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let mut answers = Vec::new();
    for (username, password) in
        [("operatore", "sbagliata"), ("operatore", ""), ("nessuno", PASSWORD), ("", PASSWORD), ("a\u{1}b", "x")]
    {
        let mut answer = world.auth(username, password).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (401, Some("application/problem+json")),
            "{username:?}"
        );
        assert!(answer.body.as_object_mut().unwrap().remove("instance").is_some());
        answers.push(answer.body);
    }
    assert_eq!((answers[0]["code"].clone(), answers[0]["message"].clone()), (json!(401), json!("Credenziali non valide.")));
    assert_eq!((answers[0]["status"].clone(), answers[0]["type"].clone()), (json!(401), json!("/errors/bad-credentials")));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");

    let other = world.call("POST", "/comune-di-vallelaghi/api/auth");
    let answer = other.json(&json!({ "username": "operatore", "password": PASSWORD })).send().await;
    assert_eq!(answer.status, 401, "a password holds for its own tenant only");
    for body in [json!({}), json!({ "username": "operatore" }), json!({ "username": 1, "password": PASSWORD }), json!([])] {
        let answer = world.call("POST", "/comune-di-bugliano/api/auth").json(&body).send().await;
        assert_eq!(answer.status, 422, "{body}");
    }
    assert_eq!(world.auth("a\u{0}b", "x").await.status, 400, "no name has the null character");
    assert_eq!(world.call("POST", "/comune-di-nessuno/api/auth").json(&json!({})).send().await.status, 404);
    assert_eq!(world.call("GET", "/comune-di-bugliano/api/auth").send().await.status, 405);
}

async fn a_user_that_is_gone_gets_nothing(world: World) {
    let id = world.user("operatore", &["ROLE_OPERATORE"]).await;
    assert_eq!(world.auth("operatore", PASSWORD).await.status, 200);
    world.platform.remove(id);
    assert_eq!(world.auth("operatore", PASSWORD).await.status, 401);
    // Somebody else who gets the name later has not got the password.
    world.platform.add(&bugliano(), "somebody", &["ROLE_USER"]);
    world.platform.add(&bugliano(), "operatore", &["ROLE_ADMIN"]);
    assert_eq!(world.auth("operatore", PASSWORD).await.status, 401);
}

async fn visitors_get_a_token_each(world: World) {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = world.call("POST", "/comune-di-bugliano/api/session-auth").send().await;
        assert_eq!(answer.status, 200);
        let claims = part(&answer.token(), 1);
        assert_eq!((claims["roles"].clone(), claims["tenant_id"].clone()), (json!(["ROLE_USER"]), json!(bugliano().id)));
        assert_eq!(world.probe("comune-di-bugliano", &answer.token()).await.body["kind"], "Anonymous");
        ids.push(claims["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    let by_host = world.call("POST", "/lang/api/session-auth").host("servizi.comune.vallelaghi.tn.it").send().await;
    assert_eq!(part(&by_host.token(), 1)["tenant_id"], json!(vallelaghi().id));
}

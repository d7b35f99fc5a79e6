//! The keys that sign: made once, published, replaced.

use jiff::SignedDuration;
use serde_json::Value;

use crate::on_both_engines;
use crate::platform::bugliano;
use crate::world::{World, part};

on_both_engines!(
    each_tenant_has_one_key_of_its_own,
    processes_that_start_together_share_a_key,
    a_key_is_replaced_without_anybody_noticing,
    private_keys_are_stored_sealed,
);

async fn published(world: &World, host: &str) -> Vec<Value> {
    let answer = world.call("GET", "/.well-known/jwks.json").host(host).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("public, max-age=600")));
    answer.body["keys"].as_array().unwrap().clone()
}

async fn visitor(world: &World, tenant: &str) -> String {
    world.call("POST", &format!("/{tenant}/api/session-auth")).send().await.token()
}

fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

async fn each_tenant_has_one_key_of_its_own(world: World) {
    assert_eq!(published(&world, "piattaforma.example.it").await.len(), 0);
    let keys = published(&world, "servizi.comune.bugliano.pi.it").await;
    assert_eq!(keys.len(), 1, "made before anybody signs in");
    let token = visitor(&world, "comune-di-bugliano").await;
    assert_eq!(keys[0]["kid"], kid(&token));
    assert_eq!(
        (keys[0]["kty"].as_str(), keys[0]["use"].as_str(), keys[0]["alg"].as_str()),
        (Some("RSA"), Some("sig"), Some("RS256"))
    );
    assert_eq!((keys[0]["e"].as_str(), keys[0].as_object().unwrap().len()), (Some("AQAB"), 6));

    let other = kid(&visitor(&world, "comune-di-vallelaghi").await);
    assert_ne!(other, kid(&token));
    assert_eq!(published(&world, "servizi.comune.bugliano.pi.it").await.len(), 1);
    assert_eq!(published(&world, "piattaforma.example.it:8080").await.len(), 2, "a host that names no tenant gets all");

    // Third parties verify with nothing but the published key.
    let key = jsonwebtoken::DecodingKey::from_rsa_components(keys[0]["n"].as_str().unwrap(), "AQAB").unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.validate_exp = false;
    assert!(jsonwebtoken::decode::<Value>(&token, &key, &validation).is_ok());
    let internal = world.call("GET", &format!("/internal/keys/{}", kid(&token))).send().await;
    assert_eq!(
        (internal.body["tenant_id"].clone(), internal.body["n"].clone()),
        (serde_json::json!(bugliano().id), keys[0]["n"].clone())
    );
    assert_eq!(internal.body.as_object().unwrap().len(), 4);
    assert_eq!(world.call("GET", "/internal/keys/unknown").send().await.status, 404);
}

async fn processes_that_start_together_share_a_key(world: World) {
    let other = world.another(&[]).await;
    let path = "/comune-di-bugliano/api/session-auth";
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..4 {
        calls.spawn(world.call("POST", path).send());
        calls.spawn(other.call("POST", path).send());
    }
    let mut kids: Vec<_> = calls.join_all().await.iter().map(|answer| kid(&answer.token())).collect();
    kids.dedup();
    assert_eq!(kids.len(), 1, "{kids:?}");
}

async fn a_key_is_replaced_without_anybody_noticing(world: World) {
    let first = visitor(&world, "comune-di-bugliano").await;
    world.job("replace-signing-keys").await;
    assert_eq!(published(&world, "servizi.comune.bugliano.pi.it").await.len(), 1, "young enough");

    world.clock.advance(SignedDuration::from_hours(24 * 181));
    let last = visitor(&world, "comune-di-bugliano").await;
    world.job("replace-signing-keys").await;
    world.job("replace-signing-keys").await;
    assert_eq!(published(&world, "servizi.comune.bugliano.pi.it").await.len(), 2, "the next one is shown before it signs");
    let before = visitor(&world, "comune-di-bugliano").await;
    assert_eq!((kid(&last), kid(&before)), (kid(&first), kid(&first)));

    world.clock.advance(SignedDuration::from_mins(59));
    let last = visitor(&world, "comune-di-bugliano").await;
    assert_eq!(kid(&last), kid(&first));
    world.clock.advance(SignedDuration::from_mins(1));
    let next = visitor(&world, "comune-di-bugliano").await;
    assert_ne!(kid(&next), kid(&first));

    // The last token of the old key holds to its end, for a process that has never seen the key before.
    world.clock.advance(SignedDuration::from_mins(58));
    let other = world.another(&[]).await;
    for token in [&last, &next] {
        assert_eq!(other.probe("comune-di-bugliano", token).await.status, 200);
    }
    world.clock.advance(SignedDuration::from_mins(10));
    world.job("forget-sessions").await;
    let keys = published(&world, "servizi.comune.bugliano.pi.it").await;
    assert_eq!((keys.len(), keys[0]["kid"].as_str()), (1, Some(kid(&next).as_str())));
    let other = world.another(&[]).await;
    assert_eq!(other.probe("comune-di-bugliano", &last).await.status, 401);
}

async fn private_keys_are_stored_sealed(world: World) {
    visitor(&world, "comune-di-bugliano").await;
    let sql = "SELECT private_key FROM signing_keys";
    let read = world.app.db().read(move |tx| tx.one(sql, storage::params![], |row| row.get::<Vec<u8>>(0)));
    let sealed = read.await.map_err(|error: storage::Error| error).unwrap();
    assert!(aws_lc_rs::signature::RsaKeyPair::from_pkcs8(&sealed).is_err());
    let rsa_oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    assert!(!sealed.windows(rsa_oid.len()).any(|window| window == rsa_oid), "the key shows through");

    let changed = "x".repeat(32);
    let other = world.another(&[("SPORTELLO_SECRET", &changed)]).await;
    let answer = other.call("POST", "/comune-di-bugliano/api/session-auth").send().await;
    assert_eq!(answer.status, 500, "a key sealed with another secret is never replaced in silence");
    assert!(!answer.body.to_string().contains("SPORTELLO_SECRET"), "and nobody outside learns why");
}

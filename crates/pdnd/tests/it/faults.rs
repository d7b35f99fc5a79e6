//! What happens when the platform or a provider fails, and what is answered then.

use serde_json::json;

use crate::on_both_engines;
use crate::platform::Mode;
use crate::world::{API, BUGLIANO, CITIZEN, World};

on_both_engines!(
    a_lost_voucher_is_asked_for_again,
    the_platform_s_failures_are_told_apart,
    a_voucher_that_is_refused_is_replaced_once,
    a_provider_s_failures_are_told_apart,
    many_who_ask_at_once_ask_the_platform_once,
    an_eservice_with_the_wrong_audience_is_refused_by_the_provider,
);

const PATH: &str = "/anpr/accertamento-residenza";

async fn a_lost_voucher_is_asked_for_again(world: World) {
    world.platform.is(Mode::Lost, Some(1));
    world.ask(PATH, "residenza", CITIZEN).await.expect(200);
    assert_eq!(world.platform.vouchers(), 3, "two for C030, of which one was lost");
    assert_eq!(world.number("SELECT count(*) FROM pdnd_vouchers").await, 2, "those that came are kept");
}

async fn the_platform_s_failures_are_told_apart(world: World) {
    for (mode, status, code, told) in [
        (Mode::Down, 503, "pdnd-unavailable", ""),
        (Mode::Lost, 503, "pdnd-unavailable", ""),
        (Mode::Broken, 502, "pdnd-provider-unreadable", ""),
        (Mode::Refusing("0021 invalidAgreementState"), 502, "pdnd-voucher-refused", "0021 invalidAgreementState"),
    ] {
        world.platform.is(mode.clone(), None);
        let answer = world.ask(PATH, "residenza", CITIZEN).await.expect(status);
        assert_eq!(answer["type"], format!("/errors/{code}"), "{mode:?}");
        assert!(answer["detail"].as_str().unwrap().contains(told), "{answer}");
    }
    world.platform.is(Mode::Good, None);
    world.ask(PATH, "residenza", CITIZEN).await.expect(200);
    // A purpose that is active no more: the next voucher is refused, and with it the next question.
    world.platform.purposes.lock().unwrap().clear();
    world.clock.advance(jiff::SignedDuration::from_hours(2));
    let refused = world.ask(PATH, "residenza", CITIZEN).await.expect(502);
    assert!(refused["detail"].as_str().unwrap().contains("0020"), "{refused}");
}

async fn a_voucher_that_is_refused_is_replaced_once(world: World) {
    world.ask(PATH, "residenza", CITIZEN).await.expect(200);
    assert_eq!(world.platform.vouchers(), 2);
    world.providers_are("distrustful", Some(1)).await;
    world.ask(PATH, "residenza_archetipo", CITIZEN).await.expect(200);
    assert_eq!(world.platform.vouchers(), 3);
    world.providers_are("distrustful", None).await;
    let refused = world.ask("/inps/isee", "isee", CITIZEN).await.expect(502);
    assert_eq!(refused["type"], "/errors/pdnd-provider-refused");
    assert_eq!(world.platform.vouchers(), 5, "no more than twice");
}

async fn a_provider_s_failures_are_told_apart(world: World) {
    for (mode, status, code) in [
        ("down", 503, "pdnd-unavailable"),
        ("failing", 503, "pdnd-unavailable"),
        ("broken", 502, "pdnd-provider-unreadable"),
        ("silent", 503, "pdnd-unavailable"),
    ] {
        world.providers_are(mode, None).await;
        for (path, format) in [(PATH, "residenza"), ("/inps/isee", "isee")] {
            let answer = world.ask(path, format, CITIZEN).await.expect(status);
            assert_eq!(answer["type"], format!("/errors/{code}"), "{mode} {path}");
        }
    }
    world.providers_are("slow", Some(1)).await;
    world.ask(PATH, "residenza", CITIZEN).await.expect(200);
    world.ask("/inps/isee", "isee", CITIZEN).await.expect(200);
}

async fn many_who_ask_at_once_ask_the_platform_once(world: World) {
    world.platform.is(Mode::Slow, None);
    let asking: Vec<_> = (0..8).map(|_| world.ask("/inps/isee", "isee", CITIZEN)).collect();
    for answer in futures::future::join_all(asking).await {
        answer.expect(200);
    }
    assert_eq!(world.platform.vouchers(), 1);
}

async fn an_eservice_with_the_wrong_audience_is_refused_by_the_provider(world: World) {
    let known = world.call("GET", &format!("{API}/e-services?limit=100"), &serde_json::Value::Null).await.expect(200);
    let known = known["data"].as_array().unwrap().iter();
    let mut isee = known.into_iter().find(|one| one["slug"] == "isee" && one["env"] == "locale").unwrap().clone();
    let id = isee["id"].as_str().unwrap().to_owned();
    // The classical mistake: the audience is taken for the address.
    isee["audience"] = json!("https://api.inps.it/other");
    world.call("PUT", &format!("/internal/pdnd/e-services/{id}"), &isee).await.expect(204);
    let refused = world.ask("/inps/isee", "isee", CITIZEN).await;
    assert_eq!(refused.status, 502, "{}", refused.body);
    let config = format!("{API}/tenants/{BUGLIANO}/configs/{}", world.config("isee"));
    assert_eq!(world.call("GET", &config, &serde_json::Value::Null).await.status, 200);
}

//! Several payments at once: chosen, checked, paid on the provider's page, and what became of each.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Browser, at};

fn cart(ids: &[&str]) -> String {
    let query: Vec<_> = ids.iter().map(|id| format!("payment={id}")).collect();
    at(&format!("/pagamenti/carrello?{}", query.join("&")))
}

#[tokio::test]
async fn whoever_owes_several_can_choose_them() {
    let mut browser = Browser::of("cittadino").await;
    assert!(browser.get(&at("/pagamenti")).await.attributes("[name=payment]", "value").is_empty(), "one is paid by itself");
    browser.fake.memory().said.insert("several".into(), json!(true));
    let page = browser.get(&at("/pagamenti")).await;
    assert_eq!(page.attributes("[name=payment]", "value").len(), 2);
    assert_eq!(page.attributes("[aria-labelledby=due] form", "action"), [at("/pagamenti/carrello")]);
    assert_eq!(page.attributes("[aria-labelledby=due] form", "method"), ["get"]);
}

#[tokio::test]
async fn a_choice_is_paid_on_the_providers_page() {
    let mut browser = Browser::of("cittadino").await;
    let address = cart(&["p-due-1", "p-complete-2", "p-due-3", "p-due-1"]);
    let page = browser.get(&address).await;
    assert_eq!(page.texts(".rows > li").len(), 3, "each once");
    assert_eq!(page.attributes("form.cart-total [name=payment]", "value"), ["p-due-1", "p-due-3"]);
    assert!(page.texts(".cart-sum")[0].contains("32,00"), "what was paid is not in the total");
    assert!(page.texts(".rows > li")[1].contains("già stato pagato"));
    let without = page.attributes(".rows > li:nth-child(2) .actions a", "href");
    assert_eq!(without, [cart(&["p-due-1", "p-due-3"])]);
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self' https:"));

    let sent = browser.submit_to(&address, &at("/pagamenti/carrello"), &[("payment", "p-due-1"), ("payment", "p-due-3")]).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "https://pay.example.it/carts/c-1"));
    let asked = browser.fake.memory().said["make_cart"].clone();
    assert_eq!(asked["payments"], json!(["p-due-1", "p-due-3"]));
    let back = asked["return_url"].as_str().unwrap();
    assert_eq!(back, "http://localhost/comune-di-bugliano/it/pagamenti/carrello/esito?provider=sandbox");
}

#[tokio::test]
async fn what_the_provider_refuses_is_left_out_and_the_rest_goes_on() {
    let mut browser = Browser::of("cittadino").await;
    let (address, target) = (cart(&["p-due-1", "p-due-2"]), at("/pagamenti/carrello"));
    let fields = [("payment", "p-due-1"), ("payment", "p-due-2")];
    browser.fake.memory().broken = Some("cart-refused".into());
    let refused = browser.submit_to(&address, &target, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts("#error-summary")[0].contains("Non è stato addebitato nulla"));
    assert!(refused.texts(".rows > li")[1].contains("Il pagamento risulta già eseguito."));
    assert_eq!(refused.attributes("form.cart-total [name=payment]", "value"), ["p-due-1"]);
    browser.fake.memory().broken = Some("carts".into());
    let away = browser.submit_to(&address, &target, &fields).await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(away.texts("#error-summary")[0].contains("riprova") && !away.body.contains("secret"));
    assert_eq!(away.attributes("form.cart-total [name=payment]", "value").len(), 2, "the choice is not lost");
    browser.fake.memory().broken = None;
    let changed = browser.submit_to(&address, &target, &[("payment", "p-due-1"), ("payment", "p-canceled-2")]).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody pays another sum than was shown");
    assert!(!browser.fake.memory().said.contains_key("make_cart"));
    assert_eq!(changed.attributes("form.cart-total [name=payment]", "value"), ["p-due-1"]);
    let nothing = browser.submit_to(&address, &target, &[("payment", "p-complete-1")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn payments_of_others_are_not_there() {
    let mut browser = Browser::of("cittadino").await;
    assert_eq!(browser.get(&cart(&["p-due-1", "p-theirs"])).await.status, StatusCode::NOT_FOUND);
    let back = |cart: &str, provider: &str| at(&format!("/pagamenti/carrello/esito?provider={provider}&cart={cart}&payment=OK"));
    assert_eq!(browser.get(&back("another", "sandbox")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&back("paid", "nowhere")).await.status, StatusCode::NOT_FOUND);
    let mut nobody = Browser::new().await;
    assert!(nobody.get(&cart(&["p-due-1"])).await.location().contains("/login"));
}

#[tokio::test]
async fn who_comes_back_sees_what_became_of_each() {
    let mut browser = Browser::of("cittadino").await;
    let back = |cart: &str, said: &str| at(&format!("/pagamenti/carrello/esito?provider=sandbox&cart={cart}&payment={said}"));
    let paid = browser.get(&back("paid", "OK")).await;
    assert!(paid.texts(".notice-good")[0].contains("Hai pagato tutto"));
    assert_eq!(paid.texts("[data-poll]").len(), 0);
    let waiting = browser.get(&back("open", "OK")).await;
    assert_eq!(waiting.texts("[data-poll]").len(), 1);
    assert!(waiting.texts(".notice")[0].contains("non pagare di nuovo"));
    assert!(!waiting.body.contains("/pagamenti/carrello?payment"), "what is being confirmed is not paid again");
    let partly = browser.get(&back("partly", "KO")).await;
    assert!(partly.texts(".notice")[0].contains("solo in parte"));
    assert_eq!(partly.attributes(".actions .btn-primary", "href"), [cart(&["p-due-2"])], "what is left, and nothing else");
    let none = browser.get(&back("open", "KO")).await;
    assert_eq!(none.attributes(".actions .btn-primary", "href"), [cart(&["p-due-1", "p-due-2"])]);
}

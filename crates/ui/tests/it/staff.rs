//! The staff's users and passwords.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Browser, at};

#[tokio::test]
async fn an_operators_password_goes_to_the_identity_role_only() {
    let mut browser = Browser::of("admin").await;
    let new = at("/admin/utenti/new");
    let fields = [
        ("given_name", "Elsa"),
        ("family_name", "Morante"),
        ("username", "elsa"),
        ("service", "s-1"),
        ("service", "s-2"),
        ("role", "admin"),
    ];
    let answer = browser.submit(&new, &[&fields[..], &[("password", "corta")]].concat()).await;
    assert_eq!(answer.texts("#password-error"), ["Usare almeno 8 caratteri."]);
    assert_eq!(answer.attributes("form[action$='/admin/utenti/new']", "method"), ["post"], "the same form comes back");
    assert_eq!(answer.attributes("#role option[selected]", "value"), ["admin"]);
    assert_eq!(answer.attributes("#username", "value"), ["elsa"]);
    assert!(browser.fake.memory().users.iter().all(|user| user["username"] != "elsa"), "nobody is there who cannot sign in");
    let said = browser.fake.memory().said["create_user"].clone();
    assert_eq!(said["enabled_services_ids"], json!(["s-1", "s-2"]));
    assert!(said.get("password").is_none());
    let answer = browser.submit(&new, &[&fields[..], &[("password", " una frase lunga ")]].concat()).await;
    assert_eq!(answer.location(), at("/admin/utenti?done=saved"));
    assert_eq!(browser.fake.memory().said["set_password"], json!({ "username": "elsa", "password": " una frase lunga " }));
    assert!(browser.fake.memory().users.iter().any(|user| user["username"] == "elsa" && user["role"] == "admin"));
}

#[tokio::test]
async fn ones_own_password_is_changed_by_whoever_knows_it() {
    for language in ["it", "de", "en"] {
        let citizen = Browser::of("cittadino").await.get(&at("/user").replace("/it/", &format!("/{language}/"))).await;
        assert!(citizen.attributes("input[type=password]", "id").is_empty(), "citizens have none");
    }
    let mut browser = Browser::of("operatore").await;
    let (profile, change) = (at("/user"), at("/user/password"));
    let csrf = browser.csrf().await;
    for (current, password, field, text) in [
        ("", "una frase lunga", "current_password", "Scrivi la password che usi adesso."),
        ("secret", "", "password", "Scrivi una password."),
        ("indovinata", "una frase lunga", "current_password", "Non è la password che usi adesso. Controlla e riprova."),
        ("secret", "corta", "password", "Usare almeno 8 caratteri."),
    ] {
        let fields = [("csrf", csrf.as_str()), ("current_password", current), ("password", password)];
        let answer = browser.post(&change, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{current} {password}");
        assert_eq!(answer.texts(&format!("#{field}-error")), [text]);
        assert!(!answer.body.contains("value=\"secret\""), "a password is never sent back");
    }
    let fields = [("csrf", csrf.as_str()), ("current_password", "secret"), ("password", "una frase lunga")];
    let answer = browser.post(&change, &fields).await;
    assert_eq!(answer.location(), at("/user?done=password"));
    assert!(answer.headers.contains_key("set-cookie"), "the old session has ended, a new one goes on");
    let said = browser.fake.memory().said["set_password"].clone();
    assert_eq!(said, json!({ "username": "operatore", "password": "una frase lunga", "current_password": "secret" }));
    assert_eq!(browser.get(&format!("{profile}?done=password")).await.texts(".notice-good"), ["Password cambiata."]);
}

#[tokio::test]
async fn administrators_find_their_own_password_in_their_profile() {
    let mut browser = Browser::of("admin").await;
    let own = browser.get(&at("/admin/utenti/u-admin")).await;
    assert!(own.attributes("#password", "type").is_empty());
    assert_eq!(own.texts(&format!("a[href='{}']", at("/user#current_password"))), ["Cambia la tua password nel profilo"]);
    assert_eq!(browser.get(&at("/user")).await.attributes("#current_password", "type"), ["password"]);
    assert_eq!(browser.get(&at("/admin/utenti/u-operator")).await.attributes("#password", "type"), ["password"]);
}

#[tokio::test]
async fn a_refused_password_changes_nothing_else() {
    let mut browser = Browser::of("admin").await;
    let fields = [("given_name", "Grazia"), ("username", "operatore"), ("password", "corta")];
    let answer = browser.submit(&at("/admin/utenti/u-operator"), &fields).await;
    assert_eq!(answer.texts("#password-error"), ["Usare almeno 8 caratteri."]);
    assert!(!browser.fake.memory().said.contains_key("change_user"));
}

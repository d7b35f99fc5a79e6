//! Signing in at the body's login provider, as a browser sees it.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Answer, Browser, at};
use super::fake::TENANT;
use super::fake_login::{LOGOUT, PROVIDER, SECRET};

/// A browser that was sent to the provider from a page in German.
async fn sent() -> Browser {
    let mut browser = Browser::new().await;
    let page = at("/login?return-url=%2Fcomune-di-bugliano%2Fde%2Fuser").replace("/it/", "/de/");
    let back = format!("/{TENANT}/de/user");
    let answer = browser.submit_to(&page, &at("/login/oauth").replace("/it/", "/de/"), &[("return-url", &back)]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, PROVIDER), "{}", answer.body);
    browser
}

fn set_cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_citizen_goes_to_the_provider_and_comes_back_to_where_one_was() {
    let mut browser = Browser::new().await;
    let page = browser.get(&at("/login")).await;
    assert_eq!(page.texts("form[action$='/login/oauth'] button"), ["Entra con SPID o CIE"]);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' http: https:;"), "{policy}");

    let fields = [("return-url", format!("/{TENANT}/it/user"))];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.submit_to(&at("/login"), &at("/login/oauth"), &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, PROVIDER));
    let kept = format!("sportello_login=it-{SECRET}; Path=/{TENANT}; HttpOnly; SameSite=Lax; Max-Age=600");
    assert_eq!(set_cookies(&answer), [kept]);
    assert_eq!(browser.fake.memory().said["begin_oauth"], json!({ "return_to": at("/user"), "host": null }));

    let answer = browser.get(&format!("/{TENANT}/auth/login-oauth?code=good&state=s1")).await;
    assert_eq!(answer.location(), at("/auth/login-oauth?code=good&state=s1"));
    let answer = browser.get(&at("/auth/login-oauth?code=good&state=s1")).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, at("/user").as_str()));
    assert!(set_cookies(&answer).contains(&format!("sportello_session=u-citizen; Path=/{TENANT}; HttpOnly; SameSite=Lax")));
    assert!(browser.cookie("sportello_session").is_some() && browser.cookie("sportello_login").is_none());
    let again = browser.get(&at("/auth/login-oauth?code=good&state=s1")).await;
    assert_eq!(again.location(), at("/pratiche"), "loaded again");
}

#[tokio::test]
async fn the_language_is_the_one_in_which_it_began() {
    let mut browser = sent().await;
    let answer = browser.get(&format!("/{TENANT}/auth/login-oauth?error=access_denied&state=s1")).await;
    assert_eq!(answer.location(), format!("/{TENANT}/de/auth/login-oauth?error=access_denied&state=s1"));
    let mut stranger = Browser::new().await;
    let answer = stranger.get(&format!("/{TENANT}/auth/login-oauth")).await;
    assert!(answer.location().starts_with(&at("/auth/login-oauth")), "{}", answer.location());
    assert_eq!(stranger.get("/altrove/auth/login-oauth").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_went_wrong_is_said_and_the_sign_in_is_over() {
    for (query, status, title) in [
        ("error=access_denied&error_description=%3Cscript%3E&state=s1", 200, "Accesso annullato"),
        ("error=server_error&state=s1", 403, "Accesso non riuscito"),
        ("", 403, "Accesso non riuscito"),
        ("code=unknown&state=s1", 403, "Accesso non riuscito"),
        ("code=old&state=s1", 403, "Accesso da ripetere"),
        ("code=good&state=s2", 403, "Accesso da ripetere"),
        ("code=poor&state=s1", 422, "Dati insufficienti per accedere"),
        ("code=down&state=s1", 503, "Il servizio di accesso non risponde"),
        ("code=nonsense&state=s1", 503, "Il servizio di accesso non risponde"),
    ] {
        let mut browser = sent().await;
        let answer = browser.get(&at(&format!("/auth/login-oauth?{query}"))).await;
        assert_eq!((answer.status.as_u16(), answer.texts("h1")), (status, vec![title.to_owned()]), "{query}");
        assert!(answer.attributes("main a.btn", "href").contains(&at("/login")), "{query}");
        assert!(!answer.body.contains("secret stack trace") && !answer.body.contains("<script>"), "{query}");
        assert!(browser.cookie("sportello_login").is_none() && browser.cookie("sportello_session").is_none(), "{query}");
    }
}

#[tokio::test]
async fn a_callback_without_the_secret_of_this_browser_signs_nobody_in() {
    let mut browser = Browser::new().await;
    let answer = browser.get(&at("/auth/login-oauth?code=good&state=s1")).await;
    assert_eq!((answer.status, answer.texts("h1")), (StatusCode::FORBIDDEN, vec!["Accesso da ripetere".to_owned()]));
    assert!(browser.fake.memory().said.is_empty(), "nobody was asked");
}

#[tokio::test]
async fn one_leaves_by_a_form_of_ours_and_comes_back_to_us() {
    let mut browser = Browser::new().await;
    let stolen = Browser::new().await.csrf().await;
    for csrf in ["", &stolen] {
        assert_eq!(browser.post(&at("/login/oauth"), &[("csrf", csrf)]).await.status, StatusCode::FORBIDDEN);
    }
    let long = format!("/{TENANT}/it/{}", "a".repeat(2000));
    for wanted in ["https://evil.example/", "//evil.example", "/altro-comune/it/", &long] {
        let mut browser = Browser::new().await;
        browser.submit_to(&at("/login"), &at("/login/oauth"), &[("return-url", wanted)]).await;
        assert_eq!(browser.fake.memory().said["begin_oauth"]["return_to"], at("/pratiche"), "{wanted}");
        let answer = browser.get(&at("/auth/login-oauth?code=astray&state=s1")).await;
        assert_eq!(answer.location(), at("/pratiche"), "whatever the identity role says");
    }
    let mut browser = Browser::new().await;
    browser.fake.memory().broken = Some("login".into());
    let answer = browser.submit_to(&at("/login"), &at("/login/oauth"), &[]).await;
    assert_eq!(answer.texts("h1"), ["Il servizio di accesso non risponde"]);
}

#[tokio::test]
async fn who_came_from_the_provider_leaves_it_too() {
    let mut browser = sent().await;
    browser.get(&at("/auth/login-oauth?code=good&state=s1")).await;
    let answer = browser.submit(&at("/logout"), &[]).await;
    assert_eq!((answer.status, answer.texts("h1")), (StatusCode::OK, vec!["Hai effettuato l'uscita".to_owned()]));
    assert_eq!(answer.headers["refresh"], format!("0; url={LOGOUT}"));
    assert_eq!(answer.attributes("main a.btn", "href"), [LOGOUT]);
    assert!(browser.cookie("sportello_session").is_none());
    assert!(answer.texts("button").iter().all(|text| text != "Esci"), "nobody is signed in");
}

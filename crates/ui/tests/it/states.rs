//! Where an application and its payment stand, what became of them meanwhile, and sessions that are over.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::browser::{Answer, Browser, at};
use super::fake::Memory;
use super::samples::id;

fn detail(status: &str) -> String {
    at(&format!("/pratiche/{}/detail", id(status)))
}

fn change(memory: &mut Memory, status: &str, changes: &Value) {
    let application = memory.applications.iter_mut().find(|application| application["id"] == id(status)).unwrap();
    application.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
}

#[tokio::test]
async fn who_began_to_pay_and_gave_up_is_told_to_pay() {
    let mut browser = Browser::of("cittadino").await;
    for (query, title) in [("", "Devi completare il pagamento"), ("?payment=KO", "Pagamento non riuscito")] {
        let page = browser.get(&format!("{}{query}", detail("1510"))).await;
        assert_eq!(
            (page.texts("#now .state"), page.texts("#now .notice-title")),
            (vec!["Non pagato".into()], vec![title.into()])
        );
        assert_eq!(page.attributes("#now a.btn", "href"), ["/payment-proxy/sandbox/online-payment/1"]);
    }
    let page = browser.get(&format!("{}?payment=OK", detail("1510"))).await;
    assert_eq!(page.texts("#now .state"), ["In attesa dell'esito di pagamento"]);
    assert_eq!(page.texts("#now .notice-title"), ["Pagamento in verifica"]);
    assert!(!page.body.contains("/online-payment/"), "nobody is asked to pay twice");

    browser.fake.memory().said.extend(["begun", "canceled"].map(|said| (said.to_owned(), json!(true))));
    let list = browser.get(&at("/pratiche")).await;
    let of = |status: &str| -> String {
        let rows = list.texts(".row-card-side");
        let links = list.attributes(".row-card h2 a", "href");
        rows[links.iter().position(|href| *href == detail(status)).unwrap()].clone()
    };
    assert!(of("1510").contains("Non pagato") && of("1510").contains("Devi pagare"), "{}", of("1510"));
    assert_eq!(of("1530"), "Pagamento annullato");
}

#[tokio::test]
async fn a_payment_that_the_office_cancelled_is_not_called_refused() {
    let page = Browser::of("cittadino").await.get(&detail("1530")).await;
    assert_eq!(page.texts("#now .state"), ["Pagamento annullato"]);
    assert_eq!(page.texts("#now .notice-title"), ["Pagamento annullato"]);
    assert!(!page.body.contains("Pagamento rifiutato"));
    let mut operator = Browser::of("operatore").await;
    let asked = operator.get(&at("/operatori/pagamenti/x/annulla")).await;
    assert!(asked.body.contains("La pratica che attende questo pagamento verrà chiusa"));
    let one = operator.get(&at("/operatori/pagamenti/x")).await;
    assert!(!one.body.contains("/online-payment/") && one.body.contains("/notice/"), "the citizen pays");
}

#[tokio::test]
async fn the_staff_is_led_from_the_citizens_payments_to_its_own() {
    for who in ["operatore", "admin"] {
        let mut browser = Browser::of(who).await;
        for (path, led) in [
            ("/pagamenti", "/operatori/pagamenti"),
            ("/pagamenti/p-1", "/operatori/pagamenti/p-1"),
            ("/pagamenti/carrello?payment=p-due-1", "/operatori/pagamenti"),
            ("/pagamenti/carrello/esito?provider=sandbox&cart=open", "/operatori/pagamenti"),
        ] {
            let answer = browser.get(&at(path)).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, at(led).as_str()), "{who} {path}");
        }
        let csrf = browser.csrf().await;
        let answer = browser.post(&at("/pagamenti/carrello"), &[("csrf", &csrf), ("payment", "p-due-1")]).await;
        assert_eq!(answer.location(), at("/operatori/pagamenti"));
        assert!(!browser.fake.memory().said.contains_key("make_cart"));
    }
}

#[tokio::test]
async fn files_of_a_request_for_more_are_there_for_both() {
    let file = json!({ "id": "f-example", "name": "x.pdf", "originalName": "Esempio di planimetria.pdf" });
    let side = json!({ "message": "Serve la targa.", "created_at": "2025-03-13T12:05:00+01:00", "attachments": [file] });
    let changes = json!({ "integrations": [{ "outbound": side, "inbound": null }] });
    let mut citizen = Browser::of("cittadino").await;
    change(&mut citizen.fake.memory(), "4200", &changes);
    let page = citizen.get(&detail("4200")).await;
    assert_eq!(page.texts("#now .files a"), ["Esempio di planimetria.pdf"]);
    let href = at(&format!("/pratiche/{}/attachments/f-example", id("4200")));
    assert_eq!(page.attributes(&format!("[aria-labelledby=documents] a[href='{href}']"), "href").len(), 1);
    let mut operator = Browser::of("operatore").await;
    change(&mut operator.fake.memory(), "4200", &changes);
    let page = operator.get(&at(&format!("/operatori/{}", id("4200")))).await;
    assert!(page.texts("[aria-labelledby=documents] .files a").contains(&"Esempio di planimetria.pdf".to_owned()));
}

#[tokio::test]
async fn what_was_decided_meanwhile_is_said_and_what_was_typed_comes_back() {
    let mut browser = Browser::of("operatore").await;
    let csrf = browser.csrf().await;
    let reject = at(&format!("/operatori/{}/reject", id("7000")));
    let answer = browser.post(&reject, &[("csrf", &csrf), ("message", "Manca la <b>planimetria</b>")]).await;
    assert_eq!((answer.status, answer.texts("h1")), (StatusCode::CONFLICT, vec!["La pratica è già stata accettata".into()]));
    assert_eq!(answer.texts("blockquote"), ["Manca la <b>planimetria</b>"]);
    assert_eq!(answer.attributes("main .actions a", "href"), [at(&format!("/operatori/{}", id("7000")))]);
    assert_eq!(browser.get(&at(&format!("/operatori/{}/boh", id("7000")))).await.status, StatusCode::NOT_FOUND);
    let mut citizen = Browser::of("cittadino").await;
    let csrf = citizen.csrf().await;
    let answer = citizen.post(&at(&format!("/pratiche/{}/withdraw", id("9000"))), &[("csrf", &csrf)]).await;
    assert_eq!((answer.status, answer.texts("h1")), (StatusCode::CONFLICT, vec!["La pratica è già stata rifiutata".into()]));
    assert_eq!(answer.attributes("main .actions a", "href"), [detail("9000")]);
}

#[tokio::test]
async fn the_inbox_has_no_drafts_knows_answers_and_no_nonsense() {
    let mut browser = Browser::of("operatore").await;
    let row = |page: &Answer| page.texts("tbody tr .state");
    let waiting = browser.get(&at("/operatori?status=4200")).await;
    assert_eq!(row(&waiting), ["In attesa di integrazioni"]);
    assert!(!waiting.attributes("#status option", "value").contains(&"1000".to_owned()));
    let asked = json!({ "message": "Serve la targa.", "created_at": "2025-03-12T12:00:00+01:00" });
    change(&mut browser.fake.memory(), "4200", &json!({ "integrations": [{ "outbound": asked, "inbound": null }] }));
    assert_eq!(row(&browser.get(&at("/operatori?status=4200")).await), ["Integrazioni inviate"]);
    for path in ["/operatori?service=zzz", "/operatori/pagamenti?service=zzz"] {
        let page = browser.get(&at(path)).await;
        assert_eq!((page.status, page.texts(".empty").len()), (StatusCode::OK, 1), "{path}");
    }
}

/// A form that is sent after its session has ended, from a page.
async fn late(browser: &mut Browser, from: &str) -> Answer {
    let csrf = browser.csrf().await;
    browser.lapse();
    let request = Request::post(at(&format!("/pratiche/{}/messages", id("4200"))))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", from);
    browser.send(request.body(Body::from(format!("csrf={csrf}&message=Ecco"))).unwrap()).await
}

#[tokio::test]
async fn whoever_sends_after_the_session_has_ended_is_asked_to_sign_in_again() {
    for (from, led) in [
        (format!("http://localhost{}", detail("4200")), detail("4200")),
        ("https://evil.example/altro/it/".to_owned(), at("/")),
        ("nonsense".to_owned(), at("/")),
    ] {
        let answer = late(&mut Browser::of("cittadino").await, &from).await;
        assert_eq!((answer.status, answer.texts("h1")), (StatusCode::UNAUTHORIZED, vec!["L'accesso è scaduto".into()]));
        let href = answer.attributes("#lapsed", "href").remove(0);
        let (login, back) = href.split_once("?return-url=").unwrap();
        let back = percent_encoding::percent_decode_str(back).decode_utf8().unwrap();
        assert_eq!((login, back.as_ref()), (at("/login").as_str(), led.as_str()));
    }
    let mut browser = Browser::of("cittadino").await;
    let csrf = browser.csrf().await;
    browser.lapse();
    let path = at("/servizi/occupazione-suolo-pubblico/access");
    let answer = browser.send_json(Method::POST, &path, &csrf, &json!({ "data": {} })).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(body["location"].as_str().unwrap().starts_with(&at("/login?return-url=")), "{body}");
    assert!(body["detail"].as_str().unwrap().starts_with("L'accesso è scaduto: accedi di nuovo"), "{body}");
}

#[tokio::test]
async fn a_refused_file_is_named_beside_the_files() {
    let mut browser = Browser::of("cittadino").await;
    let csrf = browser.csrf().await;
    let part = |head: &str, body: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let file = |name: &str| part(&format!("name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/pdf"), "%PDF");
    let text = [part("name=\"csrf\"", &csrf), part("name=\"message\"", "Ecco")].concat();
    let body = [text, file("a.pdf"), file("finto.pdf"), "--b--\r\n".to_owned()].concat();
    let request = Request::post(at(&format!("/pratiche/{}/messages", id("4200"))));
    let request = request.header("content-type", "multipart/form-data; boundary=b").body(Body::from(body)).unwrap();
    let answer = browser.send(request).await;
    assert_eq!(answer.texts("#files-error p"), ["finto.pdf: Il contenuto non è quello di un file pdf."]);
    assert_eq!(answer.texts("#message-error"), Vec::<String>::new());
    assert_eq!(answer.attributes("#files", "aria-invalid"), ["true"]);
    let answer = browser.send_json(Method::POST, &at("/upload"), &csrf, &json!({ "name": "finto.pdf" })).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Questo tipo di file non è ammesso."), "{}", answer.body);
}

#[tokio::test]
async fn a_draft_has_not_been_sent_and_wrong_json_says_where() {
    let page = Browser::of("cittadino").await.get(&detail("1000")).await;
    assert_eq!(page.texts("#answers"), ["Dati compilati"]);
    let mut admin = Browser::of("admin").await;
    let answer = admin.submit(&at("/admin/servizi/new"), &[("name", "Nidi"), ("flow_steps", "{")]).await;
    let said = answer.texts(".error-summary li").remove(0);
    assert!(said.starts_with("Passi del modulo: Non è un JSON valido."), "{said}");
}

//! What the pages do: who sees what, what forms send, where they lead.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::browser::{Browser, at};
use super::fake::TENANT;
use super::samples::id;

#[tokio::test]
async fn the_only_tenant_is_gone_to_at_once_and_an_unknown_one_is_a_page() {
    let mut browser = Browser::new().await;
    assert_eq!(browser.get("/").await.location(), format!("/{TENANT}/"));
    assert_eq!(browser.get(&format!("/{TENANT}/")).await.location(), format!("/{TENANT}/it/"));
    assert_eq!(browser.get(&format!("/{TENANT}/it")).await.location(), format!("/{TENANT}/it/"));
    for path in ["/altrove", "/altrove/it/servizi", &format!("/{TENANT}/fr/servizi"), &at("/niente/qui")] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.texts("h1"), ["Pagina non trovata"], "{path}");
    }
}

#[tokio::test]
async fn a_program_that_asks_for_nothing_we_know_gets_a_problem() {
    let mut browser = Browser::new().await;
    let request = axum::http::Request::get(format!("/{TENANT}/api2/unknown")).header("accept", "application/json");
    let answer = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn menus_offer_what_the_role_may_use() {
    for (who, entries) in [
        ("", &["Servizi"][..]),
        ("cittadino", &["Servizi", "Le mie pratiche", "Documenti", "Pagamenti", "Messaggi"]),
        ("operatore", &["Servizi", "Pratiche", "Pagamenti", "Invii nell'app IO"]),
        ("admin", &["Servizi", "Pratiche", "Pagamenti", "Amministrazione", "Invii nell'app IO", "Interoperabilità"]),
    ] {
        let mut browser = if who.is_empty() { Browser::new().await } else { Browser::of(who).await };
        assert_eq!(browser.get(&at("/servizi")).await.texts(".site-nav a"), entries, "{who}");
    }
}

#[tokio::test]
async fn pages_of_others_are_refused_and_nobody_is_sent_to_sign_in() {
    let mut nobody = Browser::new().await;
    let pratica = format!("/pratiche/{}/detail", id("1500"));
    for path in [
        "/pratiche",
        "/user",
        "/operatori",
        "/admin/utenti",
        "/pagamenti",
        "/documenti",
        "/servizi/occupazione-suolo-pubblico/access",
        &pratica,
    ] {
        let answer = nobody.get(&at(path)).await;
        let wanted = format!("{}?return-url=", at("/login"));
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location().starts_with(&wanted), "{path} leads to {}", answer.location());
    }
    let mut citizen = Browser::of("cittadino").await;
    for path in ["/operatori", &format!("/operatori/{}", id("4000")), "/admin", "/admin/servizi/new", "/admin/uffici"] {
        assert_eq!(citizen.get(&at(path)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let csrf = citizen.csrf().await;
    for path in [&format!("/operatori/{}/accept", id("4000")), "/admin/uffici", "/admin/utenti/new", "/admin/servizi/new"] {
        assert_eq!(citizen.post(&at(path), &[("csrf", &csrf), ("name", "x")]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut operator = Browser::of("operatore").await;
    assert_eq!(operator.get(&at("/admin")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(operator.get(&at("/servizi/occupazione-suolo-pubblico/access")).await.status, StatusCode::FORBIDDEN);
    assert!(citizen.fake.memory().said.is_empty());
}

#[tokio::test]
async fn signing_in_comes_back_to_where_one_was_and_nowhere_else() {
    for (asked, led) in [
        (at("/user"), at("/user")),
        ("https://evil.example/".to_owned(), at("/pratiche")),
        ("//evil.example".to_owned(), at("/pratiche")),
        (format!("/{TENANT}//evil.example"), at("/pratiche")),
        (format!("/{TENANT}/\\evil.example"), at("/pratiche")),
        ("/altro-comune/it/".to_owned(), at("/pratiche")),
        (format!("/{TENANT}/it/\r\nSet-Cookie: a=b"), at("/pratiche")),
        (String::new(), at("/pratiche")),
    ] {
        let mut browser = Browser::new().await;
        let fields = [("username", "operatore"), ("password", "secret"), ("return-url", asked.as_str())];
        assert_eq!(browser.submit(&at("/login"), &fields).await.location(), led, "{asked:?}");
    }
}

#[tokio::test]
async fn the_session_is_kept_from_scripts_and_ends_when_asked() {
    let mut browser = Browser::new().await;
    let answer = browser.submit(&at("/login"), &[("username", "operatore"), ("password", "secret")]).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with("sportello_session=")).unwrap();
    assert_eq!(session, &format!("sportello_session=u-operator; Path=/{TENANT}; HttpOnly; SameSite=Lax"));

    assert_eq!(browser.get(&at("/logout")).await.status, StatusCode::OK, "a link alone does not sign out");
    assert!(browser.cookie("sportello_session").is_some());
    let answer = browser.submit(&at("/logout"), &[]).await;
    assert_eq!(answer.location(), at("/"));
    assert!(browser.cookie("sportello_session").is_none());
}

#[tokio::test]
async fn too_many_attempts_are_said_to_be_so() {
    let answer = Browser::new().await.submit(&at("/login"), &[("username", "troppi"), ("password", "x")]).await;
    assert_eq!(answer.texts("#username-error"), ["Troppi tentativi. Aspetta qualche minuto e riprova."]);
    assert_eq!(answer.attributes("#username", "value"), ["troppi"]);
    assert!(!answer.body.contains("value=\"x\""), "a password is never sent back");
}

#[tokio::test]
async fn forms_that_are_not_ours_are_refused() {
    let mut browser = Browser::of("operatore").await;
    let path = at(&format!("/operatori/{}/assign", id("2000")));
    let stolen = Browser::new().await.csrf().await;
    for csrf in ["", "x", &stolen] {
        assert_eq!(browser.post(&path, &[("csrf", csrf)]).await.status, StatusCode::FORBIDDEN, "{csrf}");
    }
    let csrf = browser.csrf().await;
    let request = axum::http::Request::post(&path).header("sec-fetch-site", "cross-site");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = browser.send(request.body(axum::body::Body::from(format!("csrf={csrf}"))).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(browser.fake.memory().said.is_empty());
    assert_eq!(browser.post(&path, &[("csrf", &csrf)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_without_files_are_small_and_have_few_fields() {
    let mut browser = Browser::of("operatore").await;
    let path = at(&format!("/operatori/{}/assign", id("2000")));
    let csrf = browser.csrf().await;
    let many = "a&".repeat(1000);
    for (what, long) in [("bytes", "x".repeat(1024 * 1024)), ("fields", many)] {
        for token in ["stolen", &csrf] {
            let request = axum::http::Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
            let body = axum::body::Body::from(format!("csrf={token}&{long}"));
            let answer = browser.send(request.body(body).unwrap()).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{what}, {token}");
            assert_eq!(answer.texts("h1"), ["Invio troppo grande"], "{what}");
        }
    }
    assert!(browser.fake.memory().said.is_empty());
    let few: Vec<(&str, &str)> = std::iter::once(("csrf", csrf.as_str())).chain((0..999).map(|_| ("a", ""))).collect();
    assert_eq!(browser.post(&path, &few).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn services_are_found_by_words_and_topic_and_hidden_ones_never() {
    let mut browser = Browser::new().await;
    browser.fake.memory().services[4]["status"] = json!(0);
    let all = browser.get(&at("/servizi")).await;
    assert_eq!(all.texts(".tile-title").len(), 4);
    assert_eq!(browser.get(&at("/servizi?q=NIDO")).await.texts(".tile-title"), ["Iscrizione all'asilo nido"]);
    assert_eq!(browser.get(&at("/servizi?topic=Ambiente")).await.texts(".tile-title"), ["Segnala un disservizio"]);
    let words = browser.get(&at("/servizi?q=%3Cscript%3E")).await;
    assert_eq!(words.attributes("#q", "value"), ["<script>"]);
}

#[tokio::test]
async fn the_service_card_has_the_parts_that_the_national_validator_looks_for() {
    let page = Browser::new().await.get(&at("/servizi/occupazione-suolo-pubblico")).await;
    let elements = page.attributes("[data-element]", "data-element");
    for element in [
        "service-title",
        "service-description",
        "service-status",
        "service-topic",
        "service-addressed",
        "service-how-to",
        "service-needed",
        "service-achieved",
        "service-cost",
        "service-calendar-text",
        "service-online-access",
        "service-file",
        "breadcrumb",
        "main-navigation",
        "personal-area-login",
        "accessibility-link",
        "privacy-policy-link",
        "page-index",
    ] {
        assert!(elements.iter().any(|known| known == element), "{element}");
    }
}

#[tokio::test]
async fn a_service_without_a_form_says_so_instead_of_leading_nowhere() {
    let mut browser = Browser::new().await;
    let path = at("/servizi/occupazione-suolo-pubblico");
    assert_eq!(browser.get(&path).await.attributes("a.btn[href$='/access']", "href").len(), 2);
    for steps in [json!([]), json!([{ "type": "formio", "parameters": { "formio_id": "" } }]), json!(null)] {
        browser.fake.memory().services[0]["flow_steps"] = steps;
        let page = browser.get(&path).await;
        assert!(page.attributes("a[href$='/access']", "href").is_empty());
        let said = "Per ora questo servizio non si può richiedere online: rivolgiti all'ufficio.";
        assert_eq!(page.texts("[data-element='service-generic-access']"), [said]);
    }
}

#[tokio::test]
async fn a_citizen_sees_what_to_do_and_how_to_pay() {
    let mut browser = Browser::of("cittadino").await;
    let page = browser.get(&at(&format!("/pratiche/{}/detail", id("1500")))).await;
    assert_eq!(page.texts(".notice-title"), ["Devi completare il pagamento"]);
    assert_eq!(page.texts(".amount"), ["16,00 €"]);
    assert_eq!(page.attributes("a.btn[href='/payment-proxy/sandbox/online-payment/1']", "class").len(), 2);
    assert!(page.texts(".facts dd").contains(&"3028 7223 4000 0003 43".to_owned()));

    let page = browser.get(&at(&format!("/pratiche/{}/detail", id("7000")))).await;
    assert!(page.texts("a.btn").contains(&"Scarica ricevuta".to_owned()));
    assert_eq!(page.texts(".notice blockquote"), ["L'occupazione è autorizzata dalle 8 alle 13."]);
    assert!(!page.body.contains("Sentire il mercato"), "notes of the office are not for citizens");
}

#[tokio::test]
async fn who_is_named_in_an_application_sees_it_without_what_only_its_applicant_does() {
    let mut browser = Browser::of("cittadino").await;
    for status in ["1500", "7000"] {
        let mut memory = browser.fake.memory();
        let application = memory.applications.iter_mut().find(|application| application["id"] == id(status)).unwrap();
        let somebody = json!({ "user": "anna", "user_name": "Anna Rossi", "related": application["user"], "links": [] });
        application.as_object_mut().unwrap().extend(somebody.as_object().unwrap().clone());
    }
    let said = "Pratica di Anna Rossi: la vedi perché ti ha indicato tra le persone collegate.";
    let list = browser.get(&at("/pratiche")).await;
    assert_eq!(list.texts(".row-card-main p").iter().filter(|text| *text == said).count(), 2);

    let page = browser.get(&at(&format!("/pratiche/{}/detail", id("1500")))).await;
    assert!(page.body.contains(said));
    assert_eq!((page.texts(".notice-title"), page.texts(".amount")), (Vec::<String>::new(), Vec::new()), "others pay");
    assert!(page.texts("form textarea").is_empty() && !page.body.contains("/withdraw"), "others write");
    let page = browser.get(&at(&format!("/pratiche/{}/detail", id("7000")))).await;
    assert_eq!(page.texts(".notice blockquote"), ["L'occupazione è autorizzata dalle 8 alle 13."]);
}

#[tokio::test]
async fn an_answered_request_is_the_offices_turn() {
    let (page, desk) = (at(&format!("/pratiche/{}/detail", id("4200"))), at(&format!("/operatori/{}", id("4200"))));
    for (asked, answered) in [("2025-03-12T12:05:01+01:00", false), ("2025-03-12T12:05:00+01:00", true)] {
        let mut citizen = Browser::of("cittadino").await;
        let ask = |memory: &mut super::fake::Memory| {
            let application = memory.applications.iter_mut().find(|application| application["id"] == id("4200")).unwrap();
            application["integrations"] =
                json!([{ "outbound": { "message": "Serve la targa.", "created_at": asked }, "inbound": null }]);
        };
        ask(&mut citizen.fake.memory());
        let wanted = if answered { "Risposta inviata: l'ufficio la esamina" } else { "Ti sono state richieste integrazioni" };
        let shown = citizen.get(&page).await;
        assert_eq!(shown.texts("#now .notice-title"), [wanted]);
        assert_eq!(shown.texts("#now .state"), [if answered { "Integrazioni inviate" } else { "In attesa di integrazioni" }]);
        let mut operator = Browser::of("operatore").await;
        ask(&mut operator.fake.memory());
        let notices = operator.get(&desk).await.texts(".notice-title");
        assert_eq!(notices.contains(&"È arrivata la risposta alle integrazioni".to_owned()), answered);
    }
}

#[tokio::test]
async fn without_the_payments_role_the_page_is_there_all_the_same() {
    let mut browser = Browser::of("cittadino").await;
    browser.fake.memory().broken = Some("payments".into());
    assert_eq!(browser.get(&at(&format!("/pratiche/{}/detail", id("1500")))).await.status, StatusCode::OK);
    let answer = browser.get(&at("/pagamenti")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.body.contains("secret stack trace"));
    assert_eq!(answer.texts("h1"), ["Servizio non disponibile"]);
}

#[tokio::test]
async fn a_message_is_sent_as_html_without_the_senders_markup() {
    let mut browser = Browser::of("cittadino").await;
    let detail = format!("/pratiche/{}/detail", id("4200"));
    let csrf = browser.csrf().await;
    let path = at(&format!("/pratiche/{}/messages", id("4200")));
    let answer = browser.post(&path, &[("csrf", &csrf), ("message", "Ecco la <b>targa</b>.\r\n\r\nGrazie")]).await;
    assert_eq!(answer.location(), at(&format!("{detail}?done=message")));
    let said = browser.fake.memory().said["send_message"].clone();
    assert_eq!(said, json!({ "message": "<p>Ecco la &lt;b&gt;targa&lt;/b&gt;.</p><p>Grazie</p>", "visibility": "applicant" }));
    let page = browser.get(&at(&format!("{detail}?done=message"))).await;
    assert_eq!(page.texts(".notice-good"), ["Messaggio inviato."]);

    let answer = browser.post(&path, &[("csrf", &csrf), ("message", "  ")]).await;
    assert_eq!(answer.texts("#message-error"), ["Scrivi il testo del messaggio."]);
}

#[tokio::test]
async fn files_go_with_a_message() {
    let mut browser = Browser::of("cittadino").await;
    let csrf = browser.csrf().await;
    let part = |head: &str, body: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let body = [
        part("name=\"csrf\"", &csrf),
        part("name=\"message\"", "Ecco"),
        part("name=\"files\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf", "%PDF"),
        part("name=\"files\"; filename=\"\"", ""),
        "--b--\r\n".to_owned(),
    ];
    let request = axum::http::Request::post(at(&format!("/pratiche/{}/messages", id("4200"))));
    let request =
        request.header("content-type", "multipart/form-data; boundary=b").body(axum::body::Body::from(body.concat())).unwrap();
    assert_eq!(browser.send(request).await.status, StatusCode::SEE_OTHER);
    let said = browser.fake.memory().said["send_message"]["attachments"].clone();
    assert_eq!(said, json!([{ "name": "a.pdf", "mime_type": "application/pdf", "file": "JVBERg==" }]));
}

#[tokio::test]
async fn an_application_is_withdrawn_only_after_saying_so_twice() {
    let mut browser = Browser::of("cittadino").await;
    let path = at(&format!("/pratiche/{}/withdraw", id("3000")));
    let page = browser.get(&path).await;
    assert_eq!(page.texts("h1"), ["Ritira la pratica"]);
    assert!(browser.fake.memory().said.is_empty());
    assert_eq!(browser.submit(&path, &[]).await.location(), at(&format!("/pratiche/{}/detail?done=withdrawn", id("3000"))));
    assert_eq!(browser.get(&path).await.texts("h1"), ["La pratica è già stata ritirata"]);
}

#[tokio::test]
async fn files_are_downloads_without_any_right() {
    let mut browser = Browser::of("cittadino").await;
    let answer = browser.get(&at(&format!("/pratiche/{}/attachments/f-form", id("3000")))).await;
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"modulo.pdf\"");
    assert_eq!(answer.headers["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(answer.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn the_form_page_knows_the_citizen_and_sends_what_is_filled_in() {
    let mut browser = Browser::of("cittadino").await;
    let path = at("/servizi/occupazione-suolo-pubblico/access");
    let page = browser.get(&path).await;
    let config: serde_json::Value = serde_json::from_str(&page.texts("#form-config")[0]).unwrap();
    let applicant = &config["submission"]["data"]["applicant"]["data"];
    assert_eq!(applicant["fiscal_code"]["data"]["fiscal_code"], "BNRMHL75C06G702B");
    assert_eq!(applicant["gender"]["data"]["gender"], "maschio");
    assert_eq!(applicant["address"]["data"]["municipality"], "Bugliano");
    assert_eq!(config["lock"], true);

    let csrf = config["csrf"].as_str().unwrap();
    let answers = json!({ "data": { "place": "Piazza Garibaldi" }, "draft": null, "keep": false });
    let answer = browser.send_json(Method::POST, &path, csrf, &answers).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said = browser.fake.memory().said["create_application"].clone();
    let service = "5a1f6f3e-0000-4000-8000-000000000001";
    assert_eq!(said, json!({ "service": service, "status": "1900", "locale": "it", "data": { "place": "Piazza Garibaldi" } }));
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert!(answer["location"].as_str().unwrap().ends_with("/detail?done=submitted"));
}

#[tokio::test]
async fn what_the_platform_refuses_comes_back_with_its_fields() {
    let mut browser = Browser::of("cittadino").await;
    let csrf = browser.csrf().await;
    let path = at("/servizi/occupazione-suolo-pubblico/access");
    let answer = browser.send_json(Method::POST, &path, &csrf, &json!({ "data": { "place": "rifiuta" } })).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["errors"][0]["field"], "/data/place");
    let answer = browser.send_json(Method::POST, &path, "wrong", &json!({ "data": {} })).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.starts_with('{'), "a script is answered in JSON");
}

#[tokio::test]
async fn a_draft_is_gone_on_with_and_then_submitted() {
    let mut browser = Browser::of("cittadino").await;
    let (path, draft) = (at("/servizi/occupazione-suolo-pubblico/access"), id("1000"));
    let page = browser.get(&format!("{path}?draft={draft}")).await;
    let config: serde_json::Value = serde_json::from_str(&page.texts("#form-config")[0]).unwrap();
    assert_eq!(config["submission"]["data"]["applicant"]["data"]["completename"]["data"]["name"], "Michelangelo");
    let csrf = browser.csrf().await;
    let body = json!({ "data": { "place": "Via Roma" }, "draft": draft, "keep": true });
    assert_eq!(browser.send_json(Method::POST, &path, &csrf, &body).await.status, StatusCode::OK);
    assert_eq!(browser.fake.memory().said["save_draft"], json!({ "data": { "place": "Via Roma" } }));
    assert!(!browser.fake.memory().said.contains_key("submit"));
    let body = json!({ "data": { "place": "Via Roma" }, "draft": draft, "keep": false });
    assert_eq!(browser.send_json(Method::POST, &path, &csrf, &body).await.status, StatusCode::OK);
    assert!(browser.fake.memory().said.contains_key("submit"));
    let of_another = format!("{path}?draft={}", id("2000"));
    assert_eq!(browser.get(&of_another).await.status, StatusCode::NOT_FOUND, "only a draft can be gone on with");
}

#[tokio::test]
async fn an_anonymous_citizen_sends_and_sees_the_own_application_only() {
    let mut browser = Browser::new().await;
    let path = at("/servizi/segnala-disservizio/access");
    let page = browser.get(&path).await;
    assert!(browser.cookie("sportello_anonymous").is_some());
    let config: serde_json::Value = serde_json::from_str(&page.texts("#form-config")[0]).unwrap();
    assert_eq!(config["signedIn"], false);
    let csrf = config["csrf"].as_str().unwrap().to_owned();
    let answer = browser.send_json(Method::POST, &path, &csrf, &json!({ "data": { "subject": "Buca" } })).await;
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(browser.get(answer["location"].as_str().unwrap()).await.status, StatusCode::OK);
    assert_eq!(browser.get(&at(&format!("/pratiche/{}/detail", id("3000")))).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_place_of_an_upload_is_on_the_host_that_the_browser_knows() {
    let mut browser = Browser::of("cittadino").await;
    let csrf = browser.csrf().await;
    let answer = browser.send_json(Method::POST, &at("/upload"), &csrf, &json!({ "name": "a.pdf", "size": 3 })).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["uri"], format!("/{TENANT}/api/uploads/f-1/content?expires=1"));
    let answer = browser.send_json(Method::PUT, &at("/upload/f-1"), &csrf, &json!({ "file_hash": "abc" })).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_operator_takes_charge_then_accepts() {
    let mut browser = Browser::of("operatore").await;
    let page = browser.get(&at(&format!("/operatori/{}", id("3000")))).await;
    assert_eq!(page.texts(".actions-stacked .btn"), ["Prendi in carico"]);
    assert!(page.texts(".facts dd").contains(&"Piazza Garibaldi, davanti al numero 4".to_owned()));
    let csrf = browser.csrf().await;
    browser.post(&at(&format!("/operatori/{}/assign", id("3000"))), &[("csrf", &csrf)]).await;
    let page = browser.get(&at(&format!("/operatori/{}?done=action", id("3000")))).await;
    assert_eq!(page.texts(".actions-stacked .btn"), ["Accetta", "Rifiuta", "Richiedi integrazioni"]);
    let accept = at(&format!("/operatori/{}/accept", id("3000")));
    let answer = browser.submit(&accept, &[("message", "Autorizzato < 13")]).await;
    assert_eq!(answer.location(), at(&format!("/operatori/{}?done=action", id("3000"))));
    assert_eq!(browser.fake.memory().said["accept"], json!({ "message": "Autorizzato < 13" }));
    assert_eq!(browser.get(&accept).await.status, StatusCode::CONFLICT, "what is not offered now says why");
}

#[tokio::test]
async fn the_inbox_is_narrowed_by_every_filter() {
    let mut browser = Browser::of("operatore").await;
    let count = |page: super::browser::Answer| page.texts("tbody tr").len();
    assert_eq!(count(browser.get(&at("/operatori")).await), 10);
    assert_eq!(count(browser.get(&at("/operatori?status=7000")).await), 1);
    assert_eq!(count(browser.get(&at("/operatori?assigned=me")).await), 2);
    assert_eq!(count(browser.get(&at("/operatori?service=5a1f6f3e-0000-4000-8000-000000000002")).await), 3);
    assert_eq!(count(browser.get(&at("/operatori?q=niente")).await), 0);
    let page = browser.get(&at("/operatori?status=7000&q=trasloco")).await;
    assert_eq!(page.attributes("#status option[selected]", "value"), ["7000"]);
    assert_eq!(page.attributes("#q", "value"), ["trasloco"]);
}

#[tokio::test]
async fn an_administrator_publishes_creates_and_is_told_what_is_wrong() {
    let mut browser = Browser::of("admin").await;
    let csrf = browser.csrf().await;
    let status = at("/admin/servizi/5a1f6f3e-0000-4000-8000-000000000001/status");
    browser.post(&status, &[("csrf", &csrf), ("status", "2")]).await;
    assert_eq!(browser.fake.memory().said["change_service"], json!({ "status": 2 }));

    let new = at("/admin/servizi/new");
    let fields = [("name", "Matrimoni"), ("status", "2"), ("access_level", "3000"), ("payment_required", "0"), ("sticky", "1")];
    assert_eq!(browser.submit(&new, &fields).await.status, StatusCode::SEE_OTHER);
    let said = browser.fake.memory().said["create_service"].clone();
    assert_eq!((&said["name"], &said["sticky"], &said["protocol_required"]), (&json!("Matrimoni"), &json!(true), &json!(false)));
    assert!(said.get("identifier").is_none() && said.get("payment_parameters").is_none());

    let answer = browser.submit(&new, &[("name", "Nidi"), ("identifier", "iscrizione-asilo-nido"), ("status", "1")]).await;
    assert_eq!(answer.texts("#identifier-error"), ["Questo identificativo è già in uso."]);
    assert_eq!(answer.attributes("#name", "value"), ["Nidi"]);
}

#[tokio::test]
async fn contacts_are_changed_and_mistakes_said_beside_them() {
    let mut browser = Browser::of("cittadino").await;
    let answer = browser.submit(&at("/user"), &[("email", "senza-chiocciola"), ("mobile", "333")]).await;
    assert_eq!(answer.texts("#email-error"), ["Scrivi un indirizzo email valido."]);
    let answer = browser.submit(&at("/user"), &[("email", "m@example.it"), ("mobile", "333")]).await;
    assert_eq!(answer.location(), at("/user?done=saved"));
}

#[tokio::test]
async fn assets_are_kept_for_a_year_and_packed_for_who_takes_it() {
    let mut browser = Browser::new().await;
    let style = browser.get(&at("/")).await.attributes("link[rel=stylesheet]", "href")[0].clone();
    let plain = browser.get(&style).await;
    assert!(plain.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert!(plain.body.contains(".site-header"));
    let request = axum::http::Request::get(&style).header("accept-encoding", "gzip, br");
    let packed = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert_eq!(browser.get("/assets/0/site.css").await.headers["cache-control"], "no-cache");
    assert_eq!(browser.get("/assets/0/..%2Fsecret").await.status, StatusCode::NOT_FOUND);
    assert!(browser.get("/assets/licenses").await.body.contains("Titillium Web (OFL-1.1)"));
}

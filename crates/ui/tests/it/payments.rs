//! Payments: what the citizen owes, what the office does with it, how an administrator configures providers.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::browser::{Browser, at};
use super::fake_payments::TENANT_ID;

const PAYMENT: &str = "2cc87ee5-3f57-4f20-a703-e6718c21b95b";
const SERVICE: &str = "5a1f6f3e-0000-4000-8000-000000000001";

#[tokio::test]
async fn what_is_due_comes_first_with_its_day_and_ways_to_pay() {
    let mut browser = Browser::of("cittadino").await;
    let page = browser.get(&at("/pagamenti")).await;
    assert_eq!(page.texts("[aria-labelledby=due] li h3").len(), 1);
    let due = page.texts("[aria-labelledby=due] li").pop().unwrap();
    assert!(due.contains("Scaduto il 10/06/2025") && due.contains("16,00"), "{due}");
    let ways = page.attributes("[aria-labelledby=due] .actions a", "href");
    assert_eq!(ways, ["/payment-proxy/sandbox/online-payment/1", "/payment-proxy/sandbox/notice/1"]);
    assert_eq!(page.texts("[aria-labelledby=all] li").len(), 3);
    let second = browser.get(&at("/pagamenti?page=2")).await;
    assert!(second.texts("[aria-labelledby=due]").is_empty(), "what is due is said once");
}

#[tokio::test]
async fn the_office_searches_exports_and_cancels() {
    let mut citizen = Browser::of("cittadino").await;
    for path in ["/operatori/pagamenti", "/operatori/pagamenti/export", "/admin/pagamenti"] {
        assert_eq!(citizen.get(&at(path)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut browser = Browser::of("operatore").await;
    let list = browser.get(&at("/operatori/pagamenti?q=mensa&from=2025-03-01&to=2025-03-31")).await;
    assert_eq!(list.texts(".list tbody tr").len(), 3);
    assert_eq!(list.attributes("nav [aria-current=page]", "href").len(), 1, "one entry of the menu is the current one");
    let export = list.attributes("a[download]", "href").remove(0);
    let table = browser.get(&export).await;
    assert_eq!(
        (table.status, table.headers["content-disposition"].to_str().unwrap()),
        (StatusCode::OK, "attachment; filename=\"pagamenti.csv\"")
    );
    // Days are Rome's, the last one included: that Sunday has 23 hours.
    let asked = browser.fake.memory().said["export_payments"].clone();
    assert_eq!(
        (&asked["q"], &asked["created_since"], &asked["created_before"]),
        (&json!("mensa"), &json!("2025-03-01T00:00:00+01:00"), &json!("2025-04-01T00:00:00+02:00"))
    );
    assert_eq!(browser.get(&at("/operatori/pagamenti?q=zzz")).await.texts(".empty").len(), 1);

    let one = browser.get(&at(&format!("/operatori/pagamenti/{PAYMENT}"))).await;
    let cancel = one.attributes(".btn-outline-danger", "href").remove(0);
    browser.fake.memory().broken = Some("cancel".into());
    let refused = browser.submit(&cancel, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.texts(".error-summary li"), ["Il pagamento risulta già eseguito."]);
    browser.fake.memory().broken = None;
    let done = browser.submit(&cancel, &[]).await;
    assert_eq!(done.location(), at(&format!("/operatori/pagamenti/{PAYMENT}?done=canceled")));
    assert_eq!(browser.fake.memory().said["cancel_payment"], json!({ "status": "CANCELED" }));
}

#[tokio::test]
async fn an_administrator_configures_a_provider_by_the_form_that_it_serves() {
    let mut browser = Browser::of("admin").await;
    let overview = browser.get(&at("/admin/pagamenti")).await;
    assert!(overview.texts(".panel .state").contains(&"Non configurato".to_owned()));
    let form = at("/admin/pagamenti/sandbox");
    let config = form_config(&mut browser, &form).await;
    assert_eq!((&config["submission"]["data"]["id"], &config["direct"]), (&json!(TENANT_ID), &json!(true)));
    let csrf = config["csrf"].as_str().unwrap().to_owned();
    // The address says whose configuration it is.
    let data = json!({ "id": "another", "name": "Comune di Bugliano", "tax_identification_number": "00337460224", "submit": true, "active": false });
    let saved = browser.send_json(Method::POST, &form, &csrf, &json!({ "data": data })).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let key = format!("tenants/{TENANT_ID}");
    let stored = browser.fake.memory().said[&key].clone();
    assert_eq!((&stored["id"], stored.get("submit"), stored.get("active")), (&json!(TENANT_ID), None, None));
    // What the form does not show is kept.
    browser.fake.memory().said.get_mut(&key).unwrap()["secret_of_others"] = json!(1);
    browser.send_json(Method::POST, &form, &csrf, &json!({ "data": { "name": "Altro" } })).await;
    assert_eq!(browser.fake.memory().said[&key]["secret_of_others"], 1);
    let wrong = browser.send_json(Method::POST, &form, &csrf, &json!({ "data": { "tax_identification_number": "x" } })).await;
    assert_eq!((wrong.status, wrong.body.contains("/tax_identification_number")), (StatusCode::UNPROCESSABLE_ENTITY, true));
    assert_eq!(browser.send_json(Method::POST, &form, "wrong", &json!({ "data": {} })).await.status, StatusCode::FORBIDDEN);

    let chosen = browser.get(&at(&format!("/admin/pagamenti/sandbox/servizi?service={SERVICE}"))).await;
    let service = chosen.location();
    assert_eq!(service, at(&format!("/admin/pagamenti/sandbox/servizi/{SERVICE}")));
    let data =
        json!({ "items": [{ "payment_type": "pagopa", "amount": 20, "reason": "Mensa" }], "remote_collection": { "id": "" } });
    let saved = browser.send_json(Method::POST, service, &csrf, &json!({ "data": data })).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let stored = browser.fake.memory().said[&format!("configs/{SERVICE}")].clone();
    assert_eq!(
        (&stored["tenant_id"], &stored["remote_collection"]),
        (&json!(TENANT_ID), &json!({ "id": SERVICE, "type": "service" }))
    );
    let overview = browser.get(&at("/admin/pagamenti")).await;
    assert!(overview.texts(".list tbody td").contains(&"Mensa".to_owned()));
    let (page, switch) = (at("/admin/pagamenti"), at("/admin/pagamenti/sandbox/active"));
    let off = browser.submit_to(&page, &switch, &[("service", SERVICE), ("active", "0")]).await;
    assert_eq!(off.location(), at("/admin/pagamenti?done=saved"));
    assert_eq!(browser.fake.memory().said[&format!("configs/{SERVICE}")]["active"], false);
}

#[tokio::test]
async fn an_administrator_configures_a_registry_on_the_same_pages() {
    let mut citizen = Browser::of("cittadino").await;
    assert_eq!(citizen.get(&at("/admin/protocollo")).await.status, StatusCode::FORBIDDEN);
    let mut browser = Browser::of("admin").await;
    let overview = browser.get(&at("/admin/protocollo")).await;
    assert_eq!(overview.texts(".panel h2"), ["DocArea", "IRIDE"], "the proxies that are run");
    assert_eq!(overview.texts(".panel .state"), ["Non configurato"; 2]);
    let form = at("/admin/protocollo/docarea");
    let config = form_config(&mut browser, &form).await;
    let data = &config["submission"]["data"];
    assert_eq!((&data["id"], &data["description"]), (&json!(TENANT_ID), &json!("Comune di Bugliano")));
    assert!(data["base_url"].as_str().unwrap().starts_with("http"), "{data}");
    let keys: Vec<_> = config["definition"]["components"].as_array().unwrap().iter().map(|part| &part["key"]).collect();
    assert_eq!(keys, ["registry"], "it is switched on and off on the page before");
    let csrf = config["csrf"].as_str().unwrap().to_owned();
    let data = json!({ "id": "another", "description": "Bugliano", "aoo_code": "AOO1", "submit": true, "is_active": false });
    let saved = browser.send_json(Method::POST, &form, &csrf, &json!({ "data": data })).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert!(saved.body.contains("/admin/protocollo?done=saved"), "{}", saved.body);
    let stored = browser.fake.memory().said["registry"].clone();
    assert_eq!(stored, json!({ "id": TENANT_ID, "description": "Bugliano", "aoo_code": "AOO1" }));

    let chosen = browser.get(&at(&format!("/admin/protocollo/docarea/servizi?service={SERVICE}"))).await;
    let service = chosen.location().to_owned();
    assert_eq!(service, at(&format!("/admin/protocollo/docarea/servizi/{SERVICE}")));
    let password = |config: &Value| config["definition"]["components"][0]["components"][1].clone();
    assert_eq!(password(&form_config(&mut browser, &service).await)["validate"]["required"], true);
    let settings = |url: &str, password: &str| json!({ "data": { "registry": { "url": url, "password": password } } });
    let wrong = browser.send_json(Method::POST, &service, &csrf, &settings("x", "segreto")).await;
    assert_eq!((wrong.status, wrong.body.contains("/registry/url")), (StatusCode::UNPROCESSABLE_ENTITY, true));
    let url = "https://protocollo.example.it";
    let saved = browser.send_json(Method::POST, &service, &csrf, &settings(url, "segreto")).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let stored = browser.fake.memory().said["registry"].clone();
    assert_eq!((&stored["id"], &stored["tenant_id"]), (&json!(SERVICE), &json!(TENANT_ID)));
    assert!(stored["description"].as_str().is_some_and(|name| !name.is_empty()), "the name of the service");
    assert_eq!(stored["registry"], json!({ "url": url, "password": "segreto" }));
    // The password that is stored is not seen again, and need not be written again.
    let config = form_config(&mut browser, &service).await;
    assert_eq!(password(&config)["validate"]["required"], false);
    assert!(password(&config)["description"].as_str().unwrap().contains("lascia vuoto"));
    assert!(!config.to_string().contains("segreto"));

    let overview = browser.get(&at("/admin/protocollo")).await;
    assert_eq!((overview.texts(".list tbody tr").len(), overview.texts(".list thead th").len()), (1, 3));
    let (page, switch) = (at("/admin/protocollo"), at("/admin/protocollo/docarea/active"));
    for (part, id) in [("services", SERVICE), ("tenants", TENANT_ID)] {
        let fields: &[(&str, &str)] = if part == "services" { &[("service", id), ("active", "0")] } else { &[("active", "0")] };
        let off = browser.submit_to(&page, &switch, fields).await;
        assert_eq!(off.location(), at("/admin/protocollo?done=saved"));
        assert_eq!(browser.fake.memory().said[&format!("registry/{part}/{id}")]["is_active"], false);
    }
    assert_eq!(browser.get(&at("/admin/protocollo/pitre")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_service_has_one_registry() {
    let mut browser = Browser::of("admin").await;
    let overview = at("/admin/protocollo");
    let [docarea, iride] = ["docarea", "iride"].map(|name| at(&format!("/admin/protocollo/{name}/servizi/{SERVICE}")));
    // Opened before there is a body: its data come first, then the service.
    let form = browser.get(&iride).await.location().to_owned();
    assert_eq!(form, at(&format!("/admin/protocollo/iride?service={SERVICE}")));
    assert!(browser.get(&form).await.texts(".notice-action p")[0].contains("presso IRIDE"));
    let config = form_config(&mut browser, &form).await;
    assert_eq!(config["submitUrl"], json!(form));
    let csrf = config["csrf"].as_str().unwrap().to_owned();
    let body = json!({ "data": { "description": "Bugliano", "institution_code": "c_bugl", "aoo_code": "AOO1" } });
    let saved = browser.send_json(Method::POST, &form, &csrf, &body).await;
    assert!(saved.body.contains(&format!("\"{iride}\"")), "{}", saved.body);
    browser.send_json(Method::POST, &at("/admin/protocollo/docarea"), &csrf, &body).await;
    // What the body's form says already is filled in.
    assert_eq!(form_config(&mut browser, &iride).await["submission"]["data"]["registry"], json!({ "codice_aoo": "AOO1" }));

    let settings = json!({ "data": { "registry": { "url": "https://protocollo.example.it", "password": "segreto" } } });
    assert_eq!(browser.send_json(Method::POST, &iride, &csrf, &settings).await.status, StatusCode::OK);
    let page = browser.get(&overview).await;
    assert!(!page.attributes("#service-docarea option", "value").contains(&SERVICE.to_owned()));
    assert_eq!(page.texts(".panel-note").len(), 1);
    assert!(browser.get(&docarea).await.texts(".notice-action p")[0].contains("al protocollo IRIDE"));
    let refused = browser.send_json(Method::POST, &docarea, &csrf, &settings).await;
    assert_eq!((refused.status, refused.body.contains("presso IRIDE")), (StatusCode::UNPROCESSABLE_ENTITY, true));
    assert!(!browser.fake.memory().said.contains_key(&format!("registry/services/{SERVICE}")));

    let switch = at("/admin/protocollo/iride/active");
    let service = |active| [("service", SERVICE), ("active", active)];
    browser.submit_to(&overview, &switch, &service("0")).await;
    assert_eq!(browser.send_json(Method::POST, &docarea, &csrf, &settings).await.status, StatusCode::OK);
    let refused = browser.submit_to(&overview, &switch, &service("1")).await;
    assert_eq!((refused.status, refused.body.contains("DocArea")), (StatusCode::UNPROCESSABLE_ENTITY, true));
    // Two that were active before anybody looked are told of, and can be mended.
    browser.fake.memory().said.get_mut(&format!("iride/services/{SERVICE}")).unwrap()["is_active"] = json!(true);
    let warnings = browser.get(&overview).await.texts(".list .field-error");
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].starts_with("Attivo anche presso IRIDE"), "{warnings:?}");
    assert_eq!(browser.submit_to(&overview, &switch, &[("active", "0")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get(&overview).await.texts(".list .field-error").len(), 0);
    let refused = browser.submit_to(&overview, &switch, &[("active", "1")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// What the page hands to the form.
async fn form_config(browser: &mut Browser, path: &str) -> Value {
    serde_json::from_str(&browser.get(path).await.texts("#form-config").pop().unwrap()).unwrap()
}

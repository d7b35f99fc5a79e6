//! Files of dues: sent by an operator, followed while they are read, ended, and what is wrong with their rows.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Answer, Browser, at};

const SERVICE: &str = "5a1f6f3e-0000-4000-8000-000000000001";

async fn upload(browser: &mut Browser, service: &str, name: &str, content: &str) -> Answer {
    browser.upload(&at("/operatori/pagamenti/importazioni"), &[("service", service)], "file", (name, content.as_bytes())).await
}

#[tokio::test]
async fn an_operator_sends_a_file_and_sees_how_far_it_is() {
    let mut citizen = Browser::of("cittadino").await;
    assert_eq!(citizen.get(&at("/operatori/pagamenti/importazioni")).await.status, StatusCode::FORBIDDEN);
    let mut browser = Browser::of("operatore").await;
    let sent = upload(&mut browser, SERVICE, "mensa.csv", "notice_number,amount\n").await;
    assert_eq!(sent.location(), at("/operatori/pagamenti/importazioni/running?done=begun"));
    let asked = browser.fake.memory().said["import"].clone();
    assert_eq!((&asked["type"], &asked["args"]["service_id"]), (&json!("import_dovuti"), &json!(SERVICE)));
    assert_eq!(
        asked["attachment"],
        json!({ "name": "mensa.csv", "mime_type": "text/csv", "file": "bm90aWNlX251bWJlcixhbW91bnQK" })
    );
    let running = browser.get(sent.location()).await;
    assert_eq!(running.attributes("progress", "value"), ["25"]);
    assert_eq!(running.texts("#now[data-poll]").len(), 1);
    assert_eq!(running.texts(".counts dd"), ["250", "240", "7", "3"]);
    assert_eq!(running.texts(".list tbody tr"), ["7amountIndicare un importo in euro, per esempio 12.34."]);
    let address = at("/operatori/pagamenti/importazioni/running");
    let ended = browser.submit(&address, &[]).await;
    assert_eq!(ended.location(), format!("{address}?done=cancelled"));
    assert_eq!(browser.fake.memory().said["cancel_import"], "running");
    let over = browser.get(&at("/operatori/pagamenti/importazioni/finished")).await;
    assert_eq!((over.texts("progress").len(), over.texts("[data-poll]").len(), over.texts("form.actions").len()), (0, 0, 0));
    let failed = browser.get(&at("/operatori/pagamenti/importazioni/failed")).await;
    assert!(failed.texts(".notice-bad")[0].contains("notice_number"));
    assert_eq!(browser.get(&at("/operatori/pagamenti/importazioni/x")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_missing_or_refused_is_said_at_its_field() {
    let mut browser = Browser::of("operatore").await;
    let page = at("/operatori/pagamenti/importazioni");
    let empty = browser.submit(&page, &[("service", "")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(empty.attributes("#error-summary a", "href"), ["#service", "#file"]);
    let refused = upload(&mut browser, SERVICE, "niente.csv", "a,b\n").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.texts("#service-error"), ["Il servizio non ha una configurazione."]);
    assert_eq!(refused.attributes("option[selected]", "value"), [SERVICE], "the choice is kept");
}

#[tokio::test]
async fn wrong_rows_and_an_example_are_tables() {
    let mut browser = Browser::of("operatore").await;
    for (path, name) in [("/finished/righe-errate", "righe-errate.csv"), ("/modello", "dovuti.csv")] {
        let table = browser.get(&at(&format!("/operatori/pagamenti/importazioni{path}"))).await;
        let disposition = table.headers["content-disposition"].to_str().unwrap();
        assert_eq!((table.status, disposition), (StatusCode::OK, format!("attachment; filename=\"{name}\"").as_str()));
    }
    browser.fake.memory().broken = Some("no-imports".into());
    assert_eq!(browser.get(&at("/operatori/pagamenti/importazioni")).await.texts("[aria-labelledby=all] li").len(), 0);
}

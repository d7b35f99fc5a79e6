//! The pages about who works with the intermediary: people, suppliers and their keys, settings.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::browser::{Browser, at};

#[tokio::test]
async fn people_are_let_in_and_out() {
    let mut admin = Browser::of("admin").await;
    let path = at("/ioservice/abilitati");
    let list = admin.get(&path).await;
    assert_eq!(list.texts("tbody th"), ["<b>operatore", "rossi"]);
    assert!(list.texts("tbody td").contains(&"Fornitore <b>Srl".to_owned()), "a supplier is named");
    let put = admin.submit(&path, &[("username", "verdi"), ("duty", "REVISORE"), ("supplier", "p1")]).await;
    assert_eq!(put.location(), format!("{path}?done=saved"));
    assert_eq!(
        admin.fake.memory().said["member verdi"],
        json!({ "duty": "REVISORE", "provider_id": null }),
        "an auditor has no supplier"
    );
    let put = admin.submit(&path, &[("username", "bianchi"), ("duty", "FORNITORE"), ("supplier", "p2")]).await;
    assert_eq!(put.status, StatusCode::SEE_OTHER);
    assert_eq!(admin.fake.memory().said["member bianchi"], json!({ "duty": "FORNITORE", "provider_id": "p2" }));
    let lacking = admin.submit(&path, &[("username", "bianchi"), ("duty", "FORNITORE")]).await;
    assert_eq!((lacking.status, lacking.texts("#supplier-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
    assert_eq!(lacking.attributes("#username", "value"), ["bianchi"], "what was typed stays");
    let removed = admin.submit_to(&path, &at("/ioservice/abilitati/rimuovi"), &[("username", "rossi")]).await;
    assert_eq!(removed.location(), format!("{path}?done=removed"));
    assert_eq!(admin.fake.memory().said["removed"], "rossi");
}

#[tokio::test]
async fn suppliers_are_delegated_and_their_keys_changed() {
    let mut admin = Browser::of("admin").await;
    let path = at("/ioservice/fornitori");
    let list = admin.get(&path).await;
    assert!(
        list.body.contains("Delega dal 01/01/2025 al 31/12/2026") && list.body.contains("Delega dal 01/01/2025<"),
        "{}",
        list.body
    );
    let fields = [("name", "Nuovo"), ("valid_from", "2025-05-01"), ("valid_until", ""), ("active", "1")];
    let added = admin.submit(&path, &fields).await;
    assert_eq!(added.location(), at("/ioservice/fornitori/p1?done=saved"));
    let said = json!({ "name": "Nuovo", "valid_from": "2025-05-01", "valid_until": null, "active": true });
    assert_eq!(admin.fake.memory().said["provider"], said);
    let one = at("/ioservice/fornitori/p1");
    admin.submit(&one, &[("name", "Nuovo"), ("valid_from", "2025-05-01"), ("valid_until", "2025-06-01")]).await;
    assert_eq!(admin.fake.memory().said["provider"]["active"], false, "a box that is not checked stops the supplier");

    let keys = at("/ioservice/fornitori/p1/chiavi");
    assert!(!admin.get(&one).await.body.contains("9f3c"));
    let made = admin.submit_to(&one, &keys, &[]).await;
    assert_eq!((made.status, made.texts("[role=status] code")), (StatusCode::OK, vec!["0123456789abcdef9f3c".to_owned()]));
    assert_eq!(made.headers["cache-control"], "no-store");
    assert!(!admin.get(&one).await.body.contains("9f3c"), "a key is shown once");
    let revoked = admin.submit_to(&one, &keys, &[("revoke", "k1")]).await;
    assert_eq!(revoked.location(), format!("{one}?done=revoked"));
    assert_eq!(admin.fake.memory().said["revoked"], "k1");
    assert_eq!(admin.get(&at("/ioservice/fornitori/niente")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn settings_are_shown_and_changed() {
    let mut admin = Browser::of("admin").await;
    let path = at("/ioservice/impostazioni");
    let page = admin.get(&path).await;
    assert_eq!(
        page.attributes("main input:not([type=hidden])", "value"),
        ["100", "10", "150", "0", "24", "7", "90", "aiuto@example.it"]
    );
    let mut fields = vec![
        ("four_eyes_above", "50"),
        ("first_rows", "5"),
        ("calls_in_5_s", "0"),
        ("from_hour", "8"),
        ("to_hour", "20"),
        ("days_to_send", "3"),
        ("days_kept", "30"),
        ("help_email", ""),
    ];
    assert_eq!(admin.submit(&path, &fields).await.location(), format!("{path}?done=saved"));
    let said = admin.fake.memory().said["settings"].clone();
    assert_eq!((&said["four_eyes_above"], &said["to_hour"], &said["help_email"]), (&json!(50), &json!(20), &Value::Null));
    fields[4].1 = "25";
    let refused = admin.submit(&path, &fields).await;
    assert_eq!((refused.status, refused.texts("#to_hour-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
    fields[4].1 = "venti";
    assert_eq!(admin.submit(&path, &fields).await.texts("#to_hour-error"), ["Scrivi un numero intero."]);
}

/// Each duty has its parts; whoever may not is refused by the page itself, whatever the interface would say.
#[tokio::test]
async fn others_keep_their_own_keys_or_nothing() {
    async fn as_duty(duty: &str) -> Browser {
        let mut browser = Browser::new().await;
        browser.fake.memory().said.insert("duty".into(), json!(duty));
        let signed = browser.submit(&at("/login"), &[("username", "operatore"), ("password", "secret")]).await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER);
        browser
    }
    let mut supplier = as_duty("FORNITORE").await;
    let page = supplier.get(&at("/ioservice/fornitori/p1")).await;
    assert_eq!(page.attributes("main form", "action").len(), 2, "keys, and not the delegation");
    let mut auditor = as_duty("REVISORE").await;
    for path in ["/ioservice/fornitori", "/ioservice/fornitori/p1"] {
        assert_eq!(auditor.get(&at(path)).await.texts("main form").len(), 0, "{path}");
    }
    for browser in [&mut supplier, &mut auditor] {
        for path in ["/ioservice/abilitati", "/ioservice/impostazioni"] {
            assert_eq!(browser.get(&at(path)).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let added = browser.submit_to(&at("/ioservice/lotti"), &at("/ioservice/fornitori"), &[("name", "x")]).await;
        assert_eq!(added.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_office_sees_where_announcements_went() {
    let mut operator = Browser::of("operatore").await;
    let path = at(&format!("/operatori/{}", super::samples::id("4000")));
    let page = operator.get(&path).await;
    assert_eq!(page.texts("[aria-labelledby=told] .state"), ["In partenza", "Nessun recapito", "Per e-mail", "Nell'app IO"]);
    assert!(
        page.body.contains("Perché non nell&#39;app: il cittadino non usa l&#39;app &lt;b&gt;IO")
            || page.body.contains("&#60;b&#62;IO"),
        "{}",
        page.body
    );
    // The application is worth more than this part of its page.
    operator.fake.memory().broken = Some("announcements".into());
    let without = operator.get(&path).await;
    assert_eq!((without.status, without.texts("[aria-labelledby=told]").len()), (StatusCode::OK, 0));
}

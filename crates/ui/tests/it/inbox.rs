//! The citizen's messages, as the app on the phone has them.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Browser, at};

#[tokio::test]
async fn the_list_marks_what_is_new_and_leads_on() {
    let mut citizen = Browser::of("cittadino").await;
    let list = citizen.get(&at("/messaggi")).await;
    assert_eq!(list.texts(".letter").len(), 4);
    assert_eq!(list.texts(".letter-new").len(), 3, "what was read is not new");
    assert_eq!(list.attributes(".phone-tabs [aria-current]", "href"), [at("/messaggi")]);
    assert_eq!(list.attributes(".phone-more a", "href"), [at("/messaggi?before=remote")]);
    let archive = citizen.get(&at("/messaggi/archivio")).await;
    assert_eq!((archive.texts(".letter").len(), archive.texts("h1")), (1, vec!["Archivio".to_owned()]));
    // The staff has no inbox, and nobody else's.
    let mut operator = Browser::of("operatore").await;
    assert_eq!(operator.get(&at("/messaggi")).await.status, StatusCode::FORBIDDEN);
    assert!(Browser::new().await.get(&at("/messaggi/payment")).await.location().contains("/login"));
}

#[tokio::test]
async fn a_message_is_read_acted_upon_and_put_away() {
    let mut citizen = Browser::of("cittadino").await;
    let page = citizen.get(&at("/messaggi/payment")).await;
    assert_eq!(citizen.fake.memory().said["status payment"], json!({ "change_type": "reading" }));
    assert_eq!(page.texts(".amount"), ["84,50 €"]);
    assert_eq!(page.attributes("a[href$=scadenza]", "href"), [at("/messaggi/payment/scadenza")]);
    assert!(page.texts(".prose h3") == ["Titolo"] && !page.body.contains("<script>alert"));
    let buttons = page.attributes(".phone-actions a.btn", "href");
    assert!(buttons.contains(&"https://bugliano.example.it/x".to_owned()), "{buttons:?}");
    assert!(!buttons.iter().any(|href| href == "profile"), "places inside the app are not offered");
    let over = citizen.get(&at("/messaggi/over")).await;
    assert!(
        over.texts(".overdue").len() == 2 && over.texts("a[href*=pagopa]").is_empty(),
        "after the deadline nobody takes the money"
    );

    let away = citizen.submit_to(&at("/messaggi/payment"), &at("/messaggi/payment/archivio"), &[("archived", "1")]).await;
    assert_eq!(away.location(), at("/messaggi?done=archived"));
    assert_eq!(citizen.fake.memory().said["status payment"], json!({ "change_type": "archiving", "is_archived": true }));
    let calendar = citizen.get(&at("/messaggi/payment/scadenza")).await;
    assert_eq!(
        (calendar.headers["content-type"].to_str().unwrap(), calendar.body.as_str()),
        ("text/calendar", "BEGIN:VCALENDAR")
    );
    assert_eq!(citizen.get(&at("/messaggi/niente")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_the_sender_keeps_opens_after_it_was_confirmed() {
    let mut citizen = Browser::of("cittadino").await;
    let before = citizen.get(&at("/messaggi/remote")).await;
    assert!(before.texts("h2") == ["Prima di aprire"] && !before.body.contains("Testo del mittente"));
    assert!(!citizen.fake.memory().said.contains_key("status remote"), "looking at the precondition is not reading");
    let opened = citizen.submit(&at("/messaggi/remote"), &[]).await;
    assert_eq!((opened.status, opened.texts("h1")), (StatusCode::OK, vec!["Oggetto del mittente".to_owned()]));
    assert_eq!(opened.attributes(".files a", "href"), [at("/messaggi/remote/allegati/a/verbale.pdf")]);
    let file = citizen.get(&at("/messaggi/remote/allegati/a/verbale.pdf")).await;
    assert_eq!(
        (file.body.as_str(), file.headers["content-disposition"].to_str().unwrap()),
        ("%PDF-", "attachment; filename=\"verbale.pdf\"")
    );

    let silent = citizen.get(&at("/messaggi/silent")).await;
    assert_eq!(
        (silent.status, silent.texts(".notice-action").len()),
        (StatusCode::OK, 1),
        "a sender who is away hides nothing else"
    );
    assert!(!citizen.fake.memory().said.contains_key("status silent"));
}

#[tokio::test]
async fn whoever_comes_first_is_asked_and_preferences_are_kept() {
    let mut citizen = Browser::of("cittadino").await;
    citizen.fake.memory().broken = Some("no-profile".into());
    let first = citizen.get(&at("/messaggi")).await;
    assert_eq!((first.texts(".phone-tabs").len(), first.texts("main form").len()), (0, 1));
    let joined = citizen.submit(&at("/messaggi"), &[]).await;
    assert_eq!(joined.location(), at("/messaggi?done=joined"));
    assert_eq!(citizen.fake.memory().said["profile"]["mode"], "AUTO");

    let path = at("/messaggi/preferenze");
    let saved =
        citizen.submit(&path, &[("inbox", "on"), ("mode", "MANUAL"), ("reminders", "on"), ("email", "m@example.it")]).await;
    assert_eq!(saved.location(), format!("{path}?done=saved"));
    let said = citizen.fake.memory().said["profile"].clone();
    assert_eq!((&said["mode"], &said["reminders"], &said["is_email_enabled"]), (&json!("MANUAL"), &json!(true), &json!(false)));
    let refused = citizen.submit(&path, &[("copies", "on"), ("email", "nessuno")]).await;
    assert_eq!((refused.status, refused.texts("#email-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
    let without = citizen.submit(&path, &[("copies", "on"), ("email", "")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let prove = at("/messaggi/preferenze/email");
    assert_eq!(
        citizen.submit_to(&path, &prove, &[("code", "SBAGLIATO")]).await.texts("#code-error"),
        ["Il codice non è quello."]
    );
    assert_eq!(citizen.submit_to(&path, &prove, &[("code", "GIUSTO")]).await.location(), format!("{path}?done=proved"));
    assert_eq!(citizen.submit_to(&path, &prove, &[("again", "1")]).await.location(), format!("{path}?done=told"));

    let service = at("/messaggi/servizi/s1");
    assert_eq!(citizen.get(&service).await.attributes("input[checked]", "name"), ["inbox"]);
    citizen.submit(&service, &[("read_status", "on")]).await;
    let said = citizen.fake.memory().said["choice"].clone();
    assert_eq!(said, json!({ "is_inbox_enabled": false, "can_access_message_read_status": true }));
    assert_eq!(citizen.get(&at("/messaggi/servizi/altro")).await.status, StatusCode::NOT_FOUND);
}

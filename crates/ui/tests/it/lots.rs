//! The intermediary's pages: who may use what, handing in, looking, deciding.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Answer, Browser, at};

const PARTS: [&str; 7] = [
    "/ioservice/lotti",
    "/ioservice/servizi",
    "/ioservice/fornitori",
    "/ioservice/assistenza",
    "/ioservice/registro",
    "/ioservice/abilitati",
    "/ioservice/impostazioni",
];

async fn as_duty(who: &str, duty: &str) -> Browser {
    // What somebody is counts from their next session.
    let mut browser = Browser::new().await;
    browser.fake.memory().said.insert("duty".into(), json!(duty));
    let fields: &[(&str, &str)] =
        if who == "cittadino" { &[("citizen", "BNRMHL75C06G702B")] } else { &[("username", who), ("password", "secret")] };
    assert_eq!(browser.submit(&at("/login"), fields).await.status, StatusCode::SEE_OTHER);
    browser
}

#[tokio::test]
async fn who_is_nobody_there_is_offered_nothing_and_refused() {
    let mut citizen = Browser::of("cittadino").await;
    let home = citizen.get(&at("/")).await;
    assert!(home.attributes(".site-nav a", "href").iter().all(|href| !href.contains("ioservice")));
    for path in PARTS.into_iter().chain([
        "/ioservice",
        "/ioservice/lotti/moving",
        "/ioservice/servizi/nuovo",
        "/ioservice/lotti/moving/righe/1",
    ]) {
        assert_eq!(citizen.get(&at(path)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(Browser::new().await.get(&at("/ioservice/lotti")).await.location().contains("/login"));
    let mut operator = Browser::of("operatore").await;
    assert!(operator.get(&at("/")).await.attributes(".site-nav a", "href").contains(&at("/ioservice")));
}

#[tokio::test]
async fn each_duty_sees_its_parts() {
    let mut provider = as_duty("cittadino", "FORNITORE").await;
    let page = provider.get(&at("/ioservice/servizi/proposed")).await;
    assert_eq!(page.texts(".part-nav a").len(), 4, "a supplier has no register");
    assert!(page.texts("[aria-labelledby=acts]").is_empty(), "a supplier does not approve");
    assert_eq!(provider.get(&at("/ioservice/registro")).await.status, StatusCode::FORBIDDEN);
    let lot = provider.get(&at("/ioservice/lotti/tested")).await;
    assert_eq!(lot.attributes("button[name=command]", "value"), ["test", "cancel"], "nor does it agree to lots");

    let mut auditor = as_duty("operatore", "REVISORE").await;
    for path in ["/ioservice/lotti", "/ioservice/lotti/tested", "/ioservice/servizi/proposed", "/ioservice/lotti/moving/righe/3"]
    {
        let page = auditor.get(&at(path)).await;
        assert_eq!((page.status, page.texts("main form[method=post]").len()), (StatusCode::OK, 0), "{path}");
    }
    assert_eq!(auditor.get(&at("/ioservice/servizi/nuovo")).await.status, StatusCode::FORBIDDEN);
    let lines = auditor.get(&at("/ioservice/registro")).await.texts("tbody tr");
    assert_eq!(lines.len(), 1);
    // Neither the interface's words nor its JSON.
    assert!(lines[0].contains("Invio avviato") && lines[0].contains("Stato: Pronto → In invio"), "{lines:?}");

    let mut body = Browser::of("admin").await;
    let lot = body.get(&at("/ioservice/lotti/tested")).await;
    assert_eq!(lot.attributes("button[name=command]", "value"), ["approve", "test", "cancel"]);
    let ready = body.get(&at("/ioservice/lotti/ready")).await;
    assert_eq!(ready.texts(".notice-info li").len(), 2, "what is missing is said");
    assert_eq!(ready.attributes("button[name=command]", "value"), ["test", "cancel"], "before a test nobody agrees");
    // Who handed a lot in does not agree to it.
    body.fake.memory().said.insert("created_by".into(), json!("u-admin"));
    let own = body.get(&at("/ioservice/lotti/tested")).await;
    assert_eq!(own.attributes("button[name=command]", "value"), ["test", "cancel"]);
}

async fn hand_in(browser: &mut Browser, way: &str, content: &str) -> Answer {
    browser.upload(&at("/ioservice/lotti"), &[("way", way), ("name", "TARI")], "file", ("l.csv", content.as_bytes())).await
}

#[tokio::test]
async fn a_lot_is_handed_in_followed_and_stopped() {
    let mut admin = Browser::of("admin").await;
    let list = admin.get(&at("/ioservice/lotti")).await;
    assert_eq!(list.attributes("#way option", "value"), ["", "active/t1", "active/"], "what cannot send is not offered");
    let handed = hand_in(&mut admin, "active/t1", "codice_fiscale\nAAAAAA00A00A000A\n").await;
    assert_eq!(handed.location(), at("/ioservice/lotti/moving?done=handed"));
    let said = admin.fake.memory().said["hand_in"].clone();
    assert_eq!(said["query"], json!({ "service": "active", "template": "t1", "name": "TARI" }));
    assert_eq!((&said["kind"], &said["text"]), (&json!("text/csv"), &json!("codice_fiscale\nAAAAAA00A00A000A\n")));

    let page = admin.get(handed.location()).await;
    assert_eq!((page.attributes("progress", "value"), page.texts("#now[data-poll]").len()), (vec!["40".to_owned()], 1));
    assert_eq!(page.texts(".counts dd"), ["6", "3", "1"], "what is none is not shown");
    assert_eq!(page.attributes("button[name=command]", "value"), ["stop", "cancel"]);
    let stopped = admin.submit(&at("/ioservice/lotti/moving"), &[("command", "stop"), ("reason", "testo sbagliato")]).await;
    assert_eq!(stopped.location(), at("/ioservice/lotti/moving?done=stop"));
    assert_eq!(admin.fake.memory().said["lot_command"], json!({ "command": "stop", "reason": "testo sbagliato" }));
    let report = admin.get(&at("/ioservice/lotti/moving/esiti/xlsx")).await;
    assert_eq!(report.headers["content-disposition"].to_str().unwrap(), "attachment; filename=\"esiti-1.xlsx\"");
    assert_eq!(admin.get(&at("/ioservice/lotti/niente")).await.status, StatusCode::NOT_FOUND);

    let twice = hand_in(&mut admin, "active/", "due").await;
    assert_eq!((twice.status, twice.texts("#file-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
    assert_eq!(twice.attributes("option[selected]", "value"), ["active/"]);
    let nothing = admin.submit(&at("/ioservice/lotti"), &[]).await;
    assert_eq!(nothing.attributes("#error-summary a", "href"), ["#way", "#file"]);
}

#[tokio::test]
async fn rows_are_filtered_previewed_and_decided() {
    let mut admin = Browser::of("admin").await;
    let rows = admin.get(&at("/ioservice/lotti/moving/righe")).await;
    assert_eq!(rows.texts("tbody tr").len(), 3);
    assert!(rows.body.contains("il testo è troppo corto"));
    assert!(admin.get(&at("/ioservice/lotti/moving/righe?outcome=PAGATO")).await.texts("tbody tr").is_empty());
    let row = admin.get(&at("/ioservice/lotti/moving/righe/1")).await;
    assert_eq!(
        (row.texts(".preview-subject"), row.texts(".preview .prose")),
        (vec!["Rata di marzo".to_owned()], vec!["Gentile Anna".to_owned()])
    );
    assert!(row.body.contains("13 / 120") && row.body.contains("12,50") && row.texts("main form").is_empty());
    let decided = admin.submit(&at("/ioservice/lotti/moving/righe/3"), &[("command", "sent"), ("reason", "visto")]).await;
    assert_eq!(decided.location(), at("/ioservice/lotti/moving/righe/3?done=decided"));
    assert_eq!(admin.fake.memory().said["done"], json!({ "command": "sent", "reason": "visto" }));
}

#[tokio::test]
async fn services_are_proposed_judged_and_given_templates() {
    let mut admin = Browser::of("admin").await;
    assert_eq!(admin.get(&at("/ioservice/servizi")).await.texts("tbody tr").len(), 4);
    let fields = [
        ("name", "TARI"),
        ("service_code", "01J"),
        ("test_fiscal_codes", "aaaaaa00a00a000a, BBBBBB00B00B000B"),
        ("primary_key", "12345678"),
        ("secondary_key", "87654321"),
    ];
    let made = admin.submit(&at("/ioservice/servizi/nuovo"), &fields).await;
    assert_eq!(made.location(), at("/ioservice/servizi/proposed?done=proposed"));
    let said = admin.fake.memory().said["propose"].clone();
    assert_eq!(
        (&said["test_fiscal_codes"], &said["primary_key"]),
        (&json!(["AAAAAA00A00A000A", "BBBBBB00B00B000B"]), &json!("12345678"))
    );
    assert!(said.get("state").is_none() && said.get("id").is_none());
    let refused = admin.submit(&at("/ioservice/servizi/nuovo"), &fields[..2]).await;
    assert_eq!((refused.status, refused.texts("#primary_key-error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
    assert!(refused.attributes("input[type=password][value]", "value").is_empty(), "keys never come back");

    let page = at("/ioservice/servizi/proposed");
    assert_eq!(admin.get(&page).await.attributes("button[name=command]", "value"), ["approve", "refuse"]);
    assert_eq!(
        admin.submit(&page, &[("command", "refuse"), ("reason", "")]).await.texts("#reason-error"),
        ["Indicare il motivo"]
    );
    assert_eq!(admin.submit(&page, &[("command", "approve")]).await.location(), format!("{page}?done=saved"));
    let checked = admin.submit_to(&page, &at("/ioservice/servizi/proposed/verifica"), &[]).await;
    assert!(checked.texts("[role=status] li")[0].contains("non accettata"));
    let template = [("name", "Nuovo"), ("subject", "Oggetto"), ("markdown", "Testo")];
    let added = admin.submit_to(&page, &at("/ioservice/servizi/proposed/modelli"), &template).await;
    assert_eq!(added.location(), format!("{page}?done=saved"));
    assert_eq!(admin.fake.memory().said["done"]["markdown"], "Testo");
    let changed = admin.submit(&at("/ioservice/servizi/active/modifica"), &[("name", "Altro")]).await;
    assert_eq!(changed.location(), at("/ioservice/servizi/active?done=changed"));
    assert!(admin.fake.memory().said["done"].get("primary_key").is_none(), "empty keys stay as they are");
}

#[tokio::test]
async fn help_is_asked_for_and_given() {
    let mut admin = Browser::of("admin").await;
    let path = at("/ioservice/assistenza");
    let page = admin.get(&format!("{path}?about=moving")).await;
    assert_eq!((page.texts("article").len(), page.attributes("#about", "value")), (4, vec!["moving".to_owned()]));
    assert!(page.body.contains("Come &lt;b&gt;si&lt;/b&gt; fa?"));
    let values = |id: &str| page.attributes(&format!("form[action$=\"{id}\"] button"), "value");
    assert_eq!(
        (values("k1"), values("k2"), values("k4")),
        (vec!["take".into(), "say".into()], vec!["ask".into(), "solve".into(), "say".into()], vec![])
    );
    assert_eq!(admin.submit(&path, &[("subject", "")]).await.texts("#subject-error").len(), 1);
    assert_eq!(
        admin.submit(&path, &[("subject", "Aiuto"), ("text", "Come?"), ("about", "moving")]).await.location(),
        format!("{path}?done=opened")
    );
    let answered = admin.submit_to(&path, &at("/ioservice/assistenza/k1"), &[("command", "say"), ("text-k1", "Così.")]).await;
    assert_eq!(answered.location(), format!("{path}?done=answered"));
    assert_eq!(admin.fake.memory().said["ticket_command"], json!({ "command": "say", "text": "Così.", "attachments": [] }));
    let file = at("/ioservice/assistenza/k1/allegati/f1");
    assert!(page.attributes("article a[download]", "href").contains(&file));
    let got = admin.get(&file).await;
    assert_eq!(
        (got.body.as_str(), got.headers["content-disposition"].to_str().unwrap()),
        ("immagine", "attachment; filename*=UTF-8''errore.png")
    );
    let question = [("subject", "Aiuto"), ("text", "Come?"), ("email", "a@example.it")];
    let sent = admin.upload(&path, &question, "file", ("errore.png", b"immagine")).await;
    assert_eq!(sent.location(), format!("{path}?done=opened"));
    let said = admin.fake.memory().said["ticket"].clone();
    assert_eq!((&said["email"], &said["attachments"][0]["name"]), (&json!("a@example.it"), &json!("errore.png")));
    assert_eq!(said["attachments"][0]["file"], "aW1tYWdpbmU=");
}

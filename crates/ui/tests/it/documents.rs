//! The citizen's documents and the administrator's failed operations.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Browser, at};
use super::registered::{BROKEN, ELSEWHERE, LETTER, REGISTERED};
use super::samples::id;

#[tokio::test]
async fn a_citizen_finds_documents_by_words_and_folder() {
    let mut citizen = Browser::of("cittadino").await;
    let all = citizen.get(&at("/documenti")).await;
    assert_eq!(all.texts(".row-card h2"), ["Domanda presentata", "Ritiro"]);
    assert_eq!(all.texts(".row-card .state"), ["Protocollato"], "of what nobody has taken nothing is said");
    assert!(all.texts(".row-card-facts")[0].contains("0000012/2026"));
    assert_eq!(all.texts("#folder option")[1], "12/2026 – Occupazione di suolo <b>pubblico</b>-Anna Ferri (1)");
    assert_eq!(all.texts(".site-nav [aria-current]"), ["Documenti"]);
    let found = citizen.get(&at("/documenti?q=PLANIMETRIA")).await;
    assert_eq!(
        (found.texts(".row-card h2"), found.texts(".count")),
        (vec!["Domanda presentata".into()], vec!["1 documento".into()])
    );
    let folder = citizen.get(&at(&format!("/documenti?folder={}", id("7000")))).await;
    assert_eq!(folder.attributes("#folder option[selected]", "value"), [id("7000")]);
    assert_eq!(folder.texts(".row-card h2").len(), 1);
    let none = citizen.get(&at("/documenti?q=zzz&folder=x%27--")).await;
    assert_eq!((none.status, none.texts(".row-card").len()), (StatusCode::OK, 0));
    assert!(none.texts(".empty")[0].starts_with("Nessun documento trovato"));
}

#[tokio::test]
async fn a_document_shows_its_registration_and_leads_to_its_files() {
    let mut citizen = Browser::of("cittadino").await;
    let page = citizen.get(&at(&format!("/documenti/{REGISTERED}"))).await;
    assert_eq!(page.texts("h1"), ["Domanda presentata"]);
    let facts = page.texts(".facts dd");
    assert_eq!(facts[..4], ["0000012/2026", "02/03/2026, 10:00", "In entrata: inviato all'ente", "01/03/2026, 09:00"]);
    assert_eq!(page.texts(".files a"), ["Modulo <compilato>", "planimetria.pdf"]);
    let files = page.attributes(".files a", "href");
    assert_eq!(files[0], at(&format!("/pratiche/{}/attachments/f-mod", id("7000"))));
    assert_eq!(citizen.get(&files[0]).await.status, StatusCode::OK);
    let elsewhere = citizen.get(&at(&format!("/documenti/{ELSEWHERE}"))).await;
    assert_eq!((elsewhere.status, elsewhere.texts(".files a").len()), (StatusCode::OK, 0));
    assert_eq!(citizen.get(&at("/documenti/d1bbcafb-ee78-4cd1-9b8e-000000000009")).await.status, StatusCode::NOT_FOUND);
    for (language, title) in [("de", "Eingereichter Antrag"), ("en", "Application sent")] {
        let page = citizen.get(&at(&format!("/documenti/{REGISTERED}")).replace("/it/", &format!("/{language}/"))).await;
        assert_eq!(page.texts("h1"), [title]);
    }
}

#[tokio::test]
async fn an_administrator_tries_again_or_gives_up() {
    let mut admin = Browser::of("admin").await;
    let list = admin.get(&at("/admin/lettere-morte")).await;
    assert_eq!(list.texts(".row-card h2"), ["Documento: <script>alert(1)</script>", "Documento"]);
    assert_eq!(list.texts(".row-card h2 + p"), ["Tried again 58 times", "Not a document: <b>EOF</b>"]);
    let facts = list.texts(".row-card-facts");
    assert!(facts[0].starts_with("Anna Ferri · ") && facts[1].starts_with("retry-orchestrator · "), "{facts:?}");
    let application = at(&format!("/operatori/{}", id("7000")));
    assert_eq!(list.attributes(".row-card-above a", "href"), [application.as_str()], "of identifiers alone");
    let (letter, broken) = (at(&format!("/admin/lettere-morte/{LETTER}")), at(&format!("/admin/lettere-morte/{BROKEN}")));
    let page = admin.get(&letter).await;
    assert_eq!(page.texts("h1"), ["Documento: <script>alert(1)</script>"]);
    assert_eq!(page.texts(".crumbs li")[1..3], ["Amministrazione", "Operazioni non riuscite"]);
    assert_eq!(page.texts(".facts dd")[..2], ["tried again 58 times", "Anna Ferri"]);
    assert_eq!(page.attributes(".facts a", "href"), [application]);
    let german = admin.get(&letter.replace("/it/", "/de/")).await;
    assert_eq!(german.texts("h1"), ["Dokument: <script>alert(1)</script>"]);
    assert!(page.texts("#payload")[0].contains("\"amount\": 1.1"), "{:?}", page.texts("#payload"));
    assert!(!page.body.contains("<script>alert"));
    // Giving up has to be meant.
    let answer = admin.submit(&letter, &[("action", "drop")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#sure-error").len(), 1);
    assert_eq!(admin.fake.memory().letters.len(), 2);
    let answer = admin.submit(&broken, &[("action", "replay")]).await;
    assert_eq!(answer.texts("#replay-error"), ["Non è un oggetto JSON."]);
    let answer = admin.submit(&letter, &[("action", "replay")]).await;
    assert_eq!(answer.location(), at("/admin/lettere-morte?done=replayed"));
    let answer = admin.submit(&broken, &[("action", "drop"), ("sure", "yes")]).await;
    assert_eq!(answer.location(), at("/admin/lettere-morte?done=dropped"));
    let said = admin.fake.memory().said.clone();
    assert_eq!((&said["replayed"], &said["dropped"]), (&json!(LETTER), &json!(BROKEN)));
    let empty = admin.get(&at("/admin/lettere-morte?done=dropped")).await;
    assert_eq!(empty.texts(".empty").len(), 1);
    // Not for others, by whatever way.
    for who in ["cittadino", "operatore"] {
        let mut other = Browser::of(who).await;
        let csrf = other.csrf().await;
        assert_eq!(other.get(&letter).await.status, StatusCode::FORBIDDEN, "{who}");
        let act = [("csrf", &*csrf), ("action", "drop"), ("sure", "yes")];
        assert_eq!(other.post(&letter, &act).await.status, StatusCode::FORBIDDEN, "{who}");
        assert!(other.fake.memory().said.is_empty());
    }
}

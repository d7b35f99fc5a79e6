//! What comes into the pages of the interoperability platform and leaves them as a file: e-services as archives, consumers as a table.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;

use super::browser::Browser;
use super::interop::{here, in_role, refuse, said, wrong};

#[tokio::test]
async fn a_version_and_its_consumers_are_downloaded() {
    let mut admin = Browser::of("admin").await;
    let version = here("/e-service/e-1/published");
    let ways = admin.get(&version).await.attributes(".ways a", "href");
    for (path, kind, name, content) in [
        ("esporta", "application/zip", "archivio.zip", "PK"),
        ("fruitori", "text/csv; charset=utf-8", "fruitori.csv", "versione\n"),
    ] {
        let path = format!("{version}/{path}");
        assert!(ways.contains(&path), "{ways:?}");
        let file = admin.get(&path).await;
        assert_eq!((file.status, file.body.as_str()), (StatusCode::OK, content));
        assert_eq!(file.headers[CONTENT_TYPE], kind);
        assert_eq!(file.headers[CONTENT_DISPOSITION], format!("attachment; filename*=UTF-8''{name}"));
        assert_eq!(file.headers["content-security-policy"], "default-src 'none'; sandbox");
    }
    // A draft is nothing that others could use.
    let draft = here("/e-service/e-1/draft");
    let ways = admin.get(&draft).await.attributes("a", "href");
    assert!(!["esporta", "fruitori"].iter().any(|path| ways.contains(&format!("{draft}/{path}"))), "{ways:?}");
    let mut support = in_role("support").await;
    let ways = support.get(&version).await.attributes(".ways a", "href");
    assert!(ways.contains(&format!("{version}/fruitori")) && !ways.contains(&format!("{version}/esporta")), "{ways:?}");
}

#[tokio::test]
async fn an_archive_becomes_a_draft_or_is_told_what_is_wrong_with_it() {
    let mut operator = in_role("api").await;
    let page = here("/e-service/importa");
    assert!(operator.get(&here("/e-service")).await.attributes("a", "href").contains(&page));
    let none = operator.submit(&page, &[("command", "import")]).await;
    wrong(&none, "archive", "Scegli un file.");
    let archive: &[u8] = b"PK\x03\x04";
    let hostile = "../../\u{202e}a.zip";
    let made = operator.upload(&page, &[("command", "import")], "archive", (hostile, archive)).await;
    assert_eq!(made.location(), format!("{}?done=created", here("/e-service/draft/draft")));
    assert_eq!(said(&operator, "archive"), json!("fileName=u-operator.zip"), "its own name is nobody's business");
    assert_eq!(said(&operator, "PUT /import/files/ticket"), json!("PK\u{3}\u{4}"));
    let file = said(&operator, "POST /import/eservices");
    assert_eq!(file["filename"], "u-operator.zip");
    assert!(file["url"].as_str().unwrap().ends_with("/import/files/ticket"));

    refuse(&operator, 400, "008-0021", "configuration.json: /name: Manca il campo name.; <b>x</b>");
    let refused = operator.upload(&page, &[("command", "import")], "archive", ("a.zip", archive)).await;
    wrong(&refused, "archive", "L'archivio non è stato importato: configuration.json: /name: Manca il campo name.; <b>x</b>.");
    let large = vec![0; 21 * 1024 * 1024];
    let large = operator.upload(&page, &[("command", "import")], "archive", ("a.zip", &large)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut support = in_role("support").await;
    let refused = support.upload(&page, &[("command", "import")], "archive", ("a.zip", archive)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

//! Dues of a file become payments: fetched, read, judged and written down, each once.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use kernel::{NoticeNumber, Series};
use serde_json::{Value, json};

use super::DEADLINE;
use super::sandbox::{SERVICE, furnish};
use crate::{cpu_s, memory};

const ROLE: &str = "payment-importer";
/// Rows that are sent at a time.
const PIECE: u64 = 1_000;

/// Imports a file of `rows` rows from an address, as large bodies do.
pub async fn run(rows: u64) {
    let (installation, _) = furnish(ROLE, Vec::new()).await;
    let served = Router::new().route("/dovuti.csv", get(move || async move { Body::from_stream(file(rows)) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/dovuti.csv", listener.local_addr().expect("it has an address"));
    tokio::spawn(async move { axum::serve(listener, served).await });

    let running = installation.run().await;
    let before = memory::resident_mb();
    let (began, cpu) = (Instant::now(), cpu_s());
    let attachment = json!({ "name": "dovuti.csv", "mime_type": "text/csv", "file": url });
    let job = json!({ "type": "import_dovuti", "attachment": attachment, "args": { "service_id": SERVICE } });
    let path = "/comune-di-bugliano/api/jobs".to_owned();
    let id = installation.call("POST", &path, &job).await.expect(201)["id"].as_str().expect("an identifier").to_owned();
    let path = format!("{path}/{id}");
    let (mut most, mut shown) = (before, Value::Null);
    while shown["status"] != "finished" {
        assert!(!["failed", "cancelled"].iter().any(|over| shown["status"] == *over), "{shown}");
        assert!(began.elapsed() < DEADLINE, "the import does not come to an end: {shown}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        shown = installation.call("GET", &path, &Value::Null).await.expect(200);
        most = most.max(memory::resident_mb());
    }
    let (elapsed, cpu) = (began.elapsed().as_secs_f64(), cpu_s() - cpu);
    installation.stop(running).await;
    assert_eq!(shown["progress"]["imported"], rows, "each row is a payment");
    println!(
        "import: {:.0} rows a second, {:.0} per CPU-second ({rows} in {elapsed:.1} s); memory {before:.0} MB before, {most:.0} MB at most",
        rows as f64 / elapsed,
        rows as f64 / cpu
    );
}

/// The file, made while it is sent.
fn file(rows: u64) -> impl futures::Stream<Item = Result<Bytes, std::convert::Infallible>> {
    const HEAD: &str =
        "notice_number,amount,reason,created_at,expire_at,payer_tax_identification_number,payer_name,payer_family_name\n";
    futures::stream::iter((0..rows.div_ceil(PIECE)).map(move |piece| {
        let mut text = if piece == 0 { HEAD.to_owned() } else { String::new() };
        for number in piece * PIECE..rows.min((piece + 1) * PIECE) {
            let notice = NoticeNumber::new(Series::Segregated(33), number + 1).expect("a notice number");
            text += &format!("{notice},12.50,TARI 2025,2025-01-02,2099-12-31,FRRNNA84L52G702G,Anna,Ferri\n");
        }
        Ok(Bytes::from(text))
    }))
}

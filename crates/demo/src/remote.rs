//! A stand-in for a sender whose messages stay with it: the three calls that the platform makes on senders of remote content.
//!
//! | request | what |
//! | --- | --- |
//! | `GET /demo/remote/messages/{id}/precondition` | what is to be confirmed first |
//! | `GET /demo/remote/messages/{id}` | subject, text and files |
//! | `GET /demo/remote/messages/{id}/{file}` | a file, a PDF |
//!
//! Callers show the key [`API_KEY`] in `x-api-key`.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use runtime::Role;
use serde_json::{Value, json};
use web::{Json, Path};

/// The only key that callers are let in with.
pub const API_KEY: &str = "sandbox";

/// The stand-in as a role.
pub fn role() -> Role {
    let routes = Router::new()
        .route("/demo/remote/messages/{id}", get(message))
        .route("/demo/remote/messages/{id}/precondition", get(precondition))
        .route("/demo/remote/messages/{id}/verbale.pdf", get(file));
    Role { routes, ..Role::new("demo-remote") }
}

async fn precondition(headers: HeaderMap, Path(_): Path<String>) -> Response {
    answer(&headers, || {
        json!({
            "title": "Il messaggio contiene una comunicazione formale",
            "markdown": "Aprendolo confermi di averlo **ricevuto** oggi: da questo momento decorrono i termini che indica."
        })
    })
}

async fn message(headers: HeaderMap, Path(id): Path<String>) -> Response {
    answer(&headers, || {
        let text = format!(
            "È stato redatto il verbale **{id}**, che trova in allegato.\n\nPuò presentare osservazioni entro trenta giorni \
             all'ufficio verbali della Polizia locale, anche per posta elettronica."
        );
        json!({
            "attachments": [{ "id": "1", "url": "verbale.pdf", "content_type": "application/pdf", "name": "verbale.pdf", "category": "DOCUMENT" }],
            "details": { "subject": "Verbale della Polizia locale", "markdown": text }
        })
    })
}

async fn file(headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    ([(CONTENT_TYPE, "application/octet-stream")], pdf(&id)).into_response()
}

fn answer(headers: &HeaderMap, body: impl FnOnce() -> Value) -> Response {
    if is_known(headers) { Json(body()).into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
}

fn is_known(headers: &HeaderMap) -> bool {
    headers.get("x-api-key").is_some_and(|key| key == API_KEY) && headers.contains_key("fiscal_code")
}

/// A page with a line of text, as small as PDF allows.
fn pdf(id: &str) -> Vec<u8> {
    let safe: String = id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let drawn = format!("BT /F1 18 Tf 72 740 Td (Verbale {safe}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut written = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(written.len());
        written.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let (size, start) = (objects.len() + 1, written.len());
    written.push_str(&format!(
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    written.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_pdf_leads_to_its_objects() {
        let text = String::from_utf8(pdf("verbale-1)")).unwrap();
        let table = text.split("0000000000 65535 f \n").nth(1).unwrap();
        for (index, line) in table.lines().take(5).enumerate() {
            let place: usize = line[..10].parse().unwrap();
            assert!(text[place..].starts_with(&format!("{} 0 obj", index + 1)), "{line}");
        }
        assert!(text.contains("(Verbale verbale-1) Tj"));
    }
}

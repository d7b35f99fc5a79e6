//! A stand-in for everybody's mailbox: a demonstration sends no e-mail, its emails can be read at `/demo/mail`.
//!
//! | request | what |
//! | --- | --- |
//! | `PUT /demo/mail/{id}` | takes an email; the same `id` again is the same email |
//! | `GET /demo/mail` | the last emails, as a page; as JSON for programs that accept only that |

use std::fmt::Write as _;

use crate::soap::escape;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use kernel::Uuid;
use runtime::{App, Email, Role};
use storage::{Migrations, Tx, params};
use web::{ApiResult, Json, Path};

/// The table of the stand-in.
pub const MIGRATIONS: Migrations = storage::migrations!("demo_mail", "V1__mail");

/// Letters that are shown.
const SHOWN: i64 = 100;

/// The stand-in as a role.
pub fn role(app: &App) -> Role {
    let routes = Router::new().route("/demo/mail", get(list)).route("/demo/mail/{id}", put(take));
    Role { routes: routes.with_state(app.clone()), ..Role::new("demo-mail") }
}

async fn take(State(app): State<App>, Path(id): Path<Uuid>, Json(email): Json<Email>) -> ApiResult<StatusCode> {
    let Email { to, subject, text, at, .. } = email;
    let keep = move |tx: &mut Tx<'_>| {
        let sql =
            "INSERT INTO demo_emails (id, address, subject, body, sent_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![id, to, subject, text, at])
    };
    app.db().write(keep).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list(State(app): State<App>, headers: HeaderMap) -> ApiResult<Response> {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT id, address, subject, body, sent_at FROM demo_emails ORDER BY sent_at DESC, id DESC LIMIT $1";
        tx.all(sql, params![SHOWN], |row| {
            Ok(Email { id: row.get(0)?, to: row.get(1)?, subject: row.get(2)?, text: row.get(3)?, at: row.get(4)? })
        })
    };
    let emails: Vec<Email> = app.db().read(read).await?;
    if headers.get(ACCEPT).is_some_and(|accepted| accepted == "application/json") {
        return Ok(Json(emails).into_response());
    }
    crate::psp::page::answer(page(&emails))
}

fn page(emails: &[Email]) -> String {
    let mut list = String::new();
    for email in emails {
        let (to, subject, text) = (escape(&email.to), escape(&email.subject), escape(&email.text));
        let at = email.at.zoned().strftime("%d/%m/%Y, %H:%M");
        // Writing to memory does not fail.
        let _ = write!(list, "<article><h2>{subject}</h2><p>A: {to} – {at}</p><pre>{text}</pre></article>");
    }
    if list.is_empty() {
        list.push_str("<p>Nessuna e-mail.</p>");
    }
    format!(
        "<!doctype html><html lang=\"it\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Posta della dimostrazione</title><style>{}</style></head><body><main><h1>Posta della dimostrazione</h1>\
         <p>Le e-mail che la piattaforma avrebbe inviato, le ultime prima.</p>{list}</main></body></html>",
        crate::psp::page::STYLE
    )
}

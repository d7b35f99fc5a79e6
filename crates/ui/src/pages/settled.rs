//! What is said when an application has meanwhile moved on, in another window or by somebody else, and what was asked cannot be done any
//! more.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::clients::Application;
use crate::frame::Frame;
use crate::markup::{self, Html};
use crate::visit::Visit;
use crate::{respond, status};

#[derive(Template)]
#[template(path = "settled.html")]
struct Settled {
    f: Frame,
    title: String,
    /// What was typed, to be copied.
    typed: Html,
    href: String,
}

/// The page: where the application stands, what was `typed`, and the way to the application at `path` below the tenant's language.
pub fn page(visit: &Visit, application: &Application, path: &str, typed: &str) -> Response {
    let f = visit.frame();
    let title = match application.status.as_str() {
        "6000" | "7000" => f.t.settled_accepted.to_owned(),
        "8000" | "9000" => f.t.settled_rejected.to_owned(),
        "20000" => f.t.settled_withdrawn.to_owned(),
        "50000" => f.t.settled_revoked.to_owned(),
        other => f.t.settled_other(status::label(f.t, other)),
    };
    let typed = if typed.is_empty() { Html::default() } else { Html(markup::paragraphs(typed)) };
    let href = format!("{}{path}", visit.root());
    respond::page_with_status(visit, StatusCode::CONFLICT, Settled { f, title, typed, href })
}

//! Pages of text that every public service must have.

use askama::Template;
use axum::response::Response;

use crate::frame::Frame;
use crate::respond;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "text.html")]
struct Text {
    f: Frame,
    title: &'static str,
    paragraphs: Vec<String>,
}

/// `/accessibilita`: how accessible the pages are and whom to tell when they are not (law 4/2004).
pub async fn accessibility(visit: Visit) -> Response {
    let f = visit.frame();
    let paragraphs =
        vec![f.t.text_accessibility_1(&f.tenant.name), f.t.text_accessibility_2.into(), f.t.text_accessibility_3(&f.tenant.name)];
    respond::page(&visit, Text { title: f.t.footer_accessibility, paragraphs, f })
}

/// `/privacy`: what the pages keep about the visitor.
pub async fn privacy(visit: Visit) -> Response {
    let f = visit.frame();
    let paragraphs = vec![f.t.text_privacy_1(&f.tenant.name), f.t.text_privacy_2.into(), f.t.text_privacy_3.into()];
    respond::page(&visit, Text { title: f.t.footer_privacy, paragraphs, f })
}

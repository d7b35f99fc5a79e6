//! The OpenAPI documents of a process, at `/docs`.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use bytes::Bytes;
use runtime::Role;

/// Serves each role's document at `/docs/<role>/openapi.json`, and a page that lists them at `/docs`.
pub fn docs(roles: &[Role]) -> Router {
    let mut router = Router::new();
    let mut list = String::new();
    for role in roles.iter().filter(|role| !role.openapi.is_null()) {
        let (role, document) = (role.name, crate::published(role));
        let operations = document["paths"].as_object().map_or(0, serde_json::Map::len);
        let title = document["info"]["title"].as_str().unwrap_or_default();
        list.push_str(&format!("<li><a href=\"/docs/{role}/openapi.json\">{role}</a>: {title} ({operations} percorsi)</li>"));
        // As text it takes a tenth of the memory.
        let text = Bytes::from(document.to_string());
        let answer = move || async move { ([(CONTENT_TYPE, "application/json")], text) };
        router = router.route(&format!("/docs/{role}/openapi.json"), get(answer));
    }
    let page = format!(
        "<!doctype html><html lang=\"it\"><head><meta charset=\"utf-8\"><title>API di Sportello</title></head>\
         <body><h1>API di Sportello</h1><p>Documenti OpenAPI 3.1 dei ruoli di questo processo:</p><ul>{list}</ul></body></html>"
    );
    router.route("/docs", get(move || async move { Html(page) }))
}

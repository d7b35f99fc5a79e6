//! `/`: the public bodies of this installation; with one only, its pages.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::errors::{Bare, PageError};
use crate::i18n::Locale;
use crate::{Ui, respond};

/// Shows the list, or goes to the only one.
pub async fn show(State(ui): State<Ui>) -> Result<Response, PageError> {
    choose(&ui, "/").await
}

/// The same for the interoperability platform, where somebody works for one of them.
pub async fn interop(State(ui): State<Ui>) -> Result<Response, PageError> {
    choose(&ui, "/it/interop").await
}

async fn choose(ui: &Ui, path: &str) -> Result<Response, PageError> {
    let tenants = ui.tenants().await?;
    let address = |slug: &str| format!("/{}{path}", crate::clients::segment(slug));
    if let [only] = tenants.as_slice() {
        return Ok(Redirect::to(&address(&only.slug)).into_response());
    }
    let t = Locale::It.messages();
    let (title, text) =
        if tenants.is_empty() { (t.tenants_none_title, t.tenants_none_text) } else { (t.tenants_title, t.tenants_text) };
    let tenants = tenants.into_iter().map(|tenant| (address(&tenant.slug), tenant.name)).collect();
    Ok(respond::html(StatusCode::OK, &Bare { title, text: text.into(), tenants }))
}

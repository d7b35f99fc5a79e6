//! `/`: the public bodies of this installation; with one only, its pages.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::errors::{Bare, PageError};
use crate::i18n::Locale;
use crate::{Ui, respond};

/// Shows the list, or goes to the only one.
pub async fn show(State(ui): State<Ui>) -> Result<Response, PageError> {
    let tenants = ui.tenants().await?;
    if let [only] = tenants.as_slice() {
        return Ok(Redirect::to(&format!("/{}/", crate::clients::segment(&only.slug))).into_response());
    }
    let t = Locale::It.messages();
    let tenants =
        tenants.into_iter().map(|tenant| (format!("/{}/", crate::clients::segment(&tenant.slug)), tenant.name)).collect();
    Ok(respond::html(StatusCode::OK, &Bare { title: t.tenants_title, text: t.tenants_text.into(), tenants }))
}

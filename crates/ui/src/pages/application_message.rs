//! `POST /pratiche/{id}/messages`: the citizen writes to the office.

use axum::extract::Path;
use axum::response::Response;

use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;

use super::application;

/// Sends the message and goes back to the application.
pub async fn send(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let f = visit.frame();
    if posted.text("message").is_empty() {
        let errors = vec![Invalid::new("message", f.t.message_missing)];
        return application::page(visit, f, &id, errors, String::new(), "").await;
    }
    match visit.platform().send_message(&id, &posted.message("applicant")).await {
        Ok(()) => Ok(posted.then(&format!("/pratiche/{}/detail", crate::clients::segment(&id)), "message")),
        Err(error) => {
            let errors = Invalid::from_client_with_files(
                error,
                &[("message", "message"), ("attachments", "files")],
                "message",
                &posted.files,
            )?;
            application::page(visit, f, &id, errors, posted.text("message").to_owned(), "").await
        }
    }
}

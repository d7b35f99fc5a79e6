//! `/pratiche/{id}/withdraw`: the citizen takes an application back, after saying so twice.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::clients::{ClientError, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::pages::settled;
use crate::posted::Posted;
use crate::respond;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "withdraw.html")]
struct Withdraw {
    f: Frame,
    id: String,
    service: String,
}

/// Asks for confirmation; of an application that cannot be withdrawn it is said where it stands.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.signed_in()?;
    let application = visit.platform().application(&id).await?;
    if !application.offers("withdraw") {
        return Ok(settled::page(&visit, &application, &detail(&id), ""));
    }
    Ok(respond::page(&visit, Withdraw { f: visit.frame(), id: application.id, service: application.service_name }))
}

/// Withdraws.
pub async fn confirm(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.signed_in()?;
    let Err(error) = visit.platform().transition(&id, "withdraw", None::<&()>).await else {
        return Ok(posted.then(&detail(&id), "withdrawn"));
    };
    if matches!(error, ClientError::Refused(_)) {
        let application = visit.platform().application(&id).await?;
        if !application.offers("withdraw") {
            return Ok(settled::page(visit, &application, &detail(&id), ""));
        }
    }
    Err(error.into())
}

/// The application's page.
fn detail(id: &str) -> String {
    format!("/pratiche/{}/detail", segment(id))
}

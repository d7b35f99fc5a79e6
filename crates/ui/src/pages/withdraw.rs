//! `/pratiche/{id}/withdraw`: the citizen takes an application back, after saying so twice.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::errors::PageError;
use crate::frame::Frame;
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

/// Asks for confirmation; an application that cannot be withdrawn has no such page.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.signed_in()?;
    let application = visit.platform().application(&id).await?;
    if !application.offers("withdraw") {
        return Err(PageError::NotFound);
    }
    Ok(respond::page(&visit, Withdraw { f: visit.frame(), id: application.id, service: application.service_name }))
}

/// Withdraws.
pub async fn confirm(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.signed_in()?;
    posted.visit.platform().transition(&id, "withdraw", None::<&()>).await?;
    Ok(posted.then(&format!("/pratiche/{}/detail", crate::clients::segment(&id)), "withdrawn"))
}

//! `/pagamenti`: what the citizen has to pay and has paid, dues that the body imported included.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use crate::errors::PageError;
use crate::frame::Frame;
use crate::respond;
use crate::views::application::{PaymentView, payment_view};
use crate::views::pager::Pager;
use crate::visit::Visit;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
pub struct Part {
    page: Option<u64>,
}

#[derive(Template)]
#[template(path = "payments.html")]
struct Payments {
    f: Frame,
    payments: Vec<PaymentView>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "payment.html")]
struct PaymentPage {
    f: Frame,
    payment: PaymentView,
}

/// Shows the payments of who is signed in.
pub async fn list(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    visit.signed_in()?;
    let offset = Pager::offset(part.page);
    let page = visit.payments().list(offset, Pager::SIZE).await?;
    let f = visit.frame();
    let payments = page.data.iter().map(|payment| payment_view(f.t, payment)).collect();
    let pager = Pager::new(&format!("{}/pagamenti", visit.root()), offset, page.meta.number());
    Ok(respond::page(&visit, Payments { f, payments, pager }))
}

/// `/pagamenti/{id}`: one payment, with the ways to pay it.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.signed_in()?;
    let payment = visit.payments().find(&id).await?;
    let f = visit.frame();
    let payment = payment_view(f.t, &payment);
    Ok(respond::page(&visit, PaymentPage { f, payment }))
}

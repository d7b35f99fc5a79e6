//! `/pagamenti`: what the citizen has to pay, by when, and what was paid; dues that the body imported included.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::RomeTime;
use serde::Deserialize;

use crate::clients::{Payment, PaymentQuery, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::pages::cart;
use crate::respond;
use crate::session::Role;
use crate::views::application::{PaymentView, payment_view};
use crate::views::pager::Pager;
use crate::visit::Visit;

/// Most payments in the list of what is to be paid.
const MOST_DUE: u64 = 100;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
pub struct Part {
    page: Option<u64>,
}

/// What is to be paid.
struct Due {
    payment: PaymentView,
    /// Whether its provider has several payments paid on one page.
    together: bool,
}

#[derive(Template)]
#[template(path = "payments.html")]
struct Payments {
    f: Frame,
    due: Vec<Due>,
    /// Whether there are several that can be paid together.
    together: bool,
    most: usize,
    payments: Vec<PaymentView>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "payment.html")]
struct PaymentPage {
    f: Frame,
    payment: PaymentView,
    /// The application that is paid for, if it is the viewer's.
    application: Option<String>,
}

/// Where the staff is sent from the citizens' payments: to the body's, or to `one` of them. What the staff may see is everybody's, and
/// would stand here as its own.
///
/// # Errors
/// Sends to the sign-in page when nobody is signed in.
pub fn staff_elsewhere(visit: &Visit, one: Option<&str>) -> Result<Option<Response>, PageError> {
    if visit.signed_in()?.role == Role::Citizen {
        return Ok(None);
    }
    let one = one.map(|id| format!("/{}", segment(id))).unwrap_or_default();
    Ok(Some(Redirect::to(&format!("{}/operatori/pagamenti{one}", visit.root())).into_response()))
}

/// Shows the payments of who is signed in; the staff is sent to its own list. On the first page what is to be paid, the most urgent first, then all of them.
pub async fn list(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    if let Some(elsewhere) = staff_elsewhere(&visit, None)? {
        return Ok(elsewhere);
    }
    let offset = Pager::offset(part.page);
    let payments = visit.payments();
    let all = PaymentQuery { offset, limit: Pager::SIZE, ..PaymentQuery::default() };
    let in_status = |status: &str| PaymentQuery { status: status.to_owned(), limit: MOST_DUE, ..PaymentQuery::default() };
    let (pending, started) = (in_status("PAYMENT_PENDING"), in_status("PAYMENT_STARTED"));
    let (page, pending, started, providers) =
        tokio::join!(payments.search(&all), payments.search(&pending), payments.search(&started), payments.providers());
    let (page, providers) = (page?, providers?);
    let mut due: Vec<Payment> = if offset == 0 { [pending?.data, started?.data].concat() } else { Vec::new() };
    due.sort_by_key(|payment| (payment.payment.expire_at.is_none(), payment.payment.expire_at.map(RomeTime::as_second)));
    let f = visit.frame();
    let takes_several = |name: String| providers.iter().any(|provider| provider.name == name && provider.cart > 1);
    let due = due.iter().map(|payment| Due {
        payment: payment_view(f.t, payment, visit.now()),
        together: payment.provider().is_some_and(takes_several),
    });
    let due: Vec<Due> = due.collect();
    let payments = page.data.iter().map(|payment| payment_view(f.t, payment, visit.now())).collect();
    let pager = Pager::new(&format!("{}/pagamenti", visit.root()), offset, page.meta.number());
    let together = due.iter().filter(|due| due.together).count() > 1;
    Ok(respond::page(&visit, Payments { f, due, together, most: cart::MOST, payments, pager }))
}

/// `/pagamenti/{id}`: one payment, with the ways to pay it.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    if let Some(elsewhere) = staff_elsewhere(&visit, Some(&id))? {
        return Ok(elsewhere);
    }
    let viewer = visit.signed_in()?.id.clone();
    let payment = visit.payments().find(&id).await?;
    let f = visit.frame();
    let own = payment.user_id.as_ref() == Some(&viewer) && !payment.remote_id.is_empty();
    let application = own.then(|| format!("{}/pratiche/{}/detail", visit.root(), crate::clients::segment(&payment.remote_id)));
    let payment = payment_view(f.t, &payment, visit.now());
    Ok(respond::page(&visit, PaymentPage { f, payment, application }))
}

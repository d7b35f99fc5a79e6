//! `/operatori/pagamenti`: the payments of the body: searched, looked at, cancelled, exported.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use kernel::jiff::civil::Date;
use kernel::jiff::{ToSpan, civil::time};
use kernel::{RomeTime, Uuid};
use serde::Deserialize;

use crate::clients::{Count, Payment, PaymentPage, PaymentQuery, ServiceQuery, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::pages::file;
use crate::posted::Posted;
use crate::views::application::{PaymentView, payment_view};
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

/// States in which a payment can be cancelled.
const CANCELLABLE: [&str; 3] = ["CREATION_FAILED", "PAYMENT_PENDING", "PAYMENT_STARTED"];

/// What to show, as the filters' form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    status: String,
    service: String,
    office: String,
    from: String,
    to: String,
    page: Option<u64>,
}

impl Filter {
    fn has_status(&self, status: &str) -> bool {
        self.status == status
    }

    /// The filters as a query string, without the page.
    fn query(&self) -> String {
        let fields = [
            ("q", &self.q),
            ("status", &self.status),
            ("service", &self.service),
            ("office", &self.office),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// Whether it asks for a service or office that cannot be: what is no identifier is nobody's.
    fn is_nonsense(&self) -> bool {
        [&self.service, &self.office].into_iter().any(|id| !id.is_empty() && id.parse::<Uuid>().is_err())
    }

    /// The filters as the API takes them: days are Rome's, both included. A day that is none does not restrict.
    fn wanted(&self, offset: u64) -> PaymentQuery {
        let midnight = |text: &str, days: i64| {
            let day = text.parse::<Date>().ok()?.checked_add(days.days()).ok()?;
            Some(RomeTime::from_civil(day.to_datetime(time(0, 0, 0, 0))).ok()?.to_string())
        };
        PaymentQuery {
            text: self.q.trim().to_owned(),
            status: self.status.clone(),
            service_id: self.service.clone(),
            office_id: self.office.clone(),
            since: midnight(&self.from, 0).unwrap_or_default(),
            before: midnight(&self.to, 1).unwrap_or_default(),
            offset,
            limit: Pager::SIZE,
        }
    }
}

/// A payment in the list.
struct Row {
    payment: PaymentView,
    payer: String,
    service: String,
}

#[derive(Template)]
#[template(path = "operator_payments.html")]
struct List {
    f: Frame,
    filter: Filter,
    services: Vec<(String, String)>,
    offices: Vec<(String, String)>,
    found: String,
    export: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// Shows the list.
pub async fn list(visit: Visit, Query(filter): Query<Filter>) -> Result<Response, PageError> {
    visit.staff()?;
    let offset = Pager::offset(filter.page);
    let (platform, payments, wanted, all) = (visit.platform(), visit.payments(), filter.wanted(offset), ServiceQuery::default());
    let page = async {
        if filter.is_nonsense() {
            return Ok(PaymentPage { meta: Count::default(), data: Vec::new() });
        }
        payments.search(&wanted).await
    };
    let (page, services, offices) = tokio::join!(page, platform.services(&all), platform.offices());
    let page = page?;
    let services: Vec<(String, String)> = services?.into_iter().map(|service| (service.id, service.name)).collect();
    let offices = offices?.into_iter().map(|office| (office.id, office.name)).collect();
    let f = visit.frame();
    let name_of = |id: &str| services.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone()).unwrap_or_default();
    let row = |payment: &Payment| Row {
        payer: payer(payment),
        service: name_of(&payment.service_id),
        payment: payment_view(f.t, payment, visit.now()),
    };
    let rows = page.data.iter().map(row).collect();
    let total = page.meta.number();
    let found = if total == 1 { f.t.ledger_found_one.to_owned() } else { f.t.ledger_found(total) };
    let address = format!("{}/operatori/pagamenti", visit.root());
    let pager = Pager::new(&format!("{address}?{}", filter.query()), offset, total);
    let export = format!("{address}/export?{}", filter.query());
    Ok(respond::page(&visit, List { f, filter, services, offices, found, export, rows, pager }))
}

/// The same list as a table, whole.
pub async fn export(visit: Visit, Query(filter): Query<Filter>) -> Result<Response, PageError> {
    visit.staff()?;
    Ok(file::send(visit.payments().export(&filter.wanted(0)).await?))
}

fn payer(payment: &Payment) -> String {
    let name = payment.payer.full_name();
    if name.is_empty() { payment.payer.tax_identification_number.clone() } else { name }
}

#[derive(Template)]
#[template(path = "operator_payment.html")]
struct One {
    f: Frame,
    payment: PaymentView,
    payer: String,
    tax_code: String,
    service: String,
    updated_at: String,
    /// The application that is paid for.
    application: Option<String>,
    /// Where it can be cancelled.
    cancel: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
/// What has just been done.
pub struct Arrival {
    done: String,
}

type Address = (String, String, String);

/// `/operatori/pagamenti/{id}`: one payment.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.staff()?;
    let payment = visit.payments().find(&id).await?;
    // A service that is gone leaves its payments.
    let service = visit.platform().service(&payment.service_id).await.map(|service| service.name).unwrap_or_default();
    let mut f = visit.frame();
    f.notice = (arrival.done == "canceled").then_some(f.t.ledger_canceled);
    let root = visit.root();
    let page = One {
        payer: payer(&payment),
        tax_code: payment.payer.tax_identification_number.clone(),
        service,
        updated_at: payment.updated_at.map(format::date_time).unwrap_or_default(),
        application: Some(&payment.remote_id)
            .filter(|id| !id.is_empty() && payment.user_id.is_some())
            .map(|id| format!("{root}/operatori/{}", segment(id))),
        cancel: can_cancel(&payment).then(|| format!("{root}/operatori/pagamenti/{}/annulla", segment(&payment.id))),
        // The citizen pays, not the office.
        payment: PaymentView { online: None, ..payment_view(f.t, &payment, visit.now()) },
        f,
    };
    Ok(respond::page(&visit, page))
}

fn can_cancel(payment: &Payment) -> bool {
    CANCELLABLE.contains(&payment.status.as_str()) && payment.links.cancel.own_path().is_some()
}

#[derive(Template)]
#[template(path = "operator_payment_cancel.html")]
struct Cancel {
    f: Frame,
    errors: Vec<Invalid>,
    payment: PaymentView,
    payer: String,
    /// An application waits for it, and ends with it.
    closes: bool,
}

/// The payments to look at follow the proxy's event: the page that comes next is to show the payment as it is now. Whoever would have to wait
/// longer sees it at the next look.
async fn await_cancellation(visit: &Visit, id: &str) -> Result<(), PageError> {
    for _ in 0..20 {
        if !can_cancel(&visit.payments().find(id).await?) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// `/operatori/pagamenti/{id}/annulla`: asks whether it is meant; a payment that cannot be cancelled has no such page.
pub async fn ask(visit: Visit, Path((_, _, id)): Path<Address>) -> Result<Response, PageError> {
    visit.staff()?;
    let payment = visit.payments().find(&id).await?;
    if !can_cancel(&payment) {
        return Err(PageError::NotFound);
    }
    Ok(confirmation(&visit, &payment, Vec::new()))
}

fn confirmation(visit: &Visit, payment: &Payment, errors: Vec<Invalid>) -> Response {
    let f = visit.frame();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let closes = !payment.remote_id.is_empty() && payment.user_id.is_some();
    let page = Cancel { closes, payer: payer(payment), payment: payment_view(f.t, payment, visit.now()), errors, f };
    respond::page_with_status(visit, status, page)
}

/// Cancels.
pub async fn cancel(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.staff()?;
    let payment = visit.payments().find(&id).await?;
    if !can_cancel(&payment) {
        return Err(PageError::NotFound);
    }
    match visit.payments().cancel(&payment).await {
        Ok(()) => {
            await_cancellation(visit, &id).await?;
            Ok(posted.then(&format!("/operatori/pagamenti/{}", segment(&payment.id)), "canceled"))
        }
        // It was paid meanwhile, for instance.
        Err(error) => Ok(confirmation(visit, &payment, Invalid::from_client(error, &[], "cancel")?)),
    }
}

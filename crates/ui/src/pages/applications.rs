//! `/pratiche`: the citizen's applications.

use std::collections::HashSet;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clients::{Application, ApplicationQuery, PaymentQuery};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::session::Role;
use crate::status::Badge;
use crate::views::application::answered;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

/// Most payments that are looked at to say more of a list's applications.
const MOST_PAYMENTS: u64 = 100;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
pub struct Part {
    page: Option<u64>,
}

/// An application in the list.
struct Row {
    href: String,
    service: String,
    subject: String,
    /// Whose it is, if somebody else's.
    whose: String,
    when: String,
    number: String,
    badge: Badge,
    /// What the citizen has to do now, if anything.
    todo: &'static str,
}

#[derive(Template)]
#[template(path = "applications.html")]
struct Applications {
    f: Frame,
    rows: Vec<Row>,
    pager: Pager,
}

/// Shows the applications of who is signed in; the staff is sent to its own list.
pub async fn show(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    let viewer = visit.signed_in()?;
    if viewer.role != Role::Citizen {
        return Ok(Redirect::to(&format!("{}/operatori", visit.root())).into_response());
    }
    let offset = Pager::offset(part.page);
    let query = ApplicationQuery { offset, limit: Pager::SIZE, ..ApplicationQuery::default() };
    let applications = visit.platform().applications(&query).await?;
    let f = visit.frame();
    let (answered, beyond) = tokio::join!(answered(&visit, &applications.data), Beyond::of(&visit, &applications.data));
    let row = |(application, answered)| row(f.t, &visit.root(), &viewer.id, application, beyond.knows(application, answered));
    let rows = applications.data.iter().zip(answered).map(row).collect();
    let pager = Pager::new(&format!("{}/pratiche", visit.root()), offset, applications.meta.number());
    Ok(respond::page(&visit, Applications { f, rows, pager }))
}

/// What is known of an application beyond its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The applicant has answered what the office waits for.
    Answered,
    /// The payment whose outcome is awaited can still be made.
    Unpaid,
    /// The office has cancelled the payment.
    Canceled,
}

/// What the payments say of the applications of a list.
struct Beyond {
    unpaid: HashSet<String>,
    canceled: HashSet<String>,
}

impl Beyond {
    /// Asks, where there is an application whose status leaves it open.
    async fn of(visit: &Visit, applications: &[Application]) -> Self {
        let (mut unpaid, mut canceled) = (HashSet::new(), HashSet::new());
        if applications.iter().any(|application| application.status == "1510") {
            unpaid = with_payment(visit, "PAYMENT_PENDING").await;
            unpaid.extend(with_payment(visit, "PAYMENT_STARTED").await);
        }
        if applications.iter().any(|application| application.status == "1530") {
            canceled = with_payment(visit, "CANCELED").await;
        }
        Self { unpaid, canceled }
    }

    fn knows(&self, application: &Application, answered: bool) -> Option<Known> {
        match application.status.as_str() {
            _ if answered => Some(Known::Answered),
            "1510" if self.unpaid.contains(&application.id) => Some(Known::Unpaid),
            "1530" if self.canceled.contains(&application.id) => Some(Known::Canceled),
            _ => None,
        }
    }
}

/// The applications whose payment is in this state. Without the payments' role the list is there all the same.
async fn with_payment(visit: &Visit, status: &str) -> HashSet<String> {
    let wanted = PaymentQuery { status: status.to_owned(), limit: MOST_PAYMENTS, ..PaymentQuery::default() };
    match visit.payments().search(&wanted).await {
        Ok(page) => page.data.into_iter().map(|payment| payment.remote_id).collect(),
        Err(error) => {
            tracing::warn!(%error, "applications are listed without what their payments say");
            HashSet::new()
        }
    }
}

fn row(t: &Messages, root: &str, viewer: &str, application: &Application, known: Option<Known>) -> Row {
    let own = application.user == viewer;
    let when = match (application.submitted_at, application.created_at) {
        (Some(at), _) => t.applications_submitted_on(format::date(at)),
        (None, Some(at)) => t.applications_created_on(format::date(at)),
        (None, None) => String::new(),
    };
    Row {
        href: format!("{root}/pratiche/{}/detail", application.id),
        service: application.service_name.clone(),
        subject: application.own_subject().to_owned(),
        whose: if own { String::new() } else { t.applications_of_somebody(&application.user_name) },
        when,
        number: application.protocol_number.clone().unwrap_or_default(),
        badge: match known {
            Some(Known::Answered) => Badge::answered(t),
            Some(Known::Unpaid) => Badge::unpaid(t),
            Some(Known::Canceled) => Badge::payment_canceled(t),
            None => Badge::of(t, &application.status),
        },
        todo: match application.status.as_str() {
            _ if !own || known == Some(Known::Answered) => "",
            _ if known == Some(Known::Unpaid) => t.applications_todo_pay,
            "1000" => t.applications_todo_draft,
            "1500" => t.applications_todo_pay,
            "4100" | "4200" => t.applications_todo_answer,
            _ => "",
        },
    }
}

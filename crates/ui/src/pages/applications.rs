//! `/pratiche`: the citizen's applications.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clients::{Application, ApplicationQuery};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::session::Role;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

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
    status: String,
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
    let rows = applications.data.iter().map(|application| row(f.t, &visit.root(), &viewer.id, application)).collect();
    let pager = Pager::new(&format!("{}/pratiche", visit.root()), offset, applications.meta.number());
    Ok(respond::page(&visit, Applications { f, rows, pager }))
}

fn row(t: &Messages, root: &str, viewer: &str, application: &Application) -> Row {
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
        status: application.status.clone(),
        todo: match application.status.as_str() {
            _ if !own => "",
            "1000" => t.applications_todo_draft,
            "1500" => t.applications_todo_pay,
            "4100" | "4200" => t.applications_todo_answer,
            _ => "",
        },
    }
}

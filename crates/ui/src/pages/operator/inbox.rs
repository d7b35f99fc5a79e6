//! `/operatori`: the applications that an operator may work on, with filters.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use kernel::Uuid;
use serde::Deserialize;

use crate::clients::{ApplicationQuery, Applications, Count, ServiceQuery};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::status::Badge;
use crate::views::application::answered;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

/// What to show, as the filters' form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    service: String,
    status: String,
    assigned: String,
    page: Option<u64>,
}

impl Filter {
    /// Only what the viewer has taken charge of.
    fn mine(&self) -> bool {
        self.assigned == "me"
    }

    /// Only applications in this status.
    fn has_status(&self, status: &str) -> bool {
        self.status == status
    }

    /// The filters as a query string, without the page.
    fn query(&self) -> String {
        let fields = [("q", &self.q), ("service", &self.service), ("status", &self.status), ("assigned", &self.assigned)];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }
}

/// An application in the list.
struct Row {
    href: String,
    applicant: String,
    service: String,
    subject: String,
    when: String,
    number: String,
    badge: Badge,
}

#[derive(Template)]
#[template(path = "operator_inbox.html")]
struct Inbox {
    f: Frame,
    filter: Filter,
    services: Vec<(String, String)>,
    found: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// Shows the list.
pub async fn show(visit: Visit, Query(filter): Query<Filter>) -> Result<Response, PageError> {
    visit.staff()?;
    let offset = Pager::offset(filter.page);
    let query = ApplicationQuery {
        service_id: filter.service.clone(),
        status: filter.status.clone(),
        text: filter.q.trim().to_owned(),
        mine: filter.mine(),
        offset,
        limit: Pager::SIZE,
    };
    let platform = visit.platform();
    let all = ServiceQuery::default();
    // No service has what is no identifier, whoever wrote it into the address.
    let nonsense = !filter.service.is_empty() && filter.service.parse::<Uuid>().is_err();
    let applications = async {
        if nonsense {
            return Ok(Applications { meta: Count::default(), data: Vec::new() });
        }
        platform.applications(&query).await
    };
    let (applications, services) = tokio::join!(applications, platform.services(&all));
    let (applications, services) = (applications?, services?);
    let f = visit.frame();
    let answered = answered(&visit, &applications.data).await;
    let rows = applications.data.into_iter().zip(answered).map(|(application, answered)| Row {
        href: format!("{}/operatori/{}", visit.root(), application.id),
        subject: application.own_subject().to_owned(),
        applicant: if application.user_name.is_empty() { f.t.inbox_anonymous.to_owned() } else { application.user_name },
        service: application.service_name,
        when: application.submitted_at.or(application.created_at).map(format::date_time).unwrap_or_default(),
        number: application.protocol_number.unwrap_or_default(),
        badge: if answered { Badge::answered(f.t) } else { Badge::of(f.t, &application.status) },
    });
    let rows = rows.collect();
    let total = applications.meta.number();
    let found = if total == 1 { f.t.inbox_found_one.to_owned() } else { f.t.inbox_found(total) };
    let pager = Pager::new(&format!("{}/operatori?{}", visit.root(), filter.query()), offset, total);
    let services = services.into_iter().map(|service| (service.id, service.name)).collect();
    Ok(respond::page(&visit, Inbox { f, filter, services, found, rows, pager }))
}

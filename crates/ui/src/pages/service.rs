//! `/servizi/{service}`: a service's card by the national model of municipal sites (Designers Italia, "scheda servizio").

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::clients::Service;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::markup::Html;
use crate::views::service::{address, query};
use crate::visit::Visit;
use crate::{markup, respond};

/// A part of the card.
struct Part {
    id: &'static str,
    title: &'static str,
    /// Name by which the national validator finds it.
    element: &'static str,
    html: Html,
}

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage {
    f: Frame,
    lead: String,
    open: bool,
    /// It can be asked for here: it is open and has a form.
    online: bool,
    status_icon: &'static str,
    topic_query: String,
    sections: Vec<Part>,
    access_text: &'static str,
    slug: String,
    service: Service,
}

/// Shows the card.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    let service = visit.platform().service(&id).await?;
    let f = visit.frame();
    let t = f.t;
    let description = service.description.clone();
    let how = [&service.how_to_do, &service.howto].into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let parts = [
        ("what", t.service_what, "service-extended-description", description),
        ("who", t.service_who, "service-addressed", service.who.clone()),
        ("how", t.service_how, "service-how-to", how),
        ("needed", t.service_needed, "service-needed", service.what_you_need.clone()),
        ("get", t.service_get, "service-achieved", service.what_you_get.clone()),
        ("costs", t.service_costs, "service-cost", service.costs.clone()),
        ("times", t.service_times, "service-calendar-text", times(t, &service)),
        ("constraints", t.service_constraints, "service-constraints", service.constraints.clone()),
        ("cases", t.service_special_cases, "service-special-cases", service.special_cases.clone()),
        ("conditions", t.service_conditions, "service-file", service.conditions.clone()),
        ("more", t.service_more_info, "service-more-info", service.more_info.clone()),
    ];
    let sections = parts
        .into_iter()
        .filter(|(.., html)| !html.trim().is_empty())
        .map(|(id, title, element, html)| Part { id, title, element, html: markup::clean(&html) })
        .collect();
    let access_text = match service.access_level {
        0 => t.service_access_anonymous,
        4000 => t.service_access_cie,
        _ => t.service_access_identity,
    };
    let open = service.is_open();
    let page = ServicePage {
        online: open && service.has_form(),
        lead: service.short_description.clone(),
        open,
        status_icon: if open { "it-check-circle" } else { "it-clock" },
        topic_query: query(&service.topics),
        sections,
        access_text,
        slug: address(&service).to_owned(),
        service,
        f,
    };
    Ok(respond::page(&visit, page))
}

/// Times in words; the office's limit when only that is known.
fn times(t: &crate::i18n::Messages, service: &Service) -> String {
    match service.max_response_time {
        Some(days) if service.times_and_deadlines.is_empty() => format!("<p>{}</p>", t.service_response_days(days)),
        _ => service.times_and_deadlines.clone(),
    }
}

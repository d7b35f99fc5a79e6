//! `/operatori/{id}`: one application, for whoever works on it.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::action::{ACTIONS, Action};
use crate::clients::{Announcement, File};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::status::Badge;
use crate::views::answers::Section;
use crate::views::application::{self as view, Loaded, MessageView, PaymentView, Step};
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond, status};

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// Something that can be done now.
struct Button {
    name: &'static str,
    label: &'static str,
    style: &'static str,
    /// Done by one click, without a page of its own.
    immediate: bool,
}

struct View {
    id: String,
    applicant: String,
    service: String,
    subject: String,
    badge: Badge,
    /// What the office waits for is there.
    answered: bool,
    facts: Vec<(&'static str, String)>,
    documents: Vec<File>,
    files_base: String,
    actions: Vec<Button>,
}

/// What the applicant was told, and where it went.
struct Told {
    about: String,
    label: &'static str,
    tone: &'static str,
    reason: String,
    at: String,
}

#[derive(Template)]
#[template(path = "operator_application.html")]
struct ApplicationPage {
    f: Frame,
    errors: Vec<Invalid>,
    draft: String,
    a: View,
    payment: Option<PaymentView>,
    messages: Vec<MessageView>,
    answers: Vec<Section>,
    steps: Vec<Step>,
    told: Vec<Told>,
}

/// Shows the application.
pub async fn show(
    visit: Visit,
    Path((_, _, id)): Path<(String, String, String)>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    let mut f = visit.frame();
    f.notice = match arrival.done.as_str() {
        "message" => Some(f.t.done_message),
        "action" => Some(f.t.done_action),
        _ => None,
    };
    page(&visit, f, &id, Vec::new(), String::new()).await
}

/// The page with what was wrong with a message and the text that was typed.
pub async fn page(visit: &Visit, f: Frame, id: &str, errors: Vec<Invalid>, draft: String) -> Result<Response, PageError> {
    visit.staff()?;
    let base = format!("{}/operatori/{}", visit.root(), crate::clients::segment(id));
    let platform = visit.platform();
    let (loaded, told) = tokio::join!(view::load(visit, id, &base), platform.announcements(id));
    let mut loaded = loaded?;
    // The citizen pays, not the office.
    if let Some(payment) = loaded.payment.as_mut() {
        payment.online = None;
    }
    // The page is worth more than this part of it.
    let told = told.unwrap_or_else(|error| {
        tracing::warn!(%error, "an application is shown without what its applicant was told");
        Vec::new()
    });
    let told = told.into_iter().rev().map(|announcement| told_view(f.t, announcement)).collect();
    let a = view(f.t, &base, &loaded);
    let Loaded { payment, messages, answers, steps, .. } = loaded;
    Ok(respond::page(visit, ApplicationPage { f, errors, draft, a, payment, messages, answers, steps, told }))
}

fn view(t: &Messages, base: &str, loaded: &Loaded) -> View {
    let application = &loaded.application;
    let mut facts = view::facts(t, application);
    let fiscal_code = application.data.get("applicant.data.fiscal_code.data.fiscal_code").and_then(|value| value.as_str());
    if let Some(code) = fiscal_code {
        facts.insert(0, (t.profile_fiscal_code, code.to_owned()));
    }
    View {
        id: application.id.clone(),
        applicant: if application.user_name.is_empty() { t.inbox_anonymous.to_owned() } else { application.user_name.clone() },
        service: application.service_name.clone(),
        subject: application.own_subject().to_owned(),
        badge: if loaded.is_answered() { Badge::answered(t) } else { Badge::of(t, &application.status) },
        answered: loaded.is_answered(),
        facts,
        documents: view::documents(application),
        files_base: format!("{base}/attachments/"),
        actions: ACTIONS.iter().filter(|action| application.offers(action.name)).map(|action| button(t, action)).collect(),
    }
}

fn told_view(t: &Messages, announcement: Announcement) -> Told {
    let Announcement { status_code, state, reason, created_at, settled_at } = announcement;
    let (label, tone) = match state.as_str() {
        "io" => (t.told_io, "good"),
        "mail" => (t.told_mail, "info"),
        "nobody" => (t.told_nobody, "bad"),
        _ => (t.told_waiting, "neutral"),
    };
    let at = settled_at.or(created_at).map(format::date_time).unwrap_or_default();
    Told { about: status::label(t, &status_code), label, tone, reason, at }
}

fn button(t: &Messages, action: &Action) -> Button {
    Button { name: action.name, label: (action.title)(t), style: action.style, immediate: action.immediate() }
}

/// `POST /operatori/{id}/messages`: writes to the applicant or a note for the office.
pub async fn send(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.staff()?;
    let f = visit.frame();
    if posted.text("message").is_empty() {
        let errors = vec![Invalid::new("message", f.t.message_missing)];
        return page(visit, f, &id, errors, String::new()).await;
    }
    let visibility = if posted.checked("internal") { "internal" } else { "applicant" };
    match visit.platform().send_message(&id, &posted.message(visibility)).await {
        Ok(()) => Ok(posted.then(&format!("/operatori/{}", crate::clients::segment(&id)), "message")),
        Err(error) => {
            let errors = Invalid::from_client_with_files(
                error,
                &[("message", "message"), ("attachments", "files")],
                "message",
                &posted.files,
            )?;
            page(visit, f, &id, errors, posted.text("message").to_owned()).await
        }
    }
}

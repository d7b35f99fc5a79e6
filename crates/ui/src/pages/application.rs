//! `/pratiche/{id}/detail`: one application, for its citizen.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use crate::clients::{File, Message};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::markup::Html;
use crate::status::Badge;
use crate::views::answers::Section;
use crate::views::application::{self as view, Loaded, MessageView, PaymentView, Step};
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{markup, respond};

/// What has just happened, by the address that the browser was sent to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
    /// `OK` or `KO` when the citizen comes back from a payment (developers' documentation, "Paga online").
    payment: String,
}

/// What the citizen should know or do first.
struct Callout {
    tone: &'static str,
    icon: &'static str,
    title: &'static str,
    text: String,
    quote: Html,
    /// What the office sent with its words.
    files: Vec<File>,
    action: Option<(String, &'static str)>,
}

struct View {
    id: String,
    service: String,
    subject: String,
    /// Whose it is, if somebody else's.
    whose: String,
    badge: Badge,
    /// Nobody but its citizen has it yet.
    draft: bool,
    facts: Vec<(&'static str, String)>,
    callout: Option<Callout>,
    documents: Vec<File>,
    files_base: String,
    can_write: bool,
    can_withdraw: bool,
    /// Something happens without the citizen in the next moments: the page looks again.
    waits: bool,
}

#[derive(Template)]
#[template(path = "application.html")]
struct ApplicationPage {
    f: Frame,
    errors: Vec<Invalid>,
    draft: String,
    a: View,
    payment: Option<PaymentView>,
    messages: Vec<MessageView>,
    answers: Vec<Section>,
    steps: Vec<Step>,
}

/// Shows the application.
pub async fn show(
    visit: Visit,
    Path((_, _, id)): Path<(String, String, String)>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    if visit.anonymous.is_none() {
        visit.signed_in()?;
    }
    let mut frame = visit.frame();
    frame.notice = match arrival.done.as_str() {
        "submitted" => Some(frame.t.done_submitted),
        "message" => Some(frame.t.done_message),
        "withdrawn" => Some(frame.t.done_withdrawn),
        "draft" => Some(frame.t.done_draft),
        _ => None,
    };
    page(&visit, frame, &id, Vec::new(), String::new(), &arrival.payment).await
}

/// The page with what was wrong with a message and the text that was typed.
pub async fn page(
    visit: &Visit,
    f: Frame,
    id: &str,
    errors: Vec<Invalid>,
    draft: String,
    paid: &str,
) -> Result<Response, PageError> {
    let base = format!("{}/pratiche/{}", visit.root(), crate::clients::segment(id));
    let mut loaded = view::load(visit, id, &base).await?;
    // Whoever comes back from the provider has paid, even if the provider has not told us yet: nobody is asked to pay twice.
    let confirming = paid == "OK" && matches!(loaded.application.status.as_str(), "1500" | "1510");
    if let Some(payment) = loaded.payment.as_mut().filter(|_| confirming) {
        payment.confirming(f.t);
    }
    let viewer = visit.viewer.as_ref().map(|viewer| viewer.id.as_str());
    let own = viewer.is_none_or(|viewer| loaded.application.user == viewer);
    if !own {
        loaded.payment = None;
    }
    let a = view(f.t, &visit.root(), &base, &loaded, paid, own);
    let Loaded { payment, messages, answers, steps, .. } = loaded;
    Ok(respond::page(visit, ApplicationPage { f, errors, draft, a, payment, messages, answers, steps }))
}

fn view(t: &Messages, root: &str, base: &str, loaded: &Loaded, paid: &str, own: bool) -> View {
    let application = &loaded.application;
    View {
        id: application.id.clone(),
        service: application.service_name.clone(),
        subject: application.own_subject().to_owned(),
        whose: if own { String::new() } else { t.applications_of_somebody(&application.user_name) },
        badge: badge(t, loaded),
        draft: application.status == "1000",
        facts: view::facts(t, application),
        // Who only looks has nothing to do; the outcome is told to both.
        callout: callout(t, root, loaded, paid).filter(|_| own || application.status_code() >= 6000),
        documents: view::documents(application),
        files_base: format!("{base}/attachments/"),
        can_write: own && (1900..7000).contains(&application.status_code()),
        can_withdraw: application.offers("withdraw"),
        waits: matches!(application.status.as_str(), "1510" | "1520" | "1900")
            || (application.status == "1500" && (paid == "OK" || loaded.payment.as_ref().is_none_or(|payment| payment.waiting))),
    }
}

/// Whether the payment whose outcome the status awaits can still be made: who began to pay gave up or was refused, or the provider has
/// not told us yet. Where a payment was just made, [`PaymentView::confirming`] has taken the way to pay away.
fn is_unpaid(loaded: &Loaded) -> bool {
    loaded.application.status == "1510" && loaded.payment.as_ref().is_some_and(|payment| payment.online.is_some())
}

fn badge(t: &Messages, loaded: &Loaded) -> Badge {
    if loaded.is_answered() {
        Badge::answered(t)
    } else if is_unpaid(loaded) {
        Badge::unpaid(t)
    } else if loaded.is_payment_canceled() {
        Badge::payment_canceled(t)
    } else {
        Badge::of(t, &loaded.application.status)
    }
}

/// The one thing to know or do first, by status.
fn callout(t: &Messages, root: &str, loaded: &Loaded, paid: &str) -> Option<Callout> {
    let application = &loaded.application;
    let plain = |tone, icon, title, text: &str| Callout {
        tone,
        icon,
        title,
        text: text.to_owned(),
        quote: Html::default(),
        files: Vec::new(),
        action: None,
    };
    let online = loaded.payment.as_ref().and_then(|payment| payment.online.clone());
    Some(match application.status.as_str() {
        "1000" => {
            let edit =
                format!("{root}/servizi/{}/access?draft={}", crate::clients::segment(&application.service), application.id);
            Callout {
                action: Some((edit, t.callout_draft_action)),
                ..plain("info", "it-pencil", t.callout_draft_title, t.callout_draft_text)
            }
        }
        "1500" | "1510" if paid == "OK" => plain("info", "it-clock", t.callout_outcome_title, t.callout_outcome_text),
        "1500" | "1510" if paid == "KO" && (online.is_some() || application.status == "1500") => {
            let action = online.map(|href| (href, t.payment_online));
            Callout { action, ..plain("bad", "it-warning-circle", t.callout_unpaid_title, t.callout_unpaid_text) }
        }
        "1500" => {
            // What is paid after the decision was sent long ago.
            let text = if application.submitted_at.is_some() { t.callout_pay_later_text } else { t.callout_pay_text };
            let action = online.map(|href| (href, t.payment_online));
            Callout { action, ..plain("action", "it-card", t.callout_pay_title, text) }
        }
        "1510" if online.is_some() => {
            let action = online.map(|href| (href, t.payment_online));
            Callout { action, ..plain("action", "it-card", t.callout_pay_title, t.callout_still_unpaid_text) }
        }
        "1510" => plain("info", "it-clock", t.callout_outcome_title, t.callout_outcome_text),
        "1530" if loaded.is_payment_canceled() => {
            plain("bad", "it-close-circle", t.callout_canceled_payment_title, t.callout_canceled_payment_text)
        }
        "1530" => plain("bad", "it-close-circle", t.callout_refused_payment_title, t.callout_refused_payment_text),
        "4100" | "4200" if loaded.is_answered() => {
            plain("info", "it-check-circle", t.callout_answered_title, t.callout_answered_text)
        }
        "4100" | "4200" => {
            let request = application.last_request();
            let asked = request.map(|request| request.message.as_str()).filter(|text| !text.is_empty());
            let quote = markup::show(asked.or_else(|| last_from_office(loaded)).unwrap_or_default());
            let files = request.map(|request| request.attachments.clone()).unwrap_or_default();
            let action = Some(("#message".to_owned(), t.callout_integration_action));
            Callout {
                quote,
                files,
                action,
                ..plain("action", "it-warning-circle", t.callout_integration_title, t.callout_integration_text)
            }
        }
        "6000" | "7000" => {
            let quote = markup::show(&application.outcome_motivation);
            Callout { quote, ..plain("good", "it-check-circle", t.callout_accepted_title, t.callout_accepted_text) }
        }
        "8000" | "9000" => {
            let quote = markup::show(&application.outcome_motivation);
            Callout { quote, ..plain("bad", "it-close-circle", t.callout_rejected_title, t.callout_rejected_text) }
        }
        _ => return None,
    })
}

/// The office's last message.
fn last_from_office(loaded: &Loaded) -> Option<&str> {
    let citizen = loaded.application.user.as_str();
    let by_office = |message: &&Message| {
        message.visibility != "internal" && message.author_id.as_deref().or(message.author.as_str()) != Some(citizen)
    };
    loaded.raw_messages.iter().rev().find(by_office).map(|message| message.message.as_str())
}

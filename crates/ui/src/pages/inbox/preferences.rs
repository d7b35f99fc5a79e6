//! How the citizen takes messages: from whom, with reminders, with copies by e-mail.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{PATH, Tab, tabs};
use crate::clients::IoProfile;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// A way to choose services: word, name, what it means.
type Mode = (&'static str, &'static str, &'static str);

#[derive(Template)]
#[template(path = "io_preferences.html")]
struct Page {
    f: Frame,
    tabs: Vec<Tab>,
    errors: Vec<Invalid>,
    profile: IoProfile,
    email: String,
    modes: Vec<Mode>,
    /// The address waits for its code.
    unproved: bool,
}

/// The preferences.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let viewer = visit.citizen()?;
    let mut profile = visit.inbox().profile().await?.unwrap_or_default();
    if profile.email.is_none() {
        // What is known of the citizen is proposed; it counts only once it is saved and proved.
        profile.email = visit.platform().user(&viewer.id).await.ok().map(|user| user.email).filter(|email| !email.is_empty());
    }
    let notice = |t: &'static crate::i18n::Messages| match arrival.done.as_str() {
        "saved" => Some(t.done_saved),
        "proved" => Some(t.io_email_proved),
        "told" => Some(t.io_email_told),
        _ => None,
    };
    Ok(page(&visit, profile, Vec::new(), notice(visit.locale.messages())))
}

fn page(visit: &Visit, profile: IoProfile, errors: Vec<Invalid>, notice: Option<&'static str>) -> Response {
    let mut f = visit.frame();
    f.notice = notice;
    let t = f.t;
    let mut modes = vec![("AUTO", t.io_mode_auto, t.io_mode_auto_text), ("MANUAL", t.io_mode_manual, t.io_mode_manual_text)];
    // How it was before there was a choice: kept by those who never chose, offered to nobody else.
    if profile.mode == "LEGACY" {
        modes.push(("LEGACY", t.io_mode_legacy, t.io_mode_legacy_text));
    }
    let unproved = profile.is_email_enabled && profile.email.is_some() && !profile.is_email_validated;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (tabs, email) = (tabs(visit, &f, "/preferenze"), profile.email.clone().unwrap_or_default());
    respond::page_with_status(visit, status, Page { f, tabs, errors, profile, email, modes, unproved })
}

/// Saves them.
pub async fn save(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.citizen()?;
    let before = visit.inbox().profile().await?.unwrap_or_default();
    let (t, email) = (visit.locale.messages(), posted.text("email"));
    let mode = posted.text("mode");
    let wanted = IoProfile {
        is_inbox_enabled: posted.checked("inbox"),
        mode: if mode.is_empty() { before.mode.clone() } else { mode.to_owned() },
        reminders: posted.checked("reminders"),
        full_previews: posted.checked("previews"),
        email: Some(email.to_owned()).filter(|email| !email.is_empty()),
        is_email_enabled: posted.checked("copies"),
        app_version: IoProfile::default().app_version,
        ..before
    };
    if wanted.is_email_enabled && wanted.email.is_none() {
        let errors = vec![Invalid::new("email", t.io_email_needed)];
        return Ok(page(visit, wanted, errors, None));
    }
    match visit.inbox().set_profile(&wanted).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/preferenze"), "saved")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("email", "email")], "email")?;
            Ok(page(visit, wanted, errors, None))
        }
    }
}

/// Proves the address with its code, or asks for the code again.
pub async fn prove(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.citizen()?;
    let path = format!("{PATH}/preferenze");
    if posted.checked("again") {
        visit.inbox().prove_email(None).await?;
        return Ok(posted.then(&path, "told"));
    }
    match visit.inbox().prove_email(Some(posted.text("code"))).await {
        Ok(()) => Ok(posted.then(&path, "proved")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("code", "code")], "code")?;
            let profile = visit.inbox().profile().await?.unwrap_or_default();
            Ok(page(visit, profile, errors, None))
        }
    }
}

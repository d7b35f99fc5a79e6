//! `/user`: who is signed in, and how to reach them.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::clients::User;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond};

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    f: Frame,
    errors: Vec<Invalid>,
    facts: Vec<(&'static str, String)>,
    email: String,
    mobile: String,
    /// Signs in with a password kept here, as the staff does.
    password: bool,
}

/// Shows the profile.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let viewer = visit.signed_in()?;
    let user = visit.platform().user(&viewer.id).await?;
    let mut f = visit.frame();
    f.notice = match arrival.done.as_str() {
        "saved" => Some(f.t.done_saved),
        "password" => Some(f.t.done_password),
        _ => None,
    };
    Ok(page(&visit, f, user, Vec::new()))
}

/// The profile of `user`, who looks at it, with what was wrong in one of its forms.
pub fn page(visit: &Visit, f: Frame, user: User, errors: Vec<Invalid>) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (facts, password) = (facts(f.t, &user), visit.staff().is_ok());
    let page = Profile { f, errors, facts, email: user.email, mobile: user.mobile_phone, password };
    respond::page_with_status(visit, status, page)
}

/// Changes the contacts.
pub async fn save(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let viewer = visit.signed_in()?;
    let (email, mobile) = (posted.text("email"), posted.text("mobile"));
    let changes = serde_json::json!({ "email": email, "mobile_phone": mobile });
    let Err(error) = visit.platform().change_user(&viewer.id, &changes).await else { return Ok(posted.then("/user", "saved")) };
    let errors = Invalid::from_client(error, &[("email", "email"), ("mobile_phone", "mobile")], "email")?;
    let user = visit.platform().user(&viewer.id).await?;
    let user = User { email: email.into(), mobile_phone: mobile.into(), ..user };
    Ok(page(visit, visit.frame(), user, errors))
}

fn facts(t: &Messages, user: &User) -> Vec<(&'static str, String)> {
    let home = &user.residence;
    let town = [home.postal_code.as_str(), home.municipality.as_str()].join(" ");
    let address = [home.address.as_str(), town.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let mut facts = vec![
        (t.user_name, user.full_name()),
        (t.profile_fiscal_code, user.fiscal_code.clone()),
        (t.profile_birth_date, format::plain_date(&user.birth.date)),
        (t.profile_birth_place, user.birth.place.clone()),
        (t.profile_address, address),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

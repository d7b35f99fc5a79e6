//! `/admin/utenti`: operators and administrators.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use crate::errors::PageError;
use crate::frame::Frame;
use crate::respond;
use crate::visit::Visit;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// A user in the list.
struct Row {
    id: String,
    name: String,
    username: String,
    email: String,
    role: &'static str,
    services: String,
}

#[derive(Template)]
#[template(path = "admin_users.html")]
struct Users {
    f: Frame,
    users: Vec<Row>,
}

/// Shows the staff.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.admin()?;
    let staff = visit.platform().staff().await?;
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let users = staff.into_iter().map(|user| {
        let admin = user.role == "admin";
        Row {
            name: user.full_name(),
            role: if admin { f.t.user_role_admin } else { f.t.user_role_operator },
            services: if admin || user.system_user {
                f.t.user_services_all.to_owned()
            } else {
                user.enabled_services_ids.len().to_string()
            },
            id: user.id,
            username: user.username,
            email: user.email,
        }
    });
    let users = users.collect();
    Ok(respond::page(&visit, Users { f, users }))
}

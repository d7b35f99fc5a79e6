//! `/admin/utenti/{id}` and `/admin/utenti/new`: an operator, the services that they work on, their offices.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::clients::{ServiceQuery, User};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// Name, label, value and purpose (`autocomplete`) of a line.
type Line = (&'static str, &'static str, String, &'static str);
/// Identifier, name, and whether it is chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "admin_user.html")]
struct UserForm {
    f: Frame,
    title: String,
    errors: Vec<Invalid>,
    editing: bool,
    lines: Vec<Line>,
    role: String,
    services: Vec<Choice>,
    offices: Vec<Choice>,
}

/// Fields of the API and of the page, which are the same.
const NAMES: [(&str, &str); 6] = [
    ("given_name", "given_name"),
    ("family_name", "family_name"),
    ("email", "email"),
    ("username", "username"),
    ("password", "password"),
    ("role", "role"),
];

/// Shows a user.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.admin()?;
    let user = visit.platform().user(&id).await?;
    page(&visit, user, true, Vec::new()).await
}

/// Shows empty fields.
pub async fn show_new(visit: Visit) -> Result<Response, PageError> {
    visit.admin()?;
    page(&visit, User::default(), false, Vec::new()).await
}

async fn page(visit: &Visit, user: User, editing: bool, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let platform = visit.platform();
    let all = ServiceQuery::default();
    let (services, offices) = tokio::join!(platform.services(&all), platform.offices());
    let f = visit.frame();
    let t = f.t;
    let mut lines: Vec<Line> = vec![
        ("given_name", t.user_given_name, user.nome.clone(), "off"),
        ("family_name", t.user_family_name, user.cognome.clone(), "off"),
        ("email", t.profile_email, user.email.clone(), "off"),
    ];
    if !editing {
        lines.push(("username", t.login_username, user.username.clone(), "off"));
    }
    let chosen = |list: &[String], id: &str| list.iter().any(|known| known == id);
    let page = UserForm {
        title: if editing { user.full_name() } else { t.admin_user_new.to_owned() },
        editing,
        lines,
        role: user.role.clone(),
        services: services?
            .into_iter()
            .map(|service| (service.id.clone(), service.name, chosen(&user.enabled_services_ids, &service.id)))
            .collect(),
        offices: offices?
            .into_iter()
            .map(|office| (office.id.clone(), office.name, chosen(&user.user_groups_ids, &office.id)))
            .collect(),
        f,
        errors,
    };
    let status = if page.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(respond::page_with_status(visit, status, page))
}

/// What the form says, for the API; the password only when one was typed.
fn body(posted: &Posted) -> Value {
    let list = |name: &str| posted.all(name).map(str::to_owned).collect::<Vec<_>>();
    let mut body = json!({
        "given_name": posted.text("given_name"),
        "family_name": posted.text("family_name"),
        "email": posted.text("email"),
        "enabled_services_ids": list("service"),
        "user_groups_ids": list("office"),
    });
    if !posted.text("password").is_empty() {
        body["password"] = posted.text("password").into();
    }
    body
}

/// What the form says, to show it again.
fn typed(posted: &Posted) -> User {
    let list = |name: &str| posted.all(name).map(str::to_owned).collect();
    User {
        nome: posted.text("given_name").into(),
        cognome: posted.text("family_name").into(),
        email: posted.text("email").into(),
        username: posted.text("username").into(),
        role: posted.text("role").into(),
        enabled_services_ids: list("service"),
        user_groups_ids: list("office"),
        ..User::default()
    }
}

/// Changes a user.
pub async fn save(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.admin()?;
    match posted.visit.platform().change_user(&id, &body(&posted)).await {
        Ok(()) => Ok(posted.then("/admin/utenti", "saved")),
        Err(error) => page(&posted.visit, typed(&posted), true, Invalid::from_client(error, &NAMES, "given_name")?).await,
    }
}

/// Creates a user.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let t = posted.visit.locale.messages();
    let mut errors = Vec::new();
    for (field, text) in
        [("given_name", t.user_given_name_missing), ("username", t.user_username_missing), ("password", t.user_password_missing)]
    {
        if posted.text(field).is_empty() {
            errors.push(Invalid::new(field, text));
        }
    }
    if !errors.is_empty() {
        return page(&posted.visit, typed(&posted), false, errors).await;
    }
    let mut body = body(&posted);
    body["username"] = posted.text("username").into();
    body["role"] = if posted.text("role") == "admin" { "admin" } else { "operator" }.into();
    match posted.visit.platform().create_user(&body).await {
        Ok(_) => Ok(posted.then("/admin/utenti", "saved")),
        Err(error) => page(&posted.visit, typed(&posted), false, Invalid::from_client(error, &NAMES, "username")?).await,
    }
}

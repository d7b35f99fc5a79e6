//! `/admin/utenti/{id}` and `/admin/utenti/new`: an operator, the services that they work on, their offices.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::clients::{ClientError, ServiceQuery, User};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// Name, label and value of a line.
type Line = (&'static str, &'static str, String);
/// Identifier, name, and whether it is chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "admin_user.html")]
struct UserForm {
    f: Frame,
    title: String,
    /// Where the form is sent.
    address: String,
    errors: Vec<Invalid>,
    editing: bool,
    /// The administrator who looks, whose password is changed elsewhere, where the present one is asked for.
    own: bool,
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
    let lines: Vec<Line> = vec![
        ("given_name", t.user_given_name, user.given_name.clone()),
        ("family_name", t.user_family_name, user.family_name.clone()),
        ("email", t.profile_email, user.email.clone()),
        ("username", t.login_username, user.username.clone()),
    ];
    let chosen = |list: &[String], id: &str| list.iter().any(|known| known == id);
    let page = UserForm {
        title: if editing { user.full_name() } else { t.admin_user_new.to_owned() },
        address: format!("{}/admin/utenti/{}", f.root(), if editing { crate::clients::segment(&user.id) } else { "new".into() }),
        editing,
        own: is_own(visit, &user.id),
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

fn is_own(visit: &Visit, id: &str) -> bool {
    visit.viewer.as_ref().is_some_and(|viewer| viewer.id == id)
}

/// What the form says, for the platform.
fn body(posted: &Posted) -> Value {
    let list = |name: &str| posted.all(name).map(str::to_owned).collect::<Vec<_>>();
    json!({
        "given_name": posted.text("given_name"),
        "family_name": posted.text("family_name"),
        "email": posted.text("email"),
        "username": posted.text("username"),
        "enabled_services_ids": list("service"),
        "user_groups_ids": list("office"),
    })
}

/// What the form says, to show it again.
fn typed(posted: &Posted, id: &str) -> User {
    let list = |name: &str| posted.all(name).map(str::to_owned).collect();
    User {
        id: id.to_owned(),
        given_name: posted.text("given_name").into(),
        family_name: posted.text("family_name").into(),
        email: posted.text("email").into(),
        username: posted.text("username").into(),
        role: posted.text("role").into(),
        enabled_services_ids: list("service"),
        user_groups_ids: list("office"),
        ..User::default()
    }
}

/// Sets the password that was typed, if one was: the identity role keeps it, the platform never sees it.
async fn set_password(posted: &Posted, token: &str, id: &str) -> Result<(), ClientError> {
    let password = posted.secret("password");
    if password.is_empty() || is_own(&posted.visit, id) {
        return Ok(());
    }
    posted.visit.identity().set_password(token, id, posted.text("username"), password).await
}

/// Sets the password if one was typed, then changes the user: a refused password changes nothing.
pub async fn save(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    let admin = posted.visit.admin()?;
    let saved = match set_password(&posted, &admin.token, &id).await {
        Ok(()) => posted.visit.platform().change_user(&id, &body(&posted)).await.map_err(|error| (error, "given_name")),
        Err(error) => Err((error, "password")),
    };
    match saved {
        Ok(()) => Ok(posted.then("/admin/utenti", "saved")),
        Err((error, field)) => page(&posted.visit, typed(&posted, &id), true, Invalid::from_client(error, &NAMES, field)?).await,
    }
}

/// Creates a user, then sets the password. The identity role alone knows which passwords may be chosen, and for whom: when it refuses,
/// the user is removed again, so that nobody is left who cannot sign in, and the same form comes back.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    let admin = posted.visit.admin()?;
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
        return page(&posted.visit, typed(&posted, ""), false, errors).await;
    }
    let mut body = body(&posted);
    body["role"] = if posted.text("role") == "admin" { "admin" } else { "operator" }.into();
    let user = match posted.visit.platform().create_user(&body).await {
        Ok(user) => user,
        Err(error) => {
            return page(&posted.visit, typed(&posted, ""), false, Invalid::from_client(error, &NAMES, "username")?).await;
        }
    };
    match set_password(&posted, &admin.token, &user.id).await {
        Ok(()) => Ok(posted.then("/admin/utenti", "saved")),
        Err(error) => {
            posted.visit.platform().delete_user(&user.id).await?;
            page(&posted.visit, typed(&posted, ""), false, Invalid::from_client(error, &NAMES, "password")?).await
        }
    }
}

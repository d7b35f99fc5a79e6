//! `/operatori/{id}/{action}`: what an operator does with an application: take charge, accept, reject, ask for integrations ...

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::clients::{ClientError, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::pages::settled;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// What the operator says with an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: one click.
    Nothing,
    /// A message, if wished.
    Message,
    /// A message, always.
    MessageRequired,
    /// Number and folder of the registry.
    Registration,
}

/// An action: the transition of the API by the same name.
#[derive(Debug)]
pub struct Action {
    /// Last segment of the address, and name of the transition.
    pub name: &'static str,
    /// Its name on buttons and as title.
    pub title: fn(&Messages) -> &'static str,
    /// What it means, above its form.
    text: fn(&Messages) -> &'static str,
    /// Colour of its button.
    pub style: &'static str,
    asks: Asks,
}

impl Action {
    /// Whether one click does it.
    pub fn immediate(&self) -> bool {
        self.asks == Asks::Nothing
    }
}

/// The actions in the order of their buttons. Which of them an application offers now, the API says.
pub const ACTIONS: [Action; 9] = [
    Action { name: "assign", title: |t| t.operator_assign, text: |_| "", style: "primary", asks: Asks::Nothing },
    Action {
        name: "accept",
        title: |t| t.operator_accept,
        text: |t| t.operator_accept_text,
        style: "success",
        asks: Asks::Message,
    },
    Action {
        name: "reject",
        title: |t| t.operator_reject,
        text: |t| t.operator_reject_text,
        style: "danger",
        asks: Asks::MessageRequired,
    },
    Action {
        name: "request-integration",
        title: |t| t.operator_request_integration,
        text: |t| t.operator_request_integration_text,
        style: "outline-primary",
        asks: Asks::MessageRequired,
    },
    Action {
        name: "accept-integration",
        title: |t| t.operator_accept_integration,
        text: |_| "",
        style: "primary",
        asks: Asks::Nothing,
    },
    Action {
        name: "cancel-integration",
        title: |t| t.operator_cancel_integration,
        text: |_| "",
        style: "outline-primary",
        asks: Asks::Nothing,
    },
    Action {
        name: "register",
        title: |t| t.operator_register,
        text: |t| t.operator_register_text,
        style: "outline-primary",
        asks: Asks::Registration,
    },
    Action { name: "reopen", title: |t| t.operator_reopen, text: |_| "", style: "outline-primary", asks: Asks::Nothing },
    Action {
        name: "revoke",
        title: |t| t.operator_revoke,
        text: |t| t.operator_revoke_text,
        style: "outline-danger",
        asks: Asks::MessageRequired,
    },
];

#[derive(Template)]
#[template(path = "operator_action.html")]
struct ActionPage {
    f: Frame,
    errors: Vec<Invalid>,
    id: String,
    applicant: String,
    service: String,
    title: &'static str,
    text: &'static str,
    style: &'static str,
    required: bool,
    registers: bool,
    draft: String,
    number: String,
    folder: String,
}

fn find(name: &str) -> Result<&'static Action, PageError> {
    ACTIONS.iter().find(|action| action.name == name).ok_or(PageError::NotFound)
}

type Address = (String, String, String, String);

/// Shows the action's form; where it is not offered now, where the application stands.
pub async fn show(visit: Visit, Path((_, _, id, name)): Path<Address>) -> Result<Response, PageError> {
    visit.staff()?;
    let action = find(&name)?;
    if action.immediate() {
        return Err(PageError::NotFound);
    }
    page(&visit, &id, action, Vec::new(), None).await
}

async fn page(
    visit: &Visit,
    id: &str,
    action: &Action,
    errors: Vec<Invalid>,
    typed: Option<&Posted>,
) -> Result<Response, PageError> {
    let application = visit.platform().application(id).await?;
    if !application.offers(action.name) {
        let typed = typed.map(|posted| posted.text("message")).unwrap_or_default();
        return Ok(settled::page(visit, &application, &format!("/operatori/{}", segment(id)), typed));
    }
    let f = visit.frame();
    let typed = |name: &str| typed.map(|posted| posted.text(name).to_owned()).unwrap_or_default();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ActionPage {
        id: application.id,
        applicant: if application.user_name.is_empty() { f.t.inbox_anonymous.to_owned() } else { application.user_name },
        service: application.service_name,
        title: (action.title)(f.t),
        text: (action.text)(f.t),
        style: action.style,
        required: action.asks == Asks::MessageRequired,
        registers: action.asks == Asks::Registration,
        draft: typed("message"),
        number: typed("number"),
        folder: typed("folder"),
        errors,
        f,
    };
    Ok(respond::page_with_status(visit, status, page))
}

/// Does it and goes back to the application.
pub async fn perform(Path((_, _, id, name)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.staff()?;
    let action = find(&name)?;
    let errors = missing(visit.locale.messages(), action, &posted);
    if !errors.is_empty() {
        return page(visit, &id, action, errors, Some(&posted)).await;
    }
    match transition(visit, &id, action, &posted).await {
        Ok(()) => Ok(posted.then(&format!("/operatori/{}", segment(&id)), "action")),
        Err(error) => {
            if matches!(error, ClientError::Refused(_)) && !action.immediate() {
                let application = visit.platform().application(&id).await?;
                if !application.offers(action.name) {
                    let path = format!("/operatori/{}", segment(&id));
                    return Ok(settled::page(visit, &application, &path, posted.text("message")));
                }
            }
            let field = if action.asks == Asks::Registration { "number" } else { "message" };
            let names = [
                ("message", "message"),
                ("attachments", "files"),
                ("protocol_number", "number"),
                ("protocol_folder_number", "folder"),
            ];
            let errors = Invalid::from_client_with_files(error, &names, field, &posted.files)?;
            if action.immediate() {
                return super::application::page(visit, visit.frame(), &id, errors, String::new()).await;
            }
            page(visit, &id, action, errors, Some(&posted)).await
        }
    }
}

async fn transition(visit: &Visit, id: &str, action: &Action, posted: &Posted) -> Result<(), ClientError> {
    let platform = visit.platform();
    match action.asks {
        Asks::Nothing => platform.transition(id, action.name, Some(&json!({}))).await,
        Asks::Message | Asks::MessageRequired => platform.transition(id, action.name, Some(&posted.reasons())).await,
        Asks::Registration => {
            let body = json!({ "protocol_number": posted.text("number"), "protocol_folder_number": posted.text("folder") });
            platform.transition(id, action.name, Some(&body)).await
        }
    }
}

fn missing(t: &Messages, action: &Action, posted: &Posted) -> Vec<Invalid> {
    let mut errors = Vec::new();
    let mut need = |field: &str, text: &'static str| {
        if posted.text(field).is_empty() {
            errors.push(Invalid::new(field, text));
        }
    };
    match action.asks {
        Asks::MessageRequired => need("message", t.operator_message_missing),
        Asks::Registration => {
            need("number", t.operator_number_missing);
            need("folder", t.operator_folder_missing);
        }
        Asks::Nothing | Asks::Message => {}
    }
    errors
}

//! `/admin/pagamenti/{provider}` and `…/servizi/{service}`: what a provider is to know of the body and of a service, by the Form.io form
//! that its proxy serves.

use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::payments::title;
use crate::clients::{ClientError, Configuration, Part};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::markup::{self, Html};
use crate::pages::form::texts;
use crate::posted::PostedJson;
use crate::visit::Visit;
use crate::{csrf, respond};

#[derive(Template)]
#[template(path = "admin_payment_form.html")]
struct FormPage {
    f: Frame,
    title: String,
    lead: String,
    config: Html,
}

type TenantPath = (String, String, String);
type PaymentPath = (String, String, String, String);

/// The form of the body.
pub async fn show_tenant(visit: Visit, Path((_, _, provider)): Path<TenantPath>) -> Result<Response, PageError> {
    visit.admin()?;
    let lead = visit.tenant.name.clone();
    let id = visit.tenant.id.clone();
    let address = format!("{}/admin/pagamenti/{}", visit.root(), crate::clients::segment(&provider));
    show(&visit, &provider, Part::Tenant, &id, lead, address).await
}

/// The form of a service.
pub async fn show_payment(visit: Visit, Path((_, _, provider, service)): Path<PaymentPath>) -> Result<Response, PageError> {
    visit.admin()?;
    let service = visit.platform().service(&service).await?;
    let address = format!(
        "{}/admin/pagamenti/{}/servizi/{}",
        visit.root(),
        crate::clients::segment(&provider),
        crate::clients::segment(&service.id)
    );
    show(&visit, &provider, Part::Payment, &service.id, service.name, address).await
}

async fn show(visit: &Visit, provider: &str, part: Part, id: &str, lead: String, address: String) -> Result<Response, PageError> {
    let payments = visit.payments();
    let (definition, stored) =
        tokio::join!(payments.configuration_form(provider, part), payments.configuration(provider, part, id));
    let (definition, mut data) = (definition?, stored?.unwrap_or_default());
    identify(&mut data, visit, part, id);
    if part == Part::Tenant {
        data.entry("name").or_insert_with(|| visit.tenant.name.clone().into());
    }
    let f = visit.frame();
    let config = json!({
        "definition": definition,
        "submission": { "data": data },
        "direct": true,
        "submitUrl": address,
        "csrfHeader": csrf::HEADER,
        "csrf": f.csrf,
        "locale": visit.locale.code(),
        "sprite": f.asset("sprites.svg"),
        "text": texts(f.t.script),
        "formio": texts(f.t.formio),
    });
    let page = FormPage { title: title(f.t, provider), lead, config: markup::script_json(&config), f };
    Ok(respond::with_form_policy(respond::page(visit, page)))
}

/// What says whose configuration it is: the address, whatever the form sends.
fn identify(document: &mut Configuration, visit: &Visit, part: Part, id: &str) {
    document.insert("id".to_owned(), id.into());
    if part == Part::Payment {
        document.insert("tenant_id".to_owned(), visit.tenant.id.clone().into());
        document.insert("remote_collection".to_owned(), json!({ "id": id, "type": "service" }));
    }
}

/// Takes what the form sends of the body.
pub async fn save_tenant(Path((_, _, provider)): Path<TenantPath>, posted: PostedJson) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let id = posted.visit.tenant.id.clone();
    save(posted, &provider, Part::Tenant, &id).await
}

/// Takes what the form sends of a service.
pub async fn save_payment(Path((_, _, provider, service)): Path<PaymentPath>, posted: PostedJson) -> Result<Response, PageError> {
    posted.visit.admin()?;
    save(posted, &provider, Part::Payment, &service).await
}

/// Lays the answers over what is stored: members that the form does not show are kept.
async fn save(PostedJson { visit, mut body }: PostedJson, provider: &str, part: Part, id: &str) -> Result<Response, PageError> {
    let Value::Object(mut answers) = body["data"].take() else { return Err(PageError::StaleForm) };
    // What the form hides it sends empty. Whether a configuration is on is said on the page before.
    answers.remove("submit");
    answers.remove("active");
    let payments = visit.payments();
    let mut document = payments.configuration(provider, part, id).await?.unwrap_or_default();
    document.extend(answers);
    identify(&mut document, &visit, part, id);
    match payments.configure(provider, part, id, &document).await {
        Ok(()) => Ok(Json(json!({ "location": format!("{}/admin/pagamenti?done=saved", visit.root()) })).into_response()),
        Err(ClientError::Refused(problem)) if matches!(problem.status, 400 | 409 | 422) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

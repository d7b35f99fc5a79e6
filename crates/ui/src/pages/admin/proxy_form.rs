//! `/admin/pagamenti/{provider}`, `/admin/protocollo/{provider}` and `…/servizi/{service}`: what a provider is to know of the body and of a
//! service, by the Form.io form that its proxy serves.

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::proxies::{Words, obstacle, title};
use crate::clients::{ClientError, Configuration, Kind, Part, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::markup::{self, Html};
use crate::pages::form::texts;
use crate::posted::PostedJson;
use crate::visit::Visit;
use crate::{csrf, respond};

#[derive(Template)]
#[template(path = "admin_proxy_form.html")]
struct FormPage {
    f: Frame,
    words: Words,
    title: String,
    lead: String,
    /// What the reader should know first.
    warning: Option<String>,
    config: Html,
}

/// What the body's form leads to, instead of the list of providers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Next {
    /// The service whose form was opened before there was a body to configure it for.
    service: String,
}

type TenantPath = (String, String, String);
type ServicePath = (String, String, String, String);

/// What is configured: a part of a provider's proxy, and whose.
struct Place {
    kind: Kind,
    provider: String,
    part: Part,
    id: String,
    /// Its name.
    name: String,
}

/// The form of the body.
pub async fn show_tenant(
    kind: Kind,
    visit: Visit,
    Path((_, _, provider)): Path<TenantPath>,
    Query(next): Query<Next>,
) -> Result<Response, PageError> {
    visit.admin()?;
    let place = Place::tenant(kind, &visit, provider);
    let t = visit.locale.messages();
    let warning = (!next.service.is_empty()).then(|| t.gateway_body_first(title(kind, t, &place.provider)));
    let submit_url = next.of(place.address(&visit));
    show(&visit, place, None, (submit_url, warning)).await
}

/// The form of a service; that of the body when the provider does not know the body yet.
pub async fn show_service(kind: Kind, visit: Visit, path: Path<ServicePath>) -> Result<Response, PageError> {
    visit.admin()?;
    let Path((_, _, provider, service)) = path;
    let place = Place::service(kind, &visit, provider, &service).await?;
    let body = visit.proxies(kind).configuration(&place.provider, Part::Tenant, &visit.tenant.id).await?;
    let Some(body) = body else {
        let next = Next { service: place.id };
        let form = next.of(Place::tenant(kind, &visit, place.provider).address(&visit));
        return Ok(Redirect::to(&form).into_response());
    };
    let submit_url = place.address(&visit);
    show(&visit, place, Some(body), (submit_url, None)).await
}

impl Next {
    /// The address of the body's form with this after it.
    fn of(&self, form: String) -> String {
        if self.service.is_empty() { form } else { format!("{form}?service={}", segment(&self.service)) }
    }
}

impl Place {
    fn tenant(kind: Kind, visit: &Visit, provider: String) -> Self {
        Self { kind, provider, part: Part::Tenant, id: visit.tenant.id.clone(), name: visit.tenant.name.clone() }
    }

    async fn service(kind: Kind, visit: &Visit, provider: String, service: &str) -> Result<Self, PageError> {
        let service = visit.platform().service(service).await?;
        Ok(Self { kind, provider, part: Part::Service, id: service.id, name: service.name })
    }

    /// The address of its form.
    fn address(&self, visit: &Visit) -> String {
        let path = Words::of(self.kind, visit.locale.messages()).path;
        let form = format!("{}{path}/{}", visit.root(), segment(&self.provider));
        if self.part == Part::Tenant { form } else { format!("{form}/servizi/{}", segment(&self.id)) }
    }

    /// What stands in the way of configuring the service here.
    async fn obstacle(&self, visit: &Visit) -> Result<Option<String>, PageError> {
        Ok(obstacle(visit, self.kind, &self.provider, (&self.id, &self.name)).await?)
    }

    /// What says whose configuration it is: the address, whatever the form sends.
    fn identify(&self, document: &mut Configuration, visit: &Visit) {
        document.insert("id".to_owned(), self.id.as_str().into());
        if self.part == Part::Service {
            document.insert("tenant_id".to_owned(), visit.tenant.id.as_str().into());
            match self.kind {
                Kind::Payments => document.insert("remote_collection".to_owned(), json!({ "id": self.id, "type": "service" })),
                Kind::Registry => document.insert("description".to_owned(), self.name.as_str().into()),
            };
        }
    }

    /// What is known of the body without being asked, for the first time that the form is seen.
    fn suggest(&self, document: &mut Configuration, visit: &Visit) {
        let tenant = &visit.tenant;
        let known: &[(&str, &str)] = match (self.part, self.kind) {
            (Part::Service, _) => &[],
            (Part::Tenant, Kind::Payments) => &[("name", &tenant.name)],
            (Part::Tenant, Kind::Registry) => {
                &[("description", &tenant.name), ("slug", &tenant.slug), ("base_url", &tenant.base_url)]
            }
        };
        for (name, value) in known {
            document.entry(*name).or_insert_with(|| (*value).into());
        }
    }
}

/// What the form of a registry's service asks of the body, and what the body's form calls it.
const OF_THE_BODY: [(&str, &str); 3] =
    [("denominazione", "description"), ("codice_amministrazione", "institution_code"), ("codice_aoo", "aoo_code")];

/// Fills in what the body's configuration says already, for the first time that the form of a service is seen.
fn suggest_of_body(components: &Value, document: &mut Configuration, body: &Configuration) {
    for component in components.as_array().into_iter().flatten() {
        let key = component["key"].as_str().unwrap_or_default();
        if component["type"] == "container" {
            let mut inner = document.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
            suggest_of_body(&component["components"], &mut inner, body);
            if !inner.is_empty() {
                document.insert(key.to_owned(), Value::Object(inner));
            }
            continue;
        }
        let known = OF_THE_BODY.iter().find(|(setting, _)| *setting == key).and_then(|(_, member)| body.get(*member));
        if let Some(known) = known.filter(|known| known.as_str().is_some_and(|text| !text.is_empty())) {
            document.entry(key).or_insert_with(|| known.clone());
        }
    }
}

/// The form of `place`, which is sent to an address, with what the reader should know first; with the body's configuration if it is that
/// of a service.
async fn show(
    visit: &Visit,
    place: Place,
    body: Option<Configuration>,
    (submit_url, warning): (String, Option<String>),
) -> Result<Response, PageError> {
    let proxies = visit.proxies(place.kind);
    let (definition, stored) =
        tokio::join!(proxies.form(&place.provider, place.part), proxies.configuration(&place.provider, place.part, &place.id));
    let (mut definition, stored) = (definition?, stored?);
    let is_new = stored.is_none();
    let warning = match warning {
        None if is_new && place.part == Part::Service => place.obstacle(visit).await?,
        warning => warning,
    };
    let f = visit.frame();
    if let Some(components) = definition.get_mut("components").and_then(Value::as_array_mut) {
        // Whether a configuration is on is said on the page before.
        components.retain(|component| component["key"] != place.kind.switch());
        if stored.is_some() {
            components.iter_mut().for_each(|component| keep_passwords(component, f.t.registry_password_kept));
        }
    }
    let mut data = stored.unwrap_or_default();
    place.identify(&mut data, visit);
    place.suggest(&mut data, visit);
    if let (true, Kind::Registry, Some(body)) = (is_new, place.kind, &body) {
        suggest_of_body(&definition["components"], &mut data, body);
    }
    let config = json!({
        "definition": definition,
        "submission": { "data": data },
        "direct": true,
        "submitUrl": submit_url,
        "csrfHeader": csrf::HEADER,
        "csrf": f.csrf,
        "locale": visit.locale.code(),
        "sprite": f.asset("sprites.svg"),
        "text": texts(f.t.script),
        "formio": texts(f.t.formio),
    });
    let page = FormPage {
        words: Words::of(place.kind, f.t),
        title: title(place.kind, f.t, &place.provider),
        lead: place.name,
        warning,
        config: markup::script_json(&config),
        f,
    };
    Ok(respond::with_form_policy(respond::page(visit, page)))
}

/// A password that is stored is never answered: nobody has to write it again, and an empty field keeps it.
fn keep_passwords(component: &mut Value, hint: &str) {
    let Some(fields) = component.as_object_mut() else { return };
    if fields.get("type").is_some_and(|kind| kind == "password") {
        fields.insert("validate".to_owned(), json!({ "required": false }));
        fields.insert("description".to_owned(), hint.into());
    }
    for inner in fields.get_mut("components").and_then(Value::as_array_mut).into_iter().flatten() {
        keep_passwords(inner, hint);
    }
}

/// Takes what the form sends of the body, and leads to the service that waits for it, if one does.
pub async fn save_tenant(
    kind: Kind,
    path: Path<TenantPath>,
    Query(next): Query<Next>,
    posted: PostedJson,
) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let Path((_, _, provider)) = path;
    let place = Place::tenant(kind, &posted.visit, provider);
    let service =
        (!next.service.is_empty()).then(|| format!("{}/servizi/{}", place.address(&posted.visit), segment(&next.service)));
    save(posted, place, service).await
}

/// Takes what the form sends of a service.
pub async fn save_service(kind: Kind, path: Path<ServicePath>, posted: PostedJson) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let Path((_, _, provider, service)) = path;
    let place = Place::service(kind, &posted.visit, provider, &service).await?;
    save(posted, place, None).await
}

/// Lays the answers over what is stored: members that the form does not show are kept. Then comes the page `next`, or the list of
/// providers.
async fn save(PostedJson { visit, mut body }: PostedJson, place: Place, next: Option<String>) -> Result<Response, PageError> {
    let Value::Object(mut answers) = body["data"].take() else { return Err(PageError::StaleForm) };
    // What the form hides it sends empty.
    answers.remove("submit");
    answers.remove(place.kind.switch());
    let proxies = visit.proxies(place.kind);
    let stored = proxies.configuration(&place.provider, place.part, &place.id).await?;
    // What is stored already is switched on and off on the page before.
    if stored.is_none()
        && place.part == Part::Service
        && let Some(obstacle) = place.obstacle(&visit).await?
    {
        let refusal = json!({ "title": visit.locale.messages().error_refused_title, "detail": obstacle });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(refusal)).into_response());
    }
    let mut document = stored.unwrap_or_default();
    document.extend(answers);
    place.identify(&mut document, &visit);
    match proxies.configure(&place.provider, place.part, &place.id, &document).await {
        Ok(()) => {
            let path = Words::of(place.kind, visit.locale.messages()).path;
            let location = next.unwrap_or_else(|| format!("{}{path}?done=saved", visit.root()));
            Ok(Json(json!({ "location": location })).into_response())
        }
        Err(ClientError::Refused(problem)) if matches!(problem.status, 400 | 409 | 422) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

//! `/servizi/{service}/access`: filling in and sending an application. The form itself runs in the browser (Form.io); this page gives
//! it the definition with all embedded forms, what is known about the applicant, and an address of ours to send the answers to.

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, SET_COOKIE};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clients::{ClientError, Service, User};
use crate::errors::{self, PageError};
use crate::frame::Frame;
use crate::markup::Html;
use crate::pages::certified;
use crate::posted::PostedJson;
use crate::session::{ANONYMOUS_COOKIE, Role, set_cookie};
use crate::visit::Visit;
use crate::{csrf, markup, respond};

/// How long an anonymous citizen can come back to what was sent: as long as the token lives.
const ANONYMOUS_SECONDS: i64 = 3600;

/// Which draft to go on with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    draft: String,
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    f: Frame,
    intro: Html,
    config: Html,
    service: Service,
}

/// Shows the form. Services with sign-in send there first; services without give the browser a token of an anonymous citizen.
pub async fn show(
    mut visit: Visit,
    Path((_, _, id)): Path<(String, String, String)>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    let service = visit.platform().service(&id).await?;
    if !service.is_open() {
        return Err(PageError::NotFound);
    }
    let mut cookie = None;
    if service.access_level > 0 {
        // The staff works on applications and does not send them.
        if visit.signed_in()?.role != Role::Citizen {
            return Err(PageError::Forbidden);
        }
    } else if visit.viewer.is_none() && visit.anonymous.is_none() {
        let token = visit.identity().anonymous_token().await?;
        cookie = Some(set_cookie(ANONYMOUS_COOKIE, &token, &visit.tenant, Some(ANONYMOUS_SECONDS)));
        visit.anonymous = Some(token);
    }
    let platform = visit.platform();
    let mut definition = platform.service_form(&service.id).await?;
    let mut data = if arrival.draft.is_empty() {
        pick(&definition, &prefill(&visit).await?)
    } else {
        draft(&visit, &arrival.draft, &service).await?
    };
    certified::fill(&visit, &mut definition, &mut data).await;
    let f = visit.frame();
    let root = visit.root();
    let signed_in = visit.viewer.is_some();
    let config = json!({
        "definition": definition,
        "submission": { "data": data },
        "draft": Some(&arrival.draft).filter(|draft| !draft.is_empty()),
        "signedIn": signed_in,
        "owner": visit.viewer.as_ref().map(|viewer| viewer.id.as_str()),
        "lock": signed_in,
        "submitUrl": format!("{root}/servizi/{}/access", crate::clients::segment(&id)),
        "uploadUrl": format!("{root}/upload"),
        "csrfHeader": csrf::HEADER,
        "csrf": f.csrf,
        "locale": visit.locale.code(),
        "sprite": f.asset("sprites.svg"),
        "text": texts(f.t.script),
        "formio": texts(f.t.formio),
    });
    let page = FormPage { intro: markup::clean(&service.compilation_info), config: markup::script_json(&config), service, f };
    let mut response = respond::with_form_policy(respond::page(&visit, page));
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
    Ok(response)
}

/// Texts for the script.
pub fn texts(list: &[(&'static str, &'static str)]) -> Map<String, Value> {
    list.iter().map(|(key, text)| ((*key).to_owned(), (*text).into())).collect()
}

/// The nested data of a draft of this service, in Form.io's shape.
async fn draft(visit: &Visit, id: &str, service: &Service) -> Result<Value, PageError> {
    let application = visit.platform().application_flat(id).await?;
    if application.status != "1000" || application.service_id != service.id {
        return Err(PageError::NotFound);
    }
    Ok(unflatten(&application.data))
}

/// `{"a.data.b": 1}` as `{"a": {"data": {"b": 1}}}`.
fn unflatten(flat: &Value) -> Value {
    let mut nested = Value::Object(Map::new());
    for (key, value) in flat.as_object().into_iter().flatten() {
        let mut place = &mut nested;
        for part in key.split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = place.as_object_mut().expect("made an object above").entry(part).or_insert(Value::Null);
        }
        *place = value.clone();
    }
    nested
}

/// What is known about the citizen, where forms with the platform's "Richiedente" expect it (key `applicant`).
async fn prefill(visit: &Visit) -> Result<Value, PageError> {
    let Some(viewer) = &visit.viewer else { return Ok(json!({})) };
    let user = visit.platform().user(&viewer.id).await?;
    Ok(json!({ "applicant": { "data": applicant(&user) } }))
}

/// The part of `data` that the form asks for: the platform takes no other. Empty texts are left out.
fn pick(definition: &Value, data: &Value) -> Value {
    let mut picked = Map::new();
    pick_into(definition, data, &mut picked, 0);
    Value::Object(picked)
}

fn pick_into(parent: &Value, data: &Value, picked: &mut Map<String, Value>, depth: usize) {
    let children = ["components", "columns", "rows"].iter().filter_map(|part| parent.get(*part)?.as_array()).flatten();
    for child in children.take_while(|_| depth < 20) {
        let key = child.get("key").and_then(Value::as_str).unwrap_or_default();
        let value = data.get(key).filter(|_| !key.is_empty());
        match (child.get("type").and_then(Value::as_str), value) {
            (Some("form"), Some(value)) => {
                let inner = pick(child, value.get("data").unwrap_or(&Value::Null));
                picked.insert(key.to_owned(), json!({ "data": inner }));
            }
            (Some("container"), Some(value)) => drop(picked.insert(key.to_owned(), pick(child, value))),
            (_, Some(value)) if *value != json!("") => drop(picked.insert(key.to_owned(), value.clone())),
            _ => pick_into(child, data, picked, depth + 1),
        }
    }
}

fn applicant(user: &User) -> Value {
    let gender = match user.sex.chars().next().map(|letter| letter.to_ascii_uppercase()) {
        Some('M') => "maschio",
        Some('F') => "femmina",
        _ => "",
    };
    json!({
        "completename": { "data": { "name": user.given_name, "surname": user.family_name } },
        "fiscal_code": { "data": { "fiscal_code": user.fiscal_code } },
        "gender": { "data": { "gender": gender } },
        "Born": { "data": { "natoAIl": user.birth.date, "place_of_birth": user.birth.place } },
        "address": { "data": {
            "address": user.residence.address, "house_number": "", "municipality": user.residence.municipality,
            "county": user.residence.county, "postal_code": user.residence.postal_code, "country": user.residence.country,
        } },
        "email_address": user.email,
        "phone_number": if user.mobile_phone.is_empty() { &user.phone } else { &user.mobile_phone },
    })
}

/// What the form's script sends.
#[derive(Debug, Deserialize)]
struct Answers {
    data: Value,
    #[serde(default)]
    draft: Option<String>,
    /// Keep it, do not send it yet.
    #[serde(default)]
    keep: bool,
}

/// Keeps a draft or sends the application. Answers with where to go, or with the problem and its fields.
pub async fn submit(
    Path((_, _, id)): Path<(String, String, String)>,
    PostedJson { visit, body }: PostedJson,
) -> Result<Response, PageError> {
    let mut answers: Answers = serde_json::from_value(body).map_err(|_| PageError::StaleForm)?;
    let platform = visit.platform();
    let service = platform.service(&id).await?;
    if let Ok(definition) = platform.service_form(&service.id).await {
        certified::prove(&visit, definition, &mut answers.data).await;
    }
    let saved = match &answers.draft {
        Some(draft) => {
            let saved = platform.save_draft(draft, &answers.data).await;
            match saved {
                Ok(()) if !answers.keep => platform.transition(draft, "submit", None::<&()>).await.map(|()| draft.clone()),
                saved => saved.map(|()| draft.clone()),
            }
        }
        None => {
            let status = if answers.keep { "1000" } else { "1900" };
            platform.create_application(&service.id, &answers.data, status).await.map(|application| application.id)
        }
    };
    match saved {
        Ok(application) => {
            let done = if answers.keep { "draft" } else { "submitted" };
            let location = format!("{}/pratiche/{}/detail?done={done}", visit.root(), crate::clients::segment(&application));
            Ok(Json(json!({ "id": application, "location": location })).into_response())
        }
        Err(ClientError::Refused(problem)) if matches!(problem.status, 400 | 409 | 422) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A refusal for the script: title and text in the visitor's language.
pub fn refusal(visit: &Visit, error: &PageError) -> Response {
    let (title, text) = errors::words(visit.locale, error);
    let (status, location) = match error {
        PageError::SignIn { .. } => (StatusCode::UNAUTHORIZED, Some(format!("{}/login", visit.root()))),
        PageError::Lapsed { return_to } => (StatusCode::UNAUTHORIZED, Some(visit.sign_in_url(return_to))),
        other => (other.clone().into_response().status(), None),
    };
    (status, Json(json!({ "title": title, "detail": text, "location": location }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_form_asks_for_is_filled_in() {
        let name = json!({ "type": "form", "key": "completename", "components": [{ "type": "columns", "key": "c", "columns": [
            { "components": [{ "type": "textfield", "key": "name" }] }, { "components": [{ "type": "textfield", "key": "surname" }] }] }] });
        let applicant =
            json!({ "type": "form", "key": "applicant", "components": [name, { "type": "email", "key": "email_address" }] });
        let definition = json!({ "components": [{ "type": "panel", "key": "p", "components": [applicant] }] });
        let user = User { given_name: "Ada".into(), family_name: "Negri".into(), mobile_phone: "333".into(), ..User::default() };
        let known = json!({ "applicant": { "data": super::applicant(&user) } });
        assert_eq!(
            pick(&definition, &known),
            json!({ "applicant": { "data": { "completename": { "data": { "name": "Ada", "surname": "Negri" } } } } })
        );
    }

    #[test]
    fn flat_data_of_a_draft_become_the_forms_own() {
        let flat =
            json!({ "applicant.data.email_address": "a@b.it", "applicant.data.completename.data.name": "Ada", "privacy": true });
        assert_eq!(
            unflatten(&flat),
            json!({ "applicant": { "data": { "email_address": "a@b.it", "completename": { "data": { "name": "Ada" } } } }, "privacy": true })
        );
    }
}

//! `/admin/servizi/{id}` and `/admin/servizi/new`: the fields of a service.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// How a field is asked for, and what it is in the API.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// One line of text.
    Line,
    /// Text with HTML.
    Text,
    /// A whole number or nothing.
    Number,
    /// Yes or no.
    Check,
    /// One of some numbers.
    Choice(fn(&Messages) -> Vec<(&'static str, &'static str)>),
    /// A JSON value.
    Json,
}

/// A field of the form: its name is the API's.
struct Spec {
    name: &'static str,
    label: fn(&Messages) -> &'static str,
    kind: Kind,
    hint: fn(&Messages) -> &'static str,
}

const fn spec(name: &'static str, label: fn(&Messages) -> &'static str, kind: Kind) -> Spec {
    Spec { name, label, kind, hint: |_| "" }
}

const fn json_spec(name: &'static str, label: fn(&Messages) -> &'static str, hint: fn(&Messages) -> &'static str) -> Spec {
    Spec { name, label, kind: Kind::Json, hint }
}

/// The fields of a group.
type Group = (fn(&Messages) -> &'static str, &'static [Spec]);

/// The form, group by group.
const GROUPS: [Group; 5] = [
    (
        |t| t.service_group_main,
        &[
            spec("name", |t| t.service_field_name, Kind::Line),
            spec("identifier", |t| t.service_field_identifier, Kind::Line),
            spec("topics", |t| t.service_field_topic, Kind::Line),
            spec("short_description", |t| t.service_field_short, Kind::Text),
            spec("status", |t| t.service_field_status, Kind::Choice(statuses)),
            spec("access_level", |t| t.service_field_access, Kind::Choice(access_levels)),
            spec("sticky", |t| t.service_field_sticky, Kind::Check),
        ],
    ),
    (
        |t| t.service_group_card,
        &[
            spec("description", |t| t.service_what, Kind::Text),
            spec("who", |t| t.service_who, Kind::Text),
            spec("howto", |t| t.service_how, Kind::Text),
            spec("what_you_need", |t| t.service_needed, Kind::Text),
            spec("what_you_get", |t| t.service_get, Kind::Text),
            spec("costs", |t| t.service_costs, Kind::Text),
            spec("times_and_deadlines", |t| t.service_times, Kind::Text),
            spec("max_response_time", |t| t.service_field_days, Kind::Number),
            spec("conditions", |t| t.service_conditions, Kind::Text),
        ],
    ),
    (
        |t| t.service_group_form,
        &[
            spec("compilation_info", |t| t.service_field_intro, Kind::Text),
            json_spec("flow_steps", |t| t.service_field_steps, |t| t.service_field_steps_hint),
            spec("allow_withdraw", |t| t.service_field_withdraw, Kind::Check),
            spec("allow_integration_request", |t| t.service_field_integrations, Kind::Check),
        ],
    ),
    (
        |t| t.service_group_payment,
        &[
            spec("payment_required", |t| t.service_field_payment, Kind::Choice(payments)),
            json_spec("payment_parameters", |t| t.service_field_payment_parameters, |t| t.service_field_payment_hint),
        ],
    ),
    (
        |t| t.service_group_registration,
        &[
            spec("protocol_required", |t| t.service_field_registration, Kind::Check),
            json_spec(
                "protocollo_parameters",
                |t| t.service_field_registration_parameters,
                |t| t.service_field_registration_hint,
            ),
        ],
    ),
];

fn statuses(t: &Messages) -> Vec<(&'static str, &'static str)> {
    ["1", "2", "3", "0"]
        .into_iter()
        .zip([t.service_status_published, t.service_status_suspended, t.service_status_private, t.service_status_hidden])
        .collect()
}

fn access_levels(t: &Messages) -> Vec<(&'static str, &'static str)> {
    let labels =
        [t.service_level_anonymous, t.service_level_social, t.service_level_spid1, t.service_level_spid2, t.service_level_cie];
    ["0", "1000", "2000", "3000", "4000"].into_iter().zip(labels).collect()
}

fn payments(t: &Messages) -> Vec<(&'static str, &'static str)> {
    ["0", "1", "2"].into_iter().zip([t.service_payment_none, t.service_payment_immediate, t.service_payment_deferred]).collect()
}

fn label_of(options: Vec<(&'static str, &'static str)>, value: i64) -> &'static str {
    let value = value.to_string();
    options.into_iter().find(|(known, _)| *known == value).map_or("", |(_, label)| label)
}

/// A service's status in words.
pub fn status_label(t: &Messages, status: i64) -> &'static str {
    label_of(statuses(t), status)
}

/// Who may use a service, in words.
pub fn access_label(t: &Messages, level: i64) -> &'static str {
    label_of(access_levels(t), level)
}

/// When a service is paid for, in words.
pub fn payment_label(t: &Messages, required: i64) -> &'static str {
    label_of(payments(t), required)
}

/// A field as shown.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    kind: FieldKind,
    required: bool,
}

/// What the template distinguishes.
enum FieldKind {
    Check,
    Choice(Vec<(&'static str, &'static str)>),
    Line,
    Text,
    Json,
}

impl Field {
    fn has(&self, value: &str) -> bool {
        self.value == value
    }

    fn is_line(&self) -> bool {
        matches!(self.kind, FieldKind::Line)
    }

    fn is_json(&self) -> bool {
        matches!(self.kind, FieldKind::Json)
    }
}

struct FieldGroup {
    title: &'static str,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "admin_service.html")]
struct ServiceForm {
    f: Frame,
    title: String,
    errors: Vec<Invalid>,
    groups: Vec<FieldGroup>,
}

/// Shows the fields of a service.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.admin()?;
    let service = visit.platform().service_json(&id).await?;
    let title = service.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(page(&visit, title, Vec::new(), |spec| stored(service.get(spec.name).unwrap_or(&Value::Null), spec.kind)))
}

/// Shows empty fields.
pub async fn show_new(visit: Visit) -> Result<Response, PageError> {
    visit.admin()?;
    let title = visit.locale.messages().admin_service_new.to_owned();
    let start = json!({ "status": 2, "access_level": 3000, "allow_withdraw": true, "allow_integration_request": true });
    Ok(page(&visit, title, Vec::new(), |spec| stored(start.get(spec.name).unwrap_or(&Value::Null), spec.kind)))
}

fn page(visit: &Visit, title: String, errors: Vec<Invalid>, value: impl Fn(&Spec) -> String) -> Response {
    let f = visit.frame();
    let t = f.t;
    let field = |spec: &Spec| Field {
        name: spec.name,
        label: (spec.label)(t),
        hint: (spec.hint)(t),
        value: value(spec),
        required: spec.name == "name",
        kind: match spec.kind {
            Kind::Check => FieldKind::Check,
            Kind::Choice(options) => FieldKind::Choice(options(t)),
            Kind::Line | Kind::Number => FieldKind::Line,
            Kind::Text => FieldKind::Text,
            Kind::Json => FieldKind::Json,
        },
    };
    let groups =
        GROUPS.iter().map(|(title, specs)| FieldGroup { title: title(t), fields: specs.iter().map(field).collect() }).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    respond::page_with_status(visit, status, ServiceForm { f, title, errors, groups })
}

/// A value of the API as the field's text.
fn stored(value: &Value, kind: Kind) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (Kind::Check, value) => {
            if value.as_bool().unwrap_or(false) {
                "1".into()
            } else {
                String::new()
            }
        }
        (Kind::Json, value) => serde_json::to_string_pretty(value).unwrap_or_default(),
        (_, Value::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

/// The form's texts as the API takes them.
fn read(t: &Messages, posted: &Posted) -> Result<Value, Vec<Invalid>> {
    let (mut service, mut errors) = (Map::new(), Vec::new());
    for spec in GROUPS.iter().flat_map(|(_, specs)| specs.iter()) {
        let text = posted.text(spec.name);
        let value = match spec.kind {
            Kind::Check => Ok(Value::Bool(posted.checked(spec.name))),
            Kind::Line if text.is_empty() && spec.name == "name" => Err(t.service_name_missing),
            Kind::Line | Kind::Text => Ok(text.into()),
            Kind::Number | Kind::Choice(_) if text.is_empty() => Ok(Value::Null),
            Kind::Number | Kind::Choice(_) => text.parse::<u32>().map(Value::from).map_err(|_| t.service_number_wrong),
            Kind::Json if text.is_empty() => Ok(Value::Null),
            Kind::Json => serde_json::from_str(text).map_err(|_| t.service_json_wrong),
        };
        match value {
            // An empty identifier is drawn from the name by the platform; what was not said is left as it is.
            Ok(Value::Null) if matches!(spec.kind, Kind::Json | Kind::Choice(_)) => {}
            Ok(Value::String(empty)) if empty.is_empty() && spec.name == "identifier" => {}
            Ok(value) => drop(service.insert(spec.name.to_owned(), value)),
            Err(message) if spec.name == "name" => errors.push(Invalid::new(spec.name, message)),
            // The summary is read far from the field.
            Err(message) => errors.push(Invalid::new(spec.name, format!("{}: {message}", (spec.label)(t)))),
        }
    }
    if errors.is_empty() { Ok(Value::Object(service)) } else { Err(errors) }
}

/// Shows again what was typed, with what was wrong.
fn again(posted: &Posted, title: String, errors: Vec<Invalid>) -> Response {
    let typed = |spec: &Spec| match spec.kind {
        Kind::Check => {
            if posted.checked(spec.name) {
                "1".to_owned()
            } else {
                String::new()
            }
        }
        _ => posted.text(spec.name).to_owned(),
    };
    page(&posted.visit, title, errors, typed)
}

fn names() -> Vec<(&'static str, &'static str)> {
    GROUPS.iter().flat_map(|(_, specs)| specs.iter()).map(|spec| (spec.name, spec.name)).collect()
}

/// Changes a service.
pub async fn save(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let title = posted.text("name").to_owned();
    let changes = match read(posted.visit.locale.messages(), &posted) {
        Ok(changes) => changes,
        Err(errors) => return Ok(again(&posted, title, errors)),
    };
    match posted.visit.platform().change_service(&id, &changes).await {
        Ok(()) => Ok(posted.then("/admin/servizi", "saved")),
        Err(error) => Ok(again(&posted, title, Invalid::from_client(error, &names(), "name")?)),
    }
}

/// Creates a service.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let t = posted.visit.locale.messages();
    let title = t.admin_service_new.to_owned();
    let service = match read(t, &posted) {
        Ok(service) => service,
        Err(errors) => return Ok(again(&posted, title, errors)),
    };
    match posted.visit.platform().create_service(&service).await {
        Ok(_) => Ok(posted.then("/admin/servizi", "saved")),
        Err(error) => Ok(again(&posted, title, Invalid::from_client(error, &names(), "name")?)),
    }
}

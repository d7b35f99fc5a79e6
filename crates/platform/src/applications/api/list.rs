//! `GET /applications`: the applications that the caller may see.

use std::time::Duration;

use axum::extract::State as Ctx;
use axum::response::Response;
use http::StatusCode;
use kernel::{FieldError, Problem, RomeTime, ServiceId};
use serde::Deserialize;
use web::{ApiResult, Caller, Query, Tenant};

use super::json_text;
use crate::applications::access::Actor;
use crate::applications::state::State;
use crate::applications::store::{self, Filter, Slice};
use crate::applications::view::ApiVersion;
use crate::context::Context;
use crate::errors::Error;

/// Applications on a page, at most.
const MAX_LIMIT: u32 = 100;
/// Bytes of one application's text that are set aside for it.
const USUAL_TEXT: usize = 3 << 10;
/// How old the number of all applications may be: counting many of them takes longer than showing one page.
pub(crate) const COUNT_AGE: Duration = Duration::from_secs(1);

/// What the list can be narrowed and ordered by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    service: Option<String>,
    service_id: Option<ServiceId>,
    status: Option<String>,
    q: Option<String>,
    mine: Option<bool>,
    order: Option<String>,
    sort: Option<String>,
    offset: Option<u32>,
    limit: Option<u32>,
    #[serde(flatten)]
    times: std::collections::BTreeMap<String, String>,
}

/// The applications that the caller may see, newest first: to a citizen the own, to an operator those of the own services and those in
/// charge of the operator or the own offices, to an administrator all.
#[utoipa::path(get, path = "/{tenant}/api/applications", tag = "applications",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("service" = Option<String>, Query, description = "identifier of the service"),
        ("service_id" = Option<kernel::Uuid>, Query, description = "the service"), ("status" = Option<String>, Query, description = "code of the status"),
        ("q" = Option<String>, Query, description = "words in name, fiscal code, subject or registration number (staff)"),
        ("mine" = Option<bool>, Query, description = "only those in charge of the calling operator"),
        ("order" = Option<String>, Query, description = "creationTime, submissionTime or latestStatusChangeTime"),
        ("sort" = Option<String>, Query, description = "ASC or DESC"), ("offset" = Option<u32>, Query, description = "first application, from 0"),
        ("limit" = Option<u32>, Query, description = "applications on a page, 1 to 100; 10 unless told"),
        ("version" = Option<u8>, Query, description = "1: flat data, 2: nested data")),
    responses((status = 200, description = "a page: meta, links, data"), (status = 400, description = "a parameter is wrong"),
        (status = 401, description = "no valid token")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Query(parameters): Query<Parameters>,
) -> ApiResult<Response> {
    let mut filter = filter(&context, &tenant, &parameters).await?;
    let slice = slice(&parameters)?;
    if !(1..=MAX_LIMIT).contains(&slice.limit) {
        return Err(wrong("limit", "range", format!("Usare un valore da 1 a {MAX_LIMIT}.")));
    }
    let counts = context.counts.clone();
    let mine = parameters.mine.unwrap_or(false);
    let page = context
        .app
        .db()
        .read(move |tx| {
            match Actor::of(tx, &caller)? {
                Actor::Service => {}
                Actor::Admin(id) => filter.operator = mine.then_some(id),
                Actor::Operator(user) => {
                    filter.operator = mine.then_some(user.id);
                    if !user.system_user {
                        filter.services = Some(user.enabled_services_ids.clone());
                        filter.or_operator = Some(user.id);
                    }
                }
                Actor::Applicant(id) | Actor::Relative(id) => {
                    filter.user = Some(id);
                    filter.or_relative = store::has_relatives(tx, tenant.id, id)?;
                    filter.words = None;
                }
            }
            let key = format!("{} {filter:?}", tenant.id);
            let total = match counts.get(&key) {
                Some(total) => total,
                None => {
                    let total = store::count(tx, tenant.id, &filter)?;
                    counts.insert(key, total);
                    total
                }
            };
            let mut page = opening(&tenant, &parameters, slice, version, total);
            store::list(tx, &tenant, &filter, slice, version, &mut page)?;
            page.push_str("]}");
            Ok::<_, Error>(page)
        })
        .await?;
    Ok(json_text(StatusCode::OK, page))
}

fn wrong(field: &str, code: &str, message: String) -> web::ApiError {
    Problem::new(400, "bad-query", "Parametri della richiesta non validi")
        .errors(vec![FieldError::new(field, code, message)])
        .into()
}

async fn filter(context: &Context, tenant: &Tenant, parameters: &Parameters) -> ApiResult<Filter> {
    let mut filter = Filter { service: parameters.service_id, ..Filter::default() };
    if let Some(identifier) = &parameters.service {
        filter.service = Some(context.offer(tenant.id, identifier).await?.service.id);
    }
    if let Some(status) = &parameters.status {
        let state = status.parse().ok().and_then(State::from_code);
        filter.status =
            Some(state.ok_or_else(|| wrong("status", "enum", "Usare uno dei codici di stato documentati.".to_owned()))?);
    }
    filter.words = parameters.q.as_ref().map(|words| words.trim().to_lowercase()).filter(|words| !words.is_empty());
    for (name, value) in &parameters.times {
        let Some((field, bound)) = name.split_once('[').and_then(|(field, rest)| Some((field, rest.strip_suffix(']')?))) else {
            continue;
        };
        let column = match field {
            "createdAt" => "created_at",
            "updatedAt" => "updated_at",
            "submittedAt" => "submitted_at",
            _ => continue,
        };
        let operator = match bound {
            "after" => ">=",
            "before" => "<=",
            "strictly_after" => ">",
            "strictly_before" => "<",
            _ => return Err(wrong(name, "enum", "Usare after, before, strictly_after o strictly_before.".to_owned())),
        };
        // A date alone means its first instant in Rome.
        let time = value.parse::<RomeTime>().or_else(|error| {
            value
                .parse::<kernel::jiff::civil::Date>()
                .map_err(|_| error)
                .and_then(|date| RomeTime::from_civil(date.at(0, 0, 0, 0)))
        });
        filter.times.push((column, operator, time.map_err(|error| wrong(name, "date", format!("Il valore {error}.")))?));
    }
    Ok(filter)
}

fn slice(parameters: &Parameters) -> ApiResult<Slice> {
    let column = match parameters.order.as_deref() {
        None | Some("creationTime" | "created_at" | "createdAt") => "created_at",
        Some("submissionTime" | "submitted_at" | "submittedAt") => "submitted_at",
        Some("latestStatusChangeTime" | "updated_at" | "updatedAt") => "updated_at",
        Some(_) => return Err(wrong("order", "enum", "Usare creationTime, submissionTime o latestStatusChangeTime.".to_owned())),
    };
    let descending = match parameters.sort.as_deref().map(str::to_ascii_uppercase).as_deref() {
        None | Some("DESC") => true,
        Some("ASC") => false,
        Some(_) => return Err(wrong("sort", "enum", "Usare ASC o DESC.".to_owned())),
    };
    Ok(Slice { column, descending, offset: parameters.offset.unwrap_or(0), limit: parameters.limit.unwrap_or(10) })
}

/// The page as JSON text, up to the applications, which go into it as they are stored.
fn opening(tenant: &Tenant, parameters: &Parameters, slice: Slice, version: ApiVersion, total: i64) -> String {
    use std::fmt::Write as _;

    let Slice { offset, limit, .. } = slice;
    let mut echo = serde_json::Map::new();
    let mut note = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            echo.insert(name.to_owned(), value.into());
        }
    };
    note("service", parameters.service.clone());
    note("service_id", parameters.service_id.map(|id| id.to_string()));
    note("status", parameters.status.clone());
    note("q", parameters.q.clone());
    note("mine", parameters.mine.map(|mine| mine.to_string()));
    note("order", parameters.order.clone());
    note("sort", parameters.sort.clone());
    note("version", (version == ApiVersion::Two).then(|| "2".to_owned()));
    for (name, value) in &parameters.times {
        note(name, Some(value.clone()));
    }
    let query: String = query_of(&echo);
    let url = |offset: u32| format!("\"{}/applications?{query}offset={offset}&limit={limit}\"", tenant.api_url());
    let next = i64::from(offset) + i64::from(limit) < total;
    let link = |there: bool, offset: u32| if there { url(offset) } else { "null".to_owned() };
    let sort = parameters.order.as_deref().unwrap_or("creationTime");
    let (sort, parameter) = (serde_json::Value::from(sort), serde_json::Value::Object(echo.clone()));

    let mut page = String::with_capacity(1024 + USUAL_TEXT * limit as usize);
    let _ = write!(
        page,
        "{{\"meta\":{{\"page\":{{\"offset\":{offset},\"limit\":{limit},\"sort\":{sort}}},\"total\":{total},\"parameter\":{parameter},\"count\":{total}}},\
         \"links\":{{\"self\":{},\"prev\":{},\"next\":{}}},\"data\":[",
        url(offset),
        link(offset > 0, offset.saturating_sub(limit)),
        link(next, offset.saturating_add(limit))
    );
    page
}

/// `name=value&` for each member, encoded.
fn query_of(members: &serde_json::Map<String, serde_json::Value>) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    members.iter().map(|(name, value)| format!("{}={}&", encode(name), encode(value.as_str().unwrap_or_default()))).collect()
}

//! The read model: lists and shows payments. Citizens see their own, operators those of the services that they are enabled for,
//! administrators those of their body.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Page, PageQuery, PaymentId, RomeTime, Sort, Uuid};
use runtime::{App, Peer};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, ApiResult, Caller, Json, Kind, Path, Query, Tenant};

use super::ProblemBody;
use crate::clients::Operators;
use crate::errors::Error;
use crate::payment::State as PaymentState;
use crate::store::read_model;
use crate::store::search::{self, Filter, Scope, Shown};

/// The fields that a list may be ordered by.
const ORDERS: [&str; 2] = ["created_at", "updated_at"];
/// Most words of a search.
const MAX_WORDS: usize = 8;

/// What a list is narrowed to, and which part of it.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Of this application: the answer is then a plain list, as the core's API gives it.
    remote_id: Option<Uuid>,
    /// Of this service.
    service_id: Option<Uuid>,
    /// Of this user.
    user_id: Option<Uuid>,
    /// In this status: `PAYMENT_PENDING`, `COMPLETE` ...
    status: Option<String>,
    /// To be paid by the person or body with this tax code.
    payer: Option<String>,
    /// Of the services that this office handles.
    office_id: Option<Uuid>,
    /// With this notice number, IUV or IUD; or with these words in reason, people or numbers.
    q: Option<String>,
    /// Created at or after this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    created_since: Option<RomeTime>,
    /// Created before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    created_before: Option<RomeTime>,
    /// Changed at or after this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    updated_since: Option<RomeTime>,
    /// First payment, from 0.
    offset: Option<u64>,
    /// How many payments, 1 to 100.
    limit: Option<u64>,
    /// `created_at` or `updated_at`; a leading `-` means newest first.
    sort: Option<String>,
}

/// Whose payments the caller may see.
pub(super) async fn scope(operators: &Operators, caller: &Caller) -> ApiResult<Scope> {
    match (caller.kind, &caller.principal) {
        (Kind::Operator | Kind::Admin | Kind::Service, _) => Ok(operators.reach(caller).await?.scope()),
        (Kind::Citizen, Some(principal)) => Ok(Scope::Person(principal.user_id, principal.username.to_uppercase())),
        // A visitor has no tax code that could be anybody's.
        (_, Some(principal)) => Ok(Scope::Person(principal.user_id, String::new())),
        (_, None) => Err(Error::NotFound.into()),
    }
}

/// Pagamenti
///
/// A page of payments, newest first, each as its latest event 2.0.
#[utoipa::path(
    get,
    path = "/{tenant}/api/payments",
    tag = "pagamenti",
    params(("tenant" = String, Path, description = "Ente"), ListQuery),
    responses(
        (status = 200, description = "Una pagina di pagamenti; una semplice lista se c'è remote_id", body = serde_json::Value),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn list(
    State(operators): State<Operators>,
    tenant: Tenant,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> ApiResult<Response> {
    let (app, scope) = (operators.app(), scope(&operators, &caller).await?);
    let paging = PageQuery { offset: query.offset, limit: query.limit, sort: query.sort.clone(), cursor: None };
    let (offset, limit) = paging.bounds()?;
    let sort = paging.order(&ORDERS, Sort { field: "created_at", descending: true })?;
    let filter = filter(app, &tenant, &query).await?;
    let (id, plain) = (tenant.id, filter.remote_id.is_some());
    let (total, payments) = app.db().read(move |tx| search::list(tx, id, &scope, &filter, &sort, (offset, limit))).await?;
    if plain {
        return Ok(Json(payments).into_response());
    }
    let collection = collection_url(&format!("{}/payments", tenant.api_url()), &query);
    Ok(Json(Page::new(&collection, &paging, offset, limit, total, payments)).into_response())
}

/// What the query narrows to. Which services an office handles, the platform says.
pub(super) async fn filter(app: &App, tenant: &Tenant, query: &ListQuery) -> ApiResult<Filter> {
    let status = query.status.as_ref().map(|status| {
        serde_json::from_value::<PaymentState>(status.clone().into()).map_err(|_| {
            kernel::Problem::new(400, "bad-query", "Parametri della richiesta non validi").errors(vec![FieldError::new(
                "status",
                "enum",
                "Usare uno stato del pagamento, per esempio PAYMENT_PENDING.",
            )])
        })
    });
    let services = match query.office_id {
        Some(office) => Some(services_of(app, tenant, office).await?),
        None => None,
    };
    let (number, words) = query.q.as_deref().map(sought).unwrap_or_default();
    Ok(Filter {
        id: None,
        remote_id: query.remote_id,
        service_id: query.service_id,
        services,
        user_id: query.user_id,
        status: status.transpose()?,
        payer: query.payer.as_ref().map(|payer| payer.trim().to_uppercase()),
        number,
        words,
        created_since: query.created_since,
        created_before: query.created_before,
        updated_since: query.updated_since,
    })
}

/// What is looked for: one of the numbers of a payment, however it is grouped, or words.
fn sought(text: &str) -> (Option<String>, Vec<String>) {
    let joined: String = text.split_whitespace().collect();
    let is_number =
        joined.len() >= 15 && joined.chars().all(|c| c.is_ascii_hexdigit()) && joined.contains(|c: char| c.is_ascii_digit());
    if is_number {
        return (Some(joined), Vec::new());
    }
    (None, text.split_whitespace().take(MAX_WORDS).map(str::to_lowercase).collect())
}

/// The services that an office handles.
async fn services_of(app: &App, tenant: &Tenant, office: Uuid) -> ApiResult<Vec<Uuid>> {
    #[derive(Deserialize)]
    struct Service {
        id: Uuid,
        #[serde(default)]
        user_group_ids: Vec<Uuid>,
    }
    let request = app.peer(Peer::Platform).get(format!("/{}/api/services", tenant.slug)).service(tenant.id);
    let services: Vec<Service> = request.send().await.and_then(|answer| answer.json()).map_err(ApiError::unavailable)?;
    Ok(services.into_iter().filter(|service| service.user_group_ids.contains(&office)).map(|service| service.id).collect())
}

/// The address of the list with its filters.
fn collection_url(base: &str, query: &ListQuery) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let texts = [
        ("service_id", query.service_id.map(|id| id.to_string())),
        ("user_id", query.user_id.map(|id| id.to_string())),
        ("status", query.status.clone()),
        ("payer", query.payer.clone()),
        ("office_id", query.office_id.map(|id| id.to_string())),
        ("q", query.q.clone()),
        ("created_since", query.created_since.map(|at| at.to_string())),
        ("created_before", query.created_before.map(|at| at.to_string())),
        ("updated_since", query.updated_since.map(|at| at.to_string())),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            pairs.append_pair(name, &text);
        }
    }
    let filters = pairs.finish();
    if filters.is_empty() { base.to_owned() } else { format!("{base}?{filters}") }
}

/// Pagamento
///
/// A payment as its latest event 2.0.
#[utoipa::path(
    get,
    path = "/{tenant}/api/payments/{id}",
    tag = "pagamenti",
    params(("tenant" = String, Path, description = "Ente"), ("id" = Uuid, Path, description = "Identificativo del pagamento")),
    responses(
        (status = 200, description = "Il pagamento", body = serde_json::Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 404, description = "Pagamento sconosciuto, o di altri", body = ProblemBody),
    )
)]
pub async fn get(
    State(operators): State<Operators>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, PaymentId)>,
) -> ApiResult<Json<Shown>> {
    let (scope, tenant) = (scope(&operators, &caller).await?, tenant.id);
    let found = operators.app().db().read(move |tx| read_model::find(tx, tenant, &scope, id)).await?;
    Ok(Json(found.ok_or(Error::NotFound)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_as_a_whole_and_words_one_by_one() {
        assert_eq!(sought("3028 7223 4000 0003 43"), (Some("302872234000000343".to_owned()), Vec::new()));
        assert_eq!(sought("0190a6c17f3e7d529c1b5b0a3c2d1e4f").0.as_deref(), Some("0190a6c17f3e7d529c1b5b0a3c2d1e4f"));
        assert_eq!(sought("  Mensa  D'Angelo 2025 "), (None, vec!["mensa".into(), "d'angelo".into(), "2025".into()]));
        assert_eq!(sought(" "), (None, Vec::new()));
    }
}

//! The read model: lists and shows payments. Citizens see their own, operators those of their body.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Page, PageQuery, PaymentId, RomeTime, Sort, Uuid};
use runtime::App;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiResult, Caller, Json, Kind, Path, Query, Tenant};

use super::ProblemBody;
use crate::errors::Error;
use crate::payment::State as PaymentState;
use crate::store::read_model::{self, Filter, Scope, Shown};

/// The fields that a list may be ordered by.
const ORDERS: [&str; 2] = ["created_at", "updated_at"];

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
    /// With this notice number or IUV.
    q: Option<String>,
    /// Created at or after this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    created_since: Option<RomeTime>,
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
fn scope(caller: &Caller) -> ApiResult<Scope> {
    match (caller.kind, &caller.principal) {
        (Kind::Operator | Kind::Admin | Kind::Service, _) => Ok(Scope::Tenant),
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
pub async fn list(State(app): State<App>, tenant: Tenant, caller: Caller, Query(query): Query<ListQuery>) -> ApiResult<Response> {
    let scope = scope(&caller)?;
    let paging = PageQuery { offset: query.offset, limit: query.limit, sort: query.sort.clone(), cursor: None };
    let (offset, limit) = paging.bounds()?;
    let sort = paging.order(&ORDERS, Sort { field: "created_at", descending: true })?;
    let filter = filter(&query)?;
    let (id, plain) = (tenant.id, filter.remote_id.is_some());
    let (total, payments) = app.db().read(move |tx| read_model::list(tx, id, &scope, &filter, &sort, (offset, limit))).await?;
    if plain {
        return Ok(Json(payments).into_response());
    }
    let collection = collection_url(&format!("{}/payments", tenant.api_url()), &query);
    Ok(Json(Page::new(&collection, &paging, offset, limit, total, payments)).into_response())
}

fn filter(query: &ListQuery) -> ApiResult<Filter> {
    let status = query.status.as_ref().map(|status| {
        serde_json::from_value::<PaymentState>(status.clone().into()).map_err(|_| {
            kernel::Problem::new(400, "bad-query", "Parametri della richiesta non validi").errors(vec![FieldError::new(
                "status",
                "enum",
                "Usare uno stato del pagamento, per esempio PAYMENT_PENDING.",
            )])
        })
    });
    Ok(Filter {
        remote_id: query.remote_id,
        service_id: query.service_id,
        user_id: query.user_id,
        status: status.transpose()?,
        payer: query.payer.as_ref().map(|payer| payer.trim().to_uppercase()),
        number: query.q.as_ref().map(|number| number.split_whitespace().collect()),
        created_since: query.created_since,
        updated_since: query.updated_since,
    })
}

/// The address of the list with its filters.
fn collection_url(base: &str, query: &ListQuery) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let texts = [
        ("service_id", query.service_id.map(|id| id.to_string())),
        ("user_id", query.user_id.map(|id| id.to_string())),
        ("status", query.status.clone()),
        ("payer", query.payer.clone()),
        ("q", query.q.clone()),
        ("created_since", query.created_since.map(|at| at.to_string())),
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
    State(app): State<App>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, PaymentId)>,
) -> ApiResult<Json<Shown>> {
    let (scope, tenant) = (scope(&caller)?, tenant.id);
    let found = app.db().read(move |tx| read_model::find(tx, tenant, &scope, id)).await?;
    Ok(Json(found.ok_or(Error::NotFound)?))
}

//! The form server over HTTP: reading is public and allowed from every site, writing is for the platform and its administrators.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Json, Path};

use super::store;
use crate::context::Context;
use crate::errors::Error;

/// The operations on forms.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(show, put, delete))
        .routes(routes!(schema))
        .routes(routes!(labels))
        .routes(routes!(i18n, put_i18n))
        .routes(routes!(by_path))
        .layer(from_fn(cors))
}

/// Lets pages of any site read forms.
async fn cors(request: Request, next: Next) -> Response {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut response = next.run(request).await;
    if reading {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, accept-language, content-type"));
    }
    response
}

async fn found(context: &Context, key: String) -> ApiResult<Value> {
    Ok(context.app.db().read(move |tx| store::find(tx, &key)).await?.ok_or(Error::NotFound)?)
}

/// The Form.io definition of a form.
#[utoipa::path(get, path = "/form-server/form/{id}", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    responses((status = 200, description = "the definition"), (status = 404, description = "no such form")))]
async fn show(State(context): State<Context>, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    found(&context, id).await.map(Json)
}

/// The same by the form's path, for example `anagrafica`.
#[utoipa::path(get, path = "/form-server/{path}", tag = "forms", params(("path" = String, Path, description = "path of the form")),
    responses((status = 200, description = "the definition"), (status = 404, description = "no such form")))]
async fn by_path(State(context): State<Context>, Path(path): Path<String>) -> ApiResult<Json<Value>> {
    found(&context, path).await.map(Json)
}

/// Creates a form; its `_id` is drawn.
#[utoipa::path(post, path = "/form-server/form", tag = "forms", request_body = Object,
    responses((status = 201, description = "created, with its `_id`"), (status = 404, description = "the caller is not the platform"),
        (status = 422, description = "the definition cannot be used")))]
async fn create(State(context): State<Context>, caller: Caller, Json(form): Json<Map<String, Value>>) -> ApiResult<Response> {
    let id: String = context.app.rng().bytes::<12>().iter().map(|byte| format!("{byte:02x}")).collect();
    let form = write(&context, &caller, id, form).await?;
    Ok((StatusCode::CREATED, Json(form)).into_response())
}

/// Creates or replaces a form.
#[utoipa::path(put, path = "/form-server/form/{id}", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    request_body = Object, responses((status = 200, description = "stored"), (status = 404, description = "the caller is not the platform"),
        (status = 422, description = "the definition cannot be used")))]
async fn put(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(form): Json<Map<String, Value>>,
) -> ApiResult<Json<Value>> {
    write(&context, &caller, id, form).await.map(Json)
}

async fn write(context: &Context, caller: &Caller, id: String, mut form: Map<String, Value>) -> ApiResult<Value> {
    caller.require_service()?;
    if forms::builtin(&id).is_some() {
        return Err(Error::Forbidden("I moduli forniti con la piattaforma non si modificano.").into());
    }
    form.insert("_id".to_owned(), id.clone().into());
    let form = Value::Object(form);
    let (now, stored) = (context.app.clock().now(), form.clone());
    context
        .app
        .db()
        .write(move |tx| {
            store::put(tx, &id, stored.get("path").and_then(Value::as_str).filter(|path| !path.is_empty()), &stored, now)?;
            // A form that cannot be compiled would refuse every application later: it is refused now.
            store::resolved(tx, &id)?.ok_or(Error::NotFound)?.compile().map(drop)
        })
        .await?;
    context.forget_services();
    Ok(form)
}

/// Removes a form.
#[utoipa::path(delete, path = "/form-server/form/{id}", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    responses((status = 204, description = "removed, or not there"), (status = 404, description = "the caller is not the platform")))]
async fn delete(State(context): State<Context>, caller: Caller, Path(id): Path<String>) -> ApiResult<StatusCode> {
    caller.require_service()?;
    context.app.db().write(move |tx| store::delete(tx, &id)).await.map_err(Error::from)?;
    context.forget_services();
    Ok(StatusCode::NO_CONTENT)
}

/// The fields of a form by their dotted keys.
#[utoipa::path(get, path = "/form-server/form/{id}/schema", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    responses((status = 200, description = "`{\"<dotted key>\": {label, type}}`"), (status = 404, description = "no such form")))]
async fn schema(State(context): State<Context>, Path(id): Path<String>) -> ApiResult<Response> {
    let form = compiled(&context, id).await?;
    Ok(Json(form.schema()).into_response())
}

/// Every text of a form that can be translated.
#[utoipa::path(get, path = "/form-server/form/{id}/i18n-labels", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    responses((status = 200, description = "the texts"), (status = 404, description = "no such form")))]
async fn labels(State(context): State<Context>, Path(id): Path<String>) -> ApiResult<Response> {
    let form = compiled(&context, id).await?;
    Ok(Json(form.labels().collect::<Vec<_>>()).into_response())
}

async fn compiled(context: &Context, id: String) -> ApiResult<forms::Form> {
    let resolved = context.app.db().read(move |tx| store::resolved(tx, &id)).await?.ok_or(Error::NotFound)?;
    Ok(resolved.compile()?)
}

/// The translations of a form: `{ "<language>": { "<text>": "<translation>" } }`.
#[utoipa::path(get, path = "/form-server/form/{id}/i18n", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    responses((status = 200, description = "the translations"), (status = 404, description = "no such form")))]
async fn i18n(State(context): State<Context>, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    let translations = context.app.db().read(move |tx| store::i18n(tx, &id)).await.map_err(Error::from)?;
    Ok(Json(translations.ok_or(Error::NotFound)?))
}

/// Replaces the translations of a form.
#[utoipa::path(put, path = "/form-server/form/{id}/i18n", tag = "forms", params(("id" = String, Path, description = "identifier of the form")),
    request_body = Object, responses((status = 200, description = "stored"), (status = 404, description = "no such form")))]
async fn put_i18n(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(translations): Json<std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>>,
) -> ApiResult<Json<Value>> {
    caller.require_service()?;
    let now = context.app.clock().now();
    let translations = json!(translations);
    let stored = translations.clone();
    let there = context.app.db().write(move |tx| store::put_i18n(tx, &id, &stored, now)).await.map_err(Error::from)?;
    if there { Ok(Json(translations)) } else { Err(Error::NotFound.into()) }
}

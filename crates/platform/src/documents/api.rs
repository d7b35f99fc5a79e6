//! Documents and folders over HTTP: citizens find their own, administrators everybody's.

use axum::extract::State;
use axum::response::Response;
use kernel::{ApplicationId, DocumentId, Page, PageQuery, UserId};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Id, Json, Kind, Query, Tenant};

use super::store::{self, Filter};
use super::{Document, Folder};
use crate::context::Context;
use crate::errors::Error;
use crate::{applications, uploads, users};

/// The operations on documents and folders.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(download)).routes(routes!(folders))
}

/// What the list can be narrowed by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    cf: Option<String>,
    title: Option<String>,
    q: Option<String>,
    #[serde(rename = "folder-title")]
    folder_title: Option<String>,
    folder: Option<ApplicationId>,
    offset: Option<u64>,
    limit: Option<u64>,
}

/// Whose documents the caller sees: the own ones, or those of whom an administrator asks for; `None` is everybody's.
fn owner(tx: &mut Tx<'_>, caller: &Caller, cf: Option<&str>) -> Result<Option<UserId>, Error> {
    match (caller.kind, &caller.principal) {
        (Kind::Citizen | Kind::Anonymous, Some(principal)) => Ok(Some(principal.user_id)),
        (Kind::Admin | Kind::Service, _) => match cf.map(str::trim).filter(|cf| !cf.is_empty()) {
            Some(cf) => {
                let user = users::store::find_by_username(tx, caller.tenant_id, &cf.to_uppercase())?;
                // Nobody of that code has no documents.
                Ok(Some(user.map_or(UserId(kernel::Uuid::nil()), |user| user.id)))
            }
            None => Ok(None),
        },
        _ => Err(Error::Forbidden("I documenti di una pratica sono nella sua scheda.")),
    }
}

/// The documents of the caller, newest first; to administrators those of everybody.
#[utoipa::path(get, path = "/{tenant}/api/documents", tag = "documents",
    params(("tenant" = String, Path, description = "slug of the tenant"),
        ("cf" = Option<String>, Query, description = "fiscal code of the citizen (administrators)"),
        ("q" = Option<String>, Query, description = "words in title, folder, names of files or numbers"),
        ("title" = Option<String>, Query, description = "the same, of the title"),
        ("folder-title" = Option<String>, Query, description = "the same, of the folder"),
        ("folder" = Option<kernel::Uuid>, Query, description = "in this folder only"),
        ("offset" = Option<u64>, Query, description = "first document, from 0"),
        ("limit" = Option<u64>, Query, description = "documents on a page, 1 to 100; 10 unless told")),
    responses((status = 200, description = "a page: meta, links, data", body = Vec<Document>),
        (status = 400, description = "a parameter is wrong"), (status = 401, description = "no valid token"),
        (status = 403, description = "not for operators")))]
async fn list(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Query(parameters): Query<Parameters>,
) -> ApiResult<Json<Page<Document>>> {
    let query = PageQuery { offset: parameters.offset, limit: parameters.limit, ..PageQuery::default() };
    let (offset, limit) = query.bounds()?;
    let texts = [&parameters.q, &parameters.title, &parameters.folder_title];
    let collection = collection(&tenant.api_url(), &parameters);
    let mut filter = Filter {
        owner: None,
        folder: parameters.folder,
        words: texts.into_iter().flatten().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()).collect(),
    };
    let (documents, total) = context
        .app
        .db()
        .read(move |tx| {
            filter.owner = owner(tx, &caller, parameters.cf.as_deref())?;
            Ok::<_, Error>((store::list(tx, tenant.id, &filter, offset, limit)?, store::count(tx, tenant.id, &filter)?))
        })
        .await?;
    Ok(Json(Page::new(&collection, &query, offset, limit, total, documents)))
}

/// The address of the list with its filters.
fn collection(api: &str, parameters: &Parameters) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    let folder = parameters.folder.map(|id| id.to_string());
    let given = [
        ("cf", &parameters.cf),
        ("q", &parameters.q),
        ("title", &parameters.title),
        ("folder-title", &parameters.folder_title),
        ("folder", &folder),
    ];
    let pairs = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    format!("{api}/documents{query}")
}

/// The document, if the caller may see it.
async fn visible(context: &Context, tenant: &Tenant, caller: Caller, id: DocumentId) -> Result<Document, Error> {
    let tenant_id = tenant.id;
    context
        .app
        .db()
        .read(move |tx| {
            let owner = owner(tx, &caller, None)?;
            let document =
                store::find(tx, tenant_id, id)?.filter(|document| owner.is_none_or(|owner| document.owner_id == owner));
            document.ok_or(Error::NotFound)
        })
        .await
}

/// A document.
#[utoipa::path(get, path = "/{tenant}/api/documents/{id}", tag = "documents",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the document")),
    responses((status = 200, description = "the document", body = Document), (status = 401, description = "no valid token"),
        (status = 403, description = "not for operators"), (status = 404, description = "no such document, or not the caller's")))]
async fn show(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<DocumentId>,
) -> ApiResult<Json<Document>> {
    Ok(Json(visible(&context, &tenant, caller, id).await?))
}

/// The main file of a document.
#[utoipa::path(get, path = "/{tenant}/api/documents/{id}/download", tag = "documents",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the document")),
    responses((status = 200, description = "the file"), (status = 401, description = "no valid token"),
        (status = 403, description = "not for operators"),
        (status = 404, description = "no such document, not the caller's, or its file is kept elsewhere")))]
async fn download(State(context): State<Context>, tenant: Tenant, caller: Caller, Id(id): Id<DocumentId>) -> ApiResult<Response> {
    let document = visible(&context, &tenant, caller.clone(), id).await?;
    let (application, file) = document.remote_id.zip(document.main_document.id).ok_or(Error::NotFound)?;
    let tenant_id = tenant.id;
    let find = move |tx: &mut Tx<'_>| {
        // An event may name anybody's file.
        applications::visible(tx, &caller, tenant_id, application)?;
        uploads::store::find(tx, tenant_id, application, file)?.ok_or(Error::NotFound)
    };
    uploads::download(&context.app, &context.app.db().read(find).await?).await
}

/// A folder with its numbers.
#[derive(Debug, Serialize, ToSchema)]
struct Counted {
    #[serde(flatten)]
    folder: Folder,
    /// How many documents are in it.
    documents_count: u64,
}

/// The folders of the caller, at most 500, the one with the newest document first; to administrators those of everybody.
#[utoipa::path(get, path = "/{tenant}/api/folders", tag = "documents",
    params(("tenant" = String, Path, description = "slug of the tenant"),
        ("cf" = Option<String>, Query, description = "fiscal code of the citizen (administrators)")),
    responses((status = 200, description = "the folders", body = Vec<Counted>), (status = 401, description = "no valid token"),
        (status = 403, description = "not for operators")))]
async fn folders(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Query(parameters): Query<Parameters>,
) -> ApiResult<Json<Vec<Counted>>> {
    let tenant_id = tenant.id;
    let find = move |tx: &mut Tx<'_>| {
        let owner = owner(tx, &caller, parameters.cf.as_deref())?;
        Ok::<_, Error>(store::folders(tx, tenant_id, owner)?)
    };
    let folders = context.app.db().read(find).await?;
    Ok(Json(folders.into_iter().map(|(folder, documents_count)| Counted { folder, documents_count }).collect()))
}

//! Uploads over HTTP (platform API, "Uploads"): announce a file, send its bytes to the address given, say that it is complete.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue};
use kernel::{AttachmentId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, ApiResult, Caller, Json, Path, Query, Tenant};

use super::content::{FileType, clean_name};
use super::receive::{store_content, too_large};
use super::ticket::Ticket;
use super::{Attachment, UPLOAD, download, store};
use crate::context::Context;
use crate::errors::Error;

/// Uploads of one owner that wait to be used, at most.
const MAX_UNUSED: i64 = 100;

/// The operations on uploads.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(show, finish)).routes(routes!(content))
}

/// A file that is about to be sent.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewUpload {
    /// Name in the form.
    name: String,
    /// Name on the sender's machine; `name` unless told.
    #[serde(default)]
    original_filename: Option<String>,
    /// Bytes.
    #[serde(default)]
    size: Option<u64>,
    /// Media type as the client believes; the content decides.
    #[serde(default)]
    #[allow(dead_code)] // part of the documented request
    mime_type: Option<String>,
    /// Whether the file is to be registered; the form of the application decides.
    #[serde(default)]
    #[allow(dead_code)] // part of the documented request
    protocol_required: Option<bool>,
    /// What is in it.
    #[serde(default)]
    description: Option<String>,
}

/// Where to send a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Slot {
    /// The upload.
    #[schema(value_type = kernel::Uuid)]
    id: AttachmentId,
    /// Where to PUT its bytes, within an hour.
    uri: String,
}

/// Announces a file; gives the address to which its bytes go.
#[utoipa::path(post, path = "/{tenant}/api/uploads", tag = "uploads", request_body = NewUpload,
    params(("tenant" = String, Path, description = "slug of the tenant")),
    responses((status = 201, description = "where to send it", body = Slot), (status = 401, description = "no valid token"),
        (status = 403, description = "the caller is no user"), (status = 422, description = "a file that is not taken")))]
async fn begin(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Json(new): Json<NewUpload>,
) -> ApiResult<Response> {
    let (owner_id, now) = (caller.user_id()?, context.app.clock().now());
    let upload = announced(&context, tenant.id, owner_id, new)?;
    let (id, tenant_id) = (upload.id, tenant.id);
    context
        .app
        .db()
        .write(move |tx| {
            if store::count_unused(tx, tenant_id, owner_id)? >= MAX_UNUSED {
                return Err(Error::Precondition(
                    "Troppi file caricati e non ancora usati: inviare la pratica o attendere un giorno.",
                ));
            }
            Ok(store::insert(tx, &upload)?)
        })
        .await?;
    let ticket = Ticket::issue(context.app.secret(), tenant.id, id, now);
    let uri = format!("{}/uploads/{id}/content?{ticket}", tenant.api_url());
    Ok((StatusCode::CREATED, Json(Slot { id, uri })).into_response())
}

fn announced(context: &Context, tenant_id: TenantId, owner_id: kernel::UserId, new: NewUpload) -> Result<Attachment, Error> {
    let name = new.original_filename.filter(|name| !name.trim().is_empty()).unwrap_or(new.name);
    let name = clean_name(&name).ok_or_else(|| Error::field("/original_filename", "required", "Indicare il nome del file."))?;
    let kind = FileType::of(&name, "/original_filename")?;
    match new.size {
        Some(0) => return Err(Error::field("/size", "empty", "Il file è vuoto: sceglierne un altro.")),
        Some(size) if size > context.config.upload_limit_bytes => return Err(too_large(context.config.upload_limit_bytes)),
        _ => {}
    }
    let description = new.description.unwrap_or_default();
    if description.chars().count() > 1_000 || description.contains(char::is_control) {
        return Err(Error::field("/description", "max_length", "Usare una sola riga di al massimo 1000 caratteri."));
    }
    Ok(Attachment {
        // Drawn at random, because its holder is told nothing about other uploads by it.
        id: AttachmentId(context.app.rng().uuid()),
        tenant_id,
        application_id: None,
        owner_id,
        kind: UPLOAD.to_owned(),
        description: if description.trim().is_empty() { name.clone() } else { description },
        name,
        mime_type: kind.media.to_owned(),
        size_bytes: new.size.and_then(|size| i64::try_from(size).ok()).unwrap_or(0),
        sha256: None,
        md5: None,
        stored: false,
        created_at: context.app.clock().now(),
    })
}

/// Takes the bytes of a file that was announced, whatever `Content-Type` says. The address itself is the permission.
#[utoipa::path(put, path = "/{tenant}/api/uploads/{id}/content", tag = "uploads",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the upload"),
        ("expires" = i64, Query, description = "as given"), ("signature" = String, Query, description = "as given")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the file"),
    responses((status = 200, description = "stored; `ETag` is the MD5 of the file"), (status = 400, description = "the sender broke off"),
        (status = 403, description = "the address does not hold, or has expired"),
        (status = 422, description = "stored already, empty, too large, or not what the name says")))]
async fn content(
    State(context): State<Context>,
    tenant: Tenant,
    Path((_slug, id)): Path<(String, AttachmentId)>,
    Query(ticket): Query<Ticket>,
    request: Request,
) -> ApiResult<Response> {
    if !ticket.holds(context.app.secret(), tenant.id, id, context.app.clock().now()) {
        return Err(Error::Forbidden("L'indirizzo per il caricamento non è valido o è scaduto: chiederne uno nuovo.").into());
    }
    let (tenant_id, now) = (tenant.id, context.app.clock().now());
    let announced = context.app.db().write(move |tx| store::begin_content(tx, tenant_id, id, now)).await.map_err(Error::from)?;
    let announced = announced.ok_or(Error::Precondition("Il file è già stato caricato: per cambiarlo caricarne un altro."))?;
    // On its own, so that what was begun is ended even when the sender goes away.
    let taking = tokio::spawn(async move {
        let taken = store_content(&context, announced.clone(), request.into_body()).await;
        let row = taken.as_ref().unwrap_or(&announced).clone();
        context.app.db().write(move |tx| store::end_content(tx, &row)).await.map_err(Error::from)?;
        taken
    });
    let stored = taking.await.map_err(ApiError::internal)??;
    let etag = HeaderValue::from_str(&format!("\"{}\"", stored.md5.unwrap_or_default())).map_err(ApiError::internal)?;
    Ok((StatusCode::OK, [(ETAG, etag)]).into_response())
}

/// That a file is complete.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct Finish {
    /// The `ETag` that sending it gave, or its SHA-256.
    file_hash: Option<String>,
    /// Whether the client wants the signature looked at: that of a file whose name ends in `p7m` always is, when it is received.
    #[allow(dead_code)] // part of the documented request
    check_signature: Option<bool>,
}

/// Says that a file is complete, as its owner.
#[utoipa::path(put, path = "/{tenant}/api/uploads/{id}", tag = "uploads", request_body = Finish,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the upload")),
    responses((status = 204, description = "it is"), (status = 401, description = "no valid token"),
        (status = 404, description = "no such upload, used already, or not the caller's"),
        (status = 422, description = "the bytes were not sent, or are others")))]
async fn finish(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, AttachmentId)>,
    Json(finish): Json<Finish>,
) -> ApiResult<StatusCode> {
    let upload = own(&context, &tenant, &caller, id).await?;
    if !upload.stored {
        return Err(Error::Precondition("Il file non è ancora stato ricevuto: ripetere il caricamento.").into());
    }
    let hash =
        finish.file_hash.as_deref().map(|hash| hash.trim().trim_start_matches("W/").trim_matches('"').to_ascii_lowercase());
    if hash.is_some_and(|hash| {
        !hash.is_empty() && ![&upload.md5, &upload.sha256].iter().any(|known| known.as_deref() == Some(&hash))
    }) {
        return Err(
            Error::field("/file_hash", "mismatch", "Il file ricevuto non è quello inviato: ripetere il caricamento.").into()
        );
    }
    Ok(StatusCode::NO_CONTENT)
}

/// An upload that is not used yet, for its owner.
#[utoipa::path(get, path = "/{tenant}/api/uploads/{id}", tag = "uploads",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the upload")),
    responses((status = 200, description = "the file"), (status = 401, description = "no valid token"),
        (status = 404, description = "no such upload, used already, or not the caller's")))]
async fn show(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, AttachmentId)>,
) -> ApiResult<Response> {
    let upload = own(&context, &tenant, &caller, id).await?;
    if !upload.stored {
        return Err(Error::NotFound.into());
    }
    download(&context.app, &upload).await
}

/// The caller's upload. To everybody else, the platform included, it does not exist.
async fn own(context: &Context, tenant: &Tenant, caller: &Caller, id: AttachmentId) -> ApiResult<Attachment> {
    let owner = caller.principal.as_ref().ok_or(Error::NotFound)?.user_id;
    let tenant_id = tenant.id;
    let upload = context.app.db().read(move |tx| store::find_upload(tx, tenant_id, owner, id)).await.map_err(Error::from)?;
    Ok(upload.ok_or(Error::NotFound)?)
}

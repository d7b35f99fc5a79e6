//! Messages over HTTP (platform API, `/applications/{id}/messages`). Whoever sees the application reads and writes; the applicant never
//! sees what is internal.

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use contracts::messages::Visibility;
use http::StatusCode;
use kernel::{ApplicationId, AttachmentId, MessageId, Page, PageQuery, RomeTime, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Json, Path, Query, Tenant};

use super::{Message, change, html, send, store};
use crate::applications::{Actor, legible, visible};
use crate::context::Context;
use crate::errors::Error;
use crate::uploads::{self, INLINE_LIMIT, InlineFile};
use crate::users;

/// The operations on messages.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .layer(DefaultBodyLimit::max(INLINE_LIMIT))
        .routes(routes!(list_paged))
        .routes(routes!(show, patch))
        .routes(routes!(attachment))
}

/// Longest text, in characters.
const MAX_MESSAGE: usize = 50_000;
/// Longest subject, in characters.
const MAX_SUBJECT: usize = 255;
/// Most messages of the list without pages.
const MAX_LIST: u64 = 1_000;

/// A message that is for the caller and was not read before is read by being shown.
#[derive(Clone)]
struct Reader {
    context: Context,
    tenant: TenantId,
    caller: Caller,
    application: ApplicationId,
}

impl Reader {
    /// What `load` gives of the messages, marked as read where the caller is who they are for.
    async fn read<T, F>(&self, load: F) -> Result<(T, Vec<Message>), Error>
    where
        F: FnOnce(&mut Tx<'_>, &Actor) -> Result<(T, Vec<Message>), Error> + Send + 'static,
        T: Send + 'static,
    {
        let Self { context, tenant, caller, application } = self.clone();
        let (rest, mut messages, unread) = context
            .app
            .db()
            .read(move |tx| {
                let (stored, actor) = legible(tx, &caller, tenant, application)?;
                let (rest, messages) = load(tx, &actor)?;
                let unread = messages
                    .iter()
                    .filter(|message| message.read_at.is_none() && message.is_for(&actor, stored.application.user));
                let unread: Vec<MessageId> = unread.map(|message| message.id).collect();
                Ok::<_, Error>((rest, messages, unread))
            })
            .await?;
        if !unread.is_empty() {
            let (app, now) = (context.app.clone(), context.app.clock().now());
            let read =
                move |tx: &mut Tx<'_>| unread.iter().map(|id| mark_read(tx, &app, tenant, application, *id, now)).collect();
            let read: Vec<Message> = context.app.db().write::<_, Error, _>(read).await?;
            for message in read {
                if let Some(shown) = messages.iter_mut().find(|shown| shown.id == message.id) {
                    *shown = message;
                }
            }
        }
        Ok((rest, messages))
    }
}

fn mark_read(
    tx: &mut Tx<'_>,
    app: &runtime::App,
    tenant: TenantId,
    application: ApplicationId,
    id: MessageId,
    now: RomeTime,
) -> Result<Message, Error> {
    let mut message = store::find_for_change(tx, tenant, application, id)?.ok_or(Error::NotFound)?;
    // Somebody else may have read it since.
    if message.read_at.is_none() {
        message.read_at = Some(now);
        change(tx, app, tenant, &message, now)?;
    }
    Ok(message)
}

/// The messages on an application that the caller may read, oldest first.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}/messages", tag = "messages",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 200, description = "the messages", body = Vec<Message>), (status = 401, description = "no valid token"),
        (status = 404, description = "no such application, or not the caller's")))]
async fn list(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, application)): Path<(String, ApplicationId)>,
) -> ApiResult<Json<Vec<Message>>> {
    let tenant = tenant.id;
    let reader = Reader { context, tenant, caller, application };
    let load =
        move |tx: &mut Tx<'_>, actor: &Actor| Ok(((), store::list(tx, tenant, application, actor.is_staff(), 0, MAX_LIST)?));
    Ok(Json(reader.read(load).await?.1))
}

/// The same, in pages.
#[utoipa::path(get, path = "/{tenant}/api/v2/applications/{id}/messages", tag = "messages",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("offset" = Option<u64>, Query, description = "first message, from 0"), ("limit" = Option<u64>, Query, description = "1 to 100; 10 unless told")),
    responses((status = 200, description = "a page: meta, links, data"), (status = 400, description = "a parameter is wrong"),
        (status = 401, description = "no valid token"), (status = 404, description = "no such application, or not the caller's")))]
async fn list_paged(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, application)): Path<(String, ApplicationId)>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Value>> {
    let (offset, limit) = query.bounds()?;
    let tenant_id = tenant.id;
    let reader = Reader { context, tenant: tenant_id, caller, application };
    let load = move |tx: &mut Tx<'_>, actor: &Actor| {
        let internal = actor.is_staff();
        Ok((
            store::count(tx, tenant_id, application, internal)?,
            store::list(tx, tenant_id, application, internal, offset, limit)?,
        ))
    };
    let (total, messages) = reader.read(load).await?;
    let collection = format!("{}/v2/applications/{application}/messages", tenant.api_url());
    let page = Page::new(&collection, &PageQuery { sort: None, ..query }, offset, limit, total, messages);
    let mut page = serde_json::to_value(page).map_err(|error| Error::Defect(error.to_string()))?;
    // The names that lists of applications have had for longer.
    page["meta"]["count"] = total.into();
    page["meta"]["parameter"] = json!({ "offset": offset, "limit": limit });
    Ok(Json(page))
}

/// A message to be written.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewMessage {
    /// The text, HTML; what could harm its readers is left out.
    message: String,
    /// The subject.
    #[serde(default)]
    subject: Option<String>,
    /// `applicant` unless told; `internal` only for staff.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    visibility: Option<Visibility>,
    /// Whether it is to be registered; only staff may tell.
    #[serde(default)]
    protocol_required: bool,
    /// Files.
    #[serde(default)]
    attachments: Vec<InlineFile>,
}

/// Writes a message.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/messages", tag = "messages", request_body = NewMessage,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 201, description = "written", body = Message), (status = 401, description = "no valid token"),
        (status = 403, description = "an applicant writes nothing internal"),
        (status = 404, description = "no such application, or not the caller's"), (status = 413, description = "files too large"),
        (status = 422, description = "nothing written, or a file that is not taken")))]
async fn create(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, application)): Path<(String, ApplicationId)>,
    Json(new): Json<NewMessage>,
) -> ApiResult<Response> {
    let visibility = new.visibility.unwrap_or(Visibility::Applicant);
    if visibility == Visibility::Internal && !caller.is_staff() {
        return Err(Error::Forbidden("I messaggi interni sono riservati agli operatori dell'ente.").into());
    }
    let text = checked(&new)?;
    let (tenant_id, viewer) = (tenant.id, caller.clone());
    context.app.db().read(move |tx| visible(tx, &viewer, tenant_id, application)).await?;
    let kind = if visibility == Visibility::Internal { uploads::INTERNAL_MESSAGE } else { uploads::MESSAGE };
    let files = uploads::keep_inline(&context, &tenant, &caller, application, kind, new.attachments).await?;
    let now = context.app.clock().now();
    let id = MessageId(context.app.rng().uuid_at(now));
    let attachments = files.iter().map(|file| {
        let url = format!("{}/applications/{application}/messages/{id}/attachments/{}", tenant.api_url(), file.id);
        contracts::applications::File { url, ..file.as_file(&tenant) }
    });
    let draft = Message {
        subject: new.subject.map(|subject| subject.trim().to_owned()).filter(|subject| !subject.is_empty()),
        author: Some(tenant.name.clone()),
        attachments: attachments.collect(),
        protocol_required: new.protocol_required && caller.is_staff(),
        ..Message::new(id, application, visibility, text, now)
    };
    let app = context.app.clone();
    let message = context
        .app
        .db()
        .write(move |tx| {
            let (stored, actor) = visible(tx, &caller, tenant_id, application)?;
            let mut message = draft;
            if let Some(author) = actor.user_id() {
                message.author = users::store::find(tx, tenant_id, author)?.map(|user| user.full_name());
                message.author_id = Some(author);
            }
            if actor.is_staff() && visibility == Visibility::Applicant {
                message.email = users::store::find(tx, tenant_id, stored.application.user)?.and_then(|user| user.email);
            }
            for file in &files {
                uploads::store::insert(tx, file)?;
            }
            send(tx, &app, tenant_id, &message, now)?;
            Ok::<_, Error>(message)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(message)).into_response())
}

/// The text of a new message, safe to show.
fn checked(new: &NewMessage) -> Result<String, Error> {
    if new.message.chars().count() > MAX_MESSAGE {
        return Err(Error::field("/message", "max_length", format!("Usare al massimo {MAX_MESSAGE} caratteri.")));
    }
    let subject = new.subject.as_deref().unwrap_or_default().trim();
    if subject.chars().count() > MAX_SUBJECT || subject.contains(char::is_control) {
        return Err(Error::field(
            "/subject",
            "max_length",
            format!("Usare una sola riga di al massimo {MAX_SUBJECT} caratteri."),
        ));
    }
    html::clean(&new.message).ok_or_else(|| Error::field("/message", "required", "Scrivere un messaggio."))
}

/// One message.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}/messages/{message}", tag = "messages",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("message" = kernel::Uuid, Path, description = "the message")),
    responses((status = 200, description = "the message", body = Message), (status = 401, description = "no valid token"),
        (status = 404, description = "no such message, or not for this caller")))]
async fn show(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, application, id)): Path<(String, ApplicationId, MessageId)>,
) -> ApiResult<Json<Message>> {
    let tenant = tenant.id;
    let reader = Reader { context, tenant, caller, application };
    let load = move |tx: &mut Tx<'_>, actor: &Actor| Ok(((), vec![readable(tx, actor, tenant, application, id)?]));
    let message = reader.read(load).await?.1.pop();
    Ok(Json(message.ok_or(Error::NotFound)?))
}

/// The message, if `actor`, who sees the application, may read it.
fn readable(
    tx: &mut Tx<'_>,
    actor: &Actor,
    tenant: TenantId,
    application: ApplicationId,
    id: MessageId,
) -> Result<Message, Error> {
    store::find(tx, tenant, application, id)?.filter(|message| message.is_readable_by(actor)).ok_or(Error::NotFound)
}

/// What can be changed of a message: what happened to it since.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// When the applicant was told.
    #[schema(value_type = Option<String>)]
    sent_at: Option<RomeTime>,
    /// When it was read.
    #[schema(value_type = Option<String>)]
    read_at: Option<RomeTime>,
    /// When its link was followed.
    #[schema(value_type = Option<String>)]
    clicked_at: Option<RomeTime>,
    /// When it was registered.
    #[schema(value_type = Option<String>)]
    protocolled_at: Option<RomeTime>,
    /// Its registration number.
    protocol_number: Option<String>,
}

/// Says what happened to a message: told, read, registered. What was written stays as it is.
#[utoipa::path(patch, path = "/{tenant}/api/applications/{id}/messages/{message}", tag = "messages", request_body = Changes,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("message" = kernel::Uuid, Path, description = "the message")),
    responses((status = 200, description = "stored", body = Message), (status = 401, description = "no valid token"),
        (status = 403, description = "not for the applicant"), (status = 404, description = "no such message, or not for this caller"),
        (status = 422, description = "a member that cannot be changed")))]
async fn patch(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, application, id)): Path<(String, ApplicationId, MessageId)>,
    Json(changes): Json<Changes>,
) -> ApiResult<Json<Message>> {
    if changes.protocol_number.as_ref().is_some_and(|number| number.trim().is_empty() || number.chars().count() > 255) {
        return Err(Error::field("/protocol_number", "length", "Usare da 1 a 255 caratteri.").into());
    }
    let (tenant, app, now) = (tenant.id, context.app.clone(), context.app.clock().now());
    let message = context
        .app
        .db()
        .write(move |tx| {
            let (_, actor) = visible(tx, &caller, tenant, application)?;
            readable(tx, &actor, tenant, application, id)?;
            actor.require_staff()?;
            let before = store::find_for_change(tx, tenant, application, id)?.ok_or(Error::NotFound)?;
            let message = Message {
                sent_at: changes.sent_at.or(before.sent_at),
                read_at: changes.read_at.or(before.read_at),
                clicked_at: changes.clicked_at.or(before.clicked_at),
                protocolled_at: changes.protocolled_at.or(before.protocolled_at),
                protocol_number: changes.protocol_number.or_else(|| before.protocol_number.clone()),
                ..before.clone()
            };
            if message != before {
                change(tx, &app, tenant, &message, now)?;
            }
            Ok::<_, Error>(message)
        })
        .await?;
    Ok(Json(message))
}

/// A file of a message.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}/messages/{message}/attachments/{attachment}", tag = "messages",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("message" = kernel::Uuid, Path, description = "the message"), ("attachment" = kernel::Uuid, Path, description = "the file")),
    responses((status = 200, description = "the file"), (status = 401, description = "no valid token"),
        (status = 404, description = "no such file, or not for this caller")))]
async fn attachment(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, application, message, file)): Path<(String, ApplicationId, MessageId, AttachmentId)>,
) -> ApiResult<Response> {
    let tenant = tenant.id;
    let file = context
        .app
        .db()
        .read(move |tx| {
            let (_, actor) = legible(tx, &caller, tenant, application)?;
            let message = readable(tx, &actor, tenant, application, message)?;
            if !message.attachments.iter().any(|known| known.id == file) {
                return Err(Error::NotFound);
            }
            uploads::store::find_of_message(tx, tenant, application, file)?.ok_or(Error::NotFound)
        })
        .await?;
    uploads::download(&context.app, &file).await
}

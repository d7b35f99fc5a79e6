//! The citizen's messages: the list, one message, what is done with it, and what the phone showed.

use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, Caller, Json, Query};

use super::super::ProblemBody;
use super::citizen;
use crate::context::Context;
use crate::errors::Error;
use crate::formats::{CitizenCode, utc_millis};
use crate::message::State as Status;
use crate::message::content::Kind;
use crate::message::cta::{self, Action};
use crate::precondition::is_shown;
use crate::store::messages::Message;
use crate::store::{citizens, configurations, messages, reminders, services};
use crate::ulid::Ulid;

/// Which messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Those that were put away instead of the others.
    #[serde(default)]
    archived: bool,
    /// Older than this one.
    before: Option<String>,
    /// How many, 1 to 100; 20 unless told.
    page_size: Option<i64>,
}

/// A message in the list.
#[derive(Serialize, ToSchema)]
pub struct Item {
    /// The message.
    id: String,
    /// When it was accepted.
    created_at: String,
    /// Its title.
    subject: String,
    /// The service that sent it.
    service_name: String,
    /// Whose service it is.
    organization_name: String,
    /// `GENERIC`, `PAYMENT`, `DEADLINE`, or `REMOTE` when the text stays with the sender.
    category: &'static str,
    /// Whether it was opened.
    is_read: bool,
    /// Whether it was put away.
    is_archived: bool,
    /// Whether there are files.
    has_attachments: bool,
    /// Whether something must be confirmed before it opens.
    has_precondition: bool,
    /// The deadline.
    due_date: Option<String>,
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub struct List {
    /// The messages, newest first.
    items: Vec<Item>,
    /// `before` of the next part, if there is one.
    next: Option<String>,
}

/// A button.
#[derive(Serialize, ToSchema)]
pub struct Button {
    /// What it says.
    text: String,
    /// `inside`: a place of the app; `open`: an address.
    kind: &'static str,
    /// Where it leads.
    target: String,
}

/// A message.
#[derive(Serialize, ToSchema)]
pub struct Opened {
    /// As in the list.
    #[serde(flatten)]
    item: Item,
    /// The text without its buttons, in Markdown.
    markdown: String,
    /// The buttons.
    buttons: Vec<Button>,
    /// The notice to be paid.
    payment: Option<Notice>,
    /// Whether the text is the sender's, to be asked for.
    has_remote_content: bool,
}

/// A notice to be paid.
#[derive(Serialize, ToSchema)]
pub struct Notice {
    /// Its number.
    notice_number: String,
    /// Tax code of who gets the money.
    payee: String,
    /// Cents.
    amount: i64,
    /// Whether it can be paid after the deadline.
    invalid_after_due_date: bool,
    /// Whether it was paid, as far as this platform knows.
    is_paid: bool,
}

/// Something done with a message.
#[derive(Deserialize, ToSchema)]
pub struct Change {
    /// `reading`, `archiving` or `bulk`: both.
    change_type: String,
    /// Whether it is put away; with `archiving` and `bulk`.
    #[serde(default)]
    is_archived: Option<bool>,
}

/// Something that the phone showed.
#[derive(Serialize, ToSchema)]
pub struct Seen {
    /// The message.
    message_id: String,
    /// `MESSAGE`, `REMINDER_READ`, `REMINDER_PAYMENT`, `REMINDER_PAYMENT_LAST`.
    kind: String,
    /// Its title.
    title: String,
    /// Its text.
    body: String,
    /// When.
    at: String,
}

fn item(tx: &mut storage::Tx<'_>, message: &Message) -> Result<Item, Error> {
    let service = services::look(tx, message.service_id)?;
    let payload = service.as_ref().map(|service| service.published.as_ref().map_or(&service.payload, |shown| &shown.payload));
    let content = &message.content;
    let third_party = content.third_party_data.as_ref();
    let configured = match third_party.and_then(|data| data.configuration_id.as_ref()?.parse::<Ulid>().ok()) {
        Some(id) => configurations::find(tx, id)?.map(|stored| stored.body.has_precondition),
        None => None,
    };
    let is_read = message.read_at.is_some();
    Ok(Item {
        id: message.id.to_string(),
        created_at: utc_millis(message.created_at),
        subject: content.subject.clone(),
        service_name: payload.map(|payload| payload.name.clone()).unwrap_or_default(),
        organization_name: payload.map(|payload| payload.organization.name.clone()).unwrap_or_default(),
        category: match content.kind() {
            _ if third_party.is_some_and(|data| data.has_remote_content) => "REMOTE",
            Kind::Payment => "PAYMENT",
            Kind::Deadline => "DEADLINE",
            Kind::Informative => "GENERIC",
        },
        is_read,
        is_archived: message.archived,
        has_attachments: third_party.is_some_and(|data| data.has_attachments),
        has_precondition: is_shown(third_party.and_then(|data| data.has_precondition), configured, is_read),
        due_date: content.due_date.map(utc_millis),
    })
}

/// A message that is in the citizen's inbox.
pub fn find(tx: &mut storage::Tx<'_>, code: CitizenCode, id: &str) -> Result<Message, Error> {
    let id: Ulid = id.parse().map_err(|_| Error::MessageNotFound)?;
    messages::find(tx, code, id)?.filter(|message| message.state == Status::Processed).ok_or(Error::MessageNotFound)
}

/// I propri messaggi
///
/// The caller's messages, newest first, in parts.
#[utoipa::path(
    get,
    path = "/messages",
    tag = "cittadino",
    params(Page),
    responses(
        (status = 200, description = "Una parte dei messaggi", body = List),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
    )
)]
pub async fn list(State(context): State<Context>, caller: Caller, Query(page): Query<Page>) -> ApiResult<Json<List>> {
    let code = citizen(&caller)?;
    let limit = page.page_size.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::BadRequest("page_size: usare un numero da 1 a 100".to_owned()).into());
    }
    let before = page.before.map(|text| text.parse::<Ulid>().map_err(|_| Error::MessageNotFound)).transpose()?;
    let read = context.app.db().read(move |tx| {
        let mut found = messages::inbox(tx, code, page.archived, before, limit + 1)?;
        let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = found.last().filter(|_| more).map(|message| message.id.to_string());
        let items = found.iter().map(|message| item(tx, message)).collect::<Result<_, _>>()?;
        Ok::<_, Error>(List { items, next })
    });
    Ok(Json(read.await.map_err(ApiError::from)?))
}

/// Un proprio messaggio
///
/// The message with its buttons and its notice. Opening it is told by its status.
#[utoipa::path(
    get,
    path = "/messages/{id}",
    tag = "cittadino",
    params(("id" = String, Path, description = "Messaggio")),
    responses(
        (status = 200, description = "Il messaggio", body = Opened),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Messaggio sconosciuto", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, caller: Caller, Path(id): Path<String>) -> ApiResult<Json<Opened>> {
    let code = citizen(&caller)?;
    let read = context.app.db().read(move |tx| {
        let message = find(tx, code, &id)?;
        let language = citizens::find_profile(tx, code)?.and_then(|profile| profile.preferred_languages.first().cloned());
        let parsed = cta::parse(&message.content.markdown, language.as_deref().and_then(|text| text.get(..2)).unwrap_or("it"));
        let buttons = parsed.calls.into_iter().map(|call| match call.action {
            Action::Inside(target) => Button { text: call.text, kind: "inside", target },
            Action::Open(target) => Button { text: call.text, kind: "open", target },
        });
        let payment = match (&message.content.payment_data, message.content.rpt_id()) {
            (Some(payment), Some(rpt_id)) => Some(Notice {
                notice_number: payment.notice_number.clone(),
                payee: payment.payee.as_ref().map(|payee| payee.fiscal_code.clone()).unwrap_or_default(),
                amount: payment.amount,
                invalid_after_due_date: payment.invalid_after_due_date,
                is_paid: messages::is_paid(tx, &rpt_id)?,
            }),
            _ => None,
        };
        Ok::<_, Error>(Opened {
            item: item(tx, &message)?,
            markdown: parsed.text.to_owned(),
            buttons: buttons.collect(),
            payment,
            has_remote_content: message.content.third_party_data.as_ref().is_some_and(|data| data.has_remote_content),
        })
    });
    Ok(Json(read.await.map_err(ApiError::from)?))
}

/// Legge o archivia
///
/// Notes that the message was opened, puts it away, or takes it back. What was opened is recalled no more.
#[utoipa::path(
    put,
    path = "/messages/{id}/status",
    tag = "cittadino",
    params(("id" = String, Path, description = "Messaggio")),
    request_body = Change,
    responses(
        (status = 204, description = "Fatto"),
        (status = 400, description = "Cambiamento sconosciuto", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Messaggio sconosciuto", body = ProblemBody),
    )
)]
pub async fn put_status(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> ApiResult<StatusCode> {
    let (code, now) = (citizen(&caller)?, context.now());
    let (reads, archived) = match (change.change_type.as_str(), change.is_archived) {
        ("reading", _) => (true, None),
        ("archiving", Some(archived)) => (false, Some(archived)),
        ("bulk", Some(archived)) => (true, Some(archived)),
        _ => {
            let detail = "change_type: usare reading, oppure archiving o bulk con is_archived";
            return Err(Error::BadRequest(detail.to_owned()).into());
        }
    };
    let changed = context.app.db().write(move |tx| {
        let message = find(tx, code, &id)?;
        if reads {
            messages::mark_read(tx, code, message.id, now)?;
            reminders::end_reading(tx, message.id)?;
        }
        if let Some(archived) = archived {
            messages::archive(tx, code, message.id, archived)?;
        }
        Ok::<_, Error>(())
    });
    changed.await.map_err(ApiError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notifiche
///
/// What the caller's phone showed, newest first.
#[utoipa::path(
    get,
    path = "/notifications",
    tag = "cittadino",
    responses(
        (status = 200, description = "Le notifiche", body = Vec<Seen>),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
    )
)]
pub async fn notifications(State(context): State<Context>, caller: Caller) -> ApiResult<Json<Vec<Seen>>> {
    let code = citizen(&caller)?;
    let found = context.app.db().read(move |tx| citizens::notifications(tx, code, 50)).await?;
    let seen = |shown: citizens::Notification| Seen {
        message_id: shown.message_id.to_string(),
        kind: shown.kind,
        title: shown.title,
        body: shown.body,
        at: utc_millis(shown.at),
    };
    Ok(Json(found.into_iter().map(seen).collect()))
}

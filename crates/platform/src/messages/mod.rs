//! Messages on an application, between the office and the applicant or within the office (platform rules, "Messages").

pub mod api;
pub mod html;
pub mod store;

use contracts::NumberVersion;
use contracts::applications::File;
use contracts::messages::{MessageV1, Visibility};
use kernel::{ApplicationId, MessageId, RomeTime, TenantId, UserId};
use runtime::App;
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::ToSchema;
use web::TenantInfo;

use crate::applications::{Actor, Application};
use crate::errors::Error;

pub use html::plain;

/// A message, as the API shows it and the database keeps it.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Identifier.
    #[schema(value_type = kernel::Uuid)]
    pub id: MessageId,
    /// The text: HTML that is safe to show.
    pub message: String,
    /// The subject.
    pub subject: Option<String>,
    /// Name of who wrote it.
    pub author: Option<String>,
    /// Who wrote it; none for the platform itself.
    #[schema(value_type = Option<kernel::Uuid>)]
    pub author_id: Option<UserId>,
    /// The application.
    #[schema(value_type = kernel::Uuid)]
    pub application: ApplicationId,
    /// `internal`: the office only; `applicant`: the applicant too.
    #[schema(value_type = String)]
    pub visibility: Visibility,
    /// Where the applicant is told of it.
    pub email: Option<String>,
    /// When it was written.
    #[schema(value_type = String)]
    pub created_at: RomeTime,
    /// When the applicant was told.
    #[schema(value_type = Option<String>)]
    pub sent_at: Option<RomeTime>,
    /// When it was first read by whom it is for.
    #[schema(value_type = Option<String>)]
    pub read_at: Option<RomeTime>,
    /// When its link was followed.
    #[schema(value_type = Option<String>)]
    pub clicked_at: Option<RomeTime>,
    /// Files.
    #[schema(value_type = Vec<Object>)]
    pub attachments: Vec<File>,
    /// Whether it is to be registered.
    pub protocol_required: bool,
    /// When it was registered.
    #[schema(value_type = Option<String>)]
    pub protocolled_at: Option<RomeTime>,
    /// Its registration number.
    pub protocol_number: Option<String>,
}

impl Message {
    /// A message that says `text`, HTML that is safe to show; nobody wrote it yet, and nobody has been told.
    pub fn new(id: MessageId, application: ApplicationId, visibility: Visibility, text: String, at: RomeTime) -> Self {
        Self {
            id,
            message: text,
            subject: None,
            author: None,
            author_id: None,
            application,
            visibility,
            email: None,
            created_at: at,
            sent_at: None,
            read_at: None,
            clicked_at: None,
            attachments: Vec::new(),
            protocol_required: false,
            protocolled_at: None,
            protocol_number: None,
        }
    }

    /// A message that the platform itself writes. `text` is HTML of ours.
    pub fn of_platform(app: &App, tenant: &TenantInfo, application: &Application, visibility: Visibility, text: &str) -> Self {
        let now = app.clock().now();
        let id = MessageId(app.rng().uuid_at(now));
        Self { author: Some(tenant.name.clone()), ..Self::new(id, application.id, visibility, text.to_owned(), now) }
    }

    /// Whether `actor`, who sees the application, may read it.
    pub fn is_readable_by(&self, actor: &Actor) -> bool {
        self.visibility == Visibility::Applicant || actor.is_staff()
    }

    /// Whether it is for `actor`: the applicant reads what the office wrote, the office what the applicant wrote, and colleagues what is
    /// internal. Programs read without it being read.
    pub fn is_for(&self, actor: &Actor, applicant: UserId) -> bool {
        let from_applicant = self.author_id == Some(applicant);
        match actor {
            Actor::Service | Actor::Relative(_) => false,
            Actor::Operator(user) if user.system_user => false,
            Actor::Operator(_) | Actor::Admin(_) => match self.visibility {
                Visibility::Internal => self.author_id != actor.user_id(),
                Visibility::Applicant => from_applicant && actor.user_id() != Some(applicant),
            },
            Actor::Applicant(_) => self.visibility == Visibility::Applicant && !from_applicant,
        }
    }

    fn event(&self, app: &App, tenant: TenantId, now: RomeTime) -> MessageV1 {
        let Self { id, message, subject, author, author_id, application, visibility, email, .. } = self.clone();
        MessageV1 {
            id,
            message,
            subject,
            author,
            author_id,
            application,
            visibility,
            email,
            created_at: self.created_at,
            sent_at: self.sent_at,
            read_at: self.read_at,
            clicked_at: self.clicked_at,
            attachments: self.attachments.clone(),
            protocol_required: self.protocol_required,
            protocolled_at: self.protocolled_at,
            protocol_number: self.protocol_number.clone(),
            tenant_id: tenant,
            event_id: app.event_id(),
            event_version: NumberVersion,
            event_created_at: now.trunc_to_second(),
            app_id: Some(app.app_id("platform")),
            extra: Default::default(),
        }
    }
}

/// What people write never ends in logs.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("visibility", &self.visibility).finish_non_exhaustive()
    }
}

/// Stores a new message and tells of it.
pub fn send(tx: &mut Tx<'_>, app: &App, tenant: TenantId, message: &Message, now: RomeTime) -> Result<(), Error> {
    store::insert(tx, tenant, message)?;
    Ok(tx.emit(&message.event(app, tenant, now), now)?)
}

/// Stores a changed message and tells of it.
pub fn change(tx: &mut Tx<'_>, app: &App, tenant: TenantId, message: &Message, now: RomeTime) -> Result<(), Error> {
    store::update(tx, tenant, message)?;
    Ok(tx.emit(&message.event(app, tenant, now), now)?)
}

#[cfg(test)]
mod tests {
    use kernel::Uuid;

    use super::*;
    use crate::users::{Role, User};

    fn id(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn message(author: u128, visibility: Visibility) -> Message {
        let now: RomeTime = "2026-01-01T00:00:00Z".parse().unwrap();
        let (message, application) = (MessageId(Uuid::nil()), ApplicationId(Uuid::nil()));
        let text = "<p>Buongiorno</p>".to_owned();
        Message { author_id: Some(id(author)), ..Message::new(message, application, visibility, text, now) }
    }

    #[test]
    fn a_message_is_for_the_other_side() {
        const APPLICANT: u128 = 1;
        let applicant = Actor::Applicant(id(APPLICANT));
        let operator = Actor::Operator(Box::new(User::new(id(2), Role::Operator)));
        let colleague = Actor::Admin(id(3));
        let program = Actor::Operator(Box::new(User { system_user: true, ..User::new(id(4), Role::Operator) }));
        let for_whom = |message: &Message| {
            [&applicant, &operator, &colleague, &program, &Actor::Service].map(|actor| message.is_for(actor, id(APPLICANT)))
        };
        assert_eq!(for_whom(&message(2, Visibility::Applicant)), [true, false, false, false, false]);
        assert_eq!(for_whom(&message(APPLICANT, Visibility::Applicant)), [false, true, true, false, false]);
        assert_eq!(for_whom(&message(2, Visibility::Internal)), [false, false, true, false, false]);
        assert!(
            !message(2, Visibility::Internal).is_readable_by(&applicant)
                && message(2, Visibility::Internal).is_readable_by(&operator)
        );
    }
}

//! Topic `messages`, version 1: a message on an application. The members are those of the core's API (developers' documentation, API of
//! the platform, messages) and the envelope.

use std::fmt;

use kernel::{ApplicationId, EventId, MessageId, RomeTime, TenantId, UserId};
use serde::{Deserialize, Serialize};

use crate::applications::File;
use crate::envelope::{Event, NumberVersion, Version, topic};
use crate::json::{Extra, null_as_default};

/// A message as it is after something happened to it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageV1 {
    /// The message.
    pub id: MessageId,
    /// The text, HTML as its author wrote it: sanitise before showing.
    pub message: String,
    /// The subject.
    pub subject: Option<String>,
    /// Who wrote it, as the core shows it.
    pub author: Option<String>,
    /// The user that wrote it.
    pub author_id: Option<UserId>,
    /// The application that it is about; partition key.
    pub application: ApplicationId,
    /// Who may read it.
    pub visibility: Visibility,
    /// Where it was sent.
    pub email: Option<String>,
    /// When it was written.
    pub created_at: RomeTime,
    /// When it was sent.
    pub sent_at: Option<RomeTime>,
    /// When it was read.
    pub read_at: Option<RomeTime>,
    /// When its link was followed.
    pub clicked_at: Option<RomeTime>,
    /// Files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attachments: Vec<File>,
    /// Whether it is to be registered.
    #[serde(default, deserialize_with = "null_as_default")]
    pub protocol_required: bool,
    /// When it was registered.
    pub protocolled_at: Option<RomeTime>,
    /// Its registration number.
    pub protocol_number: Option<String>,
    /// The public body.
    pub tenant_id: TenantId,
    /// This event.
    pub event_id: EventId,
    /// `1`.
    pub event_version: NumberVersion<1>,
    /// When this event was made.
    pub event_created_at: RomeTime,
    /// Who made this event, `name:version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who may read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// The office only.
    Internal,
    /// The office and the applicant.
    Applicant,
}

impl Event for MessageV1 {
    const TOPIC: &'static str = topic::MESSAGES;
    const VERSION: Version = Version::major(1);

    fn key(&self) -> String {
        self.application.to_string()
    }

    fn event_id(&self) -> EventId {
        self.event_id
    }

    fn renew(&mut self, event_id: EventId, at: RomeTime, app_id: &str) {
        self.event_id = event_id;
        self.event_created_at = at.trunc_to_second();
        self.app_id = Some(app_id.to_owned());
    }
}

impl fmt::Debug for MessageV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MessageV1");
        debug
            .field("id", &self.id)
            .field("application", &self.application)
            .field("event_id", &self.event_id)
            .finish_non_exhaustive()
    }
}

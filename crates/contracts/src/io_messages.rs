//! Topic `io_messages`, version 1: where a message to a citizen (the app IO's kind) stands. It names nobody: who is written to, and
//! what, stays with the messaging role.

use kernel::{EventId, RomeTime, TenantId, Uuid};
use serde::{Deserialize, Serialize};

use crate::envelope::{Event, NumberVersion, Version, topic};
use crate::json::Extra;

/// A message as it stands after something happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IoMessageV1 {
    /// The message: the 128 bits of its ULID; partition key.
    pub id: Uuid,
    /// The message, as the interface writes it.
    pub message_id: String,
    /// The service that sent it, as the interface writes it.
    pub sender_service_id: String,
    /// The public body whose account the service belongs to.
    pub tenant_id: TenantId,
    /// `STANDARD` or `ADVANCED`.
    pub feature_level_type: String,
    /// `ACCEPTED`, `THROTTLED`, `PROCESSED`, `REJECTED`, `FAILED`.
    pub status: String,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_reason: Option<String>,
    /// When it was accepted.
    pub created_at: RomeTime,
    /// This event.
    pub event_id: EventId,
    /// `1`.
    pub event_version: NumberVersion<1>,
    /// When this event was made.
    pub event_created_at: RomeTime,
    /// Who made this event, `name:version`.
    pub app_id: String,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Event for IoMessageV1 {
    const TOPIC: &'static str = topic::IO_MESSAGES;
    const VERSION: Version = Version::major(1);

    fn key(&self) -> String {
        self.id.to_string()
    }

    fn event_id(&self) -> EventId {
        self.event_id
    }

    fn renew(&mut self, event_id: EventId, at: RomeTime, app_id: &str) {
        self.event_id = event_id;
        self.event_created_at = at.trunc_to_second();
        app_id.clone_into(&mut self.app_id);
    }
}

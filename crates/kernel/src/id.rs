//! Identifiers that cannot be mistaken for one another.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A public body (ente).
    TenantId,
    /// A person or program that signs in.
    UserId,
    /// A digital service of a tenant.
    ServiceId,
    /// An application (pratica).
    ApplicationId,
    /// A message on an application.
    MessageId,
    /// A file attached to an application or message.
    AttachmentId,
    /// An office (ufficio, user group).
    OfficeId,
    /// A payment.
    PaymentId,
    /// A digital document to be registered.
    DocumentId,
    /// An event; never given twice.
    EventId,
}

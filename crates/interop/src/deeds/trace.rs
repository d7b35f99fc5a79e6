//! What a deed leaves behind: a row of the history, and what the public feeds tell of it.

use jiff::SignedDuration;
use kernel::Uuid;
use serde::Serialize;
use storage::Tx;

use super::{Deed, Done};
use crate::agreements::agreement::Agreement;
use crate::agreements::state::State as AgreementState;
use crate::attributes::registry::Attribute;
use crate::attributes::tenant::Tenant;
use crate::catalog::eservice::EService;
use crate::clients::client::Client;
use crate::clients::keychain::Keychain;
use crate::purposes::purpose::Purpose;
use crate::store::feed::{self, Audience, Entry};
use crate::store::history::{self, Happened};

/// How long the feeds tell of something.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the public feeds tell, by stream. Whatever else happens is in the history alone.
pub const FEEDS: &[(&str, &[&str])] = &[
    (
        "eservice",
        &[
            "ESERVICE_ADDED",
            "DRAFT_ESERVICE_UPDATED",
            "ESERVICE_CLONED",
            "ESERVICE_DELETED",
            "ESERVICE_DESCRIPTOR_PUBLISHED",
            "ESERVICE_DESCRIPTOR_ACTIVATED",
            "ESERVICE_DESCRIPTOR_SUSPENDED",
            "ESERVICE_DESCRIPTOR_ARCHIVED",
            "ESERVICE_DESCRIPTOR_ADDED",
            "ESERVICE_DRAFT_DESCRIPTOR_DELETED",
            "ESERVICE_DRAFT_DESCRIPTOR_UPDATED",
            "ESERVICE_DESCRIPTOR_DOCUMENT_ADDED",
            "ESERVICE_DESCRIPTOR_DOCUMENT_UPDATED",
            "ESERVICE_DESCRIPTOR_DOCUMENT_DELETED",
            "ESERVICE_DESCRIPTOR_INTERFACE_ADDED",
            "ESERVICE_DESCRIPTOR_INTERFACE_DELETED",
            "ESERVICE_RISK_ANALYSIS_ADDED",
            "ESERVICE_RISK_ANALYSIS_UPDATED",
            "ESERVICE_RISK_ANALYSIS_DELETED",
            "ESERVICE_NAME_UPDATED",
            "ESERVICE_DESCRIPTION_UPDATED",
            "ESERVICE_IS_CONSUMER_DELEGABLE_ENABLED",
            "ESERVICE_IS_CONSUMER_DELEGABLE_DISABLED",
            "ESERVICE_IS_CLIENT_ACCESS_DELEGABLE_ENABLED",
            "ESERVICE_IS_CLIENT_ACCESS_DELEGABLE_DISABLED",
            "ESERVICE_SIGNAL_HUB_ENABLED",
            "ESERVICE_SIGNAL_HUB_DISABLED",
            "ESERVICE_DESCRIPTOR_ATTRIBUTES_UPDATED",
            "ESERVICE_DESCRIPTOR_QUOTAS_UPDATED",
            "ESERVICE_PERSONAL_DATA_FLAG_UPDATED_AFTER_PUBLICATION",
        ],
    ),
    (
        "agreement",
        &[
            "AGREEMENT_ADDED",
            "DRAFT_AGREEMENT_UPDATED",
            "AGREEMENT_DELETED",
            "AGREEMENT_ACTIVATED",
            "AGREEMENT_REJECTED",
            "AGREEMENT_UPGRADED",
            "AGREEMENT_SUBMITTED",
            "AGREEMENT_ARCHIVED_BY_CONSUMER",
            "AGREEMENT_ARCHIVED_BY_UPGRADE",
            "AGREEMENT_SUSPENDED_BY_CONSUMER",
            "AGREEMENT_UNSUSPENDED_BY_CONSUMER",
            "AGREEMENT_SUSPENDED_BY_PRODUCER",
            "AGREEMENT_UNSUSPENDED_BY_PRODUCER",
            "AGREEMENT_SUSPENDED_BY_PLATFORM",
            "AGREEMENT_UNSUSPENDED_BY_PLATFORM",
            "AGREEMENT_CONSUMER_DOCUMENT_ADDED",
            "AGREEMENT_CONSUMER_DOCUMENT_REMOVED",
            "AGREEMENT_SET_MISSING_CERTIFIED_ATTRIBUTES_BY_PLATFORM",
            "AGREEMENT_SET_DRAFT_BY_PLATFORM",
            "AGREEMENT_CONTRACT_GENERATED",
        ],
    ),
    (
        "purpose",
        &[
            "PURPOSE_ADDED",
            "DRAFT_PURPOSE_UPDATED",
            "DRAFT_PURPOSE_DELETED",
            "WAITING_FOR_APPROVAL_PURPOSE_DELETED",
            "NEW_PURPOSE_VERSION_ACTIVATED",
            "NEW_PURPOSE_VERSION_WAITING_FOR_APPROVAL",
            "PURPOSE_ACTIVATED",
            "PURPOSE_ARCHIVED",
            "PURPOSE_CLONED",
            "PURPOSE_WAITING_FOR_APPROVAL",
            "PURPOSE_VERSION_ACTIVATED",
            "PURPOSE_VERSION_REJECTED",
            "PURPOSE_VERSION_SUSPENDED_BY_CONSUMER",
            "PURPOSE_VERSION_SUSPENDED_BY_PRODUCER",
            "PURPOSE_VERSION_UNSUSPENDED_BY_CONSUMER",
            "PURPOSE_VERSION_UNSUSPENDED_BY_PRODUCER",
            "PURPOSE_VERSION_OVER_QUOTA_UNSUSPENDED",
            "WAITING_FOR_APPROVAL_PURPOSE_VERSION_DELETED",
        ],
    ),
    (
        "tenant",
        &[
            "TENANT_ONBOARDED",
            "TENANT_ONBOARD_DETAILS_UPDATED",
            "MAINTENANCE_TENANT_UPDATED",
            "TENANT_MAIL_ADDED",
            "TENANT_MAIL_DELETED",
            "TENANT_CERTIFIED_ATTRIBUTE_ASSIGNED",
            "TENANT_CERTIFIED_ATTRIBUTE_REVOKED",
            "TENANT_DECLARED_ATTRIBUTE_ASSIGNED",
            "TENANT_DECLARED_ATTRIBUTE_REVOKED",
            "TENANT_VERIFIED_ATTRIBUTE_ASSIGNED",
            "TENANT_VERIFIED_ATTRIBUTE_REVOKED",
            "TENANT_VERIFIED_ATTRIBUTE_EXPIRATION_UPDATED",
            "TENANT_VERIFIED_ATTRIBUTE_EXTENSION_UPDATED",
        ],
    ),
    ("attribute", &["ATTRIBUTE_ADDED"]),
    ("client", &["CLIENT_ADDED", "CLIENT_DELETED", "CLIENT_PURPOSE_ADDED", "CLIENT_PURPOSE_REMOVED"]),
    ("key", &["CLIENT_KEY_ADDED", "CLIENT_KEY_DELETED"]),
    (
        "producerKeychain",
        &[
            "PRODUCER_KEYCHAIN_ADDED",
            "PRODUCER_KEYCHAIN_DELETED",
            "PRODUCER_KEYCHAIN_ESERVICE_ADDED",
            "PRODUCER_KEYCHAIN_ESERVICE_REMOVED",
        ],
    ),
    ("producerKey", &["PRODUCER_KEYCHAIN_KEY_ADDED", "PRODUCER_KEYCHAIN_KEY_DELETED"]),
];

/// Something that things happen to.
pub(crate) trait Subject: Serialize {
    /// Its kind, in history and feeds.
    const STREAM: &'static str;
    /// Its identifier.
    fn id(&self) -> String;
    /// What its feed names besides it and its version.
    fn belongs_to(&self) -> Option<Uuid> {
        None
    }
    /// Whom it concerns that something has happened to it, or to a version of it.
    fn concerns(&self, part: Option<Uuid>) -> Audience;
}

impl Subject for EService {
    const STREAM: &'static str = "eservice";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, part: Option<Uuid>) -> Audience {
        let public = match part {
            Some(part) => self.descriptors.iter().any(|descriptor| descriptor.id.0 == part && !descriptor.state.unpublished()),
            None => !self.in_draft(),
        };
        if public { Audience::Everybody } else { Audience::Owner(self.producer_id) }
    }
}

impl Subject for Agreement {
    const STREAM: &'static str = "agreement";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        let own = self.state == AgreementState::Draft && self.submitted.is_none();
        if own { Audience::Owner(self.consumer_id) } else { Audience::Both(self.consumer_id, self.producer_id) }
    }
}

impl Subject for Purpose {
    const STREAM: &'static str = "purpose";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        if self.in_draft() { Audience::Owner(self.consumer_id) } else { Audience::Both(self.consumer_id, self.producer_id) }
    }
}

impl Subject for Tenant {
    const STREAM: &'static str = "tenant";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        Audience::Everybody
    }
}

impl Subject for Attribute {
    const STREAM: &'static str = "attribute";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        Audience::Everybody
    }
}

impl Subject for Client {
    const STREAM: &'static str = "client";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        Audience::Owner(self.consumer_id)
    }
}

impl Subject for Keychain {
    const STREAM: &'static str = "producerKeychain";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        Audience::Owner(self.producer_id)
    }
}

/// A key of a client. Providers follow keys: they concern everybody.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Kept<'a> {
    #[serde(skip)]
    pub(crate) kid: &'a str,
    pub(crate) client: &'a Client,
}

/// A key of a keychain. Consumers follow these.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Hung<'a> {
    #[serde(skip)]
    pub(crate) kid: &'a str,
    pub(crate) keychain: &'a Keychain,
}

impl Subject for Hung<'_> {
    const STREAM: &'static str = "producerKey";

    fn id(&self) -> String {
        self.kid.to_owned()
    }

    fn belongs_to(&self) -> Option<Uuid> {
        Some(self.keychain.id.0)
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        Audience::Everybody
    }
}

impl Subject for Kept<'_> {
    const STREAM: &'static str = "key";

    fn id(&self) -> String {
        self.kid.to_owned()
    }

    fn belongs_to(&self) -> Option<Uuid> {
        Some(self.client.id.0)
    }

    fn concerns(&self, _: Option<Uuid>) -> Audience {
        Audience::Everybody
    }
}

impl Deed {
    /// Notes what happened to something, or to its version `part`, with all of it as it is now.
    pub(crate) fn note<S: Subject>(&self, tx: &mut Tx<'_>, after: &S, part: Option<Uuid>, event_type: &str) -> Done<()> {
        let (id, subject) = (self.id(), after.id());
        let correlation_id = self.correlation_id.map(|id| id.to_string());
        let happened = Happened {
            stream: S::STREAM,
            stream_id: &subject,
            event_type,
            at: self.now,
            user_id: self.actor.user,
            tenant_id: Some(self.actor.tenant),
            correlation_id: correlation_id.as_deref(),
        };
        history::append(tx, id, happened, after)?;
        if FEEDS.iter().any(|(stream, told)| *stream == S::STREAM && told.contains(&event_type)) {
            let part = part.or(after.belongs_to());
            let entry = Entry { id, subject, part, event_type: event_type.to_owned(), happened_at: self.now };
            feed::append(tx, S::STREAM, &entry, after.concerns(part))?;
        }
        Ok(())
    }
}

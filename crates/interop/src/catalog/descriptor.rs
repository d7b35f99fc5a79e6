//! A version (descriptor) of an e-service and the states it goes through.

use kernel::RomeTime;
use serde::{Deserialize, Serialize};

use crate::attributes::{Holdings, Requirements};
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{DescriptorId, FileId};
use crate::rules::ApprovalPolicy;

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being written.
    Draft,
    /// Written by a delegate; whoever delegated has to approve.
    WaitingForApproval,
    /// In the catalogue.
    Published,
    /// Works for those who use it; a newer one is in the catalogue.
    Deprecated,
    /// Works for nobody, for the time being.
    Suspended,
    /// Over.
    Archived,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::WaitingForApproval, Self::Published, Self::Deprecated, Self::Suspended, Self::Archived];

    /// Whether consumers get vouchers for it.
    pub fn gives_vouchers(self) -> bool {
        matches!(self, Self::Published | Self::Deprecated)
    }

    /// Whether it was never published.
    pub fn unpublished(self) -> bool {
        matches!(self, Self::Draft | Self::WaitingForApproval)
    }
}

/// What can happen to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The producer publishes it.
    Publish,
    /// A delegate of the producer asks for its publication.
    AskPublication,
    /// The producer approves what its delegate wrote.
    ApprovePublication,
    /// The producer sends it back to its delegate.
    RejectPublication,
    /// A newer one is published and somebody uses this one.
    Supersede,
    /// A newer one is published, or the last user has left, and nobody uses this one.
    Retire,
    /// The producer suspends it.
    Suspend,
    /// The producer reactivates it, and it is the newest.
    ActivateNewest,
    /// The producer reactivates it, and there is a newer one.
    ActivateOld,
    /// The producer archives it.
    Archive,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 10] = [
        Self::Publish,
        Self::AskPublication,
        Self::ApprovePublication,
        Self::RejectPublication,
        Self::Supersede,
        Self::Retire,
        Self::Suspend,
        Self::ActivateNewest,
        Self::ActivateOld,
        Self::Archive,
    ];
}

/// An edge of the state machine: state before, what happens, state after, event.
pub type Transition = (State, Action, State, &'static str);

/// Every edge there is. The diagram of the README and the tests are made from this table.
pub const TRANSITIONS: &[Transition] = {
    use Action as A;
    use State as S;
    &[
        (S::Draft, A::Publish, S::Published, "ESERVICE_DESCRIPTOR_PUBLISHED"),
        (S::Draft, A::AskPublication, S::WaitingForApproval, "ESERVICE_DESCRIPTOR_SUBMITTED_BY_DELEGATE"),
        (S::WaitingForApproval, A::ApprovePublication, S::Published, "ESERVICE_DESCRIPTOR_APPROVED_BY_DELEGATOR"),
        (S::WaitingForApproval, A::RejectPublication, S::Draft, "ESERVICE_DESCRIPTOR_REJECTED_BY_DELEGATOR"),
        (S::Published, A::Supersede, S::Deprecated, "ESERVICE_DESCRIPTOR_DEPRECATED"),
        (S::Suspended, A::Supersede, S::Suspended, "ESERVICE_DESCRIPTOR_SUPERSEDED"),
        (S::Published, A::Retire, S::Archived, "ESERVICE_DESCRIPTOR_ARCHIVED"),
        (S::Deprecated, A::Retire, S::Archived, "ESERVICE_DESCRIPTOR_ARCHIVED"),
        (S::Suspended, A::Retire, S::Archived, "ESERVICE_DESCRIPTOR_ARCHIVED"),
        (S::Published, A::Suspend, S::Suspended, "ESERVICE_DESCRIPTOR_SUSPENDED"),
        (S::Deprecated, A::Suspend, S::Suspended, "ESERVICE_DESCRIPTOR_SUSPENDED"),
        (S::Suspended, A::ActivateNewest, S::Published, "ESERVICE_DESCRIPTOR_ACTIVATED"),
        (S::Suspended, A::ActivateOld, S::Deprecated, "ESERVICE_DESCRIPTOR_ACTIVATED"),
        (S::Deprecated, A::Archive, S::Archived, "ESERVICE_DESCRIPTOR_ARCHIVED"),
    ]
};

/// A file of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Identifier, and the last part of where its bytes are.
    pub id: FileId,
    /// Name of the file.
    pub name: String,
    /// Name for people, unique in the version.
    pub pretty_name: String,
    /// Media type.
    pub content_type: String,
    /// SHA-256 of the bytes, in hexadecimal digits.
    pub checksum: String,
    /// When it was uploaded.
    pub uploaded_at: RomeTime,
}

/// What a producer says of a version: everything that can be edited while it is a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// What is new in it.
    #[serde(default)]
    pub description: Option<String>,
    /// Whom vouchers for it are meant for.
    #[serde(default)]
    pub audience: Vec<String>,
    /// Seconds that a voucher lives.
    pub voucher_lifespan: u32,
    /// Calls a day that the purposes of one consumer may declare before the producer is asked.
    pub daily_calls_per_consumer: u32,
    /// Calls a day that all purposes may declare before the producer is asked.
    pub daily_calls_total: u32,
    /// Who activates agreements; the installation's policy unless told.
    #[serde(default)]
    pub agreement_approval_policy: Option<ApprovalPolicy>,
}

/// Most calls a day that anybody may declare.
pub const MAX_DAILY_CALLS: u32 = 1_000_000_000;

impl Terms {
    /// Whether the numbers are within their bounds and agree with each other (E1, E14).
    ///
    /// # Errors
    /// [`Fault::InconsistentDailyCalls`], or what does not fit the schema.
    pub fn check(&self) -> Result<(), Refusal> {
        let malformed = |told: &str| Err(Fault::Malformed(Service::Catalog).told(told));
        if self.description.as_ref().is_some_and(|text| !(10..=250).contains(&text.trim().chars().count())) {
            return malformed("description: da 10 a 250 caratteri");
        }
        if self.audience.iter().any(|audience| audience.trim().is_empty() || audience.chars().count() > 250) {
            return malformed("audience: da 1 a 250 caratteri");
        }
        if !(60..=86_400).contains(&self.voucher_lifespan) {
            return malformed("voucherLifespan: da 60 a 86400 secondi");
        }
        let bounds = 1..=MAX_DAILY_CALLS;
        if !bounds.contains(&self.daily_calls_per_consumer) || !bounds.contains(&self.daily_calls_total) {
            return malformed("dailyCalls: da 1 a 1000000000");
        }
        if self.daily_calls_per_consumer > self.daily_calls_total {
            return Err(Fault::InconsistentDailyCalls.into());
        }
        Ok(())
    }
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Identifier.
    pub id: DescriptorId,
    /// Number, from 1.
    pub version: u32,
    /// Where it stands.
    pub state: State,
    /// What the producer says of it.
    pub terms: Terms,
    /// What consumers must hold.
    #[serde(default)]
    pub attributes: Requirements,
    /// The description of the API: OpenAPI or WSDL.
    #[serde(default)]
    pub interface: Option<Document>,
    /// Further documents.
    #[serde(default)]
    pub docs: Vec<Document>,
    /// Addresses that the interface names.
    #[serde(default)]
    pub server_urls: Vec<String>,
    /// Why whoever delegated sent it back.
    #[serde(default)]
    pub rejection_reasons: Vec<String>,
    /// When it was created.
    pub created_at: RomeTime,
    /// When it was published.
    #[serde(default)]
    pub published_at: Option<RomeTime>,
    /// When it was suspended last.
    #[serde(default)]
    pub suspended_at: Option<RomeTime>,
    /// When a newer one took its place.
    #[serde(default)]
    pub deprecated_at: Option<RomeTime>,
    /// When it ended.
    #[serde(default)]
    pub archived_at: Option<RomeTime>,
}

impl Descriptor {
    /// Does `action`; gives the event that it is told by.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`] when [`TRANSITIONS`] has no such edge.
    pub fn apply(&mut self, action: Action, now: RomeTime) -> Result<&'static str, Fault> {
        let edge = TRANSITIONS.iter().find(|(from, does, ..)| *from == self.state && *does == action);
        let (from, _, to, event) = edge.ok_or(Fault::NotValidDescriptor)?;
        self.state = *to;
        match to {
            State::Published => self.published_at = self.published_at.or(Some(now)),
            State::Deprecated => self.deprecated_at = self.deprecated_at.or(Some(now)),
            State::Suspended if from != to => self.suspended_at = Some(now),
            State::Archived => self.archived_at = Some(now),
            _ => {}
        }
        if matches!(action, Action::ActivateNewest | Action::ActivateOld) {
            self.suspended_at = None;
        }
        Ok(event)
    }

    /// Calls a day that one consumer may declare: the largest that an attribute of its grants, else the version's (E14).
    pub fn daily_calls_of(&self, holdings: &Holdings) -> u32 {
        let certified = self.attributes.certified.iter().flatten();
        let granted = certified.filter(|required| holdings.has_certified(required.id));
        granted.filter_map(|required| required.daily_calls_per_consumer).max().unwrap_or(self.terms.daily_calls_per_consumer)
    }

    /// Every file.
    pub fn files(&self) -> impl Iterator<Item = &Document> {
        self.interface.iter().chain(&self.docs)
    }
}

//! A purpose: why a consumer uses an e-service, and versions of how much.

use kernel::{RomeTime, TenantId};
use serde::{Deserialize, Serialize};

use super::quota::{Loads, Thresholds};
use crate::agreements::agreement::{Document, Stamp};
use crate::catalog::descriptor::MAX_DAILY_CALLS;
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{AnalysisId, EServiceId, PurposeId, VersionId};
use crate::risk_analysis::Form;

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being written.
    Draft,
    /// Over a threshold: waits for the producer.
    WaitingForApproval,
    /// In force.
    Active,
    /// Not in force, for the time being.
    Suspended,
    /// Over.
    Archived,
    /// Refused.
    Rejected,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::WaitingForApproval, Self::Active, Self::Suspended, Self::Archived, Self::Rejected];

    /// Whether it was approved and is not over.
    pub fn runs(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }

    /// Whether it was never approved and may still be.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::WaitingForApproval)
    }
}

/// A version: a load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Identifier.
    pub id: VersionId,
    /// Where it stands.
    pub state: State,
    /// Calls a day.
    pub daily_calls: u32,
    /// When the producer expects to approve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_approval_date: Option<RomeTime>,
    /// Why the producer refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_reason: Option<String>,
    /// The consumer asked for it while it had suspended the purpose: its suspension ends when this comes into force.
    #[serde(default)]
    pub lifts_suspension: bool,
    /// When it was created.
    pub created_at: RomeTime,
    /// When it was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<RomeTime>,
    /// When it came into force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_activation_at: Option<RomeTime>,
    /// When it was suspended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<RomeTime>,
    /// Who approved it: the consumer within the thresholds, the producer over them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Stamp>,
    /// The risk analysis as it was then, since it was typeset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk_analysis: Option<Document>,
}

/// What a consumer says of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Title, unique for the consumer and the e-service.
    pub title: String,
    /// Description.
    pub description: String,
    /// Whether the data are free of charge.
    pub is_free_of_charge: bool,
    /// Why they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_of_charge_reason: Option<String>,
}

/// Most characters of a title.
const TITLE: usize = 60;

impl Info {
    /// Whether it fits the schema (P1).
    ///
    /// # Errors
    /// [`Fault::MissingFreeOfChargeReason`], [`Fault::InvalidFreeOfChargeReason`], or texts too short or too long.
    pub fn check(&self) -> Result<(), Refusal> {
        let malformed = |told: &str| Err(Fault::Malformed(Service::Purpose).told(told));
        if !(5..=TITLE).contains(&self.title.trim().chars().count()) {
            return malformed("title: da 5 a 60 caratteri");
        }
        if !(10..=250).contains(&self.description.trim().chars().count()) {
            return malformed("description: da 10 a 250 caratteri");
        }
        let reason = self.free_of_charge_reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        match (self.is_free_of_charge, reason) {
            (true, false) => Err(Fault::MissingFreeOfChargeReason.into()),
            (false, true) => Err(Fault::InvalidFreeOfChargeReason.into()),
            _ => Ok(()),
        }
    }
}

/// Whether a load is one that may be declared.
///
/// # Errors
/// [`Fault::Malformed`].
pub fn check_load(daily_calls: u32) -> Result<(), Refusal> {
    let fits = (1..=MAX_DAILY_CALLS).contains(&daily_calls);
    if fits { Ok(()) } else { Err(Fault::Malformed(Service::Purpose).told("dailyCalls: da 1 a 1000000000")) }
}

/// A purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purpose {
    /// Identifier.
    pub id: PurposeId,
    /// The e-service.
    pub eservice_id: EServiceId,
    /// Who offers it.
    pub producer_id: TenantId,
    /// Whose purpose it is.
    pub consumer_id: TenantId,
    /// What the consumer says of it.
    pub info: Info,
    /// The risk analysis.
    #[serde(default)]
    pub analysis: Option<Form>,
    /// The producer's analysis that it took over, if the e-service receives.
    #[serde(default)]
    pub from_analysis: Option<AnalysisId>,
    /// The consumer has suspended it.
    #[serde(default)]
    pub suspended_by_consumer: bool,
    /// The producer has suspended it.
    #[serde(default)]
    pub suspended_by_producer: bool,
    /// Its versions, oldest first.
    pub versions: Vec<Version>,
    /// When it was created.
    pub created_at: RomeTime,
    /// When it was changed last.
    #[serde(default)]
    pub updated_at: Option<RomeTime>,
}

/// On which side of a purpose a body stands; on both if it uses what it offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Its consumer.
    pub consumer: bool,
    /// The producer of its e-service.
    pub producer: bool,
}

/// What commands of a purpose look at besides the purpose itself.
#[derive(Clone, Copy, Debug)]
pub struct Grounds {
    /// The loads of active versions on the e-service, this purpose's included.
    pub declared: Loads,
    /// The thresholds of the version that the consumer's current agreement names.
    pub thresholds: Thresholds,
    /// Who commands, and when.
    pub stamp: Stamp,
}

impl Purpose {
    /// On which sides `body` stands (P14).
    ///
    /// # Errors
    /// [`Fault::PurposeTenantNotAllowed`] when on none.
    pub fn sides(&self, body: TenantId) -> Result<Sides, Fault> {
        let sides = Sides { consumer: self.consumer_id == body, producer: self.producer_id == body };
        if sides.consumer || sides.producer { Ok(sides) } else { Err(Fault::PurposeTenantNotAllowed) }
    }

    /// Lets only the consumer pass.
    ///
    /// # Errors
    /// [`Fault::PurposeNotTheConsumer`].
    pub fn of_consumer(&self, body: TenantId) -> Result<(), Fault> {
        if self.consumer_id == body { Ok(()) } else { Err(Fault::PurposeNotTheConsumer) }
    }

    /// Lets only the producer pass.
    ///
    /// # Errors
    /// [`Fault::PurposeNotTheProducer`].
    pub fn of_producer(&self, body: TenantId) -> Result<(), Fault> {
        if self.producer_id == body { Ok(()) } else { Err(Fault::PurposeNotTheProducer) }
    }

    /// The version in force, or suspended.
    pub fn current(&self) -> Option<&Version> {
        self.versions.iter().rfind(|version| version.state.runs())
    }

    /// The version that waits for the producer.
    pub fn waiting(&self) -> Option<&Version> {
        self.versions.iter().rfind(|version| version.state == State::WaitingForApproval)
    }

    /// The version that was refused, if nothing came after it.
    pub fn rejected(&self) -> Option<&Version> {
        self.versions.last().filter(|version| version.state == State::Rejected)
    }

    /// Whether it was never published.
    pub fn in_draft(&self) -> bool {
        self.versions.iter().all(|version| version.state == State::Draft)
    }

    /// Whether it has ended: a version was in force once, and none is or may be.
    pub fn is_archived(&self) -> bool {
        let open = |version: &Version| version.state.runs() || version.state.is_open();
        !self.versions.iter().any(open) && self.versions.iter().any(|version| version.state == State::Archived)
    }

    /// Calls a day that it adds to the sums of its e-service.
    pub fn load(&self) -> u32 {
        self.current().filter(|version| version.state == State::Active).map_or(0, |version| version.daily_calls)
    }

    pub(super) fn suspended(&self) -> bool {
        self.suspended_by_consumer || self.suspended_by_producer
    }

    pub(super) fn version_mut(&mut self, id: VersionId) -> Result<&mut Version, Fault> {
        self.versions.iter_mut().find(|version| version.id == id).ok_or(Fault::PurposeVersionNotFound)
    }

    /// Sets its version in force to what the two flags say: no command but the one who set a flag clears it.
    pub(super) fn settle(&mut self, now: RomeTime) {
        let state = if self.suspended() { State::Suspended } else { State::Active };
        if let Some(version) = self.versions.iter_mut().rfind(|version| version.state.runs()) {
            if version.state != state {
                version.suspended_at = (state == State::Suspended).then_some(now);
                version.updated_at = Some(now);
            }
            version.state = state;
        }
        self.updated_at = Some(now);
    }

    /// Puts a version into force: the one before ends. While a side suspends the purpose, the new version is suspended too.
    pub(super) fn enforce(&mut self, id: VersionId, stamp: Stamp) -> Result<(), Fault> {
        for version in self.versions.iter_mut().filter(|version| version.id != id && version.state.runs()) {
            version.state = State::Archived;
            version.updated_at = Some(stamp.at);
        }
        let version = self.version_mut(id)?;
        version.state = State::Active;
        version.first_activation_at = Some(stamp.at);
        version.approved = Some(stamp);
        version.updated_at = Some(stamp.at);
        let lifts = std::mem::take(&mut version.lifts_suspension);
        self.suspended_by_consumer &= !lifts;
        self.settle(stamp.at);
        Ok(())
    }

    /// The title of a copy, suffixed so that it differs, and short enough.
    pub(super) fn copy_title(&self, now: RomeTime) -> String {
        let suffix = now.civil().strftime(" - clone - %d/%m/%Y %H:%M:%S").to_string();
        let kept: String = self.info.title.chars().take(TITLE.saturating_sub(suffix.chars().count())).collect();
        format!("{kept}{suffix}")
    }
}

/// A version in draft.
pub(super) fn version(id: VersionId, state: State, daily_calls: u32, now: RomeTime) -> Version {
    Version {
        id,
        state,
        daily_calls,
        expected_approval_date: None,
        rejection_reason: None,
        lifts_suspension: false,
        created_at: now,
        updated_at: None,
        first_activation_at: None,
        suspended_at: None,
        approved: None,
        risk_analysis: None,
    }
}

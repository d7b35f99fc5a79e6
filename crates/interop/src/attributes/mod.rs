//! Attributes: what a version of an e-service requires, what a body holds, and whether one satisfies the other.

pub mod registry;
pub mod tenant;

use std::collections::{BTreeMap, BTreeSet};

use kernel::{RomeTime, TenantId};
use serde::{Deserialize, Serialize};

use crate::errors::Fault;
use crate::ids::AttributeId;
use crate::rules::Rules;

/// Who says that a body has an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// An authoritative source.
    Certified,
    /// The body itself.
    Declared,
    /// A producer who looked at its documents.
    Verified,
}

/// An attribute among those that a version requires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Required {
    /// The attribute.
    pub id: AttributeId,
    /// The producer wants to verify it anew, whoever did so before (A4).
    #[serde(default)]
    pub explicit_attribute_verification: bool,
    /// Threshold for each consumer that holds it, instead of the version's own (E14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_calls_per_consumer: Option<u32>,
}

impl From<AttributeId> for Required {
    fn from(id: AttributeId) -> Self {
        Self { id, explicit_attribute_verification: false, daily_calls_per_consumer: None }
    }
}

/// Attributes of which one is enough.
pub type Group = Vec<Required>;

/// What a version requires: one of each group, of every group of all three lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// Certified ones.
    #[serde(default)]
    pub certified: Vec<Group>,
    /// Declared ones.
    #[serde(default)]
    pub declared: Vec<Group>,
    /// Verified ones.
    #[serde(default)]
    pub verified: Vec<Group>,
}

impl Requirements {
    /// The groups of a kind.
    pub fn of(&self, kind: Kind) -> &[Group] {
        match kind {
            Kind::Certified => &self.certified,
            Kind::Declared => &self.declared,
            Kind::Verified => &self.verified,
        }
    }

    /// The groups of a kind, to be changed.
    pub fn of_mut(&mut self, kind: Kind) -> &mut Vec<Group> {
        match kind {
            Kind::Certified => &mut self.certified,
            Kind::Declared => &mut self.declared,
            Kind::Verified => &mut self.verified,
        }
    }

    /// Every attribute with the list it stands in.
    pub fn all(&self) -> impl Iterator<Item = (Kind, &Required)> {
        let kinds = [Kind::Certified, Kind::Declared, Kind::Verified];
        kinds.into_iter().flat_map(|kind| self.of(kind).iter().flatten().map(move |required| (kind, required)))
    }

    /// Whether `id` is among those of `kind`.
    pub fn lists(&self, kind: Kind, id: AttributeId) -> bool {
        self.of(kind).iter().flatten().any(|required| required.id == id)
    }

    /// The same without groups that nobody could satisfy because they are empty.
    #[must_use]
    pub fn without_empty_groups(mut self) -> Self {
        for groups in [&mut self.certified, &mut self.declared, &mut self.verified] {
            groups.retain(|group| !group.is_empty());
        }
        self
    }

    /// Whether every attribute exists with the kind of its list and none is twice in a group (E3). `kind_of` tells the registry's.
    ///
    /// # Errors
    /// [`Fault::CatalogAttributeNotFound`], [`Fault::AttributeDuplicatedInGroup`].
    pub fn check(&self, kind_of: impl Fn(AttributeId) -> Option<Kind>) -> Result<(), Fault> {
        if self.all().any(|(kind, required)| kind_of(required.id) != Some(kind)) {
            return Err(Fault::CatalogAttributeNotFound);
        }
        let repeats = |group: &Group| {
            let mut seen = BTreeSet::new();
            !group.iter().all(|required| seen.insert(required.id))
        };
        if [&self.certified, &self.declared, &self.verified].into_iter().flatten().any(repeats) {
            return Err(Fault::AttributeDuplicatedInGroup);
        }
        Ok(())
    }
}

/// A certified attribute that a body holds or held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assigned {
    /// Since when.
    pub assigned_at: RomeTime,
    /// Until when, if it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<RomeTime>,
}

impl Assigned {
    /// Whether it is held.
    pub fn held(&self) -> bool {
        self.revoked_at.is_none()
    }
}

/// A producer's word on a verified attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// The producer.
    pub id: TenantId,
    /// When it looked.
    pub verification_date: RomeTime,
    /// When its word ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<RomeTime>,
    /// When its word ends after it was renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_date: Option<RomeTime>,
}

impl Verification {
    /// When it ends, if ever.
    pub fn ends_at(&self) -> Option<RomeTime> {
        self.extension_date.or(self.expiration_date)
    }

    /// Whether it still counts at `now`.
    pub fn live(&self, now: RomeTime) -> bool {
        self.ends_at().is_none_or(|end| end > now)
    }
}

/// A producer's word taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    /// What it had said.
    #[serde(flatten)]
    pub verification: Verification,
    /// When it took it back.
    pub revocation_date: RomeTime,
}

/// A verified attribute of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Since when the body has anybody's word.
    pub assigned_at: RomeTime,
    /// Those who vouch.
    #[serde(default)]
    pub verified_by: Vec<Verification>,
    /// Those who did and do not any more.
    #[serde(default)]
    pub revoked_by: Vec<Revocation>,
}

impl Verified {
    /// Whether the word of `verification` counts: it has not ended and was not taken back.
    fn counts(&self, verification: &Verification, now: RomeTime) -> bool {
        verification.live(now) && !self.revoked_by.iter().any(|revoked| revoked.verification.id == verification.id)
    }

    /// Whether a producer may rely on it at `now`: on its own word, or on anybody's if `anew` is not asked for.
    pub fn holds_for(&self, producer: TenantId, anew: bool, now: RomeTime) -> bool {
        self.verified_by.iter().any(|verification| (!anew || verification.id == producer) && self.counts(verification, now))
    }
}

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Certified attributes.
    #[serde(default)]
    pub certified: BTreeMap<AttributeId, Assigned>,
    /// Declared attributes.
    #[serde(default)]
    pub declared: BTreeMap<AttributeId, Assigned>,
    /// Verified attributes.
    #[serde(default)]
    pub verified: BTreeMap<AttributeId, Verified>,
}

impl Holdings {
    /// Whether a certified attribute is held.
    pub fn has_certified(&self, id: AttributeId) -> bool {
        self.certified.get(&id).is_some_and(Assigned::held)
    }

    /// Whether a declared attribute is held.
    pub fn has_declared(&self, id: AttributeId) -> bool {
        self.declared.get(&id).is_some_and(Assigned::held)
    }

    /// The next instant after `now` at which somebody's word ends: when everything that rests on it is to be looked at again.
    pub fn next_expiry(&self, now: RomeTime) -> Option<RomeTime> {
        let words = self.verified.values().flat_map(|verified| &verified.verified_by);
        words.filter_map(Verification::ends_at).filter(|end| *end > now).min()
    }
}

/// Which of the three lists are satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Satisfied {
    /// The certified ones.
    pub certified: bool,
    /// The declared ones.
    pub declared: bool,
    /// The verified ones.
    pub verified: bool,
}

impl Satisfied {
    /// All three.
    pub fn all(self) -> bool {
        self.certified && self.declared && self.verified
    }
}

/// Which lists of a version of `producer` are satisfied by what a body holds.
pub fn satisfied(
    requirements: &Requirements,
    holdings: &Holdings,
    producer: TenantId,
    rules: &Rules,
    now: RomeTime,
) -> Satisfied {
    let every = |groups: &[Group], held: &dyn Fn(&Required) -> bool| groups.iter().all(|group| group.iter().any(held));
    let verified = |required: &Required| {
        let anew = required.explicit_attribute_verification || !rules.verified_reuse;
        holdings.verified.get(&required.id).is_some_and(|verified| verified.holds_for(producer, anew, now))
    };
    Satisfied {
        certified: every(&requirements.certified, &|required| holdings.has_certified(required.id)),
        declared: every(&requirements.declared, &|required| holdings.has_declared(required.id)),
        verified: every(&requirements.verified, &verified),
    }
}

#[cfg(test)]
mod tests;

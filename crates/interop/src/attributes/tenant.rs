//! A body of the platform and what it holds (A1 to A3). Whatever changes here makes the body's agreements be looked at again (A6).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use kernel::{RomeTime, TenantId, UserId};
use serde::{Deserialize, Serialize};

use super::registry::Attribute;
use super::{Assigned, Holdings, Kind, Requirements, Revocation, Verification, Verified};
use crate::errors::Fault;
use crate::ids::AttributeId;
use crate::roles::Role;

/// Which rules of the risk analysis a body has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TenantKind {
    /// Public administration.
    #[serde(rename = "PA")]
    Pa,
    /// Manager of public services.
    #[serde(rename = "GSP")]
    Gsp,
    /// Private.
    #[serde(rename = "PRIVATE")]
    Private,
    /// Company under public control.
    #[serde(rename = "SCP")]
    Scp,
}

/// Where a body comes from, and its code there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExternalId {
    /// The register: `IPA`, `ANAC` ...
    pub origin: String,
    /// The code in it.
    pub value: String,
}

/// A person who works for a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// First name.
    pub name: String,
    /// Family name.
    pub family_name: String,
    /// What the person may do.
    pub roles: Vec<Role>,
}

/// A body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Identifier.
    pub id: TenantId,
    /// Where it comes from.
    pub external_id: ExternalId,
    /// Name.
    pub name: String,
    /// Which rules of the risk analysis it has.
    pub kind: TenantKind,
    /// Fiscal code of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// Of a certifier: the origin of its attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certifier: Option<String>,
    /// Address for notices; without one no request can be submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// What the address is for, in words of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_description: Option<String>,
    /// Its people.
    #[serde(default)]
    pub users: BTreeMap<UserId, Person>,
    /// What it holds.
    #[serde(default)]
    pub holdings: Holdings,
    /// When it joined.
    pub created_at: RomeTime,
    /// When it was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<RomeTime>,
}

/// What a producer's right to verify rests on: its agreement with the body, in a state that counts, and what its version requires.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The producer of the agreement.
    pub producer: TenantId,
    /// The consumer of the agreement.
    pub consumer: TenantId,
    /// Whether the agreement is pending, active or suspended.
    pub counts: bool,
    /// What the agreement's version requires.
    pub requirements: &'a Requirements,
}

impl Tenant {
    /// `certifier` assigns a certified attribute (A1). `machine` is for importers, whose second try is a conflict.
    ///
    /// # Errors
    /// [`Fault::NotACertifier`], [`Fault::NotOfCertifier`], [`Fault::CertifiedAlreadyAssigned`].
    pub fn certify(&mut self, attribute: &Attribute, certifier: &Self, machine: bool, now: RomeTime) -> Result<(), Fault> {
        certifier.certifies(attribute)?;
        let taken = if machine { Fault::CertifiedAlreadyAssignedToMachine } else { Fault::CertifiedAlreadyAssigned };
        self.assign(attribute.id, now).then_some(()).ok_or(taken)
    }

    /// `certifier` takes a certified attribute away (A1).
    ///
    /// # Errors
    /// As [`Tenant::certify`]; [`Fault::AlreadyRevoked`], [`Fault::NotHeld`].
    pub fn decertify(&mut self, attribute: &Attribute, certifier: &Self, now: RomeTime) -> Result<(), Fault> {
        certifier.certifies(attribute)?;
        revoke(self.holdings.certified.get_mut(&attribute.id).ok_or(Fault::NotHeld)?, now)?;
        self.updated_at = Some(now);
        Ok(())
    }

    fn certifies(&self, attribute: &Attribute) -> Result<(), Fault> {
        let own = self.certifier.as_ref().ok_or(Fault::NotACertifier)?;
        match (attribute.kind, &attribute.origin) {
            (Kind::Certified, Some(origin)) if origin == own => Ok(()),
            (Kind::Certified, _) => Err(Fault::NotOfCertifier),
            _ => Err(Fault::TenantAttributeNotFound),
        }
    }

    /// An authoritative source gives a certified attribute; false when the body held it already.
    pub fn assign(&mut self, attribute: AttributeId, now: RomeTime) -> bool {
        let changed = hold(&mut self.holdings.certified, attribute, now);
        self.updated_at = if changed { Some(now) } else { self.updated_at };
        changed
    }

    /// An authoritative source takes a certified attribute away; false when the body did not hold it.
    pub fn unassign(&mut self, attribute: AttributeId, now: RomeTime) -> bool {
        let revoked = self.holdings.certified.get_mut(&attribute).is_some_and(|assigned| revoke(assigned, now).is_ok());
        self.updated_at = if revoked { Some(now) } else { self.updated_at };
        revoked
    }

    /// The body declares an attribute (A2). To declare again changes nothing.
    ///
    /// # Errors
    /// [`Fault::TenantAttributeNotFound`] when it is of another kind.
    pub fn declare(&mut self, attribute: &Attribute, now: RomeTime) -> Result<(), Fault> {
        if attribute.kind != Kind::Declared {
            return Err(Fault::TenantAttributeNotFound);
        }
        if hold(&mut self.holdings.declared, attribute.id, now) {
            self.updated_at = Some(now);
        }
        Ok(())
    }

    /// The body takes a declaration back (A2).
    ///
    /// # Errors
    /// [`Fault::NotHeld`], [`Fault::AlreadyRevoked`].
    pub fn withdraw(&mut self, attribute: AttributeId, now: RomeTime) -> Result<(), Fault> {
        revoke(self.holdings.declared.get_mut(&attribute).ok_or(Fault::NotHeld)?, now)?;
        self.updated_at = Some(now);
        Ok(())
    }

    /// The producer of `standing` gives its word on an attribute of this body (A3).
    ///
    /// # Errors
    /// [`Fault::SelfVerification`], [`Fault::VerificationNotAllowed`], [`Fault::ExpirationInThePast`].
    pub fn verify(
        &mut self,
        attribute: AttributeId,
        standing: Standing<'_>,
        expires: Option<RomeTime>,
        now: RomeTime,
    ) -> Result<(), Fault> {
        if standing.producer == self.id {
            return Err(Fault::SelfVerification);
        }
        let lists = standing.requirements.lists(Kind::Verified, attribute);
        if standing.consumer != self.id || !standing.counts || !lists {
            return Err(Fault::VerificationNotAllowed);
        }
        if expires.is_some_and(|end| end <= now) {
            return Err(Fault::ExpirationInThePast);
        }
        let held = self.holdings.verified.entry(attribute).or_insert_with(|| Verified {
            assigned_at: now,
            verified_by: Vec::new(),
            revoked_by: Vec::new(),
        });
        held.revoked_by.retain(|revoked| revoked.verification.id != standing.producer);
        held.verified_by.retain(|verification| verification.id != standing.producer);
        held.verified_by.push(Verification {
            id: standing.producer,
            verification_date: now,
            expiration_date: expires,
            extension_date: None,
        });
        self.updated_at = Some(now);
        Ok(())
    }

    /// A producer changes when its word ends (A3).
    ///
    /// # Errors
    /// [`Fault::VerifiedAttributeNotFound`], [`Fault::NotAmongVerifiers`], [`Fault::ExpirationInThePast`].
    pub fn set_expiry(
        &mut self,
        attribute: AttributeId,
        producer: TenantId,
        expires: Option<RomeTime>,
        now: RomeTime,
    ) -> Result<(), Fault> {
        if expires.is_some_and(|end| end <= now) {
            return Err(Fault::ExpirationInThePast);
        }
        let verification = self.word_of(attribute, producer)?;
        verification.expiration_date = expires;
        verification.extension_date = None;
        self.updated_at = Some(now);
        Ok(())
    }

    /// Renews a word for as long again as it was first given (A3): old end + (end - start).
    ///
    /// # Errors
    /// As [`Tenant::set_expiry`]; [`Fault::ExpirationNotFound`] when it has no end.
    pub fn extend(&mut self, attribute: AttributeId, producer: TenantId, now: RomeTime) -> Result<(), Fault> {
        let verification = self.word_of(attribute, producer)?;
        let first = verification.expiration_date.ok_or(Fault::ExpirationNotFound)?;
        let old = verification.ends_at().unwrap_or(first);
        verification.extension_date = Some(old.plus(first.since(verification.verification_date)));
        self.updated_at = Some(now);
        Ok(())
    }

    fn word_of(&mut self, attribute: AttributeId, producer: TenantId) -> Result<&mut Verification, Fault> {
        let held = self.holdings.verified.get_mut(&attribute).ok_or(Fault::VerifiedAttributeNotFound)?;
        held.verified_by.iter_mut().find(|verification| verification.id == producer).ok_or(Fault::NotAmongVerifiers)
    }

    /// The producer of `standing` takes its word back (A3).
    ///
    /// # Errors
    /// [`Fault::SelfRevocation`], [`Fault::RevocationNotAllowed`], [`Fault::VerifiedAttributeNotFound`], [`Fault::AlreadyRevoked`],
    /// [`Fault::NotAmongVerifiers`].
    pub fn unverify(&mut self, attribute: AttributeId, standing: Standing<'_>, now: RomeTime) -> Result<(), Fault> {
        let producer = standing.producer;
        if producer == self.id {
            return Err(Fault::SelfRevocation);
        }
        let lists = standing.requirements.lists(Kind::Verified, attribute);
        if standing.consumer != self.id || !standing.counts || !lists {
            return Err(Fault::RevocationNotAllowed);
        }
        let held = self.holdings.verified.get_mut(&attribute).ok_or(Fault::VerifiedAttributeNotFound)?;
        if held.revoked_by.iter().any(|revoked| revoked.verification.id == producer) {
            return Err(Fault::AlreadyRevoked);
        }
        let place = held.verified_by.iter().position(|verification| verification.id == producer);
        let verification = held.verified_by.remove(place.ok_or(Fault::NotAmongVerifiers)?);
        held.revoked_by.push(Revocation { verification, revocation_date: now });
        self.updated_at = Some(now);
        Ok(())
    }
}

/// Gives an attribute; false when it is held already.
fn hold(held: &mut BTreeMap<AttributeId, Assigned>, attribute: AttributeId, now: RomeTime) -> bool {
    match held.entry(attribute) {
        Entry::Occupied(entry) if entry.get().held() => false,
        entry => {
            entry.insert_entry(Assigned { assigned_at: now, revoked_at: None });
            true
        }
    }
}

fn revoke(assigned: &mut Assigned, now: RomeTime) -> Result<(), Fault> {
    if !assigned.held() {
        return Err(Fault::AlreadyRevoked);
    }
    assigned.revoked_at = Some(now);
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;

//! Deeds with purposes (P1 to P13).

use kernel::RomeTime;
use storage::Tx;

use super::{Deed, Done, taken};
use crate::agreements::agreement::Agreement;
use crate::agreements::state::State as AgreementState;
use crate::attributes::tenant::Tenant;
use crate::catalog::eservice::{EService, Mode};
use crate::errors::Fault;
use crate::ids::{EServiceId, PurposeId, VersionId};
use crate::purposes::commands::Seed;
use crate::purposes::purpose::{Grounds, Info, Purpose, State};
use crate::purposes::quota::{Remaining, Thresholds};
use crate::risk_analysis::Form;
use crate::roles::Act;
use crate::store::{self, Purpose as Why};

impl Deed {
    /// The purpose to be changed with its e-service, held.
    fn purpose(&self, tx: &mut Tx<'_>, id: PurposeId) -> Done<(EService, Purpose)> {
        self.may(Act::WritePurpose)?;
        let found = store::purposes::find(tx, id, Why::Look)?.ok_or(Fault::PurposeNotFound)?;
        let eservice = self.eservice(tx, found.eservice_id, Fault::PurposeEServiceNotFound)?;
        // Again: it may have changed before the e-service was ours.
        let purpose = store::purposes::find(tx, id, Why::Change)?.ok_or(Fault::PurposeNotFound)?;
        purpose.sides(self.actor.tenant)?;
        Ok((eservice, purpose))
    }

    fn save_purpose(&self, tx: &mut Tx<'_>, purpose: &Purpose, event: &str) -> Done<()> {
        store::purposes::save(tx, purpose).map_err(|error| taken(error, Fault::DuplicatedTitle))?;
        self.note(tx, purpose, None, event)
    }

    /// Saves the purpose after something has happened to one of its versions.
    fn save_version(&self, tx: &mut Tx<'_>, purpose: &Purpose, version: VersionId, event: &str) -> Done<()> {
        store::purposes::save(tx, purpose)?;
        self.note(tx, purpose, Some(version.0), event)?;
        self.order_analysis(tx, purpose, version)
    }

    /// What the thresholds of the consumer's current agreement leave room for.
    fn quota(&self, tx: &mut Tx<'_>, eservice: &EService, agreement: &Agreement) -> Done<Grounds> {
        let consumer = self.tenant(tx, agreement.consumer_id, Why::Look)?;
        Ok(Grounds {
            declared: store::purposes::loads(tx, eservice.id, consumer.id)?,
            thresholds: thresholds(eservice, agreement, &consumer)?,
            stamp: self.stamp(),
        })
    }

    /// The consumer's agreement, if it is in one of these states.
    fn running(&self, tx: &mut Tx<'_>, purpose: &Purpose, states: &[AgreementState], refused: Fault) -> Done<Agreement> {
        let current = store::agreements::current(tx, purpose.consumer_id, purpose.eservice_id)?;
        Ok(current.filter(|agreement| states.contains(&agreement.state)).ok_or(refused)?)
    }
}

fn thresholds(eservice: &EService, agreement: &Agreement, consumer: &Tenant) -> Result<Thresholds, Fault> {
    let descriptor = eservice.descriptor(agreement.descriptor_id).ok_or(Fault::DescriptorNotFound)?;
    Ok(Thresholds { per_consumer: descriptor.daily_calls_of(&consumer.holdings), total: descriptor.terms.daily_calls_total })
}

const RUNNING: [AgreementState; 2] = [AgreementState::Active, AgreementState::Suspended];

/// A purpose in draft (P1).
///
/// # Errors
/// Those of [`Purpose::create`]; [`Fault::NoActiveAgreement`], [`Fault::DuplicatedTitle`].
pub fn create(tx: &mut Tx<'_>, deed: &Deed, eservice: EServiceId, seed: Seed) -> Done<Purpose> {
    deed.may(Act::WritePurpose)?;
    let eservice = deed.eservice(tx, eservice, Fault::PurposeEServiceNotFound)?;
    let consumer = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let current = store::agreements::current(tx, consumer.id, eservice.id)?;
    if current.is_none_or(|agreement| agreement.state != AgreementState::Active) {
        return Err(Fault::NoActiveAgreement.into());
    }
    let ids = (PurposeId(deed.id()), VersionId(deed.id()), deed.now);
    let purpose = Purpose::create(seed, &eservice, (consumer.id, consumer.kind), &deed.rules, ids)?;
    deed.save_purpose(tx, &purpose, "PURPOSE_ADDED")?;
    Ok(purpose)
}

/// Rewrites a draft (P2).
///
/// # Errors
/// Those of [`Purpose::edit`]; [`Fault::DuplicatedTitle`].
pub fn edit(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, info: Info, daily_calls: u32, analysis: Option<Form>) -> Done<Purpose> {
    let (eservice, mut purpose) = deed.purpose(tx, id)?;
    purpose.of_consumer(deed.actor.tenant)?;
    let kind = deed.tenant(tx, purpose.consumer_id, Why::Look)?.kind;
    purpose.edit(info, daily_calls, analysis, (&eservice, kind), &deed.rules, deed.now)?;
    deed.save_purpose(tx, &purpose, "DRAFT_PURPOSE_UPDATED")?;
    Ok(purpose)
}

/// Activates a version: a draft is published (P3), one that waits is approved (P4), a suspended one is reactivated (P10).
///
/// # Errors
/// Those of [`Purpose::publish`], [`Purpose::approve`] and [`Purpose::activate`]; [`Fault::NoActiveAgreement`].
pub fn activate(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, version: VersionId) -> Done<Purpose> {
    let (eservice, mut purpose) = deed.purpose(tx, id)?;
    let state = purpose.versions.iter().find(|found| found.id == version).map(|found| found.state);
    let event = match state.ok_or(Fault::PurposeVersionNotFound)? {
        State::Draft => {
            purpose.of_consumer(deed.actor.tenant)?;
            let agreement = deed.running(tx, &purpose, &RUNNING, Fault::NoActiveAgreement)?;
            let grounds = deed.quota(tx, &eservice, &agreement)?;
            let author = if eservice.general.mode == Mode::Receive { purpose.producer_id } else { purpose.consumer_id };
            let kind = deed.tenant(tx, author, Why::Look)?.kind;
            purpose.publish(version, (kind, eservice.general.personal_data), &deed.rules, grounds)?
        }
        State::WaitingForApproval => {
            purpose.of_producer(deed.actor.tenant)?;
            purpose.approve(version, deed.stamp())?
        }
        _ => {
            let sides = purpose.sides(deed.actor.tenant)?;
            let agreement = deed.running(tx, &purpose, &RUNNING, Fault::NoActiveAgreement)?;
            let grounds = deed.quota(tx, &eservice, &agreement)?;
            purpose.activate(version, sides, VersionId(deed.id()), grounds)?
        }
    };
    deed.save_version(tx, &purpose, version, event)?;
    Ok(purpose)
}

/// Refuses a version that waits (P5).
///
/// # Errors
/// Those of [`Purpose::reject`].
pub fn reject(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, version: VersionId, reason: &str) -> Done<Purpose> {
    let (_, mut purpose) = deed.purpose(tx, id)?;
    purpose.of_producer(deed.actor.tenant)?;
    let event = purpose.reject(version, reason, deed.now)?;
    deed.save_version(tx, &purpose, version, event)?;
    Ok(purpose)
}

/// Says when a version that waits will be approved (P6). Earlier dates stay in the history.
///
/// # Errors
/// [`Fault::PurposeTenantNotAllowed`] for anybody but the producer, and when the version does not wait.
pub fn expect(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, version: VersionId, date: RomeTime) -> Done<Purpose> {
    let (_, mut purpose) = deed.purpose(tx, id)?;
    if !purpose.sides(deed.actor.tenant)?.producer {
        return Err(Fault::PurposeTenantNotAllowed.into());
    }
    let event = purpose.expect(version, date, deed.now)?;
    deed.save_version(tx, &purpose, version, event)?;
    Ok(purpose)
}

/// Declares another load (P7).
///
/// # Errors
/// Those of [`Purpose::change_load`].
pub fn change_load(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, daily_calls: u32) -> Done<Purpose> {
    let (eservice, mut purpose) = deed.purpose(tx, id)?;
    purpose.of_consumer(deed.actor.tenant)?;
    let agreement = deed.running(tx, &purpose, &[AgreementState::Active], Fault::PurposeCannotBeUpdated)?;
    let grounds = deed.quota(tx, &eservice, &agreement)?;
    let version = VersionId(deed.id());
    let event = purpose.change_load(version, daily_calls, grounds)?;
    deed.save_version(tx, &purpose, version, event)?;
    Ok(purpose)
}

/// Withdraws a version that waits (P8).
///
/// # Errors
/// Those of [`Purpose::withdraw`].
pub fn withdraw(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, version: VersionId) -> Done<Purpose> {
    let (_, mut purpose) = deed.purpose(tx, id)?;
    purpose.of_consumer(deed.actor.tenant)?;
    let event = purpose.withdraw(version, deed.now)?;
    deed.save_version(tx, &purpose, version, event)?;
    Ok(purpose)
}

/// Suspends, for the side that the actor stands on (P9).
///
/// # Errors
/// Those of [`Purpose::suspend`].
pub fn suspend(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, version: VersionId) -> Done<Purpose> {
    let (_, mut purpose) = deed.purpose(tx, id)?;
    let sides = purpose.sides(deed.actor.tenant)?;
    let event = purpose.suspend(version, sides, deed.now)?;
    deed.save_version(tx, &purpose, version, event)?;
    Ok(purpose)
}

/// Ends it (P11): its clients are rid of it at once.
///
/// # Errors
/// Those of [`Purpose::archive`].
pub fn archive(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId, version: VersionId) -> Done<Purpose> {
    let (_, mut purpose) = deed.purpose(tx, id)?;
    purpose.of_consumer(deed.actor.tenant)?;
    let event = purpose.archive(version, deed.now)?;
    super::clients::unlink_everywhere(tx, deed, id)?;
    deed.save_purpose(tx, &purpose, event)?;
    Ok(purpose)
}

/// Deletes what was never approved (P12).
///
/// # Errors
/// Those of [`Purpose::may_be_deleted`].
pub fn delete(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId) -> Done<()> {
    let (_, purpose) = deed.purpose(tx, id)?;
    purpose.of_consumer(deed.actor.tenant)?;
    let event = purpose.may_be_deleted()?;
    store::purposes::delete(tx, id)?;
    deed.note(tx, &purpose, None, event)
}

/// A copy in draft (P13).
///
/// # Errors
/// Those of [`Purpose::copy`].
pub fn copy(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId) -> Done<Purpose> {
    let (_, purpose) = deed.purpose(tx, id)?;
    purpose.of_consumer(deed.actor.tenant)?;
    let copy = purpose.copy((PurposeId(deed.id()), VersionId(deed.id()), deed.now))?;
    deed.save_purpose(tx, &copy, "PURPOSE_CLONED")?;
    Ok(copy)
}

/// What may still be declared without asking the producer.
///
/// # Errors
/// [`Fault::PurposeTenantNotAllowed`], [`Fault::NoActiveAgreement`].
pub fn remaining(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId) -> Done<Remaining> {
    deed.may(Act::Look)?;
    let purpose = store::purposes::find(tx, id, Why::Look)?.ok_or(Fault::PurposeNotFound)?;
    purpose.sides(deed.actor.tenant)?;
    let agreement = deed.running(tx, &purpose, &RUNNING, Fault::NoActiveAgreement)?;
    let eservice = store::eservices::find(tx, purpose.eservice_id, Why::Look)?.ok_or(Fault::PurposeEServiceNotFound)?;
    let grounds = deed.quota(tx, &eservice, &agreement)?;
    Ok(grounds.thresholds.remaining(grounds.declared))
}

/// Whether the risk analysis of each purpose is complete by the questions of today.
///
/// # Errors
/// When the database is away.
pub fn valid(tx: &mut Tx<'_>, deed: &Deed, purposes: &[Purpose]) -> Done<Vec<bool>> {
    purposes.iter().map(|purpose| is_valid(tx, deed, purpose)).collect()
}

fn is_valid(tx: &mut Tx<'_>, deed: &Deed, purpose: &Purpose) -> Done<bool> {
    let Some(analysis) = &purpose.analysis else { return Ok(false) };
    let eservice = store::eservices::find(tx, purpose.eservice_id, Why::Look)?.ok_or(Fault::PurposeEServiceNotFound)?;
    let author = if eservice.general.mode == Mode::Receive { purpose.producer_id } else { purpose.consumer_id };
    let kind = deed.tenant(tx, author, Why::Look)?.kind;
    let personal_data = eservice.general.personal_data;
    Ok(crate::risk_analysis::complete(analysis, kind, personal_data, &deed.rules, deed.now).is_empty())
}

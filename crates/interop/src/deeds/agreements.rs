//! Deeds with agreements (G1 to G11), and what attributes do to them (A6).

use kernel::TenantId;
use storage::Tx;

use super::{Deed, Done, taken};
use crate::agreements::agreement::{Agreement, Grounds};
use crate::agreements::commands::Upgrade;
use crate::agreements::state::State;
use crate::attributes::Holdings;
use crate::attributes::tenant::Tenant;
use crate::catalog::eservice::EService;
use crate::errors::Fault;
use crate::ids::{AgreementId, DescriptorId, EServiceId};
use crate::roles::Act;
use crate::store::{self, Purpose as Why};

/// Events by which an agreement comes into force: it has a contract then.
const IN_FORCE: [&str; 2] = ["AGREEMENT_ACTIVATED", "AGREEMENT_UPGRADED"];

impl Deed {
    fn grounds<'a>(&'a self, eservice: &'a EService, holdings: &'a Holdings, others: &'a [Agreement]) -> Grounds<'a> {
        Grounds { eservice, holdings, others, rules: &self.rules, by: self.actor.user, now: self.now }
    }

    /// The agreement to be changed with its e-service, held; the consumer; and the consumer's other agreements.
    fn agreement(&self, tx: &mut Tx<'_>, id: AgreementId) -> Done<(EService, Agreement, Tenant, Vec<Agreement>)> {
        self.may(Act::WriteAgreement)?;
        let found = store::agreements::find(tx, id, Why::Look)?.ok_or(Fault::AgreementNotFound)?;
        let eservice = self.eservice(tx, found.eservice_id, Fault::AgreementEServiceNotFound)?;
        // Again: it may have changed before the e-service was ours.
        let agreement = store::agreements::find(tx, id, Why::Change)?.ok_or(Fault::AgreementNotFound)?;
        agreement.sides(self.actor.tenant)?;
        let consumer = self.tenant(tx, agreement.consumer_id, Why::Look)?;
        let mut others = store::agreements::list_of(tx, agreement.consumer_id, agreement.eservice_id)?;
        others.retain(|other| other.id != id);
        Ok((eservice, agreement, consumer, others))
    }

    fn save_agreement(&self, tx: &mut Tx<'_>, agreement: &Agreement, event: &str) -> Done<()> {
        store::agreements::save(tx, agreement).map_err(|error| taken(error, Fault::AgreementAlreadyExists))?;
        self.note(tx, agreement, None, event)?;
        if IN_FORCE.contains(&event) { self.order_contract(tx, agreement) } else { Ok(()) }
    }

    /// Ends agreements whose place another one takes, and versions that nobody uses any more.
    fn replace(&self, tx: &mut Tx<'_>, old: Vec<Agreement>, eservice: &mut EService, holdings: &Holdings) -> Done<()> {
        for mut agreement in old {
            agreement.replace(self.grounds(eservice, holdings, &[]));
            self.save_agreement(tx, &agreement, "AGREEMENT_ARCHIVED_BY_UPGRADE")?;
            self.retire(tx, eservice, agreement.descriptor_id)?;
        }
        Ok(())
    }

    /// Archives a version whose last agreement has left, where the rules say so (E11).
    fn retire(&self, tx: &mut Tx<'_>, eservice: &mut EService, descriptor: DescriptorId) -> Done<()> {
        let usage = store::agreements::usage(tx, eservice.id, descriptor)?;
        if let Some((retired, event)) = eservice.retire(descriptor, usage, &self.rules, self.now) {
            store::eservices::save(tx, eservice)?;
            self.note(tx, &*eservice, Some(retired.0), event)?;
        }
        Ok(())
    }
}

/// A request in draft (G1).
///
/// # Errors
/// Those of [`Agreement::create`].
pub fn create(tx: &mut Tx<'_>, deed: &Deed, eservice: EServiceId, descriptor: DescriptorId) -> Done<Agreement> {
    deed.may(Act::WriteAgreement)?;
    let eservice = deed.eservice(tx, eservice, Fault::AgreementEServiceNotFound)?;
    let consumer = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let others = store::agreements::list_of(tx, consumer.id, eservice.id)?;
    let grounds = deed.grounds(&eservice, &consumer.holdings, &others);
    let agreement = Agreement::create(consumer.id, descriptor, AgreementId(deed.id()), grounds)?;
    deed.save_agreement(tx, &agreement, "AGREEMENT_ADDED")?;
    Ok(agreement)
}

/// Changes what a consumer writes in a draft (G2); `event` says what it is.
///
/// # Errors
/// [`Fault::NotTheConsumer`], and whatever `change` gives.
pub fn rewrite(
    tx: &mut Tx<'_>,
    deed: &Deed,
    id: AgreementId,
    event: &str,
    change: impl FnOnce(&mut Agreement) -> Done<()>,
) -> Done<Agreement> {
    let (_, mut agreement, ..) = deed.agreement(tx, id)?;
    agreement.of_consumer(deed.actor.tenant)?;
    change(&mut agreement)?;
    deed.save_agreement(tx, &agreement, event)?;
    Ok(agreement)
}

/// Submits a draft (G3); what is declared by that is declared in the same transaction (A2).
///
/// # Errors
/// Those of [`Agreement::submit`].
pub fn submit(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId, notes: Option<String>) -> Done<Agreement> {
    deed.may(Act::WriteAgreement)?;
    // Bodies are locked before e-services: the submission may declare.
    let mut consumer = deed.tenant(tx, deed.actor.tenant, Why::Change)?;
    let (mut eservice, mut agreement, _, others) = deed.agreement(tx, id)?;
    agreement.of_consumer(deed.actor.tenant)?;
    let grounds = deed.grounds(&eservice, &consumer.holdings, &others);
    let submission = agreement.submit(notes, consumer.mail.is_some(), grounds)?;
    for attribute in &submission.declares {
        let attribute = store::bodies::find_attribute(tx, *attribute)?.ok_or(Fault::TenantAttributeNotFound)?;
        consumer.declare(&attribute, deed.now)?;
        deed.note(tx, &consumer, None, "TENANT_DECLARED_ATTRIBUTE_ASSIGNED")?;
    }
    if !submission.declares.is_empty() {
        store::bodies::save_tenant(tx, &consumer)?;
    }
    if submission.activated {
        let old = others.into_iter().filter(|other| other.state.runs()).collect();
        deed.replace(tx, old, &mut eservice, &consumer.holdings)?;
    }
    deed.save_agreement(tx, &agreement, if submission.activated { "AGREEMENT_ACTIVATED" } else { "AGREEMENT_SUBMITTED" })?;
    if !submission.declares.is_empty() {
        reassess(tx, deed, &consumer)?;
    }
    Ok(agreement)
}

/// Approves (G4): the consumer's other agreements on the e-service end.
///
/// # Errors
/// Those of [`Agreement::approve`].
pub fn approve(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    let (mut eservice, mut agreement, consumer, others) = deed.agreement(tx, id)?;
    agreement.of_producer(deed.actor.tenant)?;
    agreement.approve(deed.grounds(&eservice, &consumer.holdings, &others))?;
    let old = others.into_iter().filter(|other| other.state.runs()).collect();
    deed.replace(tx, old, &mut eservice, &consumer.holdings)?;
    deed.save_agreement(tx, &agreement, "AGREEMENT_ACTIVATED")?;
    Ok(agreement)
}

/// Refuses (G5).
///
/// # Errors
/// Those of [`Agreement::reject`].
pub fn reject(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId, reason: &str) -> Done<Agreement> {
    let (eservice, mut agreement, consumer, others) = deed.agreement(tx, id)?;
    agreement.of_producer(deed.actor.tenant)?;
    agreement.reject(reason, deed.grounds(&eservice, &consumer.holdings, &others))?;
    deed.save_agreement(tx, &agreement, "AGREEMENT_REJECTED")?;
    Ok(agreement)
}

/// Suspends, for the side that the actor stands on (G6).
///
/// # Errors
/// Those of [`Agreement::suspend`].
pub fn suspend(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    let (eservice, mut agreement, consumer, others) = deed.agreement(tx, id)?;
    let sides = agreement.sides(deed.actor.tenant)?;
    let event = agreement.suspend(sides, deed.grounds(&eservice, &consumer.holdings, &others))?;
    deed.save_agreement(tx, &agreement, event)?;
    Ok(agreement)
}

/// Lifts the suspension of the side that the actor stands on (G7).
///
/// # Errors
/// Those of [`Agreement::unsuspend`].
pub fn unsuspend(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    let (eservice, mut agreement, consumer, others) = deed.agreement(tx, id)?;
    let sides = agreement.sides(deed.actor.tenant)?;
    let event = agreement.unsuspend(sides, deed.grounds(&eservice, &consumer.holdings, &others))?;
    deed.save_agreement(tx, &agreement, event)?;
    Ok(agreement)
}

/// Approves what waits, lifts the actor's suspension of anything else: the older name of both (G4, G7).
///
/// # Errors
/// Those of [`approve`] and [`unsuspend`].
pub fn activate(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    deed.may(Act::WriteAgreement)?;
    let agreement = store::agreements::find(tx, id, Why::Look)?.ok_or(Fault::AgreementNotFound)?;
    if agreement.state == State::Pending { approve(tx, deed, id) } else { unsuspend(tx, deed, id) }
}

/// Goes over to the newest version (G8); gives the new agreement, in force or in draft.
///
/// # Errors
/// Those of [`Agreement::upgrade`].
pub fn upgrade(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    let (mut eservice, mut agreement, consumer, others) = deed.agreement(tx, id)?;
    agreement.of_consumer(deed.actor.tenant)?;
    let done = agreement.upgrade(AgreementId(deed.id()), deed.grounds(&eservice, &consumer.holdings, &others))?;
    match done {
        Upgrade::Done(next) => {
            deed.save_agreement(tx, &agreement, "AGREEMENT_ARCHIVED_BY_UPGRADE")?;
            deed.save_agreement(tx, &next, "AGREEMENT_UPGRADED")?;
            deed.retire(tx, &mut eservice, agreement.descriptor_id)?;
            Ok(next)
        }
        Upgrade::Begun(draft) => {
            deed.save_agreement(tx, &draft, "AGREEMENT_ADDED")?;
            Ok(draft)
        }
    }
}

/// Applies again after a refusal (G9).
///
/// # Errors
/// Those of [`Agreement::reapply`].
pub fn reapply(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    let (eservice, agreement, consumer, others) = deed.agreement(tx, id)?;
    agreement.of_consumer(deed.actor.tenant)?;
    let draft = agreement.reapply(AgreementId(deed.id()), deed.grounds(&eservice, &consumer.holdings, &others))?;
    deed.save_agreement(tx, &draft, "AGREEMENT_ADDED")?;
    Ok(draft)
}

/// Ends it by hand (G10).
///
/// # Errors
/// Those of [`Agreement::archive`].
pub fn archive(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    let (mut eservice, mut agreement, consumer, others) = deed.agreement(tx, id)?;
    agreement.of_consumer(deed.actor.tenant)?;
    let event = agreement.archive(deed.grounds(&eservice, &consumer.holdings, &others))?;
    deed.save_agreement(tx, &agreement, event)?;
    deed.retire(tx, &mut eservice, agreement.descriptor_id)?;
    Ok(agreement)
}

/// Deletes what was never approved (G11).
///
/// # Errors
/// Those of [`Agreement::may_be_deleted`].
pub fn delete(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<()> {
    let (mut eservice, agreement, ..) = deed.agreement(tx, id)?;
    agreement.of_consumer(deed.actor.tenant)?;
    agreement.may_be_deleted()?;
    store::agreements::delete(tx, id)?;
    deed.note(tx, &agreement, None, "AGREEMENT_DELETED")?;
    deed.retire(tx, &mut eservice, agreement.descriptor_id)
}

/// Looks at every agreement of a body again after its attributes have changed (A6), in the same transaction.
///
/// # Errors
/// When the database is away.
pub fn reassess(tx: &mut Tx<'_>, deed: &Deed, consumer: &Tenant) -> Done<()> {
    for id in eservices_of(tx, consumer.id)? {
        let eservice = deed.eservice(tx, id, Fault::AgreementEServiceNotFound)?;
        for mut agreement in store::agreements::list_of(tx, consumer.id, id)? {
            if let Some(event) = agreement.reassess(deed.grounds(&eservice, &consumer.holdings, &[]))? {
                deed.save_agreement(tx, &agreement, event)?;
            }
        }
    }
    Ok(())
}

/// The e-services of a body's open agreements, each once, in the order in which they are locked.
fn eservices_of(tx: &mut Tx<'_>, consumer: TenantId) -> Done<Vec<EServiceId>> {
    let mut ids: Vec<_> = store::agreements::list_open(tx, consumer)?.iter().map(|agreement| agreement.eservice_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

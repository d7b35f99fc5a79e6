//! Deeds with e-services and their versions (E1 to E5, E7 to E14).

use storage::Tx;

use super::{Deed, Done, taken};
use crate::attributes::Requirements;
use crate::catalog::descriptor::{Descriptor, State, Terms};
use crate::catalog::eservice::{EService, General};
use crate::catalog::publish::Quotas;
use crate::errors::{Error, Fault, Service};
use crate::ids::{DescriptorId, EServiceId};
use crate::roles::Act;
use crate::store::{self, Purpose as Why};

impl Deed {
    /// The e-service to be changed, if it is the actor's body's.
    pub(super) fn own_eservice(&self, tx: &mut Tx<'_>, id: EServiceId) -> Done<EService> {
        self.may(Act::WriteEService)?;
        let eservice = self.eservice(tx, id, Fault::EServiceNotFound)?;
        if eservice.producer_id != self.actor.tenant {
            return Err(Fault::Forbidden(Service::Catalog).into());
        }
        Ok(eservice)
    }

    fn save_eservice(&self, tx: &mut Tx<'_>, eservice: &EService, event: &str) -> Done<()> {
        store::eservices::save(tx, eservice).map_err(|error| taken(error, Fault::NameDuplicate))?;
        self.note(tx, eservice, None, event)
    }

    /// Saves the e-service after something has happened to one of its versions.
    fn save_descriptor(&self, tx: &mut Tx<'_>, eservice: &EService, descriptor: DescriptorId, event: &str) -> Done<()> {
        store::eservices::save(tx, eservice).map_err(|error| taken(error, Fault::NameDuplicate))?;
        self.note(tx, eservice, Some(descriptor.0), event)
    }
}

/// A new e-service (E1).
///
/// # Errors
/// Those of [`EService::create`]; [`Fault::NameDuplicate`].
pub fn create(tx: &mut Tx<'_>, deed: &Deed, general: General, terms: Terms) -> Done<EService> {
    deed.may(Act::WriteEService)?;
    let producer = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let ids = (EServiceId(deed.id()), DescriptorId(deed.id()), deed.now);
    let eservice = EService::create(general, terms, &producer, &deed.rules, ids)?;
    deed.save_eservice(tx, &eservice, "ESERVICE_ADDED")?;
    Ok(eservice)
}

/// Changes what every version has in common (E2).
///
/// # Errors
/// Those of [`EService::edit`]; [`Fault::NameDuplicate`].
pub fn edit(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, general: General) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.edit(general)?;
    deed.save_eservice(tx, &eservice, "DRAFT_ESERVICE_UPDATED")?;
    Ok(eservice)
}

/// Renames a published e-service (E2).
///
/// # Errors
/// Those of [`EService::rename`]; [`Fault::NameDuplicate`].
pub fn rename(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, name: &str) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.rename(name)?;
    deed.save_eservice(tx, &eservice, "ESERVICE_NAME_UPDATED")?;
    Ok(eservice)
}

/// Describes a published e-service anew (E2).
///
/// # Errors
/// Those of [`EService::redescribe`].
pub fn redescribe(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, description: &str) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.redescribe(description)?;
    deed.save_eservice(tx, &eservice, "ESERVICE_DESCRIPTION_UPDATED")?;
    Ok(eservice)
}

/// Deletes an e-service that was never published (E12).
///
/// # Errors
/// Those of [`EService::may_be_deleted`].
pub fn delete(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId) -> Done<()> {
    let eservice = deed.own_eservice(tx, id)?;
    eservice.may_be_deleted()?;
    store::eservices::delete(tx, id)?;
    deed.note(tx, &eservice, None, "ESERVICE_DELETED")
}

/// Begins a new version (E4).
///
/// # Errors
/// Those of [`EService::begin_version`].
pub fn begin_version(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, terms: Terms) -> Done<DescriptorId> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let descriptor = DescriptorId(deed.id());
    eservice.begin_version(descriptor, terms, deed.now)?;
    deed.save_descriptor(tx, &eservice, descriptor, "ESERVICE_DESCRIPTOR_ADDED")?;
    Ok(descriptor)
}

/// Rewrites a version in draft (E5).
///
/// # Errors
/// Those of [`EService::edit_draft`].
pub fn edit_draft(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId, terms: Terms) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.edit_draft(descriptor, terms)?;
    deed.save_descriptor(tx, &eservice, descriptor, "ESERVICE_DRAFT_DESCRIPTOR_UPDATED")?;
    Ok(eservice)
}

/// Sets what a version requires (E3): any way in a draft, only wider in one that is published (E2).
///
/// # Errors
/// Those of [`EService::require`] and [`EService::widen`].
pub fn require(
    tx: &mut Tx<'_>,
    deed: &Deed,
    id: EServiceId,
    descriptor: DescriptorId,
    attributes: Requirements,
) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let kinds = store::bodies::kinds_of(tx, attributes.all().map(|(_, required)| required.id).collect::<Vec<_>>())?;
    let kind_of = |id| kinds.get(&id).copied();
    let published = eservice.descriptor(descriptor).is_some_and(|descriptor| !descriptor.state.unpublished());
    let event = if published {
        eservice.widen(descriptor, attributes, kind_of)?;
        "ESERVICE_DESCRIPTOR_ATTRIBUTES_UPDATED"
    } else {
        eservice.require(descriptor, attributes, &deed.rules, kind_of)?;
        "ESERVICE_DRAFT_DESCRIPTOR_UPDATED"
    };
    deed.save_descriptor(tx, &eservice, descriptor, event)?;
    Ok(eservice)
}

/// Changes the files of a version (E6). `change` gives the event.
///
/// # Errors
/// Whatever `change` gives.
pub fn change_files(
    tx: &mut Tx<'_>,
    deed: &Deed,
    id: EServiceId,
    descriptor: DescriptorId,
    change: impl FnOnce(&mut Descriptor) -> Result<&'static str, Fault>,
) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let event = change(eservice.descriptor_mut(descriptor)?)?;
    deed.save_descriptor(tx, &eservice, descriptor, event)?;
    Ok(eservice)
}

/// Publishes a version (E7, E8).
///
/// # Errors
/// Those of [`EService::publish`].
pub fn publish(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let producer = deed.tenant(tx, eservice.producer_id, Why::Look)?;
    let mut usage = std::collections::BTreeMap::new();
    for found in &eservice.descriptors {
        usage.insert(found.id, store::agreements::usage(tx, id, found.id)?);
    }
    let usage_of = |id| usage.get(&id).copied().unwrap_or_default();
    for (changed, event) in eservice.publish(descriptor, producer.kind, usage_of, &deed.rules, deed.now)? {
        deed.note(tx, &eservice, Some(changed.0), event)?;
    }
    store::eservices::save(tx, &eservice)?;
    Ok(eservice)
}

/// Suspends a version (E9).
///
/// # Errors
/// Those of [`EService::suspend`].
pub fn suspend(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let (_, event) = eservice.suspend(descriptor, deed.now)?;
    deed.save_descriptor(tx, &eservice, descriptor, event)?;
    Ok(eservice)
}

/// Reactivates a version (E10).
///
/// # Errors
/// Those of [`EService::activate`].
pub fn activate(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let (_, event) = eservice.activate(descriptor, deed.now)?;
    deed.save_descriptor(tx, &eservice, descriptor, event)?;
    Ok(eservice)
}

/// Archives a version by hand (E11).
///
/// # Errors
/// Those of [`EService::archive`].
pub fn archive(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let usage = store::agreements::usage(tx, id, descriptor)?;
    let (_, event) = eservice.archive(descriptor, usage, deed.now)?;
    deed.save_descriptor(tx, &eservice, descriptor, event)?;
    Ok(eservice)
}

/// Deletes a version in draft (E12); nothing is left of an e-service that had no other.
///
/// # Errors
/// Those of [`EService::delete_draft`].
pub fn delete_draft(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<()> {
    let mut eservice = deed.own_eservice(tx, id)?;
    if eservice.delete_draft(descriptor)? {
        store::eservices::delete(tx, id)?;
        return deed.note(tx, &eservice, None, "ESERVICE_DELETED");
    }
    deed.save_descriptor(tx, &eservice, descriptor, "ESERVICE_DRAFT_DESCRIPTOR_DELETED")
}

/// Deletes a version in draft that is not the only one.
///
/// # Errors
/// [`Fault::LastDescriptor`], and those of [`EService::delete_draft`].
pub fn delete_version(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<()> {
    if deed.own_eservice(tx, id)?.descriptors.len() == 1 {
        return Err(Fault::LastDescriptor.into());
    }
    delete_draft(tx, deed, id, descriptor)
}

/// A copy of a version as a new e-service (E13).
///
/// # Errors
/// Those of [`EService::copy`]; [`Fault::NameDuplicate`].
pub fn copy(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<EService> {
    let eservice = deed.own_eservice(tx, id)?;
    let copy = eservice.copy(descriptor, &deed.rules, (EServiceId(deed.id()), DescriptorId(deed.id()), deed.now))?;
    deed.save_eservice(tx, &copy, "ESERVICE_CLONED")?;
    Ok(copy)
}

/// Changes thresholds and lifespan (E14).
///
/// # Errors
/// Those of [`EService::set_quotas`].
pub fn set_quotas(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId, quotas: Quotas) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.set_quotas(descriptor, quotas)?;
    deed.save_descriptor(tx, &eservice, descriptor, "ESERVICE_DESCRIPTOR_QUOTAS_UPDATED")?;
    Ok(eservice)
}

/// An e-service with the versions that the actor sees (E15).
///
/// # Errors
/// [`Fault::EServiceNotFound`] when nothing of it is the actor's to see.
pub fn look(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId) -> Done<EService> {
    deed.may(Act::Look)?;
    let mut eservice = store::eservices::find(tx, id, Why::Look)?.ok_or(Fault::EServiceNotFound)?;
    hide(deed, &mut eservice);
    if eservice.descriptors.is_empty() {
        return Err(Error::from(Fault::EServiceNotFound));
    }
    Ok(eservice)
}

/// Whether the actor writes e-services.
///
/// # Errors
/// [`Fault::Unauthorized`].
pub fn may_write(deed: &Deed) -> Done<()> {
    deed.may(Act::WriteEService)
}

/// A version of the actor's own that goes to another installation: one that was published, with its interface.
///
/// # Errors
/// [`Fault::NotExportable`], and those of [`look_at_own`].
pub fn exported(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, descriptor: DescriptorId) -> Done<(EService, Descriptor)> {
    may_write(deed)?;
    let eservice = look_at_own(tx, deed, id)?;
    let found = eservice.descriptor(descriptor).cloned().ok_or(Fault::DescriptorNotFound)?;
    let published = !found.state.unpublished() && found.state != State::Archived;
    if published && found.interface.is_some() { Ok((eservice, found)) } else { Err(Fault::NotExportable.into()) }
}

/// An e-service of the actor's own body with all its versions, for those who write e-services.
///
/// # Errors
/// [`Fault::EServiceNotFound`], [`Fault::Forbidden`].
pub fn look_at_own(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId) -> Done<EService> {
    deed.may(Act::Look)?;
    let mut eservice = store::eservices::find(tx, id, Why::Look)?.ok_or(Fault::EServiceNotFound)?;
    if eservice.producer_id != deed.actor.tenant {
        return Err(Fault::Forbidden(Service::Catalog).into());
    }
    hide(deed, &mut eservice);
    Ok(eservice)
}

/// Leaves out the versions that the actor does not see (E15).
pub(super) fn hide(deed: &Deed, eservice: &mut EService) {
    let writes = Act::WriteEService.allow(&deed.actor.roles).is_ok();
    let seen = eservice.descriptors.iter().filter(|found| eservice.shows(found, deed.actor.tenant, writes)).cloned().collect();
    eservice.descriptors = seen;
}

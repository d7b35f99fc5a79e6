//! From draft to archive: publishing, suspending, reactivating, archiving, cloning, thresholds (E7 to E11, E13, E14).

use kernel::RomeTime;

use super::descriptor::{Action, State, Terms};
use super::eservice::{Analysis, EService, Mode, draft};
use crate::attributes::tenant::TenantKind;
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{AnalysisId, DescriptorId, EServiceId};
use crate::risk_analysis::{self, Form};
use crate::rules::Rules;

/// Who has to do with a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// Nobody.
    #[default]
    None,
    /// Somebody has asked and is waiting.
    Asked,
    /// Somebody has an active or suspended agreement.
    Used,
}

/// A change of a version, and the event that it is told by.
pub type Change = (DescriptorId, &'static str);

impl EService {
    /// Publishes a version in draft (E7) and puts the one before in its place (E8). `usage` tells who has to do with a version; `kind`
    /// is the producer's.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::WithoutInterface`], [`Fault::AudienceEmpty`], [`Fault::AnalysisRequired`],
    /// [`Fault::AnalysisIncomplete`], [`Fault::PersonalDataMissing`].
    pub fn publish(
        &mut self,
        id: DescriptorId,
        kind: TenantKind,
        usage: impl Fn(DescriptorId) -> Usage,
        rules: &Rules,
        now: RomeTime,
    ) -> Result<Vec<Change>, Refusal> {
        let descriptor = self.descriptor(id).ok_or(Fault::DescriptorNotFound)?;
        if descriptor.state != State::Draft {
            return Err(Fault::NotValidDescriptor.into());
        }
        if descriptor.interface.is_none() {
            return Err(Fault::WithoutInterface.into());
        }
        if descriptor.terms.audience.is_empty() {
            return Err(Fault::AudienceEmpty.into());
        }
        if rules.personal_data_rule && self.general.personal_data.is_none() {
            return Err(Fault::PersonalDataMissing.into());
        }
        if self.general.mode == Mode::Receive {
            self.analyses_complete(kind, rules, now)?;
        }
        let previous = self.newest().map(|newest| (newest.id, newest.state));
        let mut changes = vec![(id, self.descriptor_mut(id)?.apply(Action::Publish, now)?)];
        if let Some((previous, State::Published | State::Suspended)) = previous {
            let unused = rules.auto_archive && usage(previous) < Usage::Used;
            let action = if unused { Action::Retire } else { Action::Supersede };
            changes.push((previous, self.descriptor_mut(previous)?.apply(action, now)?));
        }
        Ok(changes)
    }

    fn analyses_complete(&self, kind: TenantKind, rules: &Rules, now: RomeTime) -> Result<(), Refusal> {
        if self.analyses.is_empty() {
            return Err(Fault::AnalysisRequired.into());
        }
        for analysis in &self.analyses {
            let issues = risk_analysis::complete(&analysis.form, kind, self.general.personal_data, rules, now);
            if !issues.is_empty() {
                return Err(Fault::AnalysisIncomplete.told(format!("{}: {}", analysis.name, risk_analysis::told(&issues))));
            }
        }
        Ok(())
    }

    /// Suspends a version: nobody gets vouchers for it any more (E9).
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`].
    pub fn suspend(&mut self, id: DescriptorId, now: RomeTime) -> Result<Change, Fault> {
        Ok((id, self.descriptor_mut(id)?.apply(Action::Suspend, now)?))
    }

    /// Reactivates a suspended version (E10).
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`].
    pub fn activate(&mut self, id: DescriptorId, now: RomeTime) -> Result<Change, Fault> {
        let newest = self.newest().is_some_and(|newest| newest.id == id);
        let action = if newest { Action::ActivateNewest } else { Action::ActivateOld };
        Ok((id, self.descriptor_mut(id)?.apply(action, now)?))
    }

    /// The producer archives a deprecated version that nobody has to do with any more (E11).
    ///
    /// # Errors
    /// [`Fault::DescriptorAlreadyArchived`], [`Fault::NotArchivable`].
    pub fn archive(&mut self, id: DescriptorId, usage: Usage, now: RomeTime) -> Result<Change, Fault> {
        let descriptor = self.descriptor_mut(id)?;
        match descriptor.state {
            State::Archived => Err(Fault::DescriptorAlreadyArchived),
            State::Deprecated if usage == Usage::None => Ok((id, descriptor.apply(Action::Archive, now)?)),
            _ => Err(Fault::NotArchivable),
        }
    }

    /// The platform archives a version whose last agreement has left, where the rules say so (E11): a deprecated one, or a suspended
    /// one that has a successor.
    pub fn retire(&mut self, id: DescriptorId, usage: Usage, rules: &Rules, now: RomeTime) -> Option<Change> {
        let superseded = self.newest().is_some_and(|newest| newest.id != id);
        let descriptor = self.descriptor_mut(id).ok()?;
        let old = match descriptor.state {
            State::Deprecated => true,
            State::Suspended => superseded,
            _ => false,
        };
        let retires = rules.auto_archive && old && usage == Usage::None;
        retires.then(|| descriptor.apply(Action::Retire, now).ok().map(|event| (id, event))).flatten()
    }

    /// Changes thresholds and lifespan of a version that is in use (E14). Approvals already given stay.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::InconsistentDailyCalls`], or what does not fit the schema.
    pub fn set_quotas(&mut self, id: DescriptorId, quotas: Quotas) -> Result<(), Refusal> {
        let descriptor = self.descriptor_mut(id)?;
        if !matches!(descriptor.state, State::Published | State::Suspended | State::Deprecated) {
            return Err(Fault::NotValidDescriptor.into());
        }
        let terms = Terms {
            voucher_lifespan: quotas.voucher_lifespan.unwrap_or(descriptor.terms.voucher_lifespan),
            daily_calls_per_consumer: quotas.daily_calls_per_consumer.unwrap_or(descriptor.terms.daily_calls_per_consumer),
            daily_calls_total: quotas.daily_calls_total.unwrap_or(descriptor.terms.daily_calls_total),
            ..descriptor.terms.clone()
        };
        terms.check()?;
        descriptor.terms = terms;
        Ok(())
    }

    /// A copy of one version as a new e-service in draft, with version 1 (E13). Files keep their identifiers: whoever stores the copy
    /// gives them new ones.
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`] when the rules allow published and deprecated versions only.
    pub fn copy(
        &self,
        descriptor: DescriptorId,
        rules: &Rules,
        (id, first, now): (EServiceId, DescriptorId, RomeTime),
    ) -> Result<Self, Fault> {
        let source = self.descriptor(descriptor).ok_or(Fault::DescriptorNotFound)?;
        if !rules.clone_any_state && !matches!(source.state, State::Published | State::Deprecated) {
            return Err(Fault::NotValidDescriptor);
        }
        let mut copy = draft(first, 1, source.terms.clone(), source.attributes.clone(), now);
        copy.interface.clone_from(&source.interface);
        copy.docs.clone_from(&source.docs);
        copy.server_urls.clone_from(&source.server_urls);
        let mut general = self.general.clone();
        general.name = copy_name(&general.name, now);
        let analyses = self.analyses.clone();
        Ok(Self { id, producer_id: self.producer_id, general, analyses, descriptors: vec![copy], created_at: now })
    }

    /// Adds a risk analysis to a receiving e-service in draft.
    ///
    /// # Errors
    /// [`Fault::NotInDraftState`], [`Fault::NotInReceiveMode`], [`Fault::AnalysisDuplicated`], [`Fault::CatalogAnalysisNotValid`].
    pub fn add_analysis(
        &mut self,
        (id, name, form): (AnalysisId, &str, Form),
        kind: TenantKind,
        rules: &Rules,
        now: RomeTime,
    ) -> Result<(), Refusal> {
        self.takes_analyses()?;
        if name.trim().is_empty() {
            return Err(Fault::Malformed(Service::Catalog).told("name: obbligatorio"));
        }
        if self.analyses.iter().any(|analysis| analysis.name.eq_ignore_ascii_case(name)) {
            return Err(Fault::AnalysisDuplicated.into());
        }
        let issues = risk_analysis::well_formed(&form, kind, self.general.personal_data, rules, now);
        if !issues.is_empty() {
            return Err(Fault::CatalogAnalysisNotValid.told(risk_analysis::told(&issues)));
        }
        self.analyses.push(Analysis { id, name: name.to_owned(), form, created_at: now });
        Ok(())
    }

    /// Takes a risk analysis out.
    ///
    /// # Errors
    /// [`Fault::NotInDraftState`], [`Fault::NotInReceiveMode`], [`Fault::AnalysisNotFound`].
    pub fn remove_analysis(&mut self, id: AnalysisId) -> Result<(), Fault> {
        self.takes_analyses()?;
        let place = self.analyses.iter().position(|analysis| analysis.id == id).ok_or(Fault::AnalysisNotFound)?;
        self.analyses.remove(place);
        Ok(())
    }

    fn takes_analyses(&self) -> Result<(), Fault> {
        match (self.in_draft(), self.general.mode) {
            (false, _) => Err(Fault::NotInDraftState),
            (true, Mode::Deliver) => Err(Fault::NotInReceiveMode),
            (true, Mode::Receive) => Ok(()),
        }
    }
}

/// Thresholds and lifespan to be changed; what is not told stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quotas {
    /// Seconds that a voucher lives.
    pub voucher_lifespan: Option<u32>,
    /// Calls a day that the purposes of one consumer may declare.
    pub daily_calls_per_consumer: Option<u32>,
    /// Calls a day that all purposes may declare.
    pub daily_calls_total: Option<u32>,
}

/// Most characters of a name.
const NAME: usize = 60;

/// The name of a copy: the old one, cut so that the suffix with date and hour fits.
fn copy_name(name: &str, now: RomeTime) -> String {
    let suffix = now.civil().strftime(" - clone - %d/%m/%Y %H:%M:%S").to_string();
    let kept: String = name.chars().take(NAME.saturating_sub(suffix.chars().count())).collect();
    format!("{kept}{suffix}")
}

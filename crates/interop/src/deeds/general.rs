//! Deeds with what the versions of an e-service have in common: flags, and the risk analyses of one that receives (E2, E7).

use storage::Tx;

use super::{Deed, Done};
use crate::catalog::eservice::EService;
use crate::ids::{AnalysisId, EServiceId};
use crate::risk_analysis::Form;
use crate::store::{self, Purpose as Why};

impl Deed {
    fn save_changed(&self, tx: &mut Tx<'_>, eservice: &EService, events: &[&str]) -> Done<()> {
        if !events.is_empty() {
            store::eservices::save(tx, eservice)?;
        }
        events.iter().try_for_each(|event| self.note(tx, eservice, None, event))
    }
}

/// Says whether a published e-service tells of changes by the signal hub.
///
/// # Errors
/// Those of [`EService::set_signal_hub`].
pub fn set_signal_hub(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, enabled: bool) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let event = eservice.set_signal_hub(enabled)?;
    deed.save_changed(tx, &eservice, event.as_slice())?;
    Ok(eservice)
}

/// Says whether consumers may delegate, and delegates use their own clients; what is not told stays.
///
/// # Errors
/// Those of [`EService::set_delegation`].
pub fn set_delegation(
    tx: &mut Tx<'_>,
    deed: &Deed,
    id: EServiceId,
    (consumers, clients): (Option<bool>, Option<bool>),
) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let consumers = consumers.unwrap_or(eservice.general.is_consumer_delegable);
    let clients = clients.unwrap_or(eservice.general.is_client_access_delegable);
    let events = eservice.set_delegation(consumers, clients)?;
    deed.save_changed(tx, &eservice, &events)?;
    Ok(eservice)
}

/// Says, once, whether a published e-service gives personal data (E7).
///
/// # Errors
/// Those of [`EService::say_personal_data`].
pub fn say_personal_data(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, personal_data: bool) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.say_personal_data(personal_data)?;
    deed.save_changed(tx, &eservice, &["ESERVICE_PERSONAL_DATA_FLAG_UPDATED_AFTER_PUBLICATION"])?;
    Ok(eservice)
}

/// Adds a risk analysis to an e-service that receives; gives its identifier too.
///
/// # Errors
/// Those of [`EService::add_analysis`].
pub fn add_analysis(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, name: &str, form: Form) -> Done<(EService, AnalysisId)> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let producer = deed.tenant(tx, eservice.producer_id, Why::Look)?;
    let analysis = AnalysisId(deed.id());
    eservice.add_analysis((analysis, name, form), producer.kind, &deed.rules, deed.now)?;
    deed.save_changed(tx, &eservice, &["ESERVICE_RISK_ANALYSIS_ADDED"])?;
    Ok((eservice, analysis))
}

/// Rewrites a risk analysis of an e-service that receives.
///
/// # Errors
/// Those of [`EService::remove_analysis`] and [`EService::add_analysis`].
pub fn edit_analysis(
    tx: &mut Tx<'_>,
    deed: &Deed,
    id: EServiceId,
    analysis: AnalysisId,
    (name, form): (&str, Form),
) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    let producer = deed.tenant(tx, eservice.producer_id, Why::Look)?;
    eservice.remove_analysis(analysis)?;
    eservice.add_analysis((analysis, name, form), producer.kind, &deed.rules, deed.now)?;
    deed.save_changed(tx, &eservice, &["ESERVICE_RISK_ANALYSIS_UPDATED"])?;
    Ok(eservice)
}

/// Takes a risk analysis out of an e-service that receives.
///
/// # Errors
/// Those of [`EService::remove_analysis`].
pub fn remove_analysis(tx: &mut Tx<'_>, deed: &Deed, id: EServiceId, analysis: AnalysisId) -> Done<EService> {
    let mut eservice = deed.own_eservice(tx, id)?;
    eservice.remove_analysis(analysis)?;
    deed.save_changed(tx, &eservice, &["ESERVICE_RISK_ANALYSIS_DELETED"])?;
    Ok(eservice)
}

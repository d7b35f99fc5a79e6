//! Agreements.

use kernel::TenantId;
use storage::{Result, Tx, params};

use super::lists::{Filter, Listed, Page};
use super::{Purpose, body, eservices, name_of, standings, state_of, to_text};
use crate::agreements::agreement::Agreement;
use crate::agreements::state::State;
use crate::catalog::publish::Usage;
use crate::ids::{AgreementId, DescriptorId, EServiceId};

/// An agreement.
pub fn find(tx: &mut Tx<'_>, id: AgreementId, purpose: Purpose) -> Result<Option<Agreement>> {
    let sql = format!("SELECT body FROM interop_agreements WHERE id = $1{}", purpose.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Every agreement of a consumer on an e-service, oldest first.
pub fn list_of(tx: &mut Tx<'_>, consumer: TenantId, eservice: EServiceId) -> Result<Vec<Agreement>> {
    let sql = "SELECT body FROM interop_agreements WHERE consumer_id = $1 AND eservice_id = $2 ORDER BY created_at, id";
    tx.all(sql, params![consumer, eservice], body)
}

/// Every agreement of a consumer that is not over.
pub fn list_open(tx: &mut Tx<'_>, consumer: TenantId) -> Result<Vec<Agreement>> {
    let sql = "SELECT body FROM interop_agreements
               WHERE consumer_id = $1 AND state NOT IN ('ARCHIVED', 'REJECTED') ORDER BY eservice_id, created_at, id";
    tx.all(sql, params![consumer], body)
}

/// The agreement that vouchers of a consumer for an e-service rest on: the one in force, else the one that ended last.
pub fn current(tx: &mut Tx<'_>, consumer: TenantId, eservice: EServiceId) -> Result<Option<Agreement>> {
    let mut agreements = list_of(tx, consumer, eservice)?;
    let running = agreements.iter().position(|agreement| agreement.state.runs());
    let ended = || agreements.iter().rposition(|agreement| agreement.state == State::Archived);
    Ok(running.or_else(ended).map(|place| agreements.swap_remove(place)))
}

/// Who has to do with a version.
pub fn usage(tx: &mut Tx<'_>, eservice: EServiceId, descriptor: DescriptorId) -> Result<Usage> {
    let sql = "SELECT DISTINCT state FROM interop_agreements WHERE eservice_id = $1 AND descriptor_id = $2";
    let states = tx.all(sql, params![eservice, descriptor], |row| state_of::<State>(row.get(0)?))?;
    let usage = states.into_iter().map(|state| match state {
        state if state.runs() => Usage::Used,
        state if state.waits() => Usage::Asked,
        _ => Usage::None,
    });
    Ok(usage.max().unwrap_or_default())
}

/// Stores an agreement, and what vouchers take from it; [`storage::Error::Unique`] when the consumer has another one in force.
pub fn save(tx: &mut Tx<'_>, agreement: &Agreement) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_agreements (id, eservice_id, descriptor_id, producer_id, consumer_id, state, created_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body",
        params![
            agreement.id,
            agreement.eservice_id,
            agreement.descriptor_id,
            agreement.producer_id,
            agreement.consumer_id,
            name_of(&agreement.state)?,
            agreement.created_at,
            to_text(agreement)?
        ],
    )?;
    refresh(tx, agreement.consumer_id, agreement.eservice_id)
}

/// Removes an agreement that was never approved.
pub fn delete(tx: &mut Tx<'_>, id: AgreementId) -> Result<()> {
    tx.execute("DELETE FROM interop_agreements WHERE id = $1", params![id])?;
    Ok(())
}

/// Which agreements are looked for; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Whoever looks: consumer or producer.
    pub viewer: Option<TenantId>,
    /// States.
    pub states: Vec<State>,
    /// Producers.
    pub producers: Vec<TenantId>,
    /// Consumers.
    pub consumers: Vec<TenantId>,
    /// Versions.
    pub descriptors: Vec<DescriptorId>,
    /// E-services.
    pub eservices: Vec<EServiceId>,
}

/// Agreements, oldest first. A draft is its consumer's own.
pub fn list(tx: &mut Tx<'_>, query: &Query, page: Page) -> Result<Listed<Agreement>> {
    let states = query.states.iter().map(name_of).collect::<Result<Vec<_>>>()?;
    let mut filter = Filter::default();
    if let Some(viewer) = &query.viewer {
        filter.and("consumer_id = ? OR (producer_id = ? AND state <> 'DRAFT')", params![*viewer, *viewer]);
    }
    filter.among("state", &states);
    filter.among("producer_id", &query.producers);
    filter.among("consumer_id", &query.consumers);
    filter.among("descriptor_id", &query.descriptors);
    filter.among("eservice_id", &query.eservices);
    filter.page(tx, ("body", "interop_agreements", "created_at, id"), page, body)
}

/// Has the consumer's purposes rest on its current agreement.
fn refresh(tx: &mut Tx<'_>, consumer: TenantId, eservice: EServiceId) -> Result<()> {
    let Some(current) = current(tx, consumer, eservice)? else { return Ok(()) };
    let descriptor = eservices::find(tx, eservice, Purpose::Look)?;
    let descriptor = descriptor.as_ref().and_then(|eservice| eservice.descriptor(current.descriptor_id));
    standings::set_agreement(tx, &current, descriptor)
}

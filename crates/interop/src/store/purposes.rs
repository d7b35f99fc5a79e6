//! Purposes and the sums of their loads.

use kernel::TenantId;
use storage::{Result, Tx, params};

use super::lists::{Filter, Listed, Page, between_commas, containing, listing};
use super::{Purpose as Why, agreements, body, eservices, name_of, standings, to_text};
use crate::ids::{ClientId, EServiceId, PurposeId};
use crate::purposes::purpose::{Purpose, State};
use crate::purposes::quota::Loads;

/// A purpose.
pub fn find(tx: &mut Tx<'_>, id: PurposeId, why: Why) -> Result<Option<Purpose>> {
    let sql = format!("SELECT body FROM interop_purposes WHERE id = $1{}", why.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Stores a purpose, and what vouchers take from it; [`storage::Error::Unique`] when the consumer has another of its title.
pub fn save(tx: &mut Tx<'_>, purpose: &Purpose) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_purposes (id, eservice_id, producer_id, consumer_id, title_key, load, created_at, states, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET title_key = excluded.title_key, load = excluded.load, states = excluded.states,
           body = excluded.body",
        params![
            purpose.id,
            purpose.eservice_id,
            purpose.producer_id,
            purpose.consumer_id,
            purpose.info.title.trim().to_lowercase(),
            purpose.load(),
            purpose.created_at,
            between_commas(purpose.versions.iter().map(|version| name_of(&version.state)))?,
            to_text(purpose)?
        ],
    )?;
    standings::set_purpose(tx, purpose)?;
    if let Some(current) = agreements::current(tx, purpose.consumer_id, purpose.eservice_id)? {
        let eservice = eservices::find(tx, purpose.eservice_id, Why::Look)?;
        let descriptor = eservice.as_ref().and_then(|eservice| eservice.descriptor(current.descriptor_id));
        standings::set_agreement(tx, &current, descriptor)?;
    }
    Ok(())
}

/// Removes a purpose that was never approved.
pub fn delete(tx: &mut Tx<'_>, id: PurposeId) -> Result<()> {
    for sql in [
        "DELETE FROM interop_links WHERE purpose_id = $1",
        "DELETE FROM interop_standings WHERE purpose_id = $1",
        "DELETE FROM interop_purposes WHERE id = $1",
    ] {
        tx.execute(sql, params![id])?;
    }
    Ok(())
}

/// The loads of active versions on an e-service: a consumer's, and everybody's. Right only for whoever has read the e-service to change
/// it.
pub fn loads(tx: &mut Tx<'_>, eservice: EServiceId, consumer: TenantId) -> Result<Loads> {
    let sql = "SELECT CAST(COALESCE(SUM(load), 0) AS bigint),
                 CAST(COALESCE(SUM(CASE WHEN consumer_id = $2 THEN load ELSE 0 END), 0) AS bigint)
               FROM interop_purposes WHERE eservice_id = $1";
    tx.one(sql, params![eservice, consumer], |row| {
        let sum = |index| row.get::<i64>(index).map(|sum| u64::try_from(sum).unwrap_or_default());
        Ok(Loads { total: sum(0)?, consumer: sum(1)? })
    })
}

/// Which purposes are looked for; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Whoever looks: consumer or producer.
    pub viewer: Option<TenantId>,
    /// Text in the title.
    pub title: Option<String>,
    /// Consumers.
    pub consumers: Vec<TenantId>,
    /// Producers.
    pub producers: Vec<TenantId>,
    /// E-services.
    pub eservices: Vec<EServiceId>,
    /// States, one of which a version has.
    pub states: Vec<State>,
    /// A client that it is linked to.
    pub client: Option<ClientId>,
}

/// Purposes, oldest first. One that was never published is its consumer's own.
pub fn list(tx: &mut Tx<'_>, query: &Query, page: Page) -> Result<Listed<Purpose>> {
    let states = query.states.iter().map(|state| name_of(state).map(|name| listing(&name))).collect::<Result<Vec<_>>>()?;
    let title: Vec<String> = query.title.iter().filter(|title| !title.trim().is_empty()).map(|title| containing(title)).collect();
    let mut filter = Filter::default();
    if let Some(viewer) = &query.viewer {
        filter.and("consumer_id = ? OR (producer_id = ? AND states <> ',DRAFT,')", params![*viewer, *viewer]);
    }
    filter.matches("title_key", &title);
    filter.among("consumer_id", &query.consumers);
    filter.among("producer_id", &query.producers);
    filter.among("eservice_id", &query.eservices);
    filter.matches("states", &states);
    if let Some(client) = &query.client {
        filter.and("id IN (SELECT purpose_id FROM interop_links WHERE client_id = ?)", params![*client]);
    }
    filter.page(tx, ("body", "interop_purposes", "created_at, id"), page, body)
}

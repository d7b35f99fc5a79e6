//! E-services. Whoever changes anything that belongs to one reads it first to change it: so changes of one e-service, its agreements and
//! its purposes happen one after the other, and sums of loads are right.

use std::collections::BTreeSet;

use kernel::TenantId;
use storage::{Result, Tx, params};

use super::lists::{Filter, Listed, Page, between_commas, containing, listing};
use super::{Purpose, body, name_of, standings, to_text};
use crate::agreements::state::State as AgreementState;
use crate::catalog::descriptor::State;
use crate::catalog::eservice::{EService, General, Mode, Technology};
use crate::ids::{AttributeId, EServiceId};

/// An e-service.
pub fn find(tx: &mut Tx<'_>, id: EServiceId, purpose: Purpose) -> Result<Option<EService>> {
    let sql = format!("SELECT body FROM interop_eservices WHERE id = $1{}", purpose.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Stores an e-service, and what vouchers take from its versions; [`storage::Error::Unique`] when its producer has another of its name.
pub fn save(tx: &mut Tx<'_>, eservice: &EService) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_eservices (id, producer_id, name_key, technology, mode, flags, states, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET name_key = excluded.name_key, technology = excluded.technology, mode = excluded.mode,
           flags = excluded.flags, states = excluded.states, body = excluded.body",
        params![
            eservice.id,
            eservice.producer_id,
            eservice.general.name.trim().to_lowercase(),
            name_of(&eservice.general.technology)?,
            name_of(&eservice.general.mode)?,
            flags(&eservice.general),
            between_commas(eservice.descriptors.iter().map(|descriptor| name_of(&descriptor.state)))?,
            to_text(eservice)?
        ],
    )?;
    require(tx, eservice)?;
    for descriptor in &eservice.descriptors {
        standings::set_descriptor(tx, descriptor)?;
    }
    Ok(())
}

/// Removes an e-service that was never published.
pub fn delete(tx: &mut Tx<'_>, id: EServiceId) -> Result<()> {
    tx.execute("DELETE FROM interop_required WHERE eservice_id = $1", params![id])?;
    tx.execute("DELETE FROM interop_eservices WHERE id = $1", params![id])?;
    Ok(())
}

/// The flags of an e-service in one column: signal hub, delegable consumers, delegable access.
fn flags(general: &General) -> String {
    let General { is_signal_hub_enabled, is_consumer_delegable, is_client_access_delegable, .. } = general;
    [is_signal_hub_enabled, is_consumer_delegable, is_client_access_delegable]
        .map(|yes| if *yes { '1' } else { '0' })
        .iter()
        .collect()
}

/// Keeps which attributes its versions require, for [`Query::attributes`].
fn require(tx: &mut Tx<'_>, eservice: &EService) -> Result<()> {
    let required = eservice.descriptors.iter().flat_map(|descriptor| descriptor.attributes.all());
    let required: BTreeSet<AttributeId> = required.map(|(_, required)| required.id).collect();
    let sql = "SELECT attribute_id FROM interop_required WHERE eservice_id = $1";
    let stored: BTreeSet<AttributeId> = tx.all(sql, params![eservice.id], |row| row.get(0))?.into_iter().collect();
    for gone in stored.difference(&required) {
        let sql = "DELETE FROM interop_required WHERE eservice_id = $1 AND attribute_id = $2";
        tx.execute(sql, params![eservice.id, gone])?;
    }
    for new in required.difference(&stored) {
        let sql = "INSERT INTO interop_required (eservice_id, attribute_id) VALUES ($1, $2)";
        tx.execute(sql, params![eservice.id, new])?;
    }
    Ok(())
}

/// What e-services say of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PersonalData {
    /// They give some.
    True,
    /// They give none.
    False,
    /// They say something.
    Defined,
}

impl PersonalData {
    /// It is looked for in the body, where no text of anybody can stand without quotation marks.
    const fn clause(self) -> &'static str {
        match self {
            Self::True => "body LIKE '%,\"personalData\":true}%'",
            Self::False => "body LIKE '%,\"personalData\":false}%'",
            Self::Defined => "body LIKE '%,\"personalData\":true}%' OR body LIKE '%,\"personalData\":false}%'",
        }
    }
}

/// Which e-services are looked for; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Whoever looks: others' e-services are seen once a version of them is published.
    pub viewer: Option<TenantId>,
    /// Whether the viewer sees drafts of its own.
    pub drafts: bool,
    /// Text in the name.
    pub name: Option<String>,
    /// Producers.
    pub producers: Vec<TenantId>,
    /// Consumers, one of whom has an agreement on it.
    pub consumers: Vec<TenantId>,
    /// Only those on which somebody else than its consumer may see an agreement.
    pub requested: bool,
    /// Whether it gives personal data.
    pub personal_data: Option<PersonalData>,
    /// Attributes, one of which a version requires.
    pub attributes: Vec<AttributeId>,
    /// States, one of which a version has.
    pub states: Vec<State>,
    /// States, one of which the viewer's agreement has.
    pub agreement_states: Vec<AgreementState>,
    /// How it is spoken to.
    pub technology: Option<Technology>,
    /// Who gives data to whom.
    pub mode: Option<Mode>,
    /// Whether it tells of changes by the signal hub.
    pub signal_hub: Option<bool>,
    /// Whether consumers may delegate others.
    pub consumer_delegable: Option<bool>,
    /// Whether delegates may use their own clients.
    pub client_access_delegable: Option<bool>,
}

/// E-services by name.
pub fn list(tx: &mut Tx<'_>, query: &Query, page: Page) -> Result<Listed<EService>> {
    let named = |names: Result<Vec<String>>| names.map(|names| names.iter().map(|name| listing(name)).collect::<Vec<_>>());
    let published = [State::Published, State::Deprecated, State::Suspended, State::Archived];
    let published = named(published.iter().map(name_of).collect())?;
    let name: Vec<String> = query.name.iter().filter(|name| !name.trim().is_empty()).map(|name| containing(name)).collect();
    let states = named(query.states.iter().map(name_of).collect())?;
    let agreement_states = query.agreement_states.iter().map(name_of).collect::<Result<Vec<_>>>()?;
    let technology = query.technology.map(|technology| name_of(&technology)).transpose()?;
    let mode = query.mode.map(|mode| name_of(&mode)).transpose()?;
    let flags = [query.signal_hub, query.consumer_delegable, query.client_access_delegable];
    let flags: String = flags.map(|wanted| wanted.map_or('_', |yes| if yes { '1' } else { '0' })).iter().collect();

    let mut filter = Filter::default();
    match (query.viewer, query.drafts) {
        (Some(viewer), true) => {
            let mut values: Vec<_> = published.iter().map(storage::ToParam::to_param).collect();
            values.push(storage::Param::Uuid(viewer.0));
            let clause = format!("{} OR producer_id = ?", vec!["states LIKE ? ESCAPE '!'"; published.len()].join(" OR "));
            filter.and(&clause, &values);
        }
        _ => filter.matches("states", &published),
    }
    filter.matches("name_key", &name);
    filter.among("producer_id", &query.producers);
    filter.matches("states", &states);
    filter.is("technology", technology.as_ref());
    filter.is("mode", mode.as_ref());
    filter.and("flags LIKE ?", params![flags]);
    let required: Vec<_> = query.attributes.iter().map(storage::ToParam::to_param).collect();
    if !required.is_empty() {
        let marks = vec!["?"; required.len()].join(", ");
        filter.and(&format!("id IN (SELECT eservice_id FROM interop_required WHERE attribute_id IN ({marks}))"), &required);
    }
    let consumers: Vec<_> = query.consumers.iter().map(storage::ToParam::to_param).collect();
    if !consumers.is_empty() {
        let marks = vec!["?"; consumers.len()].join(", ");
        filter.and(&format!("id IN (SELECT eservice_id FROM interop_agreements WHERE consumer_id IN ({marks}))"), &consumers);
    }
    if query.requested {
        filter.and("id IN (SELECT eservice_id FROM interop_agreements WHERE state <> 'DRAFT')", &[]);
    }
    if let Some(personal_data) = query.personal_data {
        filter.and(personal_data.clause(), &[]);
    }
    if let (Some(viewer), false) = (&query.viewer, agreement_states.is_empty()) {
        let marks = vec!["?"; agreement_states.len()].join(", ");
        let clause = format!("id IN (SELECT eservice_id FROM interop_agreements WHERE consumer_id = ? AND state IN ({marks}))");
        let mut values = vec![storage::ToParam::to_param(viewer)];
        values.extend(agreement_states.iter().map(storage::ToParam::to_param));
        filter.and(&clause, &values);
    }
    filter.page(tx, ("body", "interop_eservices", "name_key, id"), page, body)
}

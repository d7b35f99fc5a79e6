//! The read model: every payment as its latest event has it, for lists, for the pages and for the poller.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use contracts::payments::{PaymentV2, Status};
use kernel::{EventId, Money, PaymentId, RomeTime, ServiceId, TenantId, Uuid};
use storage::{Result, Tx, params};

use super::home::status_text;
use super::search::{Scope, Shown, shown};
use super::{from_text, to_text};
use crate::payment::{TRANSITIONS, precedes};

/// The statuses that a payment in each status may come to, between commas.
static LATER: LazyLock<Vec<(Status, String)>> = LazyLock::new(|| {
    let states: BTreeMap<_, _> = TRANSITIONS
        .iter()
        .flat_map(|edge| [edge.from, edge.to])
        .filter_map(|state| Some((status_text(state).ok()?, state)))
        .collect();
    let later = |from| states.iter().filter(move |(_, to)| precedes(from, **to)).map(|(name, _)| format!(",{name},"));
    states.values().map(|from| (*from, later(*from).collect())).collect()
});

/// The statuses that an event with `status` does not undo if it is of the same instant.
fn later_than(status: Status) -> &'static str {
    LATER.iter().find(|(from, _)| *from == status).map_or("", |(_, later)| later)
}

/// Takes over the state of an event, unless a later one was taken over before. Events tell their time to the second: of those of one
/// instant the one counts that the state machine has later, and if it has no order for them, the later in the log. `poll_at` is when the
/// poller asks next.
pub fn put(tx: &mut Tx<'_>, payment: &PaymentV2, poll_at: Option<RomeTime>) -> Result<()> {
    write(tx, payment, poll_at, later_than(payment.status))
}

/// Takes over the state of an event that was found to be what the payment should say, whatever status it was given since.
pub fn mend(tx: &mut Tx<'_>, payment: &PaymentV2, poll_at: Option<RomeTime>) -> Result<()> {
    write(tx, payment, poll_at, "")
}

/// Takes over an event unless what is there is newer, or of the same instant and in one of the statuses `later`.
fn write(tx: &mut Tx<'_>, payment: &PaymentV2, poll_at: Option<RomeTime>, later: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO payments (id, tenant_id, service_id, user_id, remote_id, payer_tax_code, status, notice_code, iuv, amount_cents,
           created_at, updated_at, event_created_at, update_url, poll_at, body, iud, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (id) DO UPDATE SET
           service_id = excluded.service_id, user_id = excluded.user_id, remote_id = excluded.remote_id,
           payer_tax_code = excluded.payer_tax_code, status = excluded.status, notice_code = excluded.notice_code, iuv = excluded.iuv,
           amount_cents = excluded.amount_cents, updated_at = excluded.updated_at, event_created_at = excluded.event_created_at,
           update_url = excluded.update_url, poll_at = excluded.poll_at, polls_failed = 0, body = excluded.body,
           iud = excluded.iud, search = excluded.search
         WHERE payments.tenant_id = excluded.tenant_id AND payments.event_created_at <= excluded.event_created_at
           AND NOT (payments.event_created_at = excluded.event_created_at AND $19 LIKE '%,' || payments.status || ',%')",
        params![
            payment.id,
            payment.tenant_id,
            payment.service_id,
            payment.user_id,
            payment.remote_id,
            payment.payer.tax_identification_number,
            status_text(payment.status)?,
            payment.payment.notice_code,
            payment.payment.iuv,
            payment.payment.amount.map(Money::cents),
            payment.created_at,
            payment.updated_at,
            payment.event_created_at,
            payment.links.update.url,
            poll_at,
            to_text(payment)?,
            payment.payment.iud,
            searched(payment),
            later
        ],
    )?;
    Ok(())
}

/// What words of a search are looked for in: reason, people and numbers, in lower case.
fn searched(payment: &PaymentV2) -> String {
    let people = std::iter::once(&payment.payer).chain(&payment.debtor);
    let people = people.flat_map(|person| {
        [person.name.as_deref(), person.family_name.as_deref(), Some(person.tax_identification_number.as_str())]
    });
    let facts = &payment.payment;
    let numbers = [payment.reason.as_deref(), facts.notice_code.as_deref(), facts.iuv.as_deref(), facts.iud.as_deref()];
    numbers.into_iter().chain(people).flatten().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The payment of `tenant` within `scope`.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, scope: &Scope, id: PaymentId) -> Result<Option<Shown>> {
    match scope {
        Scope::Tenant => tx.optional("SELECT body FROM payments WHERE tenant_id = $1 AND id = $2", params![tenant, id], shown),
        Scope::Services(services) => {
            let sql = "SELECT body, service_id FROM payments WHERE tenant_id = $1 AND id = $2";
            let found = tx.optional(sql, params![tenant, id], |row| Ok((shown(row)?, row.get::<ServiceId>(1)?)))?;
            Ok(found.filter(|(_, service)| services.contains(service)).map(|(payment, _)| payment))
        }
        Scope::Person(user, tax_code) => tx.optional(
            "SELECT body FROM payments WHERE tenant_id = $1 AND id = $2 AND (user_id = $3 OR payer_tax_code = $4)",
            params![tenant, id, user, tax_code],
            shown,
        ),
    }
}

/// What the read model holds of a payment.
#[derive(Debug)]
pub struct Held {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// When its event was made.
    pub event_created_at: RomeTime,
    /// Its event.
    pub event_id: EventId,
    body: String,
    status: String,
    search: String,
}

impl Held {
    /// Whether it is in a status that an event with `status` of the same instant does not undo.
    pub fn is_later_than(&self, status: Status) -> bool {
        later_than(status).contains(&format!(",{},", self.status))
    }

    /// Whether it says what `payment` says.
    pub fn says(&self, payment: &PaymentV2) -> Result<bool> {
        Ok(self.body == to_text(payment)? && self.status == status_text(payment.status)? && self.search == searched(payment))
    }
}

/// What is held of a payment of any tenant: for the comparison with the log.
pub fn held(tx: &mut Tx<'_>, id: PaymentId) -> Result<Option<Held>> {
    #[derive(serde::Deserialize)]
    struct Identity {
        event_id: EventId,
    }
    let sql = "SELECT tenant_id, event_created_at, status, search, body FROM payments WHERE id = $1";
    tx.optional(sql, params![id], |row| {
        let body: String = row.get(4)?;
        // A body that cannot be read is no event's: it differs from whatever the log says.
        let event_id = from_text(&body).map_or(EventId(Uuid::nil()), |identity: Identity| identity.event_id);
        Ok(Held {
            tenant_id: row.get(0)?,
            event_created_at: row.get(1)?,
            event_id,
            status: row.get(2)?,
            search: row.get(3)?,
            body,
        })
    })
}

/// Whether the event comes after `position` in the embedded log. Asked only of events of one instant, which lie close together.
pub fn comes_after(tx: &mut Tx<'_>, event_id: EventId, position: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM events WHERE topic = $1 AND position > $2 AND event_id = $3 ORDER BY position LIMIT 1";
    Ok(tx.optional(sql, params![contracts::topic::PAYMENTS, position, event_id], |_| Ok(()))?.is_some())
}

/// An open payment whose check is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The payment.
    pub id: PaymentId,
    /// Where its proxy checks it.
    pub update_url: String,
    /// How many times in a row the proxy did not do it.
    pub failed: i64,
}

/// The open payments whose check is due at `now`, those that wait longest first.
pub fn due(tx: &mut Tx<'_>, now: RomeTime, limit: i64) -> Result<Vec<Due>> {
    let sql = "SELECT id, update_url, polls_failed FROM payments
               WHERE poll_at IS NOT NULL AND poll_at <= $1 AND update_url IS NOT NULL ORDER BY poll_at LIMIT $2";
    tx.all(sql, params![now, limit], |row| Ok(Due { id: row.get(0)?, update_url: row.get(1)?, failed: row.get(2)? }))
}

/// Puts off a check that was begun: until the proxy's event brings the next one, or until it is to be tried again.
pub fn put_off(tx: &mut Tx<'_>, id: PaymentId, poll_at: RomeTime) -> Result<()> {
    let sql = "UPDATE payments SET poll_at = $2, polls_failed = polls_failed + 1 WHERE id = $1 AND poll_at IS NOT NULL";
    tx.execute(sql, params![id, poll_at])?;
    Ok(())
}

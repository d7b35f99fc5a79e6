//! The read model: every payment as its latest event has it, for lists, for the pages and for the poller.

use contracts::payments::{PaymentV2, Status};
use kernel::{Money, PaymentId, RomeTime, Sort, TenantId, UserId, Uuid};
use serde_json::value::RawValue;
use storage::{Param, Result, Row, ToParam, Tx, params};

use super::home::status_text;
use super::{from_text, to_text};

/// Takes over the state of an event, unless a later one was taken over before. `poll_at` is when the poller asks next.
pub fn put(tx: &mut Tx<'_>, payment: &PaymentV2, poll_at: Option<RomeTime>) -> Result<()> {
    tx.execute(
        "INSERT INTO payments (id, tenant_id, service_id, user_id, remote_id, payer_tax_code, status, notice_code, iuv, amount_cents,
           created_at, updated_at, event_created_at, update_url, poll_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (id) DO UPDATE SET
           service_id = excluded.service_id, user_id = excluded.user_id, remote_id = excluded.remote_id,
           payer_tax_code = excluded.payer_tax_code, status = excluded.status, notice_code = excluded.notice_code, iuv = excluded.iuv,
           amount_cents = excluded.amount_cents, updated_at = excluded.updated_at, event_created_at = excluded.event_created_at,
           update_url = excluded.update_url, poll_at = excluded.poll_at, polls_failed = 0, body = excluded.body
         WHERE payments.tenant_id = excluded.tenant_id AND payments.event_created_at <= excluded.event_created_at",
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
            to_text(payment)?
        ],
    )?;
    Ok(())
}

/// Whose payments somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the tenant.
    Tenant,
    /// Those created for the user or to be paid by the person with this tax code.
    Person(UserId, String),
}

/// What a list of payments is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this application.
    pub remote_id: Option<Uuid>,
    /// Of this service.
    pub service_id: Option<Uuid>,
    /// Of this user.
    pub user_id: Option<Uuid>,
    /// In this status.
    pub status: Option<Status>,
    /// To be paid by the person or body with this tax code.
    pub payer: Option<String>,
    /// With this notice number or IUV.
    pub number: Option<String>,
    /// Created at or after this instant.
    pub created_since: Option<RomeTime>,
    /// Changed at or after this instant.
    pub updated_since: Option<RomeTime>,
}

/// A payment as the read model gives it: the JSON of its latest event.
pub type Shown = Box<RawValue>;

fn shown(row: &Row<'_>) -> Result<Shown> {
    from_text(&row.get::<String>(0)?)
}

/// A condition and its parameters, grown clause by clause.
struct Conditions<'a> {
    text: String,
    params: Vec<Param<'a>>,
}

impl<'a> Conditions<'a> {
    /// Adds `clause`, in which `?` stands for the parameter.
    fn and(&mut self, clause: &str, value: Option<&'a (impl ToParam + ?Sized)>) {
        if let Some(value) = value {
            self.params.push(value.to_param());
            self.text += &format!(" AND {}", clause.replace('?', &format!("${}", self.params.len())));
        }
    }
}

/// The payments of `tenant` within `scope` and `filter`: how many there are, and those from `offset` on.
pub fn list(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    scope: &Scope,
    filter: &Filter,
    sort: &Sort,
    (offset, limit): (u64, u64),
) -> Result<(u64, Vec<Shown>)> {
    let status = filter.status.map(status_text).transpose()?;
    let mut conditions = Conditions { text: "tenant_id = $1".to_owned(), params: vec![tenant.to_param()] };
    if let Scope::Person(user, tax_code) = scope {
        conditions.params.extend([user.to_param(), tax_code.to_param()]);
        conditions.text += " AND (user_id = $2 OR payer_tax_code = $3)";
    }
    conditions.and("remote_id = ?", filter.remote_id.as_ref());
    conditions.and("service_id = ?", filter.service_id.as_ref());
    conditions.and("user_id = ?", filter.user_id.as_ref());
    conditions.and("status = ?", status.as_ref());
    conditions.and("payer_tax_code = ?", filter.payer.as_ref());
    conditions.and("(notice_code = ? OR iuv = ?)", filter.number.as_ref());
    conditions.and("created_at >= ?", filter.created_since.as_ref());
    conditions.and("updated_at >= ?", filter.updated_since.as_ref());
    let Conditions { text: condition, mut params } = conditions;
    let total: i64 = tx.one(&format!("SELECT count(*) FROM payments WHERE {condition}"), &params, |row| row.get(0))?;
    let direction = if sort.descending { "DESC" } else { "ASC" };
    let (limit, offset) = (i64::try_from(limit).unwrap_or(i64::MAX), i64::try_from(offset).unwrap_or(i64::MAX));
    params.extend([Param::Int(limit), Param::Int(offset)]);
    // `sort.field` is one of the names that the operation allows, never the caller's text.
    let sql = format!(
        "SELECT body FROM payments WHERE {condition} ORDER BY {field} {direction}, id {direction} LIMIT ${} OFFSET ${}",
        params.len() - 1,
        params.len(),
        field = sort.field,
    );
    Ok((u64::try_from(total).unwrap_or_default(), tx.all(&sql, &params, shown)?))
}

/// The payment of `tenant` within `scope`.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, scope: &Scope, id: PaymentId) -> Result<Option<Shown>> {
    match scope {
        Scope::Tenant => tx.optional("SELECT body FROM payments WHERE tenant_id = $1 AND id = $2", params![tenant, id], shown),
        Scope::Person(user, tax_code) => tx.optional(
            "SELECT body FROM payments WHERE tenant_id = $1 AND id = $2 AND (user_id = $3 OR payer_tax_code = $4)",
            params![tenant, id, user, tax_code],
            shown,
        ),
    }
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

//! Lists of the read model: whose payments, which of them, in what order, page by page or one after the other.

use contracts::payments::Status;
use kernel::{PaymentId, RomeTime, ServiceId, Sort, TenantId, UserId, Uuid};
use serde_json::value::RawValue;
use storage::{Param, Result, Row, ToParam, Tx};

use super::from_text;
use super::home::status_text;

/// Whose payments somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the tenant.
    Tenant,
    /// Those of these services of the tenant.
    Services(Vec<ServiceId>),
    /// Those created for the user or to be paid by the person with this tax code.
    Person(UserId, String),
}

/// What a list of payments is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// This payment.
    pub id: Option<Uuid>,
    /// Of this application.
    pub remote_id: Option<Uuid>,
    /// Of this service.
    pub service_id: Option<Uuid>,
    /// Of one of these services: those of an office.
    pub services: Option<Vec<Uuid>>,
    /// Of this user.
    pub user_id: Option<Uuid>,
    /// In this status.
    pub status: Option<Status>,
    /// To be paid by the person or body with this tax code.
    pub payer: Option<String>,
    /// With this notice number, IUV or IUD.
    pub number: Option<String>,
    /// With all of these words in reason, people or numbers; lower case.
    pub words: Vec<String>,
    /// Created at or after this instant.
    pub created_since: Option<RomeTime>,
    /// Created before this instant.
    pub created_before: Option<RomeTime>,
    /// Changed at or after this instant.
    pub updated_since: Option<RomeTime>,
}

/// A payment as the read model gives it: the JSON of its latest event.
pub type Shown = Box<RawValue>;

pub(super) fn shown(row: &Row<'_>) -> Result<Shown> {
    from_text(&row.get::<String>(0)?)
}

/// A condition and its parameters, grown clause by clause.
pub(super) struct Conditions<'a> {
    pub(super) text: String,
    pub(super) params: Vec<Param<'a>>,
}

impl<'a> Conditions<'a> {
    /// What is of `tenant` and within `scope`.
    pub(super) fn of(tenant: &'a TenantId, scope: &'a Scope) -> Self {
        let mut conditions = Self { text: "tenant_id = $1".to_owned(), params: vec![tenant.to_param()] };
        match scope {
            Scope::Tenant => {}
            Scope::Services(services) => conditions.and_in("service_id", services),
            Scope::Person(user, tax_code) => {
                conditions.params.extend([user.to_param(), tax_code.to_param()]);
                conditions.text += " AND (user_id = $2 OR payer_tax_code = $3)";
            }
        }
        conditions
    }

    /// Adds `clause`, in which `?` stands for the parameter.
    fn and(&mut self, clause: &str, value: Option<&'a (impl ToParam + ?Sized)>) {
        if let Some(value) = value {
            let place = self.place(value);
            self.text += &format!(" AND {}", clause.replace('?', &place));
        }
    }

    /// Adds that `column` is one of `values`.
    fn and_in(&mut self, column: &str, values: &'a [impl ToParam]) {
        let places: Vec<_> = values.iter().map(|value| self.place(value)).collect();
        // No value at all is no payment at all; `IN ()` is no SQL everywhere.
        self.text +=
            &if places.is_empty() { " AND 1 = 0".to_owned() } else { format!(" AND {column} IN ({})", places.join(", ")) };
    }

    fn place(&mut self, value: &'a (impl ToParam + ?Sized)) -> String {
        self.params.push(value.to_param());
        format!("${}", self.params.len())
    }
}

/// What a filter says, as the columns have it: the parameters of its conditions borrow it.
struct Narrowed<'a> {
    filter: &'a Filter,
    status: Option<String>,
    patterns: Vec<String>,
}

impl<'a> Narrowed<'a> {
    fn new(filter: &'a Filter) -> Result<Self> {
        let status = filter.status.map(status_text).transpose()?;
        Ok(Self { filter, status, patterns: filter.words.iter().map(|word| pattern(word)).collect() })
    }

    fn conditions(&'a self, tenant: &'a TenantId, scope: &'a Scope) -> Conditions<'a> {
        let (filter, mut conditions) = (self.filter, Conditions::of(tenant, scope));
        conditions.and("id = ?", filter.id.as_ref());
        conditions.and("remote_id = ?", filter.remote_id.as_ref());
        conditions.and("service_id = ?", filter.service_id.as_ref());
        if let Some(services) = &filter.services {
            conditions.and_in("service_id", services);
        }
        conditions.and("user_id = ?", filter.user_id.as_ref());
        conditions.and("status = ?", self.status.as_ref());
        conditions.and("payer_tax_code = ?", filter.payer.as_ref());
        conditions.and("(notice_code = ? OR iuv = ? OR iud = ?)", filter.number.as_ref());
        for pattern in &self.patterns {
            conditions.and("search LIKE ? ESCAPE '!'", Some(pattern));
        }
        conditions.and("created_at >= ?", filter.created_since.as_ref());
        conditions.and("created_at < ?", filter.created_before.as_ref());
        conditions.and("updated_at >= ?", filter.updated_since.as_ref());
        conditions
    }
}

/// The word anywhere; the signs that `LIKE` knows stand for themselves.
fn pattern(word: &str) -> String {
    let escaped: String = word.chars().flat_map(|c| ['%', '_', '!'].contains(&c).then_some('!').into_iter().chain([c])).collect();
    format!("%{escaped}%")
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
    let narrowed = Narrowed::new(filter)?;
    let Conditions { text: condition, mut params } = narrowed.conditions(&tenant, scope);
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

/// Where a reader stands who takes payments one after the other, newest first.
pub type Place = (RomeTime, PaymentId);

/// At most `limit` payments after `place`, newest first, each with its own place: however many there are, no page costs more than another.
pub fn after(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    scope: &Scope,
    filter: &Filter,
    place: Option<Place>,
    limit: i64,
) -> Result<Vec<(Place, String)>> {
    let narrowed = Narrowed::new(filter)?;
    let mut conditions = narrowed.conditions(&tenant, scope);
    if let Some((at, id)) = &place {
        let (at, id) = (conditions.place(at), conditions.place(id));
        conditions.text += &format!(" AND (created_at, id) < ({at}, {id})");
    }
    let limit = conditions.place(&limit).clone();
    let sql = format!(
        "SELECT created_at, id, body FROM payments WHERE {} ORDER BY created_at DESC, id DESC LIMIT {limit}",
        conditions.text
    );
    tx.all(&sql, &conditions.params, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_like_stand_for_themselves() {
        assert_eq!(pattern("100%_a!"), "%100!%!_a!!%");
        assert_eq!(pattern("niccolò"), "%niccolò%");
    }
}

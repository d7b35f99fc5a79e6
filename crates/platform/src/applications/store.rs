//! Every statement about applications.

use kernel::{ApplicationId, FiscalCode, MessageId, PaymentId, RomeTime, ServiceId, TenantId, UserId};
use storage::{Param, Row, ToParam, Tx, params};
use web::TenantInfo;

use super::application::Application;
use super::state::State;
use super::view::{self, ApiVersion, Data};
use crate::errors::Error;

/// An application with everything that is stored of it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The application.
    pub application: Application,
    /// Its answers.
    pub data: Data,
    /// The value that only one open application of the service may have.
    pub unique_id: Option<String>,
    /// What operators search in: names, fiscal code, subject, registration number; in small letters.
    pub search_text: String,
    /// The people whom new answers name as those who may look at it; `None` where the answers are the stored ones.
    pub relatives: Option<Vec<FiscalCode>>,
}

impl Stored {
    /// Puts the registration numbers among what operators search in. A number that was corrected stays too: it stands on letters.
    pub fn index_numbers(&mut self) {
        let Self { application, search_text, .. } = self;
        for number in [&application.protocol_number, &application.outcome_protocol_number].into_iter().flatten() {
            let number = number.to_lowercase();
            if !search_text.contains(&number) {
                search_text.push(' ');
                search_text.push_str(&number);
            }
        }
    }
}

/// One change of status.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// Code of the status.
    pub status_code: i64,
    /// Its identifier.
    pub status_name: &'static str,
    /// What was said with it.
    pub message: Option<String>,
    /// The message it was said with.
    #[schema(value_type = Option<kernel::Uuid>)]
    pub message_id: Option<MessageId>,
    /// When.
    #[schema(value_type = String)]
    pub date: RomeTime,
}

/// Which applications a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this applicant only.
    pub user: Option<UserId>,
    /// Or submitted by others who have named this applicant.
    pub or_relative: bool,
    /// Of these services only; `None` is all.
    pub services: Option<Vec<ServiceId>>,
    /// Or in charge of this operator or one of his offices, whatever the service. Drafts of others are left out.
    pub or_operator: Option<UserId>,
    /// Of this service only.
    pub service: Option<ServiceId>,
    /// In this status only.
    pub status: Option<State>,
    /// In charge of this operator only.
    pub operator: Option<UserId>,
    /// With these words in name, fiscal code, subject or registration number.
    pub words: Option<String>,
    /// Column, at or after, before.
    pub times: Vec<(&'static str, &'static str, RomeTime)>,
}

fn stored(row: &Row<'_>) -> storage::Result<Stored> {
    let application = kernel::read_json(row.text(0)?).map_err(|error| storage::Error::Defect(format!("application: {error}")))?;
    let data = Data { answers: row.get(1)?, flat: row.get(2)? };
    Ok(Stored { application, data, unique_id: row.get(3)?, search_text: row.get(4)?, relatives: None })
}

const STORED: &str = "SELECT object, answers, data, unique_id, search_text FROM applications WHERE tenant_id = $1 AND id = $2";

/// The application, if it is the tenant's.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: ApplicationId) -> storage::Result<Option<Stored>> {
    tx.optional(STORED, params![tenant, id], stored)
}

/// The same, to be changed in this transaction.
pub fn find_for_change(tx: &mut Tx<'_>, tenant: TenantId, id: ApplicationId) -> storage::Result<Option<Stored>> {
    let sql = format!("{STORED}{}", tx.for_update());
    tx.optional(&sql, params![tenant, id], stored)
}

/// The tenant of an application.
pub fn tenant_of(tx: &mut Tx<'_>, id: ApplicationId) -> storage::Result<Option<TenantId>> {
    tx.optional("SELECT tenant_id FROM applications WHERE id = $1", params![id], |row| row.get(0))
}

fn duplicate(error: storage::Error) -> Error {
    match error {
        storage::Error::Unique(_) => Error::Duplicate,
        error => error.into(),
    }
}

/// Stores a new application, whose object's text is `object`.
pub fn insert(tx: &mut Tx<'_>, stored: &Stored, object: &str) -> Result<(), Error> {
    let Stored { application: a, data, unique_id, search_text, relatives } = stored;
    tx.execute(
        "INSERT INTO applications (id, tenant_id, service_id, user_id, status, operator_id, office_id, unique_id, search_text, object,
           answers, data, created_at, submitted_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            a.id,
            a.tenant,
            a.service_id,
            a.user,
            a.status.code(),
            a.operator_id,
            a.user_group_id,
            unique_id,
            search_text,
            object,
            data.answers,
            data.flat,
            a.created_at,
            a.submitted_at,
            a.flow_changed_at
        ],
    )
    .map_err(duplicate)?;
    add_relatives(tx, a, relatives.as_deref().unwrap_or_default())
}

fn add_relatives(tx: &mut Tx<'_>, application: &Application, relatives: &[FiscalCode]) -> Result<(), Error> {
    for code in relatives {
        tx.execute(
            "INSERT INTO application_relatives (tenant_id, tax_code, application_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params![application.tenant, code.to_string(), application.id],
        )?;
    }
    Ok(())
}

/// The applications of a tenant ($1) in which a user is named: the user name of citizens is their fiscal code.
const RELATED: &str =
    "SELECT r.application_id FROM application_relatives r JOIN users u ON u.tenant_id = r.tenant_id AND u.username = r.tax_code
                       WHERE r.tenant_id = $1 AND u.id";

/// Whether any application of somebody else names the user.
pub fn has_relatives(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> storage::Result<bool> {
    Ok(tx.optional(&format!("{RELATED} = $2 LIMIT 1"), params![tenant, user], |_| Ok(()))?.is_some())
}

/// Whether the application names the user.
pub fn is_relative(tx: &mut Tx<'_>, application: &Application, user: UserId) -> storage::Result<bool> {
    let sql = format!("{RELATED} = $2 AND r.application_id = $3");
    Ok(tx.optional(&sql, params![application.tenant, user, application.id], |_| Ok(()))?.is_some())
}

/// Stores a changed application, whose object's text is `object`.
pub fn update(tx: &mut Tx<'_>, stored: &Stored, object: &str) -> Result<(), Error> {
    let Stored { application: a, data, unique_id, search_text, relatives } = stored;
    tx.execute(
        "UPDATE applications SET status = $3, operator_id = $4, office_id = $5, unique_id = $6, search_text = $7, object = $8, answers = $9,
           data = $10, submitted_at = $11, updated_at = $12 WHERE tenant_id = $1 AND id = $2",
        params![
            a.tenant,
            a.id,
            a.status.code(),
            a.operator_id,
            a.user_group_id,
            unique_id,
            search_text,
            object,
            data.answers,
            data.flat,
            a.submitted_at,
            a.flow_changed_at
        ],
    )
    .map_err(duplicate)?;
    if let Some(relatives) = relatives {
        tx.execute("DELETE FROM application_relatives WHERE application_id = $1", params![a.id])?;
        add_relatives(tx, a, relatives)?;
    }
    Ok(())
}

/// The payment of an application: `payment`, unless it was told of another one before.
pub fn own_payment(tx: &mut Tx<'_>, application: &Application, payment: PaymentId, now: RomeTime) -> storage::Result<PaymentId> {
    let sql = "INSERT INTO application_payments (application_id, tenant_id, payment_id, told_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (application_id) DO NOTHING";
    tx.execute(sql, params![application.id, application.tenant, payment, now])?;
    let sql = "SELECT payment_id FROM application_payments WHERE tenant_id = $1 AND application_id = $2";
    tx.one(sql, params![application.tenant, application.id], |row| row.get(0))
}

/// Adds a change of status to the history.
pub fn add_history(
    tx: &mut Tx<'_>,
    id: ApplicationId,
    status: State,
    message: Option<&str>,
    message_id: Option<MessageId>,
    at: RomeTime,
) -> storage::Result<()> {
    tx.execute(
        "INSERT INTO application_history (application_id, seq, status, message, message_id, changed_at)
         VALUES ($1, (SELECT coalesce(max(seq), 0) + 1 FROM application_history WHERE application_id = $1), $2, $3, $4, $5)",
        params![id, status.code(), message, message_id, at],
    )?;
    Ok(())
}

/// The changes of status, oldest first.
pub fn history(tx: &mut Tx<'_>, id: ApplicationId) -> storage::Result<Vec<HistoryEntry>> {
    let sql = "SELECT status, message, message_id, changed_at FROM application_history WHERE application_id = $1 ORDER BY seq";
    tx.all(sql, params![id], |row| {
        let code: i64 = row.get(0)?;
        Ok(HistoryEntry {
            status_code: code,
            status_name: State::from_code(code).map_or("unknown", State::name),
            message: row.get(1)?,
            message_id: row.get(2)?,
            date: row.get(3)?,
        })
    })
}

/// What was said with the last change of status.
pub fn last_said(tx: &mut Tx<'_>, id: ApplicationId) -> Result<Option<String>, Error> {
    Ok(history(tx, id)?.pop().and_then(|entry| entry.message))
}

/// The conditions of a filter, as SQL after `WHERE`, and its parameters.
struct Conditions<'a> {
    sql: String,
    params: Vec<Param<'a>>,
}

impl<'a> Conditions<'a> {
    fn of(tenant: &'a TenantId, filter: &'a Filter) -> Self {
        let mut conditions = Self { sql: "tenant_id = $1".to_owned(), params: vec![tenant.to_param()] };
        if let Some(user) = &filter.user {
            if filter.or_relative {
                conditions.push(" AND (user_id = ", user.to_param());
                let user = conditions.params.len();
                conditions.sql.push_str(&format!(" OR status <> 1000 AND id IN ({RELATED} = ${user}))"));
            } else {
                conditions.and("user_id = ", user);
            }
        }
        if let Some(service) = &filter.service {
            conditions.and("service_id = ", service);
        }
        if let Some(status) = filter.status {
            conditions.push(" AND status = ", Param::Int(status.code()));
        }
        if let Some(operator) = &filter.operator {
            conditions.and("operator_id = ", operator);
        }
        for (column, operator, time) in &filter.times {
            conditions.push(&format!(" AND {column} {operator} "), Param::Time(*time));
        }
        if let Some(words) = &filter.words {
            // A literal substring, on both engines: no character of the words has a meaning of its own.
            conditions.push(" AND replace(search_text, ", Param::Text(words));
            conditions.sql.push_str(", '') <> search_text");
        }
        if let Some(services) = &filter.services {
            conditions.sql.push_str(" AND (");
            for service in services {
                conditions.params.push(service.to_param());
                conditions.sql.push_str(&format!("service_id = ${} OR ", conditions.params.len()));
            }
            match &filter.or_operator {
                Some(operator) => {
                    conditions.params.push(operator.to_param());
                    let offices = "SELECT m.office_id FROM office_members m WHERE m.user_id";
                    let operator = format!("${}", conditions.params.len());
                    conditions.sql.push_str(&format!("operator_id = {operator} OR office_id IN ({offices} = {operator}))"));
                    // A draft is no application to the body yet.
                    conditions.sql.push_str(&format!(" AND (status <> 1000 OR user_id = {operator})"));
                }
                None => conditions.sql.push_str("1 = 0)"),
            }
        }
        conditions
    }

    fn and(&mut self, condition: &str, value: &'a impl ToParam) {
        self.push(&format!(" AND {condition}"), value.to_param());
    }

    fn push(&mut self, condition: &str, value: Param<'a>) {
        self.params.push(value);
        self.sql.push_str(&format!("{condition}${}", self.params.len()));
    }
}

/// Which applications of those that a filter lets through, and in which order.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// The column that orders them.
    pub column: &'static str,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// How many are left out at the beginning.
    pub offset: u32,
    /// How many at most.
    pub limit: u32,
}

/// Adds the texts of the applications that `filter` lets through to `texts`, in the version asked for, separated by commas.
pub fn list(
    tx: &mut Tx<'_>,
    tenant: &TenantInfo,
    filter: &Filter,
    slice: Slice,
    version: ApiVersion,
    texts: &mut String,
) -> storage::Result<()> {
    let Slice { column, descending, offset, limit } = slice;
    let Conditions { sql, mut params } = Conditions::of(&tenant.id, filter);
    let data = match version {
        ApiVersion::One => "data",
        ApiVersion::Two => "answers",
    };
    let direction = if descending { "DESC" } else { "ASC" };
    params.extend([Param::Int(limit.into()), Param::Int(offset.into())]);
    let sql = format!(
        "SELECT object, {data}, id FROM applications WHERE {sql} ORDER BY {column} {direction}, id {direction} LIMIT ${} OFFSET ${}",
        params.len() - 1,
        params.len()
    );
    let mut first = true;
    tx.each(&sql, &params, |row| {
        if !std::mem::take(&mut first) {
            texts.push(',');
        }
        match version {
            ApiVersion::One => view::with_data(row.text(0)?, row.text(1)?, texts),
            ApiVersion::Two => {
                let nested = view::nested(row.text(1)?, tenant, row.get(2)?);
                let nested = nested.map_err(|error| storage::Error::Defect(format!("answers: {error}")))?;
                view::with_data(row.text(0)?, &nested, texts);
            }
        }
        Ok(true)
    })
}

/// How many applications `filter` lets through.
pub fn count(tx: &mut Tx<'_>, tenant: TenantId, filter: &Filter) -> storage::Result<i64> {
    let Conditions { sql, params } = Conditions::of(&tenant, filter);
    tx.one(&format!("SELECT count(*) FROM applications WHERE {sql}"), &params, |row| row.get(0))
}

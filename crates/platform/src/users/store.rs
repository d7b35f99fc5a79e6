//! Every statement about users.

use kernel::{FiscalCode, OfficeId, RomeTime, TenantId, UserId};
use storage::{Param, Row, ToParam, Tx, params};

use super::{Birth, Role, User};
use crate::errors::Error;

/// Which users a list shows. What is `None` does not restrict.
#[derive(Clone, Default)]
pub struct Filter {
    /// In one of these roles; when empty, in any but the visitors'.
    pub roles: Vec<Role>,
    /// With this user name.
    pub username: Option<String>,
    /// The citizen of this fiscal code.
    pub fiscal_code: Option<FiscalCode>,
    /// Who works in this office.
    pub office: Option<OfficeId>,
    /// With each of these words in name or user name.
    pub words: Vec<String>,
}

fn user(row: &Row<'_>) -> storage::Result<User> {
    kernel::read_json(row.text(0)?).map_err(|error| storage::Error::Defect(format!("user: {error}")))
}

/// The user, if it is the tenant's.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: UserId) -> storage::Result<Option<User>> {
    tx.optional("SELECT body FROM users WHERE tenant_id = $1 AND id = $2", params![tenant, id], user)
}

/// The same, to be changed in this transaction.
pub fn find_for_change(tx: &mut Tx<'_>, tenant: TenantId, id: UserId) -> storage::Result<Option<User>> {
    let sql = format!("SELECT body FROM users WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
    tx.optional(&sql, params![tenant, id], user)
}

/// The user of a name for signing in; of a citizen that is the fiscal code.
pub fn find_by_username(tx: &mut Tx<'_>, tenant: TenantId, username: &str) -> storage::Result<Option<User>> {
    tx.optional("SELECT body FROM users WHERE tenant_id = $1 AND username = $2", params![tenant, username], user)
}

/// The tenant's users that `filter` lets through, by family name.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, filter: &Filter, offset: u64, limit: u64) -> storage::Result<Vec<User>> {
    let code = filter.fiscal_code.map(|code| code.to_string());
    let mut sql = "SELECT body FROM users WHERE tenant_id = $1".to_owned();
    let mut params = vec![tenant.to_param()];
    let mut and = |condition: &str, param| {
        params.push(param);
        sql.push_str(&format!(" AND {}", condition.replace('?', &format!("${}", params.len()))));
    };
    if let Some(username) = &filter.username {
        and("username = ?", Param::Text(username));
    }
    if let Some(code) = &code {
        and("role = 'user' AND username = ?", Param::Text(code));
    }
    if let Some(office) = &filter.office {
        and("id IN (SELECT user_id FROM office_members WHERE office_id = ?)", office.to_param());
    }
    for word in &filter.words {
        // A literal part of the text, on both engines: no character of the word has a meaning of its own.
        and("replace(search_name, ?, '') <> search_name", Param::Text(word));
    }
    let roles = if filter.roles.is_empty() { &[Role::User, Role::Operator, Role::Admin] } else { filter.roles.as_slice() };
    let roles: Vec<_> = roles.iter().map(|role| format!("'{}'", role.as_str())).collect();
    sql.push_str(&format!(" AND role IN ({})", roles.join(", ")));
    let (offset, limit) = (i64::try_from(offset).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    params.extend([Param::Int(limit), Param::Int(offset)]);
    sql.push_str(&format!(" ORDER BY search_name, id LIMIT ${} OFFSET ${}", params.len() - 1, params.len()));
    tx.all(&sql, &params, user)
}

/// Stores a new user; false when the user name is taken.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, user: &User, now: RomeTime) -> Result<bool, Error> {
    let stored = tx.execute(
        "INSERT INTO users (id, tenant_id, role, username, search_name, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT DO NOTHING",
        params![user.id, tenant, user.role.as_str(), user.username, user.search_name(), body(user)?, now],
    )?;
    if stored == 1 {
        join_offices(tx, tenant, user)?;
    }
    Ok(stored == 1)
}

/// Creates or replaces a user.
///
/// # Errors
/// [`Error::Exists`] when another user has the name; [`Error::NotFound`] when the identifier is of another tenant's user.
pub fn put(tx: &mut Tx<'_>, tenant: TenantId, user: &User, now: RomeTime) -> Result<(), Error> {
    let stored = tx
        .execute(
            "INSERT INTO users (id, tenant_id, role, username, search_name, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET role = excluded.role, username = excluded.username, search_name = excluded.search_name,
               body = excluded.body WHERE users.tenant_id = excluded.tenant_id",
            params![user.id, tenant, user.role.as_str(), user.username, user.search_name(), body(user)?, now],
        )
        .map_err(|error| match error {
            storage::Error::Unique(_) => Error::Exists("Un altro utente dell'ente ha già questo nome utente o codice fiscale."),
            error => error.into(),
        })?;
    if stored == 1 { join_offices(tx, tenant, user) } else { Err(Error::NotFound) }
}

fn body(user: &User) -> Result<String, Error> {
    serde_json::to_string(user).map_err(|error| Error::Defect(error.to_string()))
}

/// Brings the members of the offices into line with the user.
///
/// # Errors
/// [`Error::Invalid`] when an office or service is not the tenant's.
fn join_offices(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<(), Error> {
    tx.execute("DELETE FROM office_members WHERE user_id = $1", params![user.id])?;
    for office in &user.user_groups_ids {
        let sql = "INSERT INTO office_members (office_id, user_id) SELECT id, $2 FROM offices WHERE tenant_id = $3 AND id = $1";
        if tx.execute(sql, params![office, user.id, tenant])? == 0 {
            return Err(Error::field("/user_groups_ids", "unknown", format!("L'ufficio {office} non esiste.")));
        }
    }
    for service in &user.enabled_services_ids {
        let sql = "SELECT 1 FROM services WHERE tenant_id = $1 AND id = $2";
        if tx.optional(sql, params![tenant, service], |_| Ok(()))?.is_none() {
            return Err(Error::field("/enabled_services_ids", "unknown", format!("Il servizio {service} non esiste.")));
        }
    }
    Ok(())
}

/// Removes a user who neither made nor handled an application.
///
/// # Errors
/// [`Error::Precondition`] when there are applications.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: UserId) -> Result<(), Error> {
    let used = "SELECT 1 FROM applications WHERE tenant_id = $1 AND (user_id = $2 OR operator_id = $2) LIMIT 1";
    if tx.optional(used, params![tenant, id], |_| Ok(()))?.is_some() {
        return Err(Error::Precondition("L'utente ha presentato o gestito delle pratiche: non può essere eliminato."));
    }
    tx.execute(
        "DELETE FROM office_members WHERE user_id IN (SELECT id FROM users WHERE tenant_id = $1 AND id = $2)",
        params![tenant, id],
    )?;
    tx.execute("DELETE FROM users WHERE tenant_id = $1 AND id = $2", params![tenant, id])?;
    Ok(())
}

/// The citizen whom an identity provider vouches for: the one of that fiscal code, with the provider's names and birth, or else `person`
/// as a new user. Contacts that the citizen gave stay as they are.
pub fn identify(tx: &mut Tx<'_>, tenant: TenantId, person: User, now: RomeTime) -> Result<User, Error> {
    // Two sign-ins at the same time make one user.
    if insert(tx, tenant, &person, now)? {
        return Ok(person);
    }
    let sql = format!("SELECT body FROM users WHERE tenant_id = $1 AND role = 'user' AND username = $2{}", tx.for_update());
    let before = tx.optional(&sql, params![tenant, person.username], user)?;
    let before = before.ok_or(Error::Exists("Il codice fiscale è il nome utente di un operatore."))?;
    let after = User {
        given_name: person.given_name,
        family_name: person.family_name,
        sex: person.sex.or(before.sex),
        birth: Birth {
            date: person.birth.date.or(before.birth.date),
            place: person.birth.place.or_else(|| before.birth.place.clone()),
            place_code: person.birth.place_code.or_else(|| before.birth.place_code.clone()),
            county: person.birth.county.or_else(|| before.birth.county.clone()),
            country: person.birth.country.or_else(|| before.birth.country.clone()),
        },
        email: before.email.clone().or(person.email),
        mobile_phone: before.mobile_phone.clone().or(person.mobile_phone),
        ..before.clone()
    };
    if after == before {
        return Ok(before);
    }
    let after = User { updated_at: Some(now), ..after };
    put(tx, tenant, &after, now)?;
    Ok(after)
}

/// Makes the holder of an anonymous session a user, who can have applications. Does nothing when there is one of that identifier.
pub fn ensure_anonymous(tx: &mut Tx<'_>, tenant: TenantId, id: UserId, now: RomeTime) -> Result<(), Error> {
    let visitor = User {
        username: format!("anonymous-{id}"),
        created_at: Some(now),
        updated_at: Some(now),
        ..User::new(id, Role::Anonymous)
    };
    insert(tx, tenant, &visitor, now).map(drop)
}

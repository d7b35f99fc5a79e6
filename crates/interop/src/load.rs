//! `sportello interop load <file.json>`: bodies, their people, attributes and addresses from a file, with the identifiers that it gives:
//! how an installation takes over what another one knows. LOAD.md documents the format.

use std::collections::BTreeMap;

use kernel::{Rng, RomeTime, TenantId, UserId};
use serde::Deserialize;
use storage::Tx;

use crate::attributes::registry::Attribute;
use crate::attributes::tenant::{ExternalId, Person, Tenant, TenantKind};
use crate::attributes::{Holdings, Kind};
use crate::deeds::{self, Actor, Deed};
use crate::errors::Error;
use crate::ids::AttributeId;
use crate::roles::Role;
use crate::rules::Rules;
use crate::store::{self, Purpose as Why};

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Attributes of the registry.
    #[serde(default)]
    pub attributes: Vec<AttributeLine>,
    /// Bodies.
    #[serde(default)]
    pub tenants: Vec<TenantLine>,
}

/// An attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeLine {
    /// Identifier.
    pub id: AttributeId,
    /// Who says that somebody has it.
    pub kind: Kind,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Of a certified one: the certifier.
    #[serde(default)]
    pub origin: Option<String>,
    /// Of a certified one: its code.
    #[serde(default)]
    pub code: Option<String>,
}

/// A body.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantLine {
    /// Identifier.
    pub id: TenantId,
    /// Where it comes from, and its code there.
    pub external_id: ExternalId,
    /// Name.
    pub name: String,
    /// Which rules of the risk analysis it has.
    pub kind: TenantKind,
    /// Fiscal code of the body.
    #[serde(default)]
    pub tax_code: Option<String>,
    /// Of a certifier: the origin of its attributes.
    #[serde(default)]
    pub certifier: Option<String>,
    /// Address for notices.
    #[serde(default)]
    pub mail: Option<String>,
    /// Its people: all of them.
    #[serde(default)]
    pub users: Vec<UserLine>,
    /// Certified attributes that it holds: all of them.
    #[serde(default)]
    pub certified_attributes: Vec<AttributeId>,
    /// Declared attributes that it holds besides those that it declared here.
    #[serde(default)]
    pub declared_attributes: Vec<AttributeId>,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserLine {
    /// Identifier.
    pub id: UserId,
    /// First name.
    pub name: String,
    /// Family name.
    pub family_name: String,
    /// What the person may do.
    pub roles: Vec<Role>,
}

/// How much was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Attributes that were new.
    pub attributes: usize,
    /// Bodies that were new.
    pub new_tenants: usize,
    /// Bodies that were known and have been changed.
    pub changed_tenants: usize,
}

/// Why a file was not loaded. Nothing of it was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// Something in it cannot be.
    #[error("{0}")]
    Content(String),
    /// The database, or a defect.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<storage::Error> for LoadError {
    fn from(error: storage::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Loads a file, all of it or nothing. Loading it again changes only what has changed in it; agreements follow attributes (A6).
///
/// # Errors
/// [`LoadError::Content`] with the line that cannot be.
pub fn load(tx: &mut Tx<'_>, file: &File, rules: &Rules, rng: &Rng, now: RomeTime) -> Result<Loaded, LoadError> {
    let mut loaded = Loaded::default();
    for line in &file.attributes {
        loaded.attributes += usize::from(load_attribute(tx, line, now)?);
    }
    for line in &file.tenants {
        let actor = Actor { tenant: line.id, user: None, roles: Vec::new() };
        let deed = Deed { actor, rules: rules.clone(), now, rng: rng.clone(), correlation_id: None };
        let before = store::bodies::find_tenant(tx, line.id, Why::Change)?;
        let tenant = tenant(tx, line, before.as_ref(), now)?;
        if before.as_ref() == Some(&tenant) {
            continue;
        }
        store::bodies::save_tenant(tx, &tenant).map_err(|error| match error {
            storage::Error::Unique(_) => LoadError::Content(format!(
                "ente {}: {} {} è già di un altro ente",
                line.id, line.external_id.origin, line.external_id.value
            )),
            error => error.into(),
        })?;
        let event = if before.is_some() { "MAINTENANCE_TENANT_UPDATED" } else { "TENANT_ONBOARDED" };
        deed.note(tx, &tenant, None, event)?;
        match before {
            None => loaded.new_tenants += 1,
            Some(before) => {
                loaded.changed_tenants += 1;
                if before.holdings != tenant.holdings {
                    deeds::agreements::reassess(tx, &deed, &tenant)?;
                }
            }
        }
    }
    Ok(loaded)
}

/// Adds an attribute; false when it is there already, as it is in the file.
fn load_attribute(tx: &mut Tx<'_>, line: &AttributeLine, now: RomeTime) -> Result<bool, LoadError> {
    let wrong = |why: &str| LoadError::Content(format!("attributo {}: {why}", line.id));
    if (line.kind == Kind::Certified) != (line.origin.is_some() && line.code.is_some()) {
        return Err(wrong("origin e code spettano agli attributi certificati, e soltanto a loro"));
    }
    if let Some(found) = store::bodies::find_attribute(tx, line.id)? {
        let same = (found.kind, &found.name, &found.origin, &found.code) == (line.kind, &line.name, &line.origin, &line.code);
        return if same { Ok(false) } else { Err(wrong("esiste già, diverso: un attributo non si modifica")) };
    }
    let attribute = Attribute {
        id: line.id,
        kind: line.kind,
        name: line.name.clone(),
        description: line.description.clone(),
        origin: line.origin.clone(),
        code: line.code.clone(),
        created_at: now,
    };
    store::bodies::insert_attribute(tx, &attribute).map_err(|error| match error {
        storage::Error::Unique(_) => wrong("nome o codice sono già di un altro attributo"),
        error => error.into(),
    })?;
    Ok(true)
}

/// The body of a line: what it holds is taken over from before, as far as the file does not tell it.
fn tenant(tx: &mut Tx<'_>, line: &TenantLine, before: Option<&Tenant>, now: RomeTime) -> Result<Tenant, LoadError> {
    let users: BTreeMap<_, _> = line
        .users
        .iter()
        .map(|user| {
            let person = Person { name: user.name.clone(), family_name: user.family_name.clone(), roles: user.roles.clone() };
            (user.id, person)
        })
        .collect();
    if users.len() < line.users.len() {
        return Err(LoadError::Content(format!("ente {}: un utente compare due volte", line.id)));
    }
    let mut tenant = Tenant {
        id: line.id,
        external_id: line.external_id.clone(),
        name: line.name.clone(),
        kind: line.kind,
        tax_code: line.tax_code.clone(),
        certifier: line.certifier.clone(),
        mail: line.mail.clone(),
        mail_description: before.filter(|before| before.mail == line.mail).and_then(|before| before.mail_description.clone()),
        users,
        holdings: before.map_or_else(Holdings::default, |before| before.holdings.clone()),
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: before.and_then(|before| before.updated_at),
    };
    for (kind, ids) in [(Kind::Certified, &line.certified_attributes), (Kind::Declared, &line.declared_attributes)] {
        for id in ids {
            let attribute = store::bodies::find_attribute(tx, *id)?.filter(|attribute| attribute.kind == kind);
            let unknown = || LoadError::Content(format!("ente {}: l'attributo {id} non esiste o è di un altro tipo", line.id));
            let attribute = attribute.ok_or_else(unknown)?;
            if kind == Kind::Certified {
                tenant.assign(attribute.id, now);
            } else {
                tenant.declare(&attribute, now).map_err(Error::from)?;
            }
        }
    }
    let gone: Vec<_> = tenant.holdings.certified.keys().filter(|id| !line.certified_attributes.contains(id)).copied().collect();
    for id in gone {
        tenant.unassign(id, now);
    }
    Ok(tenant)
}

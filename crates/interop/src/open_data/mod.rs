//! `sportello interop import`: certified attributes from open data (A1). The index of public administrations (IPA) says which category and
//! typology a body is of, the list of municipalities (ISTAT) in which province and region a municipality lies.

pub mod files;

use std::collections::BTreeMap;

use kernel::{Rng, RomeTime, TenantId, Uuid};
use sha2::{Digest as _, Sha256};
use storage::{Db, Tx};

use self::files::{Category, Entity, Municipality};
use crate::attributes::Kind;
use crate::attributes::registry::Attribute;
use crate::attributes::tenant::Tenant;
use crate::deeds::{self, Actor, Deed, Done};
use crate::errors::Service;
use crate::ids::AttributeId;
use crate::rules::Rules;
use crate::store::bodies::{self, TenantQuery};
use crate::store::lists::Page;
use crate::store::{self, Purpose as Why};

/// The register of public administrations, as origin of bodies and attributes.
const IPA: &str = "IPA";
/// The institute of statistics, as origin of attributes.
const ISTAT: &str = "ISTAT";
/// Category of municipalities.
const MUNICIPALITIES: &str = "L6";
/// Typologies that are attributes: those that say what a body is and not what it does.
const TYPOLOGIES: [&str; 2] = ["Pubbliche Amministrazioni", "Societa' in Conto Economico Consolidato"];
/// Attributes, or bodies, that are written in one transaction: others do not wait long.
const AT_ONCE: u32 = 200;

/// What the files say.
#[derive(Clone, Debug, Default)]
pub struct OpenData {
    /// Bodies of the index.
    pub entities: Vec<Entity>,
    /// Categories of bodies.
    pub categories: Vec<Category>,
    /// Municipalities by their code.
    pub municipalities: BTreeMap<String, Municipality>,
}

/// How much was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Attributes that were new.
    pub attributes: usize,
    /// Bodies that have got, or lost, an attribute.
    pub changed_tenants: usize,
    /// Bodies of the platform that the index does not have: they keep what they hold.
    pub unknown_tenants: usize,
}

/// An attribute as the registers give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The register.
    pub origin: &'static str,
    /// Its code there.
    pub code: String,
    /// Its name, unique in the register.
    pub name: String,
}

/// The code of a typology, which has none in the index: the digest of its name, as the public platform has it.
fn typology_code(name: &str) -> String {
    hex::encode(Sha256::digest(name))
}

impl OpenData {
    /// Every attribute that the files give, each once.
    pub fn attributes(&self) -> Vec<Wanted> {
        let ipa = |code: &str, name: &str| Wanted { origin: IPA, code: code.to_owned(), name: name.to_owned() };
        let categories = self.categories.iter().map(|category| ipa(&category.code, &category.name));
        let typologies = TYPOLOGIES.iter().filter(|name| self.categories.iter().any(|category| category.typology == **name));
        let typologies = typologies.map(|name| ipa(&typology_code(name), &format!("{name} - Tipologia IPA")));
        let entities = self.entities.iter().map(|entity| ipa(&entity.code, &entity.name));
        let places = self.municipalities.values().flat_map(Municipality::attributes);
        let mut by_code: BTreeMap<(&str, String), Wanted> = BTreeMap::new();
        for wanted in categories.chain(typologies).chain(entities).chain(places) {
            by_code.entry((wanted.origin, wanted.code.clone())).or_insert(wanted);
        }
        let mut named: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for wanted in by_code.values() {
            *named.entry((wanted.origin, wanted.name.clone())).or_default() += 1;
        }
        // There are two municipalities called Castro: the code tells them apart.
        let told_apart = by_code.into_values().map(|mut wanted| {
            if named[&(wanted.origin, wanted.name.clone())] > 1 {
                wanted.name = format!("{} ({})", wanted.name, wanted.code);
            }
            wanted
        });
        told_apart.collect()
    }

    /// The codes of the attributes of a body of the index.
    fn codes_of(&self, entity: &Entity) -> Vec<(&'static str, String)> {
        let mut codes = vec![(IPA, entity.code.clone()), (IPA, entity.category.clone())];
        if TYPOLOGIES.contains(&entity.typology.as_str()) {
            codes.push((IPA, typology_code(&entity.typology)));
        }
        if entity.category == MUNICIPALITIES {
            let place = self.municipalities.get(&entity.municipality);
            codes.extend(place.into_iter().flat_map(Municipality::attributes).map(|wanted| (ISTAT, wanted.code)));
        }
        codes
    }
}

impl Municipality {
    /// The province and the region, as attributes.
    fn attributes(&self) -> [Wanted; 2] {
        let wanted = |level: &str, code: &str, name: &str| Wanted {
            origin: ISTAT,
            code: format!("{level}-{code}"),
            name: format!("Comune: {level} {name}"),
        };
        [wanted("provincia", &self.province_code, &self.province), wanted("regione", &self.region_code, &self.region)]
    }
}

/// Brings registry and bodies to what the files say. Importing them again changes nothing; agreements follow attributes (A6).
///
/// # Errors
/// When the database is away. What was written until then stays: the import goes on where it stopped when it is done again.
pub async fn import(db: &Db, data: OpenData, rules: &Rules, rng: &Rng, now: RomeTime) -> Done<Imported> {
    let deed = |tenant: TenantId| Deed {
        actor: Actor { tenant, user: None, roles: Vec::new() },
        rules: rules.clone(),
        now,
        rng: rng.clone(),
        correlation_id: None,
    };
    let mut imported = Imported::default();
    for some in data.attributes().chunks(AT_ONCE as usize) {
        // The registers belong to nobody of the platform.
        let (some, deed) = (some.to_vec(), deed(TenantId(Uuid::nil())));
        imported.attributes += deeds::run(db, Service::Registry, move |tx| add(tx, &deed, &some)).await?;
    }
    let by_code: BTreeMap<String, Vec<(&str, String)>> =
        data.entities.iter().map(|entity| (entity.code.to_lowercase(), data.codes_of(entity))).collect();
    for tenant in bodies_of_the_index(db).await? {
        let Some(codes) = by_code.get(&tenant.external_id.value.to_lowercase()) else {
            imported.unknown_tenants += 1;
            continue;
        };
        let tax_code = data.entities.iter().find(|entity| entity.code.eq_ignore_ascii_case(&tenant.external_id.value));
        let tax_code = tax_code.and_then(|entity| entity.tax_code.clone());
        let (codes, deed) = (codes.clone(), deed(tenant.id));
        let done = deeds::run(db, Service::Tenant, move |tx| follow(tx, &deed, &codes, tax_code.as_ref()));
        imported.changed_tenants += usize::from(done.await?);
    }
    Ok(imported)
}

/// The bodies of the platform that come from the index.
async fn bodies_of_the_index(db: &Db) -> Done<Vec<Tenant>> {
    let mut found = Vec::new();
    loop {
        let page = Page { offset: u32::try_from(found.len()).unwrap_or(u32::MAX), limit: AT_ONCE };
        let query = TenantQuery { origin: Some(IPA.to_owned()), ..TenantQuery::default() };
        let (some, _) = db.read(move |tx| bodies::list_tenants(tx, &query, page)).await?;
        if some.is_empty() {
            return Ok(found);
        }
        found.extend(some);
    }
}

/// Adds the attributes that the registry does not have; gives how many.
fn add(tx: &mut Tx<'_>, deed: &Deed, wanted: &[Wanted]) -> Done<usize> {
    let mut added = 0;
    for Wanted { origin, code, name } in wanted {
        if bodies::find_attribute_by_code(tx, origin, code)?.is_some() {
            continue;
        }
        let attribute = Attribute {
            id: AttributeId(deed.rng.uuid_at(deed.now)),
            kind: Kind::Certified,
            name: name.clone(),
            description: name.clone(),
            origin: Some((*origin).to_owned()),
            code: Some(code.clone()),
            created_at: deed.now,
        };
        bodies::insert_attribute(tx, &attribute)?;
        deed.note(tx, &attribute, None, "ATTRIBUTE_ADDED")?;
        added += 1;
    }
    Ok(added)
}

/// Has a body hold exactly the attributes of the registers that its codes say, besides those of other certifiers; true when it changed.
fn follow(tx: &mut Tx<'_>, deed: &Deed, codes: &[(&str, String)], tax_code: Option<&String>) -> Done<bool> {
    let Some(mut tenant) = bodies::find_tenant(tx, deed.actor.tenant, Why::Change)? else { return Ok(false) };
    let before = tenant.clone();
    let mut given = Vec::new();
    for (origin, code) in codes {
        given.extend(bodies::find_attribute_by_code(tx, origin, code)?.map(|attribute| attribute.id));
    }
    let mut events = Vec::new();
    for attribute in &given {
        if tenant.assign(*attribute, deed.now) {
            events.push("TENANT_CERTIFIED_ATTRIBUTE_ASSIGNED");
        }
    }
    let held: Vec<AttributeId> = tenant.holdings.certified.keys().copied().collect();
    for attribute in held.into_iter().filter(|attribute| !given.contains(attribute)) {
        let origin = bodies::find_attribute(tx, attribute)?.and_then(|attribute| attribute.origin);
        if matches!(origin.as_deref(), Some(IPA | ISTAT)) && tenant.unassign(attribute, deed.now) {
            events.push("TENANT_CERTIFIED_ATTRIBUTE_REVOKED");
        }
    }
    if tax_code.is_some() {
        tenant.tax_code = tax_code.cloned();
    }
    if tenant == before {
        return Ok(false);
    }
    store::bodies::save_tenant(tx, &tenant)?;
    if events.is_empty() {
        events.push("MAINTENANCE_TENANT_UPDATED");
    }
    for event in events {
        deed.note(tx, &tenant, None, event)?;
    }
    deeds::agreements::reassess(tx, deed, &tenant)?;
    Ok(true)
}

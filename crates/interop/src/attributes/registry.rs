//! The registry of attributes (A5). Attributes are neither changed nor deleted.

use kernel::RomeTime;
use serde::{Deserialize, Serialize};

use super::Kind;
use super::tenant::Tenant;
use crate::errors::{Fault, Refusal, Service};
use crate::ids::AttributeId;
use crate::rules::Rules;

/// An attribute that versions may require and bodies may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Identifier.
    pub id: AttributeId,
    /// Who says that somebody has it.
    pub kind: Kind,
    /// Name, unique in its kind and origin.
    pub name: String,
    /// Description.
    pub description: String,
    /// Of a certified one: the certifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Of a certified one: its code, unique in its origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When it was created.
    pub created_at: RomeTime,
}

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
pub struct Seed {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Code, of a certified one.
    #[serde(default)]
    pub code: Option<String>,
}

/// The attribute that `creator` asks for. Uniqueness is the store's.
///
/// # Errors
/// [`Fault::AttributeOriginNotCompliant`], [`Fault::NotACertifierOfAttributes`], or what does not fit the schema.
pub fn create(
    seed: Seed,
    kind: Kind,
    creator: &Tenant,
    rules: &Rules,
    (id, now): (AttributeId, RomeTime),
) -> Result<Attribute, Refusal> {
    let length = |text: &str, name: &str, least: usize, most: usize| {
        let fits = (least..=most).contains(&text.trim().chars().count());
        let told = || Fault::Malformed(Service::Registry).told(format!("{name}: da {least} a {most} caratteri"));
        if fits { Ok(()) } else { Err(told()) }
    };
    let (origin, code) = match kind {
        Kind::Certified => {
            let certifier = creator.certifier.clone().ok_or(Fault::NotACertifierOfAttributes)?;
            let code = seed.code.unwrap_or_default();
            length(&seed.name, "name", 1, 500)?;
            length(&seed.description, "description", 1, 500)?;
            length(&code, "code", 1, 64)?;
            (Some(certifier), Some(code))
        }
        Kind::Declared | Kind::Verified => {
            if !rules.producer_origins.contains(&creator.external_id.origin) {
                return Err(Fault::AttributeOriginNotCompliant.into());
            }
            length(&seed.name, "name", 3, 100)?;
            length(&seed.description, "description", 10, 500)?;
            (None, None)
        }
    };
    Ok(Attribute { id, kind, name: seed.name, description: seed.description, origin, code, created_at: now })
}

#[cfg(test)]
mod tests {
    use super::super::tenant::tests::tenant;
    use super::*;
    use crate::rules::Profile;

    fn ask(kind: Kind, creator: &Tenant, code: Option<&str>) -> Result<Attribute, Fault> {
        let seed = Seed {
            name: "Comune italiano".into(),
            description: "Un comune della Repubblica".into(),
            code: code.map(str::to_owned),
        };
        let id = AttributeId(kernel::Uuid::from_u128(1));
        let now = RomeTime::from_microsecond(0).unwrap();
        create(seed, kind, creator, &Rules::of(Profile::Guide), (id, now)).map_err(|refusal| refusal.fault)
    }

    #[test]
    fn a5_declared_and_verified_attributes_are_created_by_bodies_of_an_allowed_origin() {
        let (body, mut stranger) = (tenant(1), tenant(2));
        stranger.external_id.origin = "SELC".into();
        for kind in [Kind::Declared, Kind::Verified] {
            assert_eq!(ask(kind, &body, None).unwrap().origin, None);
            assert_eq!(ask(kind, &stranger, None), Err(Fault::AttributeOriginNotCompliant));
        }
    }

    #[test]
    fn a5_certified_attributes_are_created_by_certifiers_under_their_own_origin() {
        let (body, mut certifier) = (tenant(1), tenant(2));
        certifier.certifier = Some("ANAC".into());
        assert_eq!(ask(Kind::Certified, &body, Some("L6")), Err(Fault::NotACertifierOfAttributes));
        let created = ask(Kind::Certified, &certifier, Some("L6")).unwrap();
        assert_eq!((created.origin.as_deref(), created.code.as_deref()), (Some("ANAC"), Some("L6")));
        assert_eq!(ask(Kind::Certified, &certifier, None), Err(Fault::Malformed(Service::Registry)));
    }
}

//! The e-services whose data the connector knows how to read.

use kernel::Uuid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an e-service tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Where somebody lives (C020).
    Residence,
    /// With whom (C021).
    Family,
    /// Of which states somebody is a citizen (C018).
    Citizenship,
    /// The number by which the national register knows somebody (C030): asked before the others, never for itself.
    UniqueId,
    /// The indicator of the economic situation.
    Isee,
}

impl Service {
    const ALL: [Self; 5] = [Self::Residence, Self::Family, Self::Citizenship, Self::UniqueId, Self::Isee];

    /// Its name in addresses and in the list of e-services.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Residence => "accertamento-residenza",
            Self::Family => "stato-famiglia",
            Self::Citizenship => "accertamento-cittadinanza",
            Self::UniqueId => "accertamento-id-unico-nazionale",
            Self::Isee => "isee",
        }
    }

    /// Who provides it, as addresses say.
    pub fn provider(self) -> &'static str {
        if self == Self::Isee { "inps" } else { "anpr" }
    }

    /// The use case that the national register wants to be told.
    pub fn use_case(self) -> &'static str {
        match self {
            Self::Residence => "C020",
            Self::Family => "C021",
            Self::Citizenship => "C018",
            Self::UniqueId => "C030",
            Self::Isee => "",
        }
    }

    /// The e-service of a name.
    pub fn by_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.slug() == slug)
    }

    /// The e-service that citizens are answered at an address.
    pub fn at(provider: &str, slug: &str) -> Option<Self> {
        Self::by_slug(slug).filter(|service| service.provider() == provider && *service != Self::UniqueId)
    }
}

/// An e-service: three addresses that are not the same, whatever they look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EService {
    /// Identifier.
    pub id: Uuid,
    /// Name in addresses: `accertamento-residenza`.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Version.
    pub version: String,
    /// `produzione`, `collaudo` or `locale`, as of the clients that call it.
    pub env: Environment,
    /// What is called.
    pub endpoint: String,
    /// For whom the signed headers are (`aud`).
    pub audience: String,
    /// For whom the assertion is by which a voucher is asked for (`aud`).
    pub aud_client_assertion: String,
}

/// An environment of the interoperability platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The one that counts.
    Produzione,
    /// The one for tests.
    Collaudo,
    /// The platform of this installation.
    Locale,
}

impl Environment {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Produzione => "produzione",
            Self::Collaudo => "collaudo",
            Self::Locale => "locale",
        }
    }

    /// The environment of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Produzione, Self::Collaudo, Self::Locale].into_iter().find(|env| env.name() == name)
    }
}

//! Identifiers of the interoperability platform. Bodies and people have those of the kernel.

use kernel::Uuid;
use serde::{Deserialize, Serialize};
use storage::{FromColumn, Param, Result, Row, ToParam};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = <Uuid as std::str::FromStr>::Err;
            fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl ToParam for $name {
            fn to_param(&self) -> Param<'_> {
                Param::Uuid(self.0)
            }
        }

        impl FromColumn for $name {
            fn from_column(row: &Row<'_>, index: usize) -> Result<Self> {
                Uuid::from_column(row, index).map(Self)
            }
        }
    )*};
}

ids! {
    /// An e-service.
    EServiceId,
    /// A version (descriptor) of an e-service.
    DescriptorId,
    /// An agreement (richiesta di fruizione).
    AgreementId,
    /// A purpose (finalità).
    PurposeId,
    /// A version of a purpose: its load.
    VersionId,
    /// An attribute of the registry.
    AttributeId,
    /// A client: a group of operators and of keys.
    ClientId,
    /// A keychain: a producer's group of operators and of keys.
    KeychainId,
    /// A risk analysis that a producer attached to an e-service.
    AnalysisId,
    /// A file: interface, document, contract.
    FileId,
}

//! The ways to sign in. A provider is a variant of [`SignIn`], one arm in `api/create_session.rs` and one line in [`offered`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clients::platform::Identified;

/// What somebody who signs in shows, by provider.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "provider", rename_all = "snake_case")]
pub enum SignIn {
    /// User name and password.
    Password {
        /// User name; of a citizen the fiscal code. Large and small letters are the same.
        #[schema(max_length = 180)]
        username: String,
        /// Password.
        #[schema(max_length = 1024)]
        password: String,
    },
    /// What the browser of a citizen brought back from the login provider, and the secret that it got when it was sent there.
    Oauth {
        /// `code` of the address that the provider sent the browser back to.
        #[schema(max_length = 4096)]
        code: String,
        /// `state` of that address.
        #[schema(max_length = 64)]
        state: String,
        /// `secret` of `POST session/oauth`.
        #[schema(max_length = 64)]
        secret: String,
    },
    /// One of the named citizens, without proof: only in a demonstration.
    Demo {
        /// Fiscal code of one of the citizens that `GET session/providers` lists.
        #[schema(max_length = 16)]
        fiscal_code: String,
    },
}

/// A way to sign in, as the page that offers it needs to know.
#[derive(Debug, Serialize, ToSchema)]
pub struct Provider {
    /// Name in `POST session`.
    pub id: &'static str,
    /// How it works: `redirect` sends the browser where `POST session/oauth` says, `password` asks for user name and password,
    /// `demo` for one of `citizens`.
    pub kind: &'static str,
    /// The named citizens of the demonstration; empty for other kinds.
    pub citizens: &'static [Citizen],
}

/// A named citizen of the demonstration.
#[derive(Debug, Serialize, ToSchema)]
pub struct Citizen {
    /// Codice fiscale.
    pub fiscal_code: &'static str,
    /// First name.
    pub name: &'static str,
    /// Family name.
    pub family_name: &'static str,
}

/// The citizens that the documentation's examples are about. Any tenant's demonstration knows them.
const CITIZENS: &[Citizen] = &[
    Citizen { fiscal_code: "BNRMHL75C06G702B", name: "Michelangelo", family_name: "Buonarroti" },
    Citizen { fiscal_code: "CLNVTR76P01G822Q", name: "Vittorino", family_name: "Coliandro" },
];

/// The ways that this installation offers, in the order to show them. `login` is whether it has a login provider.
pub fn offered(login: bool, demo: bool) -> Vec<Provider> {
    let elsewhere = login.then_some(Provider { id: "oauth", kind: "redirect", citizens: &[] });
    let citizens = demo.then_some(Provider { id: "demo", kind: "demo", citizens: CITIZENS });
    let password = Provider { id: "password", kind: "password", citizens: &[] };
    elsewhere.into_iter().chain(citizens).chain([password]).collect()
}

/// The named citizen of a fiscal code.
pub fn demo_citizen(fiscal_code: &str) -> Option<Identified<'static>> {
    let citizen = CITIZENS.iter().find(|citizen| citizen.fiscal_code.eq_ignore_ascii_case(fiscal_code.trim()))?;
    let (fiscal_code, given_name, family_name) = (citizen.fiscal_code, citizen.name, citizen.family_name);
    Some(Identified { fiscal_code, given_name, family_name, ..Identified::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_citizens_have_right_fiscal_codes() {
        for citizen in CITIZENS {
            assert!(citizen.fiscal_code.parse::<kernel::FiscalCode>().is_ok(), "{}", citizen.fiscal_code);
            assert!(demo_citizen(&citizen.fiscal_code.to_lowercase()).is_some());
        }
        assert!(demo_citizen("RSSMRA80A01H501U").is_none());
    }
}

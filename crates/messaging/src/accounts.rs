//! Organisations and their keys: making, replacing, showing.

use kernel::Rng;
use storage::Tx;

use crate::context::Context;
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::store::accounts::{self, Subscription, Which};
use crate::ulid::Ulid;

/// A pair of keys in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The first.
    pub primary: String,
    /// The second.
    pub secondary: String,
}

impl Keys {
    /// Two new keys.
    pub fn draw(context: &Context) -> Self {
        Self { primary: context.new_key(), secondary: context.new_key() }
    }
}

/// The name of an organisation's own pair of keys.
pub fn manage_id(account: &str) -> String {
    format!("MANAGE-{account}")
}

/// The name of the pair of keys that keeps the services of one group.
pub fn manage_group_id(group: &str) -> String {
    format!("MANAGE-GROUP-{group}")
}

/// What a pair of keys is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A service sends.
    Use(Ulid),
    /// An organisation keeps its services.
    Manage,
    /// Somebody keeps the services of a group.
    ManageGroup(String),
}

/// A key as the database keeps it: digest and sealed form. It opens only in its place.
pub fn kept(context: &Context, subscription: &str, which: Which, key: &str) -> (Vec<u8>, Vec<u8>) {
    (context.digest(key), context.seal(&place(subscription, which), key))
}

fn place(subscription: &str, which: Which) -> String {
    format!("key {subscription} {which:?}")
}

/// A pair of keys to be stored.
pub fn subscription(context: &Context, account: &str, purpose: &Purpose, keys: &Keys) -> Subscription {
    let (id, service_id, group_id) = match purpose {
        Purpose::Use(service) => (service.to_string(), Some(*service), None),
        Purpose::Manage => (manage_id(account), None, None),
        Purpose::ManageGroup(group) => (manage_group_id(group), None, Some(group.clone())),
    };
    Subscription {
        primary: kept(context, &id, Which::Primary, &keys.primary),
        secondary: kept(context, &id, Which::Secondary, &keys.secondary),
        account_id: account.to_owned(),
        id,
        service_id,
        group_id,
    }
}

/// A stored pair in clear.
///
/// # Errors
/// [`Error::NoItem`] when there is none; a defect when it was sealed with another secret.
pub fn show(context: &Context, tx: &mut Tx<'_>, id: &str) -> Result<Keys, Error> {
    let (primary, secondary) = accounts::find_keys(tx, id)?.ok_or_else(|| Error::NoItem(id.to_owned()))?;
    Ok(Keys {
        primary: context.open(&place(id, Which::Primary), &primary)?,
        secondary: context.open(&place(id, Which::Secondary), &secondary)?,
    })
}

/// A test citizen of the published form; the chance of two alike is one in millions, and does no
/// harm: it is nobody.
pub fn sandbox_code(rng: &Rng) -> CitizenCode {
    let letter = || char::from(b'A' + u8::try_from(rng.below(26)).unwrap_or(0));
    let letters: String = (0..6).map(|_| letter()).collect();
    let (year, day, place) = (rng.below(100), 1 + rng.below(28), rng.below(1_000));
    format!("{letters}{year:02}A{day:02}Y{place:03}X").parse().expect("made to the published form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_citizens_have_the_published_form() {
        let rng = Rng::seeded(3);
        for _ in 0..200 {
            let code = sandbox_code(&rng).to_string();
            assert!(code.as_bytes()[8] == b'A' && code.as_bytes()[11] == b'Y' && code.ends_with('X'), "{code}");
        }
    }
}

//! What a proxy must know of a tenant and of a payment to act on it: the configuration API (developers' documentation, "API v1" and
//! "API v2"). A configuration is kept as it was sent, so that members of other programs survive, and read into the types of this module
//! whenever it is used.

mod fields;
mod read;

use contracts::payments::{Receiver, Split};
use kernel::{Money, ServiceId, TaxCode, TenantId, Uuid};
use serde_json::{Map, Value};

pub use fields::{Fields, Wrong};
pub use read::STAMP_CENTS;

/// Most configurations that can be asked for by identifier at once.
pub const MAX_IDS: usize = 5;

/// A configuration as it was sent.
pub type Document = Map<String, Value>;

/// The edition of the configuration API, which decides what must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// `/tenants` and `/services`: the event says how much, for what and until when. Whatever this edition takes can be acted on, so what
    /// is stored is read by it.
    V1,
    /// `/v2/tenants` and `/v2/configs`: the body's tax code, and everything that the event may leave out, must be there.
    V2,
}

/// What a proxy knows of a public body.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantConfiguration {
    /// The public body.
    pub id: TenantId,
    /// Its name, as notices show it.
    pub name: String,
    /// Its tax code: the creditor of its payments. Configurations of version 1 do not have it.
    pub tax_code: Option<TaxCode>,
    /// Off: its payments are none of this proxy's business.
    pub active: bool,
    /// What the provider of the proxy wants to know besides.
    pub settings: Settings,
}

/// What a proxy knows of the payments of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentConfiguration {
    /// Identifier of the configuration.
    pub id: Uuid,
    /// The public body.
    pub tenant_id: TenantId,
    /// The collection that it is for; of type `service` the service.
    pub remote_id: Uuid,
    /// Off: these payments are none of this proxy's business.
    pub active: bool,
    /// Whether something is owed besides revenue stamps.
    pub ordinary: bool,
    /// The digital revenue stamps to be bought.
    pub stamps: Vec<StampSetting>,
    /// What is owed, in the provider's classification.
    pub due_type: Option<String>,
    /// What is owed, in pagoPA's taxonomy.
    pub category: Option<String>,
    /// How much, where the event does not say.
    pub amount: Option<Money>,
    /// What is paid, where the event does not say.
    pub reason: Option<String>,
    /// Days to pay, where the event does not say.
    pub expire_in_days: Option<i32>,
    /// Who receives the money, where it is not the tenant and the event does not say.
    pub receiver: Option<Receiver>,
    /// The items of the budget that the amount is split into.
    pub split: Vec<Split>,
    /// What the provider of the proxy wants to know besides.
    pub settings: Settings,
}

/// A digital revenue stamp of 16.00 to be bought with each payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampSetting {
    /// pagoPA's taxonomy of the stamp.
    pub category: Option<String>,
}

/// Members of a configuration that only the provider knows: keys, accounts, codes. Never shown in logs.
#[derive(Clone, Default, PartialEq)]
pub struct Settings(pub Document);

impl Settings {
    /// The text of a member that says something.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The whole number of a member, written as a number or as a text.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::String(text) => text.trim().parse().ok(),
            // Forms send 180.0 for 180.
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settings({} members)", self.0.len())
    }
}

impl TenantConfiguration {
    /// Segregation code of the notice numbers that the proxy gives (0 to 49), under aux digit 3.
    pub fn segregation_code(&self) -> u8 {
        self.settings.integer("segregation_code").and_then(|code| u8::try_from(code).ok()).filter(|code| *code < 50).unwrap_or(0)
    }
}

impl PaymentConfiguration {
    /// Whether it is the configuration of `service`.
    pub fn is_for(&self, service: ServiceId) -> bool {
        self.id == service.0 || self.remote_id == service.0
    }
}

#[cfg(test)]
mod tests;

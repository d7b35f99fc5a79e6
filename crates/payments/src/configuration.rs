//! What a proxy must know of a tenant and of a payment to act on it: the configuration API version 2 (developers' documentation,
//! "API v2", "Introduzione di campi standard"). A configuration is kept as it was sent, so that members of other programs survive, and
//! read into the types of this module whenever it is used.

mod fields;
mod read;

use contracts::payments::{PaymentType, Receiver, Split};
use kernel::{Money, ServiceId, TaxCode, TenantId, Uuid};
use serde_json::{Map, Value};

/// Most configurations that can be asked for by identifier at once.
pub const MAX_IDS: usize = 5;

/// A configuration as it was sent.
pub type Document = Map<String, Value>;

/// What a proxy knows of a public body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantConfiguration {
    /// The public body.
    pub id: TenantId,
    /// Its name, as notices show it.
    pub name: String,
    /// Its tax code: the creditor of its payments.
    pub tax_code: TaxCode,
    /// Off: its payments are none of this proxy's business.
    pub active: bool,
    /// Segregation code of its notice numbers (0 to 49), under aux digit 3.
    pub segregation_code: u8,
    /// Key to the provider. Never shown in logs.
    pub api_key: ApiKey,
}

/// A key to a provider; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(pub String);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(***)")
    }
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
    /// An ordinary payment or a digital revenue stamp.
    pub kind: PaymentType,
    /// What is owed, in the provider's classification.
    pub due_type: Option<String>,
    /// What is owed, in pagoPA's taxonomy.
    pub category: Option<String>,
    /// How much, where the event does not say.
    pub amount: Money,
    /// What is paid, where the event does not say.
    pub reason: String,
    /// Days to pay, where the event does not say.
    pub expire_in_days: i32,
    /// Who receives the money, where it is not the tenant and the event does not say.
    pub receiver: Option<Receiver>,
    /// The items of the budget that the amount is split into.
    pub split: Vec<Split>,
}

impl PaymentConfiguration {
    /// Whether it is the configuration of `service`.
    pub fn is_for(&self, service: ServiceId) -> bool {
        self.id == service.0 || self.remote_id == service.0
    }
}

#[cfg(test)]
mod tests;

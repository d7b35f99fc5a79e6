//! Version 1.0 of the payment event, which old producers have left in the topic. It is read, never written.

use std::fmt;

use kernel::{EventId, Money, PaymentId, RomeTime, ServiceId, TenantId, UserId};
use serde::Deserialize;
use uuid::Uuid;

use super::{Links, PaymentType, Person, Status};
use crate::envelope::TextVersion;
use crate::json::{Raw, masked_debug};

/// A payment as version 1.0 tells it (developers' documentation, payment event "Versione 1.0").
#[derive(Clone, PartialEq, Deserialize)]
pub struct PaymentV1 {
    /// The payment.
    pub id: PaymentId,
    /// The user that it was created for.
    pub user_id: Option<UserId>,
    /// The kind of payment that a proxy must implement to act on it.
    #[serde(rename = "type")]
    pub kind: PaymentType,
    /// The public body.
    pub tenant_id: TenantId,
    /// The service that asks for the payment.
    pub service_id: ServiceId,
    /// When the payment was created.
    pub created_at: RomeTime,
    /// When the payment last changed.
    pub updated_at: RomeTime,
    /// Where the payment stands.
    pub status: Status,
    /// What is paid.
    pub reason: Option<String>,
    /// The application that is paid for.
    pub remote_id: Option<Uuid>,
    /// Amount and numbers.
    pub payment: PaymentBlockV1,
    /// Where to pay, to return, to be told, to check; without `confirm` and `cancel`.
    #[serde(default)]
    pub links: Links,
    /// Who pays.
    pub payer: Person,
    /// This event.
    pub event_id: EventId,
    /// `"1.0"`.
    pub event_version: TextVersion<1>,
    /// When this event was made.
    pub event_created_at: RomeTime,
    /// Who made this event, `name:version`.
    #[serde(default)]
    pub app_id: Option<String>,
}

/// Amount and numbers of a payment in version 1.0.
#[derive(Clone, PartialEq, Deserialize)]
pub struct PaymentBlockV1 {
    /// The transaction at the provider, once paid.
    pub transaction_id: Option<String>,
    /// When it was paid.
    pub paid_at: Option<RomeTime>,
    /// Until when it can be paid.
    pub expire_at: Option<RomeTime>,
    /// How much.
    pub amount: Option<Money>,
    /// ISO 4217.
    pub currency: String,
    /// The notice number.
    pub notice_code: Option<String>,
    /// The payment's identifier without hyphens.
    pub iud: Option<String>,
    /// The number of the payment in pagoPA.
    pub iuv: Option<String>,
    /// Parts of the amount; their form depended on the provider.
    #[serde(default)]
    pub split: Option<Raw>,
}

masked_debug!(PaymentBlockV1);

impl fmt::Debug for PaymentV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PaymentV1");
        debug.field("id", &self.id).field("status", &self.status).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

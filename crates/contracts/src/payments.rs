//! Topic `payments`, version 2.0: a payment, its links and its people (developers' documentation, payment event "Versione 2.0").
//! Members are written in the order of the documentation's example. Members that it does not name are kept, in the event, in its
//! `payment` and `links`, and in people.

mod v1;
mod validate;

use std::fmt;

use kernel::{EventId, Money, PaymentId, RomeTime, ServiceId, TenantId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::envelope::{Event, TextVersion, Version, topic};
use crate::json::{Extra, Raw, masked_debug, money_text, null_as_default};

pub use v1::{PaymentBlockV1, PaymentV1, decode_accepted};

/// A payment as it is after something happened to it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentV2 {
    /// The payment.
    pub id: PaymentId,
    /// The user that it was created for; none for dues that were imported.
    pub user_id: Option<UserId>,
    /// The kind of payment that a proxy must implement to act on it.
    #[serde(rename = "type")]
    pub kind: PaymentType,
    /// The public body.
    pub tenant_id: TenantId,
    /// The service that asks for the payment; partition key and, with the tenant, key of the proxy's configuration.
    pub service_id: ServiceId,
    /// When the payment was created.
    pub created_at: RomeTime,
    /// When the payment last changed.
    pub updated_at: RomeTime,
    /// Where the payment stands.
    pub status: Status,
    /// What is paid (causale), at most 140 characters. When absent the proxy's configuration has it.
    pub reason: Option<String>,
    /// The application that is paid for; none for dues that were imported.
    pub remote_id: Option<Uuid>,
    /// Amount, numbers and receiver.
    pub payment: Payment,
    /// Where to pay, to return, to be told, to check.
    #[serde(default)]
    pub links: Links,
    /// Who pays (soggetto versante).
    pub payer: Person,
    /// Who owes (soggetto pagatore), where it is not the payer.
    pub debtor: Option<Person>,
    /// This event.
    pub event_id: EventId,
    /// `"2.0"`.
    pub event_version: TextVersion<2>,
    /// When this event was made.
    pub event_created_at: RomeTime,
    /// Who made this event, `name:version`.
    pub app_id: String,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where a payment stands (developers' documentation, "Tabella stati pagamento").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// To be created at the provider.
    CreationPending,
    /// The provider refused it.
    CreationFailed,
    /// Created at the provider, to be paid.
    PaymentPending,
    /// The payer has begun to pay.
    PaymentStarted,
    /// The provider confirmed it; used by some proxies before they tell the application.
    PaymentConfirmed,
    /// Not paid within its term; nearly unused.
    PaymentFailed,
    /// Paid, the application is to be told; used by some proxies.
    NotificationPending,
    /// Paid.
    Complete,
    /// Not paid within a year: nobody asks the provider any more.
    Expired,
    /// An operator cancelled it.
    Canceled,
}

/// The kind of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PaymentType {
    /// `PAGOPA`: an ordinary payment.
    Pagopa,
    /// `STAMP`: a digital revenue stamp (marca da bollo digitale).
    Stamp,
    /// The kind of another vendor's proxy, at most 50 characters.
    Other(String),
}

/// Amount, numbers and receiver of a payment.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// `PAGOPA` or `STAMP`; older producers leave it out.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PaymentType>,
    /// The transaction at the provider, once paid.
    pub transaction_id: Option<String>,
    /// When it was paid.
    pub paid_at: Option<RomeTime>,
    /// Until when it can be paid. When absent the proxy's configuration has it.
    pub expire_at: Option<RomeTime>,
    /// How much; a number in JSON. When absent the proxy's configuration has it.
    pub amount: Option<Money>,
    /// What is paid, where it differs from the event's `reason`; at most 140 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// ISO 4217, `EUR`.
    pub currency: String,
    /// The notice number that the citizen types.
    pub notice_code: Option<String>,
    /// The payment's identifier without hyphens (identificativo univoco dovuto), see [`iud`].
    pub iud: Option<String>,
    /// The number of the payment in pagoPA (identificativo univoco di versamento).
    pub iuv: Option<String>,
    /// Who receives the money, where it is not the tenant.
    pub receiver: Option<Receiver>,
    /// What is owed, in the provider's classification.
    pub due_type: Option<String>,
    /// What is owed, in pagoPA's taxonomy (`9/12129/TS`).
    pub pagopa_category: Option<String>,
    /// The document that a revenue stamp is put on.
    pub document: Option<Document>,
    /// The parts of the amount by item of the budget.
    #[serde(default, deserialize_with = "null_as_default")]
    pub split: Vec<Split>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who receives the money.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Receiver {
    /// Tax code; required.
    pub tax_identification_number: String,
    /// Name; required.
    pub name: String,
    /// Account, ISO 13616.
    pub iban: Option<String>,
    /// Street. The documentation's example calls it so, and so do the proxies.
    pub address: Option<String>,
    /// Street, as the documentation's table calls it. Read, and kept when read; see [`Receiver::street`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_name: Option<String>,
    /// Number in the street.
    pub building_number: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Municipality.
    pub town_name: Option<String>,
    /// Province, two letters.
    pub country_subdivision: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The document that a revenue stamp is put on.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The document.
    pub id: Option<Uuid>,
    /// Where to fetch it.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Its digest; required.
    pub hash: Option<String>,
}

/// A part of the amount.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The item of the budget, as the configuration of the service calls it.
    pub code: String,
    /// The part; a text in JSON. None: this payer is exempt from the item, which must not be sent to the provider.
    #[serde(default, with = "money_text::option")]
    pub amount: Option<Money>,
    /// What else the configuration says of the item.
    #[serde(default = "Raw::empty_object")]
    pub meta: Raw,
}

/// Where to pay, to return, to be told, to check.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Opens the provider's payment page.
    #[serde(deserialize_with = "null_as_default")]
    pub online_payment_begin: Link,
    /// Where the payer lands after the provider's page.
    #[serde(deserialize_with = "null_as_default")]
    pub online_payment_landing: Link,
    /// The payment notice, to pay elsewhere.
    #[serde(deserialize_with = "null_as_default")]
    pub offline_payment: Link,
    /// The receipt.
    #[serde(deserialize_with = "null_as_default")]
    pub receipt: Link,
    /// Whom to tell that it is paid.
    #[serde(deserialize_with = "null_as_default")]
    pub notify: Vec<Notify>,
    /// Where the poller asks the proxy to check the payment, and when.
    #[serde(deserialize_with = "null_as_default")]
    pub update: Update,
    /// Forces completion.
    #[serde(deserialize_with = "null_as_default")]
    pub confirm: Link,
    /// Forces cancellation.
    #[serde(deserialize_with = "null_as_default")]
    pub cancel: Link,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An address, how to call it and when it was last opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// Absolute address; none while there is nothing to open.
    pub url: Option<String>,
    /// When it was last opened.
    pub last_opened_at: Option<RomeTime>,
    /// How to call it.
    pub method: Option<Method>,
}

/// Somebody to be told that the payment is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Absolute address.
    pub url: String,
    /// `GET` or `POST`.
    pub method: Method,
    /// When it was told.
    #[serde(default)]
    pub sent_at: Option<RomeTime>,
}

/// How the poller checks the payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Update {
    /// Absolute address at the proxy.
    pub url: Option<String>,
    /// When the provider was last asked.
    pub last_check_at: Option<RomeTime>,
    /// When to ask again; none: never.
    pub next_check_at: Option<RomeTime>,
    /// `GET` or `POST`.
    pub method: Option<Method>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

/// A payer or debtor.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// A natural or a legal person.
    #[serde(rename = "type")]
    pub kind: PersonKind,
    /// Codice fiscale, or tax code of a body or company.
    pub tax_identification_number: String,
    /// Given name, or the whole name of a legal person.
    pub name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Street.
    pub street_name: Option<String>,
    /// Number in the street.
    pub building_number: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Municipality.
    pub town_name: Option<String>,
    /// Province, two letters (ISO 3166-2 without the country).
    pub country_subdivision: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Electronic mail address.
    pub email: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A natural or a legal person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonKind {
    /// Persona fisica.
    Human,
    /// Persona giuridica.
    Legal,
}

/// The identifier of a due that belongs to a payment: the payment's own, in hexadecimal digits without hyphens.
pub fn iud(payment: PaymentId) -> String {
    payment.0.simple().to_string()
}

impl PaymentType {
    /// As events spell it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pagopa => "PAGOPA",
            Self::Stamp => "STAMP",
            Self::Other(kind) => kind,
        }
    }
}

impl Serialize for PaymentType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PaymentType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(match kind.as_ref() {
            "PAGOPA" => Self::Pagopa,
            "STAMP" => Self::Stamp,
            _ => Self::Other(kind.into_owned()),
        })
    }
}

impl Receiver {
    /// The street, whichever of its two names the producer used.
    pub fn street(&self) -> Option<&str> {
        self.address.as_deref().or(self.street_name.as_deref())
    }
}

impl Event for PaymentV2 {
    const TOPIC: &'static str = topic::PAYMENTS;
    const VERSION: Version = Version::major(2);

    fn key(&self) -> String {
        self.service_id.to_string()
    }

    fn event_id(&self) -> EventId {
        self.event_id
    }

    fn renew(&mut self, event_id: EventId, at: RomeTime, app_id: &str) {
        self.event_id = event_id;
        self.event_created_at = at.trunc_to_second();
        app_id.clone_into(&mut self.app_id);
    }
}

masked_debug!(Payment, Receiver, Document, Split, Links, Person);

impl fmt::Debug for PaymentV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PaymentV2");
        debug.field("id", &self.id).field("status", &self.status).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

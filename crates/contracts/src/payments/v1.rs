//! Version 1.0 of the payment event, which old producers have left in the topic. It is read, never written.

use std::fmt;

use kernel::{EventId, Money, PaymentId, RomeTime, ServiceId, TenantId, Unreadable, UserId, read_json};
use serde::Deserialize;
use uuid::Uuid;

use super::{Links, Payment, PaymentType, PaymentV2, Person, Split, Status};
use crate::envelope::{Decoded, Event as _, TextVersion, Version, decode};
use crate::json::{Raw, masked_debug};

/// Who made an event that does not say so.
const UNKNOWN_APP: &str = "unknown:1.0";

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

impl PaymentV1 {
    /// The version.
    pub const VERSION: Version = Version::major(1);

    /// The same payment as version 2.0 tells it: who reads version 1.0 goes on in 2.0.
    ///
    /// # Errors
    /// When the parts of the amount do not have the form that version 2.0 gave them.
    pub fn into_v2(self) -> Result<PaymentV2, Unreadable> {
        let PaymentBlockV1 { transaction_id, paid_at, expire_at, amount, currency, notice_code, iud, iuv, split } = self.payment;
        let split: Vec<Split> = match split {
            Some(split) if !split.is_empty() => split.read()?,
            _ => Vec::new(),
        };
        let payment =
            Payment { transaction_id, paid_at, expire_at, amount, currency, notice_code, iud, iuv, split, ..Payment::default() };
        Ok(PaymentV2 {
            id: self.id,
            user_id: self.user_id,
            kind: self.kind,
            tenant_id: self.tenant_id,
            service_id: self.service_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
            status: self.status,
            reason: self.reason,
            remote_id: self.remote_id,
            payment,
            links: self.links,
            payer: self.payer,
            debtor: None,
            event_id: self.event_id,
            event_version: TextVersion,
            event_created_at: self.event_created_at,
            app_id: self.app_id.unwrap_or_else(|| UNKNOWN_APP.to_owned()),
            extra: crate::json::Extra::default(),
        })
    }
}

/// Reads a payment event of one of the versions that a program accepts, as version 2.0 tells it.
///
/// # Errors
/// When the payload is of an accepted version, or of none, and cannot be read.
pub fn decode_accepted(payload: &str, accepted: &[Version]) -> Result<Decoded<PaymentV2>, Unreadable> {
    match decode::<PaymentV2>(payload)? {
        Decoded::OtherVersion(PaymentV1::VERSION) if accepted.contains(&PaymentV1::VERSION) => {
            Ok(Decoded::Event(Box::new(read_json::<PaymentV1>(payload)?.into_v2()?)))
        }
        Decoded::Event(_) if !accepted.contains(&PaymentV2::VERSION) => Ok(Decoded::OtherVersion(PaymentV2::VERSION)),
        decoded => Ok(decoded),
    }
}

masked_debug!(PaymentBlockV1);

impl fmt::Debug for PaymentV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PaymentV1");
        debug.field("id", &self.id).field("status", &self.status).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = include_str!("../../samples/payments/1.0/payment_started.json");
    const NEW: &str = include_str!("../../samples/payments/2.0/payment_started.json");

    fn version(payload: &str, accepted: &[Version]) -> Option<Version> {
        match decode_accepted(payload, accepted).unwrap() {
            Decoded::Event(_) => None,
            Decoded::OtherVersion(version) => Some(version),
        }
    }

    #[test]
    fn only_accepted_versions_are_read() {
        let (one, two) = (PaymentV1::VERSION, PaymentV2::VERSION);
        for (payload, accepted, other) in [
            (OLD, &[one, two][..], None),
            (NEW, &[one, two], None),
            (OLD, &[two], Some(one)),
            (NEW, &[one], Some(two)),
            (NEW, &[], Some(two)),
        ] {
            assert_eq!(version(payload, accepted), other, "{accepted:?}");
        }
        assert!(decode_accepted("{}", &[one, two]).is_err());
    }

    #[test]
    fn an_old_event_is_the_same_payment_in_the_new_form_and_keeps_its_rules() {
        let old: PaymentV1 = serde_json::from_str(OLD).unwrap();
        let Decoded::Event(new) = decode_accepted(OLD, &[PaymentV1::VERSION]).unwrap() else { panic!("not accepted") };
        assert_eq!(
            (new.id, new.status, new.payment.amount, &new.payment.iuv),
            (old.id, old.status, old.payment.amount, &old.payment.iuv)
        );
        assert_eq!((new.links.clone(), new.payment.split.len()), (old.links.clone(), 0));
        assert_eq!(new.validate(), []);
        assert!(serde_json::to_string(&new).unwrap().contains(r#""event_version":"2.0""#));
    }

    #[test]
    fn parts_of_an_old_amount_are_taken_over_or_refused() {
        let with = |split: &str| OLD.replace("\"split\": null", &format!("\"split\": {split}"));
        let parts = |split: &str| match decode_accepted(&with(split), &[PaymentV1::VERSION]) {
            Ok(Decoded::Event(event)) => Some(event.payment.split.len()),
            _ => None,
        };
        assert_eq!(parts(r#"[{ "code": "c_1", "amount": "1.34", "meta": {} }]"#), Some(1));
        assert_eq!((parts("[]"), parts("{}"), parts(r#""IMU""#)), (Some(0), Some(0), None));
    }
}

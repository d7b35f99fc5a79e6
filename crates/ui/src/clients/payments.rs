//! Payments as the read model gives them (developers' documentation, "Evento Payment 2.0").

use http::Method;
use kernel::RomeTime;
use runtime::PeerClient;
use serde::Deserialize;

use super::{Call, ClientError, query, segment};
use crate::i18n::Locale;

/// The payments' read model, for one tenant and one person.
#[derive(Clone, Debug)]
pub struct Payments {
    peer: PeerClient,
    tenant: String,
    token: Option<String>,
    locale: Locale,
}

/// One page of payments.
#[derive(Clone, Debug, Deserialize)]
pub struct PaymentPage {
    /// How many there are in all.
    pub meta: super::Count,
    /// The payments of this page.
    pub data: Vec<Payment>,
}

impl Payments {
    /// The payments as `token`'s holder may see them.
    pub fn new(peer: PeerClient, tenant: &str, locale: Locale, token: Option<String>) -> Self {
        Self { peer, tenant: segment(tenant), token, locale }
    }

    fn get(&self, path: &str) -> Call {
        Call::new(&self.peer, Method::GET, format!("/{}/api{path}", self.tenant), self.locale, self.token.as_deref())
    }

    /// The payments of the caller, newest first.
    pub async fn list(&self, offset: u64, limit: u64) -> Result<PaymentPage, ClientError> {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        self.get(&query("/payments", &[("offset", &offset), ("limit", &limit), ("sort", "-created_at")])).read().await
    }

    /// A payment.
    pub async fn find(&self, id: &str) -> Result<Payment, ClientError> {
        self.get(&format!("/payments/{}", segment(id))).read().await
    }

    /// The payment of an application; the newest if there are several, `None` while there is none.
    pub async fn of_application(&self, id: &str) -> Result<Option<Payment>, ClientError> {
        let payments: Vec<Payment> = self.get(&query("/payments", &[("remote_id", id)])).read().await?;
        Ok(payments.into_iter().next())
    }
}

/// A payment with what its page needs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Payment {
    /// Identifier.
    pub id: String,
    /// `CREATION_PENDING` ... `COMPLETE`, `CANCELED`.
    pub status: String,
    /// What is paid for.
    pub reason: String,
    /// The application that is paid for; other identifiers for dues that came from elsewhere.
    pub remote_id: String,
    /// When it was made.
    pub created_at: Option<RomeTime>,
    /// Amounts and codes.
    pub payment: PaymentFacts,
    /// Where to pay, to get the notice and the receipt.
    pub links: PaymentLinks,
}

/// Amounts and codes of a payment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaymentFacts {
    /// Euro, a number or a text.
    pub amount: serde_json::Value,
    /// When it was paid.
    pub paid_at: Option<RomeTime>,
    /// Until when it can be paid.
    pub expire_at: Option<RomeTime>,
    /// The 18 digits of the notice.
    pub notice_code: Option<String>,
    /// The creditor's reference.
    pub iuv: Option<String>,
}

/// The citizen's links of a payment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaymentLinks {
    /// Pays online.
    pub online_payment_begin: PaymentLink,
    /// Gives the notice to print.
    pub offline_payment: PaymentLink,
    /// Gives the receipt.
    pub receipt: PaymentLink,
}

/// One link; without an address until the provider gives one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaymentLink {
    /// The address.
    pub url: Option<String>,
}

impl PaymentLink {
    /// The address, if it is one that a browser may be sent to.
    pub fn href(&self) -> Option<&str> {
        let url = self.url.as_deref()?;
        (url.starts_with("https://") || url.starts_with("http://") || (url.starts_with('/') && !url.starts_with("//")))
            .then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        let link = |url: &str| PaymentLink { url: Some(url.into()) };
        assert!(link("javascript:alert(1)").href().is_none());
        assert!(link("//evil.example").href().is_none());
        assert_eq!(link("/payment-proxy/demo/online-payment/1").href(), Some("/payment-proxy/demo/online-payment/1"));
        assert_eq!(link("https://pay.example.it/1").href(), Some("https://pay.example.it/1"));
    }
}

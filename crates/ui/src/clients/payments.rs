//! The payment of an application, as the read model gives it (developers' documentation, "Evento Payment 2.0").

use kernel::RomeTime;
use serde::Deserialize;

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

//! Payments as the read model gives them (developers' documentation, "Evento Payment 2.0").

use http::Method;
use kernel::RomeTime;
use runtime::PeerClient;
use serde::Deserialize;

use super::model::text;
use super::{Call, ClientError, Download, query, segment};
use crate::i18n::Locale;

/// What the addresses of the platform's own proxies begin with.
pub(super) const PROXIES: &str = "/payment-proxy/";

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
        self.call(Method::GET, format!("/{}/api{path}", self.tenant))
    }

    /// The tenant, as a segment of a path.
    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(super) fn call(&self, method: Method, path: String) -> Call {
        Call::new(&self.peer, method, path, self.locale, self.token.as_deref())
    }

    /// The providers whose proxies this installation has.
    pub async fn providers(&self) -> Result<Vec<Provider>, ClientError> {
        self.get("/payments/providers").read().await
    }

    /// The payments that the caller may see, newest first.
    pub async fn search(&self, wanted: &PaymentQuery) -> Result<PaymentPage, ClientError> {
        let (offset, limit) = (wanted.offset.to_string(), wanted.limit.to_string());
        let mut parameters = wanted.parameters();
        parameters.extend([("offset", offset.as_str()), ("limit", &limit), ("sort", "-created_at")]);
        self.get(&query("/payments", &parameters)).read().await
    }

    /// All of them as a table.
    pub async fn export(&self, wanted: &PaymentQuery) -> Result<Download, ClientError> {
        self.get(&query("/payments/export", &wanted.parameters())).download().await
    }

    /// A payment.
    pub async fn find(&self, id: &str) -> Result<Payment, ClientError> {
        self.get(&format!("/payments/{}", segment(id))).read().await
    }

    /// Has a provider make a cart of payments; the payer comes back to `return_url`.
    pub async fn make_cart(&self, provider: &str, payments: &[&str], return_url: &str) -> Result<Cart, ClientError> {
        let body = serde_json::json!({ "payments": payments, "return_url": return_url });
        self.call(Method::POST, format!("{PROXIES}{}/carts", segment(provider))).json(&body).read().await
    }

    /// A cart of the caller's.
    pub async fn cart(&self, provider: &str, id: &str) -> Result<Cart, ClientError> {
        self.call(Method::GET, format!("{PROXIES}{}/carts/{}", segment(provider), segment(id))).read().await
    }

    /// Cancels a payment at its proxy. Only proxies of this platform can be asked; the path of the link says which.
    pub async fn cancel(&self, payment: &Payment) -> Result<(), ClientError> {
        let path = payment.links.cancel.own_path().ok_or_else(|| ClientError::Failed("a proxy of others".to_owned()))?;
        self.call(Method::PATCH, path).json(&serde_json::json!({ "status": "CANCELED" })).done().await
    }

    /// The payment of an application; the newest if there are several, `None` while there is none.
    pub async fn of_application(&self, id: &str) -> Result<Option<Payment>, ClientError> {
        let payments: Vec<Payment> = self.get(&query("/payments", &[("remote_id", id)])).read().await?;
        Ok(payments.into_iter().next())
    }
}

/// Which payments to list. Empty fields do not restrict.
#[derive(Clone, Debug, Default)]
pub struct PaymentQuery {
    /// Words or a number.
    pub text: String,
    /// The status.
    pub status: String,
    /// The service.
    pub service_id: String,
    /// The office that handles the service.
    pub office_id: String,
    /// Created at or after this instant.
    pub since: String,
    /// Created before this instant.
    pub before: String,
    /// First payment.
    pub offset: u64,
    /// How many.
    pub limit: u64,
}

impl PaymentQuery {
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("q", &self.text),
            ("status", &self.status),
            ("service_id", &self.service_id),
            ("office_id", &self.office_id),
            ("created_since", &self.since),
            ("created_before", &self.before),
        ]
    }
}

/// A provider with a proxy.
#[derive(Clone, Debug, Deserialize)]
pub struct Provider {
    /// Name: `pagopa`.
    pub name: String,
    /// Most payments that can be paid together; 1: each by itself.
    #[serde(default)]
    pub cart: usize,
}

/// Payments that are paid together.
#[derive(Clone, Debug, Deserialize)]
pub struct Cart {
    /// The payments, in the order in which they were chosen.
    pub payments: Vec<String>,
    /// The provider's page.
    pub checkout_url: Option<String>,
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
    #[serde(deserialize_with = "text")]
    pub reason: String,
    /// The application that is paid for; other identifiers for dues that came from elsewhere.
    #[serde(deserialize_with = "text")]
    pub remote_id: String,
    /// The service.
    pub service_id: String,
    /// The user that it was made for; none for dues that came from elsewhere.
    pub user_id: Option<String>,
    /// When it was made.
    pub created_at: Option<RomeTime>,
    /// When it last changed.
    pub updated_at: Option<RomeTime>,
    /// Who pays.
    pub payer: Payer,
    /// Amounts and codes.
    pub payment: PaymentFacts,
    /// Where to pay, to get the notice and the receipt.
    pub links: PaymentLinks,
}

impl Payment {
    /// Whether it can be paid now, as far as is known here.
    pub fn is_owed(&self) -> bool {
        matches!(self.status.as_str(), "PAYMENT_PENDING" | "PAYMENT_STARTED")
    }

    /// The provider that it is paid through, where that is a proxy of this platform.
    pub fn provider(&self) -> Option<String> {
        let path = self.links.online_payment_begin.own_path()?;
        path.strip_prefix(PROXIES)?.split('/').next().map(str::to_owned)
    }
}

/// Who pays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Payer {
    /// Given name, or the name of a body or company.
    pub name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Tax code.
    pub tax_identification_number: String,
}

impl Payer {
    /// The whole name.
    pub fn full_name(&self) -> String {
        [&self.name, &self.family_name].into_iter().flatten().map(|part| part.trim()).collect::<Vec<_>>().join(" ")
    }
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
    /// Cancels.
    pub cancel: PaymentLink,
}

/// One link; without an address until the provider gives one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaymentLink {
    /// The address.
    pub url: Option<String>,
}

impl PaymentLink {
    /// The path of an address at a proxy of this platform, however the proxy is reached from outside.
    pub fn own_path(&self) -> Option<String> {
        let url = self.href()?;
        let rest = &url[url.find(PROXIES)? + PROXIES.len()..];
        let clean = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_'));
        clean.then(|| format!("{PROXIES}{rest}"))
    }

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
    fn a_due_that_was_imported_is_shown() {
        let due = include_str!("../../../contracts/samples/payments/2.0/imported_due.json");
        let payment: Payment = serde_json::from_str(due).unwrap();
        assert_eq!((payment.status.as_str(), payment.user_id), ("PAYMENT_PENDING", None));
        let text = r#"{"id": "1", "reason": null, "remote_id": null, "user_id": null}"#;
        assert_eq!(serde_json::from_str::<Payment>(text).unwrap().remote_id, "");
    }

    #[test]
    fn only_web_addresses_become_links() {
        let link = |url: &str| PaymentLink { url: Some(url.into()) };
        assert!(link("javascript:alert(1)").href().is_none());
        assert!(link("//evil.example").href().is_none());
        assert_eq!(link("/payment-proxy/demo/online-payment/1").href(), Some("/payment-proxy/demo/online-payment/1"));
        assert_eq!(link("https://pay.example.it/1").href(), Some("https://pay.example.it/1"));
        assert_eq!(link("https://a.it/payment-proxy/iris/payments/1").own_path().unwrap(), "/payment-proxy/iris/payments/1");
        for other in ["https://pay.example.it/1", "https://a.it/payment-proxy/../admin", "https://a.it/payment-proxy/x?y=1"] {
            assert_eq!(link(other).own_path(), None, "{other}");
        }
    }
}

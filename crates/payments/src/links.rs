//! The addresses that a proxy puts into a payment (developers' documentation, "Un pagamento in dettaglio", step 4).

use contracts::payments::{Link, Links, Method, Update};
use kernel::{PaymentId, RomeTime, Uuid};

/// The two base addresses of a proxy, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyUrls {
    /// Where citizens and operators reach it (`EXTERNAL_API_URL`).
    pub external: String,
    /// Where the other roles reach it (`INTERNAL_API_URL`).
    pub internal: String,
}

impl ProxyUrls {
    /// Where the provider sends the citizen back; it adds `status=OK` or `status=KO`.
    pub fn landing(&self, id: PaymentId) -> String {
        format!("{}/landing/{id}", self.external)
    }

    /// The same for a cart.
    pub fn cart_landing(&self, id: Uuid) -> String {
        format!("{}/carts/{id}/landing", self.external)
    }

    /// Where the provider tells that something happened to a position.
    pub fn notifications(&self) -> String {
        format!("{}/notifications", self.external)
    }

    /// The link that cancels the payment.
    pub fn cancel(&self, id: PaymentId) -> Link {
        self.link(format!("payments/{id}"), Method::Patch)
    }

    /// Fills in every link of a payment that was created at `now`. The first check is due at once.
    pub fn fill(&self, id: PaymentId, links: &mut Links, now: RomeTime) {
        links.online_payment_begin = self.link(format!("online-payment/{id}"), Method::Get);
        links.online_payment_landing = self.link(format!("landing/{id}"), Method::Get);
        links.offline_payment = self.link(format!("offline-payment/{id}"), Method::Get);
        links.receipt = self.link(format!("receipt/{id}"), Method::Get);
        let update = format!("{}/update/{id}", self.internal);
        links.update = Update { url: Some(update), last_check_at: None, next_check_at: Some(now), method: Some(Method::Get) };
        links.confirm.method = Some(Method::Patch);
        links.cancel = self.cancel(id);
    }

    fn link(&self, path: String, method: Method) -> Link {
        Link { url: Some(format!("{}/{path}", self.external)), last_opened_at: None, method: Some(method) }
    }
}

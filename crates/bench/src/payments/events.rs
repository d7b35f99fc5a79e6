//! The events that the proxy reads.

use contracts::payments::PaymentV2;
use contracts::topic;
use kernel::{Money, NoticeNumber, PaymentId, Rng, RomeTime, Series};
use runtime::App;
use testkit::BUGLIANO;

use super::sandbox::SERVICE;

/// A payment to be created, and one that was created elsewhere.
const NEW: &str = include_str!("../../../contracts/samples/payments/2.0/creation_pending.json");
const DUE: &str = include_str!("../../../contracts/samples/payments/2.0/imported_due.json");

/// What an event asks of the proxy.
pub enum Kind {
    /// To create a position at the intermediary: two transactions, a call between them, an event.
    New,
    /// To follow a due: one transaction. Its identifiers begin with the time, as those of the platform's dispatcher and importer do.
    Due,
    /// The same with identifiers at random, as other programs give them: each is at another place of the indexes.
    Foreign,
}

impl Kind {
    /// What is done.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "payments created at the intermediary",
            Self::Due => "dues followed",
            Self::Foreign => "dues followed, with identifiers at random",
        }
    }
}

/// An event that nobody has seen: its identifier and its text.
pub fn event(kind: &Kind, rng: &Rng, now: RomeTime) -> (kernel::EventId, String) {
    let id = || if matches!(kind, Kind::Foreign) { rng.uuid() } else { rng.uuid_at(now) };
    let mut payment: PaymentV2 = serde_json::from_str(if matches!(kind, Kind::New) { NEW } else { DUE }).expect("a sample");
    payment.id = PaymentId(id());
    payment.tenant_id = kernel::TenantId(BUGLIANO.parse().expect("a tenant"));
    payment.service_id = kernel::ServiceId(SERVICE.parse().expect("a service"));
    payment.payment.iud = Some(payment.id.0.simple().to_string());
    payment.payment.amount = Money::from_cents(2_000).ok();
    payment.payment.split.clear();
    payment.payment.receiver = None;
    payment.payment.document = None;
    payment.payment.kind = None;
    if !matches!(kind, Kind::New) {
        let notice = NoticeNumber::new(Series::Segregated(47), rng.below(9_999_999_999_999)).expect("a notice number");
        payment.payment.notice_code = Some(notice.to_string());
        payment.payment.iuv = Some(notice.iuv().to_string());
    }
    payment.app_id = "bench:1.0".to_owned();
    payment.event_id = kernel::EventId(id());
    (payment.event_id, serde_json::to_string(&payment).expect("an event is JSON"))
}

/// Fills the log, a thousand events at a time: what that costs is not the proxy's.
pub async fn publish(app: &App, kind: &Kind, count: usize) {
    let mut left = count;
    while left > 0 {
        let now = app.clock().now();
        let batch: Vec<_> = (0..left.min(1_000)).map(|_| event(kind, app.rng(), now)).collect();
        left -= batch.len();
        let write = move |tx: &mut storage::Tx<'_>| {
            batch.iter().try_for_each(|(id, payload)| tx.append(topic::PAYMENTS, SERVICE, *id, payload, now))
        };
        app.db().write(write).await.expect("the log takes events");
    }
}

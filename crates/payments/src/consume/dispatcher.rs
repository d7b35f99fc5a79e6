//! The dispatcher reads topic `applications` and makes one payment of each application that is to be paid (developers' documentation,
//! "Un pagamento in dettaglio", step 2).

use contracts::applications::{ApplicationV2, PaymentData, status_of};
use contracts::payments::{Link, Links, Method, Notify, Payment, PaymentType, PaymentV2, Status, Update, iud};
use contracts::{Decoded, Event as _, TextVersion, decode};
use kernel::{Money, PaymentId, RomeTime};
use runtime::{App, Consumer, Event, Failure, Outcome};
use storage::Tx;

use super::people::{Data, person};
use crate::identifier;
use crate::store::marks;

/// Name of the role, its consumer and its events.
pub const ROLE: &str = "payment-dispatcher";
/// Status of an application whose payment is to be made.
const PAYMENT_PENDING: &str = "1500";
/// Longest reason that the payment event carries.
const MAX_REASON: usize = 140;

/// The reader.
pub fn consumer(app: &App) -> Consumer {
    let app = app.clone();
    Consumer::new(ROLE, contracts::topic::APPLICATIONS, move |tx, event| read(&app, tx, event))
}

fn read(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    // Most events of the topic are of applications in other statuses: a look at the status costs a tenth of reading everything.
    if status_of(&event.payload).is_some_and(|status| status != PAYMENT_PENDING) {
        return Ok(Outcome::Ignore("nothing to pay in this status"));
    }
    let application = match decode::<ApplicationV2>(&event.payload) {
        Ok(Decoded::Event(application)) => application,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("a version that the dispatcher does not speak")),
        Err(error) => return Err(Failure::from(error)),
    };
    if application.status != PAYMENT_PENDING {
        return Ok(Outcome::Ignore("nothing to pay in this status"));
    }
    let data = application.payment().map_err(|error| Failure::Poison(format!("payment_data non leggibile: {error}")))?;
    let Some(data) = data.filter(|data| data.amount > Money::ZERO) else {
        return Ok(Outcome::Ignore("nothing to pay"));
    };
    let now = app.clock().now();
    let id = identifier::of_application(app.secret(), application.id);
    if !marks::dispatch(tx, application.id, application.tenant_id, id, now)? {
        return Ok(Outcome::Ignore("the application has its payment"));
    }
    let mut payment = payment(&application, data, id, now).map_err(Failure::Poison)?;
    payment.renew(app.event_id(), now, &app.app_id(ROLE));
    Failure::unless_valid("il pagamento non sarebbe valido", &payment.validate())?;
    tx.emit(&payment, now)?;
    tracing::info!(payment_id = %id, application_id = %application.id, "payment dispatched");
    Ok(Outcome::Done)
}

/// The payment of an application, to be created.
fn payment(application: &ApplicationV2, data: PaymentData, id: PaymentId, now: RomeTime) -> Result<PaymentV2, String> {
    let now = now.trunc_to_second();
    let filled: Data = application.data.read().unwrap_or_default();
    let payer = person(&filled, "applicant", application.user_name.as_deref());
    let payer = payer.ok_or("the applicant has no valid tax code or no name")?;
    let get = |url| Link { url, last_opened_at: None, method: Some(Method::Get) };
    let none = || Link { url: None, last_opened_at: None, method: None };
    let notify = data.notify.map(|call| Notify { url: call.url, method: call.method, sent_at: None });
    Ok(PaymentV2 {
        id,
        user_id: Some(application.user),
        kind: PaymentType::Pagopa,
        tenant_id: application.tenant_id,
        service_id: application.service_id,
        created_at: now,
        updated_at: now,
        status: Status::CreationPending,
        reason: data.reason.map(|reason| reason.chars().take(MAX_REASON).collect()),
        remote_id: Some(application.id.0),
        payment: Payment {
            kind: Some(PaymentType::Pagopa),
            expire_at: data.expire_at,
            amount: Some(data.amount),
            currency: "EUR".to_owned(),
            iud: Some(iud(id)),
            split: data.split.unwrap_or_default(),
            ..Payment::default()
        },
        links: Links {
            online_payment_begin: get(None),
            online_payment_landing: get(data.landing.map(|call| call.url)),
            offline_payment: get(None),
            receipt: get(None),
            notify: notify.into_iter().collect(),
            update: Update { method: Some(Method::Get), ..Update::default() },
            confirm: none(),
            cancel: none(),
            ..Links::default()
        },
        payer,
        debtor: person(&filled, "debtor", None),
        event_id: application.event_id,
        event_version: TextVersion,
        event_created_at: now,
        app_id: String::new(),
        extra: contracts::Extra::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application() -> ApplicationV2 {
        serde_json::from_str(include_str!("../../../contracts/samples/applications/2/payment_pending.json")).unwrap()
    }

    #[test]
    fn the_payment_is_that_of_the_documentation() {
        let application = application();
        let id = identifier::of_application(b"secret", application.id);
        let now = "2025-03-12T09:15:02.7+01:00".parse().unwrap();
        let data = application.payment().unwrap().unwrap();
        let mut made = payment(&application, data, id, now).unwrap();
        made.renew(application.event_id, now, "payment-dispatcher:0.1.0");
        assert_eq!(made.validate(), vec![]);
        let made = serde_json::to_value(&made).unwrap();
        let mut expected: serde_json::Value =
            serde_json::from_str(include_str!("../../../contracts/samples/payments/2.0/creation_pending.json")).unwrap();
        for pointer in ["/id", "/payment/iud", "/event_id", "/payment/expire_at"] {
            *expected.pointer_mut(pointer).unwrap() = made.pointer(pointer).unwrap().clone();
        }
        assert_eq!(made, expected);
        assert_eq!(made["payment"]["iud"], id.0.simple().to_string());
        assert_eq!(made["payment"]["expire_at"], "2025-06-10T10:15:00+02:00");
    }
}

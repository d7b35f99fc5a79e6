//! A proxy reads topic `payments`: payments to be created go to its provider, payments that came from elsewhere are followed
//! (developers' documentation, "Un pagamento in dettaglio", step 3 and "Dovuti importati da fonte esterna").

use contracts::Decoded;
use contracts::payments::{PaymentType, PaymentV2, Status, decode_accepted};
use runtime::{Consumer, Event, Failure, Outcome};
use storage::Tx;

use super::broken_rules;
use crate::configuration::{PaymentConfiguration, TenantConfiguration};
use crate::errors::Error;
use crate::metering::Count;
use crate::payment::{Command, apply};
use crate::prepare::{position, prepare};
use crate::providers::Position;
use crate::proxy::{Case, Errand, Proxy};
use crate::store::home::Followed;
use crate::store::{configurations, home};
use crate::tree::note_payment;

/// The reader of `proxy`. It reads the versions of the event that its provider declares; others are ignored. Whatever it does begins
/// with following the payment, and a payment is followed once.
pub fn consumer(proxy: Proxy) -> Consumer {
    Consumer::new(proxy.role(), contracts::topic::PAYMENTS, move |tx, event| read(&proxy, tx, event)).remembering()
}

fn read(proxy: &Proxy, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    if is_ours(proxy, &event.payload) {
        return Ok(Outcome::Ignore("an event of our own"));
    }
    let payment = match decode_accepted(&event.payload, proxy.about().events) {
        Ok(Decoded::Event(payment)) => *payment,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("a version that this proxy does not speak")),
        Err(error) => {
            proxy.meter().count(Count::ValidationError);
            return Err(Failure::from(error));
        }
    };
    if !matches!(payment.status, Status::CreationPending | Status::PaymentPending) {
        return Ok(Outcome::Ignore("nothing for a proxy to do in this status"));
    }
    if matches!(payment.kind, PaymentType::Other(_)) {
        // Said aloud only where the payment would be ours: every proxy reads the payments of all.
        if configurations::active(tx, proxy.name(), payment.tenant_id, payment.service_id)?.is_some() {
            tracing::error!(payment_id = %payment.id, proxy = proxy.role(), "a kind of payment that this proxy does not implement");
        }
        return Ok(Outcome::Ignore("a kind of payment that this proxy does not implement"));
    }
    let Some((tenant, configuration)) = configurations::active(tx, proxy.name(), payment.tenant_id, payment.service_id)? else {
        return Ok(Outcome::Ignore("no active configuration"));
    };
    if home::is_followed(tx, proxy.name(), payment.id)? {
        return Ok(Outcome::Ignore("already processed"));
    }
    Failure::unless_valid("pagamento non valido", &broken_rules(&payment))
        .inspect_err(|_| proxy.meter().count(Count::ValidationError))?;
    match payment.status {
        Status::CreationPending => create(proxy, tx, event, payment, &tenant, &configuration),
        _ => follow(proxy, tx, payment, &tenant),
    }
}

/// Whether this proxy made the event. Half of what it reads is its own: known by a look at the text, before anything is built of it.
fn is_ours(proxy: &Proxy, payload: &str) -> bool {
    let app_id = proxy.app_id();
    payload.contains(app_id) && contracts::peek(payload).is_ok_and(|envelope| envelope.app_id.as_deref() == Some(app_id))
}

/// Writes the payment down with its notice number, and the errand to create it at the provider; or refuses it at once.
fn create(
    proxy: &Proxy,
    tx: &mut Tx<'_>,
    event: &Event,
    payment: PaymentV2,
    tenant: &TenantConfiguration,
    configuration: &PaymentConfiguration,
) -> Result<Outcome, Failure> {
    let now = proxy.app().clock().now();
    let landing_url = payment.links.online_payment_landing.url.clone();
    let followed = |payment| Followed { payment, creditor: tenant.tax_code, notice: None, landing_url };
    let possible = prepare(&payment, &event.payload, configuration).and_then(|prepared| {
        let position = position(&prepared, None, Some(configuration), tenant, proxy.urls())?;
        let about = proxy.about();
        if !about.takes_stamps && !position.stamps.is_empty() {
            return Err("this provider takes no revenue stamps".to_owned());
        }
        if !about.takes_receivers && position.receiver.is_some() {
            return Err("this provider takes no dues whose money goes to another body".to_owned());
        }
        Ok((prepared, position))
    });
    let series = proxy.provider().series(tenant);
    let possible = match (series, tenant.tax_code) {
        (Some(_), None) => Err("the tenant's tax code is missing, which notice numbers belong to".to_owned()),
        _ => possible,
    };
    match possible {
        Ok((prepared, position)) => {
            let mut followed = followed(prepared);
            if let (Some(series), Some(creditor)) = (series, tenant.tax_code) {
                followed.notice = Some(home::next_notice(tx, creditor, series)?);
            }
            if !home::follow(tx, proxy.name(), &followed, None)? {
                return Ok(Outcome::Ignore("already followed by a proxy"));
            }
            note_payment(proxy, tx, followed.payment.id, now)?;
            proxy.enqueue(tx, Errand::Create { payment: followed.payment.id }, now)?;
            let position = Position { notice: followed.notice.or(position.notice), ..position };
            proxy.keep_at_hand(Case { followed, tenant: tenant.clone(), position });
        }
        Err(reason) => {
            let refused = apply(&payment, &Command::Refuse { urls: proxy.urls().clone() }, now).map_err(Error::from)?;
            let mut followed = followed(refused);
            proxy.publish(&mut followed, now)?;
            if !home::follow(tx, proxy.name(), &followed, Some(&reason))? {
                return Ok(Outcome::Ignore("already followed by a proxy"));
            }
            note_payment(proxy, tx, followed.payment.id, now)?;
            tx.emit(&followed.payment, now)?;
            proxy.meter().count(Count::Failed);
            proxy.meter().count(Count::InternalError);
            tracing::warn!(payment_id = %followed.payment.id, proxy = proxy.role(), reason, "payment refused");
        }
    }
    Ok(Outcome::Done)
}

/// Follows a payment that was created elsewhere, unless some proxy does already.
fn follow(proxy: &Proxy, tx: &mut Tx<'_>, payment: PaymentV2, tenant: &TenantConfiguration) -> Result<Outcome, Failure> {
    if let Err(reason) = position(&payment, None, None, tenant, proxy.urls()) {
        proxy.meter().count(Count::ValidationError);
        return Err(Failure::Poison(format!("dovuto che nessuno può pagare: {reason}")));
    }
    let followed = Followed::of(payment, tenant, proxy.urls());
    if !home::follow(tx, proxy.name(), &followed, None)? {
        return Ok(Outcome::Ignore("already followed by a proxy"));
    }
    note_payment(proxy, tx, followed.payment.id, proxy.app().clock().now())?;
    proxy.meter().count(Count::Success);
    tracing::info!(payment_id = %followed.payment.id, proxy = proxy.role(), "payment from elsewhere followed");
    Ok(Outcome::Done)
}

//! A proxy reads topic `payments`: payments to be created go to its provider, payments that came from elsewhere are followed
//! (developers' documentation, "Un pagamento in dettaglio", step 3 and "Dovuti importati da fonte esterna").

use contracts::payments::{PaymentType, PaymentV2, Status};
use contracts::{Decoded, decode};
use runtime::{Consumer, Event, Failure, Outcome};
use storage::Tx;

use crate::configuration::{PaymentConfiguration, TenantConfiguration};
use crate::errors::Error;
use crate::metering::Count;
use crate::payment::{Command, apply};
use crate::prepare::{position, prepare};
use crate::proxy::{Errand, Proxy};
use crate::store::home::Followed;
use crate::store::{Purpose, configurations, home};

/// The reader of `proxy`. It speaks version 2.0 of the event; other versions are ignored.
pub fn consumer(proxy: Proxy) -> Consumer {
    Consumer::new(proxy.role(), contracts::topic::PAYMENTS, move |tx, event| read(&proxy, tx, event))
}

fn read(proxy: &Proxy, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let payment = match decode::<PaymentV2>(&event.payload) {
        Ok(Decoded::Event(payment)) => *payment,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("a version that this proxy does not speak")),
        Err(error) => {
            proxy.meter().count(Count::ValidationError);
            return Err(Failure::Poison(format!("payload not understood: {error}")));
        }
    };
    if !matches!(payment.status, Status::CreationPending | Status::PaymentPending) {
        return Ok(Outcome::Ignore("nothing for a proxy to do in this status"));
    }
    if payment.app_id == proxy.app_id() {
        return Ok(Outcome::Ignore("an event of our own"));
    }
    let Some((tenant, configuration)) = configurations::active(tx, proxy.name(), payment.tenant_id, payment.service_id)? else {
        return Ok(Outcome::Ignore("no active configuration"));
    };
    if home::find(tx, proxy.name(), payment.id, Purpose::Look)?.is_some() {
        return Ok(Outcome::Ignore("already processed"));
    }
    // A variable split names only some items of the budget: whether it balances is seen when the configuration has completed it.
    let to_be_completed = |field: &str| field == "/payment/split" && payment.status == Status::CreationPending;
    if let Some(wrong) = payment.validate().iter().find(|wrong| !to_be_completed(&wrong.field)) {
        proxy.meter().count(Count::ValidationError);
        return Err(Failure::Poison(format!("invalid payment: {} {}", wrong.field, wrong.code)));
    }
    match payment.status {
        Status::CreationPending => create(proxy, tx, event, payment, &tenant, &configuration),
        _ => follow(proxy, tx, payment, &tenant),
    }
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
        position(&prepared, None, tenant, proxy.urls())?;
        match proxy.provider().capabilities().takes_stamps || prepared.kind != PaymentType::Stamp {
            true => Ok(prepared),
            false => Err("this provider takes no revenue stamps".to_owned()),
        }
    });
    match possible {
        Ok(prepared) => {
            let mut followed = followed(prepared);
            if !proxy.provider().capabilities().gives_numbers {
                followed.notice = Some(home::next_notice(tx, tenant.tax_code, tenant.segregation_code)?);
            }
            if !home::follow(tx, proxy.name(), &followed, None)? {
                return Ok(Outcome::Ignore("already followed by a proxy"));
            }
            proxy.enqueue(tx, Errand::Create { payment: followed.payment.id }, now)?;
        }
        Err(reason) => {
            let refused = apply(&payment, &Command::Refuse { urls: proxy.urls().clone() }, now).map_err(Error::from)?;
            let mut followed = followed(refused);
            proxy.publish(&mut followed, now)?;
            if !home::follow(tx, proxy.name(), &followed, Some(&reason))? {
                return Ok(Outcome::Ignore("already followed by a proxy"));
            }
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
    let notice = payment.payment.notice_code.as_deref().and_then(|notice| notice.parse().ok());
    // A due whose landing is this very proxy has no page of its own to go back to.
    let own = proxy.urls().landing(payment.id);
    let landing_url = payment.links.online_payment_landing.url.clone().filter(|url| *url != own);
    let followed = Followed { payment, creditor: tenant.tax_code, notice, landing_url };
    if !home::follow(tx, proxy.name(), &followed, None)? {
        return Ok(Outcome::Ignore("already followed by a proxy"));
    }
    proxy.meter().count(Count::Success);
    tracing::info!(payment_id = %followed.payment.id, proxy = proxy.role(), "payment from elsewhere followed");
    Ok(Outcome::Done)
}

//! Dues that a body imports are at its intermediary already: the body has loaded them there. Nobody does that in a demonstration, so the
//! stand-in of the sandbox takes them when it hears of them.

use contracts::payments::{PaymentV2, Status};
use contracts::{Decoded, decode};
use kernel::{Money, RomeTime};
use runtime::{App, Consumer, Event, Failure, Outcome};
use storage::Tx;

use super::positions::{self, Position};
use super::{Mode, ledger};

/// Name of the reader.
const CONSUMER: &str = "demo-psp";
/// Who makes the events of imported dues.
const IMPORTER: &str = "payment-importer:";
/// What the landing of the sandbox's proxy has in its address.
const LANDING: &str = "/payment-proxy/sandbox/landing/";

/// The reader.
pub(super) fn consumer(app: &App) -> Consumer {
    let clock = app.clock().clone();
    Consumer::new(CONSUMER, contracts::topic::PAYMENTS, move |tx, event| read(tx, event, clock.now().trunc_to_second()))
}

fn read(tx: &mut Tx<'_>, event: &Event, now: RomeTime) -> Result<Outcome, Failure> {
    // Nearly no event is one: known by a look at the text.
    if !event.payload.contains(IMPORTER) {
        return Ok(Outcome::Ignore("not an imported due"));
    }
    let Ok(Decoded::Event(due)) = decode::<PaymentV2>(&event.payload) else {
        return Ok(Outcome::Ignore("not understood"));
    };
    let Some(position) = position(&due, now).filter(|_| due.app_id.starts_with(IMPORTER)) else {
        return Ok(Outcome::Ignore("not a due of the sandbox"));
    };
    let noted = match positions::take(tx, &position)? {
        Ok(true) => "accepted",
        Ok(false) => "repeated",
        Err(_) => "psp-conflict",
    };
    ledger::append(tx, now, "load", &position.iud, noted, Mode::Ok)?;
    Ok(Outcome::Done)
}

/// The due as the intermediary has it, if it is one of the sandbox's.
fn position(due: &PaymentV2, now: RomeTime) -> Option<Position> {
    let return_url = due.links.online_payment_landing.url.clone()?;
    let (base, _) = return_url.split_once(LANDING)?;
    let facts = &due.payment;
    let names = [due.payer.name.as_deref(), due.payer.family_name.as_deref()];
    let own = facts.notice_code.as_deref()?;
    (due.status == Status::PaymentPending).then(|| Position {
        iud: facts.iud.clone().unwrap_or_else(|| contracts::payments::iud(due.id)),
        // The event does not say by which tax code: what tells bodies apart is enough.
        creditor: due.tenant_id.to_string(),
        creditor_name: String::new(),
        notice_number: Some(own.to_owned()),
        amount: facts.amount.unwrap_or(Money::ZERO),
        reason: due.reason.clone().unwrap_or_default(),
        debtor_name: names.into_iter().flatten().collect::<Vec<_>>().join(" "),
        expires_at: facts.expire_at,
        notify_url: format!("{base}/payment-proxy/sandbox/notifications"),
        return_url: return_url.clone(),
        status: positions::Status::Open,
        settles_at: None,
        transaction_id: None,
        created_at: now,
        details: None,
    })
}

//! What our own payments say of notices: paid ones are told to senders without asking pagoPA, and nobody is reminded of them; a new due
//! date moves the reminders.

use contracts::payments::{PaymentV2, Status};
use contracts::{Decoded, decode};
use kernel::RomeTime;
use runtime::{Consumer, Event, Failure, Outcome};
use storage::Tx;

use crate::context::Context;
use crate::reminders::of_payment;
use crate::store::reminders::{self, Reminder};
use crate::store::{accounts, messages};

/// The reader.
pub fn consumer(context: &Context) -> Consumer {
    let context = context.clone();
    Consumer::new("messaging-payments", contracts::topic::PAYMENTS, move |tx, event| read(&context, tx, event))
}

fn read(context: &Context, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let payment = match decode::<PaymentV2>(&event.payload) {
        Ok(Decoded::Event(payment)) => payment,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("a version that messaging does not speak")),
        Err(error) => return Err(Failure::from(error)),
    };
    let Some(notice) = &payment.payment.notice_code else { return Ok(Outcome::Ignore("no notice yet")) };
    let creditors = match &payment.payment.receiver {
        Some(receiver) => vec![receiver.tax_identification_number.clone()],
        // The body itself gets the money: known here by the codes of its organisations.
        None => accounts::list_codes(tx, payment.tenant_id)?,
    };
    if creditors.is_empty() {
        return Ok(Outcome::Ignore("a body that sends nothing"));
    }
    let paid = matches!(payment.status, Status::Complete | Status::PaymentConfirmed | Status::NotificationPending);
    let (due, now) = (payment.payment.expire_at, context.now());
    for creditor in creditors {
        let rpt_id = format!("{creditor}{notice}");
        messages::put_notice(tx, &rpt_id, paid, due, now)?;
        if paid {
            reminders::end_series(tx, &rpt_id)?;
        } else {
            refresh(tx, &rpt_id, due, now)?;
        }
    }
    Ok(Outcome::Done)
}

/// Makes the series of a notice that has a due date anew from that date.
fn refresh(tx: &mut Tx<'_>, rpt_id: &str, due: Option<RomeTime>, now: RomeTime) -> Result<(), Failure> {
    if due.is_none() {
        return Ok(());
    }
    let running = reminders::list_series(tx, rpt_id)?;
    reminders::end_series(tx, rpt_id)?;
    for (fiscal_code, message_id) in running {
        for (due_at, kind) in of_payment(now, due) {
            reminders::insert(tx, &Reminder { series: rpt_id.to_owned(), fiscal_code, kind, due_at, message_id })?;
        }
    }
    Ok(())
}

//! What the dispatcher and the updater remember, so that nothing is done twice.

use contracts::payments::PaymentV2;
use kernel::{ApplicationId, PaymentId, RomeTime, TenantId, Uuid};
use storage::{Result, Tx, params};

/// Notes that `payment` is the payment of `application`; false when the application has one already.
pub fn dispatch(
    tx: &mut Tx<'_>,
    application: ApplicationId,
    tenant: TenantId,
    payment: PaymentId,
    now: RomeTime,
) -> Result<bool> {
    let sql = "INSERT INTO payment_dispatches (application_id, tenant_id, payment_id, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (application_id) DO NOTHING";
    Ok(tx.execute(sql, params![application, tenant, payment, now])? == 1)
}

/// Whether the application has a payment that the dispatcher made.
pub fn is_dispatched(tx: &mut Tx<'_>, application: Uuid) -> Result<bool> {
    Ok(dispatched(tx, application)?.is_some())
}

/// Whether `payment` is that of `application`: the one that the dispatcher made for it. Where another program dispatches there is no mark,
/// and its payment counts; a due that was imported here never does, whatever its file calls it.
pub fn is_of_application(tx: &mut Tx<'_>, payment: &PaymentV2, application: Uuid) -> Result<bool> {
    if let Some(dispatched) = dispatched(tx, application)? {
        return Ok(dispatched == payment.id);
    }
    let sql = "SELECT 1 FROM imported_dues WHERE tenant_id = $1 AND notice_number = $2 AND payment_id = $3";
    let imported = tx.optional(sql, params![payment.tenant_id, payment.payment.notice_code, payment.id], |_| Ok(()))?;
    Ok(imported.is_none())
}

fn dispatched(tx: &mut Tx<'_>, application: Uuid) -> Result<Option<PaymentId>> {
    let sql = "SELECT payment_id FROM payment_dispatches WHERE application_id = $1";
    tx.optional(sql, params![application], |row| row.get(0))
}

/// Notes what the platform is to be told of a payment; false when it was told the same, or what comes after it: an event that is late or
/// said again takes nothing back.
pub fn tell(tx: &mut Tx<'_>, payment: &PaymentV2, outcome: &str, now: RomeTime) -> Result<bool> {
    let sql = "INSERT INTO payment_updates (payment_id, outcome, updated_at) VALUES ($1, $2, $3)
               ON CONFLICT (payment_id) DO UPDATE SET outcome = excluded.outcome, updated_at = excluded.updated_at
               WHERE payment_updates.outcome <> excluded.outcome AND payment_updates.outcome <> 'OK'
                 AND (payment_updates.outcome <> 'KO' OR excluded.outcome = 'OK')";
    Ok(tx.execute(sql, params![payment.id, outcome, now])? == 1)
}

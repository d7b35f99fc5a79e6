//! What the dispatcher and the updater remember, so that nothing is done twice.

use contracts::payments::PaymentV2;
use kernel::{ApplicationId, PaymentId, RomeTime, TenantId};
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

/// Notes what the platform is to be told of a payment; false when it was told the same, or what comes after it: an event that is late or
/// said again takes nothing back.
pub fn tell(tx: &mut Tx<'_>, payment: &PaymentV2, outcome: &str, now: RomeTime) -> Result<bool> {
    let sql = "INSERT INTO payment_updates (payment_id, outcome, updated_at) VALUES ($1, $2, $3)
               ON CONFLICT (payment_id) DO UPDATE SET outcome = excluded.outcome, updated_at = excluded.updated_at
               WHERE payment_updates.outcome <> excluded.outcome AND payment_updates.outcome <> 'OK'
                 AND (payment_updates.outcome <> 'KO' OR excluded.outcome = 'OK')";
    Ok(tx.execute(sql, params![payment.id, outcome, now])? == 1)
}

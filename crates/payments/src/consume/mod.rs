//! What payments do with the events that they read: one file per reader.

pub mod dispatcher;
pub mod people;
pub mod proxy;
pub mod read_model;
pub mod updater;

use contracts::payments::{PaymentV2, Status};
use kernel::FieldError;

/// What breaks the contract's rules in the event. A variable split names only some items of the budget: whether it balances is seen when
/// the configuration has completed it.
pub fn broken_rules(payment: &PaymentV2) -> Vec<FieldError> {
    let mut wrong = payment.validate();
    wrong.retain(|wrong| wrong.field != "/payment/split" || payment.status != Status::CreationPending);
    wrong
}

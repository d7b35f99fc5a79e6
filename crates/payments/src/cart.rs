//! A cart: payments of one person that are paid together on one page of their provider. It holds no money and decides nothing: each
//! payment goes its own way, and one that fails leaves the others as they are. Everything here is pure.

use std::fmt::Write as _;

use contracts::payments::PaymentV2;
use jiff::SignedDuration;
use kernel::{FieldError, PaymentId, RomeTime, TenantId, UserId, Uuid};
use sha2::{Digest, Sha256};
use web::{Caller, Kind};

use crate::providers::MAX_CART;

/// How long the page of a cart is given again to whoever asks for the same cart: providers forget their pages.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_mins(15);

/// A cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cart {
    /// Its identifier.
    pub id: Uuid,
    /// Whose payments they are: the body.
    pub tenant_id: TenantId,
    /// Who pays.
    pub owner: UserId,
    /// The payments, in the order in which they were chosen.
    pub payments: Vec<PaymentId>,
    /// Where the payer goes in the end.
    pub return_url: String,
    /// The provider's page, once it gave it.
    pub page: Option<String>,
    /// When it was asked for.
    pub created_at: RomeTime,
}

impl Cart {
    /// What an open cart is recognised by: whoever asks for the same payments again, in whatever order, gets the same cart.
    pub fn key(&self, provider: &str) -> String {
        let mut payments: Vec<String> = self.payments.iter().map(PaymentId::to_string).collect();
        payments.sort_unstable();
        let digest = Sha256::digest(format!("{provider} {} {} {}", self.tenant_id, self.owner, payments.join(" ")));
        digest.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // writing to memory does not fail
            text
        })
    }
}

/// What is wrong with the choice of payments, if anything.
pub fn check(payments: &[PaymentId]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if !(1..=MAX_CART).contains(&payments.len()) {
        wrong.push(FieldError::new("/payments", "length", format!("Scegliere da 1 a {MAX_CART} pagamenti.")));
    }
    for (index, payment) in payments.iter().enumerate() {
        if payments[..index].contains(payment) {
            wrong.push(FieldError::new(format!("/payments/{index}"), "unique", "Il pagamento è già nel carrello."));
        }
    }
    wrong
}

/// Whether the payment is the caller's own: made for the caller's user, or to be paid by the citizen with the caller's tax code. Offices
/// look after payments but do not pay them.
pub fn is_own(caller: &Caller, payment: &PaymentV2) -> bool {
    let Some(principal) = &caller.principal else { return false };
    let named = caller.kind == Kind::Citizen
        && payment.payer.tax_identification_number.eq_ignore_ascii_case(&principal.username)
        && !principal.username.is_empty();
    let pays = matches!(caller.kind, Kind::Citizen | Kind::Anonymous);
    payment.tenant_id == caller.tenant_id && pays && (payment.user_id == Some(principal.user_id) || named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(number: u128) -> PaymentId {
        PaymentId(Uuid::from_u128(number))
    }

    fn cart(payments: &[u128]) -> Cart {
        Cart {
            id: Uuid::nil(),
            tenant_id: TenantId(Uuid::from_u128(1)),
            owner: UserId(Uuid::from_u128(2)),
            payments: payments.iter().copied().map(payment).collect(),
            return_url: "https://servizi.example.it/".into(),
            page: None,
            created_at: "2025-03-12T09:15:00+01:00".parse().unwrap(),
        }
    }

    #[test]
    fn the_order_of_a_choice_does_not_matter_and_everything_else_does() {
        let key = cart(&[1, 2]).key("pagopa");
        assert_eq!(cart(&[2, 1]).key("pagopa"), key);
        let other = Cart { owner: UserId(Uuid::from_u128(3)), ..cart(&[1, 2]) };
        for different in
            [cart(&[1, 2]).key("sandbox"), cart(&[1]).key("pagopa"), cart(&[1, 3]).key("pagopa"), other.key("pagopa")]
        {
            assert_ne!(different, key);
        }
    }

    #[test]
    fn a_cart_holds_one_to_five_different_payments() {
        let fields = |payments: &[u128]| {
            let payments: Vec<_> = payments.iter().copied().map(payment).collect();
            check(&payments).into_iter().map(|wrong| wrong.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&[1, 2, 3, 4, 5]), Vec::<String>::new());
        assert_eq!(fields(&[]), ["/payments"]);
        assert_eq!(fields(&[1, 2, 3, 4, 5, 6]), ["/payments"]);
        assert_eq!(fields(&[1, 2, 1]), ["/payments/2"]);
    }
}

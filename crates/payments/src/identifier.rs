//! Identifiers of payments that are always the same, so that whatever is delivered or sent again makes no second payment, and that
//! nobody guesses from what stands on notices, because a payment's links are its only key (UUID version 8 of RFC 9562, from
//! HMAC-SHA256).

use hmac::{Hmac, Mac};
use kernel::{ApplicationId, NoticeNumber, PaymentId, TenantId};
use sha2::Sha256;
use uuid::Builder;

/// The identifier of an application's payment.
pub fn of_application(secret: &[u8], application: ApplicationId) -> PaymentId {
    derived(secret, &[b"payment of application ", application.0.as_bytes()])
}

/// The identifier of the payment of a due that was imported.
pub fn of_due(secret: &[u8], tenant: TenantId, notice: NoticeNumber) -> PaymentId {
    derived(secret, &[b"due of tenant ", tenant.0.as_bytes(), notice.to_string().as_bytes()])
}

fn derived(secret: &[u8], parts: &[&[u8]]) -> PaymentId {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    let digest = mac.finalize().into_bytes();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    PaymentId(Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use kernel::Uuid;

    use super::*;

    #[test]
    fn what_is_paid_has_one_identifier_and_nobody_guesses_it() {
        let (application, tenant) = (ApplicationId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(1)));
        let notice = "302872234000000343".parse().unwrap();
        assert_eq!(of_application(b"one", application), of_application(b"one", application));
        assert_ne!(of_application(b"one", application), of_application(b"two", application));
        assert_eq!(of_due(b"one", tenant, notice), of_due(b"one", tenant, notice));
        assert_ne!(of_due(b"one", tenant, notice), of_due(b"one", TenantId(Uuid::from_u128(2)), notice));
        assert_eq!(of_due(b"one", tenant, notice).0.get_version_num(), 8);
    }
}

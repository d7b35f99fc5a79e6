//! Addresses to which a file may be sent without a token, as the stores of the documentation's clients have them: whoever holds the
//! address may send this one file until it expires.

use hmac::{Hmac, Mac};
use kernel::jiff::SignedDuration;
use kernel::{AttachmentId, RomeTime, TenantId};
use serde::Deserialize;
use sha2::Sha256;

/// How long an address holds.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// The query of an address.
#[derive(Debug, Deserialize)]
pub struct Ticket {
    expires: i64,
    signature: String,
}

impl Ticket {
    /// A ticket for one upload.
    pub fn issue(secret: &[u8], tenant: TenantId, id: AttachmentId, now: RomeTime) -> Self {
        let expires = now.plus(LIFETIME).as_second();
        Self { expires, signature: hex::encode(mac(secret, tenant, id, expires).finalize().into_bytes()) }
    }

    /// Whether it is ours, for this upload, and has not expired.
    pub fn holds(&self, secret: &[u8], tenant: TenantId, id: AttachmentId, now: RomeTime) -> bool {
        let signature = hex::decode(&self.signature).unwrap_or_default();
        // Compared in constant time by the library.
        mac(secret, tenant, id, self.expires).verify_slice(&signature).is_ok() && now.as_second() <= self.expires
    }
}

/// As a query string.
impl std::fmt::Display for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expires={}&signature={}", self.expires, self.signature)
    }
}

/// The secret makes service tokens too: the first word keeps one from being taken for the other.
fn mac(secret: &[u8], tenant: TenantId, id: AttachmentId, expires: i64) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("upload.{tenant}.{id}.{expires}").as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use kernel::Uuid;

    use super::*;

    #[test]
    fn an_address_holds_for_one_upload_and_one_hour() {
        let now: RomeTime = "2026-01-01T00:00:00Z".parse().unwrap();
        let (tenant, id) = (TenantId(Uuid::from_u128(1)), AttachmentId(Uuid::from_u128(2)));
        let ticket = Ticket::issue(b"secret", tenant, id, now);
        assert!(ticket.holds(b"secret", tenant, id, now.plus(LIFETIME)));
        assert!(!ticket.holds(b"secret", tenant, id, now.plus(LIFETIME + SignedDuration::from_secs(1))));
        assert!(!ticket.holds(b"other", tenant, id, now));
        assert!(!ticket.holds(b"secret", tenant, AttachmentId(Uuid::from_u128(3)), now));
        assert!(!ticket.holds(b"secret", TenantId(Uuid::from_u128(3)), id, now));
        let later = Ticket { expires: ticket.expires + 1, ..ticket };
        assert!(!later.holds(b"secret", tenant, id, now));
        assert!(!Ticket { signature: String::new(), ..later }.holds(b"secret", tenant, id, now));
    }
}

//! Tokens by which one role shows another that it is part of the platform.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use kernel::{RomeTime, TenantId};
use sha2::Sha256;

/// How long a token holds, in seconds. It is made for one call.
const LIFETIME_S: i64 = 60;
/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY_S: i64 = 60;
const PREFIX: &str = "sportello-service.";

/// `sportello-service.<tenant>.<expiry>.<HMAC-SHA256>`: not a JWT, so neither can be taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceToken {
    /// The tenant in whose name the role acts.
    pub tenant_id: TenantId,
}

impl ServiceToken {
    /// A token for `tenant`, valid for a minute from `now`.
    pub fn issue(secret: &[u8], tenant: TenantId, now: RomeTime) -> String {
        let claims = format!("{PREFIX}{tenant}.{}", now.as_second() + LIFETIME_S);
        let mac = URL_SAFE_NO_PAD.encode(mac(secret, &claims).finalize().into_bytes());
        format!("{claims}.{mac}")
    }

    /// Whether `token` looks like a service token (and not like a JWT).
    pub fn is_one(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// The token's content, if it is ours and not expired at `now`.
    pub fn verify(secret: &[u8], token: &str, now: RomeTime) -> Option<Self> {
        let (claims, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // Compared in constant time by the library.
        mac(secret, claims).verify_slice(&signature).ok()?;
        let (tenant, expiry) = claims.strip_prefix(PREFIX)?.split_once('.')?;
        let left = expiry.parse::<i64>().ok()?.checked_sub(now.as_second())?;
        (-LEEWAY_S..=LIFETIME_S + LEEWAY_S).contains(&left).then_some(())?;
        Some(Self { tenant_id: tenant.parse().ok()? })
    }
}

fn mac(secret: &[u8], claims: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(claims.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_unexpired_tokens_hold() {
        let now: RomeTime = "2026-01-01T00:00:00Z".parse().unwrap();
        let tenant: TenantId = "60e35f02-1509-408c-b101-3b1a28109329".parse().unwrap();
        let token = ServiceToken::issue(b"one", tenant, now);
        assert_eq!(ServiceToken::verify(b"one", &token, now), Some(ServiceToken { tenant_id: tenant }));
        assert_eq!(ServiceToken::verify(b"two", &token, now), None);
        assert_eq!(ServiceToken::verify(b"one", &token, now.plus(jiff::SignedDuration::from_secs(121))), None);
        let other = token.replace("60e35f02", "70e35f02");
        assert_eq!(ServiceToken::verify(b"one", &other, now), None);
        assert_eq!(ServiceToken::verify(b"one", "sportello-service.", now), None);
    }
}

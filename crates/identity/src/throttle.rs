//! How many sign-ins may fail (ASVS 5.0 V6.3.1), and how many may begin elsewhere. A bucket takes one unit for each and loses one each `interval`; while it is
//! full, nothing is tried. A bucket is stored as the instant at which it will be empty, so there is nothing to count and nothing to
//! reset: an instant in the past is an empty bucket.

use std::net::IpAddr;

use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use kernel::{RomeTime, TenantId};
use sha2::Sha256;

/// How large a bucket is and how fast it empties.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Failures that may follow one another at once.
    pub burst: i32,
    /// Time in which one failure is forgotten.
    pub interval: SignedDuration,
}

/// For one user name of one tenant from one network: ten failures, then one each five minutes, under 300 a day. A stranger elsewhere
/// does not lock its owner out.
pub const ACCOUNT: Limit = Limit { burst: 10, interval: SignedDuration::from_mins(5) };
/// For one user name of one tenant, from wherever: a hundred failures, then one each minute. However many networks somebody guesses
/// from, that is 1540 guesses on the first day and 1440 on each other.
pub const NAME: Limit = Limit { burst: 100, interval: SignedDuration::from_mins(1) };
/// For one client address, whatever names it tries: an office behind one address may well mistype thirty times.
pub const ADDRESS: Limit = Limit { burst: 30, interval: SignedDuration::from_secs(20) };

/// Sign-ins that begin at the login provider from one client address: an office or a school behind one address, but not so many that
/// what is kept of them fills the disk.
pub const BEGUN: Limit = Limit { burst: 120, interval: SignedDuration::from_secs(1) };

impl Limit {
    /// How long a bucket that will be empty at `empty_at` takes nothing more; `None` when it has room at `now`.
    pub fn wait(self, empty_at: Option<RomeTime>, now: RomeTime) -> Option<SignedDuration> {
        let wait = empty_at?.since(now) - self.interval * (self.burst - 1);
        wait.is_positive().then_some(wait)
    }

    /// The bucket after one more failure.
    pub fn fail(self, empty_at: Option<RomeTime>, now: RomeTime) -> RomeTime {
        empty_at.map_or(now, |empty_at| empty_at.max(now)).plus(self.interval)
    }
}

/// The bucket of a user name, which must be written the same way each time, and of the network of a client address. All whose address
/// is not known are one network.
pub fn account_bucket(secret: &[u8], tenant: TenantId, username: &str, address: Option<IpAddr>) -> String {
    let network = address.map(network).unwrap_or_default();
    bucket(secret, &format!("account\0{tenant}\0{username}\0{network}"))
}

/// The bucket of a user name wherever it is tried from.
pub fn name_bucket(secret: &[u8], tenant: TenantId, username: &str) -> String {
    bucket(secret, &format!("name\0{tenant}\0{username}"))
}

/// The bucket of a client address. A subscriber of IPv6 has a whole /64 to choose addresses from, so that is one bucket.
pub fn address_bucket(secret: &[u8], address: IpAddr) -> String {
    bucket(secret, &format!("address\0{}", network(address)))
}

/// The bucket of sign-ins that begin at the login provider from a client address.
pub fn begun_bucket(secret: &[u8], address: IpAddr) -> String {
    bucket(secret, &format!("begun\0{}", network(address)))
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
    }
}

fn bucket(secret: &[u8], what: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(b"sportello sign-in bucket\0");
    mac.update(what.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> RomeTime {
        RomeTime::from_microsecond((1_700_000_000 + second) * 1_000_000).unwrap()
    }

    const LIMIT: Limit = Limit { burst: 3, interval: SignedDuration::from_secs(60) };

    #[test]
    fn a_burst_passes_then_one_each_interval() {
        let mut bucket = None;
        for _ in 0..3 {
            assert_eq!(LIMIT.wait(bucket, at(0)), None);
            bucket = Some(LIMIT.fail(bucket, at(0)));
        }
        assert_eq!(LIMIT.wait(bucket, at(0)), Some(SignedDuration::from_secs(60)));
        assert_eq!(LIMIT.wait(bucket, at(45)), Some(SignedDuration::from_secs(15)));
        assert_eq!(LIMIT.wait(bucket, at(60)), None);
        bucket = Some(LIMIT.fail(bucket, at(60)));
        assert_eq!(LIMIT.wait(bucket, at(60)), Some(SignedDuration::from_secs(60)));
    }

    #[test]
    fn an_old_bucket_is_an_empty_one() {
        let old = Some(LIMIT.fail(None, at(0)));
        assert_eq!(LIMIT.fail(old, at(10_000)), at(10_060));
        assert_eq!(LIMIT.wait(old, at(10_000)), None);
    }

    #[test]
    fn buckets_name_nobody_and_mix_nothing_up() {
        let (one, two) = (TenantId(kernel::Uuid::from_u128(1)), TenantId(kernel::Uuid::from_u128(2)));
        let name = "bnrmhl75c06g702b";
        let bucket = account_bucket(b"secret", one, name, None);
        assert!(!bucket.contains("bnr"));
        assert_ne!(bucket, account_bucket(b"secret", two, name, None));
        assert_ne!(bucket, account_bucket(b"other", one, name, None));
        assert_ne!(bucket, name_bucket(b"secret", one, name));
        assert_ne!(name_bucket(b"secret", one, name), name_bucket(b"secret", two, name));
        let from = |address: &str| account_bucket(b"secret", one, name, address.parse().ok());
        assert_ne!(bucket, from("192.0.2.1"));
        assert_ne!(from("192.0.2.1"), from("192.0.2.2"));
        assert_eq!(from("2001:db8:1:2:3::4"), from("2001:db8:1:2:ffff::"));
    }

    #[test]
    fn one_network_is_one_bucket() {
        let bucket = |text: &str| address_bucket(b"secret", text.parse().unwrap());
        assert_eq!(bucket("2001:db8:1:2:3::4"), bucket("2001:db8:1:2:ffff::"));
        assert_ne!(bucket("2001:db8:1:2::"), bucket("2001:db8:1:3::"));
        assert_eq!(bucket("::ffff:192.0.2.1"), bucket("192.0.2.1"));
        assert_ne!(bucket("192.0.2.1"), bucket("192.0.2.2"));
        assert_ne!(bucket("192.0.2.1"), begun_bucket(b"secret", "192.0.2.1".parse().unwrap()));
    }
}

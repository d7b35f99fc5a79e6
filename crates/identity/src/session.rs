//! Sessions: who is signed in, by a cookie that says nothing.

use http::HeaderMap;
use http::header::COOKIE;
use jiff::SignedDuration;
use kernel::{RomeTime, TenantId, UserId};

use crate::opaque::Opaque;

/// Name of the cookie.
pub const COOKIE_NAME: &str = "sportello_session";
/// How often the last use of a session is written down: a session in use costs one read, and one write a minute.
const TOUCH: SignedDuration = SignedDuration::from_secs(60);

/// The value of the session's cookie that a request carries, if it has the form of one.
pub fn shown(headers: &HeaderMap) -> Option<Opaque> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE_NAME)?;
    Opaque::read(value)
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Unused for so long, a session ends.
    pub idle: SignedDuration,
    /// So long after sign-in, a session ends however much it is used.
    pub longest: SignedDuration,
}

/// A session, as it is stored beside its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Who signed in.
    pub user_id: UserId,
    /// User name; of a citizen the fiscal code.
    pub username: String,
    /// Last use that was written down.
    pub seen_at: RomeTime,
    /// When it ends if it is not used again.
    pub expires_at: RomeTime,
    /// When it ends in any case.
    pub ends_at: RomeTime,
    /// Whether it began at the login provider, where another may begin without a question until somebody signs out there.
    pub elsewhere: bool,
}

impl Session {
    /// The session of somebody who signs in at `now`.
    pub fn begin(tenant_id: TenantId, user_id: UserId, username: String, now: RomeTime, lifetimes: Lifetimes) -> Self {
        let ends_at = now.plus(lifetimes.longest);
        let expires_at = now.plus(lifetimes.idle).min(ends_at);
        Self { tenant_id, user_id, username, seen_at: now, expires_at, ends_at, elsewhere: false }
    }

    /// Whether it still holds at `now`.
    pub fn is_open(&self, now: RomeTime) -> bool {
        now < self.expires_at && now < self.ends_at
    }

    /// The session after a use at `now`; `None` when the last use was so recent that nothing needs to be written.
    pub fn touched(&self, now: RomeTime, lifetimes: Lifetimes) -> Option<Self> {
        let expires_at = now.plus(lifetimes.idle).min(self.ends_at);
        let worth = now.since(self.seen_at) >= TOUCH.min(lifetimes.idle / 4);
        worth.then(|| Self { seen_at: now, expires_at, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use kernel::Rng;

    use super::*;

    const LIFETIMES: Lifetimes = Lifetimes { idle: SignedDuration::from_mins(30), longest: SignedDuration::from_hours(2) };

    fn begun() -> (Session, RomeTime) {
        let now: RomeTime = "2026-01-01T08:00:00+01:00".parse().unwrap();
        let nobody = kernel::Uuid::nil();
        (Session::begin(TenantId(nobody), UserId(nobody), "a".into(), now, LIFETIMES), now)
    }

    #[test]
    fn an_unused_session_ends_and_a_used_one_goes_on() {
        let (session, now) = begun();
        assert!(session.is_open(now.plus(SignedDuration::from_secs(1799))));
        assert!(!session.is_open(now.plus(LIFETIMES.idle)));
        let later = now.plus(SignedDuration::from_mins(20));
        let used = session.touched(later, LIFETIMES).unwrap();
        assert!(used.is_open(now.plus(SignedDuration::from_mins(49))));
    }

    #[test]
    fn use_does_not_prolong_a_session_for_ever() {
        let (mut session, mut now) = begun();
        let end = session.ends_at;
        while now < end {
            assert!(session.is_open(now), "{now}");
            now = now.plus(SignedDuration::from_mins(10));
            session = session.touched(now, LIFETIMES).unwrap();
        }
        assert!(!session.is_open(now));
    }

    #[test]
    fn frequent_use_writes_once_a_minute() {
        let (session, now) = begun();
        assert_eq!(session.touched(now.plus(SignedDuration::from_secs(59)), LIFETIMES), None);
        assert!(session.touched(now.plus(SignedDuration::from_secs(60)), LIFETIMES).is_some());
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let id = Opaque::draw(&Rng::seeded(1));
        let header = |text: String| HeaderMap::from_iter([(COOKIE, text.parse().unwrap())]);
        let found = shown(&header(format!("x_sportello_session=bad; {COOKIE_NAME}={}; other=1", id.reveal()))).unwrap();
        assert_eq!(found.digest(), id.digest());
        for wrong in ["", "sportello_session=", "sportello_session=abc", "sportello_session"] {
            assert!(shown(&header(wrong.into())).is_none(), "{wrong}");
        }
        assert!(shown(&header(format!("{COOKIE_NAME}={}=", id.reveal()))).is_none());
    }
}

//! How the stand-in behaves: well, or badly in one of the ways in which intermediaries do.

use kernel::Money;

/// A behaviour. It is chosen by a tag anywhere in the reason of the position (`[psp:late]`), or else by the cents of its amount: a
/// payment of 20.98 is settled late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Does what it is asked.
    Ok,
    /// `[psp:refuse]`, 91 cents: refuses the position.
    Refuse,
    /// `[psp:timeout]`, 92 cents: takes the position, but does not answer the first time.
    Timeout,
    /// `[psp:error]`, 93 cents: takes the position, but answers 500 the first time.
    Error,
    /// `[psp:garbage]`, 94 cents: takes the position, but answers a page that is no JSON the first time.
    Garbage,
    /// `[psp:down]`, 95 cents: answers 503 the first two times and takes nothing.
    Down,
    /// `[psp:slow]`, 96 cents: does what it is asked, and answers programs after a second.
    Slow,
    /// `[psp:twice]`, 97 cents: notifies a payment twice.
    Twice,
    /// `[psp:late]`, 98 cents: a payment is final, and notified, half a minute after it was made.
    Late,
    /// `[psp:silent]`, 99 cents: never notifies.
    Silent,
}

impl Mode {
    const ALL: [(Self, &'static str, i64); 9] = [
        (Self::Refuse, "refuse", 91),
        (Self::Timeout, "timeout", 92),
        (Self::Error, "error", 93),
        (Self::Garbage, "garbage", 94),
        (Self::Down, "down", 95),
        (Self::Slow, "slow", 96),
        (Self::Twice, "twice", 97),
        (Self::Late, "late", 98),
        (Self::Silent, "silent", 99),
    ];

    /// The behaviour towards a position of this amount and reason.
    pub fn of(amount: Money, reason: &str) -> Self {
        let tagged = Self::ALL.iter().find(|(_, name, _)| reason.contains(&format!("[psp:{name}]")));
        let found = tagged.or_else(|| Self::ALL.iter().find(|(_, _, cents)| *cents == amount.cents() % 100));
        found.map_or(Self::Ok, |(mode, ..)| *mode)
    }

    /// As the ledger writes it.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(mode, ..)| *mode == self).map_or("ok", |(_, name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_wins_over_the_cents() {
        let amount = |cents| Money::from_cents(cents).unwrap();
        assert_eq!(Mode::of(amount(2000), "Diritti"), Mode::Ok);
        assert_eq!(Mode::of(amount(2098), "Diritti"), Mode::Late);
        assert_eq!(Mode::of(amount(2098), "Diritti [psp:down]"), Mode::Down);
        for (mode, name, cents) in Mode::ALL {
            assert_eq!((Mode::of(amount(cents), ""), mode.name()), (mode, name));
        }
    }
}

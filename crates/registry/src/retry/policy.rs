//! How often and after which waits an event is tried again: `2x1m,1x2m,3x3m`.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

/// Longest wait: a week.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Most attempts of a policy.
const MOST: u32 = 10_000;

/// A wait with the name that its topic ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// As it was written: `3m`.
    pub name: String,
    /// How long it is.
    pub length: SignedDuration,
}

impl Wait {
    /// Reads what a policy calls a wait: `30s`, `3m`, `1h`.
    pub fn read(name: &str) -> Option<Self> {
        let seconds = match name.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        let length = SignedDuration::from_secs(i64::from(number(&name[..name.len() - 1])?) * seconds);
        let possible = length.is_positive() && length <= LONGEST;
        possible.then(|| Self { name: name.to_owned(), length })
    }
}

/// The attempts that an event gets after it failed, in order; never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(Vec<(u32, Wait)>);

impl Policy {
    /// The wait before the next attempt of an event that was tried again `attempts` times; `None` when it was the last.
    pub fn wait_after(&self, attempts: u64) -> Option<&Wait> {
        let mut before = 0;
        self.0.iter().find_map(|(times, wait)| {
            before += u64::from(*times);
            (attempts < before).then_some(wait)
        })
    }

    /// How many times an event is tried again.
    pub fn attempts(&self) -> u64 {
        self.0.iter().map(|(times, _)| u64::from(*times)).sum()
    }

    /// Its waits, each once.
    pub fn waits(&self) -> impl Iterator<Item = &Wait> {
        let first = |index: usize, wait: &Wait| self.0[..index].iter().all(|(_, earlier)| earlier != wait);
        self.0.iter().enumerate().filter(move |(index, (_, wait))| first(*index, wait)).map(|(_, (_, wait))| wait)
    }
}

/// Half an hour of trying often, for what mends itself, then two days of trying each hour, for a registry that is down over a weekend.
impl Default for Policy {
    fn default() -> Self {
        "5x1m,5x5m,48x1h".parse().expect("the default is a policy")
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<_> = self.0.iter().map(|(times, wait)| format!("{times}x{}", wait.name)).collect();
        f.write_str(&steps.join(","))
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || "usare coppie NxT separate da virgole, con T in secondi, minuti o ore: 2x1m,1x2m,3x3m".to_owned();
        let step = |text: &str| {
            let (times, name) = text.trim().split_once('x')?;
            let times = number(times).filter(|times| (1..=MOST).contains(times))?;
            Some((times, Wait::read(name)?))
        };
        let steps = text.split(',').map(|part| step(part).ok_or_else(problem)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(steps))
    }
}

/// A number in decimal digits and nothing else.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_documentation_gives_six_attempts() {
        let policy: Policy = "2x1m,1x2m,3x3m".parse().unwrap();
        assert_eq!(policy.attempts(), 6);
        let waits: Vec<_> = (0..8).map(|attempts| policy.wait_after(attempts).map(|wait| wait.length.as_secs())).collect();
        assert_eq!(waits, [Some(60), Some(60), Some(120), Some(180), Some(180), Some(180), None, None]);
        assert_eq!(policy.waits().map(|wait| wait.name.as_str()).collect::<Vec<_>>(), ["1m", "2m", "3m"]);
    }

    #[test]
    fn a_wait_that_comes_again_has_one_topic() {
        let policy: Policy = "1x30s, 1x1h,2x30s".parse().unwrap();
        assert_eq!(policy.waits().map(|wait| wait.name.as_str()).collect::<Vec<_>>(), ["30s", "1h"]);
        assert_eq!(policy.wait_after(3).unwrap().name, "30s");
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "", ",", "2x", "x1m", "2x1", "0x1m", "2x0m", "2x1d", "2x-1m", "+2x1m", "2x1m,", "2 x1m", "99999x1m", "1x999h", "2xm",
            "1xé",
        ] {
            assert!(text.parse::<Policy>().is_err(), "{text}");
        }
    }

    #[test]
    fn by_default_a_registry_may_be_down_for_a_day() {
        let policy = Policy::default();
        let whole: SignedDuration = (0..policy.attempts()).filter_map(|n| policy.wait_after(n)).map(|wait| wait.length).sum();
        assert!(whole > SignedDuration::from_hours(48));
    }

    proptest! {
        #[test]
        fn a_policy_survives_its_text(steps in proptest::collection::vec((1_u32..100, 1_u32..60, proptest::sample::select(&['s', 'm', 'h'][..])), 1..6)) {
            let text = steps.iter().map(|(times, wait, unit)| format!("{times}x{wait}{unit}")).collect::<Vec<_>>().join(",");
            let policy: Policy = text.parse().unwrap();
            prop_assert_eq!(policy.to_string(), text);
            prop_assert_eq!(policy.attempts(), steps.iter().map(|(times, ..)| u64::from(*times)).sum::<u64>());
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = text.parse::<Policy>();
        }
    }
}

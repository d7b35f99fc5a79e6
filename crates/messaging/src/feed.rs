//! The subscriptions feed: who can be reached since a day, and who cannot any more, without telling names (SHA-256 of fiscal codes).

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::formats::CitizenCode;

/// What happened on a day, as far as one service goes. Members are digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Citizens who came.
    pub new_profiles: BTreeSet<String>,
    /// Citizens who left.
    pub deleted_profiles: BTreeSet<String>,
    /// Citizens who allowed the service.
    pub service_subscriptions: BTreeSet<String>,
    /// Citizens who refused the service.
    pub service_unsubscriptions: BTreeSet<String>,
}

/// What a sender is told of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Those who can be reached now.
    pub subscriptions: Vec<String>,
    /// Those who cannot any more.
    pub unsubscriptions: Vec<String>,
}

/// The published set algebra.
pub fn feed(day: &Day) -> Feed {
    let Day { new_profiles, deleted_profiles, service_subscriptions, service_unsubscriptions } = day;
    let neither = |digest: &&String| !new_profiles.contains(*digest) && !deleted_profiles.contains(*digest);
    let subscriptions: BTreeSet<&String> =
        new_profiles.difference(service_unsubscriptions).chain(service_subscriptions.iter().filter(neither)).collect();
    let unsubscriptions: BTreeSet<&String> =
        deleted_profiles.difference(service_subscriptions).chain(service_unsubscriptions.iter().filter(neither)).collect();
    let owned = |set: BTreeSet<&String>| set.into_iter().cloned().collect();
    Feed { subscriptions: owned(subscriptions), unsubscriptions: owned(unsubscriptions) }
}

/// The digest by which the feed names a citizen: 64 small hexadecimal digits. Whoever has the feed can try every code: it is personal
/// data all the same.
pub fn digest(code: CitizenCode) -> String {
    Sha256::digest(code.as_str()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(names: &str) -> BTreeSet<String> {
        names.chars().map(String::from).collect()
    }

    fn told(day: [&str; 4]) -> (String, String) {
        let [new, deleted, subscribed, unsubscribed] = day.map(set);
        let day = Day {
            new_profiles: new,
            deleted_profiles: deleted,
            service_subscriptions: subscribed,
            service_unsubscriptions: unsubscribed,
        };
        let feed = feed(&day);
        (feed.subscriptions.concat(), feed.unsubscriptions.concat())
    }

    #[test]
    fn each_term_of_the_algebra() {
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(told(["a", "", "", ""]), pair("a", ""), "who came can be reached");
        assert_eq!(told(["a", "", "", "a"]), pair("", ""), "who came and refused was never reachable");
        assert_eq!(told(["", "", "a", ""]), pair("a", ""));
        assert_eq!(told(["a", "", "a", ""]), pair("a", ""), "once");
        assert_eq!(told(["", "a", "a", ""]), pair("", ""), "who allowed and left was not reachable before");
        assert_eq!(told(["", "a", "", ""]), pair("", "a"));
        assert_eq!(told(["", "", "", "a"]), pair("", "a"));
        assert_eq!(told(["", "a", "", "a"]), pair("", "a"), "once");
    }

    #[test]
    fn digests_are_small_hexadecimal_sha_256() {
        let digest = digest("AAAAAA00A00A000A".parse().unwrap());
        assert_eq!(digest.len(), 64);
        assert!(digest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    }

    proptest! {
        #[test]
        fn nobody_is_told_twice_nor_invented(new in "[a-f]{0,4}", deleted in "[a-f]{0,4}", subscribed in "[a-f]{0,4}", unsubscribed in "[a-f]{0,4}") {
            let (subscriptions, unsubscriptions) = told([&new, &deleted, &subscribed, &unsubscribed]);
            let all = format!("{new}{deleted}{subscribed}{unsubscribed}");
            prop_assert!(subscriptions.chars().chain(unsubscriptions.chars()).all(|name| all.contains(name)));
            prop_assert!(subscriptions.chars().all(|name| new.contains(name) || subscribed.contains(name)));
            prop_assert!(unsubscriptions.chars().all(|name| deleted.contains(name) || unsubscribed.contains(name)));
        }
    }
}

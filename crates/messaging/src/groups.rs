//! What an organisation may do: the groups that its account was given.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A permission of an organisation's account, by its published name; names are read in any case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Group {
            $($(#[$doc])* $name,)*
        }

        impl Group {
            /// Every group.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The published name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

groups! {
    /// Sends to every citizen.
    ApiMessageWrite,
    /// Sends to the service's authorised recipients only.
    ApiLimitedMessageWrite,
    /// Reads what it sent.
    ApiMessageRead,
    /// Asks whether a citizen can be written to.
    ApiLimitedProfileRead,
    /// Reads general information.
    ApiInfoRead,
    /// Keeps services.
    ApiServiceWrite,
    /// Sends Premium messages.
    ApiMessageWriteAdvanced,
    /// Reads whether Premium messages were read and paid.
    ApiMessageReadAdvanced,
    /// Sends messages whose content it keeps.
    ApiThirdPartyMessageWrite,
    /// Keeps configurations of remote content.
    ApiRemoteContentConfigurationWrite,
    /// Reads who joined and who left, by day.
    ApiSubscriptionsFeedRead,
    /// Names a payee who is not itself.
    ApiMessageWriteWithPayee,
    /// Sends EU Covid certificates.
    ApiMessageWriteEUCovidCert,
    /// Tells the platform of new messages; reserved.
    ApiNewMessageNotify,
    /// Tells the platform of reminders; reserved.
    ApiReminderNotify,
    /// Fetches the assertions of sign-ins; reserved.
    ApiLollipopAssertionRead,
    /// 250 calls in 5 seconds.
    ApiRateLimit250,
    /// As many calls as it likes.
    ApiNoRateLimit,
}

/// The groups of a new organisation.
pub const DEFAULT: [Group; 5] =
    [Group::ApiMessageWrite, Group::ApiInfoRead, Group::ApiMessageRead, Group::ApiLimitedProfileRead, Group::ApiServiceWrite];

impl FromStr for Group {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|group| group.name().eq_ignore_ascii_case(name.trim()));
        known.copied().ok_or_else(|| format!("{name}: non è un gruppo"))
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The groups of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(BTreeSet<Group>);

impl Groups {
    /// Reads names between commas; those that nobody knows count for nothing.
    pub fn read(names: &str) -> Self {
        Self(names.split(',').filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether `group` is among them.
    pub fn has(&self, group: Group) -> bool {
        self.0.contains(&group)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(groups: I) -> Self {
        Self(groups.into_iter().collect())
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|group| group.name()).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_unknown_ones_count_for_nothing() {
        let groups = Groups::read("apimessagewrite, ApiMessageRead,azureguests");
        assert!(groups.has(Group::ApiMessageWrite) && groups.has(Group::ApiMessageRead) && !groups.has(Group::ApiServiceWrite));
        assert!(Groups::read("developers,").is_empty());
        for group in Group::ALL {
            assert_eq!(group.name().to_lowercase().parse(), Ok(*group));
        }
        let default: Groups = DEFAULT.into_iter().collect();
        assert_eq!(Groups::read(&default.to_string()), default);
    }
}

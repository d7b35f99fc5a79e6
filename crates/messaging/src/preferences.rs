//! Whom a service may write to: the citizen's profile, the way they choose services, and their choices.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kernel::RomeTime;
use serde::{Deserialize, Serialize};

use crate::message::Rejection;

/// How a citizen chooses the services that may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// As it was before there were preferences: everybody who is not blocked.
    Legacy,
    /// Everybody, unless refused.
    #[default]
    Auto,
    /// Nobody, unless allowed.
    Manual,
}

impl Mode {
    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Legacy => "LEGACY",
            Self::Auto => "AUTO",
            Self::Manual => "MANUAL",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Legacy, Self::Auto, Self::Manual].into_iter().find(|mode| mode.word() == word).ok_or(())
    }
}

/// A way in which a service reaches a citizen, as LEGACY profiles block them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channel {
    /// Messages at all.
    Inbox,
    /// Copies by e-mail.
    Email,
    /// Notifications.
    Webhook,
}

/// What is known of a citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whether the citizen takes messages at all.
    pub is_inbox_enabled: bool,
    /// How services are chosen.
    pub mode: Mode,
    /// Grows with every change of [`Profile::mode`]: earlier choices stop counting.
    pub settings_version: i64,
    /// Languages, the first preferred.
    #[serde(default)]
    pub preferred_languages: Vec<String>,
    /// What is blocked under LEGACY, by service.
    #[serde(default)]
    pub blocked: BTreeMap<String, Vec<Channel>>,
    /// Whether reminders may be sent; nobody is reminded who did not ask for it.
    #[serde(default)]
    pub reminders: bool,
    /// Whether notifications may show sender and subject.
    #[serde(default)]
    pub full_previews: bool,
    /// The app's version, as it last told.
    #[serde(default)]
    pub app_version: Option<String>,
    /// Where copies of messages go.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether copies are wanted.
    #[serde(default)]
    pub is_email_enabled: bool,
    /// Whether the citizen has proved that the address is theirs.
    #[serde(default)]
    pub is_email_validated: bool,
    /// When the code that proves it was last sent.
    #[serde(default)]
    pub email_told_at: Option<RomeTime>,
}

impl Profile {
    /// A citizen who just came.
    pub fn new() -> Self {
        Self {
            is_inbox_enabled: true,
            mode: Mode::default(),
            settings_version: 0,
            preferred_languages: Vec::new(),
            blocked: BTreeMap::new(),
            reminders: false,
            full_previews: false,
            app_version: None,
            email: None,
            is_email_enabled: false,
            is_email_validated: false,
            email_told_at: None,
        }
    }

    /// Changes how services are chosen; earlier choices stop counting.
    pub fn choose(&mut self, mode: Mode) {
        if self.mode != mode {
            self.mode = mode;
            self.settings_version += 1;
        }
    }
}

/// What a citizen chose for one service, at one version of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// Whether the service may write.
    pub is_inbox_enabled: bool,
    /// Whether the service may know what was read.
    pub can_access_message_read_status: bool,
    /// The version of the settings that it was chosen at.
    pub settings_version: i64,
}

/// Where a special service stands with a citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Activation {
    /// The citizen has it.
    Active,
    /// The citizen has not.
    Inactive,
    /// It is being decided, since the instant beside it.
    Pending,
}

impl Activation {
    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Pending => "PENDING",
        }
    }
}

impl std::str::FromStr for Activation {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Active, Self::Inactive, Self::Pending].into_iter().find(|activation| activation.word() == word).ok_or(())
    }
}

/// How long an activation that is being decided counts as one.
const PENDING_COUNTS: SignedDuration = SignedDuration::from_hours(24);

/// What a service is to a citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An ordinary service, with the citizen's choice if there is one.
    Ordinary(Option<Preference>),
    /// A special service, with its activation and the instant of its last change.
    Special(Option<(Activation, RomeTime)>),
}

/// Whether the service may write to the citizen, whose inbox is on.
pub fn sender_allowed(profile: &Profile, service: &str, standing: Standing, now: RomeTime) -> bool {
    match standing {
        Standing::Special(activation) => match activation {
            Some((Activation::Active, _)) => true,
            Some((Activation::Pending, since)) => now.since(since) <= PENDING_COUNTS,
            Some((Activation::Inactive, _)) | None => false,
        },
        Standing::Ordinary(preference) => {
            let chosen = current(profile, preference).map(|preference| preference.is_inbox_enabled);
            match profile.mode {
                Mode::Legacy => !profile.blocked.get(service).is_some_and(|channels| channels.contains(&Channel::Inbox)),
                Mode::Auto => chosen.unwrap_or(true),
                Mode::Manual => chosen.unwrap_or(false),
            }
        }
    }
}

/// The choice, if it was made at the present version of the settings.
pub fn current(profile: &Profile, preference: Option<Preference>) -> Option<Preference> {
    preference.filter(|preference| preference.settings_version == profile.settings_version)
}

/// Whether a message may go into the inbox.
///
/// # Errors
/// Why not.
pub fn deliver(profile: Option<&Profile>, service: &str, standing: Standing, now: RomeTime) -> Result<(), Rejection> {
    let profile = profile.ok_or(Rejection::UserNotFound)?;
    if profile.is_inbox_enabled && sender_allowed(profile, service, standing, now) {
        Ok(())
    } else {
        Err(Rejection::ServiceNotAllowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn at(hour: i64) -> RomeTime {
        RomeTime::from_microsecond(hour * 3_600_000_000).unwrap()
    }

    fn profile(mode: Mode) -> Profile {
        Profile { mode, ..Profile::new() }
    }

    fn choice(is_inbox_enabled: bool, settings_version: i64) -> Standing {
        Standing::Ordinary(Some(Preference { is_inbox_enabled, can_access_message_read_status: true, settings_version }))
    }

    #[test]
    fn every_cell_of_the_table_of_modes() {
        let none = Standing::Ordinary(None);
        for (mode, standing, expected) in [
            (Mode::Legacy, none, true),
            (Mode::Legacy, choice(false, 0), true),
            (Mode::Auto, none, true),
            (Mode::Auto, choice(true, 0), true),
            (Mode::Auto, choice(false, 0), false),
            (Mode::Manual, none, false),
            (Mode::Manual, choice(true, 0), true),
            (Mode::Manual, choice(false, 0), false),
        ] {
            assert_eq!(sender_allowed(&profile(mode), SERVICE, standing, at(0)), expected, "{mode:?} {standing:?}");
        }
    }

    #[test]
    fn legacy_blocks_by_channel() {
        let mut profile = profile(Mode::Legacy);
        profile.blocked.insert(SERVICE.to_owned(), vec![Channel::Email, Channel::Webhook]);
        assert!(sender_allowed(&profile, SERVICE, Standing::Ordinary(None), at(0)));
        profile.blocked.insert(SERVICE.to_owned(), vec![Channel::Inbox]);
        assert!(!sender_allowed(&profile, SERVICE, Standing::Ordinary(None), at(0)));
        assert!(sender_allowed(&profile, "another", Standing::Ordinary(None), at(0)));
    }

    #[test]
    fn special_services_need_an_activation_in_every_mode() {
        for mode in [Mode::Legacy, Mode::Auto, Mode::Manual] {
            for (activation, hours, expected) in [
                (None, 0, false),
                (Some(Activation::Active), 1_000, true),
                (Some(Activation::Inactive), 0, false),
                (Some(Activation::Pending), 24, true),
                (Some(Activation::Pending), 25, false),
            ] {
                let standing = Standing::Special(activation.map(|activation| (activation, at(0))));
                assert_eq!(
                    sender_allowed(&profile(mode), SERVICE, standing, at(hours)),
                    expected,
                    "{mode:?} {activation:?} {hours}"
                );
            }
        }
    }

    #[test]
    fn a_change_of_mode_makes_earlier_choices_stop_counting() {
        let mut profile = profile(Mode::Auto);
        assert!(!sender_allowed(&profile, SERVICE, choice(false, 0), at(0)));
        profile.choose(Mode::Manual);
        profile.choose(Mode::Auto);
        assert_eq!(profile.settings_version, 2);
        assert!(sender_allowed(&profile, SERVICE, choice(false, 0), at(0)));
        profile.choose(Mode::Auto);
        assert_eq!(profile.settings_version, 2, "the same mode again is no change");
    }

    #[test]
    fn each_reason_for_a_rejection() {
        let on = profile(Mode::Auto);
        let off = Profile { is_inbox_enabled: false, ..profile(Mode::Auto) };
        let none = Standing::Ordinary(None);
        assert_eq!(deliver(None, SERVICE, none, at(0)), Err(Rejection::UserNotFound));
        assert_eq!(deliver(Some(&off), SERVICE, none, at(0)), Err(Rejection::ServiceNotAllowed));
        assert_eq!(deliver(Some(&on), SERVICE, choice(false, 0), at(0)), Err(Rejection::ServiceNotAllowed));
        assert_eq!(deliver(Some(&profile(Mode::Manual)), SERVICE, none, at(0)), Err(Rejection::ServiceNotAllowed));
        assert_eq!(deliver(Some(&on), SERVICE, Standing::Special(None), at(0)), Err(Rejection::ServiceNotAllowed));
        assert_eq!(deliver(Some(&on), SERVICE, none, at(0)), Ok(()));
    }
}

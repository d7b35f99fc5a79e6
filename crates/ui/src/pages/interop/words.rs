//! The platform's words for states, kinds and periods in those of people.

use kernel::RomeTime;

use crate::clients::interop::{Asked, Held, Wanted};
use crate::format;
use crate::i18n::Messages;
use crate::views::sheet::Badge;

/// Where a version, an agreement or a purpose stands: their words are the same where their meaning is.
pub fn state(t: &Messages, word: &str) -> Badge {
    let (label, tone) = match word {
        "DRAFT" => (t.interop_state_draft, "neutral"),
        "PUBLISHED" => (t.interop_state_published, "good"),
        "ACTIVE" => (t.interop_state_active, "good"),
        "DEPRECATED" => (t.interop_state_deprecated, "action"),
        "SUSPENDED" => (t.interop_state_suspended, "bad"),
        "ARCHIVED" => (t.interop_state_archived, "neutral"),
        "PENDING" => (t.interop_state_pending, "action"),
        "WAITING_FOR_APPROVAL" => (t.interop_state_waiting, "action"),
        "REJECTED" => (t.interop_state_rejected, "bad"),
        "MISSING_CERTIFIED_ATTRIBUTES" => (t.interop_state_missing, "bad"),
        _ => (t.interop_state_other, "neutral"),
    };
    Badge { label, tone }
}

/// States to filter lists by.
pub fn states(t: &Messages, words: &[&str]) -> Vec<(String, String)> {
    let all = (String::new(), t.inbox_all.to_owned());
    [all].into_iter().chain(words.iter().map(|word| ((*word).to_owned(), state(t, word).label.to_owned()))).collect()
}

/// Whether the e-service gives or takes.
pub fn mode(t: &Messages, word: &str) -> &'static str {
    if word == "RECEIVE" { t.interop_mode_receive } else { t.interop_mode_deliver }
}

/// A role.
pub fn role(t: &Messages, word: &str) -> &'static str {
    match word {
        "admin" => t.interop_role_admin,
        "api" => t.interop_role_api,
        "security" => t.interop_role_security,
        "support" => t.interop_role_support,
        _ => t.interop_role_viewer,
    }
}

/// A kind of attribute.
pub fn kind(t: &Messages, word: &str) -> &'static str {
    match word {
        "CERTIFIED" => t.interop_certified,
        "DECLARED" => t.interop_declared,
        _ => t.interop_verified,
    }
}

/// What stands between a purpose and its e-service.
pub fn obstacle(t: &Messages, word: &str) -> &'static str {
    match word {
        "eservice" => t.interop_obstacle_eservice,
        "agreement" => t.interop_obstacle_agreement,
        "purpose" => t.interop_obstacle_purpose,
        _ => t.interop_obstacle_client,
    }
}

/// An instant, if there is one.
pub fn when(at: Option<RomeTime>) -> String {
    at.map(format::date_time).unwrap_or_default()
}

/// A day, if there is one.
pub fn day(at: Option<RomeTime>) -> String {
    at.map(format::date).unwrap_or_default()
}

/// A number with points between thousands.
pub fn number(count: impl Into<i64>) -> String {
    let digits = count.into().to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}")
}

/// The groups that a version asks for, each with its kind.
pub fn groups(wanted: &Wanted) -> impl Iterator<Item = (&'static str, &Vec<Asked>)> {
    let certified = wanted.certified.iter().map(|group| ("CERTIFIED", group));
    let declared = wanted.declared.iter().map(|group| ("DECLARED", group));
    certified.chain(declared).chain(wanted.verified.iter().map(|group| ("VERIFIED", group)))
}

/// A group in words: one of these is enough.
pub fn group(t: &Messages, group: &[Asked]) -> String {
    let names: Vec<_> = group.iter().map(|asked| asked.name.as_str()).collect();
    names.join(&format!(" {} ", t.interop_or))
}

/// Whether an attribute is held now. `by` is whose word on a verified one counts; nobody's name lets any producer's count.
pub fn holds(held: &[Held], id: &str, by: Option<&str>, now: RomeTime) -> bool {
    let lives = |held: &Held| {
        held.revocation_timestamp.is_none()
            && (by.is_none_or(|by| {
                held.verified_by.iter().any(|word| {
                    (by.is_empty() || word.id == by) && word.extension_date.or(word.expiration_date).is_none_or(|ends| ends > now)
                })
            }))
    };
    held.iter().any(|held| held.id == id && lives(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_points() {
        assert_eq!([0_i64, 999, 1000, 1_000_000, -1234].map(number), ["0", "999", "1.000", "1.000.000", "-1.234"]);
    }
}

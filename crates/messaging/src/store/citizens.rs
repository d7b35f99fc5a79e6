//! Citizens: profiles, choices, activations, what the feed tells of them, what their phones showed.

use std::collections::BTreeSet;

use kernel::{Rng, RomeTime};
use storage::{Result, Tx, params};

use super::{from_text, to_text, word};
use crate::feed::{Day, digest};
use crate::formats::CitizenCode;
use crate::preferences::{Activation, Preference, Profile, Standing};
use crate::ulid::Ulid;

/// A citizen's profile.
pub fn find_profile(tx: &mut Tx<'_>, code: CitizenCode) -> Result<Option<Profile>> {
    let sql = "SELECT body FROM io_profiles WHERE fiscal_code = $1";
    tx.optional(sql, params![code], |row| from_text(row.text(0)?))
}

/// Adds a citizen's profile, or stores it after a change. The feed tells of a citizen who came.
pub fn put_profile(tx: &mut Tx<'_>, code: CitizenCode, profile: &Profile, now: RomeTime) -> Result<()> {
    let body = to_text(profile)?;
    let sql = "UPDATE io_profiles SET body = $2, updated_at = $3 WHERE fiscal_code = $1";
    if tx.execute(sql, params![code, body, now])? == 0 {
        let sql = "INSERT INTO io_profiles (fiscal_code, body, created_at, updated_at) VALUES ($1, $2, $3, $3)";
        tx.execute(sql, params![code, body, now])?;
        tell_feed(tx, None, "joined", code, now)?;
    }
    Ok(())
}

/// Removes a citizen, with every choice. False when there was none.
pub fn delete_profile(tx: &mut Tx<'_>, code: CitizenCode, now: RomeTime) -> Result<bool> {
    let deleted = tx.execute("DELETE FROM io_profiles WHERE fiscal_code = $1", params![code])? == 1;
    if deleted {
        for table in ["io_preferences", "io_activations", "io_reminders", "io_notifications"] {
            tx.execute(&format!("DELETE FROM {table} WHERE fiscal_code = $1"), params![code])?;
        }
        tell_feed(tx, None, "left", code, now)?;
    }
    Ok(deleted)
}

/// What a citizen chose for a service at a version of the settings.
pub fn find_preference(tx: &mut Tx<'_>, code: CitizenCode, service: Ulid, version: i64) -> Result<Option<Preference>> {
    let sql = "SELECT inbox, read_status, settings_version FROM io_preferences
               WHERE fiscal_code = $1 AND service_id = $2 AND settings_version = $3";
    tx.optional(sql, params![code, service, version], |row| {
        Ok(Preference {
            is_inbox_enabled: row.get(0)?,
            can_access_message_read_status: row.get(1)?,
            settings_version: row.get(2)?,
        })
    })
}

/// Stores what a citizen chose for a service. The feed tells of it when the service may write where it could not before, or the reverse.
pub fn put_preference(
    tx: &mut Tx<'_>,
    code: CitizenCode,
    service: Ulid,
    preference: Preference,
    was_allowed: bool,
    now: RomeTime,
) -> Result<()> {
    let Preference { is_inbox_enabled, can_access_message_read_status, settings_version } = preference;
    let sql = "INSERT INTO io_preferences (fiscal_code, service_id, settings_version, inbox, read_status, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (fiscal_code, service_id, settings_version) DO UPDATE
               SET inbox = excluded.inbox, read_status = excluded.read_status, updated_at = excluded.updated_at";
    let values = params![code, service, settings_version, is_inbox_enabled, can_access_message_read_status, now];
    tx.execute(sql, values)?;
    if was_allowed != is_inbox_enabled {
        tell_feed(tx, Some(service), if is_inbox_enabled { "subscribed" } else { "unsubscribed" }, code, now)?;
    }
    Ok(())
}

/// Where a special service stands with a citizen, since when, and how often it changed.
pub fn find_activation(tx: &mut Tx<'_>, service: Ulid, code: CitizenCode) -> Result<Option<(Activation, RomeTime, i64)>> {
    let sql = "SELECT status, updated_at, version FROM io_activations WHERE service_id = $1 AND fiscal_code = $2";
    tx.optional(sql, params![service, code], |row| Ok((word(row.text(0)?)?, row.get(1)?, row.get(2)?)))
}

/// Stores where a special service stands with a citizen; gives how often it changed before.
pub fn put_activation(tx: &mut Tx<'_>, service: Ulid, code: CitizenCode, status: Activation, now: RomeTime) -> Result<i64> {
    let sql = "INSERT INTO io_activations (service_id, fiscal_code, status, version, updated_at) VALUES ($1, $2, $3, 0, $4)
               ON CONFLICT (service_id, fiscal_code) DO UPDATE
               SET status = excluded.status, version = io_activations.version + 1, updated_at = excluded.updated_at
               RETURNING version";
    let version = tx.one(sql, params![service, code, status.word(), now], |row| row.get(0))?;
    let kind = if status == Activation::Active { "subscribed" } else { "unsubscribed" };
    tell_feed(tx, Some(service), kind, code, now)?;
    Ok(version)
}

/// What a service is to a citizen.
pub fn standing(tx: &mut Tx<'_>, code: CitizenCode, profile: &Profile, service: Ulid, special: bool) -> Result<Standing> {
    if special {
        let activation = find_activation(tx, service, code)?;
        return Ok(Standing::Special(activation.map(|(status, since, _)| (status, since))));
    }
    Ok(Standing::Ordinary(find_preference(tx, code, service, profile.settings_version)?))
}

/// The day (UTC) of an instant, as the feed names it.
pub fn day_of(at: RomeTime) -> String {
    at.timestamp().strftime("%Y-%m-%d").to_string()
}

fn tell_feed(tx: &mut Tx<'_>, service: Option<Ulid>, kind: &str, code: CitizenCode, now: RomeTime) -> Result<()> {
    let (day, digest) = (day_of(now), digest(code));
    let service = service.map(|service| service.to_string()).unwrap_or_default();
    // The last word of a day counts.
    let opposite = match kind {
        "joined" => "left",
        "left" => "joined",
        "subscribed" => "unsubscribed",
        _ => "subscribed",
    };
    let sql = "DELETE FROM io_feed WHERE day = $1 AND service_id = $2 AND kind = $3 AND digest = $4";
    tx.execute(sql, params![day, service, opposite, digest])?;
    let sql = "INSERT INTO io_feed (day, service_id, kind, digest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    tx.execute(sql, params![day, service, kind, digest])?;
    Ok(())
}

/// What happened on a day, as far as a service goes.
pub fn feed_day(tx: &mut Tx<'_>, day: &str, service: Ulid) -> Result<Day> {
    let sql = "SELECT kind, digest FROM io_feed WHERE day = $1 AND (service_id = '' OR service_id = $2)";
    let rows: Vec<(String, String)> = tx.all(sql, params![day, service.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let of = |kind: &str| -> BTreeSet<String> {
        rows.iter().filter(|(own, _)| own == kind).map(|(_, digest)| digest.clone()).collect()
    };
    Ok(Day {
        new_profiles: of("joined"),
        deleted_profiles: of("left"),
        service_subscriptions: of("subscribed"),
        service_unsubscriptions: of("unsubscribed"),
    })
}

/// Something that a citizen's phone shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The message that it is about.
    pub message_id: Ulid,
    /// Its published type.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// When.
    pub at: RomeTime,
}

/// Shows something on a citizen's phone.
pub fn notify(tx: &mut Tx<'_>, code: CitizenCode, notification: &Notification, rng: &Rng) -> Result<()> {
    let Notification { message_id, kind, title, body, at } = notification;
    let sql = "INSERT INTO io_notifications (id, fiscal_code, message_id, kind, title, body, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, params![Ulid::new(*at, rng), code, message_id, kind, title, body, at])?;
    Ok(())
}

/// What a citizen's phone showed, newest first.
pub fn notifications(tx: &mut Tx<'_>, code: CitizenCode, limit: i64) -> Result<Vec<Notification>> {
    let sql = "SELECT message_id, kind, title, body, created_at FROM io_notifications
               WHERE fiscal_code = $1 ORDER BY id DESC LIMIT $2";
    tx.all(sql, params![code, limit], |row| {
        Ok(Notification { message_id: row.get(0)?, kind: row.get(1)?, title: row.get(2)?, body: row.get(3)?, at: row.get(4)? })
    })
}

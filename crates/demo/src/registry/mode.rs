//! How the stand-in behaves: well, or badly in one of the ways in which registries do.

use serde::{Deserialize, Serialize};
use storage::{Result, Tx, params};

/// A behaviour. "After accepting" means that the request is done and in the ledger, and only the answer fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Does what it is asked.
    #[default]
    Ok,
    /// Refuses everything with a 422.
    Refuse,
    /// Accepts, then does not answer for two minutes.
    Timeout,
    /// Accepts, then answers 500.
    Error,
    /// Accepts, and answers after a second.
    Slow,
    /// Accepts, then answers a page that is no JSON.
    Garbage,
    /// Accepts a document and its first attachment, and is out of order for whatever comes after.
    Half,
}

impl Mode {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Ok, "ok"),
        (Self::Refuse, "refuse"),
        (Self::Timeout, "timeout"),
        (Self::Error, "error"),
        (Self::Slow, "slow"),
        (Self::Garbage, "garbage"),
        (Self::Half, "half"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(mode, _)| *mode == self).map_or("ok", |(_, name)| name)
    }

    fn of(name: &str) -> Self {
        Self::ALL.iter().find(|(_, other)| *other == name).map_or(Self::Ok, |(mode, _)| *mode)
    }
}

/// Sets how `aoo` behaves, after `before` requests that go well, for the next `times` requests or until told otherwise.
pub(super) fn set(tx: &mut Tx<'_>, aoo: &str, mode: Mode, before: u32, times: Option<u32>) -> Result<()> {
    tx.execute(
        "INSERT INTO demo_registry_modes (aoo, mode, before, remaining) VALUES ($1, $2, $3, $4)
         ON CONFLICT (aoo) DO UPDATE SET mode = excluded.mode, before = excluded.before, remaining = excluded.remaining",
        params![aoo, mode.name(), before, times],
    )?;
    Ok(())
}

/// How `aoo` behaves towards the request at hand, which counts.
pub(super) fn take(tx: &mut Tx<'_>, aoo: &str) -> Result<Mode> {
    let sql = format!("SELECT mode, before, remaining FROM demo_registry_modes WHERE aoo = $1{}", tx.for_update());
    let set: Option<(String, i64, Option<i64>)> =
        tx.optional(&sql, params![aoo], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let Some((mode, before, remaining)) = set else { return Ok(Mode::Ok) };
    let (taken, before, remaining) = match (before, remaining) {
        (1.., _) => (Mode::Ok, before - 1, remaining),
        (_, Some(0)) => return Ok(Mode::Ok),
        (_, Some(left)) => (Mode::of(&mode), before, Some(left - 1)),
        (_, None) => return Ok(Mode::of(&mode)),
    };
    let sql = "UPDATE demo_registry_modes SET before = $2, remaining = $3 WHERE aoo = $1";
    tx.execute(sql, params![aoo, before, remaining])?;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_stored_under_the_name_that_it_has_in_json() {
        for (mode, name) in Mode::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), name);
            assert_eq!(Mode::of(name), mode);
        }
    }
}

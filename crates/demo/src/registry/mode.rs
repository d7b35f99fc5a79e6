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

/// Sets how `aoo` behaves for the next `times` requests, or until told otherwise.
pub(super) fn set(tx: &mut Tx<'_>, aoo: &str, mode: Mode, times: Option<u32>) -> Result<()> {
    tx.execute(
        "INSERT INTO demo_registry_modes (aoo, mode, remaining) VALUES ($1, $2, $3)
         ON CONFLICT (aoo) DO UPDATE SET mode = excluded.mode, remaining = excluded.remaining",
        params![aoo, mode.name(), times],
    )?;
    Ok(())
}

/// How `aoo` behaves towards the request at hand, which counts.
pub(super) fn take(tx: &mut Tx<'_>, aoo: &str) -> Result<Mode> {
    let sql = format!("SELECT mode, remaining FROM demo_registry_modes WHERE aoo = $1{}", tx.for_update());
    let set: Option<(String, Option<i64>)> = tx.optional(&sql, params![aoo], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match set {
        None | Some((_, Some(0))) => Ok(Mode::Ok),
        Some((mode, remaining)) => {
            if let Some(remaining) = remaining {
                let sql = "UPDATE demo_registry_modes SET remaining = $2 WHERE aoo = $1";
                tx.execute(sql, params![aoo, remaining - 1])?;
            }
            Ok(Mode::of(&mode))
        }
    }
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

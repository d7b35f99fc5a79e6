//! When a citizen must confirm something before a remote message opens (source "CRU Configurazioni remote").

use serde::{Deserialize, Serialize};

use crate::decode::{Member, Reader};

/// When the precondition is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Precondition {
    /// At each opening.
    Always,
    /// Until the message was read.
    Once,
    /// Never.
    Never,
}

impl Precondition {
    /// Reads the word of the interface. The guide writes `NONE` where every schema writes `NEVER`: both are read, one is written.
    pub fn read(reader: &mut Reader, member: &Member<'_>) -> Option<Self> {
        reader.word(member, "\"ALWAYS\" | \"ONCE\" | \"NEVER\"", |word| match word {
            "ALWAYS" => Some(Self::Always),
            "ONCE" => Some(Self::Once),
            "NEVER" | "NONE" => Some(Self::Never),
            _ => None,
        })
    }
}

/// Whether the precondition is to be shown now. What the message says overrides the configuration.
pub fn is_shown(message: Option<Precondition>, configuration: Option<Precondition>, is_read: bool) -> bool {
    match message.or(configuration) {
        None | Some(Precondition::Never) => false,
        Some(Precondition::Once) => !is_read,
        Some(Precondition::Always) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of the table: rows are the message's word, columns the configuration's (absent, NEVER, ONCE, ALWAYS).
    #[test]
    fn every_cell_of_the_precondition_table() {
        use Precondition::{Always, Never, Once};
        let columns = [None, Some(Never), Some(Once), Some(Always)];
        for (message, cells) in [
            (None, ["no", "no", "until read", "always"]),
            (Some(Never), ["no", "no", "no", "no"]),
            (Some(Once), ["until read", "until read", "until read", "until read"]),
            (Some(Always), ["always", "always", "always", "always"]),
        ] {
            for (configuration, cell) in columns.into_iter().zip(cells) {
                let shown = [false, true].map(|is_read| is_shown(message, configuration, is_read));
                let expected = match cell {
                    "no" => [false, false],
                    "until read" => [true, false],
                    _ => [true, true],
                };
                assert_eq!(shown, expected, "{message:?} {configuration:?}");
            }
        }
    }
}

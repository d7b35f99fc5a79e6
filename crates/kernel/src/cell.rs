//! Cells of tables that people open with a spreadsheet program.

use std::borrow::Cow;

/// A text that no spreadsheet program takes for a formula: one that begins like it, in either width, also behind blanks and signs that
/// nobody sees, gets an apostrophe before it.
pub fn inert(text: &str) -> Cow<'_, str> {
    let seen = text.trim_start_matches(|sign: char| sign.is_whitespace() || sign.is_control());
    let begins = seen.starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']);
    if begins || text.starts_with(['\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_begins_like_a_formula_is_none() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "|x", "%x", " =1+1", "\t=1", "\r", "\n=1", "\u{b}@x", "＝1+1", "＠x"] {
            assert_eq!(inert(text), format!("'{text}"));
        }
        for text in ["AAAAAA00A00A000A", "Comune di Bugliano", "a=b", "1-1", ""] {
            assert_eq!(inert(text), text);
        }
    }
}

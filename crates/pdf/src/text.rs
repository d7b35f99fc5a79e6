//! Texts as they may be printed: any text becomes one that the fonts can show and PDF/A allows; dates and amounts as people write
//! them.

use kernel::jiff::civil::Date;
use kernel::{Money, RomeTime};
use serde_json::Value;

use crate::Language;
use crate::typeset::covers;

/// Words of more letters than this may be broken anywhere: a line is not sure to hold them. A UUID has 36.
const LONGEST_IN_LINE: usize = 36;
/// In a cell of a table, words of more letters than this may be broken anywhere; shorter ones are hyphenated.
const LONGEST_IN_CELL: usize = 24;
/// In a cell, words with digits or signs in them (codes, addresses of mail) may be broken sooner: they are not hyphenated.
const LONGEST_CODE_IN_CELL: usize = 12;
/// Words of more letters than this are broken by zero-width spaces, which are copied with the text but cost little: the time that pieces
/// take grows with the square of their number, and nobody copies such words.
const LONGEST_CUT: usize = 1_000;
/// Letters that stay together when a word may be broken anywhere.
const PIECE: usize = 4;
/// Marks that may be stacked on one letter. Vietnamese needs two, pointed Hebrew three; hundreds of them would cover the lines above.
const STACKED_MARKS: usize = 4;
/// Headings and names longer than this are cut. PDF allows no text over 32,767 bytes in outlines and metadata (ISO 19005-2, 6.1.13).
const LONGEST_HEADING: usize = 300;

/// The text of a person or program with everything taken out or written out that cannot be printed in a PDF/A:
/// - every kind of line end becomes `\n`, a tab becomes a space, other control characters vanish;
/// - characters without a shape of their own vanish too, because they can turn the order of the letters around (U+202E) or hide
///   behind what is seen; the joiners that Arabic and its neighbours need stay;
/// - a character that no font here can draw, or that has no agreed meaning, is written as `[U+1F9FF]`: nothing is lost silently.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            '\u{200c}' | '\u{200d}' if out.chars().next_back().is_some_and(joins) => out.push(c),
            _ if c.is_control() || is_invisible(c) || marks > STACKED_MARKS => {}
            _ if covers(c) && !is_private(c) => out.push(c),
            _ => out.push_str(&format!("[U+{:04X}]", u32::from(c))),
        }
    }
    out
}

/// A printable text on one line of at most 300 characters: for titles, names, headings.
pub fn heading(text: &str) -> String {
    clipped(text, LONGEST_HEADING)
}

/// A printable text on one line of at most `longest` characters; what is cut off is hinted at.
pub fn clipped(text: &str, longest: usize) -> String {
    let line = printable(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(longest) {
        Some(_) => {
            let kept: String = line.chars().take(longest.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
        None => line,
    }
}

/// As [`body`], for the label of a field or column: one line, and not endless, because a label is never divided between pages.
pub fn label(text: &str) -> Value {
    body(&heading(text))
}

/// What a template prints for a text: the text itself, or, when it has several lines or words that a line may not hold, a list of
/// lines that are lists of pieces. A line may be broken between two pieces; nothing is printed there.
pub fn body(text: &str) -> Value {
    broken(&printable(text), |word| letters(word) > LONGEST_IN_LINE)
}

/// As [`body`], for a cell of a table with several columns.
pub fn cell(text: &str) -> Value {
    broken(&printable(text), |word| {
        letters(word) > LONGEST_IN_CELL || letters(word) > LONGEST_CODE_IN_CELL && !word.chars().all(char::is_alphabetic)
    })
}

fn broken(text: &str, too_long: fn(&str) -> bool) -> Value {
    let text = text.trim_matches('\n').trim_end();
    if !text.contains('\n') && !text.split(' ').any(too_long) {
        return Value::from(text);
    }
    // Two empty lines in a row say no more than one.
    let mut lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.dedup_by(|after, before| after.is_empty() && before.is_empty());
    lines.into_iter().map(|line| Value::from(pieces(line, too_long))).collect()
}

/// The paragraphs of a text, as [`body`] has them: an empty line begins a new one.
pub fn paragraphs(text: &str) -> Value {
    let text = printable(text);
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).map(|lines| body(&lines.join("\n"))).collect()
}

/// Cuts a line where it may be broken besides its spaces.
fn pieces(line: &str, too_long: fn(&str) -> bool) -> Vec<String> {
    let mut pieces = vec![String::with_capacity(line.len())];
    for (index, word) in line.split(' ').enumerate() {
        if index > 0 {
            last(&mut pieces).push(' ');
        }
        if !too_long(word) {
            last(&mut pieces).push_str(word);
            continue;
        }
        let endless = letters(word) > LONGEST_CUT;
        let mut length = 0;
        for c in word.chars() {
            if length >= PIECE && !is_mark(c) && !matches!(c, '\u{200c}' | '\u{200d}') {
                if endless {
                    last(&mut pieces).push('\u{200b}');
                } else {
                    pieces.push(String::new());
                }
                length = 0;
            }
            length += 1;
            last(&mut pieces).push(c);
        }
    }
    pieces
}

fn last(pieces: &mut [String]) -> &mut String {
    pieces.last_mut().expect("there is always a piece")
}

fn letters(word: &str) -> usize {
    word.chars().count()
}

/// Marks that are drawn over or under the letter before them.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5C7 | 0x610..=0x61A | 0x64B..=0x65F | 0x6D6..=0x6ED | 0x7EB..=0x7F3
        | 0xEB1 | 0xEB4..=0xEBC | 0xEC8..=0xECE | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20F0 | 0xFE20..=0xFE2F)
}

/// Letters of the scripts in which a joiner changes how they are written: Arabic, N'Ko and those between.
fn joins(c: char) -> bool {
    matches!(u32::from(c), 0x600..=0x8FF)
}

/// Characters that steer the display and have no shape (Unicode, general category Cf and variation selectors).
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF)
}

/// Characters without an agreed meaning, which PDF/A does not allow: private use and noncharacters.
fn is_private(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xE000..=0xF8FF | 0xF0000.. | 0xFDD0..=0xFDEF) || code & 0xFFFE == 0xFFFE
}

/// `12 marzo 2025`, with spaces that do not break.
pub fn date(language: Language, date: Date) -> String {
    let month = usize::from(date.month().unsigned_abs()) - 1;
    let (day, year) = (date.day(), date.year());
    match language {
        Language::It => format!("{day}\u{a0}{}\u{a0}{year}", MONTHS_IT[month]),
        Language::De => format!("{day}.\u{a0}{}\u{a0}{year}", MONTHS_DE[month]),
        Language::En => format!("{day}\u{a0}{}\u{a0}{year}", MONTHS_EN[month]),
    }
}

/// `12 marzo 2025, ore 14:05`, on the clocks of Rome.
pub fn moment(language: Language, at: RomeTime) -> String {
    let civil = at.civil();
    let (hour, minute) = (civil.hour(), civil.minute());
    let day = date(language, civil.date());
    match language {
        Language::It => format!("{day}, ore\u{a0}{hour}:{minute:02}"),
        Language::De => format!("{day}, {hour}:{minute:02}\u{a0}Uhr"),
        Language::En => format!("{day}, {hour}:{minute:02}"),
    }
}

/// `12/03/2025`, as payment notices write it in every language.
pub fn short_date(date: Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

/// `€ 1.234,56`; in English `€1,234.56`.
pub fn amount(language: Language, money: Money) -> String {
    let italian = money.to_italian();
    match language {
        Language::It | Language::De => format!("€\u{a0}{italian}"),
        Language::En => {
            let swap = |c| match c {
                '.' => ',',
                ',' => '.',
                c => c,
            };
            format!("€{}", italian.chars().map(swap).collect::<String>())
        }
    }
}

const MONTHS_IT: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];
const MONTHS_DE: [&str; 12] =
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
const MONTHS_EN: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_printed_is_written_out_or_vanishes() {
        for (given, printed) in [
            ("Niccolò Łukasz 'O’Brien' <b>#import \"x\"</b> $x$ \\", "Niccolò Łukasz 'O’Brien' <b>#import \"x\"</b> $x$ \\"),
            ("a\r\nb\rc\u{2028}d\te\u{0}\u{7f}", "a\nb\nc\nd e"),
            ("mario\u{202e}oiram\u{2066}\u{feff}\u{200b}", "mariooiram"),
            ("\u{1f9ff} \u{f8ff} \u{fffe} \u{738b}", "[U+1F9FF] [U+F8FF] [U+FFFE] [U+738B]"),
            ("می\u{200c}خواهم x\u{200c}y", "می\u{200c}خواهم xy"),
        ] {
            assert_eq!(printable(given), printed);
        }
    }

    #[test]
    fn marks_do_not_pile_up() {
        assert_eq!(printable(&format!("e{}f", "\u{301}".repeat(1000))), format!("e{}f", "\u{301}".repeat(STACKED_MARKS)));
    }

    #[test]
    fn long_words_become_pieces_and_lines_stay_lines() {
        assert_eq!(cell("precipitevolissimevolmente no"), json!([["prec", "ipit", "evol", "issi", "mevo", "lmen", "te no"]]));
        assert_eq!(cell("un RSSMRA80A01H501U ok"), json!([["un RSSM", "RA80", "A01H", "501U ok"]]));
        assert_eq!(cell("Amministrazione"), json!("Amministrazione"));
        assert_eq!(body("precipitevolissimevolmente RSSMRA80A01H501U"), json!("precipitevolissimevolmente RSSMRA80A01H501U"));
        assert_eq!(body(&"è".repeat(37))[0].as_array().unwrap().len(), 10);
        assert_eq!(body(&"è".repeat(1001))[0][0].as_str().unwrap().matches('\u{200b}').count(), 250);
        assert_eq!(body("uno\n\n\n\ndue\n"), json!([["uno"], [""], ["due"]]));
        assert_eq!(paragraphs("uno\ndue\n\n\ntre"), json!([[["uno"], ["due"]], "tre"]));
    }

    #[test]
    fn headings_are_one_line_and_not_endless() {
        assert_eq!(heading(" Comune\n di  Bugliano "), "Comune di Bugliano");
        assert_eq!(heading(&"à".repeat(1000)).chars().count(), LONGEST_HEADING);
    }

    #[test]
    fn dates_and_amounts_as_people_write_them() {
        let at: RomeTime = "2025-10-26T00:30:00Z".parse().unwrap();
        assert_eq!(moment(Language::It, at), "26\u{a0}ottobre\u{a0}2025, ore\u{a0}2:30");
        assert_eq!(moment(Language::De, at), "26.\u{a0}Oktober\u{a0}2025, 2:30\u{a0}Uhr");
        assert_eq!(short_date(at.date()), "26/10/2025");
        let money = Money::from_cents(123_456_789).unwrap();
        assert_eq!(amount(Language::It, money), "€\u{a0}1.234.567,89");
        assert_eq!(amount(Language::En, money), "€1,234,567.89");
    }
}

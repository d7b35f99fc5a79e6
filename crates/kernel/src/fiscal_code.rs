//! The codice fiscale of persons (decree of the Ministry of Finance, 23 December 1976).

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// The codice fiscale of a person: 16 letters and digits, upper case, with the right check character. Read in any case.
///
/// `Display` and JSON carry it in full; `Debug`, which is what ends in logs, shows only its first and last letter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalCode([u8; 16]);

/// The sex that a codice fiscale declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Femmina.
    Female,
    /// Maschio.
    Male,
}

/// Why a text is not a codice fiscale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FiscalCodeError {
    /// Length, letters and digits are not where they must be.
    #[error("non è un codice fiscale: servono 16 lettere e cifre, per esempio RSSMRA80A01H501U")]
    Form,
    /// The last letter does not follow from the others.
    #[error("l'ultima lettera del codice fiscale non corrisponde alle altre: controllare di averlo scritto bene")]
    CheckCharacter,
}

/// The letters of the months, January first.
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";

/// The letters that stand for the digits 0 to 9 where two persons would have the same code (omocodia).
const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";

/// Values of A to Z in the odd places; the digits 0 to 9 count as A to J.
const ODD: [u16; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

impl FiscalCode {
    /// The 16 characters, upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of ASCII letters and digits only")
    }

    /// The declared sex.
    pub fn sex(&self) -> Sex {
        if self.day() > 40 { Sex::Female } else { Sex::Male }
    }

    /// The declared date of birth. The code has two digits for the year: of the possible centuries it is the latest that does not lie
    /// after `today`. `None` when the calendar has no such day.
    pub fn birth_date(&self, today: Date) -> Option<Date> {
        let year = i16::from(self.number(6, 2));
        let month = MONTHS.iter().position(|letter| *letter == self.0[8]).and_then(|index| i8::try_from(index + 1).ok())?;
        let day = i8::try_from(self.day() % 40).ok()?;
        let century = today.year() - today.year().rem_euclid(100);
        [century, century - 100]
            .into_iter()
            .filter_map(|century| Date::new(century + year, month, day).ok())
            .find(|date| *date <= today)
    }

    /// The cadastral code of the municipality or foreign state of birth (`H501` is Rome), with omocodia undone.
    pub fn birth_place(&self) -> String {
        let digits = (12..15).filter_map(|index| digit(self.0[index])).map(|value| char::from(b'0' + value));
        std::iter::once(char::from(self.0[11])).chain(digits).collect()
    }

    /// Whether letters stand for some digits because another person would have the same code.
    pub fn is_omocode(&self) -> bool {
        [6, 7, 9, 10, 12, 13, 14].into_iter().any(|index| self.0[index].is_ascii_uppercase())
    }

    /// Day of birth, plus 40 for women.
    fn day(&self) -> u8 {
        self.number(9, 2)
    }

    /// The number in `len` numeric places from `start`, with omocodia undone.
    fn number(&self, start: usize, len: usize) -> u8 {
        self.0[start..start + len].iter().fold(0, |number, character| number * 10 + digit(*character).unwrap_or(0))
    }
}

/// The digit that a character of a numeric place stands for.
fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        _ => OMOCODIA.iter().position(|letter| *letter == character).and_then(|value| u8::try_from(value).ok()),
    }
}

/// The 16th character that follows from the first 15, which are upper-case ASCII letters and digits.
fn check_character(first: &[u8]) -> u8 {
    let sum: u16 = first
        .iter()
        .enumerate()
        .map(|(index, character)| {
            let value = if character.is_ascii_digit() { character - b'0' } else { character - b'A' };
            // People count places from 1: the first character is in an odd place.
            if index % 2 == 0 { ODD[usize::from(value)] } else { u16::from(value) }
        })
        .sum();
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[usize::from(sum % 26)]
}

impl FromStr for FiscalCode {
    type Err = FiscalCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut characters: [u8; 16] = text.trim().as_bytes().try_into().map_err(|_| FiscalCodeError::Form)?;
        characters.make_ascii_uppercase();
        let fits = characters.iter().enumerate().all(|(index, character)| match index {
            6 | 7 | 9 | 10 | 12 | 13 | 14 => digit(*character).is_some(),
            8 => MONTHS.contains(character),
            _ => character.is_ascii_uppercase(),
        });
        let code = Self(characters);
        if !fits || !matches!(code.day(), 1..=31 | 41..=71) {
            return Err(FiscalCodeError::Form);
        }
        if check_character(&characters[..15]) != characters[15] {
            return Err(FiscalCodeError::CheckCharacter);
        }
        Ok(code)
    }
}

impl fmt::Display for FiscalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for FiscalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}**************{}", char::from(self.0[0]), char::from(self.0[15]))
    }
}

crate::text::json_text!(FiscalCode);

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> FiscalCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_code_is_read_in_any_case_and_kept_in_upper_case() {
        assert_eq!(code(" bnrmhl75c06g702b ").to_string(), "BNRMHL75C06G702B");
    }

    #[test]
    fn birth_and_sex_are_read_from_the_code() {
        let today = date(2025, 6, 1);
        let mario = code("RSSMRA80A01H501U");
        assert_eq!((mario.birth_date(today), mario.sex()), (Some(date(1980, 1, 1)), Sex::Male));
        assert_eq!(mario.birth_place(), "H501");
        let anna = code("RSSNNA92D55F205M");
        assert_eq!((anna.birth_date(today), anna.sex()), (Some(date(1992, 4, 15)), Sex::Female));
    }

    #[test]
    fn the_century_is_the_latest_that_is_not_in_the_future() {
        let mario = code("RSSMRA25A01H501L");
        assert_eq!(mario.birth_date(date(2025, 1, 1)), Some(date(2025, 1, 1)));
        assert_eq!(mario.birth_date(date(2024, 12, 31)), Some(date(1925, 1, 1)));
    }

    #[test]
    fn a_day_that_the_calendar_lacks_has_no_date() {
        let mut characters = *b"RSSMRA80B30H501_";
        characters[15] = check_character(&characters[..15]);
        let february_30 = code(std::str::from_utf8(&characters).unwrap());
        assert_eq!(february_30.birth_date(date(2025, 1, 1)), None);
    }

    #[test]
    fn letters_that_stand_for_digits_are_undone() {
        let mut characters = *b"RSSMRA80A01H50M_";
        characters[15] = check_character(&characters[..15]);
        let twin = code(std::str::from_utf8(&characters).unwrap());
        assert!(twin.is_omocode() && !code("RSSMRA80A01H501U").is_omocode());
        assert_eq!(twin.birth_place(), "H501");
    }

    #[test]
    fn wrong_forms_and_wrong_check_characters_are_told_apart() {
        for text in [
            "",
            "RSSMRA80A01H501",
            "RSSMRA80A01H501UU",
            "RSSMRA80F01H501U",
            "RSSMRA80A32H501U",
            "RSSMRA80A01H50àU",
            "12345678903",
        ] {
            assert_eq!(text.parse::<FiscalCode>(), Err(FiscalCodeError::Form), "{text}");
        }
        assert_eq!("RSSMRA80A01H501X".parse::<FiscalCode>(), Err(FiscalCodeError::CheckCharacter));
    }

    #[test]
    fn debug_does_not_leak_and_json_carries_the_code() {
        let mario = code("RSSMRA80A01H501U");
        assert_eq!(format!("{mario:?}"), "R**************U");
        assert_eq!(serde_json::to_string(&mario).unwrap(), "\"RSSMRA80A01H501U\"");
        assert!(serde_json::from_str::<FiscalCode>("\"RSSMRA80A01H501X\"").is_err());
    }

    proptest! {
        #[test]
        fn exactly_one_check_character_is_accepted(
            letters in "[A-Z]{6}", year in "[0-9L-NP-V]{2}", month in "[ABCDEHLMPRST]", day in 1..=31u8, female: bool, place in "[A-Z][0-9L-NP-V]{3}",
        ) {
            let first = format!("{letters}{year}{month}{:02}{place}", day + if female { 40 } else { 0 });
            let accepted: Vec<char> = ('A'..='Z').filter(|last| format!("{first}{last}").parse::<FiscalCode>().is_ok()).collect();
            prop_assert_eq!(accepted.len(), 1);
            let code = format!("{first}{}", accepted[0]).parse::<FiscalCode>().unwrap();
            prop_assert_eq!(code.sex() == Sex::Female, female);
            prop_assert_eq!(code.to_string().to_lowercase().parse::<FiscalCode>().unwrap(), code);
        }

        /// Of each person there are 128 codes, whose check characters are their own.
        #[test]
        fn every_form_of_omocodia_is_the_same_person(
            letters in "[A-Z]{6}", year in 0..100u8, month in "[ABCDEHLMPRST]", day in 1..=28u8, female: bool, place in "[A-Z]", number in 0..1_000u16,
        ) {
            let first = format!("{letters}{year:02}{month}{:02}{place}{number:03}", day + if female { 40 } else { 0 });
            let digits = [6, 7, 9, 10, 12, 13, 14];
            let today = date(2025, 6, 1);
            let code = |form: u8| {
                let mut characters: Vec<u8> = first.bytes().collect();
                for (_, index) in digits.into_iter().enumerate().filter(|(bit, _)| form & (1 << bit) != 0) {
                    characters[index] = OMOCODIA[usize::from(characters[index] - b'0')];
                }
                characters.push(check_character(&characters));
                String::from_utf8(characters).unwrap()
            };
            let plain: FiscalCode = code(0).parse().unwrap();
            let mut all = std::collections::BTreeSet::new();
            for form in 0..128 {
                let twin: FiscalCode = code(form).parse().unwrap();
                prop_assert_eq!((twin.birth_date(today), twin.sex(), twin.birth_place()), (plain.birth_date(today), plain.sex(), plain.birth_place()));
                prop_assert_eq!(twin.is_omocode(), form != 0);
                // Swapping one more digit for its letter changes the check character, or another code would pass unseen.
                let kept = format!("{}{}", &code(form)[..15], &code(form ^ 1)[15..]);
                prop_assert_eq!(kept.parse::<FiscalCode>(), Err(FiscalCodeError::CheckCharacter));
                all.insert(twin);
            }
            prop_assert_eq!(all.len(), 128);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = text.parse::<FiscalCode>();
        }
    }
}

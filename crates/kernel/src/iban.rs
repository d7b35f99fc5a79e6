//! International bank account numbers (ISO 13616).

use std::fmt;
use std::str::FromStr;

/// An account number: country, two check digits and 11 to 30 letters and digits, upper case and without spaces. Read in any case, with
/// or without spaces. For Italy and San Marino the length of 27 and the parts CIN, ABI, CAB and account are checked too.
///
/// `Display` and JSON carry it in full; `Debug`, which is what ends in logs, shows the country and the last three characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iban(String);

/// Why a text is not an IBAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// Letters, digits or length are not those of an IBAN.
    #[error("non è un IBAN: per l'Italia servono 27 lettere e cifre, per esempio IT60X0542811101000000123456")]
    Form,
    /// The two check digits do not follow from the rest.
    #[error("le cifre di controllo dell'IBAN non corrispondono: controllare di averlo scritto bene")]
    CheckDigits,
}

impl Iban {
    /// The characters without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country, ISO 3166-1 alpha-2.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// In groups of four, as on paper: `IT60 X054 2811 1010 0000 0123 456`.
    pub fn grouped(&self) -> String {
        let mut grouped = String::with_capacity(self.0.len() + self.0.len() / 4);
        for (index, character) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(character);
        }
        grouped
    }
}

/// The remainder modulo 97 of the number that ISO 7064 makes of the characters: the first four last, A to Z as 10 to 35. 1 when right.
fn remainder(characters: &[u8]) -> u32 {
    let (head, tail) = characters.split_at(4);
    tail.iter().chain(head).fold(0, |remainder, character| match character {
        b'0'..=b'9' => (remainder * 10 + u32::from(character - b'0')) % 97,
        _ => (remainder * 100 + u32::from(character - b'A') + 10) % 97,
    })
}

/// CIN (a letter), ABI and CAB (ten digits), account (twelve letters and digits).
fn is_italian_account(account: &[u8]) -> bool {
    account.len() == 23 && account[0].is_ascii_uppercase() && account[1..11].iter().all(u8::is_ascii_digit)
}

impl FromStr for Iban {
    type Err = IbanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Longer texts are not worth copying: 34 characters and as many spaces.
        if text.len() > 68 {
            return Err(IbanError::Form);
        }
        let compact: String =
            text.chars().filter(|character| *character != ' ').map(|character| character.to_ascii_uppercase()).collect();
        let characters = compact.as_bytes();
        let allowed = characters.iter().all(|character| character.is_ascii_uppercase() || character.is_ascii_digit());
        if !allowed || !(15..=34).contains(&characters.len()) {
            return Err(IbanError::Form);
        }
        let (head, account) = characters.split_at(4);
        if !head[..2].iter().all(u8::is_ascii_uppercase) || !head[2..].iter().all(u8::is_ascii_digit) {
            return Err(IbanError::Form);
        }
        if matches!(&head[..2], b"IT" | b"SM") && !is_italian_account(account) {
            return Err(IbanError::Form);
        }
        // 00, 01 and 99 would satisfy the remainder too, but ISO 13616 gives check digits from 02 to 98 only.
        if remainder(characters) != 1 || matches!(&head[2..], b"00" | b"01" | b"99") {
            return Err(IbanError::CheckDigits);
        }
        Ok(Self(compact))
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}***{}", self.country(), &self.0[self.0.len() - 3..])
    }
}

crate::text::json_text!(Iban);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_registry_are_accepted() {
        for text in [
            "IT60X0542811101000000123456",
            "SM86U0322509800000000270100",
            "DE89370400440532013000",
            "GB29 NWBK 6016 1331 9268 19",
        ] {
            assert!(text.parse::<Iban>().is_ok(), "{text}");
        }
        let iban: Iban = "it60 x054 2811 1010 0000 0123 456".parse().unwrap();
        assert_eq!((iban.as_str(), iban.country()), ("IT60X0542811101000000123456", "IT"));
        assert_eq!(iban.grouped(), "IT60 X054 2811 1010 0000 0123 456");
    }

    #[test]
    fn wrong_forms_and_wrong_check_digits_are_told_apart() {
        let too_long = "IT60".repeat(20);
        for text in [
            "",
            "IT60",
            "IT60X054281110100000012345",
            "IT6060542811101000000123456",
            "1T60X0542811101000000123456",
            "IT60X05428111010000001234è",
            &too_long,
        ] {
            assert_eq!(text.parse::<Iban>(), Err(IbanError::Form), "{text}");
        }
        assert_eq!("IT61X0542811101000000123456".parse::<Iban>(), Err(IbanError::CheckDigits));
    }

    #[test]
    fn debug_does_not_leak_the_account() {
        assert_eq!(format!("{:?}", "IT60X0542811101000000123456".parse::<Iban>().unwrap()), "IT***456");
    }

    proptest! {
        #[test]
        fn exactly_one_pair_of_check_digits_is_accepted(account in "[A-Z][0-9]{10}[A-Z0-9]{12}") {
            let accepted: Vec<Iban> = (0..100).filter_map(|check| format!("IT{check:02}{account}").parse().ok()).collect();
            prop_assert_eq!(accepted.len(), 1);
            prop_assert_eq!(&accepted[0].grouped().to_lowercase().parse::<Iban>().unwrap(), &accepted[0]);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = text.parse::<Iban>();
        }
    }
}

//! The numeric tax code of bodies and companies, which is also the form of the partita IVA (decree of the Ministry of Finance,
//! 23 December 1976; article 35 of decree 633/1972).

use std::fmt;
use std::str::FromStr;

/// The tax code of a body or company, or a partita IVA: 11 digits, the last of which is a check digit. A partita IVA may be written
/// with the country `IT` before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxCode([u8; 11]);

/// Why a text is not a numeric tax code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxCodeError {
    /// Not 11 digits, or all zeros.
    #[error("non è un codice fiscale di ente o una partita IVA: servono 11 cifre, per esempio 12345678903")]
    Form,
    /// The last digit does not follow from the others.
    #[error("l'ultima cifra del codice non corrisponde alle altre: controllare di averlo scritto bene")]
    CheckDigit,
}

impl TaxCode {
    /// The 11 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of ASCII digits only")
    }
}

/// The sum of the digits where every second one is doubled and its digits are added; a multiple of ten for a right code.
fn weighted_sum(digits: &[u8]) -> u32 {
    let weigh = |(index, digit): (usize, &u8)| {
        let value = u32::from(digit - b'0') * if index % 2 == 0 { 1 } else { 2 };
        if value > 9 { value - 9 } else { value }
    };
    digits.iter().enumerate().map(weigh).sum()
}

impl FromStr for TaxCode {
    type Err = TaxCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = match text.get(..2) {
            Some(country) if country.eq_ignore_ascii_case("IT") => &text[2..],
            _ => text,
        };
        let digits: [u8; 11] = digits.as_bytes().try_into().map_err(|_| TaxCodeError::Form)?;
        if !digits.iter().all(u8::is_ascii_digit) || digits.iter().all(|digit| *digit == b'0') {
            return Err(TaxCodeError::Form);
        }
        if weighted_sum(&digits).is_multiple_of(10) { Ok(Self(digits)) } else { Err(TaxCodeError::CheckDigit) }
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

crate::text::json_text!(TaxCode);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn public_codes_are_accepted() {
        // The revenue agency, the social security institute, the company that runs pagoPA.
        for text in ["06363391001", "80078750587", "15376371009", " IT15376371009 "] {
            assert!(text.parse::<TaxCode>().is_ok(), "{text}");
        }
    }

    #[test]
    fn wrong_forms_and_wrong_check_digits_are_told_apart() {
        for text in ["", "00000000000", "1234567890", "123456789012", "1234567890a", "RSSMRA80A01H501U", "è", "ITIT5376371009"] {
            assert_eq!(text.parse::<TaxCode>(), Err(TaxCodeError::Form), "{text}");
        }
        assert_eq!("15376371008".parse::<TaxCode>(), Err(TaxCodeError::CheckDigit));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(number in 1..10_000_000_000u64, place in 0..11usize, by in 1..10u8) {
            let code = (0..10).map(|last| format!("{number:010}{last}")).find(|text| text.parse::<TaxCode>().is_ok()).unwrap();
            let mut digits = code.clone().into_bytes();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            prop_assert!(String::from_utf8(digits).unwrap().parse::<TaxCode>().is_err());
            let json = serde_json::to_string(&code.parse::<TaxCode>().unwrap()).unwrap();
            prop_assert_eq!(serde_json::from_str::<TaxCode>(&json).unwrap().to_string(), code);
        }
    }
}

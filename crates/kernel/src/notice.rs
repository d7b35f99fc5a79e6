//! Numbers of payments in pagoPA: the IUV, and the notice number that the citizen types (pagoPA, "Specifiche attuative dei codici
//! identificativi di versamento, riversamento e rendicontazione").

use std::fmt;
use std::str::FromStr;

/// The identifier of one payment at a public body (identificativo univoco di versamento): 15 digits under aux digit 0, 17 otherwise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iuv {
    digits: u64,
    len: u8,
}

/// The number on a payment notice: 18 digits, that is the aux digit, what it calls for, and the IUV. The check digits are right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeNumber(u64);

/// How a body forms its notice numbers. The aux digit comes first, the rest up to the counter is the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series {
    /// Aux digit 0: application code (00 to 99), counter of 13 digits, check digits; the IUV is the last 15 digits.
    Application(u8),
    /// Aux digit 1: 17 digits that the body forms as it likes, without check digits; all of them are the IUV.
    Free,
    /// Aux digit 2: counter of 15 digits, check digits; the last 17 digits are the IUV.
    Single,
    /// Aux digit 3: segregation code (00 to 99), counter of 13 digits, check digits; the last 17 digits are the IUV.
    Segregated(u8),
    /// The part of [`Series::Segregated`] whose counters begin with two digits (00 to 99) that an intermediary gave to a program: counter of
    /// 11 digits. A number does not tell that it belongs to such a part.
    Managed(u8, u8),
}

/// Why a text or a number is not a notice number or IUV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Not a notice number: 18 digits, of which the first is 0 to 3.
    #[error("non è un numero di avviso: servono 18 cifre e la prima va da 0 a 3, per esempio 302872234000000343")]
    Form,
    /// Not an IUV: 15 or 17 digits.
    #[error("non è uno IUV: servono 15 o 17 cifre, per esempio 02872234000000343")]
    IuvForm,
    /// The last two digits do not follow from the others.
    #[error("le ultime due cifre non corrispondono alle altre: controllare di aver scritto bene il numero")]
    CheckDigits,
    /// The counter has more digits than the series leaves, or the code of the series is over 99.
    #[error("il contatore o il codice non entra nel numero di avviso")]
    Range,
    /// The IUV is not one of this series.
    #[error("lo IUV non appartiene a questa serie di numeri di avviso")]
    Series,
}

const TEN_11: u64 = 10_u64.pow(11);
const TEN_13: u64 = 10_u64.pow(13);
const TEN_15: u64 = 10_u64.pow(15);
const TEN_17: u64 = 10_u64.pow(17);
const TEN_18: u64 = 10_u64.pow(18);

impl Series {
    /// The aux digit, 0 to 3.
    pub fn aux_digit(self) -> u8 {
        match self {
            Self::Application(_) => 0,
            Self::Free => 1,
            Self::Single => 2,
            Self::Segregated(_) | Self::Managed(..) => 3,
        }
    }

    /// How many numbers the series has: its counter goes from 0 to one less.
    pub fn size(self) -> u64 {
        match self {
            Self::Application(_) | Self::Segregated(_) => TEN_13,
            Self::Free => TEN_17,
            Self::Single => TEN_15,
            Self::Managed(..) => TEN_11,
        }
    }
}

impl NoticeNumber {
    /// The number with `counter` in `series`. Two counters never give the same number, so a counter must never be used twice.
    ///
    /// # Errors
    /// [`NoticeError::Range`] when the counter is not below [`Series::size`] or the code of the series is over 99.
    pub fn new(series: Series, counter: u64) -> Result<Self, NoticeError> {
        if counter >= series.size() {
            return Err(NoticeError::Range);
        }
        let first_16 = match series {
            Series::Free => return Ok(Self(TEN_17 + counter)),
            Series::Single => 2 * TEN_15 + counter,
            Series::Application(code) | Series::Segregated(code) if code > 99 => return Err(NoticeError::Range),
            Series::Managed(code, manager) if code > 99 || manager > 99 => return Err(NoticeError::Range),
            Series::Application(code) => u64::from(code) * TEN_13 + counter,
            Series::Segregated(code) => 3 * TEN_15 + u64::from(code) * TEN_13 + counter,
            Series::Managed(code, manager) => 3 * TEN_15 + u64::from(code) * TEN_13 + u64::from(manager) * TEN_11 + counter,
        };
        Ok(Self(first_16 * 100 + first_16 % 93))
    }

    /// The notice number that `iuv` has in `series`.
    ///
    /// # Errors
    /// [`NoticeError::Series`] when the IUV has another length or segregation code, [`NoticeError::CheckDigits`] when it was not formed
    /// in this series.
    pub fn of_iuv(series: Series, iuv: Iuv) -> Result<Self, NoticeError> {
        let number = match (series, iuv.len) {
            (Series::Application(code), 15) if code <= 99 => u64::from(code) * TEN_15 + iuv.digits,
            (Series::Free | Series::Single, 17) => u64::from(series.aux_digit()) * TEN_17 + iuv.digits,
            (Series::Segregated(code), 17) if iuv.digits / TEN_15 == u64::from(code) => 3 * TEN_17 + iuv.digits,
            (Series::Managed(code, manager), 17) if iuv.digits / TEN_13 == u64::from(code) * 100 + u64::from(manager) => {
                3 * TEN_17 + iuv.digits
            }
            _ => return Err(NoticeError::Series),
        };
        Self::checked(number)
    }

    /// The identifier of the payment.
    pub fn iuv(self) -> Iuv {
        match self.series() {
            Series::Application(_) => Iuv { digits: self.0 % TEN_15, len: 15 },
            _ => Iuv { digits: self.0 % TEN_17, len: 17 },
        }
    }

    /// The series that the number belongs to.
    pub fn series(self) -> Series {
        let code = u8::try_from(self.0 / TEN_15 % 100).unwrap_or_default();
        match self.0 / TEN_17 {
            0 => Series::Application(code),
            1 => Series::Free,
            2 => Series::Single,
            _ => Series::Segregated(code),
        }
    }

    /// In groups as on the printed notice: `3028 7223 4000 0003 43`.
    pub fn grouped(self) -> String {
        let digits = self.to_string();
        format!("{} {} {} {} {}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..16], &digits[16..])
    }

    /// The number, if its aux digit is known and its check digits are right.
    fn checked(number: u64) -> Result<Self, NoticeError> {
        match number / TEN_17 {
            1 => Ok(Self(number)),
            0 | 2 | 3 if number / 100 % 93 == number % 100 => Ok(Self(number)),
            0 | 2 | 3 => Err(NoticeError::CheckDigits),
            _ => Err(NoticeError::Form),
        }
    }
}

impl FromStr for NoticeNumber {
    type Err = NoticeError;

    /// Reads 18 digits, with or without spaces between them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut number: u64 = 0;
        let mut len = 0;
        for character in text.bytes().filter(|byte| *byte != b' ') {
            if !character.is_ascii_digit() || len == 18 {
                return Err(NoticeError::Form);
            }
            number = number * 10 + u64::from(character - b'0');
            len += 1;
        }
        if len == 18 { Self::checked(number) } else { Err(NoticeError::Form) }
    }
}

impl FromStr for Iuv {
    type Err = NoticeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if !matches!(text.len(), 15 | 17) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoticeError::IuvForm);
        }
        let digits = text.parse().map_err(|_| NoticeError::IuvForm)?;
        Ok(Self { digits, len: if text.len() == 15 { 15 } else { 17 } })
    }
}

impl fmt::Display for NoticeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_assert!(self.0 < TEN_18);
        write!(f, "{:018}", self.0)
    }
}

impl fmt::Display for Iuv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0len$}", self.digits, len = usize::from(self.len))
    }
}

impl fmt::Debug for NoticeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Iuv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::text::json_text!(NoticeNumber);
crate::text::json_text!(Iuv);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_of_the_documentation_are_taken_apart() {
        let notice: NoticeNumber = "302872234000000343".parse().unwrap();
        assert_eq!((notice.series(), notice.iuv().to_string()), (Series::Segregated(2), "02872234000000343".into()));
        assert_eq!(notice.grouped(), "3028 7223 4000 0003 43");
        let notice: NoticeNumber = "0015 5000 0000 0244 27".parse().unwrap();
        assert_eq!((notice.series(), notice.iuv().to_string()), (Series::Application(1), "550000000024427".into()));
    }

    #[test]
    fn the_numbers_of_the_documentation_are_built() {
        assert_eq!(NoticeNumber::new(Series::Segregated(2), 8_722_340_000_003).unwrap().to_string(), "302872234000000343");
        assert_eq!(NoticeNumber::new(Series::Application(1), 5_500_000_000_244).unwrap().to_string(), "001550000000024427");
        let managed = NoticeNumber::new(Series::Managed(2, 87), 22_340_000_003).unwrap();
        assert_eq!(managed.to_string(), "302872234000000343");
        assert_eq!(NoticeNumber::of_iuv(Series::Managed(2, 87), managed.iuv()), Ok(managed));
        assert_eq!(NoticeNumber::of_iuv(Series::Managed(2, 86), managed.iuv()), Err(NoticeError::Series));
    }

    #[test]
    fn wrong_forms_and_wrong_check_digits_are_told_apart() {
        for text in
            ["", "30287223400000034", "3028722340000003430", "402872234000000343", "30287223400000034x", "３02872234000000343"]
        {
            assert_eq!(text.parse::<NoticeNumber>(), Err(NoticeError::Form), "{text}");
        }
        assert_eq!("302000100440009424".parse::<NoticeNumber>(), Err(NoticeError::CheckDigits));
        for text in ["", "0287223400000034", "0287223400000034３", "-2872234000000343"] {
            assert_eq!(text.parse::<Iuv>(), Err(NoticeError::IuvForm), "{text}");
        }
    }

    #[test]
    fn counters_and_codes_that_do_not_fit_are_refused() {
        assert_eq!(NoticeNumber::new(Series::Segregated(2), TEN_13), Err(NoticeError::Range));
        assert_eq!(NoticeNumber::new(Series::Segregated(100), 1), Err(NoticeError::Range));
        assert_eq!(NoticeNumber::new(Series::Managed(2, 100), 1), Err(NoticeError::Range));
        assert_eq!(NoticeNumber::new(Series::Managed(2, 87), TEN_11), Err(NoticeError::Range));
        assert_eq!(NoticeNumber::new(Series::Free, TEN_17), Err(NoticeError::Range));
    }

    #[test]
    fn an_iuv_of_another_series_is_refused() {
        let iuv = "02872234000000343".parse().unwrap();
        assert_eq!(NoticeNumber::of_iuv(Series::Segregated(3), iuv), Err(NoticeError::Series));
        assert_eq!(NoticeNumber::of_iuv(Series::Application(2), iuv), Err(NoticeError::Series));
        assert_eq!(NoticeNumber::of_iuv(Series::Single, iuv), Err(NoticeError::CheckDigits));
    }

    fn series() -> impl Strategy<Value = Series> {
        prop_oneof![
            (0..100u8).prop_map(Series::Application),
            Just(Series::Free),
            Just(Series::Single),
            (0..100u8).prop_map(Series::Segregated)
        ]
    }

    proptest! {
        #[test]
        fn every_number_can_be_taken_apart_and_put_together(series in series(), counter: u64) {
            let notice = NoticeNumber::new(series, counter % series.size()).unwrap();
            prop_assert_eq!(notice.series(), series);
            prop_assert_eq!(notice.series().aux_digit(), notice.to_string().as_bytes()[0] - b'0');
            prop_assert!(notice.to_string().ends_with(&notice.iuv().to_string()));
            prop_assert_eq!(NoticeNumber::of_iuv(series, notice.iuv().to_string().parse().unwrap()), Ok(notice));
            let json = serde_json::to_string(&notice).unwrap();
            prop_assert_eq!(serde_json::from_str::<NoticeNumber>(&json).unwrap(), notice);
            prop_assert_eq!(notice.grouped().parse::<NoticeNumber>(), Ok(notice));
        }

        #[test]
        fn one_wrong_digit_is_always_noticed(code in 0..100u8, counter in 0..TEN_13, place in 1..18usize, by in 1..10u8) {
            let mut digits = NoticeNumber::new(Series::Segregated(code), counter).unwrap().to_string().into_bytes();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            prop_assert_eq!(String::from_utf8(digits).unwrap().parse::<NoticeNumber>(), Err(NoticeError::CheckDigits));
        }
    }
}

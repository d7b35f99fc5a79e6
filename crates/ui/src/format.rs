//! Dates and amounts as people read them: times of Rome, amounts as Italians write them.

use kernel::{Money, RomeTime};

/// `12/03/2025`.
pub fn date(at: RomeTime) -> String {
    at.zoned().strftime("%d/%m/%Y").to_string()
}

/// `12/03/2025, 09:30`.
pub fn date_time(at: RomeTime) -> String {
    at.zoned().strftime("%d/%m/%Y, %H:%M").to_string()
}

/// The amount that a number or a text is, if it is one.
pub fn money(amount: &serde_json::Value) -> Option<Money> {
    match amount {
        serde_json::Value::String(text) => text.parse().ok(),
        other => serde_json::from_value(other.clone()).ok(),
    }
}

/// `16,00 €`.
pub fn amount(money: Money) -> String {
    format!("{}\u{a0}€", money.to_italian())
}

/// `16,00 €` from a number or a text; empty when it is no amount.
pub fn euro(amount: &serde_json::Value) -> String {
    money(amount).map(self::amount).unwrap_or_default()
}

/// An ISO date (or date-time) as `12/03/2025`; anything else as it is.
pub fn plain_date(text: &str) -> String {
    match text.get(..10).and_then(|date| date.parse::<kernel::jiff::civil::Date>().ok()) {
        Some(date) => date.strftime("%d/%m/%Y").to_string(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_those_of_rome() {
        assert_eq!(date_time("2025-07-01T22:30:00Z".parse().unwrap()), "02/07/2025, 00:30");
    }

    #[test]
    fn amounts_are_read_from_numbers_and_texts() {
        assert_eq!(euro(&json!(1234.5)), "1.234,50\u{a0}€");
        assert_eq!(euro(&json!("16.00")), "16,00\u{a0}€");
        assert_eq!(euro(&json!(null)), "");
    }

    #[test]
    fn dates_without_time() {
        assert_eq!(plain_date("1976-09-01T00:00:00+02:00"), "01/09/1976");
        assert_eq!(plain_date("01/09/1976"), "01/09/1976");
    }
}

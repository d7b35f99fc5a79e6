//! Paper revenue stamps (marche da bollo cartacee): the applicant buys one, writes its number and date into the form and keeps it. A stamp
//! serves once: whoever sends a number that another application of this installation has, of whatever body, is told so.
//!
//! A form has them wherever an object of its answers has both members, in a grid too.

use kernel::jiff::civil::Date;
use kernel::{FieldError, RomeTime};
use serde_json::Value;
use storage::{Tx, params};

use super::application::Application;
use crate::errors::Error;

/// Member with the number that is printed on the stamp.
pub const NUMBER: &str = "marca_da_bollo_numero";
/// Member with its date of issue.
pub const DATE: &str = "marca_da_bollo_data";
/// Digits of a number.
const DIGITS: usize = 14;

/// A stamp as an application has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    /// JSON pointer to the object with its members.
    place: String,
    number: String,
    issued_on: Date,
}

/// Takes the stamps of an application that is being submitted, so that no other can have them.
///
/// # Errors
/// [`Error::Invalid`] with each number or date that is wrong, and each stamp that another application has.
pub fn take(tx: &mut Tx<'_>, application: &Application, answers: &str, now: RomeTime) -> Result<(), Error> {
    // Nearly no form has one: nobody else pays for reading the answers.
    if !answers.contains(NUMBER) {
        return Ok(());
    }
    let answers: Value = kernel::read_json(answers).map_err(|error| Error::Defect(format!("answers: {error}")))?;
    let (mut stamps, mut wrong) = (Vec::new(), Vec::new());
    find(&answers, "/data".to_owned(), now.date(), &mut stamps, &mut wrong);
    for (index, stamp) in stamps.iter().enumerate() {
        let twice = stamps[..index].iter().any(|other| other.number == stamp.number);
        if twice || !insert(tx, application, stamp, now)? {
            let message = "La marca da bollo con questo numero è già stata usata: ne serve un'altra.";
            wrong.push(FieldError::new(format!("{}/{NUMBER}", stamp.place), "used", message));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// Notes that the application has the stamp; false when another has it.
fn insert(tx: &mut Tx<'_>, application: &Application, stamp: &Stamp, now: RomeTime) -> storage::Result<bool> {
    let sql = "INSERT INTO paper_stamps (number, issued_on, tenant_id, application_id, used_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (number) DO UPDATE SET issued_on = excluded.issued_on
               WHERE paper_stamps.application_id = excluded.application_id";
    let issued_on = stamp.issued_on.to_string();
    Ok(tx.execute(sql, params![stamp.number, issued_on, application.tenant, application.id, now])? == 1)
}

fn find(value: &Value, place: String, today: Date, stamps: &mut Vec<Stamp>, wrong: &mut Vec<FieldError>) {
    match value {
        Value::Object(members) => {
            if let Some(number) = members.get(NUMBER) {
                stamps.extend(read(number, members.get(DATE), &place, today, wrong));
            }
            for (name, inner) in members.iter().filter(|(_, inner)| inner.is_object() || inner.is_array()) {
                find(inner, format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), today, stamps, wrong);
            }
        }
        Value::Array(rows) => {
            rows.iter().enumerate().for_each(|(index, row)| find(row, format!("{place}/{index}"), today, stamps, wrong));
        }
        _ => {}
    }
}

/// The stamp that two answers name; none when both are empty, which is the form's affair.
fn read(number: &Value, date: Option<&Value>, place: &str, today: Date, wrong: &mut Vec<FieldError>) -> Option<Stamp> {
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let number: String = text(number).split_whitespace().collect();
    let date = date.map(text).unwrap_or_default();
    if number.is_empty() && date.is_empty() {
        return None;
    }
    let mut refuse =
        |name: &str, code: &str, message: &str| wrong.push(FieldError::new(format!("{place}/{name}"), code, message));
    let digits = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        refuse(NUMBER, "pattern", "Scrivere le 14 cifre del numero identificativo della marca da bollo.");
    }
    let issued_on = day(&date);
    match issued_on {
        None => refuse(DATE, "date", "Scrivere la data stampata sulla marca da bollo."),
        Some(date) if date > today => refuse(DATE, "future", "La data della marca da bollo non può essere nel futuro."),
        Some(date) if digits => return Some(Stamp { place: place.to_owned(), number, issued_on: date }),
        Some(_) => {}
    }
    None
}

/// The day of an answer: ISO 8601 with or without a time, as date fields send it, or day/month/year, as day fields do.
fn day(text: &str) -> Option<Date> {
    if let Some((day, rest)) = text.split_once('/') {
        let (month, year) = rest.split_once('/')?;
        return Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    }
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use kernel::jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn found(answers: &Value) -> (Vec<Stamp>, Vec<String>) {
        let (mut stamps, mut wrong) = (Vec::new(), Vec::new());
        find(answers, "/data".to_owned(), date(2025, 3, 12), &mut stamps, &mut wrong);
        (stamps, wrong.into_iter().map(|error| format!("{} {}", error.field, error.code)).collect())
    }

    #[test]
    fn stamps_are_found_wherever_a_form_has_them() {
        let (stamps, wrong) = found(&json!({
            NUMBER: "0123 4567 8901 23", DATE: "2025-03-12T00:00:00+01:00",
            "allegati": [{ "bollo": { "data": { NUMBER: "11111111111111", DATE: "01/02/2025" } } }],
            "facoltativa": { NUMBER: "", DATE: "" }
        }));
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(stamps.len(), 2);
        assert_eq!((stamps[0].number.as_str(), stamps[0].issued_on), ("01234567890123", date(2025, 3, 12)));
        assert_eq!((stamps[1].place.as_str(), stamps[1].issued_on), ("/data/allegati/0/bollo/data", date(2025, 2, 1)));
    }

    #[test]
    fn a_wrong_number_or_date_is_named() {
        for (number, day, expected) in [
            ("123", "2025-03-01", vec![format!("/data/{NUMBER} pattern")]),
            ("0123456789012x", "2025-03-01", vec![format!("/data/{NUMBER} pattern")]),
            ("01234567890123", "2025-03-13", vec![format!("/data/{DATE} future")]),
            ("01234567890123", "31/02/2025", vec![format!("/data/{DATE} date")]),
            ("01234567890123", "", vec![format!("/data/{DATE} date")]),
            ("", "2025-03-01", vec![format!("/data/{NUMBER} pattern")]),
            ("x", "ieri", vec![format!("/data/{NUMBER} pattern"), format!("/data/{DATE} date")]),
        ] {
            assert_eq!(found(&json!({ NUMBER: number, DATE: day })), (Vec::new(), expected), "{number} {day}");
        }
    }
}

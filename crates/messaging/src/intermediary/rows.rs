//! Judging a row: columns and template in, the message or the reason why there is none out. Everything is judged before anything is sent.

use kernel::RomeTime;
use kernel::jiff::civil::{Date, Time};
use serde_json::{Map, Value, json};

use super::layout::{Columns, FISCAL_CODE};
use super::template::{Template, render};
use crate::formats::{CitizenCode, is_organization_code, parse_timestamp, utc_millis, utf16_len};
use crate::message::NewMessage;
use crate::message::content::{AMOUNT, MARKDOWN, SUBJECT};

/// What a row comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The fiscal code as it is stored: in capitals; whatever was given when it is none.
    pub fiscal_code: String,
    /// The message as the app's interface takes it, or every reason why there is none.
    pub message: Result<Value, Vec<String>>,
    /// Something that may be meant so.
    pub warning: Option<String>,
}

/// Judges a row. Without a template the row brings its own texts.
pub fn judge(template: Option<&Template>, columns: &Columns) -> Judged {
    let column = |name: &str| columns.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let mut wrong = Vec::new();
    let mut note = |reason: String| wrong.push(reason);
    let fiscal_code = column(FISCAL_CODE).unwrap_or_default().to_uppercase();
    if fiscal_code.parse::<CitizenCode>().is_err() {
        note(if fiscal_code.is_empty() {
            "manca il codice fiscale".to_owned()
        } else {
            "il codice fiscale non è valido".to_owned()
        });
    }
    let mut content = Map::new();
    for (name, own, text, (least, most)) in [
        ("subject", "oggetto", template.map(|template| template.subject.as_str()), SUBJECT),
        ("markdown", "testo", template.map(|template| template.markdown.as_str()), MARKDOWN),
    ] {
        let rendered = match text {
            Some(text) => render(text, columns).map_err(|missing| format!("colonne mancanti o vuote: {}", missing.join(", "))),
            None => column(own).map(str::to_owned).ok_or_else(|| format!("manca la colonna {own}")),
        };
        match rendered.map(|text| (utf16_len(&text), text)) {
            Ok((length, text)) if (least..=most).contains(&length) => drop(content.insert(name.to_owned(), text.into())),
            Ok((length, _)) => note(format!("{own}: {length} caratteri, servono da {least} a {most}")),
            Err(reason) => note(reason),
        }
    }
    if let Some(text) = column("scadenza") {
        match due(text) {
            Some(at) => drop(content.insert("due_date".to_owned(), utc_millis(at).into())),
            None => note("scadenza: usare AAAA-MM-GG o GG/MM/AAAA".to_owned()),
        }
    }
    match (column("importo"), column("numero_avviso")) {
        (None, None) => {}
        (Some(amount), Some(number)) => {
            let mut payment = Map::new();
            match (cents(amount), notice(number)) {
                (Ok(cents), Ok(number)) => {
                    payment.insert("amount".to_owned(), cents.into());
                    payment.insert("notice_number".to_owned(), number.into());
                }
                (amount, number) => [amount.err(), number.err()].into_iter().flatten().for_each(|reason| note(reason.to_owned())),
            }
            let blocked = column("blocca_dopo_scadenza").map_or(Some(false), yes);
            match blocked {
                Some(blocked) => drop(payment.insert("invalid_after_due_date".to_owned(), blocked.into())),
                None => note("blocca_dopo_scadenza: usare sì o no".to_owned()),
            }
            match column("cf_beneficiario") {
                Some(code) if is_organization_code(code) => {
                    drop(payment.insert("payee".to_owned(), json!({ "fiscal_code": code })))
                }
                Some(_) => note("cf_beneficiario: usare le 11 cifre del codice fiscale dell'ente".to_owned()),
                None => {}
            }
            content.insert("payment_data".to_owned(), payment.into());
        }
        (amount, _) => note(format!(
            "manca {}: servono sia importo sia numero_avviso",
            if amount.is_some() { "numero_avviso" } else { "importo" }
        )),
    }
    if template.is_some_and(|template| template.secure) {
        content.insert("require_secure_channels".to_owned(), true.into());
    }
    let level = if template.is_some_and(|template| template.premium) { "ADVANCED" } else { "STANDARD" };
    let message = json!({ "fiscal_code": fiscal_code, "feature_level_type": level, "content": content });
    if wrong.is_empty()
        && let Err(complaints) = NewMessage::read(&message)
    {
        // The interface's own words, for what is not judged above in ours.
        wrong.push(complaints);
    }
    let warning = (fiscal_code.parse::<CitizenCode>().is_ok() && fiscal_code.parse::<kernel::FiscalCode>().is_err())
        .then(|| "il carattere di controllo del codice fiscale non torna".to_owned());
    Judged { fiscal_code, message: if wrong.is_empty() { Ok(message) } else { Err(wrong) }, warning }
}

/// A deadline: a day lasts until its last second in Rome; an instant is what it is.
fn due(text: &str) -> Option<RomeTime> {
    let italian = |text: &str| {
        let mut parts = text.split('/');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = parts.next().is_none() && year.len() == 4 && [day, month].iter().all(|part| (1..=2).contains(&part.len()));
        plain.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()).flatten()
    };
    let day = if text.len() == 10 { text.parse::<Date>().ok() } else { None };
    match day.or_else(|| italian(text)) {
        Some(day) => RomeTime::from_civil(day.to_datetime(Time::constant(23, 59, 59, 0))).ok(),
        None => parse_timestamp(text),
    }
}

/// An amount in euros as cents. What can be read in two ways (`1.234`) is refused.
fn cents(text: &str) -> Result<i64, &'static str> {
    const WRONG: &str = "importo: usare euro e centesimi, per esempio 1234,50";
    let text = text.trim_matches(['€', ' ', '\u{a0}']);
    let (euros, cents) = match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(point)) => {
            let last = comma.max(point);
            let thousands = if last == comma { '.' } else { ',' };
            let grouped = text[..last].split(thousands).enumerate();
            if !grouped.clone().all(|(place, group)| group.len() == 3 || (place == 0 && (1..=3).contains(&group.len()))) {
                return Err(WRONG);
            }
            (text[..last].replace(thousands, ""), &text[last + 1..])
        }
        (Some(last), None) | (None, Some(last)) => (text[..last].to_owned(), &text[last + 1..]),
        (None, None) => (text.to_owned(), "00"),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if cents.len() == 3 && digits(cents) {
        return Err("importo: tre cifre dopo il separatore si leggono in due modi, usare per esempio 1234,00");
    }
    if !digits(&euros) || !digits(cents) || cents.len() > 2 || euros.len() > 9 {
        return Err(WRONG);
    }
    let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| WRONG)?;
    let amount = euros.parse::<i64>().map_err(|_| WRONG)? * 100 + cents;
    if (AMOUNT.0..=AMOUNT.1).contains(&amount) { Ok(amount) } else { Err("importo: deve essere da 0,01 a 99999999,99 euro") }
}

/// A notice number: exactly 18 digits.
fn notice(text: &str) -> Result<&str, &'static str> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        18 if digits && text.as_bytes()[0] <= b'3' => Ok(text),
        15..=17 if digits => {
            Err("numero_avviso: mancano cifre iniziali, il foglio di calcolo le ha tolte: usare una colonna di testo")
        }
        _ if text.contains(['E', 'e']) && text.contains(['+', ',', '.']) => {
            Err("numero_avviso: il foglio di calcolo lo ha trasformato in un numero arrotondato: usare una colonna di testo")
        }
        _ => Err("numero_avviso: servono 18 cifre, la prima da 0 a 3"),
    }
}

fn yes(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "si" | "sì" | "s" | "true" | "1" => Some(true),
        "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

//! What became of a lot, row by row, as a file. The totals always add up to the rows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::outcome::Outcome;
use super::store::lots::Lot;
use super::store::rows::Row;
use super::words;
use super::xlsx::{self, Cell};
use crate::formats::utc_millis;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Text with semicolons.
    Csv,
    /// A spreadsheet.
    Xlsx,
    /// JSON.
    Json,
}

impl Form {
    /// Every form.
    pub const ALL: &[Self] = &[Self::Csv, Self::Xlsx, Self::Json];

    /// The word of the interface, and how the file's name ends.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }
}

words!(Form);

const HEADER: [&str; 7] = ["riga", "codice_fiscale", "esito", "motivo", "avvertenza", "id_messaggio", "aggiornato_il"];

/// Totals by the words of the interface; every outcome is there, so that the sum can be checked.
pub fn totals(counted: &BTreeMap<Outcome, i64>) -> BTreeMap<&'static str, i64> {
    Outcome::ALL.iter().map(|outcome| (outcome.word(), counted.get(outcome).copied().unwrap_or(0))).collect()
}

/// The report.
pub fn write(form: Form, lot: &Lot, rows: &[Row]) -> Vec<u8> {
    match form {
        Form::Csv => csv_file(rows),
        Form::Xlsx => {
            let header = HEADER.iter().map(|name| Cell::Text((*name).to_owned())).collect();
            let row = |row: &Row| {
                let texts = texts(row).into_iter().map(Cell::Text);
                std::iter::once(Cell::Number(row.number)).chain(texts).collect()
            };
            xlsx::file(std::iter::once(header).chain(rows.iter().map(row)))
        }
        Form::Json => json_file(lot, rows).to_string().into_bytes(),
    }
}

fn texts(row: &Row) -> [String; 6] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let state = row.state.word().to_owned();
    [row.fiscal_code.clone(), state, text(&row.reason), text(&row.warning), text(&row.message_id), utc_millis(row.updated_at)]
}

fn csv_file(rows: &[Row]) -> Vec<u8> {
    // Spreadsheet programs take the text for UTF-8 by its mark only.
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer("\u{feff}".as_bytes().to_vec());
    let written = writer.write_record(HEADER).and_then(|()| {
        rows.iter().try_for_each(|row| {
            let texts = texts(row);
            let cells = texts.iter().map(|text| kernel::inert(text).into_owned());
            writer.write_record(std::iter::once(row.number.to_string()).chain(cells))
        })
    });
    debug_assert!(written.is_ok(), "memory takes whatever is written");
    writer.into_inner().unwrap_or_default()
}

fn json_file(lot: &Lot, rows: &[Row]) -> Value {
    let mut counted = BTreeMap::new();
    rows.iter().for_each(|row| *counted.entry(row.state).or_insert(0) += 1);
    let outcomes: Vec<_> = rows
        .iter()
        .map(|row| {
            let texts = std::iter::once(json!(row.number)).chain(texts(row).into_iter().map(Value::String));
            HEADER.iter().map(|name| (*name).to_owned()).zip(texts).collect::<serde_json::Map<_, _>>()
        })
        .collect();
    json!({
        "lotto": lot.id, "nome": lot.name, "stato": lot.state, "righe": rows.len(), "totali": totals(&counted), "esiti": outcomes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_in_the_totals() {
        let all = totals(&BTreeMap::from([(Outcome::Sent, 3)]));
        assert_eq!((all.len(), all["INVIATO"], all.values().sum::<i64>()), (Outcome::ALL.len(), 3, 3));
    }
}

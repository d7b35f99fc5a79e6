//! Layout 2 ("tracciato 2"): how rows come in, as CSV or as JSON. One row is one message; columns are named, in any order; those that the
//! layout does not name are for the placeholders of a template. `docs/guides/tracciato-2.md` tells suppliers.

use std::collections::BTreeMap;

use serde_json::Value;

/// The values of a row by the names of their columns.
pub type Columns = BTreeMap<String, String>;

/// Most rows of a lot.
pub const MOST_ROWS: usize = 300_000;
/// The column without which there is no row.
pub const FISCAL_CODE: &str = "codice_fiscale";

/// The name of a column as it is compared: small letters, blanks as underscores.
pub fn column_name(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Reads what was handed in.
///
/// # Errors
/// In Italian, why it cannot be read at all. What is wrong with single rows is judged later.
pub fn read(content_type: &str, body: &[u8]) -> Result<Vec<Columns>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "il file non è UTF-8: salvarlo come «CSV UTF-8»".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    if text.contains('\0') {
        return Err("il file contiene il carattere nullo".to_owned());
    }
    let rows = if content_type.starts_with("application/json") { read_json(text) } else { read_csv(text) }?;
    if rows.is_empty() {
        return Err("il file non ha righe".to_owned());
    }
    if rows.len() > MOST_ROWS {
        return Err(format!("il file ha {} righe: al massimo sono {MOST_ROWS}", rows.len()));
    }
    Ok(rows)
}

fn read_csv(text: &str) -> Result<Vec<Columns>, String> {
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.matches(';').count() >= first.matches(',').count() { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| format!("intestazione non leggibile: {error}"))?;
    let names: Vec<String> = header.iter().map(column_name).collect();
    check_names(&names)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("riga {}: {error}", rows.len() + 1))?;
        if record.len() > names.len() {
            return Err(format!(
                "riga {}: ha più valori delle colonne ({} invece di {})",
                rows.len() + 1,
                record.len(),
                names.len()
            ));
        }
        // A row that ends early has empty cells; one that is wholly empty (the end of many spreadsheets) is none.
        if record.iter().any(|value| !value.trim().is_empty()) {
            rows.push(names.iter().cloned().zip(record.iter().map(|value| value.trim().to_owned())).collect());
        }
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    Ok(rows)
}

fn check_names(names: &[String]) -> Result<(), String> {
    if !names.iter().any(|name| name == FISCAL_CODE) {
        return Err(format!("manca la colonna {FISCAL_CODE}: la prima riga deve contenere i nomi delle colonne"));
    }
    let doubled = names.iter().enumerate().find(|(place, name)| !name.is_empty() && names[..*place].contains(name));
    doubled.map_or(Ok(()), |(_, name)| Err(format!("la colonna {name} c'è due volte")))
}

fn read_json(text: &str) -> Result<Vec<Columns>, String> {
    let body: Value = serde_json::from_str(text)
        .map_err(|error| format!("JSON non valido alla riga {}, colonna {}", error.line(), error.column()))?;
    let items = match &body {
        Value::Array(items) => items,
        Value::Object(object) => {
            if object.get("tracciato").is_some_and(|version| version != 2) {
                return Err("tracciato: è noto soltanto il 2".to_owned());
            }
            object.get("righe").and_then(Value::as_array).ok_or("manca righe, l'elenco delle righe")?
        }
        _ => return Err("serve un elenco di righe, o un oggetto con righe".to_owned()),
    };
    let row = |(place, item): (usize, &Value)| {
        let object = item.as_object().ok_or_else(|| format!("riga {}: non è un oggetto", place + 1))?;
        let value = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.trim().to_owned(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => return Err(format!("riga {}: {name} non è un testo", place + 1)),
            };
            Ok((column_name(name), text))
        };
        object.iter().map(value).collect::<Result<Columns, String>>()
    };
    items.iter().take(MOST_ROWS + 1).enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn csv_and_json_of_the_same_rows_are_read_alike() {
        let csv = "\u{feff}Codice Fiscale;Nome;Importo\r\nAAAAAA00A00A000A; Anna ;12,50\r\n;;\r\nAAAAAA00A00A001A;\"Bruno; detto B\"\r\n";
        let json = r#"{ "tracciato": 2, "righe": [
            { "codice_fiscale": "AAAAAA00A00A000A", "nome": "Anna", "importo": "12,50" },
            { "codice_fiscale": "AAAAAA00A00A001A", "nome": "Bruno; detto B" } ] }"#;
        let rows = read("text/csv", csv.as_bytes()).unwrap();
        assert_eq!(rows, read("application/json", json.as_bytes()).unwrap());
        assert_eq!((rows.len(), rows[0]["importo"].as_str(), rows[1].get("importo")), (2, "12,50", None));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (kind, body, told) in [
            ("text/csv", &b"nome\nAnna"[..], "manca la colonna codice_fiscale"),
            ("text/csv", b"codice_fiscale;nome;NOME\n", "due volte"),
            ("text/csv", b"codice_fiscale\n", "non ha righe"),
            ("text/csv", b"codice_fiscale\nA;B", "ha più valori"),
            ("text/csv", b"codice_fiscale;nome\nA;Nicol\xf2", "non è UTF-8"),
            ("application/json", b"[1]", "non è un oggetto"),
            ("application/json", b"{\"tracciato\":1,\"righe\":[]}", "soltanto il 2"),
            ("application/json", b"{\"righe\":[{\"a\":[]}]}", "non è un testo"),
            ("application/json", b"[", "JSON non valido"),
        ] {
            let problem = read(kind, body).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_handed_in_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (read("text/csv", &body), read("application/json", &body));
        }
    }
}

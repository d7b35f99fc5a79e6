//! Layout 2 ("tracciato 2"): how rows come in, as CSV or as JSON. One row is one message; columns are named, in any order; those that the
//! layout does not name are for the placeholders of a template. `docs/guides/tracciato-2.md` tells suppliers.

mod json;

use std::collections::BTreeMap;

/// The values of a row by the names of their columns.
pub type Columns = BTreeMap<String, String>;

/// Most rows of a lot.
pub const MOST_ROWS: usize = 300_000;
/// Most columns of a row.
const MOST_COLUMNS: usize = 100;
/// Characters of the name of a column.
const LONGEST_NAME: usize = 100;
/// The column without which there is no row.
pub const FISCAL_CODE: &str = "codice_fiscale";

/// The name of a column as it is compared: small letters, blanks as underscores.
pub fn column_name(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

/// What is done with each row; an error ends the reading.
type Take<'a> = dyn FnMut(Columns) -> Result<(), String> + 'a;

/// Reads what was handed in, and gives each row to `take` as it comes: rows are many, and each is forgotten before the next. Gives how many
/// there were.
///
/// # Errors
/// In Italian, why it cannot be read at all. What is wrong with single rows is judged later.
pub fn read(content_type: &str, body: &[u8], mut take: impl FnMut(Columns) -> Result<(), String>) -> Result<usize, String> {
    let text = std::str::from_utf8(body).map_err(|_| "il file non è UTF-8: salvarlo come «CSV UTF-8»".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    if text.contains('\0') {
        return Err("il file contiene il carattere nullo".to_owned());
    }
    let mut rows = 0;
    let mut counting = |row| {
        rows += 1;
        take(row)
    };
    if content_type.starts_with("application/json") { json::read(text, &mut counting) } else { read_csv(text, &mut counting) }?;
    if rows == 0 { Err("il file non ha righe".to_owned()) } else { Ok(rows) }
}

fn read_csv(text: &str, take: &mut Take<'_>) -> Result<(), String> {
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.matches(';').count() >= first.matches(',').count() { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| format!("intestazione non leggibile: {error}"))?;
    if header.len() > MOST_COLUMNS {
        return Err(format!("il file ha {} colonne: al massimo sono {MOST_COLUMNS}", header.len()));
    }
    let names: Vec<String> = header.iter().map(column_name).collect();
    check_names(&names)?;
    let mut rows = 0;
    for record in reader.records() {
        rows += 1;
        let record = record.map_err(|error| format!("riga {rows}: {error}"))?;
        if record.len() > names.len() {
            return Err(format!("riga {rows}: ha più valori delle colonne ({} invece di {})", record.len(), names.len()));
        }
        // A row that ends early has empty cells; one that is wholly empty (the end of many spreadsheets) is none.
        if record.iter().all(|value| value.trim().is_empty()) {
            rows -= 1;
            continue;
        }
        if rows > MOST_ROWS {
            return Err(format!("il file ha più di {MOST_ROWS} righe"));
        }
        take(names.iter().cloned().zip(record.iter().map(|value| value.trim().to_owned())).collect())?;
    }
    Ok(())
}

fn check_names(names: &[String]) -> Result<(), String> {
    if names.iter().any(|name| name.chars().count() > LONGEST_NAME) {
        return Err(format!("il nome di una colonna ha più di {LONGEST_NAME} caratteri: la prima riga deve contenere i nomi"));
    }
    if !names.iter().any(|name| name == FISCAL_CODE) {
        return Err(format!("manca la colonna {FISCAL_CODE}: la prima riga deve contenere i nomi delle colonne"));
    }
    let doubled = names.iter().enumerate().find(|(place, name)| !name.is_empty() && names[..*place].contains(name));
    doubled.map_or(Ok(()), |(_, name)| Err(format!("la colonna {name} c'è due volte")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(content_type: &str, body: &[u8]) -> Result<Vec<Columns>, String> {
        let mut rows = Vec::new();
        let counted = super::read(content_type, body, |row| {
            rows.push(row);
            Ok(())
        })?;
        assert_eq!(counted, rows.len());
        Ok(rows)
    }

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
            ("application/json", b"[1]", "riga 1: serve un oggetto"),
            ("application/json", b"{\"tracciato\":1,\"righe\":[]}", "soltanto il 2"),
            ("application/json", b"{\"righe\":[{\"a\":[]}]}", "a deve essere un testo"),
            ("application/json", b"[{\"a\":{}}]", "riga 1"),
            ("application/json", b"[{}] x", "JSON non valido"),
            ("application/json", b"{\"altro\":[]}", "manca righe"),
            ("application/json", b"7", "serve un elenco di righe"),
            ("application/json", b"[", "JSON non valido"),
        ] {
            let problem = read(kind, body).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
    }

    #[test]
    fn what_would_fill_the_memory_is_refused() {
        let header = |columns: usize| (1..columns).map(|column| format!(";c{column}")).collect::<String>();
        assert_eq!(read("text/csv", format!("codice_fiscale{}\nA", header(100)).as_bytes()).unwrap().len(), 1);
        for (kind, body, told) in [
            ("text/csv", format!("codice_fiscale{}\nA", header(101)), "101 colonne"),
            ("text/csv", format!("codice_fiscale;{}\nA", "n".repeat(101)), "più di 100 caratteri"),
            ("text/csv", format!("codice_fiscale\n{}", "A\n".repeat(MOST_ROWS + 1)), "più di 300000 righe"),
            ("application/json", format!("[{}{{}}]", "{},".repeat(MOST_ROWS)), "più di 300000 righe"),
            ("application/json", format!("[{{\"{}\":1}}]", "n".repeat(101)), "più di 100 caratteri"),
            ("application/json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "riga 1"),
        ] {
            let problem = super::read(kind, body.as_bytes(), |_| Ok(())).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
        let many: Vec<_> = (0..101).map(|column| format!("\"c{column}\":1")).collect();
        assert!(read("application/json", format!("[{{{}}}]", many.join(",")).as_bytes()).unwrap_err().contains("100 colonne"));
    }

    #[test]
    fn numbers_stay_as_json_writes_them() {
        let rows =
            read("application/json", br#"[{"a":300000000000000002,"b":12.5,"c":3.01e17,"d":true,"e":null,"f":-1}]"#).unwrap();
        let cells: Vec<_> = rows[0].values().map(String::as_str).collect();
        assert_eq!(cells, ["300000000000000002", "12.5", "3.01e+17", "true", "", "-1"]);
    }

    proptest! {
        #[test]
        fn nothing_that_is_handed_in_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (read("text/csv", &body), read("application/json", &body));
        }
    }
}

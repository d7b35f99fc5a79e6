//! The files of the registers: CSV with the column names of the published ones, whatever their order, separator and encoding.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};

/// A body of the index of public administrations (`enti`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Code of the index.
    pub code: String,
    /// Name.
    pub name: String,
    /// Fiscal code.
    pub tax_code: Option<String>,
    /// Code of its category.
    pub category: String,
    /// Its typology.
    pub typology: String,
    /// Code of the municipality in which it sits.
    pub municipality: String,
}

/// A category of bodies (`categorie-enti`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Code, `L6` for instance.
    pub code: String,
    /// Name.
    pub name: String,
    /// The typology that it is of.
    pub typology: String,
}

/// A municipality (`Elenco-comuni-italiani`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Municipality {
    /// Code of its province, or metropolitan city.
    pub province_code: String,
    /// Its name.
    pub province: String,
    /// Code of its region.
    pub region_code: String,
    /// Its name.
    pub region: String,
}

/// What of a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A column is missing.
    #[error("manca la colonna {0}")]
    Column(&'static str),
    /// A line is no line of the table.
    #[error("riga {0}: {1}")]
    Line(usize, String),
    /// Nothing follows the first line.
    #[error("il file non ha righe")]
    Empty,
}

/// The text of a file: UTF-8, or else Latin-1, in which the institute of statistics publishes.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Reads a table: for each line what `read` makes of the columns called `names`.
fn table<T, const N: usize>(
    bytes: &[u8],
    names: [&'static str; N],
    read: impl Fn([&str; N]) -> Option<T>,
) -> Result<Vec<T>, ReadError> {
    let text = text(bytes);
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.matches(';').count() > first.matches(',').count() { b';' } else { b',' };
    let mut csv = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let failed = |line: usize, error: csv::Error| ReadError::Line(line, error.to_string());
    // Names may be broken over lines, and have notes behind them.
    let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let header: Vec<String> = csv.headers().map_err(|error| failed(1, error))?.iter().map(plain).collect();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        let found = header.iter().position(|column| column.eq_ignore_ascii_case(name));
        let found = found.or_else(|| header.iter().position(|column| column.starts_with(name)));
        *place = found.ok_or(ReadError::Column(name))?;
    }
    let mut rows = Vec::new();
    for (number, record) in csv.records().enumerate() {
        let record: StringRecord = record.map_err(|error| failed(number + 2, error))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells = places.map(|place| record.get(place).unwrap_or_default().trim());
        let row = read(cells).ok_or_else(|| ReadError::Line(number + 2, "mancano dati".to_owned()))?;
        rows.push(row);
    }
    if rows.is_empty() { Err(ReadError::Empty) } else { Ok(rows) }
}

/// Bodies of the index.
///
/// # Errors
/// [`ReadError`].
pub fn entities(bytes: &[u8]) -> Result<Vec<Entity>, ReadError> {
    let names =
        ["Codice_IPA", "Denominazione_ente", "Codice_fiscale_ente", "Codice_Categoria", "Tipologia", "Codice_comune_ISTAT"];
    table(bytes, names, |[code, name, tax_code, category, typology, municipality]| {
        let complete = ![code, name, category].contains(&"");
        complete.then(|| Entity {
            code: code.to_owned(),
            name: name.to_owned(),
            tax_code: Some(tax_code.to_owned()).filter(|code| !code.is_empty()),
            category: category.to_owned(),
            typology: typology.to_owned(),
            municipality: municipality.to_owned(),
        })
    })
}

/// Categories of bodies.
///
/// # Errors
/// [`ReadError`].
pub fn categories(bytes: &[u8]) -> Result<Vec<Category>, ReadError> {
    table(bytes, ["Codice_categoria", "Nome_categoria", "Tipologia_categoria"], |[code, name, typology]| {
        let complete = ![code, name].contains(&"");
        complete.then(|| Category { code: code.to_owned(), name: name.to_owned(), typology: typology.to_owned() })
    })
}

/// Municipalities by their code.
///
/// # Errors
/// [`ReadError`].
pub fn municipalities(bytes: &[u8]) -> Result<BTreeMap<String, Municipality>, ReadError> {
    let names = [
        "Codice Comune formato alfanumerico",
        "Codice Provincia (Storico)",
        "Denominazione dell'Unità territoriale sovracomunale",
        "Codice Regione",
        "Denominazione Regione",
    ];
    let rows = table(bytes, names, |[code, province_code, province, region_code, region]| {
        let complete = ![code, province_code, province, region_code, region].contains(&"");
        let place = || Municipality {
            province_code: province_code.to_owned(),
            province: province.to_owned(),
            region_code: region_code.to_owned(),
            region: region.to_owned(),
        };
        complete.then(|| (code.to_owned(), place()))
    })?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extracts_are_read() {
        let entities = entities(include_bytes!("../../data/enti.csv")).unwrap();
        let bologna = entities.iter().find(|entity| entity.code == "c_a944").unwrap();
        assert_eq!((bologna.category.as_str(), bologna.municipality.as_str()), ("L6", "037006"));
        assert_eq!(bologna.tax_code.as_deref(), Some("01232710374"));
        let categories = categories(include_bytes!("../../data/categorie.csv")).unwrap();
        assert!(categories.iter().any(|category| category.code == "L6" && category.typology == "Pubbliche Amministrazioni"));
        let places = municipalities(include_bytes!("../../data/comuni.csv")).unwrap();
        assert_eq!((places["037006"].province.as_str(), places["037006"].region.as_str()), ("Bologna", "Emilia-Romagna"));
        let known = |entity: &Entity| categories.iter().any(|category| category.code == entity.category);
        assert!(entities.iter().all(known));
    }

    #[test]
    fn separators_encodings_and_the_order_of_columns_do_not_matter() {
        let latin = b"Nome_categoria;Tipologia_categoria;Codice_categoria;Altro\r\nUniversit\xe0;T;L17;x\r\n;;;\r\n";
        let found = categories(latin).unwrap();
        assert_eq!(found, [Category { code: "L17".into(), name: "Università".into(), typology: "T".into() }]);
        let utf8 = "\u{feff}Codice_categoria,Nome_categoria,Tipologia_categoria\n\"L17\",\"Università, istituti\",T\n";
        assert_eq!(categories(utf8.as_bytes()).unwrap()[0].name, "Università, istituti");
    }

    #[test]
    fn what_is_no_such_table_is_refused_with_its_place() {
        assert_eq!(categories(b"a,b\n1,2\n"), Err(ReadError::Column("Codice_categoria")));
        assert_eq!(categories(b""), Err(ReadError::Column("Codice_categoria")));
        let header = "Codice_categoria,Nome_categoria,Tipologia_categoria\n";
        assert_eq!(categories(header.as_bytes()), Err(ReadError::Empty));
        let lacking = format!("{header}L6,Comuni,T\n,Senza codice,T\n");
        assert_eq!(categories(lacking.as_bytes()), Err(ReadError::Line(3, "mancano dati".into())));
    }
}

//! Rows as JSON, one at a time: a file of a few megabytes can be hundreds of megabytes of values.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Columns, LONGEST_NAME, MOST_COLUMNS, MOST_ROWS, Take, column_name};

/// Reads the rows of `text`: a list, or an object with the list `righe`.
pub fn read(text: &str, take: &mut Take<'_>) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Lot { take }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    read.map_err(|error| {
        if !error.is_data() {
            return format!("JSON non valido alla riga {}, colonna {}", error.line(), error.column());
        }
        // What was said here, without the place that the library adds in English.
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
        said.split_once(", expected ").map_or(said, |(_, expected)| expected).to_owned()
    })
}

struct Lot<'a, 'b> {
    take: &'a mut Take<'b>,
}

impl<'de> DeserializeSeed<'de> for Lot<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lot<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("serve un elenco di righe, o un oggetto con righe")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Rows { take: self.take }.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(name) = object.next_key::<String>()? {
            match name.as_str() {
                "tracciato" => {
                    if object.next_value::<serde_json::Value>()? != 2 {
                        return Err(A::Error::custom("tracciato: è noto soltanto il 2"));
                    }
                }
                "righe" if !found => {
                    found = true;
                    object.next_value_seed(Rows { take: self.take })?;
                }
                "righe" => return Err(A::Error::custom("righe c'è due volte")),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("manca righe, l'elenco delle righe")) }
    }
}

struct Rows<'a, 'b> {
    take: &'a mut Take<'b>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("righe deve essere un elenco")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut number = 1;
        while let Some(row) = list.next_element_seed(Row { number })? {
            if number > MOST_ROWS {
                return Err(A::Error::custom(format!("il file ha più di {MOST_ROWS} righe")));
            }
            (self.take)(row).map_err(A::Error::custom)?;
            number += 1;
        }
        Ok(())
    }
}

struct Row {
    number: usize,
}

impl<'de> DeserializeSeed<'de> for Row {
    type Value = Columns;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Columns, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Columns;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "riga {}: serve un oggetto", self.number)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Columns, A::Error> {
        let mut columns = Columns::new();
        while let Some(name) = object.next_key::<String>()? {
            let wrong = |problem: &str| A::Error::custom(format!("riga {}: {problem}", self.number));
            if name.chars().count() > LONGEST_NAME {
                return Err(wrong(&format!("il nome di una colonna ha più di {LONGEST_NAME} caratteri")));
            }
            let value = object.next_value_seed(Cell { row: self.number, name: &name })?;
            columns.insert(column_name(&name), value);
            if columns.len() > MOST_COLUMNS {
                return Err(wrong(&format!("ha più di {MOST_COLUMNS} colonne")));
            }
        }
        Ok(columns)
    }
}

struct Cell<'a> {
    row: usize,
    name: &'a str,
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "riga {}: {} deve essere un testo", self.row, self.name)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.trim().to_owned())
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    /// As JSON writes it: a notice number that became `3.01e17` is to be seen as such.
    fn visit_f64<E: Error>(self, number: f64) -> Result<String, E> {
        Ok(serde_json::Value::from(number).to_string())
    }
}

//! What is wrong with a JSON text, in a sentence for whoever sent it. The reader's own words are English and speak of its types.

use std::fmt::Display;

/// What the reader calls what it expected, and what people call it.
const KINDS: [(&str, &str); 20] = [
    ("a string", "un testo"),
    ("a borrowed string", "un testo"),
    ("string or map", "un testo o un oggetto"),
    ("a boolean", "true o false"),
    ("a map", "un oggetto"),
    ("a sequence", "un elenco"),
    ("a character", "un carattere"),
    ("u8", "un numero intero da 0 a 255"),
    ("u16", "un numero intero da 0 a 65535"),
    ("u32", "un numero intero, non negativo"),
    ("u64", "un numero intero, non negativo"),
    ("usize", "un numero intero, non negativo"),
    ("i8", "un numero intero"),
    ("i16", "un numero intero"),
    ("i32", "un numero intero"),
    ("i64", "un numero intero"),
    ("isize", "un numero intero"),
    ("f32", "un numero"),
    ("f64", "un numero"),
    ("any value", "un valore"),
];

/// Mistakes of form by what the reader calls them.
const FORMS: [(&str, &str); 14] = [
    ("EOF while parsing a string", "un testo non è chiuso dalle virgolette"),
    ("EOF while parsing", "il testo finisce prima del previsto"),
    ("expected `:`", "dopo il nome di un campo mancano i due punti"),
    ("expected `,` or `}`", "fra due campi manca la virgola, o l'oggetto non è chiuso"),
    ("expected `,` or `]`", "fra due elementi manca la virgola, o l'elenco non è chiuso"),
    ("expected value", "qui deve stare un valore"),
    ("expected ident", "qui deve stare un valore: le parole ammesse sono true, false e null"),
    ("key must be a string", "il nome di un campo va fra virgolette"),
    ("trailing comma", "c'è una virgola di troppo"),
    ("trailing characters", "dopo la fine c'è altro"),
    ("control character", "un testo contiene un carattere di controllo: scriverlo come \\n, \\t o \\u00XX"),
    ("invalid escape", "dopo una barra rovesciata c'è un carattere non ammesso"),
    ("invalid number", "un numero è scritto male"),
    ("recursion limit", "ci sono troppi livelli, uno dentro l'altro"),
];

/// What is wrong with the form of a text that is no JSON.
pub fn form(error: &serde_json::Error) -> &'static str {
    let text = error.to_string();
    let found = FORMS.iter().find(|(english, _)| text.starts_with(english));
    found.map_or("il testo non è JSON", |(_, italian)| italian)
}

/// What is wrong with a value, by what the reader of JSON or of a query string says of it. What our own types say is left as it is.
pub fn value(error: &impl Display) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let quoted = |text: &str| text.split_once('`').and_then(|(_, rest)| rest.split_once('`')).map(|(name, _)| name.to_owned());
    let name = quoted(text).unwrap_or_default();
    if text.starts_with("missing field `") {
        return format!("Manca il campo {name}.");
    }
    if text.starts_with("unknown field `") {
        return format!("Il campo {name} non è previsto: toglierlo.");
    }
    if text == "invalid digit found in string" {
        return "Dove serve un numero c'è altro.".to_owned();
    }
    if text.starts_with("duplicate field `") {
        return format!("Il campo {name} compare due volte.");
    }
    if let Some((_, known)) = text.strip_prefix("unknown variant `").and_then(|text| text.split_once("`, expected ")) {
        let known = known.trim_start_matches("one of ").replace(" or ", ", ").replace('`', "");
        return format!("Valore non ammesso; usare: {known}.");
    }
    match text.rsplit_once(", expected ") {
        Some((wrong, kind)) if wrong.starts_with("invalid ") => {
            let kind = match KINDS.iter().find(|(english, _)| *english == kind) {
                Some((_, italian)) => italian,
                None if kind.starts_with("struct ") || kind.starts_with("internally tagged") => "un oggetto",
                None if kind.starts_with("tuple ") => "un elenco",
                None => return "Il valore non è del tipo atteso.".to_owned(),
            };
            format!("Il valore non è del tipo atteso: indicare {kind}.")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::from_str;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)] // only whether it reads is looked at
    struct Thing {
        name: String,
        count: Option<u8>,
        colour: Option<Colour>,
        inner: Option<Box<Thing>>,
        list: Option<Vec<bool>>,
    }

    #[test]
    fn a_wrong_value_is_told_in_words_that_people_use() {
        let told = |text: &str| value(&from_str::<Thing>(text).unwrap_err());
        assert_eq!(told("{}"), "Manca il campo name.");
        assert_eq!(told(r#"{"name":1}"#), "Il valore non è del tipo atteso: indicare un testo.");
        assert_eq!(told(r#"{"name":"a","count":-1}"#), "Il valore non è del tipo atteso: indicare un numero intero da 0 a 255.");
        assert_eq!(told(r#"{"name":"a","colour":"blue, expected x"}"#), "Valore non ammesso; usare: red, green.");
        assert_eq!(told(r#"{"name":"a","inner":7}"#), "Il valore non è del tipo atteso: indicare un oggetto.");
        assert_eq!(told(r#"{"name":"a","list":{}}"#), "Il valore non è del tipo atteso: indicare un elenco.");
        assert_eq!(told(r#"{"name":"a","nome":"b"}"#), "Il campo nome non è previsto: toglierlo.");
        assert_eq!(told(r#"{"name":"a","name":"b"}"#), "Il campo name compare due volte.");
        let number = serde_urlencoded::from_str::<std::collections::BTreeMap<String, u8>>("limit=x").unwrap_err();
        assert_eq!(value(&number), "Dove serve un numero c'è altro.");
    }

    #[test]
    fn what_is_no_json_is_told_in_words_that_people_use() {
        let told = |text: &str| form(&from_str::<serde_json::Value>(text).unwrap_err());
        assert_eq!(told("{\"a\":1,}"), "c'è una virgola di troppo");
        assert_eq!(told("{\"a\" 1}"), "dopo il nome di un campo mancano i due punti");
        assert_eq!(told("{a:1}"), "il nome di un campo va fra virgolette");
        assert_eq!(told("{\"a\":\"b"), "un testo non è chiuso dalle virgolette");
        assert_eq!(told("[1,2"), "il testo finisce prima del previsto");
        assert_eq!(told("[1 2]"), "fra due elementi manca la virgola, o l'elenco non è chiuso");
        assert_eq!(told("{} {}"), "dopo la fine c'è altro");
        assert_eq!(told("falso"), "qui deve stare un valore: le parole ammesse sono true, false e null");
    }
}

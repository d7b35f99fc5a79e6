//! Reading the members of a configuration: each wrong one is noted, so that all can be mended at once.

use kernel::{FieldError, Money, Uuid};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A JSON object whose members are being read.
pub struct Fields<'a> {
    /// JSON Pointer of the object.
    at: String,
    object: &'a Map<String, Value>,
}

/// The wrong members found so far.
pub type Wrong = Vec<FieldError>;

impl<'a> Fields<'a> {
    /// The members of a whole document.
    pub fn new(object: &'a Map<String, Value>) -> Self {
        Self { at: String::new(), object }
    }

    /// The object of member `name`, empty if there is none.
    pub fn object(&self, name: &str, wrong: &mut Wrong) -> Fields<'a> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        let at = self.pointer(name);
        let object = match self.object.get(name) {
            Some(Value::Object(object)) => object,
            None | Some(Value::Null) => &EMPTY,
            Some(_) => {
                wrong.push(FieldError::new(&at, "type", "Inviare un oggetto."));
                &EMPTY
            }
        };
        Fields { at, object }
    }

    /// The objects of the list in member `name`; none if there is no list. An empty object stands for an empty list, as forms send it.
    pub fn list(&self, name: &str, wrong: &mut Wrong) -> Vec<Fields<'a>> {
        let at = self.pointer(name);
        let rows = match self.object.get(name) {
            Some(Value::Array(rows)) => rows,
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Object(object)) if object.is_empty() => return Vec::new(),
            Some(_) => {
                wrong.push(FieldError::new(at, "type", "Inviare una lista."));
                return Vec::new();
            }
        };
        let mut fields = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            match row {
                Value::Object(object) => fields.push(Fields { at: format!("{at}/{index}"), object }),
                _ => wrong.push(FieldError::new(format!("{at}/{index}"), "type", "Inviare un oggetto.")),
            }
        }
        fields
    }

    /// JSON Pointer of a member.
    pub fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }

    /// The members as they are.
    pub fn members(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Whether no member says anything: a row that the form left blank.
    pub fn is_blank(&self) -> bool {
        self.object.values().all(is_blank)
    }

    /// The first of `names` that says something.
    pub fn first<'n>(&self, names: &[&'n str]) -> &'n str {
        let given = names.iter().find(|name| self.object.get(**name).is_some_and(|value| !is_blank(value)));
        given.or(names.first()).copied().unwrap_or_default()
    }

    /// A text of at most `max` characters; `None` when it says nothing.
    pub fn text(&self, name: &str, max: usize, wrong: &mut Wrong) -> Option<String> {
        let text = match self.object.get(name)? {
            value if is_blank(value) => return None,
            Value::String(text) => text.trim(),
            _ => {
                wrong.push(FieldError::new(self.pointer(name), "type", "Inviare un testo."));
                return None;
            }
        };
        if text.chars().count() > max {
            wrong.push(FieldError::new(self.pointer(name), "max_length", format!("Usare al massimo {max} caratteri.")));
            return None;
        }
        Some(text.to_owned())
    }

    /// A text that must say something.
    pub fn required_text(&self, name: &str, max: usize, wrong: &mut Wrong) -> Option<String> {
        self.require(name, wrong)?;
        self.text(name, max, wrong)
    }

    /// A text that `T` is read from; `hint` says what is expected.
    pub fn parse<T: std::str::FromStr>(&self, name: &str, hint: &str, wrong: &mut Wrong) -> Option<T> {
        let parsed = self.text(name, 255, wrong)?.parse().ok();
        if parsed.is_none() {
            wrong.push(FieldError::new(self.pointer(name), "pattern", hint));
        }
        parsed
    }

    /// An identifier that must be there.
    pub fn required_uuid(&self, name: &str, wrong: &mut Wrong) -> Option<Uuid> {
        self.require(name, wrong)?;
        self.parse(name, "Usare un UUID, per esempio 37dbc4a5-be4c-4246-bfad-15b9f5f5e7f3.", wrong)
    }

    /// An amount greater than zero that must be there; a number or a text.
    pub fn required_money(&self, name: &str, wrong: &mut Wrong) -> Option<Money> {
        self.require(name, wrong)?;
        self.money(name, wrong)
    }

    /// An amount greater than zero; a number or a text.
    pub fn money(&self, name: &str, wrong: &mut Wrong) -> Option<Money> {
        self.object.get(name).filter(|value| !is_blank(value))?;
        let hint = "Usare un importo maggiore di zero con al massimo due decimali, per esempio 12.34.";
        self.value::<Money>(name, hint, wrong).filter(|amount| {
            let positive = *amount > Money::ZERO;
            if !positive {
                wrong.push(FieldError::new(self.pointer(name), "min", hint));
            }
            positive
        })
    }

    /// A code of pagoPA's taxonomy (`datiSpecificiRiscossione`), for example `9/0101100IM/`.
    pub fn taxonomy(&self, name: &str, wrong: &mut Wrong) -> Option<String> {
        let code = self.text(name, 140, wrong)?;
        if !is_taxonomy(&code) {
            let message = "Usare un codice della tassonomia pagoPA, per esempio 9/0101100IM/.";
            wrong.push(FieldError::new(self.pointer(name), "pattern", message));
        }
        Some(code)
    }

    /// A whole number from `min` to `max`; a number or a text.
    pub fn integer(&self, name: &str, min: i32, max: i32, wrong: &mut Wrong) -> Option<i32> {
        let number = match self.object.get(name)? {
            value if is_blank(value) => return None,
            Value::String(text) => text.trim().parse().ok(),
            // Forms send 180.0 for 180.
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)),
            _ => None,
        };
        let number = number.and_then(|number| i32::try_from(number).ok()).filter(|number| (min..=max).contains(number));
        if number.is_none() {
            wrong.push(FieldError::new(self.pointer(name), "range", format!("Usare un numero intero da {min} a {max}.")));
        }
        number
    }

    /// A yes or no, `default` when absent.
    pub fn flag(&self, name: &str, default: bool, wrong: &mut Wrong) -> bool {
        match self.object.get(name) {
            None | Some(Value::Null) => default,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                wrong.push(FieldError::new(self.pointer(name), "type", "Usare true o false."));
                default
            }
        }
    }

    fn value<T: DeserializeOwned>(&self, name: &str, hint: &str, wrong: &mut Wrong) -> Option<T> {
        let value = serde_json::from_value(self.object.get(name)?.clone()).ok();
        if value.is_none() {
            wrong.push(FieldError::new(self.pointer(name), "type", hint));
        }
        value
    }

    /// Notes a member that says nothing; `None` then.
    pub fn require(&self, name: &str, wrong: &mut Wrong) -> Option<()> {
        if self.object.get(name).is_none_or(is_blank) {
            wrong.push(FieldError::new(self.pointer(name), "required", "Questo campo è obbligatorio."));
            return None;
        }
        Some(())
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `<kind of accounting>/<code>`: 0, 1, 2 or 9, a slash, then 3 to 138 characters without spaces (pagoPA, "datiSpecificiRiscossione").
fn is_taxonomy(code: &str) -> bool {
    let Some((kind, rest)) = code.split_once('/') else { return false };
    matches!(kind, "0" | "1" | "2" | "9") && (3..=138).contains(&rest.chars().count()) && !rest.contains(char::is_whitespace)
}

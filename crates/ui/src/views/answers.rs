//! What a citizen answered, with the labels and in the order of the form.

use serde_json::{Map, Value};

use crate::format;
use crate::i18n::Messages;

/// A part of the form with its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its title; empty for answers outside any part.
    pub title: String,
    /// The answers.
    pub rows: Vec<Row>,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The question.
    pub label: String,
    /// The answer as text; empty when it is files.
    pub value: String,
    /// Address and name of each file.
    pub files: Vec<(String, String)>,
}

/// The answers in `data` (flat, keys with Form.io's `.data.` segments: API version 1) by the form's `definition`. Files are linked
/// below `files_base`. Questions without answer are left out; answers without question come last, so that nothing is hidden.
pub fn sections(t: &Messages, definition: &Value, data: &Value, files_base: &str) -> Vec<Section> {
    let Some(data) = data.as_object() else { return Vec::new() };
    let mut walk = Walk { t, data, files_base, sections: vec![Section::default()], seen: Vec::new() };
    walk.components(definition, "", 0);
    let mut rest = Section { title: t.application_other_data.to_owned(), rows: Vec::new() };
    for (key, value) in data {
        if !walk.seen.contains(key) && !HIDDEN.contains(&key.as_str()) && !key.ends_with(".submit") {
            rest.rows.extend(row(t, last_segment(key).to_owned(), value, &Value::Null, files_base));
        }
    }
    let mut sections = walk.sections;
    sections.push(rest);
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// Fields by which a form drives the platform; they are shown elsewhere on the page or to nobody.
const HIDDEN: [&str; 8] = [
    "submit",
    "payment_amount",
    "payment_description",
    "payment_financial_report",
    "unique_id",
    "related_cfs",
    "application_subject",
    "pratica_subject",
];

struct Walk<'a> {
    t: &'a Messages,
    data: &'a Map<String, Value>,
    files_base: &'a str,
    sections: Vec<Section>,
    seen: Vec<String>,
}

impl Walk<'_> {
    fn components(&mut self, parent: &Value, prefix: &str, depth: usize) {
        if depth > 20 {
            return;
        }
        for part in ["components", "columns", "rows"] {
            for child in parent.get(part).and_then(Value::as_array).into_iter().flatten() {
                match child {
                    Value::Array(cells) => cells.iter().for_each(|cell| self.components(cell, prefix, depth + 1)),
                    child => self.component(child, prefix, depth),
                }
            }
        }
    }

    fn component(&mut self, component: &Value, prefix: &str, depth: usize) {
        let text = |name: &str| component.get(name).and_then(Value::as_str).unwrap_or_default();
        let (kind, key, label) = (text("type"), text("key"), text("label"));
        let path = format!("{prefix}{key}");
        match kind {
            "panel" | "fieldset" => {
                let title =
                    [text("title"), text("legend"), label].into_iter().find(|title| !title.is_empty()).unwrap_or_default();
                if kind == "panel" {
                    self.sections.push(Section { title: title.to_owned(), rows: Vec::new() });
                }
                self.components(component, prefix, depth + 1);
            }
            "form" => self.components(component, &format!("{path}.data."), depth + 1),
            "container" => self.components(component, &format!("{path}."), depth + 1),
            "button" | "content" | "htmlelement" | "pagebreak" => {}
            "datagrid" | "editgrid" => self.grid(component, &path, label, depth),
            "selectboxes" | "survey" | "address" if !self.data.contains_key(&path) => self.parts(component, &path, label),
            _ => {
                if let Some(value) = self.data.get(&path).filter(|_| !key.is_empty()) {
                    self.seen.push(path);
                    if !HIDDEN.contains(&key) {
                        let label = if label.is_empty() { key } else { label };
                        if let Some(row) = row(self.t, label.to_owned(), value, component, self.files_base) {
                            self.push(row);
                        }
                    }
                } else {
                    self.components(component, prefix, depth + 1);
                }
            }
        }
    }
}

impl Walk<'_> {
    /// The rows of a grid: one answer each, its cells below each other. Their keys are `familiari.0.nome`.
    fn grid(&mut self, component: &Value, path: &str, label: &str, depth: usize) {
        for number in 0.. {
            let prefix = format!("{path}.{number}.");
            if !self.data.keys().any(|key| key.starts_with(&prefix)) {
                return;
            }
            let (sections, seen) = (vec![Section::default()], Vec::new());
            let mut inner = Walk { t: self.t, data: self.data, files_base: self.files_base, sections, seen };
            inner.components(component, &prefix, depth + 1);
            self.seen.append(&mut inner.seen);
            let cells = inner.sections.into_iter().flat_map(|section| section.rows);
            let (files, texts): (Vec<_>, Vec<_>) = cells.partition(|cell| !cell.files.is_empty());
            let label = format!("{label} {}", number + 1);
            let value: Vec<_> = texts.iter().map(|cell| format!("{}: {}", cell.label, cell.value)).collect();
            self.push(Row { label: label.clone(), value: value.join("\n"), files: Vec::new() });
            files.into_iter().for_each(|cell| self.push(Row { label: format!("{label}, {}", cell.label), ..cell }));
        }
    }

    /// Answers in parts, whose keys go on below the question's: the boxes that are checked, a survey's questions, a place.
    fn parts(&mut self, component: &Value, path: &str, label: &str) {
        let prefix = format!("{path}.");
        let parts: Vec<(&str, &Value)> =
            self.data.iter().filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?, value))).collect();
        self.seen.extend(parts.iter().map(|(part, _)| format!("{prefix}{part}")));
        let questions = component.get("questions").and_then(Value::as_array);
        for question in questions.into_iter().flatten() {
            let [key, question] = ["value", "label"].map(|name| question.get(name).and_then(Value::as_str).unwrap_or_default());
            let answer = parts.iter().find(|(part, _)| *part == key).map(|(_, answer)| show(self.t, answer, component));
            self.push(Row { label: question.to_owned(), value: answer.unwrap_or_default(), files: Vec::new() });
        }
        let value = match parts.iter().find(|(part, _)| *part == "display_name") {
            _ if questions.is_some() => return,
            Some((_, place)) => show(self.t, place, component),
            None => {
                let checked = parts.iter().filter(|(_, value)| **value == Value::Bool(true));
                let names = checked.map(|(part, _)| option_label(component, part).unwrap_or_else(|| (*part).to_owned()));
                names.collect::<Vec<_>>().join(", ")
            }
        };
        self.push(Row { label: label.to_owned(), value, files: Vec::new() });
    }

    /// Adds an answer that says something to the part that is being walked through.
    fn push(&mut self, row: Row) {
        if let Some(section) = self.sections.last_mut().filter(|_| !row.value.is_empty() || !row.files.is_empty()) {
            section.rows.push(row);
        }
    }
}

fn row(t: &Messages, label: String, value: &Value, component: &Value, files_base: &str) -> Option<Row> {
    let files: Vec<(String, String)> = value.as_array().into_iter().flatten().filter_map(|file| link(file, files_base)).collect();
    let value = if files.is_empty() { show(t, value, component) } else { String::new() };
    (!value.is_empty() || !files.is_empty()).then_some(Row { label, value, files })
}

/// An uploaded file as address and name.
fn link(file: &Value, files_base: &str) -> Option<(String, String)> {
    let id = file.get("id")?.as_str()?;
    let name = ["originalName", "name"].iter().find_map(|name| file.get(*name)?.as_str().filter(|name| !name.is_empty()))?;
    Some((format!("{files_base}{}", crate::clients::segment(id)), name.to_owned()))
}

/// A value as a person reads it.
fn show(t: &Messages, value: &Value, component: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => t.answer_yes.into(),
        Value::Bool(false) => t.answer_no.into(),
        Value::Number(number) => {
            let number = number.to_string();
            option_label(component, &number).unwrap_or(number)
        }
        Value::String(text) if component.get("type").is_some_and(|kind| kind == "time") => {
            text.get(..5).unwrap_or(text).to_owned()
        }
        Value::String(text) => option_label(component, text).unwrap_or_else(|| show_text(text)),
        Value::Array(items) => {
            items.iter().map(|item| show(t, item, component)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
        }
        Value::Object(object) => {
            if let Some(name) = object.get("label").or_else(|| object.get("display_name")).and_then(Value::as_str) {
                return name.to_owned();
            }
            // Checkboxes: the names of those that are checked. Anything else: its parts.
            let checked = object.values().all(Value::is_boolean);
            object
                .iter()
                .filter(|(_, part)| !checked || **part == Value::Bool(true))
                .map(
                    |(key, part)| {
                        if checked {
                            option_label(component, key).unwrap_or_else(|| key.clone())
                        } else {
                            show(t, part, component)
                        }
                    },
                )
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(", ")
        }
    }
}

/// Dates are written as dates; everything else as it was typed.
fn show_text(text: &str) -> String {
    let is_instant = text.len() >= 19 && text.as_bytes().get(10) == Some(&b'T');
    let is_date = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
    if is_instant || is_date { format::plain_date(text) } else { text.to_owned() }
}

/// The label of an option of a select, radio or set of checkboxes.
fn option_label(component: &Value, value: &str) -> Option<String> {
    let options = component.get("values").or_else(|| component.pointer("/data/values"))?.as_array()?;
    options
        .iter()
        .find(|option| option.get("value").is_some_and(|known| known == value))?
        .get("label")?
        .as_str()
        .map(str::to_owned)
}

fn last_segment(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;
    use serde_json::json;

    #[test]
    fn answers_follow_the_form_and_nothing_is_lost() {
        let definition = json!({ "components": [
            { "type": "panel", "title": "Richiedente", "components": [
                { "type": "form", "key": "applicant", "components": [
                    { "type": "textfield", "key": "name", "label": "Nome" },
                    { "type": "select", "key": "gender", "label": "Genere", "data": { "values": [{ "value": "f", "label": "Femmina" }] } }
                ] }
            ] },
            { "type": "panel", "title": "Richiesta", "components": [
                { "type": "checkbox", "key": "privacy", "label": "Ho letto l'informativa" },
                { "type": "sdcfile", "key": "plan", "label": "Planimetria" },
                { "type": "textfield", "key": "empty", "label": "Vuoto" }
            ] }
        ] });
        let data = json!({
            "applicant.data.name": "Ada", "applicant.data.gender": "f", "privacy": true, "empty": "", "submit": true, "surprise": "2024-05-06",
            "plan": [{ "id": "9/1", "originalName": "p.pdf" }]
        });
        let sections = sections(Locale::It.messages(), &definition, &data, "/f/");
        let rows: Vec<_> = sections.iter().flat_map(|s| &s.rows).map(|row| (row.label.as_str(), row.value.as_str())).collect();
        assert_eq!(
            rows,
            [
                ("Nome", "Ada"),
                ("Genere", "Femmina"),
                ("Ho letto l'informativa", "Sì"),
                ("Planimetria", ""),
                ("surprise", "06/05/2024")
            ]
        );
        assert_eq!(sections[1].rows[1].files, [("/f/9%2F1".to_owned(), "p.pdf".to_owned())]);
        assert_eq!(sections[0].title, "Richiedente");
    }

    #[test]
    fn answers_in_parts_are_in_words_and_at_their_place() {
        let yes_no = json!([{ "value": "si", "label": "Sì" }, { "value": "no", "label": "No" }]);
        let definition = json!({ "components": [
            { "type": "textfield", "key": "phone", "label": "Telefono" },
            { "type": "datagrid", "key": "people", "label": "Persona", "components": [
                { "type": "textfield", "key": "name", "label": "Nome" },
                { "type": "textfield", "key": "phone", "label": "Telefono" },
                { "type": "radio", "key": "licence", "label": "Patente", "values": yes_no },
                { "type": "sdcfile", "key": "card", "label": "Documento" }
            ] },
            { "type": "selectboxes", "key": "extras", "label": "Servizi", "values": [{ "value": "meals", "label": "Mensa" }, { "value": "bus", "label": "Trasporto" }] },
            { "type": "survey", "key": "weights", "label": "Quanto conta", "questions": [{ "value": "near", "label": "Vicinanza" }], "values": [{ "value": "1", "label": "Molto" }] },
            { "type": "address", "key": "place", "label": "Luogo" },
            { "type": "radio", "key": "severity", "label": "Urgenza", "values": [{ "value": "4", "label": "Abbastanza" }] },
            { "type": "time", "key": "from", "label": "Dalle ore" }
        ] });
        let data = json!({
            "phone": "1", "people.0.name": "Ada", "people.0.phone": "2", "people.0.licence": "no", "people.1.name": "Bice",
            "people.1.card": [{ "id": "9", "name": "c.pdf" }], "extras.meals": true, "extras.bus": false, "weights.near": "1",
            "place.display_name": "Via Roma", "place.lat": 43.6, "severity": 4, "from": "08:00:00"
        });
        let sections = sections(Locale::It.messages(), &definition, &data, "/f/");
        assert_eq!(sections.len(), 1, "nothing is left for the end: {sections:?}");
        let rows: Vec<_> = sections[0].rows.iter().map(|row| (row.label.as_str(), row.value.as_str())).collect();
        let expected = [
            ("Telefono", "1"),
            ("Persona 1", "Nome: Ada\nTelefono: 2\nPatente: No"),
            ("Persona 2", "Nome: Bice"),
            ("Persona 2, Documento", ""),
            ("Servizi", "Mensa"),
            ("Vicinanza", "Molto"),
            ("Luogo", "Via Roma"),
            ("Urgenza", "Abbastanza"),
            ("Dalle ore", "08:00"),
        ];
        assert_eq!(rows, expected);
    }
}

//! Answers for people: what the detail page and the PDF show, in form order.

use serde_json::Value;

use crate::Form;
use crate::booking::Booking;
use crate::date::{italian_date, parse_instant};
use crate::model::{Component, Frame, Kind, Leaf};
use crate::options::Options;
use crate::submission::{Submission, amount};
use crate::text::plain;

/// Answers under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Title of the page or group of the form; empty for answers outside any.
    pub title: String,
    /// The answers, in form order.
    pub rows: Vec<Row>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The question. In a table it starts with the table's name and the number of the row: `Figli 1 - Nome`.
    pub label: String,
    /// The answer, in Italian.
    pub value: String,
}

impl Form {
    /// The answers of a submission as a person reads them. Questions without an answer, technical fields and secrets are left out,
    /// and so are sections without any row.
    pub fn describe(&self, submission: &Submission) -> Vec<Section> {
        let mut writer = Writer { sections: vec![Section { title: String::new(), rows: Vec::new() }] };
        writer.frame(&self.root, &submission.data, "");
        writer.sections.retain(|section| !section.rows.is_empty());
        writer.sections
    }
}

struct Writer {
    sections: Vec<Section>,
}

impl Writer {
    fn frame(&mut self, frame: &Frame, object: &Value, prefix: &str) {
        // The object inside every container and nested form met so far.
        let mut inside: Vec<(usize, Option<&Value>)> = Vec::new();
        // Titled groups we are in: where they end, and their titles.
        let mut open: Vec<(usize, &str)> = Vec::new();
        for (index, component) in frame.components.iter().enumerate() {
            while open.last().is_some_and(|(end, _)| index >= *end) {
                open.pop();
                // Back in the group around it, under its title again.
                self.section(open.last().map_or("", |(_, title)| title));
            }
            let holder = match component.scope {
                None => Some(object),
                Some(scope) => inside.iter().rev().find(|(at, _)| *at == scope).and_then(|(_, object)| *object),
            };
            let value = holder.and_then(|holder| holder.get(&*component.key));
            match &component.kind {
                Kind::Layout { section } => {
                    if *section && prefix.is_empty() {
                        open.push((component.end, &component.label));
                        self.section(&component.label);
                    }
                }
                Kind::Ignored => {}
                Kind::Container => inside.push((index, value)),
                Kind::Nested { .. } => inside.push((index, value.and_then(|value| value.get("data")))),
                Kind::Grid(grid) => {
                    let rows = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                    for (row, item) in rows.iter().enumerate().filter(|_| !is_technical(component)) {
                        self.frame(&grid.row, item, &format!("{prefix}{} {} - ", component.label, row + 1));
                    }
                }
                Kind::Leaf(leaf) => {
                    if let Some(value) = value.filter(|_| !is_technical(component)) {
                        self.leaf(component, leaf, value, prefix);
                    }
                }
            }
        }
    }

    fn section(&mut self, title: &str) {
        if self.sections.last().is_some_and(|last| last.rows.is_empty()) {
            self.sections.pop();
        }
        self.sections.push(Section { title: title.to_owned(), rows: Vec::new() });
    }

    fn row(&mut self, label: String, value: String) {
        if let Some(section) = self.sections.last_mut().filter(|_| !value.trim().is_empty()) {
            section.rows.push(Row { label, value });
        }
    }

    fn leaf(&mut self, component: &Component, leaf: &Leaf, value: &Value, prefix: &str) {
        let label = |label: &str| format!("{prefix}{label}");
        if let (Leaf::Survey { questions, answers }, Value::Object(given)) = (leaf, value) {
            for (question, text) in questions {
                if let Some(answer) = given.get(&**question) {
                    self.row(label(&format!("{} - {text}", component.label)), choice(answers, answer));
                }
            }
            return;
        }
        let shown = match value {
            Value::Array(items) if component.multiple => items.iter().map(|item| show(leaf, item)).collect::<Vec<_>>().join(", "),
            value => show(leaf, value),
        };
        let shown = if component.is_amount {
            amount(value).map_or(shown, |amount| format!("{} €", amount.to_italian()))
        } else {
            shown
        };
        self.row(label(&component.label), shown);
    }
}

fn is_technical(component: &Component) -> bool {
    component.hidden || &*component.type_name == "hidden" || component.transient
}

fn show(leaf: &Leaf, value: &Value) -> String {
    match (leaf, value) {
        (Leaf::Text(rules), _) if rules.secret => String::new(),
        (Leaf::Text(rules), Value::String(text)) if rules.rich => plain(text),
        (Leaf::Checkbox, Value::Bool(checked)) => if *checked { "Sì" } else { "No" }.to_owned(),
        (Leaf::Choice(options), value) => choice(options, value),
        (Leaf::Boxes { options, .. }, Value::Object(boxes)) => {
            let is_selected = |name: &str| boxes.get(name).is_some_and(|selected| *selected == true);
            let known = options.iter().filter(|(name, _)| is_selected(name)).map(|(_, label)| label);
            let others = boxes.keys().filter(|name| is_selected(name) && options.named(name).is_none()).map(String::as_str);
            known.chain(others).collect::<Vec<_>>().join(", ")
        }
        (Leaf::Instant { with_time, .. }, Value::String(text)) => parse_instant(text).map_or_else(
            || text.clone(),
            |instant| {
                let (date, time) = (instant.date(), instant.civil().time());
                if *with_time && text.len() > 10 {
                    format!("{}, {:02}:{:02}", italian_date(date), time.hour(), time.minute())
                } else {
                    italian_date(date)
                }
            },
        ),
        (Leaf::Day { format, .. }, Value::String(text)) => {
            format.parse(text).and_then(crate::date::Day::date).map_or_else(|| text.clone(), italian_date)
        }
        (Leaf::Time { .. }, Value::String(text)) => text.get(..5).unwrap_or(text).to_owned(),
        (Leaf::Tags { separator }, Value::String(text)) => text.split(&**separator).map(str::trim).collect::<Vec<_>>().join(", "),
        (Leaf::Files(_), Value::Array(files)) => {
            let name =
                |file: &Value| file.get("originalName").or_else(|| file.get("name")).and_then(Value::as_str).map(str::to_owned);
            files.iter().filter_map(name).collect::<Vec<_>>().join(", ")
        }
        (Leaf::Booking { .. }, Value::String(text)) => {
            Booking::parse(text, String::new()).map_or_else(|| text.clone(), |booking| booking.to_string())
        }
        (Leaf::Split, _) => String::new(),
        (_, value) => anything(value),
    }
}

fn choice(options: &Options, value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| choice(options, item)).collect::<Vec<_>>().join(", "),
        value => options.label(value).map_or_else(|| anything(value), str::to_owned),
    }
}

/// A value without a shape of its own: geocoders and remote lists name what they found.
fn anything(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "Sì" } else { "No" }.to_owned(),
        Value::Number(number) => number.to_string().replace('.', ","),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(anything).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let named =
                ["display_name", "label", "name", "title", "formattedPlace"].iter().find_map(|key| members.get(*key)?.as_str());
            named.unwrap_or_default().to_owned()
        }
    }
}

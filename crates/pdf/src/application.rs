//! The form that a citizen filled in ("modulo compilato").

use kernel::{ApplicationId, RomeTime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::{body, cell, heading, label, moment, paragraphs};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError, Person};

/// Tables with more columns than this are printed row by row, since their cells would be too narrow to read.
const MOST_COLUMNS: usize = 6;

/// What a citizen sent with an application (developers' documentation, "Pratiche": the module that is registered with it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationDocument {
    /// Language of the fixed texts.
    #[serde(default)]
    pub language: Language,
    /// The body that the application goes to.
    pub issuer: Issuer,
    /// Title of the service.
    pub service: String,
    /// Identifier of the application.
    pub application_id: ApplicationId,
    /// When the citizen sent it; also the date of the file.
    pub submitted_at: RomeTime,
    /// Who sent it.
    pub applicant: Person,
    /// How the applicant proved who they are, in words: `SPID, livello 2`.
    #[serde(default)]
    pub authentication: Option<String>,
    /// Subject that the citizen or the form gave.
    #[serde(default)]
    pub subject: Option<String>,
    /// The pages or panels of the form.
    pub sections: Vec<Section>,
    /// Files sent with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

/// A page or panel of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its title; when empty a general one is printed.
    pub title: String,
    /// What it contains, in order.
    pub items: Vec<Item>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// A title inside the section: a panel in a panel, a fieldset.
    Heading {
        /// The title.
        text: String,
    },
    /// A field and what was entered; a dash is printed when nothing was.
    Field {
        /// Label of the field.
        label: String,
        /// The value in words, as the form showed it: `Sì`, `12/03/2025`.
        value: String,
    },
    /// Rows that the citizen added (data grid, edit grid). With more than six columns they are printed one below the other.
    Table {
        /// Title of the grid; may be empty.
        title: String,
        /// Labels of the columns.
        columns: Vec<String>,
        /// The rows; each has one value a column. Missing ones are empty, further ones are not printed.
        rows: Vec<Vec<String>>,
    },
    /// Text of the form that the citizen accepted: declarations, notices.
    Text {
        /// Plain text; empty lines separate paragraphs.
        text: String,
    },
}

/// A file sent with an application or a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Name of the file.
    pub name: String,
    /// What it is; may be empty.
    #[serde(default)]
    pub description: String,
    /// SHA-256 digest of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// The filled-in form as a PDF.
///
/// # Errors
/// [`PdfError::TooLarge`] when the texts are over 512 KiB; [`PdfError::Typesetting`] is an error of this crate.
pub fn application(document: &ApplicationDocument) -> Result<Vec<u8>, PdfError> {
    Sheet {
        template: "application.typ",
        data: view(document),
        logo: document.issuer.logo.as_ref(),
        at: document.submitted_at,
        identity: format!("application {}", document.application_id),
    }
    .typeset()
}

fn view(document: &ApplicationDocument) -> Value {
    let language = document.language;
    let mut facts = vec![
        json!(["id", document.application_id.to_string()]),
        json!(["submitted", moment(language, document.submitted_at)]),
        json!(["applicant", body(&document.applicant.line())]),
    ];
    facts.extend(document.authentication.as_deref().map(|text| json!(["authentication", body(text)])));
    facts.extend(document.subject.as_deref().map(|text| json!(["subject", body(text)])));
    json!({
        "language": language.code(),
        "issuer": document.issuer.view(),
        "service": heading(&document.service),
        "id": document.application_id.to_string(),
        "facts": facts,
        "sections": document.sections.iter()
            .map(|section| json!({ "title": heading(&section.title), "parts": parts(&section.items) }))
            .collect::<Value>(),
        "attachments": files(&document.attachments),
    })
}

/// Files as the templates have them.
pub fn files(files: &[Attachment]) -> Value {
    let view = |file: &Attachment| json!({ "name": body(&file.name), "description": body(&file.description), "sha256": body(&file.sha256) });
    files.iter().map(view).collect()
}

/// The items as the template has them; fields that follow each other are one list.
fn parts(items: &[Item]) -> Vec<Value> {
    let mut parts = Vec::new();
    let both_fields = |left: &Item, right: &Item| matches!((left, right), (Item::Field { .. }, Item::Field { .. }));
    for run in items.chunk_by(both_fields) {
        match &run[0] {
            Item::Field { .. } => {
                parts.push(json!({ "kind": "fields", "rows": run.iter().filter_map(field).collect::<Value>() }))
            }
            Item::Heading { text } if heading(text).is_empty() => {}
            Item::Heading { text } => parts.push(json!({ "kind": "heading", "text": heading(text) })),
            Item::Text { text } => parts.push(json!({ "kind": "text", "paragraphs": paragraphs(text) })),
            Item::Table { columns, .. } if columns.is_empty() => {}
            Item::Table { title, columns, rows } if columns.len() <= MOST_COLUMNS => parts.push(table(title, columns, rows)),
            Item::Table { title, columns, rows } => rows_apart(&mut parts, title, columns, rows),
        }
    }
    parts
}

fn field(item: &Item) -> Option<Value> {
    match item {
        Item::Field { label: name, value } => Some(json!([label(name), body(value)])),
        _ => None,
    }
}

fn table(title: &str, columns: &[String], rows: &[Vec<String>]) -> Value {
    let cells = |row: &Vec<String>| (0..columns.len()).map(|x| cell(row.get(x).map_or("", String::as_str))).collect::<Value>();
    json!({
        "kind": "table",
        "title": heading(title),
        "columns": columns.iter().map(|name| cell(&heading(name))).collect::<Value>(),
        "widths": (0..columns.len()).map(|x| width(&columns[x], rows, x)).collect::<Value>(),
        "rows": rows.iter().map(cells).collect::<Value>(),
    })
}

/// A column's share of the width: the letters of its longest cell, within what still looks like a table.
fn width(label: &str, rows: &[Vec<String>], column: usize) -> usize {
    let letters = |text: &str| text.chars().take(40).count();
    let longest = rows.iter().filter_map(|row| row.get(column)).map(|text| letters(text)).max().unwrap_or(0);
    longest.max(letters(label)).max(8)
}

/// A wide table as one list of fields a row.
fn rows_apart(parts: &mut Vec<Value>, title: &str, columns: &[String], rows: &[Vec<String>]) {
    let title = heading(title);
    for (y, row) in rows.iter().enumerate() {
        let fields =
            columns.iter().enumerate().map(|(x, name)| json!([label(name), body(row.get(x).map_or("", String::as_str))]));
        parts.push(json!({ "kind": "row", "title": title, "number": (y + 1).to_string() }));
        parts.push(json!({ "kind": "fields", "rows": fields.collect::<Value>() }));
    }
}

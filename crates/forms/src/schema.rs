//! What a form asks for, for those who do not render it.

use indexmap::IndexMap;
use serde::Serialize;

use crate::Form;

/// One value of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldSchema {
    /// What the citizen reads, without markup.
    pub label: String,
    /// The Form.io type of the component.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Form {
    /// Every value by its address in the submission: dotted keys, with the `data` of nested forms; the columns of a grid follow the
    /// grid's key directly.
    pub fn schema(&self) -> &IndexMap<String, FieldSchema> {
        &self.schema
    }

    /// Every text that can be translated, in order of appearance, each once and as the definition writes it.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.labels.iter().map(String::as_str)
    }

    /// The form's title, without markup.
    pub fn title(&self) -> &str {
        &self.title
    }
}

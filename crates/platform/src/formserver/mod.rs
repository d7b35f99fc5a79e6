//! The form server: Form.io definitions, and the nested forms that the platform ships.

pub mod api;
pub mod store;

use forms::Form;
use serde_json::{Map, Value};

use crate::errors::Error;

/// A form with every form that is nested in it.
pub struct Resolved {
    /// The definition.
    pub definition: Value,
    /// Nested definitions by identifier.
    pub nested: Map<String, Value>,
}

/// How deep forms may be nested in forms.
const DEPTH: usize = 8;

impl Resolved {
    /// Compiles the form.
    ///
    /// # Errors
    /// [`Error::BadForm`] with what is wrong and where.
    pub fn compile(&self) -> Result<Form, Error> {
        Form::compile(&self.definition, &|id| self.nested.get(id).cloned()).map_err(|error| Error::BadForm(error.to_string()))
    }

    /// The definition with the components of nested forms put in place, as the renderer takes it without asking for more.
    pub fn inlined(&self) -> Value {
        let mut definition = self.definition.clone();
        self.inline(&mut definition, DEPTH);
        definition
    }

    fn inline(&self, value: &mut Value, depth: usize) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.inline(item, depth)),
            Value::Object(members) => {
                let id = members
                    .get("form")
                    .and_then(Value::as_str)
                    .filter(|_| members.get("type").is_some_and(|kind| kind == "form"));
                if let Some(nested) = id.and_then(|id| self.nested.get(id)).filter(|_| depth > 0) {
                    let mut components = nested.get("components").cloned().unwrap_or_default();
                    self.inline(&mut components, depth - 1);
                    let path = nested.get("path").cloned().unwrap_or_default();
                    members.insert("components".to_owned(), components);
                    members.insert("path".to_owned(), path);
                } else {
                    members.values_mut().for_each(|member| self.inline(member, depth));
                }
            }
            _ => {}
        }
    }
}

/// The identifiers of the forms nested directly in `definition`.
pub fn references(definition: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![definition];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                if members.get("type").is_some_and(|kind| kind == "form")
                    && let Some(id) = members.get("form").and_then(Value::as_str)
                {
                    found.push(id.to_owned());
                }
                open.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

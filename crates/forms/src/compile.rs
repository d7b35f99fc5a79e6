//! From a Form.io definition to a [`Form`]: first the tree is flattened into frames and nested forms are inlined, then the references
//! and scripts are resolved against all of it.

mod leaf;
mod link;
mod names;

use std::collections::HashMap;

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

pub(crate) use self::leaf::MAX_TEXT;
use crate::Form;
use crate::model::{Component, Frame, Kind, Messages};
use crate::script::Libraries;
use crate::text::plain;

/// Components of one form, nested ones included.
const MAX_COMPONENTS: usize = 5_000;
/// Components inside components.
const MAX_DEPTH: usize = 32;
/// Length of one script, in bytes.
const MAX_SCRIPT: usize = 64 << 10;
/// Rows of a grid that names no maximum.
const MAX_ROWS: usize = 1_000;

/// Keys that decide a payment: when the citizen cannot edit them in the browser, the server does not take them from him.
const PAYMENT: [&str; 3] = ["payment_amount", "payment_description", "payment_financial_report"];

/// Why a definition cannot become a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Il componente \"{field}\" del modulo {reason}.")]
pub struct CompileError {
    /// The component, as dotted keys from the top of the form; empty for the form itself.
    pub field: String,
    /// What is wrong with it, in Italian: the rest of the sentence "the component ...".
    pub reason: String,
}

impl From<CompileError> for kernel::FieldError {
    fn from(error: CompileError) -> Self {
        let message = error.to_string();
        Self::new(format!("/{}", error.field.replace('.', "/")), "definition", message)
    }
}

/// A frame while it is built: the definitions of its components and the frames of its grids beside it.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) components: Vec<Component>,
    /// Every component's definition without the components inside it.
    pub(crate) sources: Vec<Value>,
    /// The rows of grids.
    pub(crate) rows: Vec<Option<Draft>>,
}

struct Builder<'r> {
    resolve: &'r dyn Fn(&str) -> Option<Value>,
    /// The nested forms we are in.
    within: Vec<String>,
    /// The keys we are in.
    keys: Vec<String>,
    count: usize,
    labels: IndexSet<String>,
    libraries: Libraries,
}

impl Form {
    /// Compiles a `definition` (a whole Form.io form). `resolve` finds nested forms by identifier or path. The error names the
    /// component that is wrong, too deep, or uses something that cannot be judged on the server.
    pub fn compile(definition: &Value, resolve: &dyn Fn(&str) -> Option<Value>) -> Result<Self, CompileError> {
        let within = definition.get("_id").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
        let labels = IndexSet::new();
        let mut builder = Builder { resolve, within, keys: Vec::new(), count: 0, labels, libraries: Libraries::default() };
        builder.label(definition.get("title"));
        let components = definition.get("components").and_then(Value::as_array);
        let components = components.ok_or_else(|| builder.error("non ha un elenco di componenti"))?;
        let mut draft = Draft::default();
        builder.add(components, &mut draft, None, None, 0)?;
        let text = |name: &str| definition.get(name).and_then(Value::as_str).unwrap_or_default();
        let about = json!({"title": text("title"), "name": text("name"), "path": text("path"), "display": text("display")});
        let title = plain(text("title")).into();
        let schema = names::schema(&draft);
        let Builder { libraries, labels, .. } = builder;
        let linked = link::link(draft, libraries, &about)?;
        Ok(Self {
            root: linked.root,
            settled: linked.settled,
            scripted: linked.scripted,
            libraries: linked.libraries,
            about,
            title,
            labels,
            schema,
        })
    }
}

impl Builder<'_> {
    fn error(&self, reason: impl Into<String>) -> CompileError {
        CompileError { field: self.keys.join("."), reason: reason.into() }
    }

    fn label(&mut self, text: Option<&Value>) {
        if let Some(text) = text.and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
            self.labels.insert(text.to_owned());
        }
    }

    /// Adds a list of components to `draft`, inside `parent`, with their values in the object of `scope`.
    fn add(
        &mut self,
        components: &[Value],
        draft: &mut Draft,
        parent: Option<usize>,
        scope: Option<usize>,
        depth: usize,
    ) -> Result<(), CompileError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("contiene più di {MAX_DEPTH} livelli di componenti")));
        }
        for component in components {
            let Some(members) = component.as_object() else {
                return Err(self.error("contiene un elemento che non è un componente"));
            };
            self.keys.push(key_of(members).to_owned());
            self.component(component, members, draft, parent, scope, depth)?;
            self.keys.pop();
        }
        Ok(())
    }

    fn component(
        &mut self,
        source: &Value,
        members: &Map<String, Value>,
        draft: &mut Draft,
        parent: Option<usize>,
        scope: Option<usize>,
        depth: usize,
    ) -> Result<(), CompileError> {
        self.count += 1;
        if self.count > MAX_COMPONENTS {
            return Err(self.error(format!("supera il limite di {MAX_COMPONENTS} componenti per modulo")));
        }
        let key = key_of(members);
        let mut kind = leaf::kind(source).map_err(|reason| self.error(reason))?;
        if !matches!(kind, Kind::Layout { .. } | Kind::Ignored) && (key.is_empty() || key.contains('.')) {
            return Err(self.error("deve avere una chiave senza punti"));
        }
        self.collect_labels(source, &kind);
        let index = draft.components.len();
        let children = self.children(source, members, &kind)?;
        if let Kind::Grid(grid) = &mut kind {
            // The row is built below, in a frame of its own.
            grid.max = grid.max.min(MAX_ROWS);
        }
        let opens = matches!(kind, Kind::Container | Kind::Nested { .. });
        let (is_grid, is_nested) = (matches!(kind, Kind::Grid(_)), matches!(kind, Kind::Nested { .. }));
        let component = self.shell(source, key, kind, parent, scope)?;
        draft.components.push(component);
        draft.sources.push(stripped(members));
        draft.rows.push(None);
        if is_grid {
            let mut row = Draft::default();
            self.add(&children, &mut row, None, None, depth + 1)?;
            draft.rows[index] = Some(row);
        } else {
            let inner = if opens { Some(index) } else { scope };
            self.add(&children, draft, Some(index), inner, depth + 1)?;
        }
        if is_nested {
            self.within.pop();
        }
        draft.components[index].end = draft.components.len();
        Ok(())
    }

    /// The components inside, wherever the type keeps them; for a nested form, those of the form it names.
    fn children(&mut self, source: &Value, members: &Map<String, Value>, kind: &Kind) -> Result<Vec<Value>, CompileError> {
        let inside = |value: &Value| value.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Kind::Nested { .. } = kind {
            let id = members.get("form").and_then(|form| form.as_str().or_else(|| form.get("_id").and_then(Value::as_str)));
            let id = id.unwrap_or_default().to_owned();
            if !id.is_empty() && self.within.contains(&id) {
                return Err(self.error("contiene il modulo di cui fa parte"));
            }
            self.within.push(id.clone());
            let own = inside(source);
            if !own.is_empty() || id.is_empty() {
                return Ok(own);
            }
            let form = (self.resolve)(&id).ok_or_else(|| self.error(format!("usa il modulo {id}, che non esiste")))?;
            return Ok(inside(&form));
        }
        let list = |name: &str| members.get(name).and_then(Value::as_array).into_iter().flatten();
        Ok(match members.get("type").and_then(Value::as_str) {
            Some("columns") => list("columns").flat_map(inside).collect(),
            Some("table") => list("rows").filter_map(Value::as_array).flatten().flat_map(inside).collect(),
            Some("tabs") => {
                list("components").for_each(|tab| self.label(tab.get("label")));
                list("components").flat_map(inside).collect()
            }
            _ => inside(source),
        })
    }

    /// The component without what needs the rest of the form: conditions, logic and scripts.
    fn shell(
        &self,
        source: &Value,
        key: &str,
        kind: Kind,
        parent: Option<usize>,
        scope: Option<usize>,
    ) -> Result<Component, CompileError> {
        let flag = |name: &str| source.get(name).is_some_and(truthy);
        let rules = source.get("validate");
        let type_name = source.get("type").and_then(Value::as_str).unwrap_or_default();
        let hidden = flag("hidden");
        let untouchable = type_name == "hidden" || type_name == "financial_report" || hidden;
        let default = source.get("defaultValue").filter(|value| !leaf::is_blank(value));
        let decides = ["calculateValue", "customDefaultValue"].iter().any(|name| !script_text(source, name).is_empty());
        let payment = PAYMENT.contains(&key);
        let is_own = (untouchable && (default.is_some() || decides || payment)) || (flag("disabled") && (decides || payment));
        if let Some(default) = default
            && key == PAYMENT[0]
            && crate::amount(default).is_none()
        {
            return Err(self.error("non ha come valore predefinito un importo in euro"));
        }
        let label = leaf::label(source, key);
        Ok(Component {
            key: key.into(),
            label: label.into(),
            type_name: type_name.into(),
            parent,
            scope,
            end: 0,
            twins: Box::default(),
            required: rules.and_then(|rules| rules.get("required")).is_some_and(truthy),
            multiple: flag("multiple") && leaf::may_repeat(&kind),
            hidden,
            clear_on_hide: source.get("clearOnHide").is_none_or(truthy),
            validate_when_hidden: flag("validateWhenHidden"),
            transient: source.get("persistent").is_some_and(|value| *value == false || value == "client-only"),
            own: is_own.then(|| default.cloned()),
            is_amount: key == PAYMENT[0],
            conditions: Vec::new(),
            logic: Vec::new(),
            preset: None,
            calculate: None,
            may_override: flag("allowCalculateOverride"),
            custom: None,
            messages: messages(source, rules),
            kind,
        })
    }

    fn collect_labels(&mut self, source: &Value, kind: &Kind) {
        if source.get("type").and_then(Value::as_str) == Some("hidden") {
            return;
        }
        let shown: &[&str] = match kind {
            // The label of a layout is only for its author.
            Kind::Layout { .. } => &["title", "legend", "tooltip"],
            _ => &[
                "label",
                "placeholder",
                "description",
                "tooltip",
                "html",
                "content",
                "prefix",
                "suffix",
                "addAnother",
                "saveRow",
            ],
        };
        // So is that of a text.
        let skipped = if source.get("html").is_some() { "label" } else { "" };
        shown.iter().filter(|name| **name != skipped).for_each(|name| self.label(source.get(*name)));
        let options = |list: Option<&Value>| list.and_then(Value::as_array).cloned().unwrap_or_default();
        let data = source.get("data").and_then(|data| data.get("values"));
        for list in [source.get("questions"), source.get("values"), data.filter(|_| matches!(kind, Kind::Leaf(_)))] {
            options(list).iter().for_each(|option| self.label(option.get("label")));
        }
        let rules = source.get("validate");
        for name in ["customMessage", "patternMessage"] {
            self.label(rules.and_then(|rules| rules.get(name)));
        }
        for text in source.get("errors").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            self.label(Some(text));
        }
    }
}

impl Draft {
    /// The frame, with the frames of its grids in place.
    pub(crate) fn into_frame(mut self) -> Frame {
        self.find_twins();
        let rows = self.rows.into_iter();
        let components = self.components.into_iter().zip(rows).map(|(mut component, row)| {
            if let (Kind::Grid(grid), Some(row)) = (&mut component.kind, row) {
                grid.row = row.into_frame();
            }
            component
        });
        Frame { components: components.collect() }
    }

    /// Lets components that share a key and an object know each other.
    fn find_twins(&mut self) {
        let mut families: HashMap<(Option<usize>, &str), Vec<usize>> = HashMap::new();
        for (index, component) in
            self.components.iter().enumerate().filter(|(_, component)| !matches!(component.kind, Kind::Layout { .. }))
        {
            families.entry((component.scope, &component.key)).or_default().push(index);
        }
        let families: Vec<Vec<usize>> = families.into_values().filter(|family| family.len() > 1).collect();
        for family in families {
            for index in &family {
                self.components[*index].twins = family.iter().copied().filter(|other| other != index).collect();
            }
        }
    }
}

/// A check box drawn as a radio button keeps its value under `name`.
fn key_of(members: &Map<String, Value>) -> &str {
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let radio = text("type") == Some("checkbox") && text("inputType") == Some("radio");
    text("name").filter(|_| radio).or_else(|| text("key")).unwrap_or_default()
}

fn stripped(members: &Map<String, Value>) -> Value {
    let inner = |key: &str, value: &Value| match key {
        "components" | "columns" => true,
        "rows" => value.is_array(),
        _ => false,
    };
    Value::Object(
        members.iter().filter(|(key, value)| !inner(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect(),
    )
}

fn messages(source: &Value, rules: Option<&Value>) -> Option<Box<Messages>> {
    let text =
        |value: Option<&Value>| value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(Into::into);
    let mut messages = Messages { any: text(rules.and_then(|rules| rules.get("customMessage"))), by_rule: Vec::new() };
    for (rule, message) in source.get("errors").and_then(Value::as_object).into_iter().flatten() {
        messages.by_rule.extend(text(Some(message)).map(|message| (rule.as_str().into(), message)));
    }
    messages.by_rule.extend(text(rules.and_then(|rules| rules.get("patternMessage"))).map(|message| ("pattern".into(), message)));
    (messages.any.is_some() || !messages.by_rule.is_empty()).then(|| Box::new(messages))
}

/// A script member, or nothing.
pub(crate) fn script_text<'s>(source: &'s Value, name: &str) -> &'s str {
    source.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// A flag of a definition: `true` or `"true"`.
pub(crate) fn truthy(value: &Value) -> bool {
    *value == true || value == "true"
}

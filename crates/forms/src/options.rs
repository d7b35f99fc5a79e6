//! The answers that a radio, a select or a group of check boxes offers.

use indexmap::IndexMap;
use serde_json::Value;

use crate::js;
use crate::text::plain;

/// A list of answers, or none when they come from elsewhere (`dataSrc: url`): then any value of moderate size is accepted.
#[derive(Debug, Default)]
pub(crate) struct Options {
    closed: bool,
    /// Scalars by their text; Form.io turns `"1"` into `1` and `"true"` into `true` on the way.
    labels: IndexMap<Box<str>, Box<str>>,
    objects: Vec<(Value, Box<str>)>,
}

impl Options {
    /// Any answer.
    pub(crate) fn open() -> Self {
        Self::default()
    }

    /// The `values` of a radio, a survey or a group of check boxes: `[{value, label}]`.
    pub(crate) fn of_values(values: Option<&Value>) -> Self {
        let mut options = Self { closed: true, ..Self::default() };
        for option in values.and_then(Value::as_array).into_iter().flatten() {
            let value = option.get("value").unwrap_or(option);
            options.add(value, option.get("label").and_then(Value::as_str));
        }
        options
    }

    /// The items of a `select`. The error says in Italian what is wrong with its source.
    pub(crate) fn of_select(component: &Value) -> Result<Self, String> {
        let data = component.get("data");
        let source = component.get("dataSrc").and_then(Value::as_str).unwrap_or("values");
        match source {
            "values" => Ok(Self::of_values(data.and_then(|data| data.get("values")).or_else(|| component.get("values")))),
            "json" => Self::of_json(component, data.and_then(|data| data.get("json"))),
            _ => Ok(Self::open()),
        }
    }

    fn of_json(component: &Value, json: Option<&Value>) -> Result<Self, String> {
        let text = |name: &str| component.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let parsed: Value = match json {
            Some(Value::String(source)) => serde_json::from_str(source).map_err(|_| "data.json non è JSON".to_owned())?,
            Some(value) => value.clone(),
            None => Value::Array(Vec::new()),
        };
        let items = path(&parsed, text("selectValues")).and_then(Value::as_array).ok_or("data.json non è un elenco")?;
        // The template is Lodash: `<span>{{ item.label }}</span>`. Only a plain member is understood.
        let member =
            text("template").split_once("item.").map(|(_, rest)| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
        let mut options = Self { closed: true, ..Self::default() };
        for item in items {
            let label = member.flatten().and_then(|member| item.get(member)).or_else(|| item.get("label"));
            let value = path(item, text("valueProperty")).unwrap_or(item);
            options.add(value, label.and_then(Value::as_str));
        }
        Ok(options)
    }

    fn add(&mut self, value: &Value, label: Option<&str>) {
        let text = js::text_of(Some(value));
        let label = label.map_or_else(|| text.clone().into(), |label| plain(label).into());
        if value.is_object() || value.is_array() {
            self.objects.push((value.clone(), label));
        } else if !text.is_empty() {
            self.labels.entry(text.into()).or_insert(label);
        }
    }

    /// Whether the list is known. An empty one is filled in the browser.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed && !(self.labels.is_empty() && self.objects.is_empty())
    }

    /// What the citizen reads for `value`; `None` when it is not in the list.
    pub(crate) fn label(&self, value: &Value) -> Option<&str> {
        match value {
            Value::String(text) => self.named(text),
            Value::Object(_) | Value::Array(_) => {
                self.objects.iter().find(|(offered, _)| offered == value).map(|(_, label)| label.as_ref())
            }
            _ => self.named(&js::text_of(Some(value))),
        }
    }

    /// Every scalar answer with what the citizen reads, in form order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(value, label)| (value.as_ref(), label.as_ref()))
    }

    /// What the citizen reads for the option named `value`.
    pub(crate) fn named(&self, value: &str) -> Option<&str> {
        self.labels.get(value).map(AsRef::as_ref)
    }
}

/// A member by dotted path; the value itself when the path is empty.
fn path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(value, |value, part| value.get(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_compared_as_text() {
        let options = Options::of_values(Some(&json!([{"value": "1", "label": "Uno"}, {"value": "true", "label": "<b>Sì</b>"}])));
        assert_eq!(options.label(&json!(1)), Some("Uno"));
        assert_eq!(options.label(&json!(true)), Some("Sì"));
        assert_eq!(options.label(&json!("2")), None);
        assert_eq!(options.label(&json!("")), None);
    }

    #[test]
    fn a_select_may_read_json() {
        let select = json!({"dataSrc": "json", "valueProperty": "code", "selectValues": "items", "template": "<i>{{ item.name }}</i>",
            "data": {"json": "{\"items\": [{\"code\": \"AQ\", \"name\": \"L'Aquila\"}]}"}});
        let options = Options::of_select(&select).unwrap();
        assert_eq!(options.label(&json!("AQ")), Some("L'Aquila"));
        let whole = Options::of_select(&json!({"dataSrc": "json", "data": {"json": [{"a": 1}]}})).unwrap();
        assert!(whole.label(&json!({"a": 1})).is_some() && whole.label(&json!({"a": 2})).is_none());
        assert!(Options::of_select(&json!({"dataSrc": "json", "data": {"json": "["}})).is_err());
        assert!(!Options::of_select(&json!({"dataSrc": "url"})).unwrap().is_closed());
    }
}

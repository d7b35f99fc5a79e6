//! Settings of single components: what kind they are and which values they take.

use serde_json::Value;

use super::truthy;
use crate::date::{Bound, DayFormat};
use crate::files::FileRule;
use crate::model::{Frame, Grid, Kind, Leaf, Source, Text};
use crate::options::Options;
use crate::pattern::Pattern;
use crate::text::plain;

/// Length of a text whose component names no maximum, in UTF-16 code units; signatures are drawings.
pub(crate) const MAX_TEXT: usize = 64 << 10;
const MAX_SIGNATURE: usize = 256 << 10;

/// What a definition says that its component is. The error, in Italian, continues "the component ...".
pub(crate) fn kind(source: &Value) -> Result<Kind, String> {
    let type_name = source.get("type").and_then(Value::as_str).unwrap_or_default();
    let inside = source.get("components").is_some_and(Value::is_array);
    let input = source.get("input").is_none_or(truthy);
    Ok(match type_name {
        "panel" | "fieldset" => Kind::Layout { section: !label(source, "").is_empty() },
        "well" | "columns" | "column" | "table" | "tabs" => Kind::Layout { section: false },
        "button" | "content" | "htmlelement" | "pagebreak" | "recaptcha" | "captcha" | "reviewpage" => Kind::Ignored,
        "container" => Kind::Container,
        "form" => Kind::Nested { certified: certified(source).map(Box::new) },
        "datagrid" | "editgrid" | "datatable" | "dynamicWizard" => Kind::Grid(Box::new(grid(source)?)),
        "tree" | "tagpad" => return Err(format!("è di tipo {type_name}, che questo portale non gestisce")),
        _ if inside && source.get("input").is_none_or(|value| !truthy(value)) => Kind::Layout { section: false },
        _ if inside && !matches!(type_name, "address" | "select") => {
            return Err(format!("è di tipo {type_name}, che questo portale non conosce, e contiene altri componenti"));
        }
        _ if !input => Kind::Ignored,
        _ => Kind::Leaf(Box::new(leaf(type_name, source)?)),
    })
}

/// Whether `multiple` makes an array of the values of this kind.
pub(crate) fn may_repeat(kind: &Kind) -> bool {
    let Kind::Leaf(leaf) = kind else { return false };
    !matches!(
        **leaf,
        Leaf::Files(_) | Leaf::Tags { .. } | Leaf::Boxes { .. } | Leaf::Survey { .. } | Leaf::Split | Leaf::Checkbox
    )
}

/// What the citizen reads above the component; `key` when there is nothing.
pub(crate) fn label(source: &Value, key: &str) -> String {
    let text = |name: &str| source.get(name).and_then(Value::as_str).map(plain).filter(|text| !text.is_empty());
    let panel = matches!(source.get("type").and_then(Value::as_str), Some("panel" | "fieldset"));
    let titled = if panel { text("title").or_else(|| text("legend")) } else { None };
    if panel {
        titled.unwrap_or_default()
    } else {
        text("label").or_else(|| text("placeholder")).unwrap_or_else(|| key.to_owned())
    }
}

/// Whether a default says nothing: builders write `""`, `[]`, `{}`, `false` and `null` into every component.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Where the data of a nested form come from, if they come signed from the national data platform (`pdndField`). Builders write such
/// properties into the component or into its `properties`.
fn certified(source: &Value) -> Option<Source> {
    let member = |name: &str| source.get(name).or_else(|| source.get("properties")?.get(name));
    let text = |name: &str| member(name).and_then(Value::as_str).unwrap_or_default().trim_matches('/').to_owned();
    member("pdndField").is_some_and(truthy).then(|| Source {
        eservice: text("pdndService"),
        format: text("pdndFormat"),
        config_id: text("pdndConfigId"),
    })
}

fn leaf(type_name: &str, source: &Value) -> Result<Leaf, String> {
    let values = || Options::of_values(source.get("values"));
    Ok(match type_name {
        "textfield" | "phoneNumber" => Leaf::Text(text(source)?),
        "password" => Leaf::Text(Text { secret: true, ..text(source)? }),
        "textarea" if source.get("as").and_then(Value::as_str) == Some("json") => Leaf::Free,
        "textarea" => {
            let editor = source.get("editor").and_then(Value::as_str).unwrap_or_default();
            let rich = truthy(source.get("wysiwyg").unwrap_or(&Value::Null)) || !matches!(editor, "" | "ace");
            Leaf::Text(Text { rich, lines: true, ..text(source)? })
        }
        "signature" => Leaf::Text(Text { max: MAX_SIGNATURE, secret: true, ..Text::default() }),
        "email" => Leaf::Email(text(source)?),
        "url" => Leaf::Url(text(source)?),
        "number" | "currency" => Leaf::Number { min: number(source, "min")?, max: number(source, "max")? },
        "checkbox" if source.get("inputType").and_then(Value::as_str) == Some("radio") => Leaf::Choice(Options::open()),
        "checkbox" => Leaf::Checkbox,
        "radio" if source.get("dataSrc").and_then(Value::as_str) == Some("url") => Leaf::Choice(Options::open()),
        "radio" => Leaf::Choice(values()),
        "select" => Leaf::Choice(Options::of_select(source)?),
        "resource" => Leaf::Choice(Options::open()),
        "selectboxes" => {
            let remote = source.get("dataSrc").and_then(Value::as_str) == Some("url");
            let options = if remote { Options::open() } else { values() };
            Leaf::Boxes {
                options,
                min: count(source, "minSelectedCount")?.unwrap_or(0),
                max: count(source, "maxSelectedCount")?.unwrap_or(usize::MAX),
            }
        }
        "survey" => {
            let questions = source.get("questions").and_then(Value::as_array).into_iter().flatten().filter_map(|question| {
                let value = question.get("value").and_then(Value::as_str)?;
                let label = question.get("label").and_then(Value::as_str).map_or_else(|| value.to_owned(), plain);
                Some((value.into(), label.into()))
            });
            Leaf::Survey { questions: questions.collect(), answers: values() }
        }
        "tags" => Leaf::Tags {
            separator: source.get("delimeter").and_then(Value::as_str).filter(|text| !text.is_empty()).unwrap_or(",").into(),
        },
        "datetime" | "date" => {
            let bound = |name: &str| {
                ["widget", "datePicker"]
                    .iter()
                    .find_map(|at| source.get(at)?.get(name)?.as_str().filter(|text| !text.trim().is_empty()))
            };
            let with_time = source.get("enableTime").is_none_or(truthy) && type_name == "datetime";
            Leaf::Instant { min: date_bound(bound("minDate"))?, max: date_bound(bound("maxDate"))?, with_time }
        }
        "time" => {
            let format = |name: &str, default: &str| {
                source.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).unwrap_or(default).into()
            };
            Leaf::Time { formats: [format("dataFormat", "HH:mm:ss"), format("format", "HH:mm")] }
        }
        "day" => {
            let part =
                |part: &str, name: &str| source.get("fields").and_then(|fields| fields.get(part)?.get(name)).is_some_and(truthy);
            let each = |name: &str| ["day", "month", "year"].map(|at| part(at, name));
            let format = DayFormat {
                day_first: source.get("dayFirst").is_some_and(truthy),
                shown: each("hide").map(|hidden| !hidden),
                required: each("required"),
            };
            let bound = |name: &str| source.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
            Leaf::Day { format, min: date_bound(bound("minDate"))?, max: date_bound(bound("maxDate"))? }
        }
        "file" | "sdcfile" | "sdc_upload" => Leaf::Files(FileRule::compile(source)?),
        "calendar" | "dynamic_calendar" => {
            let calendar =
                source.get("calendarId").and_then(Value::as_str).filter(|id| !id.is_empty() && type_name == "calendar");
            Leaf::Booking { calendar: calendar.map(Into::into) }
        }
        "financial_report" => Leaf::Split,
        _ => Leaf::Free,
    })
}

fn text(source: &Value) -> Result<Text, String> {
    let rule = |name: &str| source.get("validate").and_then(|rules| rules.get(name)).and_then(Value::as_str).unwrap_or_default();
    let pattern = match rule("pattern") {
        "" => None,
        pattern => Some(
            Pattern::compile(pattern)
                .map_err(|reason| format!("ha un formato (pattern) che il server non può controllare: {reason}"))?,
        ),
    };
    // Optional parts, repetitions and alternatives of a mask are left to the pattern.
    let mask = source
        .get("inputMask")
        .and_then(Value::as_str)
        .filter(|mask| !mask.is_empty() && !mask.contains(['[', '{', '(', '|', '\\']));
    Ok(Text {
        min: count(source, "minLength")?.unwrap_or(0),
        max: count(source, "maxLength")?.filter(|max| *max > 0).unwrap_or(MAX_TEXT),
        min_words: count(source, "minWords")?.unwrap_or(0),
        max_words: count(source, "maxWords")?.filter(|max| *max > 0),
        pattern,
        mask: mask.map(Into::into),
        lines: false,
        rich: false,
        secret: false,
    })
}

fn grid(source: &Value) -> Result<Grid, String> {
    let max = count(source, "maxLength")?.filter(|max| *max > 0).unwrap_or(usize::MAX);
    Ok(Grid { row: Frame::default(), min: count(source, "minLength")?.unwrap_or(0), max })
}

/// A rule that is a number, written as a number or as text; blank is none.
fn number(source: &Value, name: &str) -> Result<Option<f64>, String> {
    match source.get("validate").and_then(|rules| rules.get(name)) {
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => {
            text.trim().parse().map(Some).map_err(|_| format!("ha una regola {name} che non è un numero"))
        }
        Some(value) => value.as_f64().map(Some).ok_or_else(|| format!("ha una regola {name} che non è un numero")),
    }
}

fn count(source: &Value, name: &str) -> Result<Option<usize>, String> {
    Ok(number(source, name)?.filter(|number| *number >= 0.0).map(|number| number as usize))
}

fn date_bound(setting: Option<&str>) -> Result<Option<Bound>, String> {
    let read =
        |text: &str| Bound::parse(text).ok_or_else(|| format!("ha un limite di data che il server non sa leggere: {text}"));
    setting.map(read).transpose()
}

//! Whatever arrives, the answer is a verdict: never a panic, never a wait.

#![expect(clippy::unwrap_used, reason = "a test without its data has failed")]

use std::time::{Duration, Instant};

use forms::{Context, Form};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn contexts() -> [Context; 2] {
    let now = "2025-07-01T10:00:00+02:00".parse().unwrap();
    [Context::submit(now), Context::draft(now)]
}

fn compile(definition: &Value) -> Result<Form, forms::CompileError> {
    Form::compile(definition, &|id| forms::builtin(id).cloned())
}

/// A form with one component of every type, twice: alone and in rows.
fn everything() -> Value {
    let types = [
        "textfield",
        "textarea",
        "email",
        "url",
        "phoneNumber",
        "password",
        "number",
        "currency",
        "checkbox",
        "radio",
        "select",
        "selectboxes",
        "survey",
        "tags",
        "datetime",
        "time",
        "day",
        "file",
        "sdcfile",
        "sdc_upload",
        "calendar",
        "dynamic_calendar",
        "financial_report",
        "hidden",
        "address",
        "signature",
        "button",
        "content",
        "unheard_of",
    ];
    let options = json!([{"value": "a", "label": "A"}, {"value": "1", "label": "Uno"}]);
    let component = |(index, name): (usize, &&str)| {
        json!({"type": name, "key": format!("k{index}"), "label": format!("L{index}"), "input": true, "values": options, "data": {"values": options},
            "questions": options, "dayFirst": true, "filePattern": ".pdf", "fileMaxSize": "1KB", "multiple": index % 3 == 0,
            "validate": {"required": index % 2 == 0, "pattern": "[a-z]+", "minLength": 2, "maxLength": 5, "min": 1, "max": 3,
                "custom": "valid = !input || input !== 'x' ? true : 'no'"},
            "customConditional": "show = data.k0 !== 'hide'", "conditional": {"show": false, "when": "k8", "eq": "maybe"}})
    };
    let components: Vec<Value> = types.iter().enumerate().map(component).collect();
    json!({"title": "Tutto", "components": [
        {"type": "panel", "key": "p", "title": "P", "components": components},
        {"type": "datagrid", "key": "grid", "input": true, "components": components},
        {"type": "container", "key": "box", "input": true, "components": components},
        {"type": "form", "key": "applicant", "form": "anagrafica"}
    ]})
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(vec!["a", "hide", "x", "01/07/2025", "2025-07-01", "10:00", "é😀", ""]).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        let key = prop_oneof![
            (0..29_usize).prop_map(|n| format!("k{n}")),
            prop::sample::select(vec!["data", "grid", "box", "id", "a"]).prop_map(str::to_owned)
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Definitions that are almost right.
fn definitions() -> impl Strategy<Value = Value> {
    let names = vec![
        "type",
        "key",
        "label",
        "components",
        "columns",
        "rows",
        "form",
        "validate",
        "pattern",
        "conditional",
        "when",
        "eq",
        "show",
        "conjunction",
        "conditions",
        "component",
        "operator",
        "logic",
        "trigger",
        "actions",
        "multiple",
        "values",
        "data",
        "dataSrc",
        "json",
        "fields",
        "minDate",
        "defaultValue",
        "input",
        "hidden",
        "maxLength",
        "min",
        "custom",
        "calculateValue",
        "customConditional",
        "fileMaxSize",
    ];
    let words = vec![
        "textfield",
        "datagrid",
        "container",
        "form",
        "select",
        "columns",
        "table",
        "day",
        "panel",
        "a",
        "b.c",
        "anagrafica",
        "[a-z",
        "(?=x)y",
        "show = data.a",
        "value = (",
        "moment()",
        "isEqual",
        "all",
        "json",
        "1MB",
        "{}",
        "5",
    ];
    let leaf = prop_oneof![
        prop::sample::select(words).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-3..9_i32).prop_map(Value::from),
        Just(Value::Null),
    ];
    let tree = leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((prop::sample::select(names.clone()), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    });
    prop::collection::vec(tree, 0..4).prop_map(|components| json!({"components": components}))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_submission_gets_a_verdict(data in json_values()) {
        thread_local!(static FORM: Form = compile(&everything()).unwrap());
        FORM.with(|form| {
            for context in contexts() {
                if let Ok(submission) = form.validate(data.clone(), &context) {
                    let _ = (form.describe(&submission), submission.flat(&|_| String::new()), submission.applicant());
                    // What is clean stays clean.
                    let again = form.validate(submission.data.clone(), &context).map(|again| again.data);
                    prop_assert_eq!(again, Ok(submission.data));
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn any_definition_compiles_or_says_why(definition in definitions(), data in json_values()) {
        if let Ok(form) = compile(&definition) {
            for context in contexts() {
                let _ = form.validate(data.clone(), &context).map(|submission| form.describe(&submission));
            }
        }
    }
}

#[test]
fn forms_inside_themselves_and_bottomless_forms_are_refused() {
    let looping = |id: &str| Some(json!({"_id": id, "components": [{"type": "form", "key": "again", "form": id}]}));
    let definition = json!({"components": [{"type": "form", "key": "a", "form": "x"}]});
    assert!(Form::compile(&definition, &looping).unwrap_err().reason.contains("di cui fa parte"));
    let missing = Form::compile(&definition, &|_| None).unwrap_err();
    assert_eq!((missing.field.as_str(), missing.reason.as_str()), ("a", "usa il modulo x, che non esiste"));
    // Every form is new, and holds two others: the count stops it.
    let doubling = |id: &str| {
        Some(
            json!({"components": [{"type": "form", "key": "l", "form": format!("{id}l")}, {"type": "form", "key": "r", "form": format!("{id}r")}]}),
        )
    };
    assert!(Form::compile(&definition, &doubling).is_err());
    let mut deep = json!([{"type": "textfield", "key": "t"}]);
    for _ in 0..100 {
        deep = json!([{"type": "panel", "key": "p", "components": deep}]);
    }
    assert!(compile(&json!({"components": deep})).unwrap_err().reason.contains("livelli"));
    let wide: Vec<Value> = (0..6_000).map(|n| json!({"type": "textfield", "key": format!("k{n}")})).collect();
    assert!(compile(&json!({"components": wide})).unwrap_err().reason.contains("5000"));
}

#[test]
fn what_cannot_be_judged_is_refused_with_the_name_of_the_field() {
    for (component, reason) in [
        (json!({"validate": {"pattern": "(a)\\1"}}), "riferimenti"),
        (json!({"validate": {"custom": "valid = (input"}}), "script sbagliato"),
        (json!({"validate": {"custom": "valid = '{{ data.x }}' === input"}}), "{{ }}"),
        (json!({"conditional": {"json": {"==": [1, 1]}}}), "JSONLogic"),
        (json!({"conditional": {"conjunction": "all", "conditions": [{"component": "x", "operator": "near"}]}}), "near"),
        (
            json!({"logic": [{"trigger": {"type": "javascript", "javascript": "result = true"}, "actions": [{"type": "mergeComponentSchema"}]}]}),
            "mergeComponentSchema",
        ),
        (json!({"type": "datetime", "widget": {"minDate": "moment().startOf('week')"}}), "limite di data"),
        (json!({"type": "sdc_upload", "fileMaxSize": "tanto"}), "fileMaxSize"),
        (json!({"type": "tree"}), "tree"),
        (json!({"key": "a.b"}), "chiave"),
    ] {
        let mut whole = json!({"type": "textfield", "key": "campo", "input": true});
        whole.as_object_mut().unwrap().extend(component.as_object().unwrap().clone());
        let error = compile(&json!({"components": [{"type": "container", "key": "c", "input": true, "components": [whole]}]}))
            .unwrap_err();
        assert!(error.reason.contains(reason), "{error}");
        assert!(error.field.starts_with("c."), "{error}");
    }
}

#[test]
fn a_submission_full_of_junk_is_refused_quickly_and_briefly() {
    let form = compile(&everything()).unwrap();
    let junk: Map<String, Value> = (0..50_000).map(|n| (format!("junk{n}"), Value::from(n))).collect();
    let started = Instant::now();
    let errors = form.validate(Value::Object(junk), &contexts()[0]).unwrap_err();
    assert!(errors.len() <= 200, "{}", errors.len());
    let rows: Vec<Value> = (0..1_000).map(|_| json!({"k0": "hide"})).collect();
    assert!(form.validate(json!({"grid": rows}), &contexts()[0]).is_err());
    // Rows inside rows: little JSON, many cells.
    let columns: Vec<Value> = (0..50).map(|n| json!({"type": "textfield", "key": format!("c{n}")})).collect();
    let inner = json!({"type": "datagrid", "key": "inner", "components": columns});
    let form = compile(&json!({"components": [{"type": "datagrid", "key": "outer", "components": [inner]}]})).unwrap();
    let rows: Vec<Value> = (0..1_000).map(|_| json!({"inner": vec![json!({}); 300]})).collect();
    let errors = form.validate(json!({"outer": rows}), &contexts()[0]).unwrap_err();
    assert!(errors.iter().all(|error| error.code == "too_large"), "{errors:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

//! The cases of `tests/oracle/cases.json` against the verdicts that `@formio/core` gave on them (`tests/oracle/oracle.mjs` asks it
//! again): what Form.io refuses we refuse, in the same place and for the same reason. Where we are stricter the case says so
//! (`stricter`), and also where Form.io has a second complaint about what we refuse already (`once`).

#![expect(clippy::unwrap_used, reason = "a test without its data has failed")]

use std::collections::BTreeSet;
use std::path::Path;

use forms::{Context, Form};
use serde_json::{Map, Value};

/// Our code for Form.io's rule.
fn code(rule: &str) -> &str {
    match rule {
        "minLength" => "min_length",
        "maxLength" => "max_length",
        "minWords" => "min_words",
        "maxWords" => "max_words",
        "minSelectedCount" => "min_selected",
        "maxSelectedCount" => "max_selected",
        "minDate" => "min_date",
        "maxDate" | "maxDay" => "max_date",
        "number" | "array" | "nonarray" => "type",
        "array_nonempty" => "required",
        "email" | "url" | "pattern" | "required" | "min" | "max" | "day" | "date" | "time" | "mask" | "custom" => rule,
        other => panic!("{other} has no code of ours"),
    }
}

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Sets (or, without a value, removes) what lies at a dotted path.
fn change(data: &mut Value, change: &Value) {
    let steps: Vec<&str> = change[0].as_str().unwrap().split('.').collect();
    let (last, way) = steps.split_last().unwrap();
    let holder = way.iter().fold(data, |at, step| match step.parse::<usize>() {
        Ok(row) => &mut at[row],
        Err(_) => &mut at[*step],
    });
    match change.get(1) {
        Some(value) => holder[*last] = value.clone(),
        None => drop(holder.as_object_mut().map(|members: &mut Map<String, Value>| members.remove(*last))),
    }
}

fn pairs(list: &Value, rename: impl Fn(&str) -> String) -> BTreeSet<(String, String)> {
    let pair = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), rename(pair[1].as_str().unwrap()));
    list.as_array().into_iter().flatten().map(pair).collect()
}

#[test]
fn what_formio_refuses_we_refuse() {
    let groups = read("tests/oracle/cases.json");
    let mut differences = Vec::new();
    let mut count = 0;
    for group in groups.as_array().unwrap() {
        let name = group["form"].as_str().unwrap();
        let own = name == "rules";
        let definition = if own { read("tests/oracle/rules.json") } else { read(&format!("../demo/data/forms/{name}.json")) };
        let sample = if own { group["sample"].clone() } else { read(&format!("../demo/data/forms/{name}.sample.json")) };
        let form = Form::compile(&definition, &|id| forms::builtin(id).cloned()).unwrap();
        for case in group["cases"].as_array().unwrap() {
            let mut data = sample.clone();
            case["change"].as_array().unwrap().iter().for_each(|one| change(&mut data, one));
            let errors =
                form.validate(data, &Context::submit("2026-03-10T09:00:00+01:00".parse().unwrap())).err().unwrap_or_default();
            let ours: BTreeSet<_> = errors.into_iter().map(|error| (error.field, error.code)).collect();
            let mut theirs = pairs(&case["formio"], |rule| code(rule).to_owned());
            theirs = &theirs - &pairs(&case["once"], str::to_owned);
            theirs.extend(pairs(&case["stricter"], str::to_owned));
            count += 1;
            if ours != theirs {
                let (more, less): (Vec<_>, Vec<_>) = (ours.difference(&theirs).collect(), theirs.difference(&ours).collect());
                differences.push(format!("{name}: {}: we add {more:?}, we miss {less:?}", case["name"]));
            }
        }
    }
    assert!(count > 100 && differences.is_empty(), "{count} cases\n{}", differences.join("\n"));
}

use super::*;
use serde_json::json;

fn now() -> kernel::RomeTime {
    "2025-07-01T10:30:00+02:00".parse().unwrap()
}

fn form(components: Value) -> Form {
    Form::compile(&json!({"components": components}), &|id| crate::builtin(id).cloned()).unwrap()
}

fn submit(form: &Form, data: Value) -> Result<Value, Vec<(String, String)>> {
    let pairs = |errors: Vec<FieldError>| errors.into_iter().map(|error| (error.field, error.code)).collect();
    form.validate(data, &Context::submit(now())).map(|submission| submission.data).map_err(pairs)
}

/// What is wrong with `data`, as `pointer code` lines.
fn errors(form: &Form, data: Value) -> Vec<String> {
    submit(form, data).err().unwrap_or_default().into_iter().map(|(field, code)| format!("{field} {code}")).collect()
}

#[test]
fn unknown_members_are_refused_wherever_they_are() {
    let form = form(json!([
        {"type": "textfield", "key": "a", "input": true},
        {"type": "container", "key": "c", "input": true, "components": [{"type": "textfield", "key": "b", "input": true}]},
        {"type": "datagrid", "key": "g", "input": true, "components": [{"type": "textfield", "key": "d", "input": true}]},
        {"type": "form", "key": "n", "form": "5d5a41a4669977001b5b6177"},
        {"type": "button", "key": "send", "input": true}
    ]));
    let data = json!({"a": "1", "x/y": 1, "c": {"b": "", "z": 1}, "g": [{"d": "1"}, {"e": 1}],
        "n": {"data": {"gender": "maschio", "q": 1}, "metadata": {}, "evil": 1}, "send": true, "submit": true});
    let found = errors(&form, data);
    assert_eq!(found, ["/x~1y unknown", "/c/z unknown", "/g/1/e unknown", "/n/evil unknown", "/n/data/q unknown"]);
    let clean =
        submit(&form, json!({"a": "1", "n": {"data": {"gender": "femmina"}, "metadata": {}}, "send": true, "submit": false}));
    assert_eq!(clean, Ok(json!({"a": "1", "n": {"data": {"gender": "femmina"}}})));
}

#[test]
fn wrong_shapes_are_refused() {
    let form = form(json!([
        {"type": "container", "key": "c", "input": true, "components": [{"type": "textfield", "key": "b", "input": true}]},
        {"type": "datagrid", "key": "g", "input": true, "components": [{"type": "textfield", "key": "d", "input": true}]},
        {"type": "form", "key": "n", "components": [{"type": "textfield", "key": "d", "input": true}]},
        {"type": "textfield", "key": "m", "input": true, "multiple": true, "validate": {"minLength": 2}}
    ]));
    let found = errors(&form, json!({"c": [], "g": {"0": {}}, "n": {"data": 1}, "m": "x"}));
    assert_eq!(found, ["/c type", "/g type", "/n/data type", "/m type"]);
    assert_eq!(
        errors(&form, json!({"g": [1, {"d": 2}], "m": ["ab", "a", 3]})),
        ["/g/0 type", "/g/1/d type", "/m/1 min_length", "/m/2 type"]
    );
    assert_eq!(errors(&form, json!([])), [" type"]);
}

#[test]
fn what_is_hidden_is_neither_required_nor_kept() {
    let form = form(json!([
        {"type": "radio", "key": "kind", "input": true, "values": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]},
        {"type": "panel", "key": "p", "title": "P", "conditional": {"show": true, "when": "kind", "eq": "a"}, "components": [
            {"type": "textfield", "key": "inner", "input": true, "validate": {"required": true}},
            {"type": "textfield", "key": "kept", "input": true, "clearOnHide": false}
        ]},
        {"type": "container", "key": "c", "input": true, "customConditional": "show = data.kind === 'b'", "components": [
            {"type": "textfield", "key": "deep", "input": true, "validate": {"required": true}}
        ]},
        {"type": "textfield", "key": "veiled", "input": true, "hidden": true, "validate": {"required": true, "maxLength": 2}}
    ]));
    assert_eq!(
        submit(&form, json!({"kind": "b", "inner": "x", "kept": "y", "c": {"deep": "d"}, "veiled": "zz"})),
        Ok(json!({"kind": "b", "kept": "y", "c": {"deep": "d"}, "veiled": "zz"}))
    );
    assert_eq!(
        submit(&form, json!({"kind": "a", "inner": "x", "c": {"deep": 1, "odd": 2}})),
        Ok(json!({"kind": "a", "inner": "x"}))
    );
    assert_eq!(errors(&form, json!({"kind": "b", "c": {}})), ["/c/deep required"]);
    assert_eq!(errors(&form, json!({"kind": "a", "veiled": "zzz"})), ["/inner required", "/veiled max_length"]);
}

#[test]
fn the_fee_is_the_servers() {
    let fixed = form(json!([
        {"type": "hidden", "key": "payment_amount", "input": true, "defaultValue": "20,00"},
        {"type": "hidden", "key": "payment_description", "input": true},
        {"type": "hidden", "key": "token", "input": true}
    ]));
    for sent in [json!({}), json!({"payment_amount": "0,01"}), json!({"payment_amount": {"a": 1}, "payment_description": "x"})] {
        assert_eq!(submit(&fixed, sent), Ok(json!({"payment_amount": "20,00"})));
    }
    assert_eq!(submit(&fixed, json!({"token": "t"})), Ok(json!({"payment_amount": "20,00", "token": "t"})));

    let calculated = form(json!([
        {"type": "select", "key": "tier", "input": true, "data": {"values": [{"value": "1"}, {"value": "2"}]}},
        {"type": "hidden", "key": "payment_amount", "input": true, "calculateValue": "if (data.tier == 1) { value = '5,00'; } else if (data.tier == 2) value = 7.5;"}
    ]));
    assert_eq!(
        submit(&calculated, json!({"tier": "1", "payment_amount": "0,01"})),
        Ok(json!({"tier": "1", "payment_amount": "5,00"}))
    );
    assert_eq!(submit(&calculated, json!({"tier": "2"})), Ok(json!({"tier": "2", "payment_amount": 7.5})));
    // The script leaves `value` alone: that is the form's value, not the citizen's.
    assert_eq!(submit(&calculated, json!({"payment_amount": "0,01"})), Ok(json!({})));

    let wrong = form(json!([{"type": "hidden", "key": "payment_amount", "input": true, "calculateValue": "value = 'tanto'"}]));
    assert_eq!(errors(&wrong, json!({})), ["/payment_amount amount"]);
    let chosen = form(json!([{"type": "textfield", "key": "payment_amount", "input": true}]));
    assert_eq!(submit(&chosen, json!({"payment_amount": "12,5"})), Ok(json!({"payment_amount": "12,5"})));
}

#[test]
fn an_amount_that_cannot_be_computed_is_told_from_one_that_is_nothing() {
    let lacks = |amount: Value, data: Value| {
        let form = form(json!([{"type": "textfield", "key": "tier", "input": true}, amount]));
        form.validate(data, &Context::submit(now())).map(|submission| submission.lacks_amount)
    };
    let script = |script: &str| json!({"type": "hidden", "key": "payment_amount", "input": true, "calculateValue": script});
    for broken in ["value = data.no.such * 2", "if (data.tier == 1) value = 5", "value = Number(data.tier)", "value = ''"] {
        assert_eq!(lacks(script(broken), json!({"tier": "x"})), Ok(true), "{broken}");
    }
    for computed in ["value = 0", "value = '0,00'", "value = 7.5"] {
        assert_eq!(lacks(script(computed), json!({"tier": "x"})), Ok(false), "{computed}");
    }
    let mut hidden = script("value = data.no.such");
    hidden["customConditional"] = "show = data.tier != 'x'".into();
    assert_eq!(lacks(hidden, json!({"tier": "x"})), Ok(false), "nothing is asked of whom it is hidden from");
    let chosen = json!({"type": "textfield", "key": "payment_amount", "input": true});
    assert_eq!(lacks(chosen, json!({"tier": "x"})), Ok(false));
}

#[test]
fn calculations_run_in_the_engine_too_and_may_be_overridden_when_the_form_says_so() {
    let form = form(json!([
        {"type": "textfield", "key": "code", "input": true, "calculateValue": "value = value ? value.toUpperCase() : value", "validate": {"pattern": "[A-Z]+"}},
        {"type": "number", "key": "n", "input": true, "calculateValue": "value = _.sumBy(data.rows, 'q')", "allowCalculateOverride": true},
        {"type": "datagrid", "key": "rows", "input": true, "components": [
            {"type": "number", "key": "q", "input": true},
            {"type": "number", "key": "twice", "input": true, "calculateValue": "value = row.q * 2 + rowIndex"}
        ]},
        {"type": "textfield", "key": "broken", "input": true, "calculateValue": "value = data.no.such"}
    ]));
    let clean = submit(&form, json!({"code": "abc", "rows": [{"q": 1, "twice": 99}, {"q": 2}], "broken": "mine"}));
    assert_eq!(clean, Ok(json!({"code": "ABC", "n": 3, "rows": [{"q": 1, "twice": 2}, {"q": 2, "twice": 5}]})));
    assert_eq!(submit(&form, json!({"n": 7})), Ok(json!({"n": 7})));
    assert_eq!(errors(&form, json!({"code": "1"})), ["/code pattern"]);
}

#[test]
fn conditions_find_their_components_by_path_row_and_nearest_form() {
    let form = form(json!([
        {"type": "checkbox", "key": "flag", "input": true},
        {"type": "datagrid", "key": "g", "input": true, "components": [
            {"type": "textfield", "key": "t", "input": true},
            {"type": "textfield", "key": "u", "input": true, "conditional": {"show": true, "when": "g.t", "eq": "x"}},
            {"type": "textfield", "key": "v", "input": true, "conditional": {"show": true, "when": "flag", "eq": "true"}}
        ]},
        {"type": "textfield", "key": "any", "input": true, "conditional": {"show": true, "conjunction": "any", "conditions": [
            {"component": "g.t", "operator": "isEqual", "value": "x"}]}},
        {"type": "selectboxes", "key": "boxes", "input": true, "values": [{"value": "a"}, {"value": "b"}]},
        {"type": "textfield", "key": "w", "input": true, "conditional": {"show": true, "when": "boxes.a", "eq": "true"}},
        {"type": "form", "key": "home", "components": [
            {"type": "textfield", "key": "flag", "input": true},
            {"type": "textfield", "key": "z", "input": true, "conditional": {"show": true, "when": "flag", "eq": "true"}}
        ]}
    ]));
    let data = json!({"flag": true, "g": [{"t": "x", "u": "1", "v": "1"}, {"t": "y", "u": "2"}], "any": "1",
        "boxes": {"a": true, "b": false}, "w": "1", "home": {"data": {"flag": "no", "z": "1"}}});
    let expected = json!({"flag": true, "g": [{"t": "x", "u": "1", "v": "1"}, {"t": "y"}], "any": "1",
        "boxes": {"a": true, "b": false}, "w": "1", "home": {"data": {"flag": "no"}}});
    assert_eq!(submit(&form, data), Ok(expected));
    let other = json!({"flag": false, "g": [{"t": "y", "v": "1"}], "any": "1", "w": "1"});
    assert_eq!(submit(&form, other), Ok(json!({"flag": false, "g": [{"t": "y"}]})));
}

#[test]
fn hiding_one_hides_the_next_even_when_it_comes_earlier() {
    let form = form(json!([
        {"type": "textfield", "key": "third", "input": true, "conditional": {"show": true, "when": "second", "eq": "x"}},
        {"type": "textfield", "key": "second", "input": true, "conditional": {"show": true, "when": "first", "eq": "x"}},
        {"type": "textfield", "key": "first", "input": true}
    ]));
    assert_eq!(
        submit(&form, json!({"first": "x", "second": "x", "third": "3"})),
        Ok(json!({"first": "x", "second": "x", "third": "3"}))
    );
    assert_eq!(submit(&form, json!({"first": "y", "second": "x", "third": "3"})), Ok(json!({"first": "y"})));
    // Two that show each other in turn end somewhere.
    let loops = self::form(json!([
        {"type": "textfield", "key": "a", "input": true, "customConditional": "show = !data.b"},
        {"type": "textfield", "key": "b", "input": true, "customConditional": "show = !!data.a"}
    ]));
    assert!(submit(&loops, json!({"a": "1", "b": "2"})).is_ok());
}

#[test]
fn twins_share_one_value() {
    let form = form(json!([
        {"type": "checkbox", "key": "short", "input": true},
        {"type": "panel", "key": "p", "conditional": {"show": true, "when": "short", "eq": "true"}, "components": [
            {"type": "textfield", "key": "name", "input": true, "validate": {"maxLength": 3}}]},
        {"type": "panel", "key": "q", "conditional": {"show": false, "when": "short", "eq": "true"}, "components": [
            {"type": "textfield", "key": "name", "input": true}]},
        {"type": "textfield", "key": "after", "input": true, "conditional": {"show": true, "when": "name", "eq": "long"}}
    ]));
    assert_eq!(submit(&form, json!({"name": "long", "after": "1"})), Ok(json!({"name": "long", "after": "1"})));
    assert_eq!(errors(&form, json!({"short": true, "name": "long"})), ["/name max_length"]);
}

#[test]
fn logic_hides_requires_and_sets() {
    let form = form(json!([
        {"type": "textfield", "key": "a", "input": true},
        {"type": "textfield", "key": "b", "input": true, "logic": [
            {"trigger": {"type": "simple", "simple": {"show": true, "when": "a", "eq": "hide"}}, "actions": [
                {"type": "property", "property": {"value": "hidden", "type": "boolean"}, "state": true}]},
            {"trigger": {"type": "javascript", "javascript": "result = data.a === 'must'"}, "actions": [
                {"type": "property", "property": {"value": "validate.required", "type": "boolean"}, "state": true},
                {"type": "property", "property": {"value": "label", "type": "string"}, "text": "Altro"}]},
            {"trigger": {"type": "javascript", "javascript": "result = data.a === 'set'"}, "actions": [
                {"type": "value", "value": "value = data.a + '!'"}]}]}
    ]));
    assert_eq!(submit(&form, json!({"a": "hide", "b": "x"})), Ok(json!({"a": "hide"})));
    assert_eq!(errors(&form, json!({"a": "must"})), ["/b required"]);
    assert_eq!(submit(&form, json!({"a": "set", "b": "x"})), Ok(json!({"a": "set", "b": "set!"})));
}

#[test]
fn the_forms_own_rules_and_words() {
    let form = form(json!([
        {"type": "textfield", "key": "a", "label": "Primo", "input": true, "validate": {"required": true, "custom": "valid = input !== 'no' ? true : 'Così non va.'"}},
        {"type": "textfield", "key": "b", "label": "<b>Secondo</b>", "input": true, "validate": {"custom": "valid = input.trim().length > 2"}},
        {"type": "textfield", "key": "c", "label": "Terzo", "input": true, "validate": {"pattern": "[0-9]+", "patternMessage": "{{ field }}: solo cifre."}},
        {"type": "textfield", "key": "d", "label": "Quarto", "input": true, "validate": {"custom": "valid = data.no.such"}}
    ]));
    let messages = |data: Value| -> Vec<String> {
        form.validate(data, &Context::submit(now())).err().unwrap_or_default().into_iter().map(|error| error.message).collect()
    };
    assert_eq!(messages(json!({})), ["Il campo \"Primo\" è obbligatorio: compilarlo."]);
    assert_eq!(
        messages(json!({"a": "no", "b": "xy", "c": "y", "d": "z"})),
        [
            "Così non va.",
            "Il campo \"Secondo\" non è valido: controllarlo.",
            "Terzo: solo cifre.",
            "Il campo \"Quarto\" non può essere controllato per un errore del modulo: segnalarlo all'ente che offre il servizio.",
        ]
    );
}

#[test]
fn a_draft_may_be_incomplete_but_not_wrong() {
    let form = form(json!([
        {"type": "textfield", "key": "a", "input": true, "validate": {"required": true, "minLength": 5, "maxLength": 6, "custom": "valid = false"}},
        {"type": "checkbox", "key": "privacy", "input": true, "validate": {"required": true}}
    ]));
    let check = |data: Value| form.validate(data, &Context::draft(now()));
    assert!(check(json!({"a": "x", "privacy": false})).is_ok());
    assert_eq!(check(json!({"a": "xxxxxxx", "q": 1})).unwrap_err().len(), 2);
}

#[test]
fn files_and_bookings_are_handed_to_the_caller() {
    let form = form(json!([
        {"type": "sdc_upload", "key": "docs", "input": true, "multiple": true, "filePattern": ".pdf", "fileMaxSize": "1MB", "check_signature": true},
        {"type": "sdcfile", "key": "one", "input": true, "validate": {"required": true}},
        {"type": "calendar", "key": "slot", "input": true, "calendarId": "cal"}
    ]));
    let file = |id: &str, name: &str| json!({"id": id, "originalName": name, "name": name, "size": 10});
    let data = json!({"docs": [file("a1", "a.pdf"), file("a2", "b.PDF")], "one": [file("a3", "c.txt")], "slot": "01/07/2025 @ 09:00-09:30 (cal#m#o)"});
    let done = form.validate(data, &Context::submit(now())).unwrap();
    let files: Vec<_> =
        done.files.iter().map(|file| (file.field.as_str(), file.key.as_str(), file.id.as_str(), file.check_signature)).collect();
    assert_eq!(files, [("/docs/0", "docs", "a1", true), ("/docs/1", "docs", "a2", true), ("/one/0", "one", "a3", false)]);
    assert_eq!(done.bookings[0].meeting, "m");
    let bad = json!({"docs": [file("a1", "a.exe"), {"id": 1}], "one": [file("x", "x"), file("y", "y")], "slot": "01/07/2025 @ 09:00-09:30 (other#m#o)"});
    assert_eq!(errors(&form, bad), ["/docs/0 file_type", "/docs/1 file", "/one max_files", "/slot booking"]);
    assert_eq!(errors(&form, json!({"docs": {}, "one": []})), ["/docs type", "/one required"]);
}

#[test]
fn rows_are_counted() {
    let form = form(
        json!([{"type": "datagrid", "key": "g", "input": true, "validate": {"required": true, "minLength": 2, "maxLength": 3},
        "components": [{"type": "textfield", "key": "a", "input": true}]}]),
    );
    assert_eq!(errors(&form, json!({"g": [{"a": "1"}]})), ["/g min_rows"]);
    assert_eq!(errors(&form, json!({"g": [{"a": ""}, {}]})), ["/g required"]);
    assert_eq!(errors(&form, json!({"g": [{"a": "1"}, {}, {}, {}]})), ["/g max_rows"]);
    assert_eq!(errors(&form, json!({"g": [{"a": "1"}, {}]})), Vec::<String>::new());
}

#[test]
fn certified_data_keep_their_signature() {
    let nested = json!([{"type": "textfield", "key": "isee", "input": true}]);
    let form = form(json!([
        {"type": "form", "key": "signed", "pdndField": true, "components": nested},
        {"type": "form", "key": "plain", "components": nested}
    ]));
    let value = json!({"data": {"isee": "1"}, "meta": {"signature": "s"}});
    assert_eq!(submit(&form, json!({"signed": value})), Ok(json!({"signed": value})));
    assert_eq!(errors(&form, json!({"plain": value})), ["/plain/meta unknown"]);
}

#[test]
fn a_script_without_end_is_an_error_of_the_form() {
    for member in ["customConditional", "calculateValue"] {
        let form = form(
            json!([{"type": "textfield", "key": "a", "input": true, member: "while (true) {}"}, {"type": "textfield", "key": "b", "input": true, "validate": {"required": true}}]),
        );
        assert_eq!(errors(&form, json!({"a": "x"})), ["/b required", "/a script"], "{member}");
    }
    let form = form(json!([{"type": "textfield", "key": "a", "input": true, "validate": {"custom": "for (;;) {}"}}]));
    assert_eq!(errors(&form, json!({"a": "x"})), ["/a script"]);
}

#[test]
fn transient_answers_decide_but_are_not_kept() {
    let form = form(json!([
        {"type": "checkbox", "key": "more", "input": true, "persistent": "client-only"},
        {"type": "textfield", "key": "a", "input": true, "conditional": {"show": true, "when": "more", "eq": "true"}}
    ]));
    assert_eq!(submit(&form, json!({"more": true, "a": "1"})), Ok(json!({"a": "1"})));
    assert_eq!(submit(&form, json!({"more": false, "a": "1"})), Ok(json!({})));
}

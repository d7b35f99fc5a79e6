//! The second half of a validation: every answer is judged, and the submission is cleaned of what has no place in it.

use kernel::FieldError;
use kernel::jiff::civil::DateTime;
use serde_json::{Map, Value};

use crate::booking::Booking;
use crate::check;
use crate::decide::Decision;
use crate::files::{FileRule, UploadedFile};
use crate::model::{Component, Frame, Grid, Kind, Leaf, Step, pointer};
use crate::script::Failure;
use crate::sheet::{Around, Cell, Sheet, View};
use crate::submission::Submission;
use crate::text::Refusal;
use crate::{Context, Form};

/// Errors of one answer to the citizen; a hostile submission could have many more.
const MAX_ERRORS: usize = 200;

/// What the browser's renderer puts beside the `data` of a nested form.
const BESIDE_DATA: [&str; 12] =
    ["metadata", "state", "_id", "form", "owner", "roles", "access", "created", "modified", "_vid", "_fvid", "project"];

impl Form {
    /// Judges the `data` object of a Form.io submission and gives it back clean: values of hidden components dropped, calculated and
    /// fixed ones put in the server's version, nothing left that the form does not know.
    ///
    /// # Errors
    /// Everything that is wrong, at once (up to 200 entries), with JSON Pointers into `data`, codes for programs and Italian
    /// sentences for people.
    pub fn validate(&self, mut data: Value, context: &Context) -> Result<Submission, Vec<FieldError>> {
        let Some(object) = data.as_object() else {
            return Err(vec![FieldError::new("", "type", "I dati del modulo devono essere un oggetto JSON.")]);
        };
        let mut sheet = Sheet::spread(&self.root, object);
        let decision = Decision::make(self, &data, context.now, &mut sheet);
        let knows_submit = self.root.components.iter().any(|component| component.scope.is_none() && &*component.key == "submit");
        let (draft, now) = (context.draft, context.now.civil());
        let mut judge = Judge {
            decision,
            draft,
            now,
            knows_submit,
            errors: Vec::new(),
            edits: Vec::new(),
            files: Vec::new(),
            bookings: Vec::new(),
        };
        judge.frame(&self.root, &sheet, None);
        let Judge { decision, mut errors, edits, files, bookings, .. } = judge;
        errors.extend(decision.exhausted().cloned());
        drop(decision);
        if !errors.is_empty() {
            errors.truncate(MAX_ERRORS);
            return Err(errors);
        }
        let computes_amount = self.root.components.iter().zip(&sheet.cells).any(|(component, cell)| {
            component.is_amount && component.scope.is_none() && component.is_computed() && !cell.gone && !cell.wiped
        });
        // The steps borrow from the submission that they change.
        let owned = |(steps, value): (Vec<Step<'_>>, _)| (steps.into_iter().map(Step::into_owned).collect::<Vec<_>>(), value);
        let edits: Vec<_> = edits.into_iter().map(owned).collect();
        for (steps, value) in edits {
            apply(&mut data, &steps, value);
        }
        let lacks_amount = computes_amount && data.get("payment_amount").and_then(crate::amount).is_none();
        Ok(Submission { data, files, bookings, lacks_amount })
    }
}

struct Judge<'a> {
    decision: Decision<'a>,
    /// A draft: what is missing may still come.
    draft: bool,
    /// What the clocks of Rome show.
    now: DateTime,
    /// The form has a component of its own named `submit`.
    knows_submit: bool,
    errors: Vec<FieldError>,
    /// What to set (or, with `None`, to remove) in the submission.
    edits: Vec<(Vec<Step<'a>>, Option<Value>)>,
    files: Vec<UploadedFile>,
    bookings: Vec<Booking>,
}

impl<'a> Judge<'a> {
    fn frame(&mut self, frame: &'a Frame, sheet: &Sheet<'a>, around: Option<Around<'_, 'a>>) {
        let view = View { frame, cells: &sheet.cells, around };
        if let Some(object) = sheet.object {
            // The button of the browser's renderer, whether the form shows one or the page does.
            let button = around.is_none() && !self.knows_submit && object.get("submit").is_some_and(Value::is_boolean);
            if button {
                self.edits.push((vec![Step::Key("submit".into())], None));
            }
            if sheet.seen + usize::from(button) != object.len() {
                self.strangers(&view, None, object);
            }
        }
        let mut index = 0;
        while let Some(component) = frame.components.get(index) {
            let cell = &sheet.cells[index];
            let is_wiped = cell.wiped && !matches!(component.kind, Kind::Layout { .. });
            if is_wiped {
                self.drop_value(&view, index, component, cell);
                index = component.end;
                continue;
            }
            match &component.kind {
                Kind::Layout { .. } => {}
                Kind::Ignored => self.drop_value(&view, index, component, cell),
                Kind::Container | Kind::Nested { .. } => self.object(&view, index, component, cell),
                Kind::Grid(grid) => self.grid(&view, index, component, cell, grid),
                Kind::Leaf(leaf) => self.leaf(&view, index, component, cell, leaf),
            }
            index += 1;
        }
    }

    fn refuse(&mut self, view: &View<'_, 'a>, index: usize, more: &[Step<'a>], refusal: &Refusal) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        let mut steps = view.steps_to(index);
        steps.extend_from_slice(more);
        let component = &view.frame.components[index];
        let own = component.messages.as_deref().and_then(|messages| {
            let by_rule = messages.by_rule.iter().find(|(rule, _)| **rule == *refusal.rule()).map(|(_, message)| message);
            by_rule.or(messages.any.as_ref())
        });
        let own = own.map(|own| own.replace("{{field}}", &component.label).replace("{{ field }}", &component.label));
        let message = match own.filter(|own| !own.contains("{{")) {
            Some(message) if *refusal != Refusal::Script => message,
            _ => refusal.sentence(&component.label),
        };
        self.errors.push(FieldError::new(pointer(&steps), refusal.code(), message));
    }

    /// Reports the members of an object that belong to no component.
    fn strangers(&mut self, view: &View<'_, 'a>, scope: Option<usize>, object: &'a Map<String, Value>) {
        let own = |key: &str| {
            let mut inside = view.frame.components.iter().filter(|component| component.scope == scope);
            inside.any(|component| *component.key == *key && !matches!(component.kind, Kind::Layout { .. }))
        };
        for (key, value) in object.iter().filter(|(key, _)| !own(key)) {
            let mut steps = view.steps_to_frame();
            if let Some(scope) = scope {
                view.frame.steps_into(scope, &mut steps);
            }
            steps.push(Step::Key(key.clone().into()));
            if steps.len() == 1 && key == "submit" && value.is_boolean() {
                continue;
            }
            if self.errors.len() >= MAX_ERRORS {
                return;
            }
            let shown: String = key.chars().take(64).collect();
            let message = format!("Il campo \"{shown}\" non fa parte di questo modulo: toglierlo.");
            self.errors.push(FieldError::new(pointer(&steps), "unknown", message));
        }
    }

    /// Removes what the citizen sent for a component that keeps nothing, unless a twin keeps it.
    fn drop_value(&mut self, view: &View<'_, 'a>, index: usize, component: &Component, cell: &Cell<'a>) {
        let kept = |twin: &usize| {
            let twin_cell = &view.cells[*twin];
            match view.frame.components[*twin].kind {
                Kind::Container | Kind::Nested { .. } | Kind::Grid(_) => !twin_cell.wiped,
                _ => twin_cell.value.get().is_some(),
            }
        };
        if cell.raw.is_some() && !component.twins.iter().any(kept) {
            self.edits.push((view.steps_to(index), None));
        }
    }

    fn object(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, cell: &Cell<'a>) {
        let nested = match component.kind {
            Kind::Nested { ref certified } => Some(certified.is_some()),
            _ => None,
        };
        match cell.raw {
            None | Some(Value::Null) => {}
            Some(Value::Object(members)) => {
                if let Some(meta) = nested {
                    if members.get("data").is_some_and(|data| !data.is_object() && !data.is_null()) {
                        self.refuse(view, index, &[Step::Key("data".into())], &Refusal::Type("un gruppo di risposte"));
                    }
                    self.beside(view, index, members, meta);
                }
            }
            Some(_) => self.refuse(view, index, &[], &Refusal::Type("un gruppo di risposte")),
        }
        if let Some(object) = cell.object
            && cell.seen != object.len()
        {
            self.strangers(view, Some(index), object);
        }
        if self.must(component, cell) && check::is_missing(component, cell.raw) {
            self.refuse(view, index, &[], &Refusal::Required);
        }
    }

    /// What lies beside the `data` of a nested form: signed metadata are kept where the form expects them, the renderer's own notes
    /// are dropped, anything else is refused.
    fn beside(&mut self, view: &View<'_, 'a>, index: usize, members: &'a Map<String, Value>, meta: bool) {
        for key in members.keys().filter(|key| *key != "data" && !(meta && *key == "meta")) {
            let step = Step::Key(key.clone().into());
            if BESIDE_DATA.contains(&key.as_str()) {
                let mut steps = view.steps_to(index);
                steps.push(step);
                self.edits.push((steps, None));
            } else if self.errors.len() < MAX_ERRORS {
                let mut steps = view.steps_to(index);
                steps.push(step);
                let shown: String = key.chars().take(64).collect();
                let message = format!("Il campo \"{shown}\" non fa parte di questo modulo: toglierlo.");
                self.errors.push(FieldError::new(pointer(&steps), "unknown", message));
            }
        }
    }

    fn grid(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, cell: &Cell<'a>, grid: &'a Grid) {
        if cell.value.get().is_none() && cell.raw.is_some() {
            return self.drop_value(view, index, component, cell);
        }
        let rows = match cell.raw {
            None | Some(Value::Null) => 0,
            Some(Value::Array(rows)) => rows.len(),
            Some(Value::String(text)) if text.is_empty() => 0,
            Some(_) => return self.refuse(view, index, &[], &Refusal::Type("un elenco di righe")),
        };
        if rows > grid.max {
            return self.refuse(view, index, &[], &Refusal::MaxRows(grid.max));
        }
        if rows > cell.rows.len() {
            return self.refuse(view, index, &[], &Refusal::TooLarge);
        }
        if self.must(component, cell) && check::is_missing(component, cell.raw) {
            self.refuse(view, index, &[], &Refusal::Required);
        } else if rows < grid.min && rows > 0 && self.judges(component, cell) {
            self.refuse(view, index, &[], &Refusal::MinRows(grid.min));
        }
        for (row, inner) in cell.rows.iter().enumerate() {
            if inner.object.is_none() {
                self.refuse(view, index, &[Step::Row(row)], &Refusal::Type("una riga"));
                continue;
            }
            self.frame(&grid.row, inner, Some(Around { view, grid: index, row }));
        }
        self.custom(view, index, component, cell);
    }

    fn leaf(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, cell: &Cell<'a>, leaf: &'a Leaf) {
        let value = cell.value.get();
        let missing = check::is_missing(component, value);
        if missing {
            // `false` and `""` are of the right type or refused like any other answer.
            if let Some(value) = value.filter(|value| !is_nothing(value)) {
                self.answers(view, index, component, leaf, value, false);
            }
            if self.must(component, cell) {
                let unchecked = matches!(leaf, Leaf::Checkbox);
                let survey = matches!(leaf, Leaf::Survey { .. });
                let refusal = if unchecked {
                    Refusal::Unchecked
                } else if survey {
                    Refusal::Survey
                } else {
                    Refusal::Required
                };
                self.refuse(view, index, &[], &refusal);
            }
        } else if let Some(value) = value {
            // The form's own values are as the form wants them.
            if component.own.is_none() || matches!(leaf, Leaf::Split) {
                self.answers(view, index, component, leaf, value, !self.draft);
            }
            if component.is_amount && crate::amount(value).is_none() {
                self.refuse(view, index, &[], &Refusal::Amount);
            }
            if let (Leaf::Survey { questions, .. }, true) = (leaf, self.must(component, cell))
                && questions.iter().any(|(question, _)| check::is_blank(value.get(&**question)))
            {
                self.refuse(view, index, &[], &Refusal::Survey);
            }
        }
        self.custom(view, index, component, cell);
        self.settle(view, index, component, cell);
    }

    /// Checks an answer, or each of several.
    fn answers(
        &mut self,
        view: &View<'_, 'a>,
        index: usize,
        component: &'a Component,
        leaf: &'a Leaf,
        value: &Value,
        complete: bool,
    ) {
        match leaf {
            Leaf::Files(rule) => return self.uploads(view, index, component, rule, value),
            Leaf::Booking { calendar } if !component.multiple => {
                return self.booking(view, index, calendar.as_deref(), value, None);
            }
            _ => {}
        }
        let now = self.now;
        if !component.multiple {
            return check::answer(leaf, value, now, complete, &mut |refusal| self.refuse(view, index, &[], &refusal));
        }
        let Some(items) = value.as_array() else {
            return self.refuse(view, index, &[], &Refusal::Type("un elenco di risposte"));
        };
        for (item, value) in items.iter().enumerate().filter(|(_, value)| !is_nothing(value)) {
            match leaf {
                Leaf::Booking { calendar } => self.booking(view, index, calendar.as_deref(), value, Some(item)),
                _ => check::answer(leaf, value, now, complete, &mut |refusal| {
                    self.refuse(view, index, &[Step::Row(item)], &refusal)
                }),
            }
        }
    }

    fn uploads(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, rule: &FileRule, value: &Value) {
        let Some(files) = value.as_array() else {
            return self.refuse(view, index, &[], &Refusal::Type("un elenco di documenti caricati"));
        };
        if files.len() > 1 && !rule.many {
            return self.refuse(view, index, &[], &Refusal::OneFile);
        }
        for (place, file) in files.iter().enumerate() {
            let mut steps = view.steps_to(index);
            steps.push(Step::Row(place));
            match rule.check(file, pointer(&steps), &component.key) {
                Ok(file) => self.files.push(file),
                Err((code, expected)) => self.refuse(view, index, &[Step::Row(place)], &Refusal::Files(code, expected)),
            }
        }
    }

    fn booking(&mut self, view: &View<'_, 'a>, index: usize, calendar: Option<&str>, value: &Value, place: Option<usize>) {
        let mut steps = view.steps_to(index);
        steps.extend(place.map(Step::Row));
        let booking = value.as_str().and_then(|text| Booking::parse(text, pointer(&steps)));
        match booking.filter(|booking| calendar.is_none_or(|calendar| booking.calendar == calendar)) {
            Some(booking) => self.bookings.push(booking),
            None => self.refuse(view, index, &place.map(Step::Row).into_iter().collect::<Vec<_>>(), &Refusal::Booking),
        }
    }

    /// Asks the form's own rule. It may answer `false` or with a sentence.
    fn custom(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, cell: &Cell<'a>) {
        let Some(script) = component.custom.as_ref().filter(|_| self.judges(component, cell)) else { return };
        let value = cell.value.get();
        match self.decision.run(view, index, script, None, value, None) {
            Ok(None | Some(Value::Null | Value::Bool(true))) => {}
            Ok(Some(Value::String(message))) if !message.is_empty() => {
                let message: String = message.chars().take(500).collect();
                self.refuse(view, index, &[], &Refusal::Custom(Some(message)));
            }
            Ok(Some(_)) => self.refuse(view, index, &[], &Refusal::Custom(None)),
            // Rules are often written for answers that are there: without one, an exception says nothing. With one, it does not
            // let the answer pass.
            Err(Failure::Threw) if check::is_missing(component, value) => {}
            Err(Failure::Threw) => self.refuse(view, index, &[], &Refusal::Script),
            Err(Failure::Exhausted) => {}
        }
    }

    /// Brings the decided value into the submission.
    fn settle(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, cell: &Cell<'a>) {
        match cell.value.get() {
            Some(value) if !component.transient => {
                if cell.raw != Some(value) {
                    self.edits.push((view.steps_to(index), Some(value.clone())));
                }
            }
            _ => self.drop_value(view, index, component, cell),
        }
    }

    /// Whether the form's rules of completeness apply to a component.
    fn judges(&self, component: &Component, cell: &Cell<'_>) -> bool {
        !self.draft && (component.validate_when_hidden || !(cell.gone || cell.veiled))
    }

    fn must(&self, component: &Component, cell: &Cell<'_>) -> bool {
        cell.required && self.judges(component, cell)
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() && text.len() <= 64,
        _ => false,
    }
}

/// Sets or removes the value at `steps`, making the objects on the way to one that is set.
fn apply(data: &mut Value, steps: &[Step<'_>], value: Option<Value>) {
    let mut at = data;
    for (place, step) in steps.iter().enumerate() {
        let is_last = place + 1 == steps.len();
        let next = match (step, &value) {
            (Step::Row(row), _) => at.get_mut(row),
            (Step::Key(key), None) if is_last => {
                if let Some(members) = at.as_object_mut() {
                    members.remove(&**key);
                }
                return;
            }
            (Step::Key(key), None) => at.get_mut(&**key),
            (Step::Key(key), Some(_)) => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                at.as_object_mut().map(|members| members.entry(key.to_string()).or_insert(Value::Null))
            }
        };
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
    if let Some(value) = value {
        *at = value;
    }
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;

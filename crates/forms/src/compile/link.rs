//! The second half of a compilation: conditions, logic and scripts, now that every component is known.

use serde_json::Value;

use super::names::Names;
use super::{CompileError, Draft, MAX_SCRIPT, script_text, truthy};
use crate::condition::{Condition, Operator, Test};
use crate::model::{Action, Frame, Logic, Reference};
use crate::script::{Engine, Libraries, Script};

/// A form's components with all their references.
pub(super) struct Linked {
    pub(super) root: Frame,
    /// Every decision depends only on components that come earlier: one pass decides them all.
    pub(super) settled: bool,
    /// Some script may need the engine.
    pub(super) scripted: bool,
    pub(super) libraries: Libraries,
}

struct Linker<'l> {
    names: &'l Names,
    frames: usize,
    engine: Option<Engine>,
    about: &'l Value,
    settled: bool,
    libraries: Libraries,
}

/// One component while it is linked: its frame and index, those of the grids around it, and its definition.
struct Here<'h> {
    frame: usize,
    index: usize,
    /// Index of the component in its frame, then of the grid around it in the frame around it, and so on.
    order: &'h [usize],
    path: &'h str,
    source: &'h Value,
}

/// Resolves everything in `draft`. The error names the component that has a wrong condition or script.
pub(super) fn link(mut draft: Draft, libraries: Libraries, about: &Value) -> Result<Linked, CompileError> {
    let names = Names::of(&draft);
    let mut linker = Linker { names: &names, frames: 0, engine: None, about, settled: true, libraries };
    linker.frame(&mut draft, &mut Vec::new())?;
    let Linker { engine, settled, libraries, .. } = linker;
    Ok(Linked { root: draft.into_frame(), settled, scripted: engine.is_some(), libraries })
}

impl Linker<'_> {
    fn frame(&mut self, draft: &mut Draft, around: &mut Vec<usize>) -> Result<(), CompileError> {
        let frame = self.frames;
        self.frames += 1;
        for index in 0..draft.components.len() {
            around.insert(0, index);
            let here = Here { frame, index, order: around, path: self.names.path(frame, index), source: &draft.sources[index] };
            let component = &mut draft.components[index];
            component.conditions = self.conditions(&here)?;
            component.logic = self.logic(&here)?;
            component.calculate = self.script(&here, script_text(here.source, "calculateValue"), "value")?;
            if component.own.as_ref().is_some_and(Option::is_none) {
                component.preset = self.script(&here, script_text(here.source, "customDefaultValue"), "value")?;
            }
            let custom = here.source.get("validate").map_or("", |rules| script_text(rules, "custom"));
            if custom.contains("{{") {
                return Err(error(&here, "ha una regola che inserisce i dati nel codice con {{ }}: usare la variabile data"));
            }
            // What a rule sees does not change what is shown: it may look anywhere.
            let settled = self.settled;
            component.custom = self.script(&here, custom, "valid")?;
            self.settled = settled;
            if here.source.get("calculateValue").is_some_and(Value::is_object) {
                return Err(error(&here, "usa JSONLogic, che questo portale non gestisce"));
            }
            if let Some(mut row) = draft.rows[index].take() {
                self.frame(&mut row, around)?;
                draft.rows[index] = Some(row);
            }
            around.remove(0);
        }
        Ok(())
    }

    fn conditions(&mut self, here: &Here<'_>) -> Result<Vec<Condition>, CompileError> {
        let mut conditions = Vec::new();
        if let Some(conditional) = here.source.get("conditional") {
            conditions.extend(self.simple(here, conditional)?);
        }
        let custom = script_text(here.source, "customConditional");
        conditions.extend(self.script(here, custom, "show")?.map(Condition::Script));
        Ok(conditions)
    }

    /// `conditional` of a component, or `trigger.simple` of its logic.
    fn simple(&mut self, here: &Here<'_>, conditional: &Value) -> Result<Option<Condition>, CompileError> {
        if conditional.get("json").is_some_and(|json| json.is_object() || json.as_str().is_some_and(|text| !text.is_empty())) {
            return Err(error(here, "usa JSONLogic, che questo portale non gestisce"));
        }
        let text = |name: &str| conditional.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let (Some(_), Some(list)) = (text("conjunction"), conditional.get("conditions").and_then(Value::as_array)) {
            let tests = list.iter().filter_map(|entry| self.test(here, entry).transpose()).collect::<Result<Vec<_>, _>>()?;
            let show = conditional.get("show").is_none_or(|show| match show {
                Value::String(text) => text != "false" && !text.is_empty(),
                show => *show == true || show.as_f64().is_some_and(|number| number != 0.0),
            });
            return Ok((!list.is_empty()).then_some(Condition::Simple { tests, any: text("conjunction") == Some("any"), show }));
        }
        let Some(when) = text("when") else { return Ok(None) };
        let source = self.find(here, when);
        let equals = crate::js::text_of(conditional.get("eq")).into_owned().into();
        Ok(Some(Condition::Legacy { source, equals, show: conditional.get("show").is_some_and(truthy) }))
    }

    fn test(&mut self, here: &Here<'_>, entry: &Value) -> Result<Option<Test>, CompileError> {
        let Some(name) = entry.get("component").and_then(Value::as_str).filter(|name| !name.is_empty()) else { return Ok(None) };
        let operator = entry.get("operator").and_then(Value::as_str).unwrap_or_default();
        let operator = Operator::named(operator)
            .ok_or_else(|| error(here, &format!("ha una condizione con l'operatore sconosciuto {operator}")))?;
        let found = self.names.find(name, here.frame, here.index);
        let about = found.as_ref().map_or(crate::condition::About::Other, |(_, about)| *about);
        let source = self.find(here, name);
        Ok(Some(Test { source, operator, expected: entry.get("value").cloned().unwrap_or(Value::Null), about }))
    }

    fn find(&mut self, here: &Here<'_>, name: &str) -> Option<Reference> {
        let (reference, _) = self.names.find(name, here.frame, here.index)?;
        self.settled &= comes_before(&reference, here.order);
        Some(reference)
    }

    fn logic(&mut self, here: &Here<'_>) -> Result<Vec<Logic>, CompileError> {
        let mut logic = Vec::new();
        for entry in here.source.get("logic").and_then(Value::as_array).into_iter().flatten() {
            let Some(trigger) = entry.get("trigger") else { continue };
            let trigger = match trigger.get("type").and_then(Value::as_str).unwrap_or_default() {
                "simple" => match trigger.get("simple") {
                    Some(simple) => self.simple(here, simple)?,
                    None => None,
                },
                "javascript" => self.script(here, script_text(trigger, "javascript"), "result")?.map(Condition::Script),
                "json" => return Err(error(here, "usa JSONLogic, che questo portale non gestisce")),
                _ => None,
            };
            let Some(trigger) = trigger else { continue };
            let mut actions = Vec::new();
            for action in entry.get("actions").and_then(Value::as_array).into_iter().flatten() {
                actions.extend(self.action(here, action)?);
            }
            if !actions.is_empty() {
                logic.push(Logic { trigger, actions });
            }
        }
        Ok(logic)
    }

    fn action(&mut self, here: &Here<'_>, action: &Value) -> Result<Option<Action>, CompileError> {
        let property =
            || action.get("property").and_then(|property| property.get("value")).and_then(Value::as_str).unwrap_or_default();
        let state = action.get("state").is_some_and(truthy);
        Ok(match action.get("type").and_then(Value::as_str).unwrap_or_default() {
            "property" => match property() {
                "hidden" => Some(Action::Hide(state)),
                "validate.required" => Some(Action::Require(state)),
                other if other.starts_with("validate.") || matches!(other, "multiple" | "clearOnHide" | "calculateValue") => {
                    return Err(error(
                        here,
                        &format!("cambia la proprietà {other} con una regola (logic), e il server non può seguirla"),
                    ));
                }
                // The others change what the citizen sees, not what the answer may be.
                _ => None,
            },
            "value" => self.script(here, script_text(action, "value"), "value")?.map(Action::Set),
            "customAction" => self.script(here, script_text(action, "customAction"), "value")?.map(Action::Set),
            "mergeComponentSchema" => {
                return Err(error(
                    here,
                    "cambia la propria definizione con una regola (mergeComponentSchema), e il server non può seguirla",
                ));
            }
            _ => None,
        })
    }

    /// Compiles a script, or nothing when there is none. Whether it is JavaScript is asked of the engine, even for the simple ones.
    fn script(&mut self, here: &Here<'_>, source: &str, variable: &'static str) -> Result<Option<Script>, CompileError> {
        if source.is_empty() {
            return Ok(None);
        }
        if source.len() > MAX_SCRIPT {
            return Err(error(here, &format!("contiene uno script più lungo di {MAX_SCRIPT} byte")));
        }
        self.libraries.note(source);
        let resolve = |base: &str, path: &[&str]| self.names.read(base, path, here.frame, here.index);
        let script = Script::new(source, variable, here.source, &resolve);
        match &script.native {
            Some(native) => self.settled &= native.references().into_iter().all(|reference| comes_before(reference, here.order)),
            None => self.settled = false,
        }
        if self.engine.is_none() {
            // The checks need neither data nor time.
            let start = Engine::start(&Value::Null, self.about, kernel::jiff::Timestamp::UNIX_EPOCH.into(), Libraries::default());
            self.engine = Some(start.map_err(|_| error(here, "contiene uno script, ma il motore non parte"))?);
        }
        if let Some(engine) = &self.engine {
            script.check(engine).map_err(|reason| error(here, &format!("contiene uno script sbagliato ({reason})")))?;
        }
        Ok(Some(script))
    }
}

fn error(here: &Here<'_>, reason: &str) -> CompileError {
    CompileError { field: here.path.to_owned(), reason: reason.to_owned() }
}

/// Whether the value is decided before the component that asks for it.
fn comes_before(reference: &Reference, order: &[usize]) -> bool {
    order.get(reference.up).is_some_and(|index| reference.index < *index)
}

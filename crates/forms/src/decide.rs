//! The first half of a validation: what is shown, what is required, and what every value is once the form's own rules have run.

use kernel::{FieldError, RomeTime};
use serde_json::Value;

use crate::Form;
use crate::condition::{self, Condition, Found};
use crate::js::{self, Js};
use crate::model::{Action, Component, Frame, Kind, Step, pointer};
use crate::script::{Call, Engine, Failure, Script};
use crate::sheet::{Around, Cell, Held, Sheet, View};
use crate::text::Refusal;

/// Passes over a form whose rules look at components that come later. What is still moving then (two components that show each other
/// in turn) stays as it is.
const MAX_PASSES: usize = 6;

/// One validation while it runs.
pub(crate) struct Decision<'a> {
    form: &'a Form,
    data: &'a Value,
    now: RomeTime,
    engine: Option<Engine>,
    /// What the engine has to be told when it starts.
    pending: Vec<(Vec<Step<'a>>, Option<Value>)>,
    /// The scripts ran out of time or memory: where.
    exhausted: Option<FieldError>,
    moved: bool,
}

/// What surrounds a frame: whether the grid is hidden.
#[derive(Clone, Copy, Default)]
struct Mood {
    gone: bool,
    veiled: bool,
    wiped: bool,
}

impl Mood {
    fn is_special(self) -> bool {
        self.gone || self.veiled || self.wiped
    }
}

impl<'a> Decision<'a> {
    /// Decides everything about `sheet`, the layout of `data` over `form`.
    pub(crate) fn make(form: &'a Form, data: &'a Value, now: RomeTime, sheet: &mut Sheet<'a>) -> Self {
        let mut decision = Self { form, data, now, engine: None, pending: Vec::new(), exhausted: None, moved: false };
        if form.scripted {
            decision.announce(&form.root, sheet, None);
        }
        for _ in 0..MAX_PASSES {
            decision.moved = false;
            decision.frame(&form.root, sheet, None, Mood::default());
            if form.settled || !decision.moved || decision.exhausted.is_some() {
                break;
            }
        }
        decision
    }

    /// The error of a script that did not end, if there was one.
    pub(crate) fn exhausted(&self) -> Option<&FieldError> {
        self.exhausted.as_ref()
    }

    /// Notes the values that are the form's own, for the engine.
    fn announce(&mut self, frame: &'a Frame, sheet: &Sheet<'a>, around: Option<Around<'_, 'a>>) {
        let view = View { frame, cells: &sheet.cells, around };
        for (index, (component, cell)) in frame.components.iter().zip(&sheet.cells).enumerate() {
            if component.own.is_some() {
                self.pending.push((view.steps_to(index), cell.value.get().cloned()));
            }
            if let Kind::Grid(grid) = &component.kind {
                for (row, inner) in cell.rows.iter().enumerate() {
                    self.announce(&grid.row, inner, Some(Around { view: &view, grid: index, row }));
                }
            }
        }
    }

    fn frame(&mut self, frame: &'a Frame, sheet: &mut Sheet<'a>, around: Option<Around<'_, 'a>>, mood: Mood) {
        for (index, component) in frame.components.iter().enumerate() {
            let outer = component.parent.map_or(mood, |parent| {
                let cell = &sheet.cells[parent];
                Mood { gone: cell.gone, veiled: cell.veiled, wiped: cell.wiped }
            });
            let cell = &sheet.cells[index];
            // Most components are shown whatever happens, and stay as they were laid out.
            if component.is_constant() && !(outer.is_special() || cell.gone || cell.veiled || cell.wiped) {
                debug_assert!(cell.value.is_same(&initial(component, cell)));
            } else {
                self.component(index, component, frame, sheet, around, outer);
            }
            if let Kind::Grid(grid) = &component.kind {
                // The rows see their grid's frame while they change: they are taken out of it for that time.
                let mut rows = std::mem::take(&mut sheet.cells[index].rows);
                let cell = &sheet.cells[index];
                let mood = Mood { gone: cell.gone, veiled: cell.veiled, wiped: cell.wiped };
                let view = View { frame, cells: &sheet.cells, around };
                for (row, inner) in rows.iter_mut().enumerate() {
                    self.frame(&grid.row, inner, Some(Around { view: &view, grid: index, row }), mood);
                }
                sheet.cells[index].rows = rows;
            }
        }
    }

    fn component(
        &mut self,
        index: usize,
        component: &'a Component,
        frame: &'a Frame,
        sheet: &mut Sheet<'a>,
        around: Option<Around<'_, 'a>>,
        outer: Mood,
    ) {
        let mut gone = outer.gone;
        let mut hidden = component.hidden;
        let mut required = component.required;
        let view = View { frame, cells: &sheet.cells, around };
        let is_plain = component.logic.is_empty() && component.calculate.is_none() && component.preset.is_none();
        let mut value = if is_plain { None } else { self.value(&view, index, component, outer.wiped) };
        for logic in &component.logic {
            let current = value.as_ref().and_then(Held::get).or_else(|| own_value(component, &sheet.cells[index]));
            let Some(result) = self.trigger(&view, index, &logic.trigger, current) else { continue };
            for action in &logic.actions {
                match action {
                    Action::Hide(state) => {
                        gone |= *state && !component.hidden;
                        hidden = *state;
                    }
                    Action::Require(state) => required = *state,
                    Action::Set(script) => {
                        let current =
                            value.as_ref().and_then(Held::get).or_else(|| own_value(component, &sheet.cells[index])).cloned();
                        if let Ok(made) = self.run(&view, index, script, current.as_ref(), current.as_ref(), Some(&result)) {
                            value = Some(made.filter(|made| !made.is_null()).map_or(Held::Nothing, Held::Made));
                        }
                    }
                }
            }
        }
        gone |= !component.conditions.iter().all(|condition| self.shows(&view, index, condition));
        let veiled = outer.veiled || (hidden && !gone);
        let clears = gone && component.clear_on_hide;
        let opens = matches!(component.kind, Kind::Container | Kind::Nested { .. } | Kind::Grid(_));
        let wiped = outer.wiped || (clears && opens);
        let value =
            if wiped || clears { Held::Nothing } else { value.unwrap_or_else(|| initial(component, &sheet.cells[index])) };
        if self.form.scripted || !self.form.settled {
            let cell = &sheet.cells[index];
            let same = cell.value.is_same(&value);
            self.moved |= !same || cell.gone != gone || cell.veiled != veiled || cell.wiped != wiped || cell.required != required;
            if !same && component.has_value() && self.form.scripted {
                self.tell(view.steps_to(index), value.get());
            }
        }
        let cell = &mut sheet.cells[index];
        (cell.value, cell.gone, cell.veiled, cell.wiped, cell.required) = (value, gone, veiled, wiped, required);
    }

    /// The value after `customDefaultValue` and `calculateValue`; `None` when they leave it alone.
    fn value(&mut self, view: &View<'_, 'a>, index: usize, component: &'a Component, wiped: bool) -> Option<Held<'a>> {
        let cell = &view.cells[index];
        let mut held = None;
        if let Some(script) = &component.preset
            && let Ok(made) = self.run(view, index, script, None, None, None)
        {
            held = Some(made.filter(|made| !made.is_null()).map_or(Held::Nothing, Held::Made));
        }
        let script = component.calculate.as_ref().filter(|_| !wiped)?;
        if component.may_override && component.own.is_none() && !condition::is_empty(cell.raw, condition::About::Other) {
            return held;
        }
        let before = held.as_ref().and_then(Held::get).or_else(|| own_value(component, cell)).cloned();
        Some(match self.run(view, index, script, before.as_ref(), before.as_ref(), None) {
            Ok(Some(made)) if !made.is_null() => Held::Made(made),
            // A calculation that fails must not let the citizen's value through in its place.
            Err(_) if component.own.is_some() => held.unwrap_or_else(|| initial(component, cell)),
            Ok(_) | Err(_) => Held::Nothing,
        })
    }

    /// Whether the condition lets the component be seen.
    fn shows(&mut self, view: &View<'_, 'a>, index: usize, condition: &'a Condition) -> bool {
        match condition {
            Condition::Script(script) => {
                let own = view.cells[index].value.get();
                match self.run(view, index, script, None, own, None) {
                    Ok(Some(Value::Null)) | Err(_) => true,
                    Ok(result) => js::truthy(result.as_ref()),
                }
            }
            other => simple(view, other),
        }
    }

    /// The result of a trigger that fires.
    fn trigger(&mut self, view: &View<'_, 'a>, index: usize, condition: &'a Condition, own: Option<&Value>) -> Option<Value> {
        match condition {
            Condition::Script(script) => {
                self.run(view, index, script, None, own, None).ok().flatten().filter(|result| js::truthy(Some(result)))
            }
            other => simple(view, other).then_some(Value::Bool(true)),
        }
    }

    /// Runs a script of component `index`: `before` is the assigned variable's value before it (a condition starts with `true`),
    /// `own` the component's value.
    pub(crate) fn run(
        &mut self,
        view: &View<'_, 'a>,
        index: usize,
        script: &'a Script,
        before: Option<&Value>,
        own: Option<&Value>,
        result: Option<&Value>,
    ) -> Result<Option<Value>, Failure> {
        if let Some(native) = &script.native {
            let start = if script.assigns_value() { Js::of(before) } else { Some(Js::Bool(true)) };
            if let Some(done) = start.and_then(|start| native.run(view, start, own)) {
                return Ok(done);
            }
        }
        if self.exhausted.is_some() {
            return Err(Failure::Exhausted);
        }
        let ran = self.in_engine(view, index, script, before, own, result);
        if ran == Err(Failure::Exhausted) {
            let label = &view.frame.components[index].label;
            let refusal = Refusal::Script;
            self.exhausted = Some(FieldError::new(pointer(&view.steps_to(index)), refusal.code(), refusal.sentence(label)));
        }
        ran
    }

    fn in_engine(
        &mut self,
        view: &View<'_, 'a>,
        index: usize,
        script: &Script,
        before: Option<&Value>,
        own: Option<&Value>,
        result: Option<&Value>,
    ) -> Result<Option<Value>, Failure> {
        if self.engine.is_none() {
            let engine = Engine::start(self.data, &self.form.about, self.now, self.form.libraries)?;
            prepare(&engine, &self.form.root, &mut Vec::new(), Some(self.data))?;
            for (steps, value) in self.pending.drain(..) {
                engine.set(&steps, value.as_ref())?;
            }
            self.engine = Some(engine);
        }
        let Some(engine) = &self.engine else { return Err(Failure::Exhausted) };
        let row = view.around.map(|around| around.row);
        let (form, holder) = (view.steps_to_form(index), view.steps_to_holder(index));
        let value = if script.assigns_value() { before } else { own };
        engine.run(script, &Call { form: &form, row: &holder, index: row, value, input: own, result })
    }

    /// Lets the engine see a new value, now or when it starts.
    fn tell(&mut self, steps: Vec<Step<'a>>, value: Option<&Value>) {
        match &self.engine {
            // Out of memory here is out of memory at the next script.
            Some(engine) => drop(engine.set(&steps, value)),
            None => self.pending.push((steps, value.cloned())),
        }
    }
}

fn simple(view: &View<'_, '_>, condition: &Condition) -> bool {
    let find = |source: &Option<_>| source.as_ref().map_or(Found::One(None), |source| view.find(source));
    match condition {
        Condition::Legacy { source, equals, show } => condition::legacy(&find(source), equals, *show),
        Condition::Simple { tests, any, show } => {
            let holds = |test: &condition::Test| condition::holds(test, &find(&test.source));
            let result = if *any { tests.iter().any(holds) } else { tests.iter().all(holds) };
            result == *show
        }
        Condition::Script(_) => true,
    }
}

/// The value before any rule: the form's own, or what the citizen sent.
fn initial<'a>(component: &'a Component, cell: &Cell<'a>) -> Held<'a> {
    match (&component.own, &component.kind) {
        (_, Kind::Layout { .. } | Kind::Ignored) => Held::Nothing,
        (Some(default), _) => default.as_ref().map_or(Held::Nothing, Held::Given),
        (None, _) => cell.raw.map_or(Held::Nothing, Held::Given),
    }
}

fn own_value<'v>(component: &'v Component, cell: &Cell<'v>) -> Option<&'v Value> {
    match &component.own {
        Some(default) => default.as_ref(),
        None => cell.raw,
    }
}

/// Makes the objects of containers and nested forms that the citizen left out, as a browser would have.
fn prepare<'f>(engine: &Engine, frame: &'f Frame, top: &mut Vec<Step<'f>>, object: Option<&Value>) -> Result<(), Failure> {
    for (index, component) in frame.components.iter().enumerate() {
        let length = top.len();
        match &component.kind {
            Kind::Container | Kind::Nested { .. } => {
                frame.steps_into(index, top);
                engine.ensure(top)?;
            }
            Kind::Grid(grid) => {
                frame.steps_to_scope(index, top);
                top.push(Step::Key((&*component.key).into()));
                let grid_value = object.and_then(|object| reach(object, &top[length..]));
                let rows = grid_value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                for (row, item) in rows.iter().take(grid.max).enumerate() {
                    top.push(Step::Row(row));
                    prepare(engine, &grid.row, top, Some(item))?;
                    top.pop();
                }
            }
            _ => {}
        }
        top.truncate(length);
    }
    Ok(())
}

fn reach<'v>(value: &'v Value, steps: &[Step<'_>]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        Step::Row(row) => value.get(row),
    })
}

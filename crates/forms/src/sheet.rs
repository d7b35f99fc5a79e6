//! A submission laid out over the components of a form.

use serde_json::{Map, Value};

use crate::condition::Found;
use crate::expression::Scope;
use crate::model::{Component, Frame, Grid, Kind, Part, Reference, Step};

/// Cells of one submission: rows inside rows could ask for far more memory than their JSON takes.
const MAX_CELLS: usize = 200_000;

/// The object of a frame and one cell for each of its components.
#[derive(Debug, Default)]
pub(crate) struct Sheet<'a> {
    pub(crate) object: Option<&'a Map<String, Value>>,
    /// Members of `object` that belong to a component.
    pub(crate) seen: usize,
    pub(crate) cells: Vec<Cell<'a>>,
}

/// What is known of one component.
#[derive(Debug)]
pub(crate) struct Cell<'a> {
    /// What the citizen sent.
    pub(crate) raw: Option<&'a Value>,
    /// Of containers and nested forms: the object inside, and how many of its members belong to a component.
    pub(crate) object: Option<&'a Map<String, Value>>,
    pub(crate) seen: usize,
    pub(crate) value: Held<'a>,
    /// A condition or the logic hides it, or something around it.
    pub(crate) gone: bool,
    /// The definition hides it (`hidden: true`), or something around it.
    pub(crate) veiled: bool,
    /// It has no place in the result, nor has anything inside it.
    pub(crate) wiped: bool,
    pub(crate) required: bool,
    pub(crate) rows: Vec<Sheet<'a>>,
}

/// The value of a component, as far as it has been decided.
#[derive(Clone, Debug, Default)]
pub(crate) enum Held<'a> {
    #[default]
    Nothing,
    Given(&'a Value),
    Made(Value),
}

impl Held<'_> {
    /// The value, if there is one.
    pub(crate) fn get(&self) -> Option<&Value> {
        match self {
            Self::Nothing => None,
            Self::Given(value) => Some(value),
            Self::Made(value) => Some(value),
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self.get(), other.get()) {
            (Some(left), Some(right)) => std::ptr::eq(left, right) || left == right,
            (left, right) => left.is_none() && right.is_none(),
        }
    }
}

impl<'a> Sheet<'a> {
    /// Lays `object` out over `frame`.
    pub(crate) fn spread(frame: &'a Frame, object: &'a Map<String, Value>) -> Self {
        Self::lay(frame, Some(object), &mut MAX_CELLS.clone())
    }

    /// Lays `object` out while there are cells `left`.
    fn lay(frame: &'a Frame, object: Option<&'a Map<String, Value>>, left: &mut usize) -> Self {
        *left = left.saturating_sub(frame.components.len());
        let mut sheet = Self { object, seen: 0, cells: Vec::with_capacity(frame.components.len()) };
        for (index, component) in frame.components.iter().enumerate() {
            let cell = sheet.cell(index, component, left);
            sheet.cells.push(cell);
        }
        sheet
    }

    fn cell(&mut self, index: usize, component: &'a Component, left: &mut usize) -> Cell<'a> {
        let (holder, seen) = match component.scope {
            None => (self.object, &mut self.seen),
            Some(scope) => {
                let cell = &mut self.cells[scope];
                (cell.object, &mut cell.seen)
            }
        };
        let raw = match component.kind {
            Kind::Layout { .. } => None,
            _ => holder.and_then(|holder| holder.get(&*component.key)),
        };
        // Twins share a member: it counts once.
        if raw.is_some() && component.twins.iter().all(|twin| *twin > index) {
            *seen += 1;
        }
        let object = match component.kind {
            Kind::Container => raw.and_then(Value::as_object),
            Kind::Nested { .. } => raw.and_then(|raw| raw.get("data")).and_then(Value::as_object),
            _ => None,
        };
        let rows = match &component.kind {
            Kind::Grid(grid) => rows(grid, raw, left),
            _ => Vec::new(),
        };
        let value = match (&component.own, &component.kind) {
            (_, Kind::Layout { .. } | Kind::Ignored) => Held::Nothing,
            (Some(default), _) => default.as_ref().map_or(Held::Nothing, Held::Given),
            (None, _) => raw.map_or(Held::Nothing, Held::Given),
        };
        Cell { raw, object, seen: 0, value, gone: false, veiled: false, wiped: false, required: component.required, rows }
    }
}

/// The rows of a grid. Too many are refused as they are, not looked into.
fn rows<'a>(grid: &'a Grid, raw: Option<&'a Value>, left: &mut usize) -> Vec<Sheet<'a>> {
    let items = raw.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if items.len() > grid.max || items.len().saturating_mul(grid.row.components.len() + 1) > *left {
        return Vec::new();
    }
    *left -= items.len();
    items.iter().map(|item| Sheet::lay(&grid.row, item.as_object(), left)).collect()
}

/// Cells as another component sees them: its own frame, and the frames around it.
#[derive(Clone, Copy)]
pub(crate) struct View<'e, 'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) cells: &'e [Cell<'a>],
    pub(crate) around: Option<Around<'e, 'a>>,
}

/// The grid and the row in which a frame lies.
#[derive(Clone, Copy)]
pub(crate) struct Around<'e, 'a> {
    pub(crate) view: &'e View<'e, 'a>,
    pub(crate) grid: usize,
    pub(crate) row: usize,
}

impl<'e, 'a> View<'e, 'a> {
    /// The steps from the submission to the object of this frame.
    pub(crate) fn steps_to_frame(&self) -> Vec<Step<'a>> {
        match &self.around {
            None => Vec::new(),
            Some(around) => {
                let mut steps = around.view.steps_to(around.grid);
                steps.push(Step::Row(around.row));
                steps
            }
        }
    }

    /// The steps to the object that holds the value of component `index`.
    pub(crate) fn steps_to_holder(&self, index: usize) -> Vec<Step<'a>> {
        let mut steps = self.steps_to_frame();
        self.frame.steps_to_scope(index, &mut steps);
        steps
    }

    /// The steps to the value of component `index`.
    pub(crate) fn steps_to(&self, index: usize) -> Vec<Step<'a>> {
        let mut steps = self.steps_to_holder(index);
        steps.push(Step::Key((&*self.frame.components[index].key).into()));
        steps
    }

    /// The steps to the data of the form that component `index` belongs to.
    pub(crate) fn steps_to_form(&self, index: usize) -> Vec<Step<'a>> {
        match (self.frame.form_of(index), &self.around) {
            (Some(form), _) => {
                let mut steps = self.steps_to_frame();
                self.frame.steps_into(form, &mut steps);
                steps
            }
            (None, Some(around)) => around.view.steps_to_form(around.grid),
            (None, None) => Vec::new(),
        }
    }

    /// The value of component `index`, or of the twin that has one.
    fn value(&self, index: usize) -> Option<&'e Value> {
        let cell = &self.cells[index];
        if matches!(self.frame.components[index].kind, Kind::Container | Kind::Nested { .. } | Kind::Grid(_)) {
            return if cell.wiped { None } else { cell.raw };
        }
        let twins = || self.frame.components[index].twins.iter().find_map(|twin| self.cells[*twin].value.get());
        cell.value.get().or_else(twins)
    }

    /// What is behind a reference.
    pub(crate) fn find(&self, reference: &Reference) -> Found<'e> {
        let mut view = self;
        for _ in 0..reference.up {
            match &view.around {
                Some(around) => view = around.view,
                None => return Found::One(None),
            }
        }
        let value = view.value(reference.index);
        match &reference.part {
            Part::Whole => Found::One(value),
            Part::Member(key) => Found::One(value.and_then(|value| value.get(&**key))),
            Part::Column(keys) => {
                let rows = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                Found::Many(rows.iter().map(|row| keys.iter().try_fold(row, |value, key| value.get(&**key))).collect())
            }
        }
    }
}

impl<'e> Scope<'e> for View<'e, '_> {
    fn read(&self, reference: &Reference) -> Option<Option<&'e Value>> {
        match self.find(reference) {
            Found::One(value) => Some(value),
            Found::Many(_) => None,
        }
    }
}

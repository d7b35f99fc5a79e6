//! A form after compilation: flat frames of components in form order, every reference resolved, every pattern compiled.

use std::borrow::Cow;

use serde_json::Value;

use crate::condition::Condition;
use crate::date::{Bound, DayFormat};
use crate::files::FileRule;
use crate::options::Options;
use crate::pattern::Pattern;
use crate::script::Script;

/// Components whose values live in one object: the whole form, or one row of a grid. Layouts, containers and nested forms do not
/// open a new frame: their components follow them in the same list.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) components: Vec<Component>,
}

/// One component. Indices point into its frame.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) key: Box<str>,
    /// What the citizen reads, without markup; the key when the form gives none.
    pub(crate) label: Box<str>,
    pub(crate) type_name: Box<str>,
    pub(crate) kind: Kind,
    /// The component around this one.
    pub(crate) parent: Option<usize>,
    /// The container or nested form whose object holds this component's value.
    pub(crate) scope: Option<usize>,
    /// The first component after this one that does not lie inside it.
    pub(crate) end: usize,
    /// The other components with the same key in the same object: alternatives that share one value.
    pub(crate) twins: Box<[usize]>,
    pub(crate) required: bool,
    pub(crate) multiple: bool,
    /// Never shown, whatever the answers (`hidden: true`).
    pub(crate) hidden: bool,
    pub(crate) clear_on_hide: bool,
    pub(crate) validate_when_hidden: bool,
    /// Used by conditions but not kept (`persistent: false` or `"client-only"`).
    pub(crate) transient: bool,
    /// Whether the value is the form's own, never the citizen's; then, what it is before any calculation.
    pub(crate) own: Option<Option<Value>>,
    /// The key is `payment_amount`: the value must be an amount in euro.
    pub(crate) is_amount: bool,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) logic: Vec<Logic>,
    /// `customDefaultValue`, of a value that is the form's own.
    pub(crate) preset: Option<Script>,
    pub(crate) calculate: Option<Script>,
    /// The citizen may replace the calculated value (`allowCalculateOverride`).
    pub(crate) may_override: bool,
    pub(crate) custom: Option<Script>,
    pub(crate) messages: Option<Box<Messages>>,
}

/// Where certified data come from: properties of a nested form with `pdndField`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Provider and e-service: `anpr/accertamento-residenza`. Empty: the metadata say.
    pub eservice: String,
    /// The shape of the data; empty: the first one of the e-service.
    pub format: String,
    /// The configuration; empty: the only active one of the public body.
    pub config_id: String,
}

/// What kind of component it is and what its values look like.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Arranges others and has no value: panel, columns, fieldset ... `section` when it is a panel with a title.
    Layout {
        section: bool,
    },
    /// Buttons and contents: a value is tolerated and dropped.
    Ignored,
    /// An object of its own.
    Container,
    /// A nested form: `{"data": {...}}`. Certified data carry signed metadata beside them.
    Nested {
        certified: Option<Box<Source>>,
    },
    /// A table of rows.
    Grid(Box<Grid>),
    Leaf(Box<Leaf>),
}

/// `datagrid` and `editgrid`.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) row: Frame,
    pub(crate) min: usize,
    pub(crate) max: usize,
}

/// A component with a value that has no components inside.
#[derive(Debug)]
pub(crate) enum Leaf {
    Text(Text),
    Email(Text),
    Url(Text),
    Number {
        min: Option<f64>,
        max: Option<f64>,
    },
    Checkbox,
    Choice(Options),
    Boxes {
        options: Options,
        min: usize,
        max: usize,
    },
    Survey {
        questions: Vec<(Box<str>, Box<str>)>,
        answers: Options,
    },
    Tags {
        separator: Box<str>,
    },
    Instant {
        min: Option<Bound>,
        max: Option<Bound>,
        with_time: bool,
    },
    Time {
        formats: [Box<str>; 2],
    },
    Day {
        format: DayFormat,
        min: Option<Bound>,
        max: Option<Bound>,
    },
    Files(FileRule),
    /// A booking; the calendar it must belong to, when the form names one.
    Booking {
        calendar: Option<Box<str>>,
    },
    /// How an amount is divided among the ledgers of the body.
    Split,
    /// Any JSON of moderate size: hidden fields, addresses found by a geocoder, types that we do not know.
    Free,
}

/// Rules of a text.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) min_words: usize,
    pub(crate) max_words: Option<usize>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) mask: Option<Box<str>>,
    /// The text may have several lines.
    pub(crate) lines: bool,
    /// The text is HTML made by an editor.
    pub(crate) rich: bool,
    /// The text is a secret (`password`): never described.
    pub(crate) secret: bool,
}

/// One entry of `logic[]`: when the trigger holds, the actions change the component.
#[derive(Debug)]
pub(crate) struct Logic {
    pub(crate) trigger: Condition,
    pub(crate) actions: Vec<Action>,
}

/// What an entry of `logic[]` does.
#[derive(Debug)]
pub(crate) enum Action {
    Hide(bool),
    Require(bool),
    Set(Script),
}

/// The form's own words for its errors.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// `validate.customMessage`: for every error.
    pub(crate) any: Option<Box<str>>,
    /// `errors` and `validate.patternMessage`: by Form.io's name of the rule.
    pub(crate) by_rule: Vec<(Box<str>, Box<str>)>,
}

/// A value that another component holds, seen from the component that asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    /// How many frames outwards.
    pub(crate) up: usize,
    pub(crate) index: usize,
    pub(crate) part: Part,
}

/// Which part of a component's value is meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Whole,
    /// A member of an object: an option of a group of check boxes.
    Member(Box<str>),
    /// A column of a grid, in every row: the keys from the row to the value.
    Column(Box<[Box<str>]>),
}

/// One step of the way from the submission to a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step<'f> {
    Key(Cow<'f, str>),
    Row(usize),
}

impl Step<'_> {
    /// The same step, borrowing nothing.
    pub(crate) fn into_owned(self) -> Step<'static> {
        match self {
            Self::Key(key) => Step::Key(Cow::Owned(key.into_owned())),
            Self::Row(row) => Step::Row(row),
        }
    }
}

impl Frame {
    /// The steps from the frame's object to the object that holds the value of component `index`.
    pub(crate) fn steps_to_scope<'f>(&'f self, index: usize, steps: &mut Vec<Step<'f>>) {
        if let Some(scope) = self.components[index].scope {
            self.steps_into(scope, steps);
        }
    }

    /// The steps from the frame's object into the object of the container or nested form `index`.
    pub(crate) fn steps_into<'f>(&'f self, index: usize, steps: &mut Vec<Step<'f>>) {
        self.steps_to_scope(index, steps);
        let component = &self.components[index];
        steps.push(Step::Key(Cow::Borrowed(&component.key)));
        if matches!(component.kind, Kind::Nested { .. }) {
            steps.push(Step::Key(Cow::Borrowed("data")));
        }
    }

    /// The nested form whose data the scripts of component `index` see as `data`; `None` for the frame's own form.
    pub(crate) fn form_of(&self, index: usize) -> Option<usize> {
        let mut scope = self.components[index].scope;
        while let Some(at) = scope {
            if matches!(self.components[at].kind, Kind::Nested { .. }) {
                return scope;
            }
            scope = self.components[at].scope;
        }
        None
    }
}

impl Component {
    /// Whether no rule of its own changes what is shown or what the value is.
    pub(crate) fn is_constant(&self) -> bool {
        self.conditions.is_empty() && self.logic.is_empty() && self.calculate.is_none() && self.preset.is_none() && !self.hidden
    }

    /// Whether a script of the form says what the value is.
    pub(crate) fn is_computed(&self) -> bool {
        self.calculate.is_some() || self.preset.is_some()
    }

    /// Whether the component holds a value of its own.
    pub(crate) fn has_value(&self) -> bool {
        matches!(self.kind, Kind::Leaf(_) | Kind::Grid(_))
    }
}

/// RFC 6901.
pub(crate) fn pointer(steps: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in steps {
        out.push('/');
        match step {
            Step::Key(key) if key.contains(['~', '/']) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Step::Key(key) => out.push_str(key),
            Step::Row(row) => out.push_str(&row.to_string()),
        }
    }
    out
}

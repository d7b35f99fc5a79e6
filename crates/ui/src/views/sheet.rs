//! What pages of one plain shape are made of: facts, tables, forms, notices. `templates/sheet_parts.html` draws each kind once, so that
//! what holds for one page (labels, errors beside fields, tables that scroll by themselves) holds for all of them.

use super::invalid::Invalid;
use super::pager::Pager;
use crate::markup::Html;

/// A state in words with its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge {
    /// For people.
    pub label: &'static str,
    /// `good`, `bad`, `action`, `info`, `neutral`.
    pub tone: &'static str,
}

/// An address with its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Where.
    pub href: String,
    /// What.
    pub label: String,
    /// What else a reader of the screen hears: which row it belongs to.
    pub about: String,
}

impl Link {
    /// A link.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into(), about: String::new() }
    }
}

/// What stands in a table or beside a label.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Plain text.
    pub text: String,
    /// A link instead of the text.
    pub link: Option<Link>,
    /// A state.
    pub badge: Option<Badge>,
    /// Whether it is written for machines.
    pub code: bool,
    /// Small forms with one button each.
    pub commands: Vec<Command>,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A text for machines.
    pub fn code(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: true, ..Self::default() }
    }

    /// A link.
    pub fn link(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { link: Some(Link::new(href, label)), ..Self::default() }
    }

    /// A state.
    pub fn badge(badge: Badge) -> Self {
        Self { badge: Some(badge), ..Self::default() }
    }

    /// Buttons.
    pub fn commands(commands: Vec<Command>) -> Self {
        Self { commands, ..Self::default() }
    }
}

/// A form that is a button.
#[derive(Clone, Debug)]
pub struct Command {
    /// Where it is sent.
    pub action: String,
    /// The word for the program.
    pub word: &'static str,
    /// What it does.
    pub label: &'static str,
    /// To what, for readers of the screen.
    pub about: String,
    /// Which element is meant.
    pub target: String,
}

/// Labels and values.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The section's id.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Label and value.
    pub rows: Vec<(String, Cell)>,
}

impl Facts {
    /// A section; values that say nothing are left out.
    pub fn new(id: &'static str, title: impl Into<String>, rows: Vec<(&str, Cell)>) -> Self {
        let says = |cell: &Cell| !cell.text.is_empty() || cell.link.is_some() || cell.badge.is_some();
        let rows = rows.into_iter().filter(|(_, cell)| says(cell)).map(|(label, cell)| (label.to_owned(), cell)).collect();
        Self { id, title: title.into(), rows }
    }
}

/// A table, or a sentence when nothing is in it.
#[derive(Clone, Debug)]
pub struct Table {
    /// The section's id.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What it is about.
    pub lead: String,
    /// Heads of the columns.
    pub head: Vec<&'static str>,
    /// The first cell names the row.
    pub rows: Vec<Vec<Cell>>,
    /// What is said when there are none.
    pub empty: &'static str,
    /// Where it goes on.
    pub pager: Option<Pager>,
}

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// Name and id.
    pub name: String,
    /// What it is.
    pub label: String,
    /// How to fill it in.
    pub hint: String,
    /// `text`, `area`, `select`, `radio`, `checks`, `check`, `file`, `hidden`, or a type of `input`.
    pub kind: &'static str,
    /// What is chosen or typed.
    pub values: Vec<String>,
    /// What may be chosen: value and label.
    pub options: Vec<(String, String)>,
    /// The language of its words, when it is not the page's.
    pub lang: &'static str,
}

impl Field {
    /// A field of a kind.
    pub fn new(kind: &'static str, name: &str, label: impl Into<String>) -> Self {
        Self { kind, name: name.to_owned(), label: label.into(), ..Self::default() }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With what is typed.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values = vec![value.into()];
        self
    }

    /// With what may be chosen.
    #[must_use]
    pub fn options(mut self, options: Vec<(String, String)>) -> Self {
        self.options = options;
        self
    }

    /// What is typed.
    pub fn typed(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// Whether a value is chosen.
    pub fn has(&self, value: &str) -> bool {
        self.values.iter().any(|known| known == value)
    }

    /// Whether something about it is wrong.
    pub fn wrong(&self, errors: &[Invalid]) -> bool {
        errors.iter().any(|error| error.is_on(&self.name))
    }

    /// The attributes that lead to its hint and its error.
    pub fn described(&self, errors: &[Invalid]) -> Html {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let error = self.wrong(errors).then(|| format!("{}-error", self.name));
        let ids = hint.into_iter().chain(error).collect::<Vec<_>>().join(" ");
        let invalid = if self.wrong(errors) { r#" aria-invalid="true""# } else { "" };
        Html(if ids.is_empty() { String::new() } else { format!(r#"{invalid} aria-describedby="{ids}""#) })
    }
}

/// A button that sends a form.
#[derive(Clone, Copy, Debug)]
pub struct Button {
    /// The value of `command`.
    pub word: &'static str,
    /// What it does.
    pub label: &'static str,
    /// Its look: `btn-primary`, `btn-outline-primary`, `btn-outline-danger`.
    pub style: &'static str,
}

/// A form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Whether it brings files.
    pub files: bool,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

impl Form {
    /// A form with one button.
    pub fn new(action: impl Into<String>, word: &'static str, label: &'static str, fields: Vec<Field>) -> Self {
        let buttons = vec![Button { word, label, style: "btn-primary" }];
        Self { action: action.into(), fields, buttons, ..Self::default() }
    }

    /// With the look of something that cannot be undone.
    #[must_use]
    pub fn grave(mut self) -> Self {
        self.buttons.iter_mut().for_each(|button| button.style = "btn-outline-danger");
        self
    }

    /// With the look of something less wanted.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.buttons.iter_mut().for_each(|button| button.style = "btn-outline-primary");
        self
    }
}

/// A section with forms.
#[derive(Clone, Debug)]
pub struct Forms {
    /// The section's id.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What it is for.
    pub lead: String,
    /// The forms.
    pub forms: Vec<Form>,
}

/// A way to another page, on the page where a visit begins.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Where it leads.
    pub link: Link,
    /// What is there.
    pub text: &'static str,
}

/// A part of a page.
#[derive(Clone, Debug)]
pub enum Part {
    /// A sentence that is seen, with its colour (`good`, `bad`, `action`, `info`), a heading and what follows from it.
    Notice(&'static str, String, Vec<String>),
    /// Labels and values.
    Facts(Facts),
    /// A table.
    Table(Table),
    /// Forms.
    Forms(Forms),
    /// The ways on from here.
    Ways(Vec<Link>),
    /// A form that filters what comes after it.
    Filter(&'static str, Form),
    /// Ways to other pages under a heading.
    Tiles(&'static str, &'static str, Vec<Tile>),
    /// Lines to be typed at a machine, under a heading: id, heading, lead, lines.
    Code(&'static str, &'static str, String, String),
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its heading.
    pub title: String,
    /// What it is about.
    pub lead: String,
    /// Where its subject stands.
    pub badge: Option<Badge>,
    /// The ways above it, the nearest last.
    pub crumbs: Vec<Link>,
    /// The most wanted ways on.
    pub ways: Vec<Link>,
    /// The steps that it is one of: name, address if it can be gone to, whether it is this one.
    pub steps: Vec<(&'static str, String, bool)>,
    /// What was refused, if it is about no field.
    pub refusal: Option<String>,
    /// What is wrong with fields.
    pub errors: Vec<Invalid>,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// What was wrong with what was sent.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// About fields.
    pub errors: Vec<Invalid>,
    /// About none.
    pub refusal: Option<String>,
}

impl From<Vec<Invalid>> for Faults {
    fn from(errors: Vec<Invalid>) -> Self {
        Self { errors, refusal: None }
    }
}

impl Sheet {
    /// With where its subject stands, and what it is about.
    #[must_use]
    pub fn about(mut self, badge: Badge, lead: impl Into<String>) -> Self {
        self.badge = Some(badge);
        self.lead = lead.into();
        self
    }

    /// With what was wrong.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.errors = faults.errors;
        self.refusal = faults.refusal;
        self
    }

    /// What is wrong, each with the name of its field: above the page nobody sees which one is meant.
    pub fn summary(&self) -> Vec<Invalid> {
        let forms = self.parts.iter().filter_map(|part| if let Part::Forms(forms) = part { Some(&forms.forms) } else { None });
        let fields: Vec<&Field> = forms.flatten().flat_map(|form| &form.fields).collect();
        let named = |error: &Invalid| match fields.iter().find(|field| error.is_on(&field.name)) {
            Some(field) => Invalid::new(&error.field, format!("{}: {}", field.label.trim_end_matches(['?', ':']), error.message)),
            None => error.clone(),
        };
        self.errors.iter().map(named).collect()
    }
}

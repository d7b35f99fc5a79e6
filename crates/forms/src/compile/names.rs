//! Who is who: finds the component that a condition or a script means by a key or a dotted path.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::Draft;
use crate::condition::About;
use crate::model::{Kind, Part, Reference};
use crate::schema::FieldSchema;

/// Every component of a form with its addresses.
pub(super) struct Names {
    /// For each frame but the first: the frame around it and the grid it belongs to.
    around: Vec<Option<(usize, usize)>>,
    entries: Vec<Entry>,
    by_path: HashMap<String, usize>,
    by_data_path: HashMap<String, usize>,
    by_key: HashMap<Box<str>, Vec<usize>>,
    at: HashMap<(usize, usize), usize>,
}

struct Entry {
    frame: usize,
    index: usize,
    /// Keys from the top of the form, joined with dots.
    path: String,
    /// The same with the `data` of nested forms, as the value lies in the submission.
    data_path: String,
    /// Keys from the row (or the form) to the value.
    row_path: Vec<Box<str>>,
    /// Prefixes of `path` and of `data_path` at which the nested forms around it start, innermost first.
    forms: Vec<(String, String)>,
    /// `data_path` of the object around it.
    holder: String,
    about: About,
    is_leaf: bool,
}

/// A path of keys as it grows: plain, with `data`, and since the row.
#[derive(Clone, Default)]
struct Place {
    path: String,
    data_path: String,
    row_path: Vec<Box<str>>,
    forms: Vec<(String, String)>,
}

impl Place {
    fn enter(&mut self, key: &str, nested: bool) {
        join(&mut self.path, key);
        join(&mut self.data_path, key);
        self.row_path.push(key.into());
        if nested {
            join(&mut self.data_path, "data");
            self.row_path.push("data".into());
            self.forms.insert(0, (self.path.clone(), self.data_path.clone()));
        }
    }
}

fn join(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

fn joined(prefix: &str, rest: &str) -> String {
    let mut path = prefix.to_owned();
    join(&mut path, rest);
    path
}

impl Names {
    /// The directory of a whole form.
    pub(super) fn of(draft: &Draft) -> Self {
        let top = Place { forms: vec![(String::new(), String::new())], ..Place::default() };
        let mut names = Self {
            around: vec![None],
            entries: Vec::new(),
            by_path: HashMap::new(),
            by_data_path: HashMap::new(),
            by_key: HashMap::new(),
            at: HashMap::new(),
        };
        names.frame(draft, 0, &top);
        names
    }

    fn frame(&mut self, draft: &Draft, frame: usize, top: &Place) {
        // The place inside every container and nested form of this frame.
        let mut inside: HashMap<usize, Place> = HashMap::new();
        for (index, component) in draft.components.iter().enumerate() {
            let around = component.scope.map_or(top, |scope| &inside[&scope]).clone();
            let mut own = around.clone();
            own.enter(&component.key, false);
            let number = self.entries.len();
            // Layouts have a place, to look from, but no value, to be looked at.
            if !matches!(component.kind, Kind::Layout { .. } | Kind::Ignored) {
                self.by_path.entry(own.path.clone()).or_insert(number);
                self.by_data_path.entry(own.data_path.clone()).or_insert(number);
                self.by_key.entry(component.key.clone()).or_default().push(number);
            }
            self.at.insert((frame, index), number);
            self.entries.push(Entry {
                frame,
                index,
                path: own.path.clone(),
                data_path: own.data_path.clone(),
                row_path: own.row_path.clone(),
                forms: around.forms.clone(),
                holder: around.data_path.clone(),
                about: About::of(&component.kind),
                is_leaf: matches!(component.kind, Kind::Leaf(_)),
            });
            match &component.kind {
                Kind::Container | Kind::Nested { .. } => {
                    let mut place = around;
                    place.enter(&component.key, matches!(component.kind, Kind::Nested { .. }));
                    inside.insert(index, place);
                }
                Kind::Grid(_) => {
                    if let Some(row) = &draft.rows[index] {
                        let number = self.around.len();
                        self.around.push(Some((frame, index)));
                        self.frame(row, number, &Place { row_path: Vec::new(), ..own });
                    }
                }
                _ => {}
            }
        }
    }

    /// The component that a condition of component `index` in `frame` names: by path within its nested form, then within the forms
    /// around it, then by key, the nearest first.
    pub(super) fn find(&self, name: &str, frame: usize, index: usize) -> Option<(Reference, About)> {
        let here = self.place(frame, index);
        for (path, data_path) in here.0 {
            let full = (joined(path, name), joined(data_path, name));
            if let Some(found) = self.by_path.get(&full.0).or_else(|| self.by_data_path.get(&full.1)) {
                return self.refer(*found, frame);
            }
            // `boxes.option`: an option of a group of check boxes.
            if let Some((group, option)) = name.rsplit_once('.')
                && let Some(found) =
                    self.by_path.get(&joined(path, group)).filter(|found| self.entries[**found].about == About::Boxes)
            {
                let (mut reference, _) = self.refer(*found, frame)?;
                if reference.part == Part::Whole {
                    reference.part = Part::Member(option.into());
                }
                return Some((reference, About::Other));
            }
        }
        let candidates = self.by_key.get(name)?;
        let near = |found: &&usize| {
            let entry = &self.entries[**found];
            // Sorted: in the same form before elsewhere, in the same row before outside.
            (entry.forms.first() != here.0.first(), entry.frame != frame)
        };
        candidates.iter().min_by_key(near).and_then(|found| self.refer(*found, frame))
    }

    /// The component that a script of component `index` in `frame` means by `data.a.b` or `row.a`; only exact addresses of leaves
    /// that have one value there.
    pub(super) fn read(&self, base: &str, path: &[&str], frame: usize, index: usize) -> Option<Reference> {
        let here = self.place(frame, index);
        let prefix = if base == "data" { here.0.first().map_or("", |(_, data_path)| data_path) } else { here.1 };
        let leaf = |path: &[&str]| {
            let found = *self.by_data_path.get(&joined(prefix, &path.join(".")))?;
            let entry = &self.entries[found];
            let (reference, _) = if entry.is_leaf { self.refer(found, frame)? } else { return None };
            (reference.part == Part::Whole).then_some((reference, entry.about))
        };
        if let Some((reference, about)) = leaf(path) {
            return (about != About::Boxes).then_some(reference);
        }
        let (option, group) = path.split_last()?;
        let (mut reference, about) = leaf(group)?;
        reference.part = Part::Member((*option).into());
        (about == About::Boxes).then_some(reference)
    }

    /// The dotted keys of a component, from the top of the form.
    pub(super) fn path(&self, frame: usize, index: usize) -> &str {
        &self.entries[self.at[&(frame, index)]].path
    }

    /// The forms and the object around a component.
    fn place(&self, frame: usize, index: usize) -> (&[(String, String)], &str) {
        let entry = &self.entries[self.at[&(frame, index)]];
        (&entry.forms, &entry.holder)
    }

    fn refer(&self, found: usize, from: usize) -> Option<(Reference, About)> {
        let entry = &self.entries[found];
        let up_to = |wanted: usize| {
            let mut frames = std::iter::successors(Some(from), |frame| self.around[*frame].map(|(around, _)| around));
            frames.position(|frame| frame == wanted)
        };
        if let Some(up) = up_to(entry.frame) {
            return Some((Reference { up, index: entry.index, part: Part::Whole }, entry.about));
        }
        let (frame, grid) = self.around[entry.frame]?;
        let part = Part::Column(entry.row_path.clone().into());
        Some((Reference { up: up_to(frame)?, index: grid, part }, entry.about))
    }
}

/// The flat schema: every value of the form by its address in the submission.
pub(super) fn schema(draft: &Draft) -> IndexMap<String, FieldSchema> {
    let names = Names::of(draft);
    let mut schema = IndexMap::new();
    collect(draft, 0, &names, &mut 0, &mut schema);
    schema
}

fn collect(draft: &Draft, frame: usize, names: &Names, last: &mut usize, schema: &mut IndexMap<String, FieldSchema>) {
    for (index, component) in draft.components.iter().enumerate() {
        if !component.has_value() {
            continue;
        }
        if let Some(entry) = names.at.get(&(frame, index)) {
            let label = component.label.to_string();
            let field = FieldSchema { label, kind: component.type_name.to_string() };
            schema.entry(names.entries[*entry].data_path.clone()).or_insert(field);
        }
        if let Some(row) = &draft.rows[index] {
            *last += 1;
            collect(row, *last, names, last, schema);
        }
    }
}

//! The nested forms that every service uses, with the identifiers and keys that services, events and other software rely on
//! (developers' documentation, "Nested forms").

use std::sync::LazyLock;

use serde_json::Value;

const SOURCES: [&str; 8] = [
    include_str!("../builtin/address.json"),
    include_str!("../builtin/birth.json"),
    include_str!("../builtin/fiscal_code.json"),
    include_str!("../builtin/full_name.json"),
    include_str!("../builtin/gender.json"),
    include_str!("../builtin/anagrafica.json"),
    include_str!("../builtin/anagrafica_lite.json"),
    include_str!("../builtin/anagrafica_minimale.json"),
];

static FORMS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    SOURCES.iter().map(|source| serde_json::from_str(source).expect("the forms of the crate are JSON")).collect()
});

/// The nested form with this `_id` or `path`.
pub fn builtin(id_or_path: &str) -> Option<&'static Value> {
    let named = |form: &&Value| form["_id"] == id_or_path || form["path"] == id_or_path;
    FORMS.iter().find(named)
}

/// Every nested form of the crate.
pub fn builtins() -> impl Iterator<Item = &'static Value> {
    FORMS.iter()
}

//! The contracts as other programs meet them: frozen samples, the schema of documents, the rules of payments.
#![allow(clippy::unwrap_used)] // the helpers below are called by tests only, and a test may panic

mod documents_schema;
mod payment_rules;
mod reading;
mod samples;

use std::path::{Path, PathBuf};

/// A file of this crate.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a sample, `<topic>/<version>/<name>`.
fn sample(path: &str) -> String {
    let path = file("samples").join(path).with_extension("json");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of what a directory holds, without extension `json`, in alphabetical order.
fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(name).map(|name| name.trim_end_matches(".json").to_owned()).collect();
    names.sort();
    names
}

/// The paths of all samples of a topic and version, for [`sample`], in alphabetical order.
fn samples_of(topic_and_version: &str) -> Vec<String> {
    let names = names_in(&file("samples").join(topic_and_version));
    assert!(!names.is_empty(), "no samples of {topic_and_version}");
    names.into_iter().map(|name| format!("{topic_and_version}/{name}")).collect()
}

/// JSON without the white space between its tokens; the order of members and the spelling of numbers stay.
fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_text, mut escaped) = (false, false);
    for character in json.chars() {
        if in_text || !character.is_ascii_whitespace() {
            compact.push(character);
        }
        if character == '"' && !escaped {
            in_text = !in_text;
        }
        escaped = in_text && character == '\\' && !escaped;
    }
    compact
}

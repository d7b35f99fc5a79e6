//! How the tree is kept: short files, the same migrations for both engines, links that lead somewhere, no traces of machines.

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, io};

/// Path from the root and text of each text file.
pub type Files = BTreeMap<String, String>;

/// Beyond this, two things live in one file (engineering rules, "The tree").
const MAX_LINES: usize = 500;
/// Files that people write line by line; lock files, prose and generated documents are as long as they must be.
const WRITTEN: [&str; 9] = [".rs", ".sh", ".js", ".mjs", ".ts", ".css", ".html", ".sql", ".toml"];
/// Long files that are rightly one piece, each with the reason: `path: reason` on a line.
const EXCEPTIONS: &str = "crates/house/long-files.txt";

/// What must stand in no file, and why. Written in halves, so that this file does not contain them.
const FORBIDDEN: [(&str, &str, &str); 6] = [
    ("/wo", "rk/", "the path of a machine"),
    ("/ro", "ot/", "the path of a machine"),
    ("/ho", "me/", "the path of a machine"),
    ("../sha", "red", "a path outside the repository"),
    ("registry.", "npmjs.org", "the host of a registry: clients know it"),
    ("<<<<", "<<< ", "an unfinished merge"),
];

/// Reads the text files among `paths`. Files that are no text, and those deleted but still listed, are left out.
pub fn read<'a>(paths: impl Iterator<Item = &'a str>) -> io::Result<Files> {
    let mut files = Files::new();
    for path in paths {
        match fs::read(path) {
            Ok(bytes) => drop(String::from_utf8(bytes).map(|text| files.insert(path.to_owned(), text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// A line for each place that breaks a rule of this file.
pub fn check(files: &Files) -> Vec<String> {
    [long_files(files), forbidden_words(files), lone_migrations(files), dead_links(files), crates_without_lints(files)].concat()
}

fn long_files(files: &Files) -> Vec<String> {
    let exceptions = files.get(EXCEPTIONS).map(String::as_str).unwrap_or_default();
    let excepted: BTreeSet<&str> = exceptions.lines().filter_map(|line| line.split_once(": ")).map(|(path, _)| path).collect();
    let written = files.iter().filter(|(path, _)| WRITTEN.iter().any(|end| path.ends_with(end)));
    let long: BTreeMap<&str, usize> =
        written.map(|(path, text)| (path.as_str(), text.lines().count())).filter(|(_, lines)| *lines > MAX_LINES).collect();
    let too_long = long.iter().filter(|(path, _)| !excepted.contains(*path));
    let stale = excepted.iter().filter(|path| !long.contains_key(*path));
    let too_long = too_long
        .map(|(path, lines)| format!("{path}: {lines} lines, more than {MAX_LINES}: split it, or give a reason in {EXCEPTIONS}"));
    too_long.chain(stale.map(|path| format!("{EXCEPTIONS}: {path} is not that long any more"))).collect()
}

fn forbidden_words(files: &Files) -> Vec<String> {
    let mut broken = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            for (first, second, what) in FORBIDDEN.iter().filter(|(first, second, _)| line.contains(&format!("{first}{second}")))
            {
                broken.push(format!("{path}:{}: {first}{second}: {what}", number + 1));
            }
        }
    }
    broken
}

/// Each migration stands in `migrations/sqlite` and `migrations/postgres` under one name.
fn lone_migrations(files: &Files) -> Vec<String> {
    let twin = |path: &str| match path.contains("/migrations/sqlite/") {
        true => path.replace("/migrations/sqlite/", "/migrations/postgres/"),
        false => path.replace("/migrations/postgres/", "/migrations/sqlite/"),
    };
    let migrations = files.keys().filter(|path| path.contains("/migrations/"));
    migrations
        .filter(|path| twin(path) == **path || !files.contains_key(&twin(path)))
        .map(|path| format!("{path}: the other engine lacks this migration"))
        .collect()
}

/// Each relative link of a Markdown file leads to a file or a directory of the repository.
fn dead_links(files: &Files) -> Vec<String> {
    let mut broken = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let goal = resolve(path, target);
            let inside = format!("{goal}/");
            if !files.keys().any(|file| *file == goal || file.starts_with(&inside)) && !goal.is_empty() {
                broken.push(format!("{path}: the link to {target} leads nowhere"));
            }
        }
    }
    broken
}

/// The path from the root that `target` means in the file at `from`.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// A crate that forgets this line is checked by nobody.
fn crates_without_lints(files: &Files) -> Vec<String> {
    let manifests = files.iter().filter(|(path, _)| path.starts_with("crates/") && path.ends_with("/Cargo.toml"));
    manifests
        .filter(|(_, text)| !text.contains("[lints]\nworkspace = true"))
        .map(|(path, _)| format!("{path}: lacks `[lints] workspace = true`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn long_files_need_a_reason_and_reasons_a_long_file() {
        let long = "line\n".repeat(MAX_LINES + 1);
        assert_eq!(check(&files(&[("a.rs", &long)])).len(), 1);
        assert_eq!(check(&files(&[("a.rs", &"line\n".repeat(MAX_LINES))])).len(), 0);
        assert_eq!(check(&files(&[("a.rs", &long), (EXCEPTIONS, "a.rs: one table\n")])).len(), 0);
        assert_eq!(check(&files(&[("a.rs", "short"), (EXCEPTIONS, "a.rs: one table\n")])).len(), 1);
        assert_eq!(check(&files(&[("Cargo.lock", &long)])).len(), 0);
    }

    #[test]
    fn traces_of_machines_are_found_with_their_line() {
        let path = ["/wo", "rk/main"].concat();
        let broken = check(&files(&[("a.md", &format!("fine\nsee {path}\n"))]));
        assert_eq!(broken.len(), 1);
        assert!(broken[0].starts_with("a.md:2: "), "{broken:?}");
    }

    #[test]
    fn a_migration_has_its_twin() {
        let (sqlite, postgres) = (("x/migrations/sqlite/V1__init.sql", ""), ("x/migrations/postgres/V1__init.sql", ""));
        assert_eq!(check(&files(&[sqlite, postgres])).len(), 0);
        assert_eq!(check(&files(&[sqlite])).len(), 1);
        assert_eq!(check(&files(&[postgres])).len(), 1);
        assert_eq!(check(&files(&[("x/migrations/V1__init.sql", "")])).len(), 1);
    }

    #[test]
    fn links_lead_somewhere() {
        let good = "[a](../README.md) [b](guides/) [c](https://example.org) [d](#here) [e](./guides/x.md#part)";
        let tree = [("README.md", ""), ("docs/guides/x.md", "")];
        assert_eq!(check(&files(&[tree[0], tree[1], ("docs/index.md", good)])), Vec::<String>::new());
        assert_eq!(check(&files(&[tree[0], tree[1], ("docs/index.md", "[a](nowhere.md)")])).len(), 1);
    }

    #[test]
    fn a_crate_takes_the_lints_of_the_workspace() {
        assert_eq!(check(&files(&[("crates/a/Cargo.toml", "[lints]\nworkspace = true\n")])).len(), 0);
        assert_eq!(check(&files(&[("crates/a/Cargo.toml", "[package]\n")])).len(), 1);
    }
}

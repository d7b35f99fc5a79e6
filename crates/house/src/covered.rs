//! Lists that people were promised as numbered rows are each held by a test that names its row: the rules and refusals of the
//! interoperability platform, the features of messaging and the titles of its refusals. Codes that public documentation names are refusals
//! of ours, or it is said why not.

use crate::tree::Files;

/// What a crate has promised.
struct Promise {
    /// Where it is.
    root: &'static str,
    /// Letters of the rows and how many there are of each.
    rows: &'static [(char, u32)],
    /// Where the tables of refusals are.
    tables: &'static [&'static str],
    /// Codes that the public documentation names: a table and codes of it a line, with a reason after a colon if the table lacks them.
    published: &'static str,
}

const PROMISES: [Promise; 2] = [
    // E-services, attributes, agreements, purposes, clients.
    Promise {
        root: "crates/interop/",
        rows: &[('e', 15), ('a', 6), ('g', 11), ('p', 15), ('c', 10)],
        tables: &["src/errors.rs", "src/vouchers/fault.rs", "src/vouchers/dpop.rs"],
        published: include_str!("../interop-codes.txt"),
    },
    // Messages, kinds of them, remote content, services, the intermediary.
    Promise {
        root: "crates/messaging/",
        rows: &[('m', 8), ('k', 8), ('r', 6), ('v', 16), ('i', 9)],
        tables: &["src/errors.rs"],
        published: "",
    },
];

/// A line for each row without a test of its name, and for each refusal that no test names.
pub fn check(files: &Files) -> Vec<String> {
    PROMISES.iter().flat_map(|promise| kept(promise, files)).collect()
}

fn kept(promise: &Promise, files: &Files) -> Vec<String> {
    let Promise { root, rows, tables, published } = promise;
    let own = files.iter().filter_map(|(path, text)| Some((path.strip_prefix(root)?, text.as_str())));
    let tests: String = own.map(|(path, text)| tests(path, text)).collect();
    let numbered = rows.iter().flat_map(|(letter, count)| (1..=*count).map(move |number| format!("{letter}{number}")));
    let unnamed = numbered.filter(|row| !functions(&tests).any(|name| name.split('_').any(|part| part == row)));
    let mut broken: Vec<_> = unnamed.map(|row| format!("{root}: no test is named after {}", row.to_uppercase())).collect();
    for table in *tables {
        let refusals = files.get(&format!("{root}{table}")).map(|text| refusals(text)).unwrap_or_default();
        let lacking = refusals.into_iter().filter(|(name, code)| !names(&tests, name, code));
        broken.extend(lacking.map(|(name, code)| format!("{root}{table}: no test names {code} {name}")));
    }
    let codes = |table: &str| {
        let rows = files.get(&format!("{root}{table}")).map(|text| refusals(text)).unwrap_or_default();
        rows.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    for line in published.lines().filter(|line| !line.starts_with('#')) {
        let (named, reason) = line.split_once(": ").map_or((line, None), |(named, reason)| (named, Some(reason)));
        let (table, named) = named.split_once(' ').unwrap_or((named, ""));
        let rows = codes(table);
        let astray = named.split(' ').filter(|code| rows.contains(code) == reason.is_some());
        let why = if reason.is_some() { "is said to lack" } else { "lacks" };
        broken.extend(astray.map(|code| format!("{root}{table}: {why} the published {code}")));
    }
    broken
}

/// The names of the functions in a text.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|rest| rest.split(|end: char| !end.is_ascii_alphanumeric() && end != '_').next())
}

/// The tests in a file of the crate.
fn tests<'a>(path: &str, text: &'a str) -> &'a str {
    if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
        return text;
    }
    text.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests)
}

/// The rows of a table: a name, and the code after it. Where each row is an arm with the code and the title of a problem, the title is both.
fn refusals(text: &str) -> Vec<(&str, &str)> {
    let table = text.split_once("\nfaults! {\n").and_then(|(_, rest)| rest.split_once("\n}")).map_or("", |(table, _)| table);
    let rows = table.lines().filter_map(|line| line.trim().split_once(" \""));
    let arms = text.lines().filter_map(|line| line.trim().split_once(" => (\"")?.1.strip_suffix("\"),"));
    let titles = arms.filter_map(|arm| arm.rsplit_once('"')).map(|(_, title)| (title, title));
    rows.filter_map(|(name, rest)| Some((name, rest.split_once('"')?.0))).chain(titles).collect()
}

/// Whether a test names a refusal: by its variant, by its code, or by its name for operators.
fn names(tests: &str, name: &str, code: &str) -> bool {
    let operators = name[..1].to_lowercase() + &name[1..];
    let whole = |text: String| {
        tests.match_indices(&text).any(|(at, _)| !tests[at + text.len()..].starts_with(|next: char| next.is_ascii_alphanumeric()))
    };
    whole(format!("Fault::{name}")) || tests.contains(&format!("\"{code}\"")) || tests.contains(&format!("\"{operators}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Promise =
        Promise { root: "crates/list/", rows: &[('a', 2), ('b', 12)], tables: &["src/errors.rs"], published: "" };

    fn broken(own: &[(&str, &str)]) -> usize {
        let files = own.iter().map(|(path, text)| (format!("{}{path}", LIST.root), (*text).to_owned())).collect();
        kept(&LIST, &files).len()
    }

    #[test]
    fn a_row_is_held_by_a_test_of_its_name() {
        let all = |from: u32| {
            LIST.rows.iter().flat_map(move |(letter, count)| (from..=*count).map(move |n| format!("fn {letter}{n}_x()\n")))
        };
        let whole: String = all(1).collect();
        assert_eq!(broken(&[("tests/it/a.rs", &whole)]), 0);
        assert_eq!(broken(&[("src/a.rs", &whole)]), 14, "what is no test does not count");
        let joined: String = all(2).chain(["async fn a1_and_b1_x(world: World)".to_owned()]).collect();
        assert_eq!(broken(&[("src/a/tests.rs", &joined)]), 0);
        assert_eq!(broken(&[("src/a/tests.rs", &joined.replace("b12", "b112"))]), 1);
    }

    #[test]
    fn a_published_code_is_a_row_or_lacks_for_a_reason() {
        let table = "\nfaults! {\n    One \"001-0001\" 404 \"x\";\n    Two \"001-0002\" 404 \"x\";\n}\n";
        let files = || {
            let own = [("src/errors.rs", table), ("tests/it/a.rs", "Fault::One Fault::Two")];
            own.iter().map(|(path, text)| (format!("{}{path}", LIST.root), (*text).to_owned())).collect::<Files>()
        };
        let broken = |published| kept(&Promise { rows: &[], published, ..LIST }, &files());
        let good = "# a remark: nothing\nsrc/errors.rs 001-0001 001-0002\nsrc/errors.rs 001-0003: nobody has it";
        assert_eq!(broken(good), Vec::<String>::new());
        assert_eq!(broken("src/errors.rs 001-0001 001-0003"), ["crates/list/src/errors.rs: lacks the published 001-0003"]);
        assert_eq!(broken("src/errors.rs 001-0002: out of date").len(), 1);
    }

    #[test]
    fn a_title_is_named_in_full() {
        let table =
            "            Self::One => (\"x-one\", 404, \"Not found\"),\n            Self::Two => (\"x-two\", 403, OTHER),\n";
        assert_eq!(refusals(table), [("Not found", "Not found")]);
        assert!(
            names("refused(404, \"Not found\")", "Not found", "Not found")
                && !names("\"Not found here\"", "Not found", "Not found")
        );
    }

    #[test]
    fn a_refusal_is_named_by_variant_code_or_name() {
        let table = "\nfaults! {\n    One \"001-0001\" 404 \"x\";\n    Two \"0002\" \"x\";\n    Three \"0003\" \"x\";\n    On \"0004\" \"x\";\n}\n";
        assert_eq!(refusals(table).len(), 4);
        let named = "Fault::One; \"0002\"; [\"three\"]";
        let lacking: Vec<_> = refusals(table).into_iter().filter(|(name, code)| !names(named, name, code)).collect();
        assert_eq!(lacking, [("On", "0004")]);
    }
}

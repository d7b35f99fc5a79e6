//! The interoperability platform is a list of numbered rules and of numbered refusals: each is held by a test that names it.

use crate::tree::Files;

const CRATE: &str = "crates/interop/";
/// Letters of the rules and how many there are of each: e-services, attributes, agreements, purposes, clients. The tenth rule of clients
/// (keychains of producers) is not kept yet.
const RULES: [(char, u32); 5] = [('e', 15), ('a', 6), ('g', 11), ('p', 15), ('c', 9)];
/// Where the tables of refusals are.
const TABLES: [&str; 3] = ["src/errors.rs", "src/vouchers/fault.rs", "src/vouchers/dpop.rs"];

/// A line for each rule without a test of its name, and for each refusal that no test names.
pub fn check(files: &Files) -> Vec<String> {
    let own = files.iter().filter_map(|(path, text)| Some((path.strip_prefix(CRATE)?, text.as_str())));
    let tests: String = own.map(|(path, text)| tests(path, text)).collect();
    let mut broken = Vec::new();
    for (letter, count) in RULES {
        for number in 1..=count {
            let rule = format!("{letter}{number}_");
            let named = ["fn ", "_and_", "_to_"].iter().any(|before| tests.contains(&format!("{before}{rule}")));
            if !named {
                broken.push(format!("{CRATE}: no test is named after rule {}", rule.trim_end_matches('_').to_uppercase()));
            }
        }
    }
    for table in TABLES {
        let refusals = files.get(&format!("{CRATE}{table}")).map(|text| refusals(text)).unwrap_or_default();
        let lacking = refusals.into_iter().filter(|(name, code)| !names(&tests, name, code));
        broken.extend(lacking.map(|(name, code)| format!("{CRATE}{table}: no test names {code} {name}")));
    }
    broken
}

/// The tests in a file of the crate.
fn tests<'a>(path: &str, text: &'a str) -> &'a str {
    if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
        return text;
    }
    text.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests)
}

/// The rows of a table: a name, and the code after it.
fn refusals(text: &str) -> Vec<(&str, &str)> {
    let table = text.split_once("\nfaults! {\n").and_then(|(_, rest)| rest.split_once("\n}")).map_or("", |(table, _)| table);
    let rows = table.lines().filter_map(|line| line.trim().split_once(" \""));
    rows.filter_map(|(name, rest)| Some((name, rest.split_once('"')?.0))).collect()
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

    fn files(own: &[(&str, &str)]) -> Files {
        own.iter().map(|(path, text)| (format!("{CRATE}{path}"), (*text).to_owned())).collect()
    }

    #[test]
    fn a_rule_is_held_by_a_test_of_its_name() {
        let all = |from: u32| {
            RULES.iter().flat_map(move |(letter, count)| (from..=*count).map(move |n| format!("fn {letter}{n}_x()\n")))
        };
        let whole: String = all(1).collect();
        assert_eq!(check(&files(&[("tests/it/a.rs", &whole)])), Vec::<String>::new());
        assert_eq!(check(&files(&[("src/a.rs", &whole)])).len(), 56, "what is no test does not count");
        let joined: String = all(2).chain(["fn a1_to_c1_and_e1_and_g1_and_p1_x()".to_owned()]).collect();
        assert_eq!(check(&files(&[("src/a/tests.rs", &joined)])), Vec::<String>::new());
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

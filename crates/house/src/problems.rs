//! Every code of a problem has its page in `docs/errors`, and every page its code.

use std::collections::BTreeSet;

use crate::tree::Files;

/// A line for each code without a page and each page without a code. The stand-ins answer as third parties do: theirs need none.
pub fn check(files: &Files) -> Vec<String> {
    let product =
        |path: &str| path.contains("/src/") && !["crates/demo/", "crates/house/"].iter().any(|own| path.starts_with(own));
    let sources = files.iter().filter(|(path, _)| path.ends_with(".rs") && product(path));
    let codes: BTreeSet<&str> = sources.flat_map(|(_, text)| codes(text)).collect();
    let pages = files.keys().filter_map(|path| path.strip_prefix("docs/errors/")?.strip_suffix(".md"));
    let pages: BTreeSet<&str> = pages.filter(|page| *page != "README").collect();
    let lacking = codes.difference(&pages).map(|code| format!("docs/errors/{code}.md: lacks; a problem has this code"));
    lacking.chain(pages.difference(&codes).map(|page| format!("docs/errors/{page}.md: no problem has this code"))).collect()
}

/// The codes that a source names before its tests: `problem(404, "code"`, `Problem::new(404, "code"`, and in a table `("code", 404`.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.match_indices('"').filter_map(move |(at, _)| {
        let (before, (word, after)) = (&text[..at], text[at + 1..].split_once('"')?);
        let status = after.strip_prefix(", ").is_some_and(|rest| rest.starts_with(['4', '5']) && rest.find(',') == Some(3));
        let call = ["roblem::new(", "problem("].iter().filter_map(|name| Some(before.rfind(name)? + name.len())).max();
        let first = call.and_then(|call| before[call..].trim_end().strip_suffix(','));
        let second = first.is_some_and(|argument| !argument.contains([',', '"', ';']));
        let kebab = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        (kebab && (second || (before.ends_with('(') && status))).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_calls_and_tables_but_not_in_tests() {
        let source = "Problem::new(404, \"one\", \"Uno\").detail(\"two\"); problem(\n  status.as_u16(),\n  \"three\") '\"' => (\"four\", 409, \"x\")
            #[cfg(test)] Problem::new(400, \"five\")";
        assert_eq!(codes(source).collect::<Vec<_>>(), ["one", "three", "four"]);
    }

    #[test]
    fn a_code_has_its_page_and_a_page_its_code() {
        let source = ("crates/web/src/a.rs", "Problem::new(404, \"one\", t)");
        let files = |page: &str| Files::from([source, (page, "")].map(|(path, text)| (path.to_owned(), text.to_owned())));
        assert_eq!(check(&files("docs/errors/one.md")), Vec::<String>::new());
        assert_eq!(check(&files("docs/errors/two.md")).len(), 2);
    }
}

//! Which licences may come in: those under which a work can be part of one under the EUPL-1.2.

use serde_json::Value;

/// Permissive licences, which ask for attribution at most, and weak copyleft by file or with the EUPL's own appendix (MPL-2.0).
const ALLOWED: [&str; 17] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "EUPL-1.2",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// npm packages whose manifest names no SPDX licence, while the text in the package is one of the list.
const READ_BY_HAND: [&str; 4] = [
    "browser-cookies",  // Unlicense
    "dialog-polyfill",  // BSD-3-Clause
    "dom-walk",         // MIT
    "jstimezonedetect", // MIT
];

/// A line for each crate that the product or its tests are built from and whose licence is not allowed. Takes `cargo metadata`.
pub fn check_cargo(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.filter_map(|package| complaint("crate", &package["name"], &package["license"])).collect()
}

/// A line for each npm package that the pages ship and whose licence is not allowed. Takes `package-lock.json`.
pub fn check_npm(lock: &Value) -> Vec<String> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    let shipped = packages.filter(|(path, package)| !path.is_empty() && package["dev"] != true);
    let named = shipped.map(|(path, package)| (path.rsplit("node_modules/").next().unwrap_or_default(), &package["license"]));
    let unread = named.filter(|(name, _)| !READ_BY_HAND.contains(name));
    unread.filter_map(|(name, licence)| complaint("npm package", &name.into(), licence)).collect()
}

fn complaint(kind: &str, name: &Value, licence: &Value) -> Option<String> {
    let licence = licence.as_str().unwrap_or("none");
    (!allowed(licence)).then(|| {
        format!(
            "{kind} {}: licence {licence} is not on the list (crates/house/src/licences.rs)",
            name.as_str().unwrap_or_default()
        )
    })
}

/// Whether an SPDX expression can be satisfied by allowed licences alone (SPDX specification, annex "SPDX license expressions").
/// `/` is how old manifests write OR. What is no expression is not allowed.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words) == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words) -> Option<bool> {
    let mut good = all(words)?;
    while words.next_if_eq(&"OR").is_some() {
        good |= all(words)?;
    }
    Some(good)
}

fn all(words: &mut Words) -> Option<bool> {
    let mut good = one(words)?;
    while words.next_if_eq(&"AND").is_some() {
        good &= one(words)?;
    }
    Some(good)
}

fn one(words: &mut Words) -> Option<bool> {
    if words.next_if_eq(&"(").is_some() {
        let good = any(words)?;
        return words.next_if_eq(&")").map(|_| good);
    }
    let mut name = words.next()?.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next()?);
    }
    Some(ALLOWED.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_of_several_licences_is_enough() {
        for good in ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-2.0", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception"] {
            assert!(allowed(good), "{good}");
        }
    }

    #[test]
    fn every_licence_of_a_sum_must_be_allowed() {
        for bad in [
            "",
            "none",
            "GPL-3.0",
            "AGPL-3.0-only",
            "MIT AND GPL-3.0",
            "(MIT",
            "MIT OR",
            "MIT MIT",
            "GPL-2.0 WITH Classpath-exception-2.0",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }

    #[test]
    fn packages_are_named() {
        let metadata = json!({ "packages": [{ "name": "good", "license": "MIT" }, { "name": "bad", "license": "SSPL-1.0" }, { "name": "silent", "license": null }] });
        let broken = check_cargo(&metadata);
        assert_eq!(broken.len(), 2);
        assert!(broken[0].contains("bad") && broken[1].contains("silent"), "{broken:?}");
    }

    #[test]
    fn npm_packages_that_are_only_tools_are_not_shipped() {
        let lock = json!({ "packages": {
            "": {},
            "node_modules/tool": { "license": "GPL-3.0", "dev": true },
            "node_modules/a/node_modules/@scope/shipped": { "license": "GPL-3.0" },
        } });
        let broken = check_npm(&lock);
        assert_eq!(broken.len(), 1);
        assert!(broken[0].contains("@scope/shipped"), "{broken:?}");
    }
}

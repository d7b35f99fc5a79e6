//! Who may import whom: the table of ARCHITECTURE.md.

use serde_json::Value;

/// From left to right; each crate may import those to its left.
const FOUNDATION: [&str; 6] = ["kernel", "contracts", "storage", "bus", "runtime", "web"];
/// Libraries without neighbours: they import `kernel` only.
const LEAVES: [&str; 2] = ["forms", "pdf"];
/// Bounded contexts: foundation and leaves, never each other.
const CONTEXTS: [&str; 7] = ["identity", "platform", "payments", "registry", "pdnd", "interop", "messaging"];
/// Never part of the product.
const DEVELOPMENT: [&str; 5] = ["engines", "house", "testkit", "acceptance", "bench"];
/// What the tests of any crate may use besides.
const FOR_TESTS: [&str; 2] = ["engines", "testkit"];

/// A line for each edge between our crates that the table does not have. Takes `cargo metadata`.
pub fn check(metadata: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten().filter(|package| package["source"].is_null()) {
        let from = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = imports(from) else {
            broken
                .push(format!("crate {from}: has no place in the table of crates (crates/house/src/edges.rs, ARCHITECTURE.md)"));
            continue;
        };
        for dependency in
            package["dependencies"].as_array().into_iter().flatten().filter(|dependency| !dependency["path"].is_null())
        {
            let to = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"] == "dev" && tests_may_use(from, to);
            if !allowed.contains(&to) && !for_tests {
                broken.push(format!("crate {from}: may not import {to} (ARCHITECTURE.md, \"Crates\")"));
            }
        }
    }
    broken
}

/// Tests need the engines. Those of crates beyond the foundation need the whole of it, since they set up the handle that it gives;
/// those of contexts also the stand-ins of the outside parties that they call.
fn tests_may_use(from: &str, to: &str) -> bool {
    let below = FOUNDATION.contains(&from) || LEAVES.contains(&from);
    FOR_TESTS.contains(&to) || (!below && FOUNDATION.contains(&to)) || (CONTEXTS.contains(&from) && to == "demo")
}

/// What the crate may import, or `None` for a crate that the table does not know.
fn imports(name: &str) -> Option<Vec<&'static str>> {
    if let Some(position) = FOUNDATION.iter().position(|other| *other == name) {
        return Some(FOUNDATION[..position].to_vec());
    }
    if LEAVES.contains(&name) {
        return Some(vec!["kernel"]);
    }
    if CONTEXTS.contains(&name) {
        return Some([&FOUNDATION[..], &LEAVES].concat());
    }
    let product = [&FOUNDATION[..], &LEAVES, &CONTEXTS, &["ui", "demo", "server"]].concat();
    match name {
        "ui" => Some(vec!["kernel", "contracts", "runtime", "web"]),
        "demo" => Some(FOUNDATION.to_vec()),
        "server" => Some(product),
        "engines" | "house" => Some(Vec::new()),
        "testkit" => Some([&product[..], &["engines"]].concat()),
        "acceptance" | "bench" => Some([&product[..], &DEVELOPMENT].concat()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(from: &str, to: &str, kind: Option<&str>) -> Value {
        json!({ "packages": [{ "name": from, "source": null, "dependencies": [{ "name": to, "path": "/somewhere", "kind": kind }] }] })
    }

    #[test]
    fn every_forbidden_edge_is_found() {
        for (from, to) in
            [("kernel", "contracts"), ("storage", "bus"), ("runtime", "web"), ("payments", "platform"), ("ui", "storage")]
        {
            assert_eq!(check(&metadata(from, to, None)).len(), 1, "{from} -> {to}");
        }
        for (from, to) in
            [("forms", "contracts"), ("demo", "payments"), ("server", "testkit"), ("engines", "kernel"), ("newcomer", "kernel")]
        {
            assert_eq!(check(&metadata(from, to, None)).len(), 1, "{from} -> {to}");
        }
    }

    #[test]
    fn edges_of_the_table_pass() {
        for (from, to) in [
            ("web", "kernel"),
            ("payments", "web"),
            ("platform", "forms"),
            ("ui", "runtime"),
            ("server", "payments"),
            ("bench", "engines"),
        ] {
            assert_eq!(check(&metadata(from, to, None)), Vec::<String>::new(), "{from} -> {to}");
        }
    }

    #[test]
    fn tests_may_use_engines_foundation_and_stand_ins_but_not_another_context() {
        assert_eq!(check(&metadata("registry", "demo", Some("dev"))), Vec::<String>::new());
        assert_eq!(check(&metadata("registry", "demo", None)).len(), 1);
        assert_eq!(check(&metadata("ui", "storage", Some("dev"))), Vec::<String>::new());
        assert_eq!(check(&metadata("kernel", "storage", Some("dev"))).len(), 1);
        assert_eq!(check(&metadata("storage", "engines", Some("dev"))), Vec::<String>::new());
        assert_eq!(check(&metadata("storage", "engines", None)).len(), 1);
        assert_eq!(check(&metadata("payments", "platform", Some("dev"))).len(), 1);
    }

    #[test]
    fn libraries_of_others_are_not_edges() {
        let metadata = json!({ "packages": [
            { "name": "kernel", "source": null, "dependencies": [{ "name": "serde", "kind": null }] },
            { "name": "serde", "source": "registry", "dependencies": [] },
        ] });
        assert_eq!(check(&metadata), Vec::<String>::new());
    }
}

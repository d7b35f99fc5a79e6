//! The OpenAPI documents: one for each role at run time, one for each context in the repository (`crates/<context>/openapi.json`), so
//! that every change of an interface shows in review. `UPDATE_OPENAPI=1 cargo test -p server openapi_fresh` writes the latter.

use std::collections::BTreeMap;

use runtime::Role;
use serde_json::{Map, Value};

use crate::parts::PARTS;
use crate::scratch::Scratch;

/// A document as it is written: indented, with a line feed at the end.
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// The document of each context that has operations: those of its roles, merged.
///
/// # Errors
/// When the roles cannot be built.
pub async fn by_context() -> Result<BTreeMap<&'static str, Value>, String> {
    let scratch = Scratch::open().await?;
    let mut documents = BTreeMap::new();
    for role in scratch.roles().iter().filter(|role| role.openapi["paths"].as_object().is_some_and(|paths| !paths.is_empty())) {
        let context = context_of(role);
        match documents.entry(context) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(web::published(role))),
            std::collections::btree_map::Entry::Occupied(mut entry) => merge(entry.get_mut(), &web::published(role)),
        }
    }
    Ok(documents)
}

fn context_of(role: &Role) -> &'static str {
    let owner = PARTS.iter().find(|part| part.roles.iter().any(|(name, _)| *name == role.name));
    owner.map_or("unknown", |part| part.context)
}

/// Adds the members of `other` that `into` lacks, at any depth.
fn merge(into: &mut Value, other: &Value) {
    let (Value::Object(into), Value::Object(other)) = (into, other) else { return };
    for (name, value) in other {
        merge(into.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new())), value);
        if into[name].as_object().is_some_and(Map::is_empty) {
            into.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn merging_adds_and_never_changes() {
        let mut into = serde_json::json!({ "info": { "title": "a" }, "paths": { "/a": { "get": 1 } } });
        merge(&mut into, &serde_json::json!({ "info": { "title": "b" }, "paths": { "/a": { "put": 2 }, "/b": {} }, "tags": [] }));
        let merged =
            serde_json::json!({ "info": { "title": "a" }, "paths": { "/a": { "get": 1, "put": 2 }, "/b": {} }, "tags": [] });
        assert_eq!(into, merged);
    }

    #[tokio::test]
    async fn no_tenant_takes_the_address_of_a_role() {
        let scratch = Scratch::open().await.unwrap();
        let mut segments =
            vec!["assets".to_owned(), "docs".to_owned(), "errors".to_owned(), "metrics".to_owned(), "status".to_owned()];
        for role in scratch.roles() {
            let paths = role.openapi["paths"].as_object().into_iter().flatten();
            segments.extend(paths.map(|(path, _)| path.split('/').nth(1).unwrap().to_owned()));
        }
        segments.retain(|segment| segment != "{tenant}");
        assert!(segments.iter().any(|segment| segment == "authorization-server"), "{segments:?}");
        for segment in segments {
            assert!(!platform::is_slug(&segment), "{segment} is for platform's RESERVED");
        }
    }

    /// The rules of the guidelines that our documents once broke; `./dev check` knows all of them.
    #[tokio::test]
    async fn no_document_breaks_the_guidelines() {
        for (context, document) in by_context().await.unwrap() {
            for member in ["contact", "x-summary", "version"] {
                assert!(!document["info"][member].is_null(), "{context}: {member}");
            }
            assert!(document["paths"]["/status"]["get"]["responses"]["503"].is_object(), "{context}");
            for (path, item) in document["paths"].as_object().unwrap() {
                let patched = &item["patch"]["requestBody"]["content"];
                assert!(patched["application/json"].is_null(), "{context}: PATCH {path}");
                for operation in item.as_object().unwrap().values() {
                    let responses = operation["responses"].as_object().into_iter().flatten();
                    let refusals = responses.filter(|(status, answer)| status.as_str() >= "4" && answer["x-noqa"].is_null());
                    for (status, answer) in refusals {
                        let mut kinds = answer["content"].as_object().into_iter().flat_map(Map::keys);
                        assert!(kinds.all(|kind| kind == "application/problem+json"), "{context}: {status} of {path}");
                    }
                }
            }
            assert_eq!(document.to_string().matches("\"x-noqa\"").count(), usize::from(context == "payments"), "{context}");
        }
    }

    #[tokio::test]
    async fn openapi_fresh() {
        let update = std::env::var_os("UPDATE_OPENAPI").is_some();
        for (context, document) in by_context().await.unwrap() {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(context).join("openapi.json");
            if update {
                std::fs::write(&file, text(&document)).unwrap();
            }
            let committed = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                committed == text(&document),
                "crates/{context}/openapi.json is not what the handlers say; write it by: UPDATE_OPENAPI=1 cargo test -p server openapi_fresh"
            );
        }
    }
}

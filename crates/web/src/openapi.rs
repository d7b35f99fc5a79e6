//! The OpenAPI document of a role. What every operation has in common is said here once, as the Italian guidelines on interoperability ask;
//! `./dev check` runs their rules over the result.

use runtime::Role;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// What every interface of ours does, wherever it is.
const DESCRIPTION: &str = "Le risposte 4xx e 5xx seguono la RFC 9457 (`application/problem+json`). \
    Il corpo di un PATCH (`application/merge-patch+json`, RFC 7396) è accettato anche come `application/json`.";

/// Where the project is found; the body that runs it is found where its services are.
const PROJECT: &str = "https://example.org/sportello/sportello.git";

/// The document of a role's own operations.
pub(crate) fn document(title: &str, written: &OpenApi) -> Value {
    let mut document = serde_json::to_value(written).unwrap_or_default();
    document["info"] = json!({
        "title": title,
        "x-summary": format!("{title}: interfaccia di Sportello"),
        "description": DESCRIPTION,
        "version": runtime::VERSION,
        "contact": { "name": "Sportello", "url": PROJECT },
        "license": { "name": "EUPL-1.2" },
    });
    for (path, operations) in members(document.get_mut("paths")) {
        for (method, operation) in members(Some(operations)).filter(|(_, operation)| operation.is_object()) {
            operation["operationId"] = operation_id(method, path).into();
            name_media_types(method, operation);
        }
    }
    size_integers(&mut document);
    document
}

/// The document of a role as others read it: with `/status`, which every process answers. Null when the role has no operations.
pub fn published(role: &Role) -> Value {
    let mut document = role.openapi.clone();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    if let Some(paths) = paths.filter(|paths| !paths.is_empty()) {
        paths.insert("/status".to_owned(), status());
    }
    document
}

/// Handlers in different files share their names, operations must not (OpenAPI 3.1, "Operation Object").
fn operation_id(method: &str, path: &str) -> String {
    let words: Vec<&str> = path.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", words.join("_"))
}

/// Refusals are problems ([`crate::ApiError`]), and patches are merge patches; handlers write `application/json` for both.
fn name_media_types(method: &str, operation: &mut Value) {
    for (status, response) in members(operation.get_mut("responses")) {
        if status.starts_with(['4', '5']) {
            rename(response.get_mut("content"), "application/problem+json");
            // The guidelines' own word for an answer in another program's language, which knows no problems.
            let mut kinds = response["content"].as_object().into_iter().flat_map(Map::keys).peekable();
            if kinds.peek().is_some() && kinds.all(|kind| kind.contains("/vnd.")) {
                response["x-noqa"] = true.into();
            }
        }
    }
    if method == "patch" {
        rename(operation.pointer_mut("/requestBody/content"), "application/merge-patch+json");
    }
}

fn rename(content: Option<&mut Value>, kind: &str) {
    if let Some(content) = content.and_then(Value::as_object_mut)
        && let Some(body) = content.remove("application/json")
    {
        content.insert(kind.to_owned(), body);
    }
}

/// Whole numbers whose Rust type says no width have 64 bits.
fn size_integers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "integer") && !object.contains_key("format") {
                object.insert("format".to_owned(), "int64".into());
            }
            object.values_mut().for_each(size_integers);
        }
        Value::Array(array) => array.iter_mut().for_each(size_integers),
        _ => {}
    }
}

fn members(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    value.and_then(Value::as_object_mut).into_iter().flat_map(Map::iter_mut)
}

/// What [`crate::status_routes`] answer.
fn status() -> Value {
    let text = json!({ "type": "string" });
    let roles = json!({ "type": "array", "items": text });
    let body = |kind: &str, properties: Value| json!({ kind: { "schema": { "type": "object", "properties": properties } } });
    let well = body(
        "application/json",
        json!({ "status": { "type": "string", "enum": ["ok"] }, "version": text, "roles": roles, "failures": { "type": "object" } }),
    );
    let ill = body(
        "application/problem+json",
        json!({
            "type": text,
            "title": text,
            "status": { "type": "integer", "format": "int32" },
            "detail": text,
            "version": text,
            "roles": roles,
            "failures": { "type": "object", "additionalProperties": text },
        }),
    );
    let retry = json!({ "description": "Secondi dopo i quali riprovare", "schema": { "type": "integer", "format": "int32" } });
    json!({ "get": {
        "operationId": "get_status",
        "summary": "Stato del processo",
        "description": "Risponde 200 se la base dati e il bus degli eventi rispondono.",
        "tags": ["servizio"],
        "responses": {
            "200": { "description": "Funziona", "content": well },
            "503": { "description": "Una parte non risponde", "headers": { "Retry-After": retry }, "content": ill },
        },
    } })
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::OpenApiBuilder;

    use super::*;

    fn polished(operations: Value) -> Value {
        let written: OpenApi = serde_json::from_value(
            json!({ "openapi": "3.1.0", "info": { "title": "", "version": "" }, "paths": { "/a/{id}": operations } }),
        )
        .unwrap();
        document("Prove", &written)["paths"]["/a/{id}"].clone()
    }

    fn answers(content: &str) -> Value {
        json!({ "description": "", "content": { content: { "schema": { "type": "integer" } } } })
    }

    #[test]
    fn refusals_are_problems_and_patches_are_merge_patches() {
        let body = json!({ "content": { "application/json": { "schema": { "type": "object" } } } });
        let responses = json!({ "200": answers("application/json"), "404": answers("application/json"), "401": { "description": "Senza token" } });
        let item = polished(json!({
            "patch": { "requestBody": body, "responses": responses },
            "put": { "requestBody": body, "responses": {} },
        }));
        let kinds = |content: &Value| content.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(kinds(&item["patch"]["requestBody"]["content"]), ["application/merge-patch+json"]);
        assert_eq!(kinds(&item["put"]["requestBody"]["content"]), ["application/json"]);
        assert_eq!(kinds(&item["patch"]["responses"]["200"]["content"]), ["application/json"]);
        assert_eq!(kinds(&item["patch"]["responses"]["404"]["content"]), ["application/problem+json"]);
        assert_eq!(item["patch"]["responses"]["401"], json!({ "description": "Senza token" }));
        assert_eq!(item["patch"]["operationId"], "patch_a_id");
        assert_eq!(item["patch"]["responses"]["200"]["content"]["application/json"]["schema"]["format"], "int64");
    }

    #[test]
    fn a_refusal_in_the_language_of_another_program_is_marked() {
        let foreign = json!({ "post": { "responses": { "400": answers("application/vnd.ksql.v1+json"), "404": answers("application/json") } } });
        let item = polished(foreign);
        assert_eq!(item["post"]["responses"]["400"]["x-noqa"], true);
        assert_eq!(item["post"]["responses"]["404"]["x-noqa"], Value::Null);
    }

    #[test]
    fn a_role_with_operations_says_how_it_is_and_one_without_has_no_document() {
        let mut role = Role { openapi: document("Prove", &OpenApiBuilder::new().build()), ..Role::new("prove") };
        assert_eq!(published(&role)["paths"], json!({}));
        role.openapi["paths"]["/a"] = json!({});
        assert!(published(&role)["paths"]["/status"]["get"]["responses"]["503"].is_object());
        assert_eq!(published(&Role::new("silent")), Value::Null);
    }
}

//! Who may do what with users, offices, uploads and messages: one row for each operation. An operation without a row fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{BUGLIANO, HERE, PDF, Person, World, inline};
use crate::on_both_engines;

on_both_engines!(every_operation_answers_each_caller_as_the_table_says);

#[tokio::test]
async fn every_variable_of_an_address_is_documented() {
    let world = World::on_sqlite().await;
    for (path, methods) in world.role.openapi["paths"].as_object().unwrap() {
        let variables: BTreeSet<_> = path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}')).collect();
        for (method, operation) in methods.as_object().unwrap() {
            let parameters =
                operation["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "path");
            let documented: Vec<_> = parameters.map(|parameter| parameter["name"].as_str().unwrap()).collect();
            assert_eq!(documented.len(), variables.len(), "{method} {path}: {documented:?}");
            assert!(documented.iter().all(|name| variables.contains(name)), "{method} {path}: {documented:?}");
        }
    }
}

/// What each caller is answered, in this order: nobody, a broken token, a visitor, the citizen that it is about, another citizen, an
/// operator of another service, an operator of the service, an administrator, another role, an administrator of the other tenant.
type Expected = [u16; 10];

/// The operations that are judged here, by their tags and addresses.
fn is_ours(path: &str, operation: &Value) -> bool {
    let tag = operation["tags"][0].as_str().unwrap();
    ["users", "offices", "uploads", "messages", "documents", "dead letters"].contains(&tag) || path.starts_with("/internal/users")
}

fn table() -> Vec<(&'static str, &'static str, Value, Expected)> {
    let none = Value::Null;
    let citizen = json!({ "given_name": "Anna", "family_name": "Rossi", "fiscal_code": "RSSNNA92D55F205M" });
    let operator = json!({ "given_name": "Op", "family_name": "Nuovo", "role": "operator", "username": "nuovo" });
    let mario = json!({ "given_name": "Mario", "family_name": "Rossi", "fiscal_code": "RSSMRA80A01H501U" });
    let office = json!({ "name": "Ufficio" });
    let upload = json!({ "name": "a.pdf", "size": PDF.len() });
    let message = json!({ "message": "Buongiorno", "attachments": [inline("a.pdf", PDF)] });
    vec![
        ("get", "/{tenant}/api/users", none.clone(), [401, 401, 403, 403, 403, 200, 200, 200, 200, 404]),
        ("get", "/{tenant}/api/users/{id}", none.clone(), [401, 401, 404, 200, 404, 200, 200, 200, 200, 404]),
        ("post", "/{tenant}/api/users", citizen.clone(), [401, 401, 403, 403, 403, 200, 200, 200, 200, 404]),
        ("post", "/{tenant}/api/users", operator, [401, 401, 403, 403, 403, 403, 403, 201, 409, 404]),
        ("put", "/{tenant}/api/users/{id}", mario, [401, 401, 403, 403, 403, 403, 403, 200, 200, 404]),
        (
            "patch",
            "/{tenant}/api/users/{id}",
            json!({ "phone": "050 123456" }),
            [401, 401, 404, 200, 404, 403, 403, 200, 200, 404],
        ),
        (
            "patch",
            "/{tenant}/api/users/{id}",
            json!({ "given_name": "Marco" }),
            [401, 401, 404, 403, 404, 403, 403, 200, 200, 404],
        ),
        // The citizen has an application: nobody removes him.
        ("delete", "/{tenant}/api/users/{id}", none.clone(), [401, 401, 403, 403, 403, 403, 403, 422, 422, 404]),
        ("get", "/internal/users", none.clone(), [401, 401, 404, 404, 404, 404, 404, 404, 200, 404]),
        ("get", "/internal/users/{id}", none.clone(), [401, 401, 404, 404, 404, 404, 404, 404, 200, 404]),
        ("post", "/internal/users/identify", citizen, [401, 401, 404, 404, 404, 404, 404, 404, 200, 404]),
        ("get", "/{tenant}/api/user-groups", none.clone(), ANYBODY_READS),
        ("get", "/{tenant}/api/user-groups/{id}", none.clone(), ANYBODY_READS),
        ("post", "/{tenant}/api/user-groups", json!({ "name": "Nuovo" }), [401, 401, 403, 403, 403, 403, 403, 201, 409, 404]),
        ("put", "/{tenant}/api/user-groups/{id}", office, [401, 401, 403, 403, 403, 403, 403, 200, 200, 404]),
        (
            "patch",
            "/{tenant}/api/user-groups/{id}",
            json!({ "more_info": "x" }),
            [401, 401, 403, 403, 403, 403, 403, 200, 200, 404],
        ),
        ("delete", "/{tenant}/api/user-groups/{id}", none.clone(), [401, 401, 403, 403, 403, 403, 403, 204, 204, 404]),
        ("post", "/{tenant}/api/uploads", upload, [401, 401, 201, 201, 201, 201, 201, 201, 403, 404]),
        ("get", "/{tenant}/api/uploads/{id}", none.clone(), [401, 401, 404, 200, 404, 404, 404, 404, 404, 404]),
        ("put", "/{tenant}/api/uploads/{id}", json!({}), [401, 401, 404, 204, 404, 404, 404, 404, 404, 404]),
        // The address is the permission, and this one is forged: a token neither helps nor hurts.
        ("put", "/{tenant}/api/uploads/{id}/content", none.clone(), [403; 10]),
        ("get", "/{tenant}/api/applications/{id}/messages", none.clone(), [401, 401, 404, 200, 404, 404, 200, 200, 200, 404]),
        ("get", "/{tenant}/api/v2/applications/{id}/messages", none.clone(), [401, 401, 404, 200, 404, 404, 200, 200, 200, 404]),
        ("post", "/{tenant}/api/applications/{id}/messages", message, [401, 401, 404, 201, 404, 404, 201, 201, 201, 404]),
        (
            "get",
            "/{tenant}/api/applications/{id}/messages/{message}",
            none.clone(),
            [401, 401, 404, 200, 404, 404, 200, 200, 200, 404],
        ),
        (
            "get",
            "/{tenant}/api/applications/{id}/messages/{internal}",
            none.clone(),
            [401, 401, 404, 404, 404, 404, 200, 200, 200, 404],
        ),
        (
            "patch",
            "/{tenant}/api/applications/{id}/messages/{message}",
            json!({ "protocol_number": "1" }),
            [401, 401, 404, 403, 404, 404, 200, 200, 200, 404],
        ),
        ("get", "/{tenant}/api/documents", none.clone(), [401, 401, 200, 200, 200, 403, 403, 200, 200, 404]),
        ("get", "/{tenant}/api/folders", none.clone(), [401, 401, 200, 200, 200, 403, 403, 200, 200, 404]),
        ("get", "/{tenant}/api/documents/{id}", none.clone(), [401, 401, 404, 200, 404, 403, 403, 200, 200, 404]),
        // Its file is kept elsewhere.
        ("get", "/{tenant}/api/documents/{id}/download", none.clone(), [401, 401, 404, 404, 404, 403, 403, 404, 404, 404]),
        ("get", "/{tenant}/api/dead-letters", none.clone(), [401, 401, 403, 403, 403, 403, 403, 200, 200, 404]),
        ("get", "/{tenant}/api/dead-letters/{id}", none.clone(), [401, 401, 403, 403, 403, 403, 403, 200, 200, 404]),
        ("post", "/{tenant}/api/dead-letters/{id}/replay", none.clone(), [401, 401, 403, 403, 403, 403, 403, 204, 404, 404]),
        ("delete", "/{tenant}/api/dead-letters/{id}", none.clone(), [401, 401, 403, 403, 403, 403, 403, 404, 404, 404]),
        (
            "get",
            "/{tenant}/api/applications/{id}/messages/{message}/attachments/{attachment}",
            none,
            [401, 401, 404, 200, 404, 404, 200, 200, 200, 404],
        ),
    ]
}

/// The list of offices looks at no token.
const ANYBODY_READS: Expected = [200; 10];

/// What the operations are about: something of a citizen, and his application.
struct Things {
    mario: Person,
    office: String,
    upload: String,
    application: String,
    message: String,
    internal: String,
    attachment: String,
    document: String,
    letter: String,
}

impl Things {
    async fn of(world: &World, operator: &Person) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mario = world.mario().await;
        let office = json!({ "name": "Ufficio" });
        let office = world
            .call("POST", &format!("{HERE}/api/user-groups"))
            .bearer(&world.service())
            .json(&office)
            .send()
            .await
            .expect(201);
        let upload = json!({ "name": "a.pdf", "size": PDF.len() });
        let upload = world.call("POST", &format!("{HERE}/api/uploads")).by(&mario).json(&upload).send().await.expect(201);
        let address = text(&upload["uri"]).strip_prefix(world.app.public_url()).unwrap().to_owned();
        world.call("PUT", &address).body(PDF).send().await.expect(200);
        let application = world.acquired(&mario).await;
        let messages = format!("{HERE}/api/applications/{application}/messages");
        let message = json!({ "message": "x", "attachments": [inline("a.pdf", PDF)] });
        let message = world.call("POST", &messages).by(operator).json(&message).send().await.expect(201);
        let internal = json!({ "message": "x", "visibility": "internal" });
        let internal = world.call("POST", &messages).by(operator).json(&internal).send().await.expect(201);
        let document = world.document_of(&mario, &application).await;
        let letter = json!({ "event_id": world.app.event_id(), "tenant_id": BUGLIANO });
        let letter = world.bury("reader", letter.to_string()).await;
        Self {
            document,
            letter,
            mario,
            office: text(&office["id"]),
            upload: text(&upload["id"]),
            application,
            message: text(&message["id"]),
            internal: text(&internal["id"]),
            attachment: text(&message["attachments"][0]["id"]),
        }
    }

    /// An operation's address with these things in it.
    fn address(&self, path: &str) -> String {
        let id = match path {
            path if path.contains("/users") => &self.mario.id,
            path if path.contains("/user-groups") => &self.office,
            path if path.contains("/uploads") => &self.upload,
            path if path.contains("/documents") => &self.document,
            path if path.contains("/dead-letters") => &self.letter,
            _ => &self.application,
        };
        let path = path.replace("{tenant}", &HERE[1..]).replace("{id}", id).replace("{attachment}", &self.attachment);
        let path = path.replace("{message}", &self.message).replace("{internal}", &self.internal);
        match path.as_str() {
            "/internal/users" => path + "?username=RSSMRA80A01H501U",
            _ if path.ends_with("/content") => path + "?expires=1900000000&signature=00",
            _ => path,
        }
    }
}

async fn every_operation_answers_each_caller_as_the_table_says(world: World) {
    let operator = world.operator().await;
    let elsewhere = world.staff("operator", "altrove", json!({})).await;
    let (admin, anna, stranger) = (world.admin().await, world.anna().await, world.stranger().await);
    let things = Things::of(&world, &operator).await;
    let callers = [
        None,
        Some("a.b.c".to_owned()),
        Some(world.visitor().token),
        Some(things.mario.token.clone()),
        Some(anna.token),
        Some(elsewhere.token),
        Some(operator.token),
        Some(admin.token),
        Some(world.service()),
        Some(stranger.token),
    ];

    let mut rows = BTreeSet::new();
    for (method, path, body, expected) in table() {
        rows.insert((method.to_owned(), path.replace("{internal}", "{message}")));
        let address = things.address(path);
        for (number, (caller, expected)) in callers.iter().zip(expected).enumerate() {
            let mut call = world.call(&method.to_uppercase(), &address);
            if let Some(token) = caller {
                call = call.bearer(token);
            }
            if !body.is_null() {
                call = call.json(&body);
            }
            let answer = call.send().await;
            assert_eq!(answer.status, expected, "{method} {path}, caller {number}: {}", answer.body);
        }
    }

    let mut operations = BTreeSet::new();
    for (path, methods) in world.role.openapi["paths"].as_object().unwrap() {
        let ours = methods.as_object().unwrap().iter().filter(|(_, operation)| is_ours(path, operation));
        operations.extend(ours.map(|(method, _)| (method.clone(), path.clone())));
    }
    assert_eq!(rows, operations, "every operation has a row");
}

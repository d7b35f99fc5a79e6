//! The storage tree on its three stores: what other programs left there is adopted, and what changes here they find there.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};
use storage::{FileKeys, Files, FilesUrl};

use crate::world::{API, BUGLIANO, SERVICE, VALLELAGHI, World, at_vallelaghi};

/// A proxy with a tree, and the tree as others see it.
struct Stage {
    world: World,
    files: Files,
    _keep: Box<dyn std::any::Any>,
}

impl Stage {
    async fn open(variables: &[(&'static str, &str)], url: FilesUrl, keys: FileKeys) -> Self {
        let common = [("CACHE_EXPIRATION", "1s")];
        let world = World::on_sqlite().await.crash().restart(&[variables, &common].concat()).await;
        Self { world, files: Files::open_with(&url, &keys).unwrap(), _keep: Box::new(()) }
    }

    async fn on_a_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let variables =
            [("STORAGE_TYPE", "local"), ("STORAGE_LOCAL_PATH", path.as_str()), ("STORAGE_BASE_PATH", "/data/{provider}/")];
        let stage = Self::open(&variables, FilesUrl::Dir(folder.path().to_owned()), FileKeys::default()).await;
        Self { _keep: Box::new(folder), ..stage }
    }

    async fn on_s3() -> Self {
        let bucket = tokio::task::spawn_blocking(engines::s3).await.unwrap();
        let variables = [
            ("STORAGE_TYPE", "s3"),
            ("STORAGE_BUCKET", bucket.name),
            ("STORAGE_ENDPOINT", bucket.endpoint.as_str()),
            ("STORAGE_ACCESS_S3_KEY", bucket.access_key),
            ("STORAGE_KEY_S3_ACCESS_SECRET", bucket.secret_key),
            ("STORAGE_S3_REGION", bucket.region),
            ("STORAGE_BASE_PATH", "/data/{provider}/"),
        ];
        let keys = FileKeys {
            key: Some(bucket.access_key.to_string()),
            secret: Some(bucket.secret_key.to_string()),
            endpoint: Some(bucket.endpoint.clone()),
            region: Some(bucket.region.to_string()),
        };
        let stage = Self::open(&variables, FilesUrl::S3(bucket.name.to_owned(), String::new()), keys).await;
        Self { _keep: Box::new(bucket), ..stage }
    }

    async fn on_azure() -> Self {
        let container = tokio::task::spawn_blocking(engines::azurite).await.unwrap();
        let variables = [
            ("STORAGE_TYPE", "azure"),
            ("STORAGE_BUCKET", container.name.as_str()),
            ("STORAGE_ENDPOINT", container.endpoint.as_str()),
            ("STORAGE_AZURE_ACCOUNT", container.account),
            ("STORAGE_AZURE_KEY", container.key),
            ("STORAGE_BASE_PATH", "/data/{provider}/"),
        ];
        let keys = FileKeys {
            key: Some(container.account.to_string()),
            secret: Some(container.key.to_string()),
            endpoint: Some(container.endpoint.clone()),
            region: None,
        };
        let stage = Self::open(&variables, FilesUrl::Azure(container.name.clone(), String::new()), keys).await;
        Self { _keep: Box::new(container), ..stage }
    }

    async fn put(&self, key: &str, object: &Value) {
        self.files.put(&format!("data/sandbox/{key}"), Bytes::from(object.to_string())).await.unwrap();
    }

    /// A document of a tenant and a service that only the tree has.
    async fn document_of_the_tree(&self) -> Value {
        let service = "11111111-2222-4333-8444-555555555504";
        let mut tenant = at_vallelaghi(&self.world.tenant_config());
        tenant["id"] = json!(VALLELAGHI);
        (tenant["created_at"], tenant["modified_at"]) = (json!(""), json!(""));
        let mut config = self.world.service_config();
        (config["id"], config["tenant_id"]) = (json!(service), json!(VALLELAGHI));
        // Another program's proxy may have a setting that ours has not.
        config["registry"]["colore"] = json!("blu");
        // The service first: what matters is that both are there when the document comes.
        self.put(&format!("services/{service}.json"), &config).await;
        self.put(&format!("tenants/{VALLELAGHI}.json"), &tenant).await;
        let mut document = at_vallelaghi(&self.world.document());
        (document["tenant_id"], document["remote_collection"]["id"]) = (json!(VALLELAGHI), json!(service));
        document
    }

    /// Waits until the proxies have seen as many objects of the tree.
    async fn noted(&self, count: i64) {
        let began = Instant::now();
        let noted = || {
            let sql = "SELECT count(*) FROM registry_tree";
            self.world.app.db().read(move |tx| tx.one(sql, storage::params![], |row| row.get::<i64>(0)))
        };
        while noted().await.unwrap() < count {
            assert!(began.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until an object satisfies a condition.
    async fn until(&self, key: &str, holds: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let object = self.files.get(&format!("data/sandbox/{key}")).await;
            let object = object.map(|content| serde_json::from_slice::<Value>(&content).unwrap());
            if object.as_ref().is_ok_and(&holds) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{key}: {object:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod folder { $(#[tokio::test] async fn $name() { super::$name(super::Stage::on_a_folder().await).await; })* }
        mod s3 { $(#[tokio::test] async fn $name() { super::$name(super::Stage::on_s3().await).await; })* }
        mod azure { $(#[tokio::test] async fn $name() { super::$name(super::Stage::on_azure().await).await; })* }
    };
}

on_every_store!(
    what_is_configured_here_is_found_there,
    a_document_of_a_service_that_only_the_tree_has_is_registered,
    an_invalid_document_of_a_service_that_only_the_tree_has_is_a_dead_letter,
    what_changes_there_is_in_force_here,
    what_is_wrong_there_is_left_alone,
    the_file_of_a_service_is_the_tenants_that_was_known_first,
);

async fn what_is_configured_here_is_found_there(stage: Stage) {
    let (world, service) = (&stage.world, format!("services/{SERVICE}.json"));
    world.call("PATCH", &format!("{API}/services/{SERVICE}"), &json!({ "description": "Suolo" })).await.expect(200);
    stage.until(&service, |object| object["description"] == "Suolo" && object["registry"]["register"] == "PROTOCOLLO").await;
    world.call("DELETE", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(204);
    stage.until(&service, |object| object["is_active"] == false).await;
    let tenant = world.tenant_config();
    world.call("PUT", &format!("{API}/tenants/{}", tenant["id"].as_str().unwrap()), &tenant).await.expect(200);
    stage.until(&format!("tenants/{}.json", tenant["id"].as_str().unwrap()), |object| object["aoo_code"] == "AOO1").await;
}

/// As the documentation's proxies leave them: instants that are empty texts, a tenant that does not say whether it is active.
async fn a_document_of_a_service_that_only_the_tree_has_is_registered(stage: Stage) {
    let world = &stage.world;
    let document = stage.document_of_the_tree().await;
    world.publish("documents", &document).await;
    world.registered(&document).await;
    // Of services that nobody has configured nothing becomes of their documents.
    let mut foreign = world.document();
    foreign["remote_collection"]["id"] = json!("11111111-2222-4333-8444-555555555505");
    world.publish("documents", &foreign).await;
    let own = world.document();
    world.publish("documents", &own).await;
    world.registered(&own).await;
    world.idle().await;
    assert_eq!(world.statuses(&foreign).await, ["DOCUMENT_CREATED"]);
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn an_invalid_document_of_a_service_that_only_the_tree_has_is_a_dead_letter(stage: Stage) {
    let world = &stage.world;
    let mut document = stage.document_of_the_tree().await;
    document["title"] = json!(" ");
    world.publish("documents", &document).await;
    world.buried(1).await;
    world.idle().await;
    assert_eq!(world.dead_letters().await, ["documento non valido: /title required"]);
    let sql = "SELECT source, topic, key, payload FROM dead_letters";
    let letter = world.app.db().read(move |tx| {
        tx.one(sql, storage::params![], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?, row.get::<String>(3)?))
        })
    });
    let (source, topic, key, payload) = letter.await.unwrap();
    assert_eq!((source.as_str(), topic.as_str()), ("sandbox-registry-proxy", "documents"));
    assert_eq!(json!(key), document["remote_id"]);
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!((&payload["id"], &payload["event_id"]), (&document["id"], &document["event_id"]));
    assert_eq!(world.statuses(&document).await, ["DOCUMENT_CREATED"]);
}

async fn what_changes_there_is_in_force_here(stage: Stage) {
    let world = &stage.world;
    let address = format!("{API}/services/{SERVICE}");
    let mut config = world.service_config();
    (config["description"], config["is_active"]) = (json!("Cambiato altrove"), json!(false));
    stage.put(&format!("services/{SERVICE}.json"), &config).await;
    let began = Instant::now();
    while world.call("GET", &address, &Value::Null).await.expect(200)["description"] != "Cambiato altrove" {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.call("GET", &address, &Value::Null).await.expect(200)["is_active"], false);
}

async fn what_is_wrong_there_is_left_alone(stage: Stage) {
    let world = &stage.world;
    // Not JSON, another tenant's service, a setting that the provider refuses.
    stage.files.put("data/sandbox/tenants/readme.json", Bytes::from_static(b"?")).await.unwrap();
    let mut stolen = world.service_config();
    stolen["tenant_id"] = json!(VALLELAGHI);
    stage.put(&format!("services/{SERVICE}.json"), &stolen).await;
    let other = "11111111-2222-4333-8444-555555555506";
    let mut wrong = world.service_config();
    (wrong["id"], wrong["registry"]) = (json!(other), json!({}));
    stage.put(&format!("services/{other}.json"), &wrong).await;
    stage.noted(3).await;
    assert_eq!(
        world.call("GET", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(200)["tenant_id"],
        world.service_config()["tenant_id"]
    );
    world.call("GET", &format!("{API}/services/{other}"), &Value::Null).await.expect(404);
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
}

async fn the_file_of_a_service_is_the_tenants_that_was_known_first(stage: Stage) {
    let world = &stage.world;
    let (token, services) = (world.service_token(VALLELAGHI), format!("{API}/services"));
    let (address, file) = (format!("{services}/{SERVICE}"), format!("services/{SERVICE}.json"));
    let mut theirs = world.service_config();
    (theirs["tenant_id"], theirs["description"]) = (json!(VALLELAGHI), json!("Di Vallelaghi"));
    // A file of another tenant's service is not taken over, neither over ours nor beside it.
    stage.put(&file, &theirs).await;
    stage.noted(1).await;
    assert_eq!(world.call("GET", &address, &Value::Null).await.expect(200)["tenant_id"], BUGLIANO);
    world.call_by(&token, "GET", &address, &Value::Null).await.expect(404);
    // By the API they have a service of their own; the file stays ours.
    world.call("PATCH", &address, &json!({ "description": "Suolo" })).await.expect(200);
    stage.until(&file, |object| object["description"] == "Suolo").await;
    world.call_by(&token, "POST", &services, &theirs).await.expect(201);
    world.idle().await;
    stage.until(&file, |object| object["description"] == "Suolo" && object["tenant_id"] == BUGLIANO).await;
    assert_eq!(world.call_by(&token, "GET", &address, &Value::Null).await.expect(200)["description"], "Di Vallelaghi");
    assert_eq!(world.call("GET", &address, &Value::Null).await.expect(200)["description"], "Suolo");
}

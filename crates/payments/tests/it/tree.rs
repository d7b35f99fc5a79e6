//! The storage tree that other programs read and write: what changes here gets there, what changes there is taken over.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};
use storage::{FileKeys, Files, FilesUrl};

use crate::on_both_engines;
use crate::world::{BUGLIANO, PROXY, SERVICE, World};

on_both_engines!(
    what_changes_here_is_written,
    what_another_program_changed_is_taken_over,
    what_is_no_configuration_is_left_alone,
    a_payment_of_another_program_is_taken_over,
);

const CONFIGS: &str = "sdc-payments/sandbox/tenants";
const PAYMENTS: &str = "sdc-payments/sandbox/payments";
/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(20);

/// The world with a tree in the place of the one without, and the tree.
async fn with_tree(world: World) -> (World, Files) {
    let folder = world.folder().join("tree");
    let path: &'static str = folder.display().to_string().leak();
    let with = world.replaced(&[("STORAGE_TYPE", "local"), ("STORAGE_LOCAL_PATH", path)]).await;
    (with, Files::open(&FilesUrl::Dir(folder)).unwrap())
}

/// Waits until an object holds what is wanted.
async fn holds(files: &Files, key: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let object = files.get(key).await.ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        match object {
            Some(object) if wanted(&object) => return object,
            object => assert!(began.elapsed() < DEADLINE, "{key}: {object:?}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn write(files: &Files, key: &str, object: &Value) {
    files.put(key, Bytes::from(object.to_string())).await.unwrap();
}

/// Looks for what other programs changed.
async fn look(world: &World) {
    let role = world.roles.iter().find(|role| role.name == "payment-proxy-sandbox").unwrap();
    role.jobs[0].run().await.unwrap();
}

async fn what_changes_here_is_written(world: World) {
    let (world, files) = with_tree(world).await;
    let tenant = format!("{CONFIGS}/{BUGLIANO}/tenant.json");
    let config = format!("{CONFIGS}/{BUGLIANO}/{SERVICE}.json");
    world.call("PATCH", &format!("{PROXY}/v2/tenants/{BUGLIANO}"), &json!({ "note": 1 })).await.expect(200);
    world.call("PATCH", &format!("{PROXY}/v2/configs/{SERVICE}"), &json!({ "note": 2 })).await.expect(200);
    holds(&files, &tenant, |object| object["note"] == 1 && object["id"] == BUGLIANO).await;
    holds(&files, &config, |object| object["note"] == 2 && object["tenant_id"] == BUGLIANO).await;
    world.call("DELETE", &format!("{PROXY}/v2/configs/{SERVICE}"), &Value::Null).await.expect(204);
    holds(&files, &config, |object| object["active"] == false).await;
    world.call("PUT", &format!("{PROXY}/v2/configs/{SERVICE}"), &world.payment_config()).await.expect(200);
    let (application, pending) = world.pending("20.00").await;
    let key = format!("{PAYMENTS}/{}.json", pending["id"].as_str().unwrap());
    holds(&files, &key, |object| object["status"] == "PAYMENT_PENDING").await;
    world.press(&pending, "paga").await;
    let complete = world.payment(&application, "COMPLETE").await;
    assert_eq!(holds(&files, &key, |object| object["status"] == "COMPLETE").await, complete, "a payment is its latest event");
}

async fn what_another_program_changed_is_taken_over(world: World) {
    let (world, files) = with_tree(world).await;
    let (tenant, config) = (format!("{CONFIGS}/{BUGLIANO}/tenant.json"), format!("{CONFIGS}/{BUGLIANO}/{SERVICE}.json"));
    let show = |path: String| {
        let world = &world;
        async move { world.call("GET", &format!("{PROXY}/{path}"), &Value::Null).await.expect(200) }
    };
    // As version 1 left it: without the members that the key tells, nor those that events tell.
    let old = json!({ "payment_type": "pagopa", "management_id": "COSAP", "collection_data": "9/0301109AP/", "split_enable": false,
        "split": [{ "split_id": "", "split_amount": "" }], "hidden": "", "active": true });
    write(&files, &tenant, &json!({ "name": "Comune di prima", "tax_identification_number": "00337460224", "IPA_code": "c_a" }))
        .await;
    write(&files, &config, &old).await;
    look(&world).await;
    assert_eq!(show(format!("tenants/{BUGLIANO}")).await["name"], "Comune di prima");
    assert_eq!(show(format!("services/{SERVICE}")).await["management_id"], "COSAP");
    let (_, pending) = world.pending("12.34").await;
    assert_eq!((&pending["payment"]["due_type"], &pending["payment"]["amount"]), (&json!("COSAP"), &json!(12.34)));
    // Changed here, then there: the last one wins, and nothing is written over that nobody changed.
    world.call("PATCH", &format!("{PROXY}/services/{SERVICE}"), &json!({ "management_id": "TOSAP" })).await.expect(200);
    holds(&files, &config, |object| object["management_id"] == "TOSAP").await;
    look(&world).await;
    assert_eq!(show(format!("services/{SERVICE}")).await["management_id"], "TOSAP");
    let mut newer = show(format!("services/{SERVICE}")).await;
    newer["management_id"] = json!("CUP");
    world.idle().await;
    write(&files, &config, &newer).await;
    look(&world).await;
    assert_eq!(show(format!("services/{SERVICE}")).await["management_id"], "CUP");
}

async fn what_is_no_configuration_is_left_alone(world: World) {
    let (world, files) = with_tree(world).await;
    let before = world.call("GET", &format!("{PROXY}/v2/tenants/{BUGLIANO}"), &Value::Null).await.expect(200);
    let folder = format!("{CONFIGS}/{BUGLIANO}");
    files.put(&format!("{folder}/tenant.json"), Bytes::from_static(b"{\"name\": ")).await.unwrap();
    write(&files, &format!("{folder}/{SERVICE}.json"), &json!({ "payment_type": "bonifico" })).await;
    write(&files, &format!("{folder}/appunti.json"), &json!({ "name": "x" })).await;
    write(&files, &format!("{CONFIGS}/indice.json"), &json!([])).await;
    look(&world).await;
    look(&world).await;
    assert_eq!(world.call("GET", &format!("{PROXY}/v2/tenants/{BUGLIANO}"), &Value::Null).await.expect(200), before);
    world.pending("20.00").await;
}

async fn a_payment_of_another_program_is_taken_over(world: World) {
    let (world, files) = with_tree(world).await;
    // The position is there: another program created it.
    let (application, mut pending) = world.pending("20.00").await;
    let iud = pending["payment"]["iud"].clone();
    pending["id"] = json!(world.app.rng().uuid());
    pending["app_id"] = json!("efil-payment-proxy:1.2.2");
    let id = pending["id"].as_str().unwrap().to_owned();
    let update = format!("{PROXY}/update/{id}");
    world.call("GET", &update, &Value::Null).await.expect(404);
    write(&files, &format!("{PAYMENTS}/{id}.json"), &pending).await;
    world.press(&json!({ "payment": { "iud": iud } }), "paga").await;
    world.payment(&application, "COMPLETE").await;
    assert_eq!(world.call("GET", &update, &Value::Null).await.expect(200)["status"], "COMPLETE");
    assert_eq!(world.last_event(&pending).await["status"], "COMPLETE");
    // What lies under another's name is nobody's.
    let other = world.app.rng().uuid();
    write(&files, &format!("{PAYMENTS}/{other}.json"), &pending).await;
    world.call("GET", &format!("{PROXY}/update/{other}"), &Value::Null).await.expect(404);
}

/// The same on S3, with the variables of the documentation's example.
#[tokio::test]
async fn a_tree_may_be_on_s3() {
    let bucket = engines::s3();
    let keys = FileKeys {
        key: Some(bucket.access_key.to_owned()),
        secret: Some(bucket.secret_key.to_owned()),
        endpoint: Some(bucket.endpoint.clone()),
        region: Some(bucket.region.to_owned()),
    };
    let variables = [
        ("STORAGE_TYPE", "MINIO"),
        ("STORAGE_KEY", bucket.access_key),
        ("STORAGE_SECRET", bucket.secret_key),
        ("STORAGE_BUCKET_NAME", bucket.name),
        ("STORAGE_S3_REGION", bucket.region),
        ("STORAGE_ENDPOINT", bucket.endpoint.trim_start_matches("http://")),
    ];
    is_shared(&variables, &Files::open_with(&FilesUrl::S3(bucket.name.to_owned(), String::new()), &keys).unwrap()).await;
}

/// The same on Azure, with the other names that the documentation has for the variables.
#[tokio::test]
async fn a_tree_may_be_on_azure() {
    let container = tokio::task::spawn_blocking(engines::azurite).await.unwrap();
    let keys = FileKeys {
        key: Some(container.account.to_owned()),
        secret: Some(container.key.to_owned()),
        endpoint: Some(container.endpoint.clone()),
        region: None,
    };
    let variables = [
        ("STORAGE_TYPE", "azure"),
        ("STORAGE_BUCKET", container.name.as_str()),
        ("STORAGE_AZURE_ACCOUNT", container.account),
        ("STORAGE_AZURE_KEY", container.key),
        ("STORAGE_ENDPOINT", container.endpoint.as_str()),
    ];
    is_shared(&variables, &Files::open_with(&FilesUrl::Azure(container.name.clone(), String::new()), &keys).unwrap()).await;
}

/// What changes here is written to the store of these variables, what changes there is taken over, and so are payments.
async fn is_shared(variables: &[(&'static str, &str)], files: &Files) {
    let world = World::on_sqlite().await;
    let with = world.replaced(&[variables, &[("BASE_PATH_CONFIG", "altro/tenants/")]].concat()).await;
    with.call("PATCH", &format!("{PROXY}/v2/tenants/{BUGLIANO}"), &json!({ "note": 1 })).await.expect(200);
    let tenant = format!("altro/tenants/{BUGLIANO}/tenant.json");
    let mut stored = holds(files, &tenant, |object| object["note"] == 1).await;
    stored["name"] = json!("Comune di prima");
    write(files, &tenant, &stored).await;
    with.idle().await;
    look(&with).await;
    let shown = with.call("GET", &format!("{PROXY}/tenants/{BUGLIANO}"), &Value::Null).await.expect(200);
    assert_eq!(shown["name"], "Comune di prima");
    let (application, pending) = with.pending("20.00").await;
    let key = format!("{PAYMENTS}/{}.json", pending["id"].as_str().unwrap());
    holds(files, &key, |object| object["status"] == "PAYMENT_PENDING").await;
    with.press(&pending, "paga").await;
    let complete = with.payment(&application, "COMPLETE").await;
    assert_eq!(holds(files, &key, |object| object["status"] == "COMPLETE").await, complete);
}

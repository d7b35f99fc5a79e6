//! What every file store must do.

use std::sync::Arc;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use storage::{FileError, Files, FilesUrl};

struct Fixture {
    files: Files,
    _keep: Box<dyn std::any::Any + Send>,
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod in_a_directory { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::directory().await).await; })* }
        mod on_s3 { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::s3().await).await; })* }
        mod on_azure { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::azure().await).await; })* }
    };
}

suite![what_is_put_is_got, putting_again_replaces, creating_is_done_once, deleting_is_idempotent, listing_is_below_a_folder];

async fn directory() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let url: FilesUrl = format!("file:{}", folder.path().display()).parse().unwrap();
    Fixture { files: Files::open(&url).unwrap(), _keep: Box::new(folder) }
}

async fn s3() -> Fixture {
    let bucket = tokio::task::spawn_blocking(engines::s3).await.unwrap();
    let store = AmazonS3Builder::new()
        .with_endpoint(&bucket.endpoint)
        .with_allow_http(true)
        .with_bucket_name(bucket.name)
        .with_region(bucket.region)
        .with_access_key_id(bucket.access_key)
        .with_secret_access_key(bucket.secret_key)
        .build()
        .unwrap();
    Fixture { files: Files::over(Arc::new(store)), _keep: Box::new(bucket) }
}

async fn azure() -> Fixture {
    let container = tokio::task::spawn_blocking(engines::azurite).await.unwrap();
    let store = MicrosoftAzureBuilder::new()
        .with_endpoint(container.endpoint.clone())
        .with_allow_http(true)
        .with_account(container.account)
        .with_access_key(container.key)
        .with_container_name(&container.name)
        .build()
        .unwrap();
    Fixture { files: Files::over(Arc::new(store)), _keep: Box::new(container) }
}

async fn what_is_put_is_got(Fixture { files, _keep }: Fixture) {
    let content = Bytes::from(vec![7_u8; 300_000]);
    files.put("tenants/a/one.pdf", content.clone()).await.unwrap();
    assert_eq!(files.get("tenants/a/one.pdf").await.unwrap(), content);
    assert!(matches!(files.get("tenants/a/two.pdf").await, Err(FileError::NotFound(_))));
}

async fn putting_again_replaces(Fixture { files, _keep }: Fixture) {
    files.put("x", Bytes::from_static(b"one")).await.unwrap();
    files.put("x", Bytes::from_static(b"two")).await.unwrap();
    assert_eq!(files.get("x").await.unwrap(), "two");
}

async fn creating_is_done_once(Fixture { files, _keep }: Fixture) {
    files.create("x", Bytes::from_static(b"one")).await.unwrap();
    assert!(matches!(files.create("x", Bytes::from_static(b"two")).await, Err(FileError::Exists(_))));
    assert_eq!(files.get("x").await.unwrap(), "one");
}

async fn deleting_is_idempotent(Fixture { files, _keep }: Fixture) {
    files.put("x", Bytes::from_static(b"one")).await.unwrap();
    files.delete("x").await.unwrap();
    files.delete("x").await.unwrap();
    assert!(matches!(files.get("x").await, Err(FileError::NotFound(_))));
}

async fn listing_is_below_a_folder(Fixture { files, _keep }: Fixture) {
    for key in ["a/1.json", "a/b/2.json", "ab/3.json"] {
        files.put(key, Bytes::from_static(b"{}")).await.unwrap();
    }
    assert_eq!(files.list("a").await.unwrap(), ["a/1.json", "a/b/2.json"]);
    assert!(files.list("none").await.unwrap().is_empty());
}

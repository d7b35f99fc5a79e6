use engines::{azurite, s3};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};

async fn keeps_objects_and_refuses_a_second_create(store: impl ObjectStore) {
    let path = Path::from("folder/object.json");
    store.put_opts(&path, "first".into(), PutMode::Create.into()).await.unwrap();
    let again = store.put_opts(&path, "second".into(), PutMode::Create.into()).await;
    assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "first");
}

#[tokio::test]
async fn s3_keeps_objects_and_checks_signatures() {
    let bucket = s3();
    let builder = AmazonS3Builder::new()
        .with_endpoint(&bucket.endpoint)
        .with_allow_http(true)
        .with_bucket_name(bucket.name)
        .with_region(bucket.region)
        .with_access_key_id(bucket.access_key)
        .with_secret_access_key(bucket.secret_key);
    keeps_objects_and_refuses_a_second_create(builder.clone().build().unwrap()).await;
    let impostor = builder.with_secret_access_key("wrong").build().unwrap();
    impostor.get(&Path::from("folder/object.json")).await.unwrap_err();
}

#[tokio::test]
async fn azurite_keeps_objects_and_checks_signatures() {
    let container = azurite();
    let builder = MicrosoftAzureBuilder::new()
        .with_endpoint(container.endpoint)
        .with_allow_http(true)
        .with_account(container.account)
        .with_access_key(container.key)
        .with_container_name(container.name);
    keeps_objects_and_refuses_a_second_create(builder.clone().build().unwrap()).await;
    let impostor = builder.with_access_key("d3Jvbmc=").build().unwrap();
    impostor.get(&Path::from("folder/object.json")).await.unwrap_err();
}

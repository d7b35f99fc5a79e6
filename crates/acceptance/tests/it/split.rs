//! The main story with each role in a process of its own, over PostgreSQL, Apache Kafka and an S3 server.

use std::time::Instant;

use reqwest::Method;
use testkit::{Split, Story, submit_pay_decide};

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_the_same_when_each_role_is_alone_and_while_they_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let database = engines::postgres();
    let kafka = engines::Kafka::start();
    let bucket = engines::s3();
    let (bus, files) = (format!("kafka://{}", kafka.bootstrap()), format!("s3://{}", bucket.name));
    let began = Instant::now();
    let mut split = Split::start(
        folder.path(),
        &[
            ("SPORTELLO_DATABASE", &database.url()),
            ("SPORTELLO_DATABASE_CONNECTIONS", "2"),
            ("SPORTELLO_BUS", &bus),
            ("SPORTELLO_FILES", &files),
            ("AWS_ENDPOINT", &bucket.endpoint),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", bucket.region),
            ("AWS_ACCESS_KEY_ID", bucket.access_key),
            ("AWS_SECRET_ACCESS_KEY", bucket.secret_key),
        ],
    )
    .await;
    println!("settled after {:?}", began.elapsed());

    let began = Instant::now();
    submit_pay_decide(&mut Story::new(&mut split)).await;
    println!("told in {:?}; memory in kB: {:?}", began.elapsed(), split.processes().memory_kb());

    // Once more, while every process is killed in turn.
    let processes = split.processes();
    let killer = std::thread::spawn(move || {
        let roles = [
            "payment-dispatcher",
            "payment-proxy-sandbox",
            "platform",
            "payment-updater",
            "document-dispatcher",
            "registry-proxy-sandbox",
            "payment-read-model",
            "identity",
        ];
        roles.into_iter().for_each(|role| processes.kill(role));
    });
    let mut story = Story::new(&mut split);
    submit_pay_decide(&mut story).await;
    killer.join().unwrap();

    let citizen = story.token("BNRMHL75C06G702B").await;
    let applications = story.send(Method::GET, "/applications?version=2", Some(&citizen), None).await.json();
    assert_eq!(applications["meta"]["total"], 2, "{applications}");
    let numbers: std::collections::BTreeSet<_> = ["protocol_number", "outcome_protocol_number"]
        .into_iter()
        .flat_map(|name| applications["data"].as_array().unwrap().iter().map(move |one| one[name].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(numbers.len(), 4, "each document has a number of its own: {numbers:?}");
    let url = testkit::Installation::url(&split).to_owned();
    let positions = Story::new(&mut split).send(Method::GET, &format!("{url}/demo/psp/positions"), None, None).await.json();
    let positions = positions.as_array().or_else(|| positions["data"].as_array()).cloned().unwrap();
    assert_eq!(positions.iter().filter(|position| position["status"] == "PAID").count(), 2, "{positions:?}");
    assert_eq!(positions.len(), 2, "one position for each application: {positions:?}");
}

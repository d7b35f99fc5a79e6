use std::time::Duration;

use engines::{Kafka, kafka, unique};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Message, Offset, TopicPartitionList};

async fn create(bootstrap: &str, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().unwrap();
    let topic = NewTopic::new(topic, 1, TopicReplication::Fixed(1));
    let created = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
    created.into_iter().for_each(|topic| drop(topic.unwrap()));
}

async fn produce(bootstrap: &str, topic: &str, payload: &str) -> Result<(), rdkafka::error::KafkaError> {
    let producer: FutureProducer = client(bootstrap).set("message.timeout.ms", "10000").create().unwrap();
    let record = FutureRecord::to(topic).key("key").payload(payload);
    producer.send(record, Duration::from_secs(10)).await.map(drop).map_err(|(error, _)| error)
}

fn consume(bootstrap: &str, topic: &str) -> String {
    let consumer: BaseConsumer = client(bootstrap).set("group.id", unique("group")).create().unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&partitions).unwrap();
    let message = consumer.poll(Duration::from_secs(30)).expect("a message within 30 s").unwrap();
    String::from_utf8(message.payload().unwrap().to_vec()).unwrap()
}

fn client(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    config
}

#[tokio::test]
async fn a_topic_holds_what_was_produced() {
    let topic = unique("topic");
    create(kafka(), &topic).await;
    produce(kafka(), &topic, "hello").await.unwrap();
    assert_eq!(consume(kafka(), &topic), "hello");
}

#[tokio::test]
async fn a_topic_that_nobody_created_is_an_error() {
    produce(kafka(), &unique("misspelt"), "lost").await.unwrap_err();
}

#[tokio::test]
async fn a_killed_broker_starts_again_with_what_it_acknowledged() {
    let mut broker = Kafka::start();
    let topic = unique("topic");
    create(&broker.bootstrap(), &topic).await;
    produce(&broker.bootstrap(), &topic, "kept").await.unwrap();
    broker.kill();
    std::net::TcpStream::connect(broker.bootstrap()).unwrap_err();
    broker.restart();
    assert_eq!(consume(&broker.bootstrap(), &topic), "kept");
}

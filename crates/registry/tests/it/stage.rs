//! One proxy alone in its process, over the embedded log or over Kafka, with its stand-in: what every registry is held to.

use std::future::Future;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::docarea::serve;
use crate::world::{API, SERVICE, World};
use crate::{docarea, frozen, iride, log, pitre};

/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// A registry, and how a service is configured for it.
pub struct Registry {
    /// The provider.
    pub provider: &'static str,
    /// Its settings, of the stand-in at an address.
    pub settings: fn(&str) -> Value,
    /// A setting, and a value with which the registry refuses.
    pub wrong: (&'static str, &'static str),
    /// Whether it recognises every step that is repeated, so that nothing is ever left to an operator.
    pub recognises: bool,
}

/// The stand-in of the demo.
pub const SANDBOX: Registry = Registry {
    provider: "sandbox",
    settings: |_| json!({ "register": demo::registry::REGISTER, "classification_hierarchy": "6.3.4" }),
    wrong: ("register", "SBAGLIATO"),
    recognises: true,
};
/// DocArea with files as attachments.
pub const DOCAREA_SWA: Registry = Registry {
    provider: "docarea",
    settings: |address| docarea::settings(address, "swa"),
    wrong: ("password", "sbagliata"),
    recognises: false,
};
/// DocArea with files in Base64.
pub const DOCAREA_BASE64: Registry = Registry { settings: |address| docarea::settings(address, "base64"), ..DOCAREA_SWA };
/// DocArea in RPC style.
pub const DOCAREA_RPC: Registry = Registry { settings: |address| docarea::settings(address, "rpc"), ..DOCAREA_SWA };
/// IRIDE.
pub const IRIDE: Registry =
    Registry { provider: "iride", settings: iride::settings, wrong: ("utente", "NESSUNO"), recognises: false };
/// PiTre.
pub const PITRE: Registry =
    Registry { provider: "pitre", settings: pitre::settings, wrong: ("username", "nessuno"), recognises: false };

/// A proxy at work.
pub struct Stage {
    /// The process; its roles are the proxy and, over the embedded log, the orchestrator.
    pub world: World,
    /// The registry.
    pub registry: &'static Registry,
    /// Where its stand-in answers.
    address: String,
    /// The topic of documents.
    topic: String,
    /// The topic of failed documents.
    retry: String,
}

impl Stage {
    /// Over the log that is a table.
    pub async fn embedded(registry: &'static Registry) -> Self {
        Self::on(World::on_sqlite().await, registry).await
    }

    /// The same, on a world that is there already.
    pub async fn on(world: World, registry: &'static Registry) -> Self {
        let roles = format!("registry-proxy-{},{}", registry.provider, registry::retry::ORCHESTRATOR);
        let world = world.crash().restart(&[("SPORTELLO_ROLES", &roles), ("SPORTELLO_REGISTRY_TIMEOUT_S", "2")]).await;
        Self::open(world, registry, "documents", "retry_queue").await
    }

    /// Over Kafka, on topics and in a group of its own.
    pub async fn kafka(registry: &'static Registry) -> Self {
        let servers = tokio::task::spawn_blocking(engines::kafka).await.unwrap();
        let (unique, bus) = (engines::unique("checklist"), format!("kafka://{servers}"));
        let (topic, retry) = (format!("{unique}-documents"), format!("{unique}-retry"));
        let variables = [
            ("SPORTELLO_ROLES", &*format!("registry-proxy-{}", registry.provider)),
            ("SPORTELLO_BUS", &bus),
            ("KAFKA_CONSUMER_GROUP", &unique),
            ("KAFKA_CONSUMER_TOPIC", &topic),
            ("KAFKA_PRODUCER_TOPIC", &topic),
            ("KAFKA_RETRY_TOPIC", &retry),
        ];
        let world = World::on_sqlite().await.crash().restart(&variables).await;
        Self::open(world, registry, &topic, &retry).await
    }

    async fn open(world: World, registry: &'static Registry, topic: &str, retry: &str) -> Self {
        let address = serve(&world).await;
        Self { world, registry, address, topic: topic.to_owned(), retry: retry.to_owned() }
    }

    /// Ends the process as a crash would, and starts another on the same database.
    pub async fn crash(self) -> Self {
        let Self { world, registry, address, topic, retry } = self;
        Self { world: world.crash().restart(&[]).await, registry, address, topic, retry }
    }

    /// An address of the proxy's configuration API.
    pub fn api(&self, rest: &str) -> String {
        format!("{}/{rest}", API.replace("sandbox", self.registry.provider))
    }

    /// The configuration of the service, as the form sends it.
    pub fn service_config(&self) -> Value {
        let mut config = self.world.service_config();
        config["registry"] = (self.registry.settings)(&self.address);
        config
    }

    /// The topic of documents.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Configures tenant and service.
    pub async fn configure(&self) {
        self.world.call("POST", &self.api("tenants"), &self.world.tenant_config()).await.expect(201);
        self.world.call("POST", &self.api("services"), &self.service_config()).await.expect(201);
    }

    /// Changes the settings of the service.
    pub async fn set(&self, settings: &Value) {
        let path = self.api(&format!("services/{SERVICE}"));
        self.world.call("PATCH", &path, &json!({ "registry": settings })).await.expect(200);
    }

    /// The settings with which the registry answers, and those with which it refuses.
    pub fn right_and_wrong(&self) -> (Value, Value) {
        let right = (self.registry.settings)(&self.address);
        let (mut wrong, (name, value)) = (right.clone(), self.registry.wrong);
        wrong[name] = json!(value);
        (right, wrong)
    }

    /// Puts a document into the topic of documents, under the key of `like`.
    pub async fn put(&self, document: &Value, like: &Value) {
        log::put(&self.world.app, &self.topic, like["remote_id"].as_str().unwrap(), &document.to_string()).await;
    }

    /// The events about a document in the topic of documents, oldest first. Those that we made satisfy the published schema.
    pub async fn documents(&self, document: &Value) -> Vec<Value> {
        self.events(&self.topic, document).await
    }

    async fn events(&self, topic: &str, document: &Value) -> Vec<Value> {
        let events = log::events(&self.world.app, topic).await.into_iter();
        let events = events.map(|(_, text)| serde_json::from_str::<Value>(&text).unwrap());
        let events: Vec<_> = events.filter(|event| event["id"] == document["id"]).collect();
        events.iter().for_each(frozen::assert_valid);
        events
    }

    /// Waits until the last event about a document has a status; gives the event.
    pub async fn reaches(&self, document: &Value, status: &str) -> Value {
        self.last(&self.topic, document, status).await
    }

    /// Waits for the failed document in the topic of failed ones; gives its event.
    pub async fn fails(&self, document: &Value, status: &str) -> Value {
        self.last(&self.retry, document, status).await
    }

    async fn last(&self, topic: &str, document: &Value, status: &str) -> Value {
        let began = Instant::now();
        loop {
            match self.events(topic, document).await.pop() {
                Some(event) if event["status"] == status => return event,
                last => assert!(
                    began.elapsed() < DEADLINE,
                    "{}: {status} does not come; last: {last:?}; dead: {:?}",
                    self.registry.provider,
                    self.world.dead_letters().await
                ),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets time pass until `done` holds: by steps shorter than any document is waited for, and only when nothing is under way.
    pub async fn until<F: Future<Output = bool>>(&self, done: impl Fn() -> F) {
        let began = Instant::now();
        while !done().await {
            assert!(began.elapsed() < 3 * DEADLINE, "dead: {:?}", self.world.dead_letters().await);
            self.world.idle().await;
            self.world.clock.advance(SignedDuration::from_mins(10));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Runs tests on every registry.
macro_rules! on_every_registry {
    ($($name:ident),* $(,)?) => {
        $crate::stage::on_every_registry!(@ embedded, #[tokio::test], $($name),*);
    };
    // A multi-threaded runtime, because Kafka's client has threads of its own.
    ($($name:ident),* $(,)?; and over Kafka) => {
        $crate::stage::on_every_registry!(@ embedded, #[tokio::test], $($name),*);
        $crate::stage::on_every_registry!(@ kafka, #[tokio::test(flavor = "multi_thread")], $($name),*);
    };
    (@ $bus:ident, #[$test:meta], $($name:ident),*) => {
        mod $bus {
            $crate::stage::on_every_registry!(# $bus, $test, sandbox SANDBOX; $($name),*);
            $crate::stage::on_every_registry!(# $bus, $test, docarea_swa DOCAREA_SWA; $($name),*);
            $crate::stage::on_every_registry!(# $bus, $test, docarea_base64 DOCAREA_BASE64; $($name),*);
            $crate::stage::on_every_registry!(# $bus, $test, docarea_rpc DOCAREA_RPC; $($name),*);
            $crate::stage::on_every_registry!(# $bus, $test, iride IRIDE; $($name),*);
            $crate::stage::on_every_registry!(# $bus, $test, pitre PITRE; $($name),*);
        }
    };
    (# $bus:ident, $test:meta, $module:ident $registry:ident; $($name:ident),*) => {
        mod $module {
            $(#[$test] async fn $name() {
                super::super::$name($crate::stage::Stage::$bus(&$crate::stage::$registry).await).await;
            })*
        }
    };
}
pub(crate) use on_every_registry;

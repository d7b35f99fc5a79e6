//! PiTre with the stand-in behind it: the conformance suite, and documents from the topic to the folder.

use std::time::Duration;

use registry::configuration::TenantConfig;
use registry::providers::Provider;
use registry::providers::pitre::Pitre;
use serde_json::{Map, Value, json};

use crate::conformance::{Books, Subject, Trouble, conformance};
use crate::docarea::serve;
use crate::on_both_engines;
use crate::world::{AOO, API, SERVICE, World};

conformance!(Stand);

/// What the proxy's addresses begin with.
const PITRE: &str = "/registry-proxy/pitre/v1";

/// Provider and stand-in.
struct Stand {
    world: World,
    provider: Pitre,
    address: String,
}

/// The settings of a service, of the stand-in at `address`.
pub fn settings(address: &str) -> Value {
    json!({
        "url": format!("{address}/demo/registry/{AOO}/pitre"), "username": demo::registry::pitre::USER, "code_application": "SPORTELLO",
        "code_adm": "PAT", "code_role": "PROT", "code_register": demo::registry::REGISTER, "code_rf": "",
        "classification_scheme": "1", "classification_node": "6.3", "office": "SUE"
    })
}

impl Subject for Stand {
    async fn start() -> Self {
        let world = World::on_sqlite().await;
        let address = serve(&world).await;
        let provider = Pitre::new(world.app.clone(), Duration::from_secs(3));
        Self { world, provider, address }
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn tenant(&self) -> TenantConfig {
        TenantConfig::read(self.world.tenant_config().as_object().unwrap()).unwrap()
    }

    fn settings(&self) -> Map<String, Value> {
        settings(&self.address).as_object().unwrap().clone()
    }

    async fn trouble(&self, trouble: Trouble) {
        // Each step begins by asking for a token.
        self.world.registry_will_be(trouble.mode(), 1, Some(1)).await;
    }

    async fn books(&self) -> Books {
        Books::of(&self.world).await
    }
}

on_both_engines!(
    a_document_goes_from_the_topic_to_its_folder,
    what_was_prepared_is_numbered_later,
    an_attachment_that_may_be_there_is_left_to_an_operator,
);

/// A service of the tenant at PiTre instead of the sandbox.
async fn at_pitre(world: &World) {
    world.call("DELETE", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(204);
    let address = serve(world).await;
    world.call("POST", &format!("{PITRE}/tenants"), &world.tenant_config()).await.expect(201);
    let mut config = world.service_config();
    config["registry"] = settings(&address);
    world.call("POST", &format!("{PITRE}/services"), &config).await.expect(201);
}

async fn a_document_goes_from_the_topic_to_its_folder(world: World) {
    at_pitre(&world).await;
    let (first, mut second) = (world.document(), world.document());
    // A letter of the office about the same application.
    second["remote_id"] = first["remote_id"].clone();
    second["registration_data"]["transmission_type"] = json!("Outbound");
    world.publish("documents", &first).await;
    world.publish("documents", &second).await;
    let (first, second) = (world.registered(&first).await, world.registered(&second).await);
    assert_eq!(first["registration_data"]["document_number"], "1/2026");
    assert_eq!((&first["folder"]["id"], &second["folder"]["id"]), (&json!("5001"), &json!("5001")));
    assert_eq!(world.ledger("accepted", "folder").await.len(), 1);
    assert_eq!(world.ledger("accepted", "filing").await.len(), 2);
}

async fn what_was_prepared_is_numbered_later(world: World) {
    at_pitre(&world).await;
    let document = world.document();
    world.registry_is("half", None).await;
    world.publish("documents", &document).await;
    world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await;
    world.registry_is("ok", None).await;
    world.wait_for_retry().await;
    world.registered(&document).await;
    assert_eq!(world.ledger("accepted", "predisposed").await.len(), 1);
    assert_eq!(world.ledger("accepted", "attachment").await.len(), 2);
}

async fn an_attachment_that_may_be_there_is_left_to_an_operator(world: World) {
    at_pitre(&world).await;
    let document = world.document();
    world.registry_will_be("error", 3, Some(1)).await;
    world.publish("documents", &document).await;
    world.buried(1).await;
    assert!(world.dead_letters().await[0].starts_with("passo upload: non si sa che cosa abbia fatto il protocollo"));
    world.wait_for_retry().await;
    world.idle().await;
    assert_eq!(world.ledger("accepted", "upload").await.len(), 1);
    assert_eq!(world.ledger("accepted", "document").await, Vec::<Value>::new());
}

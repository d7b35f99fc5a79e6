//! IRIDE with the stand-in behind it: the conformance suite, and documents from the topic to the folder.

use std::time::Duration;

use registry::configuration::TenantConfig;
use registry::providers::Provider;
use registry::providers::iride::Iride;
use serde_json::{Map, Value, json};

use crate::conformance::{Books, Subject, Trouble, conformance};
use crate::docarea::serve;
use crate::on_both_engines;
use crate::world::{AOO, API, SERVICE, World};

conformance!(Stand);

/// What the proxy's addresses begin with.
const IRIDE: &str = "/registry-proxy/iride/v1";

/// Provider and stand-in.
struct Stand {
    world: World,
    provider: Iride,
    address: String,
}

/// The settings of a service, of the stand-in at `address`.
pub fn settings(address: &str) -> Value {
    let url = format!("{address}/demo/registry/{AOO}/iride");
    json!({
        "url": url, "folder_url": url, "codice_amministrazione": "c_bugl", "codice_aoo": "AOO1", "utente": demo::registry::iride::USER,
        "ruolo": "PROTOCOLLO", "classifica": "6.3", "tipo_documento": "ISTANZA", "in_carico_a": "SUE & SUAP", "mezzo_invio": "WEB"
    })
}

impl Subject for Stand {
    async fn start() -> Self {
        let world = World::on_sqlite().await;
        let address = serve(&world).await;
        let provider = Iride::new(world.app.clone(), Duration::from_secs(3));
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
        self.world.registry_is(trouble.mode(), Some(1)).await;
    }

    async fn books(&self) -> Books {
        Books::of(&self.world).await
    }
}

on_both_engines!(
    a_document_goes_from_the_topic_to_its_folder,
    a_registration_goes_on_where_it_stopped,
    an_attachment_that_may_be_there_is_left_to_an_operator,
);

/// A service of the tenant at IRIDE instead of the sandbox.
async fn at_iride(world: &World) {
    world.call("DELETE", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(204);
    let address = serve(world).await;
    world.call("POST", &format!("{IRIDE}/tenants"), &world.tenant_config()).await.expect(201);
    let mut config = world.service_config();
    config["registry"] = settings(&address);
    world.call("POST", &format!("{IRIDE}/services"), &config).await.expect(201);
}

async fn a_document_goes_from_the_topic_to_its_folder(world: World) {
    at_iride(&world).await;
    let (first, mut second) = (world.document(), world.document());
    second["remote_id"] = first["remote_id"].clone();
    world.publish("documents", &first).await;
    let first = world.registered(&first).await;
    assert_eq!(first["registration_data"]["document_number"], "1/2026");
    assert_eq!(first["folder"]["id"], "4001");
    // As the platform tells the dispatcher: the folder of the application is known by then.
    second["folder"]["id"] = first["folder"]["id"].clone();
    world.publish("documents", &second).await;
    world.registered(&second).await;
    assert_eq!(world.ledger("accepted", "folder").await.len(), 1);
    assert_eq!(world.ledger("accepted", "filing").await.len(), 2);
    assert_eq!(world.ledger("accepted", "attachment").await.len(), 4);
}

async fn a_registration_goes_on_where_it_stopped(world: World) {
    at_iride(&world).await;
    let document = world.document();
    world.registry_is("half", None).await;
    world.publish("documents", &document).await;
    let partial = world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await;
    assert_eq!(partial["retry_meta"]["sent_attachments"], json!(["planimetria.pdf"]));
    world.registry_is("ok", None).await;
    world.wait_for_retry().await;
    world.registered(&document).await;
    let names: Vec<_> = world.ledger("accepted", "attachment").await.iter().map(|entry| entry["file_name"].clone()).collect();
    assert_eq!(names, ["planimetria.pdf", "delega.pdf"]);
    assert_eq!(world.ledger("accepted", "document").await.len(), 1);
}

async fn an_attachment_that_may_be_there_is_left_to_an_operator(world: World) {
    at_iride(&world).await;
    let document = world.document();
    world.registry_will_be("error", 1, Some(1)).await;
    world.publish("documents", &document).await;
    world.buried(1).await;
    assert!(world.dead_letters().await[0].starts_with("passo attachment: non si sa che cosa abbia fatto il protocollo"));
    world.wait_for_retry().await;
    world.idle().await;
    assert_eq!(world.ledger("accepted", "attachment").await.len(), 1);
    assert_eq!(world.events("retry_queue").await, Vec::<Value>::new());
}

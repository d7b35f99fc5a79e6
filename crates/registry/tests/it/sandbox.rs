//! The sandbox provider with the stand-in registry behind it.

use std::time::Duration;

use registry::configuration::TenantConfig;
use registry::providers::Provider;
use registry::providers::sandbox::Sandbox;
use serde_json::{Map, Value};

use crate::conformance::{Books, Subject, Trouble, conformance};
use crate::world::World;

conformance!(Stand);

/// Provider and stand-in.
struct Stand {
    world: World,
    provider: Sandbox,
}

impl Subject for Stand {
    async fn start() -> Self {
        let world = World::on_sqlite().await;
        let provider = Sandbox::new(world.app.clone(), Duration::from_millis(300));
        Self { world, provider }
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn tenant(&self) -> TenantConfig {
        TenantConfig::read(self.world.tenant_config().as_object().unwrap()).unwrap()
    }

    fn settings(&self) -> Map<String, Value> {
        self.world.service_config()["registry"].as_object().unwrap().clone()
    }

    async fn trouble(&self, trouble: Trouble) {
        let mode = match trouble {
            Trouble::Refuses => "refuse",
            Trouble::Silent => "timeout",
            Trouble::Fails => "error",
            Trouble::Mumbles => "garbage",
        };
        self.world.registry_is(mode, Some(1)).await;
    }

    async fn books(&self) -> Books {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let world = &self.world;
        let documents = world.ledger("accepted", "document").await;
        Books {
            documents: documents
                .iter()
                .map(|entry| (text(&entry["number"]), text(&entry["subject"]), text(&entry["sha256"])))
                .collect(),
            attachments: world.ledger("accepted", "attachment").await.iter().map(|entry| text(&entry["file_name"])).collect(),
            folders: world.ledger("accepted", "folder").await.iter().map(|entry| text(&entry["number"])).collect(),
            filings: world.ledger("accepted", "filing").await.len(),
        }
    }
}

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
        self.world.registry_is(trouble.mode(), Some(1)).await;
    }

    async fn books(&self) -> Books {
        Books::of(&self.world).await
    }
}

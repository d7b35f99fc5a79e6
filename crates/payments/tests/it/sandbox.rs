//! The sandbox passes the suite of all providers, against the demo's stand-in.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::RomeTime;
use payments::configuration::TenantConfiguration;
use payments::providers::Provider;
use payments::providers::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::conformance::{Subject, Trouble, conformance};
use crate::world::World;

conformance!(stand_in, crate::sandbox::SandboxSubject);

pub struct SandboxSubject {
    world: World,
    provider: Sandbox,
}

impl SandboxSubject {
    fn configured(&self, api_key: &str) -> TenantConfiguration {
        let mut config = self.world.tenant_config();
        config["api_key"] = json!(api_key);
        TenantConfiguration::read(config.as_object().unwrap()).unwrap()
    }
}

impl Subject for SandboxSubject {
    async fn start() -> Self {
        let world = World::on_sqlite().await;
        let provider = Sandbox::new(world.app.clone(), None, Duration::from_millis(1_800));
        Self { world, provider }
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn tenant(&self) -> TenantConfiguration {
        self.configured(demo::psp::API_KEY)
    }

    fn stranger(&self) -> TenantConfiguration {
        self.configured("sbagliata")
    }

    fn tag(&self, trouble: Trouble) -> &'static str {
        match trouble {
            Trouble::None => "",
            Trouble::Refuses => "[psp:refuse]",
            Trouble::Silent => "[psp:timeout]",
            Trouble::Fails => "[psp:error]",
            Trouble::Mumbles => "[psp:garbage]",
            Trouble::Away => "[psp:down]",
            Trouble::Slow => "[psp:slow]",
            Trouble::Late => "[psp:late]",
        }
    }

    async fn pay(&self, iud: &str) {
        self.world.press(&json!({ "payment": { "iud": iud } }), "paga").await;
    }

    async fn fail_to_pay(&self, iud: &str) {
        self.world.press(&json!({ "payment": { "iud": iud } }), "rifiuta").await;
    }

    fn wait(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }

    async fn books(&self) -> (usize, usize) {
        let positions = self.world.call("GET", "/demo/psp/positions", &Value::Null).await.expect(200);
        let positions = positions.as_array().unwrap();
        (positions.len(), positions.iter().filter(|position| position["status"] == "PAID").count())
    }

    fn now(&self) -> RomeTime {
        self.world.clock.now()
    }
}

/// The same over a real connection, as a third party is called.
#[tokio::test]
async fn the_sandbox_is_reached_over_http_too() {
    let world = World::on_sqlite().await;
    let url = world.listen().await;
    let sandbox = Sandbox::new(world.app.clone(), Some(url), Duration::from_secs(5));
    let subject = SandboxSubject { world, provider: sandbox };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

//! The sandbox passes the suite of all providers, against the demo's stand-in.

use std::time::Duration;

use payments::providers::Provider;
use payments::providers::sandbox::Sandbox;

use crate::conformance::{Subject, conformance};
use crate::world::World;

conformance!(stand_in, crate::sandbox::SandboxSubject);

pub struct SandboxSubject {
    world: World,
    provider: Sandbox,
}

impl Subject for SandboxSubject {
    async fn start() -> Self {
        let world = World::on_sqlite().await;
        let provider = Sandbox::new(&world.app, None, Duration::from_millis(1_800));
        Self { world, provider }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
}

/// The same over a real connection, as a third party is called.
#[tokio::test]
async fn the_sandbox_is_reached_over_http_too() {
    let world = World::on_sqlite().await;
    let url = world.listen().await;
    let provider = Sandbox::new(&world.app, Some(&url), Duration::from_secs(5));
    let subject = SandboxSubject { world, provider };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

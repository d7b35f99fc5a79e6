//! IRIS passes the suite of all providers, against a stand-in that is as strict as its schemas.

use std::time::Duration;

use payments::providers::iris::{Addresses, Iris};
use payments::providers::{Paper, Position, Provider, ProviderError};
use serde_json::json;

use crate::conformance::{Subject, conformance, one};
use crate::served::IRIS;
use crate::world::World;

conformance!(stand_in, crate::iris::IrisSubject);

pub struct IrisSubject {
    world: World,
    provider: Iris,
}

impl Subject for IrisSubject {
    async fn start() -> Self {
        let world = World::with_on_sqlite(&IRIS).await;
        let provider = Iris::new(&world.app, &Addresses::default(), Duration::from_millis(1_800));
        Self { world, provider }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
}

/// The same over a real connection.
#[tokio::test]
async fn iris_is_reached_over_http_too() {
    let world = World::with_on_sqlite(&IRIS).await;
    let url = world.listen().await;
    let at = |path: &str| Some(format!("{url}/demo/iris/{path}"));
    let addresses =
        Addresses { dues: at("otf"), numbers: at("iuv"), verify: at("verifica"), outcome: at("esito"), notices: at("avvisi") };
    let provider = Iris::new(&world.app, &addresses, Duration::from_secs(5));
    let subject = IrisSubject { world, provider };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

#[tokio::test]
async fn a_budget_travels_in_the_order_of_the_schema_and_must_balance() {
    let subject = IrisSubject::start().await;
    let part = |code: &str, cents, meta: serde_json::Value| contracts::payments::Split {
        code: code.into(),
        amount: Some(kernel::Money::from_cents(cents).unwrap()),
        meta: contracts::Raw::of(&meta).unwrap(),
    };
    let first = part("c_1", 1200, json!({ "split_type": "ONERI", "split_code": "000", "split_description": "Oneri" }));
    let mut position = one(&subject, 1).await;
    position.split = vec![first.clone()];
    let refused = subject.provider.create(&subject.tenant(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    position.split = vec![first, part("c_2", 30, json!({ "split_budget_chapter": "301/1", "split_assessment": "2025/114" }))];
    position.settings.0.extend(json!({ "office_code": "FSE", "reference_code": "ORD" }).as_object().unwrap().clone());
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
}

#[tokio::test]
async fn documents_are_theirs_until_they_have_none() {
    let subject = IrisSubject::start().await;
    let position = one(&subject, 1).await;
    let ours = Ok(Paper::Ours { taken_by: None });
    assert_eq!(subject.provider.notice(&subject.tenant(), &position).await, ours);
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
    assert!(matches!(subject.provider.notice(&subject.tenant(), &position).await, Ok(Paper::Pdf(_))));
    assert_eq!(subject.provider.receipt(&subject.tenant(), &position).await, ours);
    subject.press(&position.iud, "paga").await;
    assert!(matches!(subject.provider.receipt(&subject.tenant(), &position).await, Ok(Paper::Pdf(_))));
}

#[tokio::test]
async fn without_a_number_there_is_nothing() {
    let subject = IrisSubject::start().await;
    let position = Position { notice: None, ..one(&subject, 1).await };
    assert_eq!(subject.provider.find(&subject.tenant(), &position).await, Ok(None));
    let refused = subject.provider.create(&subject.tenant(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
}

/// IRIS wants to hear, at an address of its own, that a notification was understood.
#[tokio::test]
async fn a_notification_is_acknowledged() {
    let world = World::with_on_sqlite(&IRIS).await;
    let (application, pending) = world.pending("20.00").await;
    world.press(&pending, "paga").await;
    world.payment(&application, "COMPLETE").await;
    world.idle().await;
    assert_eq!(world.ledger(&pending, "notify").await, ["200"]);
    assert_eq!(world.ledger(&pending, "understood").await, ["ok"]);
}

/// A number is asked for once, and kept: an answer that is lost after it does not take it along.
#[tokio::test]
async fn the_number_survives_an_answer_that_is_lost() {
    let world = World::with_on_sqlite(&IRIS).await;
    let application = world.application("20.92");
    world.publish("applications", &application).await;
    let pending = world.payment_in_time(&application, "PAYMENT_PENDING").await;
    assert_eq!(world.taken(&pending).await, 1);
    let positions = world.call("GET", "/demo/psp/positions", &serde_json::Value::Null).await.expect(200);
    assert_eq!(positions[0]["notice_number"], pending["payment"]["notice_code"]);
}

//! MyPay passes the suite of all providers, against a stand-in that is as strict as its schema.

use std::time::Duration;

use payments::providers::mypay::Mypay;
use payments::providers::{Paper, Provider, ProviderError};
use serde_json::json;

use crate::conformance::{Subject, conformance, one};
use crate::served::MYPAY;
use crate::world::World;

conformance!(stand_in, crate::mypay::MypaySubject);

pub struct MypaySubject {
    world: World,
    provider: Mypay,
}

impl Subject for MypaySubject {
    async fn start() -> Self {
        let world = World::with_on_sqlite(&MYPAY).await;
        let provider = Mypay::new(&world.app, None, Duration::from_millis(1_800));
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
async fn mypay_is_reached_over_http_too() {
    let world = World::with_on_sqlite(&MYPAY).await;
    let url = format!("{}/demo/mypay/ws/pa", world.listen().await);
    let provider = Mypay::new(&world.app, Some(&url), Duration::from_secs(5));
    let subject = MypaySubject { world, provider };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

#[tokio::test]
async fn a_budget_and_an_address_travel_in_the_order_of_the_schema() {
    let subject = MypaySubject::start().await;
    let part = |code: &str, cents, meta: serde_json::Value| contracts::payments::Split {
        code: code.into(),
        amount: Some(kernel::Money::from_cents(cents).unwrap()),
        meta: contracts::Raw::of(&meta).unwrap(),
    };
    let mut position = one(&subject, 1).await;
    position.split = vec![
        part("c_1", 1200, json!({ "budget_chapter": "301/1", "office_code": "Uff", "assessment": "2025/114" })),
        part("c_2", 30, json!({ "split_budget_chapter": "305", "split_office_code": "" })),
    ];
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
    // The stand-in adds up: items that do not balance are refused.
    let mut wrong = one(&subject, 2).await;
    wrong.split = vec![part("c_1", 1200, json!({}))];
    let refused = subject.provider.create(&subject.tenant(), &wrong).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn the_receipt_names_who_took_the_money() {
    let subject = MypaySubject::start().await;
    let position = one(&subject, 1).await;
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
    subject.press(&position.iud, "paga").await;
    let taken_by = Some("Banca di prova S.p.A.".to_owned());
    assert_eq!(subject.provider.receipt(&subject.tenant(), &position).await, Ok(Paper::Ours { taken_by }));
}

/// As the first edition has it: MyPay knows the body by its IPA code, and only our own documents want its tax code.
#[tokio::test]
async fn a_body_without_a_tax_code_is_served_but_for_the_notice() {
    let world = World::with_on_sqlite(&MYPAY).await;
    let mut tenant = world.tenant_config();
    tenant.as_object_mut().unwrap().remove("tax_identification_number");
    world.call("PUT", &format!("/payment-proxy/mypay/v2/tenants/{}", crate::world::BUGLIANO), &tenant).await.expect(422);
    world.call("PUT", &format!("/payment-proxy/mypay/tenants/{}", crate::world::BUGLIANO), &tenant).await.expect(200);
    let (application, pending) = world.pending("20.00").await;
    assert_eq!(world.open_link(&pending, "offline_payment").await.status, 409);
    world.press(&pending, "paga").await;
    world.poll().await;
    world.payment(&application, "COMPLETE").await;
}

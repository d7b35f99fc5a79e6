//! pagoPA passes the suite of all providers, against a stand-in that is as strict as its interfaces.

use std::time::Duration;

use payments::providers::pagopa::{Addresses, Pagopa};
use payments::providers::{Paper, Provider, ProviderError};
use serde_json::json;

use crate::conformance::{Subject, conformance, one};
use crate::served::PAGOPA;
use crate::world::World;

conformance!(stand_in, crate::pagopa::PagopaSubject);

pub struct PagopaSubject {
    world: World,
    provider: Pagopa,
}

impl Subject for PagopaSubject {
    async fn start() -> Self {
        let world = World::with_on_sqlite(&PAGOPA).await;
        let provider = Pagopa::new(&world.app, &Addresses::default(), Duration::from_millis(1_800));
        Self { world, provider }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
}

/// The same over a real connection, where redirects and headers travel as with a third party.
#[tokio::test]
async fn pagopa_is_reached_over_http_too() {
    let world = World::with_on_sqlite(&PAGOPA).await;
    let url = world.listen().await;
    let at = |path: &str| Some(format!("{url}/demo/pagopa/{path}"));
    let addresses = Addresses { positions: at("gpd"), checkout: at("checkout"), receipts: at("bizevents"), notices: at("print") };
    let provider = Pagopa::new(&world.app, &addresses, Duration::from_secs(5));
    let subject = PagopaSubject { world, provider };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

#[tokio::test]
async fn a_number_that_another_position_has_is_a_refusal() {
    let subject = PagopaSubject::start().await;
    let first = one(&subject, 1).await;
    subject.provider.create(&subject.tenant(), &first).await.unwrap();
    let mut second = one(&subject, 2).await;
    second.notice = first.notice;
    let refused = subject.provider.create(&subject.tenant(), &second).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_notice_that_pagopa_does_not_print_is_ours() {
    let subject = PagopaSubject::start().await;
    let position = one(&subject, 1).await;
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
    assert!(matches!(subject.provider.notice(&subject.tenant(), &position).await, Ok(Paper::Pdf(_))));
    let ours = Ok(Paper::Ours { taken_by: None });
    for changes in
        [json!({ "notice_template": "Sconosciuto" }), json!({ "notice_template": "" }), json!({ "notices_api_key": "x" })]
    {
        assert_eq!(subject.provider.notice(&subject.tenant_with(changes.clone()), &position).await, ours, "{changes}");
    }
    let mut homeless = position.clone();
    homeless.debtor.town_name = None;
    assert_eq!(subject.provider.notice(&subject.tenant(), &homeless).await, ours);
}

#[tokio::test]
async fn the_receipt_names_who_took_the_money() {
    let subject = PagopaSubject::start().await;
    let mut position = one(&subject, 1).await;
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
    subject.press(&position.iud, "paga").await;
    let found = subject.provider.find(&subject.tenant(), &position).await.unwrap().unwrap();
    let payments::payment::Standing::Paid { transaction_id, .. } = found.standing else { panic!("{found:?}") };
    position.transaction_id = transaction_id;
    let taken_by = Some(demo::pagopa::PSP.to_owned());
    assert_eq!(subject.provider.receipt(&subject.tenant(), &position).await, Ok(Paper::Ours { taken_by }));
    position.transaction_id = Some("another/../one".to_owned());
    assert_eq!(subject.provider.receipt(&subject.tenant(), &position).await, Ok(Paper::Ours { taken_by: None }));
}

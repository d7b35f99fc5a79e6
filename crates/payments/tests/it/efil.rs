//! E-Fil passes the suite of all providers, against a stand-in that is as strict as its WSDLs.

use std::time::Duration;

use payments::providers::efil::{Addresses, Efil};
use payments::providers::{Named, Paper, Position, Provider, ProviderError};
use serde_json::json;

use crate::conformance::{Subject, conformance, one};
use crate::served::EFIL;
use crate::world::World;

conformance!(stand_in, crate::efil::EfilSubject);

pub struct EfilSubject {
    world: World,
    provider: Efil,
}

impl Subject for EfilSubject {
    async fn start() -> Self {
        let world = World::with_on_sqlite(&EFIL).await;
        let provider = Efil::new(&world.app, &Addresses::default(), Duration::from_millis(1_800));
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
async fn efil_is_reached_over_http_too() {
    let world = World::with_on_sqlite(&EFIL).await;
    let url = world.listen().await;
    let at = |path: &str| Some(format!("{url}/demo/efil/{path}"));
    let addresses = Addresses { feed: at("feed"), deliver: at("deliver"), online: at("payment"), pdf: at("pdf") };
    let provider = Efil::new(&world.app, &addresses, Duration::from_secs(5));
    let subject = EfilSubject { world, provider };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

#[tokio::test]
async fn a_budget_travels_in_the_order_of_the_wsdl_and_must_balance() {
    let subject = EfilSubject::start().await;
    let part = |code: &str, cents| contracts::payments::Split {
        code: code.into(),
        amount: Some(kernel::Money::from_cents(cents).unwrap()),
        meta: contracts::Raw::of(&json!({ "assessment": "2025/114" })).unwrap(),
    };
    let mut wrong = one(&subject, 1).await;
    wrong.split = vec![part("c_1", 1200)];
    let refused = subject.provider.create(&subject.tenant(), &wrong).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    let right = Position { split: vec![part("c_1", 1200), part("c_2", 30)], ..wrong };
    subject.provider.create(&subject.tenant(), &right).await.unwrap();
}

#[tokio::test]
async fn documents_are_theirs_until_they_have_none() {
    let subject = EfilSubject::start().await;
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
async fn the_numbers_are_those_that_plug_and_pay_left_to_the_program() {
    let subject = EfilSubject::start().await;
    let position = one(&subject, 22_340_000_003).await;
    assert_eq!(position.notice.unwrap().to_string(), "302872234000000343");
}

#[tokio::test]
async fn a_notification_names_a_position_and_nothing_else_is_understood() {
    let subject = EfilSubject::start().await;
    let notified = |body: &str| subject.provider.notified(&http::HeaderMap::new(), body.as_bytes());
    let message = |inner: &str| {
        format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>{inner}</s:Body></s:Envelope>")
    };
    let payment = "<NotificaPagamento xmlns='http://e-fil.eu/PnP/PlugAndPayPayment'><request><CodiceEnte>B</CodiceEnte>\
                   <CodiceIdentificativo> 02872234000000343</CodiceIdentificativo></request></NotificaPagamento>";
    let understood = notified(&message(payment)).unwrap();
    assert_eq!(understood.positions, [Named::Iuv("02872234000000343".into())]);
    assert!(understood.answer.unwrap().1.contains("<esitoDiNotifica>Ok"));
    for wrong in
        ["", "<a/>", &message("<Altro/>"), &message("<NotificaPagamento/>"), &format!("<!DOCTYPE a>{}", message(payment))]
    {
        assert!(notified(wrong).is_err(), "{wrong}");
    }
}

//! One payment per application, whatever is delivered again.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{BUGLIANO, World};

on_both_engines!(
    an_application_has_one_payment_whatever_is_delivered_again,
    applications_that_are_not_to_be_paid_have_none,
    an_application_without_a_payer_is_buried,
    payer_and_debtor_come_from_the_form,
);

async fn an_application_has_one_payment_whatever_is_delivered_again(world: World) {
    let mut application = world.application("20.00");
    world.publish("applications", &application).await;
    world.publish("applications", &application).await;
    for _ in 0..3 {
        // The core emits an event at every change, with the same payment in it.
        application["event_id"] = json!(world.app.event_id());
        world.publish("applications", &application).await;
    }
    let payment = world.payment(&application, "PAYMENT_PENDING").await;
    // Another process, with no memory but the database.
    let world = world.crash().await;
    application["event_id"] = json!(world.app.event_id());
    world.publish("applications", &application).await;
    let creation = world.events_of(&application).await[0].clone();
    world.publish("payments", &creation).await;
    let mut repeated = creation.clone();
    repeated["event_id"] = json!(world.app.event_id());
    world.publish("payments", &repeated).await;
    world.idle().await;
    let last = world.events_of(&application).await;
    assert_eq!(last.iter().filter(|event| event["status"] == "PAYMENT_PENDING").count(), 1);
    assert!(last.iter().all(|event| event["id"] == payment["id"]));
    assert_eq!(world.taken(&payment).await, 1);
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn applications_that_are_not_to_be_paid_have_none(world: World) {
    let mut submitted = world.application("20.00");
    submitted["status"] = json!("1900");
    let free = world.application("0.00");
    let mut without = world.application("20.00");
    without["payment_data"] = json!([]);
    let mut older = world.application("20.00");
    older["event_version"] = json!(1);
    for application in [&submitted, &free, &without, &older] {
        world.publish("applications", application).await;
    }
    world.idle().await;
    assert_eq!((world.keyed_events().await.len(), world.dead_letters().await.len()), (0, 0));
    // An application that was free first and is to be paid later has its payment then.
    let mut paid = free.clone();
    paid["event_id"] = json!(world.app.event_id());
    paid["payment_data"]["amount"] = json!("20.00");
    world.publish("applications", &paid).await;
    world.payment(&paid, "PAYMENT_PENDING").await;
}

async fn an_application_without_a_payer_is_buried(world: World) {
    let mut application = world.application("20.00");
    application["data"].as_object_mut().unwrap().remove("applicant.data.fiscal_code.data.fiscal_code");
    world.publish("applications", &application).await;
    world.idle().await;
    assert_eq!(world.dead_letters().await, ["the applicant has no valid tax code or no name"]);
    // Mended at the source, it is dispatched: the failed attempt left nothing behind.
    let data = json!("FRRNNA84L52G702G");
    application["data"].as_object_mut().unwrap().insert("applicant.data.fiscal_code.data.fiscal_code".into(), data);
    application["event_id"] = json!(world.app.event_id());
    world.publish("applications", &application).await;
    world.payment(&application, "PAYMENT_PENDING").await;
}

async fn payer_and_debtor_come_from_the_form(world: World) {
    let mut application = world.application("20.00");
    application["data"].as_object_mut().unwrap().extend(
        json!({
            "debtor.data.completename.data.name": "Michelangelo", "debtor.data.completename.data.surname": "Buonarroti",
            "debtor.data.fiscal_code.data.fiscal_code": "BNRMHL75C06G702B", "debtor.data.address.data.county": "PI"
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    world.publish("applications", &application).await;
    let payment = world.payment(&application, "PAYMENT_PENDING").await;
    let person =
        |name: &str, family: &str, code: &str| json!({ "name": name, "family_name": family, "tax_identification_number": code });
    let shown = |person: &Value| {
        json!({ "name": person["name"], "family_name": person["family_name"],
            "tax_identification_number": person["tax_identification_number"] })
    };
    assert_eq!(shown(&payment["payer"]), person("Anna", "Ferri", "FRRNNA84L52G702G"));
    assert_eq!(shown(&payment["debtor"]), person("Michelangelo", "Buonarroti", "BNRMHL75C06G702B"));
    assert_eq!((&payment["tenant_id"], &payment["user_id"]), (&json!(BUGLIANO), &application["user"]));
}

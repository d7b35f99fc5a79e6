//! What is to be paid for an application, and which payment pays for it.

use serde_json::{Value, json};

use crate::harness::{Answer, HERE, Person, World};
use crate::on_both_engines;

on_both_engines!(
    news_of_another_payment_changes_nothing,
    less_than_what_is_due_pays_for_nothing,
    an_amount_that_cannot_be_computed_makes_nothing_free,
);

/// The payment of an application, and one that somebody else has put its identifier on.
const OWN: &str = "aaaaaaaa-2222-4333-8444-555555555501";
const OTHER: &str = "aaaaaaaa-2222-4333-8444-555555555502";
/// A service that wants a payment, and its form.
const PAID: &str = "11111111-2222-4333-8444-555555555503";
const PAID_FORM: &str = "65f0c0ffee0000000000fee5";

/// An application that waits for a payment of 20 euro.
async fn waiting(world: &World, applicant: &Person) -> String {
    let id = world.draft(applicant).await;
    world.stands(&id, 1500, json!({ "payment_data": { "amount": "20.00" } })).await;
    id
}

async fn tell(world: &World, id: &str, news: Value) -> Answer {
    world.call("POST", &format!("/internal/applications/{id}/payment")).bearer(&world.service()).json(&news).send().await
}

async fn status(world: &World, id: &str) -> Value {
    let path = format!("{HERE}/api/applications/{id}");
    world.call("GET", &path).bearer(&world.service()).send().await.expect(200)["status"].clone()
}

async fn news_of_another_payment_changes_nothing(world: World) {
    let id = waiting(&world, &world.mario().await).await;
    tell(&world, &id, json!({ "status": "STARTED", "payment_id": OWN })).await.expect(204);
    assert_eq!(status(&world, &id).await, "1510");
    for news in ["STARTED", "KO"] {
        tell(&world, &id, json!({ "status": news, "payment_id": OTHER })).await.expect(204);
        assert_eq!(status(&world, &id).await, "1510", "{news}");
    }
    tell(&world, &id, json!({ "status": "OK", "payment_id": OTHER })).await.expect(409);
    assert_eq!(status(&world, &id).await, "1510");
    tell(&world, &id, json!({ "status": "OK", "payment_id": OWN })).await.expect(204);
    assert_eq!(status(&world, &id).await, "1900");
    // Once it is paid, nothing takes it back.
    for payment in [OWN, OTHER] {
        tell(&world, &id, json!({ "status": "KO", "payment_id": payment })).await.expect(204);
        assert_eq!(status(&world, &id).await, "1900");
    }
}

async fn less_than_what_is_due_pays_for_nothing(world: World) {
    let id = waiting(&world, &world.mario().await).await;
    for news in ["STARTED", "KO"] {
        tell(&world, &id, json!({ "status": news, "payment_id": OTHER, "amount": "19.99" })).await.expect(204);
    }
    let short = json!({ "status": "OK", "payment_id": OTHER, "amount": "0.01" });
    assert_eq!(tell(&world, &id, short).await.wrong_fields(), ["/amount"]);
    assert_eq!(status(&world, &id).await, "1500");
    // What was left aside is not remembered as the application's own. A stamp may be paid with it.
    tell(&world, &id, json!({ "status": "OK", "payment_id": OWN, "amount": "36.00" })).await.expect(204);
    assert_eq!(status(&world, &id).await, "1900");
}

async fn an_amount_that_cannot_be_computed_makes_nothing_free(world: World) {
    let mario = world.mario().await;
    let amount = "value = data.note === 'gratis' ? 0 : data.note === 'intero' ? 20 : data.manca.importo";
    let form = json!({ "title": "A pagamento", "name": "paid", "path": "paid", "display": "form", "type": "form", "components": [
        { "type": "textfield", "key": "note", "label": "Note", "input": true },
        { "type": "hidden", "key": "payment_amount", "label": "Importo", "input": true, "calculateValue": amount },
    ] });
    world.call("PUT", &format!("/form-server/form/{PAID_FORM}")).bearer(&world.service()).json(&form).send().await.expect(200);
    let steps = json!([{ "identifier": "1", "type": "formio", "parameters": { "formio_id": PAID_FORM } }]);
    let apply = async |status: &str, note: &str| {
        let new = json!({ "service": "a-pagamento", "status": status, "data": { "note": note } });
        world.call("POST", &format!("{HERE}/api/applications")).by(&mario).json(&new).send().await
    };
    for (required, paying) in [(1, "1500"), (2, "1900")] {
        let service = json!({ "name": "A pagamento", "identifier": "a-pagamento", "status": 1, "access_level": 0,
            "flow_steps": steps, "payment_required": required,
            "payment_parameters": { "gateways": { "sandbox": { "identifier": "sandbox" } } } });
        let path = format!("{HERE}/api/services/{PAID}");
        world.call("PUT", &path).bearer(&world.service()).json(&service).send().await.expect(200);

        assert_eq!(apply("1900", "altro").await.wrong_fields(), ["/data/payment_amount"]);
        // A draft may wait; it is submitted when it can be paid.
        let draft = apply("1000", "altro").await.expect(201);
        let submit = format!("{HERE}/api/applications/{}/transition/submit", draft["id"].as_str().unwrap());
        let refused = world.call("POST", &submit).by(&mario).send().await;
        assert_eq!(refused.wrong_fields(), ["/data/payment_amount"]);
        assert_eq!(apply("1900", "gratis").await.expect(201)["status"], "1900");
        assert_eq!(apply("1900", "intero").await.expect(201)["status"], paying);
    }
}

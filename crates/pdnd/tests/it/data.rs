//! Data of citizens, from the stand-ins through the whole chain, and their validation.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, CITIZEN, OTHER, World};

on_both_engines!(
    every_service_answers_in_every_format,
    all_spellings_of_the_documentation_are_answered,
    data_are_recognised_and_altered_ones_are_not,
    nobody_asks_for_somebody_else,
    an_answer_is_given_again_for_a_while_and_one_voucher_serves_many_calls,
    numbers_of_operations_rise_however_many_ask_at_once,
);

async fn every_service_answers_in_every_format(world: World) {
    let data = async |path, format| world.ask(path, format, CITIZEN).await.expect(200)["data"].clone();
    let residence = json!({
        "address": "Via Antica Aia", "house_number": "1", "municipality": "Bugliano", "county": "PI", "postal_code": "56056"
    });
    assert_eq!(data("/anpr/accertamento-residenza", "residenza").await, residence);
    let archetype = data("/anpr/accertamento-residenza", "residenza_archetipo").await;
    assert_eq!((&archetype["municipality_istat_code"], archetype.as_object().unwrap().len()), (&json!("050999"), 7));
    let family = data("/anpr/stato-famiglia", "famiglia").await;
    assert_eq!((&family["gender"], family["children"].as_array().unwrap().len()), (&json!("femmina"), 2));
    let household = data("/anpr/stato-famiglia", "famiglia_archetipo").await;
    assert_eq!(household["members"].as_array().unwrap().len(), 4);
    let citizenship = data("/anpr/accertamento-cittadinanza", "cittadinanza").await;
    assert_eq!(citizenship, json!({ "cittadinanza": [{ "country": "IT", "nationality": "ITALIA" }] }));
    let isee = data("/inps/isee", "isee").await;
    assert_eq!((&isee["isee"], &isee["valid_until"]), (&json!(4617.33), &json!("2026-12-31")));
    let stranger = world.ask("/anpr/stato-famiglia", "famiglia", "RSSMRA80A01H501U").await.expect(404);
    assert_eq!(stranger["type"], "/errors/pdnd-person-not-found");
}

async fn all_spellings_of_the_documentation_are_answered(world: World) {
    let citizen = world.citizen(CITIZEN);
    let config = world.config("stato-famiglia");
    for path in [
        format!("/anpr/stato-famiglia?fiscal_code={CITIZEN}&config_id={config}&format=famiglia"),
        format!("/e-services/anpr/stato-famiglia?fiscalCode={CITIZEN}&format=statoFamigliaArchetipo"),
        format!("/anpr/stato-famiglia?fiscal_code={CITIZEN}"),
    ] {
        let signed = world.call_by(&citizen, "GET", &format!("{API}{path}"), &Value::Null).await.expect(200);
        let mut names: Vec<_> = signed["meta"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["call_url", "created_at", "format", "signature", "source"]);
        assert_eq!(signed["meta"]["source"], "ANPR");
        for path in ["/anpr", "/e-services/anpr", "/validate/anpr"] {
            let upper = json!({ "Data": signed["data"], "Meta": signed["meta"] });
            for body in [&signed, &upper] {
                let answer = world.validate(&format!("{path}/stato-famiglia"), body, CITIZEN).await.expect(200);
                assert_eq!(answer, json!({ "result": true }), "{path}");
            }
        }
    }
}

async fn data_are_recognised_and_altered_ones_are_not(world: World) {
    let path = "/anpr/accertamento-residenza";
    let signed = world.ask(path, "residenza", CITIZEN).await.expect(200);
    let result = async |signed: &Value| world.validate(path, signed, CITIZEN).await.expect(200)["result"].as_bool().unwrap();
    assert!(result(&signed).await);
    for (pointer, value) in [
        ("/data/house_number", json!("2")),
        ("/data/address", Value::Null),
        ("/meta/signature", json!("AAAA")),
        ("/meta/signature", json!("no base64!")),
        ("/meta/format", json!("residenza_archetipo")),
        ("/meta/format", json!("famiglia")),
        ("/meta/source", json!("INPS")),
        ("/meta/created_at", json!("2026-03-02T10:00:01+01:00")),
    ] {
        let mut altered = signed.clone();
        *altered.pointer_mut(pointer).unwrap() = value;
        assert!(!result(&altered).await, "{pointer}");
    }
    // Those of somebody else, which are certified, but not for this person.
    let other = world.ask(path, "residenza", OTHER).await.expect(200);
    assert!(!result(&other).await);
    assert_eq!(world.validate(path, &json!({ "data": {} }), CITIZEN).await.status, 422);
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    assert!(!result(&signed).await, "too old");
}

async fn nobody_asks_for_somebody_else(world: World) {
    let path = format!("{API}/anpr/stato-famiglia?fiscal_code={OTHER}");
    for method in ["GET", "POST"] {
        let body = json!({ "data": {}, "meta": {
            "signature": "", "format": "famiglia", "created_at": "2026-03-02T10:00:00+01:00", "source": "ANPR", "call_url": ""
        } });
        let refused = world.call_by(&world.citizen(CITIZEN), method, &path, &body).await.expect(403);
        assert_eq!(refused["type"], "/errors/pdnd-not-your-data");
    }
    assert_eq!((world.platform.vouchers(), world.calls("C030").await), (0, 0), "nobody was asked");
}

async fn an_answer_is_given_again_for_a_while_and_one_voucher_serves_many_calls(world: World) {
    let path = "/anpr/accertamento-residenza";
    let first = world.ask(path, "residenza", CITIZEN).await.expect(200);
    assert_eq!(world.ask(path, "residenza", CITIZEN).await.expect(200), first);
    assert_eq!((world.calls("C020").await, world.platform.vouchers()), (1, 2), "one for C030, one for C020");
    let sealed: Vec<Vec<u8>> = {
        let sql = "SELECT body FROM pdnd_answers";
        world.app.db().read(move |tx| tx.all(sql, storage::params![], |row| row.get(0))).await.unwrap()
    };
    assert!(sealed.iter().all(|body| !String::from_utf8_lossy(body).contains("Antica")), "sealed");
    world.ask(path, "residenza_archetipo", CITIZEN).await.expect(200);
    assert_eq!((world.calls("C020").await, world.platform.vouchers()), (2, 2), "the same vouchers");
    // Changing the configuration forgets its answers.
    let config = format!("{API}/tenants/{}/configs/{}", crate::world::BUGLIANO, world.config("accertamento-residenza"));
    world.call("PATCH", &config, &json!({})).await.expect(200);
    world.ask(path, "residenza", CITIZEN).await.expect(200);
    assert_eq!(world.calls("C020").await, 3);
    world.clock.advance(SignedDuration::from_mins(61));
    world.ask(path, "residenza", CITIZEN).await.expect(200);
    assert_eq!((world.calls("C020").await, world.platform.vouchers()), (4, 4), "vouchers live ten minutes");
    world.ask(path, "residenza", OTHER).await.expect(200);
    assert_eq!(world.platform.vouchers(), 6, "evidence names a person: so does the voucher");
}

async fn numbers_of_operations_rise_however_many_ask_at_once(world: World) {
    let asked = ["residenza", "residenza_archetipo"].map(|format| ("/anpr/accertamento-residenza", format));
    let asked = asked.into_iter().chain([("/anpr/stato-famiglia", "famiglia"), ("/anpr/accertamento-cittadinanza", "")]);
    let answers: Vec<_> = {
        let asking: Vec<_> = asked.flat_map(|(path, format)| [CITIZEN, OTHER].map(|who| world.ask(path, format, who))).collect();
        futures::future::join_all(asking).await
    };
    for answer in answers {
        answer.expect(200);
    }
    // One voucher for each person and e-service, whoever came first.
    assert_eq!(world.platform.vouchers(), 2 * 4);
    let last = world.number("SELECT last_operation FROM pdnd_clients").await;
    assert!(last >= world.clock.now().as_second() * 1000 + 15, "{last}");
}

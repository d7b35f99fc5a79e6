//! What is kept, sealed, and for how long.

use jiff::SignedDuration;
use serde_json::json;

use crate::on_both_engines;
use crate::world::{CITIZEN, World};

on_both_engines!(vouchers_and_validations_are_kept_for_two_years, the_person_is_in_no_row);

async fn forget(world: &World) {
    world.roles[0].jobs.iter().find(|job| job.name == "forget-pdnd-records").unwrap().run().await.unwrap();
}

async fn vouchers_and_validations_are_kept_for_two_years(world: World) {
    let signed = world.ask("/anpr/accertamento-residenza", "residenza", CITIZEN).await.expect(200);
    world.validate("/anpr/accertamento-residenza", &signed, CITIZEN).await.expect(200);
    let altered = json!({ "data": {}, "meta": signed["meta"] });
    world.validate("/anpr/accertamento-residenza", &altered, CITIZEN).await.expect(200);
    let count = async || {
        let vouchers = world.number("SELECT count(*) FROM pdnd_vouchers").await;
        let validations = world.number("SELECT count(*) FROM pdnd_validations").await;
        (vouchers, validations, world.number("SELECT count(*) FROM pdnd_answers").await)
    };
    forget(&world).await;
    assert_eq!(count().await, (2, 2, 1));
    world.clock.advance(SignedDuration::from_hours(2));
    forget(&world).await;
    assert_eq!(count().await, (2, 2, 0), "answers go when they are given no more");
    world.clock.advance(SignedDuration::from_hours(24 * 729));
    forget(&world).await;
    assert_eq!(count().await, (2, 2, 0));
    world.clock.advance(SignedDuration::from_hours(24 * 3));
    forget(&world).await;
    assert_eq!(count().await, (0, 0, 0));
}

async fn the_person_is_in_no_row(world: World) {
    let signed = world.ask("/anpr/stato-famiglia", "famiglia", CITIZEN).await.expect(200);
    world.validate("/anpr/stato-famiglia", &signed, CITIZEN).await.expect(200);
    for sql in ["SELECT body FROM pdnd_vouchers", "SELECT body FROM pdnd_validations", "SELECT body FROM pdnd_answers"] {
        let bodies: Vec<Vec<u8>> =
            world.app.db().read(move |tx| tx.all(sql, storage::params![], |row| row.get(0))).await.unwrap();
        assert!(!bodies.is_empty(), "{sql}");
        for body in bodies {
            let text = String::from_utf8_lossy(&body).into_owned();
            assert!(!text.contains(CITIZEN) && !text.contains("eyJhbGci") && !text.contains("signature"), "{sql}");
        }
    }
    let subjects: Vec<String> = {
        let sql =
            "SELECT subject FROM pdnd_vouchers UNION SELECT subject FROM pdnd_validations UNION SELECT subject FROM pdnd_answers";
        world.app.db().read(move |tx| tx.all(sql, storage::params![], |row| row.get(0))).await.unwrap()
    };
    assert_eq!(subjects.len(), 1, "one person");
    assert!(!subjects[0].contains(CITIZEN) && subjects[0].len() == 32);
}

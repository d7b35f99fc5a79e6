//! Services: what is refused when they are stored, and who sees them.

use serde_json::{Value, json};

use crate::harness::{HERE, SERVICE, World};
use crate::on_both_engines;

on_both_engines!(a_fixed_amount_that_is_none_is_refused, a_cancelled_service_is_shown_to_staff_alone);

async fn a_fixed_amount_that_is_none_is_refused(world: World) {
    let patch = async |required: u8, amount: Value| {
        let changes = json!({ "payment_required": required, "payment_parameters": { "total_amounts": amount } });
        let path = format!("{HERE}/api/services/{SERVICE}");
        world.call("PATCH", &path).bearer(&world.service()).json(&changes).send().await
    };
    for required in [1, 2] {
        for wrong in ["20 euro", "-20", "1e3", "20.000", "0x14"] {
            let fields = patch(required, json!(wrong)).await.wrong_fields();
            assert_eq!(fields, ["/payment_parameters/total_amounts"], "{wrong}");
        }
        for right in [json!("20.00"), json!("20"), json!("20,5"), json!(""), Value::Null] {
            patch(required, right).await.expect(200);
        }
    }
    // Nothing is asked for.
    patch(0, json!("gratis")).await.expect(200);
}

async fn a_cancelled_service_is_shown_to_staff_alone(world: World) {
    let (mario, operator) = (world.mario().await, world.operator().await);
    let set = async |status: u8| {
        let path = format!("{HERE}/api/services/{SERVICE}");
        world.call("PATCH", &path).bearer(&world.service()).json(&json!({ "status": status })).send().await.expect(200)
    };
    for (status, others) in [(1, 200), (0, 404)] {
        set(status).await;
        for what in ["", "/form"] {
            let path = format!("{HERE}/api/services/prova{what}");
            world.call("GET", &path).send().await.expect(others);
            world.call("GET", &path).by(&mario).send().await.expect(others);
            world.call("GET", &path).by(&operator).send().await.expect(200);
        }
    }
}

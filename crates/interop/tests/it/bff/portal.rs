//! What the pages ask besides the platform's own business.

use serde_json::json;

use super::Portal;
use crate::on_both_engines;
use crate::world::{CONSUMER, OPERATOR, World};

on_both_engines!(a_person_accepts_the_versions_of_today, the_pages_know_the_body_of_the_session,);

async fn a_person_accepts_the_versions_of_today(world: World) {
    let portal = Portal::beside(&world).await;
    let anybody = portal.session(CONSUMER, OPERATOR, "viewer");
    for consent in ["/user/consent/TOS", "/user/consent/PP"] {
        let before = anybody.get(consent).await.expect(200);
        assert_eq!((&before["firstAccept"], &before["isUpdated"]), (&json!(false), &json!(false)));
        let latest = before["latestVersionId"].clone();
        let old = json!({ "latestVersionId": kernel::Uuid::from_u128(99) });
        assert_eq!(anybody.post(consent, old).await.refusal(), (409, "008-0027".to_owned()));
        for _ in 0..2 {
            anybody.post(consent, json!({ "latestVersionId": latest })).await.expect(204);
        }
        let after = anybody.get(consent).await.expect(200);
        assert_eq!((&after["firstAccept"], &after["isUpdated"]), (&json!(true), &json!(true)));
    }
    let renewed = "00000000-0000-0000-0000-000000000002";
    let other = Portal::with(&world, &[("SPORTELLO_INTEROP_TERMS_VERSION", renewed)]).await;
    let asked = other.session(CONSUMER, OPERATOR, "viewer").get("/user/consent/TOS").await.expect(200);
    assert_eq!(
        (&asked["firstAccept"], &asked["isUpdated"], &asked["latestVersionId"]),
        (&json!(true), &json!(false), &json!(renewed))
    );
    assert_eq!(anybody.get("/user/consent/XX").await.refusal(), (404, "008-0026".to_owned()));
}

async fn the_pages_know_the_body_of_the_session(world: World) {
    let portal = Portal::beside(&world).await;
    let session = portal.session(CONSUMER, OPERATOR, "delegate,security,unknown");
    assert_eq!(session.get("/selfcare/institutions/products").await.expect(200)[0]["id"], "prod-interop");
    let bodies = session.get("/selfcare/institutions").await.expect(200);
    assert_eq!((&bodies[0]["id"], &bodies[0]["userProductRoles"]), (&json!(CONSUMER), &json!(["admin", "security"])));
    assert_eq!(session.get("/inAppNotifications/count").await.expect(200)["fruizione"]["totalCount"], 0);
    assert_eq!(session.get(&format!("/tenants/{CONSUMER}/delegations/allowed")).await.expect(200)["isAllowed"], false);
    assert_eq!(session.count("/consumers/delegations/delegatorsWithAgreements?offset=0&limit=9").await, 0);
}

//! Pages of the same second-level domain turn the session's cookie into a token.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

use crate::world::World;

#[tokio::test]
async fn only_pages_of_the_same_domain_may_read_tokens() {
    let world = World::on_sqlite().await;
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    let session = world.session("operatore").await;
    for (origin, allowed) in
        [("https://www.comune.bugliano.pi.it", true), ("https://www.comune.vallelaghi.tn.it", false), ("null", false)]
    {
        let path = "/lang/api/session-auth?with-cookie=1";
        let call = |method: &str| world.call(method, path).host("servizi.comune.bugliano.pi.it").header(ORIGIN, origin);
        let expected = allowed.then_some(origin);
        for (method, signed_in) in [("GET", true), ("GET", false), ("POST", false)] {
            let call = if signed_in { call(method).session(&session) } else { call(method) };
            let answer = call.send().await;
            assert_eq!(answer.status.as_u16(), if method == "GET" && !signed_in { 401 } else { 200 });
            assert_eq!(answer.header("access-control-allow-origin"), expected, "{method} {origin}");
            assert_eq!(answer.header("access-control-allow-credentials"), allowed.then_some("true"));
            assert_eq!(answer.header("vary"), Some("Origin"));
        }
        let preflight = call("OPTIONS").header(ACCESS_CONTROL_REQUEST_METHOD, "GET").send().await;
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-origin"), expected);
        assert_eq!(preflight.header("access-control-allow-methods"), allowed.then_some("GET, POST"));
    }
}

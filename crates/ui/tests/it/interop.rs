//! The pages of the interoperability platform: who may use what, what is sent, what is said when it is refused.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::browser::{Answer, Browser, at};

/// Every entry of the menu, and who may use it: administrators, operators of APIs, of keys, support.
const PLACES: [(&str, [bool; 4]); 12] = [
    ("/catalogo", [true, true, false, true]),
    ("/richieste", [true, false, false, true]),
    ("/finalita", [true, false, false, true]),
    ("/client", [true, false, true, true]),
    ("/m2m", [true, false, true, true]),
    ("/prova", [true, false, true, true]),
    ("/e-service", [true, true, false, true]),
    ("/ricevute", [true, false, false, true]),
    ("/da-evadere", [true, false, false, true]),
    ("/fruitori", [true, false, false, true]),
    ("/ente", [true, false, false, true]),
    ("/attributi", [true, true, false, true]),
];
const ROLES: [&str; 4] = ["admin", "api", "security", "support"];
/// Pages below each entry.
const BELOW: [(&str, &str); 25] = [
    ("/catalogo", "/catalogo/e-1/published"),
    ("/catalogo", "/enti/x"),
    ("/richieste", "/richieste/draft"),
    ("/richieste", "/richieste/active"),
    ("/finalita", "/finalita/active"),
    ("/finalita", "/finalita/draft"),
    ("/finalita", "/finalita/nuova"),
    ("/finalita", "/finalita/draft/dati"),
    ("/finalita", "/finalita/draft/analisi"),
    ("/client", "/client/nuovo"),
    ("/client", "/client/k-1"),
    ("/client", "/client/k-1/chiavi/kid-1"),
    ("/e-service", "/e-service/nuovo"),
    ("/e-service", "/e-service/importa"),
    ("/e-service", "/e-service/e-1/published/esporta"),
    ("/e-service", "/e-service/e-1/draft"),
    ("/e-service", "/e-service/e-1/draft/dati"),
    ("/e-service", "/e-service/e-1/draft/versione"),
    ("/e-service", "/e-service/e-1/draft/attributi"),
    ("/e-service", "/e-service/e-1/draft/file"),
    ("/ricevute", "/ricevute/r-pending"),
    ("/da-evadere", "/da-evadere/r-waiting"),
    ("/fruitori", "/fruitori/x"),
    // What the operator of the APIs is not shown on the page of his version.
    ("/ricevute", "/e-service/e-1/published/fruitori"),
    ("/attributi", "/attributi/certificati"),
];
/// Of those, the ones that only change something: who may only look has no business there.
const WRITES: [&str; 11] = [
    "/finalita/nuova",
    "/finalita/draft/dati",
    "/finalita/draft/analisi",
    "/client/nuovo",
    "/e-service/nuovo",
    "/e-service/importa",
    "/e-service/e-1/published/esporta",
    "/e-service/e-1/draft/dati",
    "/e-service/e-1/draft/versione",
    "/e-service/e-1/draft/attributi",
    "/e-service/e-1/draft/file",
];

pub fn here(path: &str) -> String {
    at(&format!("/interop{path}"))
}

pub async fn in_role(role: &str) -> Browser {
    // What somebody may do counts from their next session.
    let mut browser = Browser::new().await;
    browser.fake.memory().said.insert("interop".into(), json!([role]));
    let answer = browser.submit(&at("/login"), &[("username", "operatore"), ("password", "secret")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    browser
}

pub fn said(browser: &Browser, what: &str) -> Value {
    browser.fake.memory().said.get(what).cloned().unwrap_or_else(|| panic!("nobody said {what}"))
}

pub fn refuse(browser: &Browser, status: u16, code: &str, detail: &str) {
    browser.fake.memory().said.insert("refuse".into(), json!([status, code, detail]));
}

/// That a page says something of a field, beside it and in the summary.
pub fn wrong(answer: &Answer, field: &str, says: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.attributes("#error-summary a", "href"), [format!("#{field}")]);
    assert_eq!(answer.attributes(&format!("#{field}"), "aria-invalid"), ["true"]);
    assert_eq!(answer.texts(&format!("#{field}-error")), [says]);
}

#[tokio::test]
async fn an_entry_that_a_role_may_not_use_is_absent_and_its_address_refused() {
    for (index, role) in ROLES.into_iter().enumerate() {
        let mut browser = in_role(role).await;
        let home = browser.get(&here("")).await;
        assert_eq!(home.status, StatusCode::OK);
        assert!(home.attributes(".site-nav a", "href").contains(&here("")));
        let offered = home.attributes(".tile a", "href");
        for (path, may) in PLACES {
            let answer = browser.get(&here(path)).await;
            let expected = if may[index] { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, expected, "{path} as {role}");
            assert_eq!(offered.contains(&here(path)), may[index], "{path} on the first page of {role}");
            let menu = answer.attributes(".part-nav a", "href");
            let forbidden = PLACES.iter().filter(|(_, may)| !may[index]).map(|(path, _)| here(path));
            assert!(forbidden.into_iter().all(|path| !menu.contains(&path)), "{path} as {role}: {menu:?}");
        }
        for (place, path) in BELOW {
            let may = PLACES.iter().find(|(known, _)| *known == place).unwrap().1[index];
            let may = may && !(WRITES.contains(&path) && (role == "support" || (role == "security" && place == "/client")));
            let expected = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(browser.get(&here(path)).await.status, expected, "{path} as {role}");
        }
    }
}

#[tokio::test]
async fn whoever_the_platform_does_not_know_is_offered_nothing() {
    for who in ["cittadino", "operatore"] {
        let mut browser = Browser::of(who).await;
        let home = browser.get(&at("/")).await;
        assert!(home.attributes(".site-nav a", "href").iter().all(|href| !href.contains("interop")), "{who}");
        for path in ["", "/catalogo", "/client/k-1"] {
            assert_eq!(browser.get(&here(path)).await.status, StatusCode::FORBIDDEN, "{path} as {who}");
        }
    }
    let mut nobody = Browser::new().await;
    assert!(nobody.get(&here("/catalogo")).await.location().contains("/login"));
    assert_eq!(nobody.get("/interop").await.location(), here(""), "the only body of this installation");
}

#[tokio::test]
async fn who_only_looks_gets_no_buttons_and_is_refused_when_he_sends() {
    let mut support = in_role("support").await;
    let pages = [
        "/catalogo/e-1/published",
        "/richieste/draft",
        "/finalita/active",
        "/client/k-1",
        "/e-service/e-1/published",
        "/ricevute/r-pending",
        "/da-evadere/r-waiting",
        "/fruitori/x",
        "/ente",
        "/attributi",
        "/attributi/certificati",
    ];
    for path in pages {
        let page = support.get(&here(path)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.texts("main form[method=post]").is_empty(), "{path}");
        let csrf = support.csrf().await;
        let answer = support.post(&here(path), &[("csrf", &csrf), ("command", "delete")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn keys_are_added_by_members_and_removed_by_those_who_may() {
    let mut keeper = in_role("security").await;
    let page = keeper.get(&here("/client/k-1")).await;
    assert!(page.texts("#add-key").is_empty(), "not a member");
    assert!(page.attributes("button[name=command]", "value").is_empty());
    keeper.fake.memory().said.insert("member".into(), json!("u-operator"));
    let page = keeper.get(&here("/client/k-1")).await;
    assert_eq!(page.attributes("main button[name=command]", "value"), ["remove-key", "key"]);
    assert!(page.body.contains("openssl genrsa"), "how to make a key is told");
    let sent = keeper.submit(&here("/client/k-1"), &[("command", "key"), ("name", "Chiave"), ("key", "PEM")]).await;
    assert_eq!(sent.location(), format!("{}?done=done", here("/client/k-1")));
    let seed = said(&keeper, "POST /clients/k-1/keys");
    assert_eq!(seed, json!({ "name": "Chiave", "use": "SIG", "alg": "RS256", "key": "UEVN" }));
    refuse(&keeper, 400, "006-0031", "Non è una chiave pubblica RSA");
    let answer = keeper.submit(&here("/client/k-1"), &[("command", "key"), ("name", "Chiave"), ("key", "PEM")]).await;
    wrong(&answer, "key", "Non è una chiave pubblica RSA.");
    assert_eq!(answer.texts("#key"), ["PEM"], "what was typed is kept");
}

#[tokio::test]
async fn a_wizard_stores_each_step_and_says_what_is_wrong_beside_its_field() {
    let mut admin = Browser::of("admin").await;
    let general = [
        ("name", "Anagrafe"),
        ("description", "Dati dei residenti"),
        ("technology", "REST"),
        ("mode", "DELIVER"),
        ("personalData", "true"),
    ];
    let next = admin.submit(&here("/e-service/nuovo"), &general).await;
    assert_eq!(next.location(), format!("{}?done=created", here("/e-service/draft/draft/versione")));
    assert_eq!(said(&admin, "POST /eservices")["personalData"], json!(true));
    let terms = [
        ("description", "Prima versione"),
        ("audience", "a.it, b.it"),
        ("minutes", "10"),
        ("perConsumer", "1.000"),
        ("total", "x"),
        ("policy", "MANUAL"),
    ];
    wrong(&admin.submit(&here("/e-service/e-1/draft/versione"), &terms).await, "total", "Scrivi un numero intero.");
    let terms = terms.map(|(name, value)| (name, if name == "total" { "5000" } else { value }));
    let next = admin.submit(&here("/e-service/e-1/draft/versione"), &terms).await;
    assert_eq!(next.location(), format!("{}?done=saved", here("/e-service/e-1/draft/attributi")));
    let seed = said(&admin, "PUT /eservices/e-1/descriptors/draft");
    assert_eq!(
        (&seed["audience"], &seed["voucherLifespan"], &seed["dailyCallsPerConsumer"]),
        (&json!(["a.it", "b.it"]), &json!(600), &json!(1000))
    );
    assert_eq!(seed["attributes"]["certified"][0].as_array().unwrap().len(), 2, "the groups stay");

    wrong(
        &admin.submit(&here("/e-service/e-1/draft/attributi"), &[("command", "add"), ("kind", "CERTIFIED")]).await,
        "attributes",
        "Scegli almeno un attributo.",
    );
    let group = [("command", "add"), ("kind", "VERIFIED"), ("attributes", "a-1"), ("attributes", "a-4"), ("explicit", "true")];
    admin.submit(&here("/e-service/e-1/draft/attributi"), &group).await;
    let verified = said(&admin, "PUT /eservices/e-1/descriptors/draft")["attributes"]["verified"].clone();
    assert_eq!(verified.as_array().unwrap().len(), 2);
    assert_eq!(verified[1][1], json!({ "id": "a-4", "explicitAttributeVerification": true }));
    admin.submit(&here("/e-service/e-1/draft/attributi"), &[("command", "remove"), ("target", "CERTIFIED/0")]).await;
    assert_eq!(said(&admin, "PUT /eservices/e-1/descriptors/draft")["attributes"]["certified"], json!([]));
    let nonsense =
        admin.submit(&here("/e-service/e-1/draft/attributi"), &[("command", "remove"), ("target", "CERTIFIED/7")]).await;
    assert_eq!(nonsense.status, StatusCode::NOT_FOUND);

    let draft = admin.get(&here("/e-service/e-1/draft")).await;
    assert!(draft.texts("#publish").is_empty(), "without an interface it cannot be published");
    refuse(&admin, 409, "001-007", "Il nome è già di un altro e-service dell'ente");
    wrong(&admin.submit(&here("/e-service/nuovo"), &general).await, "name", "Il nome è già di un altro e-service dell'ente.");
}

#[tokio::test]
async fn questions_come_when_answers_make_them_asked() {
    let mut admin = Browser::of("admin").await;
    let address = here("/finalita/draft/analisi");
    let page = admin.get(&address).await;
    assert_eq!(page.attributes("textarea, fieldset[role]", "id"), ["q-q1", "q-q2"]);
    // What was not asked is not wrong yet, what was and has no answer is.
    let answer =
        admin.submit(&address, &[("command", "next"), ("shown", "q1"), ("shown", "q4"), ("q-q1", "YES"), ("q-q4", "true")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.texts(".notice-good").len(), 1, "saved");
    let answers = said(&admin, "POST /purposes/draft")["riskAnalysisForm"].clone();
    assert_eq!(answers, json!({ "version": "3.1", "answers": { "q1": ["YES"], "q4": ["true"] } }));
    let shown = [("shown", "q1"), ("shown", "q2"), ("shown", "q3"), ("shown", "q4")];
    let typed = [("command", "next"), ("q-q1", "YES"), ("q-q3", "LAW"), ("q-q3", "CONSENT"), ("q-q4", "true")];
    let fields: Vec<_> = shown.into_iter().chain(typed).collect();
    wrong(&admin.submit(&address, &fields).await, "q-q2", "Rispondi alla domanda.");
    let fields: Vec<_> = fields.into_iter().chain([("q-q2", "Nome e cognome")]).collect();
    let done = admin.submit(&address, &fields).await;
    assert_eq!(done.location(), format!("{}?done=saved", here("/finalita/draft")));
    // An answer that is taken back takes along what followed from it.
    let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, if name == "q-q1" { "NO" } else { value })).collect();
    admin.submit(&address, &fields).await;
    let answers = said(&admin, "POST /purposes/draft")["riskAnalysisForm"]["answers"].clone();
    assert_eq!(answers, json!({ "q1": ["NO"], "q4": ["true"] }));
}

#[tokio::test]
async fn questions_and_answers_are_in_the_readers_language() {
    let mut admin = Browser::of("admin").await;
    let form = here("/finalita/draft/analisi");
    let answered = here("/finalita/active");
    for (language, question, option, spoken) in [
        ("it", "Usi dati personali?", "Sì", "Base giuridica"),
        ("en", "Usi dati personali? (en)", "Sì (en)", "Base giuridica (en)"),
        // What there is no German for stays Italian, and says so.
        ("de", "Usi dati personali? (de)", "Sì (de)", "Base giuridica"),
    ] {
        let to = |path: &str| path.replace("/it/", &format!("/{language}/"));
        let page = admin.get(&to(&form)).await;
        assert_eq!(page.texts("#q-q1 legend"), [question], "{language}");
        assert_eq!(page.texts("label[for=q-q1-YES]"), [option], "{language}");
        assert!(page.attributes("#q-q1 legend", "lang").is_empty(), "{language}");
        let legend = page.texts("fieldset.choices:not([role]) legend");
        assert_eq!(legend, [spoken], "{language}");
        let lang = page.attributes("fieldset.choices:not([role]) legend", "lang");
        assert_eq!(lang, if language == "de" { vec!["it"] } else { vec![] });
        let facts = admin.get(&to(&answered)).await.texts(".facts dt");
        assert!(facts.contains(&question.to_owned()), "{language}: {facts:?}");
    }
}

#[tokio::test]
async fn a_certifier_creates_assigns_and_revokes_and_nobody_else_is_offered_it() {
    let mut admin = Browser::of("admin").await;
    let page = here("/attributi/certificati");
    for from in ["/attributi", "/ente"] {
        assert!(admin.get(&here(from)).await.attributes("a.btn", "href").contains(&page), "{from}");
    }
    let shown = admin.get(&page).await;
    assert!(shown.texts(".lead")[0].contains("REGISTRO"));
    assert_eq!(shown.texts(".list tbody tr").len(), 1);
    assert_eq!(shown.attributes("main button[name=command]", "value"), ["revoke", "assign", "create"]);
    let target = shown.attributes("input[name=target]", "value");
    let done = admin.submit(&page, &[("command", "revoke"), ("target", &target[0])]).await;
    assert_eq!(done.location(), format!("{page}?done=saved"));
    let body = "11111111-0000-4000-8000-000000000001";
    said(&admin, &format!("DELETE /tenants/{body}/attributes/certified/a-1"));
    admin.submit(&page, &[("command", "assign"), ("attribute", "a-1"), ("body", body)]).await;
    assert_eq!(said(&admin, &format!("POST /tenants/{body}/attributes/certified")), json!({ "id": "a-1" }));
    let seed = [("command", "create"), ("name", "Gestori"), ("description", "Gestori di servizi")];
    admin.submit(&page, &seed).await;
    assert_eq!(said(&admin, "POST /certifiedAttributes"), json!({ "name": "Gestori", "description": "Gestori di servizi" }));
    for command in [vec![("command", "revoke"), ("target", "x")], vec![("command", "nothing")]] {
        assert_eq!(admin.submit(&page, &command).await.status, StatusCode::NOT_FOUND, "{command:?}");
    }

    refuse(&admin, 400, "005-0014", "L'ente possiede già l'attributo");
    let again = admin.submit(&page, &[("command", "assign"), ("attribute", "a-1"), ("body", body)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again.texts(".notice-bad[role=alert]"), ["L'ente possiede già l'attributo."]);
    refuse(&admin, 400, "003-9999", "description: da 1 a 500 caratteri");
    let wrong_text = admin.submit(&page, &seed).await;
    wrong(&wrong_text, "description", "Da 1 a 500 caratteri.");
    assert_eq!(wrong_text.attributes("#name", "value"), ["Gestori"], "what was typed is kept");

    admin.fake.memory().said.insert("certifier".into(), json!(false));
    assert_eq!(admin.get(&page).await.status, StatusCode::FORBIDDEN);
    for from in ["/attributi", "/ente"] {
        assert!(!admin.get(&here(from)).await.attributes("a", "href").contains(&page), "{from}");
    }
}

#[tokio::test]
async fn each_state_offers_what_may_be_done_in_it() {
    let mut admin = Browser::of("admin").await;
    let offers = [
        ("/catalogo/e-1/published", vec!["ask"]),
        ("/catalogo/e-1/suspended", vec![]),
        ("/catalogo/lacking/published", vec![]),
        ("/richieste/draft", vec!["submit", "notes", "attach", "delete", "detach"]),
        ("/richieste/pending", vec!["delete"]),
        ("/richieste/active", vec!["upgrade", "suspend", "archive"]),
        ("/richieste/suspended", vec!["upgrade", "unsuspend", "archive"]),
        ("/richieste/rejected", vec!["clone"]),
        ("/richieste/archived", vec![]),
        ("/finalita/draft", vec!["activate", "delete"]),
        ("/finalita/active", vec!["load", "suspend", "archive", "clone", "unlink", "link"]),
        ("/finalita/waiting", vec!["suspend", "archive", "withdraw", "clone", "unlink", "link"]),
        ("/finalita/archived", vec!["unlink", "link"]),
        ("/e-service/e-1/published", vec!["quotas", "suspend", "version", "clone"]),
        ("/e-service/e-1/suspended", vec!["quotas", "activate", "version"]),
        ("/e-service/e-1/deprecated", vec!["quotas", "suspend", "archive", "clone"]),
        ("/ricevute/r-pending", vec!["unverify", "verify", "approve", "reject"]),
        ("/ricevute/r-active", vec!["unverify", "verify", "suspend"]),
        ("/da-evadere/r-waiting", vec!["approve", "expect", "reject", "suspend"]),
    ];
    for (path, offered) in offers {
        let page = admin.get(&here(path)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.attributes("main button[name=command]", "value"), offered, "{path}");
    }
    let reaches = admin.get(&here("/finalita/active")).await;
    assert!(reaches.texts(".notice-good").iter().any(|text| text.ends_with("Sì.")));
    let stopped = admin.get(&here("/finalita/suspended")).await;
    assert_eq!(
        stopped.texts(".notice-action li"),
        ["La finalità non è attiva.", "Nessun client associato ha una chiave pubblica."]
    );
}

#[tokio::test]
async fn what_the_platform_refuses_is_said_and_what_was_typed_is_kept() {
    let mut admin = Browser::of("admin").await;
    refuse(&admin, 400, "002-0008", "Mancano attributi verificati");
    let answer = admin.submit(&here("/ricevute/r-pending"), &[("command", "approve")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts(".notice-bad[role=alert]"), ["Mancano attributi verificati."]);
    refuse(&admin, 400, "002-9999", "reason: da 20 a 1000 caratteri");
    let answer = admin.submit(&here("/ricevute/r-pending"), &[("command", "reject"), ("reason", "no")]).await;
    wrong(&answer, "reason", "Da 20 a 1000 caratteri.");
    assert_eq!(answer.texts("#reason"), ["no"]);
    refuse(&admin, 409, "004-0016", "C'è già una finalità con questo titolo");
    let purpose = [
        ("eservice", "e-1"),
        ("title", "Controllo"),
        ("description", "Una descrizione"),
        ("isFreeOfCharge", "false"),
        ("dailyCalls", "10"),
    ];
    let answer = admin.submit(&here("/finalita/nuova"), &purpose).await;
    wrong(&answer, "title", "C'è già una finalità con questo titolo.");
    assert_eq!(answer.attributes("#title", "value"), ["Controllo"]);
    refuse(&admin, 403, "002-9993", "Ruolo non autorizzato");
    assert_eq!(admin.submit(&here("/richieste/draft"), &[("command", "submit")]).await.status, StatusCode::FORBIDDEN);
    wrong(
        &admin.submit(&here("/da-evadere/r-waiting"), &[("command", "expect"), ("date", "presto")]).await,
        "date",
        "Scegli un giorno.",
    );
    assert_eq!(admin.get(&here("/catalogo/e-1/nowhere")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.get(&here("/richieste/r-pending")).await.status, StatusCode::NOT_FOUND, "another body's");
}

#[tokio::test]
async fn a_date_is_the_end_of_its_day_in_rome() {
    let mut admin = Browser::of("admin").await;
    admin.submit(&here("/da-evadere/r-waiting"), &[("command", "expect"), ("date", "2026-07-01")]).await;
    let told = said(&admin, "POST /purposes/r-waiting/versions/v-5000/update/waitingForApproval")["expectedApprovalDate"].clone();
    assert_eq!(told.as_str().unwrap(), "2026-07-01T23:59:59+02:00");
}

#[tokio::test]
async fn every_list_and_every_page_below_it_is_two_clicks_away() {
    let mut admin = Browser::of("admin").await;
    let home = admin.get(&here("")).await;
    let first = home.attributes("main a", "href");
    for (path, _) in PLACES {
        assert!(first.contains(&here(path)), "{path}");
    }
    for draft in ["/e-service/e-1/draft", "/richieste/draft", "/finalita/draft", "/ricevute/r-pending", "/da-evadere/r-waiting"] {
        assert!(first.contains(&here(draft)), "{draft} waits on the first page");
    }
}

//! What holds for every page: it is fetched as each role that may see it and read like a strict reviewer would.

use std::collections::HashSet;

use axum::http::StatusCode;
use scraper::{ElementRef, Html, Selector};
use serde_json::json;

use super::browser::{Answer, Browser, at};
use super::fake_payments::TENANT_ID;
use super::registered;
use super::samples::id;

fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

/// Everything wrong with a page.
fn faults(answer: &Answer, language: &str) -> Vec<String> {
    let html = answer.html();
    let mut faults = Vec::new();
    let mut fault = |wrong: bool, what: String| {
        if wrong {
            faults.push(what);
        }
    };
    let one = |selector: &str| select(&html, selector).len();
    fault(one("h1") != 1, format!("{} h1", one("h1")));
    fault(select(&html, "html")[0].attr("lang") != Some(language), "lang".into());
    fault(one("title") != 1 || one("main") != 1 || one("header") != 1 || one("footer") != 1, "landmarks".into());
    fault(one("nav[aria-label], nav[aria-labelledby]") != one("nav"), "a nav without name".into());

    let ids: Vec<&str> = select(&html, "[id]").iter().filter_map(|element| element.attr("id")).collect();
    let unique: HashSet<&str> = ids.iter().copied().collect();
    fault(ids.len() != unique.len(), format!("an id twice: {ids:?}"));
    for name in ["for", "aria-labelledby", "aria-describedby"] {
        for element in select(&html, &format!("[{name}]")) {
            for id in element.attr(name).unwrap_or_default().split_whitespace() {
                fault(!unique.contains(id), format!("{name}={id} leads nowhere"));
            }
        }
    }
    for link in select(&html, "a[href^='#']") {
        let id = &link.attr("href").unwrap_or_default()[1..];
        fault(!unique.contains(id), format!("the link #{id} leads nowhere"));
    }
    for field in select(&html, "input:not([type=hidden]), select, textarea") {
        let labelled = field.attr("id").is_some_and(|id| one(&format!("label[for='{id}']")) == 1);
        fault(!labelled, format!("a field without label: {}", field.html()));
    }
    for image in select(&html, "svg") {
        fault(image.attr("aria-hidden") != Some("true"), "an icon that screen readers meet".into());
    }
    for form in select(&html, "form[method=post]") {
        let csrf = form.select(&Selector::parse("input[name=csrf]").unwrap()).count();
        fault(csrf != 1, "a form without its proof".into());
    }
    let levels: Vec<u8> = select(&html, "h1,h2,h3,h4").iter().map(|heading| heading.value().name().as_bytes()[1]).collect();
    fault(levels.windows(2).any(|pair| pair[1] > pair[0] + 1), format!("heading levels jump: {levels:?}"));

    // Nothing inline that the policy would refuse, nothing from elsewhere.
    fault(one("style") + one("[style]") + one("[onclick]") + one("[onsubmit]") > 0, "inline style or handler".into());
    for script in select(&html, "script") {
        let ours = script.attr("src").is_some_and(|src| src.starts_with("/assets/"));
        fault(!ours && script.attr("type") != Some("application/json"), "a script that is not ours".into());
    }
    let policy = answer.headers.get("content-security-policy").map(|value| value.to_str().unwrap()).unwrap_or_default();
    let is_form = one("#form-config") == 1;
    fault(!policy.starts_with("default-src 'self'"), "no content security policy".into());
    fault(policy.contains("unsafe") != is_form, "the form page alone relaxes the policy".into());
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("cache-control", "no-store"), ("referrer-policy", "same-origin")]
    {
        fault(answer.headers.get(name).is_none_or(|found| found != value), format!("{name} is not {value}"));
    }
    fault(one("[onerror]") > 0 || answer.body.contains("<script>alert"), "HTML of others got through".into());
    faults
}

async fn lint(who: &str, paths: &[String]) {
    let mut browser = if who.is_empty() { Browser::new().await } else { Browser::of(who).await };
    lint_in(&mut browser, who, paths).await;
}

/// The same in a browser that somebody has.
async fn lint_in(browser: &mut Browser, who: &str, paths: &[String]) {
    for path in paths {
        for language in ["it", "de", "en"] {
            let path = path.replace("/it/", &format!("/{language}/"));
            let answer = browser.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.location());
            let found = faults(&answer, language);
            assert!(found.is_empty(), "{path} as '{who}': {found:#?}");
        }
    }
}

#[tokio::test]
async fn pages_for_everybody() {
    let paths = [
        "/",
        "/servizi",
        "/servizi?q=nido&topic=Istruzione",
        "/servizi?q=zzz",
        "/servizi/occupazione-suolo-pubblico",
        "/servizi/certificato-residenza",
        "/servizi/segnala-disservizio/access",
        "/login",
        "/login?return-url=%2Fcomune-di-bugliano%2Fit%2Fuser",
        "/accessibilita",
        "/privacy",
    ];
    lint("", &paths.map(at)).await;
}

#[tokio::test]
async fn pages_for_citizens() {
    let statuses = ["1000", "1500", "1510", "1530", "2000", "3000", "4000", "4200", "7000", "9000", "20000"];
    let mut paths: Vec<String> = statuses.iter().map(|status| at(&format!("/pratiche/{}/detail", id(status)))).collect();
    paths.extend(
        ["/pratiche", "/pagamenti", "/pagamenti/x", "/user", "/logout", "/servizi/occupazione-suolo-pubblico/access"].map(at),
    );
    paths.push(at(&format!("/pratiche/{}/withdraw", id("3000"))));
    paths.extend(
        ["", "?payment=p-due-1&payment=p-due-2&payment=p-complete-3", "?payment=p-complete-1"]
            .map(|choice| at(&format!("/pagamenti/carrello{choice}"))),
    );
    let back = |cart: &str, said: &str| at(&format!("/pagamenti/carrello/esito?provider=sandbox&cart={cart}&payment={said}"));
    paths.extend([back("paid", "OK"), back("open", "OK"), back("partly", "KO"), back("open", "KO")]);
    paths.extend(["/documenti", "/documenti?q=zzz"].map(at));
    paths.extend([registered::REGISTERED, registered::ELSEWHERE].map(|id| at(&format!("/documenti/{id}"))));
    paths.extend(
        [
            "",
            "/archivio",
            "/servizi",
            "/servizi/s1",
            "/preferenze",
            "/news",
            "/payment",
            "/over",
            "/deadline",
            "/remote",
            "/silent",
            "/old",
        ]
        .map(|path| at(&format!("/messaggi{path}"))),
    );
    paths.push(at(&format!("/pratiche/{}/detail?payment=KO", id("1500"))));
    paths.push(at(&format!("/servizi/occupazione-suolo-pubblico/access?draft={}", id("1000"))));
    lint("cittadino", &paths).await;
}

#[tokio::test]
async fn pages_for_operators() {
    let mut paths: Vec<String> = [
        "/operatori",
        "/operatori?q=zzz",
        "/operatori?assigned=me&status=7000&page=1",
        "/operatori/pagamenti",
        "/operatori/pagamenti?q=zzz&from=2025-03-01",
        "/operatori/pagamenti/x",
        "/operatori/pagamenti/x/annulla",
        "/operatori/pagamenti/importazioni",
        "/operatori/pagamenti/importazioni/running",
        "/operatori/pagamenti/importazioni/finished",
        "/operatori/pagamenti/importazioni/failed",
    ]
    .map(at)
    .to_vec();
    for (status, action) in [("2000", "register"), ("4000", "accept"), ("4000", "reject"), ("4000", "request-integration")] {
        paths.push(at(&format!("/operatori/{}", id(status))));
        paths.push(at(&format!("/operatori/{}/{action}", id(status))));
    }
    lint("operatore", &paths).await;
}

#[tokio::test]
async fn pages_for_administrators() {
    let letter = format!("/admin/lettere-morte/{}", registered::LETTER);
    let paths = [
        "/admin",
        "/admin/servizi",
        "/admin/servizi/new",
        "/admin/servizi/5a1f6f3e-0000-4000-8000-000000000001",
        "/admin/utenti",
        "/admin/utenti/new",
        "/admin/utenti/u-operator",
        "/admin/uffici",
        "/admin/lettere-morte",
        &letter,
        "/admin/pagamenti",
        "/admin/pagamenti/sandbox",
        "/admin/protocollo",
        "/admin/protocollo/docarea",
        "/admin/protocollo/docarea?service=5a1f6f3e-0000-4000-8000-000000000001",
    ];
    lint("admin", &paths.map(at)).await;
    // Forms of services, where the body is known.
    let mut browser = Browser::of("admin").await;
    for part in ["tenants", "registry/tenants", "iride/tenants"] {
        browser.fake.memory().said.insert(format!("{part}/{TENANT_ID}"), json!({ "id": TENANT_ID }));
    }
    let service = "5a1f6f3e-0000-4000-8000-000000000001";
    for place in ["registry", "iride"] {
        browser.fake.memory().said.insert(format!("{place}/services/{service}"), json!({ "id": service }));
    }
    let forms =
        ["/admin/pagamenti/sandbox/servizi/", "/admin/protocollo/docarea/servizi/"].map(|form| at(&format!("{form}{service}")));
    lint_in(&mut browser, "admin", &forms).await;
    lint_in(&mut browser, "admin", &[at("/admin/protocollo")]).await;
    let lots = [
        "/lotti",
        "/lotti/ready",
        "/lotti/moving",
        "/lotti/tested",
        "/lotti/unreadable",
        "/lotti/over",
        "/lotti/moving/righe",
        "/lotti/moving/righe?outcome=PAGATO",
        "/lotti/moving/righe/1",
        "/lotti/moving/righe/2",
        "/lotti/moving/righe/3",
        "/servizi",
        "/servizi/nuovo",
        "/servizi/active",
        "/servizi/proposed",
        "/servizi/refused",
        "/servizi/active/modifica",
        "/assistenza",
        "/registro",
        "/abilitati",
        "/fornitori",
        "/fornitori/p1",
        "/fornitori/p2",
        "/impostazioni",
    ];
    lint("admin", &lots.map(|path| at(&format!("/ioservice{path}")))).await;
}

#[tokio::test]
async fn pages_of_the_interoperability_platform() {
    let paths = [
        "",
        "/catalogo",
        "/catalogo?q=zzz&tipo=DELIVER",
        "/catalogo/e-1/published",
        "/catalogo/lacking/published",
        "/richieste",
        "/richieste/draft",
        "/richieste/active",
        "/richieste/missing",
        "/richieste/rejected",
        "/finalita",
        "/finalita/nuova",
        "/finalita/nuova?eservice=e-1",
        "/finalita/draft",
        "/finalita/draft/dati",
        "/finalita/draft/analisi",
        "/finalita/active",
        "/finalita/waiting",
        "/client",
        "/client/nuovo",
        "/client/k-1",
        "/client/api",
        "/m2m",
        "/prova",
        "/e-service",
        "/e-service/nuovo",
        "/e-service/e-1/draft",
        "/e-service/receive/draft",
        "/e-service/e-1/published",
        "/e-service/e-1/draft/dati",
        "/e-service/e-1/draft/versione",
        "/e-service/e-1/draft/attributi",
        "/e-service/e-1/draft/attributi?tipo=VERIFIED",
        "/e-service/receive/draft/analisi",
        "/e-service/receive/draft/analisi/ra-1",
        "/e-service/e-1/draft/file",
        "/ricevute",
        "/ricevute/r-pending",
        "/ricevute/r-active",
        "/da-evadere",
        "/da-evadere/r-waiting",
        "/fruitori",
        "/fruitori/x",
        "/ente",
        "/enti/x",
        "/attributi",
        "/attributi/certificati",
        "/attributi/certificati?q=x&ente=y",
        "/e-service/importa",
    ];
    lint("admin", &paths.map(|path| at(&format!("/interop{path}")))).await;
}

#[tokio::test]
async fn pages_with_errors_have_a_summary_that_leads_to_each_field() {
    let mut browser = Browser::of("operatore").await;
    let reject = at(&format!("/operatori/{}/reject", id("4000")));
    let mut answers = vec![browser.submit(&reject, &[("message", " ")]).await];
    answers.push(browser.submit(&at("/operatori/pagamenti/importazioni"), &[("service", "")]).await);
    let mut admin = Browser::of("admin").await;
    answers.push(admin.submit(&at("/admin/servizi/new"), &[("flow_steps", "{"), ("max_response_time", "presto")]).await);
    answers.push(admin.submit(&at("/admin/utenti/new"), &[("role", "operator")]).await);
    let letter = at(&format!("/admin/lettere-morte/{}", registered::LETTER));
    answers.push(admin.submit(&letter, &[("action", "drop")]).await);
    answers.push(admin.submit(&at("/ioservice/lotti"), &[]).await);
    answers.push(admin.submit(&at("/ioservice/servizi/nuovo"), &[]).await);
    answers.push(admin.submit(&at("/ioservice/servizi/proposed"), &[("command", "refuse")]).await);
    answers.push(admin.submit(&at("/interop/finalita/nuova"), &[("eservice", "e-1"), ("dailyCalls", "x")]).await);
    let analysis = [("command", "next"), ("shown", "q1"), ("shown", "q3"), ("shown", "q4")];
    answers.push(admin.submit(&at("/interop/finalita/draft/analisi"), &analysis).await);
    answers.push(admin.submit(&at("/interop/e-service/e-1/draft/file"), &[("command", "interface")]).await);
    answers.push(admin.submit(&at("/interop/da-evadere/r-waiting"), &[("command", "expect")]).await);
    answers.push(admin.submit(&at("/interop/prova"), &[]).await);
    answers.push(admin.submit(&at("/interop/e-service/importa"), &[]).await);
    answers.push(admin.submit(&at("/ioservice/abilitati"), &[("username", "")]).await);
    answers.push(admin.submit(&at("/ioservice/abilitati"), &[("username", "rossi"), ("duty", "FORNITORE")]).await);
    answers.push(admin.submit(&at("/ioservice/fornitori"), &[("name", "")]).await);
    answers.push(admin.submit(&at("/ioservice/fornitori/p1"), &[("name", "x"), ("valid_from", "domani")]).await);
    answers.push(admin.submit(&at("/ioservice/impostazioni"), &[("four_eyes_above", "molte")]).await);
    let mut citizen = Browser::of("cittadino").await;
    answers.push(citizen.submit(&at("/messaggi/preferenze"), &[("copies", "on"), ("email", "")]).await);
    answers.push(Browser::new().await.submit(&at("/login"), &[("username", "x"), ("password", "y")]).await);
    for answer in answers {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let found = faults(&answer, "it");
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(answer.attributes("#error-summary", "role"), ["alert"]);
        let links = answer.attributes("#error-summary a", "href");
        assert!(!links.is_empty());
        for link in links {
            assert_eq!(answer.attributes(&link, "aria-invalid"), ["true"], "{link}");
        }
    }
}

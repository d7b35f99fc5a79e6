//! `GET /demo`: who and what is in the demonstration. Keys, citizens and notices are fixed, so that programs can be tried against it.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use runtime::Role;
use web::ApiResult;

use crate::notices::{NOTICES, PAYEE};
use crate::soap::escape;
use crate::world::{PASSWORD, accounts};

/// The page as a role.
pub fn role() -> Role {
    Role { routes: Router::new().route("/demo", get(show)), ..Role::new("demo-guide") }
}

/// The keys of messaging, and what each may do.
const KEYS: [(&str, &str); 8] = [
    ("demo-use-key", "chiave del servizio «Avvisi del Comune»: invia a tutti"),
    ("demo-limited-key", "servizio in prova: invia soltanto a AAAAAA00A00A000A"),
    ("demo-premium-key", "servizio «Tributi»: messaggi Premium, pagamenti fino a 99.999.999 centesimi"),
    ("demo-suspended-key", "servizio sospeso: la chiave è rifiutata"),
    ("demo-cidr-key", "accettata soltanto dalla rete 203.0.113.0/24"),
    ("demo-manage-key", "gestisce i servizi dell'organizzazione"),
    ("demo-group-key", "gestisce i servizi di un gruppo dell'organizzazione"),
    ("demo-provider-key", "programmi del fornitore dimostrativo (intestazione X-IOService-Key)"),
];

/// The last digit of the citizens `AAAAAA00A00A00?A`, and what each wants.
const CITIZENS: [(char, &str); 10] = [
    ('0', "riceve tutto"),
    ('1', "non è iscritto all'app"),
    ('2', "ha disattivato i messaggi"),
    ('3', "ha rifiutato i servizi dimostrativi"),
    ('4', "sceglie servizio per servizio, e non ha scelto"),
    ('5', "sceglie servizio per servizio, e li ha accettati"),
    ('6', "li ha bloccati con una versione vecchia dell'app"),
    ('7', "non fa sapere che cosa ha letto"),
    ('8', "usa l'app 2.13.0, che non dice che cosa è stato letto"),
    ('9', "vuole promemoria e anteprime complete"),
];

/// What a notice is, by the stand-in's answer.
fn notice(status: u16, cause: &str) -> &'static str {
    match (status, cause) {
        (200, _) => "da pagare",
        (409, "PAYMENT_DUPLICATED") => "pagato",
        (409, "PAYMENT_EXPIRED") => "scaduto",
        (409, _) => "non pagabile",
        _ => "pagoPA non risponde: lo stato non si conosce",
    }
}

async fn show() -> ApiResult<Response> {
    crate::psp::page::answer(page())
}

fn list(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let row = |(what, meaning): (String, String)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(&what), escape(&meaning));
    format!("<dl>{}</dl>", rows.into_iter().map(row).collect::<String>())
}

fn page() -> String {
    let role = |role: &str| match role {
        "user" => "cittadino",
        "operator" => "operatore",
        "admin" => "amministratore",
        _ => "altro",
    };
    let accounts = list(
        accounts()
            .into_iter()
            .map(|account| (account.username, format!("{}, {}, {}", account.name, role(&account.role), account.tenant))),
    );
    let keys = list(KEYS.map(|(key, meaning)| (key.to_owned(), meaning.to_owned())));
    let citizens = list(CITIZENS.map(|(last, meaning)| (format!("AAAAAA00A00A00{last}A"), meaning.to_owned())));
    let known = NOTICES.iter().map(|(number, status, cause)| ((*number).to_owned(), notice(*status, cause).to_owned()));
    let unknown = ("ogni altro numero".to_owned(), "sconosciuto a pagoPA".to_owned());
    let notices = list(known.chain([unknown]));
    format!(
        "<!doctype html><html lang=\"it\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>La dimostrazione</title><style>{}</style></head><body><main><h1>La dimostrazione</h1>\
         <p>Due Comuni inventati e le controparti esterne. Non esporla mai in rete: password e chiavi sono note a tutti.</p>\
         <p><a href=\"/comune-di-bugliano/it/\">Pagine del Comune di Bugliano</a> · <a href=\"/comune-di-vallelaghi/it/\">Secondo ente</a> · \
         <a href=\"/demo/mail\">Posta</a> · <a href=\"/docs\">API</a></p>\
         <h2>Chi può accedere</h2><p>La password di tutti è <strong>{PASSWORD}</strong>.</p>{accounts}\
         <h2>Chiavi dei messaggi</h2><p>Intestazione <strong>Ocp-Apim-Subscription-Key</strong>, indirizzo /io/api/v1.</p>{keys}\
         <h2>Cittadini dell'app</h2>{citizens}\
         <h2>Avvisi di pagamento</h2><p>Ente creditore {PAYEE}.</p>{notices}</main></body></html>",
        crate::psp::page::STYLE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_key_citizen_and_notice() {
        let page = page();
        let keys = ["use", "limited", "premium", "suspended", "cidr", "manage", "group", "provider"];
        for key in keys {
            assert!(page.contains(&format!("<dt>demo-{key}-key</dt>")), "{key}");
        }
        for last in 0..10 {
            assert!(page.contains(&format!("<dt>AAAAAA00A00A00{last}A</dt>")), "{last}");
        }
        for (number, told) in
            [("300000000000000001", "pagato"), ("300000000000000002", "da pagare"), ("300000000000000003", "scaduto")]
        {
            assert!(page.contains(&format!("<dt>{number}</dt><dd>{told}</dd>")), "{number}");
        }
        assert!(page.contains("BNRMHL75C06G702B"), "somebody who has messages can sign in");
        assert_eq!(page.matches("<dl>").count(), 4);
    }
}

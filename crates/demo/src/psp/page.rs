//! The page where a citizen pays. No script; the only style is its own, allowed by its digest.

use std::sync::LazyLock;

use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY};
use kernel::{Money, RomeTime, TaxCode};
use sha2::{Digest, Sha256};

use web::{ApiError, ApiResult};

use super::positions::{Position, Status};

/// The style of the stand-ins' pages.
pub(crate) const STYLE: &str = include_str!("checkout.css");

/// The content security policy of the page. Forms may lead anywhere on the web: after the choice the citizen is sent back to the
/// creditor, wherever that is.
pub(super) fn policy() -> String {
    static DIGEST: LazyLock<String> = LazyLock::new(|| STANDARD.encode(Sha256::digest(STYLE)));
    let form = "form-action 'self' https: http:";
    format!("default-src 'none'; style-src 'sha256-{}'; {form}; base-uri 'none'; frame-ancestors 'none'", *DIGEST)
}

/// The page with its headers.
pub(crate) fn answer(page: String) -> ApiResult<Response> {
    let headers = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy()).map_err(ApiError::internal)?),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, Html(page)).into_response())
}

/// The page of a position that stands at `status`.
pub(super) fn checkout(position: &Position, status: Status) -> String {
    let amount = format!("{} €", position.amount.to_italian());
    let rows = [
        ("Ente", Some(position.creditor_name.clone()).filter(|name| !name.is_empty())),
        ("Codice fiscale dell'ente", position.creditor.parse::<TaxCode>().ok().map(|code| code.to_string())),
        ("Causale", Some(position.reason.clone())),
        ("Numero di avviso", position.notice_number.clone()),
        ("Pagamento a nome di", Some(position.debtor_name.clone())),
        ("Scadenza", position.expires_at.map(|at| at.date().strftime("%d/%m/%Y").to_string())),
    ];
    let rows: String = rows
        .into_iter()
        .filter_map(|(name, value)| Some(format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(&value?))))
        .collect();
    let action = match status {
        Status::Open => BUTTONS.to_owned(),
        closed => closed_notice(position, closed),
    };
    framed(&amount, &format!("<p class=\"amount\">{amount}</p>\n<dl>{rows}</dl>\n{action}"))
}

/// The page of a cart with these positions.
pub(super) fn cart(held: &[Position], ok_url: &str, ko_url: &str, now: RomeTime) -> String {
    let open = |position: &&Position| position.standing(now) == Status::Open;
    let total: Money = held.iter().filter(open).map(|position| position.amount).sum();
    let amount = format!("{} €", total.to_italian());
    let row = |position: &Position| {
        let number = position.notice_number.as_deref().map(|number| format!("<br>Avviso {}", escape(number))).unwrap_or_default();
        let note = match position.standing(now) {
            Status::Open => String::new(),
            closed => format!("<br>{}", closed_text(closed)),
        };
        let (reason, price) = (escape(&position.reason), position.amount.to_italian());
        format!("<div><dt>{reason}{number}</dt><dd>{price} €{note}</dd></div>")
    };
    let rows: String = held.iter().map(row).collect();
    let action = if held.iter().any(|position| open(&position)) {
        BUTTONS.to_owned()
    } else {
        let paid = held.iter().all(|position| matches!(position.standing(now), Status::Paid | Status::Processing));
        way_back("Non c'è niente da pagare.", if paid { ok_url } else { ko_url })
    };
    framed(&amount, &format!("<p class=\"amount\">{amount}</p>\n<dl>{rows}</dl>\n{action}"))
}

/// What the citizen can do.
const BUTTONS: &str = "<form method=\"post\">\
     <button class=\"pay\" name=\"esito\" value=\"paga\">Paga</button>\
     <button name=\"esito\" value=\"rifiuta\">Rifiuta</button>\
     <button name=\"esito\" value=\"annulla\">Annulla</button>\
     <p class=\"hint\">«Paga» simula un pagamento riuscito, «Rifiuta» una carta rifiutata, «Annulla» la rinuncia.</p></form>";

/// A page about `amount`.
fn framed(amount: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"it\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Pagamento di {amount} - Intermediario di prova</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><p class=\"brand\">Intermediario di prova</p><p class=\"warning\">Ambiente dimostrativo: nessun denaro viene addebitato.</p></header>\n\
         <main>\n<h1>Conferma il pagamento</h1>\n{content}\n</main>\n\
         <footer><p>Questa pagina sostituisce quella di un intermediario aderente a pagoPA.</p></footer>\n</body>\n</html>\n"
    )
}

/// What a position that cannot be paid says, with the way back.
fn closed_notice(position: &Position, status: Status) -> String {
    way_back(closed_text(status), &back(position, matches!(status, Status::Paid | Status::Processing)))
}

fn closed_text(status: Status) -> &'static str {
    match status {
        Status::Paid => "Il pagamento è stato eseguito.",
        Status::Processing => "Il pagamento è in elaborazione.",
        Status::Expired => "Il termine per pagare è scaduto.",
        Status::Open | Status::Withdrawn => "L'ente ha ritirato la richiesta di pagamento.",
    }
}

fn way_back(text: &str, url: &str) -> String {
    let url = escape(url);
    format!("<p class=\"state\" role=\"status\">{text}</p><p><a class=\"button\" href=\"{url}\">Torna alla Home</a></p>")
}

/// Where the citizen is sent back to: the address of the outcome, where the program gave one for each, or the one address with `status`.
pub(super) fn back(position: &Position, paid: bool) -> String {
    let details = position.details.as_deref().and_then(|details| serde_json::from_str::<serde_json::Value>(details).ok());
    let given = details.and_then(|details| details["returns"][if paid { "ok" } else { "ko" }].as_str().map(str::to_owned));
    given.unwrap_or_else(|| {
        let join = if position.return_url.contains('?') { '&' } else { '?' };
        format!("{}{join}status={}", position.return_url, if paid { "OK" } else { "KO" })
    })
}

/// Text as HTML shows it, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        let at = "2025-03-12T09:15:00+01:00".parse().unwrap();
        Position {
            iud: "a".into(),
            creditor: "00337460224".into(),
            creditor_name: "Comune di Bugliano".into(),
            notice_number: Some("302872234000000343".into()),
            amount: Money::from_cents(2000).unwrap(),
            reason: "<script>alert(\"1\")</script>".into(),
            debtor_name: "Anna Ferri".into(),
            expires_at: Some(at),
            return_url: "https://example.org/landing/1".into(),
            notify_url: "https://example.org/notifications".into(),
            status: Status::Open,
            settles_at: None,
            transaction_id: None,
            created_at: at,
            details: None,
        }
    }

    #[test]
    fn what_others_wrote_is_shown_and_never_run() {
        let page = checkout(&position(), Status::Open);
        assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;") && !page.contains("<script"));
        assert!(page.contains("20,00 €") && page.contains("12/03/2025"));
        assert_eq!(page.matches("<h1>").count(), 1);
        for choice in ["paga", "rifiuta", "annulla"] {
            assert!(page.contains(&format!("name=\"esito\" value=\"{choice}\"")));
        }
    }

    #[test]
    fn a_closed_position_offers_only_the_way_back() {
        for (status, outcome) in
            [(Status::Paid, "OK"), (Status::Processing, "OK"), (Status::Expired, "KO"), (Status::Withdrawn, "KO")]
        {
            let page = checkout(&position(), status);
            assert!(
                page.contains(&format!("href=\"https://example.org/landing/1?status={outcome}\"")) && !page.contains("<form")
            );
        }
    }

    #[test]
    fn a_cart_asks_for_what_is_open_and_names_the_rest() {
        let paid = Position { status: Status::Paid, reason: "Mensa".into(), ..position() };
        let now = position().created_at;
        let page = cart(&[position(), paid.clone()], "https://example.org/ok", "https://example.org/ko", now);
        assert!(page.contains("<p class=\"amount\">20,00 €</p>") && page.contains("Il pagamento è stato eseguito."), "{page}");
        assert!(page.contains("<form") && !page.contains("<script"));
        let page = cart(&[paid], "https://example.org/ok", "https://example.org/ko", now);
        assert!(page.contains("href=\"https://example.org/ok\"") && !page.contains("<form"));
    }

    #[test]
    fn a_program_may_give_an_address_for_each_outcome() {
        let returns = r#"{"returns":{"ok":"https://example.org/bene","ko":"https://example.org/male"}}"#;
        let position = Position { details: Some(returns.to_owned()), ..position() };
        assert_eq!(
            (back(&position, true).as_str(), back(&position, false).as_str()),
            ("https://example.org/bene", "https://example.org/male")
        );
    }

    #[test]
    fn the_policy_allows_this_style_and_no_script() {
        let policy = policy();
        assert!(
            policy.contains(&STANDARD.encode(Sha256::digest(STYLE))) && !policy.contains("unsafe") && !policy.contains("script")
        );
    }
}

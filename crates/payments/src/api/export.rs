//! The payments of a list as a table for spreadsheets.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::payments::{PaymentV2, Person};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::{Money, RomeTime};
use web::{ApiResult, Caller, Query, Tenant};

use super::ProblemBody;
use super::payments::{ListQuery, filter, scope};
use super::stream::{self, Selection, Writer};
use crate::clients::Operators;

/// The columns, by the names that the import of dues gives them where it has them.
const COLUMNS: [&str; 16] = [
    "id",
    "created_at",
    "status",
    "reason",
    "amount",
    "expire_at",
    "paid_at",
    "notice_number",
    "iuv",
    "iud",
    "payer_name",
    "payer_family_name",
    "payer_tax_identification_number",
    "service_id",
    "remote_id",
    "transaction_id",
];

/// Esporta i pagamenti
///
/// The payments of a list as CSV, newest first, however many there are: UTF-8 with byte order mark, semicolons, amounts with a comma, as
/// Italian spreadsheets read them. Nothing that somebody wrote is taken for a formula there.
#[utoipa::path(
    get,
    path = "/{tenant}/api/payments/export",
    tag = "pagamenti",
    params(("tenant" = String, Path, description = "Ente"), ListQuery),
    responses(
        (status = 200, description = "La tabella", content_type = "text/csv", body = String),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn export(
    State(operators): State<Operators>,
    tenant: Tenant,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> ApiResult<Response> {
    let (app, scope) = (operators.app().clone(), scope(&operators, &caller).await?);
    let filter = filter(&app, &tenant, &query).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"pagamenti.csv\""),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, stream::body(app, Selection { tenant: tenant.id, scope, filter }, Table)).into_response())
}

/// Writes CSV (RFC 4180).
struct Table;

impl Writer for Table {
    fn head(&mut self) -> String {
        format!("\u{feff}{}\r\n", COLUMNS.join(";"))
    }

    fn write(&mut self, body: &str, out: &mut String) -> bool {
        match serde_json::from_str::<PaymentV2>(body) {
            Ok(payment) => line(&payment, out),
            Err(error) => tracing::error!(%error, "a payment that was stored is not understood, and not exported"),
        }
        true
    }

    fn foot(&mut self) -> String {
        String::new()
    }
}

fn line(payment: &PaymentV2, out: &mut String) {
    let facts = &payment.payment;
    let when = |at: Option<RomeTime>| at.map(|at| at.civil().strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let status = serde_json::to_value(payment.status).ok().and_then(|status| Some(status.as_str()?.to_owned()));
    let Person { name, family_name, tax_identification_number, .. } = &payment.payer;
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        payment.id.to_string(),
        when(Some(payment.created_at)),
        status.unwrap_or_default(),
        said(&payment.reason),
        facts.amount.map(Money::to_italian).unwrap_or_default(),
        when(facts.expire_at),
        when(facts.paid_at),
        grouped(&said(&facts.notice_code)),
        grouped(&said(&facts.iuv)),
        said(&facts.iud),
        said(name),
        said(family_name),
        tax_identification_number.clone(),
        payment.service_id.to_string(),
        payment.remote_id.map(|id| id.to_string()).unwrap_or_default(),
        said(&facts.transaction_id),
    ];
    for (index, text) in cells.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ";" });
        cell(text, out);
    }
    out.push_str("\r\n");
}

/// Digits in groups of four, as notices print them: spreadsheets take a long number for an amount and lose its last digits.
fn grouped(code: &str) -> String {
    if code.len() < 12 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return code.to_owned();
    }
    let groups: Vec<_> = code.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(" ")
}

/// A cell, of one line.
fn cell(text: &str, out: &mut String) {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = kernel::inert(line.trim());
    let quoted = text.contains([';', ',', '"', '\'']);
    if quoted {
        out.push('"');
    }
    out.push_str(&text.replace('"', "\"\""));
    if quoted {
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        cell(text, &mut out);
        out
    }

    #[test]
    fn no_text_is_a_formula() {
        for sign in ["=", "+", "-", "@", "\t=", "\r\n=", " =", "\u{b}@", "＝", "|", "%"] {
            let text = written(&format!("{sign}HYPERLINK(\"http://evil.example\")"));
            assert!(text.starts_with("\"'"), "{text}");
            assert_eq!(text.matches('"').count() % 2, 0, "{text}");
        }
        assert_eq!(written("Mensa; quota \"A\""), "\"Mensa; quota \"\"A\"\"\"");
        assert_eq!(written("una\nriga"), "una riga");
        assert_eq!(written("Niccolò"), "Niccolò");
    }

    #[test]
    fn long_numbers_are_not_taken_for_amounts() {
        assert_eq!(grouped("302872234000000343"), "3028 7223 4000 0003 43");
        assert_eq!(grouped("RF12"), "RF12");
    }

    #[test]
    fn a_payment_is_one_line_with_a_cell_for_each_column() {
        let mut payment: PaymentV2 =
            serde_json::from_str(include_str!("../../../contracts/samples/payments/2.0/complete.json")).unwrap();
        payment.reason = Some("=1+1".to_owned());
        let mut out = String::new();
        line(&payment, &mut out);
        assert_eq!(out.matches(';').count(), COLUMNS.len() - 1, "{out}");
        assert!(out.ends_with("\r\n") && out.contains(";COMPLETE;\"'=1+1\";"), "{out}");
    }
}

//! A message's deadline for the citizen's calendar (RFC 5545).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::RomeTime;
use web::{ApiError, ApiResult, Caller};

use super::super::ProblemBody;
use super::{citizen, inbox};
use crate::context::Context;
use crate::errors::Error;

/// Scadenza per il calendario
///
/// The deadline of a message as an event of a calendar.
#[utoipa::path(
    get,
    path = "/messages/{id}/calendar.ics",
    tag = "cittadino",
    params(("id" = String, Path, description = "Messaggio")),
    responses(
        (status = 200, description = "L'evento", content_type = "text/calendar"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Messaggio sconosciuto o senza scadenza", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, caller: Caller, Path(id): Path<String>) -> ApiResult<Response> {
    let code = citizen(&caller)?;
    let message = context.app.db().read(move |tx| inbox::find(tx, code, &id)).await.map_err(ApiError::from)?;
    let due = message.content.due_date.ok_or(Error::MessageNotFound)?;
    let event = event(&message.id.to_string(), &message.content.subject, due, message.created_at);
    let headers =
        [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"scadenza.ics\"")];
    Ok((headers, event).into_response())
}

fn event(id: &str, subject: &str, due: RomeTime, at: RomeTime) -> String {
    let utc = |at: RomeTime| at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Sportello//IO//IT".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{id}@sportello"),
        format!("DTSTAMP:{}", utc(at)),
        format!("DTSTART:{}", utc(due)),
        format!("SUMMARY:{}", escape(subject)),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| fold(line)).collect()
}

/// A text as a value (RFC 5545, section 3.3.11).
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace("\r\n", "\\n").replace(['\n', '\r'], "\\n")
}

/// A line of at most 75 octets, continued after a space (RFC 5545, section 3.1).
fn fold(line: &str) -> String {
    let (mut folded, mut width) = (String::new(), 0);
    for character in line.chars() {
        if width + character.len_utf8() > 75 {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(character);
        width += character.len_utf8();
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_lines_are_folded() {
        let due = "2025-12-31T23:59:59+01:00".parse().unwrap();
        let event = event("01ARZ3NDEKTSV4RRFFQ69G5FAV", &format!("Rata; prima, \"unica\"\n{}", "è".repeat(60)), due, due);
        assert!(event.contains("DTSTART:20251231T225959Z\r\n") && event.contains("SUMMARY:Rata\\; prima\\, \"unica\"\\nè"));
        assert!(event.split("\r\n").all(|line| line.len() <= 75));
        assert!(event.ends_with("END:VCALENDAR\r\n"));
    }
}

//! Rows of a lot: the list, one with its message as the citizen will see it, what to do about an uncertain one, and the report.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, Json, Path, Query};

use super::lot::{find, look};
use super::{Order, Refused, id};
use crate::context::Context;
use crate::formats::{utc_millis, utf16_len};
use crate::intermediary::engine::set_going;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::lot::{Command, State as Status};
use crate::intermediary::outcome::Outcome;
use crate::intermediary::people::Actor;
use crate::intermediary::report::{self, Form};
use crate::intermediary::store::rows::{self, Row};

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Of one outcome: `INCERTO` ...
    outcome: Option<String>,
    /// After this number.
    after: Option<i64>,
}

/// A row in the list. Of the fiscal code only the ends are shown: whoever needs it whole opens the row or the report, which the audit notes.
#[derive(Serialize, ToSchema)]
pub struct RowBody {
    /// Its place in the lot.
    number: i64,
    /// The citizen, masked.
    fiscal_code: String,
    /// Where it stands.
    #[schema(value_type = String, example = "CONSEGNATO")]
    outcome: Outcome,
    /// Why.
    reason: Option<String>,
    /// Something that may be meant so.
    warning: Option<String>,
    /// When it last changed.
    updated_at: String,
}

/// A row with its message.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// As in the list, but with the whole fiscal code.
    #[serde(flatten)]
    row: RowBody,
    /// What the app calls the message.
    message_id: Option<String>,
    /// The message as it is sent; none when the row does not fit.
    message: Option<Value>,
    /// UTF-16 units of the subject, of 120.
    subject_length: usize,
    /// UTF-16 units of the text, of 10,000.
    markdown_length: usize,
}

/// The form of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `csv`, `xlsx` or `json`.
    format: String,
}

fn masked(code: &str) -> String {
    let shown = |place: usize| place < 3 || place + 1 == code.chars().count();
    code.chars().enumerate().map(|(place, character)| if shown(place) { character } else { '•' }).collect()
}

fn shown(row: Row, fiscal_code: String) -> RowBody {
    RowBody {
        number: row.number,
        fiscal_code,
        outcome: row.state,
        reason: row.reason,
        warning: row.warning,
        updated_at: utc_millis(row.updated_at),
    }
}

/// Righe
///
/// Rows of a lot in their order, a hundred at a time.
#[utoipa::path(
    get,
    path = "/lots/{id}/rows",
    tag = "righe",
    params(("id" = String, Path, description = "Lotto"), Part),
    responses((status = 200, description = "Le righe", body = Vec<RowBody>), Refused)
)]
pub async fn list(
    State(context): State<Context>,
    actor: Actor,
    Path(lot): Path<String>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Vec<RowBody>>> {
    let (lot, after) = (id(&lot)?, part.after.unwrap_or(0));
    let outcome = part.outcome.map(|text| text.parse::<Outcome>()).transpose().map_err(|problem| invalid("outcome", problem))?;
    let read = context.app.db().read(move |tx| {
        let (lot, _) = look(tx, &actor, lot)?;
        Ok::<_, Refusal>(rows::list(tx, lot.id, outcome, after, 100)?)
    });
    let found = read.await?;
    Ok(Json(
        found
            .into_iter()
            .map(|row| {
                let code = masked(&row.fiscal_code);
                shown(row, code)
            })
            .collect(),
    ))
}

/// Anteprima di una riga
///
/// The message of a row as its citizen gets it, with the lengths that the app counts.
#[utoipa::path(
    get,
    path = "/lots/{id}/rows/{number}",
    tag = "righe",
    params(("id" = String, Path, description = "Lotto"), ("number" = i64, Path, description = "Riga, da 1")),
    responses((status = 200, description = "La riga", body = Preview), Refused)
)]
pub async fn get(
    State(context): State<Context>,
    actor: Actor,
    Path((lot, number)): Path<(String, i64)>,
) -> ApiResult<Json<Preview>> {
    let lot = id(&lot)?;
    let read = context.app.db().read(move |tx| {
        let (lot, _) = look(tx, &actor, lot)?;
        rows::find(tx, lot.id, number)?.ok_or(Refusal::NotFound)
    });
    let mut row = read.await?;
    let message: Option<Value> = row.message.take().and_then(|text| serde_json::from_str(&text).ok());
    let length = |name: &str| message.as_ref().and_then(|message| message["content"][name].as_str()).map_or(0, utf16_len);
    let (subject_length, markdown_length) = (length("subject"), length("markdown"));
    let (message_id, code) = (row.message_id.take(), row.fiscal_code.clone());
    Ok(Json(Preview { row: shown(row, code), message_id, message, subject_length, markdown_length }))
}

/// Decide di una riga incerta
///
/// Of an uncertain row somebody finds out at the app what it is: `sent` leaves it as sent, `resend` sends it again.
#[utoipa::path(
    post,
    path = "/lots/{id}/rows/{number}",
    tag = "righe",
    params(("id" = String, Path, description = "Lotto"), ("number" = i64, Path, description = "Riga, da 1")),
    request_body = Order,
    responses((status = 200, description = "La riga", body = RowBody), Refused)
)]
pub async fn decide(
    State(context): State<Context>,
    actor: Actor,
    Path((lot, number)): Path<(String, i64)>,
    Json(order): Json<Order>,
) -> ApiResult<Json<RowBody>> {
    actor.require_change()?;
    let (lot, now, reason) = (id(&lot)?, context.now(), order.reason()?);
    let outcome = match order.command.as_str() {
        "sent" => Outcome::Sent,
        "resend" => Outcome::Queued,
        _ => return Err(invalid("/command", "usare sent o resend").into()),
    };
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let (mut lot, _) = find(tx, &actor, lot)?;
        let mut row = rows::find(tx, lot.id, number)?.ok_or(Refusal::NotFound)?;
        let refused = Refusal::NoTransition("La riga", row.state.to_string(), order.command.clone());
        // A lot that is over is begun again for the row, unless it was given up.
        if row.state != Outcome::Uncertain || (outcome == Outcome::Queued && lot.state == Status::Cancelled) {
            return Err(refused);
        }
        (row.state, row.reason, row.attempts, row.updated_at) = (outcome, reason.clone(), 0, now);
        row.next_at = (outcome == Outcome::Queued).then_some(now);
        rows::settle(tx, lot.id, Outcome::Uncertain, &row)?;
        if outcome == Outcome::Queued {
            if let Some(state) = lot.state.after(Command::Reopen) {
                (lot.state, lot.ended_at, lot.released_at) = (state, None, Some(now));
            }
            set_going(tx, &mut lot, now)?;
        }
        let (was, became) = (json!({ "esito": Outcome::Uncertain }), json!({ "esito": outcome, "motivo": reason }));
        actor.note(&noting, tx, "row.decide", format!("{}/{number}", lot.id), (Some(was), Some(became)))?;
        let code = masked(&row.fiscal_code);
        Ok(shown(row, code))
    });
    Ok(Json(stored.await?))
}

/// Esiti
///
/// What became of every row, as CSV, XLSX or JSON. It names citizens: the audit notes who took it.
#[utoipa::path(
    get,
    path = "/lots/{id}/report",
    tag = "righe",
    params(("id" = String, Path, description = "Lotto"), Wanted),
    responses((status = 200, description = "Gli esiti", content_type = "text/csv", body = String), Refused)
)]
pub async fn report(
    State(context): State<Context>,
    actor: Actor,
    Path(lot): Path<String>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Response> {
    let (lot, form) = (id(&lot)?, wanted.format.parse::<Form>().map_err(|problem| invalid("format", problem))?);
    let noting = context.clone();
    let noted = context.app.db().write(move |tx| {
        let (lot, _) = look(tx, &actor, lot)?;
        actor.note(&noting, tx, "lot.report", lot.id, (None, Some(json!({ "formato": form }))))?;
        let found = rows::outcomes(tx, lot.id)?;
        Ok::<_, Refusal>((lot, found))
    });
    let (lot, found) = noted.await?;
    let name = format!("attachment; filename=\"esiti-{}.{form}\"", lot.id);
    let written =
        tokio::task::spawn_blocking(move || report::write(form, &lot, &found)).await.map_err(web::ApiError::internal)?;
    Ok(([(CONTENT_TYPE, form.content_type().to_owned()), (CONTENT_DISPOSITION, name)], written).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_fiscal_code_the_ends_are_shown() {
        assert_eq!(masked("AAAAAA00A00A000B"), "AAA••••••••••••B");
        assert_eq!(masked(""), "");
        assert_eq!(masked("è"), "è");
    }
}

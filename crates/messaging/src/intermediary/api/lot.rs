//! One lot: where it stands, its test, the second person's agreement, and what is done with it.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use kernel::RomeTime;
use serde::Serialize;
use serde_json::json;
use storage::Tx;
use utoipa::ToSchema;
use web::{ApiResult, Id, Json};

use super::{Order, Refused};
use crate::context::Context;
use crate::formats::utc_millis;
use crate::intermediary::engine::{What, enqueue, set_going};
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::lot::{Command, State as Status};
use crate::intermediary::outcome::Outcome;
use crate::intermediary::people::Actor;
use crate::intermediary::report;
use crate::intermediary::service::State as ServiceState;
use crate::intermediary::store::lots::{self, Lot};
use crate::intermediary::store::services::{self, Service};
use crate::intermediary::store::{people, rows, shared};
use crate::ulid::Ulid;

/// A lot.
#[derive(Serialize, ToSchema)]
pub struct LotBody {
    /// The lot.
    id: String,
    /// What people call it.
    name: String,
    /// The service through which it goes.
    service_id: String,
    /// Its name.
    service_name: String,
    /// The template and its version.
    template: Option<String>,
    /// `WEB_SERVICE` or `FILE`.
    connector: String,
    /// `IN_LETTURA`, `ILLEGGIBILE`, `PRONTO`, `IN_INVIO`, `PRIMA_TRANCHE`, `FERMATO`, `CONCLUSO`, `ANNULLATO`.
    #[schema(value_type = String, example = "IN_INVIO")]
    state: Status,
    /// Why it was stopped or refused, or what the test said.
    reason: Option<String>,
    /// Why nothing moves at the moment, although it is being sent.
    held: Option<String>,
    /// Rows in all: the sum of the totals.
    rows: i64,
    /// Rows by outcome, every outcome.
    totals: BTreeMap<&'static str, i64>,
    /// How many of a hundred rows no longer wait.
    percent: i64,
    /// Whether it is so large that it is tested, agreed to by a second person, and sent in two parts.
    needs_approval: bool,
    /// What can be done with it now: `test`, `approve`, `release`, `stop`, `resume`, `cancel`.
    commands: Vec<&'static str>,
    /// Who handed it in.
    created_by: String,
    /// Who else has agreed.
    approved_by: Option<String>,
    /// When its test was taken.
    tested_at: Option<String>,
    /// When it was handed in.
    created_at: String,
    /// When it was first let go.
    released_at: Option<String>,
    /// When its last row was sent, or it was given up.
    ended_at: Option<String>,
}

/// A lot as it is shown.
pub fn describe(tx: &mut Tx<'_>, lot: &Lot, service: &Service, now: RomeTime) -> storage::Result<LotBody> {
    let counted = rows::totals(tx, lot.id)?;
    let all: i64 = counted.values().sum();
    let waiting: i64 = counted.iter().filter(|(outcome, _)| outcome.is_waiting()).map(|(_, rows)| rows).sum();
    let is_large = is_large(tx, lot)?;
    let is_ready = lot.state == Status::Ready;
    let possible = [
        ("test", is_ready && !service.details.test_fiscal_codes.is_empty()),
        ("approve", is_ready && is_large && lot.approved_by.is_none()),
        ("release", is_ready && (!is_large || (lot.approved_by.is_some() && lot.tested_at.is_some()))),
        ("stop", lot.state.after(Command::Stop).is_some()),
        ("resume", lot.state.after(Command::Resume).is_some()),
        ("cancel", lot.state.after(Command::Cancel).is_some()),
    ];
    Ok(LotBody {
        id: lot.id.to_string(),
        name: lot.name.clone(),
        service_id: lot.service_id.to_string(),
        service_name: service.details.name.clone(),
        template: lot.template.map(|(id, version)| format!("{id}/{version}")),
        connector: lot.connector.to_string(),
        state: lot.state,
        reason: lot.reason.clone(),
        held: held(tx, lot, service, now)?,
        rows: all,
        totals: report::totals(&counted),
        percent: if all == 0 { 0 } else { (all - waiting) * 100 / all },
        needs_approval: is_large,
        commands: possible.into_iter().filter(|(_, is_possible)| *is_possible).map(|(command, _)| command).collect(),
        created_by: lot.created_by.clone(),
        approved_by: lot.approved_by.clone(),
        tested_at: lot.tested_at.map(utc_millis),
        created_at: utc_millis(lot.created_at),
        released_at: lot.released_at.map(utc_millis),
        ended_at: lot.ended_at.map(utc_millis),
    })
}

/// Whether the body's rule for large lots holds for this one.
fn is_large(tx: &mut Tx<'_>, lot: &Lot) -> storage::Result<bool> {
    let fitting: i64 =
        rows::totals(tx, lot.id)?.iter().filter(|(outcome, _)| **outcome != Outcome::Discarded).map(|(_, rows)| rows).sum();
    Ok(fitting > lot.large_above(&shared::settings(tx, lot.tenant_id)?))
}

/// Why nothing moves although the lot is being sent, in Italian.
fn held(tx: &mut Tx<'_>, lot: &Lot, service: &Service, now: RomeTime) -> storage::Result<Option<String>> {
    if lot.state != Status::Sending {
        return Ok(None);
    }
    if service.state != ServiceState::Active {
        return Ok(Some("Il servizio non è attivo: le righe in coda attendono che l'ente lo attivi.".to_owned()));
    }
    if !people::may_act(tx, lot.tenant_id, lot.provider_id, now.date())? {
        return Ok(Some("La delega del fornitore non è attiva: le righe in coda attendono.".to_owned()));
    }
    let opens = shared::settings(tx, lot.tenant_id)?.opening(now);
    Ok((opens > now).then(|| {
        format!("L'ente invia soltanto in certe ore: si riprende il {}.", opens.civil().strftime("%d/%m/%Y alle %H:%M"))
    }))
}

/// The lot and its service, if the caller may know of them; not to be changed by others until the transaction ends.
pub fn find(tx: &mut Tx<'_>, actor: &Actor, id: Ulid) -> Result<(Lot, Service), Refusal> {
    let lot = lots::find_for_change(tx, actor.tenant_id, id)?.ok_or(Refusal::NotFound)?;
    let service = actor.own(services::find(tx, actor.tenant_id, lot.service_id)?)?;
    Ok((lot, service))
}

/// The same for looking only.
pub fn look(tx: &mut Tx<'_>, actor: &Actor, id: Ulid) -> Result<(Lot, Service), Refusal> {
    let lot = lots::find(tx, actor.tenant_id, id)?.ok_or(Refusal::NotFound)?;
    let service = actor.own(services::find(tx, actor.tenant_id, lot.service_id)?)?;
    Ok((lot, service))
}

fn refused(lot: &Lot, command: impl ToString) -> Refusal {
    Refusal::NoTransition("Il lotto", lot.state.to_string(), command.to_string())
}

/// Lotto
///
/// Where a lot stands. The totals add up to the rows at every moment.
#[utoipa::path(
    get,
    path = "/lots/{id}",
    tag = "lotti",
    params(("id" = String, Path, description = "Lotto")),
    responses((status = 200, description = "Il lotto", body = LotBody), Refused)
)]
pub async fn get(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<Json<LotBody>> {
    let now = context.now();
    let read = context.app.db().read(move |tx| {
        let (lot, service) = look(tx, &actor, id)?;
        Ok::<_, Refusal>(describe(tx, &lot, &service, now)?)
    });
    Ok(Json(read.await?))
}

/// Invio di prova
///
/// Sends the first fitting row to the service's test citizens; `tested_at` tells when the app has taken it, `reason` why it has not.
#[utoipa::path(
    post,
    path = "/lots/{id}/test",
    tag = "lotti",
    params(("id" = String, Path, description = "Lotto")),
    responses((status = 202, description = "La prova parte", body = LotBody), Refused)
)]
pub async fn test(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<(StatusCode, Json<LotBody>)> {
    actor.require_change()?;
    let now = context.now();
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let (mut lot, service) = find(tx, &actor, id)?;
        if lot.state != Status::Ready {
            return Err(refused(&lot, "test"));
        }
        if service.state != ServiceState::Active {
            return Err(Refusal::NotActive);
        }
        if service.details.test_fiscal_codes.is_empty() {
            return Err(Refusal::NotTested("Il servizio non ha cittadini di prova: aggiungerne uno al servizio."));
        }
        // A new number: each test is sent, the same one only once.
        lot.run += 1;
        lots::save(tx, &lot)?;
        enqueue(tx, &lot, What::Test, now, now)?;
        actor.note(&noting, tx, "lot.test", id, (None, None))?;
        Ok(describe(tx, &lot, &service, now)?)
    });
    Ok((StatusCode::ACCEPTED, Json(stored.await?)))
}

/// Approva un lotto
///
/// A second person of the body agrees to a large lot; not who handed it in.
#[utoipa::path(
    post,
    path = "/lots/{id}/approval",
    tag = "lotti",
    params(("id" = String, Path, description = "Lotto")),
    responses((status = 200, description = "Il lotto", body = LotBody), Refused)
)]
pub async fn approve(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<Json<LotBody>> {
    actor.require_body()?;
    let (noting, now) = (context.clone(), context.now());
    let stored = context.app.db().write(move |tx| {
        let (mut lot, service) = find(tx, &actor, id)?;
        if lot.state != Status::Ready {
            return Err(refused(&lot, "approve"));
        }
        if lot.created_by == actor.name {
            return Err(Refusal::FourEyes("Chi ha consegnato il lotto non può anche approvarlo."));
        }
        if lot.person.is_some() && lot.person == actor.person {
            return Err(Refusal::FourEyes(
                "Chi ha creato la chiave con cui il lotto è stato consegnato non può anche approvarlo.",
            ));
        }
        if lot.tested_at.is_none() {
            return Err(Refusal::NotTested("Prima di approvare serve un invio di prova riuscito."));
        }
        lot.approved_by = Some(actor.name.clone());
        lots::save(tx, &lot)?;
        actor.note(&noting, tx, "lot.approve", id, (None, None))?;
        Ok(describe(tx, &lot, &service, now)?)
    });
    Ok(Json(stored.await?))
}

/// Avvia, ferma, riprende, annulla
///
/// `release`, `stop`, `resume`, `cancel`. A stop counts from the next call to the app; `cancel` gives up the rows that wait.
#[utoipa::path(
    post,
    path = "/lots/{id}/command",
    tag = "lotti",
    params(("id" = String, Path, description = "Lotto")),
    request_body = Order,
    responses((status = 200, description = "Il lotto", body = LotBody), Refused)
)]
pub async fn command(
    State(context): State<Context>,
    actor: Actor,
    Id(id): Id<Ulid>,
    Json(order): Json<Order>,
) -> ApiResult<Json<LotBody>> {
    actor.require_change()?;
    let command: Command = order.command.parse().map_err(|problem: String| invalid("/command", problem))?;
    if !matches!(command, Command::Release | Command::Stop | Command::Resume | Command::Cancel) {
        return Err(invalid("/command", "usare release, stop, resume o cancel").into());
    }
    let (now, reason) = (context.now(), order.reason()?);
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let (mut lot, service) = find(tx, &actor, id)?;
        let was = json!({ "state": lot.state });
        lot.state = lot.state.after(command).ok_or_else(|| refused(&lot, command))?;
        match command {
            Command::Release => {
                may_release(tx, &lot, &service)?;
                (lot.released_at, lot.reason) = (Some(now), None);
            }
            Command::Cancel => {
                (lot.ended_at, lot.reason) = (Some(now), reason.clone());
                rows::settle_all(tx, id, Outcome::Queued, Outcome::Cancelled, reason.as_deref(), now)?;
                let days = shared::settings(tx, lot.tenant_id)?.days_kept;
                lots::set_forget_at(tx, &lot, now.plus_days(days))?;
            }
            Command::Resume => lot.reason = None,
            _ => lot.reason.clone_from(&reason),
        }
        // Also when nothing is to be sent any more: what was sent is looked after.
        set_going(tx, &mut lot, now)?;
        let became = json!({ "state": lot.state, "reason": reason });
        actor.note(&noting, tx, &format!("lot.{command}"), id, (Some(was), Some(became)))?;
        Ok::<_, Refusal>(describe(tx, &lot, &service, now)?)
    });
    Ok(Json(stored.await?))
}

/// Whether a lot may be let go: its service sends, and a large lot was tested and agreed to.
fn may_release(tx: &mut Tx<'_>, lot: &Lot, service: &Service) -> Result<(), Refusal> {
    if service.state != ServiceState::Active {
        return Err(Refusal::NotActive);
    }
    if !is_large(tx, lot)? {
        return Ok(());
    }
    if lot.tested_at.is_none() {
        return Err(Refusal::NotTested("Un lotto di questa dimensione richiede prima un invio di prova riuscito."));
    }
    if lot.approved_by.is_none() {
        return Err(Refusal::FourEyes(
            "Un lotto di questa dimensione deve essere approvato da un referente dell'ente diverso da chi l'ha consegnato.",
        ));
    }
    Ok(())
}

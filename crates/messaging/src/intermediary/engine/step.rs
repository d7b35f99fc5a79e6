//! One step of a lot: what may be done now, the calls, what became of each row; then the next step is written down.
//!
//! A row is sent in two calls: does the citizen want it, and the message itself. Between them the intention is stored
//! ([`Outcome::Sending`]). A process that dies before that has sent nothing; one that dies after it leaves rows of which nobody knows:
//! they are sent again under the same key where the app knows keys, and are [`Outcome::Uncertain`] where it does not.

use jiff::SignedDuration;
use kernel::RomeTime;
use runtime::{Completed, Task, TaskError};
use storage::Tx;

use super::batch::{self, Batch, Done};
use super::{Caller, Ring, What, Work, apply, enqueue, place};
use crate::context::Context;
use crate::intermediary::lot::{Command, State};
use crate::intermediary::outcome::Outcome;
use crate::intermediary::people::Actor;
use crate::intermediary::service::State as ServiceState;
use crate::intermediary::store::lots::{self, Lot};
use crate::intermediary::store::people;
use crate::intermediary::store::rows::{self, Row};
use crate::intermediary::store::services::{self, Service};
use crate::intermediary::store::shared::{self, Taken};
use crate::intermediary::upstream::Upstream;
use crate::store::accounts::Which;

/// Rows of one step, sent or looked after.
const BATCH: i64 = 100;
/// How often a held lot looks whether it may go on.
const HELD: SignedDuration = SignedDuration::from_secs(15);

/// What a step is to do.
enum Plan {
    /// Nothing any more.
    Drop,
    /// Nothing before an instant.
    Wait(Box<Lot>, RomeTime),
    /// Calls.
    Go(Box<Go>),
}

/// What calls need.
struct Go {
    lot: Lot,
    service: Service,
    keys: services::SealedKeys,
    batch: Batch,
    taken: Option<Taken>,
}

/// Does a step.
pub async fn run(context: &Context, task: &Task, work: Work) -> Result<Completed, TaskError> {
    let (now, planning) = (context.now(), context.clone());
    let plan = context.app.db().write(move |tx| plan(&planning, tx, work, now)).await?;
    let go = match plan {
        Plan::Drop => return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?),
        Plan::Wait(lot, at) => return Ok(task.complete(move |tx| enqueue(tx, &lot, What::Step, at, now)).await?),
        Plan::Go(go) => *go,
    };
    let Go { lot, service, keys, batch, taken } = go;
    let asked_of = batch.looks.len() + batch.queued.len();
    let ring = Ring {
        primary: context.open(&place(service.id, Which::Primary), &keys.0)?,
        secondary: context.open(&place(service.id, Which::Secondary), &keys.1)?,
        preferred: std::sync::Mutex::new(service.preferred),
    };
    let caller = Caller { upstream: Upstream::new(context), ring };
    let mut done = batch::look(&caller, &batch.looks).await;
    let (mut allowed, mut asked) = batch::ask(&caller, &batch.queued).await;
    done.append(&mut asked);

    // The intention, unless somebody has stopped the lot, its service or its supplier meanwhile.
    let (tenant, id, run, service_id) = (lot.tenant_id, lot.id, lot.run, service.id);
    let at = context.now();
    let meant = context.app.db().write(move |tx| {
        let goes = lots::find_for_change(tx, tenant, id)?.filter(|lot| lot.run == run && lot.state == State::Sending);
        let may = match (goes, services::find(tx, tenant, service_id)?) {
            (Some(lot), Some(service)) => may_send(tx, &lot, &service, at)?,
            _ => false,
        };
        allowed.retain_mut(|row| {
            row.state = Outcome::Sending;
            row.updated_at = at;
            may
        });
        let mut sent = Vec::with_capacity(allowed.len());
        for row in allowed {
            if rows::settle(tx, id, Outcome::Queued, &row)? {
                sent.push(row);
            }
        }
        storage::Result::Ok(sent)
    });
    let mut to_send = meant.await?;
    to_send.extend(batch.left);
    storage::fault::step("lot: between intention and sending");
    let mut sent = batch::send(&caller, &lot, &to_send).await;
    done.append(&mut sent);
    storage::fault::step("lot: between sending and outcome");
    let (context, preferred) = (context.clone(), caller.ring.preferred());
    let made = i64::try_from(asked_of + to_send.len()).unwrap_or(i64::MAX);
    let completed = task.complete(move |tx| {
        if let Some(taken) = taken {
            shared::give_back(tx, lot.tenant_id, taken, made)?;
        }
        conclude(&context, tx, &lot, &service, done, preferred)
    });
    Ok(completed.await?)
}

/// Whether the body lets the service send, and the supplier that handed the lot in may act.
fn may_send(tx: &mut Tx<'_>, lot: &Lot, service: &Service, now: RomeTime) -> storage::Result<bool> {
    Ok(service.state == ServiceState::Active && people::may_act(tx, lot.tenant_id, lot.provider_id, now.date())?)
}

/// Decides what a step is to do, and takes the calls for it from the body's account.
fn plan(context: &Context, tx: &mut Tx<'_>, work: Work, now: RomeTime) -> storage::Result<Plan> {
    let Some(mut lot) = lots::find_for_change(tx, work.tenant_id, work.lot)?.filter(|lot| lot.run == work.run) else {
        return Ok(Plan::Drop);
    };
    let Some(service) = services::find(tx, lot.tenant_id, lot.service_id)? else { return Ok(Plan::Drop) };
    let settings = shared::settings(tx, lot.tenant_id)?;
    let opens = settings.opening(now);
    let sends = lot.state == State::Sending && may_send(tx, &lot, &service, now)? && opens <= now;

    // What a dead process has left.
    let is_idempotent = Upstream::new(context).is_idempotent();
    let mut left = Vec::new();
    if !is_idempotent || lot.state == State::Cancelled {
        let reason = Some("l'invio è stato interrotto: verificare presso l'app prima di ripeterlo");
        rows::settle_all(tx, lot.id, Outcome::Sending, Outcome::Uncertain, reason, now)?;
    } else if sends {
        left = rows::list(tx, lot.id, Some(Outcome::Sending), 0, BATCH)?;
    }
    if lot.state == State::Cancelled {
        // What came back from the calls that were under way when the lot was given up.
        rows::settle_all(tx, lot.id, Outcome::Queued, Outcome::Cancelled, None, now)?;
    }
    if lot.state == State::Sending && lot.released_at.is_some_and(|at| at.plus_days(settings.days_to_send) < now) {
        rows::settle_all(tx, lot.id, Outcome::Queued, Outcome::Expired, Some("il tempo per l'invio è finito"), now)?;
    }

    let totals = rows::totals(tx, lot.id)?;
    let count =
        |test: fn(Outcome) -> bool| totals.iter().filter(|(outcome, _)| test(**outcome)).map(|(_, rows)| rows).sum::<i64>();
    let (waiting, fitting) = (count(Outcome::is_waiting), count(|outcome| outcome != Outcome::Discarded));
    if lot.state == State::Sending && waiting == 0 {
        lot.ended_at = Some(now);
        apply(tx, &mut lot, Command::Finish)?;
        lots::set_forget_at(tx, &lot, now.plus_days(settings.days_kept))?;
        tracing::info!(lot = %lot.id, rows = fitting, "a lot was sent");
    }
    let mut room = i64::MAX;
    if lot.state == State::Sending && !lot.staged && fitting > lot.large_above(&settings) {
        room = settings.first_rows - (fitting - waiting);
        if room <= 0 {
            lot.staged = true;
            apply(tx, &mut lot, Command::Stage)?;
        }
    }
    let sends = sends && lot.state == State::Sending;

    let mut looks = Vec::new();
    for outcome in [Outcome::Sent, Outcome::Delivered, Outcome::Read] {
        looks.append(&mut rows::list_due(tx, lot.id, outcome, now, BATCH)?);
    }
    let mut queued = if sends { rows::list_due(tx, lot.id, Outcome::Queued, now, BATCH.min(room))? } else { Vec::new() };
    if looks.is_empty() && queued.is_empty() && left.is_empty() {
        let mut next = Vec::new();
        for outcome in [Outcome::Sent, Outcome::Delivered, Outcome::Read] {
            next.extend(rows::next_at(tx, lot.id, outcome)?);
        }
        if sends {
            next.extend(rows::next_at(tx, lot.id, Outcome::Queued)?);
        } else if lot.state == State::Sending {
            next.push(opens.max(now.plus(HELD)));
        }
        return Ok(next.into_iter().min().map_or(Plan::Drop, |at| Plan::Wait(Box::new(lot), at.max(now))));
    }
    let mut taken = None;
    if settings.calls_in_5_s > 0 {
        let needed = i64::try_from(looks.len() + left.len() + 2 * queued.len()).unwrap_or(i64::MAX);
        // Lots of one body share its calls.
        let share = (settings.calls_in_5_s / lots::count_sending(tx, lot.tenant_id)?.max(1)).max(2);
        match shared::take_calls(tx, lot.tenant_id, settings.calls_in_5_s, needed.min(share), now)? {
            Err(at) => return Ok(Plan::Wait(Box::new(lot), at)),
            Ok(calls) => {
                batch::fit(&mut left, &mut queued, &mut looks, calls.calls);
                if left.is_empty() && queued.is_empty() && looks.is_empty() {
                    // One call is too few for a row.
                    shared::give_back(tx, lot.tenant_id, calls, 0)?;
                    return Ok(Plan::Wait(Box::new(lot), calls.ends_at));
                }
                taken = Some(calls);
            }
        }
    }
    let keys = services::sealed_keys(tx, lot.tenant_id, service.id)?;
    let from_now = |rows: Vec<Row>| rows.into_iter().map(|row| Row { updated_at: now, ..row }).collect();
    let batch = Batch { left: from_now(left), queued: from_now(queued), looks: from_now(looks) };
    Ok(Plan::Go(Box::new(Go { lot, service, keys, batch, taken })))
}

/// Stores what became of each row, stops the lot if every row would meet the same, and writes the next step down.
fn conclude(
    context: &Context,
    tx: &mut Tx<'_>,
    lot: &Lot,
    service: &Service,
    done: Vec<Done>,
    preferred: Which,
) -> storage::Result<()> {
    let now = context.now();
    let (mut stop, mut blocked) = (None, None);
    for one in done {
        // A row that somebody gave up while it was on its way was sent nevertheless: what is known wins over what was supposed.
        if !rows::settle(tx, lot.id, one.seen, &one.row)? && one.row.state.is_taken() {
            rows::settle(tx, lot.id, Outcome::Uncertain, &one.row)?;
        }
        if one.seen != one.row.state {
            metrics::counter!("sportello_ioservice_rows_total", "outcome" => one.row.state.word()).increment(1);
        }
        stop = stop.or(one.stop);
        blocked = blocked.max(one.blocked_s);
    }
    if let Some(seconds) = blocked {
        let until = now.plus(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(60).clamp(1, 600)));
        shared::block_calls(tx, lot.tenant_id, until, now)?;
    }
    services::note_run(tx, lot.tenant_id, service.id, preferred, now)?;
    if preferred != service.preferred {
        let became = Some(serde_json::json!({ "chiave": format!("{preferred:?}") }));
        Actor::platform(lot.tenant_id).note(context, tx, "service.key-failover", service.id, (None, became))?;
        tracing::warn!(service = %service.id, "the app accepts the other key only");
    }
    let Some(mut stored) = lots::find_for_change(tx, lot.tenant_id, lot.id)? else { return Ok(()) };
    if stored.run != lot.run {
        return Ok(());
    }
    if let Some(reason) = stop {
        tracing::warn!(lot = %lot.id, reason, "a lot was stopped");
        let became = Some(serde_json::json!({ "motivo": &reason }));
        Actor::platform(lot.tenant_id).note(context, tx, "lot.stop", lot.id, (None, became))?;
        stored.reason = Some(reason);
        apply(tx, &mut stored, Command::Stop)?;
    }
    enqueue(tx, &stored, What::Step, now, now)
}

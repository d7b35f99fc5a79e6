//! The test of a lot: its first fitting row, to the service's test citizens.

use runtime::{Completed, Task, TaskError};
use serde_json::{Value, json};

use super::{Caller, Ring, Work, place, with_either_key};
use crate::context::Context;
use crate::intermediary::lot::State;
use crate::intermediary::outcome::Outcome;
use crate::intermediary::people::Actor;
use crate::intermediary::service::State as ServiceState;
use crate::intermediary::store::{lots, rows, services};
use crate::intermediary::upstream::{Fault, Upstream};
use crate::store::accounts::Which;

/// Sends the test of a lot.
pub async fn run(context: &Context, task: &Task, work: Work) -> Result<Completed, TaskError> {
    let Work { tenant_id, lot: id, .. } = work;
    let found = context.app.db().read(move |tx| {
        let Some(lot) = lots::find(tx, tenant_id, id)?.filter(|lot| lot.state == State::Ready) else { return Ok(None) };
        let service = services::find(tx, tenant_id, lot.service_id)?.filter(|service| service.state == ServiceState::Active);
        let Some(service) = service else { return Ok(None) };
        let keys = services::sealed_keys(tx, tenant_id, service.id)?;
        let first = rows::list(tx, id, Some(Outcome::Queued), 0, 1)?.pop();
        storage::Result::Ok(first.map(|row| (service, keys, row)))
    });
    let Some((service, keys, row)) = found.await? else {
        return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?);
    };
    let ring = Ring {
        primary: context.open(&place(service.id, Which::Primary), &keys.0)?,
        secondary: context.open(&place(service.id, Which::Secondary), &keys.1)?,
        preferred: std::sync::Mutex::new(service.preferred),
    };
    let caller = Caller { upstream: Upstream::new(context), ring };
    let mut message: Value = serde_json::from_str(row.message.as_deref().unwrap_or_default()).unwrap_or_default();
    let mut problems = Vec::new();
    for citizen in &service.details.test_fiscal_codes {
        message["fiscal_code"] = Value::String(citizen.to_string());
        let once = format!("ioservice-test-{id}-{}-{citizen}", work.run);
        let answered = with_either_key!(caller, submit, &once, &message);
        match answered {
            Ok(_) => {}
            Err(Fault::Later(_, reason) | Fault::Everyone(reason) | Fault::Row(reason) | Fault::Unknown(reason)) => {
                problems.push(reason)
            }
            Err(Fault::Key) => problems.push("l'app non accetta nessuna delle due chiavi".to_owned()),
        }
    }
    let (context, taken) = (context.clone(), problems.len() < service.details.test_fiscal_codes.len());
    let completed = task.complete(move |tx| {
        let Some(mut lot) = lots::find_for_change(tx, tenant_id, id)? else { return Ok(()) };
        lot.tested_at = taken.then(|| context.now());
        lot.reason = (!problems.is_empty()).then(|| format!("invio di prova: {}", problems.join("; ")));
        lots::save(tx, &lot)?;
        let became = Some(json!({ "riuscito": taken }));
        Actor::platform(tenant_id).note(&context, tx, "lot.tested", id, (None, became))
    });
    Ok(completed.await?)
}

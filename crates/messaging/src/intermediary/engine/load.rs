//! Reading a lot: every row is judged and stored before anything can be sent.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kernel::RomeTime;
use runtime::{Completed, Task, TaskError};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{Work, apply, set_going};
use crate::context::Context;
use crate::intermediary::layout::{self, Columns};
use crate::intermediary::lot::{Command, State};
use crate::intermediary::outcome::Outcome;
use crate::intermediary::people::Actor;
use crate::intermediary::rows::judge;
use crate::intermediary::service::{Connector, State as ServiceState};
use crate::intermediary::store::rows::{self, Row};
use crate::intermediary::store::{lots, services, shared};
use crate::intermediary::template::Template;

/// Rows of one transaction: others want to write too.
const CHUNK: usize = 500;

/// Reads a lot. Begun again after a crash it begins from the start.
pub async fn run(context: &Context, task: &Task, work: Work) -> Result<Completed, TaskError> {
    let Work { tenant_id, lot: id, .. } = work;
    let found = context.app.db().read(move |tx| {
        let Some(lot) = lots::find(tx, tenant_id, id)? else { return Ok(None) };
        let template = match lot.template {
            Some((template, version)) => services::find_template(tx, tenant_id, lot.service_id, template, Some(version))?,
            None => None,
        };
        let upload = lots::find_upload(tx, id)?;
        storage::Result::Ok(upload.map(|upload| (lot, upload, template.map(|version| version.template))))
    });
    let Some((lot, (content_type, body), template)) = found.await?.filter(|(lot, ..)| lot.state == State::Loading) else {
        return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?);
    };
    let now = context.now();
    // Rows are read, judged and stored as they come: a large lot is never in memory as a whole.
    let (send, mut chunks) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut judged, mut chunk) = (Judging::new(template, now), Vec::new());
        let gone = || "la lettura è stata interrotta".to_owned();
        let count = layout::read(&content_type, &body, |columns| {
            chunk.push(judged.row(&columns));
            if chunk.len() < CHUNK { Ok(()) } else { send.blocking_send(std::mem::take(&mut chunk)).map_err(|_| gone()) }
        })?;
        if chunk.is_empty() { Ok(count) } else { send.blocking_send(chunk).map(|()| count).map_err(|_| gone()) }
    });
    context.app.db().write(move |tx| rows::delete_all(tx, id)).await?;
    while let Some(chunk) = chunks.recv().await {
        context.app.db().write(move |tx| chunk.iter().try_for_each(|row| rows::insert(tx, id, row))).await?;
    }
    let count = match reading.await.map_err(|error| TaskError::Fail(error.to_string()))? {
        Ok(count) => count,
        Err(problem) => {
            let completed = task.complete(move |tx| {
                let Some(mut lot) = lots::find_for_change(tx, tenant_id, id)? else { return Ok(()) };
                lot.reason = Some(problem);
                lot.ended_at = Some(now);
                apply(tx, &mut lot, Command::Refuse)?;
                rows::delete_all(tx, id)?;
                lots::delete_upload(tx, id)
            });
            return Ok(completed.await?);
        }
    };
    tracing::info!(lot = %id, rows = count, "a lot was read");
    let context = context.clone();
    let connector = lot.connector;
    let completed = task.complete(move |tx| {
        let Some(mut lot) = lots::find_for_change(tx, tenant_id, id)? else { return Ok(()) };
        lots::delete_upload(tx, id)?;
        apply(tx, &mut lot, Command::Load)?;
        // A small lot that came as a file needs nobody.
        let above = lot.large_above(&shared::settings(tx, tenant_id)?);
        let fitting = rows::totals(tx, id)?.get(&Outcome::Queued).copied().unwrap_or(0);
        let active = services::find(tx, tenant_id, lot.service_id)?.is_some_and(|service| service.state == ServiceState::Active);
        if connector == Connector::File && active && fitting <= above {
            lot.released_at = Some(now);
            apply(tx, &mut lot, Command::Release)?;
            set_going(tx, &mut lot, now)?;
            let became = Some(json!({ "righe": fitting }));
            Actor::platform(tenant_id).note(&context, tx, "lot.release", id, (None, became))?;
        }
        Ok::<_, storage::Error>(())
    });
    Ok(completed.await?)
}

/// Judges row after row; a row that says to the same citizen what another has said is none.
struct Judging {
    template: Option<Template>,
    now: RomeTime,
    number: i64,
    /// The digest of what was said to whom, and in which row.
    said: HashMap<[u8; 32], i64>,
}

impl Judging {
    fn new(template: Option<Template>, now: RomeTime) -> Self {
        Self { template, now, number: 0, said: HashMap::new() }
    }

    fn row(&mut self, columns: &Columns) -> Row {
        self.number += 1;
        let judged = judge(self.template.as_ref(), columns);
        let (state, reason, message) = match judged.message {
            Err(reasons) => (Outcome::Discarded, Some(reasons.join("; ")), None),
            Ok(message) => {
                // It names the citizen too.
                let text = message.to_string();
                match self.said.entry(Sha256::digest(&text).into()) {
                    Entry::Occupied(first) => (Outcome::Discarded, Some(format!("doppione della riga {}", first.get())), None),
                    Entry::Vacant(place) => {
                        place.insert(self.number);
                        (Outcome::Queued, None, Some(text))
                    }
                }
            }
        };
        Row {
            number: self.number,
            fiscal_code: judged.fiscal_code.chars().take(32).collect(),
            state,
            reason,
            warning: judged.warning,
            message,
            message_id: None,
            attempts: 0,
            next_at: (state == Outcome::Queued).then_some(self.now),
            updated_at: self.now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_repeats_another_is_set_aside() {
        let row = |code: &str, subject: &str| -> Columns {
            let pairs = [("codice_fiscale", code), ("oggetto", subject), ("testo", &"m".repeat(80))];
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let rows = [
            row("AAAAAA00A00A000A", "Un oggetto valido"),
            row("aaaaaa00a00a000a", "Un oggetto valido"),
            row("AAAAAA00A00A000A", "Un altro oggetto"),
            row("AAAAAA00A00A001A", "Un oggetto valido"),
        ];
        let mut judging = Judging::new(None, "2025-03-12T09:00:00+01:00".parse().unwrap());
        let judged: Vec<_> = rows.iter().map(|row| judging.row(row)).collect();
        let states: Vec<_> = judged.iter().map(|row| row.state).collect();
        assert_eq!(states, [Outcome::Queued, Outcome::Discarded, Outcome::Queued, Outcome::Queued]);
        assert_eq!(judged[1].reason.as_deref(), Some("doppione della riga 1"));
        assert_eq!(judged[3].number, 4);
    }
}

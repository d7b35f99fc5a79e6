//! Looks what became of a message that the app IO has taken: a 201 says nothing about the citizen. What is turned down later goes by e-mail.

use jiff::SignedDuration;
use kernel::RomeTime;
use runtime::{Completed, Retry, Task, TaskError, Worker};
use serde::{Deserialize, Serialize};
use storage::{NewTask, Tx};

use super::worker::{EMAILS, Loaded, Which, load};
use super::{Progress, store};
use crate::clients::io::{Fate, Fault, Io};
use crate::context::Context;

/// The queue of looks.
const QUEUE: &str = "platform.follow-announcement";
/// Looks at the same time.
const CONCURRENCY: usize = 8;
/// When the database is away.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(2), longest: SignedDuration::from_secs(600), attempts: 14 };
/// How long after the one before each look is. Nearly all messages are decided within a moment; what is not within a day is old news.
const PAUSES: [SignedDuration; 6] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(60),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(18),
];

/// A look.
#[derive(Debug, Serialize, Deserialize)]
struct Look {
    #[serde(flatten)]
    which: Which,
    turn: usize,
}

/// Writes the look after `turn` others down, if there is one more.
pub(super) fn enqueue(tx: &mut Tx<'_>, which: Which, turn: usize, now: RomeTime) -> storage::Result<()> {
    let Some(pause) = PAUSES.get(turn) else { return Ok(()) };
    let lane = which.announcement.to_string();
    let payload = serde_json::to_string(&Look { which, turn }).map_err(|error| storage::Error::Defect(error.to_string()))?;
    tx.enqueue(&NewTask { queue: QUEUE, lane: &lane, payload: &payload, run_at: now.plus(*pause) }, now)
}

/// The worker that looks.
pub fn worker(context: Context) -> Worker {
    Worker::new(QUEUE, CONCURRENCY, RETRY, move |task| {
        let context = context.clone();
        async move { follow(&context, &task).await }
    })
}

async fn follow(context: &Context, task: &Task) -> Result<Completed, TaskError> {
    let Look { which, turn } = task.payload()?;
    let loaded = load(context, which).await?;
    let (tenant, id, progress) = (which.tenant, which.announcement, loaded.announcement.progress);
    let now = context.app.clock().now();
    if progress != Progress::Io {
        return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?);
    }
    let reason = match look(context, &loaded).await {
        Ok(Fate::TurnedDown(reason)) => reason,
        Ok(Fate::Taken) | Err(Fault::Never(_) | Fault::NotWanted(_)) => {
            return Ok(task.complete(move |tx| store::forget_words(tx, tenant, id)).await?);
        }
        Ok(Fate::Open) | Err(Fault::Later(_) | Fault::Unknown(_)) => {
            return Ok(task.complete(move |tx| enqueue(tx, which, turn + 1, now)).await?);
        }
    };
    let email = loaded.email(context);
    let progress = if email.is_some() { Progress::Mail } else { Progress::Nobody };
    let done = task.complete(move |tx| {
        if store::redirect(tx, tenant, id, progress, &reason, now)?
            && let Some(email) = email
        {
            email.post(tx, EMAILS, now)?;
        }
        Ok::<_, storage::Error>(())
    });
    Ok(done.await?)
}

async fn look(context: &Context, loaded: &Loaded) -> Result<Fate, Fault> {
    let Loaded { announcement, applicant, offer, .. } = loaded;
    // A service that writes no more in the app is not asked what it wrote.
    let (Some(parameters), Some(code), Some(message)) =
        (&offer.service.io_parameters, &applicant.fiscal_code, &announcement.io_message_id)
    else {
        return Ok(Fate::Taken);
    };
    Io::new(context, parameters.keys(offer.service.id, context.seal())).fate(&code.to_string(), message).await
}

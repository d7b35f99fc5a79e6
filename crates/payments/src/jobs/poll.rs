//! The poller: has the proxies check the open payments whose time has come (developers' documentation, "Payments poller").

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, Method};
use jiff::SignedDuration;
use runtime::{App, Job, Peer};

use crate::Config;
use crate::store::read_model::{self, Due};

/// Payments taken at a time.
const BATCH: i64 = 200;
/// Largest answer of a proxy that is read.
const MAX_ANSWER: usize = 64 * 1024;
/// Pause before a check that brought no event is tried again; it doubles each time.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Longest such pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(6);

/// The job. `own` are the addresses under which this platform's proxies are known and the paths that they stand for.
pub fn job(app: &App, config: &Config, own: Vec<(String, String)>) -> Job {
    let (app, concurrency) = (app.clone(), config.poll_concurrency);
    Job::new("payment-poller", config.poll_every, move || {
        let (app, own) = (app.clone(), own.clone());
        async move { run(&app, concurrency, &own).await.map_err(|error| error.to_string()) }
    })
}

/// Checks every payment that is due, those that wait longest first.
async fn run(app: &App, concurrency: usize, own: &[(String, String)]) -> storage::Result<()> {
    loop {
        let now = app.clock().now();
        let due = app.db().read(move |tx| read_model::due(tx, now, BATCH)).await?;
        let full = i64::try_from(due.len()) == Ok(BATCH);
        futures::stream::iter(due).for_each_concurrent(concurrency, |due| check(app, own, due)).await;
        if !full || app.stop().is_stopped() {
            return Ok(());
        }
    }
}

/// Puts the next check off before asking, so that a proxy that fails is not asked again at once; its event brings the real next one.
async fn check(app: &App, own: &[(String, String)], due: Due) {
    if app.stop().is_stopped() {
        return;
    }
    let (id, again) = (due.id, app.clock().now().plus(pause(app, due.failed)));
    if let Err(error) = app.db().write(move |tx| read_model::put_off(tx, id, again)).await {
        tracing::warn!(payment_id = %id, %error, "payment not checked");
        return;
    }
    match ask(app, own, &due.update_url).await {
        Ok(()) => tracing::debug!(payment_id = %id, "payment checked"),
        Err(reason) => {
            metrics::counter!("sportello_payment_polls_failed_total").increment(1);
            tracing::warn!(payment_id = %id, reason, again_at = %again.to_utc_string(), "payment not checked, will be tried again");
        }
    }
}

/// Calls the address that the proxy put into the payment: a role of this platform directly, others as third parties.
async fn ask(app: &App, own: &[(String, String)], url: &str) -> Result<(), String> {
    let path = own.iter().find_map(|(base, path)| {
        let rest = url.strip_prefix(base.as_str()).filter(|rest| rest.starts_with('/'))?;
        Some(format!("{path}{rest}"))
    });
    let status = match path {
        Some(path) => app.peer(Peer::Payments).get(path).send_any().await.map_err(|error| error.to_string())?.status,
        None => {
            let answer = app.egress().call(Method::GET, url, HeaderMap::new(), Bytes::new(), MAX_ANSWER).await;
            answer.map_err(|error| error.to_string())?.status
        }
    };
    if status.is_success() { Ok(()) } else { Err(format!("the proxy answered {status}")) }
}

/// Doubles with every failure, and is spread by a tenth.
fn pause(app: &App, failed: i64) -> SignedDuration {
    let doublings = u32::try_from(failed.clamp(0, 16)).unwrap_or(0);
    let pause = FIRST_PAUSE.checked_mul(2_i32.pow(doublings)).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
    let tenth = u64::try_from(pause.as_millis() / 10).unwrap_or(0);
    pause + SignedDuration::from_millis(i64::try_from(app.rng().below(tenth + 1)).unwrap_or(0))
}

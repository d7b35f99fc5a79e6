//! Whether the read model says of every payment what the log says of it; where it does not, the log is right and the read model is mended.
//!
//! Every event is looked at once, in the order of the log, beside the row of its payment. The check may run beside a working installation,
//! and be taken up where it was left.

use std::fmt;

use bus::{Kafka, KafkaError, Stop};
use contracts::payments::PaymentV2;
use contracts::{Decoded, decode, topic};
use kernel::{Rng, TenantId};
use serde::Serialize;
use storage::{Db, StoredEvent, Tx};
use utoipa::ToSchema;

use crate::consume::broken_rules;
use crate::consume::read_model::{CONSUMER, poll_at};
use crate::store::read_model::{self, Held};

/// Events compared in one transaction.
const BATCH: usize = 500;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// Events looked at.
    pub checked: u64,
    /// Events that nobody can read; the read model passed them over.
    pub unreadable: u64,
    /// Payments of the log that the read model does not have.
    pub missing: u64,
    /// Payments of which the read model has an older event.
    pub stale: u64,
    /// Payments of which the read model has the event, but not what it says.
    pub different: u64,
    /// Of all these, those that were mended.
    pub repaired: u64,
}

impl Report {
    /// Whether the read model says what the log says.
    pub fn agrees(&self) -> bool {
        self.missing + self.stale + self.different == self.repaired
    }
}

impl std::ops::AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.checked += other.checked;
        self.unreadable += other.unreadable;
        self.missing += other.missing;
        self.stale += other.stale;
        self.different += other.different;
        self.repaired += other.repaired;
    }
}

/// What is to be checked, and whether to mend it.
#[derive(Clone, Debug)]
pub struct Check {
    /// Of this tenant only.
    pub tenant: Option<TenantId>,
    /// Mends what is wrong, with this chance for the poller's times.
    pub repair: Option<Rng>,
}

/// How an event and the row of its payment differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    Missing,
    Stale,
    Different,
}

impl Check {
    /// The events of the embedded log after position `after`, at most `limit`, as far as the read model has read them. Gives what was found
    /// and the position to go on from; `None` at the end.
    ///
    /// # Errors
    /// As [`storage::Error`] says.
    pub async fn part(&self, db: &Db, mut after: i64, limit: usize) -> storage::Result<(Report, Option<i64>)> {
        let mut report = Report::default();
        let mut left = limit;
        while left > 0 {
            let (check, batch) = (self.clone(), left.min(BATCH));
            let work = move |tx: &mut Tx<'_>| check.batch(tx, after, batch);
            // Comparing alone takes no turn among the writers.
            let done = if self.repair.is_some() { db.write(work).await } else { db.read(work).await };
            let (found, position) = done?;
            report += found;
            let Some(position) = position else { return Ok((report, None)) };
            (after, left) = (position, left - batch);
        }
        Ok((report, Some(after)))
    }

    /// The whole embedded log.
    ///
    /// # Errors
    /// As [`storage::Error`] says.
    pub async fn whole(&self, db: &Db) -> storage::Result<Report> {
        let (mut report, mut after) = (Report::default(), Some(0));
        while let Some(from) = after {
            let (found, next) = self.part(db, from, BATCH * 20).await?;
            report += found;
            after = next;
        }
        Ok(report)
    }

    /// The whole topic on Kafka, to its present end. What the read model has not come to yet counts as missing or stale; mending that does
    /// no harm.
    ///
    /// # Errors
    /// What the cluster or the database said.
    pub async fn over_kafka(&self, kafka: &Kafka, db: &Db, stop: Stop) -> Result<Report, String> {
        let (sender, mut batches) = tokio::sync::mpsc::channel::<Vec<String>>(4);
        let (end, ended) = tokio::sync::oneshot::channel();
        let last = sender.clone();
        let mut gathering = Gathering { batch: Vec::new(), sender, end: Some(end) };
        let reading = async move {
            let read = kafka.read(topic::PAYMENTS, false, stop, move |_, _, payload| gathering.take(payload)).await;
            // The last batch is not full: it is handed over when the reader lets the gathering go.
            if let Ok(rest) = ended.await {
                let _ = last.send(rest).await;
            }
            read.map_err(|error: KafkaError| error.to_string())
        };
        let comparing = async {
            let mut report = Report::default();
            while let Some(batch) = batches.recv().await {
                let check = self.clone();
                let work = move |tx: &mut Tx<'_>| {
                    let mut report = Report::default();
                    for payload in &batch {
                        check.event(tx, payload, None, &mut report)?;
                    }
                    Ok::<_, storage::Error>(report)
                };
                report += db.write(work).await.map_err(|error| error.to_string())?;
            }
            Ok::<_, String>(report)
        };
        let (read, report) = tokio::join!(reading, comparing);
        read.and(report)
    }

    fn batch(&self, tx: &mut Tx<'_>, after: i64, limit: usize) -> storage::Result<(Report, Option<i64>)> {
        let mut report = Report::default();
        let known = tx.consumer_position(CONSUMER, topic::PAYMENTS)?;
        let events = tx.events_after(topic::PAYMENTS, after, i64::try_from(limit).unwrap_or(i64::MAX))?;
        let mut position = None;
        for StoredEvent { position: at, payload, .. } in events.iter().filter(|event| event.position <= known) {
            self.event(tx, payload, Some(*at), &mut report)?;
            position = Some(*at);
        }
        Ok((report, position))
    }

    fn event(&self, tx: &mut Tx<'_>, payload: &str, at: Option<i64>, report: &mut Report) -> storage::Result<()> {
        let payment = match decode::<PaymentV2>(payload) {
            Ok(Decoded::Event(payment)) => payment,
            Ok(Decoded::OtherVersion(_)) => return Ok(()),
            Err(_) => {
                report.unreadable += 1;
                return Ok(());
            }
        };
        // What breaks the rules was never taken over.
        if self.tenant.is_some_and(|tenant| tenant != payment.tenant_id) || !broken_rules(&payment).is_empty() {
            return Ok(());
        }
        report.checked += 1;
        match finding(tx, &payment, at)? {
            None => return Ok(()),
            Some(Finding::Missing) => report.missing += 1,
            Some(Finding::Stale) => report.stale += 1,
            Some(Finding::Different) => report.different += 1,
        }
        if let Some(rng) = &self.repair {
            read_model::mend(tx, &payment, poll_at(&payment, rng))?;
            report.repaired += 1;
            tracing::warn!(payment_id = %payment.id, "the read model differed from the log and was mended");
        }
        Ok(())
    }
}

/// How the row of a payment differs from one of its events, if it should say what that says.
fn finding(tx: &mut Tx<'_>, payment: &PaymentV2, at: Option<i64>) -> storage::Result<Option<Finding>> {
    let Some(held) = read_model::held(tx, payment.id)? else { return Ok(Some(Finding::Missing)) };
    let Held { tenant_id, event_created_at, event_id, .. } = &held;
    // An event that claims another tenant's payment was never taken over.
    if *tenant_id != payment.tenant_id || *event_created_at > payment.event_created_at {
        return Ok(None);
    }
    if *event_created_at < payment.event_created_at {
        return Ok(Some(Finding::Stale));
    }
    if *event_id != payment.event_id {
        // Two events of one instant: the later counts by the state machine, or else in the log.
        if held.is_later_than(payment.status) {
            return Ok(None);
        }
        let Some(at) = at else { return Ok(None) };
        return Ok((!read_model::comes_after(tx, *event_id, at)?).then_some(Finding::Stale));
    }
    Ok((!held.says(payment)?).then_some(Finding::Different))
}

/// Gathers the payloads of a topic into batches. Whoever reads it holds it in another thread, which ends by dropping it.
struct Gathering {
    batch: Vec<String>,
    sender: tokio::sync::mpsc::Sender<Vec<String>>,
    end: Option<tokio::sync::oneshot::Sender<Vec<String>>>,
}

impl Gathering {
    fn take(&mut self, payload: &str) {
        self.batch.push(payload.to_owned());
        if self.batch.len() == BATCH {
            // Nobody listens any more when the comparison has failed, which is told there.
            let _ = self.sender.blocking_send(std::mem::take(&mut self.batch));
        }
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(std::mem::take(&mut self.batch));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checked, unreadable, missing, stale, different, repaired } = self;
        write!(
            f,
            "Eventi confrontati: {checked}; illeggibili: {unreadable}. Pagamenti mancanti: {missing}; arretrati: {stale}; diversi: \
             {different}; corretti: {repaired}."
        )
    }
}

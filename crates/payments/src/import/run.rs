//! Doing an import: the file is had, read in a thread, and taken over batch by batch.

use bytes::Bytes;
use contracts::payments::PaymentV2;
use futures::StreamExt as _;
use jiff::SignedDuration;
use kernel::{RomeTime, Uuid};
use runtime::{Completed, Retry, Task, TaskError, Worker};
use serde::{Deserialize, Serialize};
use storage::{NewTask, Tx};
use tokio::sync::mpsc;

use super::due::{Source, Wrong, payment};
use super::rows::{Pieces, Row, Unreadable, read};
use super::{Importer, MAX_FETCHED, ROLE, RowCount, file_key};
use crate::store::imports::{self, Done, Job, JobStatus, Taken};

/// A file that cannot be had is asked for again for about an hour.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(1), longest: SignedDuration::from_secs(300), attempts: 20 };
/// Imports at the same time in one process.
const CONCURRENCY: usize = 2;
/// Rows of one transaction.
const BATCH: usize = 500;
/// Batches that wait for the database, and pieces of the file that wait for the thread.
const WAITING: usize = 2;
/// Wrong rows that the output of an import names; all of them can be asked for.
const NAMED: i64 = 100;

/// The import that a task is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Import {
    /// The job.
    pub job: Uuid,
}

/// Writes down that an import is to be done, or to be cleaned up after when it has ended.
///
/// # Errors
/// As [`storage::Error`] says.
pub fn enqueue(tx: &mut Tx<'_>, job: Uuid, now: RomeTime) -> storage::Result<()> {
    let payload = serde_json::to_string(&Import { job }).map_err(|error| storage::Error::Defect(error.to_string()))?;
    tx.enqueue(&NewTask { queue: ROLE, lane: &job.to_string(), payload: &payload, run_at: now }, now)
}

/// A batch as it is taken over: each row's number, and its payment or what is wrong with it.
type Batch = Vec<(u64, Result<PaymentV2, Vec<Wrong>>)>;

/// The worker that does imports.
pub fn worker(importer: Importer) -> Worker {
    Worker::new(ROLE, CONCURRENCY, RETRY, move |task| {
        let importer = importer.clone();
        async move {
            let Import { job } = task.payload()?;
            let now = importer.app().clock().now();
            let begun = importer.app().db().write(move |tx| imports::begin(tx, job, now)).await?;
            let Some(begun) = begun else { return forget(&importer, &task, job).await };
            match import(&importer, &begun).await {
                Ok(true) => end(&importer, &task, job, JobStatus::Finished, None).await,
                Ok(false) => match importer.app().db().write(move |tx| imports::begin(tx, job, now)).await? {
                    None => forget(&importer, &task, job).await,
                    Some(_) => Err(TaskError::Retry("another process took a batch".to_owned())),
                },
                Err(Unreadable::Wrong(reason)) => end(&importer, &task, job, JobStatus::Failed, Some(reason)).await,
                Err(Unreadable::Broken(_)) if task.is_last() => {
                    let reason = "Il file non si può leggere: riprovare più tardi con una nuova importazione.".to_owned();
                    end(&importer, &task, job, JobStatus::Failed, Some(reason)).await
                }
                Err(Unreadable::Broken(reason)) => Err(TaskError::Retry(reason)),
            }
        }
    })
}

/// The import has ended: nobody needs its file any more, and people are named in it.
async fn forget(importer: &Importer, task: &Task, job: Uuid) -> Result<Completed, TaskError> {
    importer.app().files().delete(&file_key(job)).await?;
    Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?)
}

/// Ends the import together with its task. The task that follows finds it ended, and forgets its file.
async fn end(
    importer: &Importer,
    task: &Task,
    job: Uuid,
    status: JobStatus,
    reason: Option<String>,
) -> Result<Completed, TaskError> {
    let now = importer.app().clock().now();
    let completed = task.complete(move |tx: &mut Tx<'_>| {
        let output = output(tx, job, reason.as_deref())?;
        imports::end(tx, job, status, Some(&output), now)?;
        enqueue(tx, job, now)
    });
    tracing::info!(job_id = %job, status = status.name(), "import of dues ended");
    Ok(completed.await?)
}

/// What became of an import, as JSON: counts, and the first wrong rows.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    rows: i64,
    imported: i64,
    already_present: i64,
    failed: i64,
    errors: Vec<OutputError>,
}

#[derive(Serialize)]
struct OutputError {
    row: i64,
    field: String,
    error: String,
}

fn output(tx: &mut Tx<'_>, job: Uuid, error: Option<&str>) -> storage::Result<String> {
    let done = imports::done(tx, job)?;
    let (_, wrong) = imports::list_wrong(tx, job, (0, NAMED))?;
    let errors = wrong.into_iter().map(|(row, field, error)| OutputError { row, field, error }).collect();
    let Done { rows, imported, present, failed } = done;
    let output = Output { error, rows, imported, already_present: present, failed, errors };
    serde_json::to_string(&output).map_err(|error| storage::Error::Defect(error.to_string()))
}

/// Reads the file from where it was left; true when it came to its end.
async fn import(importer: &Importer, job: &Job) -> Result<bool, Unreadable> {
    if let Some(url) = &job.url {
        fetch(importer, job.id, url).await?;
    }
    let broken = |error: storage::FileError| Unreadable::Broken(error.to_string());
    let (_, mut file) = importer.app().files().get_stream(&file_key(job.id)).await.map_err(broken)?;
    let (give_piece, pieces) = mpsc::channel::<Result<Bytes, String>>(WAITING);
    let (give_batch, mut batches) = mpsc::channel::<Vec<Row>>(WAITING);
    // Ends when the thread wants no more.
    let feed = async move {
        while let Some(piece) = file.next().await {
            let piece = piece.map_err(|error| error.to_string());
            if give_piece.send(piece).await.is_err() {
                break;
            }
        }
    };
    let skip = u64::try_from(job.done.rows).unwrap_or_default();
    let reading = tokio::task::spawn_blocking(move || {
        read(Pieces::new(pieces), skip, BATCH, |batch| give_batch.blocking_send(batch).is_ok())
    });
    let take = async move {
        let mut done = job.done;
        while let Some(batch) = batches.recv().await {
            match take_over(importer, job, done, batch).await? {
                Some(next) => done = next,
                // Cancelled, or another process goes on with it.
                None => return Ok(false),
            }
        }
        Ok::<_, Unreadable>(true)
    };
    let ((), taken) = tokio::join!(feed, take);
    let taken = taken?;
    reading.await.map_err(|error| Unreadable::Broken(error.to_string()))??;
    Ok(taken)
}

/// Keeps the file that stands at an address of the web.
async fn fetch(importer: &Importer, job: Uuid, url: &str) -> Result<(), Unreadable> {
    let app = importer.app();
    let answer = app.egress().open(http::Method::GET, url, http::HeaderMap::new(), Bytes::new()).await;
    let answer = answer.map_err(|error| match error {
        runtime::EgressError::Forbidden(reason) => Unreadable::Wrong(format!("Indirizzo del file non ammesso: {reason}.")),
        error => Unreadable::Broken(error.to_string()),
    })?;
    match answer.status {
        status if status.is_success() => {}
        status if status.is_client_error() || status.is_redirection() => {
            return Err(Unreadable::Wrong(format!("All'indirizzo del file non c'è il file: risposta {status}.")));
        }
        status => return Err(Unreadable::Broken(format!("the file is answered with {status}"))),
    }
    let count = std::sync::Mutex::new(RowCount::default());
    let counting = &count;
    let pieces = futures::stream::try_unfold((answer, 0_u64), |(mut answer, had)| async move {
        let Some(piece) = answer.chunk().await.map_err(|error| Unreadable::Broken(error.to_string()))? else { return Ok(None) };
        let had = had + u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if had > MAX_FETCHED {
            return Err(Unreadable::Wrong("Il file è troppo grande: dividerlo.".to_owned()));
        }
        let mut counted = counting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *counted = counted.with(&piece);
        drop(counted);
        Ok(Some((piece, (answer, had))))
    });
    app.files().put_stream(&file_key(job), pieces).await?;
    let expected = count.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).rows();
    app.db().write(move |tx| imports::fetched(tx, job, expected)).await.map_err(|error| Unreadable::Broken(error.to_string()))
}

impl From<storage::FileError> for Unreadable {
    fn from(error: storage::FileError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Takes over a batch in one transaction; `None` when the import is somebody else's, or over.
async fn take_over(importer: &Importer, job: &Job, before: Done, rows: Vec<Row>) -> Result<Option<Done>, Unreadable> {
    let app = importer.app();
    let urls = importer.urls(&job.provider).ok_or_else(|| Unreadable::Broken("no such proxy".to_owned()))?;
    let (app_id, now) = (app.app_id(ROLE), app.clock().now());
    let source = Source {
        tenant: job.tenant_id,
        creditor: &job.creditor,
        service: job.service_id,
        urls,
        secret: app.secret(),
        app_id: &app_id,
        now: now.trunc_to_second(),
    };
    let read: Batch = rows.iter().map(|row| (row.number, payment(row, &source, app.event_id()))).collect();
    let (id, creditor) = (job.id, job.creditor.clone());
    let taken = app.db().write(move |tx| {
        let Some(mut done) = imports::at(tx, id, before.rows)? else { return Ok(None) };
        for (number, row) in &read {
            done.rows = i64::try_from(*number).unwrap_or(i64::MAX);
            match row {
                Ok(payment) => {
                    let notice = payment.payment.notice_code.as_deref().and_then(|notice| notice.parse().ok());
                    let taken = notice.map_or(Ok(Taken::Present), |notice| imports::take(tx, &creditor, notice, payment, id))?;
                    match refusal(taken) {
                        Some(wrong) => refuse(tx, id, &mut done, &[wrong])?,
                        None if taken == Taken::New => {
                            tx.emit(payment, now)?;
                            done.imported += 1;
                        }
                        None => done.present += 1,
                    }
                }
                Err(wrong) => refuse(tx, id, &mut done, wrong)?,
            }
        }
        imports::progress(tx, id, done, &running(done), now)?;
        storage::Result::Ok(Some(done))
    });
    taken.await.map_err(|error| Unreadable::Broken(error.to_string()))
}

/// What is wrong with a row whose due is not taken because of what is there already.
fn refusal(taken: Taken) -> Option<Wrong> {
    let (field, message) = match taken {
        Taken::New | Taken::Present => return None,
        Taken::IudInUse => ("iud", "Lo IUD è già di un altro pagamento: indicarne uno diverso, o lasciare vuota la colonna."),
        Taken::Dispatched => {
            ("remote_id", "L'identificativo è di una pratica che ha già il suo pagamento: lasciare vuota la colonna.")
        }
    };
    Some(Wrong { field, message: message.to_owned() })
}

/// Notes what is wrong with the row that was reached.
fn refuse(tx: &mut Tx<'_>, job: Uuid, done: &mut Done, wrong: &[Wrong]) -> storage::Result<()> {
    wrong.iter().try_for_each(|wrong| imports::note_wrong(tx, job, done.rows, wrong.field, &wrong.message))?;
    done.failed += 1;
    Ok(())
}

/// What is shown while an import runs.
fn running(done: Done) -> String {
    let Done { rows, imported, present, failed } = done;
    format!("Riga {rows}: {imported} dovuti importati, {present} già presenti, {failed} righe errate.")
}

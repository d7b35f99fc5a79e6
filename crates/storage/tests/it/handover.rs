//! Tasks that go from the transaction that enqueues them straight to a worker of this process.

use kernel::RomeTime;
use kernel::jiff::SignedDuration;
use storage::{DatabaseUrl, Db, DbOptions, Error, LeasedTask, NewTask};

fn now() -> RomeTime {
    "2026-03-10T09:00:00+01:00".parse().unwrap()
}

async fn enqueue(db: &Db, lane: &'static str, payload: &'static str, run_at: RomeTime) {
    db.write(move |tx| tx.enqueue(&NewTask { queue: "q", lane, payload, run_at }, now())).await.unwrap();
}

async fn lease(db: &Db, holder: &'static str, at: RomeTime) -> Vec<LeasedTask> {
    db.write(move |tx| tx.lease_tasks("q", holder, at, at.plus(SignedDuration::from_secs(60)), 10)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_straight_to_a_worker_of_this_process_once_it_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&url, DbOptions { durable: false, ..DbOptions::default() }, &[]).await.unwrap();
    let hold = SignedDuration::from_secs(60);
    let mut taken = db.take_tasks("q", "me", hold, 2);
    // What is undone is not handed over, and leaves its place.
    let undone: Result<(), Error> = db
        .write(|tx| {
            tx.enqueue(&NewTask { queue: "q", lane: "one", payload: "undone", run_at: now() }, now())?;
            Err(Error::NotFound)
        })
        .await;
    assert_eq!(undone, Err(Error::NotFound));
    db.write(|tx| {
        let inner: Result<(), Error> = tx.savepoint(|tx| {
            tx.enqueue(&NewTask { queue: "q", lane: "one", payload: "undone", run_at: now() }, now())?;
            Err(Error::NotFound)
        });
        assert_eq!(inner, Err(Error::NotFound));
        tx.enqueue(&NewTask { queue: "q", lane: "one", payload: "1a", run_at: now() }, now())
    })
    .await
    .unwrap();
    let first = taken.recv().await.unwrap();
    assert_eq!((first.task.payload.as_str(), first.task.attempt), ("1a", 1));
    // One of the same lane waits for it, one that is not due for its time, one for which there is no place for somebody who looks.
    enqueue(&db, "one", "1b", now()).await;
    enqueue(&db, "two", "later", now().plus(hold)).await;
    enqueue(&db, "three", "3a", now()).await;
    enqueue(&db, "four", "4a", now()).await;
    let second = taken.recv().await.unwrap();
    assert_eq!(second.task.payload, "3a");
    assert!(taken.try_recv().is_err());
    let leased = lease(&db, "me", now()).await;
    assert_eq!(leased.iter().map(|task| task.payload.as_str()).collect::<Vec<_>>(), ["4a"]);
    // The lease is the worker's; when it has run out the task is somebody else's, and the first comes too late.
    let later = now().plus(hold * 2);
    let mut again = lease(&db, "me", later).await;
    again.sort_by(|a, b| a.payload.cmp(&b.payload));
    assert_eq!(again.iter().map(|task| (task.payload.as_str(), task.attempt)).collect::<Vec<_>>()[0], ("1a", 2));
    let task = first.task.clone();
    assert!(matches!(db.write(move |tx| tx.finish_task(&task)).await, Err(Error::Conflict(_))));
    let task = again[0].clone();
    db.write(move |tx| tx.finish_task(&task)).await.unwrap();
    // The worker is gone: everybody looks again.
    drop((first, second, taken));
    enqueue(&db, "five", "5a", later).await;
    assert!(lease(&db, "me", later).await.iter().any(|task| task.payload == "5a"));
}

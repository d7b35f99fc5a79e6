//! What every database must do.

use std::time::Duration;

use kernel::{EventId, Money, Rng, RomeTime, TenantId, Uuid};
use storage::{DatabaseUrl, Db, DbOptions, Engine, Error, Migrations, NewTask, Tx, params};

/// A table with a column of every type.
const PROBE: Migrations = Migrations {
    context: "probe",
    sqlite: &[(
        "V1__probe",
        "CREATE TABLE probe (id TEXT PRIMARY KEY, flag INTEGER, number INTEGER, ratio REAL, body TEXT, raw BLOB, at INTEGER, money INTEGER);
         CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);",
    )],
    postgres: &[(
        "V1__probe",
        "CREATE TABLE probe (id uuid PRIMARY KEY, flag boolean, number bigint, ratio double precision, body jsonb, raw bytea, at timestamptz, money bigint);
         CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL);",
    )],
};

/// A fresh database, with whatever keeps it alive.
struct Fixture {
    db: Db,
    url: DatabaseUrl,
    _keep: Box<dyn std::any::Any + Send>,
}

async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    let options = DbOptions { durable: false, ..DbOptions::default() };
    Fixture { db: Db::open(&url, options, &[PROBE]).await.unwrap(), url, _keep: Box::new(folder) }
}

async fn postgres() -> Fixture {
    let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
    let url: DatabaseUrl = database.url().parse().unwrap();
    Fixture { db: Db::open(&url, DbOptions::default(), &[PROBE]).await.unwrap(), url, _keep: Box::new(database) }
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::sqlite().await).await; })* }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::postgres().await).await; })* }
    };
}

suite![
    every_type_survives,
    nulls_are_options,
    a_failed_transaction_leaves_nothing,
    a_failed_savepoint_leaves_the_rest,
    a_panic_harms_nobody_else,
    unique_violations_are_told_apart,
    changes_of_one_row_wait_for_each_other,
    a_wrong_number_of_parameters_is_a_defect,
    opening_twice_is_harmless,
    events_are_seen_once_committed_and_in_order,
    no_reader_passes_by_a_position_still_to_come,
    a_position_drawn_late_waits_for_the_one_drawn_early,
    an_event_is_consumed_once,
    tasks_of_a_lane_run_in_order,
    tasks_do_not_wait_for_an_hour_that_comes_twice,
    a_lost_lease_cannot_finish,
    a_note_is_what_the_next_attempt_gets,
    a_silent_worker_s_task_is_done_by_another,
    a_lease_has_one_holder,
    old_events_go_when_everybody_has_read_them,
];

fn time(text: &str) -> RomeTime {
    text.parse().unwrap()
}

fn now() -> RomeTime {
    time("2026-03-01T10:00:00.123456Z")
}

async fn every_type_survives(fixture: Fixture) {
    let id = Rng::system().uuid();
    let money = Money::from_cents(134).unwrap();
    fixture
        .db
        .write(move |tx| {
            let sql = "INSERT INTO probe (id, flag, number, ratio, body, raw, at, money) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            tx.execute(sql, params![id, true, i64::MIN, 0.1_f64, "{\"è\": [1, null]}", vec![0_u8, 255], now(), money])
        })
        .await
        .unwrap();
    let row = fixture
        .db
        .read(move |tx| {
            // The same parameter twice, and out of order.
            let sql = "SELECT id, flag, number, ratio, body, raw, at, money FROM probe WHERE at = $2 AND id = $1 AND $1 = id";
            tx.one(sql, params![id, now()], |row| {
                Ok((
                    row.get::<Uuid>(0)?,
                    row.get::<bool>(1)?,
                    row.get::<i64>(2)?,
                    row.get::<f64>(3)?,
                    row.get::<String>(4)?,
                    row.get::<Vec<u8>>(5)?,
                    row.get::<RomeTime>(6)?,
                    row.get::<Money>(7)?,
                ))
            })
        })
        .await
        .unwrap();
    assert_eq!(row, (id, true, i64::MIN, 0.1, "{\"è\": [1, null]}".to_owned(), vec![0, 255], now(), money));
}

async fn nulls_are_options(fixture: Fixture) {
    let id = Rng::system().uuid();
    let none: Option<String> = None;
    fixture
        .db
        .write(move |tx| tx.execute("INSERT INTO probe (id, body, at) VALUES ($1, $2, $3)", params![id, none, now()]))
        .await
        .unwrap();
    let (body, at, flag) = fixture
        .db
        .read(move |tx| {
            tx.one("SELECT body, at, flag FROM probe WHERE id = $1", params![id], |row| {
                Ok((row.get::<Option<String>>(0)?, row.get::<Option<RomeTime>>(1)?, row.get::<Option<bool>>(2)?))
            })
        })
        .await
        .unwrap();
    assert_eq!((body, at, flag), (None, Some(now()), None));
    let strict =
        fixture.db.read(move |tx| tx.one("SELECT body FROM probe WHERE id = $1", params![id], |row| row.get::<String>(0))).await;
    assert!(matches!(strict, Err(Error::Defect(_))), "{strict:?}");
}

async fn a_failed_transaction_leaves_nothing(fixture: Fixture) {
    let outcome: Result<(), Error> = fixture
        .db
        .write(|tx| {
            tx.execute("INSERT INTO counter (name, value) VALUES ('a', 1)", params![])?;
            tx.append("topic", "key", EventId(Rng::system().uuid()), "{}", now())?;
            Err(Error::NotFound)
        })
        .await;
    assert_eq!(outcome, Err(Error::NotFound));
    assert_eq!(count(&fixture.db, "counter").await, 0);
    assert_eq!(count(&fixture.db, "events").await, 0);
}

async fn count(db: &Db, table: &'static str) -> i64 {
    db.read(move |tx| tx.one(&format!("SELECT count(*) FROM {table}"), params![], |row| row.get(0))).await.unwrap()
}

async fn a_failed_savepoint_leaves_the_rest(fixture: Fixture) {
    fixture
        .db
        .write(|tx| {
            tx.execute("INSERT INTO counter (name, value) VALUES ('a', 1)", params![])?;
            let inner = tx.savepoint(|tx| {
                tx.execute("INSERT INTO counter (name, value) VALUES ('b', 1)", params![])?;
                tx.execute("INSERT INTO counter (name, value) VALUES ('a', 2)", params![])
            });
            assert!(matches!(inner, Err(Error::Unique(_))));
            // A savepoint within a savepoint undoes only itself.
            tx.savepoint(|tx| {
                let _ = tx.savepoint(|tx| tx.execute("INSERT INTO counter (name, value) VALUES ('a', 3)", params![]));
                tx.execute("INSERT INTO counter (name, value) VALUES ('c', 1)", params![])
            })
        })
        .await
        .unwrap();
    assert_eq!(count(&fixture.db, "counter").await, 2);
}

async fn a_panic_harms_nobody_else(fixture: Fixture) {
    let insert = |name: &'static str, panic: bool| {
        let db = fixture.db.clone();
        async move {
            db.write(move |tx| {
                tx.execute("INSERT INTO counter (name, value) VALUES ($1, 1)", params![name])?;
                assert!(!panic, "on purpose");
                Ok::<_, Error>(())
            })
            .await
        }
    };
    let (before, panicked, after) = tokio::join!(insert("a", false), insert("b", true), insert("c", false));
    assert!(before.is_ok() && matches!(panicked, Err(Error::Defect(_))) && after.is_ok());
    assert_eq!(count(&fixture.db, "counter").await, 2);
}

async fn unique_violations_are_told_apart(fixture: Fixture) {
    let insert = || fixture.db.write(|tx| tx.execute("INSERT INTO counter (name, value) VALUES ('a', 1)", params![]));
    insert().await.unwrap();
    assert!(matches!(insert().await, Err(Error::Unique(_))));
    let null = fixture.db.write(|tx| tx.execute("INSERT INTO counter (name, value) VALUES ('b', NULL)", params![])).await;
    assert!(matches!(null, Err(Error::Defect(_))), "{null:?}");
}

async fn changes_of_one_row_wait_for_each_other(fixture: Fixture) {
    fixture.db.write(|tx| tx.execute("INSERT INTO counter (name, value) VALUES ('a', 0)", params![])).await.unwrap();
    let increments = (0..100).map(|_| {
        let db = fixture.db.clone();
        tokio::spawn(async move {
            db.write(|tx| {
                let sql = format!("SELECT value FROM counter WHERE name = 'a'{}", tx.for_update());
                let value: i64 = tx.one(&sql, params![], |row| row.get(0))?;
                tx.execute("UPDATE counter SET value = $1 WHERE name = 'a'", params![value + 1])
            })
            .await
        })
    });
    for increment in increments.collect::<Vec<_>>() {
        increment.await.unwrap().unwrap();
    }
    let value: i64 = fixture.db.read(|tx| tx.one("SELECT value FROM counter", params![], |row| row.get(0))).await.unwrap();
    assert_eq!(value, 100);
}

async fn a_wrong_number_of_parameters_is_a_defect(fixture: Fixture) {
    let outcome =
        fixture.db.read(|tx| tx.all("SELECT value FROM counter WHERE name = $1", params![], |row| row.get::<i64>(0))).await;
    assert!(outcome.is_err_and(|error| !error.is_temporary()));
}

async fn opening_twice_is_harmless(fixture: Fixture) {
    fixture.db.write(|tx| tx.execute("INSERT INTO counter (name, value) VALUES ('a', 7)", params![])).await.unwrap();
    let again = Db::open(&fixture.url, DbOptions::default(), &[PROBE]).await.unwrap();
    assert_eq!(count(&again, "counter").await, 1);
}

async fn events_are_seen_once_committed_and_in_order(fixture: Fixture) {
    let (mut wakes, other) = (fixture.db.wakes("odd"), fixture.db.wakes("elsewhere"));
    for number in 0..50 {
        fixture
            .db
            .write(move |tx| {
                tx.append(
                    if number % 2 == 0 { "even" } else { "odd" },
                    "k",
                    EventId(Rng::system().uuid()),
                    &number.to_string(),
                    now(),
                )
            })
            .await
            .unwrap();
    }
    assert!(wakes.has_changed().unwrap() && !other.has_changed().unwrap());
    wakes.borrow_and_update();
    let read = |position| fixture.db.read(move |tx| tx.events_after("odd", position, 10));
    visible(&fixture.db, 50).await;
    let first = read(0).await.unwrap();
    let payloads: Vec<_> = first.iter().map(|event| event.payload.as_str()).collect();
    assert_eq!(payloads, ["1", "3", "5", "7", "9", "11", "13", "15", "17", "19"]);
    assert_eq!(read(first[9].position).await.unwrap()[0].payload, "21");
    let all = fixture.db.read(|tx| tx.all_events_after(0, 1000)).await.unwrap();
    assert!(all.len() == 50 && all.windows(2).all(|pair| pair[0].position < pair[1].position));
}

/// Waits until `total` events can be seen: in PostgreSQL an event is, when nobody who began to append before it is still at it.
async fn visible(db: &Db, total: usize) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while db.read(|tx| tx.all_events_after(0, 1000)).await.unwrap().len() < total {
        assert!(tokio::time::Instant::now() < deadline, "the events did not become visible");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Writers commit in another order than they drew their positions; a reader that goes on from the last position it saw misses nothing.
async fn no_reader_passes_by_a_position_still_to_come(fixture: Fixture) {
    const EVENTS: usize = 300;
    let writers: Vec<_> = (0..EVENTS)
        .map(|number| {
            let db = fixture.db.clone();
            tokio::spawn(async move {
                db.write(move |tx| {
                    tx.append("t", "k", EventId(Rng::system().uuid()), &number.to_string(), now())?;
                    // Hold the position for a while, some longer than others.
                    std::thread::sleep(Duration::from_micros((number as u64 * 37) % 900));
                    Ok::<_, Error>(())
                })
                .await
            })
        })
        .collect();
    let (mut position, mut seen) = (0, Vec::new());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while seen.len() < EVENTS && tokio::time::Instant::now() < deadline {
        for event in fixture.db.read(move |tx| tx.events_after("t", position, 7)).await.unwrap() {
            position = event.position;
            seen.push(event.payload.parse::<usize>().unwrap());
        }
    }
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..EVENTS).collect::<Vec<_>>());
}

/// One transaction begins first and draws its position last: the other's, lower and still to come, must hold the reader back.
async fn a_position_drawn_late_waits_for_the_one_drawn_early(fixture: Fixture) {
    if fixture.db.engine() == Engine::Sqlite {
        // One writer: there is no second transaction.
        return;
    }
    let append = |tx: &mut Tx<'_>, text: &str| tx.append("t", "k", EventId(Rng::system().uuid()), text, now());
    let (drawn, early_has_drawn) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel();
    let (begun, late_has_begun) = std::sync::mpsc::channel();
    let db = fixture.db.clone();
    let late = tokio::spawn(async move {
        db.write(move |tx| {
            // A change gives the transaction its number, lower than the other's.
            tx.execute("INSERT INTO counter (name, value) VALUES ('late', 1)", params![])?;
            begun.send(()).unwrap();
            early_has_drawn.recv().unwrap();
            append(tx, "late")
        })
        .await
    });
    let db = fixture.db.clone();
    let early = tokio::spawn(async move {
        db.write(move |tx| {
            late_has_begun.recv().unwrap();
            append(tx, "early")?;
            drawn.send(()).unwrap();
            released.recv().unwrap();
            Ok::<_, Error>(())
        })
        .await
    });
    late.await.unwrap().unwrap();
    let read = || fixture.db.read(|tx| tx.events_after("t", 0, 10));
    assert_eq!(read().await.unwrap(), [], "the early one is still to come");
    release.send(()).unwrap();
    early.await.unwrap().unwrap();
    let texts: Vec<_> = read().await.unwrap().into_iter().map(|event| event.payload).collect();
    assert_eq!(texts, ["early", "late"]);
}

async fn an_event_is_consumed_once(fixture: Fixture) {
    let id = EventId(Rng::system().uuid());
    let mark = |consumer: &'static str| fixture.db.write(move |tx| tx.mark_consumed(consumer, id, now()));
    assert_eq!((mark("a").await, mark("a").await, mark("b").await), (Ok(true), Ok(false), Ok(true)));
    let position = |position: i64| {
        fixture.db.write(move |tx| {
            tx.set_consumer_position("a", "t", position)?;
            tx.consumer_position("a", "t")
        })
    };
    assert_eq!((position(5).await, position(9).await), (Ok(5), Ok(9)));
}

async fn enqueue(db: &Db, lane: &'static str, payload: &'static str, run_at: RomeTime) {
    db.write(move |tx| tx.enqueue(&NewTask { queue: "q", lane, payload, run_at }, now())).await.unwrap();
}

async fn lease(db: &Db, holder: &'static str, at: RomeTime) -> Vec<storage::LeasedTask> {
    db.write(move |tx| tx.lease_tasks("q", holder, at, at.plus(kernel::jiff::SignedDuration::from_secs(60)), 10)).await.unwrap()
}

async fn tasks_of_a_lane_run_in_order(fixture: Fixture) {
    let db = &fixture.db;
    enqueue(db, "one", "1a", now()).await;
    enqueue(db, "two", "2a", now()).await;
    enqueue(db, "one", "1b", now()).await;
    enqueue(db, "three", "later", now().plus(kernel::jiff::SignedDuration::from_secs(10))).await;
    let first = lease(db, "w", now()).await;
    let payloads: Vec<_> = first.iter().map(|task| (task.payload.as_str(), task.attempt)).collect();
    assert_eq!(payloads, [("1a", 1), ("2a", 1)], "one of each lane, none before its time");
    assert!(lease(db, "x", now()).await.is_empty(), "what is leased is not leased again");
    let done = first[0].clone();
    db.write(move |tx| tx.finish_task(&done)).await.unwrap();
    assert_eq!(lease(db, "x", now()).await[0].payload, "1b");
    let failed = first[1].clone();
    let again = now().plus(kernel::jiff::SignedDuration::from_secs(5));
    db.write(move |tx| tx.retry_task(&failed, again, "no")).await.unwrap();
    assert!(lease(db, "w", now()).await.is_empty());
    let second = lease(db, "w", again).await;
    assert_eq!((second[0].payload.as_str(), second[0].attempt), ("2a", 2));
}

async fn tasks_do_not_wait_for_an_hour_that_comes_twice(fixture: Fixture) {
    let db = &fixture.db;
    let at = |minutes: i64| now().plus(kernel::jiff::SignedDuration::from_mins(minutes));
    enqueue(db, "done", "at work", now()).await;
    lease(db, "w", now()).await;
    enqueue(db, "new", "at once", now()).await;
    enqueue(db, "new", "in an hour", at(60)).await;
    enqueue(db, "failed", "again", now()).await;
    let failed = lease(db, "w", now()).await.into_iter().find(|task| task.lane == "failed").unwrap();
    db.write(move |tx| tx.retry_task(&failed, at(5), "no")).await.unwrap();
    // The clock shows an hour less; what failed is tried again after three minutes at most.
    db.write(move |tx| tx.put_tasks_back("q", at(-60), at(-57), at(-59))).await.unwrap();
    let due = |at: RomeTime| async move { lease(db, "x", at).await.into_iter().map(|task| task.payload).collect::<Vec<_>>() };
    assert_eq!(due(at(-60)).await, Vec::<String>::new(), "whoever holds them may be alive");
    assert_eq!(due(at(-58)).await, ["at work", "at once"]);
    assert_eq!(due(at(-56)).await, ["at work", "at once", "again"]);
    let created = "SELECT count(*) FROM tasks WHERE created_at > $1";
    let early: i64 = db.read(move |tx| tx.one(created, params![at(-60)], |row| row.get(0))).await.unwrap();
    assert_eq!(early, 0, "nothing is of the future any more");
    let run_at = "SELECT run_at FROM tasks WHERE payload = 'in an hour'";
    let read = db.read(move |tx| tx.one(run_at, params![], |row| row.get::<RomeTime>(0))).await;
    assert_eq!(read.unwrap(), at(0), "its pause is the same");
}

async fn a_lost_lease_cannot_finish(fixture: Fixture) {
    enqueue(&fixture.db, "l", "p", now()).await;
    let mine = lease(&fixture.db, "first", now()).await.remove(0);
    let later = now().plus(kernel::jiff::SignedDuration::from_secs(61));
    assert_eq!(lease(&fixture.db, "second", later).await.len(), 1);
    let outcome = fixture
        .db
        .write(move |tx| {
            tx.execute("INSERT INTO counter (name, value) VALUES ('effect', 1)", params![])?;
            tx.finish_task(&mine)
        })
        .await;
    assert!(matches!(outcome, Err(Error::Conflict(_))));
    assert_eq!(count(&fixture.db, "counter").await, 0, "the effect is undone with it");
}

async fn a_note_is_what_the_next_attempt_gets(fixture: Fixture) {
    let db = &fixture.db;
    enqueue(db, "l", "begun", now()).await;
    let first = lease(db, "first", now()).await.remove(0);
    let mine = first.clone();
    db.write(move |tx| tx.note_task(&mine, "half done")).await.unwrap();
    let mine = first.clone();
    assert_eq!(db.write(move |tx| tx.task_payload(&mine)).await.unwrap(), "half done");
    let later = now().plus(kernel::jiff::SignedDuration::from_secs(61));
    let second = lease(db, "second", later).await.remove(0);
    assert_eq!((second.payload.as_str(), second.attempt), ("half done", 2));
    let mine = first.clone();
    let noted = db.write(move |tx| tx.note_task(&mine, "more")).await;
    assert!(matches!(noted, Err(Error::Conflict(_))), "somebody else does it now");
    assert!(matches!(db.write(move |tx| tx.task_payload(&first)).await, Err(Error::Conflict(_))));
    assert_eq!(db.write(move |tx| tx.task_payload(&second)).await.unwrap(), "half done");
}

async fn a_silent_worker_s_task_is_done_by_another(fixture: Fixture) {
    enqueue(&fixture.db, "l", "p", now()).await;
    lease(&fixture.db, "dead", now()).await;
    let later = now().plus(kernel::jiff::SignedDuration::from_secs(61));
    let silent = |at| fixture.db.read(move |tx| tx.has_expired_lease("q", at));
    assert_eq!((silent(now()).await, silent(later).await), (Ok(false), Ok(true)));
    assert_eq!(lease(&fixture.db, "alive", later).await[0].attempt, 2);
}

async fn a_lease_has_one_holder(fixture: Fixture) {
    let hold = |holder: &'static str, at: RomeTime| {
        fixture.db.write(move |tx| tx.hold_lease("job", holder, at, at.plus(kernel::jiff::SignedDuration::from_secs(15))))
    };
    assert_eq!((hold("a", now()).await, hold("b", now()).await, hold("a", now()).await), (Ok(true), Ok(false), Ok(true)));
    let later = now().plus(kernel::jiff::SignedDuration::from_secs(16));
    assert_eq!((hold("b", later).await, hold("a", later).await), (Ok(true), Ok(false)));
    fixture.db.write(|tx| tx.release_leases("b")).await.unwrap();
    assert_eq!(hold("a", later).await, Ok(true));
}

async fn old_events_go_when_everybody_has_read_them(fixture: Fixture) {
    for _ in 0..4 {
        fixture.db.write(|tx| tx.append("t", "k", EventId(Rng::system().uuid()), "{}", now())).await.unwrap();
    }
    visible(&fixture.db, 4).await;
    let events = fixture.db.read(|tx| tx.events_after("t", 0, 10)).await.unwrap();
    let (second, later) = (events[1].position, now().plus_days(1));
    fixture.db.write(move |tx| tx.set_consumer_position("c", "t", second)).await.unwrap();
    assert_eq!(fixture.db.write(|tx| tx.trim_events(now())).await, Ok(0), "too young");
    assert_eq!(fixture.db.write(move |tx| tx.trim_events(later)).await, Ok(2));
    assert_eq!(fixture.db.read(|tx| tx.events_after("t", 0, 10)).await.unwrap().len(), 2);
}

/// A durable database keeps what it acknowledged, and a tenant's row is what it was, when it is opened again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    let tenant = TenantId(Rng::system().uuid());
    let db = Db::open(&url, DbOptions::default(), &[PROBE]).await.unwrap();
    db.write(move |tx| tx.execute("INSERT INTO probe (id, at) VALUES ($1, $2)", params![tenant, now()])).await.unwrap();
    drop(db);
    let db = Db::open(&url, DbOptions::default(), &[PROBE]).await.unwrap();
    let at: RomeTime =
        db.read(move |tx| tx.one("SELECT at FROM probe WHERE id = $1", params![tenant], |row| row.get(0))).await.unwrap();
    assert_eq!(at, now());
}

#[test]
fn addresses_of_databases() {
    assert_eq!("sqlite:a/b.db".parse::<DatabaseUrl>().unwrap().to_string(), "sqlite:a/b.db");
    let postgres: DatabaseUrl = "postgres://user:secret@db:5432/name".parse().unwrap();
    assert!(!format!("{postgres} {postgres:?}").contains("secret"));
    assert!("mysql://x".parse::<DatabaseUrl>().is_err() && "sqlite:".parse::<DatabaseUrl>().is_err());
}

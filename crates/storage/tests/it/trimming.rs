//! Forgetting old events on both databases.

use kernel::{EventId, Rng, RomeTime};
use storage::{DatabaseUrl, Db, DbOptions, params};

fn at(day: u8) -> RomeTime {
    format!("2026-03-{day:02}T10:00:00Z").parse().unwrap()
}

/// Appends an event on `day` that `consumer` dealt with on `read`.
async fn event(db: &Db, day: u8, read: u8) -> EventId {
    let id = EventId(Rng::system().uuid());
    db.write(move |tx| {
        tx.append("topic", "key", id, "{}", at(day))?;
        tx.mark_consumed("consumer", id, at(read))
    })
    .await
    .unwrap();
    id
}

async fn count(db: &Db, table: &'static str) -> i64 {
    db.read(move |tx| tx.one(&format!("SELECT count(*) FROM {table}"), params![], |row| row.get(0))).await.unwrap()
}

/// The memory of what was consumed outlives the events: one that is still there and comes again must have no second effect.
async fn consumption_is_remembered_while_the_event_is_there(db: Db) {
    event(&db, 1, 1).await;
    let late = event(&db, 2, 2).await;
    event(&db, 9, 9).await;
    db.write(|tx| tx.set_consumer_position("consumer", "topic", 1)).await.unwrap();
    assert_eq!(db.write(|tx| tx.trim_events(at(8))).await, Ok(1), "the second is old, but not read by everybody");
    assert_eq!(db.write(|tx| tx.trim_consumed(at(8))).await, Ok(1));
    assert_eq!(db.write(move |tx| tx.mark_consumed("consumer", late, at(9))).await, Ok(false), "known still");

    db.write(|tx| tx.set_consumer_position("consumer", "topic", 3)).await.unwrap();
    assert_eq!(db.write(|tx| tx.trim_events(at(8))).await, Ok(1));
    assert_eq!(db.write(|tx| tx.trim_consumed(at(8))).await, Ok(1));
    assert_eq!((count(&db, "events").await, count(&db, "consumed_events").await), (1, 1), "the young one stays");
    assert_eq!(db.write(|tx| tx.trim_events(at(8))).await, Ok(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&url, DbOptions { durable: false, ..DbOptions::default() }, &[]).await.unwrap();
    consumption_is_remembered_while_the_event_is_there(db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
    let url: DatabaseUrl = database.url().parse().unwrap();
    consumption_is_remembered_while_the_event_is_there(Db::open(&url, DbOptions::default(), &[]).await.unwrap()).await;
}

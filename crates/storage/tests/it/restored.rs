//! A database that was dumped on one server and restored on another.

use std::time::{Duration, Instant};

use kernel::{EventId, Rng, RomeTime};
use storage::{DatabaseUrl, Db, DbOptions, params};

/// Transaction numbers are of a server: those of a dump may be far ahead of those of the server that it is restored on.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_another_server_are_read_too() {
    let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
    let url: DatabaseUrl = database.url().parse().unwrap();
    let db = Db::open(&url, DbOptions::default(), &[]).await.unwrap();
    let now: RomeTime = "2026-03-01T10:00:00Z".parse().unwrap();
    let (restored, fresh) = (EventId(Rng::system().uuid()), EventId(Rng::system().uuid()));
    db.write(move |tx| {
        tx.append("topic", "key", restored, "{}", now)?;
        tx.execute("UPDATE events SET xid = '9000000000000'::xid8", params![])
    })
    .await
    .unwrap();
    let read = |db: Db| async move {
        let events = db.read(|tx| tx.events_after("topic", 0, 10)).await.unwrap();
        events.into_iter().map(|event| event.event_id).collect::<Vec<_>>()
    };
    assert_eq!(read(db).await, [], "as the dump is, the event is hidden");

    let db = Db::open(&url, DbOptions::default(), &[]).await.unwrap();
    db.write(move |tx| tx.append("topic", "key", fresh, "{}", now)).await.unwrap();
    // Readers wait for the transactions of the whole server, those of other tests too.
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut events = Vec::new();
    while events.len() < 2 && Instant::now() < deadline {
        events = read(db.clone()).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(events, [restored, fresh]);
}

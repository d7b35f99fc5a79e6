//! When an installation has come to rest: every event is read, every task is done.

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::world::{DEADLINE, World};

impl World {
    /// Waits until every event is read and no task is open that is due now.
    pub async fn idle(&self) {
        let began = Instant::now();
        while !self.is_idle().await {
            assert!(began.elapsed() < DEADLINE, "the installation does not come to rest: {:?}", self.leases().await);
            // The last transaction of a process that was killed may have renewed its lease after the clock was put forward.
            if self.leases().await.iter().any(|(_, holder, _)| holder != self.app.instance()) {
                self.clock.advance(SignedDuration::from_secs(1));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn leases(&self) -> Vec<(String, String, kernel::RomeTime)> {
        let sql = "SELECT name, holder, expires_at FROM leases";
        let read =
            move |tx: &mut storage::Tx<'_>| tx.all(sql, storage::params![], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        self.app.db().read(read).await.unwrap()
    }

    async fn is_idle(&self) -> bool {
        let consumers: Vec<_> =
            self.roles.iter().flat_map(|role| &role.consumers).map(|consumer| (consumer.name, consumer.topic)).collect();
        let now = self.clock.now();
        let over_kafka = self.app.kafka().is_some();
        let mut published = None;
        if let Some(kafka) = self.app.kafka() {
            let relayed =
                self.app.db().read(|tx| Ok::<_, storage::Error>((last_event(tx)?, tx.consumer_position(bus::RELAY, "*")?)));
            let (last, relayed) = relayed.await.unwrap();
            if relayed < last {
                return false;
            }
            published = Some(last);
            for (consumer, topic) in &consumers {
                if kafka.backlog(consumer, topic).await.unwrap() > 0 {
                    return false;
                }
            }
        }
        let look = self.app.db().read(move |tx| {
            // What was read meanwhile may have made another event.
            if published.is_some() && published != Some(last_event(tx)?) {
                return Ok(false);
            }
            for (consumer, topic) in consumers.into_iter().filter(|_| !over_kafka) {
                // Readers of PostgreSQL see an event a moment later than it is there.
                let last = "SELECT coalesce(max(position), 0) FROM events WHERE topic = $1";
                let last: i64 = tx.one(last, storage::params![topic], |row| row.get(0))?;
                if tx.consumer_position(consumer, topic)? < last {
                    return Ok(false);
                }
            }
            let due = tx.one("SELECT count(*) FROM tasks WHERE run_at <= $1", storage::params![now], |row| row.get::<i64>(0))?;
            storage::Result::Ok(due == 0)
        });
        look.await.unwrap()
    }
}

/// Position of the last event of all topics.
fn last_event(tx: &mut storage::Tx<'_>) -> storage::Result<i64> {
    tx.one("SELECT coalesce(max(position), 0) FROM events", storage::params![], |row| row.get(0))
}

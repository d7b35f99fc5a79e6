//! Events through one payment proxy, each with its effect exactly once: in this process, by the role's own consumer and workers, over the
//! embedded log of a durable database, at an intermediary that answers at once. Beside it, what a proxy does before anything else, the
//! same over Apache Kafka with the storage tree on S3, the import of dues, and the notices.

mod events;
mod import;
mod notices;
mod sandbox;
mod soak;

use std::time::{Duration, Instant};

use contracts::Event as _;
use contracts::payments::{PaymentV1, PaymentV2, decode_accepted};
use contracts::{Decoded, topic};
use kernel::{Clock, Rng};
use runtime::App;
use storage::params;

use crate::cpu_s;
use events::{Kind, event, publish};
use sandbox::{PROXY, furnish};

pub use soak::run as soak;

/// Longest that a run may take.
const DEADLINE: Duration = Duration::from_secs(600);

/// How many of each; a short run only shows that everything works.
struct Counts {
    read: usize,
    dues: usize,
    new: usize,
    rows: u64,
    notices: usize,
}

/// Runs it; `short`ly to see that it works.
pub fn run(short: bool) {
    let counts = match short {
        true => Counts { read: 2_000, dues: 300, new: 100, rows: 2_000, notices: 5 },
        false => Counts { read: 1_000_000, dues: 200_000, new: 50_000, rows: 1_000_000, notices: 1_000 },
    };
    read_and_validate(counts.read);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        through(&Kind::Due, counts.dues).await;
        through(&Kind::Foreign, counts.dues).await;
        through(&Kind::New, counts.new).await;
        if !short {
            over_kafka_and_s3(&Kind::Due, counts.dues / 20).await;
            over_kafka_and_s3(&Kind::New, counts.new / 10).await;
        }
        import::run(counts.rows).await;
    });
    notices::run(counts.notices);
}

/// Reading an event and judging it by the rules of its contract, without any effect.
fn read_and_validate(count: usize) {
    let accepted = [PaymentV1::VERSION, PaymentV2::VERSION];
    let payload = event(&Kind::Due, &Rng::seeded(1), Clock::system().now());
    let began = cpu_s();
    for _ in 0..count {
        let Ok(Decoded::Event(payment)) = decode_accepted(&payload.1, &accepted) else { panic!("the sample is an event") };
        assert!(std::hint::black_box(&payment).validate().is_empty());
    }
    let each = (cpu_s() - began) / count as f64;
    println!("read and validate: {:.0} events per CPU-second ({:.1} us each, {} bytes)", 1.0 / each, each * 1e6, payload.1.len());
}

/// Puts `count` events into the embedded log and has the proxy deal with them.
async fn through(kind: &Kind, count: usize) {
    measure(kind.name(), kind, count, Vec::new()).await;
}

/// The same with a broker and an object store of their own. The store runs in this process, and its CPU is counted too.
async fn over_kafka_and_s3(kind: &Kind, count: usize) {
    let broker = tokio::task::spawn_blocking(engines::Kafka::start).await.expect("Apache Kafka starts");
    let bucket = engines::s3();
    let engines = vec![
        ("SPORTELLO_BUS", format!("kafka://{}", broker.bootstrap())),
        ("STORAGE_TYPE", "s3".to_owned()),
        ("STORAGE_KEY", bucket.access_key.to_owned()),
        ("STORAGE_SECRET", bucket.secret_key.to_owned()),
        ("STORAGE_BUCKET_NAME", bucket.name.to_owned()),
        ("STORAGE_S3_REGION", bucket.region.to_owned()),
        ("STORAGE_ENDPOINT", bucket.endpoint.trim_start_matches("http://").to_owned()),
    ];
    measure(&format!("{}, over Kafka and S3", kind.name()), kind, count, engines).await;
}

async fn measure(name: &str, kind: &Kind, count: usize, engines: Vec<(&str, String)>) {
    let (installation, intermediary) = furnish(PROXY, engines).await;
    publish(&installation.app, kind, count).await;

    let (began, cpu) = (Instant::now(), cpu_s());
    let running = installation.run().await;
    while !is_idle(&installation.app, count).await {
        assert!(began.elapsed() < DEADLINE, "the proxy does not come to an end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (elapsed, cpu) = (began.elapsed().as_secs_f64(), cpu_s() - cpu);
    installation.stop(running).await;

    let dead = installation.count("SELECT count(*) FROM dead_letters").await;
    let settled = installation.count("SELECT count(*) FROM proxy_payments WHERE status = 'PAYMENT_PENDING'").await;
    assert_eq!((dead, settled), (0, count), "each event has its effect once");
    let asked = intermediary.asked_once();
    assert_eq!(asked, if matches!(kind, Kind::New) { count } else { 0 });
    println!(
        "{name}: {:.0} events per CPU-second ({:.1} us each), {:.0} a second ({count} in {elapsed:.1} s)",
        count as f64 / cpu,
        cpu / count as f64 * 1e6,
        count as f64 / elapsed
    );
}

/// Whether every event is read and every errand done. Costs next to nothing, so that looking is not measured.
async fn is_idle(app: &App, count: usize) -> bool {
    let kafka = app.kafka().is_some();
    let look = app.db().read(move |tx| {
        if tx.optional("SELECT 1 FROM tasks LIMIT 1", params![], |_| Ok(()))?.is_some() {
            return Ok(false);
        }
        if kafka {
            let followed: i64 = tx.one("SELECT count(*) FROM proxy_payments", params![], |row| row.get(0))?;
            return storage::Result::Ok(usize::try_from(followed) == Ok(count));
        }
        let last: Option<i64> =
            tx.one("SELECT max(position) FROM events WHERE topic = $1", params![topic::PAYMENTS], |row| row.get(0))?;
        let read = tx.consumer_position(PROXY, topic::PAYMENTS)?;
        Ok(last.is_none_or(|last| read >= last))
    });
    look.await.expect("the database answers")
}

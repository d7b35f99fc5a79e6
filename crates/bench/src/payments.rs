//! Events through one payment proxy, each with its effect exactly once: in this process, by the role's own consumer and workers, over the
//! embedded log of a durable database, at an intermediary that answers at once. Beside it, what a proxy does before anything else, and
//! the notices.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use contracts::payments::{PaymentV1, PaymentV2, decode_accepted};
use contracts::{Decoded, Event as _, topic};
use kernel::{Clock, Money, NoticeNumber, PaymentId, Rng, RomeTime, Series};
use runtime::{App, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, params};
use testkit::BUGLIANO;
use web::Web;

use crate::cpu_s;

/// The role under test.
const ROLE: &str = "payment-proxy-sandbox";
/// The service whose payments it takes.
const SERVICE: &str = "b21c4429-95e4-45d5-930f-44eb74136625";
/// A payment to be created, and one that was created elsewhere.
const NEW: &str = include_str!("../../contracts/samples/payments/2.0/creation_pending.json");
const DUE: &str = include_str!("../../contracts/samples/payments/2.0/imported_due.json");
/// Longest that a run may take.
const DEADLINE: Duration = Duration::from_secs(600);

/// How many of each; a short run only shows that everything works.
struct Counts {
    read: usize,
    dues: usize,
    new: usize,
    notices: usize,
}

/// Runs it; `short`ly to see that it works.
pub fn run(short: bool) {
    let counts = match short {
        true => Counts { read: 2_000, dues: 300, new: 100, notices: 5 },
        false => Counts { read: 1_000_000, dues: 200_000, new: 50_000, notices: 1_000 },
    };
    read_and_validate(counts.read);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        through(&Kind::Due, counts.dues).await;
        through(&Kind::Foreign, counts.dues).await;
        through(&Kind::New, counts.new).await;
    });
    notices(counts.notices);
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

/// What an event asks of the proxy.
enum Kind {
    /// To create a position at the intermediary: two transactions, a call between them, an event.
    New,
    /// To follow a due: one transaction. Its identifiers begin with the time, as those of the platform's dispatcher and importer do.
    Due,
    /// The same with identifiers at random, as other programs give them: each is at another place of the indexes.
    Foreign,
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::New => "payments created at the intermediary",
            Self::Due => "dues followed",
            Self::Foreign => "dues followed, with identifiers at random",
        }
    }
}

/// An event that nobody has seen: its identifier and its text.
fn event(kind: &Kind, rng: &Rng, now: RomeTime) -> (kernel::EventId, String) {
    let id = || if matches!(kind, Kind::Foreign) { rng.uuid() } else { rng.uuid_at(now) };
    let mut payment: PaymentV2 = serde_json::from_str(if matches!(kind, Kind::New) { NEW } else { DUE }).expect("a sample");
    payment.id = PaymentId(id());
    payment.tenant_id = kernel::TenantId(BUGLIANO.parse().expect("a tenant"));
    payment.service_id = kernel::ServiceId(SERVICE.parse().expect("a service"));
    payment.payment.iud = Some(payment.id.0.simple().to_string());
    payment.payment.amount = Money::from_cents(2_000).ok();
    payment.payment.split.clear();
    payment.payment.receiver = None;
    payment.payment.document = None;
    payment.payment.kind = None;
    if !matches!(kind, Kind::New) {
        let notice = NoticeNumber::new(Series::Segregated(47), rng.below(9_999_999_999_999)).expect("a notice number");
        payment.payment.notice_code = Some(notice.to_string());
        payment.payment.iuv = Some(notice.iuv().to_string());
    }
    payment.app_id = "bench:1.0".to_owned();
    payment.event_id = kernel::EventId(id());
    (payment.event_id, serde_json::to_string(&payment).expect("an event is JSON"))
}

/// An intermediary that takes every position at once and counts how often it was asked for each.
#[derive(Clone, Default)]
struct Intermediary(Arc<Mutex<HashMap<String, u32>>>);

impl Intermediary {
    fn routes(&self) -> Router {
        Router::new().route("/demo/psp/positions", post(take)).with_state(self.clone())
    }
}

async fn take(State(intermediary): State<Intermediary>, Json(position): Json<Value>) -> Json<Value> {
    let iud = position["iud"].as_str().expect("a position has an IUD").to_owned();
    *intermediary.0.lock().unwrap_or_else(PoisonError::into_inner).entry(iud.clone()).or_default() += 1;
    Json(
        json!({ "iud": iud, "status": "OPEN", "notice_number": position["notice_number"], "checkout_url": "https://psp.example.it/1" }),
    )
}

/// Puts `count` events into the log and has the role deal with them.
async fn through(kind: &Kind, count: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let intermediary = Intermediary::default();
    let (app, role, stopper) = furnish(folder.path(), &intermediary).await;
    publish(&app, kind, count).await;

    let (began, cpu) = (Instant::now(), cpu_s());
    let mut running = runtime::supervise(&app, std::slice::from_ref(&role)).await.expect("the role starts");
    while !is_idle(&app).await {
        assert!(began.elapsed() < DEADLINE, "the proxy does not come to an end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (elapsed, cpu) = (began.elapsed().as_secs_f64(), cpu_s() - cpu);
    stopper.stop();
    while running.join_next().await.is_some() {}

    let dead: i64 = app
        .db()
        .read(|tx| tx.one("SELECT count(*) FROM dead_letters", params![], |row| row.get(0)))
        .await
        .expect("the database answers");
    assert_eq!((dead, settled(&app).await), (0, count), "each event has its effect once");
    let asked = intermediary.0.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(kind, Kind::New) {
        assert!(asked.len() == count && asked.values().all(|times| *times == 1), "each position is created once");
    }
    println!(
        "{}: {:.0} events per CPU-second ({:.1} us each), {:.0} a second ({count} in {elapsed:.1} s)",
        kind.name(),
        count as f64 / cpu,
        cpu / count as f64 * 1e6,
        count as f64 / elapsed
    );
}

/// Whether every event is read and every errand done. Costs next to nothing, so that looking is not measured.
async fn is_idle(app: &App) -> bool {
    let look = app.db().read(|tx| {
        let last: Option<i64> =
            tx.one("SELECT max(position) FROM events WHERE topic = $1", params![topic::PAYMENTS], |row| row.get(0))?;
        let read = tx.consumer_position(ROLE, topic::PAYMENTS)?;
        let open = tx.optional("SELECT 1 FROM tasks LIMIT 1", params![], |_| Ok(()))?;
        storage::Result::Ok(last.is_none_or(|last| read >= last) && open.is_none())
    });
    look.await.expect("the database answers")
}

/// How many payments the proxy follows that can be paid.
async fn settled(app: &App) -> usize {
    let sql = "SELECT count(*) FROM proxy_payments WHERE status = 'PAYMENT_PENDING'";
    let count: i64 = app.db().read(move |tx| tx.one(sql, params![], |row| row.get(0))).await.expect("the database answers");
    usize::try_from(count).unwrap_or_default()
}

/// The role, with a tenant and a service configured through its API.
async fn furnish(folder: &std::path::Path, intermediary: &Intermediary) -> (App, Role, Stopper) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    runtime::prometheus();
    let settings = [
        ("SPORTELLO_DATA", folder.display().to_string()),
        ("SPORTELLO_SECRET", "s".repeat(32)),
        ("SPORTELLO_DEMO", "true".to_owned()),
        ("SPORTELLO_TIMED_JOBS", "false".to_owned()),
    ];
    let mut source = Settings::from_pairs(settings.map(|(name, value)| (name.to_owned(), value)));
    let (config, own) = (runtime::Config::read(&mut source), payments::Config::read(&mut source));
    assert_eq!(source.errors(), []);
    let url = DatabaseUrl::Sqlite(folder.join("bench.db"));
    let db = Db::open(&url, DbOptions::default(), &[payments::MIGRATIONS]).await.expect("a database");
    let (stopper, stop) = Stopper::new();
    let app = App::new(config, db, Clock::system(), Rng::system(), stop).expect("an installation");
    let role = payments::roles(&app, own).into_iter().find(|role| role.name == ROLE).expect("the role is there");
    let routes = role.routes.clone().merge(intermediary.routes()).merge(testkit::keys()).merge(testkit::tenants(&app));
    let router = web::wrap(routes, Web::new(app.clone()));
    app.bind_local(router.clone());
    let tenant = json!({
        "id": BUGLIANO, "name": "Comune di Bugliano", "tax_identification_number": "00337460224", "segregation_code": 2
    });
    let service = json!({
        "id": SERVICE, "tenant_id": BUGLIANO, "remote_collection": { "id": SERVICE, "type": "service" }, "active": true,
        "items": [{
            "payment_type": "pagopa", "management_id": "DIRITTI_SEGRETERIA", "amount": 20, "reason": "Diritti di segreteria",
            "expire_at": 90, "collection_data": "9/0101100IM/", "split": []
        }]
    });
    let token = testkit::service_token(&app, BUGLIANO);
    for (path, body) in [(format!("tenants/{BUGLIANO}"), tenant), (format!("configs/{SERVICE}"), service)] {
        let path = format!("/payment-proxy/sandbox/v2/{path}");
        testkit::call(&router, &token, "PUT", &path, &body).await.expect(201);
    }
    (app, role, stopper)
}

/// Fills the log, a thousand events at a time: what that costs is not the proxy's.
async fn publish(app: &App, kind: &Kind, count: usize) {
    let mut left = count;
    while left > 0 {
        let now = app.clock().now();
        let batch: Vec<_> = (0..left.min(1_000)).map(|_| event(kind, app.rng(), now)).collect();
        left -= batch.len();
        let write = move |tx: &mut storage::Tx<'_>| {
            batch.iter().try_for_each(|(id, payload)| tx.append(topic::PAYMENTS, SERVICE, *id, payload, now))
        };
        app.db().write(write).await.expect("the log takes events");
    }
}

/// Notices of payments, no two alike, on one core.
fn notices(count: usize) {
    let document = |number: u64| pdf::NoticeDocument {
        language: pdf::Language::It,
        creditor: pdf::Issuer {
            name: "Comune di Bugliano".to_owned(),
            contacts: vec!["Codice fiscale 00337460224".to_owned()],
            logo: None,
        },
        creditor_tax_code: "00337460224".parse().expect("a tax code"),
        sector: "Servizi scolastici".to_owned(),
        information: "Informazioni: 050 7654321".to_owned(),
        cbill: Some("AB12C".to_owned()),
        postal: None,
        subject: format!("Mensa scolastica, quota {number}"),
        debtor: pdf::Person {
            name: format!("Maria D’Angelo {number}"),
            tax_id: Some("DNGMNC80A41G702Z".to_owned()),
            address: vec![format!("Via dell’Università {number}"), "56010 Bugliano (PI)".to_owned()],
        },
        single: pdf::Payable {
            notice: NoticeNumber::new(Series::Segregated(2), number).expect("a notice number"),
            amount: Money::from_cents(1_000 + i64::try_from(number).unwrap_or_default()).expect("an amount"),
            due_on: Some(kernel::jiff::civil::date(2026, 9, 30)),
        },
        instalments: Vec::new(),
        issued_at: "2026-03-10T09:00:00+01:00".parse().expect("an instant"),
    };
    // Fonts and templates are read once.
    pdf::notice(&document(0)).expect("a notice");
    let began = cpu_s();
    let bytes: usize = (1..=count as u64).map(|number| pdf::notice(&document(number)).expect("a notice").len()).sum();
    let each = (cpu_s() - began) / count as f64;
    println!("notices: {:.0} PDF per CPU-second ({:.1} ms each, {} kB)", 1.0 / each, each * 1e3, bytes / count / 1000);
}

//! Keeps consumers, workers, jobs and the relay running until it is time to stop.

use std::time::Duration;

use jiff::SignedDuration;
use storage::Engine;
use tokio::task::JoinSet;

use crate::{App, Consumer, Discovery, Job, Role, foundation_jobs};

/// Starts everything that `roles` bring and gives the running set; it ends by itself when the app stops.
///
/// # Errors
/// When the database cannot be prepared.
pub async fn supervise(app: &App, roles: &[Role]) -> Result<JoinSet<()>, String> {
    if app.db().engine() == Engine::Sqlite {
        // One process owns the file: whatever was leased belonged to a process that is gone.
        app.db().write(|tx| tx.free_all_leases()).await.map_err(|error: storage::Error| error.to_string())?;
    }
    let mut running = JoinSet::new();
    running.spawn(drain_metrics(app.clone()));
    if let Some(kafka) = app.kafka().cloned() {
        let (db, clock, rng, stop) = (app.db().clone(), app.clock().clone(), app.rng().clone(), app.stop().clone());
        let holder = app.instance().to_owned();
        running.spawn(async move { kafka.relay(db, clock, rng, holder, stop).await });
    }
    for role in roles {
        for consumer in role.consumers.iter().cloned() {
            running.spawn(consume(app.clone(), consumer));
        }
        if let Some(discovery) = role.discovery.clone() {
            let read = role.consumers.iter().map(|consumer| consumer.topic).collect();
            running.spawn(discover(app.clone(), role.name, discovery, read));
        }
        for worker in role.workers.iter().cloned() {
            running.spawn(worker.run(app.clone()));
        }
    }
    if app.config().timed_jobs {
        let jobs = roles.iter().flat_map(|role| &role.jobs).cloned();
        for job in jobs.chain(foundation_jobs(app)) {
            running.spawn(run_job(app.clone(), job));
        }
    }
    Ok(running)
}

/// Runs `consumer` on the bus.
async fn consume(app: App, consumer: Consumer) {
    let (db, clock, rng, stop) = (app.db().clone(), app.clock().clone(), app.rng().clone(), app.stop().clone());
    match app.kafka() {
        Some(kafka) => kafka.consume(db, consumer, clock, rng, stop).await,
        None => bus::run_embedded(db, consumer, clock, rng, app.instance().to_owned(), stop).await,
    }
}

/// Runs the readers that `discovery` gives for topics that are there and not among those `read` already.
async fn discover(app: App, role: &'static str, discovery: Discovery, read: Vec<&'static str>) {
    let topics = loop {
        match topics(&app).await {
            Ok(topics) => break topics,
            Err(reason) => tracing::warn!(role, reason, "topics not listed; tried again"),
        }
        if !app.stop().sleep(Duration::from_secs(5)).await {
            return;
        }
    };
    let mut running = JoinSet::new();
    for topic in topics.iter().filter(|topic| !read.contains(&topic.as_str())) {
        if let Some(consumer) = discovery.reader(topic) {
            tracing::info!(role, topic, "topic found that is to be emptied");
            running.spawn(consume(app.clone(), consumer));
        }
    }
    app.stop().stopped().await;
    while running.join_next().await.is_some() {}
}

/// The topics of the bus.
async fn topics(app: &App) -> Result<Vec<String>, String> {
    match app.kafka() {
        Some(kafka) => kafka.topics().await.map_err(|error| error.to_string()),
        None => {
            let topics = app.db().read(|tx| tx.topics()).await.map_err(|error: storage::Error| error.to_string())?;
            Ok(topics.into_iter().map(|(topic, ..)| topic).collect())
        }
    }
}

/// Histograms keep every sample until somebody asks for the metrics, and perhaps nobody ever does.
async fn drain_metrics(app: App) {
    while !app.stop().is_stopped() {
        crate::prometheus().run_upkeep();
        app.stop().sleep(Duration::from_secs(5)).await;
    }
}

/// Runs `job` again and again; with several processes on one PostgreSQL, in one of them at a time.
async fn run_job(app: App, job: Job) {
    while !app.stop().is_stopped() {
        if job_is_ours(&app, &job).await {
            match job.run().await {
                Ok(()) => tracing::debug!(job = job.name, "job done"),
                Err(reason) => tracing::error!(job = job.name, reason, "job failed"),
            }
        }
        app.stop().sleep(job.every).await;
    }
}

async fn job_is_ours(app: &App, job: &Job) -> bool {
    if app.db().engine() == Engine::Sqlite {
        return true;
    }
    let lease = SignedDuration::try_from(job.every * 2 + Duration::from_secs(30)).unwrap_or(SignedDuration::from_secs(3600));
    let (name, holder, now) = (format!("job:{}", job.name), app.instance().to_owned(), app.clock().now());
    app.db().write(move |tx| tx.hold_lease(&name, &holder, now, now.plus(lease))).await.unwrap_or(false)
}

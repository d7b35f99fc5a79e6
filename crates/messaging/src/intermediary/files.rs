//! Lots as files: `<folder>/<body>/<service code>/in/NAME.csv` (or `.json`) beside `NAME.csv.sha256`, written under another name and renamed when
//! whole. A file that was taken in goes to `done/`; when its lot has ended, `out/NAME.csv.esiti.csv` has a line for each row. A name that
//! begins with the identifier of a template and `_` is sent with that template.

use std::path::{Path, PathBuf};
use std::time::Duration;

use runtime::Job;
use sha2::{Digest, Sha256};

use super::engine::{What, enqueue};
use super::layout::MOST_ROWS;
use super::lot::State;
use super::people::Actor;
use super::report::{self, Form};
use super::service::Connector;
use super::store::lots::{self, Lot};
use super::store::services::{self, Service};
use super::store::{people, rows, shared};
use crate::context::Context;
use crate::ulid::Ulid;

/// Largest file.
pub const MAX_FILE: usize = 64 * 1024 * 1024;

/// Where the files of a service are, below the folder of lots. The body comes first: a code is only what somebody says that their service
/// has, and must not open the files of another body.
pub fn place(service: &Service) -> String {
    format!("{}/{}", service.tenant_id, service.details.service_code)
}

/// The job.
pub fn job(context: Context) -> Job {
    Job::new("ioservice-files", Duration::from_secs(30), move || {
        let context = context.clone();
        async move {
            let Some(folder) = context.config.inbox.clone() else { return Ok(()) };
            let services =
                context.app.db().read(services::list_of_files).await.map_err(|error: storage::Error| error.to_string())?;
            for service in services {
                let folder = folder.join(place(&service));
                // One folder that cannot be read does not hold up the others.
                if let Err(problem) = visit(&context, &service, &folder).await {
                    tracing::warn!(service = %service.id, problem, "a folder of files could not be worked through");
                }
            }
            Ok(())
        }
    })
}

async fn visit(context: &Context, service: &Service, folder: &Path) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    for name in ["in", "done", "out"] {
        tokio::fs::create_dir_all(folder.join(name)).await.map_err(text)?;
    }
    let mut entries = tokio::fs::read_dir(folder.join("in")).await.map_err(text)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(text)? {
        names.extend(
            entry.file_name().to_str().filter(|name| name.ends_with(".csv") || name.ends_with(".json")).map(str::to_owned),
        );
    }
    names.sort();
    // The files of a supplier that may not act stay where they are.
    let (tenant, provider, today) = (service.tenant_id, service.provider_id, context.now().date());
    let may = context.app.db().read(move |tx| people::may_act(tx, tenant, provider, today)).await;
    if !may.map_err(|error: storage::Error| error.to_string())? {
        names.clear();
    }
    for name in names {
        take(context, service, folder, &name).await?;
    }
    let id = service.id;
    let ended = context
        .app
        .db()
        .read(move |tx| lots::list_ended_files(tx, id))
        .await
        .map_err(|error: storage::Error| error.to_string())?;
    for lot in ended {
        give(context, folder, lot).await?;
    }
    Ok(())
}

/// Takes a file in, once its checksum is there too.
async fn take(context: &Context, service: &Service, folder: &Path, name: &str) -> Result<(), String> {
    let (file, sum) = (folder.join("in").join(name), folder.join("in").join(format!("{name}.sha256")));
    let Ok(expected) = tokio::fs::read_to_string(&sum).await else { return Ok(()) };
    let size = tokio::fs::metadata(&file).await.map_err(|error| error.to_string())?.len();
    let problem = if size > MAX_FILE as u64 {
        Some(format!("il file è più grande di {MAX_FILE} byte: dividerlo in lotti di {MOST_ROWS} righe al massimo"))
    } else {
        let body = tokio::fs::read(&file).await.map_err(|error| error.to_string())?;
        let digest = hex::encode(Sha256::digest(&body));
        if expected.split_whitespace().next().is_none_or(|sum| !sum.eq_ignore_ascii_case(&digest)) {
            Some("il file non corrisponde al suo checksum SHA-256: inviarlo di nuovo".to_owned())
        } else {
            insert(context, service, name, digest, body).await?
        }
    };
    if let Some(problem) = problem {
        write(&folder.join("out").join(format!("{name}.errore.txt")), format!("{problem}\n").into_bytes()).await?;
    }
    // After the lot is stored: a crash in between finds the same digest again, and says so instead of sending twice.
    for path in [&file, &sum] {
        let target = folder.join("done").join(path.file_name().unwrap_or_default());
        tokio::fs::rename(path, target).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Stores the lot; gives why it is none.
async fn insert(
    context: &Context,
    service: &Service,
    name: &str,
    digest: String,
    body: Vec<u8>,
) -> Result<Option<String>, String> {
    let (now, service, context_) = (context.now(), service.clone(), context.clone());
    let template: Option<Ulid> = name.split_once('_').and_then(|(id, _)| id.parse().ok());
    let (id, name) = (Ulid::new(now, context.app.rng()), name.to_owned());
    let stored = context.app.db().write(move |tx| {
        let template = match template {
            Some(id) => {
                services::find_template(tx, service.tenant_id, service.id, id, None)?.map(|found| (found.id, found.version))
            }
            None => None,
        };
        let lot = Lot {
            id,
            tenant_id: service.tenant_id,
            service_id: service.id,
            template,
            connector: Connector::File,
            source: digest,
            state: State::Loading,
            reason: None,
            run: 1,
            staged: false,
            created_by: "file".to_owned(),
            approved_by: None,
            tested_at: None,
            created_at: now,
            released_at: None,
            ended_at: None,
            file: Some(name.clone()),
            name,
            person: None,
            provider_id: service.provider_id,
            digest: None,
            large_above: Some(shared::settings(tx, service.tenant_id)?.four_eyes_above),
        };
        if lots::find_by_source(tx, lot.tenant_id, lot.service_id, &lot.source)?.is_some_and(|first| first.file == lot.file) {
            // Stored just before a crash: only the file was not put away.
            return Ok(());
        }
        let kind = if lot.name.ends_with(".json") { "application/json" } else { "text/csv" };
        lots::insert(tx, &lot, kind, &body)?;
        enqueue(tx, &lot, What::Load, now, now)?;
        Actor::platform(lot.tenant_id).note(&context_, tx, "lot.create", lot.id, (None, Some(lot.name.clone().into())))
    });
    match stored.await {
        Ok(()) => Ok(None),
        Err(storage::Error::Unique(_)) => {
            Ok(Some("lo stesso file è già stato consegnato: non viene inviato due volte".to_owned()))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Writes what became of a lot beside its file.
async fn give(context: &Context, folder: &Path, lot: Lot) -> Result<(), String> {
    let Some(name) = lot.file.clone() else { return Ok(()) };
    let id = lot.id;
    let rows =
        context.app.db().read(move |tx| rows::outcomes(tx, id)).await.map_err(|error: storage::Error| error.to_string())?;
    let body = match &lot.reason {
        Some(reason) if lot.state == State::Refused => format!("{reason}\n").into_bytes(),
        _ => report::write(Form::Csv, &lot, &rows),
    };
    write(&folder.join("out").join(format!("{name}.esiti.csv")), body).await?;
    let stored = context.app.db().write(move |tx| {
        let Some(mut lot) = lots::find_for_change(tx, lot.tenant_id, lot.id)? else { return Ok(()) };
        lot.file = None;
        lots::save(tx, &lot)
    });
    stored.await.map_err(|error: storage::Error| error.to_string())
}

/// Writes a file so that nobody sees half of it.
async fn write(path: &Path, body: Vec<u8>) -> Result<(), String> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    let aside = PathBuf::from(name);
    tokio::fs::write(&aside, body).await.map_err(|error| error.to_string())?;
    tokio::fs::rename(&aside, path).await.map_err(|error| error.to_string())
}

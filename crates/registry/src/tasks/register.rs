//! Registering a document at the registry, from the step where the last attempt stopped.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use contracts::Event as _;
use contracts::documents::{DocumentV1, File};
use kernel::{DocumentId, RomeTime, ServiceId, TenantId};
use runtime::{App, Completed, Task, TaskError};
use serde::{Deserialize, Serialize};
use storage::{DeadLetter, Tx};
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use crate::configuration::{ServiceConfig, TenantConfig};
use crate::document::{Command, Registration, State};
use crate::files::{FetchError, Session, fetch};
use crate::metrics::Cause;
use crate::providers::{Call, Capabilities, Main, ProviderError, Registered};
use crate::proxy::Proxy;
use crate::retry;
use crate::silence;
use crate::steps::{Progress, Step};
use crate::store;

#[derive(Serialize, Deserialize)]
struct Payload {
    document_id: DocumentId,
    /// Of no meaning to the task: should it be given up, the tenant's administrators see it.
    #[serde(default)]
    tenant_id: Option<TenantId>,
    /// How far the registration has come since it was begun: a note that is rewritten after each step, which the document is too large
    /// for. Who ends the task moves it to the registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
}

/// What the task needs.
pub fn payload(document: &DocumentV1) -> String {
    serde_json::to_string(&Payload { document_id: document.id, tenant_id: Some(document.tenant_id), progress: None })
        .expect("an identifier has a JSON form")
}

/// Why a registration stopped.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("passo {0}: {1}")]
    Provider(&'static str, ProviderError),
    #[error(transparent)]
    File(#[from] FetchError),
    #[error("la configurazione dell'ente o del servizio non c'è più")]
    NotConfigured,
    #[error("il protocollo non risponde: lo sta provando un altro documento")]
    Silence,
    #[error("prima va registrato il documento {0} della stessa pratica")]
    NotItsTurn(DocumentId),
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

/// Does the steps that are left. Each is stored before the next begins, so that none is ever repeated; after the last one the document
/// is published as registered, after a failure as failed or partial, to be tried again.
pub async fn run(proxy: Proxy, task: Task) -> Result<Completed, TaskError> {
    let Payload { document_id, progress, .. } = task.payload()?;
    let Some(mut case) = load(&proxy, document_id, progress).await? else {
        return Ok(task.complete(|_| storage::Result::Ok(())).await?);
    };
    let stopped = match do_steps(&proxy, &task, &mut case).await {
        Ok(()) => None,
        // A database that is away is no failure of the registration.
        Err(Stopped::Storage(error)) => return Err(error.into()),
        Err(stopped) => Some(stopped),
    };
    let Case { registration, .. } = case;
    let remote_id = registration.document.remote_id.unwrap_or_default();
    let Some(stopped) = stopped else {
        let committing = proxy.clone();
        let completed = task.complete(move |tx| complete(&committing, tx, registration)).await?;
        proxy.metrics().succeeded();
        tracing::info!(%document_id, %remote_id, "document registered");
        return Ok(completed);
    };
    let reason = stopped.to_string();
    let after = After::of(&stopped, proxy.provider().capabilities());
    tracing::warn!(%document_id, %remote_id, reason, ?after, "document not registered");
    let committing = proxy.clone();
    let completed = task.complete(move |tx| fail(&committing, tx, registration, &reason, after)).await?;
    match stopped {
        // It waits: nothing has failed.
        Stopped::NotItsTurn(_) => {}
        Stopped::Provider(..) | Stopped::Silence => proxy.metrics().failed(Cause::Provider),
        _ => proxy.metrics().failed(Cause::Internal),
    }
    Ok(completed)
}

/// What a failed registration waits for.
#[derive(Clone, Copy, Debug)]
enum After {
    /// The time of its next attempt.
    Time,
    /// An earlier document of the application, or the time of its next attempt.
    Turn,
    /// The time of its next attempt: this was none, because the registry was not asked.
    Answer,
    /// An operator: sending the call again could do it a second time.
    Operator,
}

impl After {
    fn of(stopped: &Stopped, capabilities: &Capabilities) -> Self {
        match stopped {
            Stopped::Provider(step, ProviderError::Unknown(_)) if capabilities.unrepeatable.contains(step) => Self::Operator,
            Stopped::NotItsTurn(_) => Self::Turn,
            Stopped::Silence => Self::Answer,
            _ => Self::Time,
        }
    }
}

/// A registration and what its steps need.
struct Case {
    registration: Registration,
    /// The document of the same application that comes first and is not registered yet.
    earlier: Option<DocumentId>,
    /// As they are now: what was wrong at the last attempt may have been mended, and a document that was taken is finished even when its
    /// service was switched off meanwhile.
    configured: Option<(TenantConfig, ServiceConfig)>,
}

/// The registration, if it is being done, with the progress that was noted since it was begun. Documents of an application are registered
/// in the order in which they came: one that failed is waited for as long as it is being tried; after two of the longest waits it is a
/// matter for people, and the others go on.
async fn load(proxy: &Proxy, id: DocumentId, noted: Option<Progress>) -> storage::Result<Option<Case>> {
    let (provider, folders) = (proxy.names().provider, proxy.provider().capabilities().folders);
    let patience = proxy.config().retry.policy.waits().map(|wait| wait.length).max().unwrap_or_default() * 2;
    let since = proxy.app().clock().now().plus(-patience);
    let read = move |tx: &mut Tx<'_>| {
        let found = store::find_registration(tx, provider, id)?;
        let Some(mut registration) = found.filter(|registration| registration.state == State::Registering) else {
            return Ok(None);
        };
        let Registration { document, progress, .. } = &mut registration;
        if let Some(noted) = noted {
            *progress = noted;
        }
        let earlier = store::find_earlier(tx, provider, document, since)?;
        if earlier.is_none() && folders && progress.folder.is_none() && document.folder.is_some() {
            // Opened for an earlier document of the application, of which the platform may not have told the dispatcher yet.
            progress.folder = store::find_folder(tx, provider, document)?;
        }
        let tenant = store::find_tenant(tx, provider, document.tenant_id)?;
        let service = document.remote_collection.as_ref().map(|collection| ServiceId(collection.id));
        let service = service.map(|service| store::find_service(tx, provider, document.tenant_id, service)).transpose()?;
        Ok(Some(Case { earlier, configured: tenant.zip(service.flatten()), registration }))
    };
    proxy.app().db().read_among_writes(read).await
}

async fn do_steps(proxy: &Proxy, task: &Task, case: &mut Case) -> Result<(), Stopped> {
    let Case { registration: Registration { document, progress, .. }, earlier, configured } = case;
    if let Some(earlier) = earlier {
        return Err(Stopped::NotItsTurn(*earlier));
    }
    progress.turned_away = None;
    let (tenant, service) = configured.take().ok_or(Stopped::NotConfigured)?;
    let addresses = proxy.provider().capabilities().addresses;
    let place = silence::place(&tenant, &service.registry, addresses);
    let leave = proxy.silence().ask(place).ok_or(Stopped::Silence)?;
    // How long somebody really waits, whatever the clock shows.
    let began = Instant::now();
    let work = Work { proxy, tenant, service, document, files: Session::default() };
    let done = each_step(&work, task, progress).await;
    // Whatever was not done for it, a sign-in too: somebody waited for an answer that did not come in time.
    let unheard = matches!(done, Err(Stopped::Provider(..)));
    let silent = unheard && began.elapsed() >= proxy.config().provider_timeout / 2;
    leave.ended(!silent);
    done
}

async fn each_step(work: &Work<'_>, task: &Task, progress: &mut Progress) -> Result<(), Stopped> {
    let (proxy, document) = (work.proxy, work.document);
    while let Some(step) = progress.next(document, proxy.provider().capabilities()) {
        if proxy.provider().capabilities().unrepeatable.contains(&step.name()) {
            let attempting = Some(step.key(document));
            if std::mem::take(&mut progress.attempting) == attempting {
                let unheard = ProviderError::Unknown("il processo è terminato mentre il protocollo rispondeva".to_owned());
                return Err(Stopped::Provider(step.name(), unheard));
            }
            progress.attempting = attempting;
            note(task, document, progress).await?;
        }
        let done = work.perform(step, progress).await;
        progress.attempting = None;
        done?;
        // The last step is stored with the end of the registration.
        if progress.next(document, proxy.provider().capabilities()).is_some() {
            note(task, document, progress).await?;
        }
        tracing::debug!(document_id = %document.id, step = step.name(), "step of a registration done");
    }
    Ok(())
}

/// Stores how far a registration came.
async fn note(task: &Task, document: &DocumentV1, progress: &Progress) -> Result<(), Stopped> {
    let (document_id, tenant_id) = (document.id, Some(document.tenant_id));
    Ok(task.note(&Payload { document_id, tenant_id, progress: Some(progress.clone()) }).await?)
}

/// Longest number or identifier of a registry, in characters.
const LONGEST_NAME: usize = 255;
/// Bytes of a file of which every registration may hold one at a time.
const SMALL_FILE: usize = 1024 * 1024;

/// A file, and its place among the large ones if it is one.
struct Content<'a> {
    bytes: Bytes,
    _place: Option<SemaphorePermit<'a>>,
}

/// What the steps of one document need.
struct Work<'a> {
    proxy: &'a Proxy,
    tenant: TenantConfig,
    service: ServiceConfig,
    document: &'a DocumentV1,
    files: Session,
}

impl Work<'_> {
    /// One call to the registry; what it did is noted in `progress`.
    async fn perform(&self, step: Step, progress: &mut Progress) -> Result<(), Stopped> {
        let provider = self.proxy.provider();
        let key = step.key(self.document);
        let call = Call { key: &key, document: self.document, tenant: &self.tenant, settings: &self.service.registry };
        let document_id = progress.document_id.clone().unwrap_or_default();
        let failed = |error| Stopped::Provider(step.name(), error);
        let main = &self.document.main_document;
        match step {
            Step::Upload(index) => {
                let file = index.checked_sub(1).map_or(main, |attachment| &self.document.attachments[attachment]);
                let content = self.content(file).await?;
                let sent = provider.upload(call, &progress.uploads, file, &content.bytes);
                let id = self.timed(sent).await.map_err(failed)?;
                progress.uploads.push(sound(id).map_err(failed)?);
            }
            Step::Main => {
                let registered = if provider.capabilities().uploads_first {
                    self.timed(provider.register(call, Main::Uploaded(&progress.uploads))).await
                } else {
                    let content = self.content(main).await?;
                    self.timed(provider.register(call, Main::File(main, &content.bytes))).await
                };
                let Registered { document_id, number, registered_at } = registered.map_err(failed)?;
                if number.trim().is_empty() {
                    return Err(failed(ProviderError::Unknown("il protocollo non ha dato un numero".to_owned())));
                }
                progress.number = Some(sound(number).map_err(failed)?);
                progress.registered_at = Some(registered_at);
                progress.document_id = Some(sound(document_id).map_err(failed)?);
            }
            Step::Attachment(index) => {
                let file = &self.document.attachments[index];
                let content = self.content(file).await?;
                let id = self.timed(provider.attach(call, &document_id, file, &content.bytes)).await.map_err(failed)?;
                progress.attachments.push(sound(id).map_err(failed)?);
            }
            Step::Folder => {
                let folder = self.timed(provider.open_folder(call)).await.map_err(failed)?;
                progress.folder = Some(sound(folder).map_err(failed)?);
            }
            Step::Filing => {
                let folder = progress.folder.clone().unwrap_or_default();
                self.timed(provider.file(call, &document_id, &folder)).await.map_err(failed)?;
                progress.filed = true;
            }
        }
        Ok(())
    }

    /// A file of the document. A large one waits for a place, and has it as long as it is held.
    async fn content(&self, file: &File) -> Result<Content<'_>, FetchError> {
        let limit = self.proxy.provider().capabilities().max_file_bytes;
        match self.fetch(file, limit.min(SMALL_FILE)).await {
            Err(FetchError::TooLarge(small)) if small < limit => {
                let place = self.proxy.large_files().acquire().await.ok();
                Ok(Content { bytes: self.fetch(file, limit).await?, _place: place })
            }
            fetched => Ok(Content { bytes: fetched?, _place: None }),
        }
    }

    async fn fetch(&self, file: &File, limit: usize) -> Result<Bytes, FetchError> {
        fetch(self.proxy.app(), self.proxy.config(), &self.files, &self.tenant, file, limit).await
    }

    /// Waits for the registry and measures how long that takes.
    async fn timed<T>(&self, answer: impl Future<Output = T>) -> T {
        let clock = self.proxy.app().clock();
        let began = clock.now();
        let answer = answer.await;
        self.proxy.metrics().provider_answered(Duration::try_from(clock.now().since(began)).unwrap_or_default());
        answer
    }
}

/// What a registry calls something: short enough for events, which go on from attempt to attempt and must be valid.
fn sound(name: String) -> Result<String, ProviderError> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(ProviderError::Unknown("il numero o l'identificativo ricevuto dal protocollo non è valido".to_owned()));
    }
    Ok(name)
}

fn complete(proxy: &Proxy, tx: &mut Tx<'_>, mut registration: Registration) -> Result<(), TaskError> {
    let now = proxy.app().clock().now();
    registration.apply(Command::Complete).map_err(|refused| TaskError::Fail(refused.to_string()))?;
    store::save_registration(tx, proxy.names().provider, &registration, now)?;
    proxy.publish(tx, &registration, now)?;
    call_next(proxy, tx, &registration.document, now)
}

/// The document that waited for this one has its turn now, and not when its next attempt is due: after a long outage each document of an
/// application would otherwise wait for one of its own.
fn call_next(proxy: &Proxy, tx: &mut Tx<'_>, document: &DocumentV1, now: RomeTime) -> Result<(), TaskError> {
    let next = store::find_next_failed(tx, proxy.names().provider, document)?;
    let Some(mut next) = next else { return Ok(()) };
    let Some(event) = next.progress.turned_away.take() else { return Ok(()) };
    next.progress.superseded.push(event);
    next.apply(Command::Take).map_err(|refused| TaskError::Fail(refused.to_string()))?;
    store::save_registration(tx, proxy.names().provider, &next, now)?;
    Ok(proxy.publish(tx, &next, now)?)
}

/// Ends a failed attempt: the document goes to the retry topic, from where the orchestrator puts it back. Parked ones wait for an
/// operator.
fn fail(proxy: &Proxy, tx: &mut Tx<'_>, mut registration: Registration, reason: &str, after: After) -> Result<(), TaskError> {
    let (app, names, now): (&App, _, _) = (proxy.app(), proxy.names(), proxy.app().clock().now());
    let command = registration.failure();
    registration.apply(command).map_err(|refused| TaskError::Fail(refused.to_string()))?;
    let mut event = proxy.event(&registration, now);
    if let Some(meta) = &mut event.retry_meta {
        retry::note_error(&mut meta.notes.0, reason);
        if matches!(after, After::Turn | After::Answer) {
            // The registry was not asked: waiting is no attempt.
            retry::uncount(&mut meta.notes.0);
        }
    }
    registration.progress.turned_away = matches!(after, After::Turn).then(|| event.event_id());
    store::save_registration(tx, names.provider, &registration, now)?;
    let text = serde_json::to_string(&event).map_err(|error| TaskError::Fail(error.to_string()))?;
    if matches!(after, After::Operator) {
        let topic = proxy.config().consumer_topic;
        let (id, key) = (app.rng().uuid_at(now), event.key());
        return Ok(tx.bury(&DeadLetter { id, source: proxy.consumer(), topic, key: &key, payload: &text, reason }, now)?);
    }
    Ok(tx.append(&proxy.config().retry_topic, &event.key(), event.event_id(), &text, now)?)
}

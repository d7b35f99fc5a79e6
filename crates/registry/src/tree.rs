//! The storage tree of a proxy (developers' documentation, "Alberatura configurazioni sullo storage"): a JSON object for each tenant and
//! each service, in a directory, on S3 or on Azure.
//!
//! The database is the home of the configurations. A tree is kept beside it where other programs read or write one: what changes here is
//! written to it by a task, what another program changed there is taken over. So the tree that a present proxy left is adopted as it is,
//! and several instances with databases of their own share one.
//!
//! The file of a service is named after the service alone. Should services of several tenants have one identifier, it is of the tenant
//! that was known first; the others have their configuration in the database only.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use contracts::Event as _;
use contracts::documents::DocumentV1;
use jiff::SignedDuration;
use kernel::{FieldError, RomeTime, ServiceId, TenantId, Uuid};
use runtime::{Completed, Job, Retry, Task, TaskError, Worker};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use storage::{DeadLetter, FileError, FileKeys, Files, FilesUrl, NewTask, Tx};

use crate::configuration::{ServiceConfig, TenantConfig, setting_names};
use crate::consume;
use crate::proxy::Proxy;
use crate::store;

/// Objects read or written at the same time.
const CONCURRENCY: usize = 4;
/// A store that is away is tried for a day and a half.
const RETRY: Retry = Retry { longest: SignedDuration::from_mins(10), ..Retry::PATIENT };

/// Where the trees of all proxies are; `{provider}` in the path stands for the provider's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The store.
    pub url: FilesUrl,
    /// Its keys.
    pub keys: FileKeys,
    /// What the keys of objects begin with (`STORAGE_BASE_PATH`).
    pub base: String,
    /// How often what other programs changed is looked for (`CACHE_EXPIRATION`).
    pub every: Duration,
}

/// The tree of one proxy; cheap to clone.
#[derive(Clone, Debug)]
pub struct Tree(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    files: OnceLock<Result<Files, FileError>>,
}

/// An object of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
pub enum Object {
    /// `tenants/<tenant>.json`
    Tenant {
        /// The tenant.
        id: TenantId,
    },
    /// `services/<service>.json`
    Service {
        /// The service.
        id: ServiceId,
        /// Whose it is.
        tenant_id: TenantId,
    },
}

/// Work with the tree that waits for its store.
#[derive(Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
enum Errand {
    /// Write what the database has.
    Write(Object),
    /// Look whether somebody else has configured the service of this document.
    Meet { document: Box<DocumentV1> },
}

impl Place {
    /// The tree of `provider`.
    pub fn of(&self, provider: &str) -> Tree {
        let base = self.base.replace("{provider}", provider);
        let base = base.trim_matches('/');
        let base = if base.is_empty() { String::new() } else { format!("{base}/") };
        Tree(Arc::new(Inner { place: Self { base, ..self.clone() }, files: OnceLock::new() }))
    }
}

impl Tree {
    /// The store, opened when it is first needed.
    fn files(&self) -> Result<&Files, FileError> {
        let Inner { place, files, .. } = &*self.0;
        files.get_or_init(|| Files::open_with(&place.url, &place.keys)).as_ref().map_err(Clone::clone)
    }

    fn tenant_key(&self, id: TenantId) -> String {
        format!("{}tenants/{id}.json", self.0.place.base)
    }

    fn service_key(&self, id: ServiceId) -> String {
        format!("{}services/{id}.json", self.0.place.base)
    }

    fn key(&self, object: Object) -> String {
        match object {
            Object::Tenant { id } => self.tenant_key(id),
            Object::Service { id, .. } => self.service_key(id),
        }
    }

    async fn find(&self, key: &str) -> Result<Option<Bytes>, FileError> {
        match self.files()?.get(key).await {
            Err(FileError::NotFound(_)) => Ok(None),
            content => content.map(Some),
        }
    }
}

/// Has `object` written to the tree after `tx` commits, if there is a tree.
pub fn note(proxy: &Proxy, tx: &mut Tx<'_>, object: Object, now: RomeTime) -> storage::Result<()> {
    let Some(tree) = proxy.tree() else { return Ok(()) };
    enqueue(proxy, tx, &tree.key(object), &Errand::Write(object), now)
}

/// Has the tree asked for the configuration of a document's service, which the database does not have; false when there is no tree.
pub fn meet(proxy: &Proxy, tx: &mut Tx<'_>, document: DocumentV1, now: RomeTime) -> storage::Result<bool> {
    if proxy.tree().is_none() {
        return Ok(false);
    }
    let lane = document.remote_id.unwrap_or(document.id.0).to_string();
    enqueue(proxy, tx, &lane, &Errand::Meet { document: Box::new(document) }, now)?;
    Ok(true)
}

fn enqueue(proxy: &Proxy, tx: &mut Tx<'_>, lane: &str, errand: &Errand, now: RomeTime) -> storage::Result<()> {
    let payload = serde_json::to_string(errand).map_err(|error| storage::Error::Defect(error.to_string()))?;
    tx.enqueue(&NewTask { queue: proxy.names().tree_queue, lane, payload: &payload, run_at: now }, now)
}

/// The worker that reads and writes the tree of `proxy`.
pub fn worker(proxy: &Proxy) -> Option<Worker> {
    let tree = proxy.tree()?.clone();
    let proxy = proxy.clone();
    Some(Worker::new(proxy.names().tree_queue, CONCURRENCY, RETRY, move |task| {
        let (proxy, tree) = (proxy.clone(), tree.clone());
        async move {
            match task.payload()? {
                Errand::Write(object) => write(&proxy, &tree, &task, object).await,
                Errand::Meet { document } => look_up(&proxy, &tree, &task, *document).await,
            }
        }
    }))
}

/// Writes an object as it is now: the tasks of one object are done in order, so the last state is what stays.
async fn write(proxy: &Proxy, tree: &Tree, task: &Task, object: Object) -> Result<Completed, TaskError> {
    let reading = proxy.clone();
    let content = proxy.app().db().read(move |tx| content(&reading, tx, object)).await?;
    let Some(content) = content.map(|value| value.to_string()) else {
        return Ok(task.complete(|_| storage::Result::Ok(())).await?);
    };
    let (key, digest, provider) = (tree.key(object), digest(content.as_bytes()), proxy.names().provider);
    tree.files()?.put(&key, Bytes::from(content)).await?;
    Ok(task.complete(move |tx| store::note_object(tx, provider, &key, &digest)).await?)
}

/// What an object is to hold.
fn content(proxy: &Proxy, tx: &mut Tx<'_>, object: Object) -> storage::Result<Option<Value>> {
    let provider = proxy.names().provider;
    Ok(match object {
        Object::Tenant { id } => store::find_tenant(tx, provider, id)?.map(|config| json!(config)),
        Object::Service { id, tenant_id } if is_another_tenants(tx, provider, id, tenant_id)? => {
            let key = proxy.tree().map(|tree| tree.key(object));
            tracing::warn!(proxy = proxy.names().role, key, service_id = %id, %tenant_id,
                "file of the storage tree not written: it is of another tenant, whose service has the same identifier; \
                 this tenant's configuration is in force here, and other programs do not see it");
            None
        }
        Object::Service { id, tenant_id } => {
            store::find_service(tx, provider, tenant_id, id)?.map(|config| config.object(proxy.provider()))
        }
    })
}

/// Whether the file of a service is that of another tenant than this.
fn is_another_tenants(tx: &mut Tx<'_>, provider: &str, service: ServiceId, tenant: TenantId) -> storage::Result<bool> {
    Ok(store::find_first_tenant(tx, provider, service)?.is_some_and(|first| first != tenant))
}

/// Takes over the configuration of the document's tenant and service, if the tree has both, and then the document.
async fn look_up(proxy: &Proxy, tree: &Tree, task: &Task, document: DocumentV1) -> Result<Completed, TaskError> {
    let Some(service) = consume::documents::service_of(&document) else {
        return Ok(task.complete(|_| storage::Result::Ok(())).await?);
    };
    let service_key = tree.service_key(service);
    if let Some(content) = tree.find(&service_key).await? {
        let tenant_key = tree.tenant_key(document.tenant_id);
        if let Some(tenant) = tree.find(&tenant_key).await? {
            take_over(proxy, &tenant_key, &tenant).await?;
        }
        take_over(proxy, &service_key, &content).await?;
    }
    let taking = proxy.clone();
    let taken = task.complete(move |tx| match consume::documents::take(&taking, tx, document.clone()) {
        Ok(_) => Ok(()),
        Err(runtime::Failure::Poison(reason)) => bury(&taking, tx, &document, &reason),
        Err(runtime::Failure::Temporary(reason)) => Err(TaskError::Retry(reason)),
    });
    taken.await
}

/// Hands a document that cannot be taken over to people, as a dead letter of the consumer that read it.
fn bury(proxy: &Proxy, tx: &mut Tx<'_>, document: &DocumentV1, reason: &str) -> Result<(), TaskError> {
    let (app, config) = (proxy.app(), proxy.config());
    let payload = serde_json::to_string(document).map_err(|error| TaskError::Fail(error.to_string()))?;
    let (now, key, topic) = (app.clock().now(), document.key(), config.consumer_topic);
    let (id, source) = (app.rng().uuid_at(now), proxy.consumer());
    tx.bury(&DeadLetter { id, source, topic, key: &key, payload: &payload, reason }, now)?;
    metrics::counter!("sportello_dead_letters_total", "source" => source).increment(1);
    tracing::error!(topic, event_id = %document.event_id, consumer = source, reason, "event dead-lettered");
    Ok(())
}

/// The job that takes over the configurations that other programs changed. It runs when the role starts.
pub fn job(proxy: &Proxy) -> Option<Job> {
    let tree = proxy.tree()?.clone();
    let proxy = proxy.clone();
    Some(Job::new(proxy.names().tree_queue, tree.0.place.every, move || {
        let (proxy, tree) = (proxy.clone(), tree.clone());
        async move { read(&proxy, &tree).await.map_err(|error| error.to_string()) }
    }))
}

async fn read(proxy: &Proxy, tree: &Tree) -> Result<(), TaskError> {
    for folder in ["tenants", "services"] {
        for key in tree.files()?.list(&format!("{}{folder}", tree.0.place.base)).await? {
            if let Some(content) = tree.find(&key).await? {
                take_over(proxy, &key, &content).await?;
            }
        }
    }
    Ok(())
}

/// Why an object is left alone: what is wrong with it, and what to do. Never with what is in it, which may be a password.
#[derive(Debug, thiserror::Error)]
enum LeftAlone {
    #[error("its name is not <UUID>.json: rename it, or move it elsewhere")]
    Name,
    #[error("it is not a JSON object ({0}): correct it")]
    NoObject(String),
    #[error("fields are missing or wrong ({0}): correct them")]
    Fields(String),
    #[error("its tenant_id is {0}, and this service is another tenant's: give each tenant's service an identifier of its own")]
    AnotherTenants(TenantId),
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

impl From<Vec<FieldError>> for LeftAlone {
    fn from(errors: Vec<FieldError>) -> Self {
        let fields: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
        Self::Fields(fields.join(", "))
    }
}

/// Takes over what an object holds, unless it is what was read or written last.
async fn take_over(proxy: &Proxy, key: &str, content: &Bytes) -> Result<(), TaskError> {
    let (digest, role) = (digest(content), proxy.names().role);
    let (adopting, noted, content) = (proxy.clone(), key.to_owned(), content.clone());
    let adopted = proxy.app().db().write(move |tx| {
        let provider = adopting.names().provider;
        if store::object_digest(tx, provider, &noted)?.as_ref() == Some(&digest) {
            return Ok(None);
        }
        let adopted = adopt(&adopting, tx, &noted, &content);
        if let Err(LeftAlone::Storage(error)) = adopted {
            return Err(error);
        }
        // Also one that was left alone: it is said once, not every time.
        store::note_object(tx, provider, &noted, &digest)?;
        Ok(Some(adopted))
    });
    match adopted.await? {
        None => {}
        Some(Ok(ignored)) => {
            tracing::info!(proxy = role, key, "configuration taken over from the storage tree");
            if !ignored.is_empty() {
                let ignored = ignored.join(", ");
                tracing::warn!(
                    proxy = role,
                    key,
                    ignored,
                    "settings in the storage tree that the registry does not have: without effect"
                );
            }
        }
        Some(Err(problem)) => tracing::warn!(proxy = role, key, %problem,
            "file of the storage tree not taken over; the configuration stays as it was, and the file is read again when it changes"),
    }
    Ok(())
}

/// Stores a configuration that was found in the tree; gives the settings in it that the registry does not have. Other programs may have
/// such: they are no reason to register nothing.
fn adopt(proxy: &Proxy, tx: &mut Tx<'_>, key: &str, content: &[u8]) -> Result<Vec<String>, LeftAlone> {
    let (folder, mut fields) = object(key, content)?;
    let (provider, now) = (proxy.names().provider, proxy.app().clock().now());
    if folder == "tenants" {
        let config = TenantConfig::read(&fields)?;
        store::put_tenant(tx, provider, &config, now)?;
        return Ok(Vec::new());
    }
    let ignored = take_unknown(&mut fields, &setting_names(proxy.provider()));
    let config = ServiceConfig::read(&fields, proxy.provider(), None)?;
    if is_another_tenants(tx, provider, config.id, config.tenant_id)? {
        return Err(LeftAlone::AnotherTenants(config.tenant_id));
    }
    store::put_service(tx, provider, &config, now)?;
    Ok(ignored)
}

/// The folder of an object, and its fields. The key says whose it is, whatever the object says.
fn object<'a>(key: &'a str, content: &[u8]) -> Result<(&'a str, Map<String, Value>), LeftAlone> {
    let (folder, name) = key.rsplit_once('/').unwrap_or_default();
    let id = name.strip_suffix(".json").and_then(|id| id.parse::<Uuid>().ok()).ok_or(LeftAlone::Name)?;
    let text = std::str::from_utf8(content).map_err(|_| LeftAlone::NoObject("not in UTF-8".to_owned()))?;
    let read = kernel::read_json::<Map<String, Value>>(text);
    let mut fields = read.map_err(|error| LeftAlone::NoObject(error.to_string()))?;
    fields.insert("id".into(), json!(id));
    Ok((folder.rsplit('/').next().unwrap_or_default(), fields))
}

/// Takes from the settings those that are not among the `known`; gives their names.
fn take_unknown(fields: &mut Map<String, Value>, known: &[String]) -> Vec<String> {
    let Some(Value::Object(settings)) = fields.get_mut("registry") else { return Vec::new() };
    let unknown: Vec<_> = settings.keys().filter(|name| !known.contains(name)).cloned().collect();
    settings.retain(|name, _| known.contains(name));
    unknown
}

fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "60e35f02-1509-408c-b101-3b1a28109329";

    #[test]
    fn what_is_wrong_with_a_file_is_told_without_what_is_in_it() {
        let told = |key: &str, content: &[u8]| {
            object(key, content).map(|(folder, _)| folder.to_owned()).map_err(|wrong| wrong.to_string())
        };
        let key = format!("data/services/{ID}.json");
        assert_eq!(told(&key, b"{}"), Ok("services".to_owned()));
        assert_eq!(told(&format!("tenants/{ID}.json"), b"{}"), Ok("tenants".to_owned()));
        let name = "its name is not <UUID>.json: rename it, or move it elsewhere";
        for other in ["data/services/README.md", "data/services/bugliano.json", &format!("data/services/{ID}.json.bak")] {
            assert_eq!(told(other, b"{}"), Err(name.to_owned()), "{other}");
        }
        for content in [&b"\"hunter2\""[..], b"{\"password\": \"hunter2", b"\xffhunter2", b""] {
            let told = told(&key, content).unwrap_err();
            assert!(told.starts_with("it is not a JSON object (") && told.ends_with("): correct it"), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        let errors = vec![FieldError::new("/aoo_code", "required", ""), FieldError::new("/slug", "pattern", "")];
        let told = LeftAlone::from(errors).to_string();
        assert_eq!(told, "fields are missing or wrong (/aoo_code required, /slug pattern): correct them");
    }

    #[test]
    fn settings_that_the_registry_does_not_have_are_taken_out_and_named() {
        let fields = json!({ "registry": { "register": "R", "colore": "blu" }, "description": "x" });
        let mut fields = fields.as_object().unwrap().clone();
        assert_eq!(take_unknown(&mut fields, &["register".to_owned()]), ["colore"]);
        assert_eq!(Value::Object(fields), json!({ "registry": { "register": "R" }, "description": "x" }));
    }

    #[test]
    fn the_keys_are_those_of_the_documentation() {
        let place = |base: &str| Place {
            url: FilesUrl::Dir("/tmp".into()),
            keys: FileKeys::default(),
            base: base.to_owned(),
            every: Duration::from_secs(300),
        };
        let (id, tenant_id) = (ServiceId(ID.parse().unwrap()), TenantId(ID.parse().unwrap()));
        assert_eq!(place("/").of("x").key(Object::Tenant { id: tenant_id }), format!("tenants/{ID}.json"));
        assert_eq!(place("/data/").of("x").key(Object::Service { id, tenant_id }), format!("data/services/{ID}.json"));
        assert_eq!(place("{provider}").of("docarea").key(Object::Tenant { id: tenant_id }), format!("docarea/tenants/{ID}.json"));
    }
}

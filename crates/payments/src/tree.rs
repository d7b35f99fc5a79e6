//! The storage tree of a proxy (developers' documentation, "Alberatura configurazioni sullo storage"): a JSON object for each
//! configuration and each payment, in a directory, on S3 or on Azure.
//!
//! The database is the home of this state, because intent, state and event are one transaction there. A tree is kept beside it where
//! other programs read or write one: what changes here is written to it by a task, what another program changed there is taken over. So a
//! tree that the present proxies left is adopted as it is, and they find their way when they come back.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use contracts::Decoded;
use contracts::payments::decode_accepted;
use jiff::SignedDuration;
use kernel::{PaymentId, RomeTime, TenantId, Uuid};
use runtime::{Completed, Job, Retry, Task, TaskError, Worker};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use storage::{FileError, FileKeys, Files, FilesUrl, NewTask, Tx};

use crate::configuration::{Document, Edition};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store::home::Followed;
use crate::store::{Purpose, configurations, home, tree};

/// How often configurations that other programs changed are looked for.
const EVERY: Duration = Duration::from_secs(60);
/// Objects written at the same time.
const CONCURRENCY: usize = 8;
/// A store that is away is tried for a day and a half.
const RETRY: Retry = Retry { longest: SignedDuration::from_mins(10), ..Retry::PATIENT };

/// Where the trees of all proxies are; `{provider}` in a path stands for the provider's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The store.
    pub url: FilesUrl,
    /// Its keys.
    pub keys: FileKeys,
    /// What the keys of configurations begin with (`BASE_PATH_CONFIG`).
    pub configs: String,
    /// What the keys of payments begin with (`BASE_PATH_EVENT`).
    pub payments: String,
}

/// The tree of one proxy.
#[derive(Clone, Debug)]
pub struct Tree {
    place: Place,
    files: Arc<OnceLock<Result<Files, FileError>>>,
}

/// An object of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
pub enum Object {
    /// `<tenant>/tenant.json`
    Tenant {
        /// The tenant.
        tenant: TenantId,
    },
    /// `<tenant>/<configuration>.json`
    Config {
        /// The tenant.
        tenant: TenantId,
        /// The configuration; of version 1 the service.
        config: Uuid,
    },
    /// `<payment>.json`
    Payment {
        /// The payment.
        payment: PaymentId,
    },
}

impl Place {
    /// The tree of `provider`.
    pub fn of(&self, provider: &str) -> Tree {
        let folder = |path: &str| {
            let path = path.replace("{provider}", provider);
            let path = path.trim_matches('/');
            if path.is_empty() { String::new() } else { format!("{path}/") }
        };
        let place = Self { configs: folder(&self.configs), payments: folder(&self.payments), ..self.clone() };
        Tree { place, files: Arc::default() }
    }
}

impl Tree {
    /// The store, opened when it is first needed.
    fn files(&self) -> Result<&Files, FileError> {
        self.files.get_or_init(|| Files::open_with(&self.place.url, &self.place.keys)).as_ref().map_err(Clone::clone)
    }

    /// The key of an object.
    fn key(&self, object: Object) -> String {
        let Place { configs, payments, .. } = &self.place;
        match object {
            Object::Tenant { tenant } => format!("{configs}{tenant}/tenant.json"),
            Object::Config { tenant, config } => format!("{configs}{tenant}/{config}.json"),
            Object::Payment { payment } => format!("{payments}{payment}.json"),
        }
    }

    /// The configuration that a key stands for; `None` for whatever else lies in the tree.
    fn configuration(&self, key: &str) -> Option<Object> {
        let (tenant, name) = key.strip_prefix(&self.place.configs)?.split_once('/')?;
        let tenant = TenantId(tenant.parse().ok()?);
        match name.strip_suffix(".json")? {
            "tenant" => Some(Object::Tenant { tenant }),
            config => Some(Object::Config { tenant, config: config.parse().ok()? }),
        }
    }
}

/// Has `object` written to the tree after `tx` commits, if there is a tree.
pub fn note(proxy: &Proxy, tx: &mut Tx<'_>, object: Object, now: RomeTime) -> storage::Result<()> {
    let Some(tree) = proxy.tree() else { return Ok(()) };
    let payload = serde_json::to_string(&object).expect("an object's name is plain data");
    tx.enqueue(&NewTask { queue: proxy.about().tree, lane: &tree.key(object), payload: &payload, run_at: now }, now)
}

/// The same for a payment.
pub fn note_payment(proxy: &Proxy, tx: &mut Tx<'_>, payment: PaymentId, now: RomeTime) -> storage::Result<()> {
    note(proxy, tx, Object::Payment { payment }, now)
}

/// The worker that writes to the tree of `proxy`.
pub fn worker(proxy: &Proxy) -> Option<Worker> {
    let tree = proxy.tree()?.clone();
    let proxy = proxy.clone();
    Some(Worker::new(proxy.about().tree, CONCURRENCY, RETRY, move |task| {
        let (proxy, tree) = (proxy.clone(), tree.clone());
        async move { write(&proxy, &tree, &task).await }
    }))
}

/// Writes an object as it is now: the tasks of one object are done in order, so the last state is what stays.
async fn write(proxy: &Proxy, tree: &Tree, task: &Task) -> Result<Completed, TaskError> {
    let object: Object = task.payload()?;
    let reading = proxy.clone();
    let content = proxy.app().db().read(move |tx| content(&reading, tx, object)).await?;
    let Some(content) = content else { return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?) };
    let (key, digest) = (tree.key(object), digest(content.as_bytes()));
    tree.files()?.put(&key, Bytes::from(content)).await?;
    let name = proxy.name();
    let is_payment = matches!(object, Object::Payment { .. });
    // Payments are looked up by their key, never searched for changes: nothing is remembered of them.
    Ok(task.complete(move |tx| if is_payment { Ok(()) } else { tree::note(tx, name, &key, &digest) }).await?)
}

/// What an object is to hold.
fn content(proxy: &Proxy, tx: &mut Tx<'_>, object: Object) -> storage::Result<Option<String>> {
    let name = proxy.name();
    let text = |value: serde_json::Result<String>| value.map_err(|error| storage::Error::Defect(error.to_string()));
    match object {
        Object::Tenant { tenant } => {
            configurations::find_tenant(tx, name, tenant, Purpose::Look)?.map(|document| text(serde_json::to_string(&document)))
        }
        Object::Config { tenant, config } => configurations::find_payment(tx, name, tenant, config, Purpose::Look)?
            .map(|document| text(serde_json::to_string(&document))),
        Object::Payment { payment } => {
            home::find(tx, name, payment, Purpose::Look)?.map(|followed| text(serde_json::to_string(&followed.payment)))
        }
    }
    .transpose()
}

/// The job that takes over the configurations that other programs changed. It runs when the role starts.
pub fn job(proxy: &Proxy) -> Option<Job> {
    let tree = proxy.tree()?.clone();
    let proxy = proxy.clone();
    Some(Job::new(proxy.about().tree, EVERY, move || {
        let (proxy, tree) = (proxy.clone(), tree.clone());
        async move { adopt_configurations(&proxy, &tree).await.map_err(|error| error.to_string()) }
    }))
}

async fn adopt_configurations(proxy: &Proxy, tree: &Tree) -> Result<(), Error> {
    let name = proxy.name();
    let known = proxy.app().db().read(move |tx| tree::digests(tx, name)).await?;
    for key in tree.files()?.list(&tree.place.configs).await? {
        let Some(object) = tree.configuration(&key) else { continue };
        let content = tree.files()?.get(&key).await?;
        let digest = digest(&content);
        if known.get(&key) == Some(&digest) {
            continue;
        }
        let adopting = proxy.clone();
        let adopted = proxy.app().db().write(move |tx| adopt(&adopting, tx, object, &content)).await;
        match adopted {
            Ok(()) => tracing::info!(proxy = proxy.role(), key, "configuration taken over from the storage tree"),
            Err(Error::Storage(error)) => return Err(error.into()),
            Err(error) => tracing::warn!(proxy = proxy.role(), key, %error, "configuration of the storage tree left alone"),
        }
        // Also one that was left alone: it is said once, not every minute.
        proxy.app().db().write(move |tx| tree::note(tx, name, &key, &digest)).await?;
    }
    Ok(())
}

/// Stores a configuration that was found in the tree. The key says whose it is, whatever the object says.
fn adopt(proxy: &Proxy, tx: &mut Tx<'_>, object: Object, content: &[u8]) -> Result<(), Error> {
    let wrong = |what: &str| Error::Defect(what.to_owned());
    let mut document: Document = serde_json::from_slice(content).map_err(|_| wrong("not a JSON object"))?;
    let now = proxy.app().clock().now();
    match object {
        Object::Tenant { tenant } => {
            document.insert("id".to_owned(), tenant.to_string().into());
            let read = proxy.read_tenant(&document, Edition::V1).map_err(Error::Invalid)?;
            Ok(configurations::put_tenant(tx, proxy.name(), &read, &document, now)?)
        }
        Object::Config { tenant, config } => {
            document.insert("id".to_owned(), config.to_string().into());
            document.insert("tenant_id".to_owned(), tenant.to_string().into());
            let read = proxy.read_payment(&document, Edition::V1).map_err(Error::Invalid)?;
            match configurations::put_payment(tx, proxy.name(), &read, &document, now)? {
                true => Ok(()),
                false => Err(wrong("its identifier is another tenant's")),
            }
        }
        Object::Payment { .. } => Err(wrong("not a configuration")),
    }
}

/// Takes over a payment that another program left in the tree; false when there is none that is this proxy's business.
pub async fn adopt_payment(proxy: &Proxy, id: PaymentId) -> Result<bool, Error> {
    let Some(tree) = proxy.tree() else { return Ok(false) };
    let content = match tree.files()?.get(&tree.key(Object::Payment { payment: id })).await {
        Err(FileError::NotFound(_)) => return Ok(false),
        content => content?,
    };
    let payload = std::str::from_utf8(&content).ok();
    let decoded = payload.and_then(|payload| decode_accepted(payload, proxy.about().events).ok());
    let Some(Decoded::Event(payment)) = decoded.filter(|decoded| matches!(decoded, Decoded::Event(event) if event.id == id))
    else {
        tracing::warn!(payment_id = %id, proxy = proxy.role(), "payment of the storage tree not understood");
        return Ok(false);
    };
    let adopting = proxy.clone();
    let adopted = proxy.app().db().write(move |tx| {
        let Some(tenant) = configurations::tenant(tx, adopting.name(), payment.tenant_id)? else { return Ok(false) };
        let followed = Followed::of(*payment, &tenant, adopting.urls());
        home::follow(tx, adopting.name(), &followed, None)
    });
    let adopted = adopted.await?;
    tracing::info!(payment_id = %id, proxy = proxy.role(), adopted, "payment of the storage tree met");
    Ok(adopted)
}

fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "60e35f02-1509-408c-b101-3b1a28109329";

    #[test]
    fn keys_are_those_of_the_documentation_and_nothing_else_is_a_configuration() {
        let place = Place {
            url: FilesUrl::Dir("/tmp".into()),
            keys: FileKeys::default(),
            configs: "/sdc-payments/{provider}/tenants/".into(),
            payments: "sdc-payments/{provider}/payments".into(),
        };
        let tree = place.of("iris");
        let tenant = TenantId(TENANT.parse().unwrap());
        let config = Uuid::from_u128(1);
        let objects = [
            (Object::Tenant { tenant }, format!("sdc-payments/iris/tenants/{TENANT}/tenant.json")),
            (Object::Config { tenant, config }, format!("sdc-payments/iris/tenants/{TENANT}/{config}.json")),
        ];
        for (object, key) in objects {
            assert_eq!((tree.key(object), tree.configuration(&key)), (key.clone(), Some(object)));
        }
        let payment = PaymentId(config);
        assert_eq!(tree.key(Object::Payment { payment }), format!("sdc-payments/iris/payments/{config}.json"));
        for other in ["sdc-payments/iris/tenants/x/tenant.json", "tenant.json", "sdc-payments/iris/tenants/tenant.json"] {
            assert_eq!(tree.configuration(other), None, "{other}");
        }
        for other in [format!("{TENANT}/readme.txt"), format!("{TENANT}/old/tenant.json"), format!("{TENANT}/backup.json")] {
            assert_eq!(tree.configuration(&format!("sdc-payments/iris/tenants/{other}")), None, "{other}");
        }
    }
}

//! What every operation of the connector works with.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use kernel::{TenantId, Uuid};
use moka::sync::Cache;
use runtime::{App, Seal};
use serde::{Deserialize, Serialize};
use storage::{Purpose, Tx};

use crate::config::Config;
use crate::errors::Error;
use crate::keys::Pair;
use crate::service::{EService, Environment, Service};
use crate::store::configs::StoredConfig;
use crate::store::keys::StoredKey;
use crate::store::{clients, configs, eservices, keys, tenants};
use crate::vouchers::Desk;

/// Key pairs that a process holds open, and for how long: one that was deleted elsewhere is not signed with much longer.
const OPEN: (u64, Duration) = (1_000, Duration::from_secs(60));

/// The connector; cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<Inner>);

struct Inner {
    app: App,
    config: Config,
    keys: Seal,
    pairs: Cache<Uuid, Arc<Pair>>,
    vouchers: Desk,
}

/// What the provider alone wants to know of whoever calls (INPS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Name of the body's user at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Code of the body's office at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office_code: Option<String>,
    /// Certificate, its chain and its private key, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// A configuration with everything that a call by it needs.
#[derive(Clone)]
pub struct Line {
    /// The configuration.
    pub config: StoredConfig,
    /// Code of the body in the index of public administrations.
    pub ipa_code: String,
    /// The environment of client and e-service.
    pub env: Environment,
    /// What is called.
    pub eservice: EService,
    /// The pair of the client.
    pub pair: Arc<Pair>,
    /// What the provider alone wants to know.
    pub credentials: Credentials,
}

impl Connector {
    /// The connector over `app`.
    pub fn new(app: App, config: Config) -> Self {
        let keys = Seal::new(app.secret(), "pdnd key pairs");
        let pairs = Cache::builder().max_capacity(OPEN.0).time_to_live(OPEN.1).build();
        Self(Arc::new(Inner { app, config, keys, pairs, vouchers: Desk::new() }))
    }

    /// The handle of the process.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Where vouchers are held.
    pub fn vouchers(&self) -> &Desk {
        &self.0.vouchers
    }

    /// Where vouchers of an environment are asked for.
    pub fn token_url(&self, env: Environment) -> String {
        let Config { token_url, test_token_url, own_token_url, .. } = self.config();
        match env {
            Environment::Produzione => token_url.clone(),
            Environment::Collaudo => test_token_url.clone(),
            Environment::Locale => own_token_url.replace("{url}", self.app().public_url()),
        }
    }

    /// A new key pair of a body, ready to be stored.
    pub async fn new_key(&self, tenant: TenantId) -> Result<StoredKey, Error> {
        let pair = Pair::draw().await?;
        let id = self.app().rng().uuid_at(self.app().clock().now());
        let private_key = self.0.keys.close(self.app().rng(), &id.to_string(), &pair.private()?);
        let public_key = pair.public_pem()?;
        Ok(StoredKey { id, tenant_id: tenant, kid: pair.kid, public_key, private_key, client_id: None })
    }

    fn open_key(&self, key: &StoredKey) -> Result<Arc<Pair>, Error> {
        if let Some(pair) = self.0.pairs.get(&key.id) {
            return Ok(pair);
        }
        let pair = self.0.keys.open(&key.id.to_string(), &key.private_key).and_then(|private| Pair::read(&private));
        let help = "the secret (SPORTELLO_SECRET, or the file secret of the data folder) is not the one it was sealed with";
        let pair = Arc::new(pair.ok_or_else(|| Error::Defect(format!("key pair {} cannot be opened: {help}", key.id)))?);
        self.0.pairs.insert(key.id, Arc::clone(&pair));
        Ok(pair)
    }

    /// The seal of what a configuration keeps. Each has its own: what is sealed for one opens for no other.
    pub fn seal(&self, config: Uuid) -> Seal {
        Seal::new(self.app().secret(), &format!("pdnd configuration {config}"))
    }

    /// A person as rows and logs know her: a keyed digest of the fiscal code.
    pub fn subject(&self, fiscal_code: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.app().secret());
        hex::encode(&hmac::sign(&key, format!("pdnd subject {fiscal_code}").as_bytes()).as_ref()[..16])
    }

    /// What a call by `config` needs. The client and its e-service must be of one environment.
    pub fn line(&self, tx: &mut Tx<'_>, config: StoredConfig) -> Result<Line, Error> {
        let tenant = config.tenant_id;
        let body = tenants::find(tx, tenant, Purpose::Look)?.ok_or(Error::NotConfigured)?;
        let client = clients::find(tx, tenant, config.client_id, Purpose::Look)?.ok_or(Error::NotConfigured)?;
        let eservice = eservices::find(tx, config.eservice_id)?.ok_or(Error::NotConfigured)?;
        let key = keys::find(tx, tenant, client.key_pair_id)?.ok_or(Error::NotConfigured)?;
        let credentials = match &config.provider {
            Some(sealed) => self.credentials(config.id, sealed)?,
            None => Credentials::default(),
        };
        let pair = self.open_key(&key)?;
        Ok(Line { config, ipa_code: body.ipa_code, env: client.env, eservice, pair, credentials })
    }

    /// The line by which citizens of a body are served: that of the configuration that they name, or its only active one.
    pub fn line_for(&self, tx: &mut Tx<'_>, tenant: TenantId, service: Service, config: Option<Uuid>) -> Result<Line, Error> {
        let found = match config {
            Some(id) => {
                let found = configs::find(tx, tenant, id, Purpose::Look)?.ok_or(Error::NotConfigured)?;
                Some(found).filter(|config| config.is_active && config.slug == service.slug())
            }
            None => configs::find_active(tx, tenant, service, None)?,
        };
        self.line(tx, found.ok_or(Error::NotActive(service.slug()))?)
    }

    /// What was sealed as the credentials of a configuration.
    pub fn credentials(&self, config: Uuid, sealed: &[u8]) -> Result<Credentials, Error> {
        let opened = self.seal(config).open("credentials", sealed);
        let read = opened.and_then(|opened| serde_json::from_slice(&opened).ok());
        read.ok_or_else(|| Error::Defect(format!("the credentials of configuration {config} cannot be opened")))
    }
}

//! A payment proxy: one provider, its addresses, and how it changes the payments that it follows.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use contracts::Event as _;
use kernel::{PaymentId, RomeTime};
use moka::sync::Cache;
use runtime::App;
use serde::{Deserialize, Serialize};
use storage::{Engine, NewTask, Tx};

use crate::Config;
use crate::clients::Operators;
use crate::configuration::{Document, Edition, PaymentConfiguration, TenantConfiguration, Wrong};
use crate::errors::Error;
use crate::links::ProxyUrls;
use crate::metering::Meter;
use crate::payment::{Command, apply};
use crate::prepare::position;
use crate::providers::{About, Position, Provider, ProviderError};
use crate::store::home::Followed;
use crate::store::{Purpose, configurations, home};
use crate::tree::Tree;

/// Most cases that are kept at hand, and for how long: until the errand that begins at once has begun.
const AT_HAND: (u64, Duration) = (512, Duration::from_secs(60));

/// A payment proxy; cheap to clone.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

struct Inner {
    app: App,
    provider: Box<dyn Provider>,
    tree: Option<Tree>,
    urls: ProxyUrls,
    meter: Meter,
    operators: Operators,
    app_id: String,
    at_hand: Cache<PaymentId, Arc<Case>>,
}

/// Work of a proxy that waits for its provider; done one after the other for each payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// Create the position.
    Create {
        /// The payment.
        payment: PaymentId,
    },
    /// Look where the position stands, because the provider said that something happened.
    Check {
        /// The payment.
        payment: PaymentId,
    },
    /// Tell the provider that its notification was understood.
    Acknowledge {
        /// A payment that the notification was about.
        payment: PaymentId,
        /// What the provider calls the notification.
        reference: String,
    },
    /// Withdraw the position of a payment that was cancelled.
    Withdraw {
        /// The payment.
        payment: PaymentId,
    },
}

impl Errand {
    /// The payment that it is about.
    pub fn payment(&self) -> PaymentId {
        match self {
            Self::Create { payment }
            | Self::Check { payment }
            | Self::Acknowledge { payment, .. }
            | Self::Withdraw { payment } => *payment,
        }
    }
}

/// A payment with what is needed to ask its provider about it.
#[derive(Debug)]
pub struct Case {
    /// The payment.
    pub followed: Followed,
    /// The configuration of its tenant.
    pub tenant: TenantConfiguration,
    /// The payment as its provider knows it.
    pub position: Position,
}

impl Proxy {
    /// The proxy of `provider`, with the addresses and the storage tree that `config` gives it.
    pub fn new(app: &App, provider: impl Provider, config: &Config) -> Self {
        let about = provider.about();
        let external = config.external_api_url(about.name);
        let external = external.unwrap_or_else(|| format!("{}{}", app.public_url(), base_path(about)));
        let internal = config.internal_api_url(about.name).unwrap_or_else(|| external.clone());
        let app_name = format!("{}-payment-proxy", about.name);
        let env = app.config().environment.clone();
        let meter = Meter { cluster: config.cluster.clone(), env, app_name: app_name.clone() };
        let app_id = app.app_id(&app_name);
        let tree = config.tree.as_ref().map(|tree| tree.of(about.name));
        let urls = ProxyUrls { external, internal };
        let at_hand = Cache::builder().max_capacity(AT_HAND.0).time_to_live(AT_HAND.1).build();
        let operators = Operators::new(app);
        Self(Arc::new(Inner { app: app.clone(), provider: Box::new(provider), tree, urls, meter, operators, app_id, at_hand }))
    }

    /// The handle that it runs on.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The provider.
    pub fn provider(&self) -> &dyn Provider {
        &*self.0.provider
    }

    /// What is known of the provider.
    pub fn about(&self) -> &'static About {
        self.provider().about()
    }

    /// Name of the provider, under which everything is stored.
    pub fn name(&self) -> &'static str {
        self.about().name
    }

    /// Name of the role, and of its consumer and its queue.
    pub fn role(&self) -> &'static str {
        self.about().role
    }

    /// The storage tree that it shares with other programs, if there is one.
    pub fn tree(&self) -> Option<&Tree> {
        self.0.tree.as_ref()
    }

    /// Its addresses.
    pub fn urls(&self) -> &ProxyUrls {
        &self.0.urls
    }

    /// Its metrics.
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// The operators who look after its payments.
    pub fn operators(&self) -> &Operators {
        &self.0.operators
    }

    /// Who signs its events: `sandbox-payment-proxy:<version>`.
    pub fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// Path that its addresses begin with: `/payment-proxy/sandbox`.
    pub fn base_path(&self) -> String {
        base_path(self.about())
    }

    /// Reads a tenant's configuration by the rules of everybody and of the provider.
    ///
    /// # Errors
    /// Every field that breaks a rule.
    pub fn read_tenant(&self, document: &Document, edition: Edition) -> Result<TenantConfiguration, Wrong> {
        let mut wrong = Wrong::new();
        self.provider().check_tenant(&crate::configuration::Fields::new(document), &mut wrong);
        both(TenantConfiguration::read(document, edition), wrong)
    }

    /// Reads a payment's configuration by the rules of everybody and of the provider.
    ///
    /// # Errors
    /// Every field that breaks a rule.
    pub fn read_payment(&self, document: &Document, edition: Edition) -> Result<PaymentConfiguration, Wrong> {
        let mut wrong = Wrong::new();
        let item = PaymentConfiguration::item(document, &mut Wrong::new());
        self.provider().check_payment(&item, &mut wrong);
        both(PaymentConfiguration::read(document, edition), wrong)
    }

    /// The payment, with the configuration of its tenant. One that another program left in the storage tree is taken over.
    ///
    /// # Errors
    /// [`Error::NotFound`] when this proxy does not follow the payment.
    pub async fn load(&self, id: PaymentId) -> Result<Case, Error> {
        match self.find(id).await {
            Err(Error::NotFound) if crate::tree::adopt_payment(self, id).await? => self.find(id).await,
            found => found,
        }
    }

    /// Keeps at hand what is about to be asked of the provider, so that it is not read again. Not where other processes may change the
    /// payment meanwhile.
    pub fn keep_at_hand(&self, case: Case) {
        if self.app().db().engine() != Engine::Sqlite {
            return;
        }
        self.0.at_hand.insert(case.followed.payment.id, Arc::new(case));
    }

    /// The payment as it was when its errand was written down, if that was just now and nothing has happened to it since; otherwise as
    /// [`Proxy::load`] gives it.
    ///
    /// # Errors
    /// As [`Proxy::load`].
    pub async fn take(&self, id: PaymentId) -> Result<Arc<Case>, Error> {
        match self.0.at_hand.remove(&id) {
            Some(case) => Ok(case),
            None => self.load(id).await.map(Arc::new),
        }
    }

    async fn find(&self, id: PaymentId) -> Result<Case, Error> {
        let proxy = self.clone();
        let load = move |tx: &mut Tx<'_>| {
            let followed = home::find(tx, proxy.name(), id, Purpose::Look)?.ok_or(Error::NotFound)?;
            let payment = &followed.payment;
            let tenant = configurations::tenant(tx, proxy.name(), payment.tenant_id)?.ok_or(Error::NotFound)?;
            let configuration = configurations::of_service(tx, proxy.name(), payment.tenant_id, payment.service_id)?;
            let position = position(payment, followed.notice, configuration.as_ref(), &tenant, proxy.urls());
            let position = position.map_err(ProviderError::Refused)?;
            Ok(Case { followed, tenant, position })
        };
        self.app().db().read_among_writes(load).await
    }

    /// Does `command` to the payment in a transaction of its own.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotPossible`].
    pub async fn act(&self, id: PaymentId, command: Command) -> Result<Followed, Error> {
        let proxy = self.clone();
        self.app().db().write(move |tx| proxy.change(tx, id, &command)).await
    }

    /// Does `command` to the payment: state and event are in `tx`, or nothing is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotPossible`].
    pub fn change(&self, tx: &mut Tx<'_>, id: PaymentId, command: &Command) -> Result<Followed, Error> {
        self.change_saying(tx, id, command, None)
    }

    /// The same, and keeps what an operator should know of a failure.
    ///
    /// # Errors
    /// As [`Proxy::change`].
    pub fn change_saying(
        &self,
        tx: &mut Tx<'_>,
        id: PaymentId,
        command: &Command,
        failure: Option<&str>,
    ) -> Result<Followed, Error> {
        let now = self.app().clock().now();
        // Whoever has an errand to do must see what happened to the payment.
        self.0.at_hand.invalidate(&id);
        let mut followed = home::find(tx, self.name(), id, Purpose::Change)?.ok_or(Error::NotFound)?;
        let before = followed.payment.status;
        followed.payment = apply(&followed.payment, command, now)?;
        if let Command::Create { notice, .. } = command {
            followed.notice = *notice;
        }
        self.publish(&mut followed, now)?;
        // The row and the event have one text.
        let body = storage::to_text(&followed.payment)?;
        home::save(tx, &followed, &body, failure)?;
        crate::tree::note_payment(self, tx, id, now)?;
        tx.emit_text(&followed.payment, &body, now)?;
        let status = followed.payment.status;
        if status == before {
            tracing::debug!(payment_id = %id, ?status, proxy = self.role(), "payment touched");
        } else {
            tracing::info!(payment_id = %id, ?status, proxy = self.role(), "payment changed");
        }
        Ok(followed)
    }

    /// Makes the payment a new event of this proxy.
    ///
    /// # Errors
    /// [`Error::Defect`] when it breaks the contract.
    pub fn publish(&self, followed: &mut Followed, now: RomeTime) -> Result<(), Error> {
        // Where the clock was put back, what follows is still not older than what was before.
        let at = now.max(followed.payment.event_created_at);
        followed.payment.renew(self.app().event_id(), at, self.app_id());
        match followed.payment.validate().first() {
            Some(wrong) => Err(Error::Defect(format!("the event would be invalid: {} {}", wrong.field, wrong.code))),
            None => Ok(()),
        }
    }

    /// Writes down work for the provider, to be done after `tx` commits.
    ///
    /// # Errors
    /// As [`storage::Error`] says.
    pub fn enqueue(&self, tx: &mut Tx<'_>, errand: Errand, now: RomeTime) -> storage::Result<()> {
        let payload = serde_json::to_string(&errand).expect("an errand is plain data");
        tx.enqueue(&NewTask { queue: self.role(), lane: &errand.payment().to_string(), payload: &payload, run_at: now }, now)
    }

    /// Awaits a call to the provider and notes how long it took.
    ///
    /// # Errors
    /// Whatever the call gives.
    pub async fn ask<T>(&self, call: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        let began = self.app().clock().now();
        let answer = call.await;
        self.meter().provider_took(self.app().clock().now().since(began));
        if let Err(error) = &answer {
            tracing::warn!(proxy = self.role(), reason = %error, "the provider did not do what it was asked");
        }
        answer
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({})", self.name())
    }
}

/// What was read, unless one of two readers found something wrong; a field that both miss is named once.
fn both<T>(read: Result<T, Wrong>, mut more: Wrong) -> Result<T, Wrong> {
    match read {
        Ok(read) if more.is_empty() => Ok(read),
        Ok(_) => Err(more),
        Err(mut wrong) => {
            more.retain(|error| !wrong.iter().any(|known| known.field == error.field));
            wrong.append(&mut more);
            Err(wrong)
        }
    }
}

/// Path that the addresses of a provider's proxy begin with.
fn base_path(about: &About) -> String {
    format!("/payment-proxy/{}", about.name)
}

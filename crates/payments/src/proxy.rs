//! A payment proxy: one provider, its addresses, and how it changes the payments that it follows.

use std::future::Future;
use std::sync::Arc;

use contracts::Event as _;
use kernel::{PaymentId, RomeTime};
use runtime::App;
use serde::{Deserialize, Serialize};
use storage::{NewTask, Tx};

use crate::Config;
use crate::configuration::TenantConfiguration;
use crate::errors::Error;
use crate::links::ProxyUrls;
use crate::metering::Meter;
use crate::payment::{Command, apply};
use crate::providers::{Provider, ProviderError};
use crate::store::home::Followed;
use crate::store::{Purpose, configurations, home};

/// A payment proxy; cheap to clone.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

struct Inner {
    app: App,
    provider: Box<dyn Provider>,
    role: &'static str,
    urls: ProxyUrls,
    meter: Meter,
    app_id: String,
}

/// Work of a proxy that waits for its provider; done one after the other for each payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Withdraw the position of a payment that was cancelled.
    Withdraw {
        /// The payment.
        payment: PaymentId,
    },
}

impl Errand {
    /// The payment that it is about.
    pub fn payment(self) -> PaymentId {
        match self {
            Self::Create { payment } | Self::Check { payment } | Self::Withdraw { payment } => payment,
        }
    }
}

impl Proxy {
    /// The proxy of `provider`, which runs as `role`.
    pub fn new(app: App, role: &'static str, provider: impl Provider, config: &Config) -> Self {
        let external = config.external_api_url.clone();
        let external = external.unwrap_or_else(|| format!("{}{}", app.public_url(), base_path(&provider)));
        let internal = config.internal_api_url.clone().unwrap_or_else(|| external.clone());
        let app_name = format!("{}-payment-proxy", provider.name());
        let env = app.config().environment.clone();
        let meter = Meter { cluster: config.cluster.clone(), env, app_name: app_name.clone() };
        let app_id = app.app_id(&app_name);
        Self(Arc::new(Inner { app, provider: Box::new(provider), role, urls: ProxyUrls { external, internal }, meter, app_id }))
    }

    /// The handle that it runs on.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The provider.
    pub fn provider(&self) -> &dyn Provider {
        &*self.0.provider
    }

    /// Name of the provider, under which everything is stored.
    pub fn name(&self) -> &'static str {
        self.0.provider.name()
    }

    /// Name of the role, and of its consumer and its queue.
    pub fn role(&self) -> &'static str {
        self.0.role
    }

    /// Its addresses.
    pub fn urls(&self) -> &ProxyUrls {
        &self.0.urls
    }

    /// Its metrics.
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// Who signs its events: `sandbox-payment-proxy:<version>`.
    pub fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// Path that its addresses begin with: `/payment-proxy/sandbox`.
    pub fn base_path(&self) -> String {
        base_path(self.provider())
    }

    /// The payment and the configuration of its tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`] when this proxy does not follow the payment.
    pub async fn load(&self, id: PaymentId) -> Result<(Followed, TenantConfiguration), Error> {
        let name = self.name();
        let load = move |tx: &mut Tx<'_>| {
            let followed = home::find(tx, name, id, Purpose::Look)?.ok_or(Error::NotFound)?;
            let tenant = configurations::tenant(tx, name, followed.payment.tenant_id)?.ok_or(Error::NotFound)?;
            Ok((followed, tenant))
        };
        self.app().db().read(load).await
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
        let now = self.app().clock().now();
        let mut followed = home::find(tx, self.name(), id, Purpose::Change)?.ok_or(Error::NotFound)?;
        let before = followed.payment.status;
        followed.payment = apply(&followed.payment, command, now)?;
        if let Command::Create { notice, .. } = command {
            followed.notice = *notice;
        }
        self.publish(&mut followed, now)?;
        home::save(tx, &followed, None)?;
        tx.emit(&followed.payment, now)?;
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
        followed.payment.renew(self.app().event_id(), now, self.app_id());
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

/// Path that the addresses of a provider's proxy begin with.
pub fn base_path(provider: &dyn Provider) -> String {
    format!("/payment-proxy/{}", provider.name())
}

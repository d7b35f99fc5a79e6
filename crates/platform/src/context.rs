//! What every operation of the platform has at hand.

use std::sync::Arc;
use std::time::Duration;

use forms::Form;
use kernel::{ServiceId, TenantId};
use moka::sync::Cache;
use runtime::{App, Seal};

use crate::Config;
use crate::errors::Error;
use crate::services::{self, Service};

/// What every operation has at hand; cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The foundation.
    pub app: App,
    /// Settings of the platform.
    pub config: Arc<Config>,
    seal: Arc<Seal>,
    services: Arc<Cache<(TenantId, String), Arc<Offer>>>,
    /// Numbers of applications by filter, for the lists.
    pub(crate) counts: Arc<Cache<String, i64>>,
}

/// A service with its form, compiled.
pub struct Offer {
    /// The service.
    pub service: Service,
    /// Its form; none when the service has no steps with a form.
    pub form: Option<Arc<Form>>,
}

/// How long another process may serve a service as it was before somebody changed it.
const STALE: Duration = Duration::from_secs(1);

impl Context {
    /// Puts the parts together.
    pub fn new(app: App, config: Config) -> Self {
        let services = Cache::builder().max_capacity(2_000).time_to_live(STALE).build();
        let counts = Cache::builder().max_capacity(10_000).time_to_live(crate::applications::COUNT_AGE).build();
        let seal = Arc::new(Seal::new(app.secret(), "platform"));
        Self { seal, app, config: Arc::new(config), services: Arc::new(services), counts: Arc::new(counts) }
    }

    /// The service that `key` (identifier in addresses, or id) names, with its form.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::BadForm`] when its form cannot be compiled.
    pub async fn offer(&self, tenant: TenantId, key: &str) -> Result<Arc<Offer>, Error> {
        if let Some(offer) = self.services.get(&(tenant, key.to_owned())) {
            return Ok(offer);
        }
        let wanted = key.to_owned();
        let (service, definition) = self
            .app
            .db()
            .read(move |tx| {
                let service = match wanted.parse::<ServiceId>() {
                    Ok(id) => services::store::find(tx, tenant, id)?,
                    Err(_) => services::store::find_by_identifier(tx, tenant, &wanted)?,
                };
                let service = service.ok_or(Error::NotFound)?;
                let definition = match service.form_id() {
                    Some(id) => crate::formserver::store::resolved(tx, id)?,
                    None => None,
                };
                Ok::<_, Error>((service, definition))
            })
            .await?;
        let form = match definition {
            None => None,
            // Compiling a large form takes a while.
            Some(definition) => Some(
                tokio::task::spawn_blocking(move || definition.compile())
                    .await
                    .map_err(|error| Error::Defect(error.to_string()))?
                    .map(Arc::new)?,
            ),
        };
        let offer = Arc::new(Offer { service, form });
        self.services.insert((tenant, key.to_owned()), Arc::clone(&offer));
        Ok(offer)
    }

    /// Seals what the database must not show.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Forgets what was remembered of services and forms, after one was changed here.
    pub fn forget_services(&self) {
        self.services.invalidate_all();
    }
}

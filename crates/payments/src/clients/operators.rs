//! The platform role: whose payments somebody of the tenant's staff looks after.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ServiceId, TenantId, UserId};
use moka::sync::Cache;
use runtime::{App, Peer};
use serde::Deserialize;
use web::{ApiError, ApiResult, Caller, Kind};

use crate::store::search::Scope;

/// How long an answer of the platform is good: a page asks several times, and who loses a service loses its payments at once.
const GOOD_FOR: Duration = Duration::from_secs(5);
/// Most operators that are remembered.
const REMEMBERED: u64 = 10_000;

/// The services whose payments somebody of the staff looks after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of the tenant.
    Tenant,
    /// These.
    Services(Arc<[ServiceId]>),
}

impl Reach {
    /// Whether the payments of the service are among them.
    pub fn covers(&self, service: ServiceId) -> bool {
        match self {
            Self::Tenant => true,
            Self::Services(services) => services.contains(&service),
        }
    }

    /// What lists are narrowed to.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Tenant => Scope::Tenant,
            Self::Services(services) => Scope::Services(services.to_vec()),
        }
    }
}

/// What the platform knows of an operator.
#[derive(Debug, Deserialize)]
struct Enabled {
    enabled_services_ids: Vec<ServiceId>,
    system_user: bool,
}

/// The operators of the tenants, as the platform knows them; cheap to clone.
#[derive(Clone, Debug)]
pub struct Operators {
    app: App,
    known: Cache<(TenantId, UserId), Reach>,
}

impl Operators {
    /// The operators that the platform of `app` knows.
    pub fn new(app: &App) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED).time_to_live(GOOD_FOR).build();
        Self { app: app.clone(), known }
    }

    /// The handle that it runs on.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Whose payments the caller, who works for the tenant, looks after: administrators, programs (`system_user`) and the platform itself
    /// all, other operators those of the services that they are enabled for.
    ///
    /// # Errors
    /// 403 for whoever does not work for the tenant; 503 when the platform does not answer.
    pub async fn reach(&self, caller: &Caller) -> ApiResult<Reach> {
        caller.require_staff()?;
        if caller.kind != Kind::Operator {
            return Ok(Reach::Tenant);
        }
        let who = (caller.tenant_id, caller.user_id()?);
        if let Some(reach) = self.known.get(&who) {
            return Ok(reach);
        }
        let (tenant, user) = who;
        let answer = self.app.peer(Peer::Platform).get(format!("/internal/users/{user}")).service(tenant).send().await;
        let reach = match answer.and_then(|answer| answer.json::<Enabled>()) {
            Ok(enabled) if enabled.system_user => Reach::Tenant,
            Ok(enabled) => Reach::Services(enabled.enabled_services_ids.into()),
            // Whoever is not there any more looks after nothing.
            Err(error) if error.status() == Some(404) => Reach::Services(Arc::default()),
            Err(error) => return Err(ApiError::unavailable(error)),
        };
        self.known.insert(who, reach.clone());
        Ok(reach)
    }
}

//! What every operation of the identity role has at hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use kernel::{RomeTime, TenantId};
use moka::sync::Cache;
use runtime::App;
use web::Claims;

use crate::Config;
use crate::clients::platform::{self, User};
use crate::errors::Error;
use crate::keys::Keys;
use crate::oauth::LoginProvider;
use crate::password::Passwords;

/// How long the roles of somebody who has a session are believed without asking the platform again.
const KNOWN: Duration = Duration::from_secs(30);
/// How far the clock of somebody who verifies a token may be behind.
const LEEWAY: SignedDuration = SignedDuration::from_mins(1);

/// What every operation has at hand; cheap to clone.
#[derive(Clone)]
pub struct Context(Arc<Parts>);

/// The parts of a [`Context`].
pub struct Parts {
    /// The foundation.
    pub app: App,
    /// Settings.
    pub config: Config,
    /// The key pairs that sign.
    pub keys: Keys,
    /// The hashing of passwords.
    pub passwords: Passwords,
    users: Cache<(TenantId, String), Arc<User>>,
}

impl std::ops::Deref for Context {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Context {
    /// Puts the parts together.
    pub fn new(app: App, config: Config) -> Self {
        let users = Cache::builder().max_capacity(10_000).time_to_live(KNOWN).build();
        Self(Arc::new(Parts { keys: Keys::new(app.clone()), passwords: Passwords::new(app.rng().clone()), app, config, users }))
    }

    /// Where citizens sign in.
    ///
    /// # Errors
    /// [`Error::ProviderNotOffered`] when this installation has no login provider.
    pub fn login(&self) -> Result<&LoginProvider, Error> {
        self.config.login.as_ref().ok_or(Error::ProviderNotOffered)
    }

    /// A user as the platform knew it half a minute ago at most; `None` when there is none of that name.
    ///
    /// # Errors
    /// When the platform does not answer.
    pub async fn find_user(&self, tenant: TenantId, username: &str) -> Result<Option<Arc<User>>, Error> {
        let key = (tenant, username.to_owned());
        if let Some(user) = self.users.get(&key) {
            return Ok(Some(user));
        }
        let found = platform::find_user(&self.app, tenant, username).await?.map(Arc::new);
        if let Some(user) = &found {
            self.users.insert(key, Arc::clone(user));
        }
        Ok(found)
    }

    /// A token for `user` of `tenant`, with exactly the documented claims (developers' documentation, "Anatomia di un Token").
    ///
    /// # Errors
    /// When the tenant's key cannot be had.
    pub async fn token(&self, tenant: TenantId, user: &User) -> Result<String, Error> {
        let now = self.app.clock().now();
        let claims = Claims {
            iat: now.as_second(),
            exp: now.plus(self.config.token).as_second(),
            roles: user.roles.clone(),
            username: user.username.clone(),
            id: user.id,
            tenant_id: tenant,
        };
        self.keys.sign(tenant, &claims).await
    }

    /// Keys retired before this instant signed no token that still holds at `now`: they are published no more.
    pub fn published_since(&self, now: RomeTime) -> RomeTime {
        now.plus(-(self.config.token + LEEWAY))
    }
}

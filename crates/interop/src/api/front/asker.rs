//! Whoever asks, and deeds in his name.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use kernel::{UserId, Uuid};
use storage::Tx;

use super::Refused;
use crate::clients::client::Kind;
use crate::context::{Context, Counted};
use crate::deeds::{self, Actor, Deed, Done};
use crate::errors::{Error, Fault, Service};
use crate::ids::ClientId;
use crate::store::{self, Purpose as Why};

/// Whoever asks; [`super::gate`] has found out who it is.
#[derive(Clone)]
pub struct Asker {
    /// What every operation has at hand.
    pub context: Context,
    /// For whom, and with which roles.
    pub actor: Actor,
    /// Of a machine: its client, and the administrator that its voucher names.
    pub machine: Option<(ClientId, Option<UserId>)>,
    /// The request.
    pub request: Uuid,
    /// Whose code refusals of the request itself have.
    pub service: Service,
}

impl Asker {
    /// With whose requests this one is counted.
    pub fn counted(&self) -> Counted {
        match self.machine {
            Some(_) => Counted::Machines(self.actor.tenant),
            None => Counted::Person(self.actor.tenant, self.actor.user),
        }
    }

    fn deed(&self) -> Deed {
        Deed {
            actor: self.actor.clone(),
            rules: self.context.config.rules.clone(),
            now: self.context.app.clock().now(),
            rng: self.context.app.rng().clone(),
            correlation_id: Some(self.request),
        }
    }

    /// Whether the machine's voucher is still its client's: a client that was deleted, or whose administrator was changed, has no say.
    fn stands(&self, tx: &mut Tx<'_>) -> Done<()> {
        let Some((client, admin)) = self.machine else { return Ok(()) };
        let client = store::clients::find(tx, client, Why::Look)?;
        let stands = client.is_some_and(|client| {
            client.kind == Kind::Api && client.consumer_id == self.actor.tenant && client.admin_id == admin
        });
        if stands { Ok(()) } else { Err(Fault::Unauthorized(self.service).into()) }
    }

    /// Does something that changes.
    ///
    /// # Errors
    /// Whatever `body` gives.
    pub async fn act<T, F>(self, body: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &Deed) -> Done<T> + Clone + Send + 'static,
    {
        let (deed, context, service) = (self.deed(), self.context.clone(), self.service);
        let done = deeds::run(context.app.db(), service, move |tx| {
            self.stands(tx)?;
            body(tx, &deed)
        });
        Ok(done.await?)
    }

    /// Does something of which nothing is told but that it is done.
    ///
    /// # Errors
    /// Whatever `body` gives.
    pub async fn done<T, F>(self, body: F) -> Result<StatusCode, Refused>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &Deed) -> Done<T> + Clone + Send + 'static,
    {
        self.act(body).await?;
        Ok(StatusCode::NO_CONTENT)
    }

    /// Looks at something.
    ///
    /// # Errors
    /// Whatever `body` gives.
    pub async fn look<T, F>(self, body: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Deed) -> Done<T> + Send + 'static,
    {
        let (deed, context) = (self.deed(), self.context.clone());
        let found = context.app.db().read(move |tx| {
            self.stands(tx)?;
            body(tx, &deed)
        });
        Ok(found.await?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let asker = parts.extensions.get::<Self>().cloned();
        asker.ok_or_else(|| Refused(Error::Defect("a route stands outside of its gate".to_owned())))
    }
}

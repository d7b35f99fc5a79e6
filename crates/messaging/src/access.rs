//! Who calls the interface for senders: by key, or as a trusted gateway tells. The order of the refusals is the published one.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use web::ClientAddress;

use crate::context::Context;
use crate::errors::Error;
use crate::groups::{Group, Groups};
use crate::limits;
use crate::store::accounts::{self, Access, Account, SenderService};
use crate::submit;

/// The header with the key.
const KEY: &str = "ocp-apim-subscription-key";

/// Somebody who sends, or keeps services.
#[derive(Clone, Debug)]
pub struct Sender {
    access: Arc<Access>,
    /// What the caller may do.
    pub groups: Groups,
    source: Option<IpAddr>,
}

impl Sender {
    /// The organisation.
    pub fn account(&self) -> &Account {
        &self.access.account
    }

    /// Lets callers pass who have one of `allowed`.
    ///
    /// # Errors
    /// As [`submit::require`].
    pub fn require(&self, allowed: &[Group]) -> Result<(), Error> {
        submit::require(&self.groups, allowed)
    }

    /// Where the call comes from.
    ///
    /// # Errors
    /// [`Error::NoSource`] when nobody knows.
    pub fn source(&self) -> Result<IpAddr, Error> {
        self.source.ok_or(Error::NoSource)
    }

    /// The service whose key this is.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for a manage key.
    pub fn service(&self) -> Result<&SenderService, Error> {
        self.access.service.as_ref().ok_or(Error::NotAllowed)
    }

    /// The service whose key this is, if the caller has one of `allowed` and comes from where the service may be used.
    ///
    /// # Errors
    /// In the published order: groups, address known, kind of key, address allowed.
    pub fn use_service(&self, allowed: &[Group]) -> Result<&SenderService, Error> {
        self.require(allowed)?;
        let source = self.source()?;
        let service = self.service()?;
        submit::require_source(&service.payload.authorized_cidrs, source)?;
        Ok(service)
    }

    /// Which services the key keeps: `None`, all of the organisation; `Some`, those of a group.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for the key of a service; the refusals of groups and addresses before.
    pub fn manage(&self, group: Group) -> Result<Option<&str>, Error> {
        self.require(&[group])?;
        let source = self.source()?;
        if self.access.service.is_some() {
            return Err(Error::NotAllowed);
        }
        submit::require_source(&self.account().manage_cidrs, source)?;
        Ok(self.access.group_id.as_deref())
    }
}

impl FromRequestParts<Context> for Sender {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let source = parts.extensions.get::<ClientAddress>().and_then(|client| client.0);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let trusted = peer.is_some_and(|peer| context.config.gateways.iter().any(|network| network.contains(peer)));
        let (access, groups) = if trusted { told(parts, context).await? } else { keyed(parts, context).await? };
        Ok(Self { access, groups, source })
    }
}

/// The caller by key; counted.
async fn keyed(parts: &Parts, context: &Context) -> Result<(Arc<Access>, Groups), Error> {
    let key = parts.headers.get(KEY).ok_or(Error::MissingKey)?;
    let key = key.to_str().ok().filter(|key| !key.is_empty()).ok_or(Error::InvalidKey)?;
    let access = context.access(key).await?.filter(|access| access.active).ok_or(Error::InvalidKey)?;
    let groups = access.account.groups.clone();
    if let Some(allowance) = limits::allowance(&groups) {
        let counted = context.limiter.count(&access.account.id, allowance, context.now());
        counted.map_err(|exceeded| Error::RateLimited(exceeded.retry_after_s))?;
    }
    Ok((access, groups))
}

/// The caller as the gateway tells. The gateway has judged the key and counted the call.
async fn told(parts: &Parts, context: &Context) -> Result<(Arc<Access>, Groups), Error> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (user, subscription) = (header("x-user-id"), header("x-subscription-id"));
    if user.is_empty() || subscription.is_empty() {
        return Err(Error::Anonymous);
    }
    let groups = Groups::read(&header("x-user-groups"));
    let found = context.app.db().read(move |tx| accounts::find_subscription_access(tx, &user, &subscription)).await?;
    // Groups are judged first, and a subscription that nobody knows is allowed nothing.
    submit::require(&groups, Group::ALL)?;
    Ok((Arc::new(found.ok_or(Error::NotAllowed)?), groups))
}

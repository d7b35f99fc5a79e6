//! How a service changes: loaded, judged by its table, stored, noted in its history, all in one transaction.

use kernel::RomeTime;
use storage::Tx;

use crate::errors::Error;
use crate::service::review::{Verdict, judge};
use crate::service::{Command, Payload, Publication, State};
use crate::store::services::{self as store, Published, Service};
use crate::ulid::Ulid;

/// Whose services somebody may see: an organisation's, or those of one group of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The organisation.
    pub account: String,
    /// The group.
    pub group: Option<String>,
}

/// A service within the scope, to be changed. What belongs to others is not there.
///
/// # Errors
/// [`Error::NoItem`].
pub fn load(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<Service, Error> {
    within(scope, id, |id| store::find(tx, id))
}

/// The same to be looked at.
///
/// # Errors
/// [`Error::NoItem`].
pub fn look(tx: &mut Tx<'_>, scope: &Scope, id: &str) -> Result<Service, Error> {
    within(scope, id, |id| store::look(tx, id))
}

fn within(scope: &Scope, id: &str, find: impl FnOnce(Ulid) -> storage::Result<Option<Service>>) -> Result<Service, Error> {
    let missing = || Error::NoItem(id.to_owned());
    let found = find(id.parse::<Ulid>().map_err(|_| missing())?)?.ok_or_else(missing)?;
    let mine = found.account_id == scope.account && (scope.group.is_none() || found.group_id == scope.group);
    if mine { Ok(found) } else { Err(missing()) }
}

/// Applies a command and stores what came of it.
fn apply(tx: &mut Tx<'_>, service: &mut Service, command: Command, now: RomeTime) -> Result<(), Error> {
    service.state = service.state.after(command).ok_or(Error::NoTransition)?;
    service.updated_at = now;
    if command != Command::Reject {
        service.reason = None;
    }
    store::save(tx, service)?;
    Ok(store::note(tx, service, "lifecycle", service.state.word(), now)?)
}

/// Replaces what an organisation says of its service.
///
/// # Errors
/// [`Error::NoTransition`] while it is under review.
pub fn edit(tx: &mut Tx<'_>, service: &mut Service, payload: Payload, now: RomeTime) -> Result<(), Error> {
    // The group is told once, when the service is made; its category is the platform's to give.
    let (group_id, category) = (service.group_id.clone(), service.payload.metadata.category.clone());
    service.payload = payload;
    service.payload.metadata.group_id = group_id;
    service.payload.metadata.category = category;
    service.version += 1;
    apply(tx, service, Command::Edit, now)
}

/// Wants a service reviewed: what can be decided at once is.
///
/// # Errors
/// [`Error::NoTransition`] when it is no draft.
pub fn submit(tx: &mut Tx<'_>, service: &mut Service, auto_publish: bool, now: RomeTime) -> Result<(), Error> {
    service.auto_publish = auto_publish;
    apply(tx, service, Command::Submit, now)?;
    let namesake = store::has_namesake(tx, service)?;
    match judge(&service.payload, namesake, service.published.as_ref().map(|published| &published.payload)) {
        Verdict::Approve => approve(tx, service, now),
        Verdict::Reject(reason) => reject(tx, service, reason, now),
        Verdict::Manual => Ok(()),
    }
}

/// Passes a service; citizens see it if the review was asked for so, or if they saw it before.
///
/// # Errors
/// [`Error::NoTransition`] when it is not under review.
pub fn approve(tx: &mut Tx<'_>, service: &mut Service, now: RomeTime) -> Result<(), Error> {
    if service.state.after(Command::Approve).is_none() {
        return Err(Error::NoTransition);
    }
    let before = service.published.as_ref().map(|published| published.publication);
    let publication = Publication::after_approval(before, service.auto_publish);
    service.published = Some(Published { publication, version: service.version, payload: service.payload.clone(), at: now });
    apply(tx, service, Command::Approve, now)?;
    Ok(store::note(tx, service, "publication", publication.word(), now)?)
}

/// Does not pass a service.
///
/// # Errors
/// [`Error::NoTransition`] when it is not under review.
pub fn reject(tx: &mut Tx<'_>, service: &mut Service, reason: String, now: RomeTime) -> Result<(), Error> {
    service.reason = Some(reason);
    apply(tx, service, Command::Reject, now)
}

/// Removes a service: its keys stop working, and citizens see it no more.
///
/// # Errors
/// [`Error::NoTransition`] while it is under review.
pub fn delete(tx: &mut Tx<'_>, service: &mut Service, now: RomeTime) -> Result<(), Error> {
    if service.state.after(Command::Delete).is_some() && is_published(service) {
        show(tx, service, Publication::Unpublished, now)?;
    }
    apply(tx, service, Command::Delete, now)?;
    Ok(crate::store::accounts::delete_subscription(tx, &service.id.to_string())?)
}

/// Lets citizens see the version that was approved last, or not any more. Again the same changes nothing.
///
/// # Errors
/// [`Error::NoTransition`] when none was ever approved.
pub fn show(tx: &mut Tx<'_>, service: &mut Service, publication: Publication, now: RomeTime) -> Result<(), Error> {
    let published = service.published.as_mut().ok_or(Error::NoTransition)?;
    if published.publication == publication {
        return Ok(());
    }
    (published.publication, published.at) = (publication, now);
    store::save(tx, service)?;
    Ok(store::note(tx, service, "publication", publication.word(), now)?)
}

fn is_published(service: &Service) -> bool {
    service.published.as_ref().is_some_and(|published| published.publication == Publication::Published)
}

/// A new service of an organisation.
pub fn draft(id: Ulid, scope: &Scope, mut payload: Payload, now: RomeTime) -> Service {
    // Whoever keeps one group makes services of that group.
    payload.metadata.group_id = scope.group.clone().or(payload.metadata.group_id);
    Service {
        id,
        account_id: scope.account.clone(),
        group_id: payload.metadata.group_id.clone(),
        state: State::Draft,
        reason: None,
        auto_publish: false,
        version: 0,
        payload,
        updated_at: now,
        published: None,
    }
}

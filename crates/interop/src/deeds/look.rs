//! What a body may look at: lists, and single rows with the right to see them.

use kernel::{TenantId, Uuid};
use storage::Tx;

use super::{Deed, Done, catalog};
use crate::agreements::agreement::Agreement;
use crate::agreements::state::State;
use crate::attributes::Kind;
use crate::attributes::registry::Attribute;
use crate::attributes::tenant::Tenant;
use crate::catalog::eservice::EService;
use crate::clients::client::Client;
use crate::clients::key::Key;
use crate::errors::Fault;
use crate::ids::{AgreementId, ClientId, PurposeId};
use crate::operability::{Obstacle, Standing};
use crate::purposes::purpose::Purpose;
use crate::roles::Act;
use crate::store::feed::Entry;
use crate::store::lists::{Listed, Page};
use crate::store::{self, Purpose as Why, agreements, bodies, clients, eservices, purposes};

/// E-services of the catalogue; the actor's own drafts are among them if `query` wants that and the actor may write (E15). Versions that
/// the actor does not see are left out.
///
/// # Errors
/// When the actor may not look.
pub fn eservices(tx: &mut Tx<'_>, deed: &Deed, mut query: eservices::Query, page: Page) -> Done<Listed<EService>> {
    deed.may(Act::Look)?;
    query.viewer = Some(deed.actor.tenant);
    query.drafts &= Act::WriteEService.allow(&deed.actor.roles).is_ok();
    let (mut found, total) = eservices::list(tx, &query, page)?;
    for eservice in &mut found {
        catalog::hide(deed, eservice);
    }
    Ok((found, total))
}

/// An agreement, for its two sides; a draft is its consumer's alone.
///
/// # Errors
/// [`Fault::AgreementNotFound`], [`Fault::AgreementTenantNotAllowed`].
pub fn agreement(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Agreement> {
    deed.may(Act::Look)?;
    let agreement = agreements::find(tx, id, Why::Look)?.ok_or(Fault::AgreementNotFound)?;
    let sides = agreement.sides(deed.actor.tenant)?;
    let own = agreement.state == State::Draft && agreement.submitted.is_none();
    if own && !sides.consumer { Err(Fault::AgreementTenantNotAllowed.into()) } else { Ok(agreement) }
}

/// Agreements of either side.
///
/// # Errors
/// When the actor may not look.
pub fn agreements(tx: &mut Tx<'_>, deed: &Deed, mut query: agreements::Query, page: Page) -> Done<Listed<Agreement>> {
    deed.may(Act::Look)?;
    query.viewer = Some(deed.actor.tenant);
    Ok(agreements::list(tx, &query, page)?)
}

/// A purpose, for its two sides (P14).
///
/// # Errors
/// [`Fault::PurposeNotFound`], [`Fault::PurposeTenantNotAllowed`].
pub fn purpose(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId) -> Done<Purpose> {
    deed.may(Act::Look)?;
    let purpose = purposes::find(tx, id, Why::Look)?.ok_or(Fault::PurposeNotFound)?;
    purpose.sides(deed.actor.tenant)?;
    Ok(purpose)
}

/// Purposes of either side.
///
/// # Errors
/// When the actor may not look.
pub fn purposes(tx: &mut Tx<'_>, deed: &Deed, mut query: purposes::Query, page: Page) -> Done<Listed<Purpose>> {
    deed.may(Act::Look)?;
    query.viewer = Some(deed.actor.tenant);
    Ok(purposes::list(tx, &query, page)?)
}

/// The agreement that a purpose rests on.
///
/// # Errors
/// Those of [`purpose`]; [`Fault::AgreementNotFound`].
pub fn agreement_of(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId) -> Done<Agreement> {
    let purpose = purpose(tx, deed, id)?;
    let current = agreements::current(tx, purpose.consumer_id, purpose.eservice_id)?;
    Ok(current.ok_or(Fault::AgreementNotFound)?)
}

/// "Questa finalità può accedere all'e-service?": what stands in the way.
///
/// # Errors
/// Those of [`purpose`].
pub fn obstacles(tx: &mut Tx<'_>, deed: &Deed, id: PurposeId) -> Done<Vec<Obstacle>> {
    let purpose = purpose(tx, deed, id)?;
    let agreement = agreements::current(tx, purpose.consumer_id, purpose.eservice_id)?;
    let eservice = eservices::find(tx, purpose.eservice_id, Why::Look)?;
    let descriptor = agreement.as_ref().zip(eservice.as_ref());
    let descriptor = descriptor.and_then(|(agreement, eservice)| eservice.descriptor(agreement.descriptor_id));
    let standing = Standing {
        descriptor: descriptor.map(|descriptor| descriptor.state),
        agreement: agreement.as_ref().map(|agreement| agreement.state),
        purpose: purpose.current().map(|version| version.state),
    };
    Ok(standing.obstacles_with(store::standings::keys_of_purpose(tx, id)?))
}

/// A body, which everybody sees.
///
/// # Errors
/// [`Fault::TenantNotFound`].
pub fn tenant(tx: &mut Tx<'_>, deed: &Deed, id: TenantId) -> Done<Tenant> {
    deed.may(Act::Look)?;
    deed.tenant(tx, id, Why::Look)
}

/// Bodies.
///
/// # Errors
/// When the actor may not look.
pub fn tenants(tx: &mut Tx<'_>, deed: &Deed, query: &bodies::TenantQuery, page: Page) -> Done<Listed<Tenant>> {
    deed.may(Act::Look)?;
    Ok(bodies::list_tenants(tx, query, page)?)
}

/// An attribute of a kind.
///
/// # Errors
/// [`Fault::AttributeNotFound`].
pub fn attribute(tx: &mut Tx<'_>, deed: &Deed, id: crate::ids::AttributeId, kind: Kind) -> Done<Attribute> {
    let attribute = super::bodies::look_at_attribute(tx, deed, id)?;
    if attribute.kind == kind { Ok(attribute) } else { Err(Fault::AttributeNotFound.into()) }
}

/// Attributes of some kinds: with `text` in the name, of the certifier `origin`, if they are given.
///
/// # Errors
/// When the actor may not look.
pub fn attributes(
    tx: &mut Tx<'_>,
    deed: &Deed,
    kinds: &[Kind],
    filter: (Option<&str>, Option<&str>),
    page: Page,
) -> Done<Listed<Attribute>> {
    deed.may(Act::Look)?;
    Ok(bodies::list_attributes(tx, kinds, filter, page)?)
}

/// What the actor's body, a certifier, has certified: bodies by name, each with the attributes that it holds by the actor's word.
///
/// # Errors
/// [`Fault::NotACertifier`].
pub fn certified_by_actor(tx: &mut Tx<'_>, deed: &Deed) -> Done<Vec<(Tenant, Attribute)>> {
    deed.may(Act::Look)?;
    let actor = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let origin = actor.certifier.ok_or(Fault::NotACertifier)?;
    let (attributes, _) = bodies::list_attributes(tx, &[Kind::Certified], (None, Some(&origin)), Page::ALL)?;
    let query =
        bodies::TenantQuery { certified: attributes.iter().map(|attribute| attribute.id).collect(), ..Default::default() };
    let (tenants, _) = if attributes.is_empty() { (Vec::new(), 0) } else { bodies::list_tenants(tx, &query, Page::ALL)? };
    let held = tenants.iter().flat_map(|tenant| {
        let held = attributes.iter().filter(|attribute| tenant.holdings.has_certified(attribute.id));
        held.map(|attribute| (tenant.clone(), attribute.clone()))
    });
    Ok(held.collect())
}

/// The actor's own clients; somebody who only keeps keys sees those that he belongs to (C8).
///
/// # Errors
/// When the actor may not look.
pub fn clients(tx: &mut Tx<'_>, deed: &Deed, mut query: clients::Query, page: Page) -> Done<Listed<Client>> {
    deed.may(Act::LookAtClients)?;
    query.consumer = Some(deed.actor.tenant);
    if deed.operator().only_keeps_keys() {
        // Nobody is no member of anything.
        query.users = vec![deed.actor.user.unwrap_or(kernel::UserId(Uuid::nil()))];
    }
    Ok(clients::list(tx, &query, page)?)
}

/// Anybody's clients, of which others see whose they are: providers meet their identifiers in vouchers. A name is looked for among the
/// actor's own alone.
///
/// # Errors
/// When the actor may not look.
pub fn all_clients(tx: &mut Tx<'_>, deed: &Deed, mut query: clients::Query, page: Page) -> Done<Listed<Client>> {
    deed.may(Act::LookAtClients)?;
    if query.name.is_some() {
        if query.consumer.is_some_and(|consumer| consumer != deed.actor.tenant) {
            return Ok((Vec::new(), 0));
        }
        query.consumer = Some(deed.actor.tenant);
    }
    Ok(clients::list(tx, &query, page)?)
}

/// Anybody's client.
///
/// # Errors
/// [`Fault::ClientNotFound`].
pub fn any_client(tx: &mut Tx<'_>, deed: &Deed, id: ClientId) -> Done<Client> {
    deed.may(Act::LookAtClients)?;
    Ok(clients::find(tx, id, Why::Look)?.ok_or(Fault::ClientNotFound)?)
}

/// A key by its thumbprint: public keys are everybody's, so that providers can verify with them.
///
/// # Errors
/// [`Fault::ClientKeyNotFound`].
pub fn key(tx: &mut Tx<'_>, deed: &Deed, kid: &str) -> Done<(ClientId, Key)> {
    deed.may(Act::LookAtClients)?;
    let client = clients::owner_of(tx, kid)?.ok_or(Fault::ClientKeyNotFound)?;
    let mut client = clients::find(tx, client, Why::Look)?.ok_or(Fault::ClientKeyNotFound)?;
    Ok((client.id, client.keys.remove(kid).ok_or(Fault::ClientKeyNotFound)?))
}

/// What a feed tells the actor after an entry.
///
/// # Errors
/// When the actor may not look.
pub fn feed(tx: &mut Tx<'_>, deed: &Deed, stream: &str, after: Option<Uuid>, limit: u32) -> Done<Vec<Entry>> {
    deed.may(Act::Look)?;
    Ok(store::feed::list(tx, stream, deed.actor.tenant, after, limit)?)
}

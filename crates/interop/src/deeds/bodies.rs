//! Deeds with what bodies hold (A1 to A3, A5). Each has the body's agreements looked at again (A6).

use kernel::{Rng, RomeTime, TenantId};
use storage::Tx;

use super::{Actor, Deed, Done, taken};
use crate::agreements::agreement::Agreement;
use crate::agreements::state::State;
use crate::attributes::Kind;
use crate::attributes::registry::{self, Attribute, Seed};
use crate::attributes::tenant::{Standing, Tenant};
use crate::catalog::eservice::EService;
use crate::errors::{Fault, Service};
use crate::ids::{AgreementId, AttributeId};
use crate::roles::{Act, Role};
use crate::rules::Rules;
use crate::store::{self, Purpose as Why};

impl Deed {
    /// Stores a body whose attributes have changed, and has its agreements follow.
    fn save_holdings(&self, tx: &mut Tx<'_>, tenant: &Tenant, event: &str) -> Done<()> {
        store::bodies::save_tenant(tx, tenant)?;
        self.note(tx, tenant, None, event)?;
        super::agreements::reassess(tx, self, tenant)
    }

    fn attribute(&self, tx: &mut Tx<'_>, id: AttributeId) -> Done<Attribute> {
        Ok(store::bodies::find_attribute(tx, id)?.ok_or(Fault::TenantAttributeNotFound)?)
    }
}

/// Adds an attribute to the registry (A5).
///
/// # Errors
/// Those of [`registry::create`]; [`Fault::AttributeDuplicate`].
pub fn create_attribute(tx: &mut Tx<'_>, deed: &Deed, kind: Kind, seed: Seed) -> Done<Attribute> {
    deed.may(if kind == Kind::Certified { Act::Certify } else { Act::CreateAttribute })?;
    let creator = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let attribute = registry::create(seed, kind, &creator, &deed.rules, (AttributeId(deed.id()), deed.now))?;
    store::bodies::insert_attribute(tx, &attribute).map_err(|error| taken(error, Fault::AttributeDuplicate))?;
    deed.note(tx, &attribute, None, "ATTRIBUTE_ADDED")?;
    Ok(attribute)
}

/// A certifier assigns one of its attributes (A1).
///
/// # Errors
/// Those of [`Tenant::certify`].
pub fn certify(tx: &mut Tx<'_>, deed: &Deed, tenant: TenantId, attribute: AttributeId) -> Done<Tenant> {
    deed.may(Act::Certify)?;
    let certifier = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let mut tenant = deed.tenant(tx, tenant, Why::Change)?;
    let attribute = deed.attribute(tx, attribute)?;
    tenant.certify(&attribute, &certifier, deed.actor.roles == [Role::M2m], deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_CERTIFIED_ATTRIBUTE_ASSIGNED")?;
    Ok(tenant)
}

/// A certifier takes one of its attributes away (A1).
///
/// # Errors
/// Those of [`Tenant::decertify`].
pub fn decertify(tx: &mut Tx<'_>, deed: &Deed, tenant: TenantId, attribute: AttributeId) -> Done<Tenant> {
    deed.may(Act::Certify)?;
    let certifier = deed.tenant(tx, deed.actor.tenant, Why::Look)?;
    let mut tenant = deed.tenant(tx, tenant, Why::Change)?;
    let attribute = deed.attribute(tx, attribute)?;
    tenant.decertify(&attribute, &certifier, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_CERTIFIED_ATTRIBUTE_REVOKED")?;
    Ok(tenant)
}

/// A body declares an attribute (A2).
///
/// # Errors
/// Those of [`Tenant::declare`].
pub fn declare(tx: &mut Tx<'_>, deed: &Deed, attribute: AttributeId) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, deed.actor.tenant, Why::Change)?;
    let attribute = deed.attribute(tx, attribute)?;
    tenant.declare(&attribute, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_DECLARED_ATTRIBUTE_ASSIGNED")?;
    Ok(tenant)
}

/// A body takes a declaration back (A2).
///
/// # Errors
/// Those of [`Tenant::withdraw`].
pub fn withdraw(tx: &mut Tx<'_>, deed: &Deed, attribute: AttributeId) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, deed.actor.tenant, Why::Change)?;
    tenant.withdraw(attribute, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_DECLARED_ATTRIBUTE_REVOKED")?;
    Ok(tenant)
}

/// A producer gives its word on an attribute, for an agreement (A3).
///
/// # Errors
/// Those of [`Tenant::verify`].
pub fn verify(
    tx: &mut Tx<'_>,
    deed: &Deed,
    (tenant, attribute, agreement): (TenantId, AttributeId, AgreementId),
    expires: Option<RomeTime>,
) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, tenant, Why::Change)?;
    let (agreement, eservice) = basis(tx, deed, agreement, Fault::VerificationNotAllowed)?;
    tenant.verify(attribute, standing(&agreement, &eservice, Fault::VerificationNotAllowed)?, expires, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_VERIFIED_ATTRIBUTE_ASSIGNED")?;
    Ok(tenant)
}

/// A producer takes its word back (A3).
///
/// # Errors
/// Those of [`Tenant::unverify`].
pub fn unverify(
    tx: &mut Tx<'_>,
    deed: &Deed,
    (tenant, attribute, agreement): (TenantId, AttributeId, AgreementId),
) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, tenant, Why::Change)?;
    let (agreement, eservice) = basis(tx, deed, agreement, Fault::RevocationNotAllowed)?;
    tenant.unverify(attribute, standing(&agreement, &eservice, Fault::RevocationNotAllowed)?, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_VERIFIED_ATTRIBUTE_REVOKED")?;
    Ok(tenant)
}

/// A producer changes when its word ends (A3).
///
/// # Errors
/// Those of [`Tenant::set_expiry`].
pub fn set_expiry(
    tx: &mut Tx<'_>,
    deed: &Deed,
    (tenant, attribute): (TenantId, AttributeId),
    expires: Option<RomeTime>,
) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, tenant, Why::Change)?;
    tenant.set_expiry(attribute, deed.actor.tenant, expires, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_VERIFIED_ATTRIBUTE_EXPIRATION_UPDATED")?;
    Ok(tenant)
}

/// A producer renews its word (A3).
///
/// # Errors
/// Those of [`Tenant::extend`].
pub fn extend(tx: &mut Tx<'_>, deed: &Deed, tenant: TenantId, attribute: AttributeId) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, tenant, Why::Change)?;
    tenant.extend(attribute, deed.actor.tenant, deed.now)?;
    deed.save_holdings(tx, &tenant, "TENANT_VERIFIED_ATTRIBUTE_EXTENSION_UPDATED")?;
    Ok(tenant)
}

/// What has happened by itself: somebody's word on what the body holds has ended, and its agreements follow (A6).
///
/// # Errors
/// When the database is away.
pub fn expire(tx: &mut Tx<'_>, rules: &Rules, rng: &Rng, tenant: TenantId, now: RomeTime) -> Done<()> {
    let actor = Actor { tenant, user: None, roles: Vec::new() };
    let deed = Deed { actor, rules: rules.clone(), now, rng: rng.clone(), correlation_id: None };
    let tenant = deed.tenant(tx, tenant, Why::Change)?;
    super::agreements::reassess(tx, &deed, &tenant)?;
    Ok(store::bodies::set_recheck(tx, tenant.id, tenant.holdings.next_expiry(now))?)
}

/// Changes the address for notices.
///
/// # Errors
/// [`Fault::MailExists`] when it is that already, or what is no address.
pub fn set_mail(tx: &mut Tx<'_>, deed: &Deed, mail: &str, description: Option<&str>) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let fits = mail.len() <= 254 && mail.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if !fits || mail.contains(char::is_whitespace) {
        return Err(Fault::Malformed(Service::Tenant).told("address: un indirizzo di posta").into());
    }
    let description = description.map(str::trim).filter(|text| !text.is_empty());
    if description.is_some_and(|text| text.chars().count() > 250) {
        return Err(Fault::Malformed(Service::Tenant).told("description: al massimo 250 caratteri").into());
    }
    let mut tenant = deed.tenant(tx, deed.actor.tenant, Why::Change)?;
    if tenant.mail.as_deref() == Some(mail) && tenant.mail_description.as_deref() == description {
        return Err(Fault::MailExists.into());
    }
    tenant.mail = Some(mail.to_owned());
    tenant.mail_description = description.map(str::to_owned);
    store::bodies::save_tenant(tx, &tenant)?;
    deed.note(tx, &tenant, None, "TENANT_MAIL_ADDED")?;
    Ok(tenant)
}

/// Takes the address for notices away: no request can be submitted without one.
///
/// # Errors
/// [`Fault::MailNotFound`].
pub fn remove_mail(tx: &mut Tx<'_>, deed: &Deed) -> Done<Tenant> {
    deed.may(Act::ChangeAttributes)?;
    let mut tenant = deed.tenant(tx, deed.actor.tenant, Why::Change)?;
    tenant.mail.take().ok_or(Fault::MailNotFound)?;
    tenant.mail_description = None;
    store::bodies::save_tenant(tx, &tenant)?;
    deed.note(tx, &tenant, None, "TENANT_MAIL_DELETED")?;
    Ok(tenant)
}

/// An attribute of the registry (A5).
///
/// # Errors
/// [`Fault::AttributeNotFound`].
pub fn look_at_attribute(tx: &mut Tx<'_>, deed: &Deed, id: AttributeId) -> Done<Attribute> {
    deed.may(Act::Look)?;
    Ok(store::bodies::find_attribute(tx, id)?.ok_or(Fault::AttributeNotFound)?)
}

/// The agreement that gives the actor a say, and its e-service.
fn basis(tx: &mut Tx<'_>, deed: &Deed, agreement: AgreementId, refused: Fault) -> Done<(Agreement, EService)> {
    let agreement = store::agreements::find(tx, agreement, Why::Look)?.ok_or(refused)?;
    if agreement.producer_id != deed.actor.tenant {
        return Err(refused.into());
    }
    let eservice = store::eservices::find(tx, agreement.eservice_id, Why::Look)?.ok_or(refused)?;
    Ok((agreement, eservice))
}

fn standing<'a>(agreement: &Agreement, eservice: &'a EService, refused: Fault) -> Result<Standing<'a>, Fault> {
    let descriptor = eservice.descriptor(agreement.descriptor_id).ok_or(refused)?;
    Ok(Standing {
        producer: agreement.producer_id,
        consumer: agreement.consumer_id,
        counts: agreement.state.runs() || agreement.state == State::Pending,
        requirements: &descriptor.attributes,
    })
}

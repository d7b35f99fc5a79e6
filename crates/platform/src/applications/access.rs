//! Who may see and work on an application (platform rules, "Permissions").

use kernel::{ApplicationId, TenantId, UserId};
use storage::Tx;
use web::{Caller, Kind};

use super::state::State;
use super::store::{self, Stored};
use crate::errors::Error;
use crate::users::{self, User};

/// Who acts, with what the platform knows of them.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Another role of the platform.
    Service,
    /// An administrator of the tenant.
    Admin(UserId),
    /// An operator of the tenant.
    Operator(Box<User>),
    /// A citizen, or the holder of an anonymous session.
    Applicant(UserId),
    /// A citizen whom the applicant has named in the application (`related_cfs`): looks at it, and changes nothing.
    Relative(UserId),
}

impl Actor {
    /// The caller as an actor.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the user of the token is not there any more.
    pub fn of(tx: &mut Tx<'_>, caller: &Caller) -> Result<Self, Error> {
        let gone = Error::Forbidden("L'utente del token non esiste più: accedere di nuovo.");
        let Some(principal) = &caller.principal else { return Ok(Self::Service) };
        Ok(match caller.kind {
            Kind::Service => Self::Service,
            Kind::Admin => Self::Admin(principal.user_id),
            Kind::Operator => Self::Operator(Box::new(users::store::find(tx, caller.tenant_id, principal.user_id)?.ok_or(gone)?)),
            Kind::Citizen | Kind::Anonymous => Self::Applicant(principal.user_id),
        })
    }

    /// The user, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Service => None,
            Self::Admin(id) | Self::Applicant(id) | Self::Relative(id) => Some(*id),
            Self::Operator(user) => Some(user.id),
        }
    }

    /// Whether this actor works for the tenant.
    pub fn is_staff(&self) -> bool {
        !matches!(self, Self::Applicant(_) | Self::Relative(_))
    }

    /// Lets the tenant's staff pass.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for citizens.
    pub fn require_staff(&self) -> Result<(), Error> {
        if self.is_staff() { Ok(()) } else { Err(Error::Forbidden("L'operazione è riservata agli operatori dell'ente.")) }
    }

    /// Lets pass whoever may fill in and submit a draft: the applicant. An administrator or another role may in his name.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else.
    pub fn require_applicant(&self, applicant: UserId) -> Result<(), Error> {
        match self {
            Self::Service | Self::Admin(_) | Self::Applicant(_) => Ok(()),
            Self::Operator(user) if user.id == applicant => Ok(()),
            Self::Operator(_) | Self::Relative(_) => {
                Err(Error::Forbidden("Solo il richiedente può compilare e inviare la propria bozza."))
            }
        }
    }

    /// Whether this actor sees the application at all. A draft is no application to the body yet: its operators do not see it.
    fn sees(&self, stored: &Stored) -> bool {
        let application = &stored.application;
        match self {
            Self::Service | Self::Admin(_) => true,
            Self::Operator(user) => {
                let theirs = application.status != State::Draft || application.user == user.id || user.system_user;
                theirs && user.may_handle(application.service_id, application.operator_id, application.user_group_id)
            }
            Self::Applicant(id) => application.user == *id,
            Self::Relative(_) => application.status != State::Draft,
        }
    }
}

/// The application, if the caller may see it. What he may not see does not exist for him.
///
/// # Errors
/// [`Error::NotFound`].
pub fn visible(tx: &mut Tx<'_>, caller: &Caller, tenant: TenantId, id: ApplicationId) -> Result<(Stored, Actor), Error> {
    let stored = store::find(tx, tenant, id)?.ok_or(Error::NotFound)?;
    judged(tx, caller, stored)
}

/// The same, for looking only: also to whom the applicant has named in it, once it is submitted.
///
/// # Errors
/// [`Error::NotFound`].
pub fn legible(tx: &mut Tx<'_>, caller: &Caller, tenant: TenantId, id: ApplicationId) -> Result<(Stored, Actor), Error> {
    let stored = store::find(tx, tenant, id)?.ok_or(Error::NotFound)?;
    match Actor::of(tx, caller)? {
        Actor::Applicant(user) if user != stored.application.user && store::is_relative(tx, &stored.application, user)? => {
            let relative = Actor::Relative(user);
            if relative.sees(&stored) { Ok((stored, relative)) } else { Err(Error::NotFound) }
        }
        actor if actor.sees(&stored) => Ok((stored, actor)),
        _ => Err(Error::NotFound),
    }
}

/// The same, to be changed in this transaction.
///
/// # Errors
/// [`Error::NotFound`].
pub fn visible_for_change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    tenant: TenantId,
    id: ApplicationId,
) -> Result<(Stored, Actor), Error> {
    let stored = store::find_for_change(tx, tenant, id)?.ok_or(Error::NotFound)?;
    judged(tx, caller, stored)
}

fn judged(tx: &mut Tx<'_>, caller: &Caller, stored: Stored) -> Result<(Stored, Actor), Error> {
    let actor = Actor::of(tx, caller)?;
    if actor.sees(&stored) { Ok((stored, actor)) } else { Err(Error::NotFound) }
}

//! What bodies do: load, authorise, apply the rule, save, note what happened, in one transaction. Every front end calls these.
//!
//! Rows are locked in one order (body, e-service, the rest), and whatever belongs to an e-service is changed by whoever holds the
//! e-service's row: so sums of loads and "one at a time" are right without luck. Two that meet all the same are tried again.

pub mod agreements;
pub mod bodies;
pub mod catalog;
pub mod clients;
pub mod files;
pub mod general;
pub mod keychains;
pub mod look;
pub mod papers;
pub mod purposes;
mod trace;

use kernel::{Rng, RomeTime, TenantId, UserId, Uuid};
use storage::{Db, Tx};

use crate::agreements::agreement::Stamp;
use crate::attributes::tenant::Tenant;
use crate::catalog::eservice::EService;
use crate::errors::{Error, Fault, Service};
use crate::ids::EServiceId;
use crate::roles::{Act, Role};
use crate::rules::Rules;
use crate::store::{self, Purpose as Why};

pub use trace::{FEEDS, KEPT_FOR};

/// Whoever does something.
#[derive(Clone, Debug)]
pub struct Actor {
    /// For which body.
    pub tenant: TenantId,
    /// The person; of a machine its administrator, if it has one.
    pub user: Option<UserId>,
    /// What the person may do.
    pub roles: Vec<Role>,
}

/// The circumstances of a deed.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Who.
    pub actor: Actor,
    /// By which rules.
    pub rules: Rules,
    /// When.
    pub now: RomeTime,
    /// Where new identifiers come from.
    pub rng: Rng,
    /// The request.
    pub correlation_id: Option<Uuid>,
}

/// What a deed gives.
pub type Done<T> = Result<T, Error>;

impl Deed {
    /// A new identifier.
    fn id(&self) -> Uuid {
        self.rng.uuid_at(self.now)
    }

    /// Who, and when.
    fn stamp(&self) -> Stamp {
        Stamp { by: self.actor.user, at: self.now }
    }

    /// Lets only the roles of `act` pass.
    fn may(&self, act: Act) -> Done<()> {
        Ok(act.allow(&self.actor.roles)?)
    }

    /// The e-service, which nobody else changes until the end of the transaction.
    fn eservice(&self, tx: &mut Tx<'_>, id: EServiceId, missing: Fault) -> Done<EService> {
        Ok(store::eservices::find(tx, id, Why::Change)?.ok_or(missing)?)
    }

    /// A body.
    fn tenant(&self, tx: &mut Tx<'_>, id: TenantId, why: Why) -> Done<Tenant> {
        Ok(store::bodies::find_tenant(tx, id, why)?.ok_or(Fault::TenantNotFound)?)
    }
}

/// How often two deeds that meet are tried again.
const TRIES: usize = 5;

/// Does a deed. If the database has it give way to another one it is done again, and again; then it is a conflict, with a code.
///
/// # Errors
/// Whatever the deed gives.
pub async fn run<T, F>(db: &Db, service: Service, deed: F) -> Done<T>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Done<T> + Clone + Send + 'static,
{
    for _ in 0..TRIES {
        let again = deed.clone();
        match db.write(move |tx| again(tx)).await {
            Err(Error::Storage(storage::Error::Conflict(_))) => {}
            done => return done,
        }
    }
    Err(Fault::Conflict(service).into())
}

/// A unique key that is taken, as the fault that it is; other failures as they are.
fn taken(error: storage::Error, fault: Fault) -> Error {
    match error {
        storage::Error::Unique(_) => fault.into(),
        error => error.into(),
    }
}

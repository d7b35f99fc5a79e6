//! Topic `documents`: a registry proxy takes the documents that are its to register, and begins when its own event comes back
//! (developers' documentation, "WorkFlow sistema di protocollazione", phase 2).

use contracts::documents::{DocumentV1, Status};
use contracts::{Decoded, decode};
use kernel::ServiceId;
use runtime::{Event, Failure, Outcome};
use storage::{NewTask, Tx};

use crate::document::{Command, Registration, State};
use crate::proxy::Proxy;
use crate::{store, tasks, tree};

/// Takes a document, or begins to register one that was taken.
///
/// # Errors
/// [`Failure::Poison`] when the event is of version 1 and breaks the rules of its form.
pub fn read(proxy: &Proxy, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let document = match decode::<DocumentV1>(&event.payload) {
        Ok(Decoded::Event(document)) => *document,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("not of version 1")),
        // Every proxy reads it, and one that nobody uses has nothing to say of it.
        Err(_) if !store::is_in_use(tx, proxy.names().provider)? => return Ok(Outcome::Ignore("no service is configured")),
        Err(error) => {
            proxy.metrics().invalid();
            return Err(Failure::Poison(format!("not a document: {error}")));
        }
    };
    let (provider, tenant) = (proxy.names().provider, document.tenant_id);
    let Some(service) = service_of(&document) else { return Ok(Outcome::Ignore("of no service")) };
    if document.is_registered() {
        return Ok(Outcome::Ignore("already registered"));
    }
    // Somebody else may have configured it meanwhile, in the storage tree.
    let unknown = !store::is_known(tx, provider, tenant, service)?;
    if unknown && tree::meet(proxy, tx, document.clone(), proxy.app().clock().now())? {
        return Ok(Outcome::Done);
    }
    take(proxy, tx, document)
}

/// The service that a document belongs to, whatever kind of collection it is called.
pub fn service_of(document: &DocumentV1) -> Option<ServiceId> {
    document.remote_collection.as_ref().map(|collection| ServiceId(collection.id))
}

/// Takes a document of version 1 that is not registered, or begins to register it.
///
/// # Errors
/// [`Failure::Poison`] when it breaks the rules of its form.
pub fn take(proxy: &Proxy, tx: &mut Tx<'_>, document: DocumentV1) -> Result<Outcome, Failure> {
    let (provider, tenant) = (proxy.names().provider, document.tenant_id);
    let Some(service) = service_of(&document) else { return Ok(Outcome::Ignore("of no service")) };
    if !store::is_configured(tx, provider, tenant, service)? {
        let begun = store::find_registration(tx, provider, document.id)?
            .is_some_and(|stored| stored.document.tenant_id == tenant && stored.attempts > 0 && stored.state != State::Complete);
        // Nobody would put it back once more: somebody must know of it.
        return if begun && document.status != Status::RegistrationPending {
            Err(Failure::Poison("tenant or service were switched off before the document was registered".to_owned()))
        } else {
            Ok(Outcome::Ignore("tenant or service not configured"))
        };
    }
    let errors = document.validate();
    if !errors.is_empty() {
        proxy.metrics().invalid();
        let fields: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
        return Err(Failure::Poison(format!("not a valid document: {}", fields.join(", "))));
    }
    let stored = store::find_registration_to_change(tx, provider, document.id)?;
    if stored.as_ref().is_some_and(|stored| stored.document.tenant_id != tenant) {
        return Err(Failure::Poison("the identifier belongs to another tenant's document".to_owned()));
    }
    let command = if document.status == Status::RegistrationPending { Command::Begin } else { Command::Take };
    if stored.as_ref().is_some_and(|stored| stored.progress.superseded.contains(&document.event_id)) {
        return Ok(Outcome::Ignore("put back for an attempt that was made already"));
    }
    let new = stored.is_none();
    let mut registration = match stored {
        Some(stored) => Registration { document, ..stored },
        None => Registration::new(document),
    };
    if registration.apply(command).is_err() {
        // Read again, or put back by two orchestrators: the first of them was dealt with.
        return Ok(Outcome::Ignore("being registered, or registered, already"));
    }
    let now = proxy.app().clock().now();
    let came = if new { store::arrival(tx, provider, &registration.document, now)? } else { now };
    store::put_registration(tx, provider, &registration, came)?;
    match command {
        Command::Begin => {
            let payload = tasks::register::payload(&registration.document);
            let (queue, lane) = (proxy.names().register_queue, lane(&registration.document));
            tx.enqueue(&NewTask { queue, lane: &lane, payload: &payload, run_at: now }, now)?;
        }
        _ => proxy.publish(tx, &registration, now)?,
    }
    Ok(Outcome::Done)
}

/// Lanes of a tenant: as many of its documents are registered at a time. A tenant whose registry does not answer leaves the rest of the
/// worker to others.
const LANES: u128 = 4;

/// Where a document waits for its turn. Documents of one application are in one lane: they reach the registry one after the other.
fn lane(document: &DocumentV1) -> String {
    let application = document.remote_id.unwrap_or(document.id.0);
    format!("{}/{}", document.tenant_id, application.as_u128() % LANES)
}

//! Topic `documents`: a registry proxy takes the documents that are its to register, and begins when its own event comes back
//! (developers' documentation, "WorkFlow sistema di protocollazione", phase 2).

use contracts::documents::{DocumentV1, Status};
use contracts::{Decoded, decode};
use kernel::ServiceId;
use runtime::{Event, Failure, Outcome};
use storage::{NewTask, Tx};

use super::require_valid;
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
            return Err(Failure::Poison(format!("non è un documento ({error})")));
        }
    };
    let (provider, tenant) = (proxy.names().provider, document.tenant_id);
    let Some(service) = service_of(&document) else { return Ok(Outcome::Ignore("of no service")) };
    if document.is_registered() {
        return close(proxy, tx, &document);
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

/// Leaves a registered document alone. If its number came from elsewhere while this proxy was trying, no other attempt is made.
fn close(proxy: &Proxy, tx: &mut Tx<'_>, document: &DocumentV1) -> Result<Outcome, Failure> {
    const DONE: Outcome = Outcome::Ignore("already registered");
    let provider = proxy.names().provider;
    let stored = store::find_standing_to_change(tx, provider, document.id)?;
    let Some(stored) = stored.filter(|stored| stored.tenant_id == document.tenant_id) else { return Ok(DONE) };
    let mut registration = stored.of(document.clone());
    if registration.apply(Command::Close).is_err() {
        return Ok(DONE);
    }
    store::save_registration(tx, provider, &registration, proxy.app().clock().now())?;
    tracing::warn!(document_id = %document.id, proxy = proxy.names().service, "document registered by somebody else: no more attempts");
    Ok(Outcome::Done)
}

/// Takes a document of version 1 that is not registered, or begins to register it.
///
/// # Errors
/// [`Failure::Poison`] when it breaks the rules of its form.
pub fn take(proxy: &Proxy, tx: &mut Tx<'_>, document: DocumentV1) -> Result<Outcome, Failure> {
    let (provider, tenant) = (proxy.names().provider, document.tenant_id);
    let Some(service) = service_of(&document) else { return Ok(Outcome::Ignore("of no service")) };
    let stored = store::find_standing_to_change(tx, provider, document.id)?;
    if !store::is_configured(tx, provider, tenant, service)? {
        let begun =
            stored.is_some_and(|stored| stored.tenant_id == tenant && stored.attempts > 0 && stored.state != State::Complete);
        // Nobody would put it back once more: somebody must know of it.
        return if begun && document.status != Status::RegistrationPending {
            Err(Failure::Poison("ente o servizio disattivati prima che il documento fosse registrato".to_owned()))
        } else {
            Ok(Outcome::Ignore("tenant or service not configured"))
        };
    }
    require_valid(&document).inspect_err(|_| proxy.metrics().invalid())?;
    if stored.as_ref().is_some_and(|stored| stored.tenant_id != tenant) {
        return Err(Failure::Poison("l'identificativo è del documento di un altro ente".to_owned()));
    }
    let command = if document.status == Status::RegistrationPending { Command::Begin } else { Command::Take };
    if stored.as_ref().is_some_and(|stored| stored.progress.superseded.contains(&document.event_id)) {
        return Ok(Outcome::Ignore("put back for an attempt that was made already"));
    }
    let before = stored.as_ref().map(|stored| stored.state);
    let mut registration = match stored {
        Some(stored) => {
            let sent = !stored.progress.is_empty();
            let sent = if sent { store::find_registration(tx, provider, document.id)? } else { None };
            if sent.is_some_and(|sent| !sent.progress.fits(&sent.document, &document)) {
                let reason = "il protocollo ha già file di questo documento, e questi sono altri: rimettere in lavorazione l'evento com'era";
                return Err(Failure::Poison(reason.to_owned()));
            }
            stored.of(document)
        }
        None => {
            if let Some(elsewhere) = elsewhere(proxy, tx, &document, service)? {
                return elsewhere;
            }
            Registration::new(document)
        }
    };
    if registration.apply(command).is_err() {
        // Read again, or put back by two orchestrators: the first of them was dealt with.
        return Ok(Outcome::Ignore("being registered, or registered, already"));
    }
    let now = proxy.app().clock().now();
    match before {
        // What comes back is what was stored when it was published.
        Some(State::Taken) => store::save_registration(tx, provider, &registration, now)?,
        Some(_) => store::put_registration(tx, provider, &registration, now)?,
        None => {
            let came = store::arrival(tx, provider, &registration.document, now)?;
            store::put_registration(tx, provider, &registration, came)?;
        }
    }
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

/// What is to be done with a document that the proxy of another registry has taken, if that stands in the way. Its registration is begun
/// anew here only when that registry has nothing of it and its proxy does not go on.
fn elsewhere(
    proxy: &Proxy,
    tx: &mut Tx<'_>,
    document: &DocumentV1,
    service: ServiceId,
) -> Result<Option<Result<Outcome, Failure>>, Failure> {
    let Some((provider, state)) = store::find_elsewhere(tx, proxy.names().provider, document)? else { return Ok(None) };
    if store::is_configured(tx, &provider, document.tenant_id, service)? {
        tracing::error!(document_id = %document.id, service_id = %service, proxy = proxy.names().service, other = provider,
            "the service is configured at two registries: the one that took the document first registers it");
        return Ok(Some(Ok(Outcome::Ignore("the proxy of another registry has it"))));
    }
    Ok((state != State::Failed).then(|| {
        let reason = format!("iniziato al protocollo {provider}, che non è più configurato: riceverebbe un secondo numero");
        Err(Failure::Poison(reason))
    }))
}

/// Lanes of a tenant: as many of its documents are registered at a time. A tenant whose registry does not answer leaves the rest of the
/// worker to others.
const LANES: u128 = 4;

/// Where a document waits for its turn. Documents of one application are in one lane: they reach the registry one after the other.
fn lane(document: &DocumentV1) -> String {
    let application = document.remote_id.unwrap_or(document.id.0);
    format!("{}/{}", document.tenant_id, application.as_u128() % LANES)
}

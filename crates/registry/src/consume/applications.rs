//! Topic `applications`: the dispatcher makes a document of each case of an application that is to be registered, once.

use contracts::applications::{ApplicationV2, status_of};
use contracts::documents::{DocumentV1, RegistrationData, Status};
use contracts::{Decoded, decode};
use kernel::{DocumentId, RomeTime, Uuid};
use runtime::{App, Event, Failure, Outcome};
use storage::Tx;

use super::require_valid;
use crate::document::transmission_type;
use crate::{DISPATCHER, cases, store};

/// Publishes the documents that the application's state calls for and that were not published before.
///
/// # Errors
/// [`Failure::Poison`] when the event is of version 2 and cannot be read, or when its document would break the rules of documents.
pub fn read(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    if status_of(&event.payload).is_some_and(|status| !cases::concern(&status)) {
        return Ok(Outcome::Ignore("nothing to be registered in this status"));
    }
    let application = match decode::<ApplicationV2>(&event.payload) {
        Ok(Decoded::Event(application)) => *application,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("not of version 2")),
        Err(error) => return Err(Failure::Poison(format!("non è una pratica ({error})"))),
    };
    let now = app.clock().now();
    let mut published = false;
    for case in cases::of(&application) {
        let document = case.document(&application, app.event_id(), now, &app.app_id(DISPATCHER));
        if !store::mark_dispatched(tx, document.id, document.tenant_id, application.id, document.event_id, now)? {
            continue;
        }
        publish(tx, &document, now)?;
        tracing::info!(document_id = %document.id, remote_id = %application.id, kind = ?document.kind, "document dispatched");
        published = true;
    }
    for (case, number, at) in cases::by_hand(&application) {
        let mut document = case.document(&application, app.event_id(), now, &app.app_id(DISPATCHER));
        // Under a name of its own, as it is told once.
        let told = DocumentId(Uuid::new_v5(&document.id.0, b"by hand"));
        let (tenant, event) = (document.tenant_id, document.event_id);
        if !store::is_dispatched(tx, document.id)? || !store::mark_dispatched(tx, told, tenant, application.id, event, now)? {
            continue;
        }
        let way = transmission_type(&document);
        document.registration_data = Some(RegistrationData::registered(way, at.unwrap_or(now), number.trim()));
        document.status = Status::RegistrationComplete;
        publish(tx, &document, now)?;
        tracing::info!(document_id = %document.id, remote_id = %application.id, "document registered by hand");
        published = true;
    }
    Ok(if published { Outcome::Done } else { Outcome::Ignore("nothing to be registered, or dispatched already") })
}

/// Publishes a document, unless it breaks the rules of documents.
fn publish(tx: &mut Tx<'_>, document: &DocumentV1, now: RomeTime) -> Result<(), Failure> {
    require_valid(document)?;
    Ok(tx.emit(document, now)?)
}

//! Topic `applications`: the dispatcher makes a document of each case of an application that is to be registered, once.

use contracts::applications::{ApplicationV2, status_of};
use contracts::{Decoded, decode};
use runtime::{App, Event, Failure, Outcome};
use storage::Tx;

use crate::{DISPATCHER, cases, store};

/// Publishes the documents that the application's state calls for and that were not published before.
///
/// # Errors
/// [`Failure::Poison`] when the event is of version 2 and cannot be read, or when its document would break the rules of documents.
pub fn read(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    if status_of(&event.payload).is_some_and(|status| !cases::STATUSES.contains(&&*status)) {
        return Ok(Outcome::Ignore("nothing to be registered in this status"));
    }
    let application = match decode::<ApplicationV2>(&event.payload) {
        Ok(Decoded::Event(application)) => *application,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("not of version 2")),
        Err(error) => return Err(Failure::Poison(format!("not an application: {error}"))),
    };
    let now = app.clock().now();
    let mut published = false;
    for case in cases::of(&application) {
        let document = case.document(&application, app.event_id(), now, &app.app_id(DISPATCHER));
        if !store::mark_dispatched(tx, document.id, document.tenant_id, application.id, document.event_id, now)? {
            continue;
        }
        let errors = document.validate();
        if !errors.is_empty() {
            let fields: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
            return Err(Failure::Poison(format!("no valid document: {}", fields.join(", "))));
        }
        tx.emit(&document, now)?;
        tracing::info!(document_id = %document.id, remote_id = %application.id, kind = ?document.kind, "document dispatched");
        published = true;
    }
    Ok(if published { Outcome::Done } else { Outcome::Ignore("nothing to be registered, or dispatched already") })
}

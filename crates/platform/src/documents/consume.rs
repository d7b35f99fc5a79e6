//! Topic `documents`: what is known of each document, and the numbers that registry proxies send back for applications.

use bus::{Event, Failure, Outcome};
use contracts::documents::DocumentV1;
use contracts::{Decoded, decode};
use storage::Tx;

use super::{Document, store};
use crate::applications;
use crate::context::Context;
use crate::tenants;

/// Keeps what the event tells of the document, and takes its registration over into its application.
///
/// # Errors
/// [`Failure::Poison`] when the event is of version 1 and cannot be read, or breaks the rules of documents.
pub fn read(context: &Context, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let document = match decode::<DocumentV1>(&event.payload)? {
        Decoded::Event(document) => document,
        Decoded::OtherVersion(_) => return Ok(Outcome::Ignore("another version")),
    };
    if tenants::store::find(tx, document.tenant_id)?.is_none() {
        return Ok(Outcome::Ignore("of a tenant of another installation"));
    }
    Failure::unless_valid("documento non valido", &document.validate())?;
    let kept = store::put(tx, document.tenant_id, &Document::of(&document), context.app.clock().now()).map_err(Failure::from)?;
    match applications::registered_document(context, tx, &document)? {
        Outcome::Ignore(reason) if !kept => Ok(Outcome::Ignore(reason)),
        _ => Ok(Outcome::Done),
    }
}

//! Registration numbers come back from the registry proxies.

use bus::{Failure, Outcome};
use contracts::documents::{DocumentType, DocumentV1, Status};
use kernel::ApplicationId;
use storage::Tx;

use super::change::change_stored;
use super::state::{Command, State};
use super::store;
use crate::context::Context;
use crate::errors::Error;
use crate::tenants;

/// Takes over the registration data of a document that is completely registered.
///
/// # Errors
/// [`Failure::Poison`] when it says nothing of its registration.
pub fn registered_document(context: &Context, tx: &mut Tx<'_>, document: &DocumentV1) -> Result<Outcome, Failure> {
    if document.status != Status::RegistrationComplete {
        return Ok(Outcome::Ignore("not completely registered"));
    }
    let Some(id) = document.remote_id.map(ApplicationId) else {
        return Ok(Outcome::Ignore("not of an application"));
    };
    let Some(stored) = store::find_for_change(tx, document.tenant_id, id)? else {
        return Ok(Outcome::Ignore("not of an application of this installation"));
    };
    let tenant = tenants::store::get(tx, document.tenant_id)?.info(context.app.public_url());
    change_stored(tx, &context.app, &tenant, stored, |step| registered(step, document)).map_err(Failure::from)?;
    Ok(Outcome::Done)
}

fn registered(step: &mut super::Step<'_, '_>, document: &DocumentV1) -> Result<(), Error> {
    let registration =
        document.registration_data.as_ref().ok_or(Error::Precondition("Il documento non ha dati di protocollo."))?;
    let number = registration.document_number.trim().to_owned();
    if number.is_empty() {
        return Err(Error::Precondition("Il documento non ha un numero di protocollo."));
    }
    let at = registration.registered_at().unwrap_or(step.now);
    let folder = document.folder.as_ref().and_then(|folder| folder.id.clone()).filter(|id| !id.is_empty());
    let application = step.application();
    match document.kind {
        DocumentType::ApplicationRequest => {
            // The first number stands, whatever is delivered again.
            if application.protocol_number.is_some() {
                step.leave();
                return Ok(());
            }
            application.protocol_number = Some(number);
            application.protocolled_at = Some(at);
            application.protocol_document_id = Some(document.id.to_string());
            application.protocol_folder_number = folder;
            if application.status == State::Submitted { step.apply(Command::Register) } else { Ok(()) }
        }
        DocumentType::ApplicationOutcome => {
            if application.outcome_protocol_number.is_some() {
                step.leave();
                return Ok(());
            }
            application.outcome_protocol_number = Some(number);
            application.outcome_protocolled_at = Some(at);
            application.outcome_protocol_document_id = Some(document.id.to_string());
            match application.status {
                State::AcceptedToRegister => step.apply(Command::Accept),
                State::RejectedToRegister => step.apply(Command::Reject),
                _ => Ok(()),
            }
        }
        DocumentType::IntegrationRequest => integration(step, (number, document.id, at), false),
        DocumentType::IntegrationResponse => integration(step, (number, document.id, at), true),
        _ => {
            step.leave();
            Ok(())
        }
    }
}

/// The number of one side of the last integration.
fn integration(
    step: &mut super::Step<'_, '_>,
    (number, document, at): (String, kernel::DocumentId, kernel::RomeTime),
    inbound: bool,
) -> Result<(), Error> {
    let application = step.application();
    let side = application
        .integrations
        .last_mut()
        .and_then(|last| if inbound { last.inbound.as_mut() } else { Some(&mut last.outbound) });
    let Some(side) = side.filter(|side| side.protocol_number.is_none()) else {
        step.leave();
        return Ok(());
    };
    side.protocol_number = Some(number);
    side.protocol_document_id = Some(document.to_string());
    side.protocolled_at = Some(at);
    match (application.status, inbound) {
        (State::IntegrationRequested, false) => step.apply(Command::OpenIntegration),
        (State::IntegrationSubmitted, true) => {
            step.apply(Command::RegisterIntegration)?;
            step.apply(Command::Resume)
        }
        _ => Ok(()),
    }
}

//! What a payment does to its application.

use super::access::Actor;
use super::change::Step;
use super::state::{Command, State};
use crate::errors::Error;

/// How a payment stands, as the payment side tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum PaymentNews {
    /// The payer has begun; the outcome is not known.
    Started,
    /// Paid.
    Ok,
    /// Refused, expired or cancelled.
    Ko,
}

/// Takes the application where the news leads. News that is already known changes nothing.
///
/// # Errors
/// [`Error::Precondition`] when no payment is expected; [`Error::PaidAfterRefusal`] when it was refused before.
pub fn tell(step: &mut Step<'_, '_>, actor: &Actor, news: PaymentNews) -> Result<(), Error> {
    if !matches!(actor, Actor::Service | Actor::Admin(_)) {
        return Err(Error::Forbidden("Solo il sistema dei pagamenti può comunicare l'esito."));
    }
    let status = step.application().status;
    match (status, news) {
        (State::PaymentPending, PaymentNews::Started) => step.apply(Command::StartPayment),
        (State::PaymentPending | State::PaymentOutcomePending, PaymentNews::Ok) => {
            step.apply(Command::ConfirmPayment)?;
            paid(step)
        }
        (State::PaymentPending | State::PaymentOutcomePending, PaymentNews::Ko) => step.apply(Command::RefusePayment),
        // No edge leads back from a refusal: somebody must give the money back, or take the application up by hand.
        (State::PaymentError, PaymentNews::Ok) => {
            let application_id = step.application().id;
            tracing::error!(%application_id, "an application was paid after its payment was refused");
            Err(Error::PaidAfterRefusal)
        }
        (State::Draft, _) => Err(Error::Precondition("La pratica non attende un pagamento.")),
        _ => {
            step.leave();
            Ok(())
        }
    }
}

/// Goes on after the payment: an application that was being submitted is submitted, one that was already decided is concluded.
fn paid(step: &mut Step<'_, '_>) -> Result<(), Error> {
    let decided = step.application().outcome;
    match decided {
        None => step.apply(Command::Submit),
        Some(_) if step.service.protocol_required => step.apply(Command::AcceptToRegister),
        Some(_) => step.apply(Command::Accept),
    }
}

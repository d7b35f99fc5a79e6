//! What a payment does to its application.

use contracts::messages::Visibility;
use kernel::{Money, PaymentId};

use super::access::Actor;
use super::change::Step;
use super::state::{Command, State};
use super::store;
use crate::errors::Error;
use crate::messages::{self, Message};

/// What the history says of money that came too late, and citizen and office read in a message.
const LATE: &str = "Il pagamento è arrivato dopo la chiusura della pratica.";
const TO_CITIZEN: &str = "<p>Il pagamento è arrivato dopo la chiusura della pratica, che resta chiusa. L'ente verifica come \
    restituire la somma, o come tenerne conto: non serve pagare di nuovo.</p>";
const TO_OFFICE: &str = "<p>Il pagamento risulta eseguito, ma la pratica era già chiusa: rimborsarlo, oppure tenerne conto in \
    una nuova pratica, e avvisare il richiedente.</p>";

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

/// What is told of a payment.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// How it stands.
    pub news: PaymentNews,
    /// Which payment it is; whoever is no part of this installation does not say.
    pub payment: Option<PaymentId>,
    /// How much it is, if it is said.
    pub amount: Option<Money>,
}

/// Takes the application where the news leads. News that is already known, and news of a payment that the application does not wait for,
/// changes nothing.
///
/// # Errors
/// [`Error::Precondition`] when no payment is expected; [`Error::Exists`] when another payment than the application's was paid, and
/// [`Error::Invalid`] when it is less than what is due: somebody must look after that money.
pub fn tell(step: &mut Step<'_, '_>, actor: &Actor, told: Told) -> Result<(), Error> {
    if !matches!(actor, Actor::Service | Actor::Admin(_)) {
        return Err(Error::Forbidden("Solo il sistema dei pagamenti può comunicare l'esito."));
    }
    let status = step.application().status;
    if matches!(status, State::PaymentPending | State::PaymentOutcomePending) && !is_awaited(step, told)? {
        step.leave();
        return Ok(());
    }
    match (status, told.news) {
        (State::PaymentPending, PaymentNews::Started) => step.apply(Command::StartPayment),
        (State::PaymentPending | State::PaymentOutcomePending, PaymentNews::Ok) => {
            step.apply(Command::ConfirmPayment)?;
            paid(step)
        }
        (State::PaymentPending | State::PaymentOutcomePending, PaymentNews::Ko) => step.apply(Command::RefusePayment),
        (State::PaymentError | State::Revoked, PaymentNews::Ok) => late(step),
        (State::Draft, _) => Err(Error::Precondition("La pratica non attende un pagamento.")),
        _ => {
            step.leave();
            Ok(())
        }
    }
}

/// Whether the news is of the payment that the application waits for: the first that it is told of, and not of less than what is due. Others
/// may carry its identifier too, because whoever imports dues writes it there.
fn is_awaited(step: &mut Step<'_, '_>, told: Told) -> Result<bool, Error> {
    let due = step.application().payment_data.as_ref().map(|data| data.amount);
    let is_short = told.amount.zip(due).is_some_and(|(told, due)| told < due);
    let is_other = match told.payment {
        Some(payment) if !is_short => store::own_payment(step.tx, &step.stored.application, payment, step.now)? != payment,
        _ => false,
    };
    match (is_short, is_other, told.news) {
        (false, false, _) => Ok(true),
        (true, _, PaymentNews::Ok) => {
            let message = "L'importo pagato è inferiore a quello dovuto per la pratica: verificare il pagamento.";
            Err(Error::field("/amount", "min", message))
        }
        (_, true, PaymentNews::Ok) => Err(Error::Exists(
            "La pratica attende l'esito di un altro pagamento: verificare a che cosa si riferisce quello comunicato.",
        )),
        _ => {
            let id = step.application().id;
            tracing::warn!(application_id = %id, "news of a payment that the application does not wait for is left aside");
            Ok(false)
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

/// Takes note, once, of money for an application whose payment was refused, or which was annulled before it was paid. No edge leads back
/// from there: somebody must give the money back, or take it into account by hand. The history, both sides' messages and the log say so.
fn late(step: &mut Step<'_, '_>) -> Result<(), Error> {
    let application = step.application().clone();
    let history = store::history(step.tx, application.id)?;
    let in_time = history.iter().any(|entry| entry.status_code == State::PaymentSuccess.code());
    // The entry of a closing status has no message with an identity, but for ours.
    let noted = history.iter().any(|entry| entry.status_code == application.status.code() && entry.message_id.is_some());
    step.leave();
    if in_time || noted {
        return Ok(());
    }
    let write = |visibility, text| Message::of_platform(step.app, step.tenant, &application, visibility, text);
    let (citizen, office) = (write(Visibility::Applicant, TO_CITIZEN), write(Visibility::Internal, TO_OFFICE));
    for message in [&citizen, &office] {
        messages::send(step.tx, step.app, application.tenant, message, step.now)?;
    }
    store::add_history(step.tx, application.id, application.status, Some(LATE), Some(citizen.id), step.now)?;
    tracing::error!(application_id = %application.id, status = application.status.code(), "an application was paid after it was closed");
    Ok(())
}

//! The payment as its proxy sees it: where it stands, what may be done with it, and what each deed leaves in the event (developers'
//! documentation, "Un pagamento in dettaglio" and "Tabella stati pagamento"). Everything here is pure.
//!
//! A payment is the latest event about it: the same structure is stored, published and shown.

use contracts::payments::{Link, Method, PaymentV2};
use kernel::{NoticeNumber, RomeTime};

pub use contracts::payments::Status as State;

use crate::ladder::{Ladder, next_check_at};
use crate::links::ProxyUrls;

/// What can happen to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The provider took the position.
    Create,
    /// The provider, or a rule, refused the position.
    Refuse,
    /// The citizen goes to the provider's page.
    OpenCheckout,
    /// The citizen comes back from the provider's page.
    Land,
    /// The citizen comes back from the provider's page, where the attempt was refused or given up.
    LandRefused,
    /// The citizen opens the notice.
    OpenNotice,
    /// The citizen opens the receipt.
    OpenReceipt,
    /// The provider was asked: still to be paid.
    FindOpen,
    /// The provider was asked: the citizen is paying.
    FindStarted,
    /// The provider says that it is paid.
    FindPaid,
    /// The provider says that the term to pay is over.
    FindLapsed,
    /// The provider says that the position was withdrawn there.
    FindWithdrawn,
    /// The payment is over a year old and still open.
    Expire,
    /// An operator cancels it.
    Cancel,
}

/// What an edge leaves in the event besides `status` and `updated_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Nothing.
    None,
    /// `payment.notice_code`, `payment.iuv` and every link.
    Links,
    /// `links.online_payment_begin.last_opened_at`
    CheckoutOpened,
    /// `links.online_payment_landing.last_opened_at`
    Landed,
    /// `links.offline_payment.last_opened_at`
    NoticeOpened,
    /// `links.receipt.last_opened_at`
    ReceiptOpened,
    /// `payment.paid_at`, `payment.transaction_id`; nobody checks any more.
    Paid,
    /// Nobody checks any more.
    Closed,
    /// `links.cancel.last_opened_at`; nobody checks any more.
    Canceled,
}

/// An edge of the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// State before.
    pub from: State,
    /// What happens.
    pub action: Action,
    /// State after; its event goes to topic `payments`.
    pub to: State,
    /// What the event notes.
    pub mark: Mark,
}

const fn edge(from: State, action: Action, to: State, mark: Mark) -> Transition {
    Transition { from, action, to, mark }
}

/// Every edge there is. The diagram of the README and the tests are made from this table.
///
/// Money wins: a payment that the provider reports as paid is complete, even if it had expired or been cancelled here. Whoever comes back
/// without having paid has begun nothing: the payment is open, and can be made at once.
pub const TRANSITIONS: &[Transition] = {
    use Action as A;
    use State as S;
    &[
        edge(S::CreationPending, A::Create, S::PaymentPending, Mark::Links),
        edge(S::CreationPending, A::Refuse, S::CreationFailed, Mark::None),
        edge(S::PaymentPending, A::OpenCheckout, S::PaymentPending, Mark::CheckoutOpened),
        edge(S::PaymentStarted, A::OpenCheckout, S::PaymentStarted, Mark::CheckoutOpened),
        edge(S::PaymentPending, A::Land, S::PaymentStarted, Mark::Landed),
        edge(S::PaymentStarted, A::Land, S::PaymentStarted, Mark::Landed),
        edge(S::Complete, A::Land, S::Complete, Mark::Landed),
        edge(S::PaymentPending, A::LandRefused, S::PaymentPending, Mark::Landed),
        edge(S::PaymentStarted, A::LandRefused, S::PaymentStarted, Mark::Landed),
        edge(S::Complete, A::LandRefused, S::Complete, Mark::Landed),
        edge(S::PaymentPending, A::OpenNotice, S::PaymentPending, Mark::NoticeOpened),
        edge(S::PaymentStarted, A::OpenNotice, S::PaymentStarted, Mark::NoticeOpened),
        edge(S::PaymentPending, A::FindOpen, S::PaymentPending, Mark::None),
        edge(S::PaymentStarted, A::FindOpen, S::PaymentStarted, Mark::None),
        edge(S::PaymentPending, A::FindStarted, S::PaymentStarted, Mark::None),
        edge(S::PaymentStarted, A::FindStarted, S::PaymentStarted, Mark::None),
        edge(S::PaymentPending, A::FindPaid, S::Complete, Mark::Paid),
        edge(S::PaymentStarted, A::FindPaid, S::Complete, Mark::Paid),
        edge(S::PaymentFailed, A::FindPaid, S::Complete, Mark::Paid),
        edge(S::Expired, A::FindPaid, S::Complete, Mark::Paid),
        edge(S::Canceled, A::FindPaid, S::Complete, Mark::Paid),
        edge(S::PaymentPending, A::FindLapsed, S::PaymentFailed, Mark::Closed),
        edge(S::PaymentStarted, A::FindLapsed, S::PaymentFailed, Mark::Closed),
        edge(S::PaymentPending, A::FindWithdrawn, S::Canceled, Mark::Closed),
        edge(S::PaymentStarted, A::FindWithdrawn, S::Canceled, Mark::Closed),
        edge(S::PaymentPending, A::Expire, S::Expired, Mark::Closed),
        edge(S::PaymentStarted, A::Expire, S::Expired, Mark::Closed),
        edge(S::CreationFailed, A::Cancel, S::Canceled, Mark::Canceled),
        edge(S::PaymentPending, A::Cancel, S::Canceled, Mark::Canceled),
        edge(S::PaymentStarted, A::Cancel, S::Canceled, Mark::Canceled),
        edge(S::Complete, A::OpenReceipt, S::Complete, Mark::ReceiptOpened),
    ]
};

/// Whether the table leads from `earlier` to `later`: of two events of one instant the second is news then, wherever they stand in the log.
pub fn precedes(earlier: State, later: State) -> bool {
    let mut reached = vec![earlier];
    let mut looked_at = 0;
    while let Some(&from) = reached.get(looked_at) {
        looked_at += 1;
        for edge in TRANSITIONS.iter().filter(|edge| edge.from == from) {
            if !reached.contains(&edge.to) {
                reached.push(edge.to);
            }
        }
    }
    earlier != later && reached.contains(&later)
}

/// Where a position stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// To be paid.
    Open,
    /// Somebody is paying.
    Started,
    /// Paid.
    Paid {
        /// When, if the provider tells.
        paid_at: Option<RomeTime>,
        /// The provider's transaction, if it tells.
        transaction_id: Option<String>,
    },
    /// Not paid within its term.
    Lapsed,
    /// Withdrawn.
    Withdrawn,
}

/// Something that is to happen to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The provider took the position.
    Create {
        /// The number that the citizen types, if the payment has one.
        notice: Option<NoticeNumber>,
        /// Addresses of the proxy, which become the payment's links.
        urls: ProxyUrls,
    },
    /// The provider, or a rule, refused the position.
    Refuse {
        /// Addresses of the proxy: a payment that was not created can still be cancelled.
        urls: ProxyUrls,
    },
    /// The citizen goes to the provider's page.
    OpenCheckout,
    /// The citizen comes back from the provider's page.
    Land,
    /// The citizen comes back from the provider's page, where the attempt was refused or given up.
    LandRefused,
    /// The citizen opens the notice.
    OpenNotice,
    /// The citizen opens the receipt.
    OpenReceipt,
    /// The provider was asked on schedule: notes the check and when the next one is due.
    Check(Standing),
    /// The provider told of itself, or was asked for another reason.
    Report(Standing),
    /// An operator cancels it.
    Cancel,
}

/// The payment is not in a state that allows this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action:?} is not possible in state {state:?}")]
pub struct NotPossible {
    /// Where the payment stands.
    pub state: State,
    /// What was to happen.
    pub action: Action,
}

/// The payment after `command` at `now`, ready to be stored and published; its event identity is still the old one.
///
/// # Errors
/// [`NotPossible`] when [`TRANSITIONS`] has no such edge. Nothing else is looked at.
pub fn apply(payment: &PaymentV2, command: &Command, now: RomeTime) -> Result<PaymentV2, NotPossible> {
    let now = now.trunc_to_second();
    let next = match command {
        Command::Check(_) => next_check_at(payment.created_at, Some(now)),
        _ => Ladder::Unchanged,
    };
    let action = action(command, next);
    let edge = TRANSITIONS.iter().find(|edge| edge.from == payment.status && edge.action == action);
    let edge = edge.ok_or(NotPossible { state: payment.status, action })?;
    let mut after = payment.clone();
    after.status = edge.to;
    after.updated_at = now;
    if let Command::Check(_) = command {
        after.links.update.last_check_at = Some(now);
    }
    if let Ladder::At(next) = next {
        after.links.update.next_check_at = Some(next);
    }
    mark(&mut after, edge.mark, command, now);
    Ok(after)
}

fn action(command: &Command, next: Ladder) -> Action {
    match command {
        Command::Create { .. } => Action::Create,
        Command::Refuse { .. } => Action::Refuse,
        Command::OpenCheckout => Action::OpenCheckout,
        Command::Land => Action::Land,
        Command::LandRefused => Action::LandRefused,
        Command::OpenNotice => Action::OpenNotice,
        Command::OpenReceipt => Action::OpenReceipt,
        Command::Cancel => Action::Cancel,
        Command::Check(standing) | Command::Report(standing) => match standing {
            Standing::Open | Standing::Started if next == Ladder::Expired => Action::Expire,
            Standing::Open => Action::FindOpen,
            Standing::Started => Action::FindStarted,
            Standing::Paid { .. } => Action::FindPaid,
            Standing::Lapsed => Action::FindLapsed,
            Standing::Withdrawn => Action::FindWithdrawn,
        },
    }
}

fn mark(after: &mut PaymentV2, mark: Mark, command: &Command, now: RomeTime) {
    let open = |link: &mut Link| link.last_opened_at = Some(now);
    let links = &mut after.links;
    match mark {
        Mark::CheckoutOpened => open(&mut links.online_payment_begin),
        Mark::Landed => open(&mut links.online_payment_landing),
        Mark::NoticeOpened => open(&mut links.offline_payment),
        Mark::ReceiptOpened => open(&mut links.receipt),
        Mark::Canceled => open(&mut links.cancel),
        Mark::None | Mark::Links | Mark::Paid | Mark::Closed => {}
    }
    if matches!(mark, Mark::Paid | Mark::Closed | Mark::Canceled) {
        links.update.next_check_at = None;
    }
    match command {
        Command::Create { notice, urls } => {
            after.payment.notice_code = notice.map(|notice| notice.to_string());
            after.payment.iuv = notice.map(|notice| notice.iuv().to_string());
            urls.fill(after.id, links, now);
        }
        Command::Refuse { urls } => {
            links.confirm.method = Some(Method::Patch);
            links.cancel = urls.cancel(after.id);
        }
        Command::Check(Standing::Paid { paid_at, transaction_id })
        | Command::Report(Standing::Paid { paid_at, transaction_id }) => {
            after.payment.paid_at = paid_at.map(RomeTime::trunc_to_second).or(after.payment.paid_at);
            after.payment.transaction_id = transaction_id.clone().or_else(|| after.payment.transaction_id.take());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;

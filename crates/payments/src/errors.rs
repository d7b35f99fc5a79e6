//! What can go wrong in payments, and what it answers.

use contracts::payments::Status;
use kernel::{FieldError, Problem};
use web::ApiError;

use crate::payment::NotPossible;
use crate::providers::ProviderError;

/// What can go wrong in payments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such payment or configuration, or another tenant's.
    #[error("not found")]
    NotFound,
    /// The payment's state does not allow it.
    #[error("{0}")]
    NotPossible(#[from] NotPossible),
    /// The payment lacks what its document would show: a number of pagoPA, an amount.
    #[error("the payment has no such document")]
    NoDocument,
    /// A configuration breaks its rules.
    #[error("{} wrong fields", .0.len())]
    Invalid(Vec<FieldError>),
    /// An active configuration with this identifier is already there.
    #[error("the configuration exists already")]
    Exists,
    /// More configurations were asked for at once than the interface allows.
    #[error("too many configurations at once")]
    TooMany,
    /// An import cannot be begun with what was sent.
    #[error("{} wrong fields", .0.len())]
    InvalidImport(Vec<FieldError>),
    /// A cart cannot be made of what was sent.
    #[error("{} wrong fields", .0.len())]
    InvalidCart(Vec<FieldError>),
    /// Some payments of a cart cannot be paid any more; the others can.
    #[error("{} payments of the cart cannot be paid", .0.len())]
    NotPayable(Vec<FieldError>),
    /// The provider takes one payment at a time.
    #[error("the provider has no carts")]
    NoCarts,
    /// The provider refused, or did not answer clearly.
    #[error("provider: {0}")]
    Provider(#[from] ProviderError),
    /// The database failed.
    #[error("{0}")]
    Storage(#[from] storage::Error),
    /// A defect of ours: an event that breaks its contract, a document that could not be typeset.
    #[error("{0}")]
    Defect(String),
}

impl Error {
    /// Code, status and title of each error; the one place that says what an error answers.
    fn problem(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::NotFound => ("not-found", 404, "Non trovato"),
            Self::NotPossible(_) => ("payment-state", 409, "Operazione non possibile in questo stato del pagamento"),
            Self::NoDocument => ("no-document", 409, "Documento non disponibile"),
            Self::Invalid(_) => ("invalid-configuration", 422, "Configurazione non valida"),
            Self::InvalidImport(_) => ("invalid-import", 422, "Importazione non valida"),
            Self::InvalidCart(_) => ("invalid-cart", 422, "Carrello non valido"),
            Self::NotPayable(_) => ("cart-not-payable", 409, "Alcuni pagamenti non si possono eseguire"),
            Self::NoCarts => ("no-carts", 409, "Pagamento di più avvisi insieme non disponibile"),
            Self::Exists => ("configuration-exists", 409, "Configurazione già presente"),
            Self::TooMany => ("too-many-configurations", 400, "Troppe configurazioni richieste insieme"),
            Self::Provider(ProviderError::Refused(_)) => {
                ("provider-refused", 502, "L'intermediario di pagamento ha rifiutato la richiesta")
            }
            Self::Provider(ProviderError::Unclear(_)) => {
                ("provider-unavailable", 503, "L'intermediario di pagamento non risponde")
            }
            Self::Storage(_) => ("unavailable", 503, "Servizio momentaneamente non disponibile"),
            Self::Defect(_) => ("internal", 500, "Errore interno"),
        }
    }

    /// What the caller can do about it.
    fn detail(&self) -> Option<String> {
        Some(match self {
            Self::NotPossible(NotPossible { state, .. }) => state_detail(*state).to_owned(),
            Self::NoDocument => "Il pagamento non ha i dati necessari: rivolgersi all'ente.".to_owned(),
            Self::NotPayable(_) => "Togliere dal carrello i pagamenti indicati: gli altri si possono eseguire.".to_owned(),
            Self::NoCarts => "L'intermediario di questi avvisi li fa pagare uno alla volta.".to_owned(),
            Self::Invalid(_) | Self::InvalidImport(_) | Self::InvalidCart(_) => {
                "Correggere i campi indicati e inviare di nuovo.".to_owned()
            }
            Self::Exists => "Per modificarla usare PUT o PATCH.".to_owned(),
            Self::TooMany => format!("Chiederne al massimo {} per volta.", crate::configuration::MAX_IDS),
            Self::Provider(ProviderError::Unclear(_)) => "Riprovare fra qualche minuto.".to_owned(),
            Self::Provider(ProviderError::Refused(_)) => {
                "Segnalare il problema all'ente, che può controllare la configurazione.".to_owned()
            }
            _ => return None,
        })
    }
}

/// What a state means to somebody who wanted something else.
pub fn state_detail(state: Status) -> &'static str {
    match state {
        Status::CreationPending => "Il pagamento è in corso di creazione: riprovare fra qualche secondo.",
        Status::CreationFailed => "Il pagamento non è stato creato presso l'intermediario: rivolgersi all'ente.",
        Status::PaymentPending | Status::PaymentStarted => "Il pagamento non risulta ancora eseguito.",
        Status::Complete | Status::PaymentConfirmed | Status::NotificationPending => "Il pagamento risulta già eseguito.",
        Status::PaymentFailed | Status::Expired => "Il termine per pagare è scaduto: rivolgersi all'ente.",
        Status::Canceled => "Il pagamento è stato annullato.",
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Storage(error) => error.into(),
            Error::NotFound => Self::not_found(),
            Error::Defect(source) => Self::internal(source),
            error => {
                let (code, status, title) = error.problem();
                if status == 503 {
                    // Keeps the source for the log and adds Retry-After.
                    let mut answer = Self::unavailable(&error);
                    *answer.problem = Problem { detail: error.detail(), ..Problem::new(status, code, title) };
                    return answer;
                }
                let errors = match &error {
                    Error::Invalid(errors)
                    | Error::InvalidImport(errors)
                    | Error::InvalidCart(errors)
                    | Error::NotPayable(errors) => errors.clone(),
                    _ => Vec::new(),
                };
                Problem { detail: error.detail(), ..Problem::new(status, code, title) }.errors(errors).into()
            }
        }
    }
}

impl From<storage::FileError> for Error {
    fn from(error: storage::FileError) -> Self {
        Self::Storage(storage::Error::Unavailable(error.to_string()))
    }
}

impl From<Error> for bus::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Storage(error) => error.into(),
            error => Self::Poison(error.to_string()),
        }
    }
}

impl From<Error> for runtime::TaskError {
    fn from(error: Error) -> Self {
        match error {
            Error::Storage(_) | Error::Provider(ProviderError::Unclear(_)) => Self::Retry(error.to_string()),
            error => Self::Fail(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::Action;

    #[test]
    fn every_error_answers_with_a_status_and_says_what_to_do() {
        let state = NotPossible { state: Status::Complete, action: Action::OpenCheckout };
        for (error, status) in [
            (Error::NotFound, 404),
            (Error::NotPossible(state), 409),
            (Error::NoDocument, 409),
            (Error::Invalid(vec![FieldError::new("/name", "required", "x")]), 422),
            (Error::InvalidImport(vec![FieldError::new("/type", "enum", "x")]), 422),
            (Error::InvalidCart(vec![FieldError::new("/payments", "length", "x")]), 422),
            (Error::NotPayable(vec![FieldError::new("/payments/0", "complete", "x")]), 409),
            (Error::NoCarts, 409),
            (Error::Exists, 409),
            (Error::TooMany, 400),
            (Error::Provider(ProviderError::Refused("x".into())), 502),
            (Error::Provider(ProviderError::Unclear("x".into())), 503),
            (Error::Storage(storage::Error::Unavailable("disk".into())), 503),
            (Error::Defect("x".into()), 500),
        ] {
            assert_eq!(error.problem().1, status, "{error}");
            let problem = ApiError::from(error.clone()).problem;
            assert_eq!(problem.status, status, "{error}");
            assert!(problem.detail.is_some(), "{error}");
            assert!(!problem.detail.unwrap_or_default().contains("disk"));
        }
    }
}

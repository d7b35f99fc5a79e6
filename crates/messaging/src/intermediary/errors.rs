//! What the intermediary refuses.

use kernel::{FieldError, Problem};
use web::ApiError;

/// A refused or failed operation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody is here under that name, or may not do this.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// There is none, or it is another body's or supplier's.
    #[error("not found")]
    NotFound,
    /// The state does not allow it: what it is, its state, the command.
    #[error("{0} is {1}: no {2}")]
    NoTransition(&'static str, String, String),
    /// Fields that are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// Somebody else must agree first.
    #[error("four eyes: {0}")]
    FourEyes(&'static str),
    /// The test must be sent first.
    #[error("not tested: {0}")]
    NotTested(&'static str),
    /// The service may not send at the moment.
    #[error("service not active")]
    NotActive,
    /// The same thing was handed in or named before.
    #[error("there already: {0}")]
    There(String),
    /// The `Idempotency-Key` was used for something else.
    #[error("key reused")]
    KeyReused,
    /// The database failed.
    #[error("{0}")]
    Storage(#[from] storage::Error),
}

/// A refusal of one field.
pub fn invalid(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::Invalid(vec![FieldError::new(field, "invalid", message)])
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let problem = |status, code, title: &str| Problem::new(status, code, title);
        match refusal {
            Refusal::Forbidden(why) => Self::forbidden(why),
            Refusal::NotFound => Self::not_found(),
            Refusal::NoTransition(what, state, command) => {
                problem(409, "ioservice-no-transition", "Operazione non possibile ora")
                    .detail(format!("{what} è nello stato {state}: il comando {command} non è possibile."))
                    .into()
            }
            Refusal::Invalid(errors) => problem(422, "invalid-fields", "Campi non validi").errors(errors).into(),
            Refusal::FourEyes(why) => {
                problem(409, "ioservice-four-eyes", "Serve l'approvazione di un'altra persona").detail(why).into()
            }
            Refusal::NotTested(why) => problem(409, "ioservice-not-tested", "Serve prima l'invio di prova").detail(why).into(),
            Refusal::NotActive => problem(409, "ioservice-not-active", "Servizio non attivo")
                .detail("Il servizio non è attivo: il referente dell'ente deve attivarlo prima di inviare.")
                .into(),
            Refusal::There(what) => problem(409, "ioservice-exists", "Già presente").detail(what).into(),
            Refusal::KeyReused => problem(422, "ioservice-key-reused", "Idempotency-Key già usata")
                .detail("La Idempotency-Key è già di un'altra consegna: usarne una nuova per ogni nuovo file.")
                .into(),
            Refusal::Storage(error) => error.into(),
        }
    }
}

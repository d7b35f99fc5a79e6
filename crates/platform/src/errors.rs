//! What the platform refuses, with the texts that people read.

use kernel::{FieldError, Problem};

use crate::applications::state::{Command, State};

/// A refused or failed operation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or is somebody else's.
    #[error("not found")]
    NotFound,
    /// The caller is known but may not.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The application's status does not allow it.
    #[error("{command:?} is not allowed in {status:?}")]
    NotAllowedNow {
        /// Where the application stands.
        status: State,
        /// What was asked.
        command: Command,
    },
    /// Something else must be done first, or is wrong with the request as a whole.
    #[error("{0}")]
    Precondition(&'static str),
    /// Fields are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// Another application with the same unique value is open.
    #[error("duplicate application")]
    Duplicate,
    /// Something of that name or identifier exists already.
    #[error("exists: {0}")]
    Exists(&'static str),
    /// A field has a value that belongs to another.
    #[error("taken: {}", .0.field)]
    Taken(FieldError),
    /// A form's definition cannot be used.
    #[error("form: {0}")]
    BadForm(String),
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Another role does not answer.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A defect of ours.
    #[error("defect: {0}")]
    Defect(String),
}

impl Error {
    /// One wrong field.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    fn problem(&self) -> Option<Problem> {
        let problem = Problem::new;
        Some(match self {
            Self::NotFound | Self::Storage(storage::Error::NotFound) => problem(404, "not-found", "Non trovato")
                .detail("La risorsa non esiste o non è accessibile: controllare l'indirizzo."),
            Self::Forbidden(detail) => problem(403, "forbidden", "Operazione non consentita").detail(*detail),
            Self::NotAllowedNow { status, .. } => problem(422, "not-allowed-now", "Operazione non possibile in questo stato")
                .detail(format!(
                    "La pratica è nello stato {} ({}): le operazioni possibili sono elencate nel campo links.",
                    status.code(),
                    status.label()
                )),
            Self::Precondition(detail) => problem(422, "precondition", "Operazione non possibile").detail(*detail),
            Self::Invalid(errors) => problem(422, "invalid-fields", "Campi non validi")
                .detail("Correggere i campi indicati e inviare di nuovo.")
                .errors(errors.clone()),
            Self::Duplicate => problem(409, "duplicate-application", "Pratica già presentata")
                .detail("Esiste già una pratica aperta di questo servizio con lo stesso valore: attendere che si concluda."),
            Self::Exists(detail) => problem(409, "exists", "Esiste già").detail(*detail),
            Self::Taken(field) => problem(409, "exists", "Esiste già")
                .detail("Il campo indicato ha il valore di un altro: correggerlo e inviare di nuovo.")
                .errors(vec![field.clone()]),
            Self::BadForm(detail) => problem(422, "bad-form", "Modulo non utilizzabile").detail(detail.clone()),
            Self::Storage(_) | Self::Unavailable(_) | Self::Defect(_) => return None,
        })
    }
}

impl From<Error> for web::ApiError {
    fn from(error: Error) -> Self {
        match (error.problem(), error) {
            (Some(problem), _) => problem.into(),
            (None, Error::Storage(error)) => error.into(),
            (None, Error::Unavailable(reason)) => Self::unavailable(reason),
            (None, error) => Self::internal(error),
        }
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
            Error::Storage(error) => error.into(),
            error => Self::Fail(error.to_string()),
        }
    }
}

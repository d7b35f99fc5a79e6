//! What goes wrong when configurations are changed, and what is answered.

use kernel::{FieldError, Problem};

/// A refused operation on the configurations.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such configuration, or it is another tenant's.
    #[error("no such configuration")]
    NotConfigured,
    /// The configuration that is to be stored names another tenant than its own.
    #[error("it names another tenant than the one whose configuration this is")]
    AnotherTenants,
    /// Fields are missing or wrong.
    #[error("invalid configuration")]
    Invalid(Vec<FieldError>),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

impl Error {
    /// Code, status and title of each refusal; `None` for failures, which say nothing of themselves.
    fn problem(&self) -> Option<Problem> {
        match self {
            Self::NotConfigured => Some(
                Problem::new(404, "registry-configuration-not-found", "Configurazione non trovata")
                    .detail("Non esiste una configurazione del protocollo con questo identificativo: crearla con POST."),
            ),
            Self::AnotherTenants => Some(
                Problem::new(404, "registry-configuration-not-found", "Configurazione non trovata")
                    .detail("La configurazione è di un altro ente: inviare solo quelle dell'ente del token."),
            ),
            Self::Invalid(errors) => Some(
                Problem::new(422, "invalid-fields", "Campi non validi")
                    .detail("Correggere i campi indicati e inviare di nuovo.")
                    .errors(errors.clone()),
            ),
            Self::Storage(_) => None,
        }
    }
}

impl From<Error> for web::ApiError {
    fn from(error: Error) -> Self {
        match (error.problem(), error) {
            (Some(problem), _) => problem.into(),
            (None, Error::Storage(error)) => error.into(),
            (None, error) => Self::internal(error),
        }
    }
}

//! What the connector refuses, and what those behind it refuse.

use kernel::{FieldError, Problem};

/// A refusal or a failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// There is no such body, client, key or configuration, or it is another body's.
    #[error("no such configuration")]
    NotConfigured,
    /// It is there already.
    #[error("configured already")]
    Exists,
    /// A client signs with the key pair.
    #[error("the key pair belongs to a client")]
    KeyInUse,
    /// Fields are missing or wrong.
    #[error("invalid configuration")]
    Invalid(Vec<FieldError>),
    /// No active configuration of the body calls the e-service: its name.
    #[error("no active configuration calls {0}")]
    NotActive(&'static str),
    /// Somebody asks for the data of somebody else.
    #[error("somebody else's data")]
    NotYours,
    /// The register does not know the person.
    #[error("the register does not know the person")]
    Unknown,
    /// The interoperability platform gives no voucher, and says why.
    #[error("no voucher: {0}")]
    VoucherRefused(String),
    /// The platform or the provider does not answer, or fails.
    #[error("no answer: {0}")]
    Unavailable(String),
    /// The provider refuses the request, and says why.
    #[error("refused by the provider: {0}")]
    Refused(String),
    /// The answer is not what the provider promises.
    #[error("the answer does not read: {0}")]
    Unreadable(String),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A defect of ours, or a secret that is not the one of yesterday.
    #[error("{0}")]
    Defect(String),
}

impl Error {
    /// A wrong field.
    pub fn field(field: &str, code: &str, message: &str) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }
}

impl From<Error> for web::ApiError {
    fn from(error: Error) -> Self {
        let problem = match error {
            Error::Storage(error) => return error.into(),
            Error::Defect(reason) => return Self::internal(reason),
            Error::NotConfigured => Problem::new(404, "pdnd-configuration-not-found", "Configurazione non trovata")
                .detail("Non esiste una configurazione con questo identificativo: controllare l'indirizzo."),
            Error::Exists => Problem::new(409, "pdnd-configuration-exists", "Configurazione già presente")
                .detail("Esiste già: modificarla con PUT o PATCH."),
            Error::KeyInUse => Problem::new(409, "pdnd-key-in-use", "Chiave in uso")
                .detail("Un client firma con questa chiave: associargliene un'altra, poi eliminarla."),
            Error::Invalid(errors) => Problem::new(422, "invalid-fields", "Campi non validi")
                .detail("Correggere i campi indicati e inviare di nuovo.")
                .errors(errors),
            Error::NotActive(name) => Problem::new(409, "pdnd-not-active", "E-service non attivo")
                .detail(format!("L'ente non ha una configurazione attiva per l'e-service {name}: crearla o attivarla.")),
            Error::NotYours => Problem::new(403, "pdnd-not-your-data", "Dati di un'altra persona")
                .detail("Ciascuno può chiedere solo i dati del codice fiscale con cui ha effettuato l'accesso."),
            Error::Unknown => Problem::new(404, "pdnd-person-not-found", "Nessun dato")
                .detail("La banca dati dell'erogatore non ha dati per questo codice fiscale."),
            Error::VoucherRefused(reason) => Problem::new(502, "pdnd-voucher-refused", "Voucher rifiutato")
                .detail(format!("La piattaforma di interoperabilità non ha emesso il voucher: {reason}")),
            Error::Unavailable(reason) => {
                tracing::warn!(event_type = "pdnd", reason, "somebody behind the connector does not answer");
                Problem::new(503, "pdnd-unavailable", "Banca dati momentaneamente non disponibile")
                    .detail("L'erogatore o la piattaforma di interoperabilità non risponde: riprovare fra qualche minuto.")
            }
            Error::Refused(reason) => Problem::new(502, "pdnd-provider-refused", "Richiesta rifiutata dall'erogatore")
                .detail(format!("L'erogatore ha rifiutato la richiesta: {reason}")),
            Error::Unreadable(reason) => {
                tracing::error!(event_type = "pdnd", reason, "the answer of a provider does not read");
                Problem::new(502, "pdnd-provider-unreadable", "Risposta dell'erogatore non comprensibile")
                    .detail("La risposta dell'erogatore non ha la forma prevista: riprovare, e se si ripete segnalarlo.")
            }
        };
        problem.into()
    }
}

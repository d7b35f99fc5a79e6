//! What the identity role refuses, with the texts that people read.

use http::StatusCode;
use kernel::{FieldError, Problem};
use web::ApiError;

/// A refused or failed operation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// User name and password do not belong together, or the user is not one of this tenant any more. Which of these is not told.
    #[error("bad credentials")]
    BadCredentials,
    /// Too many sign-ins have failed.
    #[error("throttled for {0} s")]
    Throttled(u64),
    /// Too many sign-ins at this moment.
    #[error("too many sign-ins wait")]
    Busy,
    /// There is no session, or it has ended.
    #[error("no session")]
    NoSession,
    /// Nobody of that fiscal code is among the named citizens of the demonstration.
    #[error("unknown citizen")]
    UnknownCitizen,
    /// A way to sign in that this installation does not offer.
    #[error("provider not offered")]
    ProviderNotOffered,
    /// The sign-in that comes back from the login provider is none that this browser began here lately, or has been used.
    #[error("no such sign-in has begun")]
    SignInLapsed,
    /// The login provider does not know the code.
    #[error("the login provider did not confirm")]
    NotConfirmed,
    /// The login provider does not tell what is needed of a citizen.
    #[error("incomplete identity")]
    IncompleteIdentity(Vec<FieldError>),
    /// The login provider does not answer; why, for the log.
    #[error("login provider: {0}")]
    ProviderUnavailable(String),
    /// The login provider refuses us, or its answer is of no use; why, for the log.
    #[error("login provider: {0}")]
    ProviderFailed(String),
    /// An address to come back to that is not one of ours.
    #[error("not an address of ours")]
    WrongReturn,
    /// A host that is not one of the tenant's.
    #[error("not a host of the tenant")]
    WrongHost,
    /// A password that may not be chosen.
    #[error("weak password: {0}")]
    WeakPassword(&'static str),
    /// The password cannot be changed because the present one is wrong or missing.
    #[error("wrong current password")]
    WrongCurrentPassword,
    /// The user name in the body is not the caller's own, or none at all.
    #[error("wrong user name")]
    WrongUsername,
    /// The password belongs to somebody else and the caller does not administer the tenant.
    #[error("not the caller's own password")]
    NotOwnPassword,
    /// Another user of the tenant signs in with that name.
    #[error("user name taken")]
    UsernameTaken,
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Another role.
    #[error(transparent)]
    Peer(#[from] runtime::PeerError),
    /// A defect of ours, or of the installation.
    #[error("{0}")]
    Defect(String),
}

impl Error {
    /// The problem of every refusal, and of failures of the login provider; `None` for others, which are nobody's business.
    fn problem(&self) -> Option<Problem> {
        let problem = |status: StatusCode, code, title: &str| Problem::new(status.as_u16(), code, title);
        let field = |field: &str, code: &str, message: &str| vec![FieldError::new(field, code, message)];
        Some(match self {
            // The documented answer of POST auth is {"code": 401, "message": "Credenziali non valide."}: its members stand beside the
            // problem's own (developers' documentation, "Fase di Protocollazione").
            Self::BadCredentials => problem(StatusCode::UNAUTHORIZED, "bad-credentials", "Credenziali non valide")
                .detail("Controllare nome utente e password e riprovare.")
                .extension("code", 401)
                .extension("message", "Credenziali non valide."),
            Self::Throttled(seconds) => {
                problem(StatusCode::TOO_MANY_REQUESTS, "too-many-sign-ins", "Troppi tentativi di accesso")
                    .detail(format!("Riprovare fra {seconds} secondi, come indicato nell'intestazione Retry-After."))
            }
            Self::NoSession => problem(StatusCode::UNAUTHORIZED, "no-session", "Sessione assente o scaduta")
                .detail("Accedere di nuovo: la richiesta deve portare il cookie di una sessione valida."),
            Self::UnknownCitizen => problem(StatusCode::UNAUTHORIZED, "unknown-citizen", "Cittadino non previsto")
                .detail("Scegliere uno dei cittadini elencati da GET session/providers."),
            Self::ProviderNotOffered => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "provider-not-offered", "Modo di accesso non disponibile")
                    .detail("Usare uno dei modi di accesso elencati da GET session/providers.")
            }
            Self::SignInLapsed => problem(StatusCode::UNAUTHORIZED, "sign-in-lapsed", "Accesso da ripetere").detail(
                "L'accesso è scaduto, è già stato usato o è iniziato in un altro browser: ricominciare da POST session/oauth.",
            ),
            Self::NotConfirmed => problem(StatusCode::UNAUTHORIZED, "identity-not-confirmed", "Identità non confermata")
                .detail("Il servizio di accesso non ha confermato l'identità: ripetere l'accesso."),
            Self::IncompleteIdentity(fields) => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "incomplete-identity", "Dati di identità incompleti")
                    .detail("Il servizio di accesso non ha comunicato i dati indicati, senza i quali non si può accedere.")
                    .errors(fields.clone())
            }
            Self::ProviderUnavailable(_) => {
                problem(StatusCode::SERVICE_UNAVAILABLE, "login-provider-unavailable", "Il servizio di accesso non risponde")
                    .detail("Riprovare fra qualche minuto.")
            }
            Self::ProviderFailed(_) => {
                problem(StatusCode::BAD_GATEWAY, "login-provider-failed", "Risposta del servizio di accesso non valida")
                    .detail("Riprovare fra qualche minuto e, se si ripete, segnalarlo all'ente.")
            }
            Self::WrongReturn => problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields", "Campi non validi")
                .detail("Indicare un percorso di questo sito.")
                .errors(field(
                    "/return_to",
                    "pattern",
                    "Usare un percorso che inizia con una barra, lungo al massimo 1024 caratteri.",
                )),
            Self::WrongHost => problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields", "Campi non validi")
                .detail("Indicare uno degli host dell'ente, o nessuno.")
                .errors(field("/host", "enum", "Non è un host dell'ente.")),
            Self::WeakPassword(message) => problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields", "Campi non validi")
                .detail("Scegliere un'altra password.")
                .errors(field("/password", "password", message)),
            Self::WrongCurrentPassword => problem(StatusCode::FORBIDDEN, "wrong-current-password", "Password attuale errata")
                .detail("Indicare in current_password la password in uso.")
                .errors(field("/current_password", "password", "Non corrisponde alla password in uso.")),
            Self::WrongUsername => problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields", "Campi non validi")
                .detail("Indicare il nome con cui l'utente accede.")
                .errors(field("/username", "username", "Non è un nome utente, o non è quello di chi fa la richiesta.")),
            Self::NotOwnPassword => problem(StatusCode::FORBIDDEN, "forbidden", "Operazione non consentita")
                .detail("Ognuno cambia la propria password; quella degli altri la imposta un amministratore dell'ente."),
            Self::UsernameTaken => problem(StatusCode::CONFLICT, "username-taken", "Nome utente già in uso")
                .detail("Un altro utente dell'ente accede con questo nome: sceglierne un altro."),
            Self::Busy | Self::Storage(_) | Self::Peer(_) | Self::Defect(_) => return None,
        })
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let problem = error.problem().map(Self::from);
        match (problem, error) {
            (Some(refusal), Error::Throttled(seconds)) => refusal.retry_after(seconds),
            (Some(failure), Error::ProviderUnavailable(source) | Error::ProviderFailed(source)) => {
                // The line of the log that says that the request failed says why.
                let mut told = Self::unavailable(format!("login provider, {source}"));
                told.problem = failure.problem;
                told
            }
            (Some(refusal), _) => refusal,
            (None, Error::Storage(error)) => error.into(),
            (None, Error::Peer(error)) => error.into(),
            (None, error @ Error::Busy) => Self::unavailable(error),
            (None, error) => Self::internal(error),
        }
    }
}

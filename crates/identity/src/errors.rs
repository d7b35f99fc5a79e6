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
    /// The problem of every refusal; `None` for failures, whose reason is nobody's business.
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
            (Some(refusal), _) => refusal,
            (None, Error::Storage(error)) => error.into(),
            (None, Error::Peer(error)) => error.into(),
            (None, error @ Error::Busy) => Self::unavailable(error),
            (None, error) => Self::internal(error),
        }
    }
}

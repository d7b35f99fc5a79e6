//! What the interface refuses: titles and details as clients of the published one know them, with an explanation in Italian beside.
//!
//! Bodies are a superset of what the real gateway and the real functions answer, because clients read either: `statusCode` and `message`
//! of the one, `title`, `status` and `detail` of the other, `code` and `type` of ours.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use kernel::Problem;
use web::ApiError;

use crate::remote::answers::Failure;

/// A feature that needs a permission of its own, as the refusal names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// An EU Covid certificate.
    CovidCertificate,
    /// A payee who is not the sender.
    Payee,
    /// A Premium message.
    Premium,
    /// Content that stays with the sender.
    ThirdParty,
}

/// A refused or failed operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No key was sent.
    #[error("no subscription key")]
    MissingKey,
    /// The key is nobody's, or its subscription is suspended.
    #[error("invalid subscription key")]
    InvalidKey,
    /// The organisation calls too often.
    #[error("rate limit, again in {0} s")]
    RateLimited(u64),
    /// The trusted gateway did not say who calls.
    #[error("anonymous user")]
    Anonymous,
    /// The caller has no group at all.
    #[error("no valid scopes")]
    NoScopes,
    /// The caller has groups, but not this one; or uses the wrong kind of key.
    #[error("not allowed")]
    NotAllowed,
    /// The message has something that the caller may not send.
    #[error("feature {0:?} not allowed")]
    FeatureNotAllowed(Feature),
    /// The call comes from an address that the service does not list.
    #[error("source address not allowed")]
    SourceNotAllowed,
    /// Nobody knows where the call comes from.
    #[error("source address not known")]
    NoSource,
    /// The body is not what it must be: its name and the complaints.
    #[error("invalid {0} structure")]
    InvalidBody(&'static str, String),
    /// The recipient is named twice, or not at all.
    #[error("bad parameters: {0}")]
    BadParameters(&'static str),
    /// Remote content without a configuration.
    #[error("no configuration id")]
    NoConfigurationId,
    /// A message names a configuration that there is not.
    #[error("unknown configuration of a message")]
    UnknownConfiguration,
    /// The configuration is another organisation's.
    #[error("another organisation's configuration")]
    NotYourConfiguration,
    /// Attachments in a message that is not Premium.
    #[error("attachments in an ordinary message")]
    AttachmentsForbidden,
    /// The key writes to a few recipients, and this is none of them.
    #[error("recipient forbidden")]
    RecipientForbidden,
    /// The key writes to nobody.
    #[error("production forbidden")]
    ProductionForbidden,
    /// The payment is larger than the service may ask for.
    #[error("payment of {amount} cents, {most} at most")]
    PaymentTooLarge {
        /// Cents asked for.
        amount: i64,
        /// Cents allowed.
        most: i64,
    },
    /// The same `Idempotency-Key` came with another request.
    #[error("idempotency key used for another request")]
    KeyReused,
    /// The message would need an environment that its configuration has not.
    #[error("the configuration has no environment")]
    NoEnvironment,
    /// No profile, or its inbox is off.
    #[error("profile not found")]
    ProfileNotFound,
    /// No such message.
    #[error("message not found")]
    MessageNotFound,
    /// Another service's message.
    #[error("another service's message")]
    NotYourMessage,
    /// The day is not over yet: the day, and the instant from which it is told.
    #[error("data of {0} from {1}")]
    NotYetAvailable(String, String),
    /// pagoPA does not say whether it was paid.
    #[error("payment status: {0}")]
    PaymentStatus(String),
    /// A sender's content cannot be shown.
    #[error("remote content: {0:?}")]
    Remote(Failure),
    /// The state does not allow it.
    #[error("no transition")]
    NoTransition,
    /// No such service, or another organisation's.
    #[error("no item {0}")]
    NoItem(String),
    /// No such configuration.
    #[error("configuration not found")]
    ConfigurationNotFound,
    /// A request that makes no sense, in words.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// The database failed.
    #[error("{0}")]
    Storage(#[from] storage::Error),
    /// A defect of ours, or of the store of files.
    #[error("{0}")]
    Defect(String),
}

const NOT_ALLOWED: &str = "You are not allowed here";
const NO_PERMISSION: &str = "You do not have enough permission to complete the operation you requested";

impl Error {
    /// Code, status and title of each error.
    fn problem(&self) -> (&'static str, u16, String) {
        let (code, status, title) = match self {
            Self::MissingKey => ("io-missing-key", 401, "Access denied"),
            Self::InvalidKey => ("io-invalid-key", 401, "Access denied"),
            Self::RateLimited(_) => ("io-rate-limited", 429, "Too many requests"),
            Self::Anonymous => ("io-anonymous", 403, "Anonymous user"),
            Self::NoScopes => ("io-no-scopes", 403, "User has no valid scopes"),
            Self::NotAllowed => ("io-not-allowed", 403, NOT_ALLOWED),
            Self::FeatureNotAllowed(_) => ("io-feature-not-allowed", 403, NOT_ALLOWED),
            Self::SourceNotAllowed => ("io-source-ip-not-allowed", 403, NOT_ALLOWED),
            Self::NoSource => ("io-no-source-ip", 500, "Internal server error"),
            Self::InvalidBody(name, _) => return ("io-invalid-body", 400, format!("Invalid {name} structure")),
            Self::BadParameters(_) => ("io-bad-parameters", 400, "Bad parameters"),
            Self::NoConfigurationId => ("io-no-configuration-id", 403, "No configuration id for remote content"),
            Self::UnknownConfiguration => ("io-unknown-configuration", 404, "Remote Content Configuration NOT FOUND"),
            Self::NotYourConfiguration => ("io-not-your-configuration", 403, "Not your configuration"),
            Self::AttachmentsForbidden => ("io-attachments-forbidden", 403, "Attachments call forbidden"),
            Self::RecipientForbidden => ("io-recipient-forbidden", 403, "Recipient forbidden"),
            Self::ProductionForbidden => ("io-production-forbidden", 403, "Production call forbidden"),
            Self::PaymentTooLarge { .. } => ("io-payment-too-large", 400, "Error while sending payment metadata"),
            Self::KeyReused => ("io-idempotency-key-reused", 422, "Idempotency key reused"),
            Self::NoEnvironment => ("io-no-environment", 403, "No environment for remote content"),
            Self::ProfileNotFound => ("io-profile-not-found", 404, "Profile not found"),
            Self::MessageNotFound => ("io-message-not-found", 404, "Message not found"),
            Self::NotYourMessage => ("io-not-your-message", 403, NOT_ALLOWED),
            Self::NotYetAvailable(..) => ("io-not-yet-available", 404, "Data not available yet"),
            Self::PaymentStatus(_) => ("io-payment-status", 500, "Internal server error"),
            Self::Remote(failure) => match failure {
                Failure::Inconsistent(_) | Failure::Attachments(_) => ("io-remote-inconsistent", 502, "Bad Gateway"),
                Failure::Unauthorized => ("io-remote-unauthorized", 502, "Bad Gateway"),
                // Answered with the sender's own status.
                Failure::Refused(_) => ("io-remote-refused", 502, "Remote content refused"),
                Failure::NotReady(_) => ("io-remote-not-ready", 503, "Attachment not ready"),
                Failure::NotPdf => ("io-remote-not-pdf", 415, "Unsupported Media Type"),
                Failure::Unreachable(_) => ("io-remote-unreachable", 504, "Gateway Timeout"),
                Failure::Unsigned(_) => ("io-remote-unsigned", 403, "Lollipop headers missing"),
            },
            Self::NoTransition => ("io-no-transition", 409, "Conflict"),
            Self::NoItem(_) => ("io-no-item", 404, "Not Found"),
            Self::ConfigurationNotFound => ("io-configuration-not-found", 404, "Configuration not found"),
            Self::BadRequest(_) => ("io-bad-request", 400, "Bad Request"),
            Self::Storage(_) => ("io-unavailable", 500, "Internal server error"),
            Self::Defect(_) => ("io-internal", 500, "Internal server error"),
        };
        (code, status, title.to_owned())
    }

    /// What happened, in the words of the published interface where it has them.
    fn detail(&self) -> String {
        let fixed = match self {
            Self::Anonymous => "The request could not be associated to a user, missing userId or subscriptionId.",
            Self::NoScopes => {
                "You are not part of any valid scope, you should ask the administrator to give you the required permissions."
            }
            Self::NotAllowed | Self::SourceNotAllowed => NO_PERMISSION,
            Self::FeatureNotAllowed(feature) => match feature {
                Feature::CovidCertificate => "You do not have enough permissions to send an EUCovidCert message",
                Feature::Payee => "You do not have enough permissions to send a payment message with payee",
                Feature::Premium => "You do not have enough permissions to send a Premium message",
                Feature::ThirdParty => "You do not have enough permissions to send a third party message",
            },
            Self::NoSource => "IP address cannot be extracted from the request",
            Self::BadParameters(detail) => detail,
            Self::NoConfigurationId => "third_party_data needs a configuration_id",
            Self::UnknownConfiguration => "There is no configuration related to the given configuration_id",
            Self::NotYourConfiguration => "You're not the owner of the configuration related to the given configuration_id",
            // The published text has this spelling.
            Self::AttachmentsForbidden => {
                "You are not allowed to send messages with attachmens with STANDARD messages, please use ADVANCED"
            }
            Self::RecipientForbidden => "You are not allowed to issue requests for the recipient.",
            Self::ProductionForbidden => "You are not allowed to issue production calls at this time.",
            Self::KeyReused => "The Idempotency-Key was used for another request",
            Self::NoEnvironment => "The configuration has neither prod_environment nor test_environment",
            Self::ProfileNotFound => "The profile you requested was not found in the system.",
            Self::MessageNotFound => "The message that you requested was not found in the system.",
            Self::NotYourMessage => "You are not allowed to read this message, you can only read messages that you have sent",
            Self::NoTransition => "No transition matched",
            Self::ConfigurationNotFound => "Configuration not found",
            Self::MissingKey | Self::InvalidKey | Self::RateLimited(_) => return self.message(),
            Self::InvalidBody(_, complaints) => return complaints.clone(),
            Self::PaymentTooLarge { amount, most } => {
                return format!(
                    "The requested amount ({amount} cents) exceeds the maximum allowed for this service ({most} cents)"
                );
            }
            Self::NotYetAvailable(date, from) => {
                return format!("Subscription data for {date} will be available from {from}");
            }
            Self::PaymentStatus(reason) => return format!("Error retrieving Payment Status: {reason}"),
            Self::Remote(failure) => match failure {
                Failure::Inconsistent(reason) => reason,
                // In the form of the published reasons; what is wrong is for the log.
                Failure::Attachments(_) => "ATTACHMENTS_VALIDATION_ERROR",
                Failure::Unauthorized => "The sender does not accept the platform's key",
                Failure::Refused(status) => return format!("The sender answered {status}"),
                Failure::NotReady(seconds) => return format!("The attachment is not ready, try again in {seconds} seconds"),
                Failure::NotPdf => "The requested file is not a valid PDF",
                Failure::Unreachable(_) => "The sender does not answer as it should",
                Failure::Unsigned(header) => return format!("{header} lacks, or has another form"),
            },
            Self::NoItem(id) => return format!("no item with id {id} found"),
            Self::BadRequest(detail) => return detail.clone(),
            Self::Storage(_) | Self::Defect(_) => "The request could not be completed, try again",
        };
        fixed.to_owned()
    }

    /// The gateway's words where the gateway refuses; elsewhere what to do about it, in Italian.
    fn message(&self) -> String {
        let fixed = match self {
            Self::MissingKey => {
                "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."
            }
            Self::InvalidKey => {
                "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
            }
            Self::RateLimited(seconds) => return format!("Rate limit is exceeded. Try again in {seconds} seconds."),
            Self::Anonymous => "Il gateway non ha indicato utente e sottoscrizione: controllarne la configurazione.",
            Self::NoScopes => "L'organizzazione non ha alcuna abilitazione: richiederle all'amministratore.",
            Self::NotAllowed => {
                "La chiave non è abilitata a questa operazione: controllare di usare la chiave giusta (use o manage) e le abilitazioni."
            }
            Self::FeatureNotAllowed(_) => {
                "L'organizzazione non è abilitata a questo tipo di messaggio: richiedere l'abilitazione."
            }
            Self::SourceNotAllowed => "La chiamata non arriva da una rete elencata in authorized_cidrs del servizio.",
            Self::NoSource => "Non si conosce l'indirizzo del chiamante: controllare i proxy davanti alla piattaforma.",
            Self::InvalidBody(..) => "Correggere i campi indicati in detail e inviare di nuovo.",
            Self::BadParameters(_) => "Indicare il codice fiscale del destinatario una sola volta, nel corpo o nel percorso.",
            Self::NoConfigurationId => "Indicare third_party_data.configuration_id.",
            Self::UnknownConfiguration | Self::ConfigurationNotFound => {
                "La configurazione non esiste: controllare l'identificativo."
            }
            Self::NotYourConfiguration => "La configurazione appartiene a un'altra organizzazione.",
            Self::AttachmentsForbidden => "Gli allegati richiedono feature_level_type ADVANCED.",
            Self::RecipientForbidden => "La chiave può scrivere soltanto ai destinatari elencati in authorized_recipients.",
            Self::ProductionForbidden => "La chiave non può inviare messaggi: richiedere l'abilitazione.",
            Self::PaymentTooLarge { .. } => {
                "Aumentare max_allowed_payment_amount del servizio, o correggere l'importo in centesimi."
            }
            Self::KeyReused => "Usare un nuovo Idempotency-Key per ogni nuova richiesta.",
            Self::NoEnvironment => "Aggiungere alla configurazione un ambiente di produzione o di test.",
            Self::ProfileNotFound => "Il cittadino non usa l'app, o ha disattivato i messaggi: usare un altro canale.",
            Self::MessageNotFound => "Controllare codice fiscale e identificativo del messaggio.",
            Self::NotYourMessage => "Il messaggio è stato inviato da un altro servizio.",
            Self::NotYetAvailable(..) => "I dati di un giorno sono disponibili dalla mezzanotte UTC successiva.",
            Self::PaymentStatus(_) => "Lo stato del pagamento non è disponibile al momento: riprovare.",
            Self::Remote(failure) => match failure {
                Failure::NotReady(_) => "L'allegato non è ancora pronto: riprovare fra qualche secondo.",
                Failure::Unsigned(_) => "L'app deve firmare la richiesta di questo contenuto.",
                _ => "Il contenuto è presso l'ente mittente e non si può mostrare ora: riprovare, o rivolgersi all'ente.",
            },
            Self::NoTransition => "Lo stato attuale del servizio non consente l'operazione.",
            Self::NoItem(_) => "Il servizio non esiste, o è di un'altra organizzazione.",
            Self::BadRequest(_) => "Correggere la richiesta come indicato in detail.",
            Self::Storage(_) | Self::Defect(_) => {
                "Errore interno: riprovare; se si ripete, segnalarlo con l'identificativo in instance."
            }
        };
        fixed.to_owned()
    }

    /// Why it failed, for the log; the answer does not tell.
    fn source_text(&self) -> Option<String> {
        matches!(self, Self::Storage(_) | Self::Defect(_) | Self::PaymentStatus(_) | Self::NoSource | Self::Remote(_))
            .then(|| self.to_string())
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let (code, status, title) = error.problem();
        let status = if let Error::Remote(Failure::Refused(own)) = &error { *own } else { status };
        let wire_code = code.trim_start_matches("io-").replace('-', "_").to_uppercase();
        let problem = Problem::new(status, code, title)
            .detail(error.detail())
            .extension("statusCode", status)
            .extension("message", error.message())
            .extension("code", wire_code);
        let mut answer = error.source_text().map_or_else(|| Self::from(problem.clone()), Self::internal);
        *answer.problem = problem;
        match error {
            Error::RateLimited(seconds) | Error::Remote(Failure::NotReady(seconds)) => answer.retry_after(seconds),
            _ => answer,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let limited = if let Self::RateLimited(seconds) = self { Some(seconds) } else { None };
        let mut response = ApiError::from(self).into_response();
        if let Some(seconds) = limited {
            response.headers_mut().insert("x-rate-limit-retry-after", HeaderValue::from(seconds));
            response.headers_mut().insert("x-rate-limit-remaining", HeaderValue::from(0));
        }
        response
    }
}

impl From<storage::FileError> for Error {
    fn from(error: storage::FileError) -> Self {
        Self::Defect(error.to_string())
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
            Error::Storage(_) | Error::PaymentStatus(_) => Self::Retry(error.to_string()),
            error => Self::Fail(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_the_superset_that_every_client_reads() {
        let limited = ApiError::from(Error::RateLimited(3)).problem;
        let body = serde_json::to_value(&*limited).unwrap();
        assert_eq!((&body["statusCode"], &body["status"]), (&429.into(), &429.into()));
        assert_eq!(body["message"], "Rate limit is exceeded. Try again in 3 seconds.");
        assert_eq!((&body["title"], &body["code"]), (&"Too many requests".into(), &"RATE_LIMITED".into()));
        assert_eq!(body["type"], "/errors/io-rate-limited");
        let headers = Error::RateLimited(3).into_response().headers().clone();
        assert!(headers["x-rate-limit-retry-after"] == "3" && headers["retry-after"] == "3");
    }

    #[test]
    fn a_failure_does_not_tell_its_cause() {
        let answer = ApiError::from(Error::Defect("disk on fire".into()));
        assert!(!serde_json::to_string(&*answer.problem).unwrap().contains("fire"));
        assert_eq!(answer.source(), Some("disk on fire"));
    }
}

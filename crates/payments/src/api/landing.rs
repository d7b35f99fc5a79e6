//! The citizen comes back from the provider's page.

use axum::extract::State;
use axum::response::Response;
use kernel::{FieldError, PaymentId, Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, Path, Query};

use super::{ProblemBody, redirect};
use crate::errors::Error;
use crate::payment::Command;
use crate::proxy::Proxy;
use crate::store::home::Followed;

/// What the provider says of the attempt. It proves nothing: whether it was paid, the provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Paid.
    Ok,
    /// Refused, or given up.
    Ko,
}

/// What comes back with the citizen.
#[derive(Clone, Debug, Deserialize, IntoParams)]
pub struct LandingQuery {
    /// What the provider says of the attempt.
    #[param(inline)]
    status: Option<Outcome>,
    /// The same in the words of MyPay: `OK`, or `ERROR`.
    esito: Option<String>,
    /// The same in the words of E-Fil: `OK`, or `KO`.
    stato: Option<String>,
}

impl LandingQuery {
    /// What the provider says, in whatever words.
    pub(super) fn outcome(&self) -> ApiResult<Outcome> {
        let said = self.status.or_else(|| match self.esito.as_deref().or(self.stato.as_deref())? {
            "OK" => Some(Outcome::Ok),
            _ => Some(Outcome::Ko),
        });
        said.ok_or_else(|| {
            let field = FieldError::new("status", "required", "Indicare OK o KO.");
            let detail = "Indicare status=OK oppure status=KO.";
            Problem::new(400, "bad-query", "Parametri della richiesta non validi").detail(detail).errors(vec![field]).into()
        })
    }
}

impl Outcome {
    /// What the return does to a payment. Whoever did not pay has begun nothing: the application goes on waiting to be paid, and not for an
    /// outcome.
    pub(super) fn command(self) -> Command {
        match self {
            Self::Ok => Command::Land,
            Self::Ko => Command::LandRefused,
        }
    }

    /// As addresses have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Ko => "KO",
        }
    }
}

/// Ritorno dal pagamento
///
/// Notes that the citizen came back, with `OK` that a payment was begun, and leads on to the application's page with `payment=OK` or
/// `payment=KO`. After `KO` the payment can be made again at once.
#[utoipa::path(
    get,
    path = "/landing/{id}",
    tag = "pagamenti",
    params(("id" = kernel::Uuid, Path, description = "Identificativo del pagamento"), LandingQuery),
    responses(
        (status = 302, description = "Alla pagina della pratica"),
        (status = 400, description = "Esito mancante o sconosciuto", body = ProblemBody),
        (status = 404, description = "Pagamento sconosciuto", body = ProblemBody),
    )
)]
pub async fn landing(
    State(proxy): State<Proxy>,
    Path(id): Path<PaymentId>,
    Query(query): Query<LandingQuery>,
) -> ApiResult<Response> {
    let status = query.outcome()?;
    let followed = match proxy.act(id, status.command()).await {
        // Cancelled or expired meanwhile: nothing changes, and the citizen is led on all the same.
        Err(Error::NotPossible(_)) => proxy.load(id).await?.followed,
        changed => changed?,
    };
    redirect(&landing_url(&proxy, &followed, status))
}

/// Where the citizen goes in the end: the application's page, with the outcome; the start page for a payment that has none.
pub(super) fn landing_url(proxy: &Proxy, followed: &Followed, outcome: Outcome) -> String {
    let start = || format!("{}/", proxy.app().public_url());
    let url = followed.landing_url.clone().unwrap_or_else(start);
    match url::Url::parse(&url) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("payment", outcome.name());
            url.into()
        }
        Err(_) => start(),
    }
}

//! `POST /authorization-server/tools/validateTokenGeneration`: what the token endpoint would say, without using the assertion up. The
//! assertion itself is the asker's permission: what the platform knows is told only if its signature holds.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, ClientAddress, Json};

use super::problem::InteropProblem;
use super::token::TokenRequest;
use crate::clients::client::Kind;
use crate::context::Context;
use crate::store::clients;
use crate::vouchers::fault::Fault;
use crate::vouchers::issue::{self, Refused};
use crate::vouchers::request::Form;

/// What the token endpoint would say.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// `CONSUMER` or `API`, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_kind: Option<&'static str>,
    /// The steps, in their order.
    steps: Steps,
    /// The e-service of the purpose, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    eservice: Option<ValidatedEService>,
}

/// The e-service of a purpose.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidatedEService {
    /// The e-service.
    #[schema(value_type = kernel::Uuid)]
    eservice_id: crate::ids::EServiceId,
    /// Its version.
    #[schema(value_type = Option<kernel::Uuid>)]
    descriptor_id: Option<crate::ids::DescriptorId>,
}

/// The steps of the token endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Steps {
    /// Request, header and claims.
    client_assertion_validation: Step,
    /// The key of the client.
    public_key_retrieve: Step,
    /// The signature.
    client_assertion_signature_verification: Step,
    /// E-service, agreement and purpose.
    platform_states_verification: Step,
}

/// A step.
#[derive(Clone, Serialize, ToSchema)]
pub struct Step {
    /// `PASSED`, `SKIPPED` or `FAILED`.
    result: &'static str,
    /// What failed.
    failures: Vec<Failure>,
}

/// What failed.
#[derive(Clone, Serialize, ToSchema)]
pub struct Failure {
    /// Four digits.
    code: &'static str,
    /// Name and explanation.
    reason: String,
}

impl Step {
    fn passed() -> Self {
        Self { result: "PASSED", failures: Vec::new() }
    }

    fn skipped() -> Self {
        Self { result: "SKIPPED", failures: Vec::new() }
    }

    fn failed(faults: &[Fault]) -> Self {
        let failure = |fault: &Fault| Failure { code: fault.code(), reason: format!("{}: {}", fault.name(), fault.text()) };
        Self { result: "FAILED", failures: faults.iter().map(failure).collect() }
    }
}

/// Prova di un'asserzione
///
/// Takes what the token endpoint takes and says step by step what it would say. Nothing is recorded, and the assertion stays unused.
#[utoipa::path(
    post,
    path = "/authorization-server/tools/validateTokenGeneration",
    tag = "voucher",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "L'esito di ogni passo", body = Validation),
        (status = 400, description = "La richiesta non è un modulo leggibile", body = InteropProblem, content_type = "application/problem+json"),
        (status = 429, description = "Troppe richieste", body = InteropProblem, content_type = "application/problem+json"),
    )
)]
pub async fn validate(State(context): State<Context>, address: ClientAddress, body: Bytes) -> Response {
    let request = context.app.rng().uuid();
    let now = context.app.clock().now();
    if !context.per_source.take(address.0, now).allowed {
        let told = Some("Troppe richieste: riprovare fra poco.".to_owned());
        let problem = InteropProblem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too Many Requests",
            told,
            "015-0009",
            "Too many requests",
            request,
        );
        return problem.answer(None);
    }
    let Some(form) = Form::read(&body) else {
        let told = crate::vouchers::fault::told(&[Fault::RequestNotReadable]);
        let title = "The request contains bad syntax or cannot be fulfilled.";
        return InteropProblem::new(StatusCode::BAD_REQUEST, title, Some(told), "015-0008", "Bad request", request).answer(None);
    };
    match examine(&context, &form).await {
        Ok(validation) => Json(validation).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

/// Goes through the steps of the token endpoint, and stops at the first that fails.
async fn examine(context: &Context, form: &Form) -> Result<Validation, crate::Error> {
    let now = context.app.clock().now();
    let mut steps = Steps {
        client_assertion_validation: Step::passed(),
        public_key_retrieve: Step::skipped(),
        client_assertion_signature_verification: Step::skipped(),
        platform_states_verification: Step::skipped(),
    };
    let stopped = |steps| Ok(Validation { client_kind: None, steps, eservice: None });
    let (jws, assertion) = match issue::read(form, &context.config.vouchers, now) {
        Ok(read) => read,
        Err(faults) => {
            steps.client_assertion_validation = Step::failed(&faults);
            return stopped(steps);
        }
    };
    // That a key is deposited is no secret: whoever names its thumbprint has the key itself.
    let kid = assertion.kid.clone();
    if context.app.db().read(move |tx| clients::find_key(tx, &kid)).await?.is_none() {
        steps.public_key_retrieve = Step::failed(&[Fault::KeyOrPurposeUnknown]);
        return stopped(steps);
    }
    steps.public_key_retrieve = Step::passed();
    match issue::verify(context, &jws, &assertion, now).await {
        Ok(()) => {}
        Err(Refused::Failed(error)) => return Err(error),
        Err(Refused::Signature(fault)) => {
            steps.client_assertion_signature_verification = Step::failed(&[fault]);
            return stopped(steps);
        }
        Err(_) => return stopped(steps),
    }
    steps.client_assertion_signature_verification = Step::passed();
    let asked = assertion.clone();
    let looking = context.clone();
    let record = context.app.db().write(move |tx| issue::look(tx, &looking, &asked, now)).await?;
    let kind = record.as_ref().map(|record| match record.kind {
        Kind::Consumer => "CONSUMER",
        Kind::Api => "API",
    });
    let eservice = record
        .as_ref()
        .and_then(|record| record.purpose.as_ref())
        .map(|purpose| ValidatedEService { eservice_id: purpose.eservice_id, descriptor_id: purpose.descriptor_id });
    steps.platform_states_verification = match issue::judge(record, &assertion) {
        Ok(_) => Step::passed(),
        Err(faults) => Step::failed(&faults),
    };
    Ok(Validation { client_kind: kind, steps, eservice })
}

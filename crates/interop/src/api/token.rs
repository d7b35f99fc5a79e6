//! `POST /authorization-server/token.oauth2`: an assertion for a voucher.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, PRAGMA, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use kernel::Uuid;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{ClientAddress, Json};

use super::problem::InteropProblem;
use crate::context::Context;
use crate::vouchers::dpop::{self, Call, Proof, ProofFault};
use crate::vouchers::fault::{self, Fault};
use crate::vouchers::issue::{self, Refused};
use crate::vouchers::limits::Allowance;
use crate::vouchers::request::Form;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");
const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const INTERVAL: HeaderName = HeaderName::from_static("x-rate-limit-interval");

/// A request for a voucher (RFC 7523).
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct TokenRequest {
    /// The client; the same as `sub` of the assertion.
    client_id: Option<Uuid>,
    /// The signed assertion.
    client_assertion: String,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`
    client_assertion_type: String,
    /// `client_credentials`
    grant_type: String,
}

/// A voucher.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct TokenAnswer {
    /// The signed voucher.
    access_token: String,
    /// `Bearer`, or `DPoP` if it is bound to a key.
    token_type: String,
    /// Seconds that it lives.
    expires_in: i64,
}

/// Voucher
///
/// Gives a voucher for the e-service of a purpose, or for the API of the platform, to whoever shows by a signed assertion that it holds a
/// key of the client. An assertion is worth one voucher. The reasons of a refusal are in `detail`.
#[utoipa::path(
    post,
    path = "/authorization-server/token.oauth2",
    tag = "voucher",
    params(("DPoP" = Option<String>, Header, description = "Prova di possesso (RFC 9449), al più una")),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Il voucher", body = TokenAnswer),
        (status = 400, description = "Richiesta rifiutata; i motivi sono in detail", body = InteropProblem, content_type = "application/problem+json"),
        (status = 429, description = "Troppe richieste", body = InteropProblem, content_type = "application/problem+json"),
        (status = 500, description = "Errore interno: nessun voucher è stato emesso", body = InteropProblem, content_type = "application/problem+json"),
    )
)]
pub async fn issue(State(context): State<Context>, address: ClientAddress, headers: HeaderMap, body: Bytes) -> Response {
    let correlation_id = correlation_id(&headers).unwrap_or_else(|| context.app.rng().uuid());
    let now = context.app.clock().now();
    let source = context.per_source.take(address.0, now);
    let outcome = if source.allowed { give(&context, &headers, &body, correlation_id).await } else { Err(Refused::TooMany) };
    let mut response = match outcome {
        Ok(voucher) => {
            metrics::counter!("sportello_interop_vouchers_total", "outcome" => "issued").increment(1);
            let private = [(CACHE_CONTROL, HeaderValue::from_static("no-store")), (PRAGMA, HeaderValue::from_static("no-cache"))];
            (private, Json(voucher)).into_response()
        }
        Err(refused) => refuse(refused, &headers, correlation_id),
    };
    tell_limit(response.headers_mut(), source);
    if let Ok(value) = HeaderValue::from_str(&correlation_id.to_string()) {
        response.headers_mut().insert(CORRELATION, value);
    }
    response
}

async fn give(context: &Context, headers: &HeaderMap, body: &Bytes, request: Uuid) -> Result<issue::Voucher, Refused> {
    let proof = proof(context, headers).map_err(Refused::Proof)?;
    let unreadable = || Refused::Structure(vec![Fault::RequestNotReadable]);
    let form = Form::read(body).filter(|_| is_form(headers)).ok_or_else(unreadable)?;
    issue::issue(context, &form, proof, request).await
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The proof of possession that came with the request, if one did.
fn proof(context: &Context, headers: &HeaderMap) -> Result<Option<Proof>, ProofFault> {
    let mut proofs = headers.get_all(DPOP).iter();
    let Some(first) = proofs.next() else { return Ok(None) };
    if proofs.next().is_some() {
        return Err(ProofFault::MultipleProofs);
    }
    let proof = first.to_str().map_err(|_| ProofFault::InvalidFormat)?;
    let call = Call { method: "POST", url: &context.config.vouchers.token_url, voucher: None };
    dpop::verify(proof, call, context.app.clock().now()).map(Some)
}

/// The caller's own name of the request, if it is one.
fn correlation_id(headers: &HeaderMap) -> Option<Uuid> {
    headers.get(CORRELATION)?.to_str().ok()?.parse().ok()
}

fn tell_limit(headers: &mut HeaderMap, Allowance { limit, remaining, .. }: Allowance) {
    headers.insert(LIMIT, limit.requests.into());
    headers.insert(REMAINING, remaining.into());
    headers.insert(INTERVAL, u64::try_from(limit.interval.as_millis()).unwrap_or(u64::MAX).into());
}

/// The answer to a refusal. The code is always the same: the reasons, as far as the asker may know them, are told in words.
fn refuse(refused: Refused, headers: &HeaderMap, request: Uuid) -> Response {
    let (told, code) = match &refused {
        Refused::Structure(faults) => (fault::told(faults), "invalid_request"),
        Refused::Signature(found) => (fault::told(&[*found]), "invalid_client"),
        Refused::Platform(faults) => (fault::told(faults), "invalid_grant"),
        Refused::Proof(found) => (format!("DPoP {} {}: {}", found.code(), found.name(), found.text()), "invalid_dpop_proof"),
        Refused::TooMany => ("Troppe richieste: riprovare fra poco.".to_owned(), "slow_down"),
        Refused::Failed(_) => (String::new(), "server_error"),
    };
    metrics::counter!("sportello_interop_vouchers_total", "outcome" => code).increment(1);
    let (status, title, number, meaning, source) = match refused {
        Refused::Failed(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The request couldn't be fulfilled due to an internal error",
            "015-0000",
            "Internal server error",
            Some(error.to_string()),
        ),
        Refused::TooMany => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "015-0009", "Too many requests", None),
        _ => (
            StatusCode::BAD_REQUEST,
            "The request contains bad syntax or cannot be fulfilled.",
            "015-0008",
            "Unable to generate a token for the given request",
            None,
        ),
    };
    let detail = (!told.is_empty()).then_some(told);
    let mut response = if source.is_none() && wants_oauth_error(headers) {
        let body = json!({ "error": code, "error_description": detail });
        (status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
    } else {
        InteropProblem::new(status, title, detail, number, meaning, request).answer(source)
    };
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Whether the asker wants the errors of OAuth (RFC 6749 section 5.2): it accepts plain JSON and nothing else.
fn wants_oauth_error(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept == "application/json")
}

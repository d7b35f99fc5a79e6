//! What surrounds every operation of a front end: the request's name, who asks, how often, and problems in the public shape.
//!
//! The public interface of machines has one limit for a body. That of the pages is asked by people: each of them has as much.

use std::future::Future;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use kernel::Uuid;

use super::{Asker, Refused, refuse};
use crate::context::Context;
use crate::errors::{Error, Fault, Service};
use crate::vouchers::limits::{Allowance, Limit};

const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");
const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const INTERVAL: HeaderName = HeaderName::from_static("x-rate-limit-interval");

/// How a front end finds out who asks.
pub trait Gate: Clone + Send + Sync + 'static {
    /// Whose code refusals of the request itself have.
    const SERVICE: Service;

    /// What every operation has at hand.
    fn context(&self) -> &Context;

    /// Who holds `token`, which the request that begins with `parts` carries.
    fn asker(&self, parts: &mut Parts, token: &str, request: Uuid) -> impl Future<Output = Result<Asker, Error>> + Send;
}

/// Lets a request pass whose token holds and who has not asked too often. Every answer names the request and tells the limit.
pub async fn gate<G: Gate>(State(gate): State<G>, request: Request, next: Next) -> Response {
    let context = gate.context();
    let (mut parts, body) = request.into_parts();
    let name = correlation_id(&parts.headers).unwrap_or_else(|| context.app.rng().uuid());
    let asker = match bearer(&parts.headers).map(str::to_owned) {
        Some(token) => gate.asker(&mut parts, &token, name).await,
        None => Err(Fault::TokenMissing(G::SERVICE).into()),
    };
    let (mut response, allowance) = match asker {
        Err(error) => (refuse(&error, G::SERVICE, name), untouched(context.config.per_asker)),
        Ok(asker) => {
            let allowance = context.per_asker.take(asker.counted(), context.app.clock().now());
            if allowance.allowed {
                parts.extensions.insert(asker);
                (next.run(Request::from_parts(parts, body)).await, allowance)
            } else {
                (refuse(&Fault::TooMany(G::SERVICE).into(), G::SERVICE, name), allowance)
            }
        }
    };
    if let Some(Refused(error)) = response.extensions_mut().remove::<Refused>() {
        response = refuse(&error, G::SERVICE, name);
    }
    tell(&mut response, name, allowance);
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The caller's own name of the request, if it is one.
fn correlation_id(headers: &HeaderMap) -> Option<Uuid> {
    headers.get(CORRELATION)?.to_str().ok()?.parse().ok()
}

/// The limit of somebody who is nobody.
fn untouched(limit: Limit) -> Allowance {
    Allowance { limit, remaining: limit.requests, allowed: true }
}

fn tell(response: &mut Response, name: Uuid, Allowance { limit, remaining, .. }: Allowance) {
    let too_many = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    headers.insert(LIMIT, limit.requests.into());
    headers.insert(REMAINING, remaining.into());
    headers.insert(INTERVAL, u64::try_from(limit.interval.as_millis()).unwrap_or(u64::MAX).into());
    if let Ok(value) = HeaderValue::from_str(&name.to_string()) {
        headers.insert(CORRELATION, value);
    }
    if too_many {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
}

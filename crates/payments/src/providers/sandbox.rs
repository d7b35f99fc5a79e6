//! The sandbox: a provider without money. Its other side is the stand-in of an intermediary that `--demo` starts, or any server that
//! speaks the same (`SANDBOX_URL`).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use kernel::{Money, NoticeNumber, Problem, RomeTime};
use runtime::{App, Peer};
use serde::{Deserialize, Serialize};

use super::{Capabilities, Found, Position, Provider, ProviderError};
use crate::configuration::TenantConfiguration;
use crate::payment::Standing;

/// Largest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;
/// The header with the tenant's key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The sandbox provider.
#[derive(Clone, Debug)]
pub struct Sandbox {
    app: App,
    /// Base address of the other side; the stand-in of this platform when absent.
    url: Option<String>,
    timeout: Duration,
}

/// A position, as it is sent.
#[derive(Serialize)]
struct NewPosition<'a> {
    iud: &'a str,
    notice_number: Option<NoticeNumber>,
    creditor_tax_code: &'a str,
    creditor_name: &'a str,
    amount: Money,
    reason: &'a str,
    expires_at: Option<RomeTime>,
    due_type: Option<&'a str>,
    category: Option<&'a str>,
    debtor_tax_code: &'a str,
    debtor_name: String,
    receiver_tax_code: Option<&'a str>,
    split: Vec<Part<'a>>,
    stamp_hash: Option<&'a str>,
    stamp_province: Option<&'a str>,
    return_url: &'a str,
    notify_url: &'a str,
}

#[derive(Serialize)]
struct Part<'a> {
    code: &'a str,
    amount: Option<Money>,
}

/// A position, as it is answered.
#[derive(Deserialize)]
struct Answer {
    iud: String,
    status: Status,
    notice_number: Option<NoticeNumber>,
    checkout_url: String,
    paid_at: Option<RomeTime>,
    transaction_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Open,
    Processing,
    Paid,
    Expired,
    Withdrawn,
}

impl Sandbox {
    /// The sandbox at `url`, or at the stand-in of this platform; a call that takes longer than `timeout` is unclear.
    pub fn new(app: App, url: Option<String>, timeout: Duration) -> Self {
        Self { app, url, timeout }
    }

    /// Calls the other side. Gives the position, or `None` for a 404.
    async fn call(
        &self,
        tenant: &TenantConfiguration,
        method: Method,
        path: &str,
        body: Bytes,
        iud: &str,
    ) -> Result<Option<Answer>, ProviderError> {
        let sent = tokio::time::timeout(self.timeout, self.send(tenant, method, path, body)).await;
        let (status, body) = sent.map_err(|_| ProviderError::Unclear("no answer in time".to_owned()))??;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => {
                let answer: Answer = serde_json::from_slice(&body)
                    .map_err(|error| ProviderError::Unclear(format!("answer not understood: {error}")))?;
                if answer.iud != iud {
                    return Err(ProviderError::Unclear("the answer is about another position".to_owned()));
                }
                Ok(Some(answer))
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err(ProviderError::Unclear(status.to_string())),
            status if status.is_client_error() => {
                let said = serde_json::from_slice::<Problem>(&body).map(|problem| problem.detail.unwrap_or(problem.title));
                Err(ProviderError::Refused(format!("{status}: {}", said.unwrap_or_default())))
            }
            status => Err(ProviderError::Unclear(status.to_string())),
        }
    }

    async fn send(
        &self,
        tenant: &TenantConfiguration,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), ProviderError> {
        let unclear = |error: &dyn std::fmt::Display| ProviderError::Unclear(error.to_string());
        let Some(base) = &self.url else {
            let request = self.app.peer(Peer::Demo).request(method, path).header(API_KEY, &tenant.api_key.0);
            let request = if body.is_empty() { request } else { request.body("application/json", body) };
            let answer = request.send_any().await.map_err(|error| unclear(&error))?;
            return Ok((answer.status, answer.body));
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let key =
            HeaderValue::from_str(&tenant.api_key.0).map_err(|_| ProviderError::Refused("the key cannot be sent".to_owned()))?;
        headers.insert(API_KEY, key);
        let answer = self.app.egress().call(method, &format!("{base}{path}"), headers, body, MAX_ANSWER).await;
        let answer = answer.map_err(|error| unclear(&error))?;
        Ok((answer.status, answer.body))
    }

    async fn get(&self, tenant: &TenantConfiguration, iud: &str) -> Result<Option<Answer>, ProviderError> {
        self.call(tenant, Method::GET, &format!("/demo/psp/positions/{iud}"), Bytes::new(), iud).await
    }
}

impl Answer {
    fn standing(&self) -> Standing {
        match self.status {
            Status::Open => Standing::Open,
            Status::Processing => Standing::Started,
            Status::Paid => Standing::Paid { paid_at: self.paid_at, transaction_id: self.transaction_id.clone() },
            Status::Expired => Standing::Lapsed,
            Status::Withdrawn => Standing::Withdrawn,
        }
    }

    fn found(&self) -> Found {
        Found { standing: self.standing(), notice: self.notice_number }
    }
}

#[async_trait]
impl Provider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { gives_numbers: false, takes_stamps: true, withdraws: true }
    }

    fn tenant_form(&self) -> &'static str {
        include_str!("../../forms/sandbox/tenant.json")
    }

    fn payment_form(&self) -> &'static str {
        include_str!("../../forms/sandbox/payment.json")
    }

    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let debtor = &position.debtor;
        let names = [debtor.name.as_deref(), debtor.family_name.as_deref()];
        let body = NewPosition {
            iud: &position.iud,
            notice_number: position.notice,
            creditor_tax_code: tenant.tax_code.as_str(),
            creditor_name: &tenant.name,
            amount: position.amount,
            reason: &position.reason,
            expires_at: position.expire_at,
            due_type: position.due_type.as_deref(),
            category: position.category.as_deref(),
            debtor_tax_code: &debtor.tax_identification_number,
            debtor_name: names.into_iter().flatten().collect::<Vec<_>>().join(" "),
            receiver_tax_code: position.receiver.as_ref().map(|receiver| receiver.tax_identification_number.as_str()),
            split: position.split.iter().map(|part| Part { code: &part.code, amount: part.amount }).collect(),
            stamp_hash: position.stamp.as_ref().map(|stamp| stamp.document_hash.as_str()),
            stamp_province: position.stamp.as_ref().map(|stamp| stamp.province.as_str()),
            return_url: &position.return_url,
            notify_url: &position.notify_url,
        };
        let body = serde_json::to_vec(&body).expect("a position is plain data");
        let answer = self.call(tenant, Method::POST, "/demo/psp/positions", body.into(), &position.iud).await?;
        answer.map(|answer| answer.found()).ok_or_else(|| ProviderError::Refused("404: wrong address".to_owned()))
    }

    async fn find(&self, tenant: &TenantConfiguration, iud: &str) -> Result<Option<Found>, ProviderError> {
        Ok(self.get(tenant, iud).await?.map(|answer| answer.found()))
    }

    async fn checkout(&self, tenant: &TenantConfiguration, iud: &str) -> Result<String, ProviderError> {
        let answer = self.get(tenant, iud).await?.ok_or_else(|| ProviderError::Refused("404: no such position".to_owned()))?;
        // The citizen's browser goes there: nothing but an address of the web.
        match url::Url::parse(&answer.checkout_url) {
            Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(answer.checkout_url),
            _ => Err(ProviderError::Unclear("the page's address is none".to_owned())),
        }
    }

    async fn withdraw(&self, tenant: &TenantConfiguration, iud: &str) -> Result<Standing, ProviderError> {
        let path = format!("/demo/psp/positions/{iud}/cancel");
        let answer = self.call(tenant, Method::POST, &path, Bytes::new(), iud).await?;
        // A position that was never created cannot be paid either.
        Ok(answer.map_or(Standing::Withdrawn, |answer| answer.standing()))
    }
}

//! The sandbox: a provider without money. Its other side is the stand-in of an intermediary that `--demo` starts, or any server that
//! speaks the same (`SANDBOX_URL`).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use kernel::{Money, NoticeNumber, Problem, RomeTime, Series, TaxCode, Uuid};
use runtime::App;
use serde::{Deserialize, Serialize};

use super::line::{Line, Reply, page};
use super::{About, BOTH_VERSIONS, Basket, Found, MAX_CART, Named, Notified, Position, Provider, ProviderError, SERVICE_FORM};
use crate::configuration::{Fields, TenantConfiguration, Wrong};
use crate::payment::Standing;

/// The header with the tenant's key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// What the other side accepts unless told otherwise.
const DEFAULT_API_KEY: &str = "sandbox";

/// What is known of the sandbox.
pub const ABOUT: About = About {
    name: "sandbox",
    role: "payment-proxy-sandbox",
    tree: "payment-proxy-sandbox-tree",
    events: BOTH_VERSIONS,
    takes_stamps: true,
    takes_receivers: true,
    withdraws: true,
    reserves: false,
    cart: MAX_CART,
    tenant_form: include_str!("../../forms/sandbox/tenant.json"),
    payment_form: include_str!("../../forms/sandbox/payment.json"),
    service_form: SERVICE_FORM,
};

/// The sandbox provider.
#[derive(Clone, Debug)]
pub struct Sandbox {
    line: Line,
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
    stamps: Vec<StampPart<'a>>,
    return_url: &'a str,
    notify_url: &'a str,
}

#[derive(Serialize)]
struct Part<'a> {
    code: &'a str,
    amount: Option<Money>,
}

#[derive(Serialize)]
struct StampPart<'a> {
    amount: Money,
    document_hash: &'a str,
    province: &'a str,
}

/// A cart, as it is sent.
#[derive(Serialize)]
struct NewCart<'a> {
    id: Uuid,
    iuds: Vec<&'a str>,
    return_url: &'a str,
}

/// A cart, as it is answered.
#[derive(Deserialize)]
struct CartAnswer {
    id: Uuid,
    checkout_url: String,
}

/// What the other side sends when something happened.
#[derive(Deserialize)]
struct News {
    iud: String,
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
    pub fn new(app: &App, url: Option<&str>, timeout: Duration) -> Self {
        let url = url.map(|url| format!("{url}/demo/psp"));
        Self { line: Line::new(app, url.as_deref(), "/demo/psp", timeout) }
    }

    /// Sends a request; gives the answer if it is a success, `None` for a 404.
    async fn send(
        &self,
        tenant: &TenantConfiguration,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Option<Reply>, ProviderError> {
        let key = tenant.settings.text("api_key").unwrap_or(DEFAULT_API_KEY);
        let reply = self.line.call(method, path, &[(API_KEY, key)], "application/json", body).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !reply.status.is_success() {
            return Err(reply.failure(|reply| {
                let problem: Problem = serde_json::from_slice(&reply.body).ok()?;
                Some(problem.detail.unwrap_or(problem.title))
            }));
        }
        Ok(Some(reply))
    }

    /// The same about one position.
    async fn call(
        &self,
        tenant: &TenantConfiguration,
        method: Method,
        path: &str,
        body: Bytes,
        iud: &str,
    ) -> Result<Option<Answer>, ProviderError> {
        let Some(reply) = self.send(tenant, method, path, body).await? else { return Ok(None) };
        let answer: Answer = reply.json()?;
        if answer.iud == iud {
            Ok(Some(answer))
        } else {
            Err(ProviderError::Unclear("the answer is about another position".to_owned()))
        }
    }

    async fn get(&self, tenant: &TenantConfiguration, iud: &str) -> Result<Option<Answer>, ProviderError> {
        self.call(tenant, Method::GET, &format!("/positions/{iud}"), Bytes::new(), iud).await
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
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_tenant(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        fields.require("tax_identification_number", wrong);
        fields.integer("segregation_code", 0, 49, wrong);
        fields.text("api_key", 255, wrong);
    }

    fn check_payment(&self, _fields: &Fields<'_>, _wrong: &mut Wrong) {}

    fn series(&self, tenant: &TenantConfiguration) -> Option<Series> {
        Some(Series::Segregated(tenant.segregation_code()))
    }

    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let debtor = &position.debtor;
        let stamps = position.stamps.iter().map(|stamp| StampPart {
            amount: stamp.amount,
            document_hash: &stamp.document_hash,
            province: &stamp.province,
        });
        let names = [debtor.name.as_deref(), debtor.family_name.as_deref()];
        let body = NewPosition {
            iud: &position.iud,
            notice_number: position.notice,
            creditor_tax_code: tenant.tax_code.as_ref().map(TaxCode::as_str).unwrap_or_default(),
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
            stamps: stamps.collect(),
            return_url: &position.return_url,
            notify_url: &position.notify_url,
        };
        let body = serde_json::to_vec(&body).expect("a position is plain data");
        let answer = self.call(tenant, Method::POST, "/positions", body.into(), &position.iud).await?;
        answer.map(|answer| answer.found()).ok_or_else(|| ProviderError::Refused("404: wrong address".to_owned()))
    }

    async fn find(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Found>, ProviderError> {
        Ok(self.get(tenant, &position.iud).await?.map(|answer| answer.found()))
    }

    async fn checkout(&self, tenant: &TenantConfiguration, position: &Position) -> Result<String, ProviderError> {
        let answer = self.get(tenant, &position.iud).await?;
        page(answer.ok_or_else(|| ProviderError::Refused("404: no such position".to_owned()))?.checkout_url)
    }

    async fn cart(&self, tenant: &TenantConfiguration, basket: &Basket<'_>) -> Result<String, ProviderError> {
        let iuds = basket.positions.iter().map(|position| position.iud.as_str()).collect();
        let body = serde_json::to_vec(&NewCart { id: basket.id, iuds, return_url: basket.return_url });
        let body = body.expect("a cart is plain data");
        let reply = self.send(tenant, Method::POST, "/carts", body.into()).await?;
        let reply = reply.ok_or_else(|| ProviderError::Refused("404: wrong address".to_owned()))?;
        match reply.json()? {
            CartAnswer { id, checkout_url } if id == basket.id => page(checkout_url),
            _ => Err(ProviderError::Unclear("the answer is about another cart".to_owned())),
        }
    }

    async fn withdraw(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Standing, ProviderError> {
        let path = format!("/positions/{}/cancel", position.iud);
        let answer = self.call(tenant, Method::POST, &path, Bytes::new(), &position.iud).await?;
        // A position that was never created cannot be paid either.
        Ok(answer.map_or(Standing::Withdrawn, |answer| answer.standing()))
    }

    fn notified(&self, _headers: &HeaderMap, body: &[u8]) -> Result<Notified, String> {
        let news: News = serde_json::from_slice(body).map_err(|_| "inviare {\"iud\": ...}".to_owned())?;
        Ok(Notified { positions: vec![Named::Iud(news.iud)], answer: None, reference: None })
    }
}

//! pagoPA itself: debt positions (GPD), Checkout carts, receipts and the printing of notices, with nobody in between.
//!
//! The proxy gives the numbers. A position that was created is recognised by its identifier: asking twice is answered with a conflict, and
//! then it is looked at. pagoPA does not notify: the poller asks.

mod status;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderName, Method, StatusCode};
use kernel::{FieldError, Iban, Series, TaxCode};
use runtime::App;
use serde::Serialize;

use super::line::{Line, Reply, page};
use super::{About, BOTH_VERSIONS, Basket, Found, MAX_CART, Paper, Position, Provider, ProviderError, SERVICE_FORM};
use crate::configuration::{Fields, TenantConfiguration, Wrong};
use crate::payment::Standing;
use wire::DebtPosition;

/// The header with the key of a subscription.
const KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
/// What every body's key opens, unless it has one for each service.
const API_KEY: &str = "api_key";

/// What is known of pagoPA.
pub const ABOUT: About = About {
    name: "pagopa",
    role: "payment-proxy-pagopa",
    tree: "payment-proxy-pagopa-tree",
    events: BOTH_VERSIONS,
    takes_stamps: true,
    takes_receivers: true,
    withdraws: true,
    reserves: false,
    cart: MAX_CART,
    tenant_form: include_str!("../../../forms/pagopa/tenant.json"),
    payment_form: include_str!("../../../forms/pagopa/payment.json"),
    service_form: SERVICE_FORM,
};

/// Where pagoPA's services are; absent ones are those of production, in a demonstration the stand-in's.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Debt positions.
    pub positions: Option<String>,
    /// Checkout.
    pub checkout: Option<String>,
    /// Receipts.
    pub receipts: Option<String>,
    /// Printing of notices.
    pub notices: Option<String>,
}

/// pagoPA.
#[derive(Clone, Debug)]
pub struct Pagopa {
    positions: Line,
    checkout: Line,
    receipts: Line,
    notices: Line,
}

impl Pagopa {
    /// pagoPA at these addresses; a call that takes longer than `timeout` is unclear.
    pub fn new(app: &App, addresses: &Addresses, timeout: Duration) -> Self {
        let line = |address: &Option<String>, production: &str, stand_in| {
            let known = address.as_deref().or((!app.config().demo).then_some(production));
            Line::new(app, known, stand_in, timeout)
        };
        Self {
            positions: line(
                &addresses.positions,
                "https://api.platform.pagopa.it/gpd/debt-positions-service/v1",
                "/demo/pagopa/gpd",
            ),
            checkout: line(&addresses.checkout, "https://api.platform.pagopa.it/checkout/ec/v1", "/demo/pagopa/checkout"),
            receipts: line(&addresses.receipts, "https://api.platform.pagopa.it/bizevents/service/v1", "/demo/pagopa/bizevents"),
            notices: line(
                &addresses.notices,
                "https://api.platform.pagopa.it/print-payment-notice-service/external/v1",
                "/demo/pagopa/print",
            ),
        }
    }

    /// Calls one of the services with the tenant's key: the one called `key`, or the one for all.
    async fn call(
        line: &Line,
        tenant: &TenantConfiguration,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Reply, ProviderError> {
        let key = tenant.settings.text(key).or_else(|| tenant.settings.text(API_KEY));
        let key = key.ok_or_else(|| ProviderError::Refused("the subscription key is missing".to_owned()))?;
        let body = body.map(|body| serde_json::to_vec(body).expect("what travels is plain data")).unwrap_or_default();
        line.call(method, path, &[(KEY, key)], "application/json", Bytes::from(body)).await
    }

    /// Asks for the position; `None` for a 404.
    async fn get(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<DebtPosition>, ProviderError> {
        let path = format!("{}/{}", positions_of(tenant)?, position.iud);
        let reply = Self::call(&self.positions, tenant, API_KEY, Method::GET, &path, NOTHING).await?;
        match reply.status {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => DebtPosition::read(&reply, position).map(Some),
            _ => Err(refusal(&reply)),
        }
    }

    /// Opens Checkout for a cart; gives its page.
    async fn open(&self, tenant: &TenantConfiguration, cart: &wire::Cart) -> Result<String, ProviderError> {
        let reply = Self::call(&self.checkout, tenant, "checkout_api_key", Method::POST, "/carts", Some(cart)).await?;
        if reply.status != StatusCode::FOUND {
            return Err(refusal(&reply));
        }
        let location = reply.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        page(location.unwrap_or_default().to_owned())
    }

    /// Has pagoPA print the notice.
    async fn print(&self, tenant: &TenantConfiguration, position: &Position, template: &str) -> Result<Vec<u8>, ProviderError> {
        let request = wire::Print::of(creditor(tenant)?, position, template)?;
        let reply =
            Self::call(&self.notices, tenant, "notices_api_key", Method::POST, "/notices/generate", Some(&request)).await?;
        if reply.status == StatusCode::OK { reply.pdf() } else { Err(refusal(&reply)) }
    }
}

/// No body.
const NOTHING: Option<&()> = None;

fn creditor(tenant: &TenantConfiguration) -> Result<TaxCode, ProviderError> {
    tenant.tax_code.ok_or_else(|| ProviderError::Refused("the body's tax code is missing".to_owned()))
}

fn positions_of(tenant: &TenantConfiguration) -> Result<String, ProviderError> {
    Ok(format!("/organizations/{}/debtpositions", creditor(tenant)?))
}

/// What an answer means that is no success.
fn refusal(reply: &Reply) -> ProviderError {
    reply.failure(|reply| {
        let problem: wire::ProblemJson = serde_json::from_slice(&reply.body).ok()?;
        problem.detail.or(problem.title)
    })
}

#[async_trait]
impl Provider for Pagopa {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_tenant(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        for name in ["tax_identification_number", "segregation_code", API_KEY, "iban"] {
            fields.require(name, wrong);
        }
        fields.integer("segregation_code", 0, 49, wrong);
        for name in [API_KEY, "checkout_api_key", "receipts_api_key", "notices_api_key", "notice_template"] {
            fields.text(name, 255, wrong);
        }
        fields.parse::<Iban>("iban", "Usare un IBAN valido, per esempio IT60X0542811101000000123456.", wrong);
        fields.text("office_name", 140, wrong);
        fields.text("cbill", 5, wrong);
    }

    fn check_payment(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        // A stamp of version 1 has its own.
        if fields.list("stamps", &mut Wrong::new()).is_empty() {
            fields.require("collection_data", wrong);
        }
        fields.parse::<Iban>("iban", "Usare un IBAN valido, per esempio IT60X0542811101000000123456.", wrong);
        let receiver = fields.object("receiver", wrong);
        if !receiver.is_blank() {
            receiver.require("iban", wrong);
        }
        if fields.list("split", &mut Wrong::new()).len() > wire::MAX_METADATA {
            let message = format!("Con pagoPA usare al massimo {} voci di bilancio.", wire::MAX_METADATA);
            wrong.push(FieldError::new(fields.pointer("split"), "length", message));
        }
    }

    fn series(&self, tenant: &TenantConfiguration) -> Option<Series> {
        Some(Series::Segregated(tenant.segregation_code()))
    }

    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let body = wire::NewDebtPosition::of(tenant, position)?;
        let path = format!("{}?toPublish=true", positions_of(tenant)?);
        let reply = Self::call(&self.positions, tenant, API_KEY, Method::POST, &path, Some(&body)).await?;
        match reply.status {
            StatusCode::CREATED | StatusCode::OK => DebtPosition::read(&reply, position)?.found(),
            // Created before; or the number is another position's, which asking again does not change.
            StatusCode::CONFLICT => match self.get(tenant, position).await? {
                Some(known) => known.found(),
                None => Err(ProviderError::Refused("409: the notice number belongs to another position".to_owned())),
            },
            _ => Err(refusal(&reply)),
        }
    }

    async fn find(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Found>, ProviderError> {
        self.get(tenant, position).await?.map(|known| known.found()).transpose()
    }

    async fn checkout(&self, tenant: &TenantConfiguration, position: &Position) -> Result<String, ProviderError> {
        let cart = wire::Cart::of(creditor(tenant)?, tenant, std::slice::from_ref(position), &position.return_url)?;
        self.open(tenant, &cart).await
    }

    async fn cart(&self, tenant: &TenantConfiguration, basket: &Basket<'_>) -> Result<String, ProviderError> {
        let cart = wire::Cart::of(creditor(tenant)?, tenant, basket.positions, basket.return_url)?;
        self.open(tenant, &cart.called(basket.id)).await
    }

    async fn withdraw(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Standing, ProviderError> {
        let path = format!("{}/{}/invalidate", positions_of(tenant)?, position.iud);
        let reply = Self::call(&self.positions, tenant, API_KEY, Method::POST, &path, NOTHING).await?;
        match reply.status {
            StatusCode::OK => DebtPosition::read(&reply, position)?.standing(),
            // Not payable any more, whatever the reason: that is what is to be known.
            StatusCode::CONFLICT => {
                let found = self.find(tenant, position).await?;
                Ok(found.map_or(Standing::Withdrawn, |found| found.standing))
            }
            // A position that was never created cannot be paid either.
            StatusCode::NOT_FOUND => Ok(Standing::Withdrawn),
            _ => Err(refusal(&reply)),
        }
    }

    /// pagoPA's own, where the tenant names its template. A notice is worth more than whose template it has: when the service does not
    /// work, ours is given.
    async fn notice(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        if let Some(template) = tenant.settings.text("notice_template") {
            match self.print(tenant, position, template).await {
                Ok(pdf) => return Ok(Paper::Pdf(pdf)),
                Err(error) => tracing::warn!(iud = position.iud, reason = %error, "notice not printed by pagoPA"),
            }
        }
        Ok(Paper::Ours { taken_by: None })
    }

    /// Ours, with the name of who took the money, if the service of receipts tells.
    async fn receipt(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        let (Some(notice), Some(transaction)) = (position.notice, &position.transaction_id) else {
            return Ok(Paper::Ours { taken_by: None });
        };
        let transaction = url::form_urlencoded::byte_serialize(transaction.as_bytes()).collect::<String>();
        let path = format!("/organizations/{}/receipts/{transaction}/paymentoptions/{}", creditor(tenant)?, notice.iuv());
        let reply = Self::call(&self.receipts, tenant, "receipts_api_key", Method::GET, &path, NOTHING).await;
        let receipt = reply.and_then(|reply| match reply.status {
            StatusCode::OK => reply.json::<wire::Receipt>(),
            _ => Err(refusal(&reply)),
        });
        if let Err(error) = &receipt {
            tracing::warn!(iud = position.iud, reason = %error, "receipt not given by pagoPA");
        }
        Ok(Paper::Ours { taken_by: receipt.ok().and_then(|receipt| receipt.psp_company_name) })
    }
}

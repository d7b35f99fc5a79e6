//! MyPay, the intermediary of the Regione del Veneto and of those who run its program: SOAP, `pa-per-ente`.
//!
//! MyPay gives the numbers. A due is recognised by its identifier (IUD): one that is there already is asked for its number. Its revenue
//! stamps and its dues of several bodies go through a cart without numbers, and are not taken here.

mod status;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use kernel::Series;
use runtime::App;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::line::{Line, page};
use super::{About, BOTH_VERSIONS, Found, Paper, Position, Provider, ProviderError, SERVICE_FORM, soap};
use crate::configuration::{Fields, TenantConfiguration, Wrong};
use crate::payment::Standing;
use wire::{Action, Header, Imported, Paid, Request};

/// What is known of MyPay.
pub const ABOUT: About = About {
    name: "mypay",
    role: "payment-proxy-mypay",
    tree: "payment-proxy-mypay-tree",
    events: BOTH_VERSIONS,
    takes_stamps: false,
    takes_receivers: false,
    withdraws: true,
    reserves: false,
    cart: 1,
    tenant_form: include_str!("../../../forms/mypay/tenant.json"),
    payment_form: include_str!("../../../forms/mypay/payment.json"),
    service_form: SERVICE_FORM,
};

/// MyPay.
#[derive(Clone, Debug)]
pub struct Mypay {
    line: Line,
}

impl Mypay {
    /// MyPay at `url`, or at the stand-in of this platform; a call that takes longer than `timeout` is unclear.
    pub fn new(app: &App, url: Option<&str>, timeout: Duration) -> Self {
        Self { line: Line::new(app, url, "/demo/mypay/ws/pa", timeout) }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        tenant: &TenantConfiguration,
        action: &str,
        request: &impl Serialize,
    ) -> Result<T, ProviderError> {
        let operation = soap::Operation { action, namespaces: wire::NAMESPACES, ..soap::Operation::default() };
        soap::call(&self.line, &operation, Some(&Header::of(tenant)?), request).await
    }

    /// Has MyPay do something with the due.
    async fn import(&self, tenant: &TenantConfiguration, position: &Position, action: Action) -> Result<Imported, ProviderError> {
        let request = Request::import(tenant, position, action)?;
        self.call(tenant, "paaSILImportaDovuto", &request).await
    }

    /// The number of a due that is there.
    async fn number(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let printed = self.import(tenant, position, Action::Print).await?;
        let notice = printed.notice(tenant)?;
        Ok(Found { standing: Standing::Open, notice: Some(notice) })
    }
}

#[async_trait]
impl Provider for Mypay {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_tenant(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        fields.required_text("IPA_code", 35, wrong);
        fields.required_text("password", 15, wrong);
        fields.integer("application_number", 0, 99, wrong);
    }

    fn check_payment(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        let due_type = fields.first(&["management_id", "due_type", "code"]);
        fields.required_text(due_type, 64, wrong);
        fields.require("collection_data", wrong);
    }

    fn series(&self, _tenant: &TenantConfiguration) -> Option<Series> {
        None
    }

    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let imported = self.import(tenant, position, Action::Insert).await?;
        match imported.fault() {
            None => Ok(Found { standing: Standing::Open, notice: Some(imported.notice(tenant)?) }),
            Some(fault) if fault.is_duplicate() => {
                let found = self.find(tenant, position).await?;
                found.ok_or_else(|| ProviderError::Unclear("the due is said to be there, and is not found".to_owned()))
            }
            Some(fault) => Err(fault.refusal()),
        }
    }

    async fn find(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Found>, ProviderError> {
        let request = Request::paid(tenant, position)?;
        let answer: Paid = self.call(tenant, "paaSILChiediPagatiConRicevuta", &request).await?;
        match answer.standing()? {
            // Only printing tells the number, after an answer that was lost.
            Some(Standing::Open) if position.notice.is_none() => self.number(tenant, position).await.map(Some),
            standing => Ok(standing.map(|standing| Found { standing, notice: position.notice })),
        }
    }

    async fn checkout(&self, tenant: &TenantConfiguration, position: &Position) -> Result<String, ProviderError> {
        let request = Request::verify(tenant, position)?;
        let answer: wire::Verified = self.call(tenant, "paaSILVerificaAvviso", &request).await?;
        match answer.fault() {
            None => page(answer.url.unwrap_or_default()),
            Some(fault) => Err(fault.refusal()),
        }
    }

    async fn withdraw(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Standing, ProviderError> {
        let answer = self.import(tenant, position, Action::Withdraw).await?;
        match answer.fault() {
            None => Ok(Standing::Withdrawn),
            // A due that was never there cannot be paid either.
            Some(fault) if fault.is_unknown() => Ok(Standing::Withdrawn),
            Some(fault) if fault.is_refusal_of_state() => {
                let found = self.find(tenant, position).await?;
                Ok(found.map_or(Standing::Withdrawn, |found| found.standing))
            }
            Some(fault) => Err(fault.refusal()),
        }
    }

    /// Ours, with the name of who took the money.
    async fn receipt(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        let request = Request::paid(tenant, position)?;
        let answer: Paid = self.call(tenant, "paaSILChiediPagatiConRicevuta", &request).await?;
        Ok(Paper::Ours { taken_by: answer.receipt()?.and_then(|receipt| receipt.taken_by()) })
    }
}

//! E-Fil, with its system Plug&Pay: SOAP, four services.
//!
//! The proxy gives the numbers, in the part of the body's series that Plug&Pay leaves to a program (`management_code`). A number that was
//! taken before is refused (`IuvNonUnivoco`): then the position is looked at. A position that was withdrawn is not found any more, but its
//! number goes on being taken, which is how it is told from one that never was. Plug&Pay notifies (`NotificaPagamento`).

mod answers;
mod status;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use kernel::Series;
use runtime::App;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::line::{Line, page};
use super::{About, BOTH_VERSIONS, Found, Named, Notified, Paper, Position, Provider, ProviderError, SERVICE_FORM, soap};
use crate::configuration::{Fields, TenantConfiguration, Wrong};
use crate::payment::Standing;
use status::{Known, PaidBy};
use wire::{Call, Operation};

/// The program, as Plug&Pay knows it (`IdApplicazione`).
const APPLICATION: &str = "application_id";
/// The body, as Plug&Pay knows it (`CodiceEnte`).
const BODY: &str = "creditor_code";
/// Faults that say that Plug&Pay is in trouble, not the request.
const INTERNAL: &[&str] = &["SoapFaultErroreInterno", "SoapFaultErroreEasyPA"];

/// What is known of E-Fil.
pub const ABOUT: About = About {
    name: "efil",
    role: "payment-proxy-efil",
    tree: "payment-proxy-efil-tree",
    events: BOTH_VERSIONS,
    takes_stamps: false,
    takes_receivers: true,
    withdraws: true,
    reserves: false,
    cart: 1,
    tenant_form: include_str!("../../../forms/efil/tenant.json"),
    payment_form: include_str!("../../../forms/efil/payment.json"),
    service_form: SERVICE_FORM,
};

/// Where the services are; absent ones are the stand-in's.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Takes positions (`EFIL_FEED_URL`).
    pub feed: Option<String>,
    /// Tells where positions stand (`EFIL_DELIVER_URL`).
    pub deliver: Option<String>,
    /// Leads to the page where positions are paid (`EFIL_ONLINE`).
    pub online: Option<String>,
    /// Typesets documents (`EFIL_PDF_URL`).
    pub pdf: Option<String>,
}

/// E-Fil.
#[derive(Clone, Debug)]
pub struct Efil {
    app: App,
    feed: Line,
    deliver: Line,
    online: Line,
    pdf: Line,
}

impl Efil {
    /// E-Fil at these addresses; a call that takes longer than `timeout` is unclear.
    pub fn new(app: &App, addresses: &Addresses, timeout: Duration) -> Self {
        let line = |address: &Option<String>, stand_in| Line::new(app, address.as_deref(), stand_in, timeout);
        Self {
            app: app.clone(),
            feed: line(&addresses.feed, "/demo/efil/feed"),
            deliver: line(&addresses.deliver, "/demo/efil/deliver"),
            online: line(&addresses.online, "/demo/efil/payment"),
            pdf: line(&addresses.pdf, "/demo/efil/pdf"),
        }
    }

    /// Calls an operation: `contract` and `name` are those of its `SOAPAction`.
    async fn call<T: DeserializeOwned>(
        line: &Line,
        tenant: &TenantConfiguration,
        (namespace, contract, name): (&str, &str, &str),
        request: &impl Serialize,
    ) -> Result<T, ProviderError> {
        let action = format!("{namespace}/{contract}/{name}");
        let operation = soap::Operation {
            action: &action,
            namespaces: wire::NAMESPACES,
            credentials: tenant.settings.text("user").zip(tenant.settings.text("password")),
            internal_faults: INTERNAL,
        };
        soap::call(line, &operation, soap::NO_HEADER, request).await
    }

    async fn feed<T: DeserializeOwned>(
        &self,
        tenant: &TenantConfiguration,
        name: &str,
        request: &impl Serialize,
    ) -> Result<T, ProviderError> {
        Self::call(&self.feed, tenant, (wire::FEED, "IPlugAndPayFeed", name), request).await
    }

    /// What Plug&Pay knows of the position.
    async fn search(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Known>, ProviderError> {
        let name = "RicercaArricchitaPosizionePerIdentificavo";
        let request = Call::Search(Operation::of(wire::DELIVER, wire::Numbered::of(tenant, position)?));
        let service = (wire::DELIVER, "IPlugAndPayDeliver", name);
        let answer: answers::Searched = Self::call(&self.deliver, tenant, service, &request).await?;
        answer.result.position.known()
    }

    /// Whether the position's number was taken before.
    async fn is_taken(&self, tenant: &TenantConfiguration, position: &Position) -> Result<bool, ProviderError> {
        let request = Call::Validate(Operation::of(wire::FEED, wire::Validate::of(tenant, position)?));
        let answer: answers::Validated = self.feed(tenant, "ValidaPosizioni", &request).await?;
        match &answer.result.outcomes.list[..] {
            [] => Err(ProviderError::Unclear("the answer has no outcome".to_owned())),
            outcomes => Ok(outcomes.iter().any(answers::Outcome::is_duplicate)),
        }
    }

    /// What pagoPA said of the payment; it may come later than the money.
    async fn paid_by(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<PaidBy>, ProviderError> {
        let request = Call::Receipt(Operation::of(wire::PAYMENT, wire::Paid::of(tenant, position)?));
        let service = (wire::PAYMENT, "IPlugAndPayPayment", "DownloadDatiRicevuta");
        let answer: answers::Downloaded = Self::call(&self.online, tenant, service, &request).await?;
        let Some(receipt) = answer.result.receipt.filter(|receipt| !receipt.trim().is_empty()) else { return Ok(None) };
        let receipt = receipt.trim();
        if receipt.starts_with('<') {
            return PaidBy::read(receipt.as_bytes()).map(Some);
        }
        PaidBy::read(&decoded(receipt)?).map(Some)
    }

    async fn typeset(&self, tenant: &TenantConfiguration, name: &str, request: &impl Serialize) -> Result<Paper, ProviderError> {
        let service = (wire::PDF, "IGeneratorPdfBytes", name);
        let answer: answers::Typeset = Self::call(&self.pdf, tenant, service, request).await?;
        let pdf = decoded(&answer.result.pdf.unwrap_or_default())?;
        if pdf.starts_with(b"%PDF-") {
            Ok(Paper::Pdf(pdf))
        } else {
            Err(ProviderError::Unclear("the answer is no PDF".to_owned()))
        }
    }

    fn has_expired(&self, position: &Position) -> bool {
        position.expire_at.is_some_and(|at| at < self.app.clock().now())
    }
}

/// The bytes of a base64 text, which may be broken into lines.
fn decoded(text: &str) -> Result<Vec<u8>, ProviderError> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|_| ProviderError::Unclear("the answer is no Base64".to_owned()))
}

#[async_trait]
impl Provider for Efil {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_tenant(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        fields.require("tax_identification_number", wrong);
        fields.required_uuid(APPLICATION, wrong);
        fields.required_text(BODY, 35, wrong);
        fields.integer("segregation_code", 0, 49, wrong);
        fields.integer("management_code", 0, 99, wrong);
        fields.text("reference_type", 35, wrong);
        fields.text("user", 255, wrong);
        fields.text("password", 255, wrong);
    }

    fn check_payment(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        fields.required_text(fields.first(&["management_id", "due_type", "code"]), 64, wrong);
    }

    fn series(&self, tenant: &TenantConfiguration) -> Option<Series> {
        let manager = tenant.settings.integer("management_code").and_then(|code| u8::try_from(code).ok()).unwrap_or_default();
        Some(Series::Managed(tenant.segregation_code(), manager))
    }

    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let request = Call::Load(Operation::of(wire::FEED, wire::Load::of(tenant, position)?));
        let answer: answers::Loaded = self.feed(tenant, "CaricaPosizioneConEsitoArricchito", &request).await?;
        let outcome = answer.result.outcome;
        if outcome.is_ok() {
            return Ok(Found { standing: Standing::Open, notice: position.notice });
        }
        if !outcome.is_duplicate() {
            return Err(outcome.refusal());
        }
        let found = self.find(tenant, position).await?;
        found.ok_or_else(|| ProviderError::Unclear("the number is said to be taken, and is not found".to_owned()))
    }

    async fn find(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Found>, ProviderError> {
        let found = |standing| Some(Found { standing, notice: position.notice });
        let Some(known) = self.search(tenant, position).await? else {
            return Ok(if self.is_taken(tenant, position).await? { found(Standing::Withdrawn) } else { None });
        };
        // Without its receipt a payment is a payment all the same.
        let paid = match known {
            Known::Paid(_) => self.paid_by(tenant, position).await.unwrap_or_default(),
            Known::Unpaid => None,
        };
        Ok(found(status::standing(&known, paid.as_ref(), self.has_expired(position))))
    }

    async fn checkout(&self, tenant: &TenantConfiguration, position: &Position) -> Result<String, ProviderError> {
        let request = Call::Cart(Operation::of(wire::PAYMENT, wire::Cart::of(tenant, &[position])?));
        let service = (wire::PAYMENT, "IPlugAndPayPayment", "InviaCarrelloPosizioni");
        let answer: answers::Sent = Self::call(&self.online, tenant, service, &request).await?;
        match answer.result.outcomes.list.iter().find(|outcome| !outcome.is_ok()) {
            Some(refused) => Err(refused.refusal()),
            None => page(answer.result.url.unwrap_or_default()),
        }
    }

    async fn withdraw(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Standing, ProviderError> {
        match self.find(tenant, position).await?.map(|found| found.standing) {
            Some(Standing::Open | Standing::Lapsed) => {}
            // What never was cannot be paid either.
            None => return Ok(Standing::Withdrawn),
            Some(other) => return Ok(other),
        }
        let request = Call::Remove(Operation::of(wire::FEED, wire::Numbered::of(tenant, position)?));
        let answer: answers::Removed = self.feed(tenant, "RimuoviPosizione", &request).await?;
        if answer.result.is_ok() {
            return Ok(Standing::Withdrawn);
        }
        // Paid or withdrawn meanwhile.
        match self.find(tenant, position).await?.map(|found| found.standing) {
            Some(Standing::Open | Standing::Lapsed) => Err(answer.result.refusal()),
            standing => Ok(standing.unwrap_or(Standing::Withdrawn)),
        }
    }

    async fn notice(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        let request = Call::NoticePdf(Operation::of(wire::PDF, wire::Notice::of(tenant, position)?));
        // Ours says the same, and is there when Plug&Pay's is not.
        Ok(self.typeset(tenant, "CreatePdfAvviso", &request).await.unwrap_or(Paper::Ours { taken_by: None }))
    }

    async fn receipt(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        let request = Call::ReceiptPdf(Operation::of(wire::PDF, wire::Receipt::of(tenant, position)?));
        if let Ok(typeset) = self.typeset(tenant, "CreatePdfRT", &request).await {
            return Ok(typeset);
        }
        let paid = self.paid_by(tenant, position).await.unwrap_or_default();
        Ok(Paper::Ours { taken_by: paid.and_then(|paid| paid.taken_by()) })
    }

    fn notified(&self, _headers: &HeaderMap, body: &[u8]) -> Result<Notified, String> {
        let wrong = || "inviare NotificaPagamento".to_owned();
        let element = soap::body(body).map_err(|_| wrong())?;
        if element.name != "NotificaPagamento" {
            return Err(wrong());
        }
        let notification: answers::Notification = soap::read(element.xml).map_err(|_| wrong())?;
        let iuv = notification.request.iuv.trim().to_owned();
        let answer = Some(("text/xml; charset=utf-8", answers::NOTIFIED.to_owned()));
        Ok(Notified { positions: vec![Named::Iuv(iuv)], answer, reference: None })
    }
}

//! IRIS, the intermediary of the Regione Toscana, and of those who run its program: SOAP, five services.
//!
//! IRIS gives the numbers, before a due is there (`GeneraIUV`); the proxy keeps the number and creates the due with it. A due that is there
//! already is not taken again: then it is looked at. Whoever pays online is sent the due once more, which opens a session. IRIS notifies
//! (`IdpInformativaPagamento`) and wants to hear at an address of its own that it was understood. Its revenue stamps go through another
//! program of the body (`stamp_code`), and are not taken here.

mod answers;
mod certificate;
mod due;
mod header;
mod status;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use kernel::{NoticeNumber, RomeTime, Series};
use runtime::App;
use serde::de::DeserializeOwned;

use super::line::{Line, page};
use super::{About, BOTH_VERSIONS, Found, Named, Notified, Paper, Position, Provider, ProviderError, SERVICE_FORM, soap};
use crate::configuration::{Fields, TenantConfiguration, Wrong};
use crate::payment::Standing;
use answers::{Aligned, Numbered, Typeset, Verified, VerifiedBody};
use due::Action;
use wire::Request;

/// The body, as IRIS knows it.
const SENDER: &str = "code";
/// The body's program, as IRIS knows it; it is let in with the password.
const SYSTEM: &str = "sil_id";

/// The certificate that the body's program shows, with its key.
const CERTIFICATE: &str = "cert";

/// What is known of IRIS.
pub const ABOUT: About = About {
    name: "iris",
    role: "payment-proxy-iris",
    tree: "payment-proxy-iris-tree",
    events: BOTH_VERSIONS,
    takes_stamps: false,
    takes_receivers: false,
    withdraws: true,
    reserves: true,
    cart: 1,
    tenant_form: include_str!("../../../forms/iris/tenant.json"),
    payment_form: include_str!("../../../forms/iris/payment.json"),
    service_form: SERVICE_FORM,
};

/// Where the services are; absent ones are the stand-in's.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Takes dues, and leads to the page where they are paid (`IRIS_OTF_PAYMENT_URL`).
    pub dues: Option<String>,
    /// Gives numbers (`IRIS_IUV_URL`).
    pub numbers: Option<String>,
    /// Tells where dues stand (`IRIS_VERIFY_URL`).
    pub verify: Option<String>,
    /// Hears that a notification was understood (`IRIS_OUTCOME_URL`).
    pub outcome: Option<String>,
    /// Typesets notices (`IRIS_NOTICE_URL`).
    pub notices: Option<String>,
}

/// IRIS.
#[derive(Clone, Debug)]
pub struct Iris {
    app: App,
    dues: Line,
    numbers: Line,
    verify: Line,
    outcome: Line,
    notices: Line,
}

/// A message to IRIS: its identifier, and when it was written.
struct Message {
    id: String,
    at: RomeTime,
}

impl Iris {
    /// IRIS at these addresses; a call that takes longer than `timeout` is unclear.
    pub fn new(app: &App, addresses: &Addresses, timeout: Duration) -> Self {
        let line = |address: &Option<String>, stand_in| Line::new(app, address.as_deref(), stand_in, timeout);
        Self {
            app: app.clone(),
            dues: line(&addresses.dues, "/demo/iris/otf"),
            numbers: line(&addresses.numbers, "/demo/iris/iuv"),
            verify: line(&addresses.verify, "/demo/iris/verifica"),
            outcome: line(&addresses.outcome, "/demo/iris/esito"),
            notices: line(&addresses.notices, "/demo/iris/avvisi"),
        }
    }

    async fn call<T: DeserializeOwned>(
        line: &Line,
        tenant: &TenantConfiguration,
        action: &str,
        request: &Request,
    ) -> Result<T, ProviderError> {
        let line = &line.identified(tenant.settings.text(CERTIFICATE).and_then(certificate::identity));
        let credentials = Some((tenant.setting(SYSTEM)?, tenant.setting("password")?));
        let operation = soap::Operation { action, namespaces: wire::NAMESPACES, credentials, ..soap::Operation::default() };
        soap::call(line, &operation, soap::NO_HEADER, request).await
    }

    fn message(&self) -> Message {
        Message { id: self.app.rng().uuid().simple().to_string(), at: self.app.clock().now() }
    }

    async fn align(&self, tenant: &TenantConfiguration, position: &Position, action: Action) -> Result<Aligned, ProviderError> {
        let request = Request::align(tenant, position, action, &self.message())?;
        Self::call(&self.dues, tenant, "IdpAllineamentoPendenzeEnteOTF", &request).await
    }

    async fn verified(&self, tenant: &TenantConfiguration, position: &Position) -> Result<VerifiedBody, ProviderError> {
        let request = Request::verify(tenant, position, &self.message())?;
        let answer: Verified = Self::call(&self.verify, tenant, "IdpVerificaStatoPagamenti", &request).await?;
        Ok(answer.outcome.body)
    }

    /// Dues can be paid until the end of the day.
    fn has_expired(&self, position: &Position) -> bool {
        position.expire_at.is_some_and(|at| at.date() < self.app.clock().now().date())
    }
}

/// The PDF in a base64 text, if it is one.
fn pdf(text: &str) -> Option<Paper> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok().filter(|bytes| bytes.starts_with(b"%PDF-")).map(Paper::Pdf)
}

#[async_trait]
impl Provider for Iris {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_tenant(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        fields.require("tax_identification_number", wrong);
        fields.required_text(SENDER, 35, wrong);
        fields.required_text(SYSTEM, 35, wrong);
        fields.required_text("password", 255, wrong);
        // What has no key is no identity, and is kept as other programs keep it.
        let identity = fields.text(CERTIFICATE, 50_000, wrong).as_deref().and_then(certificate::identity);
        if identity.is_some_and(|pem| self.app.egress().identified(&pem).is_err()) {
            let hint = "Inviare il certificato e la sua chiave privata in formato PEM.";
            wrong.push(kernel::FieldError::new(fields.pointer(CERTIFICATE), "pattern", hint));
        }
        for name in ["e2e_code", "receiver_code", "e2e_receiver_code", "receiver_sil_id", "stamp_code", "application_code"] {
            fields.text(name, 35, wrong);
        }
    }

    fn check_payment(&self, fields: &Fields<'_>, wrong: &mut Wrong) {
        fields.required_text(fields.first(&["management_id", "due_type", "code"]), 35, wrong);
        fields.text("office_code", 35, wrong);
        fields.text("reference_code", 35, wrong);
        fields.text("notes", 2000, wrong);
    }

    fn series(&self, _tenant: &TenantConfiguration) -> Option<Series> {
        None
    }

    async fn reserve(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<NoticeNumber>, ProviderError> {
        let request = Request::number(tenant, position)?;
        let answer: Numbered =
            Self::call(&self.numbers, tenant, "http://idp.tasgroup.it/GenerazioneIUV/GeneraIUV", &request).await?;
        if let Some(fault) = answer.fault {
            return Err(fault.refusal());
        }
        let notice = answer.body.and_then(|body| body.numbers.notice.trim().parse().ok());
        notice.map(Some).ok_or_else(|| ProviderError::Unclear("the answer has no number".to_owned()))
    }

    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError> {
        let outcome = self.align(tenant, position, Action::Insert).await?.outcome.body;
        if outcome.is_done() {
            return Ok(Found { standing: Standing::Open, notice: position.notice });
        }
        // It may be there already; of what is wrong IRIS has no list.
        match self.find(tenant, position).await? {
            Some(found) => Ok(found),
            None => Err(outcome.refusal()),
        }
    }

    async fn find(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Found>, ProviderError> {
        // Without a number nothing was created.
        let Some(notice) = position.notice else { return Ok(None) };
        let body = self.verified(tenant, position).await?;
        let standing = body.standing(&notice.iuv().to_string(), self.has_expired(position))?;
        Ok(standing.map(|standing| Found { standing, notice: Some(notice) }))
    }

    async fn checkout(&self, tenant: &TenantConfiguration, position: &Position) -> Result<String, ProviderError> {
        // IRIS would take a due that is not there, or was withdrawn, instead of refusing to have it paid.
        match self.find(tenant, position).await? {
            Some(Found { standing: Standing::Open, .. }) => {}
            _ => return super::refused("the due cannot be paid"),
        }
        let outcome = self.align(tenant, position, Action::Pay).await?.outcome;
        match outcome.online {
            Some(session) if outcome.body.is_done() => page(session.url),
            _ => Err(outcome.body.refusal()),
        }
    }

    async fn withdraw(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Standing, ProviderError> {
        match self.find(tenant, position).await?.map(|found| found.standing) {
            Some(Standing::Open) => {}
            // What never was cannot be paid either.
            None => return Ok(Standing::Withdrawn),
            Some(other) => return Ok(other),
        }
        let outcome = self.align(tenant, position, Action::Close).await?.outcome.body;
        if outcome.is_done() {
            return Ok(Standing::Withdrawn);
        }
        // Paid or withdrawn meanwhile.
        match self.find(tenant, position).await?.map(|found| found.standing) {
            Some(Standing::Open) => Err(outcome.refusal()),
            standing => Ok(standing.unwrap_or(Standing::Withdrawn)),
        }
    }

    async fn notice(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        let request = Request::notice(tenant, position)?;
        let action = "http://idp.tasgroup.it/GenerazioneAvvisi/GeneraAvviso";
        let answer: Result<Typeset, _> = Self::call(&self.notices, tenant, action, &request).await;
        // Ours says the same, and is there when that of IRIS is not.
        let theirs = answer.ok().and_then(|answer| pdf(&answer.body?.pdf));
        Ok(theirs.unwrap_or(Paper::Ours { taken_by: None }))
    }

    async fn receipt(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Paper, ProviderError> {
        let body = self.verified(tenant, position).await?;
        let payment = body.known(&position.number()?.iuv().to_string()).and_then(|known| known.payment.as_ref());
        let attached = payment.and_then(|payment| payment.attachment.as_ref());
        let theirs = attached.filter(|attached| attached.encoding.trim() == "PDF_").and_then(|attached| pdf(&attached.content));
        Ok(theirs.unwrap_or_else(|| Paper::Ours { taken_by: payment.and_then(answers::Payment::taken_by) }))
    }

    fn notified(&self, _headers: &HeaderMap, body: &[u8]) -> Result<Notified, String> {
        let wrong = || "inviare IdpInformativaPagamento".to_owned();
        let element = soap::body(body).map_err(|_| wrong())?;
        if element.name != "IdpInformativaPagamento" {
            return Err(wrong());
        }
        let notification: answers::Notification = soap::read(element.xml).map_err(|_| wrong())?;
        let iuv = |payment: answers::Payment| {
            let told = payment.reference.map(|reference| reference.iuv).filter(|iuv| !iuv.trim().is_empty());
            told.or(payment.iuv).map(|iuv| Named::Iuv(iuv.trim().to_owned()))
        };
        let positions: Vec<_> = notification.news.body.payments.into_iter().filter_map(iuv).collect();
        if positions.is_empty() {
            return Err(wrong());
        }
        let reference = notification.news.header.transport.message.trim().to_owned();
        let answer = Some(("text/xml; charset=utf-8", wire::NOTED.to_owned()));
        Ok(Notified { positions, answer, reference: Some(reference).filter(|reference| !reference.is_empty()) })
    }

    async fn acknowledge(&self, tenant: &TenantConfiguration, reference: &str) -> Result<(), ProviderError> {
        let message = Message { id: reference.to_owned(), at: self.app.clock().now() };
        let request = Request::understood(tenant, &message)?;
        let _: serde::de::IgnoredAny = Self::call(&self.outcome, tenant, "IdpInformativaPagamento.Esito", &request).await?;
        Ok(())
    }
}

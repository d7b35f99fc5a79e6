//! What travels to MyPay and back (`pa-per-ente.wsdl`, `PagInf_Dovuti_Pagati_6_2_0.xsd`): members in the order of the schema. Elements of
//! the requests have no namespace, but the outermost; those of the dues all have theirs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::payments::{Person, PersonKind, Split};
use kernel::{Iuv, Money, NoticeNumber, RomeTime, Series};
use serde::{Deserialize, Serialize};

use crate::configuration::TenantConfiguration;
use crate::providers::soap::{Namespaces, read, root, said, text, write};
use crate::providers::{Position, ProviderError, refused};

/// Namespace of the dues.
const DUES: &str = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/";
/// Version of the dues.
const VERSION: &str = "6.2.0";
/// Application code of numbers of 15 digits, where the configuration does not say.
const DEFAULT_APPLICATION: i64 = 1;

/// The namespaces of the envelope.
pub const NAMESPACES: Namespaces = &[
    ("ppt", "http://www.regione.veneto.it/pagamenti/ente/"),
    ("ppthead", "http://www.regione.veneto.it/pagamenti/ente/ppthead"),
];

/// Who asks.
#[derive(Serialize)]
pub enum Header {
    /// The body.
    #[serde(rename = "ppthead:intestazionePPT")]
    Heading {
        #[serde(rename = "codIpaEnte")]
        body: String,
    },
}

/// A request.
#[derive(Serialize)]
pub enum Request {
    /// Does something with a due.
    #[serde(rename = "ppt:paaSILImportaDovuto")]
    Import {
        password: String,
        dovuto: String,
        #[serde(rename = "flagGeneraIuv")]
        give_number: bool,
    },
    /// Asks whether a due was paid.
    #[serde(rename = "ppt:paaSILChiediPagatiConRicevuta")]
    Paid {
        #[serde(rename = "codIpaEnte")]
        body: String,
        password: String,
        #[serde(rename = "identificativoUnivocoDovuto")]
        iud: String,
    },
    /// Asks where a due is paid.
    #[serde(rename = "ppt:paaSILVerificaAvviso")]
    Verify {
        password: String,
        #[serde(rename = "identificativoUnivocoVersamento")]
        iuv: String,
        #[serde(rename = "enteSILInviaRispostaPagamentoUrl")]
        return_url: String,
    },
}

/// What is to be done with a due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `I`
    Insert,
    /// `A`
    Withdraw,
    /// `S`
    Print,
}

/// A due (`Versamento`).
#[derive(Serialize)]
struct Due {
    #[serde(rename = "@xmlns")]
    namespace: &'static str,
    #[serde(rename = "versioneOggetto")]
    version: &'static str,
    #[serde(rename = "soggettoPagatore")]
    debtor: Debtor,
    #[serde(rename = "datiVersamento")]
    data: Data,
    #[serde(rename = "azione")]
    action: &'static str,
}

#[derive(Serialize)]
struct Debtor {
    #[serde(rename = "identificativoUnivocoPagatore")]
    identity: Identity,
    #[serde(rename = "anagraficaPagatore")]
    name: String,
    #[serde(rename = "indirizzoPagatore", skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(rename = "civicoPagatore", skip_serializing_if = "Option::is_none")]
    building: Option<String>,
    #[serde(rename = "capPagatore", skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(rename = "localitaPagatore", skip_serializing_if = "Option::is_none")]
    town: Option<String>,
    #[serde(rename = "provinciaPagatore", skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    #[serde(rename = "nazionePagatore", skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

#[derive(Serialize)]
struct Identity {
    #[serde(rename = "tipoIdentificativoUnivoco")]
    kind: &'static str,
    #[serde(rename = "codiceIdentificativoUnivoco")]
    code: String,
}

#[derive(Serialize)]
struct Data {
    #[serde(rename = "dataEsecuzionePagamento", skip_serializing_if = "Option::is_none")]
    due_on: Option<String>,
    #[serde(rename = "identificativoUnivocoDovuto")]
    iud: String,
    #[serde(rename = "importoSingoloVersamento")]
    amount: String,
    #[serde(rename = "identificativoTipoDovuto")]
    due_type: String,
    #[serde(rename = "causaleVersamento")]
    reason: String,
    #[serde(rename = "datiSpecificiRiscossione")]
    category: String,
    #[serde(rename = "bilancio", skip_serializing_if = "Option::is_none")]
    budget: Option<Budget>,
}

#[derive(Serialize)]
struct Budget {
    #[serde(rename = "capitolo")]
    chapters: Vec<Chapter>,
}

#[derive(Serialize)]
struct Chapter {
    #[serde(rename = "codCapitolo")]
    code: String,
    #[serde(rename = "codUfficio", skip_serializing_if = "Option::is_none")]
    office: Option<String>,
    #[serde(rename = "accertamento")]
    assessment: Assessment,
}

#[derive(Serialize)]
struct Assessment {
    #[serde(rename = "codAccertamento", skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(rename = "importo")]
    amount: String,
}

/// Why MyPay does not do what it is asked.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    #[serde(rename = "faultCode", default)]
    pub code: String,
    #[serde(rename = "faultString", default)]
    text: String,
}

/// What became of a due.
#[derive(Deserialize)]
pub struct Imported {
    fault: Option<Fault>,
    #[serde(rename = "identificativoUnivocoVersamento")]
    iuv: Option<String>,
}

/// Where a due is paid.
#[derive(Deserialize)]
pub struct Verified {
    fault: Option<Fault>,
    pub url: Option<String>,
}

/// Whether a due was paid.
#[derive(Deserialize)]
pub struct Paid {
    fault: Option<Fault>,
    pagati: Option<String>,
}

/// What was paid (`PagatiConRicevuta`).
#[derive(Deserialize)]
pub struct Receipt {
    #[serde(rename = "dataOraMessaggioRicevuta")]
    at: Option<String>,
    #[serde(rename = "istitutoAttestante")]
    taken_by: Option<Institute>,
    #[serde(rename = "datiPagamento")]
    pub payment: PaymentData,
}

#[derive(Deserialize)]
struct Institute {
    #[serde(rename = "denominazioneAttestante")]
    name: Option<String>,
}

/// How a payment ended.
#[derive(Deserialize)]
pub struct PaymentData {
    #[serde(rename = "codiceEsitoPagamento", default)]
    pub outcome: String,
    #[serde(rename = "datiSingoloPagamento", default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "dataEsitoSingoloPagamento")]
    on: Option<String>,
    #[serde(rename = "identificativoUnivocoRiscossione")]
    transaction: Option<String>,
}

fn setting(tenant: &TenantConfiguration, name: &str) -> Result<String, ProviderError> {
    tenant.setting(name).map(str::to_owned)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

impl Header {
    /// The body of `tenant`.
    pub fn of(tenant: &TenantConfiguration) -> Result<Self, ProviderError> {
        Ok(Self::Heading { body: setting(tenant, "IPA_code")? })
    }
}

impl Request {
    /// Does something with a due.
    pub fn import(tenant: &TenantConfiguration, position: &Position, action: Action) -> Result<Self, ProviderError> {
        let due = write("Versamento", &Due::of(position, action)?)?;
        Ok(Self::Import { password: setting(tenant, "password")?, dovuto: STANDARD.encode(due), give_number: true })
    }

    /// Asks whether a due was paid.
    pub fn paid(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let (body, password) = (setting(tenant, "IPA_code")?, setting(tenant, "password")?);
        Ok(Self::Paid { body, password, iud: text(&position.iud, 35) })
    }

    /// Asks where a due is paid.
    pub fn verify(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let Some(notice) = position.notice else { return refused("the number of the payment is missing") };
        let (password, iuv) = (setting(tenant, "password")?, notice.iuv().to_string());
        Ok(Self::Verify { password, iuv, return_url: position.return_url.clone() })
    }
}

impl Due {
    fn of(position: &Position, action: Action) -> Result<Self, ProviderError> {
        if position.receiver.is_some() {
            return refused("MyPay takes no due whose money goes to another body");
        }
        let Some(due_type) = position.due_kind(64) else { return refused("the type of due is missing") };
        let category = position.settings.text("collection_data").or(position.category.as_deref());
        let Some(category) = category else { return refused("the taxonomy is missing") };
        Ok(Self {
            namespace: DUES,
            version: VERSION,
            debtor: Debtor::of(&position.debtor),
            data: Data {
                due_on: position.expire_at.map(|at| at.date().to_string()),
                iud: text(&position.iud, 35),
                amount: position.amount.to_string(),
                due_type,
                reason: text(&position.reason, 1024),
                category: text(category, 140),
                budget: Budget::of(&position.split),
            },
            action: match action {
                Action::Insert => "I",
                Action::Withdraw => "A",
                Action::Print => "S",
            },
        })
    }
}

impl Debtor {
    fn of(person: &Person) -> Self {
        let names = [person.name.as_deref(), person.family_name.as_deref()];
        let code = |text: Option<&str>| said(text, 2).filter(|code| code.len() == 2);
        Self {
            identity: Identity {
                kind: match person.kind {
                    PersonKind::Human => "F",
                    PersonKind::Legal => "G",
                },
                code: text(&person.tax_identification_number, 35),
            },
            name: text(&names.into_iter().flatten().collect::<Vec<_>>().join(" "), 70),
            street: said(person.street_name.as_deref(), 70),
            building: said(person.building_number.as_deref(), 16),
            postal_code: said(person.postal_code.as_deref(), 16),
            town: said(person.town_name.as_deref(), 35),
            province: code(person.country_subdivision.as_deref()),
            country: code(person.country.as_deref()),
        }
    }
}

impl Budget {
    /// The items of the budget: each is a chapter with one assessment. The forms of both versions call their members differently.
    fn of(split: &[Split]) -> Option<Self> {
        let chapter = |part: &Split| {
            let meta: serde_json::Map<String, serde_json::Value> = part.meta.read().unwrap_or_default();
            let member = |name: &str| {
                let value = meta.get(name).or_else(|| meta.get(&format!("split_{name}")))?;
                said(value.as_str(), 64)
            };
            let amount = part.amount.filter(|amount| *amount > Money::ZERO)?.to_string();
            Some(Chapter {
                code: member("budget_chapter").unwrap_or_else(|| text(&part.code, 64)),
                office: member("office_code"),
                assessment: Assessment { code: member("assessment"), amount },
            })
        };
        let chapters: Vec<_> = split.iter().filter_map(chapter).collect();
        (!chapters.is_empty()).then_some(Self { chapters })
    }
}

impl Imported {
    /// Why it was not done.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The number that MyPay gave.
    pub fn notice(&self, tenant: &TenantConfiguration) -> Result<NoticeNumber, ProviderError> {
        if let Some(fault) = &self.fault {
            return Err(fault.refusal());
        }
        let unclear = || ProviderError::Unclear("the answer has no number of the payment".to_owned());
        let iuv = self.iuv.as_deref().map(str::trim).filter(|iuv| !iuv.is_empty()).ok_or_else(unclear)?;
        let application = tenant.settings.integer("application_number").unwrap_or(DEFAULT_APPLICATION);
        let notice = match (iuv.len(), iuv.parse::<Iuv>()) {
            (15, Ok(iuv)) => NoticeNumber::of_iuv(Series::Application(u8::try_from(application).unwrap_or_default()), iuv).ok(),
            _ => format!("3{iuv}").parse().ok(),
        };
        notice.ok_or_else(unclear)
    }
}

impl Verified {
    /// Why there is no page.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }
}

impl Paid {
    /// Why there is nothing that was paid.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// What was paid. Some installations encode it twice.
    pub fn receipt(&self) -> Result<Option<Receipt>, ProviderError> {
        let Some(encoded) = self.pagati.as_deref().map(str::trim).filter(|encoded| !encoded.is_empty()) else {
            return Ok(None);
        };
        let unclear = || ProviderError::Unclear("what was paid cannot be read".to_owned());
        let decode = |text: &[u8]| {
            let compact: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(compact).map_err(|_| unclear())
        };
        let mut document = decode(encoded.as_bytes())?;
        if !document.trim_ascii_start().starts_with(b"<") && !document.starts_with(b"\xef\xbb\xbf") {
            document = decode(&document)?;
        }
        let element = root(&document).map_err(|_| unclear())?;
        read(element.xml).map(Some)
    }
}

impl Receipt {
    /// When it was paid: the instant of the receipt, or else the day of the payment. MyPay writes local times.
    pub fn paid_at(&self) -> Option<RomeTime> {
        let day = self.payment.parts.iter().find_map(|part| part.on.as_deref()).map(|day| format!("{}T00:00:00", day.trim()));
        let texts = [self.at.as_deref().map(|at| at.trim().to_owned()), day];
        texts.into_iter().flatten().find_map(|text| text.parse().ok().or_else(|| RomeTime::from_civil(text.parse().ok()?).ok()))
    }

    /// The operation of who took the money.
    pub fn transaction_id(&self) -> Option<String> {
        self.payment.parts.iter().find_map(|part| said(part.transaction.as_deref(), 255))
    }

    /// Who took the money.
    pub fn taken_by(self) -> Option<String> {
        self.taken_by?.name.filter(|name| !name.trim().is_empty())
    }
}

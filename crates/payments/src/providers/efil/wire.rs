//! What travels to Plug&Pay and back (`DigitBusFeed`, `DigitBusDeliver`, `DigitBusPayment`, `GeneratorPdf`): members in the order of the
//! WSDL, which is the alphabet's. Every service has its namespace, that of its operations' elements; what all of them share has prefix `c`.

use contracts::payments::{Person, PersonKind, Split};
use kernel::{Money, RomeTime};
use serde::Serialize;

use super::{APPLICATION, BODY};
use crate::configuration::TenantConfiguration;
use crate::providers::soap::{Namespaces, said, text};
use crate::providers::{Position, ProviderError, refused};

/// The namespaces of the envelope.
pub const NAMESPACES: Namespaces = &[("c", "http://e-fil.eu/PnP/PlugAndPayCommon")];
/// The service that takes positions.
pub const FEED: &str = "http://e-fil.eu/PnP/PlugAndPayFeed";
/// The service that tells where positions stand.
pub const DELIVER: &str = "http://e-fil.eu/PnP/PlugAndPayDeliver";
/// The service that leads to the page where positions are paid.
pub const PAYMENT: &str = "http://e-fil.eu/PnP/PlugAndPayPayment";
/// The service that typesets documents.
pub const PDF: &str = "http://e-fil.eu/GeneratorPdf";
/// Part of [`PDF`].
const PDF_CONTRACTS: &str = "http://schemas.datacontract.org/2004/07/GeneratorPdfBytes.Service.Contracts";
/// The kind of our identifiers of dues, where the configuration does not say.
const REFERENCE_TYPE: &str = "PRATICA";

/// A request: the element in the body, whose only member is called `request`.
#[derive(Serialize)]
pub enum Call<T> {
    /// Takes a position.
    #[serde(rename = "CaricaPosizioneConEsitoArricchito")]
    Load(Operation<T>),
    /// Looks whether a position could be taken.
    #[serde(rename = "ValidaPosizioni")]
    Validate(Operation<T>),
    /// Withdraws a position.
    #[serde(rename = "RimuoviPosizione")]
    Remove(Operation<T>),
    /// Asks where a position stands.
    #[serde(rename = "RicercaArricchitaPosizionePerIdentificavo")]
    Search(Operation<T>),
    /// Asks where positions are paid.
    #[serde(rename = "InviaCarrelloPosizioni")]
    Cart(Operation<T>),
    /// Asks for what pagoPA said of a payment.
    #[serde(rename = "DownloadDatiRicevuta")]
    Receipt(Operation<T>),
    /// Asks for a notice.
    #[serde(rename = "CreatePdfAvviso")]
    NoticePdf(Operation<T>),
    /// Asks for a receipt.
    #[serde(rename = "CreatePdfRT")]
    ReceiptPdf(Operation<T>),
}

/// What is in the element of a request.
#[derive(Serialize)]
pub struct Operation<T> {
    #[serde(rename = "@xmlns")]
    namespace: &'static str,
    request: T,
}

impl<T> Operation<T> {
    /// An operation of the service with this namespace.
    pub fn of(namespace: &'static str, request: T) -> Self {
        Self { namespace, request }
    }
}

/// A position to be taken.
#[derive(Serialize)]
pub struct Load {
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "Posizione")]
    position: Posizione,
}

/// Positions to be looked at.
#[derive(Serialize)]
pub struct Validate {
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "Posizioni")]
    positions: Posizioni,
}

/// A position by its number.
#[derive(Serialize)]
pub struct Numbered {
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "CodiceEnte")]
    body: String,
    #[serde(rename = "CodiceIdentificativo")]
    iuv: String,
}

/// A position by its number, in the words of the service of payments.
#[derive(Serialize)]
pub struct Paid {
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "CodiceEnteCreditore")]
    body: String,
    #[serde(rename = "IdentificativoPosizione")]
    iuv: String,
}

/// A position by its number, in the words of the service of documents.
#[derive(Serialize)]
pub struct Notice {
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "codiceEnteCreditore")]
    body: String,
    #[serde(rename = "identificativoPosizione")]
    iuv: String,
}

/// The same of a receipt; its own members are of another namespace than those that it inherits.
#[derive(Serialize)]
pub struct Receipt {
    #[serde(rename = "@xmlns:g")]
    namespace: &'static str,
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "g:CodiceFiscalePartitaIva")]
    debtor: String,
    #[serde(rename = "g:codiceEnteCreditore")]
    body: String,
    #[serde(rename = "g:identificativoPosizione")]
    iuv: String,
}

/// Positions to be paid together.
#[derive(Serialize)]
pub struct Cart {
    #[serde(rename = "IdApplicazione")]
    application: String,
    #[serde(rename = "Carrello")]
    positions: CartPositions,
    #[serde(rename = "UrlBack")]
    back: String,
    #[serde(rename = "UrlReturn")]
    done: String,
}

#[derive(Serialize)]
struct Posizioni {
    #[serde(rename = "Posizione")]
    positions: Vec<Posizione>,
}

#[derive(Serialize)]
struct CartPositions {
    #[serde(rename = "Posizione")]
    positions: Vec<CartPosition>,
}

#[derive(Serialize)]
struct Posizione {
    #[serde(rename = "Accertamenti", skip_serializing_if = "Option::is_none")]
    assessments: Option<Accertamenti>,
    #[serde(rename = "Causale")]
    reason: String,
    #[serde(rename = "CodiceRiferimentoCreditore")]
    iud: String,
    #[serde(rename = "Creditore")]
    creditor: Creditore,
    #[serde(rename = "DataScadenza", skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(rename = "Debitore")]
    debtor: Debitore,
    #[serde(rename = "IdentificativoPosizione")]
    iuv: String,
    #[serde(rename = "ImportoInCentesimi")]
    cents: i64,
    #[serde(rename = "ListaBeneficiari", skip_serializing_if = "Option::is_none")]
    receivers: Option<Beneficiari>,
    #[serde(rename = "Servizio")]
    service: Servizio,
    #[serde(rename = "Tassonomia", skip_serializing_if = "Option::is_none")]
    taxonomy: Option<Tassonomia>,
    #[serde(rename = "TipoRiferimentoCreditore")]
    reference_type: String,
}

#[derive(Serialize)]
struct CartPosition {
    #[serde(rename = "Causale")]
    reason: String,
    #[serde(rename = "CodiceRiferimentoCreditore")]
    iud: String,
    #[serde(rename = "Creditore")]
    creditor: Creditore,
    #[serde(rename = "Debitore")]
    debtor: Debitore,
    #[serde(rename = "IdentificativoPosizione")]
    iuv: String,
    #[serde(rename = "ImportoInCentesimi")]
    cents: i64,
    #[serde(rename = "ParametriPosizione")]
    parameters: (),
    #[serde(rename = "Servizio")]
    service: Servizio,
    #[serde(rename = "Spontaneo")]
    spontaneous: bool,
    #[serde(rename = "TipoRiferimentoCreditore")]
    reference_type: String,
}

#[derive(Serialize)]
struct Accertamenti {
    #[serde(rename = "Accertamento")]
    items: Vec<Accertamento>,
}

#[derive(Serialize)]
struct Accertamento {
    #[serde(rename = "Codice")]
    code: String,
    #[serde(rename = "ImportoInCentesimi")]
    cents: i64,
}

#[derive(Serialize)]
struct Creditore {
    #[serde(rename = "CodiceEnte")]
    body: String,
    #[serde(rename = "CodiceFiscalePartitaIva", skip_serializing_if = "Option::is_none")]
    tax_code: Option<String>,
    #[serde(rename = "Intestazione")]
    name: String,
}

#[derive(Serialize)]
struct Debitore {
    #[serde(rename = "Civico", skip_serializing_if = "Option::is_none")]
    building: Option<String>,
    #[serde(rename = "CodiceAvviamentoPostale", skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(rename = "CodiceFiscalePartitaIva")]
    tax_code: String,
    #[serde(rename = "Email", skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(rename = "Indirizzo", skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(rename = "Localita", skip_serializing_if = "Option::is_none")]
    town: Option<String>,
    #[serde(rename = "Nazione")]
    country: Nazione,
    #[serde(rename = "Nominativo")]
    name: String,
    #[serde(rename = "Provincia", skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    #[serde(rename = "TipoPagatore")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Nazione {
    #[serde(rename = "CodiceIsoNazione")]
    code: String,
}

#[derive(Serialize)]
struct Beneficiari {
    #[serde(rename = "Beneficiario")]
    receivers: Vec<Beneficiario>,
}

#[derive(Serialize)]
struct Beneficiario {
    #[serde(rename = "CodiceFiscale")]
    tax_code: String,
    #[serde(rename = "ImportoQuota")]
    cents: i64,
}

#[derive(Serialize)]
struct Servizio {
    #[serde(rename = "c:CodiceServizio")]
    code: String,
}

#[derive(Serialize)]
struct Tassonomia {
    #[serde(rename = "CodiceContabilita")]
    code: String,
    #[serde(rename = "TipoContabilita")]
    kind: u8,
}

/// Who asks, and for which body.
fn caller(tenant: &TenantConfiguration) -> Result<(String, String), ProviderError> {
    Ok((tenant.setting(APPLICATION)?.to_owned(), tenant.setting(BODY)?.to_owned()))
}

fn iuv(position: &Position) -> Result<String, ProviderError> {
    Ok(position.number()?.iuv().to_string())
}

fn reference_type(tenant: &TenantConfiguration) -> String {
    text(tenant.settings.text("reference_type").unwrap_or(REFERENCE_TYPE), 35)
}

fn service(position: &Position) -> Result<Servizio, ProviderError> {
    match position.due_kind(64) {
        Some(code) => Ok(Servizio { code }),
        None => refused("the service at Plug&Pay is missing"),
    }
}

impl Load {
    /// The position, to be taken.
    pub fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        Ok(Self { application: caller(tenant)?.0, position: Posizione::of(tenant, position)? })
    }
}

impl Validate {
    /// The position, to be looked at.
    pub fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let positions = Posizioni { positions: vec![Posizione::of(tenant, position)?] };
        Ok(Self { application: caller(tenant)?.0, positions })
    }
}

impl Numbered {
    /// The position's number.
    pub fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let (application, body) = caller(tenant)?;
        Ok(Self { application, body, iuv: iuv(position)? })
    }
}

impl Paid {
    /// The position's number.
    pub fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let (application, body) = caller(tenant)?;
        Ok(Self { application, body, iuv: iuv(position)? })
    }
}

impl Notice {
    /// The position's number.
    pub fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let (application, body) = caller(tenant)?;
        Ok(Self { application, body, iuv: iuv(position)? })
    }
}

impl Receipt {
    /// The position's number and debtor.
    pub fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let (application, body) = caller(tenant)?;
        let debtor = text(&position.debtor.tax_identification_number, 35);
        Ok(Self { namespace: PDF_CONTRACTS, application, debtor, body, iuv: iuv(position)? })
    }
}

impl Cart {
    /// Positions to be paid together, and where their payer goes back to: the address of the first.
    pub fn of(tenant: &TenantConfiguration, positions: &[&Position]) -> Result<Self, ProviderError> {
        let Some(first) = positions.first() else { return refused("the cart is empty") };
        let cart = positions.iter().map(|position| CartPosition::of(tenant, position)).collect::<Result<_, _>>()?;
        let join = if first.return_url.contains('?') { '&' } else { '?' };
        Ok(Self {
            application: caller(tenant)?.0,
            positions: CartPositions { positions: cart },
            back: format!("{}{join}status=KO", first.return_url),
            done: first.return_url.clone(),
        })
    }
}

impl Posizione {
    fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        let receivers = position.receiver.as_ref().map(|receiver| Beneficiari {
            receivers: vec![Beneficiario {
                tax_code: text(&receiver.tax_identification_number, 16),
                cents: position.amount.cents(),
            }],
        });
        let category = position.settings.text("collection_data").or(position.category.as_deref());
        Ok(Self {
            assessments: Accertamenti::of(&position.split),
            reason: text(&position.reason, 140),
            iud: text(&position.iud, 35),
            creditor: Creditore::of(tenant)?,
            due_at: position.expire_at.map(local),
            debtor: Debitore::of(&position.debtor),
            iuv: iuv(position)?,
            cents: position.amount.cents(),
            receivers,
            service: service(position)?,
            taxonomy: category.and_then(Tassonomia::of),
            reference_type: reference_type(tenant),
        })
    }
}

impl CartPosition {
    fn of(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        Ok(Self {
            reason: text(&position.reason, 140),
            iud: text(&position.iud, 35),
            creditor: Creditore::of(tenant)?,
            debtor: Debitore::of(&position.debtor),
            iuv: iuv(position)?,
            cents: position.amount.cents(),
            parameters: (),
            service: service(position)?,
            spontaneous: false,
            reference_type: reference_type(tenant),
        })
    }
}

impl Accertamenti {
    /// The items of the budget. The forms of both versions call their members differently.
    fn of(split: &[Split]) -> Option<Self> {
        let item = |part: &Split| {
            let meta: serde_json::Map<String, serde_json::Value> = part.meta.read().unwrap_or_default();
            let member = |name: &str| said(meta.get(name).or_else(|| meta.get(&format!("split_{name}")))?.as_str(), 64);
            let amount = part.amount.filter(|amount| *amount > Money::ZERO)?;
            let code = member("assessment").or_else(|| member("budget_chapter")).unwrap_or_else(|| text(&part.code, 64));
            Some(Accertamento { code, cents: amount.cents() })
        };
        let items: Vec<_> = split.iter().filter_map(item).collect();
        (!items.is_empty()).then_some(Self { items })
    }
}

impl Creditore {
    fn of(tenant: &TenantConfiguration) -> Result<Self, ProviderError> {
        let tax_code = tenant.tax_code.map(|code| code.to_string());
        Ok(Self { body: caller(tenant)?.1, tax_code, name: text(&tenant.name, 70) })
    }
}

impl Debitore {
    fn of(person: &Person) -> Self {
        let names = [person.name.as_deref(), person.family_name.as_deref()];
        let code = |text: Option<&str>| said(text, 2).filter(|code| code.len() == 2);
        Self {
            building: said(person.building_number.as_deref(), 16),
            postal_code: said(person.postal_code.as_deref(), 16),
            tax_code: text(&person.tax_identification_number, 35),
            email: said(person.email.as_deref(), 256),
            street: said(person.street_name.as_deref(), 70),
            town: said(person.town_name.as_deref(), 35),
            country: Nazione { code: code(person.country.as_deref()).unwrap_or_else(|| "IT".to_owned()) },
            name: text(&names.into_iter().flatten().collect::<Vec<_>>().join(" "), 70),
            province: code(person.country_subdivision.as_deref()),
            kind: match person.kind {
                PersonKind::Human => "PersonaFisica",
                PersonKind::Legal => "PersonaGiuridica",
            },
        }
    }
}

impl Tassonomia {
    /// `9/0101100IM/` is account `0101100IM` of kind 9.
    fn of(category: &str) -> Option<Self> {
        let (kind, code) = category.split_once('/')?;
        Some(Self { code: text(code.trim_end_matches('/'), 140), kind: kind.parse().ok()? })
    }
}

/// Plug&Pay writes and reads local times.
fn local(at: RomeTime) -> String {
    at.civil().to_string()
}

//! What Plug&Pay reads and writes, element by element as its WSDLs have it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{FiscalCode, Money, NoticeNumber, RomeTime, TaxCode};
use runtime::App;

use super::{APPLICATION, BODY};
use crate::psp::positions::{Position, Status};
use crate::soap::{Node, Sequence, envelope, escape};

pub(super) const FEED: &str = "http://e-fil.eu/PnP/PlugAndPayFeed";
pub(super) const DELIVER: &str = "http://e-fil.eu/PnP/PlugAndPayDeliver";
pub(super) const PAYMENT: &str = "http://e-fil.eu/PnP/PlugAndPayPayment";
pub(super) const PDF: &str = "http://e-fil.eu/GeneratorPdf";
const COMMON: &str = "http://e-fil.eu/PnP/PlugAndPayCommon";
const PDF_CONTRACTS: &str = "http://schemas.datacontract.org/2004/07/GeneratorPdfBytes.Service.Contracts";

const POSITION: Sequence<'_> = &[
    ("Accertamenti", false),
    ("Causale", true),
    ("CodiceRiferimentoCreditore", true),
    ("Creditore", true),
    ("DataScadenza", false),
    ("Debitore", true),
    ("IdentificativoPosizione", false),
    ("ImportoInCentesimi", true),
    ("ListaBeneficiari", false),
    ("ParametriPosizione", false),
    ("Servizio", true),
    ("Tassonomia", false),
    ("TipoRiferimentoCreditore", true),
];
const CART_POSITION: Sequence<'_> = &[
    ("Accertamenti", false),
    ("Causale", true),
    ("CodiceRiferimentoCreditore", false),
    ("Creditore", true),
    ("DataScadenza", false),
    ("Debitore", true),
    ("EmailInvioRicevuta", false),
    ("IdentificativoPosizione", false),
    ("ImportoInCentesimi", true),
    ("ParametriPosizione", true),
    ("Servizio", true),
    ("Spontaneo", true),
    ("TipoRiferimentoCreditore", false),
];
const CREDITOR: Sequence<'_> =
    &[("CodiceEnte", true), ("CodiceFiscalePartitaIva", false), ("IBAN", false), ("Intestazione", true)];
const DEBTOR: Sequence<'_> = &[
    ("Cellulare", false),
    ("Civico", false),
    ("CodiceAvviamentoPostale", false),
    ("CodiceFiscalePartitaIva", true),
    ("Email", false),
    ("Indirizzo", false),
    ("Localita", false),
    ("Nazione", true),
    ("Nominativo", true),
    ("Provincia", false),
    ("TipoPagatore", true),
];
/// Longest texts.
const LENGTHS: &[(&str, usize)] = &[
    ("Causale", 140),
    ("CodiceRiferimentoCreditore", 35),
    ("Civico", 16),
    ("CodiceAvviamentoPostale", 16),
    ("Email", 256),
    ("Indirizzo", 70),
    ("Intestazione", 70),
    ("Localita", 35),
    ("Nominativo", 70),
    ("Provincia", 2),
    ("CodiceServizio", 64),
];

/// A position that was sent: what the WSDL does not allow never gets this far.
pub(super) struct NewPosition {
    pub iuv: String,
    /// What the WSDL allows, and Plug&Pay does not.
    pub accepted: Result<(), String>,
    iud: String,
    cents: i64,
    reason: String,
    creditor_name: String,
    debtor_name: String,
    expires_at: Option<RomeTime>,
}

/// Positions that are to be paid: one.
pub(super) struct Cart {
    pub iuv: String,
    pub cents: i64,
    pub back: String,
    pub done: String,
}

/// Who asks, which stands first in every request.
fn check_caller(request: &Node, namespace: &str) -> Result<(), String> {
    match request.children.first() {
        Some(first) if first.name == "IdApplicazione" && first.namespace == namespace => {}
        _ => return Err("IdApplicazione is missing or not in its place".to_owned()),
    }
    if request.text("IdApplicazione") == APPLICATION { Ok(()) } else { Err("IdApplicazione: operazione proibita".to_owned()) }
}

fn check_body(code: &str) -> Result<(), String> {
    if code == BODY { Ok(()) } else { Err("CodiceEnte: operazione proibita".to_owned()) }
}

impl NewPosition {
    pub fn to_load(request: &Node) -> Result<Self, String> {
        check_caller(request, FEED)?;
        request.check(FEED, &[("IdApplicazione", true), ("Posizione", true)])?;
        Self::read(request.get("Posizione")?)
    }

    pub fn to_validate(request: &Node) -> Result<Self, String> {
        check_caller(request, FEED)?;
        request.check(FEED, &[("IdApplicazione", true), ("Posizioni", true)])?;
        let positions = request.get("Posizioni")?;
        positions.check(FEED, &[("Posizione", true)])?;
        Self::read(positions.only()?)
    }

    fn read(node: &Node) -> Result<Self, String> {
        node.check(FEED, POSITION)?;
        let creditor = node.get("Creditore")?;
        check_people(creditor, node.get("Debitore")?, node.get("Servizio")?, FEED)?;
        node.check_lengths(LENGTHS)?;
        if let Some(items) = node.child("Accertamenti") {
            items.check(FEED, &[("Accertamento", true)])?;
            items.children.iter().try_for_each(|item| item.check(FEED, &[("Codice", true), ("ImportoInCentesimi", true)]))?;
        }
        if let Some(receivers) = node.child("ListaBeneficiari") {
            receivers.check(FEED, &[("Beneficiario", true)])?;
            let receiver: Sequence<'_> = &[("Causale", false), ("CodiceFiscale", true), ("ImportoQuota", true)];
            receivers.children.iter().try_for_each(|node| node.check(FEED, receiver))?;
        }
        if let Some(taxonomy) = node.child("Tassonomia") {
            taxonomy.check(FEED, &[("CodiceContabilita", false), ("InfoContabilita", false), ("TipoContabilita", false)])?;
            taxonomy.text("TipoContabilita").parse::<i32>().map_err(|_| "TipoContabilita")?;
        }
        let cents = cents(node)?;
        let iuv = node.text("IdentificativoPosizione").to_owned();
        let expires_at = match node.text("DataScadenza") {
            "" => None,
            at => Some(RomeTime::from_civil(at.parse().map_err(|_| "DataScadenza")?).map_err(|_| "DataScadenza")?),
        };
        Ok(Self {
            accepted: accept(node, &iuv, cents),
            iuv,
            iud: node.text("CodiceRiferimentoCreditore").to_owned(),
            cents,
            reason: node.text("Causale").to_owned(),
            creditor_name: creditor.text("Intestazione").to_owned(),
            debtor_name: node.get("Debitore")?.text("Nominativo").to_owned(),
            expires_at,
        })
    }

    /// As the books have it.
    pub fn position(&self, app: &App) -> Position {
        Position {
            iud: self.iud.clone(),
            creditor: BODY.to_owned(),
            creditor_name: self.creditor_name.clone(),
            notice_number: Some(format!("3{}", self.iuv)),
            amount: Money::from_cents(self.cents).unwrap_or_default(),
            reason: self.reason.clone(),
            debtor_name: self.debtor_name.clone(),
            expires_at: self.expires_at,
            return_url: String::new(),
            notify_url: format!("{}/payment-proxy/efil/notifications", app.public_url()),
            status: Status::Open,
            settles_at: None,
            transaction_id: None,
            created_at: app.clock().now().trunc_to_second(),
            details: Some(serde_json::json!({ "kind": "efil" }).to_string()),
        }
    }
}

fn cents(node: &Node) -> Result<i64, String> {
    node.text("ImportoInCentesimi").parse().map_err(|_| "ImportoInCentesimi".to_owned())
}

fn check_people(creditor: &Node, debtor: &Node, service: &Node, namespace: &str) -> Result<(), String> {
    creditor.check(namespace, CREDITOR)?;
    check_body(creditor.text("CodiceEnte"))?;
    debtor.check(namespace, DEBTOR)?;
    debtor.get("Nazione")?.check(namespace, &[("CodiceIsoNazione", false), ("NomeNazione", false)])?;
    service.check(COMMON, &[("CodiceServizio", true), ("Descrizione", false)])?;
    match debtor.text("TipoPagatore") {
        "PersonaFisica" | "PersonaGiuridica" => Ok(()),
        _ => Err("TipoPagatore".to_owned()),
    }
}

/// What is wrong with a position, though it keeps the WSDL.
fn accept(node: &Node, iuv: &str, cents: i64) -> Result<(), String> {
    let code = node.get("Debitore")?.text("CodiceFiscalePartitaIva");
    if code.parse::<FiscalCode>().is_err() && code.parse::<TaxCode>().is_err() {
        return Err("CodiceFiscalePartitaIva".to_owned());
    }
    if format!("3{iuv}").parse::<NoticeNumber>().is_err() {
        return Err("IdentificativoPosizione".to_owned());
    }
    if cents <= 0 {
        return Err("ImportoInCentesimi".to_owned());
    }
    let sum = |list: &str, member: &str| -> Result<Option<i64>, String> {
        let Some(list) = node.child(list) else { return Ok(None) };
        let parts = list.children.iter().map(|item| item.text(member).parse::<i64>().map_err(|_| member.to_owned()));
        parts.sum::<Result<i64, _>>().map(Some)
    };
    if sum("Accertamenti", "ImportoInCentesimi")?.is_some_and(|sum| sum != cents) {
        return Err("Accertamenti: la somma è diversa dall'importo".to_owned());
    }
    if sum("ListaBeneficiari", "ImportoQuota")?.is_some_and(|sum| sum > cents) {
        return Err("ListaBeneficiari: la somma supera l'importo".to_owned());
    }
    Ok(())
}

/// The number that a request of the services for positions asks for.
pub(super) fn numbered(request: &Node, namespace: &str) -> Result<String, String> {
    check_caller(request, namespace)?;
    let sequence: Sequence<'_> =
        &[("IdApplicazione", true), ("CFPartitaIva", false), ("CodiceEnte", true), ("CodiceIdentificativo", true)];
    request.check(namespace, sequence)?;
    check_body(request.text("CodiceEnte"))?;
    Ok(request.text("CodiceIdentificativo").to_owned())
}

/// The number that a request of the service for payments asks for.
pub(super) fn paid(request: &Node) -> Result<String, String> {
    check_caller(request, PAYMENT)?;
    request.check(PAYMENT, &[("IdApplicazione", true), ("CodiceEnteCreditore", true), ("IdentificativoPosizione", true)])?;
    check_body(request.text("CodiceEnteCreditore"))?;
    Ok(request.text("IdentificativoPosizione").to_owned())
}

/// The number that a request of the service for documents asks for.
pub(super) fn document(operation: &str, request: &Node) -> Result<String, String> {
    check_caller(request, PDF)?;
    if operation == "CreatePdfRT" {
        // What a derived type adds is of its own namespace.
        let added = Node { children: request.children[1..].to_vec(), ..request.clone() };
        let sequence: Sequence<'_> =
            &[("CodiceFiscalePartitaIva", true), ("codiceEnteCreditore", true), ("identificativoPosizione", true)];
        added.check(PDF_CONTRACTS, sequence)?;
    } else {
        request.check(PDF, &[("IdApplicazione", true), ("codiceEnteCreditore", true), ("identificativoPosizione", true)])?;
    }
    check_body(request.text("codiceEnteCreditore"))?;
    Ok(request.text("identificativoPosizione").to_owned())
}

/// A cart of one position.
pub(super) fn cart(request: &Node) -> Result<Cart, String> {
    check_caller(request, PAYMENT)?;
    request.check(PAYMENT, &[("IdApplicazione", true), ("Carrello", true), ("UrlBack", true), ("UrlReturn", true)])?;
    let cart = request.get("Carrello")?;
    cart.check(PAYMENT, &[("Posizione", true)])?;
    let node = cart.only()?;
    node.check(PAYMENT, CART_POSITION)?;
    check_people(node.get("Creditore")?, node.get("Debitore")?, node.get("Servizio")?, PAYMENT)?;
    node.check_lengths(LENGTHS)?;
    if node.text("Spontaneo") != "false" {
        return Err("Spontaneo: this stand-in has a page for positions that it knows".to_owned());
    }
    Ok(Cart {
        iuv: node.text("IdentificativoPosizione").to_owned(),
        cents: cents(node)?,
        back: request.text("UrlBack").to_owned(),
        done: request.text("UrlReturn").to_owned(),
    })
}

/// The answer to an operation.
pub(super) fn result(namespace: &str, operation: &str, inner: &str) -> String {
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    format!(
        "<{operation}Response xmlns=\"{namespace}\" xmlns:i=\"{xsi}\"><{operation}Result>{inner}</{operation}Result></{operation}Response>"
    )
}

pub(super) fn loaded(outcome: &str) -> String {
    format!("<EsitoDiCaricamentoArricchito>{outcome}</EsitoDiCaricamentoArricchito>")
}

pub(super) fn validated(outcome: &str) -> String {
    format!("<EsitiDiCaricamento><EsitoDiValidazione>{outcome}</EsitoDiValidazione></EsitiDiCaricamento>")
}

pub(super) fn accepted(iuv: &str, notice: &str) -> String {
    format!(
        "<ErroriDiValidazione i:nil=\"true\"/><Esito>Ok</Esito><IdentificativoPosizione>{iuv}</IdentificativoPosizione>\
         <NumeroAvviso>{notice}</NumeroAvviso>"
    )
}

pub(super) fn refused(code: &str, text: &str) -> String {
    let text = escape(text);
    format!(
        "<ErroriDiValidazione><ErroreDiValidazionePosizione><Codice>{code}</Codice><Descrizione>{text}</Descrizione>\
         </ErroreDiValidazionePosizione></ErroriDiValidazione><Esito>Nok</Esito>"
    )
}

pub(super) fn duplicate() -> String {
    refused("IuvNonUnivoco", "Lo IUV è già presente")
}

/// A position that is found; one that was withdrawn is not.
pub(super) fn found(position: &Position, now: RomeTime) -> String {
    let status = match position.standing(now) {
        Status::Withdrawn => return "<Posizione i:nil=\"true\"/>".to_owned(),
        Status::Paid => "Pagata",
        _ => "NonPagata",
    };
    let paid_at = match position.settles_at.filter(|_| status == "Pagata") {
        Some(at) => format!("<DataPagamento>{}</DataPagamento>", at.civil()),
        None => "<DataPagamento i:nil=\"true\"/>".to_owned(),
    };
    let notice = position.notice_number.as_deref().unwrap_or_default();
    format!(
        "<Posizione><Causale>{}</Causale><CodiceRiferimentoCreditore>{}</CodiceRiferimentoCreditore>{paid_at}<IdentificativoPosizione>{}\
         </IdentificativoPosizione><NumeroAvviso>{notice}</NumeroAvviso><StatoPosizione>{status}</StatoPosizione></Posizione>",
        escape(&position.reason),
        escape(&position.iud),
        notice.get(1..).unwrap_or_default(),
    )
}

pub(super) fn sent(iuv: &str, session: &str, url: &str) -> String {
    format!(
        "<EsitiInvioCarrelloPosizioni><EsitoInvioCarrelloPosizioni><Esito>Ok</Esito><IdentificativoPosizione>{iuv}\
         </IdentificativoPosizione></EsitoInvioCarrelloPosizioni></EsitiInvioCarrelloPosizioni><IdTransazione>{session}</IdTransazione>\
         <UrlRedirect>{}</UrlRedirect>",
        escape(url)
    )
}

pub(super) fn not_sent(iuv: &str) -> String {
    format!(
        "<EsitiInvioCarrelloPosizioni><EsitoInvioCarrelloPosizioni>{}<IdentificativoPosizione>{}</IdentificativoPosizione>\
         </EsitoInvioCarrelloPosizioni></EsitiInvioCarrelloPosizioni>",
        refused("PosizioneNonPagabile", "La posizione non si può pagare"),
        escape(iuv)
    )
}

/// What pagoPA said of a payment: a document in a text.
pub(super) fn receipt(position: &Position) -> String {
    let at = position.settles_at.unwrap_or(position.created_at);
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><RT xmlns=\"http://www.digitpa.gov.it/schemas/2011/Pagamenti/\"><versioneOggetto>6.2.0\
         </versioneOggetto><dataOraMessaggioRicevuta>{}</dataOraMessaggioRicevuta><istitutoAttestante><denominazioneAttestante>Banca di \
         prova S.p.A.</denominazioneAttestante></istitutoAttestante><datiPagamento><codiceEsitoPagamento>0</codiceEsitoPagamento>\
         <importoTotalePagato>{}</importoTotalePagato><datiSingoloPagamento><identificativoUnivocoRiscossione>{}\
         </identificativoUnivocoRiscossione></datiSingoloPagamento></datiPagamento></RT>",
        at.civil(),
        position.amount,
        position.transaction_id.as_deref().unwrap_or_default(),
    );
    format!("<Esito>Ok</Esito><Ricevuta>{}</Ricevuta>", escape(&document))
}

/// A document: a PDF that names the position.
pub(super) fn pdf(operation: &str, position: &Position) -> String {
    let name = if operation == "CreatePdfRT" { "RTPdf" } else { "AvvisoPdf" };
    let notice = position.notice_number.as_deref().unwrap_or_default();
    format!("<{name}>{}</{name}>", STANDARD.encode(format!("%PDF-1.7\n% {notice}\n%%EOF\n")))
}

/// What is sent when a position was paid.
pub(super) fn notification(position: &Position, at: RomeTime) -> String {
    let notice = position.notice_number.as_deref().unwrap_or_default();
    let iuv = notice.get(1..).unwrap_or_default();
    let who = format!("<CodiceEnte>{BODY}</CodiceEnte><CodiceIdentificativo>{iuv}</CodiceIdentificativo>");
    envelope(&format!(
        "<NotificaPagamento xmlns=\"{PAYMENT}\"><request><IdApplicazione>{APPLICATION}</IdApplicazione>{who}\
         <InformazioniPerRicevutaDiPagamento>{who}<CodiceIdentificativoIstitutoAttestante>PROVA</CodiceIdentificativoIstitutoAttestante>\
         <DataDiPagamento>{}</DataDiPagamento><DenominazioneIstitutoAttestante>Banca di prova S.p.A.</DenominazioneIstitutoAttestante>\
         <IdTransazione>{}</IdTransazione><ImportoPagatoInCentesimi>{}</ImportoPagatoInCentesimi></InformazioniPerRicevutaDiPagamento>\
         </request></NotificaPagamento>",
        at.civil(),
        position.transaction_id.as_deref().unwrap_or_default(),
        position.amount.cents(),
    ))
}

//! What MyPay reads and writes, element by element as its schema has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{FiscalCode, Money, NoticeNumber, RomeTime, TaxCode};

use super::{IPA_CODE, PASSWORD};
use crate::psp::positions::Position;
use crate::soap::{Node, Sequence, escape};

pub(super) const PPT: &str = "http://www.regione.veneto.it/pagamenti/ente/";
const HEAD: &str = "http://www.regione.veneto.it/pagamenti/ente/ppthead";
const DUES: &str = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/";

const IMPORT: Sequence<'_> = &[("password", false), ("dovuto", true), ("flagGeneraIuv", false)];
const PAID: Sequence<'_> = &[
    ("codIpaEnte", true),
    ("password", false),
    ("idSession", false),
    ("identificativoUnivocoVersamento", false),
    ("identificativoUnivocoDovuto", false),
];
const VERIFY: Sequence<'_> =
    &[("password", false), ("identificativoUnivocoVersamento", true), ("enteSILInviaRispostaPagamentoUrl", false)];
const DUE: Sequence<'_> = &[("versioneOggetto", true), ("soggettoPagatore", false), ("datiVersamento", true), ("azione", true)];
const DEBTOR: Sequence<'_> = &[
    ("identificativoUnivocoPagatore", true),
    ("anagraficaPagatore", true),
    ("indirizzoPagatore", false),
    ("civicoPagatore", false),
    ("capPagatore", false),
    ("localitaPagatore", false),
    ("provinciaPagatore", false),
    ("nazionePagatore", false),
    ("e-mailPagatore", false),
];
const DATA: Sequence<'_> = &[
    ("dataEsecuzionePagamento", false),
    ("tipoVersamento", false),
    ("identificativoUnivocoVersamento", false),
    ("identificativoUnivocoDovuto", false),
    ("importoSingoloVersamento", true),
    ("commissioneCaricoPA", false),
    ("identificativoTipoDovuto", true),
    ("causaleVersamento", true),
    ("datiSpecificiRiscossione", true),
    ("bilancio", false),
];
const CHAPTER: Sequence<'_> = &[("codCapitolo", true), ("codUfficio", false), ("accertamento", true)];
const ASSESSMENT: Sequence<'_> = &[("codAccertamento", false), ("importo", true)];
/// Longest texts.
const LENGTHS: [(&str, usize); 11] = [
    ("anagraficaPagatore", 70),
    ("indirizzoPagatore", 70),
    ("civicoPagatore", 16),
    ("capPagatore", 16),
    ("localitaPagatore", 35),
    ("provinciaPagatore", 2),
    ("nazionePagatore", 2),
    ("identificativoUnivocoDovuto", 35),
    ("identificativoTipoDovuto", 64),
    ("causaleVersamento", 1024),
    ("datiSpecificiRiscossione", 140),
];

/// A request that was understood.
pub(super) enum Operation {
    Import(Due),
    Paid(String),
    Verify(String, String),
    /// The answer's name, and why.
    Refused(&'static str, Fault),
}

/// A due.
pub(super) struct Due {
    pub action: String,
    pub iud: String,
    pub amount: Money,
    pub reason: String,
    pub debtor_name: String,
    pub expires_at: Option<RomeTime>,
}

/// Why something is not done.
pub(super) struct Fault {
    code: &'static str,
    text: String,
}

impl Fault {
    pub fn of(code: &'static str, text: &str) -> Self {
        Self { code, text: text.to_owned() }
    }

    pub fn xml(&self) -> String {
        format!(
            "<fault><faultCode>{}</faultCode><faultString>{}</faultString><id>{IPA_CODE}</id></fault><esito>KO</esito>",
            self.code,
            escape(&self.text)
        )
    }
}

impl Operation {
    /// Reads a request. What the schema does not allow is an error; what the schema cannot say is refused.
    pub fn read(header: &Node, request: &Node) -> Result<Self, String> {
        if request.namespace != PPT {
            return Err("another namespace is expected".to_owned());
        }
        let (answer, sequence) = match request.name.as_str() {
            "paaSILImportaDovuto" => ("paaSILImportaDovutoRisposta", IMPORT),
            "paaSILChiediPagatiConRicevuta" => ("paaSILChiediPagatiConRicevutaRisposta", PAID),
            "paaSILVerificaAvviso" => ("paaSILVerificaAvvisoRisposta", VERIFY),
            _ => return Err("no such operation".to_owned()),
        };
        // Elements of the requests are not qualified.
        request.check("", sequence)?;
        let body = if request.name == "paaSILChiediPagatiConRicevuta" {
            request.text("codIpaEnte").to_owned()
        } else {
            header.check(HEAD, &[("intestazionePPT", true)])?;
            let heading = header.only()?;
            heading.check("", &[("codIpaEnte", true)])?;
            heading.text("codIpaEnte").to_owned()
        };
        if body != IPA_CODE || request.text("password") != PASSWORD {
            return Ok(Self::Refused(answer, Fault::of("PAA_ENTE_NON_VALIDO", "Password non valida per ente")));
        }
        match request.name.as_str() {
            "paaSILImportaDovuto" => {
                let due = STANDARD.decode(request.text("dovuto")).map_err(|_| "dovuto is not Base64")?;
                Ok(match Due::read(&due) {
                    Ok(due) => Self::Import(due),
                    Err(wrong) => Self::Refused(answer, Fault::of("PAA_XML_NON_VALIDO", &wrong)),
                })
            }
            "paaSILVerificaAvviso" => Ok(Self::Verify(
                request.text("identificativoUnivocoVersamento").to_owned(),
                request.text("enteSILInviaRispostaPagamentoUrl").to_owned(),
            )),
            _ => Ok(Self::Paid(request.text("identificativoUnivocoDovuto").to_owned())),
        }
    }
}

fn is_amount(text: &str) -> bool {
    text.split_once('.').is_some_and(|(euros, cents)| {
        !euros.is_empty() && cents.len() == 2 && [euros, cents].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

impl Due {
    fn read(document: &[u8]) -> Result<Self, String> {
        let due = Node::read(document)?;
        if due.name != "Versamento" || due.namespace != DUES {
            return Err("no Versamento".to_owned());
        }
        due.check(DUES, DUE)?;
        let [Some(debtor), Some(data)] = ["soggettoPagatore", "datiVersamento"].map(|name| due.child(name)) else {
            return Err("soggettoPagatore is missing".to_owned());
        };
        debtor.check(DUES, DEBTOR)?;
        data.check(DUES, DATA)?;
        for (name, max) in LENGTHS {
            for child in [debtor, data].into_iter().filter_map(|node| node.child(name)) {
                if !(1..=max).contains(&child.text.chars().count()) {
                    return Err(format!("{name}: length"));
                }
            }
        }
        let identity = debtor.child("identificativoUnivocoPagatore").ok_or("no identity")?;
        identity.check(DUES, &[("tipoIdentificativoUnivoco", true), ("codiceIdentificativoUnivoco", true)])?;
        let code = identity.text("codiceIdentificativoUnivoco");
        if !matches!(identity.text("tipoIdentificativoUnivoco"), "F" | "G")
            || (code.parse::<FiscalCode>().is_err() && code.parse::<TaxCode>().is_err())
        {
            return Err("codiceIdentificativoUnivoco".to_owned());
        }
        let (iud, amount) = (data.text("identificativoUnivocoDovuto"), data.text("importoSingoloVersamento"));
        let category = data.text("datiSpecificiRiscossione");
        let parsed: Option<Money> = is_amount(amount).then(|| amount.parse().ok()).flatten();
        let amount = parsed.filter(|amount| *amount > Money::ZERO).ok_or("importoSingoloVersamento")?;
        if !matches!(category.split_once('/'), Some(("0" | "1" | "2" | "9", code)) if (3..=138).contains(&code.len())) {
            return Err("datiSpecificiRiscossione".to_owned());
        }
        if iud.is_empty() || due.text("versioneOggetto").is_empty() || !matches!(due.text("azione"), "I" | "A" | "S") {
            return Err("identificativoUnivocoDovuto, versioneOggetto, azione".to_owned());
        }
        if let Some(budget) = data.child("bilancio") {
            check_budget(budget, amount)?;
        }
        Ok(Self {
            action: due.text("azione").to_owned(),
            iud: iud.to_owned(),
            amount,
            reason: data.text("causaleVersamento").to_owned(),
            debtor_name: debtor.text("anagraficaPagatore").to_owned(),
            expires_at: end_of(data.text("dataEsecuzionePagamento"))?,
        })
    }
}

/// The items sum up to the amount.
fn check_budget(budget: &Node, amount: Money) -> Result<(), String> {
    budget.check(DUES, &[("capitolo", true)])?;
    let mut sum = Money::ZERO;
    for chapter in &budget.children {
        chapter.check(DUES, CHAPTER)?;
        for assessment in chapter.children.iter().filter(|child| child.name == "accertamento") {
            assessment.check(DUES, ASSESSMENT)?;
            let part: Option<Money> =
                is_amount(assessment.text("importo")).then(|| assessment.text("importo").parse().ok()).flatten();
            sum = [sum, part.ok_or("importo")?].into_iter().sum();
        }
    }
    if sum == amount { Ok(()) } else { Err("bilancio: the sum is not the amount".to_owned()) }
}

/// The last second of a day in Rome.
fn end_of(day: &str) -> Result<Option<RomeTime>, String> {
    if day.is_empty() {
        return Ok(None);
    }
    let end = format!("{day}T23:59:59").parse().map_err(|_| "dataEsecuzionePagamento")?;
    Ok(RomeTime::from_civil(end).ok())
}

/// A due that was taken.
pub(super) fn imported(notice: NoticeNumber) -> String {
    format!("<esito>OK</esito><identificativoUnivocoVersamento>{}</identificativoUnivocoVersamento>", notice.iuv())
}

/// The page where a due is paid.
pub(super) fn verified(session: &str, url: &str) -> String {
    format!("<esito>OK</esito><idSession>{session}</idSession><redirect>1</redirect><url>{}</url>", escape(url))
}

/// What was paid.
pub(super) fn receipt(position: &Position) -> String {
    let at = position.settles_at.unwrap_or(position.created_at);
    let (transaction, amount) = (position.transaction_id.as_deref().unwrap_or_default(), position.amount);
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><pay_i:PagatiConRicevuta xmlns:pay_i=\"{DUES}\"><pay_i:versioneOggetto>6.2.0\
         </pay_i:versioneOggetto><pay_i:dataOraMessaggioRicevuta>{}</pay_i:dataOraMessaggioRicevuta><pay_i:istitutoAttestante>\
         <pay_i:denominazioneAttestante>Banca di prova S.p.A.</pay_i:denominazioneAttestante></pay_i:istitutoAttestante>\
         <pay_i:datiPagamento><pay_i:codiceEsitoPagamento>0</pay_i:codiceEsitoPagamento><pay_i:datiSingoloPagamento>\
         <pay_i:identificativoUnivocoDovuto>{}</pay_i:identificativoUnivocoDovuto><pay_i:singoloImportoPagato>{amount}\
         </pay_i:singoloImportoPagato><pay_i:dataEsitoSingoloPagamento>{}</pay_i:dataEsitoSingoloPagamento>\
         <pay_i:identificativoUnivocoRiscossione>{transaction}</pay_i:identificativoUnivocoRiscossione></pay_i:datiSingoloPagamento>\
         </pay_i:datiPagamento></pay_i:PagatiConRicevuta>",
        at.civil(),
        escape(&position.iud),
        at.date(),
    );
    format!("<pagati>{}</pagati><tipoFirma></tipoFirma>", STANDARD.encode(document))
}

//! What IRIS takes, element by element as its schemas have it.

use kernel::{FiscalCode, Iuv, Money, NoticeNumber, RomeTime, Series, TaxCode};
use runtime::App;

use super::{APPLICATION, BODY, SYSTEM};
use crate::psp::positions::{Position, Status};
use crate::soap::{Node, Sequence};

pub(super) const PROXY: &str = "http://www.cart.rete.toscana.it/servizi/iris_1_1/proxy";
pub(super) const HEAD: &str = "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpHeader";
pub(super) const DUES: &str = "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpAllineamentoPendenze";
pub(super) const INFO: &str = "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpInformativaPagamento";
pub(super) const OUTCOME: &str = "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpEsito";
pub(super) const IUV: &str = "http://idp.tasgroup.it/GenerazioneIUV/";
pub(super) const AVVISI: &str = "http://idp.tasgroup.it/GenerazioneAvvisi/";
pub(super) const VERSION: &str = "01.03-04";

const DUE: Sequence<'_> = &[
    ("IdPendenza", true),
    ("Mittente", true),
    ("Destinatari", true),
    ("CartellaDiPagamento", false),
    ("Note", false),
    ("Insert", false),
    ("UpdateStatus", false),
    ("Replace", false),
];
const INSERT: Sequence<'_> = &[
    ("DescrizioneCausale", true),
    ("Riscossore", false),
    ("DataCreazione", true),
    ("DataEmissione", true),
    ("DataPrescrizione", true),
    ("AnnoRiferimento", true),
    ("DataModificaEnte", false),
    ("Stato", true),
    ("ImportoTotale", true),
    ("Divisa", true),
    ("InfoPagamento", true),
    ("Allegato", false),
];
const DETAIL: Sequence<'_> = &[
    ("IdPagamento", true),
    ("CIP", false),
    ("DataScadenza", true),
    ("DataInizioValidita", false),
    ("DataFineValidita", true),
    ("Stato", true),
    ("Importo", true),
    ("DettaglioImporto", false),
    ("DettaglioTransazione", false),
    ("Allegato", false),
    ("CausalePagamento", false),
    ("AccreditoPagamento", false),
];
const ITEM: Sequence<'_> =
    &[("Codice", true), ("Descrizione", true), ("Importo", true), ("CapitoloBilancio", false), ("Accertamento", false)];
const RECIPIENT: Sequence<'_> = &[
    ("TipoSoggetto", true),
    ("Anagrafica", true),
    ("EMail", false),
    ("Indirizzo", false),
    ("NumeroCivico", false),
    ("Cap", false),
    ("Localita", false),
    ("Provincia", false),
    ("Nazione", false),
];
/// Longest texts.
const LENGTHS: &[(&str, usize)] = &[
    ("IdPendenza", 35),
    ("IdPagamento", 35),
    ("Id", 35),
    ("Riferimento", 35),
    ("Codice", 35),
    ("CapitoloBilancio", 35),
    ("Accertamento", 35),
    ("Note", 2000),
    ("DescrizioneCausale", 512),
    ("CausalePagamento", 256),
    ("EMail", 256),
    ("Anagrafica", 70),
    ("Indirizzo", 70),
    ("NumeroCivico", 16),
    ("Cap", 16),
    ("Localita", 35),
    ("Provincia", 35),
    ("Nazione", 2),
];

/// What is asked for a due.
pub(super) enum Operation {
    /// To take it.
    Insert(Due),
    /// To let nobody pay it any more.
    Close,
}

/// A due.
pub(super) struct Due {
    amount: Money,
    reason: String,
    creditor_name: String,
    debtor_name: String,
    expires_at: Option<RomeTime>,
}

/// Where the payer goes back to.
pub(super) struct Returns {
    pub done: String,
    pub cancelled: String,
}

/// A message about a due.
pub(super) struct Alignment {
    /// The message's identifier.
    pub message: String,
    pub iud: String,
    /// The number of the notice, if the IUV is one of a number that was given here.
    pub notice: Option<String>,
    pub online: Option<Returns>,
    pub operation: Operation,
    /// What the schemas allow, and IRIS does not.
    pub accepted: Result<(), String>,
}

/// A question for a due.
pub(super) struct Question {
    pub message: String,
    pub iuv: String,
    pub kind: String,
    pub notice: Option<String>,
}

/// The number of the notice with this IUV.
pub(super) fn notice(iuv: &str) -> Option<String> {
    let iuv: Iuv = iuv.parse().ok()?;
    NoticeNumber::of_iuv(Series::Application(APPLICATION), iuv).ok().map(|notice| notice.to_string())
}

/// The only child, which must have this name and namespace.
fn inner<'a>(node: &'a Node, namespace: &str, name: &str) -> Result<&'a Node, String> {
    node.check(namespace, &[(name, true)])?;
    node.only()
}

fn check_version(node: &Node) -> Result<(), String> {
    if node.attribute("Versione") == VERSION { Ok(()) } else { Err("Versione".to_owned()) }
}

/// Checks the head of a message to the service called `service`; gives the message's identifier.
fn header(node: &Node, service: &str) -> Result<String, String> {
    node.check(HEAD, &[("TRT", true), ("E2E", true)])?;
    let (transport, ends) = (node.get("TRT")?, node.get("E2E")?);
    let members = |name: &'static str, id: &'static str| -> [(&'static str, bool); 5] {
        [(name, true), (id, true), ("XMLCrtDt", true), ("Sender", true), ("Receiver", true)]
    };
    transport.check(HEAD, &members("ServiceName", "MsgId"))?;
    transport.get("Sender")?.check(HEAD, &[("SenderId", true), ("SenderSys", true)])?;
    transport.get("Receiver")?.check(HEAD, &[("ReceiverId", true), ("ReceiverSys", true)])?;
    ends.check(HEAD, &members("E2ESrvcNm", "E2EMsgId"))?;
    ends.get("Sender")?.check(HEAD, &[("E2ESndrId", true), ("E2ESndrSys", true)])?;
    ends.get("Receiver")?.check(HEAD, &[("E2ERcvrId", true), ("E2ERcvrSys", true)])?;
    for at in [transport.text("XMLCrtDt"), ends.text("XMLCrtDt")] {
        civil(at)?;
    }
    if transport.text("ServiceName") != service || ends.text("E2ESrvcNm") != service {
        return Err("ServiceName".to_owned());
    }
    let sender = transport.get("Sender")?;
    if sender.text("SenderId") != BODY || sender.text("SenderSys") != SYSTEM {
        return Err("Sender: unknown".to_owned());
    }
    match transport.text("MsgId") {
        "" => Err("MsgId".to_owned()),
        id => Ok(id.to_owned()),
    }
}

fn civil(text: &str) -> Result<RomeTime, String> {
    text.parse().ok().and_then(|civil| RomeTime::from_civil(civil).ok()).ok_or_else(|| format!("{text} is no time"))
}

impl Alignment {
    pub fn read(node: &Node) -> Result<Self, String> {
        if node.name != "IdpAllineamentoPendenzeEnteOTF" {
            return Err("no such operation".to_owned());
        }
        let node = inner(node, DUES, "IdpAllineamentoPendenzeOTF")?;
        check_version(node)?;
        // The head is of one namespace, the body of another: each is checked by itself.
        let (mut head, mut body) = (node.clone(), node.clone());
        head.children.retain(|child| child.namespace == HEAD);
        body.children.retain(|child| child.namespace != HEAD);
        head.check(HEAD, &[("IdpHeader", true), ("IdpOTF", false)])?;
        body.check(DUES, &[("IdpBody", true)])?;
        if node.children.last().is_none_or(|last| last.name != "IdpBody") {
            return Err("IdpBody is not in its place".to_owned());
        }
        let message = header(node.get("IdpHeader")?, "IdpAllineamentoPendenze")?;
        let online = node.child("IdpOTF").map(|otf| {
            otf.check(HEAD, &[("URL_BACK", true), ("URL_CANCEL", true), ("OFFLINE_PAYMENT_METHODS", false)])?;
            Ok::<_, String>(Returns { done: otf.text("URL_BACK").to_owned(), cancelled: otf.text("URL_CANCEL").to_owned() })
        });
        let due = inner(body.get("IdpBody")?, DUES, "Pendenza")?;
        due.check(DUES, DUE)?;
        due.check_lengths(LENGTHS)?;
        let (sender, recipient) = (due.get("Mittente")?, inner(due.get("Destinatari")?, DUES, "Destinatario")?);
        sender.check(DUES, &[("Id", true), ("Descrizione", false)])?;
        recipient.check(DUES, &[("Id", true), ("Descrizione", false), ("DatiDestinatario", false)])?;
        let data = recipient.get("DatiDestinatario")?;
        data.check(DUES, RECIPIENT)?;
        let operation = due.attribute("TipoOperazione");
        let members = [due.child("Insert"), due.child("UpdateStatus")];
        let (detail, operation, accepted) = match (operation, members) {
            ("Insert", [Some(insert), None]) => {
                let (detail, new, accepted) = read_insert(insert, sender, data)?;
                (detail, Operation::Insert(new), accepted)
            }
            ("UpdateStatus", [None, Some(update)]) => {
                let info = inner(update, DUES, "InfoPagamento")?;
                let detail = inner(info, DUES, "DettaglioPagamento")?;
                detail.check(DUES, &[("IdPagamento", true), ("Stato", true)])?;
                let known = detail.text("Stato") == "Non Pagabile" && info.attribute("TipoPagamento") == "Pagamento Unico";
                (detail, Operation::Close, if known { Ok(()) } else { Err("Stato".to_owned()) })
            }
            _ => return Err("TipoOperazione".to_owned()),
        };
        let debtor = recipient.text("Id");
        let known = debtor.parse::<FiscalCode>().is_ok() || debtor.parse::<TaxCode>().is_ok();
        let accepted = match accepted {
            Ok(()) if !known => Err("Destinatario".to_owned()),
            Ok(()) if sender.text("Id") != BODY => Err("Mittente".to_owned()),
            Ok(()) if !(1..=35).contains(&due.attribute("TipoPendenza").len()) => Err("TipoPendenza".to_owned()),
            accepted => accepted,
        };
        Ok(Self {
            message,
            iud: identifier(due.text("IdPendenza"))?,
            notice: notice(&identifier(detail.text("IdPagamento"))?),
            online: online.transpose()?,
            operation,
            accepted,
        })
    }

    /// As the books have it.
    pub fn position(&self, app: &App) -> Option<Position> {
        let Operation::Insert(due) = &self.operation else { return None };
        Some(Position {
            iud: self.iud.clone(),
            creditor: BODY.to_owned(),
            creditor_name: due.creditor_name.clone(),
            notice_number: Some(self.notice.clone()?),
            amount: due.amount,
            reason: due.reason.clone(),
            debtor_name: due.debtor_name.clone(),
            expires_at: due.expires_at,
            return_url: String::new(),
            notify_url: format!("{}/payment-proxy/iris/notifications", app.public_url()),
            status: Status::Open,
            settles_at: None,
            transaction_id: None,
            created_at: app.clock().now().trunc_to_second(),
            details: Some(serde_json::json!({ "kind": "iris" }).to_string()),
        })
    }
}

type Inserted<'a> = (&'a Node, Due, Result<(), String>);

fn read_insert<'a>(insert: &'a Node, sender: &Node, data: &Node) -> Result<Inserted<'a>, String> {
    insert.check(DUES, INSERT)?;
    if let Some(collector) = insert.child("Riscossore") {
        collector.check(DUES, &[("Id", true), ("Riferimento", true)])?;
    }
    let created_at = civil(insert.text("DataCreazione"))?;
    civil(insert.text("DataEmissione"))?;
    civil(insert.text("DataPrescrizione"))?;
    if insert.text("AnnoRiferimento").parse::<i16>() != Ok(created_at.date().year()) {
        return Err("AnnoRiferimento".to_owned());
    }
    if insert.text("Stato") != "Aperta" || insert.text("Divisa") != "EUR" || !matches!(data.text("TipoSoggetto"), "F" | "G") {
        return Err("Stato, Divisa, TipoSoggetto".to_owned());
    }
    let info = inner(insert.get("InfoPagamento")?, DUES, "DettaglioPagamento")?;
    if insert.get("InfoPagamento")?.attribute("TipoPagamento") != "Pagamento Unico" {
        return Err("TipoPagamento".to_owned());
    }
    info.check(DUES, DETAIL)?;
    let day = |name: &str| civil(&format!("{}T00:00:00", info.text(name)));
    day("DataScadenza")?;
    day("DataInizioValidita")?;
    let expires_at = civil(&format!("{}T23:59:59", info.text("DataFineValidita")))?;
    let amount = money(info.text("Importo"))?;
    let mut sum = None;
    if let Some(items) = info.child("DettaglioImporto") {
        items.check(DUES, &[("Voce", true)])?;
        for item in &items.children {
            item.check(DUES, ITEM)?;
            if item.attribute("Tipo").is_empty() {
                return Err("Voce: Tipo".to_owned());
            }
            sum = Some([sum.unwrap_or_default(), money(item.text("Importo"))?].into_iter().sum::<Money>());
        }
    }
    let accepted = match (amount, sum) {
        (Money::ZERO, _) => Err("Importo nullo".to_owned()),
        _ if money(insert.text("ImportoTotale"))? != amount => Err("ImportoTotale".to_owned()),
        (_, Some(sum)) if sum != amount => Err("DettaglioImporto: la somma è diversa dall'importo".to_owned()),
        _ => Ok(()),
    };
    let due = Due {
        amount,
        reason: insert.text("DescrizioneCausale").to_owned(),
        creditor_name: sender.text("Descrizione").to_owned(),
        debtor_name: data.text("Anagrafica").to_owned(),
        expires_at: Some(expires_at),
    };
    Ok((info, due, accepted))
}

fn money(text: &str) -> Result<Money, String> {
    let two = text.split_once('.').is_some_and(|(euros, cents)| !euros.is_empty() && cents.len() == 2);
    if two { text.parse().map_err(|_| "Importo".to_owned()) } else { Err("Importo".to_owned()) }
}

fn identifier(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    if text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("an identifier has letters, digits, dots, underscores".to_owned())
    }
}

impl Question {
    pub fn read(node: &Node) -> Result<Self, String> {
        if node.name != "IdpVerificaStatoPagamenti" {
            return Err("no such operation".to_owned());
        }
        let node = inner(node, INFO, "IdpVerificaStatoPagamento")?;
        check_version(node)?;
        let [head, body] = &node.children[..] else { return Err("IdpHeader and IdpBody are expected".to_owned()) };
        if head.name != "IdpHeader" || head.namespace != HEAD || body.name != "IdpBody" || body.namespace != INFO {
            return Err("IdpHeader and IdpBody are expected".to_owned());
        }
        body.check(INFO, &[("IdPagamento", true), ("richiestaInformazioniPagamento", false)])?;
        let asked = body.get("IdPagamento")?;
        if asked.attribute("TipoPendenza").is_empty() {
            return Err("TipoPendenza".to_owned());
        }
        Ok(Self {
            message: header(head, "IdpInformativaPagamento")?,
            iuv: identifier(&asked.text)?,
            kind: asked.attribute("TipoPendenza").to_owned(),
            notice: notice(&asked.text),
        })
    }
}

/// Checks that a notification was understood; gives the due that it was about.
pub(super) fn understood(node: &Node) -> Result<String, String> {
    if node.name != "IdpInformativaPagamento.Esito" {
        return Err("no such operation".to_owned());
    }
    let node = inner(node, OUTCOME, "IdpEsito")?;
    check_version(node)?;
    let message = header(node.get("IdpHeader")?, "IdpInformativaPagamento")?;
    let info = inner(node.get("IdpBody")?, OUTCOME, "InfoMessaggio")?;
    if info.text("Stato") == "Elaborato Correttamente" { Ok(message) } else { Err("Stato".to_owned()) }
}

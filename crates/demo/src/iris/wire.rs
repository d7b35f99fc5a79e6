//! What IRIS writes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{NoticeNumber, RomeTime};

use super::rules::{AVVISI, HEAD, INFO, IUV, OUTCOME, PROXY, Question, VERSION};
use super::{BODY, SYSTEM};
use crate::psp::positions::{Position, Status};
use crate::soap::{envelope, escape};

/// The head of a message from IRIS.
fn header(service: &str, message: &str, at: &str) -> String {
    format!(
        "<h:IdpHeader xmlns:h=\"{HEAD}\"><h:TRT><h:ServiceName>{service}</h:ServiceName><h:MsgId>{message}</h:MsgId><h:XMLCrtDt>{at}\
         </h:XMLCrtDt><h:Sender><h:SenderId>RTIRIS</h:SenderId><h:SenderSys>SIL_IRIS_ITR</h:SenderSys></h:Sender><h:Receiver><h:ReceiverId>\
         {BODY}</h:ReceiverId><h:ReceiverSys>{SYSTEM}</h:ReceiverSys></h:Receiver></h:TRT><h:E2E><h:E2ESrvcNm>{service}</h:E2ESrvcNm>\
         <h:E2EMsgId>{message}</h:E2EMsgId><h:XMLCrtDt>{at}</h:XMLCrtDt><h:Sender><h:E2ESndrId>RTIRIS</h:E2ESndrId><h:E2ESndrSys>SIL_IRIS_ITR\
         </h:E2ESndrSys></h:Sender><h:Receiver><h:E2ERcvrId>{BODY}</h:E2ERcvrId><h:E2ERcvrSys>{SYSTEM}</h:E2ERcvrSys></h:Receiver></h:E2E>\
         </h:IdpHeader>"
    )
}

pub(super) fn number(domain: &str, kind: &str, notice: NoticeNumber) -> String {
    format!(
        "<n:GeneraIUVResponse xmlns:n=\"{IUV}\"><Body><IdentificativoDominio>{domain}</IdentificativoDominio><TipoDebito>{}</TipoDebito>\
         <ElencoIdentificativi><IdentificativoUnivocoVersamento>{}</IdentificativoUnivocoVersamento><NumeroAvviso>{notice}</NumeroAvviso>\
         </ElencoIdentificativi></Body></n:GeneraIUVResponse>",
        escape(kind),
        notice.iuv()
    )
}

pub(super) fn number_fault(code: &str, text: &str) -> String {
    format!(
        "<n:GeneraIUVResponse xmlns:n=\"{IUV}\"><Fault><FaultCode>{code}</FaultCode><FaultString>{text}</FaultString>\
         <FaultDescription>{text}</FaultDescription></Fault></n:GeneraIUVResponse>"
    )
}

fn aligned(message: &str, online: &str, body: &str) -> String {
    let header = header("IdpAllineamentoPendenze", message, "2025-01-01T00:00:00");
    format!(
        "<p:IdpAllineamentoPendenzeEnteOTF.Esito xmlns:p=\"{PROXY}\" xmlns:e=\"{OUTCOME}\"><p:IdpEsitoOTF Versione=\"{VERSION}\">{header}\
         {online}<e:IdpBody>{body}</e:IdpBody></p:IdpEsitoOTF></p:IdpAllineamentoPendenzeEnteOTF.Esito>"
    )
}

/// What was asked was done; with the session in which the due is paid.
pub(super) fn done(message: &str, session: Option<(&str, &str)>) -> String {
    let online = session.map(|(session, url)| {
        let url = escape(url);
        format!("<e:IdpOTF Versione=\"{VERSION}\"><e:IdSessioneGW>{session}</e:IdSessioneGW><e:UrlGW>{url}</e:UrlGW></e:IdpOTF>")
    });
    let body = "<e:InfoMessaggio><e:Stato>Elaborato Correttamente</e:Stato></e:InfoMessaggio>";
    aligned(message, &online.unwrap_or_default(), body)
}

/// What was asked was not done.
pub(super) fn failed(message: &str, iud: &str, code: &str, text: &str) -> String {
    let error = format!(
        "<e:Esiti><e:Esito><e:Codice>{code}</e:Codice><e:Descrizione>{}</e:Descrizione></e:Esito></e:Esiti>",
        escape(text)
    );
    let body = format!(
        "<e:InfoMessaggio><e:Stato>Elaborato con Errori</e:Stato></e:InfoMessaggio><e:InfoDettaglio><e:Dettaglio><e:Id>{iud}</e:Id>\
         <e:Stato>Scartato</e:Stato>{error}</e:Dettaglio></e:InfoDettaglio>"
    );
    aligned(message, "", &body)
}

/// Where a due stands.
pub(super) fn verified(question: &Question, found: Option<(&Position, RomeTime)>) -> String {
    let (iuv, kind) = (&question.iuv, escape(&question.kind));
    let status = found.map_or("POSIZIONE_NON_PRESENTE", |(position, now)| match position.standing(now) {
        Status::Open => "POSIZIONE_NON_PAGATA",
        Status::Processing => "POSIZIONE_CON_PAG_IN_CORSO",
        Status::Paid => "POSIZIONE_PAGATA",
        Status::Expired | Status::Withdrawn => "POSIZIONE_NON_PAGABILE",
    });
    let payment = found.filter(|_| status == "POSIZIONE_PAGATA").map(|(position, _)| {
        let at = position.settles_at.unwrap_or(position.created_at);
        format!("<e:Pagamento>{}</e:Pagamento>", payment(position, at))
    });
    let header = header("IdpInformativaPagamento", &question.message, "2025-01-01T00:00:00");
    format!(
        "<p:IdpVerificaStatoPagamenti.Esito xmlns:p=\"{PROXY}\" xmlns:e=\"{OUTCOME}\"><e:IdpEsitoVerifica Versione=\"{VERSION}\">{header}\
         <e:IdpBody><e:InformazioniPagamento><e:IdPagamento>{iuv}</e:IdPagamento><e:TipoPendenza>{kind}</e:TipoPendenza><e:Stato>{status}\
         </e:Stato><e:DescrizioneStato>{status}</e:DescrizioneStato>{}</e:InformazioniPagamento></e:IdpBody></e:IdpEsitoVerifica>\
         </p:IdpVerificaStatoPagamenti.Esito>",
        payment.unwrap_or_default()
    )
}

/// A payment.
fn payment(position: &Position, at: RomeTime) -> String {
    let iuv = position.notice_number.as_deref().and_then(|notice| notice.parse::<NoticeNumber>().ok());
    let iuv = iuv.map(|notice| notice.iuv().to_string()).unwrap_or_default();
    let (at, amount) = (at.civil(), position.amount);
    let receipt = STANDARD.encode(format!("%PDF-1.7\n% ricevuta {iuv}\n%%EOF\n"));
    let transaction = position.transaction_id.as_deref().unwrap_or_default();
    format!(
        "<i:RiferimentoPagamento xmlns:i=\"{INFO}\" TipoPagamento=\"Pagamento Unico\"><i:IdPagamento>{iuv}</i:IdPagamento>\
         </i:RiferimentoPagamento><i:DataOraPagamento xmlns:i=\"{INFO}\">{at}</i:DataOraPagamento><i:Importo xmlns:i=\"{INFO}\">{amount}\
         </i:Importo><i:Esito xmlns:i=\"{INFO}\">ESEGUITO</i:Esito><i:Transazione xmlns:i=\"{INFO}\"><i:CanalePagamento Tipo=\"PROVA\">\
         <i:Descrizione>Banca di prova S.p.A.</i:Descrizione></i:CanalePagamento><i:MezzoPagamento Tipo=\"CP\"/><i:IdTransazione>{transaction}\
         </i:IdTransazione><i:DataOraTransazione>{at}</i:DataOraTransazione><i:ImportoTransato>{amount}</i:ImportoTransato></i:Transazione>\
         <i:Allegato xmlns:i=\"{INFO}\" Tipo=\"Ricevuta\"><Codifica>PDF_</Codifica><Contenuto>{receipt}</Contenuto></i:Allegato>"
    )
}

/// The notice of a due that is there.
pub(super) fn typeset(position: Option<&Position>) -> String {
    let inner = match position.and_then(|position| position.notice_number.as_deref()) {
        Some(notice) => {
            let pdf = STANDARD.encode(format!("%PDF-1.7\n% avviso {notice}\n%%EOF\n"));
            format!("<Body><AvvisoAnalogico>{pdf}</AvvisoAnalogico></Body>")
        }
        None => "<Fault><FaultCode>IUV_NON_VALIDO</FaultCode><FaultString>IUV non valido</FaultString><FaultDescription>IUV non valido\
                 </FaultDescription></Fault>"
            .to_owned(),
    };
    format!("<a:GeneraAvvisoResponse xmlns:a=\"{AVVISI}\">{inner}</a:GeneraAvvisoResponse>")
}

/// What is sent when a due was paid. The message is called after the due, so that the books can tell what was understood.
pub(super) fn notification(position: &Position, at: RomeTime) -> String {
    let header = header("IdpInformativaPagamento", &position.iud, &at.civil().to_string());
    envelope(&format!(
        "<p:IdpInformativaPagamento xmlns:p=\"{PROXY}\" xmlns:n=\"{INFO}\"><n:IdpInformativaPagamento Versione=\"{VERSION}\">{header}\
         <n:IdpBody><n:Pagamento>{}</n:Pagamento></n:IdpBody></n:IdpInformativaPagamento></p:IdpInformativaPagamento>",
        payment(position, at)
    ))
}

/// What whoever has understood hears.
pub(super) fn heard() -> String {
    format!("<p:IdpInformativaPagamento.EsitoResponse xmlns:p=\"{PROXY}\"/>")
}

//! What travels to IRIS and back (version 01.03-04 of its schemas, `GenerazioneIUV`, `GenerazioneAvvisi`): members in the order of the
//! schemas. Everything has its namespace but what is in the requests for numbers and notices.

use serde::Serialize;

use super::Message;
use super::due::{Action, Dues, kind};
use super::header::Header;
use crate::configuration::TenantConfiguration;
use crate::providers::soap::Namespaces;
use crate::providers::{Position, ProviderError, refused};

/// The version of the schemas that is written.
const VERSION: &str = "01.03-04";

/// The namespaces of the envelope.
pub const NAMESPACES: Namespaces = &[
    ("prox", "http://www.cart.rete.toscana.it/servizi/iris_1_1/proxy"),
    ("head", "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpHeader"),
    ("pend", "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpAllineamentoPendenze"),
    ("info", "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpInformativaPagamento"),
    ("esito", "http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpEsito"),
    ("iuv", "http://idp.tasgroup.it/GenerazioneIUV/"),
    ("avv", "http://idp.tasgroup.it/GenerazioneAvvisi/"),
];

/// A request.
#[derive(Serialize)]
pub enum Request {
    /// Asks for a number.
    #[serde(rename = "iuv:GeneraIUVRequest")]
    Number {
        #[serde(rename = "IdentificativoDominio")]
        body: String,
        #[serde(rename = "TipoDebito")]
        kind: String,
    },
    /// Asks for a notice.
    #[serde(rename = "avv:GeneraAvvisoRequest")]
    Notice {
        #[serde(rename = "IdentificativoDominio")]
        body: String,
        #[serde(rename = "IdentificativoUnivocoVersamento")]
        iuv: String,
    },
    /// Does something with a due.
    #[serde(rename = "prox:IdpAllineamentoPendenzeEnteOTF")]
    Align {
        #[serde(rename = "pend:IdpAllineamentoPendenzeOTF")]
        alignment: Box<Alignment>,
    },
    /// Asks where a due stands.
    #[serde(rename = "prox:IdpVerificaStatoPagamenti")]
    Verify {
        #[serde(rename = "info:IdpVerificaStatoPagamento")]
        question: Box<Question>,
    },
    /// Tells that a notification was understood.
    #[serde(rename = "prox:IdpInformativaPagamento.Esito")]
    Understood {
        #[serde(rename = "esito:IdpEsito")]
        outcome: Box<Understood>,
    },
}

/// What is to be done with a due.
#[derive(Serialize)]
pub struct Alignment {
    #[serde(rename = "@Versione")]
    version: &'static str,
    #[serde(rename = "head:IdpHeader")]
    header: Header,
    #[serde(rename = "head:IdpOTF", skip_serializing_if = "Option::is_none")]
    online: Option<Online>,
    #[serde(rename = "pend:IdpBody")]
    body: Dues,
}

/// A question for a due.
#[derive(Serialize)]
pub struct Question {
    #[serde(rename = "@Versione")]
    version: &'static str,
    #[serde(rename = "head:IdpHeader")]
    header: Header,
    #[serde(rename = "info:IdpBody")]
    body: QuestionBody,
}

/// What was made of a notification.
#[derive(Serialize)]
pub struct Understood {
    #[serde(rename = "@Versione")]
    version: &'static str,
    #[serde(rename = "head:IdpHeader")]
    header: Header,
    #[serde(rename = "esito:IdpBody")]
    body: UnderstoodBody,
}

#[derive(Serialize)]
struct UnderstoodBody {
    #[serde(rename = "esito:InfoMessaggio")]
    message: UnderstoodMessage,
}

#[derive(Serialize)]
struct UnderstoodMessage {
    #[serde(rename = "esito:Stato")]
    status: &'static str,
}

#[derive(Serialize)]
struct QuestionBody {
    #[serde(rename = "info:IdPagamento")]
    payment: PaymentId,
    #[serde(rename = "info:richiestaInformazioniPagamento")]
    details: bool,
}

#[derive(Serialize)]
struct PaymentId {
    #[serde(rename = "@TipoPendenza")]
    kind: String,
    #[serde(rename = "$text")]
    iuv: String,
}

#[derive(Serialize)]
struct Online {
    #[serde(rename = "head:URL_BACK")]
    done: String,
    #[serde(rename = "head:URL_CANCEL")]
    cancelled: String,
    #[serde(rename = "head:OFFLINE_PAYMENT_METHODS")]
    offline: bool,
}

fn domain(tenant: &TenantConfiguration) -> Result<String, ProviderError> {
    tenant.tax_code.map_or_else(|| refused("the body's tax code is missing"), |code| Ok(code.to_string()))
}

impl Request {
    /// Asks for a number.
    pub fn number(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        Ok(Self::Number { body: domain(tenant)?, kind: kind(position)? })
    }

    /// Asks for the notice.
    pub fn notice(tenant: &TenantConfiguration, position: &Position) -> Result<Self, ProviderError> {
        Ok(Self::Notice { body: domain(tenant)?, iuv: position.number()?.iuv().to_string() })
    }

    /// Does something with the due.
    pub fn align(
        tenant: &TenantConfiguration,
        position: &Position,
        action: Action,
        message: &Message,
    ) -> Result<Self, ProviderError> {
        let join = if position.return_url.contains('?') { '&' } else { '?' };
        let back = |outcome: &str| format!("{}{join}status={outcome}", position.return_url);
        let online = Online { done: back("OK"), cancelled: back("KO"), offline: true };
        let alignment = Alignment {
            version: VERSION,
            header: Header::of(tenant, "IdpAllineamentoPendenze", message)?,
            online: (action == Action::Pay).then_some(online),
            body: Dues::of(tenant, position, action)?,
        };
        Ok(Self::Align { alignment: Box::new(alignment) })
    }

    /// Asks where the due stands.
    pub fn verify(tenant: &TenantConfiguration, position: &Position, message: &Message) -> Result<Self, ProviderError> {
        let payment = PaymentId { kind: kind(position)?, iuv: position.number()?.iuv().to_string() };
        let question = Question {
            version: VERSION,
            header: Header::of(tenant, "IdpInformativaPagamento", message)?,
            body: QuestionBody { payment, details: true },
        };
        Ok(Self::Verify { question: Box::new(question) })
    }

    /// Tells that a notification was understood: the one with the message's identifier.
    pub fn understood(tenant: &TenantConfiguration, message: &Message) -> Result<Self, ProviderError> {
        let outcome = Understood {
            version: VERSION,
            header: Header::of(tenant, "IdpInformativaPagamento", message)?,
            body: UnderstoodBody { message: UnderstoodMessage { status: super::status::DONE } },
        };
        Ok(Self::Understood { outcome: Box::new(outcome) })
    }
}

/// What IRIS hears at once from whoever it notifies.
pub const NOTED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
    xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><prox:IdpInformativaPagamentoResponse \
    xmlns:prox=\"http://www.cart.rete.toscana.it/servizi/iris_1_1/proxy\" \
    xmlns:esito=\"http://www.cart.rete.toscana.it/servizi/iris_1_1/IdpEsito\"><infoMessaggio>\
    <esito:Stato>Elaborato Correttamente</esito:Stato></infoMessaggio></prox:IdpInformativaPagamentoResponse></soapenv:Body>\
    </soapenv:Envelope>";

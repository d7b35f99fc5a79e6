//! The head of every message to IRIS.

use kernel::RomeTime;
use serde::Serialize;

use super::{Message, SENDER, SYSTEM};
use crate::configuration::TenantConfiguration;
use crate::providers::ProviderError;

/// Who says something to whom: in transport, and from end to end.
#[derive(Serialize)]
pub struct Header {
    #[serde(rename = "head:TRT")]
    transport: Transport,
    #[serde(rename = "head:E2E")]
    ends: Ends,
}

#[derive(Serialize)]
struct Transport {
    #[serde(rename = "head:ServiceName")]
    service: &'static str,
    #[serde(rename = "head:MsgId")]
    message: String,
    #[serde(rename = "head:XMLCrtDt")]
    at: String,
    #[serde(rename = "head:Sender")]
    sender: Sender,
    #[serde(rename = "head:Receiver")]
    receiver: Receiver,
}

#[derive(Serialize)]
struct Sender {
    #[serde(rename = "head:SenderId")]
    id: String,
    #[serde(rename = "head:SenderSys")]
    system: String,
}

#[derive(Serialize)]
struct Receiver {
    #[serde(rename = "head:ReceiverId")]
    id: String,
    #[serde(rename = "head:ReceiverSys")]
    system: String,
}

#[derive(Serialize)]
struct Ends {
    #[serde(rename = "head:E2ESrvcNm")]
    service: &'static str,
    #[serde(rename = "head:E2EMsgId")]
    message: String,
    #[serde(rename = "head:XMLCrtDt")]
    at: String,
    #[serde(rename = "head:Sender")]
    sender: EndSender,
    #[serde(rename = "head:Receiver")]
    receiver: EndReceiver,
}

#[derive(Serialize)]
struct EndSender {
    #[serde(rename = "head:E2ESndrId")]
    id: String,
    #[serde(rename = "head:E2ESndrSys")]
    system: String,
}

#[derive(Serialize)]
struct EndReceiver {
    #[serde(rename = "head:E2ERcvrId")]
    id: String,
    #[serde(rename = "head:E2ERcvrSys")]
    system: String,
}

impl Header {
    /// The header of a message to the service called `service`.
    pub fn of(tenant: &TenantConfiguration, service: &'static str, message: &Message) -> Result<Self, ProviderError> {
        let setting = |names: &[&str], default: &str| {
            names.iter().find_map(|name| tenant.settings.text(name)).unwrap_or(default).to_owned()
        };
        let (sender, system) = (tenant.setting(SENDER)?.to_owned(), tenant.setting(SYSTEM)?.to_owned());
        let receiver_system = setting(&["receiver_sil_id"], "SIL_IRIS_ITR");
        let (id, at) = (message.id.clone(), local(message.at));
        Ok(Self {
            transport: Transport {
                service,
                message: id.clone(),
                at: at.clone(),
                sender: Sender { id: sender.clone(), system: system.clone() },
                receiver: Receiver { id: setting(&["receiver_code"], "RTIRIS"), system: receiver_system.clone() },
            },
            ends: Ends {
                service,
                message: id,
                at,
                sender: EndSender { id: setting(&["e2e_code"], &sender), system },
                receiver: EndReceiver { id: setting(&["e2e_receiver_code", "receiver_code"], "RTIRIS"), system: receiver_system },
            },
        })
    }
}

/// IRIS writes and reads local times.
pub fn local(at: RomeTime) -> String {
    at.trunc_to_second().civil().to_string()
}

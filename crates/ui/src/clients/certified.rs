//! Data of the citizen from the registers of other bodies, by the connector's API.

use http::Method;
use runtime::PeerClient;
use serde_json::Value;

use super::{Call, ClientError, query};
use crate::i18n::Locale;

/// The connector, for one citizen.
#[derive(Clone, Debug)]
pub struct Registers {
    peer: PeerClient,
    locale: Locale,
    token: String,
}

impl Registers {
    /// The connector behind `peer`, asked by the holder of `token`.
    pub fn new(peer: PeerClient, locale: Locale, token: String) -> Self {
        Self { peer, locale, token }
    }

    /// Signed data of an e-service (`anpr/accertamento-residenza`) in a shape: `{"data": {...}, "meta": {...}}`.
    pub async fn data(&self, eservice: &str, parameters: &[(&str, &str)]) -> Result<Value, ClientError> {
        let path = query(&format!("/pdnd/v1/{eservice}"), parameters);
        Call::new(&self.peer, Method::GET, path, self.locale, Some(&self.token)).read().await
    }
}

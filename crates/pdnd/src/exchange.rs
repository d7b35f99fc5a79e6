//! One request to an e-service, with everything that the patterns of interoperability want beside it.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use kernel::UserId;
use runtime::EgressResponse;

use crate::connector::{Connector, Line};
use crate::errors::Error;
use crate::{assertion, vouchers};

const DIGEST: HeaderName = HeaderName::from_static("digest");
const SIGNATURE: HeaderName = HeaderName::from_static("agid-jwt-signature");
const EVIDENCE: HeaderName = HeaderName::from_static("agid-jwt-trackingevidence");
/// Longest answer.
const LARGEST: usize = 2 * 1024 * 1024;

/// Somebody asks about herself.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The user.
    pub user: UserId,
    /// The fiscal code.
    pub fiscal_code: String,
    /// The fiscal code as rows know it.
    pub subject: String,
}

/// A body to be sent, serialised once: what is signed is what is sent.
pub struct Message {
    /// The bytes.
    pub body: Bytes,
    /// Their type.
    pub content_type: &'static str,
    /// Headers of the provider's own.
    pub headers: HeaderMap,
}

/// Sends `message` by `line`. A voucher that was held and is not taken any more is replaced once.
pub async fn post(connector: &Connector, line: &Line, asker: &Asker, message: &Message) -> Result<EgressResponse, Error> {
    let mut renewed = false;
    loop {
        let held = vouchers::get(connector, line, asker.user, &asker.subject).await?;
        let answer = send(connector, line, &held, message).await?;
        if answer.status != StatusCode::UNAUTHORIZED || renewed {
            return judge(answer);
        }
        connector.vouchers().drop_refused(line, asker.user, &held).await;
        renewed = true;
    }
}

async fn send(connector: &Connector, line: &Line, held: &vouchers::Held, message: &Message) -> Result<EgressResponse, Error> {
    let app = connector.app();
    let digest = assertion::digest(&message.body);
    let signature = assertion::signature(line, &digest, message.content_type, app.rng(), app.clock().now())?;
    let mut headers = message.headers.clone();
    let bearer = format!("Bearer {}", held.voucher);
    for (name, value) in [(AUTHORIZATION, &bearer), (DIGEST, &digest), (SIGNATURE, &signature), (EVIDENCE, &held.evidence)] {
        let mut value = HeaderValue::from_str(value).map_err(|error| Error::Defect(error.to_string()))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(message.content_type));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static(message.content_type));
    let egress = match &line.credentials.certificate {
        Some(pem) => app.egress().identified(pem).map_err(Error::Defect)?,
        None => app.egress().clone(),
    };
    let call = egress.call(Method::POST, &line.eservice.endpoint, headers, message.body.clone(), LARGEST);
    let answer = tokio::time::timeout(connector.config().timeout, call).await;
    let slug = &line.eservice.slug;
    let status = match &answer {
        Ok(Ok(answer)) => answer.status.as_u16(),
        _ => 0,
    };
    metrics::counter!("sportello_pdnd_calls_total", "eservice" => slug.clone(), "status" => status.to_string()).increment(1);
    let answer = answer.map_err(|_| Error::Unavailable(format!("{slug}: no answer in time")))?;
    answer.map_err(|error| Error::Unavailable(format!("{slug}: {error}")))
}

/// Statuses that mean the same of every provider. A 500 is left to whoever reads the answer: ANPR and SOAP tell reasons with it.
fn judge(answer: EgressResponse) -> Result<EgressResponse, Error> {
    match answer.status.as_u16() {
        401 | 403 => Err(Error::Refused(format!("stato {}, il voucher o una firma non è accettata.", answer.status.as_u16()))),
        429 => Err(Error::Unavailable("the provider is asked too much".to_owned())),
        status @ 501..=599 => Err(Error::Unavailable(format!("status {status}"))),
        _ => Ok(answer),
    }
}

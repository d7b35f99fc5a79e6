//! The feeds: what happened to what, for whoever keeps a copy of his own. They tell thirty days.

use kernel::{RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, Refused};
use crate::deeds::look;
use crate::errors::Fault;
use crate::store::feed::Entry;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// The last event that was received; without it the oldest ones are told.
    #[param(value_type = Option<String>)]
    last_event_id: Option<Uuid>,
    /// How many at most, 1 to 500.
    limit: u32,
    /// An identifier: only events of that delegation, of which there are none; `null`: only those without any.
    delegation_id: Option<String>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InteropEvent)]
pub struct Event {
    /// Identifier; they sort by time.
    id: Uuid,
    /// What happened.
    event_type: String,
    #[schema(value_type = String, format = DateTime)]
    event_timestamp: RomeTime,
    /// What it happened to: `eserviceId` and `descriptorId`, `purposeId` and `purposeVersionId`, `kid` and `clientId` ...
    #[serde(flatten)]
    #[schema(value_type = Object)]
    subject: Map<String, Value>,
}

/// Events, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InteropEvents)]
pub struct Events {
    events: Vec<Event>,
}

/// Most events of an answer.
const MOST: u32 = 500;

/// The events of a stream; `names` are those of what an entry names and of its part.
async fn told(
    asker: Asker,
    query: Query,
    stream: &'static str,
    names: (&'static str, &'static str),
) -> Result<Json<Events>, Refused> {
    if !(1..=MOST).contains(&query.limit) {
        return Err(Fault::Malformed(asker.service).told(format!("limit: da 1 a {MOST}")).into());
    }
    match query.delegation_id.as_deref() {
        None | Some("null") => {}
        Some(id) if id.parse::<Uuid>().is_ok() => return Ok(Json(Events { events: Vec::new() })),
        Some(_) => return Err(Fault::Malformed(asker.service).told("delegationId: un identificativo, oppure null").into()),
    }
    let found = asker.look(move |tx, deed| look::feed(tx, deed, stream, query.last_event_id, query.limit)).await?;
    let event = |entry: Entry| {
        let mut subject = Map::from_iter([(names.0.to_owned(), Value::from(entry.subject))]);
        if let Some(part) = entry.part.filter(|_| !names.1.is_empty()) {
            subject.insert(names.1.to_owned(), json!(part));
        }
        Event { id: entry.id, event_type: entry.event_type, event_timestamp: entry.happened_at, subject }
    };
    Ok(Json(Events { events: found.into_iter().map(event).collect() }))
}

macro_rules! feeds {
    ($($(#[$doc:meta])* $name:ident $path:literal $stream:literal ($subject:literal, $part:literal);)*) => {$(
        $(#[$doc])*
        #[utoipa::path(get, path = $path, tag = "eventi", params(Query),
            responses((status = 200, description = "Gli eventi, dal più vecchio", body = Events)))]
        pub async fn $name(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Events>, Refused> {
            told(asker, query, $stream, ($subject, $part)).await
        }
    )*};
}

feeds! {
    /// Eventi del catalogo
    eservices "/interop/v2/eserviceEvents" "eservice" ("eserviceId", "descriptorId");
    /// Eventi delle richieste di fruizione
    agreements "/interop/v2/agreementEvents" "agreement" ("agreementId", "");
    /// Eventi delle finalità
    purposes "/interop/v2/purposeEvents" "purpose" ("purposeId", "purposeVersionId");
    /// Eventi degli enti
    tenants "/interop/v2/tenantEvents" "tenant" ("tenantId", "");
    /// Eventi degli attributi
    attributes "/interop/v2/attributeEvents" "attribute" ("attributeId", "");
    /// Eventi dei client
    clients "/interop/v2/clientEvents" "client" ("clientId", "");
    /// Eventi delle chiavi
    keys "/interop/v2/keyEvents" "key" ("kid", "clientId");
    /// Eventi dei portachiavi degli erogatori
    keychains "/interop/v2/producerKeychainEvents" "producerKeychain" ("producerKeychainId", "");
    /// Eventi delle chiavi degli erogatori
    producer_keys "/interop/v2/producerKeyEvents" "producerKey" ("kid", "producerKeychainId");
    /// Eventi dei modelli di e-service: non ce ne sono
    templates "/interop/v2/eserviceTemplateEvents" "eserviceTemplate" ("eserviceTemplateId", "");
    /// Eventi delle deleghe degli erogatori: non ce ne sono
    producer_delegations "/interop/v2/producerDelegationEvents" "producerDelegation" ("delegationId", "");
    /// Eventi delle deleghe dei fruitori: non ce ne sono
    consumer_delegations "/interop/v2/consumerDelegationEvents" "consumerDelegation" ("delegationId", "");
}

//! Clients, their purposes and their keys, which are only read here (C6 to C9).

use http::StatusCode;
use kernel::TenantId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Paging, Refused, Results, page_of};
use super::shapes::{Client, Jwk, Key, Purpose, paired};
use crate::deeds::{clients as deeds, look, purposes::valid};
use crate::ids::{ClientId, EServiceId, PurposeId};
use crate::purposes::purpose::State;
use crate::store::{clients, purposes};

/// Which clients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name; only among one's own.
    name: Option<String>,
    /// Whose.
    #[param(value_type = Option<String>)]
    consumer_id: Option<TenantId>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Client
///
/// Of others only whose they are.
#[utoipa::path(get, path = "/interop/v2/clients", tag = "client", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<Client>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<Client>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let viewer = asker.actor.tenant;
    let query = clients::Query { consumer: query.consumer_id, name: query.name, ..clients::Query::default() };
    let found = asker.look(move |tx, deed| look::all_clients(tx, deed, query, page)).await?;
    Ok(Results::of(found, page, |client| Client::of(client, viewer)))
}

/// Un client
#[utoipa::path(get, path = "/interop/v2/clients/{clientId}", tag = "client",
    responses((status = 200, description = "Il client", body = Client)))]
pub async fn get(asker: Asker, At(id): At<ClientId>) -> Result<Json<Client>, Refused> {
    let viewer = asker.actor.tenant;
    Ok(Json(Client::of(asker.look(move |tx, deed| look::any_client(tx, deed, id)).await?, viewer)))
}

/// Which purposes of a client.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct PurposesQuery {
    /// E-services.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    eservice_ids: Csv<EServiceId>,
    /// States, one of which a version has.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    states: Csv<State>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Finalità di un client
#[utoipa::path(get, path = "/interop/v2/clients/{clientId}/purposes", tag = "client", params(PurposesQuery),
    responses((status = 200, description = "Una pagina", body = Results<Purpose>)))]
pub async fn purposes(
    asker: Asker,
    At(id): At<ClientId>,
    Ask(query): Ask<PurposesQuery>,
) -> Result<Json<Results<Purpose>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let query = purposes::Query {
        client: Some(id),
        eservices: query.eservice_ids.0,
        states: query.states.0,
        ..purposes::Query::default()
    };
    let found = asker.look(move |tx, deed| {
        deeds::look(tx, deed, id)?;
        let found = look::purposes(tx, deed, query, page)?;
        let valid = valid(tx, deed, &found.0)?;
        Ok(paired(found, valid))
    });
    Ok(Results::of(found.await?, page, Purpose::of))
}

/// A purpose to be linked.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ClientAddPurpose)]
pub struct Link {
    #[schema(value_type = kernel::Uuid)]
    purpose_id: PurposeId,
}

/// Associa una finalità a un client
#[utoipa::path(post, path = "/interop/v2/clients/{clientId}/purposes", tag = "client", request_body = Link,
    responses((status = 204, description = "Associata")))]
pub async fn link(asker: Asker, At(id): At<ClientId>, Body(body): Body<Link>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::link(tx, deed, id, body.purpose_id)).await
}

/// Dissocia una finalità da un client
#[utoipa::path(delete, path = "/interop/v2/clients/{clientId}/purposes/{purposeId}", tag = "client",
    responses((status = 204, description = "Dissociata")))]
pub async fn unlink(asker: Asker, At((id, purpose)): At<(ClientId, PurposeId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::unlink(tx, deed, id, purpose)).await
}

/// Chiavi di un client
#[utoipa::path(get, path = "/interop/v2/clients/{clientId}/keys", tag = "client", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Jwk>)))]
pub async fn keys(asker: Asker, At(id): At<ClientId>, Ask(paging): Ask<Paging>) -> Result<Json<Results<Jwk>>, Refused> {
    let page = paging.page(&asker)?;
    let client = asker.look(move |tx, deed| deeds::look(tx, deed, id)).await?;
    Ok(Results::cut(client.keys.into_values().collect(), page, Jwk::from))
}

/// Una chiave pubblica
///
/// By its thumbprint, for whoever has to verify what it signs.
#[utoipa::path(get, path = "/interop/v2/keys/{kid}", tag = "client",
    responses((status = 200, description = "La chiave e il suo client", body = Key)))]
pub async fn key(asker: Asker, At(kid): At<String>) -> Result<Json<Key>, Refused> {
    let (client, key) = asker.look(move |tx, deed| look::key(tx, deed, &kid)).await?;
    Ok(Json(Key { client_id: client.0, jwk: key.into() }))
}

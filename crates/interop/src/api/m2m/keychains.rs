//! Keychains of producers, which machines only read and link, and the keys in them (C10).

use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Paging, Refused, Results, page_of};
use super::catalog_shapes::EService;
use super::shapes::{Jwk, ProducerKey, ProducerKeychain};
use crate::deeds::{Done, catalog, keychains as deeds};
use crate::ids::{EServiceId, KeychainId};

/// Which keychains.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name.
    name: Option<String>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Portachiavi dell'ente
#[utoipa::path(get, path = "/interop/v2/producerKeychains", tag = "portachiavi", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<ProducerKeychain>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<ProducerKeychain>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let found = asker.look(move |tx, deed| deeds::list(tx, deed, query.name.as_deref(), None, page)).await?;
    Ok(Results::of(found, page, ProducerKeychain::from))
}

/// Un portachiavi
#[utoipa::path(get, path = "/interop/v2/producerKeychains/{keychainId}", tag = "portachiavi",
    responses((status = 200, description = "Il portachiavi", body = ProducerKeychain)))]
pub async fn get(asker: Asker, At(id): At<KeychainId>) -> Result<Json<ProducerKeychain>, Refused> {
    Ok(Json(asker.look(move |tx, deed| deeds::look(tx, deed, id)).await?.into()))
}

/// E-service di un portachiavi
#[utoipa::path(get, path = "/interop/v2/producerKeychains/{keychainId}/eservices", tag = "portachiavi", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<EService>)))]
pub async fn eservices(
    asker: Asker,
    At(id): At<KeychainId>,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Results<EService>>, Refused> {
    let page = paging.page(&asker)?;
    let found = asker.look(move |tx, deed| {
        let keychain = deeds::look(tx, deed, id)?;
        keychain.eservices.into_iter().map(|id| catalog::look(tx, deed, id)).collect::<Done<Vec<_>>>()
    });
    Ok(Results::cut(found.await?, page, EService::from))
}

/// An e-service to be linked.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ProducerKeychainAddEService)]
pub struct Link {
    #[schema(value_type = kernel::Uuid)]
    eservice_id: EServiceId,
}

/// Associa un e-service a un portachiavi
#[utoipa::path(post, path = "/interop/v2/producerKeychains/{keychainId}/eservices", tag = "portachiavi", request_body = Link,
    responses((status = 204, description = "Associato")))]
pub async fn link(asker: Asker, At(id): At<KeychainId>, Body(body): Body<Link>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::link(tx, deed, id, body.eservice_id)).await
}

/// Dissocia un e-service da un portachiavi
#[utoipa::path(delete, path = "/interop/v2/producerKeychains/{keychainId}/eservices/{eserviceId}", tag = "portachiavi",
    responses((status = 204, description = "Dissociato")))]
pub async fn unlink(asker: Asker, At((id, eservice)): At<(KeychainId, EServiceId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::unlink(tx, deed, id, eservice)).await
}

/// Chiavi di un portachiavi
#[utoipa::path(get, path = "/interop/v2/producerKeychains/{keychainId}/keys", tag = "portachiavi", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Jwk>)))]
pub async fn keys(asker: Asker, At(id): At<KeychainId>, Ask(paging): Ask<Paging>) -> Result<Json<Results<Jwk>>, Refused> {
    let page = paging.page(&asker)?;
    let keychain = asker.look(move |tx, deed| deeds::look(tx, deed, id)).await?;
    Ok(Results::cut(keychain.keys.into_values().collect(), page, Jwk::from))
}

/// Una chiave pubblica di un erogatore
///
/// By its thumbprint, for whoever has to verify what it signs.
#[utoipa::path(get, path = "/interop/v2/producerKeys/{kid}", tag = "portachiavi",
    responses((status = 200, description = "La chiave e il suo portachiavi", body = ProducerKey)))]
pub async fn key(asker: Asker, At(kid): At<String>) -> Result<Json<ProducerKey>, Refused> {
    let (keychain, key) = asker.look(move |tx, deed| deeds::key(tx, deed, &kid)).await?;
    Ok(Json(ProducerKey { producer_keychain_id: keychain.0, jwk: key.into() }))
}

//! Clients, their operators and their purposes (C1 to C3, C6 to C9).

use http::StatusCode;
use kernel::{UserId, Uuid};
use serde::Deserialize;
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, At, Body, Csv, Refused, Results, page_of};
use super::shapes::{CompactClient, CompactUser, CreatedResource, FullClient};
use crate::clients::client::{self, Kind};
use crate::deeds::{Deed, Done, clients as deeds, look};
use crate::ids::{ClientId, PurposeId};
use crate::store::clients;

/// Which clients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name.
    q: Option<String>,
    /// Operators, one of whom belongs to it.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    user_ids: Csv<UserId>,
    /// `CONSUMER` or `API`.
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Client dell'ente
///
/// Somebody who only keeps keys sees those that he belongs to.
#[utoipa::path(get, path = "/clients", tag = "client", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<CompactClient>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<CompactClient>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let own = asker.actor.tenant;
    let query = clients::Query { name: query.q, users: query.user_ids.0, kind: query.kind, ..clients::Query::default() };
    let found = asker.look(move |tx, deed| Ok((look::clients(tx, deed, query, page)?, look::tenant(tx, deed, own)?)));
    let (found, tenant) = found.await?;
    Ok(Results::of(found, page, |client| CompactClient::of(&tenant, &client)))
}

/// A new client.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct ClientSeed {
    /// 5 to 60 characters.
    name: String,
    /// 10 to 250 characters.
    description: Option<String>,
    /// First operators.
    members: Vec<Uuid>,
}

async fn create(asker: Asker, kind: Kind, seed: client::Seed) -> Result<Json<CreatedResource>, Refused> {
    let made = asker.act(move |tx, deed| deeds::create(tx, deed, kind, seed.clone())).await?;
    Ok(Json(CreatedResource { id: made.id.0 }))
}

/// Nuovo client per gli e-service
#[utoipa::path(post, path = "/clientsConsumer", tag = "client", request_body = ClientSeed,
    responses((status = 200, description = "Il client", body = CreatedResource)))]
pub async fn create_consumer(asker: Asker, Body(seed): Body<client::Seed>) -> Result<Json<CreatedResource>, Refused> {
    create(asker, Kind::Consumer, seed).await
}

/// Nuovo client per l'API di interoperabilità
#[utoipa::path(post, path = "/clientsApi", tag = "client", request_body = ClientSeed,
    responses((status = 200, description = "Il client", body = CreatedResource)))]
pub async fn create_api(asker: Asker, Body(seed): Body<client::Seed>) -> Result<Json<CreatedResource>, Refused> {
    create(asker, Kind::Api, seed).await
}

/// Un client
#[utoipa::path(get, path = "/clients/{clientId}", tag = "client",
    responses((status = 200, description = "Il client", body = FullClient)))]
pub async fn get(asker: Asker, At(id): At<ClientId>) -> Result<Json<FullClient>, Refused> {
    let found = asker.look(move |tx, deed| {
        let client = deeds::look(tx, deed, id)?;
        FullClient::of(tx, client)
    });
    Ok(Json(found.await?))
}

/// Elimina un client con le sue chiavi
#[utoipa::path(delete, path = "/clients/{clientId}", tag = "client", responses((status = 204, description = "Eliminato")))]
pub async fn delete(asker: Asker, At(id): At<ClientId>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::delete(tx, deed, id)).await
}

/// Whoever answers for a client of the API.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ClientAdminSeed)]
pub struct Admin {
    #[schema(value_type = Uuid)]
    admin_id: UserId,
}

/// Nomina l'amministratore di un client per l'API
#[utoipa::path(post, path = "/clients/{clientId}/admin", tag = "client", request_body = Admin,
    responses((status = 200, description = "Il client", body = FullClient)))]
pub async fn set_admin(asker: Asker, At(id): At<ClientId>, Body(body): Body<Admin>) -> Result<Json<FullClient>, Refused> {
    let done = asker.act(move |tx, deed| {
        let client = deeds::set_admin(tx, deed, id, body.admin_id)?;
        FullClient::of(tx, client)
    });
    Ok(Json(done.await?))
}

/// Revoca l'amministratore di un client per l'API
#[utoipa::path(delete, path = "/clients/{clientId}/admin/{adminId}", tag = "client",
    responses((status = 204, description = "Revocato")))]
pub async fn remove_admin(asker: Asker, At((id, admin)): At<(ClientId, UserId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::remove_admin(tx, deed, id, admin)).await
}

/// Operatori di un client
#[utoipa::path(get, path = "/clients/{clientId}/users", tag = "client",
    responses((status = 200, description = "Gli operatori", body = Vec<CompactUser>)))]
pub async fn users(asker: Asker, At(id): At<ClientId>) -> Result<Json<Vec<CompactUser>>, Refused> {
    let found = asker.look(move |tx, deed| {
        let client = deeds::look(tx, deed, id)?;
        let tenant = look::tenant(tx, deed, client.consumer_id)?;
        Ok(client.users.iter().map(|user| CompactUser::of(&tenant, *user)).collect())
    });
    Ok(Json(found.await?))
}

/// Operators to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ClientUsersSeed)]
pub struct Users {
    /// Their identifiers.
    #[schema(value_type = Vec<Uuid>)]
    user_ids: Vec<UserId>,
}

impl Users {
    /// Has `add` add each of them to what has the identifier `to`: all or none.
    ///
    /// # Errors
    /// Whatever `add` gives.
    pub async fn added<T>(
        self,
        asker: Asker,
        to: Uuid,
        add: impl Fn(&mut Tx<'_>, &Deed, UserId) -> Done<T> + Clone + Send + 'static,
    ) -> Result<Json<CreatedResource>, Refused> {
        asker.act(move |tx, deed| self.user_ids.iter().try_for_each(|user| add(tx, deed, *user).map(drop))).await?;
        Ok(Json(CreatedResource { id: to }))
    }
}

/// Aggiunge operatori a un client, tutti o nessuno
#[utoipa::path(post, path = "/clients/{clientId}/users", tag = "client", request_body = Users,
    responses((status = 200, description = "Il client", body = CreatedResource)))]
pub async fn add_users(asker: Asker, At(id): At<ClientId>, Body(body): Body<Users>) -> Result<Json<CreatedResource>, Refused> {
    body.added(asker, id.0, move |tx, deed, user| deeds::add_user(tx, deed, id, user)).await
}

/// Toglie un operatore da un client
///
/// The keys that he deposited stay.
#[utoipa::path(delete, path = "/clients/{clientId}/users/{userId}", tag = "client",
    responses((status = 204, description = "Tolto")))]
pub async fn remove_user(asker: Asker, At((id, user)): At<(ClientId, UserId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::remove_user(tx, deed, id, user)).await
}

/// A purpose to be linked.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PurposeAdditionDetailsSeed)]
pub struct Link {
    #[schema(value_type = Uuid)]
    purpose_id: PurposeId,
}

/// Associa una finalità a un client
#[utoipa::path(post, path = "/clients/{clientId}/purposes", tag = "client", request_body = Link,
    responses((status = 204, description = "Associata")))]
pub async fn link(asker: Asker, At(id): At<ClientId>, Body(body): Body<Link>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::link(tx, deed, id, body.purpose_id)).await
}

/// Dissocia una finalità da un client
#[utoipa::path(delete, path = "/clients/{clientId}/purposes/{purposeId}", tag = "client",
    responses((status = 204, description = "Dissociata")))]
pub async fn unlink(asker: Asker, At((id, purpose)): At<(ClientId, PurposeId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| deeds::unlink(tx, deed, id, purpose)).await
}

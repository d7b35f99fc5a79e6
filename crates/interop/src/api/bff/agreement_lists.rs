//! Lists of agreements, of their e-services and of their bodies.

use kernel::{TenantId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::{Ask, Asker, Csv, Refused, Results, page_of};
use super::agreement_shapes::AgreementListEntry;
use super::bodies::Search;
use super::shapes::{CompactOrganization, Names, can_be_upgraded};
use crate::agreements::state::State;
use crate::deeds::{Done, look};
use crate::ids::EServiceId;
use crate::store::bodies::TenantQuery;
use crate::store::lists::Page;
use crate::store::{agreements, eservices};

/// Which agreements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// E-services.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    eservices_ids: Csv<EServiceId>,
    /// Consumers, of a producer's list.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    consumers_ids: Csv<TenantId>,
    /// Producers, of a consumer's list.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    producers_ids: Csv<TenantId>,
    /// States.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    states: Csv<State>,
    /// Only those that may go over to a newer version.
    #[serde(default)]
    show_only_upgradeable: bool,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

async fn listed(
    asker: Asker,
    wanted: agreements::Query,
    upgradeable: bool,
    page: Page,
) -> Result<Json<Results<AgreementListEntry>>, Refused> {
    let found = asker.look(move |tx, deed| {
        let names = &mut Names::default();
        let (found, total) = if upgradeable {
            // Whether there is a newer version is no column: every agreement is looked at.
            let (all, _) = look::agreements(tx, deed, wanted, Page::ALL)?;
            let mut found = Vec::new();
            for agreement in all {
                if can_be_upgraded(&agreement, &names.eservice(tx, agreement.eservice_id)?) {
                    found.push(agreement);
                }
            }
            page.cut(found)
        } else {
            look::agreements(tx, deed, wanted, page)?
        };
        let shown = found.iter().map(|agreement| AgreementListEntry::of(tx, names, agreement)).collect::<Done<Vec<_>>>()?;
        Ok((shown, total))
    });
    Ok(Results::of(found.await?, page, |agreement| agreement))
}

/// Richieste dell'ente
#[utoipa::path(get, path = "/consumers/agreements", tag = "richieste", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<AgreementListEntry>)))]
pub async fn of_consumer(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<AgreementListEntry>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let wanted = agreements::Query {
        consumers: vec![asker.actor.tenant],
        producers: query.producers_ids.0,
        eservices: query.eservices_ids.0,
        states: query.states.0,
        ..agreements::Query::default()
    };
    listed(asker, wanted, query.show_only_upgradeable, page).await
}

/// Richieste per gli e-service dell'ente
#[utoipa::path(get, path = "/producers/agreements", tag = "richieste", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<AgreementListEntry>)))]
pub async fn of_producer(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<AgreementListEntry>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let wanted = agreements::Query {
        producers: vec![asker.actor.tenant],
        consumers: query.consumers_ids.0,
        eservices: query.eservices_ids.0,
        states: query.states.0,
        ..agreements::Query::default()
    };
    listed(asker, wanted, query.show_only_upgradeable, page).await
}

/// An e-service's name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompactEServiceLight {
    id: Uuid,
    name: String,
}

async fn requested(asker: Asker, wanted: eservices::Query, page: Page) -> Result<Json<Results<CompactEServiceLight>>, Refused> {
    let found = asker.look(move |tx, deed| look::eservices(tx, deed, wanted, page)).await?;
    Ok(Results::of(found, page, |eservice| CompactEServiceLight { id: eservice.id.0, name: eservice.general.name }))
}

/// E-service per cui l'ente ha richieste
#[utoipa::path(get, path = "/consumers/agreements/eservices", tag = "richieste", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<CompactEServiceLight>)))]
pub async fn eservices_of_consumer(
    asker: Asker,
    Ask(search): Ask<Search>,
) -> Result<Json<Results<CompactEServiceLight>>, Refused> {
    let page = search.page(&asker)?;
    let wanted = eservices::Query { name: search.q, consumers: vec![asker.actor.tenant], ..eservices::Query::default() };
    requested(asker, wanted, page).await
}

/// E-service dell'ente per cui ci sono richieste
#[utoipa::path(get, path = "/producers/agreements/eservices", tag = "richieste", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<CompactEServiceLight>)))]
pub async fn eservices_of_producer(
    asker: Asker,
    Ask(search): Ask<Search>,
) -> Result<Json<Results<CompactEServiceLight>>, Refused> {
    let page = search.page(&asker)?;
    let producers = vec![asker.actor.tenant];
    let wanted = eservices::Query { name: search.q, producers, requested: true, ..eservices::Query::default() };
    requested(asker, wanted, page).await
}

async fn parties(asker: Asker, wanted: TenantQuery, page: Page) -> Result<Json<Results<CompactOrganization>>, Refused> {
    let found = asker.look(move |tx, deed| look::tenants(tx, deed, &wanted, page)).await?;
    Ok(Results::of(found, page, |tenant| CompactOrganization::from(&tenant)))
}

/// Erogatori a cui l'ente ha chiesto
#[utoipa::path(get, path = "/agreements/filter/producers", tag = "richieste", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<CompactOrganization>)))]
pub async fn producers(asker: Asker, Ask(search): Ask<Search>) -> Result<Json<Results<CompactOrganization>>, Refused> {
    let page = search.page(&asker)?;
    let wanted = TenantQuery { name: search.q, asked_by: Some(asker.actor.tenant), ..TenantQuery::default() };
    parties(asker, wanted, page).await
}

/// Fruitori che hanno chiesto all'ente
#[utoipa::path(get, path = "/agreements/filter/consumers", tag = "richieste", params(Search),
    responses((status = 200, description = "Una pagina", body = Results<CompactOrganization>)))]
pub async fn consumers(asker: Asker, Ask(search): Ask<Search>) -> Result<Json<Results<CompactOrganization>>, Refused> {
    let page = search.page(&asker)?;
    let wanted = TenantQuery { name: search.q, who_asked: Some(asker.actor.tenant), ..TenantQuery::default() };
    parties(asker, wanted, page).await
}

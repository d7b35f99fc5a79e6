//! The catalogue, and a body's own e-services in it (E15).

use axum::response::Response;
use kernel::TenantId;
use serde::Deserialize;
use utoipa::IntoParams;
use web::Json;

use super::super::front::files::attachment;
use super::super::front::{Ask, Asker, At, Csv, Refused, Results, page_of};
use super::catalog_shapes::{
    CatalogEService, CatalogEServiceDescriptor, ProducerEService, ProducerEServiceDescriptor, ProducerEServiceDetails,
};
use super::shapes::Names;
use crate::agreements::state::State as AgreementState;
use crate::catalog::descriptor::State;
use crate::catalog::eservice::Mode;
use crate::deeds::{Done, catalog as deeds, look};
use crate::errors::{Error, Fault};
use crate::ids::{AttributeId, DescriptorId, EServiceId};
use crate::store::eservices::{self, PersonalData};
use crate::store::lists::Page;
use crate::store::{self, agreements};

/// Which e-services of the catalogue.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Text in the name.
    q: Option<String>,
    /// Producers.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    producers_ids: Csv<TenantId>,
    /// Attributes, one of which a version requires.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    attributes_ids: Csv<AttributeId>,
    /// States, one of which a version has.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    states: Csv<State>,
    /// States, one of which the asking body's agreement has.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    agreement_states: Csv<AgreementState>,
    /// `DELIVER` or `RECEIVE`.
    #[param(value_type = Option<String>)]
    mode: Option<Mode>,
    is_consumer_delegable: Option<bool>,
    /// `TRUE`, `FALSE` or `DEFINED`.
    #[param(value_type = Option<String>)]
    personal_data: Option<PersonalData>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// Catalogo
#[utoipa::path(get, path = "/catalog", tag = "catalogo", params(Query),
    responses((status = 200, description = "Una pagina", body = Results<CatalogEService>)))]
pub async fn list(asker: Asker, Ask(query): Ask<Query>) -> Result<Json<Results<CatalogEService>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    let wanted = eservices::Query {
        name: query.q,
        producers: query.producers_ids.0,
        attributes: query.attributes_ids.0,
        states: query.states.0,
        agreement_states: query.agreement_states.0,
        mode: query.mode,
        consumer_delegable: query.is_consumer_delegable,
        personal_data: query.personal_data,
        ..eservices::Query::default()
    };
    let found = asker.look(move |tx, deed| {
        let (found, total) = look::eservices(tx, deed, wanted, page)?;
        let names = &mut Names::default();
        let shown = found.into_iter().map(|eservice| CatalogEService::of(tx, names, deed, eservice));
        Ok((shown.collect::<Done<Vec<_>>>()?, total))
    });
    Ok(Results::of(found.await?, page, |eservice| eservice))
}

/// Una versione nel catalogo
#[utoipa::path(get, path = "/catalog/eservices/{eserviceId}/descriptor/{descriptorId}", tag = "catalogo",
    responses((status = 200, description = "La versione", body = CatalogEServiceDescriptor)))]
pub async fn version(
    asker: Asker,
    At((id, descriptor)): At<(EServiceId, DescriptorId)>,
) -> Result<Json<CatalogEServiceDescriptor>, Refused> {
    let found = asker.look(move |tx, deed| {
        let eservice = deeds::look(tx, deed, id)?;
        let found = eservice.descriptor(descriptor).ok_or(Fault::DescriptorNotFound)?;
        CatalogEServiceDescriptor::of(tx, deed, &eservice, found)
    });
    Ok(Json(found.await?))
}

/// Which of one's own e-services.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Own {
    /// Text in the name.
    q: Option<String>,
    /// Consumers, one of whom has an agreement on it.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    consumers_ids: Csv<TenantId>,
    /// Whether it is offered by a delegate: there are none.
    delegated: Option<bool>,
    /// `TRUE`, `FALSE` or `DEFINED`.
    #[param(value_type = Option<String>)]
    personal_data: Option<PersonalData>,
    /// First, from 0.
    offset: u32,
    /// How many, 1 to 50.
    limit: u32,
}

/// E-service dell'ente
#[utoipa::path(get, path = "/producers/eservices", tag = "catalogo", params(Own),
    responses((status = 200, description = "Una pagina", body = Results<ProducerEService>)))]
pub async fn own(asker: Asker, Ask(query): Ask<Own>) -> Result<Json<Results<ProducerEService>>, Refused> {
    let page = page_of(&asker, query.offset, query.limit)?;
    if query.delegated == Some(true) {
        return Ok(Results::of((Vec::<ProducerEService>::new(), 0), page, |eservice| eservice));
    }
    let wanted = eservices::Query {
        drafts: true,
        name: query.q,
        producers: vec![asker.actor.tenant],
        consumers: query.consumers_ids.0,
        personal_data: query.personal_data,
        ..eservices::Query::default()
    };
    let found = asker.look(move |tx, deed| look::eservices(tx, deed, wanted, page)).await?;
    Ok(Results::of(found, page, ProducerEService::from))
}

/// Un e-service dell'ente
#[utoipa::path(get, path = "/producers/eservices/{eserviceId}", tag = "catalogo",
    responses((status = 200, description = "L'e-service", body = ProducerEServiceDetails)))]
pub async fn own_details(asker: Asker, At(id): At<EServiceId>) -> Result<Json<ProducerEServiceDetails>, Refused> {
    let found = asker.look(move |tx, deed| deeds::look_at_own(tx, deed, id)).await?;
    Ok(Json(ProducerEServiceDetails::from(&found)))
}

/// Una versione di un e-service dell'ente
#[utoipa::path(get, path = "/producers/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "catalogo",
    responses((status = 200, description = "La versione", body = ProducerEServiceDescriptor)))]
pub async fn own_version(
    asker: Asker,
    At((id, descriptor)): At<(EServiceId, DescriptorId)>,
) -> Result<Json<ProducerEServiceDescriptor>, Refused> {
    let found = asker.look(move |tx, deed| {
        let eservice = deeds::look_at_own(tx, deed, id)?;
        let found = eservice.descriptor(descriptor).ok_or(Fault::DescriptorNotFound)?;
        ProducerEServiceDescriptor::of(tx, deed, &eservice, found)
    });
    Ok(Json(found.await?))
}

/// Fruitori di un e-service dell'ente, in CSV
#[utoipa::path(get, path = "/eservices/{eserviceId}/consumers", tag = "catalogo",
    responses((status = 200, description = "Un file CSV", content_type = "text/csv", body = String)))]
pub async fn consumers(asker: Asker, At(id): At<EServiceId>) -> Result<Response, Refused> {
    let now = asker.context.app.clock().now();
    let found = asker.look(move |tx, deed| {
        let eservice = deeds::look_at_own(tx, deed, id)?;
        let wanted = agreements::Query { eservices: vec![id], ..agreements::Query::default() };
        let (found, _) = look::agreements(tx, deed, wanted, Page::ALL)?;
        let names = &mut Names::default();
        let mut lines = csv::Writer::from_writer(Vec::new());
        let mut write = |cells: [&str; 5]| lines.write_record(cells).map_err(|error| Error::Defect(error.to_string()));
        write(["versione", "stato_versione", "stato_richiesta_fruizione", "fruitore", "codice_ipa_fruitore"])?;
        for agreement in found.iter().filter(|agreement| agreement.state.runs()) {
            let descriptor = eservice.descriptor(agreement.descriptor_id).ok_or(Fault::DescriptorNotFound)?;
            let consumer = names.tenant(tx, agreement.consumer_id)?;
            let (version, state) = (descriptor.version.to_string(), store::name_of(&descriptor.state)?);
            let asked = store::name_of(&agreement.state)?;
            write([&version, &state, &asked, &kernel::inert(&consumer.name), &kernel::inert(&consumer.external_id.value)])?;
        }
        let csv = lines.into_inner().map_err(|error| Error::Defect(error.to_string()))?;
        Ok((eservice.general.name, csv))
    });
    let (name, csv) = found.await?;
    let name = format!("{}-lista-fruitori-{name}.csv", now.civil().strftime("%Y%m%dT%H%M%S"));
    attachment("text/csv; charset=utf-8", &name, csv)
}

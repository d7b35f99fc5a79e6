//! Interface and documents of a version (E6).

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::Json;

use super::super::front::files::{Uploaded, WebFileForm, as_bytes};
use super::super::front::stored;
use super::super::front::{Asker, At, Body, Refused};
use super::catalog_shapes::EServiceDoc;
use super::shapes::CreatedResource;
use crate::deeds::files;
use crate::errors::{Fault, Service};
use crate::ids::{DescriptorId, EServiceId, FileId};

/// Carica l'interfaccia o un documento di una versione
///
/// OpenAPI or WSDL; the addresses of servers are read from it.
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/documents", tag = "e-service",
    request_body(content = WebFileForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "Il file", body = CreatedResource)))]
pub async fn add(
    asker: Asker,
    At(version): At<(EServiceId, DescriptorId)>,
    file: Uploaded,
) -> Result<Json<CreatedResource>, Refused> {
    let interface = match file.kind.as_deref() {
        Some("INTERFACE") => true,
        Some("DOCUMENT") => false,
        _ => return Err(Fault::Malformed(Service::Catalog).told("kind: INTERFACE oppure DOCUMENT").into()),
    };
    let id = file.id.0;
    if interface { stored::add_interface(asker, version, file).await } else { stored::add_document(asker, version, file).await }?;
    Ok(Json(CreatedResource { id }))
}

/// Scarica un file di una versione
#[utoipa::path(get, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}", tag = "e-service",
    responses((status = 200, description = "Il file", content_type = "application/octet-stream")))]
pub async fn get(asker: Asker, At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>) -> Result<Response, Refused> {
    as_bytes(&asker, stored::of_version(&asker, (id, version), Some(file)).await?).await
}

/// Toglie un file da una versione
#[utoipa::path(delete, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}",
    tag = "e-service", responses((status = 204, description = "Tolto")))]
pub async fn remove(
    asker: Asker,
    At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>,
) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| files::remove(tx, deed, (id, version), file)).await
}

/// A name for people.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateEServiceDescriptorDocumentSeed)]
pub struct Name {
    pretty_name: String,
}

/// Rinomina un documento di una versione
#[utoipa::path(post, path = "/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}/update",
    tag = "e-service", request_body = Name, responses((status = 200, description = "Il documento", body = EServiceDoc)))]
pub async fn rename(
    asker: Asker,
    At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>,
    Body(body): Body<Name>,
) -> Result<Json<EServiceDoc>, Refused> {
    let done = asker.act(move |tx, deed| {
        files::rename(tx, deed, (id, version), (file, &body.pretty_name))?;
        files::look(tx, deed, (id, version), Some(file))
    });
    Ok(Json(EServiceDoc::from(&done.await?)))
}

//! Interface and documents of a version (E6).

use axum::response::Response;
use http::StatusCode;
use web::Json;

use super::super::front::files::{FileForm, Uploaded, as_form};
use super::super::front::stored::{self, Document};
use super::super::front::{Ask, Asker, At, Paging, Refused, Results, created};
use crate::deeds::{catalog, files};
use crate::errors::Fault;
use crate::ids::{DescriptorId, EServiceId, FileId};

/// Documenti di una versione
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/documents", tag = "catalogo",
    params(Paging), responses((status = 200, description = "Una pagina", body = Results<Document>)))]
pub async fn list(
    asker: Asker,
    At((id, version)): At<(EServiceId, DescriptorId)>,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Results<Document>>, Refused> {
    let page = paging.page(&asker)?;
    let eservice = asker.look(move |tx, deed| catalog::look(tx, deed, id)).await?;
    let found = eservice.descriptor(version).ok_or(Fault::DescriptorNotFound)?;
    Ok(Results::cut(found.docs.clone(), page, Document::from))
}

/// Aggiunge un documento a una versione
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/documents", tag = "catalogo",
    request_body(content = FileForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "Il documento", body = Document)))]
pub async fn add(
    asker: Asker,
    At(version): At<(EServiceId, DescriptorId)>,
    file: Uploaded,
) -> Result<(StatusCode, Json<Document>), Refused> {
    stored::add_document(asker, version, file).await.map(created)
}

/// Scarica un documento di una versione
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}", tag = "catalogo",
    responses((status = 200, description = "Il file e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn get(asker: Asker, At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>) -> Result<Response, Refused> {
    as_form(&asker, stored::of_version(&asker, (id, version), Some(file)).await?).await
}

/// Toglie un documento da una versione
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}",
    tag = "catalogo", responses((status = 204, description = "Tolto")))]
pub async fn remove(
    asker: Asker,
    At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>,
) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| files::remove(tx, deed, (id, version), file)).await
}

/// Scarica l'interfaccia di una versione
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/interface", tag = "catalogo",
    responses((status = 200, description = "Il file e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn get_interface(asker: Asker, At(version): At<(EServiceId, DescriptorId)>) -> Result<Response, Refused> {
    as_form(&asker, stored::of_version(&asker, version, None).await?).await
}

/// Carica l'interfaccia di una versione in bozza
///
/// OpenAPI or WSDL; the addresses of servers are read from it.
#[utoipa::path(post, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/interface", tag = "catalogo",
    request_body(content = FileForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "Il file", body = Document)))]
pub async fn add_interface(
    asker: Asker,
    At(version): At<(EServiceId, DescriptorId)>,
    file: Uploaded,
) -> Result<(StatusCode, Json<Document>), Refused> {
    stored::add_interface(asker, version, file).await.map(created)
}

/// Toglie l'interfaccia da una versione in bozza
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/interface", tag = "catalogo",
    responses((status = 204, description = "Tolta")))]
pub async fn remove_interface(asker: Asker, At(version): At<(EServiceId, DescriptorId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| files::remove_interface(tx, deed, version)).await
}

//! Interface and documents of a version (E6).

use axum::response::Response;
use http::StatusCode;
use kernel::RomeTime;
use web::Json;

use super::super::front::files::{FileForm, Told, Uploaded, as_form};
use super::super::front::{Ask, Asker, At, Paging, Refused, Results, created};
use super::shapes::Document;
use crate::catalog::descriptor;
use crate::catalog::documents::server_urls;
use crate::deeds::{catalog, files};
use crate::errors::Fault;
use crate::ids::{DescriptorId, EServiceId, FileId};

/// What is kept of a file that came.
fn document(file: &Uploaded, now: RomeTime) -> descriptor::Document {
    descriptor::Document {
        id: file.id,
        name: file.name.clone(),
        pretty_name: file.pretty_name.clone(),
        content_type: file.content_type.clone(),
        checksum: file.checksum(),
        uploaded_at: now,
    }
}

async fn download(asker: Asker, version: (EServiceId, DescriptorId), file: Option<FileId>) -> Result<Response, Refused> {
    let found = asker.clone().look(move |tx, deed| files::look(tx, deed, version, file)).await?;
    let descriptor::Document { id, name, pretty_name, content_type, .. } = found;
    as_form(&asker, Told { id, name, pretty_name, content_type }).await
}

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
    file.keep(&asker).await?;
    let kept = document(&file, asker.context.app.clock().now());
    let added = kept.clone();
    asker.act(move |tx, deed| files::add_document(tx, deed, version, added.clone())).await?;
    Ok(created(kept.into()))
}

/// Scarica un documento di una versione
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}", tag = "catalogo",
    responses((status = 200, description = "Il file e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn get(asker: Asker, At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>) -> Result<Response, Refused> {
    download(asker, (id, version), Some(file)).await
}

/// Toglie un documento da una versione
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}",
    tag = "catalogo", responses((status = 204, description = "Tolto")))]
pub async fn remove(
    asker: Asker,
    At((id, version, file)): At<(EServiceId, DescriptorId, FileId)>,
) -> Result<StatusCode, Refused> {
    asker.act(move |tx, deed| files::remove(tx, deed, (id, version), file)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Scarica l'interfaccia di una versione
#[utoipa::path(get, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/interface", tag = "catalogo",
    responses((status = 200, description = "Il file e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn get_interface(asker: Asker, At(version): At<(EServiceId, DescriptorId)>) -> Result<Response, Refused> {
    download(asker, version, None).await
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
    file.keep(&asker).await?;
    let kept = document(&file, asker.context.app.clock().now());
    let (added, content) = (kept.clone(), file.content);
    let done = asker.act(move |tx, deed| {
        let technology = catalog::look(tx, deed, version.0)?.general.technology;
        files::add_interface(tx, deed, version, added.clone(), server_urls(technology, &content))
    });
    done.await?;
    Ok(created(kept.into()))
}

/// Toglie l'interfaccia da una versione in bozza
#[utoipa::path(delete, path = "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/interface", tag = "catalogo",
    responses((status = 204, description = "Tolta")))]
pub async fn remove_interface(asker: Asker, At(version): At<(EServiceId, DescriptorId)>) -> Result<StatusCode, Refused> {
    asker.act(move |tx, deed| files::remove_interface(tx, deed, version)).await?;
    Ok(StatusCode::NO_CONTENT)
}

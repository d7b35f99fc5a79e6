//! Documents that a consumer attaches to a request (G2).

use axum::response::Response;
use http::StatusCode;
use web::Json;

use super::super::front::files::{Told, Uploaded, WebFileForm, as_bytes};
use super::super::front::{Asker, At, Refused};
use super::agreement_shapes::Document;
use crate::agreements::agreement;
use crate::deeds::files;
use crate::ids::{AgreementId, FileId};

/// Allega un documento a una richiesta in bozza
#[utoipa::path(post, path = "/agreements/{agreementId}/consumer-documents", tag = "richieste",
    request_body(content = WebFileForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "Il documento", body = Document)))]
pub async fn attach(asker: Asker, At(id): At<AgreementId>, file: Uploaded) -> Result<Json<Document>, Refused> {
    file.keep(&asker).await?;
    let Uploaded { id: file_id, name, pretty_name, content_type, .. } = file;
    let document = asker.act(move |tx, deed| {
        let document = agreement::Document {
            id: file_id,
            name: name.clone(),
            pretty_name: pretty_name.clone(),
            content_type: content_type.clone(),
            created_at: deed.now,
        };
        files::attach(tx, deed, id, document.clone())?;
        Ok(document)
    });
    Ok(Json(document.await?.into()))
}

/// Scarica un documento di una richiesta
#[utoipa::path(get, path = "/agreements/{agreementId}/consumer-documents/{documentId}", tag = "richieste",
    responses((status = 200, description = "Il file", content_type = "application/octet-stream")))]
pub async fn get(asker: Asker, At((id, file)): At<(AgreementId, FileId)>) -> Result<Response, Refused> {
    let found = asker.clone().look(move |tx, deed| files::look_attached(tx, deed, id, file)).await?;
    let agreement::Document { id, name, pretty_name, content_type, .. } = found;
    as_bytes(&asker, Told { id, name, pretty_name, content_type }).await
}

/// Toglie un documento da una richiesta in bozza
#[utoipa::path(delete, path = "/agreements/{agreementId}/consumer-documents/{documentId}", tag = "richieste",
    responses((status = 204, description = "Tolto")))]
pub async fn detach(asker: Asker, At((id, file)): At<(AgreementId, FileId)>) -> Result<StatusCode, Refused> {
    asker.act(move |tx, deed| files::detach(tx, deed, id, file)).await?;
    Ok(StatusCode::NO_CONTENT)
}

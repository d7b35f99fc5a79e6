//! Documents that a consumer attaches to a request (G2), and the contract.

use axum::response::Response;
use http::StatusCode;
use web::Json;

use super::super::front::files::{Uploaded, WebFileForm, as_bytes, attachment_of};
use super::super::front::stored::{self, Document};
use super::super::front::{Asker, At, Refused};
use crate::deeds::files;
use crate::ids::{AgreementId, FileId};

/// Allega un documento a una richiesta in bozza
#[utoipa::path(post, path = "/agreements/{agreementId}/consumer-documents", tag = "richieste",
    request_body(content = WebFileForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "Il documento", body = Document)))]
pub async fn attach(asker: Asker, At(id): At<AgreementId>, file: Uploaded) -> Result<Json<Document>, Refused> {
    stored::attach(asker, id, file).await.map(Json)
}

/// Scarica un documento di una richiesta
#[utoipa::path(get, path = "/agreements/{agreementId}/consumer-documents/{documentId}", tag = "richieste",
    responses((status = 200, description = "Il file", content_type = "application/octet-stream")))]
pub async fn get(asker: Asker, At((id, file)): At<(AgreementId, FileId)>) -> Result<Response, Refused> {
    as_bytes(&asker, stored::attached(&asker, id, file).await?).await
}

/// Toglie un documento da una richiesta in bozza
#[utoipa::path(delete, path = "/agreements/{agreementId}/consumer-documents/{documentId}", tag = "richieste",
    responses((status = 204, description = "Tolto")))]
pub async fn detach(asker: Asker, At((id, file)): At<(AgreementId, FileId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| files::detach(tx, deed, id, file)).await
}

/// Scarica il contratto di una richiesta
///
/// A moment after the request has come into force: it is typeset then.
#[utoipa::path(get, path = "/agreements/{agreementId}/contract", tag = "richieste",
    responses((status = 200, description = "Il contratto", content_type = "application/pdf")))]
pub async fn contract(asker: Asker, At(id): At<AgreementId>) -> Result<Response, Refused> {
    attachment_of(&asker, stored::contract(&asker, id).await?).await
}

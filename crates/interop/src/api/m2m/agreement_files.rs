//! Documents that a consumer attaches to a request (G2), and the contract.

use axum::response::Response;
use http::StatusCode;
use web::Json;

use super::super::front::files::{FileForm, Uploaded, as_form};
use super::super::front::stored::{self, Document};
use super::super::front::{Ask, Asker, At, Paging, Refused, Results, created};
use crate::deeds::{files, look};
use crate::ids::{AgreementId, FileId};

/// Documenti di una richiesta
#[utoipa::path(get, path = "/interop/v2/agreements/{agreementId}/consumerDocuments", tag = "richieste", params(Paging),
    responses((status = 200, description = "Una pagina", body = Results<Document>)))]
pub async fn list(asker: Asker, At(id): At<AgreementId>, Ask(paging): Ask<Paging>) -> Result<Json<Results<Document>>, Refused> {
    let page = paging.page(&asker)?;
    let agreement = asker.look(move |tx, deed| look::agreement(tx, deed, id)).await?;
    Ok(Results::cut(agreement.documents, page, Document::from))
}

/// Allega un documento a una richiesta in bozza
#[utoipa::path(post, path = "/interop/v2/agreements/{agreementId}/consumerDocuments", tag = "richieste",
    request_body(content = FileForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "Il documento", body = Document)))]
pub async fn attach(asker: Asker, At(id): At<AgreementId>, file: Uploaded) -> Result<(StatusCode, Json<Document>), Refused> {
    stored::attach(asker, id, file).await.map(created)
}

/// Scarica un documento di una richiesta
#[utoipa::path(get, path = "/interop/v2/agreements/{agreementId}/consumerDocuments/{documentId}", tag = "richieste",
    responses((status = 200, description = "Il file e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn get(asker: Asker, At((id, file)): At<(AgreementId, FileId)>) -> Result<Response, Refused> {
    as_form(&asker, stored::attached(&asker, id, file).await?).await
}

/// Toglie un documento da una richiesta in bozza
#[utoipa::path(delete, path = "/interop/v2/agreements/{agreementId}/consumerDocuments/{documentId}", tag = "richieste",
    responses((status = 204, description = "Tolto")))]
pub async fn detach(asker: Asker, At((id, file)): At<(AgreementId, FileId)>) -> Result<StatusCode, Refused> {
    asker.done(move |tx, deed| files::detach(tx, deed, id, file)).await
}

/// Scarica il contratto di una richiesta
///
/// A moment after the request has come into force: it is typeset then.
#[utoipa::path(get, path = "/interop/v2/agreements/{agreementId}/contract", tag = "richieste",
    responses((status = 200, description = "Il contratto e i suoi dati", content_type = "multipart/form-data", body = FileForm)))]
pub async fn contract(asker: Asker, At(id): At<AgreementId>) -> Result<Response, Refused> {
    as_form(&asker, stored::contract(&asker, id).await?).await
}

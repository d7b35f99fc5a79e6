//! Files that come, stay and go, the same for both front ends: each only has its own addresses and ways to send them.

use kernel::{RomeTime, Uuid};
use serde::Serialize;
use utoipa::ToSchema;

use super::files::{Told, Uploaded};
use super::{Asker, Refused};
use crate::agreements::agreement;
use crate::catalog::descriptor;
use crate::catalog::documents::server_urls;
use crate::deeds::{catalog, files, papers};
use crate::ids::{AgreementId, DescriptorId, EServiceId, FileId, PurposeId, VersionId};

/// A file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    id: Uuid,
    name: String,
    pretty_name: String,
    content_type: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

impl From<agreement::Document> for Document {
    fn from(document: agreement::Document) -> Self {
        let agreement::Document { id, name, pretty_name, content_type, created_at } = document;
        Self { id: id.0, name, pretty_name, content_type, created_at }
    }
}

impl From<descriptor::Document> for Document {
    fn from(document: descriptor::Document) -> Self {
        let descriptor::Document { id, name, pretty_name, content_type, uploaded_at, .. } = document;
        Self { id: id.0, name, pretty_name, content_type, created_at: uploaded_at }
    }
}

impl From<agreement::Document> for Told {
    fn from(document: agreement::Document) -> Self {
        let agreement::Document { id, name, pretty_name, content_type, .. } = document;
        Self { id, name, pretty_name, content_type }
    }
}

impl From<descriptor::Document> for Told {
    fn from(document: descriptor::Document) -> Self {
        let descriptor::Document { id, name, pretty_name, content_type, .. } = document;
        Self { id, name, pretty_name, content_type }
    }
}

/// Attaches a file to a request in draft (G2).
///
/// # Errors
/// Those of [`files::attach`].
pub async fn attach(asker: Asker, id: AgreementId, file: Uploaded) -> Result<Document, Refused> {
    file.keep(&asker).await?;
    let Uploaded { id: file, name, pretty_name, content_type, .. } = file;
    let created_at = asker.context.app.clock().now();
    let document = agreement::Document { id: file, name, pretty_name, content_type, created_at };
    let attached = document.clone();
    asker.act(move |tx, deed| files::attach(tx, deed, id, attached.clone())).await?;
    Ok(document.into())
}

/// A file that is attached to a request.
///
/// # Errors
/// Those of [`files::look_attached`].
pub async fn attached(asker: &Asker, id: AgreementId, file: FileId) -> Result<Told, Refused> {
    Ok(asker.clone().look(move |tx, deed| files::look_attached(tx, deed, id, file)).await?.into())
}

/// The contract of a request.
///
/// # Errors
/// Those of [`papers::contract`].
pub async fn contract(asker: &Asker, id: AgreementId) -> Result<Told, Refused> {
    Ok(asker.clone().look(move |tx, deed| papers::contract(tx, deed, id)).await?.into())
}

/// The risk analysis of a version of a purpose.
///
/// # Errors
/// Those of [`papers::analysis`].
pub async fn analysis(asker: &Asker, version: (PurposeId, VersionId), file: Option<FileId>) -> Result<Told, Refused> {
    Ok(asker.clone().look(move |tx, deed| papers::analysis(tx, deed, version, file)).await?.into())
}

/// Adds a document to a version (E6).
///
/// # Errors
/// Those of [`files::add_document`].
pub async fn add_document(asker: Asker, version: (EServiceId, DescriptorId), file: Uploaded) -> Result<Document, Refused> {
    let document = kept(&asker, &file).await?;
    let added = document.clone();
    asker.act(move |tx, deed| files::add_document(tx, deed, version, added.clone())).await?;
    Ok(document.into())
}

/// Adds the interface of a version in draft, from which the addresses of servers are read (E6).
///
/// # Errors
/// Those of [`files::add_interface`].
pub async fn add_interface(asker: Asker, version: (EServiceId, DescriptorId), file: Uploaded) -> Result<Document, Refused> {
    let document = kept(&asker, &file).await?;
    let (added, content) = (document.clone(), file.content);
    let done = asker.act(move |tx, deed| {
        let technology = catalog::look(tx, deed, version.0)?.general.technology;
        files::add_interface(tx, deed, version, added.clone(), server_urls(technology, &content))
    });
    done.await?;
    Ok(document.into())
}

/// A file of a version; without an identifier its interface.
///
/// # Errors
/// Those of [`files::look`].
pub async fn of_version(asker: &Asker, version: (EServiceId, DescriptorId), file: Option<FileId>) -> Result<Told, Refused> {
    Ok(asker.clone().look(move |tx, deed| files::look(tx, deed, version, file)).await?.into())
}

async fn kept(asker: &Asker, file: &Uploaded) -> Result<descriptor::Document, Refused> {
    file.keep(asker).await?;
    Ok(descriptor::Document {
        id: file.id,
        name: file.name.clone(),
        pretty_name: file.pretty_name.clone(),
        content_type: file.content_type.clone(),
        checksum: file.checksum(),
        uploaded_at: asker.context.app.clock().now(),
    })
}

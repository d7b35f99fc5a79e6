//! Deeds with files: of versions (E6) and of agreements (G2). Their bytes are stored beforehand, under the identifier, and stay: the
//! history names them.

use storage::Tx;

use super::{Deed, Done, agreements, catalog};
use crate::agreements::agreement::{Agreement, Document as Attachment};
use crate::catalog::descriptor::Document;
use crate::catalog::eservice::EService;
use crate::errors::Fault;
use crate::ids::{AgreementId, DescriptorId, EServiceId, FileId};

/// Where the bytes of a file are.
pub fn key(id: FileId) -> String {
    format!("interop/{id}")
}

/// Adds the interface of a version in draft, with the addresses of servers that it names.
///
/// # Errors
/// Those of [`crate::catalog::descriptor::Descriptor::add_interface`].
pub fn add_interface(
    tx: &mut Tx<'_>,
    deed: &Deed,
    (id, descriptor): (EServiceId, DescriptorId),
    document: Document,
    server_urls: Vec<String>,
) -> Done<EService> {
    catalog::change_files(tx, deed, id, descriptor, |descriptor| {
        descriptor.add_interface(document, server_urls)?;
        Ok("ESERVICE_DESCRIPTOR_INTERFACE_ADDED")
    })
}

/// Adds a document to a version.
///
/// # Errors
/// Those of [`crate::catalog::descriptor::Descriptor::add_document`].
pub fn add_document(
    tx: &mut Tx<'_>,
    deed: &Deed,
    (id, descriptor): (EServiceId, DescriptorId),
    document: Document,
) -> Done<EService> {
    catalog::change_files(tx, deed, id, descriptor, |descriptor| {
        descriptor.add_document(document)?;
        Ok("ESERVICE_DESCRIPTOR_DOCUMENT_ADDED")
    })
}

/// Takes a file out of a version.
///
/// # Errors
/// Those of [`crate::catalog::descriptor::Descriptor::remove_file`].
pub fn remove(tx: &mut Tx<'_>, deed: &Deed, (id, descriptor): (EServiceId, DescriptorId), file: FileId) -> Done<EService> {
    catalog::change_files(tx, deed, id, descriptor, |descriptor| {
        let interface = descriptor.interface.as_ref().is_some_and(|interface| interface.id == file);
        descriptor.remove_file(file)?;
        Ok(if interface { "ESERVICE_DESCRIPTOR_INTERFACE_DELETED" } else { "ESERVICE_DESCRIPTOR_DOCUMENT_DELETED" })
    })
}

/// Takes the interface out of a version in draft.
///
/// # Errors
/// [`Fault::CatalogDocumentNotFound`], and those of [`remove`].
pub fn remove_interface(tx: &mut Tx<'_>, deed: &Deed, (id, descriptor): (EServiceId, DescriptorId)) -> Done<EService> {
    catalog::change_files(tx, deed, id, descriptor, |descriptor| {
        let file = descriptor.interface.as_ref().map(|interface| interface.id).ok_or(Fault::CatalogDocumentNotFound)?;
        descriptor.remove_file(file)?;
        Ok("ESERVICE_DESCRIPTOR_INTERFACE_DELETED")
    })
}

/// Gives a document of a version another name for people.
///
/// # Errors
/// Those of [`crate::catalog::descriptor::Descriptor::rename_document`].
pub fn rename(
    tx: &mut Tx<'_>,
    deed: &Deed,
    (id, descriptor): (EServiceId, DescriptorId),
    (file, name): (FileId, &str),
) -> Done<EService> {
    catalog::change_files(tx, deed, id, descriptor, |descriptor| {
        descriptor.rename_document(file, name)?;
        Ok("ESERVICE_DESCRIPTOR_DOCUMENT_UPDATED")
    })
}

/// Attaches a document to an agreement in draft (G2).
///
/// # Errors
/// Those of [`Agreement::attach`].
pub fn attach(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId, document: Attachment) -> Done<Agreement> {
    agreements::rewrite(tx, deed, id, "AGREEMENT_CONSUMER_DOCUMENT_ADDED", |agreement| Ok(agreement.attach(document, deed.now)?))
}

/// Takes a document from an agreement in draft (G2).
///
/// # Errors
/// Those of [`Agreement::detach`].
pub fn detach(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId, file: FileId) -> Done<Agreement> {
    agreements::rewrite(tx, deed, id, "AGREEMENT_CONSUMER_DOCUMENT_REMOVED", |agreement| {
        agreement.detach(file, deed.now)?;
        Ok(())
    })
}

/// A file of a version, for whoever sees the version.
///
/// # Errors
/// [`Fault::DescriptorNotFound`], [`Fault::CatalogDocumentNotFound`].
pub fn look(tx: &mut Tx<'_>, deed: &Deed, (id, descriptor): (EServiceId, DescriptorId), file: Option<FileId>) -> Done<Document> {
    let eservice = catalog::look(tx, deed, id)?;
    let descriptor = eservice.descriptor(descriptor).ok_or(Fault::DescriptorNotFound)?;
    let found = match file {
        Some(file) => descriptor.files().find(|document| document.id == file),
        None => descriptor.interface.as_ref(),
    };
    Ok(found.cloned().ok_or(Fault::CatalogDocumentNotFound)?)
}

/// A document of an agreement, for its two sides.
///
/// # Errors
/// [`Fault::AgreementNotFound`], [`Fault::AgreementTenantNotAllowed`], [`Fault::AgreementDocumentNotFound`].
pub fn look_attached(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId, file: FileId) -> Done<Attachment> {
    let agreement = super::look::agreement(tx, deed, id)?;
    let found = agreement.documents.into_iter().find(|document| document.id == file);
    Ok(found.ok_or(Fault::AgreementDocumentNotFound)?)
}

/// Rewrites what the consumer tells the producer in a draft (G2).
///
/// # Errors
/// Those of [`Agreement::note`].
pub fn note(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId, notes: Option<String>) -> Done<Agreement> {
    agreements::rewrite(tx, deed, id, "DRAFT_AGREEMENT_UPDATED", |agreement| Ok(agreement.note(notes, deed.now)?))
}

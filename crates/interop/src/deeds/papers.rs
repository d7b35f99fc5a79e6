//! Documents that a deed orders: what they say is written down in the deed's own transaction, a worker typesets it ([`crate::tasks`]), and
//! the transaction that ends its task names the file in the agreement or in the version of the purpose.

use std::collections::BTreeMap;

use kernel::TenantId;
use pdf::RecordDocument;
use serde::{Deserialize, Serialize};
use storage::{NewTask, Tx};

use super::{Deed, Done};
use crate::agreements::agreement::{Agreement, Document};
use crate::errors::{Error, Fault};
use crate::ids::{AgreementId, FileId, PurposeId, VersionId};
use crate::papers::{self, Parties};
use crate::purposes::purpose::{Purpose, Version};
use crate::store::{self, Purpose as Why};

/// Queue of documents to be typeset.
pub const QUEUE: &str = "interop.write-document";

/// What a document is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The contract of an agreement.
    Agreement(AgreementId),
    /// The risk analysis of a version of a purpose.
    Version(PurposeId, VersionId),
}

/// A document to be typeset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// What it is of.
    pub subject: Subject,
    /// The consumer.
    pub consumer: TenantId,
    /// Where it goes, every time that it is made.
    pub file: FileId,
    /// What it says.
    pub document: RecordDocument,
}

impl Deed {
    /// Orders the contract of an agreement that has just come into force.
    pub(super) fn order_contract(&self, tx: &mut Tx<'_>, agreement: &Agreement) -> Done<()> {
        let eservice = store::eservices::find(tx, agreement.eservice_id, Why::Look)?.ok_or(Fault::AgreementEServiceNotFound)?;
        let producer = self.tenant(tx, agreement.producer_id, Why::Look)?;
        let consumer = self.tenant(tx, agreement.consumer_id, Why::Look)?;
        let mut registry = BTreeMap::new();
        let required = eservice.descriptor(agreement.descriptor_id).map(|version| version.attributes.clone()).unwrap_or_default();
        for (_, required) in required.all() {
            registry.extend(store::bodies::find_attribute(tx, required.id)?.map(|attribute| (required.id, attribute)));
        }
        let parties = Parties { producer: &producer, consumer: &consumer };
        let document = papers::contract(agreement, &eservice, parties, &registry, self.now);
        self.order(tx, Subject::Agreement(agreement.id), agreement.consumer_id, document)
    }

    /// Orders the risk analysis of a version, if it has just come into force.
    pub(super) fn order_analysis(&self, tx: &mut Tx<'_>, purpose: &Purpose, version: VersionId) -> Done<()> {
        let new = |version: &&Version| version.state.runs() && version.first_activation_at == Some(self.now);
        let Some(version) = purpose.versions.iter().find(|found| found.id == version).filter(new) else { return Ok(()) };
        let eservice = store::eservices::find(tx, purpose.eservice_id, Why::Look)?.ok_or(Fault::PurposeEServiceNotFound)?;
        let producer = self.tenant(tx, purpose.producer_id, Why::Look)?;
        let consumer = self.tenant(tx, purpose.consumer_id, Why::Look)?;
        let parties = Parties { producer: &producer, consumer: &consumer };
        let document = papers::analysis(purpose, version, &eservice, parties, self.now);
        self.order(tx, Subject::Version(purpose.id, version.id), purpose.consumer_id, document)
    }

    fn order(&self, tx: &mut Tx<'_>, subject: Subject, consumer: TenantId, document: RecordDocument) -> Done<()> {
        let file = FileId(self.id());
        let order = Order { subject, consumer, file, document };
        let payload = serde_json::to_string(&order).map_err(|error| Error::Defect(error.to_string()))?;
        Ok(tx.enqueue(&NewTask { queue: QUEUE, lane: &file.to_string(), payload: &payload, run_at: self.now }, self.now)?)
    }
}

/// Names a document in what it is of; once, however often it was made.
///
/// # Errors
/// When the database is away.
pub fn keep(tx: &mut Tx<'_>, deed: &Deed, subject: Subject, document: Document) -> Done<()> {
    match subject {
        Subject::Agreement(id) => {
            let Some(found) = store::agreements::find(tx, id, Why::Look)? else { return Ok(()) };
            deed.eservice(tx, found.eservice_id, Fault::AgreementEServiceNotFound)?;
            let Some(mut agreement) = store::agreements::find(tx, id, Why::Change)? else { return Ok(()) };
            if agreement.contract.is_some() {
                return Ok(());
            }
            agreement.contract = Some(document);
            store::agreements::save(tx, &agreement)?;
            deed.note(tx, &agreement, None, "AGREEMENT_CONTRACT_GENERATED")
        }
        Subject::Version(id, version) => {
            let Some(found) = store::purposes::find(tx, id, Why::Look)? else { return Ok(()) };
            deed.eservice(tx, found.eservice_id, Fault::PurposeEServiceNotFound)?;
            let Some(mut purpose) = store::purposes::find(tx, id, Why::Change)? else { return Ok(()) };
            let place = purpose.versions.iter_mut().find(|found| found.id == version);
            let Some(place) = place.filter(|version| version.risk_analysis.is_none()) else { return Ok(()) };
            place.risk_analysis = Some(document);
            store::purposes::save(tx, &purpose)?;
            deed.note(tx, &purpose, Some(version.0), "PURPOSE_VERSION_DOCUMENT_GENERATED")
        }
    }
}

/// The contract of an agreement, for its two sides.
///
/// # Errors
/// Those of [`super::look::agreement`]; [`Fault::ContractNotFound`].
pub fn contract(tx: &mut Tx<'_>, deed: &Deed, id: AgreementId) -> Done<Document> {
    Ok(super::look::agreement(tx, deed, id)?.contract.ok_or(Fault::ContractNotFound)?)
}

/// The risk analysis of a version, for the two sides of its purpose; `file` is its identifier, where it is told.
///
/// # Errors
/// Those of [`super::look::purpose`]; [`Fault::PurposeVersionNotFound`], [`Fault::PurposeDocumentNotFound`].
pub fn analysis(tx: &mut Tx<'_>, deed: &Deed, (id, version): (PurposeId, VersionId), file: Option<FileId>) -> Done<Document> {
    let purpose = super::look::purpose(tx, deed, id)?;
    let version = purpose.versions.into_iter().find(|found| found.id == version).ok_or(Fault::PurposeVersionNotFound)?;
    let document = version.risk_analysis.filter(|document| file.is_none_or(|file| document.id == file));
    Ok(document.ok_or(Fault::PurposeDocumentNotFound)?)
}

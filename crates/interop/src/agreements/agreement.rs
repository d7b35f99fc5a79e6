//! An agreement between the consumer of an e-service and its producer.

use kernel::{RomeTime, TenantId, UserId};
use serde::{Deserialize, Serialize};

use super::state::{State, Suspensions};
use crate::attributes::Holdings;
use crate::catalog::eservice::EService;
use crate::errors::Fault;
use crate::ids::{AgreementId, DescriptorId, EServiceId, FileId};
use crate::rules::Rules;

/// A document: of the consumer, or typeset by the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Identifier, and the last part of where its bytes are.
    pub id: FileId,
    /// Name of the file.
    pub name: String,
    /// Name for people, unique in the agreement.
    pub pretty_name: String,
    /// Media type.
    pub content_type: String,
    /// When it was attached.
    pub created_at: RomeTime,
}

/// Who did something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// The person; nobody if it was a machine or the platform.
    #[serde(default)]
    pub by: Option<UserId>,
    /// The instant.
    pub at: RomeTime,
}

/// An agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Identifier.
    pub id: AgreementId,
    /// The e-service.
    pub eservice_id: EServiceId,
    /// Its version.
    pub descriptor_id: DescriptorId,
    /// Who offers it.
    pub producer_id: TenantId,
    /// Who uses it.
    pub consumer_id: TenantId,
    /// Where it stands.
    pub state: State,
    /// Who has suspended it.
    #[serde(flatten)]
    pub suspensions: Suspensions,
    /// What the consumer tells the producer.
    #[serde(default)]
    pub consumer_notes: Option<String>,
    /// Why the producer refused.
    #[serde(default)]
    pub rejection_reason: Option<String>,
    /// Documents of the consumer.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// The contract, since it was typeset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Document>,
    /// When it was created.
    pub created_at: RomeTime,
    /// When it was changed last.
    #[serde(default)]
    pub updated_at: Option<RomeTime>,
    /// When it was suspended last.
    #[serde(default)]
    pub suspended_at: Option<RomeTime>,
    /// Who submitted it.
    #[serde(default)]
    pub submitted: Option<Stamp>,
    /// Who approved it.
    #[serde(default)]
    pub activated: Option<Stamp>,
    /// Who refused it.
    #[serde(default)]
    pub rejected: Option<Stamp>,
    /// Who ended it.
    #[serde(default)]
    pub archived: Option<Stamp>,
    /// The agreement that this one is to replace.
    #[serde(default)]
    pub upgrades: Option<AgreementId>,
}

/// On which side of an agreement a body stands; on both if it uses what it offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// It uses the e-service.
    pub consumer: bool,
    /// It offers the e-service.
    pub producer: bool,
}

/// What commands of an agreement look at besides the agreement itself.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The e-service.
    pub eservice: &'a EService,
    /// What the consumer holds.
    pub holdings: &'a Holdings,
    /// Every other agreement of the consumer on the e-service.
    pub others: &'a [Agreement],
    /// The rules of the installation.
    pub rules: &'a Rules,
    /// Who commands.
    pub by: Option<UserId>,
    /// When.
    pub now: RomeTime,
}

impl Grounds<'_> {
    /// Who did it, and when.
    pub fn stamp(&self) -> Stamp {
        Stamp { by: self.by, at: self.now }
    }
}

impl Agreement {
    /// Whether the producer is its own consumer.
    pub fn own(&self) -> bool {
        self.producer_id == self.consumer_id
    }

    /// On which sides `body` stands.
    ///
    /// # Errors
    /// [`Fault::AgreementTenantNotAllowed`] when on none.
    pub fn sides(&self, body: TenantId) -> Result<Sides, Fault> {
        let sides = Sides { consumer: self.consumer_id == body, producer: self.producer_id == body };
        if sides.consumer || sides.producer { Ok(sides) } else { Err(Fault::AgreementTenantNotAllowed) }
    }

    /// Lets only the consumer pass.
    ///
    /// # Errors
    /// [`Fault::NotTheConsumer`].
    pub fn of_consumer(&self, body: TenantId) -> Result<(), Fault> {
        if self.consumer_id == body { Ok(()) } else { Err(Fault::NotTheConsumer) }
    }

    /// Lets only the producer pass.
    ///
    /// # Errors
    /// [`Fault::NotTheProducer`].
    pub fn of_producer(&self, body: TenantId) -> Result<(), Fault> {
        if self.producer_id == body { Ok(()) } else { Err(Fault::NotTheProducer) }
    }

    /// Whether it is in one of these states.
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`].
    pub fn is_in(&self, states: &[State]) -> Result<(), Fault> {
        if states.contains(&self.state) { Ok(()) } else { Err(Fault::AgreementNotInExpectedState) }
    }

    /// Attaches a document to a draft (G2).
    ///
    /// # Errors
    /// [`Fault::DocumentsChangeNotAllowed`], [`Fault::AgreementDocumentExists`].
    pub fn attach(&mut self, document: Document, now: RomeTime) -> Result<(), Fault> {
        self.documents_may_change()?;
        let taken = |other: &Document| other.pretty_name.to_lowercase() == document.pretty_name.to_lowercase();
        if self.documents.iter().any(taken) {
            return Err(Fault::AgreementDocumentExists);
        }
        self.documents.push(document);
        self.updated_at = Some(now);
        Ok(())
    }

    /// Takes a document from a draft (G2).
    ///
    /// # Errors
    /// [`Fault::DocumentsChangeNotAllowed`], [`Fault::AgreementDocumentNotFound`].
    pub fn detach(&mut self, id: FileId, now: RomeTime) -> Result<Document, Fault> {
        self.documents_may_change()?;
        let place = self.documents.iter().position(|document| document.id == id);
        let document = self.documents.remove(place.ok_or(Fault::AgreementDocumentNotFound)?);
        self.updated_at = Some(now);
        Ok(document)
    }

    fn documents_may_change(&self) -> Result<(), Fault> {
        if self.state == State::Draft { Ok(()) } else { Err(Fault::DocumentsChangeNotAllowed) }
    }

    /// Changes the notes of a draft (G2).
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`].
    pub fn note(&mut self, notes: Option<String>, now: RomeTime) -> Result<(), Fault> {
        self.is_in(&[State::Draft])?;
        self.consumer_notes = notes;
        self.updated_at = Some(now);
        Ok(())
    }

    /// Whether it may be deleted (G11).
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`].
    pub fn may_be_deleted(&self) -> Result<(), Fault> {
        self.is_in(&[State::Draft, State::MissingCertifiedAttributes, State::Pending])
    }
}

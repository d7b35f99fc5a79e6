//! What was registered of a citizen's dealings with the public body, as the citizen finds it again (platform API, `/documents` and
//! `/folders`). Copied from the topic of documents; the files themselves are those of the applications.

pub mod api;
mod consume;
pub mod store;

use contracts::documents::{DocumentType, DocumentV1, Status, TransmissionType};
use kernel::{ApplicationId, AttachmentId, DocumentId, RomeTime, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use consume::read;

/// A document, as the API shows it and the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Document {
    /// Identifier.
    #[schema(value_type = kernel::Uuid)]
    pub id: DocumentId,
    /// What it is about, as the registry knows it.
    pub title: String,
    /// What kind of document it is: `application-request`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: DocumentType,
    /// Where its registration stands: `REGISTRATION_COMPLETE`.
    #[schema(value_type = String)]
    pub status: Status,
    /// The citizen that it belongs to.
    #[schema(value_type = kernel::Uuid)]
    pub owner_id: UserId,
    /// The application that it belongs to, if it belongs to one.
    #[schema(value_type = Option<kernel::Uuid>)]
    pub remote_id: Option<ApplicationId>,
    /// Its folder.
    pub folder: Option<Folder>,
    /// `Inbound`, from the citizen; `Outbound`, to the citizen; `Internal`.
    #[schema(value_type = String)]
    pub transmission_type: TransmissionType,
    /// Registration number, once there is one.
    pub document_number: Option<String>,
    /// When it was registered.
    #[schema(value_type = Option<String>)]
    pub registered_at: Option<RomeTime>,
    /// The file that is registered.
    pub main_document: DocumentFile,
    /// The files that go with it.
    pub attachments: Vec<DocumentFile>,
    /// When the document was created.
    #[schema(value_type = String)]
    pub created_at: RomeTime,
}

/// The folder (fascicolo) of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Folder {
    /// Identifier: the application's, all of whose documents are in one folder.
    #[schema(value_type = kernel::Uuid)]
    pub id: ApplicationId,
    /// What it is about.
    pub title: String,
    /// Its number at the registry, once it has one.
    pub number: Option<String>,
}

/// A file of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentFile {
    /// The file among those of the application; none when it is kept elsewhere.
    #[schema(value_type = Option<kernel::Uuid>)]
    pub id: Option<AttachmentId>,
    /// Its title.
    pub name: String,
    /// Its name with extension.
    pub filename: String,
    /// What is in it.
    pub description: Option<String>,
    /// Media type.
    pub mime_type: String,
    /// Where it is.
    pub url: String,
    /// MD5 of the content; empty when nobody computed it.
    pub md5: String,
}

impl Document {
    /// What citizens are shown of an event.
    fn of(event: &DocumentV1) -> Self {
        let application = event.remote_id.map(ApplicationId);
        let folder = event.folder.as_ref().zip(application).map(|(folder, id)| Folder {
            id,
            title: folder.title.clone().unwrap_or_default(),
            number: folder.id.clone().filter(|number| !number.is_empty()),
        });
        let data = event.registration_data.as_ref();
        Self {
            id: event.id,
            title: event.title.clone(),
            kind: event.kind,
            status: event.status,
            owner_id: event.owner_id,
            remote_id: application,
            folder,
            transmission_type: data.map_or_else(
                || TransmissionType::between(event.source_type, event.recipient_type),
                |data| data.transmission_type,
            ),
            document_number: data.map(|data| data.document_number.clone()).filter(|number| !number.is_empty()),
            registered_at: data.and_then(|data| data.registered_at()),
            main_document: DocumentFile::of(&event.main_document),
            attachments: event.attachments.iter().map(DocumentFile::of).collect(),
            created_at: event.created_at,
        }
    }

    /// What is searched for words: title, folder, names of files, numbers; in small letters.
    fn search_text(&self) -> String {
        let folder = self.folder.iter().flat_map(|folder| [Some(folder.title.as_str()), folder.number.as_deref()]);
        let files = self.attachments.iter().chain([&self.main_document]).flat_map(|file| [&*file.name, file.filename.as_str()]);
        let words = [Some(self.title.as_str()), self.document_number.as_deref()].into_iter().chain(folder).flatten();
        words.chain(files).collect::<Vec<_>>().join("\n").to_lowercase()
    }
}

impl DocumentFile {
    fn of(file: &contracts::documents::File) -> Self {
        // The last segment of the address of a file of ours is its identifier; who asks for it is judged there.
        let last = file.url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next());
        Self {
            id: last.filter(|_| file.url.contains("/attachments/")).and_then(|id| id.parse().ok()),
            name: file.name.clone(),
            filename: file.filename.clone(),
            description: file.description.clone(),
            mime_type: file.mime_type.clone(),
            url: file.url.clone(),
            md5: file.md5.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(sample: &str) -> Document {
        Document::of(&serde_json::from_str(sample).unwrap())
    }

    #[test]
    fn a_document_is_told_with_its_registration() {
        let created = document(include_str!("../../../contracts/samples/documents/1/created.json"));
        assert_eq!((created.document_number.as_deref(), created.registered_at), (None, None));
        let registered = document(include_str!("../../../contracts/samples/documents/1/registered.json"));
        assert!(registered.document_number.is_some() && registered.registered_at.is_some());
        assert_eq!(registered.remote_id, registered.folder.as_ref().map(|folder| folder.id));
        assert!(registered.main_document.id.is_some() && registered.attachments.iter().all(|file| file.id.is_some()));
        let words = registered.search_text();
        assert!(words.contains(&registered.document_number.unwrap()) && words.contains(&registered.title.to_lowercase()));
    }

    #[test]
    fn a_file_that_is_kept_elsewhere_has_no_identifier_of_ours() {
        let mut event: DocumentV1 =
            serde_json::from_str(include_str!("../../../contracts/samples/documents/1/created.json")).unwrap();
        for address in ["https://example.it/f/16415266-443a-441e-a072-1d81e46b0417", "https://example.it/attachments/x", "", "?"]
        {
            event.main_document.url = address.to_owned();
            assert_eq!(Document::of(&event).main_document.id, None, "{address}");
        }
    }
}

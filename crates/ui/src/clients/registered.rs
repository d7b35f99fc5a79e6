//! Documents, folders and dead letters by the platform's API.

use http::Method;
use kernel::RomeTime;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::{Count, File};
use super::platform::Platform;
use super::{ClientError, query, segment};

/// A document, with what the registry made of it. The names are those of the documentation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Document {
    /// Identifier.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What kind of document it is: `application-request`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where its registration stands.
    pub status: String,
    /// The application that it belongs to.
    pub remote_id: Option<String>,
    /// Its folder.
    pub folder: Option<Folder>,
    /// `Inbound`, `Outbound` or `Internal`.
    pub transmission_type: String,
    /// Registration number.
    pub document_number: Option<String>,
    /// When it was registered.
    pub registered_at: Option<RomeTime>,
    /// The file that is registered.
    pub main_document: DocumentFile,
    /// The files that go with it.
    pub attachments: Vec<DocumentFile>,
    /// When it was created.
    pub created_at: Option<RomeTime>,
}

/// A file of a document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DocumentFile {
    /// Identifier below the application; none when it is kept elsewhere.
    pub id: Option<String>,
    /// Its title.
    pub name: String,
    /// What is in it.
    pub description: Option<String>,
}

impl Document {
    /// The files that can be fetched, the registered one first.
    pub fn files(&self) -> Vec<File> {
        let main = self.main_document.file().map(|file| File::by_description(&file));
        main.into_iter().chain(self.attachments.iter().filter_map(DocumentFile::file)).collect()
    }
}

impl DocumentFile {
    fn file(&self) -> Option<File> {
        Some(File {
            id: self.id.clone()?,
            original_name: self.name.clone(),
            description: self.description.clone().unwrap_or_default(),
            ..File::default()
        })
    }
}

/// A folder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Folder {
    /// Identifier.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Its number at the registry.
    pub number: Option<String>,
    /// How many documents are in it.
    pub documents_count: u64,
}

impl Folder {
    /// Number and title, as far as they are known.
    pub fn name(&self) -> String {
        match &self.number {
            Some(number) => format!("{number} – {}", self.title),
            None => self.title.clone(),
        }
    }
}

/// Which documents to list. Empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Words in title, folder, names of files or numbers.
    pub text: String,
    /// The folder.
    pub folder: String,
    /// First element, from 0.
    pub offset: u64,
    /// How many.
    pub limit: u64,
}

/// What nobody could deal with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeadLetter {
    /// Identifier.
    pub id: String,
    /// Who gave up.
    pub source: String,
    /// Where it came from.
    pub topic: String,
    /// Its key.
    pub key: String,
    /// Why.
    pub reason: String,
    /// Since when it waits.
    pub buried_at: Option<RomeTime>,
    /// Its content, down to the digits of its numbers.
    pub payload: Option<Box<RawValue>>,
    /// The same, if it is no JSON.
    pub raw: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed<T> {
    /// How many there are in all.
    pub meta: Count,
    /// The elements of this page.
    pub data: Vec<T>,
}

impl Platform {
    /// The caller's documents, newest first.
    pub async fn documents(&self, wanted: &DocumentQuery) -> Result<Listed<Document>, ClientError> {
        let (offset, limit) = (wanted.offset.to_string(), wanted.limit.to_string());
        let parameters = [("q", &*wanted.text), ("folder", &wanted.folder), ("offset", &offset), ("limit", &limit)];
        self.call(Method::GET, &query("/documents", &parameters)).read().await
    }

    /// A document.
    pub async fn document(&self, id: &str) -> Result<Document, ClientError> {
        self.call(Method::GET, &format!("/documents/{}", segment(id))).read().await
    }

    /// The caller's folders.
    pub async fn folders(&self) -> Result<Vec<Folder>, ClientError> {
        self.call(Method::GET, "/folders").read().await
    }

    /// The tenant's dead letters, newest first.
    pub async fn dead_letters(&self, offset: u64, limit: u64) -> Result<Listed<DeadLetter>, ClientError> {
        self.call(Method::GET, &format!("/dead-letters?offset={offset}&limit={limit}")).read().await
    }

    /// A dead letter with its content.
    pub async fn dead_letter(&self, id: &str) -> Result<DeadLetter, ClientError> {
        self.call(Method::GET, &format!("/dead-letters/{}", segment(id))).read().await
    }

    /// Puts a dead letter back into processing.
    pub async fn replay_dead_letter(&self, id: &str) -> Result<(), ClientError> {
        self.call(Method::POST, &format!("/dead-letters/{}/replay", segment(id))).done().await
    }

    /// Drops a dead letter for good.
    pub async fn drop_dead_letter(&self, id: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/dead-letters/{}", segment(id))).done().await
    }
}

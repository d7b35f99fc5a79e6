//! What a registration consists of: the calls that a registry takes, in their order, and which of them it has done.

use contracts::documents::{DocumentV1, File};
use kernel::{EventId, RomeTime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::providers::Capabilities;

/// One call to the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The file at this place is sent, before the document is registered: the main one is at 0, the attachments follow.
    Upload(usize),
    /// The main document is registered and gets its number.
    Main,
    /// The attachment at this place of the list is added.
    Attachment(usize),
    /// The folder is opened.
    Folder,
    /// The document is put into the folder.
    Filing,
}

impl Step {
    /// The idempotency key under which the registry knows this step of this document, the same at every attempt. Documents of one
    /// application share the folder.
    pub fn key(self, document: &DocumentV1) -> String {
        let id = document.id;
        match self {
            Self::Upload(index) => format!("{id}:upload:{index}"),
            Self::Main => format!("{id}:main"),
            Self::Attachment(index) => format!("{id}:attachment:{index}"),
            Self::Folder => format!("{}:folder", document.remote_id.unwrap_or(id.0)),
            Self::Filing => format!("{id}:filing"),
        }
    }

    /// Its name in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Main => "main",
            Self::Attachment(_) => "attachment",
            Self::Folder => "folder",
            Self::Filing => "filing",
        }
    }
}

/// What the registry has done for a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The registry's own identifier of the document.
    pub document_id: Option<String>,
    /// The registration number.
    pub number: Option<String>,
    /// When the number was given.
    pub registered_at: Option<RomeTime>,
    /// The registry's identifiers of the files that were sent before the number was asked for: the main one, then the attachments.
    pub uploads: Vec<String>,
    /// The registry's identifiers of the attachments it has, in the order of the document's list.
    pub attachments: Vec<String>,
    /// Number of the folder.
    pub folder: Option<String>,
    /// Whether the document is in the folder.
    pub filed: bool,
    /// Key of the step that is being asked for, if it must not be asked for twice: what the process does not live to hear may be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempting: Option<String>,
    /// The event that the retry system is to put back, when the last attempt ended because an earlier document of the application was not
    /// registered yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned_away: Option<EventId>,
    /// Such events whose attempt came before they did: they are stale.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<EventId>,
}

impl Progress {
    /// What is known of a document before the registry is called: its folder, when an earlier document of the application opened it.
    pub fn before(document: &DocumentV1) -> Self {
        let folder = document.folder.as_ref().and_then(|folder| folder.id.clone());
        Self { folder: folder.filter(|number| !number.is_empty()), ..Self::default() }
    }

    /// Whether no step is done: a file or the main document is always the first.
    pub fn is_empty(&self) -> bool {
        self.document_id.is_none() && self.uploads.is_empty()
    }

    /// Whether the files that the registry has of the document `before` are those of the document `now`: they are known by their places.
    pub fn fits(&self, before: &DocumentV1, now: &DocumentV1) -> bool {
        let same = |a: &File, b: &File| (&a.url, &a.md5, &a.filename) == (&b.url, &b.md5, &b.filename);
        let sent = self.attachments.len().max(self.uploads.len().saturating_sub(1));
        let (before_sent, now_sent) = (before.attachments.get(..sent), now.attachments.get(..sent));
        let attachments = before_sent.zip(now_sent).is_some_and(|(a, b)| a.iter().zip(b).all(|(a, b)| same(a, b)));
        self.is_empty() || same(&before.main_document, &now.main_document) && attachments
    }

    /// The first step that is not done; `None` when the registration is complete.
    pub fn next(&self, document: &DocumentV1, capabilities: &Capabilities) -> Option<Step> {
        let files = capabilities.folders && document.folder.is_some();
        let (uploads, attachments) =
            if capabilities.uploads_first { (1 + document.attachments.len(), 0) } else { (0, document.attachments.len()) };
        if self.document_id.is_none() && self.uploads.len() < uploads {
            Some(Step::Upload(self.uploads.len()))
        } else if self.document_id.is_none() {
            Some(Step::Main)
        } else if self.attachments.len() < attachments {
            Some(Step::Attachment(self.attachments.len()))
        } else if files && self.folder.is_none() {
            Some(Step::Folder)
        } else if files && !self.filed {
            Some(Step::Filing)
        } else {
            None
        }
    }

    /// What the event of an interrupted registration tells about it in `retry_meta`, for whoever watches. The registration goes on from
    /// what is stored, never from these notes: an event can be written by anybody.
    pub fn notes(&self, document: &DocumentV1) -> Map<String, Value> {
        let mut notes = Map::new();
        if self.is_empty() {
            return notes;
        }
        if let Some(id) = &self.document_id {
            notes.insert("remote_document_id".into(), json!(id));
        }
        let sent = self.attachments.len().max(self.uploads.len().saturating_sub(1));
        let sent = document.attachments.iter().take(sent).map(|file| file.filename.as_str());
        notes.insert("sent_attachments".into(), sent.collect());
        if let Some(folder) = &self.folder {
            notes.insert("remote_folder".into(), json!(folder));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::sandbox;

    fn document() -> DocumentV1 {
        serde_json::from_str(include_str!("../../contracts/samples/documents/1/created.json")).unwrap()
    }

    /// Does step after step and gives their keys.
    fn walk(document: &DocumentV1, capabilities: &Capabilities) -> Vec<String> {
        let mut progress = Progress::default();
        let mut keys = Vec::new();
        while let Some(step) = progress.next(document, capabilities) {
            keys.push(step.key(document));
            match step {
                Step::Upload(_) => progress.uploads.push("0".into()),
                Step::Main => progress.document_id = Some("1".into()),
                Step::Attachment(_) => progress.attachments.push("2".into()),
                Step::Folder => progress.folder = Some("3".into()),
                Step::Filing => progress.filed = true,
            }
        }
        keys
    }

    #[test]
    fn the_main_document_comes_first_and_the_folder_last() {
        let document = document();
        let (id, application) = (document.id, document.remote_id.unwrap());
        let expected = [
            format!("{id}:main"),
            format!("{id}:attachment:0"),
            format!("{id}:attachment:1"),
            format!("{application}:folder"),
            format!("{id}:filing"),
        ];
        assert_eq!(walk(&document, &sandbox::CAPABILITIES), expected);
    }

    #[test]
    fn a_registry_that_takes_the_files_first_gives_the_number_last() {
        let document = document();
        let keys = walk(&document, &crate::providers::docarea::CAPABILITIES);
        let names: Vec<_> = keys.iter().map(|key| key.split_once(':').unwrap().1).collect();
        assert_eq!(names, ["upload:0", "upload:1", "upload:2", "main"]);
        let progress = Progress { uploads: vec!["7".into(), "8".into()], ..Progress::default() };
        assert!(!progress.is_empty(), "some of its calls have succeeded");
        assert_eq!(Value::Object(progress.notes(&document)), json!({ "sent_attachments": ["planimetria.pdf"] }));
    }

    #[test]
    fn no_folder_is_opened_where_there_is_none() {
        let document = document();
        assert_eq!(walk(&document, &Capabilities { folders: false, ..sandbox::CAPABILITIES }).len(), 3);
        assert_eq!(walk(&DocumentV1 { folder: None, ..document }, &sandbox::CAPABILITIES).len(), 3);
    }

    #[test]
    fn a_folder_that_has_a_number_is_not_opened_again() {
        let mut document = document();
        document.folder.as_mut().unwrap().id = Some("12/2026".into());
        let progress = Progress::before(&document);
        assert!(progress.is_empty());
        let done = Progress { document_id: Some("1".into()), attachments: vec!["2".into(), "3".into()], ..progress };
        assert_eq!(done.next(&document, &sandbox::CAPABILITIES), Some(Step::Filing));
    }

    #[test]
    fn a_stored_progress_is_read_again_and_an_older_one_too() {
        let progress = Progress { number: Some("0000001/2026".into()), attachments: vec!["a".into()], ..Progress::default() };
        let stored = serde_json::to_string(&progress).unwrap();
        assert_eq!(serde_json::from_str::<Progress>(&stored).unwrap(), progress);
        assert!(serde_json::from_str::<Progress>("{}").unwrap().is_empty());
    }

    #[test]
    fn files_that_were_sent_are_not_exchanged_for_others() {
        let before = document();
        let progress = Progress { document_id: Some("88213".into()), attachments: vec!["a".into()], ..Progress::default() };
        assert!(progress.fits(&before, &before));
        let mut exchanged = before.clone();
        exchanged.attachments.swap(0, 1);
        assert!(!progress.fits(&before, &exchanged));
        let mut corrected = before.clone();
        corrected.attachments[1].url.push_str("&corrected");
        assert!(progress.fits(&before, &corrected), "what was not sent may be another");
        let mut fewer = before.clone();
        fewer.attachments.clear();
        assert!(!progress.fits(&before, &fewer));
        let mut other = before.clone();
        other.main_document.md5 = "0".repeat(32);
        assert!(!progress.fits(&before, &other));
        assert!(Progress::default().fits(&before, &other), "nothing was sent");
    }

    #[test]
    fn the_notes_name_what_was_sent() {
        let progress = Progress { document_id: Some("88213".into()), attachments: vec!["a".into()], ..Progress::default() };
        let notes = progress.notes(&document());
        assert_eq!(Value::Object(notes), json!({ "remote_document_id": "88213", "sent_attachments": ["planimetria.pdf"] }));
        assert!(Progress::default().notes(&document()).is_empty());
    }
}

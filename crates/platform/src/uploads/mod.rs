//! Files that people send: uploaded before they are used, then of an application or a message (platform rules, "Uploads").
//!
//! A row says what a file is before its content is written, and a file without use is removed a day later, so that a crash leaves
//! nothing behind for ever.

pub mod api;
mod content;
mod download;
mod job;
mod receive;
mod signed;
pub mod store;
mod ticket;
mod tlv;

use contracts::applications::File;
use kernel::jiff::SignedDuration;
use kernel::{ApplicationId, AttachmentId, RomeTime, TenantId, UserId};
use web::TenantInfo;

pub use download::download;
pub use job::cleaning_job;
pub use receive::{INLINE_LIMIT, InlineFile, keep_inline};

/// How long an upload waits to be used.
pub const UNUSED: SignedDuration = SignedDuration::from_hours(24);
/// How long somebody may be receiving a content, after which another sender may take its place: bodies are cut off before, so that only a
/// process that has died is still said to.
pub const RECEIVING: SignedDuration = SignedDuration::from_mins(20);

/// `kind` of a file that was uploaded and is not used yet.
pub const UPLOAD: &str = "upload";
/// `kind` of a file that an applicant gave with the application.
pub const ATTACHMENT: &str = "attachment";
/// `kind` of a file of a message to or from the applicant.
pub const MESSAGE: &str = "message";
/// `kind` of a file of a message that only the office may read: no operation on the application's files shows it.
pub const INTERNAL_MESSAGE: &str = "internal_message";

/// A file and what is known of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Identifier.
    pub id: AttachmentId,
    /// The public body.
    pub tenant_id: TenantId,
    /// The application; none while it is an upload that nobody uses.
    pub application_id: Option<ApplicationId>,
    /// Who gave it.
    pub owner_id: UserId,
    /// What it is to the application: [`UPLOAD`], [`ATTACHMENT`], [`MESSAGE`], `compiled_module` ...
    pub kind: String,
    /// Name on its giver's machine, without folders.
    pub name: String,
    /// What is in it.
    pub description: String,
    /// Media type, by its content.
    pub mime_type: String,
    /// Bytes; of an upload that is still to come, as declared (0: not declared).
    pub size_bytes: i64,
    /// SHA-256 of the content, hexadecimal.
    pub sha256: Option<String>,
    /// MD5 of the content, hexadecimal: the `ETag` that uploading clients know.
    pub md5: Option<String>,
    /// Whether the content is in the file store.
    pub stored: bool,
    /// When it was announced.
    pub created_at: RomeTime,
}

impl Attachment {
    /// The file as applications and events show it; fetched below its application.
    pub fn as_file(&self, tenant: &TenantInfo) -> File {
        let url = match self.application_id {
            Some(application) => format!("{}/applications/{application}/attachments/{}?version=1", tenant.api_url(), self.id),
            None => format!("{}/uploads/{}", tenant.api_url(), self.id),
        };
        // Whoever registers the file learns its kind and digest from the event.
        let known = [("mime_type", Some(&self.mime_type)), ("md5", self.md5.as_ref())];
        let extra =
            known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), serde_json::Value::from(value?.as_str()))));
        File {
            id: self.id,
            name: Some(self.name.clone()),
            url,
            original_name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            created_at: Some(self.created_at),
            protocol_required: Some(true),
            protocol_number: None,
            extra: contracts::Extra(extra.collect()),
        }
    }
}

/// Names and descriptions are the citizen's and never end in logs.
impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

//! The citizen's inbox by the messaging role's interface for citizens.

use http::Method;
use kernel::RomeTime;
use runtime::PeerClient;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Call, ClientError, Download, query, segment};
use crate::i18n::Locale;

/// Where the interface is.
const API: &str = "/io/app/v1";

/// The messaging role, asked in a citizen's name.
#[derive(Clone, Debug)]
pub struct Inbox {
    peer: PeerClient,
    locale: Locale,
    token: Option<String>,
}

/// How a citizen takes messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct IoProfile {
    /// Whether messages are taken at all.
    pub is_inbox_enabled: bool,
    /// `AUTO`, `MANUAL` or `LEGACY`.
    pub mode: String,
    /// Whether reminders are wanted.
    pub reminders: bool,
    /// Whether notifications may show sender and subject.
    pub full_previews: bool,
    /// Languages, the first preferred.
    pub preferred_languages: Vec<String>,
    /// The app's version: without one no sender learns what was read.
    pub app_version: Option<String>,
    /// Where copies go.
    pub email: Option<String>,
    /// Whether copies are wanted.
    pub is_email_enabled: bool,
    /// Whether the address is proved to be the citizen's.
    #[serde(skip_serializing)]
    pub is_email_validated: bool,
}

impl Default for IoProfile {
    fn default() -> Self {
        Self {
            is_inbox_enabled: true,
            mode: "AUTO".to_owned(),
            reminders: false,
            full_previews: false,
            preferred_languages: Vec::new(),
            // These pages tell what was read, as the app does since this version.
            app_version: Some("3.0.0".to_owned()),
            email: None,
            is_email_enabled: false,
            is_email_validated: false,
        }
    }
}

/// A message in the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IoMessage {
    /// Identifier.
    pub id: String,
    /// When it came.
    pub created_at: Option<RomeTime>,
    /// Its title.
    pub subject: String,
    /// The service that sent it.
    pub service_name: String,
    /// Whose service it is.
    pub organization_name: String,
    /// `GENERIC`, `PAYMENT`, `DEADLINE` or `REMOTE`.
    pub category: String,
    /// Whether it was opened.
    pub is_read: bool,
    /// Whether it was put away.
    pub is_archived: bool,
    /// Whether there are files.
    pub has_attachments: bool,
    /// Whether something must be confirmed before it opens.
    pub has_precondition: bool,
    /// The deadline.
    pub due_date: Option<RomeTime>,
}

/// A part of the list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct IoMessages {
    /// The messages, newest first.
    pub items: Vec<IoMessage>,
    /// Where the next part begins.
    pub next: Option<String>,
}

/// A button.
#[derive(Clone, Debug, Deserialize)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// `inside` or `open`.
    pub kind: String,
    /// Where it leads.
    pub target: String,
}

/// A notice to be paid.
#[derive(Clone, Debug, Deserialize)]
pub struct Notice {
    /// Its number.
    pub notice_number: String,
    /// Tax code of who gets the money.
    pub payee: String,
    /// Cents.
    pub amount: i64,
    /// Whether it cannot be paid after the deadline.
    #[serde(rename = "invalid_after_due_date")]
    pub ends_when_due: bool,
    /// Whether it was paid, as far as is known.
    pub is_paid: bool,
}

/// A message.
#[derive(Clone, Debug, Deserialize)]
pub struct OpenIoMessage {
    /// As in the list.
    #[serde(flatten)]
    pub letter: IoMessage,
    /// Its text, in Markdown.
    pub markdown: String,
    /// Its buttons.
    pub buttons: Vec<Button>,
    /// The notice to be paid.
    pub payment: Option<Notice>,
    /// Whether the text is the sender's, to be asked for.
    pub has_remote_content: bool,
}

/// A title and a text of the sender.
#[derive(Clone, Debug, Deserialize)]
pub struct Words {
    /// The title.
    #[serde(alias = "subject")]
    pub title: String,
    /// The text, in Markdown.
    pub markdown: String,
}

/// A file of the sender.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoteFile {
    /// Its address below the message.
    pub url: String,
    /// Its name.
    pub name: Option<String>,
}

/// What the sender keeps.
#[derive(Clone, Debug, Deserialize)]
pub struct Remote {
    /// Files.
    #[serde(default)]
    pub attachments: Vec<RemoteFile>,
    /// Title and text.
    pub details: Words,
}

/// A service that may write.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sender {
    /// Identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub organization: String,
    /// What it is for.
    pub description: String,
}

/// What a citizen chose for a service.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// Whether it may write.
    pub is_inbox_enabled: bool,
    /// Whether it may know what was read.
    pub can_access_message_read_status: bool,
}

impl Inbox {
    /// Asks `peer` in the name of the token's holder.
    pub fn new(peer: PeerClient, locale: Locale, token: Option<String>) -> Self {
        Self { peer, locale, token }
    }

    fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.peer, method, format!("{API}{path}"), self.locale, self.token.as_deref())
    }

    /// The caller's profile; `None` when there is none yet.
    pub async fn profile(&self) -> Result<Option<IoProfile>, ClientError> {
        match self.call(Method::GET, "/profile").read().await {
            Err(error) if error.is_missing() => Ok(None),
            profile => profile.map(Some),
        }
    }

    /// Sets it.
    pub async fn set_profile(&self, profile: &IoProfile) -> Result<(), ClientError> {
        self.call(Method::PUT, "/profile").json(profile).done().await
    }

    /// Proves an address with the code that came to it; without one the code is sent again.
    pub async fn prove_email(&self, code: Option<&str>) -> Result<(), ClientError> {
        self.call(Method::POST, "/profile/email").json(&json!({ "code": code })).done().await
    }

    /// The caller's messages, newest first.
    pub async fn messages(&self, archived: bool, before: &str) -> Result<IoMessages, ClientError> {
        let archived = if archived { "true" } else { "false" };
        self.call(Method::GET, &query("/messages", &[("archived", archived), ("before", before)])).read().await
    }

    /// A message.
    pub async fn message(&self, id: &str) -> Result<OpenIoMessage, ClientError> {
        self.call(Method::GET, &format!("/messages/{}", segment(id))).read().await
    }

    /// Notes that a message was opened.
    pub async fn mark_read(&self, id: &str) -> Result<(), ClientError> {
        let change = json!({ "change_type": "reading" });
        self.call(Method::PUT, &format!("/messages/{}/status", segment(id))).json(&change).done().await
    }

    /// Puts a message away, or takes it back.
    pub async fn archive(&self, id: &str, archived: bool) -> Result<(), ClientError> {
        let change = json!({ "change_type": "archiving", "is_archived": archived });
        self.call(Method::PUT, &format!("/messages/{}/status", segment(id))).json(&change).done().await
    }

    /// A message's deadline for the calendar.
    pub async fn calendar(&self, id: &str) -> Result<Download, ClientError> {
        self.call(Method::GET, &format!("/messages/{}/calendar.ics", segment(id))).download().await
    }

    /// What is to be confirmed before a message opens.
    pub async fn precondition(&self, id: &str) -> Result<Words, ClientError> {
        self.call(Method::GET, &format!("/third-party-messages/{}/precondition", segment(id))).read().await
    }

    /// What the sender keeps.
    pub async fn remote(&self, id: &str) -> Result<Remote, ClientError> {
        self.call(Method::GET, &format!("/third-party-messages/{}", segment(id))).read().await
    }

    /// A file of the sender.
    pub async fn attachment(&self, id: &str, url: &str) -> Result<Download, ClientError> {
        // The address is one segment for us: its own slashes are escaped.
        self.call(Method::GET, &format!("/third-party-messages/{}/attachments/{}", segment(id), segment(url))).download().await
    }

    /// The services that may write, by name.
    pub async fn senders(&self) -> Result<Vec<Sender>, ClientError> {
        self.call(Method::GET, "/services").read().await
    }

    /// What counts for a service.
    pub async fn choice(&self, service: &str) -> Result<Choice, ClientError> {
        self.call(Method::GET, &format!("/services/{}/preference", segment(service))).read().await
    }

    /// Chooses for a service.
    pub async fn choose(&self, service: &str, choice: Choice) -> Result<(), ClientError> {
        self.call(Method::PUT, &format!("/services/{}/preference", segment(service))).json(&choice).done().await
    }
}

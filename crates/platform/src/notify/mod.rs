//! Telling applicants where their applications stand: in the app IO when the service has `io_parameters`, else by e-mail.
//!
//! The announcement is written by the transaction that changes the status, so there is one for each status that is reached, whatever is
//! delivered or tried again. [`worker`] asks whether the citizen takes messages of the service, sends, and falls back to e-mail;
//! [`follower`] looks what became of what was sent, and falls back to e-mail too. The office sees where each went ([`api`]).

pub mod api;
mod follow;
pub mod store;
mod text;
mod worker;

use kernel::{ApplicationId, RomeTime, TenantId, Uuid};
use runtime::App;
use storage::{NewTask, Tx};

use crate::applications::Application;
use crate::applications::state::State;
use crate::errors::Error;
use crate::services::Service;

pub use follow::worker as follower;
pub use worker::{EMAILS, worker};

/// The queue of announcements.
const QUEUE: &str = "platform.tell-applicant";

/// An announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The announcement; also the key by which the app IO knows it again.
    pub id: Uuid,
    /// The public body.
    pub tenant: TenantId,
    /// The application.
    pub application: ApplicationId,
    /// The status that it reached.
    pub status: State,
    /// How far the announcement is.
    pub progress: Progress,
    /// What the office said with the change, for people.
    pub words: Option<String>,
    /// The message at the app IO, once it is taken there.
    pub io_message_id: Option<String>,
    /// Why it did not end there.
    pub reason: Option<String>,
    /// When the status was reached.
    pub created_at: RomeTime,
    /// When it was known what became of it.
    pub settled_at: Option<RomeTime>,
}

/// How far an announcement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was done yet.
    Waiting,
    /// The app IO is being called: it may have the message.
    Calling,
    /// The app IO has the message.
    Io,
    /// An e-mail was written.
    Mail,
    /// Nobody could be told.
    Nobody,
}

impl Progress {
    const ALL: [Self; 5] = [Self::Waiting, Self::Calling, Self::Io, Self::Mail, Self::Nobody];

    /// The word that the database has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Calling => "calling",
            Self::Io => "io",
            Self::Mail => "mail",
            Self::Nobody => "nobody",
        }
    }

    /// What a word says.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|progress| progress.word() == word)
    }

    /// Whether nothing more is to be done.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Io | Self::Mail | Self::Nobody)
    }
}

/// The statuses that are told unless the service says otherwise. Those between them follow within moments or are the office's own.
const TOLD: [State; 8] = [
    State::PaymentPending,
    State::Submitted,
    State::Pending,
    State::IntegrationDraft,
    State::Accepted,
    State::Rejected,
    State::Withdrawn,
    State::Revoked,
];

/// Whether applicants are told that their application has reached `status`.
fn is_told(service: &Service, status: State) -> bool {
    service.io_parameters.is_some() && service.feedback(status).map_or(TOLD.contains(&status), |feedback| feedback.is_active)
}

/// Writes an announcement down, if the service tells of this status.
///
/// # Errors
/// When the database is away.
pub fn write_down(
    tx: &mut Tx<'_>,
    app: &App,
    service: &Service,
    application: &Application,
    status: State,
    words: Option<&str>,
    now: RomeTime,
) -> Result<(), Error> {
    if !is_told(service, status) {
        return Ok(());
    }
    let (tenant, words) = (application.tenant, words.map(str::to_owned));
    let id = app.rng().uuid_at(now);
    let announcement = Announcement {
        id,
        tenant,
        application: application.id,
        status,
        progress: Progress::Waiting,
        words,
        io_message_id: None,
        reason: None,
        created_at: now,
        settled_at: None,
    };
    store::insert(tx, &announcement)?;
    let payload =
        serde_json::to_string(&worker::Which { tenant, announcement: id }).map_err(|error| Error::Defect(error.to_string()))?;
    // In one lane, so that the citizen reads of the statuses in their order.
    let lane = application.id.to_string();
    Ok(tx.enqueue(&NewTask { queue: QUEUE, lane: &lane, payload: &payload, run_at: now }, now)?)
}

//! Tells: asks whether the citizen takes messages of the service, sends one, or writes an e-mail.

use std::sync::Arc;

use jiff::SignedDuration;
use kernel::{TenantId, Uuid};
use runtime::{Completed, Email, Retry, Task, TaskError, Worker, is_address};
use serde::{Deserialize, Serialize};

use super::store::End;
use super::text::{Occasion, Said, compose};
use super::{Announcement, Progress, QUEUE, follow, store};
use crate::applications;
use crate::clients::io::{Fault, Io};
use crate::context::{Context, Offer};
use crate::errors::Error;
use crate::tenants;
use crate::users::{self, User};

/// The queue of e-mails that are sent instead.
pub const EMAILS: &str = "platform.send-email";
/// Announcements that are worked on at the same time.
const CONCURRENCY: usize = 8;
/// An app that is away is waited for about an hour; then an e-mail goes, because news gets old.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(2), longest: SignedDuration::from_secs(600), attempts: 14 };

/// Which announcement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Which {
    /// The public body.
    pub tenant: TenantId,
    /// The announcement.
    pub announcement: Uuid,
}

/// The worker that tells.
pub fn worker(context: Context) -> Worker {
    Worker::new(QUEUE, CONCURRENCY, RETRY, move |task| {
        let context = context.clone();
        async move { tell(&context, &task).await }
    })
}

/// What an announcement is made of.
pub(super) struct Loaded {
    /// The announcement.
    pub announcement: Announcement,
    /// Who is told.
    pub applicant: User,
    /// The service.
    pub offer: Arc<Offer>,
    said: Said,
}

impl Loaded {
    /// The same by e-mail, if there is a way to send one.
    pub(super) fn email(self, context: &Context) -> Option<Email> {
        let Self { announcement, applicant, said, .. } = self;
        let to = applicant.email.filter(|address| context.app.sends_mail() && is_address(address))?;
        Some(Email { id: announcement.id, to, subject: said.subject, text: said.plain, at: announcement.created_at })
    }
}

async fn tell(context: &Context, task: &Task) -> Result<Completed, TaskError> {
    let loaded = load(context, task.payload()?).await?;
    let Loaded { announcement, applicant, said, offer } = &loaded;
    if announcement.progress.is_settled() {
        return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?);
    }
    let sent = send(context, announcement, applicant, said, offer).await;
    let reason = match sent {
        Ok(id) => {
            let end = End { progress: Progress::Io, io_message_id: Some(id), reason: None };
            return settle(context, task, announcement.clone(), end, None).await;
        }
        Err(Fault::Later(reason)) if !task.is_last() => return Err(TaskError::Retry(reason)),
        Err(Fault::NotWanted(reason)) => reason.to_owned(),
        Err(Fault::Later(reason) | Fault::Never(reason) | Fault::Unknown(reason)) => {
            tracing::warn!(announcement_id = %announcement.id, service = offer.service.identifier, reason, "a status was not told in the app IO");
            reason
        }
    };
    let announcement = announcement.clone();
    let email = loaded.email(context);
    let progress = if email.is_some() { Progress::Mail } else { Progress::Nobody };
    settle(context, task, announcement, End { progress, io_message_id: None, reason: Some(reason) }, email).await
}

pub(super) async fn load(context: &Context, which: Which) -> Result<Loaded, TaskError> {
    let Which { tenant, announcement } = which;
    let public_url = context.app.public_url().to_owned();
    let read = context.app.db().read(move |tx| {
        let announcement = store::find(tx, tenant, announcement)?.ok_or(Error::NotFound)?;
        let info = tenants::store::get(tx, tenant)?.info(&public_url);
        let stored = applications::store::find(tx, tenant, announcement.application)?.ok_or(Error::NotFound)?;
        let applicant = users::store::find(tx, tenant, stored.application.user)?.ok_or(Error::NotFound)?;
        Ok::<_, Error>((announcement, info, stored.application, applicant))
    });
    let (announcement, tenant, application, applicant) = read.await?;
    let offer = context.offer(tenant.id, &application.service_id.to_string()).await?;
    let page = format!("{}/it/pratiche/{}/detail", tenant.base_url, application.id);
    let said = compose(&Occasion {
        tenant: &tenant.name,
        service: &offer.service,
        application: &application,
        status: announcement.status,
        words: announcement.words.as_deref(),
        page: &page,
    });
    Ok(Loaded { announcement, applicant, said, offer })
}

/// Sends the message to the app; gives its identifier there.
async fn send(
    context: &Context,
    announcement: &Announcement,
    applicant: &User,
    said: &Said,
    offer: &Offer,
) -> Result<String, Fault> {
    let parameters = offer.service.io_parameters.as_ref();
    let parameters = parameters.ok_or(Fault::NotWanted("il servizio non scrive più nell'app IO"))?;
    let code = applicant.fiscal_code.as_ref().ok_or(Fault::NotWanted("il richiedente non ha un codice fiscale"))?.to_string();
    let io = Io::new(context, parameters.keys(offer.service.id, context.seal()));
    let idempotent = Io::is_idempotent(context);
    if announcement.progress == Progress::Calling && !idempotent {
        // We were stopped while we called: the citizen may have the message, and must not get it twice.
        return Err(Fault::Unknown("l'esito dell'invio all'app IO non è noto".to_owned()));
    }
    io.check(&code).await?;
    if !idempotent {
        let (tenant, id) = (announcement.tenant, announcement.id);
        let begun = context.app.db().write(move |tx| store::begin(tx, tenant, id)).await;
        begun.map_err(|error| Fault::Later(error.to_string()))?;
    }
    let sent = io.submit(&announcement.id.to_string(), &said.message(&code)).await;
    if !idempotent && matches!(sent, Err(Fault::Later(_))) {
        // Surely nothing was sent: the next attempt may.
        let (tenant, id) = (announcement.tenant, announcement.id);
        let waiting = context.app.db().write(move |tx| store::wait(tx, tenant, id)).await;
        waiting.map_err(|error| Fault::Unknown(error.to_string()))?;
    }
    sent
}

async fn settle(
    context: &Context,
    task: &Task,
    announcement: Announcement,
    end: End,
    email: Option<Email>,
) -> Result<Completed, TaskError> {
    let now = context.app.clock().now();
    let done = task.complete(move |tx| {
        let Announcement { tenant, id, .. } = announcement;
        if store::settle(tx, tenant, id, &end, now)? {
            if let Some(email) = email {
                email.post(tx, EMAILS, now)?;
            }
            if end.progress == Progress::Io {
                follow::enqueue(tx, Which { tenant, announcement: id }, 0, now)?;
            }
        }
        Ok::<_, storage::Error>(())
    });
    Ok(done.await?)
}
